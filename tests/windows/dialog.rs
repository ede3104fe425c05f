//! The dialog as applications with a window open it. tests/windows/run presses its buttons, so these run by it alone.

use std::ffi::c_void;

use odbc_api::handles::{Environment, OutputStringBuffer, Record, SqlResult, SqlText};
use odbc_api::sys::{AttrOdbcVersion, DriverConnectOption};
use windows_registry::CURRENT_USER;

use crate::library::wide;
use crate::set_up::{configure_in, has, values};
use crate::support::{MAIN_DIVISION, base_url, folder, signed_in};

#[link(name = "user32")]
unsafe extern "system" {
    fn GetDesktopWindow() -> *mut c_void;
    fn FindWindowW(class: *const u16, title: *const u16) -> *mut c_void;
    fn FindWindowExW(parent: *mut c_void, after: *mut c_void, class: *const u16, title: *const u16) -> *mut c_void;
    fn SendMessageW(window: *mut c_void, message: u32, room: usize, text: *mut u16) -> isize;
}

/// The window of the dialog; null if none is open.
fn dialog() -> *mut c_void {
    unsafe { FindWindowW(std::ptr::null(), wide("Exact Online: data source").as_ptr()) }
}

#[test]
fn without_a_prompt_no_window_is_opened() {
    let environment = Environment::new().unwrap();
    assert!(!environment.declare_version(AttrOdbcVersion::Odbc3).is_err());
    let mut connection = environment.allocate_connection().unwrap();
    let nowhere = folder("no-prompt").join("store.json");
    let text = format!(
        "Driver={{Exact Online}};BaseUrl={};OAuthSettingsLocation={};Division=1;",
        base_url(),
        nowhere.display()
    );
    let mut completed = OutputStringBuffer::with_buffer_size(2048);
    let (text, window, silent) = (SqlText::new(&text), unsafe { GetDesktopWindow() }, DriverConnectOption::NoPrompt);
    // A dialog would keep it waiting.
    let outcome = unsafe { connection.driver_connect(&text, window.cast(), &mut completed, silent) };
    assert!(outcome.is_err(), "{outcome:?}");
    let mut record = Record::default();
    assert!(record.fill_from(&connection, 1));
    assert_eq!(record.state.as_str(), "28000", "{record}");
    assert!(dialog().is_null());
}

#[test]
#[ignore = "reads a dialog that is open"]
fn what_it_says() {
    const GET_TEXT: u32 = 0x0D;
    let (window, class) = (dialog(), wide("Static"));
    assert!(!window.is_null());
    let mut label = std::ptr::null_mut();
    loop {
        let mut text = [0; 1024];
        let length = unsafe {
            label = FindWindowExW(window, label, class.as_ptr(), std::ptr::null());
            SendMessageW(label, GET_TEXT, text.len(), text.as_mut_ptr())
        };
        if label.is_null() {
            break;
        }
        println!("says: {}", String::from_utf16_lossy(&text[..usize::try_from(length).unwrap()]));
    }
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
#[ignore = "somebody has to press OK"]
fn config_dsn_keeps_what_nobody_changes() {
    let division = format!("Division={MAIN_DIVISION}");
    configure_in(std::ptr::null_mut(), 1, &["DSN=Kept", &division, "Description=Naïve €", "Timeout=30"]).unwrap();
    configure_in(unsafe { GetDesktopWindow() }, 2, &["DSN=Kept", "Readonly=false"]).unwrap();
    let pairs = values(&CURRENT_USER.open(r"Software\ODBC\ODBC.INI\Kept").unwrap());
    for (key, value) in
        [("Description", "Naïve €"), ("Division", MAIN_DIVISION), ("Timeout", "30"), ("Readonly", "false")]
    {
        assert!(has(&pairs, key, value), "{key} in {pairs:?}");
    }
    configure_in(std::ptr::null_mut(), 3, &["DSN=Kept"]).unwrap();
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
