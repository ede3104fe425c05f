//! The answers of SQLGetInfo (odbc-clients.md 3.16).

use exact_engine::model::model;

use super::capabilities::BITMAPS;
use super::conversions;
use crate::handle::connection::Core;

/// An answer as wide as its info type says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Short(u16),
    Long(u32),
}

/// The answer to an info type. Types that ODBC has assigned but that mean nothing here get a neutral
/// answer, since an error can confuse driver managers; `None` for all others.
#[must_use]
pub fn answer(info_type: u16, core: &Core) -> Option<Value> {
    // Programs that were compiled for ODBC 2.01 ask for the outer joins by this number.
    let info_type = if info_type == 65_003 { 115 } else { info_type };
    of_connection(info_type, core)
        .or_else(|| BITMAPS.iter().find(|one| one.info_type == info_type).map(|one| Value::Long(one.value())))
        .or_else(|| conversions::converts(info_type).map(Value::Long))
        .or_else(|| fixed(info_type))
        .or_else(|| matches!(info_type, 0..=199 | 1750..=1760 | 10_000..=10_030).then_some(Value::Long(0)))
}

fn yes(condition: bool) -> Value {
    Value::Text(if condition { "Y" } else { "N" }.to_owned())
}

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

/// Answers that depend on the connection. Before it is open its defaults speak.
fn of_connection(info_type: u16, core: &Core) -> Option<Value> {
    let open = core.open.as_ref();
    let catalogs = open.is_none_or(|open| open.naming.catalogs);
    let read_only = open.is_none_or(|open| open.naming.read_only);
    let only_with_catalogs = |value: &str| text(if catalogs { value } else { "" });
    Some(match info_type {
        SQL_DATA_SOURCE_NAME => text(open.map_or("", |open| open.data_source.as_str())),
        SQL_SERVER_NAME => text(open.map_or("", |open| open.engine.settings().base_url.as_str())),
        SQL_DATABASE_NAME => text(core.catalog()),
        SQL_USER_NAME => text(open.and_then(|open| open.engine.user_name()).unwrap_or_default()),
        SQL_DATA_SOURCE_READ_ONLY => yes(read_only),
        SQL_TXN_CAPABLE => Value::Short(u16::from(!read_only)),
        SQL_DEFAULT_TXN_ISOLATION | SQL_TXN_ISOLATION_OPTION => Value::Long(if read_only { 0 } else { READ_COMMITTED }),
        SQL_INSERT_STATEMENT => Value::Long(if read_only { 0 } else { 0x3 }),
        SQL_CATALOG_NAME => yes(catalogs),
        SQL_CATALOG_TERM => only_with_catalogs("division"),
        SQL_CATALOG_NAME_SEPARATOR => only_with_catalogs("."),
        SQL_CATALOG_LOCATION => Value::Short(u16::from(catalogs)),
        SQL_CATALOG_USAGE => Value::Long(u32::from(catalogs)),
        SQL_MAX_COLUMNS_IN_TABLE => Value::Short(widest_table()),
        _ => return None,
    })
}

const SQL_DATA_SOURCE_NAME: u16 = 2;
const SQL_SERVER_NAME: u16 = 13;
const SQL_DATABASE_NAME: u16 = 16;
const SQL_DATA_SOURCE_READ_ONLY: u16 = 25;
const SQL_DEFAULT_TXN_ISOLATION: u16 = 26;
const SQL_CATALOG_NAME_SEPARATOR: u16 = 41;
const SQL_CATALOG_TERM: u16 = 42;
const SQL_TXN_CAPABLE: u16 = 46;
const SQL_USER_NAME: u16 = 47;
const SQL_TXN_ISOLATION_OPTION: u16 = 72;
const SQL_CATALOG_USAGE: u16 = 92;
const SQL_MAX_COLUMNS_IN_TABLE: u16 = 101;
const SQL_CATALOG_LOCATION: u16 = 114;
const SQL_INSERT_STATEMENT: u16 = 172;
const SQL_CATALOG_NAME: u16 = 10_003;

const READ_COMMITTED: u32 = 2;

fn widest_table() -> u16 {
    let widest = model().entities().iter().map(|entity| entity.columns.len()).max().unwrap_or(0);
    u16::try_from(widest).unwrap_or(u16::MAX)
}

fn fixed(info_type: u16) -> Option<Value> {
    let texts = TEXTS.iter().find(|(own, ..)| *own == info_type).map(|(_, _, value)| text(*value));
    texts
        .or_else(|| SHORTS.iter().find(|(own, ..)| *own == info_type).map(|(_, _, value)| Value::Short(*value)))
        .or_else(|| LONGS.iter().find(|(own, ..)| *own == info_type).map(|(_, _, value)| Value::Long(*value)))
}

/// The file of this library.
const DRIVER_FILE: &str = if cfg!(windows) {
    "exactodbc.dll"
} else if cfg!(target_os = "macos") {
    "libexactodbc.dylib"
} else {
    "libexactodbc.so"
};

/// Longest name of a table, column, cursor ...; never 0, since clients make buffers of it.
const NAME_LENGTH: u16 = 128;

const TEXTS: &[(u16, &str, &str)] = &[
    (6, "SQL_DRIVER_NAME", DRIVER_FILE),
    (7, "SQL_DRIVER_VER", concat!("00.01.", "0000")),
    (11, "SQL_ROW_UPDATES", "N"),
    (14, "SQL_SEARCH_PATTERN_ESCAPE", "\\"),
    (17, "SQL_DBMS_NAME", "Exact Online"),
    // The service has no version; clients split this at its points.
    (18, "SQL_DBMS_VER", "01.00.0000"),
    (19, "SQL_ACCESSIBLE_TABLES", "N"),
    (20, "SQL_ACCESSIBLE_PROCEDURES", "N"),
    (21, "SQL_PROCEDURES", "Y"),
    (27, "SQL_EXPRESSIONS_IN_ORDERBY", "Y"),
    (29, "SQL_IDENTIFIER_QUOTE_CHAR", "\""),
    (36, "SQL_MULT_RESULT_SETS", "Y"),
    (37, "SQL_MULTIPLE_ACTIVE_TXN", "Y"),
    (38, "SQL_OUTER_JOINS", "Y"),
    (39, "SQL_SCHEMA_TERM", "schema"),
    (40, "SQL_PROCEDURE_TERM", "function or action"),
    (45, "SQL_TABLE_TERM", "table"),
    (73, "SQL_INTEGRITY", "N"),
    (77, "SQL_DRIVER_ODBC_VER", "03.80"),
    (87, "SQL_COLUMN_ALIAS", "Y"),
    (89, "SQL_KEYWORDS", exact_engine::KEYWORDS),
    (90, "SQL_ORDER_BY_COLUMNS_IN_SELECT", "N"),
    (94, "SQL_SPECIAL_CHARACTERS", ""),
    (103, "SQL_MAX_ROW_SIZE_INCLUDES_LONG", "Y"),
    (111, "SQL_NEED_LONG_DATA_LEN", "N"),
    (113, "SQL_LIKE_ESCAPE_CLAUSE", "Y"),
    (10_000, "SQL_XOPEN_CLI_YEAR", "1995"),
    (10_002, "SQL_DESCRIBE_PARAMETER", "Y"),
    (10_004, "SQL_COLLATION_SEQ", ""),
];

const SHORTS: &[(u16, &str, u16)] = &[
    (0, "SQL_MAX_DRIVER_CONNECTIONS", 0),
    (1, "SQL_MAX_CONCURRENT_ACTIVITIES", 0),
    (9, "SQL_ODBC_API_CONFORMANCE", 1),
    (12, "SQL_ODBC_SAG_CLI_CONFORMANCE", 1),
    (15, "SQL_ODBC_SQL_CONFORMANCE", 1),
    (22, "SQL_CONCAT_NULL_BEHAVIOR: NULL", 0),
    (23, "SQL_CURSOR_COMMIT_BEHAVIOR: PRESERVE", 2),
    (24, "SQL_CURSOR_ROLLBACK_BEHAVIOR: PRESERVE", 2),
    (28, "SQL_IDENTIFIER_CASE: MIXED, compared without case", 4),
    (30, "SQL_MAX_COLUMN_NAME_LEN", NAME_LENGTH),
    (31, "SQL_MAX_CURSOR_NAME_LEN", NAME_LENGTH),
    (32, "SQL_MAX_SCHEMA_NAME_LEN", NAME_LENGTH),
    (33, "SQL_MAX_PROCEDURE_NAME_LEN", NAME_LENGTH),
    (34, "SQL_MAX_CATALOG_NAME_LEN", NAME_LENGTH),
    (35, "SQL_MAX_TABLE_NAME_LEN", NAME_LENGTH),
    (74, "SQL_CORRELATION_NAME: ANY", 2),
    (75, "SQL_NON_NULLABLE_COLUMNS: NON_NULL", 1),
    (84, "SQL_FILE_USAGE: NOT_SUPPORTED", 0),
    (85, "SQL_NULL_COLLATION: LOW", 1),
    (88, "SQL_GROUP_BY: NO_RELATION", 3),
    (93, "SQL_QUOTED_IDENTIFIER_CASE: MIXED", 4),
    (97, "SQL_MAX_COLUMNS_IN_GROUP_BY", 0),
    (98, "SQL_MAX_COLUMNS_IN_INDEX", 0),
    (99, "SQL_MAX_COLUMNS_IN_ORDER_BY", 0),
    (100, "SQL_MAX_COLUMNS_IN_SELECT", 0),
    (106, "SQL_MAX_TABLES_IN_SELECT", 0),
    (107, "SQL_MAX_USER_NAME_LEN", NAME_LENGTH),
    (116, "SQL_ACTIVE_ENVIRONMENTS", 0),
    (10_005, "SQL_MAX_IDENTIFIER_LEN", NAME_LENGTH),
];

/// Not listed: those that are 0 because nothing of the kind exists (CREATE_*, DROP_*, ALTER_*, GRANT ...).
const LONGS: &[(u16, &str, u32)] = &[
    (8, "SQL_FETCH_DIRECTION: NEXT, FIRST, LAST, PRIOR, ABSOLUTE, RELATIVE, BOOKMARK", 0xBF),
    (43, "SQL_SCROLL_CONCURRENCY: READ_ONLY", 1),
    (44, "SQL_SCROLL_OPTIONS: FORWARD_ONLY, STATIC", 0x11),
    (78, "SQL_LOCK_TYPES: NO_CHANGE", 1),
    (79, "SQL_POS_OPERATIONS: POSITION, REFRESH", 3),
    (81, "SQL_GETDATA_EXTENSIONS: ANY_COLUMN, ANY_ORDER, BLOCK, BOUND", 0xF),
    (82, "SQL_BOOKMARK_PERSISTENCE: SCROLL", 0x40),
    (91, "SQL_SCHEMA_USAGE: DML_STATEMENTS", 1),
    (118, "SQL_SQL_CONFORMANCE: SQL92_INTERMEDIATE", 4),
    (120, "SQL_BATCH_ROW_COUNT: EXPLICIT", 2),
    (121, "SQL_BATCH_SUPPORT: SELECT_EXPLICIT, ROW_COUNT_EXPLICIT", 3),
    (146, "SQL_FORWARD_ONLY_CURSOR_ATTRIBUTES1: NEXT, LOCK_NO_CHANGE, POS_POSITION, POS_REFRESH", 0x1241),
    (147, "SQL_FORWARD_ONLY_CURSOR_ATTRIBUTES2: READ_ONLY, MAX_ROWS of SELECT and CATALOG", 0x881),
    (152, "SQL_ODBC_INTERFACE_CONFORMANCE: LEVEL1", 2),
    (153, "SQL_PARAM_ARRAY_ROW_COUNTS: NO_BATCH", 2),
    (154, "SQL_PARAM_ARRAY_SELECTS: BATCH", 1),
    (166, "SQL_STANDARD_CLI_CONFORMANCE: XOPEN, ISO92", 3),
    (
        167,
        "SQL_STATIC_CURSOR_ATTRIBUTES1: NEXT, ABSOLUTE, RELATIVE, BOOKMARK, LOCK_NO_CHANGE, POS_POSITION, POS_REFRESH, BULK_FETCH_BY_BOOKMARK",
        0x8_124F,
    ),
    (168, "SQL_STATIC_CURSOR_ATTRIBUTES2: READ_ONLY, MAX_ROWS of SELECT and CATALOG", 0x881),
    (10_001, "SQL_CURSOR_SENSITIVITY: INSENSITIVE", 1),
    (10_021, "SQL_ASYNC_MODE: STATEMENT", 2),
];
