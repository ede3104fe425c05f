//! The dialog as applications with a window open it. tests/windows/run presses its buttons, so these run by it alone.

use std::ffi::c_void;

use odbc_api::handles::{Environment, OutputStringBuffer, SqlResult, SqlText};
use odbc_api::sys::{AttrOdbcVersion, DriverConnectOption};
use windows_registry::CURRENT_USER;

use crate::set_up::{configure_in, has, values};
use crate::support::{MAIN_DIVISION, base_url, folder, signed_in};

#[link(name = "user32")]
unsafe extern "system" {
    fn GetDesktopWindow() -> *mut c_void;
}

#[test]
#[ignore = "somebody has to press OK"]
fn config_dsn_asks_and_writes_what_is_answered() {
    let division = format!("Division={MAIN_DIVISION}");
    let window = unsafe { GetDesktopWindow() };
    configure_in(window, 1, &["DSN=Asked", "Region=BE", &division, "Readonly=false"]).unwrap();
    let key = CURRENT_USER.open(r"Software\ODBC\ODBC.INI\Asked").unwrap();
    let pairs = values(&key);
    for (key, value) in [("Region", "Belgium"), ("Division", MAIN_DIVISION), ("Readonly", "false")] {
        assert!(has(&pairs, key, value), "{key} in {pairs:?}");
    }
    configure_in(std::ptr::null_mut(), 3, &["DSN=Asked"]).unwrap();
}

#[test]
#[ignore = "somebody has to press Cancel"]
fn config_dsn_writes_nothing_when_it_is_cancelled() {
    let window = unsafe { GetDesktopWindow() };
    // Wine does not keep the error that tells why; tests/windows/run finds it in Wine's own log.
    configure_in(window, 1, &["DSN=Asked not"]).unwrap_err();
    assert!(CURRENT_USER.open(r"Software\ODBC\ODBC.INI\Asked not").is_err());
}

#[test]
#[ignore = "somebody has to press OK"]
fn driver_connect_asks_and_tells_what_is_answered() {
    let text = signed_in("asked");
    let environment = Environment::new().unwrap();
    assert!(!environment.declare_version(AttrOdbcVersion::Odbc3).is_err());
    let mut connection = environment.allocate_connection().unwrap();
    let mut completed = OutputStringBuffer::with_buffer_size(2048);
    let (text, window, prompt) = (SqlText::new(&text), unsafe { GetDesktopWindow() }, DriverConnectOption::Prompt);
    let asked = unsafe { connection.driver_connect(&text, window.cast(), &mut completed, prompt) };
    assert!(matches!(asked, SqlResult::Success(()) | SqlResult::SuccessWithInfo(())), "{asked:?}");
    assert!(!connection.disconnect().is_err());
    let completed = completed.to_utf8();
    assert!(completed.starts_with("Driver={Exact Online};") && completed.contains(";Readonly={true};"), "{completed}");
}

#[test]
#[ignore = "somebody has to press Cancel"]
fn driver_connect_with_complete_asks_only_where_no_sign_in_is() {
    let environment = Environment::new().unwrap();
    assert!(!environment.declare_version(AttrOdbcVersion::Odbc3).is_err());
    let connect = |text: &str| {
        let mut connection = environment.allocate_connection().unwrap();
        let mut completed = OutputStringBuffer::with_buffer_size(2048);
        let (text, window, complete) =
            (SqlText::new(text), unsafe { GetDesktopWindow() }, DriverConnectOption::Complete);
        let outcome = unsafe { connection.driver_connect(&text, window.cast(), &mut completed, complete) };
        let is_connected = matches!(outcome, SqlResult::Success(()) | SqlResult::SuccessWithInfo(()));
        assert!(is_connected || matches!(outcome, SqlResult::NoData), "{outcome:?}");
        assert!(!is_connected || !connection.disconnect().is_err());
        is_connected
    };
    assert!(connect(&signed_in("complete")));
    let nowhere = folder("complete-nowhere").join("store.json");
    let missing = format!(
        "Driver={{Exact Online}};BaseUrl={};OAuthSettingsLocation={};Division=1;",
        base_url(),
        nowhere.display()
    );
    assert!(!connect(&missing));
}
