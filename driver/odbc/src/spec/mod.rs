//! Numbers of the ODBC 3.8 specification, under the names that it gives them (without `SQL_`).
//!
//! The crate `odbc-sys` has these too, but it links the driver manager in every combination of its
//! features, which a driver must never do.

pub mod attribute;
pub mod c_type;
pub mod desc;
pub mod diag;
pub mod function;
pub mod lifetime;
pub mod sequence;
pub mod sql_type;
pub mod sqlstate;

/// Return codes.
pub mod ret {
    pub const SUCCESS: i16 = 0;
    pub const SUCCESS_WITH_INFO: i16 = 1;
    pub const STILL_EXECUTING: i16 = 2;
    pub const NEED_DATA: i16 = 99;
    pub const NO_DATA: i16 = 100;
    pub const ERROR: i16 = -1;
    pub const INVALID_HANDLE: i16 = -2;
}

/// Handle types of SQLAllocHandle, SQLFreeHandle, SQLEndTran and the diagnostic functions.
pub mod handle_type {
    pub const ENV: i16 = 1;
    pub const DBC: i16 = 2;
    pub const STMT: i16 = 3;
    pub const DESC: i16 = 4;
}

/// Special values of length and indicator arguments.
pub const NTS: i32 = -3;
pub const NULL_DATA: isize = -1;
pub const DATA_AT_EXEC: isize = -2;
pub const DEFAULT_PARAM: isize = -5;
pub const LEN_DATA_AT_EXEC_OFFSET: isize = -100;

/// Values of nullability in descriptions.
pub const NO_NULLS: i16 = 0;
pub const NULLABLE: i16 = 1;

/// Values of environment attribute ODBC_VERSION.
pub const OV_ODBC2: i32 = 2;
pub const OV_ODBC3: i32 = 3;
pub const OV_ODBC3_80: i32 = 380;

/// Options of SQLFreeStmt.
pub mod free_stmt {
    pub const CLOSE: u16 = 0;
    pub const DROP: u16 = 1;
    pub const UNBIND: u16 = 2;
    pub const RESET_PARAMS: u16 = 3;
}

/// Orientations of SQLFetchScroll.
pub mod fetch {
    pub const NEXT: i16 = 1;
    pub const FIRST: i16 = 2;
    pub const LAST: i16 = 3;
    pub const PRIOR: i16 = 4;
    pub const RELATIVE: i16 = 6;
    pub const BOOKMARK: i16 = 8;
}

/// Values in a row status array.
pub mod row {
    pub const SUCCESS: u16 = 0;
    pub const NOROW: u16 = 3;
    pub const ERROR: u16 = 5;
    pub const SUCCESS_WITH_INFO: u16 = 6;

    /// In a row operation array.
    pub const IGNORE: u16 = 1;
}

/// Values in a parameter status array.
pub mod param {
    pub const SUCCESS: u16 = 0;
    pub const DIAG_UNAVAILABLE: u16 = 1;
    pub const ERROR: u16 = 5;
    pub const UNUSED: u16 = 7;

    /// In a parameter operation array.
    pub const IGNORE: u16 = 1;

    pub const INPUT: i16 = 1;
    pub const INPUT_OUTPUT: i16 = 2;
    pub const OUTPUT: i16 = 4;
}
