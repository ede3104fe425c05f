//! How a sign-in is protected on disk. On Unix the permissions of its file do; on Windows its content is sealed by the
//! Data Protection API, for its account or, where the store is shared, for the machine.

#[cfg(windows)]
use std::io::Error;
use std::io::Result;
use std::path::Path;

/// Whom a sealed content is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seal {
    #[cfg(windows)]
    Account,
    /// Whoever can read the file on this machine: the folder's access list says who that is.
    #[cfg(windows)]
    Machine,
    #[cfg(not(windows))]
    None,
}

impl Seal {
    /// That of a content which replaces the one at `path`.
    #[cfg(windows)]
    pub(super) fn of(path: &Path) -> Seal {
        let start = std::fs::read(path).unwrap_or_default();
        if start.starts_with(Seal::Machine.heading()) { Seal::Machine } else { Seal::Account }
    }

    #[cfg(not(windows))]
    pub(super) fn of(_: &Path) -> Seal {
        Seal::None
    }

    /// What a sealed file begins with, and everyone may read.
    #[cfg(windows)]
    fn heading(self) -> &'static [u8] {
        match self {
            Seal::Account => b"Exact Online sign-in, protected for its account\r\n",
            Seal::Machine => b"Exact Online sign-in, protected for this machine\r\n",
        }
    }

    #[cfg(windows)]
    fn scope(self) -> windows_dpapi::Scope {
        match self {
            Seal::Account => windows_dpapi::Scope::User,
            Seal::Machine => windows_dpapi::Scope::Machine,
        }
    }

    /// The bytes to be written.
    #[cfg(windows)]
    pub(super) fn close(self, content: &[u8]) -> Result<Vec<u8>> {
        let sealed = windows_dpapi::encrypt_data(content, self.scope(), None).map_err(refused)?;
        Ok([self.heading(), &sealed].concat())
    }

    #[cfg(not(windows))]
    #[allow(clippy::unnecessary_wraps)]
    pub(super) fn close(self, content: &[u8]) -> Result<Vec<u8>> {
        Ok(content.to_owned())
    }
}

/// The content of a file. One that is not sealed, as another system or program has written it, is taken as it is.
#[cfg(windows)]
pub(super) fn open(bytes: Vec<u8>) -> Result<Vec<u8>> {
    for seal in [Seal::Account, Seal::Machine] {
        if let Some(sealed) = bytes.strip_prefix(seal.heading()) {
            return windows_dpapi::decrypt_data(sealed, seal.scope(), None).map_err(|error| {
                let reason = match seal {
                    Seal::Account => "it is protected for the account that signed in",
                    Seal::Machine => "it is protected for the machine that signed in",
                };
                Error::other(format!("{reason}, and Windows does not open it here ({})", refused(error)))
            });
        }
    }
    Ok(bytes)
}

#[cfg(not(windows))]
#[allow(clippy::unnecessary_wraps)]
pub(super) fn open(bytes: Vec<u8>) -> Result<Vec<u8>> {
    Ok(bytes)
}

#[cfg(windows)]
fn refused(error: impl std::fmt::Debug) -> Error {
    Error::other(format!("{error:?}").replace('\n', " "))
}

#[cfg(all(test, windows))]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_content_shows_nothing_and_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.json");
        for seal in [Seal::Account, Seal::Machine] {
            let sealed = seal.close(b"{\"refresh_token\":\"geheim\"}").unwrap();
            assert!(!sealed.windows(6).any(|part| part == b"geheim"));
            assert_eq!(open(sealed.clone()).unwrap(), b"{\"refresh_token\":\"geheim\"}");
            std::fs::write(&path, &sealed).unwrap();
            assert_eq!(Seal::of(&path), seal);
            let mut damaged = sealed;
            damaged.truncate(damaged.len() - 9);
            assert!(open(damaged).unwrap_err().to_string().contains("protected for"));
        }
        assert_eq!(open(b"{}".to_vec()).unwrap(), b"{}");
    }
}
