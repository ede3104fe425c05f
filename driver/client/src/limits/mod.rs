//! The call budget: a minute's and a day's calls per app and division (fact sheet 7.1 to 7.3).
//!
//! The service's headers rule. Between two answers the calls sent are counted, so that no call leaves which the minute
//! window forbids.

mod headers;
mod windows;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use arrow::temporal_conversions::timestamp_ms_to_datetime;

pub use headers::RateHeaders;
pub use windows::Permit;
use windows::Windows;

use crate::error::{Error, Result};
use crate::transport::Clock;

/// What is added to a wait, for clocks that differ.
const MARGIN: Duration = Duration::from_millis(250);

/// The budget of one app in one division.
#[derive(Debug)]
pub struct Budget {
    division: i32,
    windows: Mutex<Windows>,
}

/// Whose calls are counted together.
type Owner = (String, String, i32);

impl Budget {
    fn new(division: i32) -> Self {
        Self { division, windows: Mutex::new(Windows::default()) }
    }

    /// The budget that all sessions of the process share for this site, client id and division.
    pub fn shared(base_url: &str, client_id: &str, division: i32) -> Arc<Self> {
        static BUDGETS: OnceLock<Mutex<HashMap<Owner, Arc<Budget>>>> = OnceLock::new();
        let mut budgets = lock(BUDGETS.get_or_init(Mutex::default));
        let owner = (base_url.to_owned(), client_id.to_owned(), division);
        Arc::clone(budgets.entry(owner).or_insert_with(|| Arc::new(Self::new(division))))
    }

    /// Waits until a call may be sent, and counts it. `reserve` calls of the day are left untouched.
    pub async fn acquire(&self, clock: &dyn Clock, reserve: u32) -> Result<()> {
        loop {
            let permit = lock(&self.windows).take(clock.now_ms(), reserve);
            match permit {
                Permit::Granted => return Ok(()),
                Permit::Wait(wait) => {
                    tracing::info!(target: "exact::limits", division = self.division, ms = wait.as_millis() as u64,
                        "waiting for the next minute: its calls are spent");
                    tokio::time::sleep(wait + MARGIN).await;
                }
                Permit::DaySpent(reset_ms) => return Err(self.day_spent(reset_ms, reserve)),
            }
        }
    }

    /// A call that was counted has ended, answered with these headers or not at all.
    pub fn settle(&self, clock: &dyn Clock, answer: Option<&RateHeaders>) {
        lock(&self.windows).settle(clock.now_ms(), answer);
    }

    /// What to do after status 429.
    pub fn refused(&self, clock: &dyn Clock, answer: &RateHeaders) -> Permit {
        lock(&self.windows).refused(clock.now_ms(), answer)
    }

    /// The error for a day without calls.
    pub fn day_spent(&self, reset_ms: i64, reserve: u32) -> Error {
        let until = timestamp_ms_to_datetime(reset_ms)
            .map_or_else(|| "midnight UTC".to_owned(), |moment| moment.format("%Y-%m-%d %H:%M:%S UTC").to_string());
        let kept = if reserve > 0 { format!(" ({reserve} are kept by BudgetReserve)") } else { String::new() };
        let text = format!(
            "the calls that Exact Online allows this app for division {} today are spent{kept}; new ones come at {until}",
            self.division
        );
        Error::BudgetSpent { status: 429, text }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
