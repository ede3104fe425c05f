//! What a read has taken so far.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use exact_client::Meter;

use crate::report::Report;

/// Calls, bytes, rows and time of one read in one execution of its plan.
#[derive(Debug, Default)]
pub struct Spent {
    meter: OnceLock<Arc<Meter>>,
    begun: OnceLock<Instant>,
    rows: AtomicU64,
    microseconds: AtomicU64,
}

impl Spent {
    /// The meter of its calls, which are part of the execution's.
    pub fn meter(&self, report: &Report) -> Arc<Meter> {
        Arc::clone(self.meter.get_or_init(|| Meter::part_of(Arc::clone(&report.meter))))
    }

    pub fn begin(&self) {
        self.begun.get_or_init(Instant::now);
    }

    pub fn take(&self, rows: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
        let time = self.begun.get().map(Instant::elapsed).unwrap_or_default();
        let microseconds = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.microseconds.fetch_max(microseconds, Ordering::Relaxed);
    }

    pub fn calls(&self) -> u64 {
        self.meter.get().map_or(0, |meter| meter.calls())
    }

    pub fn bytes(&self) -> u64 {
        self.meter.get().map_or(0, |meter| meter.bytes())
    }

    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Until the last rows came.
    pub fn time(&self) -> Duration {
        Duration::from_micros(self.microseconds.load(Ordering::Relaxed))
    }
}
