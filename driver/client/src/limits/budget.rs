//! The budget of an app in a division, and how processes share it, as they stand in the ledger.

use std::time::Duration;

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::requests;
use super::windows::{Permit, Window, Windows};

/// Whose calls are counted together: an app, and one of its divisions or [`TOKENS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    /// Site and client id.
    pub(super) app: String,
    pub(super) division: i32,
}

/// Stands for the token endpoint, which is no division's.
pub(super) const TOKENS: i32 = -1;
/// Calls to the token endpoint that an app may make for a user on a day (fact sheet 2.8).
const TOKEN_CALLS: u32 = 200;

/// How long a process counts as active after its last call.
const ACTIVE_MS: i64 = 5_000;
/// Pause of a process that has had its share while others have not had theirs.
const HAD_ITS_SHARE: Duration = Duration::from_secs(1);

/// The windows of this owner, as the last call has left them.
pub(super) fn load(tx: &Transaction<'_>, owner: &Owner) -> rusqlite::Result<Windows> {
    let fresh = if owner.division == TOKENS { Windows::of_a_day(TOKEN_CALLS) } else { Windows::default() };
    let mut statement = tx.prepare(
        "SELECT minute_limit, minute_counted, minute_ends, minute_reset, day_limit, day_counted, day_ends, day_reset
         FROM windows WHERE app = ? AND division = ?",
    )?;
    let stored = statement.query_row(params![owner.app, owner.division], |row| {
        let window = |first: usize, fresh: Window| {
            Ok::<_, rusqlite::Error>(Window {
                limit: row.get::<_, Option<u32>>(first)?.or(fresh.limit),
                counted: row.get(first + 1)?,
                ends_ms: row.get(first + 2)?,
                reset_ms: row.get(first + 3)?,
                ..fresh
            })
        };
        Ok(Windows { minute: window(0, fresh.minute)?, day: window(4, fresh.day)? })
    });
    Ok(stored.optional()?.unwrap_or(fresh))
}

pub(super) fn save(tx: &Transaction<'_>, owner: &Owner, windows: &Windows) -> rusqlite::Result<()> {
    let Windows { minute, day } = windows;
    tx.execute(
        "INSERT OR REPLACE INTO windows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            owner.app,
            owner.division,
            minute.limit,
            minute.counted,
            minute.ends_ms,
            minute.reset_ms,
            day.limit,
            day.counted,
            day.ends_ms,
            day.reset_ms
        ],
    )?;
    Ok(())
}

/// Whether this process may send a call now; what the service allows, shared fairly with the other processes.
pub(super) fn permit(
    tx: &Transaction<'_>,
    owner: &Owner,
    process: u32,
    now_ms: i64,
    reserve: u32,
) -> rusqlite::Result<Permit> {
    let mut windows = load(tx, owner)?;
    let under_way = requests::under_way(tx, owner, now_ms)?;
    let permit = windows.permit(now_ms, reserve, under_way);
    save(tx, owner, &windows)?;
    share(tx, owner, process, now_ms, &windows.minute, under_way, permit)
}

/// Holds a process back that has had its share of the minute, as long as others that are active may want theirs.
fn share(
    tx: &Transaction<'_>,
    owner: &Owner,
    process: u32,
    now_ms: i64,
    minute: &Window,
    under_way: u32,
    permit: Permit,
) -> rusqlite::Result<Permit> {
    let (Some(limit), Some(room)) = (minute.limit, minute.room(under_way)) else { return Ok(permit) };
    let window = minute.reset_ms.unwrap_or(minute.ends_ms);
    let mut statement = tx.prepare(
        "SELECT process, CASE WHEN window = ?3 THEN taken ELSE 0 END FROM shares
         WHERE app = ?1 AND division = ?2 AND (process = ?4 OR active_until > ?5)",
    )?;
    let known = params![owner.app, owner.division, window, process, now_ms];
    let taken = statement.query_map(known, |row| Ok((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?)))?;
    let taken = taken.collect::<rusqlite::Result<Vec<_>>>()?;
    let own = taken.iter().find(|(one, _)| *one == process).map_or(0, |(_, taken)| *taken);
    let others = || taken.iter().filter(|(one, _)| *one != process).map(|(_, taken)| *taken);
    let share = (limit / (1 + u32::try_from(others().count()).unwrap_or(limit))).max(1);
    let kept: u32 = others().map(|taken| share.saturating_sub(taken)).sum();
    let permit = match permit {
        Permit::Granted if own >= share && room <= kept => Permit::Wait(HAD_ITS_SHARE),
        other => other,
    };
    let (taken, active_until) = match permit {
        Permit::Granted => (own + 1, now_ms + ACTIVE_MS),
        Permit::Wait(wait) => (own, now_ms + i64::try_from(wait.as_millis()).unwrap_or(0) + ACTIVE_MS),
        Permit::DaySpent(_) => return Ok(permit),
    };
    tx.execute(
        "INSERT OR REPLACE INTO shares VALUES (?, ?, ?, ?, ?, ?)",
        params![owner.app, owner.division, process, window, taken, active_until],
    )?;
    Ok(permit)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::limits::ledger::SCHEMA;
    use crate::limits::requests::Request;

    const NOON: i64 = 1_700_006_400_000;

    struct Ledger(Connection, Owner);

    impl Ledger {
        fn new() -> Self {
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch(SCHEMA).unwrap();
            Self(connection, Owner { app: "app".into(), division: 1 })
        }

        /// One call of a process, answered at once without a word on the limits.
        fn call(&mut self, process: u32, now_ms: i64) -> Permit {
            let tx = self.0.transaction().unwrap();
            let permit = permit(&tx, &self.1, process, now_ms, 0).unwrap();
            if permit == Permit::Granted {
                let mut windows = load(&tx, &self.1).unwrap();
                windows.settle(now_ms, None);
                save(&tx, &self.1, &windows).unwrap();
            }
            tx.commit().unwrap();
            permit
        }

        fn calls(&mut self, process: u32, now_ms: i64) -> u32 {
            (0..).take_while(|_| self.call(process, now_ms) == Permit::Granted).count().try_into().unwrap()
        }
    }

    #[test]
    fn one_process_has_the_whole_minute() {
        assert_eq!(Ledger::new().calls(1, NOON), 60);
    }

    #[test]
    fn processes_that_wait_have_their_share_of_the_next_minute() {
        let mut ledger = Ledger::new();
        assert_eq!(ledger.calls(1, NOON), 60);
        assert!(matches!(ledger.call(2, NOON + 1_000), Permit::Wait(_)));
        assert!(matches!(ledger.call(3, NOON + 1_000), Permit::Wait(_)));
        let next = NOON + 60_300;
        assert_eq!(ledger.calls(1, next), 20, "a third, however early it comes");
        assert_eq!(ledger.calls(2, next), 20);
        assert_eq!(ledger.calls(3, next), 20);
    }

    #[test]
    fn what_others_do_not_want_is_not_kept_for_them() {
        let mut ledger = Ledger::new();
        assert_eq!(ledger.call(2, NOON), Permit::Granted);
        assert_eq!(ledger.calls(1, NOON), 30);
        assert_eq!(
            ledger.calls(1, NOON + 6_000),
            29,
            "the other one has been idle for longer than it counts as active"
        );
    }

    #[test]
    fn a_call_under_way_takes_its_place_until_it_is_lost() {
        let mut ledger = Ledger::new();
        let request = Request { method: "GET", endpoint: "e", process: 1, lost_after: Duration::from_secs(65) };
        for _ in 0..60 {
            let tx = ledger.0.transaction().unwrap();
            requests::begin(&tx, &ledger.1, &request, NOON).unwrap();
            tx.commit().unwrap();
        }
        assert!(matches!(ledger.call(1, NOON + 1), Permit::Wait(_)));
        assert!(matches!(ledger.call(1, NOON + 61_000), Permit::Wait(_)), "they may count in the next minute");
        assert_eq!(ledger.call(1, NOON + 66_000), Permit::Granted, "whoever sent them was killed");
    }

    #[test]
    fn tokens_are_counted_for_the_day() {
        let mut ledger = Ledger::new();
        ledger.1.division = TOKENS;
        assert_eq!(ledger.calls(1, NOON), 200);
        assert!(matches!(ledger.call(1, NOON), Permit::DaySpent(_)));
    }
}
