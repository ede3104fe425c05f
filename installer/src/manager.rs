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

/// A data source of this driver.
#[derive(Debug)]
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
