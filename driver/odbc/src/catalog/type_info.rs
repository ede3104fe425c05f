//! SQLGetTypeInfo.

use super::rows::{Datum, Field, Kind, NAME, Rows, field, required};
use crate::info::types::{TYPES, TypeRow};
use crate::spec::{NULLABLE, sql_type};

const LAYOUT: &[Field] = &[
    required("TYPE_NAME", NAME),
    required("DATA_TYPE", Kind::Short),
    field("COLUMN_SIZE", Kind::Int),
    field("LITERAL_PREFIX", NAME),
    field("LITERAL_SUFFIX", NAME),
    field("CREATE_PARAMS", NAME),
    required("NULLABLE", Kind::Short),
    required("CASE_SENSITIVE", Kind::Short),
    required("SEARCHABLE", Kind::Short),
    field("UNSIGNED_ATTRIBUTE", Kind::Short),
    required("FIXED_PREC_SCALE", Kind::Short),
    field("AUTO_UNIQUE_VALUE", Kind::Short),
    field("LOCAL_TYPE_NAME", NAME),
    field("MINIMUM_SCALE", Kind::Short),
    field("MAXIMUM_SCALE", Kind::Short),
    required("SQL_DATA_TYPE", Kind::Short),
    field("SQL_DATETIME_SUB", Kind::Short),
    field("NUM_PREC_RADIX", Kind::Int),
    field("INTERVAL_PRECISION", Kind::Short),
];

/// The row of one type code of ODBC 3, or those of all types for 0.
#[must_use]
pub fn rows(code: i16, odbc2: bool) -> Rows {
    let mut rows = Rows::new(LAYOUT);
    for row in TYPES.iter().filter(|row| code == sql_type::UNKNOWN || row.code == code) {
        push(&mut rows, row, odbc2);
    }
    rows
}

fn push(rows: &mut Rows, row: &TypeRow, odbc2: bool) {
    let (verbose, sub_code) = sql_type::verbose(row.code);
    let flag = |yes: bool| Datum::Number(yes.into());
    rows.push([
        row.name.into(),
        if odbc2 { sql_type::odbc2(row.code) } else { row.code }.into(),
        Datum::Number(row.size),
        row.prefix.into(),
        row.suffix.into(),
        row.parameters.into(),
        NULLABLE.into(),
        flag(row.case_sensitive),
        row.searchable.into(),
        row.unsigned.map_or(Datum::Null, flag),
        flag(false),
        row.unsigned.map_or(Datum::Null, |_| flag(false)),
        Datum::Null,
        row.scales.map(|(least, _)| least).into(),
        row.scales.map(|(_, greatest)| greatest).into(),
        verbose.into(),
        (sub_code != 0).then_some(sub_code).into(),
        row.radix.into(),
        Datum::Null,
    ]);
}
