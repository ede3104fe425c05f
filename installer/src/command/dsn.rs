//! `exact-odbc dsn`: data sources.

mod ask;
#[cfg(any(windows, test))]
pub mod entered;

use std::io::BufRead;

use anyhow::{Context, Result, bail};
use exact_client::settings::{self, DivisionSetting, Settings};

#[cfg(windows)]
use crate::cli::EditArguments;
use crate::cli::{AddDsnArguments, NameArguments};
use crate::manager::{self, Pairs, Source};
use crate::output;

/// Makes a data source. It reads only, and names its division, unless it is told otherwise.
pub fn add(arguments: &AddDsnArguments) -> Result<()> {
    let scope = arguments.scope.chosen();
    // A name holds no equals sign: what looks like a property is one.
    let (name, first) = match &arguments.name {
        Some(property) if property.contains('=') => (None, Some(property)),
        name => (name.as_deref(), None),
    };
    let given: Vec<String> = first.into_iter().chain(&arguments.properties).cloned().collect();
    let mut pairs = properties(&given, &mut std::io::stdin().lock())?;
    let name = match name {
        Some(name) if ask::names(&pairs, "Division") || !ask::is_possible() => name.to_owned(),
        name if ask::is_possible() => ask::missing(name, &mut pairs)?,
        _ => bail!("a data source needs a name: exact-odbc dsn add NAME Division=CODE"),
    };
    complete(&mut pairs)?;
    let place = manager::write_source(scope, &name, &pairs, arguments.replace)?;
    output::line(format_args!("Data source \"{name}\" written to {place}. Try:  {}", trial(&name)))?;
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

/// A command that tries a data source out.
fn trial(name: &str) -> String {
    if cfg!(windows) { format!("exact-odbc dsn test \"{name}\"") } else { format!("isql -v \"{name}\"") }
}

/// Prints the data sources of this driver.
pub fn list() -> Result<()> {
    let all = manager::sources()?;
    for Source { name, place: path, pairs, .. } in &all {
        let value = |wanted: &str| {
            pairs.iter().find(|(key, v)| key.eq_ignore_ascii_case(wanted) && !v.is_empty()).map(|(_, v)| v.as_str())
        };
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
    Ok(manager::sources()?.into_iter().map(|source| source.name).collect())
}

/// Prints what a data source holds, without its secrets.
pub fn show(arguments: &NameArguments) -> Result<()> {
    let Source { name, place, pairs, .. } = find(&arguments.name)?;
    output::line(format_args!("[{name}]  ; {place}"))?;
    for (key, value) in &pairs {
        let is_secret = settings::find(key).is_some_and(|property| property.secret);
        output::line(format_args!("{key} = {}", if is_secret { "(hidden)" } else { value }))?;
    }
    Ok(())
}

fn find(name: &str) -> Result<Source> {
    let found = manager::sources()?.into_iter().find(|source| source.name.eq_ignore_ascii_case(name));
    found.with_context(|| format!("there is no data source \"{name}\" of this driver; see exact-odbc dsn list"))
}

/// The properties of a data source of this driver.
pub fn pairs(name: &str) -> Result<Pairs> {
    Ok(find(name)?.pairs)
}

/// Changes a data source, or makes one, in a window. Ends with 3 if it was cancelled (cli::EXIT).
#[cfg(windows)]
pub fn edit(arguments: &EditArguments) -> Result<()> {
    const CANCELLED: i32 = 3;
    let Some(name) = &arguments.name else {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut std::io::stdin(), &mut text).context("standard input cannot be read")?;
        let known = settings::parse_connection_string(&text)?;
        let Some(entered) = crate::dialog::edit(&known, |_| Ok(()))? else { std::process::exit(CANCELLED) };
        return output::line(format_args!("{}", settings::connection_string(&entered)));
    };
    let known = find(name).ok();
    let scope = known.as_ref().map_or(arguments.scope.chosen(), |source| source.scope);
    let mut pairs = known.map(|source| source.pairs).unwrap_or_default();
    pairs.insert(0, ("DSN".to_owned(), name.clone()));
    let before = name.clone();
    let keep = move |entered: &Pairs| -> Result<()> {
        let (written, pairs) = named(entered);
        manager::write_source(scope, &written, &pairs, true)?;
        if !written.eq_ignore_ascii_case(&before) && find(&before).is_ok() {
            manager::remove_source(scope, &before)?;
        }
        Ok(())
    };
    let Some(entered) = crate::dialog::edit(&pairs, keep)? else { std::process::exit(CANCELLED) };
    let Source { name, place, .. } = find(&named(&entered).0)?;
    output::line(format_args!("Data source \"{name}\" written to {place}"))
}

/// The name of what was entered, and the properties.
#[cfg(windows)]
fn named(entered: &Pairs) -> (String, Pairs) {
    let (name, pairs): (Pairs, Pairs) = entered.iter().cloned().partition(|(key, _)| key == "DSN");
    (name.into_iter().next().map(|(_, name)| name).unwrap_or_default(), pairs)
}

/// Removes a data source of this driver.
pub fn remove(arguments: &NameArguments) -> Result<()> {
    let Source { name, scope, place, .. } = find(&arguments.name)?;
    manager::remove_source(scope, &name)?;
    output::line(format_args!("Data source \"{name}\" removed from {place}"))?;
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
