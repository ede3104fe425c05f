//! A log file that begins anew when it is full.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A log file, and its predecessors `name.1`, `name.2` ... Several processes may write to the same one.
#[derive(Debug)]
pub(super) struct LogFile {
    pub(super) path: PathBuf,
    /// In bytes.
    max_size: u64,
    /// This one and its predecessors.
    max_count: u32,
    file: Mutex<File>,
}

impl LogFile {
    pub(super) fn open(path: &Path, max_size: u64, max_count: u32) -> io::Result<Self> {
        let file = Mutex::new(append(path)?);
        Ok(Self { path: path.to_owned(), max_size, max_count, file })
    }

    /// Adds a line, in one piece.
    pub(super) fn write(&self, line: &[u8]) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        self.follow(&mut file)?;
        let size = file.metadata()?.len();
        if size > 0 && size + line.len() as u64 > self.max_size {
            self.begin_anew(&mut file)?;
        }
        file.write_all(line)
    }

    /// Takes up the file that another process has begun. It is told by its length: where two happen to be of one length,
    /// or one has just grown, the worst is a line in the predecessor or a file opened once more.
    fn follow(&self, file: &mut File) -> io::Result<()> {
        let is_ours = match std::fs::metadata(&self.path) {
            Ok(found) => found.len() == file.metadata()?.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(error),
        };
        if !is_ours {
            *file = append(&self.path)?;
        }
        Ok(())
    }

    /// Moves every file one place on and begins an empty one. The full file's lock keeps other processes out.
    fn begin_anew(&self, file: &mut File) -> io::Result<()> {
        let full = file.try_clone()?;
        full.lock()?;
        self.follow(file)?;
        if file.metadata()?.len() != full.metadata()?.len() {
            return Ok(());
        }
        let oldest = self.max_count.saturating_sub(1);
        for number in (0..oldest).rev() {
            match std::fs::rename(self.numbered(number), self.numbered(number + 1)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        if oldest == 0 {
            std::fs::remove_file(&self.path)?;
        }
        *file = append(&self.path)?;
        Ok(())
    }

    fn numbered(&self, number: u32) -> PathBuf {
        if number == 0 {
            return self.path.clone();
        }
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        name.into()
    }
}

/// Queries and values of a company stand in a log, so its owner alone may read it.
fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(folder: &Path) -> Vec<(String, String)> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        let mut all: Vec<_> = entries
            .map(|e| (e.file_name().into_string().unwrap(), std::fs::read_to_string(e.path()).unwrap()))
            .collect();
        all.sort();
        all
    }

    #[test]
    fn a_full_file_is_kept_and_the_oldest_one_goes() {
        let folder = tempfile::tempdir().unwrap();
        let log = LogFile::open(&folder.path().join("a.log"), 8, 3).unwrap();
        for line in ["1111\n", "22\n", "3333\n", "4444\n", "longer than a file\n", "5\n"] {
            log.write(line.as_bytes()).unwrap();
        }
        let found = contents(folder.path());
        let found: Vec<_> = found.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(found, [("a.log", "5\n"), ("a.log.1", "longer than a file\n"), ("a.log.2", "4444\n")]);
    }

    #[test]
    fn one_file_may_be_all_that_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let log = LogFile::open(&folder.path().join("a.log"), 4, 1).unwrap();
        for line in ["111\n", "222\n"] {
            log.write(line.as_bytes()).unwrap();
        }
        assert_eq!(contents(folder.path()), [("a.log".to_owned(), "222\n".to_owned())]);
    }

    #[test]
    fn several_writers_share_a_file_and_lose_no_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        std::thread::scope(|scope| {
            for writer in 0..4 {
                // Each has its own handle, as a process has.
                let log = LogFile::open(&path, 500, 1_000).unwrap();
                scope.spawn(move || {
                    (0..100).for_each(|number| log.write(format!("{writer} {number:03}\n").as_bytes()).unwrap());
                });
            }
        });
        let mut lines: Vec<String> = contents(folder.path())
            .iter()
            .flat_map(|(_, text)| text.lines().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        lines.sort();
        let expected: Vec<String> = (0..4).flat_map(|w| (0..100).map(move |n| format!("{w} {n:03}"))).collect();
        assert_eq!(lines, expected);
    }
}
