//! The driver manager of this system: where it keeps its drivers and data sources. `unixodbc` and `registry` are the two
//! kinds, with the same functions.

use anyhow::{Result, bail};

#[cfg(windows)]
use crate::registry as kind;
#[cfg(not(windows))]
use crate::unixodbc as kind;

pub use kind::{is_administrator, registered, remove_source, version, write_source};

/// The name under which the driver is registered.
pub const DRIVER: &str = "Exact Online";
/// The file name of the driver's library.
pub const LIBRARY: &str = if cfg!(windows) {
    "exactodbc.dll"
} else if cfg!(target_os = "macos") {
    "libexactodbc.dylib"
} else {
    "libexactodbc.so"
};

/// What the ODBC specification forbids in a data source name, and the brackets of a heading.
const FORBIDDEN_IN_NAMES: &str = "[]{}(),;?*=!@\\\n\r\0";

/// Key and value, in the order in which they are kept.
pub type Pairs = Vec<(String, String)>;

/// Whom a registration or a data source is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every user of the machine.
    System,
    /// The user who runs the command.
    User,
}

impl Scope {
    /// What is asked for; else the machine for an administrator and the user for everyone else.
    pub fn chosen(system: bool, user: bool) -> Scope {
        match (system, user) {
            (true, _) => Scope::System,
            (_, true) => Scope::User,
            _ if is_administrator() => Scope::System,
            _ => Scope::User,
        }
    }
}

/// A data source.
#[derive(Clone, Debug)]
pub struct Source {
    pub name: String,
    pub scope: Scope,
    /// The file, or the key of the registry.
    pub place: String,
    pub pairs: Pairs,
}

/// The data sources of this driver; the user's own first, and in front of the machine's of the same name.
pub fn sources() -> Result<Vec<Source>> {
    let mut found: Vec<Source> = Vec::new();
    for scope in [Scope::User, Scope::System] {
        for source in kind::sources(scope)? {
            if is_ours(&source.pairs) && !found.iter().any(|known| known.name.eq_ignore_ascii_case(&source.name)) {
                found.push(source);
            }
        }
    }
    Ok(found)
}

fn is_ours(pairs: &Pairs) -> bool {
    let driver = pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case("Driver"));
    driver.is_some_and(|(_, driver)| {
        driver.eq_ignore_ascii_case(DRIVER) || driver.to_ascii_lowercase().ends_with(LIBRARY)
    })
}

/// Refuses to overwrite what belongs to another driver, and what is of this one unless it is to be replaced.
pub fn check_replaceable(name: &str, place: &str, pairs: &Pairs, replace: bool) -> Result<()> {
    if !is_ours(pairs) {
        bail!("\"{name}\" in {place} is not a data source of this driver and stays as it is; choose another name");
    }
    if !replace {
        bail!("data source \"{name}\" exists in {place}; give --replace to make it anew");
    }
    Ok(())
}

/// Refuses the name of a data source that exists, of any driver, unless it is that of the one being edited.
#[cfg(windows)]
pub fn check_free(name: &str, edited: Option<&str>) -> Result<()> {
    check_free_among(&[kind::sources(Scope::User)?, kind::sources(Scope::System)?].concat(), name, edited)
}

#[cfg(any(windows, test))]
fn check_free_among(sources: &[Source], name: &str, edited: Option<&str>) -> Result<()> {
    let is_edited = edited.is_some_and(|edited| edited.eq_ignore_ascii_case(name));
    match sources.iter().find(|source| source.name.eq_ignore_ascii_case(name)) {
        Some(taken) if !is_edited => {
            bail!("there is a data source \"{}\" already, in {}; choose another name", taken.name, taken.place)
        }
        _ => Ok(()),
    }
}

/// Refuses what cannot be the name of a data source.
pub fn check_name(name: &str) -> Result<()> {
    if name.is_empty() || name.chars().count() > 32 || name.trim() != name {
        bail!("\"{name}\" cannot be a name: one to 32 characters are allowed, without blanks at the ends");
    }
    if let Some(bad) = name.chars().find(|c| FORBIDDEN_IN_NAMES.contains(*c)) {
        bail!("\"{name}\" cannot be a name: {bad:?} is not allowed in it");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, driver: &str) -> Source {
        let pairs = vec![("Driver".to_owned(), driver.to_owned())];
        Source { name: name.to_owned(), scope: Scope::User, place: "the list".to_owned(), pairs }
    }

    #[test]
    fn a_name_is_free_unless_another_data_source_has_it() {
        let sources = [source("Books", DRIVER), source("Stock", "SQL Server")];
        for (name, edited) in
            [("New", None), ("New", Some("Books")), ("Books", Some("Books")), ("BOOKS", Some("books"))]
        {
            check_free_among(&sources, name, edited).unwrap();
        }
        for (name, edited) in [("Books", None), ("books", Some("New")), ("Stock", Some("Books")), ("STOCK", None)] {
            let text = check_free_among(&sources, name, edited).unwrap_err().to_string();
            assert!(text.contains("already, in the list; choose another name"), "{text}");
        }
    }

    #[test]
    fn what_another_driver_has_is_not_replaced() {
        let check =
            |driver: &str, replace| check_replaceable("Books", "the list", &source("Books", driver).pairs, replace);
        check(DRIVER, true).unwrap();
        check(&format!("/opt/{LIBRARY}"), true).unwrap();
        assert!(check(DRIVER, false).unwrap_err().to_string().contains("--replace"));
        for replace in [false, true] {
            let text = check("SQL Server", replace).unwrap_err().to_string();
            assert!(text.contains("not a data source of this driver"), "{text}");
        }
        assert!(check_replaceable("ODBC", "the list", &Pairs::new(), true).is_err());
    }
}
