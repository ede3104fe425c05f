//! Faults on demand: which requests they strike, and what they do.

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::company::value::mix;

/// A fault to be injected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Strikes requests whose decoded path contains this; empty strikes all.
    #[serde(default)]
    pub path: String,
    /// Lets so many matching requests pass first.
    #[serde(default)]
    pub after: u32,
    /// Strikes so many times; `None` for ever.
    #[serde(default)]
    pub count: Option<u32>,
    /// Of the requests that it may strike, the share that it does, from 0 to 1.
    #[serde(default = "always")]
    pub probability: f64,
    pub action: Action,
}

fn always() -> f64 {
    1.0
}

impl Fault {
    /// A fault on every request whose path contains a text.
    pub fn on(path: &str, action: Action) -> Fault {
        Fault { path: path.to_owned(), after: 0, count: None, probability: 1.0, action }
    }

    /// Strikes only so many times.
    pub fn times(self, count: u32) -> Fault {
        Fault { count: Some(count), ..self }
    }

    /// Lets so many requests pass first.
    pub fn after(self, after: u32) -> Fault {
        Fault { after, ..self }
    }
}

/// What a fault does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Answers with a status instead; the body is that of an error, in the shape that the switches ask for.
    Status(u16),
    /// Answers 200 with an HTML page.
    HtmlPage,
    /// Answers 200 with no body.
    EmptyBody,
    /// Resets the connection before any byte of the reply.
    ResetBeforeHeaders,
    /// Resets the connection within the headers.
    ResetInHeaders,
    /// Resets the connection after so many bytes of the body.
    ResetInBody(usize),
    /// Leaves out the last bytes of the body, and says so in Content-Length: valid HTTP, broken JSON.
    TruncatedBody(usize),
    /// Bytes after the end of the JSON text.
    TrailingBytes(String),
    /// Announces so many bytes more than there are (fewer, when negative).
    WrongContentLength(i64),
    /// Sends the body in pieces of 256 bytes with a pause of so many milliseconds between.
    SlowDrip(u64),
    /// Waits so many milliseconds before the reply.
    Stall(u64),
    /// Sends half of the body, then waits so many milliseconds.
    StallInBody(u64),
    /// Compresses, or does not, whatever was asked.
    Gzip(bool),
    /// Says gzip, and sends something else.
    BrokenGzip,
    /// The last row of the page comes again at the start of the next.
    DuplicateRow,
    /// The last row of the page is left out, and not repeated in the next.
    MissingRow,
    /// The page has only so many rows, though there are more.
    ShortPage(usize),
    /// Rows have a column that nobody knows.
    ExtraColumn(String),
    /// Rows lack a column.
    MissingColumn(String),
    /// A column has become text.
    ChangedColumn(String),
    /// The Date header and `Me.ServerTime` are off by so many milliseconds.
    ClockSkew(i64),
    /// `__next` is the address of the page itself.
    NextToItself,
    /// `__next` points to this scheme and host.
    NextToHost(String),
}

#[derive(Debug)]
struct Active {
    fault: Fault,
    seen: u32,
    struck: u32,
}

/// The faults that are in force.
#[derive(Debug, Default)]
pub struct Faults {
    active: Mutex<Vec<Active>>,
}

impl Faults {
    pub fn inject(&self, fault: Fault) {
        self.active.lock().push(Active { fault, seen: 0, struck: 0 });
    }

    pub fn clear(&self) {
        self.active.lock().clear();
    }

    pub fn all(&self) -> Vec<Fault> {
        self.active.lock().iter().map(|active| active.fault.clone()).collect()
    }

    /// The faults that strike a request.
    pub fn strike(&self, path: &str) -> Vec<Action> {
        let mut active = self.active.lock();
        active.iter_mut().filter(|active| path.contains(&active.fault.path)).filter_map(Active::strike).collect()
    }
}

impl Active {
    fn strike(&mut self) -> Option<Action> {
        self.seen += 1;
        let is_due = self.seen > self.fault.after && self.fault.count.is_none_or(|count| self.struck < count);
        let chance = (mix(0xFA17, u64::from(self.seen)) % 1_000_000) as f64 / 1_000_000.0;
        let strikes = is_due && chance < self.fault.probability;
        self.struck += u32::from(strikes);
        strikes.then(|| self.fault.action.clone())
    }
}
