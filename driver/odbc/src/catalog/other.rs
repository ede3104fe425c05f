//! Catalog functions that have nothing to tell: there are no stored procedures (functions of the service
//! are tables), and rights are not known before they are used.

use super::rows::{Field, Kind, NAME, REMARKS, Rows, field, required};

const PROCEDURES: &[Field] = &[
    field("PROCEDURE_CAT", NAME),
    field("PROCEDURE_SCHEM", NAME),
    required("PROCEDURE_NAME", NAME),
    field("NUM_INPUT_PARAMS", Kind::Int),
    field("NUM_OUTPUT_PARAMS", Kind::Int),
    field("NUM_RESULT_SETS", Kind::Int),
    field("REMARKS", REMARKS),
    field("PROCEDURE_TYPE", Kind::Short),
];

const PROCEDURE_COLUMNS: &[Field] = &[
    field("PROCEDURE_CAT", NAME),
    field("PROCEDURE_SCHEM", NAME),
    required("PROCEDURE_NAME", NAME),
    required("COLUMN_NAME", NAME),
    required("COLUMN_TYPE", Kind::Short),
    required("DATA_TYPE", Kind::Short),
    required("TYPE_NAME", NAME),
    field("COLUMN_SIZE", Kind::Int),
    field("BUFFER_LENGTH", Kind::Int),
    field("DECIMAL_DIGITS", Kind::Short),
    field("NUM_PREC_RADIX", Kind::Short),
    required("NULLABLE", Kind::Short),
    field("REMARKS", REMARKS),
    field("COLUMN_DEF", REMARKS),
    required("SQL_DATA_TYPE", Kind::Short),
    field("SQL_DATETIME_SUB", Kind::Short),
    field("CHAR_OCTET_LENGTH", Kind::Int),
    required("ORDINAL_POSITION", Kind::Int),
    field("IS_NULLABLE", NAME),
];

const TABLE_PRIVILEGES: &[Field] = &[
    field("TABLE_CAT", NAME),
    field("TABLE_SCHEM", NAME),
    required("TABLE_NAME", NAME),
    field("GRANTOR", NAME),
    required("GRANTEE", NAME),
    required("PRIVILEGE", NAME),
    field("IS_GRANTABLE", NAME),
];

const COLUMN_PRIVILEGES: &[Field] = &[
    field("TABLE_CAT", NAME),
    field("TABLE_SCHEM", NAME),
    required("TABLE_NAME", NAME),
    required("COLUMN_NAME", NAME),
    field("GRANTOR", NAME),
    required("GRANTEE", NAME),
    required("PRIVILEGE", NAME),
    field("IS_GRANTABLE", NAME),
];

#[must_use]
pub fn procedures() -> Rows {
    Rows::new(PROCEDURES)
}

#[must_use]
pub fn procedure_columns() -> Rows {
    Rows::new(PROCEDURE_COLUMNS)
}

#[must_use]
pub fn table_privileges() -> Rows {
    Rows::new(TABLE_PRIVILEGES)
}

#[must_use]
pub fn column_privileges() -> Rows {
    Rows::new(COLUMN_PRIVILEGES)
}
