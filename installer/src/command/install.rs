//! `exact-odbc install` and `uninstall`: the driver's entry in unixODBC's list of drivers.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::cli::{InstallArguments, ScopeArguments};
use crate::file;
use crate::manager::{DRIVER, LIBRARY, Scope};
use crate::output;
use crate::unixodbc::Files;

/// Registers the driver, or brings its entry up to date.
pub fn install(arguments: &InstallArguments) -> Result<()> {
    let library = library(arguments.library.as_deref())?;
    let library = library.to_str().with_context(|| format!("{} is not UTF-8", library.display()))?.to_owned();
    let scope = arguments.scope.chosen();
    let path = Files::find().drivers(scope).to_owned();
    let changed = file::change(&path, file::PUBLIC, |drivers| drivers.set(DRIVER, &entry(&library)))?;
    let done = if changed { "registered" } else { "is registered already" };
    output::line(format_args!("Driver \"{DRIVER}\" {done} in {}: {library}", path.display()))?;
    Ok(())
}

/// What the driver manager must know.
///
/// `Threading` is written explicitly although 0 is the default of current versions: older builds of unixODBC take 3,
/// one lock around every call of every connection. The driver locks each connection itself, and SQLCancel must not
/// wait behind the fetch that it is to end.
fn entry(library: &str) -> [(&'static str, &str); 4] {
    [("Description", "ODBC driver for Exact Online"), ("Driver", library), ("Threading", "0"), ("UsageCount", "1")]
}

/// Takes the driver out of the list; data sources stay.
pub fn uninstall(arguments: &ScopeArguments) -> Result<()> {
    let path = Files::find().drivers(arguments.chosen()).to_owned();
    let changed = file::change(&path, file::PUBLIC, |drivers| {
        drivers.remove(DRIVER);
        Ok(())
    })?;
    let done = if changed { "is no longer registered" } else { "was not registered" };
    output::line(format_args!("Driver \"{DRIVER}\" {done} in {}", path.display()))?;
    Ok(())
}

/// Whether the driver manager knows the driver, for this user.
pub fn is_installed() -> Result<bool> {
    let files = Files::find();
    for scope in [Scope::System, Scope::User] {
        if file::read(files.drivers(scope))?.section(DRIVER).is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The library that is asked for, or the one that came with this program.
fn library(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(path) = given {
        return path
            .canonicalize()
            .ok()
            .filter(|path| path.is_file())
            .with_context(|| format!("there is no library at {}", path.display()));
    }
    let program = std::env::current_exe().context("the folder of this program is not known")?;
    let folder = program.parent().unwrap_or(Path::new("/"));
    let candidates =
        [folder.join(LIBRARY), folder.join("../lib/exact-odbc").join(LIBRARY), folder.join("../lib").join(LIBRARY)];
    let Some(found) = candidates.iter().find_map(|path| path.canonicalize().ok()) else {
        let shown: Vec<String> = candidates.iter().map(|path| path.display().to_string()).collect();
        bail!("the driver's library is at none of {}; name it with --library", shown.join(", "));
    };
    Ok(found)
}
