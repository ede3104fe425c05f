//! The last requests, as they stand in the ledger: what is under way, and what became of the others.

use std::time::Duration;

use rusqlite::{Transaction, params};

use super::budget::Owner;

/// Requests that the ledger keeps.
const KEPT: i64 = 1_000;

/// A request that is about to be sent.
#[derive(Clone, Debug)]
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    /// Path below the site, without division, key or query.
    pub(super) endpoint: &'a str,
    pub(super) process: u32,
    /// A request without an end after so long was ended with its process.
    pub(super) lost_after: Duration,
}

/// What became of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome<'a> {
    pub(super) status: Option<u16>,
    pub(super) rows: Option<u64>,
    pub(super) bytes: Option<u64>,
    pub(super) error: Option<&'a str>,
}

/// Enters a request; gives its number.
pub(super) fn begin(tx: &Transaction<'_>, owner: &Owner, request: &Request<'_>, now_ms: i64) -> rusqlite::Result<i64> {
    let lost_at = now_ms + i64::try_from(request.lost_after.as_millis()).unwrap_or(0);
    tx.execute(
        "INSERT INTO requests (app, division, process, method, endpoint, begun, lost_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![owner.app, owner.division, request.process, request.method, request.endpoint, now_ms, lost_at],
    )?;
    let id = tx.last_insert_rowid();
    tx.execute("DELETE FROM requests WHERE id <= ?", [id - KEPT])?;
    Ok(id)
}

/// Enters the end of a request.
pub(super) fn end(tx: &Transaction<'_>, id: i64, outcome: &Outcome<'_>, now_ms: i64) -> rusqlite::Result<()> {
    let number = |number: Option<u64>| number.and_then(|number| i64::try_from(number).ok());
    tx.execute(
        "UPDATE requests SET ended = ?, status = ?, row_count = ?, bytes = ?, error = ? WHERE id = ?",
        params![now_ms, outcome.status, number(outcome.rows), number(outcome.bytes), outcome.error, id],
    )?;
    Ok(())
}

/// Takes back a request that was not sent.
pub(super) fn remove(tx: &Transaction<'_>, id: i64) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM requests WHERE id = ?", [id])?;
    Ok(())
}

/// Requests that the service may still have to count.
pub(super) fn under_way(tx: &Transaction<'_>, owner: &Owner, now_ms: i64) -> rusqlite::Result<u32> {
    let mut statement =
        tx.prepare("SELECT count(*) FROM requests WHERE app = ? AND division = ? AND ended IS NULL AND lost_at > ?")?;
    statement.query_row(params![owner.app, owner.division, now_ms], |row| row.get(0))
}
