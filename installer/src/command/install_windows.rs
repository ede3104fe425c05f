//! `exact-odbc install` and `uninstall`: the driver's entry in Windows' list of drivers. Set-up programs make it too.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::cli::{InstallArguments, ScopeArguments};
use crate::manager::{DRIVER, LIBRARY};
use crate::output;
use crate::registry;

/// Registers the driver, or brings its entry up to date.
pub fn install(arguments: &InstallArguments) -> Result<()> {
    for_the_machine(&arguments.scope)?;
    let library = library(arguments.library.as_deref())?;
    let library = library.to_str().with_context(|| format!("{} is not Unicode", library.display()))?;
    let done = if registry::register(library)? { "registered" } else { "is registered already" };
    output::line(format_args!("Driver \"{DRIVER}\" {done}: {library}"))
}

/// Takes the driver out of the list; data sources stay.
pub fn uninstall(arguments: &ScopeArguments) -> Result<()> {
    for_the_machine(arguments)?;
    let done = if registry::unregister()? { "is no longer registered" } else { "was not registered" };
    output::line(format_args!("Driver \"{DRIVER}\" {done}"))
}

/// Whether the driver manager knows the driver.
pub fn is_installed() -> Result<bool> {
    Ok(registry::registered()?.is_some())
}

fn for_the_machine(scope: &ScopeArguments) -> Result<()> {
    if scope.user {
        bail!("Windows knows drivers of the whole machine only: leave --user out, and run this as an administrator");
    }
    Ok(())
}

/// The library that is asked for, or the one that came with this program.
fn library(given: Option<&Path>) -> Result<PathBuf> {
    let path = match given {
        Some(path) => std::path::absolute(path).with_context(|| format!("{} is no path", path.display()))?,
        None => std::env::current_exe().context("the folder of this program is not known")?.with_file_name(LIBRARY),
    };
    if !path.is_file() {
        bail!("there is no library at {}; name it with --library", path.display());
    }
    Ok(path)
}
