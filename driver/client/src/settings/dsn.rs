//! The section of a data source in unixODBC's files.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The keys of data source `name`: of the user's file if it has that section, else of the system's. `None` if
/// neither has. `environment` looks an environment variable up.
pub fn read_dsn(name: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<Option<Vec<(String, String)>>> {
    for file in files(environment) {
        let found = std::fs::read(&file);
        let text = match found {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(unreadable(name, &file, &error)),
        };
        if let Some(pairs) = section(&text, name) {
            return Ok(Some(pairs));
        }
    }
    Ok(None)
}

fn unreadable(name: &str, file: &Path, error: &std::io::Error) -> Error {
    let reason = format!("data source {name}: {} cannot be read: {error}", file.display());
    Error::InvalidConnectionString { reason }
}

/// User before system, as unixODBC looks: in the home of the account, which in a service, a container or under sudo need not
/// be the `HOME` of the environment.
fn files(environment: &dyn Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let user = match environment("ODBCINI") {
        Some(file) => vec![PathBuf::from(file)],
        None => {
            let homes = [account_home(), environment("HOME").map(PathBuf::from)];
            homes.into_iter().flatten().map(|home| home.join(".odbc.ini")).collect()
        }
    };
    let system = environment("ODBCSYSINI").map(|folder| Path::new(&folder).join("odbc.ini"));
    user.into_iter().chain(system).chain([PathBuf::from("/etc/odbc.ini")]).collect()
}

#[cfg(unix)]
fn account_home() -> Option<PathBuf> {
    use uzers::os::unix::UserExt;
    Some(uzers::get_user_by_uid(uzers::get_current_uid())?.home_dir().to_owned())
}

#[cfg(not(unix))]
fn account_home() -> Option<PathBuf> {
    None
}

fn section(text: &str, name: &str) -> Option<Vec<(String, String)>> {
    let heading = |line: &str| {
        let inner = line.trim().strip_prefix('[')?.split_once(']')?.0;
        Some(inner.trim().to_owned())
    };
    let mut lines = text.lines().skip_while(|line| !heading(line).is_some_and(|h| h.eq_ignore_ascii_case(name)));
    lines.next()?;
    let pairs = lines
        .take_while(|line| heading(line).is_none())
        .map(str::trim)
        .filter(|line| !line.starts_with([';', '#']))
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()));
    Some(pairs.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_file_comes_before_the_system_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(path("user.ini"), "[Other]\nRegion=FR\n[Exact]\n; note\nRegion = NL\nUID=a=b\n\n[Next]\nUID=c")
            .unwrap();
        std::fs::write(path("odbc.ini"), "[exact]\nRegion=BE\n[System]\nRegion=DE\n").unwrap();
        let environment = |variable: &str| match variable {
            "ODBCINI" => Some(path("user.ini")),
            "ODBCSYSINI" => Some(folder.path().display().to_string()),
            _ => None,
        };
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let read = |name| read_dsn(name, &environment).unwrap();
        assert_eq!(read("EXACT"), Some(vec![pair("Region", "NL"), pair("UID", "a=b")]));
        assert_eq!(read("System"), Some(vec![pair("Region", "DE")]));
        assert_eq!(read("NoSuchDataSource"), None);
    }

    #[test]
    #[cfg(unix)]
    fn the_account_has_a_home_whatever_the_environment_says() {
        let account = account_home().unwrap().join(".odbc.ini");
        let system = PathBuf::from("/etc/odbc.ini");
        assert_eq!(files(&|_| None), [account.clone(), system.clone()]);
        let elsewhere = files(&|variable| (variable == "HOME").then(|| "/elsewhere".to_owned()));
        assert_eq!(elsewhere, [account, PathBuf::from("/elsewhere/.odbc.ini"), system]);
    }
}
