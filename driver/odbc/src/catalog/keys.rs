//! SQLPrimaryKeys, SQLForeignKeys and SQLStatistics.

use exact_engine::model::{Column, Entity, Relation, model};

use super::Scope;
use super::rows::{Datum, Field, Kind, NAME, Rows, field, required};

const PRIMARY: &[Field] = &[
    field("TABLE_CAT", NAME),
    field("TABLE_SCHEM", NAME),
    required("TABLE_NAME", NAME),
    required("COLUMN_NAME", NAME),
    required("KEY_SEQ", Kind::Short),
    field("PK_NAME", NAME),
];

/// The columns that identify a row: of sync entities the row's id, of all others the documented key.
pub fn key_columns(entity: &Entity) -> impl Iterator<Item = &Column> {
    let keys = match &entity.row_id {
        Some(row_id) => std::slice::from_ref(row_id),
        None => entity.keys.as_slice(),
    };
    keys.iter().filter_map(|index| entity.columns.get(*index))
}

fn key_name(scope: &Scope<'_>, entity: &Entity) -> String {
    format!("PK_{}", scope.naming.spelled(entity.name))
}

/// SQLPrimaryKeys of a table.
#[must_use]
pub fn primary(scope: &Scope<'_>, entity: Option<&Entity>) -> Rows {
    let mut rows = Rows::new(PRIMARY);
    let Some(entity) = entity else { return rows };
    let name = key_name(scope, entity);
    for (column, position) in key_columns(entity).zip(1_i16..) {
        rows.push([
            scope.catalog.as_deref().into(),
            (&*scope.naming.spelled(entity.schema)).into(),
            (&*scope.naming.spelled(entity.name)).into(),
            (&*scope.naming.spelled(column.name)).into(),
            position.into(),
            name.as_str().into(),
        ]);
    }
    rows
}

const FOREIGN: &[Field] = &[
    field("PKTABLE_CAT", NAME),
    field("PKTABLE_SCHEM", NAME),
    required("PKTABLE_NAME", NAME),
    required("PKCOLUMN_NAME", NAME),
    field("FKTABLE_CAT", NAME),
    field("FKTABLE_SCHEM", NAME),
    required("FKTABLE_NAME", NAME),
    required("FKCOLUMN_NAME", NAME),
    required("KEY_SEQ", Kind::Short),
    field("UPDATE_RULE", Kind::Short),
    field("DELETE_RULE", Kind::Short),
    field("FK_NAME", NAME),
    field("PK_NAME", NAME),
    field("DEFERRABILITY", Kind::Short),
];

/// SQLForeignKeys: the keys of `foreign` that point at others, those of others that point at `primary`, or
/// those between the two. An inner `None` is a table that does not exist.
#[must_use]
pub fn foreign(scope: &Scope<'_>, primary: Option<Option<&Entity>>, foreign: Option<Option<&Entity>>) -> Rows {
    let mut rows = Rows::new(FOREIGN);
    let relations: &[Relation] = match (primary, foreign) {
        _ if !scope.settings.enable_foreign_key_detection => &[],
        (_, Some(Some(from))) => model().relations_from(from),
        (Some(Some(to)), None) => model().relations_to(to),
        _ => &[],
    };
    let mut found: Vec<Link> = relations
        .iter()
        .filter(|relation| relation.strong)
        .filter(|relation| primary.flatten().is_none_or(|to| to.index == relation.to))
        .filter_map(|relation| link(scope, relation))
        .collect();
    // By the other table, as the specification orders them.
    found.sort_by_key(|one| match foreign {
        Some(_) => (one.to.schema, one.to.name, one.from_column.name),
        None => (one.from.schema, one.from.name, one.from_column.name),
    });
    for one in &found {
        push_foreign(&mut rows, scope, one);
    }
    rows
}

/// A relation whose tables are both listed and which points at a key.
struct Link {
    from: &'static Entity,
    from_column: &'static Column,
    to: &'static Entity,
    to_column: &'static Column,
}

fn link(scope: &Scope<'_>, relation: &Relation) -> Option<Link> {
    let from = model().entity(relation.from)?;
    let to = model().entity(relation.to)?;
    let is_key = to.keys.as_slice() == [relation.to_column];
    let listed = |entity: &Entity| scope.entity(Some(entity.schema), entity.name).is_some();
    (is_key && listed(from) && listed(to)).then_some(Link {
        from,
        from_column: from.columns.get(relation.from_column)?,
        to,
        to_column: to.columns.get(relation.to_column)?,
    })
}

fn push_foreign(rows: &mut Rows, scope: &Scope<'_>, one: &Link) {
    const NO_ACTION: i16 = 3;
    const NOT_DEFERRABLE: i16 = 7;
    let spelled = |name| scope.naming.spelled(name);
    let foreign_name = format!("FK_{}_{}", spelled(one.from.name), spelled(one.from_column.name));
    let primary_name = key_name(scope, one.to);
    let catalog = scope.catalog.as_deref();
    rows.push([
        catalog.into(),
        (&*spelled(one.to.schema)).into(),
        (&*spelled(one.to.name)).into(),
        (&*spelled(one.to_column.name)).into(),
        catalog.into(),
        (&*spelled(one.from.schema)).into(),
        (&*spelled(one.from.name)).into(),
        (&*spelled(one.from_column.name)).into(),
        1_i16.into(),
        NO_ACTION.into(),
        NO_ACTION.into(),
        foreign_name.as_str().into(),
        primary_name.as_str().into(),
        NOT_DEFERRABLE.into(),
    ]);
}

const STATISTICS: &[Field] = &[
    field("TABLE_CAT", NAME),
    field("TABLE_SCHEM", NAME),
    required("TABLE_NAME", NAME),
    field("NON_UNIQUE", Kind::Short),
    field("INDEX_QUALIFIER", NAME),
    field("INDEX_NAME", NAME),
    required("TYPE", Kind::Short),
    Field { odbc2: Some("SEQ_IN_INDEX"), ..field("ORDINAL_POSITION", Kind::Short) },
    field("COLUMN_NAME", NAME),
    field("ASC_OR_DESC", Kind::Text(1)),
    field("CARDINALITY", Kind::Int),
    field("PAGES", Kind::Int),
    field("FILTER_CONDITION", NAME),
];

/// SQLStatistics: the unique index that the key of each table is.
#[must_use]
pub fn statistics(scope: &Scope<'_>, entity: Option<&Entity>) -> Rows {
    const UNIQUE: i16 = 0;
    const OTHER_INDEX: i16 = 3;
    let mut rows = Rows::new(STATISTICS);
    let Some(entity) = entity else { return rows };
    let name = key_name(scope, entity);
    for (column, position) in key_columns(entity).zip(1_i16..) {
        rows.push([
            scope.catalog.as_deref().into(),
            (&*scope.naming.spelled(entity.schema)).into(),
            (&*scope.naming.spelled(entity.name)).into(),
            UNIQUE.into(),
            Datum::Null,
            name.as_str().into(),
            OTHER_INDEX.into(),
            position.into(),
            (&*scope.naming.spelled(column.name)).into(),
            "A".into(),
            Datum::Null,
            Datum::Null,
            Datum::Null,
        ]);
    }
    rows
}
