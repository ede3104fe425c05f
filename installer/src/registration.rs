//! The driver's entry in the lists of drivers that unixODBC and iODBC keep.
//!
//! unixODBC's own tool makes and counts the entry, but on a copy of the list: it drops the comments of the whole file and does
//! not write it in one step. What it made of our section is then put into the list, of which nothing else changes.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::ini::Ini;
use crate::iodbc;
use crate::manager::{DRIVER, Pairs, Scope};
use crate::unixodbc::Files;

/// Where iODBC looks for the names of all drivers. unixODBC has no such section.
const NAMES: &str = "ODBC Drivers";
const COUNT: &str = "UsageCount";

/// A list of drivers.
#[derive(Debug)]
pub struct List {
    pub path: PathBuf,
    is_read_by_iodbc: bool,
}

/// The lists of the driver managers on this machine; on most, both read the same file.
pub fn lists(scope: Scope) -> Vec<List> {
    let unixodbc = Files::find().drivers(scope).to_owned();
    let iodbc = iodbc::drivers(scope);
    let mut lists = vec![List { is_read_by_iodbc: iodbc.as_ref() == Some(&unixodbc), path: unixodbc.clone() }];
    lists.extend(iodbc.filter(|path| *path != unixodbc).map(|path| List { path, is_read_by_iodbc: true }));
    lists
}

impl List {
    /// Makes the entry, or brings an old one up to date, whose count stays: it is the same driver.
    pub fn enter(&self, drivers: &mut Ini, library: &str) -> Result<()> {
        let own = entry(library);
        if drivers.section(DRIVER).is_none() {
            for (key, value) in made(drivers, &own)? {
                drivers.set(DRIVER, &[(&key, &value)])?;
            }
        }
        drivers.set(DRIVER, &own)?;
        // A manager of 64 bits takes these first, and what they name is old.
        drivers.unset(DRIVER, "Driver64");
        drivers.unset(DRIVER, "Setup64");
        if count(drivers) == 0 {
            drivers.set(DRIVER, &[(COUNT, "1")])?;
        }
        if self.is_read_by_iodbc {
            drivers.set(NAMES, &[(DRIVER, "Installed")])?;
        }
        Ok(())
    }

    /// Counts one use less, and removes the entry with the last. Gives the uses that are left.
    pub fn remove(&self, drivers: &mut Ini) -> Result<u32> {
        let left = left(drivers)?;
        if left > 0 {
            drivers.set(DRIVER, &[(COUNT, &left.to_string())])?;
            return Ok(left);
        }
        drivers.remove(DRIVER);
        drivers.unset(NAMES, DRIVER);
        if drivers.section(NAMES).is_some_and(|names| names.is_empty()) {
            drivers.remove(NAMES);
        }
        Ok(0)
    }
}

/// What the driver managers must know.
///
/// `Threading` is written explicitly although 0 is the default of current versions: older builds of unixODBC take 3,
/// one lock around every call of every connection. The driver locks each connection itself, and SQLCancel must not
/// wait behind the fetch that it is to end.
fn entry(library: &str) -> [(&'static str, &str); 4] {
    [("Description", "ODBC driver for Exact Online"), ("Driver", library), ("Setup", library), ("Threading", "0")]
}

fn count(drivers: &Ini) -> u32 {
    let pairs = drivers.section(DRIVER).unwrap_or_default();
    let count = pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(COUNT));
    count.and_then(|(_, count)| count.parse().ok()).unwrap_or_default()
}

/// The section that unixODBC's tool makes; without the tool: as it would.
fn made(drivers: &Ini, own: &[(&str, &str)]) -> Result<Pairs> {
    let mut template = Ini::parse("");
    template.set(DRIVER, own)?;
    let after = by_tool(drivers, &["-i", "-d", "-r"], &template)?;
    Ok(after.and_then(|after| after.section(DRIVER)).unwrap_or_default())
}

/// How many uses unixODBC's tool leaves of the entry when one ends; without the tool: one less.
fn left(drivers: &Ini) -> Result<u32> {
    let before = count(drivers);
    if before == 0 {
        return Ok(0);
    }
    let after = by_tool(drivers, &["-u", "-d", "-n", DRIVER], &Ini::parse(""))?;
    Ok(after.map_or(before - 1, |after| count(&after)))
}

/// What `odbcinst` makes of a copy of the list; `None` if there is no such tool.
fn by_tool(drivers: &Ini, arguments: &[&str], input: &Ini) -> Result<Option<Ini>> {
    const CANNOT: &str = "a copy of the list of drivers cannot be made";
    let folder = tempfile::tempdir().context(CANNOT)?;
    let (copy, template) = (folder.path().join("odbcinst.ini"), folder.path().join("template.ini"));
    fs::write(&copy, drivers.text()).and_then(|()| fs::write(&template, input.text())).context(CANNOT)?;
    let done = Command::new("odbcinst")
        .args(arguments)
        .stdin(fs::File::open(&template).context(CANNOT)?)
        .env("ODBCSYSINI", folder.path())
        .env_remove("ODBCINSTINI")
        .output();
    match done {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context("odbcinst cannot be started"),
        Ok(output) if !output.status.success() => {
            bail!("odbcinst refuses: {}", String::from_utf8_lossy(&output.stderr).trim())
        }
        Ok(_) => Ok(Some(Ini::parse(&fs::read_to_string(&copy).context(CANNOT)?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER: &str = "; a remark\n[Other]\nDriver=other.so\nUsageCount=3\n";

    fn list(is_read_by_iodbc: bool) -> List {
        List { path: PathBuf::new(), is_read_by_iodbc }
    }

    fn entered(before: &str, iodbc: bool) -> Ini {
        let mut drivers = Ini::parse(before);
        list(iodbc).enter(&mut drivers, "/new/lib.so").unwrap();
        drivers
    }

    #[test]
    fn an_entry_is_made_counted_and_taken_out() {
        let mut drivers = entered(OTHER, false);
        let made = "\n[Exact Online]\nDescription = ODBC driver for Exact Online\nDriver = /new/lib.so\nSetup = /new/lib.so\n\
                    Threading = 0\nUsageCount = 1\n";
        assert_eq!(drivers.text(), format!("{OTHER}{made}"));
        assert_eq!(entered(&drivers.text(), false), drivers, "the same driver is not counted twice");
        assert_eq!(list(false).remove(&mut drivers).unwrap(), 0);
        assert_eq!(drivers.text().trim_end(), OTHER.trim_end());
        assert_eq!(list(false).remove(&mut drivers).unwrap(), 0, "what is not there is no error");
    }

    #[test]
    fn an_old_entry_is_upgraded() {
        let old = "[exact online]\nDriver=/old/lib.so\nDriver64=/old/lib.so\nThreading=3\nCPTimeout=60\nUsageCount=2\n; end\n";
        let mut drivers = entered(old, false);
        let expected = "[exact online]\nDriver = /new/lib.so\nThreading = 0\nCPTimeout=60\nUsageCount=2\n; end\n\
                        Description = ODBC driver for Exact Online\nSetup = /new/lib.so\n";
        assert_eq!(drivers.text(), expected);
        assert_eq!(list(false).remove(&mut drivers).unwrap(), 1);
        assert_eq!(drivers.text(), expected.replace("UsageCount=2", "UsageCount = 1"));
    }

    #[test]
    fn iodbc_is_told_the_name_in_a_section_of_its_own() {
        let mut drivers = entered("", true);
        assert!(drivers.text().ends_with("\n[ODBC Drivers]\nExact Online = Installed\n"), "{}", drivers.text());
        list(true).remove(&mut drivers).unwrap();
        assert_eq!(drivers.text().trim(), "");
        let mut shared = entered("[ODBC Drivers]\nOther = Installed\n", true);
        list(true).remove(&mut shared).unwrap();
        assert_eq!(shared.text(), "[ODBC Drivers]\nOther = Installed\n\n");
    }
}
