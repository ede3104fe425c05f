//! The limits: calls per clock minute and UTC day, and errors per hour (fact sheet 7.1, 7.2, 7.4).

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::clock::{DAY, HOUR, MINUTE, Millis};
use crate::options::Switches;

/// Calls of one client id in one division.
#[derive(Clone, Copy, Default)]
struct Window {
    minute: i64,
    in_minute: u32,
    day: i64,
    in_day: u32,
}

/// What a counted call is told.
pub struct Verdict {
    pub headers: Vec<(String, String)>,
    pub is_refused: bool,
}

impl Verdict {
    /// A refusal with the headers of the limit that was tripped.
    fn refused(tripped: [(String, String); 3], other: &str, switches: &Switches) -> Verdict {
        let zeros = switches.other_limit_zeroed.then(|| headers(other, 0, 0, 0));
        Verdict { headers: tripped.into_iter().chain(zeros.into_iter().flatten()).collect(), is_refused: true }
    }
}

/// Errors of one endpoint within an hour, and until when it is blocked.
#[derive(Clone, Copy, Default)]
struct Errors {
    since: Millis,
    count: u32,
    blocked_until: Millis,
}

/// The counters of all clients.
#[derive(Default)]
pub struct Limits {
    windows: Mutex<HashMap<(String, i32), Window>>,
    errors: Mutex<HashMap<(String, i32, String), Errors>>,
}

impl Limits {
    /// Counts a call. A refused one is not counted.
    pub fn count(&self, client: &str, division: i32, now: Millis, switches: &Switches) -> Verdict {
        let mut windows = self.windows.lock();
        let window = windows.entry((client.to_owned(), division)).or_default();
        let (minute, day) = (now.div_euclid(MINUTE), now.div_euclid(DAY));
        if window.minute != minute {
            (window.minute, window.in_minute) = (minute, 0);
        }
        if window.day != day {
            (window.day, window.in_day) = (day, 0);
        }
        let day_headers = |left: u32| headers("X-RateLimit", switches.day_limit, left, (day + 1) * DAY);
        let minute_headers =
            |left: u32| headers("X-RateLimit-Minutely", switches.minute_limit, left, (minute + 1) * MINUTE);
        if switches.rate_limits && window.in_day >= switches.day_limit {
            return Verdict::refused(day_headers(0), "X-RateLimit-Minutely", switches);
        }
        if switches.rate_limits && window.in_minute >= switches.minute_limit {
            return Verdict::refused(minute_headers(0), "X-RateLimit", switches);
        }
        window.in_minute += 1;
        window.in_day += 1;
        let day_left = switches.day_limit.saturating_sub(window.in_day);
        let minute_left = switches.minute_limit.saturating_sub(window.in_minute);
        Verdict { headers: [day_headers(day_left), minute_headers(minute_left)].concat(), is_refused: false }
    }

    /// Whether the endpoint is blocked for this client after too many errors; asking prolongs the block.
    pub fn is_blocked(&self, client: &str, division: i32, endpoint: &str, now: Millis) -> bool {
        let mut errors = self.errors.lock();
        let entry = errors.get_mut(&(client.to_owned(), division, endpoint.to_owned()));
        let Some(entry) = entry.filter(|entry| entry.blocked_until > now) else { return false };
        entry.blocked_until = now + HOUR;
        true
    }

    /// Counts an error; the eleventh within an hour blocks.
    pub fn error(&self, client: &str, division: i32, endpoint: &str, now: Millis) {
        let mut errors = self.errors.lock();
        let entry = errors.entry((client.to_owned(), division, endpoint.to_owned())).or_default();
        if now - entry.since >= HOUR {
            *entry = Errors { since: now, ..Errors::default() };
        }
        entry.count += 1;
        if entry.count > 10 {
            entry.blocked_until = now + HOUR;
        }
    }
}

fn headers(prefix: &str, limit: u32, left: u32, reset: Millis) -> [(String, String); 3] {
    [
        (format!("{prefix}-Limit"), limit.to_string()),
        (format!("{prefix}-Remaining"), left.to_string()),
        (format!("{prefix}-Reset"), reset.to_string()),
    ]
}
