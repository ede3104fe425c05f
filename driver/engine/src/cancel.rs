//! What ends a call before its natural end: a cancel from another thread, or a time limit.

use std::time::Duration;

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
