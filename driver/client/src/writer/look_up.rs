//! What became of a new row whose answer was lost: it is looked for by what was sent, before anybody repeats it.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use futures::TryStreamExt;
use serde_json::Value;

use super::{Change, answered};
use crate::error::Result;
use crate::model::{Column, EdmType, model};
use crate::odata::literal;
use crate::reader::{ReadRequest, read};
use crate::transport::Session;

/// How far the clocks of the service's machines may be apart.
const SKEW_MS: i64 = 2_000;

/// Longest condition: the URL has to hold the columns too.
const LONGEST_FILTER: usize = 2_000;

/// What was found.
#[derive(Debug)]
pub enum LookedUp {
    /// The only row that was made since then and holds what was sent, in the columns of [`answered`].
    Made(RecordBatch),
    /// There is none yet.
    Nothing,
    /// Several, or nothing can be told.
    Unclear,
}

/// Looks for the row that `change` was to make. `left_ms` is when it left, in milliseconds since 1970; `known` are the keys
/// of rows that are known to be others.
///
/// Rows are told apart by when they were made, on the clock of the service, which `current/Me` tells and which is not counted
/// (fact sheet 1.5, 6.4).
pub async fn look_up(session: &Arc<Session>, change: &Change, left_ms: i64, known: &[String]) -> Result<LookedUp> {
    let Some(ahead_ms) = ahead(session).await? else { return Ok(LookedUp::Unclear) };
    let Some(request) = question(change, left_ms + ahead_ms - SKEW_MS) else { return Ok(LookedUp::Unclear) };
    let key = change.entity.keys.first().copied();
    let place = answered(change.entity).position(|column| Some(column) == key);
    let batches: Vec<RecordBatch> = read(session, request).try_collect().await?;
    let mut made = Vec::new();
    for batch in &batches {
        let keys = place.and_then(|place| batch.column(place).as_string_opt::<i32>());
        let is_known = |row: usize| keys.is_some_and(|keys| known.iter().any(|key| key == keys.value(row)));
        made.extend((0..batch.num_rows()).filter(|row| !is_known(*row)).map(|row| batch.slice(row, 1)));
    }
    Ok(match (made.pop(), made.is_empty()) {
        (None, _) => LookedUp::Nothing,
        (Some(row), true) => LookedUp::Made(row),
        (Some(_), false) => LookedUp::Unclear,
    })
}

/// By how much the clock in the service's dates is ahead of ours, in milliseconds; none where it does not say.
async fn ahead(session: &Arc<Session>) -> Result<Option<i64>> {
    let Some(entity) = model().find(Some("current"), "Me") else { return Ok(None) };
    let (Some(path), Some((column, _))) = (entity.default_path(), entity.column("ServerTime")) else { return Ok(None) };
    let (filter, order_by, top, key) = (None, None, None, None);
    let request = ReadRequest {
        entity,
        path,
        division: 0,
        columns: vec![column],
        filter,
        order_by,
        top,
        parameters: Vec::new(),
        key,
    };
    let now_ms = session.identity.clock.now_ms();
    let batches: Vec<RecordBatch> = read(session, request).try_collect().await?;
    let first =
        batches.iter().find(|batch| batch.num_rows() > 0).and_then(|batch| batch.column(0).as_string_opt::<i32>());
    let told = first.filter(|column| column.is_valid(0)).and_then(|column| literal::milliseconds(column.value(0)));
    Ok(told.map(|told| told - now_ms))
}

/// The read of rows that were made since `since_ms` and hold what was sent; none where rows do not say when they were made.
fn question(change: &Change, since_ms: i64) -> Option<ReadRequest> {
    let entity = change.entity;
    let (_, created) = entity.column("Created")?;
    let mut filter = format!("{} ge {}", created.name, literal::datetime(since_ms));
    for (name, value) in &change.body {
        let Some((_, column)) = entity.column(name).filter(|(_, column)| !column.key && !column.padded_left) else {
            continue;
        };
        if let Some(literal) = comparable(column, value) {
            let term = format!(" and {name} eq {literal}");
            if filter.len() + term.len() <= LONGEST_FILTER {
                filter.push_str(&term);
            }
        }
    }
    Some(ReadRequest {
        entity,
        path: change.path().ok()?,
        division: change.division,
        columns: answered(entity).collect(),
        filter: Some(filter),
        order_by: None,
        top: None,
        parameters: Vec::new(),
        key: None,
    })
}

/// The literal of a value that the service keeps as it was sent: numbers may be rounded, long text may be cut.
fn comparable(column: &Column, value: &Value) -> Option<String> {
    const SHORT: usize = 60;
    Some(match (column.edm, value) {
        (EdmType::String, Value::String(text)) if text.len() <= SHORT && !text.is_empty() => literal::string(text),
        (EdmType::Guid, Value::String(text)) => literal::guid(text),
        (EdmType::Int16 | EdmType::Int32 | EdmType::Byte, Value::Number(number)) => number.to_string(),
        (EdmType::Boolean, Value::Bool(truth)) => literal::boolean(*truth),
        _ => return None,
    })
}
