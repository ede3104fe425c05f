//! The windows of calls, a minute and a day, as plain arithmetic on a given time.
//!
//! The service counts; its count is taken over from the headers of its answers. Calls under way may be in that count or
//! not, and in this window or the next, so that room is always left for them.

use std::time::Duration;

use super::headers::{RateHeaders, Told};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// What is allowed where no header has told otherwise (fact sheet 7.1).
const MINUTE_CALLS: u32 = 60;
/// How long a window is held to last beyond its end, for clocks that differ.
const MARGIN_MS: i64 = 250;
/// The header `Date` is exact to a second, and an answer takes its time.
const DATE_ERROR_MS: i64 = 5_000;
/// Pause before it is seen again whether calls under way have left room.
const UNDER_WAY: Duration = Duration::from_millis(100);
/// A count that stands for all calls of a window.
const SPENT: u32 = u32::MAX;

/// Whether a call may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    Granted,
    Wait(Duration),
    /// Not before this time, in milliseconds since 1970.
    DaySpent(i64),
}

/// Calls of one window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) length_ms: i64,
    /// Calls that are allowed; `None` where nobody has told.
    pub(super) limit: Option<u32>,
    /// Calls that the service has counted in this window.
    pub(super) counted: u32,
    /// When it ends on this machine's clock; 0 before the first call.
    pub(super) ends_ms: i64,
    /// The same moment as the service names it, once it has: it tells one window from another.
    pub(super) reset_ms: Option<i64>,
}

impl Window {
    fn new(length_ms: i64, limit: Option<u32>) -> Self {
        Self { length_ms, limit, counted: 0, ends_ms: 0, reset_ms: None }
    }

    /// Begins a new window if the old one has ended. Until the service tells otherwise windows lie on the clock.
    pub(super) fn roll(&mut self, now_ms: i64) {
        let clock_was_set_back = self.ends_ms > now_ms + self.length_ms + DATE_ERROR_MS;
        if self.ends_ms == 0 || clock_was_set_back {
            self.ends_ms = (now_ms.div_euclid(self.length_ms) + 1) * self.length_ms;
            self.reset_ms = None;
            self.counted = 0;
        } else if now_ms >= self.ends_ms + MARGIN_MS {
            let passed = ((now_ms - self.ends_ms).div_euclid(self.length_ms) + 1) * self.length_ms;
            self.ends_ms += passed;
            self.reset_ms = self.reset_ms.map(|reset| reset + passed);
            self.counted = 0;
        }
    }

    /// Calls that may still be sent; `None` where no limit is known.
    pub(super) fn room(&self, under_way: u32) -> Option<u32> {
        match self.limit {
            Some(limit) => Some(limit.saturating_sub(self.counted.saturating_add(under_way))),
            None => (self.counted == SPENT).then_some(0),
        }
    }

    /// Takes the service's word for it. `counts`: the answer is to a call that the service has counted.
    fn correct(&mut self, now_ms: i64, told: &Told, date_ms: Option<i64>, counts: bool) {
        self.limit = told.limit.or(self.limit);
        if told.reset_ms.is_some_and(|reset| self.reset_ms.is_some_and(|own| reset + self.length_ms <= own)) {
            // The answer to a call of a window before.
            return;
        }
        if let Some(reset) = told.reset_ms.filter(|reset| self.reset_ms.is_none_or(|own| own <= *reset)) {
            let ends_ms = self.on_own_clock(reset, date_ms, now_ms);
            if ends_ms <= now_ms - MARGIN_MS || ends_ms > now_ms + self.length_ms + DATE_ERROR_MS {
                return;
            }
            if self.reset_ms == Some(reset) {
                self.ends_ms = self.ends_ms.min(ends_ms);
            } else {
                // A later window than the one known; the first word on it may also be about the one assumed.
                self.counted = if self.reset_ms.is_none() { self.counted } else { 0 };
                (self.ends_ms, self.reset_ms) = (ends_ms, Some(reset));
            }
        }
        match (self.limit, told.remaining()) {
            (Some(limit), Some(remaining)) => self.counted = self.counted.max(limit.saturating_sub(remaining)),
            _ if counts => self.counted = self.counted.saturating_add(1),
            _ => {}
        }
    }

    /// The service's moment on this machine's clock, by the time that was left when it answered. A `Date` that does not
    /// fit is passed over.
    fn on_own_clock(&self, reset_ms: i64, date_ms: Option<i64>, now_ms: i64) -> i64 {
        let left = date_ms.map(|date| reset_ms - date).filter(|left| (0..=self.length_ms + 1_000).contains(left));
        left.map_or(reset_ms, |left| now_ms + left)
    }

    fn until(&self, now_ms: i64) -> Duration {
        Duration::from_millis(u64::try_from(self.ends_ms + MARGIN_MS - now_ms).unwrap_or(0))
    }
}

/// The minute and the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Windows {
    pub(super) minute: Window,
    pub(super) day: Window,
}

impl Default for Windows {
    fn default() -> Self {
        Self { minute: Window::new(MINUTE_MS, Some(MINUTE_CALLS)), day: Window::new(DAY_MS, None) }
    }
}

impl Windows {
    /// Windows of which only the day is limited.
    pub(super) fn of_a_day(limit: u32) -> Self {
        Self { minute: Window::new(MINUTE_MS, None), day: Window::new(DAY_MS, Some(limit)) }
    }

    /// Whether there is room for one more call beside those under way.
    pub(super) fn permit(&mut self, now_ms: i64, reserve: u32, under_way: u32) -> Permit {
        self.minute.roll(now_ms);
        self.day.roll(now_ms);
        if self.day.room(under_way).is_some_and(|room| room <= reserve) {
            return Permit::DaySpent(self.day.ends_ms);
        }
        match (self.minute.room(under_way), self.minute.room(0)) {
            (Some(0), Some(0)) => Permit::Wait(self.minute.until(now_ms)),
            (Some(0), _) => Permit::Wait(UNDER_WAY),
            _ => Permit::Granted,
        }
    }

    /// A call has ended. Without an answer it may have been counted, so it is.
    pub(super) fn settle(&mut self, now_ms: i64, answer: Option<&RateHeaders>) {
        self.hear(now_ms, answer.copied().unwrap_or_default(), true);
    }

    /// After a refusal: which of the two windows it was, by the headers that came, and how long it lasts.
    pub(super) fn refused(&mut self, now_ms: i64, answer: &RateHeaders) -> Permit {
        self.hear(now_ms, *answer, false);
        if answer.day.is_spent() && !answer.minute.is_spent() {
            self.day.counted = SPENT;
            return Permit::DaySpent(self.day.ends_ms);
        }
        self.minute.counted = SPENT;
        Permit::Wait(self.minute.until(now_ms))
    }

    /// The calls of this day are spent, though no header says so.
    pub(super) fn spend_day(&mut self, now_ms: i64) {
        self.day.roll(now_ms);
        self.day.counted = SPENT;
    }

    fn hear(&mut self, now_ms: i64, answer: RateHeaders, counts: bool) {
        self.minute.roll(now_ms);
        self.day.roll(now_ms);
        self.minute.correct(now_ms, &answer.minute, answer.date_ms, counts);
        self.day.correct(now_ms, &answer.day, answer.date_ms, counts);
    }
}

#[cfg(test)]
#[path = "windows_tests.rs"]
mod tests;
