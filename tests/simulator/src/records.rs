//! What was asked: one record per request.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;

/// A request and its reply, without secrets.
#[derive(Clone, Debug, Serialize)]
pub struct RequestRecord {
    pub method: String,
    /// Decoded.
    pub path: String,
    /// The query string, decoded; empty when there was none.
    pub query: String,
    pub raw_query: String,
    /// Without authorization and cookies.
    pub headers: Vec<(String, String)>,
    /// What was written; empty for tokens.
    pub body: String,
    pub status: u16,
    pub division: Option<i32>,
    pub is_token: bool,
    pub is_me: bool,
    /// Of the reply's body, before compression.
    pub bytes: u64,
    pub rows: u64,
    #[serde(serialize_with = "milliseconds", rename = "duration_ms")]
    pub duration: Duration,
    /// The fault that was injected, if any.
    pub fault: Option<String>,
}

fn milliseconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64() * 1_000.0)
}

/// Requests, errors, rows and bytes of one endpoint in one division.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Counter {
    pub requests: u64,
    pub errors: u64,
    pub rows: u64,
    pub bytes: u64,
}

/// The most records that are kept.
const MOST: usize = 50_000;

/// All records since the last reset.
#[derive(Default)]
pub struct Records {
    list: Mutex<Vec<RequestRecord>>,
}

impl Records {
    pub fn push(&self, record: RequestRecord) {
        let mut list = self.list.lock();
        if list.len() >= MOST {
            // A demonstration may run for days; the oldest half goes.
            list.drain(..MOST / 2);
        }
        list.push(record);
    }

    pub fn all(&self) -> Vec<RequestRecord> {
        self.list.lock().clone()
    }

    pub fn reset(&self) {
        self.list.lock().clear();
    }

    /// Totals by division and path; the key of a single row is left out of the path.
    pub fn counters(&self) -> BTreeMap<String, Counter> {
        let mut counters: BTreeMap<String, Counter> = BTreeMap::new();
        for record in self.list.lock().iter() {
            let path = record.path.split('(').next().unwrap_or_default();
            let counter = counters.entry(path.to_owned()).or_default();
            counter.requests += 1;
            counter.errors += u64::from(record.status >= 400);
            counter.rows += record.rows;
            counter.bytes += record.bytes;
        }
        counters
    }
}
