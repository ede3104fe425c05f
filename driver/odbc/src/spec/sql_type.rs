//! SQL type codes.

pub const UNKNOWN: i16 = 0;
pub const CHAR: i16 = 1;
pub const NUMERIC: i16 = 2;
pub const DECIMAL: i16 = 3;
pub const INTEGER: i16 = 4;
pub const SMALLINT: i16 = 5;
pub const FLOAT: i16 = 6;
pub const REAL: i16 = 7;
pub const DOUBLE: i16 = 8;
/// The verbose type of dates, times and timestamps; ODBC 2's code of a date.
pub const DATETIME: i16 = 9;
pub const ODBC2_DATE: i16 = 9;
/// The verbose type of intervals; ODBC 2's code of a time.
pub const INTERVAL: i16 = 10;
pub const ODBC2_TIME: i16 = 10;
pub const ODBC2_TIMESTAMP: i16 = 11;
pub const VARCHAR: i16 = 12;
pub const TYPE_DATE: i16 = 91;
pub const TYPE_TIME: i16 = 92;
pub const TYPE_TIMESTAMP: i16 = 93;
/// The first and the last of the interval types, which have the codes of their C types.
pub const INTERVAL_YEAR: i16 = 101;
pub const INTERVAL_MINUTE_TO_SECOND: i16 = 113;
pub const LONGVARCHAR: i16 = -1;
pub const BINARY: i16 = -2;
pub const VARBINARY: i16 = -3;
pub const LONGVARBINARY: i16 = -4;
pub const BIGINT: i16 = -5;
pub const TINYINT: i16 = -6;
pub const BIT: i16 = -7;
pub const WCHAR: i16 = -8;
pub const WVARCHAR: i16 = -9;
pub const WLONGVARCHAR: i16 = -10;
pub const GUID: i16 = -11;

/// Sub-codes of [`DATETIME`].
pub const CODE_DATE: i16 = 1;
pub const CODE_TIME: i16 = 2;
pub const CODE_TIMESTAMP: i16 = 3;

/// The date and time codes of ODBC 3 for those of ODBC 2; every other code unchanged.
#[must_use]
pub fn odbc3(code: i16) -> i16 {
    match code {
        ODBC2_DATE => TYPE_DATE,
        ODBC2_TIME => TYPE_TIME,
        ODBC2_TIMESTAMP => TYPE_TIMESTAMP,
        other => other,
    }
}

/// The date and time codes of ODBC 2 for those of ODBC 3; every other code unchanged.
#[must_use]
pub fn odbc2(code: i16) -> i16 {
    match code {
        TYPE_DATE => ODBC2_DATE,
        TYPE_TIME => ODBC2_TIME,
        TYPE_TIMESTAMP => ODBC2_TIMESTAMP,
        other => other,
    }
}

/// Verbose type and sub-code of a concise type (ODBC: "Data Type Identifiers and Descriptors").
#[must_use]
pub fn verbose(concise: i16) -> (i16, i16) {
    match odbc3(concise) {
        TYPE_DATE => (DATETIME, CODE_DATE),
        TYPE_TIME => (DATETIME, CODE_TIME),
        TYPE_TIMESTAMP => (DATETIME, CODE_TIMESTAMP),
        interval @ 101..=113 => (INTERVAL, interval - 100),
        other => (other, 0),
    }
}

/// The concise type of a verbose type and its sub-code, if the pair means something.
#[must_use]
pub fn concise(verbose: i16, code: i16) -> Option<i16> {
    match (verbose, code) {
        (DATETIME, 1..=3) => Some(TYPE_DATE + code - 1),
        (DATETIME, _) => None,
        (INTERVAL, 1..=13) => Some(100 + code),
        (INTERVAL, _) => None,
        (other, _) => Some(other),
    }
}
