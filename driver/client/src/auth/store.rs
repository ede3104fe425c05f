//! Where a sign-in is kept: one JSON file, readable by its owner only, written so that a crash leaves the old or the
//! new content, under a lock that all processes of the user heed (fact sheet 2.7).

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::protection::{self, Seal};
use super::{StoredSignIn, file};
use crate::error::{Error, Result};
use crate::settings::StoreLocation;

/// How long another process may hold the lock: longer than a refresh over a slow network takes.
const LOCK_PATIENCE: Duration = Duration::from_secs(90);
const LOCK_PAUSE: Duration = Duration::from_millis(15);

/// A store that lives with the process.
#[derive(Debug, Default)]
struct MemoryStore {
    sign_in: Mutex<Option<StoredSignIn>>,
    kept: Mutex<HashMap<String, Vec<u8>>>,
    lock: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Clone, Debug)]
enum Place {
    File(PathBuf),
    Memory(String, Arc<MemoryStore>),
}

/// One store.
#[derive(Clone, Debug)]
pub struct Store(Place);

/// The right to change a store: held while its content is read, renewed and written. It ends when it is dropped, and
/// with the process.
#[derive(Debug)]
pub struct StoreLock {
    store: Store,
    _file: Option<File>,
    _memory: Option<tokio::sync::OwnedMutexGuard<()>>,
}

impl Store {
    /// The store in this file; `memory://name` is the store of that name in this process.
    pub fn at(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        match path.to_str().and_then(|text| text.strip_prefix("memory://")) {
            Some(name) => Self::in_memory(name),
            None => Self(Place::File(file::resolved(path))),
        }
    }

    /// The store of that name in this process.
    pub fn in_memory(name: &str) -> Self {
        static STORES: OnceLock<Mutex<HashMap<String, Arc<MemoryStore>>>> = OnceLock::new();
        let mut stores = STORES.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        let store = stores.entry(name.to_owned()).or_default();
        Self(Place::Memory(name.to_owned(), Arc::clone(store)))
    }

    pub fn of(location: &StoreLocation) -> Self {
        match location {
            StoreLocation::File(path) => Self::at(path),
            StoreLocation::Memory(name) => Self::in_memory(name),
        }
    }

    /// What tells this store from others.
    pub fn location(&self) -> StoreLocation {
        match &self.0 {
            Place::File(path) => StoreLocation::File(path.clone()),
            Place::Memory(name, _) => StoreLocation::Memory(name.clone()),
        }
    }

    /// Its path, or `memory://name`.
    pub fn name(&self) -> String {
        match &self.0 {
            Place::File(path) => path.display().to_string(),
            Place::Memory(name, _) => format!("memory://{name}"),
        }
    }

    /// The user's folder for sign-ins.
    pub fn folder() -> Result<PathBuf> {
        let folders = directories::ProjectDirs::from("", "", "exact-online-odbc").ok_or_else(|| Error::Store {
            path: "(default)".into(),
            reason: "this account has no home folder; name a file with the property OAuthSettingsLocation".into(),
        })?;
        Ok(folders.state_dir().unwrap_or_else(|| folders.data_local_dir()).to_owned())
    }

    /// The default file of a site and client id.
    pub fn default_path(base_url: &str, client_id: &str) -> Result<PathBuf> {
        Ok(Self::folder()?.join(file_name(base_url, client_id)))
    }

    /// The stores that `folder` holds for a site.
    pub(super) fn of_site(folder: &Path, base_url: &str) -> Vec<Self> {
        let start = format!("{}~", site(base_url));
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(&start)))
            .collect();
        paths.sort();
        paths.into_iter().map(Self::at).collect()
    }

    /// What is stored; `None` if nothing is. A file that cannot be read as a sign-in is an error, never an empty store.
    pub fn load(&self) -> Result<Option<StoredSignIn>> {
        let path = match &self.0 {
            Place::Memory(_, store) => {
                return Ok(store.sign_in.lock().unwrap_or_else(PoisonError::into_inner).clone());
            }
            Place::File(path) => path,
        };
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.error(format!("cannot be read: {error}"))),
        };
        let bytes = protection::open(bytes).map_err(|error| {
            self.error(format!("cannot be read: {error}. Sign in anew with: exact-odbc logout, then exact-odbc login"))
        })?;
        serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            // The parser's own words would repeat values of the file.
            let place = format!("line {}, column {}", error.line(), error.column());
            self.error(format!(
                "is damaged or not a sign-in ({place}); it was left untouched. Move it away and sign in again with: exact-odbc login"
            ))
        })
    }

    /// What was kept beside the sign-in under this name. It can be had from the service again, so that one which cannot
    /// be read counts as none.
    pub(crate) fn kept(&self, name: &str) -> Option<Vec<u8>> {
        match &self.0 {
            Place::Memory(_, store) => store.kept.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned(),
            Place::File(path) => std::fs::read(file::beside(path, name)).ok(),
        }
    }

    /// Keeps `content` beside the sign-in. The whole is replaced at once, so no lock is needed: the last one counts.
    pub(crate) fn keep(&self, name: &str, content: &[u8]) -> Result<()> {
        match &self.0 {
            Place::Memory(_, store) => {
                let mut kept = store.kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.insert(name.to_owned(), content.to_owned());
                Ok(())
            }
            Place::File(path) => file::replace(&file::beside(path, name), content)
                .map_err(|error| self.error(format!("what is kept beside it cannot be written: {error}"))),
        }
    }

    /// Waits for the lock that all processes share. Dropping the future ends the wait.
    pub async fn lock(&self) -> Result<StoreLock> {
        let path = match &self.0 {
            Place::Memory(_, memory) => {
                let guard = Arc::clone(&memory.lock).lock_owned().await;
                return Ok(StoreLock { store: self.clone(), _file: None, _memory: Some(guard) });
            }
            Place::File(path) => path,
        };
        let file = file::lock_file(path).map_err(|error| self.error(format!("cannot be locked: {error}")))?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(StoreLock { store: self.clone(), _file: Some(file), _memory: None }),
                Err(TryLockError::WouldBlock) if begun.elapsed() < LOCK_PATIENCE => {
                    tokio::time::sleep(LOCK_PAUSE).await;
                }
                Err(TryLockError::WouldBlock) => {
                    let reason = format!("another process has held its lock for {} s", LOCK_PATIENCE.as_secs());
                    return Err(self.error(reason));
                }
                Err(TryLockError::Error(error)) => return Err(self.error(format!("cannot be locked: {error}"))),
            }
        }
    }

    /// Lets the members of a group use and renew the sign-in, for accounts that have no browser.
    #[cfg(unix)]
    pub fn share(&self, group: u32) -> Result<()> {
        match &self.0 {
            Place::File(path) => {
                file::share(path, group).map_err(|error| self.error(format!("cannot be shared: {error}")))
            }
            Place::Memory(..) => Err(self.error("is in the memory of one process and cannot be shared".into())),
        }
    }

    /// Lets an account or a group use and renew the sign-in, for accounts that have no browser.
    #[cfg(windows)]
    pub fn share(&self, account: &str) -> Result<()> {
        let failed = |error: std::io::Error| self.error(format!("cannot be shared: {error}"));
        let Place::File(path) = &self.0 else {
            return Err(self.error("is in the memory of one process and cannot be shared".into()));
        };
        file::share(path, account).map_err(failed)?;
        match std::fs::read(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(failed(error)),
            Ok(bytes) => {
                let sealed = protection::open(bytes).and_then(|content| Seal::Machine.close(&content));
                sealed.and_then(|sealed| file::replace(path, &sealed)).map_err(failed)
            }
        }
    }

    fn error(&self, reason: String) -> Error {
        Error::Store { path: self.name(), reason }
    }
}

impl StoreLock {
    /// Finds out whether [`save`](Self::save) can succeed, before something is spent whose outcome must be saved.
    pub fn check(&self) -> Result<()> {
        self.store.load()?;
        match &self.store.0 {
            Place::Memory(..) => Ok(()),
            Place::File(path) => file::try_replace(path).map_err(|error| self.cannot_be_written(&error)),
        }
    }

    fn cannot_be_written(&self, error: &std::io::Error) -> Error {
        self.store.error(format!(
            "cannot be written: {error}. It was left untouched. Let this account write the file and its folder, or name \
             another file with the property OAuthSettingsLocation"
        ))
    }

    /// Replaces what is stored, whole and at once. A damaged or read-only file is not overwritten.
    pub fn save(&self, sign_in: &StoredSignIn) -> Result<()> {
        self.store.load()?;
        match &self.store.0 {
            Place::Memory(_, memory) => {
                *memory.sign_in.lock().unwrap_or_else(PoisonError::into_inner) = Some(sign_in.clone());
                Ok(())
            }
            Place::File(path) => {
                let failed = |error: std::io::Error| self.cannot_be_written(&error);
                let text = serde_json::to_vec_pretty(sign_in).map_err(|error| failed(error.into()))?;
                let sealed = Seal::of(path).close(&text).map_err(failed)?;
                file::check_writable(path)
                    .and_then(|()| file::tidy(path))
                    .and_then(|()| file::replace(path, &sealed))
                    .map_err(failed)
            }
        }
    }

    /// Forgets what is stored.
    pub fn remove(&self) -> Result<()> {
        match &self.store.0 {
            Place::Memory(_, memory) => {
                *memory.sign_in.lock().unwrap_or_else(PoisonError::into_inner) = None;
                Ok(())
            }
            Place::File(path) => {
                file::forget(path).map_err(|error| self.store.error(format!("cannot be removed: {error}")))
            }
        }
    }
}

/// The site as part of a file name: host, and port where there is one.
fn site(base_url: &str) -> String {
    plain(base_url.split_once("://").map_or(base_url, |(_, rest)| rest))
}

fn file_name(base_url: &str, client_id: &str) -> String {
    format!("{}~{}.json", site(base_url), plain(client_id.trim_matches(['{', '}'])))
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Secret;

    fn sign_in(token: &str) -> StoredSignIn {
        StoredSignIn::begin("https://start.exactonline.nl", "{app}", Secret::new("s"), Some(Secret::new(token)))
    }

    #[tokio::test]
    async fn what_was_saved_is_loaded_and_only_the_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/store.json");
        let store = Store::at(&path);
        let lock = store.lock().await.unwrap();
        assert_eq!(store.load().unwrap(), None);
        for token in ["one", "two"] {
            lock.save(&sign_in(token)).unwrap();
            assert_eq!(store.load().unwrap(), Some(sign_in(token)));
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let beside: Vec<_> =
            std::fs::read_dir(path.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(beside.len(), 2, "the store and its lock: {beside:?}");
        lock.remove().unwrap();
        assert_eq!(store.load().unwrap(), None);
    }

    #[tokio::test]
    async fn a_damaged_store_is_reported_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.json");
        for damaged in [&b""[..], b"{\"refresh_token\":\"geheim", b"[]"] {
            std::fs::write(&path, damaged).unwrap();
            let store = Store::at(&path);
            let lock = store.lock().await.unwrap();
            for error in [store.load().unwrap_err(), lock.save(&sign_in("new")).unwrap_err()] {
                let text = error.to_string();
                assert!(text.contains("exact-odbc login") && !text.contains("geheim"), "{text}");
            }
            assert_eq!(std::fs::read(&path).unwrap(), damaged);
        }
    }

    #[test]
    fn what_is_kept_beside_a_sign_in_is_no_sign_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file_name("https://start.exactonline.nl", "a"));
        for store in [Store::at(&path), Store::in_memory("kept-beside")] {
            assert_eq!(store.kept("divisions"), None);
            store.keep("divisions", b"[1]").unwrap();
            store.keep("divisions", b"[2]").unwrap();
            assert_eq!(store.kept("divisions").as_deref(), Some(&b"[2]"[..]));
            assert_eq!(store.load().unwrap(), None);
        }
        assert!(Store::of_site(folder.path(), "https://start.exactonline.nl").is_empty());
    }

    #[tokio::test]
    async fn two_holders_of_a_store_wait_for_one_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.json");
        let held = Store::at(&path).lock().await.unwrap();
        let second = Store::at(&path);
        let waiting = tokio::time::timeout(Duration::from_millis(60), second.lock()).await;
        assert!(waiting.is_err());
        drop(held);
        tokio::time::timeout(Duration::from_secs(5), second.lock()).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn each_site_and_client_id_has_its_file() {
        let folder = tempfile::tempdir().unwrap();
        for (site, id) in [
            ("https://start.exactonline.nl", "{a-1}"),
            ("https://start.exactonline.nl", "b"),
            ("http://127.0.0.1:80", "a"),
        ] {
            let lock = Store::at(folder.path().join(file_name(site, id))).lock().await.unwrap();
            lock.save(&sign_in("t")).unwrap();
        }
        let found = Store::of_site(folder.path(), "https://start.exactonline.nl");
        assert_eq!(found.len(), 2);
        assert_eq!(file_name("https://start.exactonline.nl", "{a-1}"), "start.exactonline.nl~a-1.json");
    }
}
