//! SQLColumns and SQLSpecialColumns.

use exact_engine::model::{Column, Entity, Origin};

use super::Scope;
use super::rows::{Datum, Field, Kind, NAME, REMARKS, Rows, field, required};
use crate::info::types::Facts;
use crate::spec::{NO_NULLS, NULLABLE, sql_type};

const LAYOUT: &[Field] = &[
    field("TABLE_CAT", NAME),
    field("TABLE_SCHEM", NAME),
    required("TABLE_NAME", NAME),
    required("COLUMN_NAME", NAME),
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

/// The arguments of SQLColumns; `None` is a null pointer.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    pub catalog: Option<String>,
    pub schema: Option<String>,
    pub table: Option<String>,
    pub column: Option<String>,
}

/// The columns that match, by table and position.
#[must_use]
pub fn rows(scope: &Scope<'_>, arguments: Arguments) -> Rows {
    let mut rows = Rows::new(LAYOUT);
    let catalog = scope.name(arguments.catalog);
    let (schema, table) = (scope.pattern(arguments.schema), scope.pattern(arguments.table));
    let column = scope.pattern(arguments.column);
    let Some(scope) = scope.within(&catalog) else { return rows };
    let mut found: Vec<&Entity> =
        scope.entities().filter(|one| schema.matches(one.schema) && table.matches(one.name)).collect();
    found.sort_by_key(|entity| (entity.schema, entity.name));
    for entity in found {
        for (one, position) in entity.columns.iter().zip(1_u32..) {
            if column.matches(one.name) {
                push(&mut rows, &scope, entity, one, position);
            }
        }
    }
    rows
}

fn push(rows: &mut Rows, scope: &Scope<'_>, entity: &Entity, column: &Column, position: u32) {
    let facts = Facts::of_column(column, column.sql_type(scope.settings), scope.naming);
    let (verbose, sub_code) = sql_type::verbose(facts.row.code);
    let nullable = if column.key { NO_NULLS } else { NULLABLE };
    rows.push([
        scope.catalog.as_deref().into(),
        (&*scope.naming.spelled(entity.schema)).into(),
        (&*scope.naming.spelled(entity.name)).into(),
        (&*scope.naming.spelled(column.name)).into(),
        type_code(facts.row.code, scope.odbc2).into(),
        facts.row.name.into(),
        facts.size.into(),
        facts.octets.into(),
        facts.digits.into(),
        facts.row.radix.into(),
        nullable.into(),
        remarks(entity, column).into(),
        Datum::Null,
        verbose.into(),
        (sub_code != 0).then_some(sub_code).into(),
        if facts.is_variable() { facts.octets.into() } else { Datum::Null },
        position.into(),
        if column.key { "NO" } else { "YES" }.into(),
    ]);
}

/// What sets a column apart: an argument of a function, a column that the driver adds.
fn remarks(entity: &Entity, column: &Column) -> Option<&'static str> {
    let argument = column.parameter.and_then(|index| entity.parameters.get(index));
    match (column.origin, argument) {
        (_, Some(argument)) if argument.required => Some("Pseudo-column: an argument that must be given"),
        (Origin::Parameter, _) | (_, Some(_)) => Some("Pseudo-column: an argument of the function"),
        (Origin::Driver, _) => Some("The division that the row was read from"),
        (Origin::Service, None) if column.obsolete => Some("Obsolete"),
        (Origin::Service, None) => None,
    }
}

/// A type's code as the application's version has it.
pub fn type_code(code: i16, odbc2: bool) -> i16 {
    if odbc2 { sql_type::odbc2(code) } else { code }
}

const SPECIAL: &[Field] = &[
    field("SCOPE", Kind::Short),
    required("COLUMN_NAME", NAME),
    required("DATA_TYPE", Kind::Short),
    required("TYPE_NAME", NAME),
    field("COLUMN_SIZE", Kind::Int),
    field("BUFFER_LENGTH", Kind::Int),
    field("DECIMAL_DIGITS", Kind::Short),
    field("PSEUDO_COLUMN", Kind::Short),
];

/// SQLSpecialColumns: the key identifies a row for ever; nothing versions rows.
#[must_use]
pub fn special(scope: &Scope<'_>, entity: Option<&Entity>, best_row_id: bool) -> Rows {
    const SCOPE_SESSION: i16 = 2;
    const NOT_PSEUDO: i16 = 1;
    let mut rows = Rows::new(SPECIAL);
    let Some(entity) = entity.filter(|_| best_row_id) else { return rows };
    for column in super::keys::key_columns(entity) {
        let facts = Facts::of_column(column, column.sql_type(scope.settings), scope.naming);
        rows.push([
            SCOPE_SESSION.into(),
            (&*scope.naming.spelled(column.name)).into(),
            type_code(facts.row.code, scope.odbc2).into(),
            facts.row.name.into(),
            facts.size.into(),
            facts.octets.into(),
            facts.digits.into(),
            NOT_PSEUDO.into(),
        ]);
    }
    rows
}
