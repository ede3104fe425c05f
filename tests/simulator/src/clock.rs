//! Time as the simulated service sees it: the machine's clock plus an offset that tests move.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01 UTC.
pub type Millis = i64;

pub const MINUTE: Millis = 60_000;
pub const HOUR: Millis = 60 * MINUTE;
pub const DAY: Millis = 24 * HOUR;

/// A clock that runs with the machine's, or stands still, and can be moved.
#[derive(Debug, Default)]
pub struct Clock {
    offset: AtomicI64,
    /// The moment at which the clock stands; 0 while it runs.
    frozen_at: AtomicI64,
}

impl Clock {
    pub fn now(&self) -> Millis {
        match self.frozen_at.load(Ordering::SeqCst) {
            0 => machine_now() + self.offset.load(Ordering::SeqCst),
            frozen => frozen,
        }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let millis = Millis::try_from(by.as_millis()).unwrap_or(Millis::MAX);
        self.set(self.now().saturating_add(millis));
    }

    /// Puts the clock at a moment; it goes on standing or running as it did.
    pub fn set(&self, now: Millis) {
        self.offset.store(now.saturating_sub(machine_now()), Ordering::SeqCst);
        if self.frozen_at.load(Ordering::SeqCst) != 0 {
            self.frozen_at.store(now, Ordering::SeqCst);
        }
    }

    /// Lets the clock stand still, or run again from where it stands.
    pub fn freeze(&self, frozen: bool) {
        let now = self.now();
        self.frozen_at.store(if frozen { now } else { 0 }, Ordering::SeqCst);
        if !frozen {
            self.set(now);
        }
    }
}

fn machine_now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}
