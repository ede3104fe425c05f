//! What ends a call before its natural end: a cancel from another thread, or a time limit.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::error::{Error, Result};

/// Cancels one execution. Clones share the same state; `cancel` takes no lock that a running call holds.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(CancellationToken);

impl CancelToken {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn cancel(&self) {
        self.0.cancel();
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// How long a call may wait, and who may end it.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    pub cancel: CancelToken,
    /// `None` waits without a limit, as SQL_ATTR_QUERY_TIMEOUT = 0 does.
    pub timeout: Option<Duration>,
}

impl Limits {
    /// Waits for `work`, but no longer than these limits allow: HY008 after a cancel, HYT00 after the time limit.
    pub(crate) async fn wait<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let limited = async {
            match self.timeout {
                None => work.await,
                Some(limit) => tokio::time::timeout(limit, work).await.unwrap_or(Err(Error::TimedOut { limit })),
            }
        };
        tokio::select! {
            biased;
            () = self.cancel.0.cancelled() => Err(Error::Cancelled),
            result = limited => result,
        }
    }
}

/// The limits of a call that waits several times: all of its waits together may take that long.
#[derive(Clone, Debug)]
pub struct Deadline {
    whole: Limits,
    begun: Instant,
}

impl Deadline {
    /// These limits, counted from now on.
    pub fn from_now(limits: &Limits) -> Self {
        Self { whole: limits.clone(), begun: Instant::now() }
    }

    /// What is left for the next wait.
    ///
    /// # Errors
    /// HY008 after a cancel, HYT00 where no time is left: nothing should be begun any more.
    pub fn left(&self) -> Result<Limits> {
        if self.whole.cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let Some(limit) = self.whole.timeout else { return Ok(self.whole.clone()) };
        match limit.checked_sub(self.begun.elapsed()).filter(|left| !left.is_zero()) {
            Some(left) => Ok(Limits { timeout: Some(left), ..self.whole.clone() }),
            None => Err(Error::TimedOut { limit }),
        }
    }

    /// An error with the whole time limit in it instead of what was left of it.
    #[must_use]
    pub fn told(&self, error: Error) -> Error {
        match (error, self.whole.timeout) {
            (Error::TimedOut { .. }, Some(limit)) => Error::TimedOut { limit },
            (Error::TimedOutWaiting { until_ms, .. }, Some(limit)) => Error::TimedOutWaiting { limit, until_ms },
            (error, _) => error,
        }
    }
}
