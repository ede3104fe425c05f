//! Registration and data sources, as programs and administrators make them.

use std::ffi::c_void;

use windows_registry::{CURRENT_USER, Key, LOCAL_MACHINE};

use crate::support::{MAIN_DIVISION, app, base_url, done, folder, run};

#[link(name = "odbccp32")]
unsafe extern "system" {
    fn SQLConfigDataSourceW(window: *mut c_void, request: u16, driver: *const u16, attributes: *const u16) -> i32;
    fn SQLInstallerErrorW(number: u16, code: *mut u32, text: *mut u16, room: u16, length: *mut u16) -> i16;
}

const SOURCES: &str = r"Software\ODBC\ODBC.INI";

/// Calls ConfigDSN without a window; `Err` is the code and the text of the error.
fn configure(request: u16, attributes: &[&str]) -> Result<(), (u32, String)> {
    let driver: Vec<u16> = "Exact Online\0".encode_utf16().collect();
    let attributes: Vec<u16> = attributes.iter().flat_map(|one| one.encode_utf16().chain([0])).chain([0]).collect();
    unsafe {
        if SQLConfigDataSourceW(std::ptr::null_mut(), request, driver.as_ptr(), attributes.as_ptr()) != 0 {
            return Ok(());
        }
        let (mut code, mut text, mut length) = (0, [0; 512], 0);
        SQLInstallerErrorW(1, &raw mut code, text.as_mut_ptr(), 512, &raw mut length);
        Err((code, String::from_utf16_lossy(&text[..usize::from(length).min(511)])))
    }
}

fn values(key: &Key) -> Vec<(String, String)> {
    key.values().unwrap().filter_map(|(name, value)| Some((name, String::try_from(value).ok()?))).collect()
}

fn has(pairs: &[(String, String)], name: &str, value: &str) -> bool {
    pairs.iter().any(|(key, found)| key == name && found == value)
}

#[test]
fn the_driver_is_registered() {
    let entry = LOCAL_MACHINE.open(r"SOFTWARE\ODBC\ODBCINST.INI\Exact Online").unwrap();
    let pairs = values(&entry);
    for name in ["Driver", "Setup"] {
        let library = &pairs.iter().find(|(key, _)| key == name).unwrap().1;
        assert!(std::path::Path::new(library).is_file() && library.ends_with("exactodbc.dll"), "{library}");
    }
    assert!(has(&pairs, "DriverODBCVer", "03.80"), "{pairs:?}");
    let names = LOCAL_MACHINE.open(r"SOFTWARE\ODBC\ODBCINST.INI\ODBC Drivers").unwrap();
    assert_eq!(names.get_string("Exact Online").unwrap(), "Installed");
}

#[test]
fn config_dsn_makes_changes_and_removes_a_data_source() {
    let name = format!("Boekhouding {}", 8 * size_of::<usize>());
    let dsn = format!("DSN={name}");
    configure(1, &[&dsn, "Region=BE", &format!("Division={MAIN_DIVISION}"), "Description=Naïve €"]).unwrap();
    let open = || CURRENT_USER.open(format!(r"{SOURCES}\{name}"));
    let pairs = values(&open().unwrap());
    for (key, value) in
        [("Region", "BE"), ("Division", MAIN_DIVISION), ("Readonly", "true"), ("Description", "Naïve €")]
    {
        assert!(has(&pairs, key, value), "{key} in {pairs:?}");
    }
    configure(2, &[&dsn, "Readonly=false"]).unwrap();
    assert!(has(&values(&open().unwrap()), "Readonly", "false"));
    let (_, text) = configure(2, &[&dsn, "Region=Atlantis"]).unwrap_err();
    assert!(has(&values(&open().unwrap()), "Region", "BE"), "{text}");
    configure(3, &[&dsn]).unwrap();
    assert!(open().is_err());
}

#[test]
fn a_data_source_of_the_program_is_used_by_name() {
    let name = format!("Exact Test {}", 8 * size_of::<usize>());
    let store = folder("dsn").join("store.json");
    let (secret, token) = app("dsn");
    let location = format!("OAuthSettingsLocation={}", store.display());
    let base = format!("BaseUrl={}", base_url());
    done(&["login", &base, &location, "OAuthClientId=dsn", "--refresh-token-stdin"], &format!("{token}\n{secret}\n"));
    for scope in ["--user", "--system"] {
        let division = format!("Division={MAIN_DIVISION}");
        done(&["dsn", "add", &name, &base, &location, "OAuthClientId=dsn", &division, scope], "");
        assert!(done(&["dsn", "list"], "").contains(&name));
        assert!(done(&["dsn", "show", &name], "").contains("Readonly = true"));
        assert!(done(&["dsn", "test", &name], "").contains("Noor Bakker is signed in, division 5512"));
        // In processes of their own: in this one, which has connected by the driver's name before, Wine's manager fails
        // without a word.
        let count = done(&["query", "--dsn", &name, "--format", "csv", "SELECT COUNT(*) AS a FROM Accounts"], "");
        assert!(count.lines().nth(1).unwrap().trim().parse::<u32>().unwrap() > 0, "{count}");
        let csv = done(&["query", "--dsn", &name, "--format", "csv", "SELECT 'é€' AS a"], "");
        assert_eq!(csv.replace("\r\n", "\n"), "a\né€\n");
        let again = run(&["dsn", "add", &name, "Division=1", scope], "");
        assert!(!again.status.success());
        done(&["dsn", "remove", &name], "");
        assert!(!done(&["dsn", "list"], "").contains(&name));
    }
}
