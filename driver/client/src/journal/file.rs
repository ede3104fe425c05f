//! The file of the journal: an SQLite database that every process of the user may write at any time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use crate::auth;
use crate::error::Error;
use crate::settings::StoreLocation;

/// The number is that of [`SCHEMA`], so that versions of the driver do not meet in one file.
const FILE_NAME: &str = "exact-changes-3.sqlite";
/// How long others may hold it, who need some milliseconds each.
const PATIENCE: Duration = Duration::from_secs(10);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS changes (
        id INTEGER PRIMARY KEY AUTOINCREMENT, site TEXT NOT NULL, at INTEGER NOT NULL, keep_until INTEGER NOT NULL,
        user TEXT, process INTEGER NOT NULL, connection INTEGER NOT NULL, statement INTEGER NOT NULL, sql TEXT NOT NULL, division INTEGER, entity TEXT NOT NULL,
        method TEXT NOT NULL, url TEXT NOT NULL, body TEXT NOT NULL, key TEXT, before TEXT,
        reverts INTEGER, outcome TEXT NOT NULL, ended INTEGER, status INTEGER, error TEXT, answer TEXT);
    CREATE INDEX IF NOT EXISTS changes_by_end ON changes (keep_until);
    CREATE TABLE IF NOT EXISTS replaced_keys (
        site TEXT NOT NULL, given TEXT NOT NULL, division INTEGER NOT NULL, kept TEXT NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (site, given, division)) WITHOUT ROWID;
";

/// One file, as this process holds it; without a path it lives with the process.
#[derive(Debug)]
pub(super) struct File {
    path: Option<PathBuf>,
    /// The store of the sign-in, with whose group it is shared.
    store: Option<PathBuf>,
    /// Opened when it is first needed.
    connection: Mutex<Option<Opened>>,
}

/// The file while it is open.
#[derive(Debug)]
struct Opened {
    connection: Connection,
    /// Which file it is, so that it is noticed when another takes its place.
    which: Option<Which>,
}

impl File {
    /// The file of that name, else that beside this store. After a `fork` the child has its own connection to it.
    pub(super) fn of(named: Option<&Path>, store: &StoreLocation) -> Arc<Self> {
        type Known = HashMap<(u32, Option<PathBuf>), Arc<File>>;
        static KNOWN: OnceLock<Mutex<Known>> = OnceLock::new();
        let (path, store) = match (named, store) {
            (Some(named), _) => (Some(named.to_owned()), None),
            (None, StoreLocation::File(store)) => (Some(store.with_file_name(FILE_NAME)), Some(store.clone())),
            (None, StoreLocation::Memory(_)) => (None, None),
        };
        let mut known = lock(KNOWN.get_or_init(Mutex::default));
        let file = known
            .entry((std::process::id(), path.clone()))
            .or_insert_with(|| Arc::new(Self { path, store, connection: Mutex::default() }));
        Arc::clone(file)
    }

    /// Works with the file, which is made if there is none: also if it was moved away or removed since it was opened.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let mut slot = lock(&self.connection);
        if slot.as_ref().is_some_and(|opened| self.path.is_some() && opened.which != self.which()) {
            *slot = None;
        }
        let opened = match &mut *slot {
            Some(opened) => opened,
            closed => {
                let connection = self.open()?;
                closed.insert(Opened { connection, which: self.which() })
            }
        };
        work(&mut opened.connection)
    }

    /// Works with the file if there is one: nobody who only looks makes it.
    pub(super) fn with_existing<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        if self.path.as_ref().is_some_and(|path| !path.exists()) {
            return Ok(None);
        }
        self.with(work).map(Some)
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let connection = match &self.path {
            None => Connection::open_in_memory()?,
            Some(path) => {
                // A failure here is SQLite's to tell, when it opens the file.
                let _ = auth::create_private(path, self.store.as_deref());
                Connection::open(path)?
            }
        };
        connection.busy_timeout(PATIENCE)?;
        // All is in the one file at any time, so that it can be copied or moved away.
        connection.pragma_update(None, "journal_mode", "DELETE")?;
        // A commit returns when it is on the disk, and so does the end of SQLite's own journal.
        connection.pragma_update(None, "synchronous", "EXTRA")?;
        connection.execute_batch(SCHEMA)?;
        Ok(connection)
    }

    /// Which file lies there now.
    fn which(&self) -> Option<Which> {
        which(self.path.as_ref()?)
    }

    /// Where it lies.
    #[cfg(test)]
    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    pub(super) fn error(&self, error: &rusqlite::Error) -> Error {
        let path = self.path.as_ref().map_or_else(|| "(in memory)".to_owned(), |path| path.display().to_string());
        Error::Journal { path, reason: error.to_string() }
    }
}

/// Tells a file from another at the same place.
#[cfg(unix)]
type Which = (u64, u64);

#[cfg(unix)]
fn which(path: &Path) -> Option<Which> {
    use std::os::unix::fs::MetadataExt as _;
    let found = std::fs::metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

/// Windows neither moves nor removes a file that is open.
#[cfg(not(unix))]
type Which = ();

#[cfg(not(unix))]
fn which(path: &Path) -> Option<Which> {
    path.exists().then_some(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
