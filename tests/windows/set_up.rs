//! Registration and data sources, as programs and administrators make them.

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use windows_registry::{CURRENT_USER, Key, LOCAL_MACHINE};

use crate::library::wide;
use crate::support::{MAIN_DIVISION, app, base_url, connect, done, folder, run, value};

#[link(name = "odbccp32")]
unsafe extern "system" {
    fn SQLConfigDataSourceW(window: *mut c_void, request: u16, driver: *const u16, attributes: *const u16) -> i32;
    fn SQLInstallDriverExW(
        driver: *const u16,
        folder: *const u16,
        installed: *mut u16,
        room: u16,
        length: *mut u16,
        request: u16,
        usage: *mut u32,
    ) -> i32;
    fn SQLConfigDriver(
        window: *mut c_void,
        request: u16,
        driver: *const u8,
        arguments: *const u8,
        message: *mut u8,
        room: u16,
        length: *mut u16,
    ) -> i32;
    fn SQLConfigDriverW(
        window: *mut c_void,
        request: u16,
        driver: *const u16,
        arguments: *const u16,
        message: *mut u16,
        room: u16,
        length: *mut u16,
    ) -> i32;
    fn SQLRemoveDriverW(driver: *const u16, with_data_sources: i32, usage: *mut u32) -> i32;
    fn SQLInstallerErrorW(number: u16, code: *mut u32, text: *mut u16, room: u16, length: *mut u16) -> i16;
}

const SOURCES: &str = r"Software\ODBC\ODBC.INI";
const DRIVERS: &str = r"SOFTWARE\ODBC\ODBCINST.INI";

/// Texts one after another, and a further zero behind the last.
fn list(texts: &[&str]) -> Vec<u16> {
    texts.iter().flat_map(|one| wide(one)).chain([0]).collect()
}

/// Calls ConfigDSN without a window; `Err` is the code and the text of the error.
fn configure(request: u16, attributes: &[&str]) -> Result<(), (u32, String)> {
    configure_in(null_mut(), request, attributes)
}

/// Calls ConfigDSN as an application with this window does.
pub fn configure_in(window: *mut c_void, request: u16, attributes: &[&str]) -> Result<(), (u32, String)> {
    let attributes = list(attributes);
    unsafe {
        if SQLConfigDataSourceW(window, request, wide("Exact Online").as_ptr(), attributes.as_ptr()) != 0 {
            return Ok(());
        }
        let (mut code, mut text, mut length) = (0, [0; 512], 0);
        SQLInstallerErrorW(1, &raw mut code, text.as_mut_ptr(), 512, &raw mut length);
        Err((code, String::from_utf16_lossy(&text[..usize::from(length).min(511)])))
    }
}

pub fn values(key: &Key) -> Vec<(String, String)> {
    key.values().unwrap().filter_map(|(name, value)| Some((name, String::try_from(value).ok()?))).collect()
}

pub fn has(pairs: &[(String, String)], name: &str, value: &str) -> bool {
    pairs.iter().any(|(key, found)| key == name && found == value)
}

#[test]
fn the_driver_is_registered() {
    let entry = LOCAL_MACHINE.open(format!(r"{DRIVERS}\Exact Online")).unwrap();
    let pairs = values(&entry);
    for name in ["Driver", "Setup"] {
        let library = &pairs.iter().find(|(key, _)| key == name).unwrap().1;
        assert!(std::path::Path::new(library).is_file() && library.ends_with("exactodbc.dll"), "{library}");
    }
    assert!(has(&pairs, "DriverODBCVer", "03.80"), "{pairs:?}");
    let names = LOCAL_MACHINE.open(format!(r"{DRIVERS}\ODBC Drivers")).unwrap();
    assert_eq!(names.get_string("Exact Online").unwrap(), "Installed");
}

#[test]
fn a_driver_is_installed_configured_and_removed_by_its_installer() {
    const NAME: &str = "Exact Online Twin";
    let entry = || LOCAL_MACHINE.open(format!(r"{DRIVERS}\{NAME}"));
    let driver = LOCAL_MACHINE.open(format!(r"{DRIVERS}\Exact Online")).unwrap().get_string("Driver").unwrap();
    let folder = driver.trim_end_matches(r"\exactodbc.dll");
    let (mut path, mut length, mut usage) = ([0; 260], 0, 0);
    let described = list(&[NAME, "Driver=exactodbc.dll", "Setup=exactodbc.dll", "DriverODBCVer=03.80"]);
    let (name, narrow) = (wide(NAME), c"Exact Online Twin".as_ptr().cast());
    unsafe {
        let (at, room) = (path.as_mut_ptr(), 260);
        let from = wide(folder);
        assert_eq!(
            SQLInstallDriverExW(described.as_ptr(), from.as_ptr(), at, room, &raw mut length, 2, &raw mut usage),
            1
        );
        assert!(values(&entry().unwrap()).iter().any(|(key, value)| key == "Setup" && *value == driver));
        // Both forms: install, and the manager's own setting.
        let (mut message, mut letters) = ([1_u16; 64], [1_u8; 64]);
        let request = |request: u16, arguments: *const u16, message: &mut [u16; 64], length: &mut u16| {
            SQLConfigDriverW(null_mut(), request, name.as_ptr(), arguments, message.as_mut_ptr(), 64, length)
        };
        assert_eq!(request(1, null(), &mut message, &mut length), 1);
        assert_eq!((message[0], length), (0, 0));
        assert_eq!(SQLConfigDriver(null_mut(), 1, narrow, null(), letters.as_mut_ptr(), 64, &raw mut length), 1);
        assert_eq!((letters[0], length), (0, 0));
        let pooling = wide("CPTimeout=60");
        assert_eq!(request(3, pooling.as_ptr(), &mut message, &mut length), 1);
        assert!(has(&values(&entry().unwrap()), "CPTimeout", "60"));
        assert_eq!(request(2, null(), &mut message, &mut length), 1);
        assert_eq!(SQLRemoveDriverW(name.as_ptr(), 0, &raw mut usage), 1);
    }
    assert!(entry().is_err());
    assert!(LOCAL_MACHINE.open(format!(r"{DRIVERS}\ODBC Drivers")).unwrap().get_string(NAME).is_err());
}

#[test]
fn config_dsn_makes_changes_and_removes_a_data_source() {
    let name = format!("Boekhouding {}", usize::BITS);
    let dsn = format!("DSN={name}");
    configure(1, &[&dsn, "Region=BE", &format!("Division={MAIN_DIVISION}"), "Description=Naïve €"]).unwrap();
    let open = || CURRENT_USER.open(format!(r"{SOURCES}\{name}"));
    let pairs = values(&open().unwrap());
    for (key, value) in
        [("Region", "BE"), ("Division", MAIN_DIVISION), ("Readonly", "true"), ("Description", "Naïve €")]
    {
        assert!(has(&pairs, key, value), "{key} in {pairs:?}");
    }
    for attributes in [&["DSN=No division", "Region=BE"][..], &["DSN=No division", "Division="]] {
        configure(1, attributes).unwrap_err();
        assert!(CURRENT_USER.open(format!(r"{SOURCES}\No division")).is_err());
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
    let name = format!("Exact Test {}", usize::BITS);
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
        let count = done(&["query", "--dsn", &name, "--format", "csv", "SELECT COUNT(*) AS a FROM Accounts"], "");
        assert!(count.lines().nth(1).unwrap().trim().parse::<u32>().unwrap() > 0, "{count}");
        let csv = done(&["query", "--dsn", &name, "--format", "csv", "SELECT 'é€' AS a"], "");
        assert_eq!(csv.replace("\r\n", "\n"), "a\né€\n");
        let connection = connect(&format!("DSN={name};"));
        assert_eq!(value(&connection, "SELECT 'by name' AS a"), "by name");
        drop(connection);
        let again = run(&["dsn", "add", &name, "Division=1", scope], "");
        assert!(!again.status.success());
        done(&["dsn", "remove", &name], "");
        assert!(!done(&["dsn", "list"], "").contains(&name));
    }
}

#[test]
fn a_data_source_of_another_driver_is_left_alone() {
    const NAME: &str = "Of another driver";
    let path = format!(r"{SOURCES}\{NAME}");
    let key = CURRENT_USER.create(&path).unwrap();
    key.set_string("Driver", r"C:\other.dll").unwrap();
    let output = run(&["dsn", "add", NAME, "Division=1", "--user", "--replace"], "");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && text.contains("not a data source of this driver"), "{text}");
    configure(1, &[&format!("DSN={NAME}"), "Division=1"]).unwrap_err();
    configure(2, &[&format!("DSN={NAME}"), "Division=1"]).unwrap_err();
    assert_eq!(values(&key), [("Driver".to_owned(), r"C:\other.dll".to_owned())]);
    drop(key);
    CURRENT_USER.remove_tree(path).unwrap();
}
