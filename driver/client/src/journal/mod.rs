//! The journal of writes: what was sent to change the books, by whom, and what became of it (product section 7).
//!
//! A change is written down and synced the moment before it is sent ([`Journal::record_before`]), its outcome when it is known
//! ([`Journal::record_after`]). Whatever ends the process in between leaves a change that is marked as sent: nobody but
//! the service knows whether it was made. A change that cannot be written down must not be sent.

mod file;
mod undo;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::{OptionalExtension as _, Row, TransactionBehavior, params};
use serde_json::{Map, Value};

use crate::error::Result;
use crate::settings::{self, StoreLocation};
use crate::transport::Clock;
use file::File;

pub use undo::{Revert, revert, reverted_by};

const DAY_MS: i64 = 86_400_000;

/// Bytes of an answer that are kept.
const MOST_ANSWER: usize = 64 << 10;

/// How long the key of a new row is known that an application may hold under another.
const KEY_DAYS: i64 = 3_650;

/// A change that is about to be sent.
#[derive(Clone, Debug)]
pub struct Intent<'a> {
    /// Tells the statements of a connection apart.
    pub statement: u64,
    pub sql: &'a str,
    pub division: Option<i32>,
    /// `schema.Name` of the entity.
    pub table: String,
    /// POST, PUT or DELETE.
    pub method: &'a str,
    pub url: &'a str,
    /// JSON; empty where nothing is sent.
    pub body: String,
    /// The row, as it stands between the parentheses of `Entity(..)`; none for a new one.
    pub key: Option<&'a str>,
    /// The row before the change, as far as it was read, by the documented names of its columns.
    pub before: &'a Map<String, Value>,
}

/// What the service, or a gateway before it, has answered.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// As it came; of a long one the journal keeps the first 64 KiB.
    pub body: &'a [u8],
}

/// What became of a change.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// The service has made it. `answer`: where it said so itself; `key`: that of a new row, as it stands between the
    /// parentheses.
    Made { answer: Option<Answer<'a>>, key: Option<&'a str> },
    /// The service has refused it.
    Refused { answer: Answer<'a>, reason: &'a str },
    /// It never left, or the service turned it away unread.
    NotSent { reason: &'a str },
    /// It has left, and no answer came that tells.
    Unknown { answer: Option<Answer<'a>>, reason: &'a str },
}

impl Outcome<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Made { .. } => "made",
            Self::Refused { .. } => "refused",
            Self::NotSent { .. } => "not sent",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// A change in the journal whose outcome is to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    id: i64,
    /// Tells it from one with the same number in another file, if the file was replaced.
    at_ms: i64,
}

/// A change as the journal shows it. Times are milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeRow {
    pub id: i64,
    pub at_ms: i64,
    pub user: Option<String>,
    pub process: u32,
    pub connection: i64,
    pub statement: i64,
    pub sql: String,
    pub division: Option<i32>,
    pub table: String,
    pub method: String,
    pub url: String,
    pub body: String,
    /// As it stands between the parentheses of `Entity(..)`.
    pub key: Option<String>,
    /// A JSON object.
    pub before: Option<String>,
    /// The change that it takes back, if its statement says so: `/* undo 17 */ ..`.
    pub reverts: Option<i64>,
    /// `sent`: no outcome was recorded, which is for good once the process has ended. Else `made`, `refused`, `not sent`
    /// or `unknown`.
    pub outcome: String,
    pub ended_ms: Option<i64>,
    pub status: Option<u16>,
    pub error: Option<String>,
    /// The body of the answer to the last attempt, as it came.
    pub answer: Option<String>,
}

/// The journal, as one connection writes it.
#[derive(Debug)]
pub struct Journal {
    file: Arc<File>,
    clock: Arc<dyn Clock>,
    /// Root of the service's URLs: the changes of one service are not those of another.
    site: String,
    user: Option<String>,
    connection: u64,
    days: u32,
}

impl Journal {
    /// The journal of a connection, unless the settings do without: beside the store of the sign-in, or where the
    /// property names a file. Nothing is opened yet.
    pub(crate) fn of(
        settings: &settings::Settings,
        store: &StoreLocation,
        user: Option<String>,
        clock: Arc<dyn Clock>,
    ) -> Option<Self> {
        static CONNECTIONS: AtomicU64 = AtomicU64::new(1);
        let settings::Journal::Kept { days, at } = &settings.journal else { return None };
        let connection = CONNECTIONS.fetch_add(1, Ordering::Relaxed);
        let (file, site) = (File::of(at.as_deref(), store), settings.base_url.clone());
        Some(Self { file, clock, site, user, connection, days: *days })
    }

    /// Writes a change down before it is sent. When this returns it outlasts the machine.
    ///
    /// # Errors
    /// [`Error::Journal`](crate::Error::Journal): it could not be written down and must not be sent.
    pub fn record_before(&self, intent: &Intent<'_>) -> Result<Entry> {
        let now_ms = self.clock.now_ms();
        let before = (!intent.before.is_empty()).then(|| Value::Object(intent.before.clone()).to_string());
        let written = self.file.with(|connection| {
            let keep_until = now_ms + i64::from(self.days) * DAY_MS;
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            tx.execute("DELETE FROM changes WHERE keep_until < ?", [now_ms])?;
            tx.execute("DELETE FROM replaced_keys WHERE at < ?", [now_ms - KEY_DAYS * DAY_MS])?;
            tx.execute(
                "INSERT INTO changes (site, at, keep_until, user, process, connection, statement, sql, division, entity, method,
                 url, body, key, before, reverts, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'sent')",
                params![
                    self.site,
                    now_ms,
                    keep_until,
                    self.user,
                    std::process::id(),
                    self.connection.cast_signed(),
                    intent.statement.cast_signed(),
                    intent.sql,
                    intent.division,
                    intent.table,
                    intent.method,
                    intent.url,
                    intent.body,
                    intent.key,
                    before,
                    undo::reverts(intent.sql)
                ],
            )?;
            let entry = Entry { id: tx.last_insert_rowid(), at_ms: now_ms };
            tx.commit()?;
            Ok(entry)
        });
        written.map_err(|error| self.file.error(&error))
    }

    /// Writes down that a change leaves once more. False: its entry is not there, since the file was replaced.
    ///
    /// # Errors
    /// As [`Journal::record_before`].
    pub fn record_again(&self, entry: Entry) -> Result<bool> {
        self.update(entry, "sent", None, Ended::default()).map_err(|error| self.file.error(&error))
    }

    /// Enters what became of it; false where its entry is not there, since the file was replaced. That this cannot be
    /// written is no reason to call the change failed: it goes to the log, and the journal says `sent`.
    pub fn record_after(&self, entry: Entry, outcome: &Outcome<'_>) -> bool {
        let ended = match *outcome {
            Outcome::Made { answer, key } => Ended { answer, key, reason: None },
            Outcome::Refused { answer, reason } => Ended { answer: Some(answer), key: None, reason: Some(reason) },
            Outcome::Unknown { answer, reason } => Ended { answer, key: None, reason: Some(reason) },
            Outcome::NotSent { reason } => Ended { reason: Some(reason), ..Ended::default() },
        };
        let now_ms = self.clock.now_ms();
        self.update(entry, outcome.name(), Some(now_ms), ended).unwrap_or_else(|error| {
            tracing::warn!(target: "exact::journal", %error, change = entry.id, outcome = outcome.name(),
                "the outcome of a change could not be written to the journal");
            true
        })
    }

    fn update(
        &self,
        entry: Entry,
        outcome: &str,
        ended_ms: Option<i64>,
        Ended { answer, key, reason }: Ended<'_>,
    ) -> rusqlite::Result<bool> {
        let (status, body) = (answer.map(|answer| answer.status), answer.map(|answer| kept(answer.body)));
        let updated = self.file.with(|connection| {
            connection.execute(
                "UPDATE changes SET outcome = ?, ended = ?, status = ?, error = ?, answer = ?, key = coalesce(?, key)
                 WHERE id = ? AND at = ? AND process = ?",
                params![outcome, ended_ms, status, reason, body, key, entry.id, entry.at_ms, std::process::id()],
            )
        })?;
        Ok(updated > 0)
    }

    /// Remembers which key the service gave to a row that the application knows by another; `division`: where that holds, 0
    /// for everywhere.
    ///
    /// # Errors
    /// [`Error::Journal`](crate::Error::Journal)
    pub fn learn_key(&self, given: &str, division: i32, kept: &str) -> Result<()> {
        let now_ms = self.clock.now_ms();
        let written = self.file.with(|connection| {
            connection.execute(
                "INSERT OR REPLACE INTO replaced_keys (site, given, division, kept, at) VALUES (?, ?, ?, ?, ?)",
                params![self.site, given, division, kept, now_ms],
            )
        });
        written.map(drop).map_err(|error| self.file.error(&error))
    }

    /// The key that the service gave to a row that was made with this one; `None` if it is not known to have given
    /// another.
    pub fn kept_key(&self, given: &str, division: i32) -> Option<String> {
        let asked = self.file.with_existing(|connection| {
            let mut statement =
                connection.prepare("SELECT kept FROM replaced_keys WHERE site = ? AND given = ? AND division = ?")?;
            statement.query_row(params![self.site, given, division], |row| row.get(0)).optional()
        });
        asked.unwrap_or_else(|error| {
            tracing::warn!(target: "exact::journal", %error, "the journal cannot be read");
            None
        })?
    }

    /// The changes of this service that are kept, the latest first.
    ///
    /// # Errors
    /// [`Error::Journal`](crate::Error::Journal): the file cannot be read.
    pub fn changes(&self) -> Result<Vec<ChangeRow>> {
        let now_ms = self.clock.now_ms();
        let read = self.file.with_existing(|connection| {
            let mut statement = connection.prepare(
                "SELECT id, at, user, process, connection, statement, sql, division, entity, method, url, body, key, before,
                 outcome, ended, status, error, reverts, answer FROM changes WHERE site = ? AND keep_until >= ? ORDER BY id DESC",
            )?;
            let rows = statement.query_map(params![self.site, now_ms], change)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        });
        read.map(Option::unwrap_or_default).map_err(|error| self.file.error(&error))
    }
}

/// What an outcome says beside its name.
#[derive(Clone, Copy, Debug, Default)]
struct Ended<'a> {
    answer: Option<Answer<'a>>,
    key: Option<&'a str>,
    reason: Option<&'a str>,
}

/// As much of an answer as is kept.
fn kept(body: &[u8]) -> String {
    match body.get(..MOST_ANSWER) {
        Some(first) if first.len() < body.len() => {
            format!("{} ... ({} bytes in all)", String::from_utf8_lossy(first), body.len())
        }
        _ => String::from_utf8_lossy(body).into_owned(),
    }
}

fn change(row: &Row<'_>) -> rusqlite::Result<ChangeRow> {
    Ok(ChangeRow {
        id: row.get(0)?,
        at_ms: row.get(1)?,
        user: row.get(2)?,
        process: row.get(3)?,
        connection: row.get(4)?,
        statement: row.get(5)?,
        sql: row.get(6)?,
        division: row.get(7)?,
        table: row.get(8)?,
        method: row.get(9)?,
        url: row.get(10)?,
        body: row.get(11)?,
        key: row.get(12)?,
        before: row.get(13)?,
        outcome: row.get(14)?,
        ended_ms: row.get(15)?,
        status: row.get(16)?,
        error: row.get(17)?,
        reverts: row.get(18)?,
        answer: row.get(19)?,
    })
}

#[cfg(test)]
mod tests;
