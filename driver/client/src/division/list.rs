//! The divisions that the user may open: read at sign-in, kept beside it, and read again when they have grown old
//! (fact sheet 1.7).

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int32Type;
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};

use super::ENTITIES;
use crate::error::{Error, Result};
use crate::model::model;
use crate::reader::{self, ReadRequest};
use crate::transport::Session;

/// The name under which the list is kept beside the sign-in.
const KEPT_AS: &str = "divisions";
/// A list older than this is read again before all divisions are read: one that was added since must not be missed.
const LIFE_MS: i64 = 24 * 60 * 60 * 1000;

/// A division that the user may open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Division {
    pub code: i32,
    pub name: String,
}

/// The list as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    read_ms: i64,
    divisions: Vec<Division>,
}

/// The list that is kept, however old, ordered by code. Makes no call; empty if there is none.
pub fn known(session: &Session) -> Vec<Division> {
    kept(session).map(|kept| kept.divisions).unwrap_or_default()
}

/// All divisions that the user may open: those kept, unless they are older than a day. If they cannot be read again
/// the old list serves.
pub async fn all(session: &Arc<Session>) -> Result<Vec<Division>> {
    let now_ms = session.identity.clock.now_ms();
    match kept(session) {
        Some(kept) if (kept.read_ms..kept.read_ms.saturating_add(LIFE_MS)).contains(&now_ms) => Ok(kept.divisions),
        Some(kept) => refresh(session).await.or_else(|error| {
            tracing::warn!(target: "exact::division", %error, "the list of divisions could not be read again");
            Ok(kept.divisions)
        }),
        None => refresh(session).await,
    }
}

/// Reads the list from the service and keeps it: a call for every 60 divisions. `system/Divisions` has those of an
/// accountant's clients too; where it is denied, `hrm/Divisions` has those of the user's own licence.
pub async fn refresh(session: &Arc<Session>) -> Result<Vec<Division>> {
    let [full, fallback, ..] = ENTITIES;
    let divisions = match read(session, full).await {
        Err(Error::Denied { .. }) => read(session, fallback).await?,
        other => other?,
    };
    remember(session, divisions)
}

/// Keeps a list that was read otherwise. Names that it lacks stay as they were known.
pub fn remember(session: &Session, mut divisions: Vec<Division>) -> Result<Vec<Division>> {
    divisions.sort_by_key(|division| division.code);
    divisions.dedup_by_key(|division| division.code);
    let before = known(session);
    for division in divisions.iter_mut().filter(|division| division.name.is_empty()) {
        if let Some(known) = before.iter().find(|known| known.code == division.code) {
            division.name.clone_from(&known.name);
        }
    }
    let kept = Kept { read_ms: session.identity.clock.now_ms(), divisions };
    let text = serde_json::to_vec(&kept).map_err(|error| Error::Internal { what: error.to_string() })?;
    session.identity.broker.store().keep(KEPT_AS, &text)?;
    tracing::info!(target: "exact::division", divisions = kept.divisions.len(), "list of divisions stored");
    Ok(kept.divisions)
}

/// A damaged list is as good as none: it can be read again.
fn kept(session: &Session) -> Option<Kept> {
    serde_json::from_slice(&session.identity.broker.store().kept(KEPT_AS)?).ok()
}

async fn read(session: &Arc<Session>, (schema, name): (&str, &str)) -> Result<Vec<Division>> {
    let pages = reader::read(session, request(session, schema, name)?);
    let add = |mut all: Vec<Division>, page: RecordBatch| async move {
        all.extend(rows(&page));
        Ok(all)
    };
    pages.try_fold(Vec::new(), add).await
}

fn request(session: &Session, schema: &str, name: &str) -> Result<ReadRequest> {
    let missing = || Error::Internal { what: format!("the model lacks {schema}.{name}") };
    let entity = model().find(Some(schema), name).ok_or_else(missing)?;
    let columns = ["Code", "Description"].iter().filter_map(|column| entity.column(column).map(|(index, _)| index));
    let path = entity.default_path().ok_or_else(missing)?;
    Ok(ReadRequest::all(entity, path, session.division(), columns.collect()))
}

/// The divisions of a page of one of the lists, as far as it has their codes.
pub fn rows(page: &RecordBatch) -> Vec<Division> {
    let column = |name: &str| {
        let place = page.schema_ref().fields().iter().position(|field| field.name().eq_ignore_ascii_case(name));
        place.and_then(|place| page.columns().get(place))
    };
    let Some(codes) = column("Code").and_then(|codes| codes.as_primitive_opt::<Int32Type>()) else {
        return Vec::new();
    };
    let names = column("Description").and_then(|names| names.as_string_opt::<i32>());
    let name = |row: usize| names.filter(|names| names.is_valid(row)).map(|names| names.value(row)).unwrap_or_default();
    let filled = codes.iter().enumerate();
    filled.filter_map(|(row, code)| code.map(|code| Division { code, name: name(row).to_owned() })).collect()
}
