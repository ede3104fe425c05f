//! What became of a PUT or a DELETE whose answer was lost: its row is read again by its key.

use std::sync::Arc;

use arrow::array::RecordBatch;
use futures::TryStreamExt;

use super::look_up::{LookedUp, holds, is_same};
use super::{Change, Verb};
use crate::error::Result;
use crate::reader::read;
use crate::transport::Session;

/// Reads the row and compares it with what was sent. `refused`: the service said that it did not make the change, so that
/// a row which held the same values before tells nothing.
pub(super) async fn settle(session: &Arc<Session>, change: &Change, refused: bool) -> Result<LookedUp> {
    let is_told = change.verb == Verb::Delete || change.body.keys().all(|name| change.entity.column(name).is_some());
    let key = change.key.as_deref().filter(|_| is_told && change.entity.keys.len() == 1);
    let Some(key) = key.filter(|_| !refused || makes_a_difference(change)) else { return Ok(LookedUp::Unclear) };
    let row = row(session, change, key).await?;
    Ok(match (change.verb, row) {
        (Verb::Delete, None) => LookedUp::Made(None),
        (Verb::Delete, Some(_)) => LookedUp::Nothing,
        (_, Some(row)) if holds(change, &row) => LookedUp::Made(None),
        (_, Some(_)) => LookedUp::Nothing,
        (_, None) => LookedUp::Unclear,
    })
}

/// Whether the row as it was before is known to have held something else.
fn makes_a_difference(change: &Change) -> bool {
    let differs = |(name, sent): (&String, _)| {
        let column = change.entity.column(name).map(|(_, column)| column);
        let before = change.before.get(name);
        column.zip(before).is_some_and(|(column, before)| !is_same(column, sent, before))
    };
    change.verb == Verb::Delete || change.body.iter().any(differs)
}

/// The row with this key, as it stands between the parentheses of `Entity(..)`. It is asked for by a filter, which finds
/// nothing where an address would count as an error (fact sheet 7.4).
pub(super) async fn row(session: &Arc<Session>, change: &Change, key: &str) -> Result<Option<RecordBatch>> {
    let [place] = change.entity.keys.as_slice() else { return Ok(None) };
    let Some(column) = change.entity.columns.get(*place) else { return Ok(None) };
    let request = change.rows_where(format!("{} eq {key}", column.name), &[*place])?;
    let batches: Vec<RecordBatch> = read(session, request).try_collect().await?;
    Ok(batches.into_iter().find(|batch| batch.num_rows() == 1))
}
