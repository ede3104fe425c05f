//! Where unixODBC keeps its drivers and data sources.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The name under which the driver is registered.
pub const DRIVER: &str = "Exact Online";
/// The file name of the driver's library.
pub const LIBRARY: &str = "libexactodbc.so";

/// Whom a registration or a data source is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every user of the machine.
    System,
    /// The user who runs the command.
    User,
}

impl Scope {
    /// What is asked for; else the machine for root and the user for everyone else.
    pub fn chosen(system: bool, user: bool) -> Scope {
        match (system, user) {
            (true, _) => Scope::System,
            (_, true) => Scope::User,
            _ if rustix::process::geteuid().is_root() => Scope::System,
            _ => Scope::User,
        }
    }
}

/// The files that the installed driver manager reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    pub system_drivers: PathBuf,
    pub user_drivers: PathBuf,
    pub system_sources: PathBuf,
    pub user_sources: PathBuf,
}

impl Files {
    /// Asked of the driver manager itself (`odbcinst -j`), because the folder is fixed when it is built and the user's
    /// file comes from the password database; without it: what its documentation says.
    pub fn find() -> Files {
        let output = Command::new("odbcinst").arg("-j").output().ok();
        let report = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        Files::from_report(&report, &|name| std::env::var(name).ok())
    }

    fn from_report(report: &str, environment: &dyn Fn(&str) -> Option<String>) -> Files {
        let reported = |label: &str| {
            let line = report.lines().find(|line| line.starts_with(label))?;
            let path = line.split_once(": ")?.1.trim();
            // With ODBCINSTINI set, unixODBC 2.3.11 prints the folder only.
            (path.starts_with('/') && !path.ends_with('/')).then(|| PathBuf::from(path))
        };
        let system = environment("ODBCSYSINI").map_or_else(|| PathBuf::from("/etc"), PathBuf::from);
        let home = environment("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from);
        let private = environment("ODBCINI").map(PathBuf::from);
        let drivers = environment("ODBCINSTINI").unwrap_or_else(|| "odbcinst.ini".to_owned());
        Files {
            system_drivers: reported("DRIVERS").unwrap_or_else(|| system.join(drivers)),
            user_drivers: home.join(".odbcinst.ini"),
            system_sources: reported("SYSTEM DATA SOURCES").unwrap_or_else(|| system.join("odbc.ini")),
            user_sources: reported("USER DATA SOURCES").or(private).unwrap_or_else(|| home.join(".odbc.ini")),
        }
    }

    pub fn drivers(&self, scope: Scope) -> &Path {
        match scope {
            Scope::System => &self.system_drivers,
            Scope::User => &self.user_drivers,
        }
    }

    pub fn sources(&self, scope: Scope) -> &Path {
        match scope {
            Scope::System => &self.system_sources,
            Scope::User => &self.user_sources,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(files: &Files) -> [String; 4] {
        [&files.system_drivers, &files.user_drivers, &files.system_sources, &files.user_sources]
            .map(|path| path.display().to_string())
    }

    #[test]
    fn the_driver_manager_is_believed() {
        let report = "unixODBC 2.3.11\nDRIVERS............: /opt/odbc/odbcinst.ini\nSYSTEM DATA SOURCES: /opt/odbc/odbc.ini\n\
                      FILE DATA SOURCES..: /opt/odbc/ODBCDataSources\nUSER DATA SOURCES..: /home/a/.odbc.ini\nSQLLEN Size........: 8\n";
        let environment = |name: &str| (name == "HOME").then(|| "/home/b".to_owned());
        let found = paths(&Files::from_report(report, &environment));
        assert_eq!(
            found,
            ["/opt/odbc/odbcinst.ini", "/home/b/.odbcinst.ini", "/opt/odbc/odbc.ini", "/home/a/.odbc.ini"]
        );
    }

    #[test]
    fn without_it_the_documented_places_are_taken() {
        let found = paths(&Files::from_report("", &|name| (name == "HOME").then(|| "/home/b".to_owned())));
        assert_eq!(found, ["/etc/odbcinst.ini", "/home/b/.odbcinst.ini", "/etc/odbc.ini", "/home/b/.odbc.ini"]);
        let private = |name: &str| Some(if name == "ODBCINSTINI" { "own.ini".into() } else { format!("/p/{name}") });
        let found = paths(&Files::from_report("DRIVERS............: /p/ODBCSYSINI/\n", &private));
        assert_eq!(found, ["/p/ODBCSYSINI/own.ini", "/p/HOME/.odbcinst.ini", "/p/ODBCSYSINI/odbc.ini", "/p/ODBCINI"]);
    }
}
