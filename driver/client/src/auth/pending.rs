//! One sign-in through the browser at a time for each client id, over all processes of the user: a second window would
//! end what the first one begins (fact sheet 2.6).

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Store, file};
use crate::error::{Error, Result};

/// The right to sign in with a client id. It ends when it is dropped, and with the process.
#[derive(Debug)]
pub struct PendingSignIn {
    _lock: File,
}

/// How often the right is asked for, with a pause between: a process that only looks holds it for a moment.
const TRIES: usize = 10;
const PAUSE: Duration = Duration::from_millis(20);

impl PendingSignIn {
    /// Takes the right; `None` if another process has it.
    pub fn begin(base_url: &str, client_id: &str) -> Result<Option<Self>> {
        let (path, lock) = open(base_url, client_id)?;
        for _ in 0..TRIES {
            match lock.try_lock() {
                Ok(()) => return Ok(Some(Self { _lock: lock })),
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
                Err(TryLockError::Error(error)) => return Err(failed(&path, &error)),
            }
        }
        Ok(None)
    }

    /// Whether a process, this one or another, has the right now.
    pub(super) fn is_under_way(base_url: &str, client_id: &str) -> Result<bool> {
        let (path, lock) = open(base_url, client_id)?;
        match lock.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(failed(&path, &error)),
        }
    }
}

fn open(base_url: &str, client_id: &str) -> Result<(PathBuf, File)> {
    let path = file::beside(&Store::default_path(base_url, client_id)?, "signing-in");
    let lock = file::lock_file(&path).map_err(|error| failed(&path, &error))?;
    Ok((path, lock))
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::Store { path: path.display().to_string(), reason: format!("cannot be locked: {error}") }
}
