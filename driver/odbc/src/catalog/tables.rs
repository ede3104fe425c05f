//! SQLTables.

use exact_engine::model::{Entity, EntityKind};

use super::Scope;
use super::rows::{Datum, Field, NAME, REMARKS, Rows, field};

const LAYOUT: &[Field] = &[
    field("TABLE_CAT", NAME),
    field("TABLE_SCHEM", NAME),
    field("TABLE_NAME", NAME),
    field("TABLE_TYPE", NAME),
    field("REMARKS", REMARKS),
];

/// The only type of table there is.
const TABLE: &str = "TABLE";
const ALL: &str = "%";
/// The table of one row that the property IncludeDualTable brings.
const DUAL: &str = "DUAL";

/// The arguments of SQLTables; `None` is a null pointer.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    pub catalog: Option<String>,
    pub schema: Option<String>,
    pub table: Option<String>,
    pub kinds: Option<String>,
}

/// The tables that match, or one of the three special lists: catalogs, schemas, types.
#[must_use]
pub fn rows(scope: &Scope<'_>, arguments: Arguments) -> Rows {
    let is = |argument: &Option<String>, value: &str| argument.as_deref() == Some(value);
    let (catalog, schema, table) = (&arguments.catalog, &arguments.schema, &arguments.table);
    if is(catalog, ALL) && is(schema, "") && is(table, "") {
        return catalogs(scope);
    }
    if is(schema, ALL) && is(catalog, "") && is(table, "") {
        return schemas(scope);
    }
    if is(&arguments.kinds, ALL) && is(catalog, "") && is(schema, "") && is(table, "") {
        return kinds();
    }
    matching(scope, arguments)
}

fn catalogs(scope: &Scope<'_>) -> Rows {
    let mut rows = Rows::new(LAYOUT);
    if scope.catalog.is_some() {
        for catalog in (scope.catalogs)() {
            rows.push([catalog.as_str().into(), Datum::Null, Datum::Null, Datum::Null, Datum::Null]);
        }
    }
    rows
}

fn schemas(scope: &Scope<'_>) -> Rows {
    let mut schemas: Vec<&str> = scope.entities().map(|entity| entity.schema).collect();
    schemas.sort_unstable();
    schemas.dedup();
    let mut rows = Rows::new(LAYOUT);
    for schema in schemas {
        rows.push([Datum::Null, (&*scope.naming.spelled(schema)).into(), Datum::Null, Datum::Null, Datum::Null]);
    }
    rows
}

fn kinds() -> Rows {
    let mut rows = Rows::new(LAYOUT);
    rows.push([Datum::Null, Datum::Null, Datum::Null, TABLE.into(), Datum::Null]);
    rows
}

fn matching(scope: &Scope<'_>, arguments: Arguments) -> Rows {
    let mut rows = Rows::new(LAYOUT);
    let wants_tables = wants_tables(arguments.kinds.as_deref());
    // Only here the catalog is a pattern; ODBC 2 has it as a name.
    let catalog = if scope.odbc2 { scope.name(arguments.catalog) } else { scope.pattern(arguments.catalog) };
    let (schema, table) = (scope.pattern(arguments.schema), scope.pattern(arguments.table));
    let Some(scope) = scope.within(&catalog).filter(|_| wants_tables) else { return rows };
    if scope.settings.include_dual_table && schema.matches("") && table.matches(DUAL) {
        rows.push([scope.catalog.as_deref().into(), Datum::Null, DUAL.into(), TABLE.into(), Datum::Null]);
    }
    let mut found: Vec<&Entity> =
        scope.entities().filter(|one| schema.matches(one.schema) && table.matches(one.name)).collect();
    found.sort_by_key(|entity| (entity.schema, entity.name));
    for entity in found {
        let remarks = remarks(entity);
        rows.push([
            scope.catalog.as_deref().into(),
            (&*scope.naming.spelled(entity.schema)).into(),
            (&*scope.naming.spelled(entity.name)).into(),
            TABLE.into(),
            remarks.as_deref().into(),
        ]);
    }
    rows
}

/// A list of types: comma-separated, quoted or not, `%` or nothing for all.
fn wants_tables(kinds: Option<&str>) -> bool {
    let Some(kinds) = kinds.map(str::trim).filter(|kinds| !kinds.is_empty() && *kinds != ALL) else {
        return true;
    };
    kinds.split(',').any(|kind| kind.trim().trim_matches('\'').eq_ignore_ascii_case(TABLE))
}

fn remarks(entity: &Entity) -> Option<String> {
    if entity.kind != EntityKind::Function {
        return None;
    }
    let needed: Vec<&str> =
        entity.parameters.iter().filter(|parameter| parameter.required).map(|parameter| parameter.name).collect();
    Some(match needed.as_slice() {
        [] => "A function; its arguments are columns and none must be given".to_owned(),
        names => format!("A function; give its arguments as conditions: {}", names.join(", ")),
    })
}
