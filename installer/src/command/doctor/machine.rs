//! What is installed on this machine.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use odbc_api::{ConnectionOptions, Environment};

use super::Finding;
use crate::command::query::told;
use crate::file;
use crate::unixodbc::{DRIVER, Files};

const REGISTER: &str = "register it with: exact-odbc install";

/// Driver manager, registration, and whether the one loads the other.
pub fn check() -> Vec<Finding> {
    vec![driver_manager(), registration(), load()]
}

fn driver_manager() -> Finding {
    const WHAT: &str = "Driver manager";
    let version = Command::new("odbcinst").arg("--version").output();
    match version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()) {
        Ok(version) if !version.is_empty() => Finding::ok(WHAT, version),
        _ => Finding::warn(
            WHAT,
            "the program odbcinst of unixODBC is not there, so its version is not known",
            "install unixODBC: apt-get install unixodbc odbcinst",
        ),
    }
}

fn registration() -> Finding {
    const WHAT: &str = "Registration";
    match registered() {
        Ok(Some((library, file))) if Path::new(&library).is_file() => Finding::ok(WHAT, format!("{library} ({file})")),
        Ok(Some((library, file))) => {
            Finding::fail(WHAT, format!("{file} names {library}, which is not there"), REGISTER)
        }
        Ok(None) => Finding::fail(WHAT, format!("the driver manager knows no driver \"{DRIVER}\""), REGISTER),
        Err(error) => Finding::error(WHAT, &format!("{error:#}")),
    }
}

/// The library that is registered, and the file that says so; the user's own first, as the driver manager looks.
fn registered() -> Result<Option<(String, String)>> {
    let files = Files::find();
    for path in [&files.user_drivers, &files.system_drivers] {
        let Some(pairs) = file::read(path)?.section(DRIVER) else { continue };
        let library = pairs.into_iter().find(|(key, _)| key.eq_ignore_ascii_case("Driver"));
        return Ok(Some((library.map(|(_, library)| library).unwrap_or_default(), path.display().to_string())));
    }
    Ok(None)
}

/// A connection that asks nobody anything: the driver is loaded and computes.
fn load() -> Finding {
    const WHAT: &str = "Driver";
    const CONNECTION: &str =
        "Driver={Exact Online};InitiateOAuth=OFF;OAuthAccessToken=none;OAuthClientId=doctor;Division=1";
    let loaded = || -> Result<()> {
        let environment = Environment::new().map_err(told)?;
        let connection =
            environment.connect_with_connection_string(CONNECTION, ConnectionOptions::default()).map_err(told)?;
        connection.execute("SELECT 1 AS one", (), None).map_err(told)?;
        Ok(())
    };
    match loaded() {
        Ok(()) => Finding::ok(WHAT, "is loaded and runs SQL"),
        Err(error) => Finding::fail(WHAT, format!("cannot be loaded: {error:#}"), REGISTER),
    }
}
