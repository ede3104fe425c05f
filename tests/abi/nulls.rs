//! Null and invented handles, and null pointers everywhere: never a crash.

use std::ptr::{null, null_mut};

use crate::support::*;

#[test]
fn invented_handles_are_recognised_by_every_function() {
    let local = 0_u64;
    for handle in [null_mut(), 1 as Handle, (&raw const local).cast_mut().cast(), usize::MAX as Handle] {
        unsafe {
            for code in [
                SQLFreeHandle(ENV, handle),
                SQLFreeHandle(DBC, handle),
                SQLFreeHandle(STMT, handle),
                SQLFreeHandle(DESC, handle),
                SQLFreeHandle(9, handle),
                SQLSetEnvAttr(handle, 200, null_mut(), 0),
                SQLDisconnect(handle),
                SQLGetInfo(handle, 17, null_mut(), 0, null_mut()),
                SQLExecute(handle),
                SQLFetch(handle),
                SQLCancel(handle),
                SQLSetCursorName(handle, null(), 0),
                SQLEndTran(DBC, handle, 0),
                SQLCopyDesc(handle, handle),
                SQLGetDescField(handle, 0, 1001, null_mut(), 0, null_mut()),
                SQLGetDiagField(STMT, handle, 1, 4, null_mut(), 0, null_mut()),
                SQLTables(handle, null(), 0, null(), 0, null(), 0, null(), 0),
            ] {
                assert_eq!(code, INVALID_HANDLE);
            }
        }
    }
    let odbc = Odbc::connect();
    assert_eq!(unsafe { SQLFetch(odbc.dbc) }, INVALID_HANDLE, "a handle of another kind");
    let stmt = odbc.statement();
    assert_eq!(unsafe { SQLFreeHandle(STMT, stmt) }, SUCCESS);
    assert_eq!(unsafe { SQLFetch(stmt) }, INVALID_HANDLE, "a freed handle");
}

#[test]
fn statement_functions_survive_null_pointers() {
    let odbc = Odbc::connect();
    let stmt = odbc.stmt;
    unsafe {
        assert_eq!(SQLExecDirect(stmt, null(), 0), ERROR);
        assert_eq!(odbc.state(), "HY009");
        assert_eq!(SQLPrepareW(stmt, null(), -3), ERROR);
        assert_eq!(SQLPrimaryKeys(stmt, null(), 0, null(), 0, null(), 0), ERROR);
        assert_eq!(odbc.state(), "HY009");
        assert_eq!(SQLForeignKeysW(stmt, null(), 0, null(), 0, null(), 0, null(), 0, null(), 0, null(), 0), ERROR);
        assert_eq!(odbc.state(), "HY009");
        odbc.execute("SELECT 1 AS a, 'text' AS b");
        assert_eq!(SQLNumResultCols(stmt, null_mut()), SUCCESS);
        assert_eq!(SQLRowCount(stmt, null_mut()), SUCCESS);
        let nothing = null_mut::<i16>();
        assert_eq!(SQLDescribeCol(stmt, 1, null_mut(), 0, nothing, nothing, null_mut(), nothing, nothing), SUCCESS);
        assert_eq!(SQLDescribeColW(stmt, 2, null_mut(), 0, nothing, nothing, null_mut(), nothing, nothing), SUCCESS);
        assert_eq!(SQLColAttribute(stmt, 1, 18, null_mut(), 0, nothing, null_mut()), SUCCESS);
        assert_eq!(SQLColAttribute(stmt, 1, 2, null_mut(), 0, nothing, null_mut()), SUCCESS);
        assert_eq!(SQLBindCol(stmt, 1, C_LONG, null_mut(), 0, null_mut()), SUCCESS);
        assert_eq!(SQLFetch(stmt), SUCCESS);
        let mut text = [0_u8; 10];
        assert_eq!(SQLGetData(stmt, 2, C_CHAR, text.as_mut_ptr().cast(), 10, null_mut()), SUCCESS);
        assert_eq!(&text[..5], b"text\0");
        assert_eq!(SQLGetStmtAttr(stmt, 0, null_mut(), 0, null_mut()), SUCCESS);
        assert_eq!(SQLGetCursorName(stmt, null_mut(), 0, nothing), SUCCESS);
        odbc.close();
        odbc.prepare("SELECT ?");
        assert_eq!(SQLNumParams(stmt, nothing), SUCCESS);
        assert_eq!(SQLDescribeParam(stmt, 1, nothing, null_mut(), nothing, nothing), SUCCESS);
        assert_eq!(SQLBindParameter(stmt, 1, 1, C_LONG, 4, 0, 0, null_mut(), 0, null_mut()), ERROR);
        assert_eq!(odbc.state(), "HY009");
        assert_eq!(SQLGetDiagRec(STMT, stmt, 1, null_mut(), null_mut(), null_mut(), 0, nothing), SUCCESS);
    }
}

#[test]
fn connection_functions_survive_null_pointers() {
    let odbc = Odbc::connect();
    unsafe {
        assert_eq!(SQLGetInfo(odbc.dbc, 17, null_mut(), 0, null_mut()), SUCCESS);
        assert_eq!(SQLGetInfoW(odbc.dbc, 88, null_mut(), 0, null_mut()), SUCCESS);
        assert_eq!(SQLGetFunctions(odbc.dbc, 999, null_mut()), SUCCESS);
        assert_eq!(SQLGetConnectAttr(odbc.dbc, 109, null_mut(), 0, null_mut()), SUCCESS);
        assert_eq!(SQLNativeSql(odbc.dbc, b"SELECT 1".as_ptr(), 8, null_mut(), 0, null_mut()), SUCCESS);
        assert_eq!(SQLNativeSql(odbc.dbc, null(), 0, null_mut(), 0, null_mut()), ERROR);
        assert_eq!(SQLAllocHandle(STMT, odbc.dbc, null_mut()), ERROR);
        assert_eq!(records(DBC, odbc.dbc)[0].0, "HY009");
        assert_eq!(SQLGetEnvAttr(odbc.env, 200, null_mut(), 0, null_mut()), SUCCESS);
        assert_eq!(SQLAllocHandle(ENV, null_mut(), null_mut()), ERROR);
    }
}
