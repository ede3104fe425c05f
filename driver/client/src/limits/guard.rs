//! The error guard: what is known to fail is not sent, and the driver stops before the service does.
//!
//! More than ten errors an hour at one endpoint make the service block the app for an hour, and every further call
//! prolongs that (fact sheet 7.4). So errors are counted across processes, and refusals are remembered with their reason.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::budget::Owner;
use crate::error::DeniedBecause;

pub(super) const HOUR_MS: i64 = 3_600_000;
/// Errors of an hour after which the driver sends nothing more: two are left to programs that it does not know of.
pub(super) const MOST_ERRORS: u32 = 8;

/// What was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Construct<'a> {
    /// The whole division: the user or the app has no access to it.
    Division,
    /// The whole endpoint: the user or the app has no right to it.
    Endpoint,
    /// This very address.
    Address(&'a str),
    /// A feature of OData, by a name of the caller's.
    Feature(&'a str),
}

impl Construct<'_> {
    /// The endpoint under which it is remembered.
    fn place(self, endpoint: &str) -> &str {
        if self == Self::Division { "" } else { endpoint }
    }

    fn key(self) -> String {
        match self {
            Self::Division | Self::Endpoint => String::new(),
            Self::Address(address) => {
                let mut hasher = DefaultHasher::new();
                address.hash(&mut hasher);
                format!("address {:016x}", hasher.finish())
            }
            Self::Feature(name) => format!("feature {name}"),
        }
    }
}

/// A refusal that is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// Of a denial.
    pub(crate) because: Option<DeniedBecause>,
    /// The error's text as it was told.
    pub(crate) reason: String,
    pub(crate) at_ms: i64,
    pub(crate) until_ms: i64,
}

/// Until when nothing more may be sent to an endpoint, if that is so.
pub(super) fn stopped_until(
    tx: &Transaction<'_>,
    owner: &Owner,
    endpoint: &str,
    now_ms: i64,
) -> rusqlite::Result<Option<i64>> {
    // Once this one is an hour old, fewer than the most lie within the hour.
    let mut statement = tx.prepare(
        "SELECT at FROM errors WHERE app = ? AND division = ? AND endpoint = ? AND at > ? ORDER BY at DESC LIMIT 1 OFFSET ?",
    )?;
    let known = params![owner.app, owner.division, endpoint, now_ms - HOUR_MS, MOST_ERRORS - 1];
    let oldest: Option<i64> = statement.query_row(known, |row| row.get(0)).optional()?;
    Ok(oldest.map(|at| at + HOUR_MS))
}

/// Errors of an endpoint within the hour.
pub(super) fn errors(tx: &Transaction<'_>, owner: &Owner, endpoint: &str, now_ms: i64) -> rusqlite::Result<u32> {
    let mut statement =
        tx.prepare("SELECT count(*) FROM errors WHERE app = ? AND division = ? AND endpoint = ? AND at > ?")?;
    statement.query_row(params![owner.app, owner.division, endpoint, now_ms - HOUR_MS], |row| row.get(0))
}

/// Errors of a division within the hour.
pub(super) fn all_errors(tx: &Transaction<'_>, owner: &Owner, now_ms: i64) -> rusqlite::Result<u32> {
    let mut statement = tx.prepare("SELECT count(*) FROM errors WHERE app = ? AND division = ? AND at > ?")?;
    statement.query_row(params![owner.app, owner.division, now_ms - HOUR_MS], |row| row.get(0))
}

/// Counts an answer that the service counts as an error.
pub(super) fn count(
    tx: &Transaction<'_>,
    owner: &Owner,
    endpoint: &str,
    status: u16,
    now_ms: i64,
) -> rusqlite::Result<()> {
    if !matches!(status, 400 | 401 | 403 | 404) {
        return Ok(());
    }
    tx.execute("DELETE FROM errors WHERE at <= ?", [now_ms - HOUR_MS])?;
    tx.execute(
        "INSERT INTO errors VALUES (?, ?, ?, ?, ?)",
        params![owner.app, owner.division, endpoint, now_ms, status],
    )?;
    Ok(())
}

/// Remembers a refusal for an hour.
pub(super) fn remember(
    tx: &Transaction<'_>,
    owner: &Owner,
    endpoint: &str,
    construct: Construct<'_>,
    refusal: &Refusal,
) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM refusals WHERE until <= ?", [refusal.at_ms])?;
    tx.execute(
        "INSERT OR REPLACE INTO refusals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            owner.app,
            owner.division,
            construct.place(endpoint),
            construct.key(),
            refusal.status,
            refusal.because.map(number),
            refusal.reason,
            refusal.at_ms,
            refusal.until_ms
        ],
    )?;
    Ok(())
}

/// The refusal that is remembered of this construct.
pub(super) fn remembered(
    tx: &Transaction<'_>,
    owner: &Owner,
    endpoint: &str,
    construct: Construct<'_>,
    now_ms: i64,
) -> rusqlite::Result<Option<Refusal>> {
    let mut statement = tx.prepare(
        "SELECT status, because, reason, at, until FROM refusals
         WHERE app = ? AND division = ? AND endpoint = ? AND construct = ? AND until > ?",
    )?;
    let known = params![owner.app, owner.division, construct.place(endpoint), construct.key(), now_ms];
    let found = statement.query_row(known, |row| {
        Ok(Refusal {
            status: row.get(0)?,
            because: row.get::<_, Option<u8>>(1)?.map(denial),
            reason: row.get(2)?,
            at_ms: row.get(3)?,
            until_ms: row.get(4)?,
        })
    });
    found.optional()
}

fn number(because: DeniedBecause) -> u8 {
    match because {
        DeniedBecause::Scope => 1,
        DeniedBecause::Division => 2,
        DeniedBecause::Subscription => 3,
        DeniedBecause::Right => 4,
    }
}

fn denial(number: u8) -> DeniedBecause {
    match number {
        1 => DeniedBecause::Scope,
        2 => DeniedBecause::Division,
        3 => DeniedBecause::Subscription,
        _ => DeniedBecause::Right,
    }
}

/// Forgets what was refused to an app: it has signed in anew, perhaps with other rights.
pub(super) fn forget(tx: &Transaction<'_>, app: &str) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM refusals WHERE app = ?", [app])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::limits::ledger::SCHEMA;

    #[test]
    fn it_stops_before_the_service_does_and_goes_on_after_an_hour() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        let tx = connection.transaction().unwrap();
        let owner = Owner { app: "app".into(), division: 1 };
        for minute in 0..i64::from(MOST_ERRORS) {
            let now_ms = minute * 60_000;
            assert_eq!(stopped_until(&tx, &owner, "e", now_ms).unwrap(), None, "{minute}");
            count(&tx, &owner, "e", 400, now_ms).unwrap();
            count(&tx, &owner, "e", 500, now_ms).unwrap();
        }
        let now_ms = 10 * 60_000;
        assert_eq!(stopped_until(&tx, &owner, "e", now_ms).unwrap(), Some(HOUR_MS), "when the first is an hour old");
        assert_eq!(stopped_until(&tx, &owner, "other", now_ms).unwrap(), None);
        let elsewhere = Owner { division: 2, ..owner.clone() };
        assert_eq!(stopped_until(&tx, &elsewhere, "e", now_ms).unwrap(), None);
        assert_eq!(stopped_until(&tx, &owner, "e", HOUR_MS).unwrap(), None);
    }

    #[test]
    fn a_refusal_is_remembered_of_what_it_was_about() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        let tx = connection.transaction().unwrap();
        let owner = Owner { app: "app".into(), division: 1 };
        let refusal = Refusal {
            status: 400,
            because: Some(DeniedBecause::Division),
            reason: "no".into(),
            at_ms: 5,
            until_ms: 5 + HOUR_MS,
        };
        for construct in [Construct::Address("a?b"), Construct::Feature("search")] {
            remember(&tx, &owner, "e", construct, &refusal).unwrap();
            assert_eq!(remembered(&tx, &owner, "e", construct, 6).unwrap(), Some(refusal.clone()));
            assert_eq!(remembered(&tx, &owner, "e", construct, 5 + HOUR_MS).unwrap(), None);
        }
        for other in [Construct::Division, Construct::Endpoint, Construct::Address("a?c")] {
            assert_eq!(remembered(&tx, &owner, "e", other, 6).unwrap(), None);
        }
        forget(&tx, "app").unwrap();
        assert_eq!(remembered(&tx, &owner, "e", Construct::Address("a?b"), 6).unwrap(), None);
    }
}
