//! What became of a new row whose answer was lost: it is looked for by what was sent, before anybody repeats it.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::TimestampMillisecondType;
use futures::TryStreamExt;
use serde_json::Value;

use super::{Change, answered, key_of, settle, value};
use crate::error::Result;
use crate::model::{Column, EdmType, Entity, model};
use crate::odata::literal;
use crate::reader::{ReadRequest, read};
use crate::transport::Session;

/// How far the clocks of the service's machines may be apart.
const SKEW_MS: i64 = 2_000;

/// Longest condition: the URL has to hold the columns too.
const LONGEST_FILTER: usize = 2_000;

/// By how much an amount may have been rounded.
const ROUNDED: f64 = 0.005;

/// What was found.
#[derive(Debug)]
pub enum LookedUp {
    /// The change was made. Of a new row: the only one that this user has made since then and that holds all that was
    /// sent, in the columns of [`answered`].
    Made(Option<RecordBatch>),
    /// It was not made so far.
    Nothing,
    /// Several, or nothing can be told.
    Unclear,
}

/// Looks for the row that `change` was to make. `left_ms` is when it left, in milliseconds since 1970; `known` are the keys
/// of rows that are known to be others.
///
/// Rows are told apart by when they were made, on the clock of the service, which `current/Me` tells and which is not counted
/// (fact sheet 1.5, 6.4).
pub(super) async fn look_up(
    session: &Arc<Session>,
    change: &Change,
    left_ms: i64,
    known: &[String],
) -> Result<LookedUp> {
    let own = by_its_key(session, change, known).await?;
    if own.is_none() && !is_telling(change) {
        return Ok(LookedUp::Unclear);
    }
    let Some((ahead_ms, user)) = me(session).await? else { return Ok(LookedUp::Unclear) };
    let since_ms = left_ms + ahead_ms - SKEW_MS;
    if let Some(row) = own {
        // A row that was there before has the key that the application gave to another: the service refuses that one.
        return Ok(match created(change.entity, &row) {
            Some(created_ms) if created_ms < since_ms => LookedUp::Nothing,
            _ => LookedUp::Made(Some(row)),
        });
    }
    let Some(request) = question(change, since_ms) else { return Ok(LookedUp::Unclear) };
    let batches: Vec<RecordBatch> = read(session, request).try_collect().await?;
    let rows = batches.iter().flat_map(|batch| (0..batch.num_rows()).map(|row| batch.slice(row, 1)));
    let is_own = |row: &RecordBatch| {
        let other = key_of(change.entity, row).is_none_or(|key| known.contains(&key));
        !other && holds(change, row) && is_by(change.entity, row, &user)
    };
    let mut made: Vec<RecordBatch> = rows.filter(is_own).collect();
    Ok(match (made.pop(), made.is_empty()) {
        (None, _) => LookedUp::Nothing,
        (Some(row), true) => LookedUp::Made(Some(row)),
        (Some(_), false) => LookedUp::Unclear,
    })
}

/// The row under the key that was sent with it, for a service that keeps such keys; none where that is of a row which is
/// known to be another. Lines are not compared: a document comes with them or not at all.
async fn by_its_key(session: &Arc<Session>, change: &Change, known: &[String]) -> Result<Option<RecordBatch>> {
    let [place] = change.entity.keys.as_slice() else { return Ok(None) };
    let column = change.entity.columns.get(*place).filter(|column| column.edm == EdmType::Guid);
    let Some(key) = column.and_then(|column| change.body.get(column.name)?.as_str()) else { return Ok(None) };
    let key = literal::guid(key);
    if known.contains(&key) {
        return Ok(None);
    }
    let row = settle::row(session, change, &key).await?;
    let is_column = |name: &&String| change.entity.column(name).is_some();
    Ok(row.filter(|row| change.body.keys().filter(is_column).all(|name| is_held(change, name, row))))
}

/// Whether what was sent can tell its row from others: lines cannot be compared, and yes or no says little.
fn is_telling(change: &Change) -> bool {
    let told = |name: &String| change.entity.column(name).map(|(_, column)| column);
    let says = |column: &Column| !column.key && !matches!(column.edm, EdmType::Boolean | EdmType::Byte);
    change.body.keys().all(|name| told(name).is_some()) && change.body.keys().filter_map(told).any(says)
}

/// Whether the row holds all that was sent. Its key may be the service's own.
pub(super) fn holds(change: &Change, row: &RecordBatch) -> bool {
    change.body.keys().all(|name| is_held(change, name, row))
}

fn is_held(change: &Change, name: &str, row: &RecordBatch) -> bool {
    let (Some(sent), Some((_, column))) = (change.body.get(name), change.entity.column(name)) else { return false };
    column.key || stored(change.entity, name, row).is_some_and(|stored| is_same(column, sent, &stored))
}

fn is_by(entity: &Entity, row: &RecordBatch, user: &str) -> bool {
    let creator = || stored(entity, "Creator", row);
    entity.column("Creator").is_none()
        || creator().is_some_and(|by| by.as_str().is_some_and(|by| by.eq_ignore_ascii_case(user)))
}

/// When the row was made, in milliseconds on the clock of the service.
fn created(entity: &Entity, row: &RecordBatch) -> Option<i64> {
    let (index, _) = entity.column("Created")?;
    let place = answered(entity).position(|answered| answered == index)?;
    let moments = row.column(place).as_primitive_opt::<TimestampMillisecondType>()?;
    moments.is_valid(0).then(|| moments.value(0))
}

fn stored(entity: &Entity, name: &str, row: &RecordBatch) -> Option<Value> {
    let (index, column) = entity.column(name)?;
    let place = answered(entity).position(|answered| answered == index)?;
    value::json(entity.name, column, row.column(place).as_ref(), 0).ok()
}

pub(super) fn is_same(column: &Column, sent: &Value, stored: &Value) -> bool {
    match (column.edm, sent, stored) {
        (EdmType::Guid, Value::String(sent), Value::String(stored)) => sent.eq_ignore_ascii_case(stored),
        (_, Value::String(sent), Value::String(stored)) => sent.trim() == stored.trim(),
        (EdmType::Double, Value::Number(sent), Value::Number(stored)) => {
            let (Some(sent), Some(stored)) = (sent.as_f64(), stored.as_f64()) else { return false };
            (sent - stored).abs() <= ROUNDED
        }
        // The service knows no difference between no text and an empty one.
        (EdmType::String, Value::Null, Value::String(empty)) | (EdmType::String, Value::String(empty), Value::Null) => {
            empty.is_empty()
        }
        _ => sent == stored,
    }
}

/// By how much the clock in the service's dates is ahead of ours, in milliseconds, and who we are; none where it does not
/// say.
async fn me(session: &Arc<Session>) -> Result<Option<(i64, String)>> {
    let Some(entity) = model().find(Some("current"), "Me") else { return Ok(None) };
    let (Some(path), Some((time, _)), Some((user, _))) =
        (entity.default_path(), entity.column("ServerTime"), entity.column("UserID"))
    else {
        return Ok(None);
    };
    let (filter, order_by, top, key) = (None, None, None, None);
    let request = ReadRequest {
        entity,
        path,
        division: 0,
        columns: vec![time, user],
        filter,
        order_by,
        top,
        parameters: Vec::new(),
        key,
    };
    let batches: Vec<RecordBatch> = read(session, request).try_collect().await?;
    // When the answer is here: the time that it took makes the service's clock seem slow, never fast, so that no row is
    // taken for one of before.
    let now_ms = session.identity.clock.now_ms();
    let first = batches.iter().find(|batch| batch.num_rows() > 0);
    let text = |place: usize| {
        let column = first?.column(place).as_string_opt::<i32>()?;
        column.is_valid(0).then(|| column.value(0))
    };
    let told = text(0).and_then(literal::milliseconds);
    Ok(told.zip(text(1)).map(|(told, user)| (told - now_ms, user.to_owned())))
}

/// The read of rows that were made since `since_ms` and hold what was sent; none where rows do not say when they were made.
fn question(change: &Change, since_ms: i64) -> Option<ReadRequest> {
    let entity = change.entity;
    let (place, created) = entity.column("Created")?;
    let mut used = vec![place];
    let mut filter = format!("{} ge {}", created.name, literal::datetime(since_ms));
    for (name, value) in &change.body {
        let told = entity.column(name).filter(|(_, column)| !column.key && !column.padded_left);
        let Some((place, column)) = told else { continue };
        if let Some(literal) = comparable(column, value) {
            let term = format!(" and {name} eq {literal}");
            if filter.len() + term.len() <= LONGEST_FILTER {
                filter.push_str(&term);
                used.push(place);
            }
        }
    }
    change.rows_where(filter, &used).ok()
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
