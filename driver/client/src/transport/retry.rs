//! When a call is tried again (fact sheet 7.7): a GET, or a change that is the same done twice.

use std::time::Duration;

/// How often and how patiently a call is repeated.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// Repetitions at most.
    pub most: u32,
    /// Pause before the first repetition; it doubles each time.
    pub first_pause: Duration,
    /// Since its first attempt a call is not repeated after this.
    pub longest: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { most: 3, first_pause: Duration::from_millis(500), longest: Duration::from_secs(120) }
    }
}

/// What went wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No connection, or one that broke.
    Connection,
    Status(u16),
    /// Status 200 with a body that is none of the service's, or only a part of it.
    Body,
}

impl RetryPolicy {
    /// The pause before repetition `repetition` (from 0), if there is to be one. `chance` lies in 0..1 and spreads
    /// repetitions of many clients over half the pause.
    pub(crate) fn pause(&self, trouble: Trouble, repetition: u32, chance: f64) -> Option<Duration> {
        let most = match trouble {
            Trouble::Connection | Trouble::Status(408 | 502 | 503 | 504) => self.most,
            // Also the answer to a mistake of ours, so once is enough.
            Trouble::Status(500) | Trouble::Body => self.most.min(1),
            Trouble::Status(_) => 0,
        };
        let doubled = self.first_pause.saturating_mul(2_u32.saturating_pow(repetition));
        (repetition < most).then(|| doubled.mul_f64(0.75 + chance.clamp(0.0, 1.0) / 2.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_end() {
        let policy = RetryPolicy { first_pause: Duration::from_millis(100), ..RetryPolicy::default() };
        let pause = |trouble, repetition| policy.pause(trouble, repetition, 0.5).map(|pause| pause.as_millis());
        assert_eq!([0, 1, 2, 3].map(|n| pause(Trouble::Status(503), n)), [Some(100), Some(200), Some(400), None]);
        assert_eq!([0, 1].map(|n| pause(Trouble::Status(500), n)), [Some(100), None]);
        assert_eq!([0, 1].map(|n| pause(Trouble::Body, n)), [Some(100), None]);
        assert_eq!([0, 3].map(|n| pause(Trouble::Connection, n)), [Some(100), None]);
        for status in [400, 401, 403, 404, 405, 414, 501] {
            assert_eq!(pause(Trouble::Status(status), 0), None, "{status}");
        }
        assert_eq!(policy.pause(Trouble::Connection, 0, 0.0), Some(Duration::from_millis(75)));
        assert_eq!(policy.pause(Trouble::Connection, 0, 1.0), Some(Duration::from_millis(125)));
    }
}
