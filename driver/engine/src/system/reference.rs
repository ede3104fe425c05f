//! What can be read, as far as the model knows: tables and columns, with what a condition or an order on them costs.

use exact_client::model::{AccessPath, Column, Entity, EntityKind, FilterRule, Origin, model};

use super::table::{Table, Value};

const ROWS: u32 = 1_000;

pub fn tables(table: &mut Table) {
    for entity in model().entities() {
        let size = |path: Option<&AccessPath>| path.and_then(|path| path.page_size);
        let any_of = entity.paths.iter().find(|path| !path.mandatory_any_of.is_empty());
        let mandatory = any_of.map(|path| names(entity, path.mandatory_any_of.iter().copied(), " or "));
        let arguments = entity.parameters.iter().map(|parameter| parameter.column);
        let has_arguments = !entity.parameters.is_empty();
        table.push([
            entity.schema.into(),
            entity.name.into(),
            kind(entity).into(),
            entity.preferred.into(),
            entity.is_listed().into(),
            entity.methods.get.into(),
            entity.methods.post.into(),
            entity.methods.put.into(),
            entity.methods.delete.into(),
            entity.in_division.into(),
            size(entity.regular()).into(),
            size(entity.bulk()).into(),
            size(entity.sync()).into(),
            calls(entity, |_| true).into(),
            mandatory.into(),
            has_arguments.then(|| names(entity, arguments, ", ")).into(),
            Some(entity.scope).filter(|scope| !scope.is_empty()).into(),
            entity.historic.into(),
        ]);
    }
}

pub fn columns(table: &mut Table) {
    for entity in model().entities() {
        for (index, column) in entity.columns.iter().enumerate() {
            let mandatory = entity.paths.iter().any(|path| path.mandatory_any_of.contains(&index));
            let served = |path: &AccessPath| path.columns.get(index).copied().unwrap_or(false);
            let position = Value::Number(i64::try_from(index + 1).unwrap_or(i64::MAX));
            table.push([
                entity.schema.into(),
                entity.name.into(),
                column.name.into(),
                position,
                column.edm.name().into(),
                column.max_length.into(),
                column.key.into(),
                entity.default_path().is_some_and(|path| filters(path, index, column)).into(),
                entity.bulk().is_some_and(|path| filters(path, index, column)).into(),
                (entity.paths.iter().any(|path| path.orderable) && column.origin == Origin::Service).into(),
                mandatory.into(),
                column.parameter.is_some().into(),
                column.mandatory_on_post.into(),
                column.post.into(),
                column.put.into(),
                column.is_yes_no().into(),
                calls(entity, served).into(),
            ]);
        }
    }
}

fn kind(entity: &Entity) -> &'static str {
    match entity.kind {
        EntityKind::Table => "table",
        EntityKind::Function => "function",
        EntityKind::Action => "action",
        EntityKind::System => "system",
    }
}

fn names(entity: &Entity, columns: impl Iterator<Item = usize>, joint: &str) -> String {
    let names: Vec<&str> = columns.filter_map(|index| entity.columns.get(index)).map(|column| column.name).collect();
    names.join(joint)
}

/// Whether the service takes a condition on a column over this path. The driver's own columns cost nothing.
fn filters(path: &AccessPath, index: usize, column: &Column) -> bool {
    match &path.filter {
        _ if column.origin != Origin::Service => true,
        FilterRule::Any => true,
        FilterRule::Only(columns) => columns.contains(&index),
        FilterRule::Timestamp(timestamp) => *timestamp == index,
        FilterRule::None => false,
    }
}

/// Calls for a thousand rows over the path with the largest pages that serves.
fn calls(entity: &Entity, serves: impl Fn(&AccessPath) -> bool) -> Option<u32> {
    let sizes = entity.paths.iter().filter(|path| serves(path)).filter_map(|path| path.page_size);
    sizes.max().filter(|size| *size > 0).map(|size| ROWS.div_ceil(size))
}
