//! What is installed on this machine.

use std::path::Path;

use anyhow::Result;
use odbc_api::{ConnectionOptions, Environment};

use super::Finding;
use crate::command::query::told;
use crate::manager::{self, DRIVER};

const REGISTER: &str = "register it with: exact-odbc install";

/// Driver manager, registration, and whether the one loads the other.
pub fn check() -> Vec<Finding> {
    vec![driver_manager(), registration(), load()]
}

fn driver_manager() -> Finding {
    const WHAT: &str = "Driver manager";
    match manager::version() {
        Some(version) => Finding::ok(WHAT, version),
        None => Finding::warn(
            WHAT,
            "the program odbcinst of unixODBC is not there, so its version is not known",
            "install unixODBC: apt-get install unixodbc odbcinst",
        ),
    }
}

fn registration() -> Finding {
    const WHAT: &str = "Registration";
    match manager::registered() {
        Ok(Some((library, file))) if Path::new(&library).is_file() => Finding::ok(WHAT, format!("{library} ({file})")),
        Ok(Some((library, file))) => {
            Finding::fail(WHAT, format!("{file} names {library}, which is not there"), REGISTER)
        }
        Ok(None) => Finding::fail(WHAT, format!("the driver manager knows no driver \"{DRIVER}\""), REGISTER),
        Err(error) => Finding::error(WHAT, &format!("{error:#}")),
    }
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
