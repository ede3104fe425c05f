//! The key of a data source in the registry.

use windows_registry::{CURRENT_USER, Key, LOCAL_MACHINE};

use crate::error::{Error, Result};

const SOURCES: &str = r"SOFTWARE\ODBC\ODBC.INI";
const DRIVER: &str = r"SOFTWARE\ODBC\ODBCINST.INI\Exact Online";
/// ERROR_FILE_NOT_FOUND as an HRESULT.
const NOT_FOUND: i32 = 0x8007_0002_u32.cast_signed();

/// The keys of data source `name`: of the user's part of the registry if it is there, else of the machine's. `None` if
/// it is in neither.
pub fn read_dsn(name: &str, _: &dyn Fn(&str) -> Option<String>) -> Result<Option<Vec<(String, String)>>> {
    // It would lead to another key.
    if name.contains('\\') {
        return Ok(None);
    }
    for root in [CURRENT_USER, LOCAL_MACHINE] {
        let found = match root.open(format!(r"{SOURCES}\{name}")) {
            Err(error) if error.code().0 == NOT_FOUND => continue,
            other => other.and_then(|key| pairs(&key)),
        };
        return found.map(Some).map_err(|error| {
            let reason = format!("data source {name} cannot be read from the registry: {error}");
            Error::InvalidConnectionString { reason }
        });
    }
    Ok(None)
}

/// Values of other kinds than text are none of ours.
fn pairs(key: &Key) -> windows_registry::Result<Vec<(String, String)>> {
    let texts = key.values()?.filter_map(|(name, value)| Some((name, String::try_from(value).ok()?)));
    Ok(texts.collect())
}

/// The driver's library, as it is registered for programs of this one's kind.
pub(crate) fn library() -> Option<String> {
    LOCAL_MACHINE.open(DRIVER).ok()?.get_string("Driver").ok()
}
