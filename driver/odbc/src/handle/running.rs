//! What SQLCancel reaches while another thread holds the connection.

use std::sync::{Mutex, PoisonError};

use exact_engine::CancelToken;

/// The cancel token of the call that runs on a statement, or of the commit that runs on a connection, if one does.
#[derive(Default)]
pub struct Running(Mutex<Option<CancelToken>>);

impl Running {
    /// Runs `work` with a new token, which [`Running::cancel`] reaches while it lasts.
    pub fn during<R>(&self, work: impl FnOnce(CancelToken) -> R) -> R {
        let done = work(self.begin());
        self.end();
        done
    }

    /// A new token, which [`Running::cancel`] reaches until [`Running::end`].
    pub fn begin(&self) -> CancelToken {
        let token = CancelToken::new();
        self.set(Some(token.clone()));
        token
    }

    pub fn end(&self) {
        self.set(None);
    }

    /// Cancels what runs; gives whether anything does.
    #[must_use]
    pub fn cancel(&self) -> bool {
        let token = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        token.inspect(CancelToken::cancel).is_some()
    }

    fn set(&self, token: Option<CancelToken>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = token;
    }
}
