//! What the ledger tells: what is left of a budget, and the last requests.

use rusqlite::{Row, Transaction, params};

use super::budget::{self, Owner, TOKENS};
use super::windows::Windows;
use super::{Limits, NO_DIVISION, guard, requests};

/// What is left of a division's budget, as far as it is known. Times are milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Calls of a minute; `None` where there is no such limit.
    pub minute_limit: Option<u32>,
    pub minute_left: Option<u32>,
    pub minute_ends_ms: i64,
    /// Calls of a day; `None` until the service has told.
    pub day_limit: Option<u32>,
    pub day_left: Option<u32>,
    pub day_ends_ms: i64,
}

impl Allowance {
    fn of(mut windows: Windows, under_way: u32, now_ms: i64) -> Self {
        windows.minute.roll(now_ms);
        windows.day.roll(now_ms);
        let Windows { minute, day } = windows;
        Self {
            minute_limit: minute.limit,
            minute_left: minute.room(under_way),
            minute_ends_ms: minute.ends_ms,
            day_limit: day.limit,
            day_left: day.room(under_way),
            day_ends_ms: day.ends_ms,
        }
    }

    /// Minutes until the last of so many calls can be sent, nobody else calling: 0 where this minute has room for all.
    pub fn minutes(&self, calls: u64) -> u64 {
        let Some(limit) = self.minute_limit.filter(|limit| *limit > 0) else { return 0 };
        calls.saturating_sub(self.minute_left.unwrap_or(limit).into()).div_ceil(limit.into())
    }

    /// Whether the day has room for so many calls beside a reserve.
    pub fn has_room(&self, calls: u64, reserve: u32) -> bool {
        self.day_left.is_none_or(|left| calls + u64::from(reserve) <= u64::from(left))
    }
}

/// The budget of a division, or of the token endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetRow {
    /// `None`: the token endpoint.
    pub division: Option<i32>,
    pub allowance: Allowance,
    pub under_way: u32,
    /// Answers of the last hour that count as errors.
    pub errors: u32,
}

/// One of the last requests. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRow {
    pub id: i64,
    pub division: Option<i32>,
    pub process: u32,
    pub method: String,
    pub endpoint: String,
    pub begun_ms: i64,
    /// `None`: under way, or ended with its process.
    pub ended_ms: Option<i64>,
    pub status: Option<u16>,
    pub rows: Option<i64>,
    pub bytes: Option<i64>,
    pub error: Option<String>,
}

impl Limits {
    /// What is left for a division.
    pub(crate) fn allowance(&self, division: i32) -> Allowance {
        let (owner, now_ms) = (self.owner(Some(division)), self.clock.now_ms());
        let found = self.ledger.read(|tx| Ok((budget::load(tx, &owner)?, requests::under_way(tx, &owner, now_ms)?)));
        let (windows, under_way) = found.unwrap_or_default();
        Allowance::of(windows, under_way, now_ms)
    }

    /// What is left for every division that was called, and for the token endpoint.
    pub(crate) fn budgets(&self) -> Vec<BudgetRow> {
        let now_ms = self.clock.now_ms();
        self.ledger.read(|tx| budgets(tx, &self.app, now_ms)).unwrap_or_default()
    }

    /// The last requests of this app, the latest first.
    pub(crate) fn requests(&self) -> Vec<RequestRow> {
        self.ledger.read(|tx| last_requests(tx, &self.app)).unwrap_or_default()
    }
}

fn budgets(tx: &Transaction<'_>, app: &str, now_ms: i64) -> rusqlite::Result<Vec<BudgetRow>> {
    let mut statement = tx.prepare("SELECT division FROM windows WHERE app = ? ORDER BY division")?;
    let divisions = statement.query_map([app], |row| row.get::<_, i32>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    let row = |division| {
        let owner = Owner { app: app.to_owned(), division };
        let under_way = requests::under_way(tx, &owner, now_ms)?;
        let allowance = Allowance::of(budget::load(tx, &owner)?, under_way, now_ms);
        let errors = guard::all_errors(tx, &owner, now_ms)?;
        Ok(BudgetRow { division: (division != TOKENS).then_some(division), allowance, under_way, errors })
    };
    divisions.into_iter().map(row).collect()
}

fn last_requests(tx: &Transaction<'_>, app: &str) -> rusqlite::Result<Vec<RequestRow>> {
    let mut statement = tx.prepare(
        "SELECT id, division, process, method, endpoint, begun, ended, status, row_count, bytes, error
         FROM requests WHERE app = ? ORDER BY id DESC",
    )?;
    let rows = statement.query_map(params![app], request)?;
    rows.collect()
}

fn request(row: &Row<'_>) -> rusqlite::Result<RequestRow> {
    let division: i32 = row.get(1)?;
    Ok(RequestRow {
        id: row.get(0)?,
        division: (division != TOKENS && division != NO_DIVISION).then_some(division),
        process: row.get(2)?,
        method: row.get(3)?,
        endpoint: row.get(4)?,
        begun_ms: row.get(5)?,
        ended_ms: row.get(6)?,
        status: row.get(7)?,
        rows: row.get(8)?,
        bytes: row.get(9)?,
        error: row.get(10)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_those_after_this_one() {
        let allowance = Allowance {
            minute_limit: Some(60),
            minute_left: Some(10),
            minute_ends_ms: 0,
            day_limit: Some(5_000),
            day_left: Some(100),
            day_ends_ms: 0,
        };
        assert_eq!([0, 10, 11, 70, 71].map(|calls| allowance.minutes(calls)), [0, 0, 1, 1, 2]);
        assert_eq!(
            [(100, 0), (100, 1), (101, 0)].map(|(calls, kept)| allowance.has_room(calls, kept)),
            [true, false, false]
        );
        let unknown = Allowance { minute_limit: None, minute_left: None, day_left: None, ..allowance };
        assert_eq!((unknown.minutes(1_000), unknown.has_room(1_000, 5)), (0, true));
    }
}
