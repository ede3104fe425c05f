//! SQLProcedures and SQLProcedureColumns: what `{call ...}` runs, functions of the service and actions.

use exact_engine::model::{Argument, Entity, EntityKind, LONGEST_VARCHAR, SqlType};

use super::Scope;
use super::columns::type_code;
use super::rows::{Datum, Field, Kind, NAME, REMARKS, Rows, field, required};
use crate::info::types::Facts;
use crate::spec::{NO_NULLS, NULLABLE, sql_type};

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

/// The arguments of SQLProcedures and SQLProcedureColumns; `None` is a null pointer.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    pub catalog: Option<String>,
    pub schema: Option<String>,
    pub procedure: Option<String>,
    pub column: Option<String>,
}

impl Arguments {
    /// The procedures that match, by schema and name, in the scope of their catalog.
    fn find<'a>(&self, scope: &Scope<'a>) -> Option<(Scope<'a>, Vec<&'static Entity>)> {
        let (schema, name) = (scope.pattern(self.schema.clone()), scope.pattern(self.procedure.clone()));
        let scope = scope.within(&scope.name(self.catalog.clone()))?;
        let matching = scope.procedures().filter(|one| schema.matches(one.schema) && name.matches(one.name));
        let mut found: Vec<&Entity> = matching.collect();
        found.sort_by_key(|entity| (entity.schema, entity.name));
        Some((scope, found))
    }
}

/// The procedures that match. None has a return value: what a function gives are rows.
#[must_use]
pub fn rows(scope: &Scope<'_>, arguments: &Arguments) -> Rows {
    const PROCEDURE: i16 = 1;
    let mut rows = Rows::new(PROCEDURES);
    let Some((scope, found)) = arguments.find(scope) else { return rows };
    for entity in found {
        let gives_rows = entity.kind == EntityKind::Function;
        let remarks = if gives_rows {
            "A function: gives rows, and is a table, too"
        } else {
            "An action: changes data, and gives no rows"
        };
        rows.push([
            scope.catalog.as_deref().into(),
            (&*scope.naming.spelled(entity.schema)).into(),
            (&*scope.naming.spelled(entity.name)).into(),
            u32::try_from(entity.arguments().len()).unwrap_or(u32::MAX).into(),
            Datum::Number(0),
            Datum::Number(gives_rows.into()),
            remarks.into(),
            PROCEDURE.into(),
        ]);
    }
    rows
}

const COLUMNS: &[Field] = &[
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

/// A parameter of a procedure, or a column of its rows.
struct Described<'a> {
    name: &'a str,
    facts: Facts,
    /// SQL_PARAM_INPUT or SQL_RESULT_COL.
    column_type: i16,
    nullable: bool,
    remarks: Option<&'static str>,
    position: u32,
}

/// The parameters of the procedures that match, in the order of the call, each followed by the columns of the rows that it
/// gives.
#[must_use]
pub fn columns(scope: &Scope<'_>, arguments: &Arguments) -> Rows {
    const RESULT_COLUMN: i16 = 3;
    let mut rows = Rows::new(COLUMNS);
    let column = scope.pattern(arguments.column.clone());
    let Some((scope, found)) = arguments.find(scope) else { return rows };
    for entity in found {
        let arguments = entity.arguments();
        let given = arguments.iter().zip(1..).map(|(argument, position)| parameter(&scope, entity, argument, position));
        let read = entity.columns.iter().zip(1..).map(|(column, position)| Described {
            name: column.name,
            facts: Facts::of_column(column, column.sql_type(scope.settings), scope.naming),
            column_type: RESULT_COLUMN,
            nullable: !column.key,
            remarks: None,
            position,
        });
        let read = read.filter(|_| entity.kind == EntityKind::Function);
        for described in given.chain(read).filter(|one| column.matches(one.name)) {
            push(&mut rows, &scope, entity, &described);
        }
    }
    rows
}

fn parameter(scope: &Scope<'_>, entity: &Entity, argument: &Argument, position: u32) -> Described<'static> {
    const PARAMETER_INPUT: i16 = 1;
    let column = argument.column.and_then(|index| entity.columns.get(index));
    let facts = match column {
        Some(column) => Facts::of_column(column, column.sql_type(scope.settings), scope.naming),
        // As SQLDescribeParam describes its marker.
        None => Facts::of(SqlType::VarChar { length: LONGEST_VARCHAR }, scope.naming),
    };
    Described {
        name: argument.name,
        facts,
        column_type: PARAMETER_INPUT,
        nullable: !argument.required,
        remarks: column.is_none().then_some("Rows as JSON: an array of objects"),
        position,
    }
}

fn push(rows: &mut Rows, scope: &Scope<'_>, entity: &Entity, described: &Described<'_>) {
    let facts = &described.facts;
    let (verbose, sub_code) = sql_type::verbose(facts.row.code);
    rows.push([
        scope.catalog.as_deref().into(),
        (&*scope.naming.spelled(entity.schema)).into(),
        (&*scope.naming.spelled(entity.name)).into(),
        (&*scope.naming.spelled(described.name)).into(),
        described.column_type.into(),
        type_code(facts.row.code, scope.odbc2).into(),
        facts.row.name.into(),
        facts.size.into(),
        facts.octets.into(),
        facts.digits.into(),
        facts.row.radix.into(),
        if described.nullable { NULLABLE } else { NO_NULLS }.into(),
        described.remarks.into(),
        Datum::Null,
        verbose.into(),
        (sub_code != 0).then_some(sub_code).into(),
        if facts.is_variable() { facts.octets.into() } else { Datum::Null },
        described.position.into(),
        if described.nullable { "YES" } else { "NO" }.into(),
    ]);
}
