//! Where calls are counted: one SQLite database beside the sign-in store, which all processes of the user share.
//!
//! SQLite, because several processes may write it at once, a process may be killed at any instruction, and it needs no
//! `unsafe` code of ours. A write takes some 0.1 ms and syncs nothing: after a crash of the machine the last seconds may
//! be missing, which the next answer's headers make good. Where the file cannot be used, this process counts for itself.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use crate::auth;
use crate::settings::StoreLocation;

/// The file's name; the number is that of [`SCHEMA`], so that versions of the driver do not meet in one file.
const FILE_NAME: &str = "exact-calls-1.sqlite";
/// How long opening waits for another process that does the same.
const OPENING: Duration = Duration::from_secs(2);
/// How long a lock may be held by others, who hold it for less than a millisecond each.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause of a look at the lock, in milliseconds; a random part is added to spread the lookers.
const PAUSE_MS: f64 = 1.0;

pub(super) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS windows (
        app TEXT NOT NULL, division INTEGER NOT NULL,
        minute_limit INTEGER, minute_counted INTEGER NOT NULL, minute_ends INTEGER NOT NULL, minute_reset INTEGER,
        day_limit INTEGER, day_counted INTEGER NOT NULL, day_ends INTEGER NOT NULL, day_reset INTEGER,
        PRIMARY KEY (app, division)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS shares (
        app TEXT NOT NULL, division INTEGER NOT NULL, process INTEGER NOT NULL,
        window INTEGER NOT NULL, taken INTEGER NOT NULL, active_until INTEGER NOT NULL,
        PRIMARY KEY (app, division, process)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS requests (
        id INTEGER PRIMARY KEY, app TEXT NOT NULL, division INTEGER NOT NULL, process INTEGER NOT NULL,
        method TEXT NOT NULL, endpoint TEXT NOT NULL, begun INTEGER NOT NULL, lost_at INTEGER NOT NULL,
        ended INTEGER, status INTEGER, row_count INTEGER, bytes INTEGER, error TEXT);
    CREATE INDEX IF NOT EXISTS requests_under_way ON requests (app, division) WHERE ended IS NULL;
    CREATE TABLE IF NOT EXISTS errors (
        app TEXT NOT NULL, division INTEGER NOT NULL, endpoint TEXT NOT NULL, at INTEGER NOT NULL, status INTEGER NOT NULL);
    CREATE INDEX IF NOT EXISTS errors_of_endpoint ON errors (app, division, endpoint, at);
    CREATE TABLE IF NOT EXISTS refusals (
        app TEXT NOT NULL, division INTEGER NOT NULL, endpoint TEXT NOT NULL, construct TEXT NOT NULL,
        status INTEGER NOT NULL, because INTEGER, reason TEXT NOT NULL, at INTEGER NOT NULL, until INTEGER NOT NULL,
        PRIMARY KEY (app, division, endpoint, construct)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sizes (
        service TEXT NOT NULL, division INTEGER NOT NULL, entity TEXT NOT NULL, filter TEXT NOT NULL,
        row_count INTEGER NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (service, division, entity, filter)) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS sizes_by_age ON sizes (service, at);
";

/// The ledger of one place, as this process holds it.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// `None`: it lives with the process.
    path: Option<PathBuf>,
    /// The store of the sign-in, with whose group it is shared.
    store: Option<PathBuf>,
    /// Opened at the first use, so that connecting costs no file.
    connection: Mutex<Option<Connection>>,
}

impl Ledger {
    /// The ledger beside this store of sign-ins. After a `fork` the child has its own.
    pub(crate) fn beside(store: &StoreLocation) -> Arc<Self> {
        type Known = HashMap<(u32, Option<PathBuf>), Arc<Ledger>>;
        static KNOWN: OnceLock<Mutex<Known>> = OnceLock::new();
        let store = match store {
            StoreLocation::Memory(_) => None,
            StoreLocation::File(store) => Some(store.clone()),
        };
        let path = store.as_ref().map(|store| store.with_file_name(FILE_NAME));
        let mut known = lock(KNOWN.get_or_init(Mutex::default));
        let ledger = known
            .entry((std::process::id(), path.clone()))
            .or_insert_with(|| Arc::new(Self { path, store, connection: Mutex::default() }));
        Arc::clone(ledger)
    }

    /// Runs `work` as the only writer of all processes; it may be run again. Dropping the future ends the wait for others.
    /// `None`: nothing can be counted here.
    pub(crate) async fn write<T>(&self, mut work: impl FnMut(&Transaction<'_>) -> rusqlite::Result<T>) -> Option<T> {
        let begun = Instant::now();
        loop {
            match self.attempt(TransactionBehavior::Immediate, &mut work) {
                Ok(value) => return Some(value),
                Err(error) if is_busy(&error) && begun.elapsed() < PATIENCE => {
                    let pause = PAUSE_MS * (0.5 + 2.0 * fastrand::f64());
                    tokio::time::sleep(Duration::from_secs_f64(pause / 1_000.0)).await;
                }
                Err(error) if self.count_alone(&error) => {}
                Err(error) => {
                    tracing::warn!(target: "exact::limits", %error, "the calls cannot be counted");
                    return None;
                }
            }
        }
    }

    /// Reads; writers do not hold it up.
    pub(crate) fn read<T>(&self, mut work: impl FnMut(&Transaction<'_>) -> rusqlite::Result<T>) -> Option<T> {
        let read = self.attempt(TransactionBehavior::Deferred, &mut work);
        read.inspect_err(|error| tracing::warn!(target: "exact::limits", %error, "the ledger of calls cannot be read"))
            .ok()
    }

    fn attempt<T>(
        &self,
        behavior: TransactionBehavior,
        work: &mut impl FnMut(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let mut slot = lock(&self.connection);
        let connection = match &mut *slot {
            Some(connection) => connection,
            closed => closed.insert(open(self.path.as_deref(), self.store.as_deref())?),
        };
        let transaction = connection.transaction_with_behavior(behavior)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }

    /// Goes on without the file; false if that is what failed.
    fn count_alone(&self, error: &rusqlite::Error) -> bool {
        let mut slot = lock(&self.connection);
        let is_file = slot.as_ref().is_none_or(|connection| connection.path().is_some_and(|path| !path.is_empty()));
        if let (true, Some(path)) = (is_file, &self.path) {
            tracing::warn!(target: "exact::limits", path = %path.display(), %error,
                "the ledger of calls cannot be used; this process counts its own calls only");
            *slot = open(None, None).ok();
            return slot.is_some();
        }
        false
    }
}

fn open(path: Option<&Path>, store: Option<&Path>) -> rusqlite::Result<Connection> {
    let connection = match path {
        None => Connection::open_in_memory()?,
        Some(path) => {
            // A failure here is SQLite's to tell, when it opens the file.
            let _ = auth::create_private(path, store);
            Connection::open(path)?
        }
    };
    connection.busy_timeout(OPENING)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.execute_batch(SCHEMA)?;
    connection.busy_timeout(Duration::ZERO)?;
    Ok(connection)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_file(path: PathBuf) -> Ledger {
        Ledger { path: Some(path), store: None, connection: Mutex::default() }
    }

    async fn add(ledger: &Ledger) -> i64 {
        ledger
            .write(|tx| {
                tx.execute("INSERT INTO errors VALUES ('a', 1, 'e', 2, 400)", [])?;
                tx.query_one("SELECT count(*) FROM errors", [], |row| row.get(0))
            })
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn two_holders_of_a_file_see_each_others_writes_and_only_the_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/calls.sqlite");
        let (one, two) = (of_file(path.clone()), of_file(path.clone()));
        assert_eq!((add(&one).await, add(&two).await, add(&one).await), (1, 2, 3));
        #[cfg(unix)]
        for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
            use std::os::unix::fs::PermissionsExt as _;
            let file = file.unwrap();
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
        }
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_used_does_not_stop_the_work_and_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.sqlite");
        std::fs::write(&path, "this is no database, however long it may be; it only looks like one in its name")
            .unwrap();
        let ledger = of_file(path.clone());
        assert_eq!((add(&ledger).await, add(&ledger).await), (1, 2));
        assert!(std::fs::read_to_string(&path).unwrap().starts_with("this is no database"));
        let nowhere = of_file(PathBuf::from("/dev/null/calls.sqlite"));
        assert_eq!(add(&nowhere).await, 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn many_writers_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.sqlite");
        let writers = (0..8).map(|_| {
            let ledger = of_file(path.clone());
            tokio::spawn(async move {
                for _ in 0..25 {
                    add(&ledger).await;
                }
            })
        });
        for writer in futures::future::join_all(writers).await {
            writer.unwrap();
        }
        assert_eq!(add(&of_file(path)).await, 201);
    }
}
