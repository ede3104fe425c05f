//! The registry, where the driver manager of Windows keeps its drivers and data sources.
//!
//! The machine's part of it has two views, one for programs of 64 bits and one for those of 32; a user's part has one. A
//! data source of the machine is written to each view in which the driver is registered.

use anyhow::{Context, Result, bail};
use windows_registry::{CURRENT_USER, Key, LOCAL_MACHINE, OpenOptions};

use crate::manager::{DRIVER, Pairs, Scope, Source, check_name, check_replaceable};

const SOURCES: &str = r"SOFTWARE\ODBC\ODBC.INI";
const NAMES: &str = r"SOFTWARE\ODBC\ODBC.INI\ODBC Data Sources";
const DRIVERS: &str = r"SOFTWARE\ODBC\ODBCINST.INI";

/// One part of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    User,
    /// The machine's, for programs of this one's kind.
    Own,
    Bits64,
    Bits32,
}

impl View {
    /// Those in which a data source of this scope stands; first the one that the driver of this program's kind reads.
    fn of(scope: Scope) -> &'static [View] {
        match scope {
            Scope::User => &[View::User],
            Scope::System if cfg!(target_pointer_width = "32") => &[View::Bits32, View::Bits64],
            Scope::System => &[View::Bits64, View::Bits32],
        }
    }

    fn options(self) -> OpenOptions<'static> {
        let mut options = if self == View::User { CURRENT_USER } else { LOCAL_MACHINE }.options();
        match self {
            View::Bits64 => options.wow64_64(),
            View::Bits32 => options.wow64_32(),
            View::User | View::Own => &mut options,
        };
        options
    }

    fn open(self, path: &str) -> Option<Key> {
        self.options().read().open(path).ok()
    }

    fn change(self, path: &str) -> Result<Key> {
        self.options().read().write().create().open(path).with_context(|| self.cannot(path))
    }

    fn cannot(self, path: &str) -> String {
        let advice = if self == View::User { "" } else { "; run it as an administrator" };
        format!("{} cannot be changed{advice}", self.name(path))
    }

    fn name(self, path: &str) -> String {
        match self {
            View::User => format!(r"HKEY_CURRENT_USER\{path}"),
            View::Bits32 => format!(r"HKEY_LOCAL_MACHINE\{path} (32-bit)"),
            View::Own | View::Bits64 => format!(r"HKEY_LOCAL_MACHINE\{path}"),
        }
    }

    /// The driver's library that programs of this view load.
    fn library(self) -> Option<String> {
        // A user has no drivers: those of the machine serve.
        let view = if self == View::User { View::Own } else { self };
        view.open(&format!(r"{DRIVERS}\{DRIVER}"))?.get_string("Driver").ok()
    }
}

/// Whether this process may change what is there for the whole machine.
pub fn is_administrator() -> bool {
    LOCAL_MACHINE.options().read().write().open("SOFTWARE").is_ok()
}

/// The driver manager is part of Windows.
pub fn version() -> Option<String> {
    let version = LOCAL_MACHINE.open(r"SOFTWARE\Microsoft\Windows NT\CurrentVersion").ok()?;
    let text = |name: &str| version.get_string(name).ok();
    let bits = usize::BITS;
    Some(format!("of {}, build {}; {bits}-bit", text("ProductName")?, text("CurrentBuild")?))
}

/// Registers the driver for programs of this one's kind. Says whether anything changed.
pub fn register(library: &str) -> Result<bool> {
    let entry = format!(r"{DRIVERS}\{DRIVER}");
    let known = View::Own.open(&entry).is_some_and(|key| key.get_string("Driver").is_ok_and(|old| old == library));
    let key = View::Own.change(&entry)?;
    let values = [
        ("Driver", library),
        ("Setup", library),
        ("DriverODBCVer", "03.80"),
        ("ConnectFunctions", "YYN"),
        ("APILevel", "2"),
        ("SQLLevel", "1"),
        ("FileUsage", "0"),
    ];
    let written = values.iter().try_for_each(|(name, value)| key.set_string(name, value));
    written.and_then(|()| key.set_u32("UsageCount", 1)).with_context(|| View::Own.cannot(&entry))?;
    let names = format!(r"{DRIVERS}\ODBC Drivers");
    View::Own.change(&names)?.set_string(DRIVER, "Installed").with_context(|| View::Own.cannot(&names))?;
    Ok(!known)
}

/// Takes the driver out of the list. Says whether it was there.
pub fn unregister() -> Result<bool> {
    let entry = format!(r"{DRIVERS}\{DRIVER}");
    let was_there = View::Own.open(&entry).is_some();
    if was_there {
        let drivers = View::Own.change(DRIVERS)?;
        drivers.remove_tree(DRIVER).with_context(|| View::Own.cannot(&entry))?;
        // Where it is missing there is nothing to do.
        let _ = View::Own.change(&format!(r"{DRIVERS}\ODBC Drivers"))?.remove_value(DRIVER);
    }
    Ok(was_there)
}

/// The library that is registered, and the key that says so.
pub fn registered() -> Result<Option<(String, String)>> {
    Ok(View::Own.library().map(|library| (library, View::Own.name(&format!(r"{DRIVERS}\{DRIVER}")))))
}

/// The data sources of all drivers.
pub fn sources(scope: Scope) -> Result<Vec<Source>> {
    let mut found: Vec<Source> = Vec::new();
    for view in View::of(scope) {
        let Some(all) = view.open(SOURCES) else { continue };
        for name in all.keys()? {
            let path = format!(r"{SOURCES}\{name}");
            let Some(key) = view.open(&path) else { continue };
            if found.iter().any(|known| known.name.eq_ignore_ascii_case(&name)) {
                continue;
            }
            found.push(Source { pairs: texts(&key)?, place: view.name(&path), name, scope });
        }
    }
    Ok(found)
}

/// The values of a key that are texts.
fn texts(key: &Key) -> Result<Pairs> {
    Ok(key.values()?.filter_map(|(name, value)| Some((name, String::try_from(value).ok()?))).collect())
}

/// Writes a data source, and says where. One that exists is left alone unless it is of this driver and to be replaced.
pub fn write_source(scope: Scope, name: &str, pairs: &Pairs, replace: bool) -> Result<String> {
    check_name(name)?;
    let path = format!(r"{SOURCES}\{name}");
    let libraries: Vec<_> = View::of(scope).iter().filter_map(|view| Some((*view, view.library()?))).collect();
    if libraries.is_empty() {
        bail!("the driver is not registered on this machine; do that first with: exact-odbc install");
    }
    for (view, _) in &libraries {
        if let Some(known) = view.open(&path) {
            check_replaceable(name, &view.name(&path), &texts(&known)?, replace)?;
        }
    }
    let mut places = Vec::new();
    for (view, library) in libraries {
        if view.open(&path).is_some() {
            view.change(SOURCES)?.remove_tree(name).with_context(|| view.cannot(&path))?;
        }
        let key = view.change(&path)?;
        let driver = ("Driver".to_owned(), library);
        let written = std::iter::once(&driver).chain(pairs).try_for_each(|(name, value)| key.set_string(name, value));
        written.with_context(|| view.cannot(&path))?;
        view.change(NAMES)?.set_string(name, DRIVER).with_context(|| view.cannot(NAMES))?;
        places.push(view.name(&path));
    }
    Ok(places.join(" and "))
}

/// Removes a data source.
pub fn remove_source(scope: Scope, name: &str) -> Result<()> {
    for view in View::of(scope) {
        if view.open(&format!(r"{SOURCES}\{name}")).is_some() {
            view.change(SOURCES)?.remove_tree(name).with_context(|| view.cannot(SOURCES))?;
            // A data source that no list names can still be opened, and need not be in one.
            let _ = view.change(NAMES)?.remove_value(name);
        }
    }
    Ok(())
}
