//! Every exported symbol and the number that SQLGetFunctions knows it by. The wide name of a function
//! has the number of the narrow one. Deprecated functions that driver managers map to newer ones are
//! not exported: exporting them would remove the better mapping.

/// One exported function.
pub struct Export {
    pub name: &'static str,
    pub id: u16,
    /// It has a wide twin, whose name ends in `W`.
    pub wide: bool,
}

const fn narrow(name: &'static str, id: u16) -> Export {
    Export { name, id, wide: false }
}

const fn both(name: &'static str, id: u16) -> Export {
    Export { name, id, wide: true }
}

/// The exports, by name.
pub const EXPORTS: &[Export] = &[
    narrow("SQLAllocHandle", 1001),
    narrow("SQLBindCol", 4),
    narrow("SQLBindParameter", 72),
    both("SQLBrowseConnect", 55),
    narrow("SQLBulkOperations", 24),
    narrow("SQLCancel", 5),
    narrow("SQLCancelHandle", 1022),
    narrow("SQLCloseCursor", 1003),
    both("SQLColAttribute", 6),
    both("SQLColumnPrivileges", 56),
    both("SQLColumns", 40),
    both("SQLConnect", 7),
    narrow("SQLCopyDesc", 1004),
    both("SQLDescribeCol", 8),
    narrow("SQLDescribeParam", 58),
    narrow("SQLDisconnect", 9),
    both("SQLDriverConnect", 41),
    narrow("SQLEndTran", 1005),
    both("SQLExecDirect", 11),
    narrow("SQLExecute", 12),
    narrow("SQLExtendedFetch", 59),
    narrow("SQLFetch", 13),
    narrow("SQLFetchScroll", 1021),
    both("SQLForeignKeys", 60),
    narrow("SQLFreeHandle", 1006),
    narrow("SQLFreeStmt", 16),
    both("SQLGetConnectAttr", 1007),
    both("SQLGetCursorName", 17),
    narrow("SQLGetData", 43),
    both("SQLGetDescField", 1008),
    both("SQLGetDescRec", 1009),
    both("SQLGetDiagField", 1010),
    both("SQLGetDiagRec", 1011),
    narrow("SQLGetEnvAttr", 1012),
    narrow("SQLGetFunctions", 44),
    both("SQLGetInfo", 45),
    both("SQLGetStmtAttr", 1014),
    both("SQLGetTypeInfo", 47),
    narrow("SQLMoreResults", 61),
    both("SQLNativeSql", 62),
    narrow("SQLNumParams", 63),
    narrow("SQLNumResultCols", 18),
    narrow("SQLParamData", 48),
    both("SQLPrepare", 19),
    both("SQLPrimaryKeys", 65),
    both("SQLProcedureColumns", 66),
    both("SQLProcedures", 67),
    narrow("SQLPutData", 49),
    narrow("SQLRowCount", 20),
    both("SQLSetConnectAttr", 1016),
    both("SQLSetCursorName", 21),
    both("SQLSetDescField", 1017),
    narrow("SQLSetDescRec", 1018),
    narrow("SQLSetEnvAttr", 1019),
    narrow("SQLSetPos", 68),
    both("SQLSetStmtAttr", 1020),
    both("SQLSpecialColumns", 52),
    both("SQLStatistics", 53),
    both("SQLTablePrivileges", 70),
    both("SQLTables", 54),
];

/// What the installer library calls; no functions of SQLGetFunctions. The wide ones on Windows alone.
pub const SET_UP: &[&str] = if cfg!(windows) {
    &["ConfigDSN", "ConfigDSNW", "ConfigDriver", "ConfigDriverW"]
} else {
    &["ConfigDSN", "ConfigDriver"]
};

/// Whether a function is exported.
#[must_use]
pub fn supports(id: u16) -> bool {
    EXPORTS.iter().any(|export| export.id == id)
}

/// Every exported symbol.
pub fn symbols() -> impl Iterator<Item = String> {
    let functions = EXPORTS.iter().flat_map(|export| {
        let wide = export.wide.then(|| format!("{}W", export.name));
        std::iter::once(export.name.to_owned()).chain(wide)
    });
    functions.chain(SET_UP.iter().map(|name| (*name).to_owned()))
}
