//! What calls cost, counted for a query or a part of it, and the limit that the property `MaxApiCalls` sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::error::{Error, Result};

/// Counts calls, repetitions included, and the bytes of their answers.
#[derive(Debug, Default)]
pub struct Meter {
    calls: AtomicU64,
    bytes: AtomicU64,
    most: Option<u64>,
    /// Until when a call waits for calls to be allowed again, in milliseconds since 1970; 0: none does.
    waits_until_ms: AtomicI64,
    /// Counts too what this one does.
    whole: Option<Arc<Meter>>,
}

impl Meter {
    /// A meter that allows so many calls.
    pub fn limited(most: Option<u64>) -> Arc<Self> {
        Arc::new(Self { most, ..Self::default() })
    }

    /// A meter of a part of what `whole` counts.
    pub fn part_of(whole: Arc<Meter>) -> Arc<Self> {
        Arc::new(Self { whole: Some(whole), ..Self::default() })
    }

    /// The calls that are allowed.
    pub fn limit(&self) -> Option<u64> {
        self.most
    }

    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Bytes of the answers' bodies, unpacked.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Counts a call that is about to be sent, or refuses it.
    pub(crate) fn admit(&self) -> Result<()> {
        if let Some(whole) = &self.whole {
            whole.admit()?;
        }
        let before = self.calls.fetch_add(1, Ordering::Relaxed);
        match self.most {
            Some(most) if before >= most => {
                self.calls.fetch_sub(1, Ordering::Relaxed);
                Err(Error::CallsSpent { most })
            }
            _ => Ok(()),
        }
    }

    /// Until when a call waits because those of the minute are spent, in milliseconds since 1970.
    pub fn waits_until_ms(&self) -> Option<i64> {
        Some(self.waits_until_ms.load(Ordering::Relaxed)).filter(|until| *until > 0)
    }

    /// Notes that a call waits, or (`None`) no longer does.
    pub(crate) fn waits(&self, until_ms: Option<i64>) {
        self.waits_until_ms.store(until_ms.unwrap_or_default(), Ordering::Relaxed);
        if let Some(whole) = &self.whole {
            whole.waits(until_ms);
        }
    }

    pub(crate) fn received(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        if let Some(whole) = &self.whole {
            whole.received(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_and_the_whole_has_a_limit() {
        let whole = Meter::limited(Some(3));
        let parts = [Meter::part_of(Arc::clone(&whole)), Meter::part_of(Arc::clone(&whole))];
        for part in parts.iter().chain(&parts[..1]) {
            part.admit().unwrap();
            part.received(10);
        }
        assert_eq!((parts[0].calls(), parts[1].calls(), whole.calls(), whole.bytes()), (2, 1, 3, 30));
        parts[0].waits(Some(5));
        assert_eq!(
            (parts[0].waits_until_ms(), whole.waits_until_ms(), parts[1].waits_until_ms()),
            (Some(5), Some(5), None)
        );
        parts[0].waits(None);
        assert_eq!(whole.waits_until_ms(), None);
        let error = parts[1].admit().unwrap_err();
        assert_eq!((error.sqlstate(), parts[1].calls(), whole.calls()), ("HY000", 1, 3));
        assert!(error.to_string().contains("MaxApiCalls"), "{error}");
    }
}
