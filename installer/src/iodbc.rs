//! iODBC, the other driver manager of Linux and that of macOS: whether it is there, and where it keeps its drivers.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::manager::Scope;

/// Where its library lies, as distributions, builds by hand and macOS have it.
const LIBRARIES: [&str; 7] = [
    "/usr/lib/x86_64-linux-gnu/libiodbc.so.2",
    "/usr/lib/aarch64-linux-gnu/libiodbc.so.2",
    "/usr/lib64/libiodbc.so.2",
    "/usr/lib/libiodbc.so.2",
    "/usr/local/lib/libiodbc.so.2",
    "/usr/local/lib/libiodbc.2.dylib",
    "/Library/Frameworks/iODBC.framework",
];

/// The file of its drivers; `None` where it is not installed.
pub fn drivers(scope: Scope) -> Option<PathBuf> {
    if !LIBRARIES.iter().any(|library| Path::new(library).exists()) {
        return None;
    }
    let environment = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    Some(match scope {
        Scope::System => environment("SYSODBCINSTINI").or_else(configured).unwrap_or_else(|| SYSTEM.into()),
        // A name without a folder in this variable is meant for unixODBC.
        Scope::User => environment("ODBCINSTINI").or_else(|| Some(environment("HOME")?.join(USER)))?,
    })
}

/// What its own tool says, which comes with its files for developers.
fn configured() -> Option<PathBuf> {
    let output = Command::new("iodbc-config").arg("--odbcinstini").output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    path.is_absolute().then_some(path)
}

#[cfg(target_os = "macos")]
const SYSTEM: &str = "/Library/ODBC/odbcinst.ini";
#[cfg(target_os = "macos")]
const USER: &str = "Library/ODBC/odbcinst.ini";
#[cfg(not(target_os = "macos"))]
const SYSTEM: &str = "/etc/odbcinst.ini";
#[cfg(not(target_os = "macos"))]
const USER: &str = ".odbcinst.ini";
