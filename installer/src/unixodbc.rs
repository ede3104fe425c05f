//! Where unixODBC keeps its drivers and data sources.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::file;
use crate::manager::{DRIVER, Pairs, Scope, Source, check_replaceable};

/// The files that the installed driver manager reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    pub system_drivers: PathBuf,
    pub user_drivers: PathBuf,
    pub system_sources: PathBuf,
    pub user_sources: PathBuf,
}

impl Files {
    /// Asked of the driver manager itself (`odbcinst -j`), because the folder is fixed when it is built and the user's
    /// file comes from the password database; without it: what its documentation says.
    pub fn find() -> Files {
        let output = Command::new("odbcinst").arg("-j").output().ok();
        let report = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        Files::from_report(&report, &|name| std::env::var(name).ok())
    }

    fn from_report(report: &str, environment: &dyn Fn(&str) -> Option<String>) -> Files {
        let reported = |label: &str| {
            let line = report.lines().find(|line| line.starts_with(label))?;
            let path = line.split_once(": ")?.1.trim();
            // With ODBCINSTINI set, unixODBC 2.3.11 prints the folder only.
            (path.starts_with('/') && !path.ends_with('/')).then(|| PathBuf::from(path))
        };
        let system = environment("ODBCSYSINI").map_or_else(|| PathBuf::from("/etc"), PathBuf::from);
        let home = environment("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from);
        let private = environment("ODBCINI").map(PathBuf::from);
        let drivers = environment("ODBCINSTINI").unwrap_or_else(|| "odbcinst.ini".to_owned());
        Files {
            system_drivers: reported("DRIVERS").unwrap_or_else(|| system.join(drivers)),
            user_drivers: home.join(".odbcinst.ini"),
            system_sources: reported("SYSTEM DATA SOURCES").unwrap_or_else(|| system.join("odbc.ini")),
            user_sources: reported("USER DATA SOURCES").or(private).unwrap_or_else(|| home.join(".odbc.ini")),
        }
    }

    pub fn drivers(&self, scope: Scope) -> &Path {
        match scope {
            Scope::System => &self.system_drivers,
            Scope::User => &self.user_drivers,
        }
    }

    pub fn sources(&self, scope: Scope) -> &Path {
        match scope {
            Scope::System => &self.system_sources,
            Scope::User => &self.user_sources,
        }
    }
}

/// Whether this account may change what is there for the whole machine.
pub fn is_administrator() -> bool {
    rustix::process::geteuid().is_root()
}

/// What the driver manager says of itself; `None` if it is not there.
pub fn version() -> Option<String> {
    let output = Command::new("odbcinst").arg("--version").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned()).filter(|version| !version.is_empty())
}

/// The library that is registered, and the file that says so; the user's own first, as the driver manager looks.
pub fn registered() -> Result<Option<(String, String)>> {
    let files = Files::find();
    for path in [&files.user_drivers, &files.system_drivers] {
        let Some(pairs) = file::read(path)?.section(DRIVER) else { continue };
        let library = pairs.into_iter().find(|(key, _)| key.eq_ignore_ascii_case("Driver"));
        return Ok(Some((library.map(|(_, library)| library).unwrap_or_default(), path.display().to_string())));
    }
    Ok(None)
}

/// The data sources of all drivers.
pub fn sources(scope: Scope) -> Result<Vec<Source>> {
    let files = Files::find();
    let path = files.sources(scope);
    let all = file::read(path)?;
    let place = path.display().to_string();
    let source = |name: String| {
        let pairs = all.section(&name).unwrap_or_default();
        Source { name, scope, place: place.clone(), pairs }
    };
    Ok(all.sections().into_iter().map(source).collect())
}

/// Writes a data source, and says where. One that exists is left alone unless it is of this driver and to be replaced.
pub fn write_source(scope: Scope, name: &str, pairs: &Pairs, replace: bool) -> Result<String> {
    let files = Files::find();
    let path = files.sources(scope);
    let mode = if scope == Scope::System { file::PUBLIC } else { file::PRIVATE };
    file::change(path, mode, |sources| {
        if let Some(known) = sources.section(name) {
            check_replaceable(name, &path.display().to_string(), &known, replace)?;
            sources.remove(name);
        }
        let pairs = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        sources.set(name, &std::iter::once(("Driver", DRIVER)).chain(pairs).collect::<Vec<_>>())
    })?;
    Ok(path.display().to_string())
}

/// Removes a data source.
pub fn remove_source(scope: Scope, name: &str) -> Result<()> {
    file::change(Files::find().sources(scope), file::PRIVATE, |sources| {
        sources.remove(name);
        Ok(())
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(files: &Files) -> [String; 4] {
        [&files.system_drivers, &files.user_drivers, &files.system_sources, &files.user_sources]
            .map(|path| path.display().to_string())
    }

    #[test]
    fn the_driver_manager_is_believed() {
        let report = "unixODBC 2.3.11\nDRIVERS............: /opt/odbc/odbcinst.ini\nSYSTEM DATA SOURCES: /opt/odbc/odbc.ini\n\
                      FILE DATA SOURCES..: /opt/odbc/ODBCDataSources\nUSER DATA SOURCES..: /home/a/.odbc.ini\nSQLLEN Size........: 8\n";
        let environment = |name: &str| (name == "HOME").then(|| "/home/b".to_owned());
        let found = paths(&Files::from_report(report, &environment));
        assert_eq!(
            found,
            ["/opt/odbc/odbcinst.ini", "/home/b/.odbcinst.ini", "/opt/odbc/odbc.ini", "/home/a/.odbc.ini"]
        );
    }

    #[test]
    fn without_it_the_documented_places_are_taken() {
        let found = paths(&Files::from_report("", &|name| (name == "HOME").then(|| "/home/b".to_owned())));
        assert_eq!(found, ["/etc/odbcinst.ini", "/home/b/.odbcinst.ini", "/etc/odbc.ini", "/home/b/.odbc.ini"]);
        let private = |name: &str| Some(if name == "ODBCINSTINI" { "own.ini".into() } else { format!("/p/{name}") });
        let found = paths(&Files::from_report("DRIVERS............: /p/ODBCSYSINI/\n", &private));
        assert_eq!(found, ["/p/ODBCSYSINI/own.ini", "/p/HOME/.odbcinst.ini", "/p/ODBCSYSINI/odbc.ini", "/p/ODBCINI"]);
    }
}
