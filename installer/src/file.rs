//! Changing a configuration file that others use too.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::ini::Ini;

/// Permissions of a new file that all users of the machine read.
pub const PUBLIC: u32 = 0o644;
/// Permissions of a new file that may hold a client secret.
pub const PRIVATE: u32 = 0o600;

/// The file as it stands; a missing file is an empty one.
pub fn read(path: &Path) -> Result<Ini> {
    match fs::read(path) {
        Ok(bytes) => Ok(Ini::parse(&String::from_utf8_lossy(&bytes))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Ini::parse("")),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// Changes a file as a whole or not at all, and keeps what it held before beside it (`NAME.before-exact-odbc`). Two
/// changes at once are made one after the other. Says whether anything changed.
///
/// `new_mode` are the permissions of a file that is made: `PUBLIC` or `PRIVATE`. A file that is not UTF-8 is refused,
/// since it could not be written back as it was.
pub fn change(path: &Path, new_mode: u32, edit: impl FnOnce(&mut Ini) -> Result<()>) -> Result<bool> {
    // A link is followed, so that the file it points at is replaced and not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let describe = || format!("{} cannot be changed", path.display());
    fs::create_dir_all(folder).with_context(describe)?;
    let lock = File::open(folder).with_context(describe)?;
    lock.lock().with_context(describe)?;

    let before = match fs::read(&path) {
        Ok(bytes) => Some(String::from_utf8(bytes).with_context(describe)?),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(describe),
    };
    let mut ini = Ini::parse(before.as_deref().unwrap_or_default());
    let untouched = ini.clone();
    edit(&mut ini)?;
    if ini == untouched {
        return Ok(false);
    }
    if before.is_some() {
        fs::copy(&path, backup(&path)).with_context(describe)?;
    }
    replace(&path, folder, &ini.text(), new_mode).with_context(describe)?;
    Ok(true)
}

fn backup(path: &Path) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(".before-exact-odbc");
    PathBuf::from(name)
}

fn replace(path: &Path, folder: &Path, text: &str, new_mode: u32) -> std::io::Result<()> {
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().set_permissions(permissions(path, new_mode)?)?;
    new.as_file().sync_all()?;
    new.persist(path)?;
    Ok(())
}

/// Those of the file as it stands.
fn permissions(path: &Path, new_mode: u32) -> std::io::Result<fs::Permissions> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.permissions()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(fs::Permissions::from_mode(new_mode)),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(path: &Path, section: &str) -> Result<bool> {
        change(path, PRIVATE, |ini| ini.set(section, &[("Driver", "x")]))
    }

    #[test]
    fn a_change_keeps_the_former_file_and_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("odbc.ini");
        fs::write(&path, "[A]\nb=c\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(add(&path, "New").unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "[A]\nb=c\n\n[New]\nDriver = x\n");
        assert_eq!(fs::read_to_string(backup(&path)).unwrap(), "[A]\nb=c\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(!add(&path, "New").unwrap());
        assert_eq!(
            fs::read_to_string(backup(&path)).unwrap(),
            "[A]\nb=c\n",
            "an idle change must not touch the backup"
        );
    }

    #[test]
    fn a_new_file_is_private_and_a_link_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub/odbc.ini");
        assert!(add(&path, "New").unwrap());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let link = folder.path().join("link.ini");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(add(&link, "Second").unwrap());
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::read_to_string(&path).unwrap().contains("[Second]"));
    }

    #[test]
    fn changes_at_the_same_time_are_all_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("odbc.ini");
        std::thread::scope(|scope| {
            for number in 0..20 {
                let path = &path;
                scope.spawn(move || add(path, &format!("S{number}")).unwrap());
            }
        });
        assert_eq!(read(&path).unwrap().sections().len(), 20);
    }

    #[test]
    fn a_file_that_could_not_be_written_back_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("odbc.ini");
        fs::write(&path, b"[A]\nb=\xff\n").unwrap();
        assert!(add(&path, "New").is_err());
        assert_eq!(fs::read(&path).unwrap(), b"[A]\nb=\xff\n");
    }
}
