//! The states of functions called at the wrong time or with wrong arguments.

use std::ffi::c_void;
use std::ptr::null_mut;

use crate::support::*;

#[test]
fn functions_out_of_sequence_are_refused_with_a_record() {
    let odbc = Odbc::connect();
    let stmt = odbc.stmt;
    let (mut count, mut rows) = (0_i16, 0_isize);
    let refused = |code: i16, state: &str| {
        assert_eq!(code, ERROR, "{state}");
        assert_eq!(odbc.state(), state);
    };
    unsafe {
        refused(SQLExecute(stmt), "HY010");
        refused(SQLFetch(stmt), "HY010");
        refused(SQLNumResultCols(stmt, &raw mut count), "HY010");
        refused(SQLNumParams(stmt, &raw mut count), "HY010");
        refused(SQLRowCount(stmt, &raw mut rows), "HY010");
        refused(SQLCloseCursor(stmt), "24000");
        refused(SQLParamData(stmt, null_mut()), "HY010");
        refused(SQLPutData(stmt, null_mut(), 0), "HY010");
        refused(SQLGetData(stmt, 1, C_CHAR, (&raw mut count).cast(), 2, null_mut()), "HY010");
        assert_eq!(SQLMoreResults(stmt), NO_DATA);
        assert_eq!(SQLFreeStmt(stmt, 0), SUCCESS);

        odbc.execute("SELECT 1 AS a");
        refused(SQLExecDirect(stmt, b"SELECT 1".as_ptr(), 8), "24000");
        refused(SQLPrepare(stmt, b"SELECT 1".as_ptr(), 8), "24000");
        refused(SQLGetTypeInfo(stmt, 0), "24000");
        refused(SQLGetData(stmt, 1, C_CHAR, (&raw mut count).cast(), 2, null_mut()), "24000");
        assert_eq!(SQLFetch(stmt), SUCCESS);
        refused(SQLGetData(stmt, 2, C_CHAR, (&raw mut count).cast(), 2, null_mut()), "07009");
        refused(SQLGetData(stmt, 0, C_CHAR, (&raw mut count).cast(), 2, null_mut()), "07009");
        refused(SQLGetData(stmt, 1, 1234, (&raw mut count).cast(), 2, null_mut()), "HY003");
        refused(SQLGetData(stmt, 1, C_CHAR, (&raw mut count).cast(), -1, null_mut()), "HY090");
        refused(SQLGetData(stmt, 1, C_CHAR, null_mut(), 2, null_mut()), "HY009");
        refused(SQLFetchScroll(stmt, 2, 0), "HY106");
        refused(SQLFetchScroll(stmt, 77, 0), "HY106");
        refused(SQLFreeStmt(stmt, 9), "HY092");
        refused(SQLSetStmtAttr(stmt, 12_345, null_mut(), 0), "HY092");
        refused(SQLSetStmtAttr(stmt, 6, null_mut(), 0), "24000");
        assert_eq!(SQLFetch(stmt), NO_DATA);
        assert_eq!(SQLFetch(stmt), NO_DATA);
        assert_eq!(SQLCloseCursor(stmt), SUCCESS);
    }
}

#[test]
fn an_error_in_the_text_says_where_and_keeps_the_statement_usable() {
    let odbc = Odbc::connect();
    for (sql, state) in
        [("SELEC 1", "42000"), ("SELECT * FROM nowhere", "42S02"), ("SELECT Nmae FROM crm.Accounts", "42S22")]
    {
        assert_eq!(odbc.run(sql), ERROR);
        let (found, message) = records(STMT, odbc.stmt).remove(0);
        assert_eq!(found, state, "{message}");
        assert!(message.starts_with("[Exact Online][ODBC Driver] "), "{message}");
    }
    odbc.execute("SELECT 1");
}

#[test]
fn odbc_2_applications_get_their_states() {
    let odbc = Odbc::connect_as(2, "");
    assert_eq!(odbc.run("SELECT * FROM nowhere"), ERROR);
    assert_eq!(odbc.state(), "S0002");
    assert_eq!(unsafe { SQLExecute(odbc.stmt) }, ERROR);
    assert_eq!(odbc.state(), "S1010");
}

/// ODBC 3 joined the state of a wrong parameter's number with that of a wrong column's.
#[test]
fn odbc_2_applications_tell_a_wrong_parameter_from_a_wrong_column() {
    for (version, of_parameter, of_column) in [(2, "S1093", "S1002"), (3, "07009", "07009")] {
        let odbc = Odbc::connect_as(version, "");
        let (stmt, mut short, mut size) = (odbc.stmt, 0_i16, 0_usize);
        let refused = |code: i16, state: &str| {
            assert_eq!(code, ERROR, "{state}");
            assert_eq!(odbc.state(), state);
        };
        let data = (&raw mut short).cast();
        unsafe {
            refused(SQLBindParameter(stmt, 0, 1, C_LONG, 4, 10, 0, data, 4, null_mut()), of_parameter);
            odbc.prepare("SELECT ?");
            refused(SQLDescribeParam(stmt, 2, &raw mut short, &raw mut size, null_mut(), null_mut()), of_parameter);
            refused(
                SQLDescribeCol(stmt, 2, null_mut(), 0, null_mut(), null_mut(), null_mut(), null_mut(), null_mut()),
                of_column,
            );
            assert_eq!(SQLFreeStmt(stmt, 0), SUCCESS);
            odbc.execute("SELECT 1 AS a");
            assert_eq!(SQLFetch(stmt), SUCCESS);
            refused(SQLGetData(stmt, 2, C_LONG, data, 4, null_mut()), of_column);
            // A failure of one function does not colour that of the next.
            refused(SQLBindParameter(stmt, 0, 1, C_LONG, 4, 10, 0, data, 4, null_mut()), of_parameter);
            refused(SQLGetData(stmt, 2, C_LONG, data, 4, null_mut()), of_column);
        }
    }
}

#[test]
fn connecting_and_disconnecting_follow_the_order() {
    let (env, dbc) = unconnected(3);
    let mut handle: Handle = null_mut();
    unsafe {
        assert_eq!(SQLAllocHandle(STMT, dbc, &raw mut handle), ERROR);
        assert_eq!(records(DBC, dbc)[0].0, "08003");
        assert_eq!(SQLDisconnect(dbc), ERROR);
        assert_eq!(records(DBC, dbc)[0].0, "08003");
        assert_eq!(SQLFreeHandle(ENV, env), ERROR);
        assert_eq!(records(ENV, env)[0].0, "HY010");
        let text = format!("{OFFLINE}Divison=2");
        let connect =
            || SQLDriverConnect(dbc, null_mut(), text.as_ptr(), text.len() as i16, null_mut(), 0, null_mut(), 0);
        assert_eq!(connect(), WITH_INFO);
        let (state, message) = records(DBC, dbc).remove(0);
        assert_eq!(state, "01S00");
        assert!(message.contains("Division"), "{message}");
        assert_eq!(connect(), ERROR);
        assert_eq!(records(DBC, dbc)[0].0, "08002");
        assert_eq!(SQLFreeHandle(DBC, dbc), ERROR);
        assert_eq!(records(DBC, dbc)[0].0, "HY010");
        assert_eq!(SQLDisconnect(dbc), SUCCESS);
        assert_eq!(SQLFreeHandle(DBC, dbc), SUCCESS);
        assert_eq!(SQLFreeHandle(DBC, dbc), INVALID_HANDLE);
        assert_eq!(SQLFreeHandle(ENV, env), SUCCESS);
    }
    let env = allocate(ENV, null_mut());
    unsafe {
        assert_eq!(SQLAllocHandle(DBC, env, &raw mut handle), ERROR);
        assert_eq!(records(ENV, env)[0].0, "HY010");
        SQLFreeHandle(ENV, env);
    }
}

#[test]
fn a_missing_sign_in_or_a_wrong_property_is_named() {
    let (env, dbc) = unconnected(3);
    for (text, state, word) in [
        ("Division=abc;OAuthAccessToken=x;InitiateOAuth=OFF", "", "Division"),
        ("UID=someone@example.com;PWD=x", "28000", "OAuthClientId"),
    ] {
        let code = unsafe {
            SQLDriverConnect(dbc, null_mut(), text.as_ptr(), text.len() as i16, null_mut(), 0, null_mut(), 0)
        };
        assert_eq!(code, ERROR);
        let found = records(DBC, dbc);
        assert!(found.iter().any(|(one, message)| one.starts_with(state) && message.contains(word)), "{found:?}");
    }
    unsafe {
        SQLFreeHandle(DBC, dbc);
        SQLFreeHandle(ENV, env);
    }
}

#[test]
fn connection_attributes_are_32_bits_wide() {
    let odbc = Odbc::connect();
    let mut value = [0xAAAA_AAAA_u32; 2];
    let mut get = |attribute: i32| unsafe {
        value = [0xAAAA_AAAA; 2];
        assert_eq!(SQLGetConnectAttr(odbc.dbc, attribute, value.as_mut_ptr().cast(), 0, null_mut()), SUCCESS);
        assert_eq!(value[1], 0xAAAA_AAAA, "{attribute}");
        value[0]
    };
    assert_eq!((get(102), get(1209), get(108), get(101)), (1, 0, 2, 0));
    unsafe {
        assert_eq!(SQLSetConnectAttr(odbc.dbc, 102, null_mut(), 0), SUCCESS);
        assert_eq!(SQLSetConnectAttr(odbc.dbc, 116, std::ptr::without_provenance_mut::<c_void>(1), 0), SUCCESS);
        assert_eq!(SQLSetConnectAttr(odbc.dbc, 31_999, null_mut(), 0), ERROR);
        assert_eq!(records(DBC, odbc.dbc)[0].0, "HY092");
        assert_eq!(SQLEndTran(DBC, odbc.dbc, 0), SUCCESS);
        assert_eq!(SQLEndTran(ENV, odbc.env, 1), SUCCESS);
        assert_eq!(SQLEndTran(DBC, odbc.dbc, 5), ERROR);
        assert_eq!(records(DBC, odbc.dbc)[0].0, "HY012");
    }
    assert_eq!(get(102), 1, "the reset brought autocommit back");
    let mut catalog = [0_u16; 4];
    let mut length = 0;
    let code = unsafe { SQLGetConnectAttrW(odbc.dbc, 109, catalog.as_mut_ptr().cast(), 8, &raw mut length) };
    assert_eq!((code, catalog[0], length), (SUCCESS, u16::from(b'1'), 2));
}

#[test]
fn a_read_only_connection_has_no_transactions() {
    let odbc = Odbc::connect_as(3, "Readonly=true");
    assert_eq!(unsafe { SQLSetConnectAttr(odbc.dbc, 102, null_mut(), 0) }, WITH_INFO);
    assert_eq!(records(DBC, odbc.dbc)[0].0, "01S02");
}

#[test]
fn cursor_kinds_are_changed_to_what_there_is() {
    let odbc = Odbc::connect();
    for (kind, code, becomes) in [(0, SUCCESS, 0), (3, SUCCESS, 3), (1, WITH_INFO, 3), (2, WITH_INFO, 3)] {
        assert_eq!(odbc.set(6, kind), code);
        assert_eq!(odbc.get(6), becomes);
    }
    assert_eq!(odbc.set(6, 9), ERROR);
    assert_eq!(odbc.state(), "HY024");
    assert_eq!(odbc.set(7, 2), WITH_INFO);
    assert_eq!((odbc.state(), odbc.get(7)), ("01S02".to_owned(), 1));
    // Keysets and simulated cursors there are none; what is set instead is told.
    for (attribute, given, becomes) in [(8, 100, 0), (10, 2, 0), (-2, 2, 1)] {
        assert_eq!(odbc.set(attribute, given), WITH_INFO, "{attribute}");
        assert_eq!((odbc.state(), odbc.get(attribute)), ("01S02".to_owned(), becomes), "{attribute}");
    }
}

#[test]
fn cursor_names_are_unique() {
    let odbc = Odbc::connect();
    let other = odbc.statement();
    let mut name = [0_u8; 40];
    let mut length = 0;
    unsafe {
        assert_eq!(SQLGetCursorName(odbc.stmt, name.as_mut_ptr(), 40, &raw mut length), SUCCESS);
        assert!(name.starts_with(b"SQL_CUR"));
        assert_eq!(SQLSetCursorName(odbc.stmt, b"mine".as_ptr(), 4), SUCCESS);
        assert_eq!(SQLSetCursorName(other, b"MINE".as_ptr(), 4), ERROR);
        assert_eq!(records(STMT, other)[0].0, "3C000");
        assert_eq!(SQLSetCursorName(other, b"SQL_CUR1".as_ptr(), 8), ERROR);
        assert_eq!(records(STMT, other)[0].0, "34000");
    }
}

#[test]
fn diagnostic_fields() {
    let odbc = Odbc::connect();
    assert_eq!(odbc.run("SELECT * FROM nowhere"), ERROR);
    let mut number = 0_i32;
    let mut code = 0_i16;
    let mut origin = [0_u8; 20];
    unsafe {
        let stmt = odbc.stmt;
        assert_eq!(SQLGetDiagField(STMT, stmt, 0, 2, (&raw mut number).cast(), 0, null_mut()), SUCCESS);
        assert_eq!(SQLGetDiagField(STMT, stmt, 0, 1, (&raw mut code).cast(), 0, null_mut()), SUCCESS);
        assert_eq!(SQLGetDiagField(STMT, stmt, 1, 9, origin.as_mut_ptr().cast(), 20, null_mut()), SUCCESS);
        assert_eq!((number, code, &origin[..9]), (1, ERROR, &b"ODBC 3.0\0"[..]));
        assert_eq!(SQLGetDiagField(STMT, stmt, 2, 4, origin.as_mut_ptr().cast(), 20, null_mut()), NO_DATA);
        assert_eq!(SQLGetDiagField(STMT, stmt, 0, 4, origin.as_mut_ptr().cast(), 20, null_mut()), ERROR);
        let text = |record: i16, field: i16| {
            let (mut text, mut length) = ([0_u8; 256], 0_i16);
            let code = SQLGetDiagField(STMT, stmt, record, field, text.as_mut_ptr().cast(), 256, &raw mut length);
            assert_eq!(code, SUCCESS, "{field}");
            String::from_utf8(text[..length as usize].to_vec()).unwrap()
        };
        assert_eq!((text(1, 4).as_str(), text(1, 8).as_str()), ("42S02", "ISO 9075"));
        assert!(text(1, 6).contains("nowhere"));
        assert_eq!((text(1, 10), text(1, 11)), (String::new(), String::new()), "no data source was named");
        let wide = |record: i16, field: i16| {
            let mut value = 0_isize;
            assert_eq!(SQLGetDiagField(STMT, stmt, record, field, (&raw mut value).cast(), 0, null_mut()), SUCCESS);
            value
        };
        assert_eq!((wide(1, -1248), wide(1, -1247) as i32, wide(1, 5) as i32), (-1, -1, 0), "row, column, native code");
        odbc.execute("SELECT 1");
        assert_eq!((text(0, 7).as_str(), wide(0, 12) as i32), ("SELECT CURSOR", 85));
        assert_eq!((wide(0, 3), wide(0, -1249)), (-1, -1), "rows changed, rows of the cursor");
        odbc.close();
        assert_eq!(odbc.run("SELECT * FROM nowhere"), ERROR);
        let (mut state, mut message) = ([0_u16; 6], [0_u16; 8]);
        let (mut native, mut length) = (0, 0);
        let code = SQLGetDiagRecW(
            STMT,
            stmt,
            1,
            state.as_mut_ptr(),
            &raw mut native,
            message.as_mut_ptr(),
            8,
            &raw mut length,
        );
        assert_eq!((code, String::from_utf16_lossy(&state)), (WITH_INFO, "42S02\0".to_owned()));
        assert!(length > 7 && message[7] == 0);
    }
}
