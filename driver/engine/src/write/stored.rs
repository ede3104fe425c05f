//! Rows as the service stores them after a change, for RETURNING: the answer to a PUT is empty (fact sheet 6.7).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;
use exact_client::model::mandatory;
use exact_client::writer::{Change, answered, key_of};
use exact_client::{ReadRequest, Result, Session, read};
use futures::TryStreamExt;

/// So many keys a URL holds beside all columns of the widest table.
const KEYS: usize = 20;

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
            let Some(request) = request(division, some) else { continue };
            let entity = request.entity;
            let batches: Vec<RecordBatch> = read(session, request).try_collect().await?;
            let rows = batches.iter().flat_map(|batch| (0..batch.num_rows()).map(|row| batch.slice(row, 1)));
            found.extend(rows.filter_map(|row| Some(((division, key_of(entity, &row)?), row))));
        }
    }
    Ok(found)
}

fn request(division: i32, changes: &[&Change]) -> Option<ReadRequest> {
    let entity = changes.first()?.entity;
    let [key] = entity.keys.as_slice() else { return None };
    let name = entity.columns.get(*key)?.name;
    let terms = changes.iter().filter_map(|change| Some(format!("{name} eq {}", change.key.as_ref()?)));
    let path = entity.regular()?;
    let filter = terms.collect::<Vec<_>>().join(" or ");
    let filter = match mandatory::condition(path, entity, &[*key]) {
        Some(more) => format!("({filter}) and {more}"),
        None => filter,
    };
    let request = ReadRequest::all(entity, path, division, answered(entity).collect());
    Some(ReadRequest { filter: Some(filter), ..request })
}
