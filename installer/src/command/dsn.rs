//! `exact-odbc dsn`: data sources.

use std::io::BufRead;
use std::path::Path;

use anyhow::{Context, Result, bail};
use exact_client::settings::{self, DivisionSetting, Settings};

use crate::cli::{AddDsnArguments, NameArguments};
use crate::file;
use crate::ini::Pairs;
use crate::output;
use crate::unixodbc::{DRIVER, Files, LIBRARY, Scope};

/// Makes a data source. It reads only, and names its division, unless it is told otherwise.
pub fn add(arguments: &AddDsnArguments) -> Result<()> {
    let scope = arguments.scope.chosen();
    let files = Files::find();
    let path = files.sources(scope);
    let mut pairs = properties(&arguments.properties, &mut std::io::stdin().lock())?;
    complete(&mut pairs)?;
    write(path, scope, &arguments.name, &pairs, arguments.replace)?;
    output::line(format_args!(
        "Data source \"{}\" written to {}. Try:  isql -v \"{0}\"",
        arguments.name,
        path.display()
    ))?;
    Ok(())
}

/// `KEY=VALUE` arguments as properties under their documented names. A secret must be given as `KEY=-` and is read
/// from `input`, a line each: command lines are seen by all users of a machine and kept in histories.
pub fn properties(arguments: &[String], input: &mut dyn BufRead) -> Result<Pairs> {
    let mut pairs = Pairs::new();
    for argument in arguments {
        let (key, value) = argument.split_once('=').with_context(|| format!("\"{argument}\" is not KEY=VALUE"))?;
        let property = settings::find(key.trim());
        let name = property.map_or(key.trim(), |property| property.name);
        // Only known secrets can be recognised; an unknown key is refused later.
        if property.is_some_and(|property| property.secret) && value != "-" {
            bail!(
                "{name} is a secret and does not belong on a command line; write {name}=- and give it on standard input"
            );
        }
        let value = if value == "-" { line(name, input)? } else { value.trim().to_owned() };
        if pairs.iter().any(|(known, _)| known == name) {
            bail!("{name} is given twice");
        }
        pairs.push((name.to_owned(), value));
    }
    Ok(pairs)
}

fn line(name: &str, input: &mut dyn BufRead) -> Result<String> {
    let mut text = String::new();
    input.read_line(&mut text).with_context(|| format!("{name} cannot be read from standard input"))?;
    let text = text.trim();
    if text.is_empty() {
        bail!("standard input holds no line for {name}");
    }
    Ok(text.to_owned())
}

/// Checks the properties as the driver would, and adds `Division` and `Readonly` where they are missing.
fn complete(pairs: &mut Pairs) -> Result<()> {
    let (found, notices) = Settings::from_pairs(pairs, &[])?;
    if let Some(notice) = notices.first() {
        bail!("{}", notice.message);
    }
    if found.division == DivisionSetting::Current {
        let division = crate::session::stored_division(&found).context(
            "give Division=CODE: the number in the address bar of Exact Online after \"division=\", or sign in first",
        )?;
        pairs.retain(|(key, _)| key != "Division");
        pairs.insert(0, ("Division".to_owned(), division.to_string()));
    }
    if !pairs.iter().any(|(key, _)| key == "Readonly") {
        pairs.push(("Readonly".to_owned(), "true".to_owned()));
    }
    Ok(())
}

/// Writes a data source. One that exists is left alone unless it is to be replaced.
pub fn write(path: &Path, scope: Scope, name: &str, pairs: &Pairs, replace: bool) -> Result<()> {
    let mode = if scope == Scope::System { file::PUBLIC } else { file::PRIVATE };
    file::change(path, mode, |sources| {
        if sources.section(name).is_some() {
            if !replace {
                bail!("data source \"{name}\" exists in {}; give --replace to make it anew", path.display());
            }
            sources.remove(name);
        }
        let pairs = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        sources.set(name, &std::iter::once(("Driver", DRIVER)).chain(pairs).collect::<Vec<_>>())
    })?;
    Ok(())
}

/// Prints the data sources of this driver.
pub fn list() -> Result<()> {
    let all = all()?;
    for (name, path, pairs) in &all {
        let value =
            |wanted: &str| pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted)).map(|(_, v)| v.as_str());
        let place = value("BaseUrl").or(value("Region")).unwrap_or("Netherlands");
        output::line(format_args!(
            "{name}\tdivision {}\t{place}\t{path}",
            value("Division").unwrap_or("as signed in")
        ))?;
    }
    if all.is_empty() {
        output::line(format_args!(
            "There is no data source yet. Make one with:  exact-odbc dsn add NAME Division=CODE"
        ))?;
    }
    Ok(())
}

/// The names of this driver's data sources, as the driver manager would find them.
pub fn names() -> Result<Vec<String>> {
    Ok(all()?.into_iter().map(|(name, ..)| name).collect())
}

/// Name, file and properties; the user's own first, and in front of the machine's of the same name.
fn all() -> Result<Vec<(String, String, Pairs)>> {
    let files = Files::find();
    let mut found: Vec<(String, String, Pairs)> = Vec::new();
    for scope in [Scope::User, Scope::System] {
        let path = files.sources(scope);
        let sources = file::read(path)?;
        for name in sources.sections() {
            let pairs = sources.section(&name).unwrap_or_default();
            if is_ours(&pairs) && !found.iter().any(|(known, ..)| known.eq_ignore_ascii_case(&name)) {
                found.push((name, path.display().to_string(), pairs));
            }
        }
    }
    Ok(found)
}

fn is_ours(pairs: &Pairs) -> bool {
    let driver = pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case("Driver"));
    driver.is_some_and(|(_, driver)| driver.eq_ignore_ascii_case(DRIVER) || driver.ends_with(LIBRARY))
}

/// Prints what a data source holds, without its secrets.
pub fn show(arguments: &NameArguments) -> Result<()> {
    let (name, path, pairs) = find(&arguments.name)?;
    output::line(format_args!("[{name}]  ; {path}"))?;
    for (key, value) in &pairs {
        let is_secret = settings::find(key).is_some_and(|property| property.secret);
        output::line(format_args!("{key} = {}", if is_secret { "(hidden)" } else { value }))?;
    }
    Ok(())
}

fn find(name: &str) -> Result<(String, String, Pairs)> {
    let found = all()?.into_iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
    found.with_context(|| format!("there is no data source \"{name}\" of this driver; see exact-odbc dsn list"))
}

/// The properties of a data source of this driver.
pub fn pairs(name: &str) -> Result<Pairs> {
    Ok(find(name)?.2)
}

/// Removes a data source of this driver.
pub fn remove(arguments: &NameArguments) -> Result<()> {
    let (name, path, _) = find(&arguments.name)?;
    file::change(Path::new(&path), file::PRIVATE, |sources| {
        sources.remove(&name);
        Ok(())
    })?;
    output::line(format_args!("Data source \"{name}\" removed from {path}"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str], input: &str) -> Result<Pairs> {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        properties(&arguments, &mut input.as_bytes())
    }

    #[test]
    fn properties_get_their_documented_names() {
        let pairs = read(&["division=5512", "uid=abc", "client secret=-"], "geheim\n").unwrap();
        let expected = [("Division", "5512"), ("OAuthClientId", "abc"), ("OAuthClientSecret", "geheim")];
        assert_eq!(pairs, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
        let text = read(&["PWD=geheim"], "").unwrap_err().to_string();
        assert!(text.contains("OAuthClientSecret=-") && !text.contains("geheim"), "{text}");
        assert!(read(&["PWD=-"], "\n").is_err());
        assert!(read(&["Division=1", "Database=2"], "").is_err());
        assert!(read(&["Division"], "").is_err());
    }

    #[test]
    fn a_data_source_reads_only_unless_asked_for_writes() {
        let mut pairs = read(&["Division=5512"], "").unwrap();
        complete(&mut pairs).unwrap();
        assert_eq!(pairs.last().unwrap(), &("Readonly".to_owned(), "true".to_owned()));
        let mut pairs = read(&["Division=5512", "Readonly=false"], "").unwrap();
        complete(&mut pairs).unwrap();
        assert_eq!(pairs.last().unwrap(), &("Readonly".to_owned(), "false".to_owned()));
    }

    #[test]
    fn a_misspelt_property_is_refused_with_the_nearest_name() {
        let mut pairs = read(&["Division=5512", "Regionn=NL"], "").unwrap();
        let text = complete(&mut pairs).unwrap_err().to_string();
        assert!(text.contains("Region"), "{text}");
    }
}
