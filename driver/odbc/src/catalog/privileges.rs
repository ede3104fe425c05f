//! SQLTablePrivileges and SQLColumnPrivileges: what the endpoints take. The rights of the user, which may be fewer, are not
//! known before they are used (SQL_ACCESSIBLE_TABLES is "N").

use exact_engine::model::{Column, Entity};

use super::Scope;
use super::pattern::Pattern;
use super::rows::{Datum, Field, NAME, Rows, field, required};

const OF_TABLES: &[Field] = &[
    field("TABLE_CAT", NAME),
    field("TABLE_SCHEM", NAME),
    required("TABLE_NAME", NAME),
    field("GRANTOR", NAME),
    required("GRANTEE", NAME),
    required("PRIVILEGE", NAME),
    field("IS_GRANTABLE", NAME),
];

const OF_COLUMNS: &[Field] = &[
    field("TABLE_CAT", NAME),
    field("TABLE_SCHEM", NAME),
    required("TABLE_NAME", NAME),
    required("COLUMN_NAME", NAME),
    field("GRANTOR", NAME),
    required("GRANTEE", NAME),
    required("PRIVILEGE", NAME),
    field("IS_GRANTABLE", NAME),
];

/// Whoever signs in.
const GRANTEE: &str = "PUBLIC";
const NOT_GRANTABLE: &str = "NO";

/// The privileges on the tables that match, by table and privilege.
#[must_use]
pub fn of_tables(scope: &Scope<'_>, catalog: &Pattern, schema: &Pattern, table: &Pattern) -> Rows {
    let mut rows = Rows::new(OF_TABLES);
    let Some(scope) = scope.within(catalog) else { return rows };
    let mut found: Vec<&Entity> =
        scope.entities().filter(|one| schema.matches(one.schema) && table.matches(one.name)).collect();
    found.sort_by_key(|entity| (entity.schema, entity.name));
    for entity in found {
        for privilege in on_table(&scope, entity) {
            rows.push([
                scope.catalog.as_deref().into(),
                (&*scope.naming.spelled(entity.schema)).into(),
                (&*scope.naming.spelled(entity.name)).into(),
                Datum::Null,
                GRANTEE.into(),
                privilege.into(),
                NOT_GRANTABLE.into(),
            ]);
        }
    }
    rows
}

/// The privileges on the columns of one table that match, by column and privilege.
#[must_use]
pub fn of_columns(scope: &Scope<'_>, entity: Option<&Entity>, column: &Pattern) -> Rows {
    let mut rows = Rows::new(OF_COLUMNS);
    let Some(entity) = entity else { return rows };
    let mut found: Vec<&Column> = entity.columns.iter().filter(|one| column.matches(one.name)).collect();
    found.sort_by_key(|column| column.name);
    for column in found {
        for privilege in on_column(scope, entity, column) {
            rows.push([
                scope.catalog.as_deref().into(),
                (&*scope.naming.spelled(entity.schema)).into(),
                (&*scope.naming.spelled(entity.name)).into(),
                (&*scope.naming.spelled(column.name)).into(),
                Datum::Null,
                GRANTEE.into(),
                privilege.into(),
                NOT_GRANTABLE.into(),
            ]);
        }
    }
    rows
}

fn on_table(scope: &Scope<'_>, entity: &Entity) -> impl Iterator<Item = &'static str> {
    let (methods, writes) = (entity.methods, !scope.naming.read_only);
    named([
        ("DELETE", writes && methods.delete),
        ("INSERT", writes && methods.post),
        ("SELECT", methods.get),
        ("UPDATE", writes && methods.put),
    ])
}

fn on_column(scope: &Scope<'_>, entity: &Entity, column: &Column) -> impl Iterator<Item = &'static str> {
    let (methods, writes) = (entity.methods, !scope.naming.read_only);
    named([
        ("INSERT", writes && methods.post && column.post),
        ("SELECT", methods.get),
        ("UPDATE", writes && methods.put && column.put),
    ])
}

fn named<const N: usize>(privileges: [(&'static str, bool); N]) -> impl Iterator<Item = &'static str> {
    privileges.into_iter().filter(|(_, has)| *has).map(|(name, _)| name)
}
