//! SQLBrowseConnect, wide characters of four bytes, attributes for all statements of a connection.

use std::ffi::c_void;
use std::ptr::null_mut;
use std::time::{Duration, Instant};

use crate::support::*;

fn browse(dbc: Handle, text: &str) -> (i16, String) {
    let (mut out, mut length) = ([0_u8; 1024], 0_i16);
    let code =
        unsafe { SQLBrowseConnect(dbc, text.as_ptr(), text.len() as i16, out.as_mut_ptr(), 1024, &raw mut length) };
    let length = if code == ERROR { 0 } else { length as usize };
    (code, String::from_utf8(out[..length].to_vec()).unwrap())
}

#[test]
fn browsing_asks_for_the_sign_in_that_is_missing() {
    let (env, dbc) = unconnected(3);
    let store = std::env::temp_dir().join(format!("no-sign-in-{}", std::process::id()));
    let first = format!("Driver=Exact Online;Division=1;OAuthSettingsLocation={}", store.display());
    let (code, wanted) = browse(dbc, &first);
    assert_eq!(code, NEED_DATA, "{:?}", records(DBC, dbc));
    assert!(
        wanted.starts_with("OAuthClientId:Client id=?;OAuthClientSecret:Client secret=?;OAuthRefreshToken:"),
        "{wanted}"
    );
    assert!(wanted.contains("*Region:Country={Netherlands,Belgium,"), "{wanted}");
    assert!(!wanted.contains("Division"), "it was given: {wanted}");
    unsafe {
        // Browsing has begun: no other way of connecting, and the handle stays.
        assert_eq!(SQLDriverConnect(dbc, null_mut(), b"x=y".as_ptr(), 3, null_mut(), 0, null_mut(), 0), ERROR);
        assert_eq!(records(DBC, dbc)[0].0, "08002");
        assert_eq!(SQLFreeHandle(DBC, dbc), ERROR);
        assert_eq!(records(DBC, dbc)[0].0, "HY010");
    }
    let (code, wanted) = browse(dbc, "OAuthClientId=one");
    assert_eq!(code, NEED_DATA);
    assert!(wanted.starts_with("OAuthClientSecret:"), "{wanted}");
    let (code, whole) = browse(dbc, "OAuthAccessToken=x;InitiateOAuth=OFF");
    assert_eq!(code, SUCCESS, "{:?}", records(DBC, dbc));
    assert!(whole.contains("Division={1};") && whole.contains("OAuthClientId={one};"), "{whole}");
    assert_eq!(browse(dbc, "Division=1").0, ERROR);
    assert_eq!(records(DBC, dbc)[0].0, "08002");
    unsafe {
        assert_eq!(SQLDisconnect(dbc), SUCCESS);
        // Disconnecting ends browsing that has not come to its end, too.
        assert_eq!(browse(dbc, &first).0, NEED_DATA);
        assert_eq!(SQLDisconnect(dbc), SUCCESS);
        assert_eq!(SQLFreeHandle(DBC, dbc), SUCCESS);
        SQLFreeHandle(ENV, env);
    }
}

pub fn utf32(text: &str) -> Vec<u32> {
    text.chars().map(u32::from).chain([0]).collect()
}

fn text32(units: &[u32]) -> String {
    units.iter().take_while(|unit| **unit != 0).map(|unit| char::from_u32(*unit).unwrap()).collect()
}

#[test]
fn wide_characters_of_four_bytes_are_recognised_when_connecting() {
    let (env, dbc) = unconnected(3);
    let wide = utf32(OFFLINE);
    let mut out = vec![0_u32; 512];
    let mut length = 0_i16;
    unsafe {
        let (text, completed) = (wide.as_ptr().cast(), out.as_mut_ptr().cast());
        let code = SQLDriverConnectW(dbc, null_mut(), text, OFFLINE.len() as i16, completed, 512, &raw mut length, 0);
        assert_eq!((code, text32(&out)), (SUCCESS, OFFLINE.to_owned()), "{:?}", records(DBC, dbc));

        let stmt = allocate(STMT, dbc);
        let sql = utf32("SELECT 'grün 😀' AS \"näme\", ? AS b");
        assert_eq!(SQLPrepareW(stmt, sql.as_ptr().cast(), -3), SUCCESS, "{:?}", records(STMT, stmt));
        let mut parameter = utf32("漢😀");
        let mut parameter_length = -3_isize;
        let data: *mut c_void = parameter.as_mut_ptr().cast();
        assert_eq!(SQLBindParameter(stmt, 1, 1, C_WCHAR, -9, 10, 0, data, 0, &raw mut parameter_length), SUCCESS);
        assert_eq!(SQLExecute(stmt), SUCCESS, "{:?}", records(STMT, stmt));
        let nothing = null_mut::<i16>();
        let mut name = [0_u32; 10];
        let code = SQLDescribeColW(
            stmt,
            1,
            name.as_mut_ptr().cast(),
            10,
            &raw mut length,
            nothing,
            null_mut(),
            nothing,
            nothing,
        );
        assert_eq!((code, length, text32(&name)), (SUCCESS, 4, "näme".to_owned()));

        assert_eq!(SQLFetch(stmt), SUCCESS);
        let (mut piece, mut total, mut whole) = ([0_u32; 4], 0_isize, String::new());
        while SQLGetData(stmt, 1, C_WCHAR, piece.as_mut_ptr().cast(), 16, &raw mut total) != NO_DATA {
            whole.push_str(&text32(&piece));
        }
        assert_eq!(whole, "grün 😀");
        assert_eq!(SQLGetData(stmt, 2, C_WCHAR, piece.as_mut_ptr().cast(), 16, &raw mut total), SUCCESS);
        assert_eq!((text32(&piece), total), ("漢😀".to_owned(), 8));

        let wrong = utf32("SELEC 1");
        SQLFreeStmt(stmt, 0);
        assert_eq!(SQLExecDirectW(stmt, wrong.as_ptr().cast(), -3), ERROR);
        let (mut state, mut message) = ([0_u32; 6], [0_u32; 256]);
        let (units, text) = (state.as_mut_ptr().cast(), message.as_mut_ptr().cast());
        assert_ne!(SQLGetDiagRecW(STMT, stmt, 1, units, null_mut(), text, 256, nothing), ERROR);
        assert_eq!(text32(&state), "42000");
        assert!(text32(&message).starts_with("[Exact Online]"), "{}", text32(&message));
        let mut name = [0_u32; 20];
        assert_eq!(SQLGetInfoW(dbc, 17, name.as_mut_ptr().cast(), 80, &raw mut length), SUCCESS);
        assert_eq!((text32(&name), length), ("Exact Online".to_owned(), 48));
        SQLDisconnect(dbc);
        SQLFreeHandle(DBC, dbc);
        SQLFreeHandle(ENV, env);
    }
}

#[test]
fn the_login_time_out_ends_a_connection_that_waits_for_the_service() {
    let (_listener, settings) = listening();
    let (env, dbc) = unconnected(3);
    // Without a division the service is asked for the user's own.
    let text = format!("{settings}{}", OFFLINE.replace("Division=1;", ""));
    let begun = Instant::now();
    unsafe {
        assert_eq!(SQLSetConnectAttr(dbc, 103, number_argument(1), 0), SUCCESS);
        let code = SQLDriverConnect(dbc, null_mut(), text.as_ptr(), text.len() as i16, null_mut(), 0, null_mut(), 0);
        assert_eq!((code, records(DBC, dbc)[0].0.as_str()), (ERROR, "HYT00"), "{:?}", records(DBC, dbc));
        assert!(begun.elapsed() < Duration::from_secs(10));
        SQLFreeHandle(DBC, dbc);
        SQLFreeHandle(ENV, env);
    }
}

#[test]
fn both_widths_live_side_by_side() {
    let four = unconnected(3);
    let wide = utf32(OFFLINE);
    let odbc = Odbc::connect();
    let sql: Vec<u16> = "SELECT 'x' AS a".encode_utf16().collect();
    unsafe {
        let code = SQLDriverConnectW(four.1, null_mut(), wide.as_ptr().cast(), -3, null_mut(), 0, null_mut(), 0);
        assert_eq!(code, SUCCESS);
        assert_eq!(SQLExecDirectW(odbc.stmt, sql.as_ptr(), sql.len() as i32), SUCCESS);
        SQLDisconnect(four.1);
        SQLFreeHandle(DBC, four.1);
        SQLFreeHandle(ENV, four.0);
    }
    assert_eq!(odbc.rows(), [[Some("x".to_owned())]]);
}

#[test]
fn iodbc_tells_and_asks_for_the_width() {
    let odbc = Odbc::connect();
    let mut value = 0_u32;
    let place: *mut c_void = (&raw mut value).cast();
    unsafe {
        assert_eq!(SQLGetEnvAttr(odbc.env, 1065, place, 0, null_mut()), SUCCESS);
        assert_eq!(value, 1);
        assert_eq!(SQLSetConnectAttr(odbc.dbc, 1061, number_argument(3), 0), SUCCESS);
        assert_eq!(SQLGetConnectAttr(odbc.dbc, 1061, place, 0, null_mut()), SUCCESS);
        assert_eq!(value, 3);
        let sql = utf32("SELECT 1");
        assert_eq!(SQLExecDirectW(odbc.stmt, sql.as_ptr().cast(), -3), SUCCESS);
    }
}

#[test]
fn statement_attributes_on_the_connection_hold_for_its_statements() {
    let odbc = Odbc::connect_as(2, "");
    let set =
        |attribute: i32, value: usize| unsafe { SQLSetConnectAttr(odbc.dbc, attribute, number_argument(value), 0) };
    assert_eq!((set(0, 30), set(1, 5), set(9, 7), set(5, 600)), (SUCCESS, SUCCESS, SUCCESS, SUCCESS));
    let later = std::mem::ManuallyDrop::new(Odbc { env: odbc.env, dbc: odbc.dbc, stmt: odbc.statement() });
    for statement in [&odbc, &*later] {
        let values = [0, 1, 9, 5].map(|attribute| statement.get(attribute));
        assert_eq!(values, [30, 5, 7, 600]);
    }
    let mut value = 0_u32;
    unsafe { SQLGetConnectAttr(odbc.dbc, 1, (&raw mut value).cast(), 0, null_mut()) };
    assert_eq!(value, 5);
    assert_eq!(set(6, 1), WITH_INFO);
    assert_eq!(records(DBC, odbc.dbc)[0].0, "01S02");
    assert_eq!(set(13, 1), ERROR);
    assert_eq!(records(DBC, odbc.dbc)[0].0, "S1092");
}
