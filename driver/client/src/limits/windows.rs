//! The two windows of calls as plain arithmetic on a given time.

use std::time::Duration;

use super::RateHeaders;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// What is allowed where no header has told otherwise (fact sheet 7.1).
const MINUTE_CALLS: u32 = 60;

/// Whether a call may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    Granted,
    Wait(Duration),
    /// Not before this time, in milliseconds since 1970.
    DaySpent(i64),
}

/// Calls left in a window that ends at a known time.
#[derive(Clone, Copy, Debug)]
struct Window {
    limit: Option<u32>,
    left: Option<u32>,
    ends_ms: i64,
    length_ms: i64,
}

impl Window {
    fn new(limit: Option<u32>, length_ms: i64) -> Self {
        Self { limit, left: limit, ends_ms: 0, length_ms }
    }

    /// Begins a new window if the old one has ended. Windows lie on the clock.
    fn roll(&mut self, now_ms: i64) {
        if now_ms >= self.ends_ms {
            self.ends_ms = (now_ms.div_euclid(self.length_ms) + 1) * self.length_ms;
            self.left = self.limit;
        }
    }

    /// Takes the service's word; `in_flight` calls may not be in its count yet.
    fn correct(&mut self, now_ms: i64, limit: Option<u32>, left: Option<u32>, reset: Option<i64>, in_flight: u32) {
        if let Some(told) = limit {
            // What is left was counted from the limit known so far.
            let known = self.limit.unwrap_or(told);
            self.left = self.left.map(|left| left.saturating_add(told).saturating_sub(known));
            self.limit = limit;
        }
        if reset.is_some_and(|reset| reset <= now_ms) {
            // The answer to a call of the window before.
            return;
        }
        if let Some(reset) = reset.filter(|reset| *reset <= now_ms + 2 * self.length_ms) {
            if reset > self.ends_ms {
                self.left = self.limit;
            }
            self.ends_ms = reset;
        }
        if let Some(left) = left {
            let left = left.saturating_sub(in_flight);
            self.left = Some(self.left.map_or(left, |own| own.min(left)));
        }
    }
}

/// The minute and the day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windows {
    minute: Window,
    day: Window,
    in_flight: u32,
}

impl Default for Windows {
    fn default() -> Self {
        Self { minute: Window::new(Some(MINUTE_CALLS), MINUTE_MS), day: Window::new(None, DAY_MS), in_flight: 0 }
    }
}

impl Windows {
    /// Counts one call if there is room for it.
    pub(super) fn take(&mut self, now_ms: i64, reserve: u32) -> Permit {
        self.minute.roll(now_ms);
        self.day.roll(now_ms);
        if self.day.left.is_some_and(|left| left <= reserve) {
            return Permit::DaySpent(self.day.ends_ms);
        }
        if self.minute.left == Some(0) {
            return Permit::Wait(until(self.minute.ends_ms, now_ms));
        }
        for window in [&mut self.minute, &mut self.day] {
            window.left = window.left.map(|left| left.saturating_sub(1));
        }
        self.in_flight += 1;
        Permit::Granted
    }

    /// A call has ended.
    pub(super) fn settle(&mut self, now_ms: i64, answer: Option<&RateHeaders>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(answer) = answer else { return };
        self.minute.roll(now_ms);
        self.day.roll(now_ms);
        let (limit, left, reset) = (answer.minute_limit, answer.minute_remaining, answer.minute_reset);
        self.minute.correct(now_ms, limit, left, reset, self.in_flight);
        // A refused minute comes with a day of 0: only with its own limit or reset is the day's number meant.
        let day_is_told = answer.day_limit.is_some() || answer.day_reset.is_some();
        let left = answer.day_remaining.filter(|_| day_is_told);
        self.day.correct(now_ms, answer.day_limit, left, answer.day_reset, self.in_flight);
    }

    /// After a refusal: which of the two windows it was, by the headers that came, and how long it lasts.
    pub(super) fn refused(&mut self, now_ms: i64, answer: &RateHeaders) -> Permit {
        let minute_spent = answer.minute_reset.is_some() && answer.minute_remaining.unwrap_or(0) == 0;
        if answer.day_reset.is_some() && answer.day_remaining == Some(0) && !minute_spent {
            self.day.left = Some(0);
            return Permit::DaySpent(self.day.ends_ms);
        }
        self.minute.left = Some(0);
        Permit::Wait(until(self.minute.ends_ms, now_ms))
    }
}

fn until(ends_ms: i64, now_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ends_ms - now_ms).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_700_000_000_000 / DAY_MS * DAY_MS + DAY_MS / 2;
    const MIDNIGHT: i64 = NOON + DAY_MS / 2;

    fn answer(minute_remaining: u32, day_remaining: u32) -> RateHeaders {
        RateHeaders {
            day_limit: Some(5000),
            day_remaining: Some(day_remaining),
            day_reset: Some(MIDNIGHT),
            minute_limit: Some(60),
            minute_remaining: Some(minute_remaining),
            minute_reset: Some(NOON + MINUTE_MS),
        }
    }

    #[test]
    fn the_sixty_first_call_of_a_minute_waits_for_the_next() {
        let mut windows = Windows::default();
        for _ in 0..60 {
            assert_eq!(windows.take(NOON, 0), Permit::Granted);
        }
        assert_eq!(windows.take(NOON + 10_000, 0), Permit::Wait(Duration::from_secs(50)));
        assert_eq!(windows.take(NOON + MINUTE_MS, 0), Permit::Granted);
    }

    #[test]
    fn headers_count_what_others_have_sent() {
        let mut windows = Windows::default();
        assert_eq!(windows.take(NOON, 0), Permit::Granted);
        windows.settle(NOON + 1, Some(&answer(1, 4000)));
        assert_eq!(windows.take(NOON + 2, 0), Permit::Granted);
        assert!(matches!(windows.take(NOON + 3, 0), Permit::Wait(_)));
    }

    #[test]
    fn a_larger_limit_than_assumed_holds_at_once() {
        let mut windows = Windows::default();
        assert_eq!(windows.take(NOON, 0), Permit::Granted);
        let told = RateHeaders { minute_limit: Some(300), ..answer(299, 4000) };
        windows.settle(NOON + 1, Some(&told));
        for _ in 0..299 {
            assert_eq!(windows.take(NOON + 2, 0), Permit::Granted);
        }
        assert!(matches!(windows.take(NOON + 3, 0), Permit::Wait(_)));
    }

    #[test]
    fn calls_under_way_are_not_given_out_twice() {
        let mut windows = Windows::default();
        for _ in 0..3 {
            assert_eq!(windows.take(NOON, 0), Permit::Granted);
        }
        windows.settle(NOON + 1, Some(&answer(2, 4000)));
        assert!(matches!(windows.take(NOON + 2, 0), Permit::Wait(_)), "two are still under way");
    }

    #[test]
    fn a_spent_day_names_its_end_and_the_reserve_is_left() {
        let mut windows = Windows::default();
        windows.take(NOON, 0);
        windows.settle(NOON, Some(&answer(30, 10)));
        assert_eq!(windows.take(NOON, 10), Permit::DaySpent(MIDNIGHT));
        assert_eq!(windows.take(NOON, 9), Permit::Granted);
        assert_eq!(windows.take(MIDNIGHT, 10), Permit::Granted);
    }

    #[test]
    fn an_answer_of_the_window_before_says_nothing_about_this_one() {
        let mut windows = Windows::default();
        windows.take(NOON, 0);
        windows.settle(NOON + MINUTE_MS, Some(&answer(0, 4000)));
        assert_eq!(windows.take(NOON + MINUTE_MS, 0), Permit::Granted);
    }

    #[test]
    fn a_refusal_is_told_apart_by_the_headers_it_carries() {
        let minute = RateHeaders { minute_reset: Some(NOON + 5_000), day_remaining: Some(0), ..RateHeaders::default() };
        let day = RateHeaders { day_reset: Some(MIDNIGHT), day_remaining: Some(0), ..RateHeaders::default() };
        for (headers, expected) in [
            (minute, Permit::Wait(Duration::from_secs(5))),
            (day, Permit::DaySpent(MIDNIGHT)),
            (RateHeaders::default(), Permit::Wait(Duration::from_secs(60))),
        ] {
            let mut windows = Windows::default();
            windows.take(NOON, 0);
            windows.settle(NOON, Some(&headers));
            assert_eq!(windows.refused(NOON, &headers), expected, "{headers:?}");
            assert_eq!(windows.take(NOON, 0), expected, "{headers:?}");
        }
    }
}
