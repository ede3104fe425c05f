//! `exact-odbc install` and `uninstall`: the driver's entry in the driver managers' lists.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::cli::{InstallArguments, ScopeArguments};
use crate::file;
use crate::manager::{DRIVER, LIBRARY, Scope};
use crate::output;
use crate::registration;
use crate::unixodbc::Files;

/// Registers the driver, or brings its entry up to date.
pub fn install(arguments: &InstallArguments) -> Result<()> {
    let library = library(arguments.library.as_deref())?;
    let library = library.to_str().with_context(|| format!("{} is not UTF-8", library.display()))?.to_owned();
    for list in registration::lists(arguments.scope.chosen()) {
        let changed = file::change(&list.path, file::PUBLIC, |drivers| list.enter(drivers, &library))?;
        let done = if changed { "registered" } else { "is registered already" };
        output::line(format_args!("Driver \"{DRIVER}\" {done} in {}: {library}", list.path.display()))?;
    }
    Ok(())
}

/// Takes the driver out of the lists; data sources stay.
pub fn uninstall(arguments: &ScopeArguments) -> Result<()> {
    for list in registration::lists(arguments.chosen()) {
        let mut left = 0;
        let changed = file::change(&list.path, file::PUBLIC, |drivers| {
            left = list.remove(drivers)?;
            Ok(())
        })?;
        let done = match (left, changed) {
            (1.., _) => &format!("stays registered, since its UsageCount says that {left} other programs need it,"),
            (0, true) => "is no longer registered",
            (0, false) => "was not registered",
        };
        output::line(format_args!("Driver \"{DRIVER}\" {done} in {}", list.path.display()))?;
    }
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
