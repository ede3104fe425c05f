//! The functions of the specification that this driver exports, as values.

macro_rules! functions {
    ($($name:ident)*) => {
        /// A function, whether it was called by its narrow or its wide name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Function {
            $($name),*
        }

        impl Function {
            /// Every function.
            pub const ALL: &[Function] = &[$(Function::$name),*];

            /// The narrow name of the exported symbol.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Function::$name => concat!("SQL", stringify!($name))),*
                }
            }
        }
    };
}

functions! {
    AllocHandle BindCol BindParameter BrowseConnect BulkOperations Cancel CancelHandle CloseCursor ColAttribute
    ColumnPrivileges Columns Connect CopyDesc DescribeCol DescribeParam Disconnect DriverConnect EndTran ExecDirect
    Execute ExtendedFetch Fetch FetchScroll ForeignKeys FreeHandle FreeStmt GetConnectAttr GetCursorName GetData
    GetDescField GetDescRec GetDiagField GetDiagRec GetEnvAttr GetFunctions GetInfo GetStmtAttr GetTypeInfo
    MoreResults NativeSql NumParams NumResultCols ParamData Prepare PrimaryKeys ProcedureColumns Procedures PutData
    RowCount SetConnectAttr SetCursorName SetDescField SetDescRec SetEnvAttr SetPos SetStmtAttr SpecialColumns
    Statistics TablePrivileges Tables
}
