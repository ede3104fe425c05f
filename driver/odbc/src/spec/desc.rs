//! Descriptor fields, which are also the field identifiers of SQLColAttribute.

pub const COUNT: i16 = 1001;
pub const TYPE: i16 = 1002;
pub const LENGTH: i16 = 1003;
pub const OCTET_LENGTH_PTR: i16 = 1004;
pub const PRECISION: i16 = 1005;
pub const SCALE: i16 = 1006;
pub const DATETIME_INTERVAL_CODE: i16 = 1007;
pub const NULLABLE: i16 = 1008;
pub const INDICATOR_PTR: i16 = 1009;
pub const DATA_PTR: i16 = 1010;
pub const NAME: i16 = 1011;
pub const UNNAMED: i16 = 1012;
pub const OCTET_LENGTH: i16 = 1013;
pub const ALLOC_TYPE: i16 = 1099;

pub const CONCISE_TYPE: i16 = 2;
pub const DISPLAY_SIZE: i16 = 6;
pub const UNSIGNED: i16 = 8;
pub const FIXED_PREC_SCALE: i16 = 9;
pub const UPDATABLE: i16 = 10;
pub const AUTO_UNIQUE_VALUE: i16 = 11;
pub const CASE_SENSITIVE: i16 = 12;
pub const SEARCHABLE: i16 = 13;
pub const TYPE_NAME: i16 = 14;
pub const TABLE_NAME: i16 = 15;
pub const SCHEMA_NAME: i16 = 16;
pub const CATALOG_NAME: i16 = 17;
pub const LABEL: i16 = 18;
pub const ARRAY_SIZE: i16 = 20;
pub const ARRAY_STATUS_PTR: i16 = 21;
pub const BASE_COLUMN_NAME: i16 = 22;
pub const BASE_TABLE_NAME: i16 = 23;
pub const BIND_OFFSET_PTR: i16 = 24;
pub const BIND_TYPE: i16 = 25;
pub const DATETIME_INTERVAL_PRECISION: i16 = 26;
pub const LITERAL_PREFIX: i16 = 27;
pub const LITERAL_SUFFIX: i16 = 28;
pub const LOCAL_TYPE_NAME: i16 = 29;
pub const MAXIMUM_SCALE: i16 = 30;
pub const MINIMUM_SCALE: i16 = 31;
pub const NUM_PREC_RADIX: i16 = 32;
pub const PARAMETER_TYPE: i16 = 33;
pub const ROWS_PROCESSED_PTR: i16 = 34;
pub const ROWVER: i16 = 35;

/// Field identifiers that SQLColAttributes of ODBC 2 has under other numbers.
pub mod odbc2 {
    pub const COUNT: u16 = 0;
    pub const NAME: u16 = 1;
    pub const LENGTH: u16 = 3;
    pub const PRECISION: u16 = 4;
    pub const SCALE: u16 = 5;
    pub const NULLABLE: u16 = 7;
}

pub const ALLOC_AUTO: i16 = 1;
pub const ALLOC_USER: i16 = 2;
pub const NAMED: i16 = 0;
pub const IS_UNNAMED: i16 = 1;

/// What an application may do with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The descriptor does not have it.
    None,
    Read,
    Write,
}

/// A field of the header: it belongs to no record.
#[must_use]
pub const fn is_of_header(field: i16) -> bool {
    matches!(
        field,
        ALLOC_TYPE | ARRAY_SIZE | ARRAY_STATUS_PTR | BIND_OFFSET_PTR | BIND_TYPE | COUNT | ROWS_PROCESSED_PTR
    )
}
