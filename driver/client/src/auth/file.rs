//! A file that is replaced whole, under a lock that all processes heed.
//!
//! The new content is written beside the old one, synced, and renamed over it: a crash at any instruction leaves the old
//! or the new content. The file belongs to its owner alone, unless it was shared with a group (see [`share`]); then every
//! new content is shared with the same group.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// How the name of a file ends whose content is not whole yet.
const FRESH: &str = ".new";
/// How the name of a lock ends.
const LOCK: &str = "lock";

/// Replaces the content. The last of several writers counts.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    create_folder(path)?;
    let fresh = fresh(path);
    let outcome = write(&fresh, path, content).and_then(|()| rename(&fresh, path));
    if outcome.is_err() {
        // The reason that is told is that of the write.
        let _ = remove(&fresh);
    }
    outcome?;
    sync_folder(path)
}

/// The name of a content that is not whole yet, which no other writer has.
fn fresh(path: &Path) -> PathBuf {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    beside(path, format!("{}-{number}{FRESH}", std::process::id()))
}

/// Refuses a file that is read-only, which a rename would replace all the same. Root may write it, but whoever took the
/// right to write away wants it to stay.
pub(super) fn check_writable(path: &Path) -> io::Result<()> {
    let file = match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    if file.metadata()?.permissions().readonly() {
        return Err(io::Error::new(ErrorKind::PermissionDenied, "it is read-only"));
    }
    Ok(())
}

/// Finds out whether a file can be replaced, and leaves it as it is.
pub(super) fn try_replace(path: &Path) -> io::Result<()> {
    check_writable(path)?;
    let fresh = fresh(path);
    write(&fresh, path, &[])?;
    remove(&fresh)
}

/// Clears away what processes left that were killed while they wrote. Only a holder of the lock knows them dead.
pub(super) fn tidy(path: &Path) -> io::Result<()> {
    let is_fresh = |rest: &str| {
        let number = rest.strip_suffix(FRESH).and_then(|rest| rest.split_once('-'));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        number.is_some_and(|(process, number)| is_number(process) && is_number(number))
    };
    siblings(path, is_fresh)?.iter().try_for_each(|left| remove(left))
}

/// The files whose names are that of `path`, a dot, and a rest that fits.
fn siblings(path: &Path, fits: impl Fn(&str) -> bool) -> io::Result<Vec<PathBuf>> {
    let Some(start) = path.file_name().and_then(OsStr::to_str).map(|name| format!("{name}.")) else {
        return Ok(Vec::new());
    };
    let entries = match std::fs::read_dir(folder(path)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_str().and_then(|name| name.strip_prefix(&start)).is_some_and(&fits) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn write(fresh: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    owner_only(&mut options);
    let mut file = options.open(fresh)?;
    share_like(&file, path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Removes a file, and all that is kept beside it but locks, for good.
pub(super) fn forget(path: &Path) -> io::Result<()> {
    siblings(path, |rest| !rest.ends_with(LOCK))?.iter().try_for_each(|kept| remove(kept))?;
    remove(path)?;
    if folder(path).exists() { sync_folder(path) } else { Ok(()) }
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The file beside `path` that carries its lock: `path` itself is another file after each replacement. It is never
/// removed, since two processes that lock two files of one name would both go on.
pub(super) fn lock_file(path: &Path) -> io::Result<File> {
    create_folder(path)?;
    let lock = beside(path, LOCK);
    let mut options = OpenOptions::new();
    options.read(true).write(true).truncate(false);
    match options.open(&lock) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        other => return other,
    }
    owner_only(&mut options);
    let file = options.create(true).open(&lock)?;
    share_like(&file, path)?;
    Ok(file)
}

/// Makes an empty file, which belongs to its owner alone, or to whom `store` is shared with; one that is there stays as
/// it is.
pub(crate) fn create_private(path: &Path, store: Option<&Path>) -> io::Result<()> {
    create_folder(path)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    owner_only(&mut options);
    match options.open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(file) => store.map_or(Ok(()), |store| share_like(&file, store)),
    }
}

/// `path` with a further extension.
pub(super) fn beside(path: &Path, extension: impl AsRef<OsStr>) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

/// The place that a path leads to, so that two names of one file have one lock and a link stays a link.
pub(super) fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if let Ok(found) = path.canonicalize() {
        return plain(found);
    }
    match (path.parent().map(Path::canonicalize), path.file_name()) {
        (Some(Ok(folder)), Some(name)) => plain(folder.join(name)),
        _ => path,
    }
}

/// As people write it: Windows puts `\\?\` in front of what it resolves, which only long paths need.
fn plain(path: PathBuf) -> PathBuf {
    const LONGEST: usize = 247;
    let usual = path.to_str().and_then(|text| text.strip_prefix(r"\\?\"));
    match usual.filter(|text| cfg!(windows) && text.get(1..2) == Some(":") && text.len() < LONGEST) {
        Some(text) => text.into(),
        None => path,
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn create_folder(path: &Path) -> io::Result<()> {
    let folder = folder(path);
    if folder.exists() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.recursive(true).create(folder)
}

#[cfg(not(windows))]
fn rename(fresh: &Path, path: &Path) -> io::Result<()> {
    std::fs::rename(fresh, path)
}

/// Whoever has the old file open just now, a virus scanner above all, may hinder the rename for a moment. Synced, since a
/// folder cannot be.
#[cfg(windows)]
fn rename(fresh: &Path, path: &Path) -> io::Result<()> {
    const SHARING_VIOLATION: i32 = 32;
    let mut left = 40;
    let is_held = |error: &io::Error| {
        error.kind() == ErrorKind::PermissionDenied || error.raw_os_error() == Some(SHARING_VIOLATION)
    };
    while let Err(error) = std::fs::rename(fresh, path) {
        if left == 0 || !is_held(&error) {
            return Err(error);
        }
        left -= 1;
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    OpenOptions::new().write(true).open(path)?.sync_all()
}

/// Makes a rename or a removal last. On Windows a folder cannot be opened for this; there the renamed file is synced.
fn sync_folder(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(folder(path)).and_then(|folder| folder.sync_all()) {
        // Some network file systems sync no folders.
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        other => other,
    }
}

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn owner_only(_: &mut OpenOptions) {}

/// Shares `file` as `path` is shared: with its group, or (access control lists) with whom the folder names. Whoever else
/// may have been let in is not: others than owner and group never read a sign-in.
#[cfg(unix)]
fn share_like(file: &File, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    let Ok(shared) = std::fs::metadata(path) else { return Ok(()) };
    let for_group = shared.mode() & 0o060;
    if for_group == 0 {
        return Ok(());
    }
    if file.metadata()?.gid() != shared.gid() {
        fchown(file, None, Some(shared.gid()))?;
    }
    file.set_permissions(std::fs::Permissions::from_mode(0o600 | for_group))
}

#[cfg(not(unix))]
fn share_like(_: &File, _: &Path) -> io::Result<()> {
    Ok(())
}

/// What is counted and written down beside the sign-in, by all who share it.
#[cfg(unix)]
fn databases(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let is_database = |name: &str| name.starts_with("exact-") && name.contains(".sqlite");
    let found = entries.into_iter().filter(|entry| entry.file_name().to_str().is_some_and(is_database));
    Ok(found.map(|entry| entry.path()).collect())
}

/// Shares a file, its lock and the databases beside it with a group, whose members may read and replace it. They need a folder in which they may
/// do so: it is made, or must be theirs already.
#[cfg(unix)]
pub(super) fn share(path: &Path, group: u32) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
    let folder = folder(path);
    let is_new = !folder.exists();
    if is_new {
        std::fs::create_dir(folder)?;
        chown(folder, None, Some(group))?;
        // New files get the folder's group.
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o2770))?;
    }
    let found = std::fs::metadata(folder)?;
    if found.gid() != group || found.mode() & 0o2030 != 0o2030 {
        let reason = format!(
            "its folder {} is not open to that group, which must be able to replace the file at each renewal. Name a file \
             in a folder that does not exist yet, or first run: chgrp {group} {0} && chmod 2770 {0}",
            folder.display()
        );
        return Err(io::Error::new(ErrorKind::PermissionDenied, reason));
    }
    drop(lock_file(path)?);
    for file in [path.to_owned(), beside(path, LOCK)].into_iter().chain(databases(folder)?) {
        if file.exists() {
            chown(&file, None, Some(group))?;
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o660))?;
        }
    }
    Ok(())
}

/// Shares a file's folder with an account or a group, whose members may read and replace what is in it; new files there
/// are shared too. A folder that is made for it is open to nobody else.
#[cfg(windows)]
pub(super) fn share(path: &Path, account: &str) -> io::Result<()> {
    const SYSTEM: &str = "*S-1-5-18:(OI)(CI)F";
    let is_new = !folder(path).exists();
    drop(lock_file(path)?);
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let own = format!(r"{}\{}:(OI)(CI)F", variable("USERDOMAIN"), variable("USERNAME"));
    let theirs = format!("{account}:(OI)(CI)M");
    let mut command = std::process::Command::new("icacls");
    command.arg(folder(path)).args(["/grant", &theirs]);
    if is_new {
        command.args([&own, SYSTEM, "/inheritance:r"]);
    }
    let done = command.output()?;
    if done.status.success() {
        return Ok(());
    }
    let said = [done.stdout, done.stderr].concat();
    Err(io::Error::other(format!("icacls refuses {account}: {}", String::from_utf8_lossy(&said).trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_writer_left_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/store.json");
        replace(&path, b"one").unwrap();
        for name in ["4711-0.new", "divisions.4711-0.new", "divisions", "lock"] {
            std::fs::write(beside(&path, name), "half").unwrap();
        }
        tidy(&path).unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        let names = || {
            let entries = std::fs::read_dir(folder.path().join("a")).unwrap();
            let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        let kept = ["store.json", "store.json.divisions", "store.json.divisions.4711-0.new", "store.json.lock"];
        assert_eq!(names(), kept);
        forget(&path).unwrap();
        forget(&path).unwrap();
        assert_eq!(names(), ["store.json.lock"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_shared_file_stays_shared_with_its_group_and_nobody_else() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shared/store.json");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o7777;
        let own_group = std::fs::metadata(folder.path()).unwrap().gid();
        replace(&path, b"one").unwrap();
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert!(share(&path, own_group).unwrap_err().to_string().contains("chmod 2770"));
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
        share(&path, own_group).unwrap();
        replace(&path, b"one").unwrap();
        share(&path, own_group).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o664)).unwrap();
        let link = folder.path().join("link.json");
        let (ledger, later) = (path.with_file_name("exact-calls-1.sqlite"), path.with_file_name("exact-later.sqlite"));
        create_private(&ledger, None).unwrap();
        assert_eq!(mode(&ledger), 0o600);
        share(&path, own_group).unwrap();
        create_private(&later, Some(&path)).unwrap();
        create_private(&later, None).unwrap();
        assert_eq!((mode(&ledger), mode(&later)), (0o660, 0o660), "those who share the sign-in count together");
        symlink(&path, &link).unwrap();
        replace(&resolved(&link), b"two").unwrap();
        assert_eq!((mode(&path), mode(&beside(&path, "lock"))), (0o660, 0o660));
        assert!(link.is_symlink() && std::fs::read(&link).unwrap() == b"two");
        assert_eq!(resolved(&folder.path().join("shared/../shared/new.json")).file_name().unwrap(), "new.json");
    }
}
