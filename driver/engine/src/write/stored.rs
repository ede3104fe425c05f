//! Rows as the service stores them, by their keys: after a change for RETURNING, since the answer to a PUT is empty (fact sheet
//! 6.7), and before a new row that brings its key along.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::record_batch::RecordBatch;
use exact_client::model::{Entity, mandatory};
use exact_client::odata::literal;
use exact_client::writer::{Change, answered, key_of};
use exact_client::{ReadRequest, Result, Session, read};
use futures::TryStreamExt;

/// So many keys a URL holds beside all columns of the widest table.
const KEYS: usize = 20;

/// So many beside the key alone; their rows are one page.
pub const KEYS_ALONE: usize = 60;

/// The rows of these changes, which are all of one table, by division and key. What is not there is missing.
pub async fn rows<'a>(
    session: &Arc<Session>,
    changes: impl Iterator<Item = &'a Change>,
) -> Result<HashMap<(i32, String), RecordBatch>> {
    let mut wanted: BTreeMap<i32, Vec<&Change>> = BTreeMap::new();
    changes.for_each(|change| wanted.entry(change.division).or_default().push(change));
    let mut found = HashMap::new();
    for (division, changes) in wanted {
        for some in changes.chunks(KEYS) {
            let Some(entity) = some.first().map(|change| change.entity) else { continue };
            let keys = some.iter().filter_map(|change| change.key.clone());
            let Some(request) = request(entity, division, keys, answered(entity).collect()) else { continue };
            let batches: Vec<RecordBatch> = read(session, request).try_collect().await?;
            let rows = batches.iter().flat_map(|batch| (0..batch.num_rows()).map(|row| batch.slice(row, 1)));
            found.extend(rows.filter_map(|row| Some(((division, key_of(entity, &row)?), row))));
        }
    }
    Ok(found)
}

/// Those of these guids that are keys of rows.
pub async fn present(
    session: &Arc<Session>,
    entity: &'static Entity,
    division: i32,
    guids: &[&str],
) -> Result<HashSet<String>> {
    let mut found = HashSet::new();
    for some in guids.chunks(KEYS_ALONE) {
        let keys = some.iter().map(|guid| literal::guid(guid));
        let Some(request) = request(entity, division, keys, entity.keys.clone()) else { continue };
        let batches: Vec<RecordBatch> = read(session, request).try_collect().await?;
        let columns = batches.iter().filter_map(|batch| batch.columns().first()?.as_string_opt::<i32>());
        found.extend(columns.flat_map(|column| column.iter().flatten().map(str::to_string)));
    }
    Ok(found)
}

/// The read of the rows of these keys, each as it stands between the parentheses of `Entity(..)`.
fn request(
    entity: &'static Entity,
    division: i32,
    keys: impl Iterator<Item = String>,
    columns: Vec<usize>,
) -> Option<ReadRequest> {
    let [key] = entity.keys.as_slice() else { return None };
    let name = entity.columns.get(*key)?.name;
    let path = entity.regular()?;
    let filter = keys.map(|key| format!("{name} eq {key}")).collect::<Vec<_>>().join(" or ");
    let filter = match mandatory::condition(path, entity, &[*key]) {
        Some(more) => format!("({filter}) and {more}"),
        None => filter,
    };
    let request = ReadRequest::all(entity, path, division, columns);
    Some(ReadRequest { filter: Some(filter), ..request })
}
