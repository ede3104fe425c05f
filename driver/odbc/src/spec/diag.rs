//! Diagnostic fields of SQLGetDiagField.

pub const RETURNCODE: i16 = 1;
pub const NUMBER: i16 = 2;
pub const ROW_COUNT: i16 = 3;
pub const SQLSTATE: i16 = 4;
pub const NATIVE: i16 = 5;
pub const MESSAGE_TEXT: i16 = 6;
pub const DYNAMIC_FUNCTION: i16 = 7;
pub const CLASS_ORIGIN: i16 = 8;
pub const SUBCLASS_ORIGIN: i16 = 9;
pub const CONNECTION_NAME: i16 = 10;
pub const SERVER_NAME: i16 = 11;
pub const DYNAMIC_FUNCTION_CODE: i16 = 12;
pub const CURSOR_ROW_COUNT: i16 = -1249;
pub const ROW_NUMBER: i16 = -1248;
pub const COLUMN_NUMBER: i16 = -1247;

/// A statement of SQL_DIAG_DYNAMIC_FUNCTION with its code.
pub type DynamicFunction = (&'static str, i32);
pub const UNKNOWN_STATEMENT: DynamicFunction = ("", 0);
pub const SELECT_CURSOR: DynamicFunction = ("SELECT CURSOR", 85);

pub const NO_ROW_NUMBER: isize = -1;
pub const NO_COLUMN_NUMBER: i32 = -1;
