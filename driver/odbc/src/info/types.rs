//! The one table of SQL types. SQLGetTypeInfo, SQLColumns, SQLDescribeCol, SQLColAttribute and
//! SQLDescribeParam all speak from it (product.md section 5).

use std::borrow::Cow;

use exact_engine::model::{Column, SqlType};

use crate::spec::sql_type as code;

/// How the connection's settings name and type things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Naming {
    /// `MapToWVarchar`: text has the wide types.
    pub wide_text: bool,
    /// `MapGuid=GUID`: GUIDs are SQL_GUID, otherwise text of 36.
    pub guid_type: bool,
    /// `Catalogs`: names have a catalog, the division's code or `ALL`.
    pub catalogs: bool,
    /// `Readonly`.
    pub read_only: bool,
    /// `UpperCaseIdentifiers`
    pub upper_case: bool,
    /// `MapBigintToVarchar`
    pub bigint_as_text: bool,
    /// `LimitKeySize`: declared length of text keys at most.
    pub longest_key: Option<u32>,
}

impl Naming {
    /// A name of the model as it is reported.
    #[must_use]
    pub fn spelled<'a>(&self, name: &'a str) -> Cow<'a, str> {
        if self.upper_case { Cow::Owned(name.to_uppercase()) } else { Cow::Borrowed(name) }
    }
}

/// A type as SQLGetTypeInfo describes it.
#[derive(Debug, PartialEq, Eq)]
pub struct TypeRow {
    pub code: i16,
    pub name: &'static str,
    /// The largest COLUMN_SIZE.
    pub size: i32,
    pub prefix: Option<&'static str>,
    pub suffix: Option<&'static str>,
    pub parameters: Option<&'static str>,
    pub case_sensitive: bool,
    pub searchable: i16,
    /// `None` for types that are not numbers.
    pub unsigned: Option<bool>,
    pub scales: Option<(i16, i16)>,
    pub radix: Option<i16>,
}

const ALL_EXCEPT_LIKE: i16 = 2;
const SEARCHABLE: i16 = 3;

const fn row(code: i16, name: &'static str, size: i32) -> TypeRow {
    TypeRow {
        code,
        name,
        size,
        prefix: None,
        suffix: None,
        parameters: None,
        case_sensitive: false,
        searchable: ALL_EXCEPT_LIKE,
        unsigned: None,
        scales: None,
        radix: None,
    }
}

const fn number(code: i16, name: &'static str, size: i32, unsigned: bool) -> TypeRow {
    TypeRow { unsigned: Some(unsigned), scales: Some((0, 0)), radix: Some(10), ..row(code, name, size) }
}

const fn float(code: i16, name: &'static str, size: i32) -> TypeRow {
    TypeRow { unsigned: Some(false), radix: Some(10), ..row(code, name, size) }
}

const fn text(code: i16, name: &'static str, size: i32) -> TypeRow {
    TypeRow {
        prefix: Some("'"),
        suffix: Some("'"),
        parameters: Some("length"),
        case_sensitive: true,
        searchable: SEARCHABLE,
        ..row(code, name, size)
    }
}

const fn binary(code: i16, name: &'static str, size: i32) -> TypeRow {
    TypeRow { prefix: Some("X'"), suffix: Some("'"), parameters: Some("length"), ..row(code, name, size) }
}

const fn moment(code: i16, name: &'static str, size: i32, prefix: &'static str, scales: Option<(i16, i16)>) -> TypeRow {
    TypeRow { prefix: Some(prefix), suffix: Some("'"), scales, ..row(code, name, size) }
}

const LONG_TEXT: i32 = 1_073_741_823;
const LONG_BINARY: i32 = 2_147_483_647;

/// Every type, ordered as SQLGetTypeInfo must: by code, the closest match first.
pub static TYPES: &[TypeRow] = &[
    TypeRow { prefix: Some("'"), suffix: Some("'"), ..row(code::GUID, "UNIQUEIDENTIFIER", 36) },
    TypeRow { parameters: None, ..text(code::WLONGVARCHAR, "NTEXT", LONG_TEXT) },
    text(code::WVARCHAR, "NVARCHAR", 4000),
    text(code::WCHAR, "NCHAR", 4000),
    row(code::BIT, "BIT", 1),
    number(code::TINYINT, "TINYINT", 3, true),
    number(code::BIGINT, "BIGINT", 19, false),
    TypeRow { parameters: None, ..binary(code::LONGVARBINARY, "LONGVARBINARY", LONG_BINARY) },
    binary(code::VARBINARY, "VARBINARY", 8000),
    binary(code::BINARY, "BINARY", 8000),
    TypeRow { parameters: None, ..text(code::LONGVARCHAR, "TEXT", LONG_TEXT) },
    text(code::CHAR, "CHAR", 8000),
    TypeRow {
        parameters: Some("precision,scale"),
        scales: Some((0, 38)),
        ..number(code::NUMERIC, "NUMERIC", 38, false)
    },
    TypeRow {
        parameters: Some("precision,scale"),
        scales: Some((0, 38)),
        ..number(code::DECIMAL, "DECIMAL", 38, false)
    },
    number(code::INTEGER, "INTEGER", 10, false),
    number(code::SMALLINT, "SMALLINT", 5, false),
    float(code::FLOAT, "FLOAT", 15),
    float(code::REAL, "REAL", 7),
    float(code::DOUBLE, "DOUBLE", 15),
    text(code::VARCHAR, "VARCHAR", 8000),
    moment(code::TYPE_DATE, "DATE", 10, "{d '", None),
    moment(code::TYPE_TIME, "TIME", 18, "{t '", Some((0, 9))),
    moment(code::TYPE_TIMESTAMP, "TIMESTAMP", 29, "{ts '", Some((0, 9))),
];

/// The row of a type code of ODBC 3.
#[must_use]
pub fn type_row(code: i16) -> Option<&'static TypeRow> {
    TYPES.iter().find(|row| row.code == code)
}

/// Whether a parameter may be declared as this type: one of columns, an interval, or none at all.
#[must_use]
pub fn is_of_parameters(concise: i16) -> bool {
    let is_interval = code::verbose(concise).0 == code::INTERVAL;
    is_interval || concise == code::UNKNOWN || type_row(code::odbc3(concise)).is_some()
}

/// A type with its actual size: what describes a column or a parameter.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    pub row: &'static TypeRow,
    /// COLUMN_SIZE.
    pub size: u32,
    /// DECIMAL_DIGITS: scale of numbers, digits of fractional seconds.
    pub digits: Option<i16>,
    /// Bytes of the value in its default C type, without a terminating zero.
    pub octets: u32,
    /// Characters of the value as text.
    pub display: u32,
}

impl Facts {
    /// The facts of a type under these settings.
    #[must_use]
    pub fn of(sql_type: SqlType, naming: &Naming) -> Facts {
        let fixed = |code, size, octets, display| Facts::new(code, size, None, octets, display);
        let whole = |code, size, octets, display| Facts::new(code, size, Some(0), octets, display);
        match sql_type {
            SqlType::Boolean => fixed(code::BIT, 1, 1, 1),
            SqlType::TinyInt => whole(code::TINYINT, 3, 1, 3),
            SqlType::SmallInt => whole(code::SMALLINT, 5, 2, 6),
            SqlType::Integer => whole(code::INTEGER, 10, 4, 11),
            SqlType::BigInt if naming.bigint_as_text => text_facts(code::VARCHAR, code::WVARCHAR, 20, naming),
            SqlType::BigInt => whole(code::BIGINT, 19, 8, 20),
            SqlType::Real => fixed(code::REAL, 7, 4, 14),
            SqlType::Double => fixed(code::DOUBLE, 15, 8, 24),
            SqlType::Decimal { precision, scale } => {
                let size = u32::from(precision);
                Facts::new(code::DECIMAL, size, Some(i16::from(scale)), size + 2, size + 2)
            }
            SqlType::Char { length } => text_facts(code::CHAR, code::WCHAR, length, naming),
            SqlType::VarChar { length } => text_facts(code::VARCHAR, code::WVARCHAR, length, naming),
            SqlType::LongVarChar { length } => text_facts(code::LONGVARCHAR, code::WLONGVARCHAR, length, naming),
            SqlType::Guid if naming.guid_type => fixed(code::GUID, 36, 16, 36),
            SqlType::Guid => fixed(code::CHAR, 36, 36, 36),
            SqlType::Date => fixed(code::TYPE_DATE, 10, 6, 10),
            SqlType::Time { precision } => {
                let size = 8 + fraction_size(precision);
                Facts::new(code::TYPE_TIME, size, Some(i16::from(precision)), 6, size)
            }
            SqlType::Timestamp { precision } => {
                let size = 19 + fraction_size(precision);
                Facts::new(code::TYPE_TIMESTAMP, size, Some(i16::from(precision)), 16, size)
            }
            SqlType::VarBinary { length } => fixed(code::VARBINARY, length, length, length.saturating_mul(2)),
            SqlType::LongVarBinary { length } => fixed(code::LONGVARBINARY, length, length, length.saturating_mul(2)),
        }
    }

    /// The facts of a column of a table.
    #[must_use]
    pub fn of_column(column: &Column, sql_type: SqlType, naming: &Naming) -> Facts {
        let shorter = |length: u32| naming.longest_key.filter(|longest| column.key && *longest < length);
        match sql_type {
            SqlType::VarChar { length } | SqlType::LongVarChar { length } => match shorter(length) {
                Some(length) => Facts::of(SqlType::VarChar { length }, naming),
                None => Facts::of(sql_type, naming),
            },
            other => Facts::of(other, naming),
        }
    }

    /// The facts of the bookmark column: the row's number, as binary data or as the integer of ODBC 2.
    #[must_use]
    pub fn of_bookmark(as_number: bool) -> Facts {
        if as_number { Facts::new(code::INTEGER, 10, Some(0), 4, 11) } else { Facts::new(code::BINARY, 8, None, 8, 16) }
    }

    fn new(code: i16, size: u32, digits: Option<i16>, octets: u32, display: u32) -> Facts {
        let row = type_row(code).unwrap_or(&FALLBACK);
        Facts { row, size, digits, octets, display }
    }

    /// The value of SQL_DESC_PRECISION: digits of numbers and of fractional seconds.
    #[must_use]
    pub fn precision(&self) -> i16 {
        match self.row.code {
            code::TYPE_TIME | code::TYPE_TIMESTAMP => self.digits.unwrap_or(0),
            _ => i16::try_from(self.size).unwrap_or(i16::MAX),
        }
    }

    /// The value of SQL_DESC_SCALE: digits behind the point of exact numbers.
    #[must_use]
    pub fn scale(&self) -> i16 {
        if self.row.unsigned.is_some() { self.digits.unwrap_or(0) } else { 0 }
    }

    #[must_use]
    pub fn is_text(&self) -> bool {
        self.row.case_sensitive
    }

    /// BUFFER_LENGTH of the catalog functions: bytes transferred to the default C type.
    #[must_use]
    pub fn is_variable(&self) -> bool {
        self.is_text() || matches!(self.row.code, code::BINARY | code::VARBINARY | code::LONGVARBINARY)
    }
}

const FALLBACK: TypeRow = row(code::VARCHAR, "VARCHAR", 8000);

fn fraction_size(precision: u8) -> u32 {
    if precision == 0 { 0 } else { 1 + u32::from(precision) }
}

/// A character takes two bytes in the wide types (four beyond the basic plane, which the length
/// counts as two characters) and up to four in UTF-8.
fn text_facts(narrow: i16, wide: i16, length: u32, naming: &Naming) -> Facts {
    if naming.wide_text {
        Facts::new(wide, length, None, length.saturating_mul(2), length)
    } else {
        Facts::new(narrow, length, None, length.saturating_mul(4), length)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub const DEFAULT: Naming = Naming {
        wide_text: true,
        guid_type: false,
        catalogs: true,
        read_only: false,
        upper_case: false,
        bigint_as_text: false,
        longest_key: None,
    };

    pub const EVERY: [SqlType; 17] = [
        SqlType::Boolean,
        SqlType::TinyInt,
        SqlType::SmallInt,
        SqlType::Integer,
        SqlType::BigInt,
        SqlType::Real,
        SqlType::Double,
        SqlType::Decimal { precision: 38, scale: 10 },
        SqlType::Char { length: 3 },
        SqlType::VarChar { length: 60 },
        SqlType::LongVarChar { length: 65_536 },
        SqlType::Guid,
        SqlType::Date,
        SqlType::Time { precision: 9 },
        SqlType::Timestamp { precision: 3 },
        SqlType::VarBinary { length: 10 },
        SqlType::LongVarBinary { length: 65_536 },
    ];

    #[test]
    fn every_type_stands_in_the_table_and_never_exceeds_its_size() {
        for wide_text in [true, false] {
            for guid_type in [true, false] {
                let naming = Naming { wide_text, guid_type, ..DEFAULT };
                for sql_type in EVERY {
                    let facts = Facts::of(sql_type, &naming);
                    assert!(TYPES.iter().any(|row| std::ptr::eq(row, facts.row)), "{sql_type:?}");
                    assert!(facts.size > 0 && facts.size <= facts.row.size.unsigned_abs(), "{sql_type:?}");
                    assert!(facts.display > 0 && facts.octets > 0, "{sql_type:?}");
                }
            }
        }
    }

    #[test]
    fn the_table_is_ordered_by_code_and_names_are_unique() {
        assert!(TYPES.is_sorted_by_key(|row| row.code) || TYPES.windows(2).all(|two| two[0].code < two[1].code));
        let names: std::collections::HashSet<_> = TYPES.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), TYPES.len());
    }

    #[test]
    fn large_integers_may_be_declared_as_text() {
        let facts = Facts::of(SqlType::BigInt, &Naming { bigint_as_text: true, ..DEFAULT });
        assert_eq!((facts.row.name, facts.size), ("NVARCHAR", i64::MIN.to_string().len() as u32));
    }

    #[test]
    fn timestamps_have_23_characters_and_3_digits() {
        let facts = Facts::of(SqlType::Timestamp { precision: 3 }, &DEFAULT);
        assert_eq!((facts.size, facts.digits), (23, Some(3)));
    }
}
