//! Which of an entity's access paths serves a read with the fewest calls (fact sheet 4.3).

use exact_client::model::{AccessKind, AccessPath, Entity, FilterRule};

/// What a read asks of a path.
#[derive(Debug)]
pub struct Need<'a> {
    /// Columns that must be delivered, as indices of the entity's columns.
    pub columns: &'a [usize],
    /// Columns that the pushed conditions name.
    pub filter_columns: &'a [usize],
    /// Rows after which reading stops.
    pub limit: Option<usize>,
}

/// The path with the fewest calls among those that can do what is needed. On a tie the regular one: it is the
/// service's best-known form. `None` where the entity cannot be read at all.
pub fn choose<'a>(entity: &'a Entity, need: &Need) -> Option<&'a AccessPath> {
    entity
        .paths
        .iter()
        .filter(|path| serves(path, need))
        .min_by_key(|path| (calls(path, need.limit), path.kind != AccessKind::Regular))
        .or_else(|| entity.paths.first())
}

/// The path that counts the rows, or any other if none does.
pub fn countable<'a>(entity: &'a Entity, need: &Need) -> Option<&'a AccessPath> {
    entity.paths.iter().find(|path| path.countable && serves(path, need)).or_else(|| choose(entity, need))
}

fn serves(path: &AccessPath, need: &Need) -> bool {
    let delivered = |index: &usize| path.columns.get(*index).copied().unwrap_or(false);
    need.columns.iter().all(delivered) && allows(&path.filter, need.filter_columns)
}

/// Whether `$filter` may name all of these columns.
pub fn allows(rule: &FilterRule, columns: &[usize]) -> bool {
    match rule {
        FilterRule::Any => true,
        FilterRule::Only(allowed) => columns.iter().all(|column| allowed.contains(column)),
        FilterRule::Timestamp(_) | FilterRule::None => columns.is_empty(),
    }
}

/// Calls for the rows that are wanted, relative to the other paths: all of an unknown number, or a limited number.
fn calls(path: &AccessPath, limit: Option<usize>) -> usize {
    const MANY_ROWS: usize = 1_000_000;
    let page = path.page_size.map_or(60, |size| size as usize).max(1);
    limit.unwrap_or(MANY_ROWS).max(1).div_ceil(page)
}
