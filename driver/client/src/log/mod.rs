//! The driver's log: the properties Logfile, Verbosity, MaxLogFileSize and MaxLogFileCount.
//!
//! They belong to a connection, while what happens behind connections (renewals, waits) belongs to the process. So a log
//! file tells of the whole process as long as a connection that names it is open, as verbosely as the most verbose of
//! those connections asks; connections that name different files each get everything in theirs.
//!
//! | verbosity | what is written | events |
//! |---|---|---|
//! | 1 | statements, calls, warnings, errors | INFO and above |
//! | 2 | plans | DEBUG of the target `exact::plan` |
//! | 3 | headers | all of DEBUG |
//! | 5 | every ODBC call, and rows as the service sends them | TRACE |
//!
//! Only events of the driver's own crates get there. Tokens and secrets have no way in: they are of a type that shows
//! nothing, and headers go through [`headers`].

mod file;

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use reqwest::header::HeaderMap;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use crate::error::{Error, Result};
use crate::settings::LogSettings;
use file::LogFile;

/// A connection's wish to have a log written. It lasts until it is dropped.
#[derive(Debug)]
pub(crate) struct Log {
    number: u64,
}

#[derive(Debug)]
struct Wish {
    number: u64,
    file: Arc<LogFile>,
    verbosity: u8,
}

static WISHES: Mutex<Vec<Wish>> = Mutex::new(Vec::new());
/// The highest verbosity among them, so that an event which nobody wants costs next to nothing.
static HIGHEST: AtomicU8 = AtomicU8::new(0);

impl Log {
    /// Begins the log that these settings ask for, if they ask for one.
    pub(crate) fn begin(settings: &LogSettings) -> Result<Option<Self>> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let Some(path) = &settings.file else { return Ok(None) };
        let failed = |error: io::Error| Error::InvalidProperty {
            property: "Logfile".into(),
            reason: format!("{} cannot be written: {error}", path.display()),
            sqlstate: "HY000",
        };
        let path = std::path::absolute(path).map_err(failed)?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mut wishes = wishes();
        let file = match wishes.iter().find(|wish| wish.file.path == path) {
            Some(wish) => Arc::clone(&wish.file),
            None => Arc::new(LogFile::open(&path, settings.max_file_size, settings.max_file_count).map_err(failed)?),
        };
        wishes.push(Wish { number, file, verbosity: settings.verbosity });
        measure(&wishes);
        drop(wishes);
        subscribe();
        Ok(Some(Self { number }))
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let mut wishes = wishes();
        wishes.retain(|wish| wish.number != self.number);
        measure(&wishes);
    }
}

fn wishes() -> MutexGuard<'static, Vec<Wish>> {
    WISHES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn measure(wishes: &[Wish]) {
    HIGHEST.store(wishes.iter().map(|wish| wish.verbosity).max().unwrap_or(0), Ordering::Relaxed);
}

/// The verbosity from which on an event is written; `None` for those of other people's crates.
fn least_verbosity(event: &Metadata<'_>) -> Option<u8> {
    if !event.target().starts_with("exact") {
        return None;
    }
    Some(match *event.level() {
        Level::ERROR | Level::WARN | Level::INFO => 1,
        Level::DEBUG if event.target().starts_with("exact::plan") => 2,
        Level::DEBUG => 3,
        Level::TRACE => 5,
    })
}

/// Makes this process's events known to the log files. The driver is a library of its own in its host, so no other
/// subscriber can be there, unless a test has set one, which then stays.
fn subscribe() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let wanted = tracing_subscriber::filter::dynamic_filter_fn(|event, _| {
            least_verbosity(event).is_some_and(|least| least <= HIGHEST.load(Ordering::Relaxed))
        });
        let layer = tracing_subscriber::fmt::layer().event_format(Line).with_ansi(false).with_writer(Files);
        let subscriber = tracing_subscriber::registry().with(layer.with_filter(wanted));
        let _ = tracing::subscriber::set_global_default(subscriber);
    });
}

/// One line for each event: time, process, level, where, what. Several processes may share a file.
struct Line;

impl<S: Subscriber + for<'a> LookupSpan<'a>, N: for<'a> FormatFields<'a> + 'static> FormatEvent<S, N> for Line {
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        SystemTime.format_time(&mut out)?;
        let metadata = event.metadata();
        let part = metadata.target().trim_start_matches("exact::");
        write!(out, " {} {:5} {part}: ", std::process::id(), metadata.level())?;
        context.format_fields(out.by_ref(), event)?;
        writeln!(out)
    }
}

/// The files that want an event.
struct Files;

impl MakeWriter<'_> for Files {
    type Writer = Fan;

    fn make_writer(&self) -> Fan {
        Fan(Vec::new())
    }

    fn make_writer_for(&self, event: &Metadata<'_>) -> Fan {
        let least = least_verbosity(event).unwrap_or(u8::MAX);
        let mut files: Vec<Arc<LogFile>> = Vec::new();
        for wish in wishes().iter().filter(|wish| wish.verbosity >= least) {
            if !files.iter().any(|file| Arc::ptr_eq(file, &wish.file)) {
                files.push(Arc::clone(&wish.file));
            }
        }
        Fan(files)
    }
}

struct Fan(Vec<Arc<LogFile>>);

impl io::Write for Fan {
    /// A log that cannot be written, on a full disk for one, must not stop the work that it tells of.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        for file in &self.0 {
            let _ = file.write(line);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Headers as they may be logged: the values of those that carry a sign-in are left out.
pub(crate) fn headers(headers: &HeaderMap) -> String {
    const HIDDEN: [&str; 5] = ["authorization", "proxy-authorization", "cookie", "set-cookie", "location"];
    let shown = headers.iter().map(|(name, value)| {
        let hidden = value.is_sensitive() || HIDDEN.contains(&name.as_str());
        let value = if hidden { "(hidden)".into() } else { String::from_utf8_lossy(value.as_bytes()) };
        format!("{name}: {value}")
    });
    shown.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Secret;

    fn begin(path: &std::path::Path, verbosity: u8) -> Log {
        let settings =
            LogSettings { file: Some(path.to_owned()), verbosity, max_file_size: 1 << 20, max_file_count: 2 };
        Log::begin(&settings).unwrap().unwrap()
    }

    #[test]
    fn each_file_gets_what_it_asks_for_while_it_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let (terse, chatty) = (folder.path().join("terse.log"), folder.path().join("chatty.log"));
        let first = begin(&terse, 1);
        let second = begin(&chatty, 5);
        tracing::info!(target: "exact::log_test", secret = ?Secret::new("geheim"), "at one");
        tracing::debug!(target: "exact::plan_of_log_test", "at two");
        tracing::debug!(target: "exact::log_test", "at three");
        tracing::trace!(target: "exact::log_test", "at five");
        tracing::error!(target: "other::log_test", "of another crate");
        drop(second);
        tracing::info!(target: "exact::log_test", "at the end");
        let also = begin(&terse, 5);
        drop(first);
        tracing::trace!(target: "exact::log_test", "later at five");
        drop(also);
        tracing::info!(target: "exact::log_test", "after all");
        let read = |path| {
            let text = std::fs::read_to_string(path).unwrap();
            assert!(!text.contains("geheim"), "{text}");
            let ours = text.lines().filter(|line| line.contains("log_test"));
            ours.map(|line| line.rsplit_once(": ").unwrap().1.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(read(&terse), ["at one secret=(secret)", "at the end", "later at five"]);
        assert_eq!(read(&chatty), ["at one secret=(secret)", "at two", "at three", "at five"]);
    }

    #[test]
    fn a_log_that_cannot_be_written_is_named() {
        let settings = LogSettings {
            file: Some("/no/such/folder/a.log".into()),
            verbosity: 1,
            max_file_size: 1,
            max_file_count: 1,
        };
        let error = Log::begin(&settings).unwrap_err();
        assert_eq!(error.sqlstate(), "HY000");
        assert!(error.to_string().contains("Logfile") && error.to_string().contains("/no/such/folder"), "{error}");
    }

    #[test]
    fn no_header_shows_a_token() {
        let mut all = HeaderMap::new();
        all.insert("Authorization", "Bearer geheim".parse().unwrap());
        all.insert("Set-Cookie", "geheim".parse().unwrap());
        all.insert("X-RateLimit-Limit", "60".parse().unwrap());
        assert_eq!(headers(&all), "authorization: (hidden); set-cookie: (hidden); x-ratelimit-limit: 60");
    }
}
