//! Every function in every state of a statement, held against the state tables of the specification.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::fmt::Write;
use std::ptr::{null, null_mut};

use exactodbc::abi::guard::state_of;

use crate::support::*;

/// A state table: functions and arguments, each with a cell for each state.
pub struct Table {
    pub states: Vec<String>,
    pub rows: BTreeMap<String, Vec<String>>,
}

/// Reads the file of a state table.
pub fn read(text: &str) -> Table {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut lines = lines.map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<String>>());
    let states = lines.next().unwrap()[1..].to_vec();
    let rows: BTreeMap<_, _> = lines.map(|row| (row[0].clone(), row[1..].to_vec())).collect();
    assert!(rows.values().all(|cells| cells.len() == states.len()));
    Table { states, rows }
}

/// The table of statements.
pub fn table() -> Table {
    read(include_str!("transitions.txt"))
}

/// What came of a call, in the words of the tables.
fn outcome(before: &str, code: i16, after: &str, state: &str) -> String {
    match code {
        SUCCESS | WITH_INFO | NEED_DATA if before == after => "--".to_owned(),
        SUCCESS | WITH_INFO | NEED_DATA => after.to_owned(),
        NO_DATA if before == after => "ND".to_owned(),
        NO_DATA => format!("ND>{after}"),
        STILL_EXECUTING if before == after => "NS".to_owned(),
        // The function that was cancelled has ended meanwhile.
        ERROR if before == "S12" && state == "HY008" => "NS".to_owned(),
        ERROR if before == after => state.to_owned(),
        ERROR => format!("{state}>{after}"),
        other => format!("code {other}>{after}"),
    }
}

/// A statement that was brought to a state.
struct Scene<'a> {
    odbc: &'a Odbc,
    stmt: Handle,
}

const SELECT: &str = "SELECT 1 AS a";
/// Gives no rows.
const USE: &str = "USE 1";
/// Waits for a service that never answers.
const ASKS: &str = "SELECT Code FROM crm.Accounts";
const LATER: isize = -2;

impl Scene<'_> {
    fn new<'a>(odbc: &'a Odbc, state: &str, prepared: bool, later: &isize, bookmark: &mut [u64; 2]) -> Scene<'a> {
        let scene = Scene { odbc, stmt: odbc.statement() };
        let stmt = scene.stmt;
        for attribute in [10_010, 10_012, 10_013] {
            descriptor(stmt, attribute);
        }
        let data = bookmark.as_mut_ptr().cast::<c_void>();
        unsafe {
            // A static cursor with bookmarks, so that every function has what it needs.
            assert_eq!(SQLSetStmtAttr(stmt, 6, number_argument(3), 0), SUCCESS);
            assert_eq!(SQLSetStmtAttr(stmt, 12, number_argument(2), 0), SUCCESS);
            assert_eq!(SQLBindCol(stmt, 0, -2, data, 8, null_mut()), SUCCESS);
            match state {
                "S1" => {}
                "S2" => scene.begin(USE, true, None),
                "S3" => scene.begin(SELECT, true, None),
                "S4" => scene.begin(USE, prepared, Some(SUCCESS)),
                "S5" | "S6" | "S7" => {
                    scene.begin(SELECT, prepared, Some(SUCCESS));
                    match state {
                        "S6" => assert_eq!(SQLFetch(stmt), SUCCESS),
                        "S7" => assert_eq!(SQLExtendedFetch(stmt, 1, 0, null_mut(), null_mut()), SUCCESS),
                        _ => {}
                    }
                }
                "S8" | "S9" | "S10" => {
                    let length = (&raw const *later).cast_mut();
                    assert_eq!(SQLBindParameter(stmt, 1, 1, C_CHAR, 12, 10, 0, data, 0, length), SUCCESS);
                    scene.begin("SELECT ? AS a", prepared, Some(NEED_DATA));
                    if state != "S8" {
                        assert_eq!(SQLParamData(stmt, null_mut()), NEED_DATA);
                    }
                    if state == "S10" {
                        assert_eq!(SQLPutData(stmt, b"x".as_ptr().cast_mut().cast(), 1), SUCCESS);
                    }
                }
                _ => {
                    assert_eq!(SQLSetStmtAttr(stmt, 4, number_argument(1), 0), SUCCESS);
                    scene.begin(ASKS, prepared, Some(STILL_EXECUTING));
                    if state == "S12" {
                        assert_eq!(SQLCancel(stmt), SUCCESS);
                    }
                }
            }
        }
        assert_eq!(scene.state(), state, "{prepared}");
        scene
    }

    fn begin(&self, sql: &str, prepared: bool, executed: Option<i16>) {
        let (text, length) = (sql.as_ptr(), sql.len() as i32);
        unsafe {
            if prepared {
                assert_eq!(SQLPrepare(self.stmt, text, length), SUCCESS, "{:?}", records(STMT, self.stmt));
            }
            let run = || if prepared { SQLExecute(self.stmt) } else { SQLExecDirect(self.stmt, text, length) };
            if let Some(expected) = executed {
                assert_eq!(run(), expected, "{:?}", records(STMT, self.stmt));
            }
        }
    }

    fn state(&self) -> String {
        state_of(self.stmt).map_or("S0".to_owned(), |state| format!("{state:?}"))
    }

    /// Ends what is executing, so that the statement can be freed.
    fn end(self) {
        while matches!(self.state().as_str(), "S11" | "S12") {
            unsafe {
                SQLCancel(self.stmt);
                SQLExecDirect(self.stmt, ASKS.as_ptr(), ASKS.len() as i32);
                SQLExecute(self.stmt);
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        unsafe {
            SQLCancel(self.stmt);
            SQLFreeHandle(STMT, self.stmt);
        }
    }

    /// Calls a function of the tables with plain arguments; gives its code and the SQLSTATE of its handle.
    fn call(&self, function: &str) -> (i16, String) {
        let (env, dbc, stmt) = (self.odbc.env, self.odbc.dbc, self.stmt);
        let code = unsafe { invoke(env, dbc, stmt, function) };
        let (kind, handle) = match function {
            "SQLSetEnvAttr" => (ENV, env),
            "SQLDisconnect" | "SQLEndTran" | "SQLSetConnectAttr" => (DBC, dbc),
            "SQLBrowseConnect" | "SQLConnect" | "SQLDriverConnect" => (DBC, dbc),
            "SQLCopyDesc(ARD)" | "SQLCopyDesc(IRD)" => {
                (DESC, descriptor(stmt, if function.contains("ARD") { 10_010 } else { 10_012 }))
            }
            _ if function.contains("Desc") && !function.contains("Describe") => {
                let field = match function {
                    name if name.contains("IRD") => 10_012,
                    name if name.contains("IPD") => 10_013,
                    _ => 10_010,
                };
                (DESC, descriptor(stmt, field))
            }
            _ => (STMT, stmt),
        };
        (code, records(kind, handle).first().map_or(String::new(), |(state, _)| state.clone()))
    }
}

thread_local! {
    /// The descriptors of the statement at hand: their tokens cannot be asked for in every state.
    static DESCRIPTORS: std::cell::RefCell<BTreeMap<(usize, i32), usize>> = const { std::cell::RefCell::new(BTreeMap::new()) };
}

fn descriptor(stmt: Handle, attribute: i32) -> Handle {
    DESCRIPTORS.with_borrow_mut(|known| {
        *known.entry((stmt as usize, attribute)).or_insert_with(|| {
            let mut value = 0_usize;
            unsafe { SQLGetStmtAttr(stmt, attribute, (&raw mut value).cast(), 0, null_mut()) };
            value
        })
    }) as Handle
}

/// The call that a line of the tables is about.
pub unsafe fn invoke(env: Handle, dbc: Handle, stmt: Handle, function: &str) -> i16 {
    let mut number = [0_i64; 2];
    let value: *mut c_void = number.as_mut_ptr().cast();
    let short: *mut i16 = number.as_mut_ptr().cast();
    let mut text = [0_u8; 64];
    let nothing = null_mut::<i16>();
    let table = b"Accounts".as_ptr();
    let select = (SELECT.as_ptr(), SELECT.len() as i32);
    unsafe {
        match function {
            "SQLAllocHandle" => SQLAllocHandle(STMT, dbc, value.cast()),
            "SQLBindCol" => SQLBindCol(stmt, 1, C_LONG, null_mut(), 0, null_mut()),
            "SQLBindParameter" => SQLBindParameter(stmt, 1, 1, C_LONG, 4, 0, 0, value, 0, null_mut()),
            "SQLBrowseConnect" => SQLBrowseConnect(dbc, table, 8, null_mut(), 0, nothing),
            "SQLBulkOperations" => SQLBulkOperations(stmt, 7),
            "SQLCancel" => SQLCancel(stmt),
            "SQLCancelHandle" => SQLCancelHandle(STMT, stmt),
            "SQLCloseCursor" => SQLCloseCursor(stmt),
            "SQLColAttribute" => SQLColAttribute(stmt, 1, 2, null_mut(), 0, nothing, value.cast()),
            "SQLColAttribute(COUNT)" => SQLColAttribute(stmt, 0, 1001, null_mut(), 0, nothing, value.cast()),
            "SQLColumnPrivileges" => SQLColumnPrivileges(stmt, null(), 0, null(), 0, table, 8, null(), 0),
            "SQLColumns" => SQLColumns(stmt, null(), 0, null(), 0, table, 8, null(), 0),
            "SQLConnect" => SQLConnect(dbc, table, 8, null(), 0, null(), 0),
            "SQLCopyDesc(ARD)" | "SQLCopyDesc(IRD)" => {
                let target = allocate(DESC, dbc);
                let source = descriptor(stmt, if function.contains("ARD") { 10_010 } else { 10_012 });
                let code = SQLCopyDesc(source, target);
                SQLFreeHandle(DESC, target);
                code
            }
            "SQLDescribeCol" => SQLDescribeCol(stmt, 1, null_mut(), 0, nothing, short, null_mut(), nothing, nothing),
            "SQLDescribeParam" => match SQLDescribeParam(stmt, 1, short, null_mut(), nothing, nothing) {
                // The text of some scenes has no marker, which is told only where the call is allowed.
                ERROR if records(STMT, stmt)[0].0 == "07009" => SUCCESS,
                code => code,
            },
            "SQLDisconnect" => SQLDisconnect(dbc),
            "SQLDriverConnect" => SQLDriverConnect(dbc, null_mut(), table, 8, null_mut(), 0, nothing, 0),
            "SQLEndTran" => SQLEndTran(DBC, dbc, 0),
            "SQLExecDirect" => SQLExecDirect(stmt, select.0, select.1),
            "SQLExecute" => SQLExecute(stmt),
            "SQLExtendedFetch" => SQLExtendedFetch(stmt, 2, 0, null_mut(), null_mut()),
            "SQLFetch" => match SQLFetch(stmt) {
                NO_DATA => SUCCESS,
                code => code,
            },
            "SQLFetchScroll" => SQLFetchScroll(stmt, 2, 0),
            "SQLForeignKeys" => SQLForeignKeys(stmt, null(), 0, null(), 0, table, 8, null(), 0, null(), 0, null(), 0),
            "SQLFreeHandle" => SQLFreeHandle(STMT, stmt),
            "SQLFreeStmt(CLOSE)" => SQLFreeStmt(stmt, 0),
            "SQLFreeStmt(DROP)" => SQLFreeStmt(stmt, 1),
            "SQLFreeStmt(UNBIND)" => SQLFreeStmt(stmt, 2),
            "SQLFreeStmt(RESET_PARAMS)" => SQLFreeStmt(stmt, 3),
            "SQLGetConnectAttr" => SQLGetConnectAttr(dbc, 102, value, 4, null_mut()),
            "SQLGetCursorName" => SQLGetCursorName(stmt, text.as_mut_ptr(), 64, short),
            "SQLGetData" => SQLGetData(stmt, 1, C_LONG, value, 4, null_mut()),
            "SQLGetDescField(ARD)" => SQLGetDescField(descriptor(stmt, 10_010), 0, 1001, value, 8, null_mut()),
            "SQLGetDescField(IPD)" => SQLGetDescField(descriptor(stmt, 10_013), 0, 1001, value, 8, null_mut()),
            "SQLGetDescField(IRD)" => SQLGetDescField(descriptor(stmt, 10_012), 1, 2, value, 8, null_mut()),
            "SQLGetDescRec(ARD)" | "SQLGetDescRec(IRD)" => {
                let ard = function.contains("ARD");
                let (handle, number) = if ard { (descriptor(stmt, 10_010), 0) } else { (descriptor(stmt, 10_012), 1) };
                SQLGetDescRec(
                    handle,
                    number,
                    null_mut(),
                    0,
                    nothing,
                    short,
                    nothing,
                    null_mut(),
                    nothing,
                    nothing,
                    nothing,
                )
            }
            "SQLGetDiagField" => SQLGetDiagField(STMT, stmt, 0, 2, value, 4, nothing),
            "SQLGetDiagRec" => match SQLGetDiagRec(STMT, stmt, 1, null_mut(), null_mut(), null_mut(), 0, nothing) {
                NO_DATA => SUCCESS,
                code => code,
            },
            "SQLGetEnvAttr" => SQLGetEnvAttr(env, 200, value, 4, null_mut()),
            "SQLGetFunctions" => SQLGetFunctions(dbc, 13, value.cast()),
            "SQLGetInfo" => SQLGetInfo(dbc, 17, text.as_mut_ptr().cast(), 64, short),
            "SQLGetStmtAttr" => SQLGetStmtAttr(stmt, 0, value, 8, null_mut()),
            "SQLGetStmtAttr(ROW_NUMBER)" => SQLGetStmtAttr(stmt, 14, value, 8, null_mut()),
            "SQLGetTypeInfo" => SQLGetTypeInfo(stmt, 0),
            "SQLMoreResults" => SQLMoreResults(stmt),
            "SQLNativeSql" => SQLNativeSql(dbc, select.0, select.1, text.as_mut_ptr(), 64, value.cast()),
            "SQLNumParams" => SQLNumParams(stmt, short),
            "SQLNumResultCols" => SQLNumResultCols(stmt, short),
            "SQLParamData" => SQLParamData(stmt, value.cast()),
            "SQLPrepare" => SQLPrepare(stmt, select.0, select.1),
            "SQLPrimaryKeys" => SQLPrimaryKeys(stmt, null(), 0, null(), 0, table, 8),
            "SQLProcedureColumns" => SQLProcedureColumns(stmt, null(), 0, null(), 0, null(), 0, null(), 0),
            "SQLProcedures" => SQLProcedures(stmt, null(), 0, null(), 0, null(), 0),
            "SQLPutData" => SQLPutData(stmt, text.as_mut_ptr().cast(), 1),
            "SQLRowCount" => SQLRowCount(stmt, value.cast()),
            "SQLSetConnectAttr" => SQLSetConnectAttr(dbc, 113, number_argument(5), 0),
            "SQLSetCursorName" => SQLSetCursorName(stmt, format!("c{}", stmt as usize).as_ptr(), 5),
            "SQLSetDescField" => SQLSetDescField(descriptor(stmt, 10_010), 1, 1009, null_mut(), 0),
            "SQLSetDescRec" => {
                SQLSetDescRec(descriptor(stmt, 10_010), 1, C_LONG, 0, 4, 0, 0, null_mut(), null_mut(), null_mut())
            }
            "SQLSetEnvAttr" => SQLSetEnvAttr(env, 200, number_argument(3), 0),
            "SQLSetPos" => SQLSetPos(stmt, 1, 0, 0),
            "SQLSetStmtAttr" => SQLSetStmtAttr(stmt, 0, number_argument(30), 0),
            "SQLSetStmtAttr(CURSOR_TYPE)" => SQLSetStmtAttr(stmt, 6, number_argument(3), 0),
            "SQLSpecialColumns" => SQLSpecialColumns(stmt, 1, null(), 0, null(), 0, table, 8, 0, 1),
            "SQLStatistics" => SQLStatistics(stmt, null(), 0, null(), 0, table, 8, 0, 0),
            "SQLTablePrivileges" => SQLTablePrivileges(stmt, null(), 0, null(), 0, table, 8),
            "SQLTables" => SQLTables(stmt, null(), 0, null(), 0, table, 8, null(), 0),
            other => panic!("no call of {other}"),
        }
    }
}

#[test]
fn every_function_in_every_state_does_what_the_state_tables_say() {
    let (_listener, settings) = listening();
    let connect = || Odbc::connect_as(3, &settings);
    let mut odbc = connect();
    let (later, mut bookmark) = (LATER, [1_u64; 2]);
    let (mut pairs, mut wrong) = (0, String::new());
    let table = table();
    for (function, cells) in &table.rows {
        for (before, cell) in table.states.iter().zip(cells) {
            let both = cell.split_once('/').unwrap_or((cell, cell));
            for (prepared, expected) in [(true, both.0), (false, both.1)] {
                if !prepared && ["S1", "S2", "S3"].contains(&&**before) {
                    continue;
                }
                bookmark[0] = 1;
                let scene = Scene::new(&odbc, before, prepared, &later, &mut bookmark);
                let (code, state) = scene.call(function);
                let found = outcome(before, code, &scene.state(), &state);
                if found != expected {
                    writeln!(wrong, "{function} in {before}, prepared {prepared}: {found}, not {expected}").unwrap();
                }
                pairs += 1;
                let gone = function == "SQLDisconnect" && code == SUCCESS;
                scene.end();
                if gone {
                    drop(odbc);
                    odbc = connect();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "of {pairs} pairs:\n{wrong}");
    assert!(pairs > 1_000, "{pairs}");
}

#[test]
fn every_exported_function_stands_in_the_tables() {
    let known: Vec<String> = table().rows.into_keys().map(|name| name.split('(').next().unwrap().to_owned()).collect();
    for export in exactodbc::abi::manifest::EXPORTS {
        assert!(known.iter().any(|name| name == export.name), "{}", export.name);
        assert!(exactodbc::Function::ALL.iter().any(|function| function.name() == export.name), "{}", export.name);
    }
}
