//! Whether a change has left for the service. One that waits for its turn can be taken back, one that has left cannot.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::error::{Error, Result};

/// Is told where a change is. It may block, so it is never asked on a thread of the network.
pub(crate) trait Witness: std::fmt::Debug + Send + Sync {
    /// It is about to leave, for the first time or once more.
    ///
    /// # Errors
    /// It must not leave.
    fn leaves(&self) -> Result<()>;

    /// It left in vain: the service has not begun it. It may leave again.
    fn came_back(&self);
}

/// The answer to an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    /// The HTTP status.
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

/// Shared by the one who sends a change and the one who waits for its answer.
#[derive(Debug)]
pub(crate) struct Departure {
    left: AtomicBool,
    withdrawn: AtomicBool,
    /// To the last attempt.
    answer: Mutex<Option<Answered>>,
    witness: Arc<dyn Witness>,
}

impl Departure {
    pub(crate) fn new(witness: Arc<dyn Witness>) -> Self {
        Self { left: AtomicBool::default(), withdrawn: AtomicBool::default(), answer: Mutex::default(), witness }
    }

    /// Says that the change leaves now.
    ///
    /// # Errors
    /// It must not: it was withdrawn, or the witness objects.
    pub(crate) async fn leave(&self) -> Result<()> {
        let again = self.left.swap(true, SeqCst);
        *self.last() = None;
        if self.withdrawn.load(SeqCst) {
            self.left.fetch_and(again, SeqCst);
            return Err(Error::Cancelled);
        }
        let witness = Arc::clone(&self.witness);
        let allowed = apart(move || witness.leaves()).await.and_then(|allowed| allowed);
        self.left.fetch_and(again || allowed.is_ok(), SeqCst);
        allowed
    }

    /// An answer came.
    pub(crate) fn answered(&self, answer: Answered) {
        *self.last() = Some(answer);
    }

    /// The answer to the last attempt, where there was one.
    pub(crate) fn answer(&self) -> Option<Answered> {
        self.last().clone()
    }

    fn last(&self) -> MutexGuard<'_, Option<Answered>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It is certain that the service has not begun it.
    pub(crate) async fn came_back(&self) {
        if self.left.swap(false, SeqCst) {
            let witness = Arc::clone(&self.witness);
            let _ = apart(move || witness.came_back()).await;
        }
    }

    /// Takes the change back. True if that is too late. Where both happen at the same moment it says so too, though the
    /// change stays.
    pub(crate) fn withdraw(&self) -> bool {
        self.withdrawn.store(true, SeqCst);
        self.left.load(SeqCst)
    }
}

/// Does what may block.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal { what: error.to_string() })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Debug, Default)]
    struct Heard(Mutex<Vec<&'static str>>);

    impl Witness for Heard {
        fn leaves(&self) -> Result<()> {
            self.0.lock().unwrap().push("leaves");
            Ok(())
        }

        fn came_back(&self) {
            self.0.lock().unwrap().push("came back");
        }
    }

    #[tokio::test]
    async fn what_waits_is_withdrawn_and_what_left_is_not() {
        let heard = Arc::new(Heard::default());
        let departure = || Departure::new(Arc::clone(&heard) as _);
        let waiting = departure();
        assert!(!waiting.withdraw());
        waiting.leave().await.expect_err("it stays");
        assert!(heard.0.lock().unwrap().is_empty());
        let gone = departure();
        gone.leave().await.unwrap();
        assert!(gone.withdraw());
        gone.leave().await.expect_err("no second attempt");
    }

    #[tokio::test]
    async fn what_was_turned_away_waits_again() {
        let heard = Arc::new(Heard::default());
        let departure = Departure::new(Arc::clone(&heard) as _);
        departure.came_back().await;
        departure.leave().await.unwrap();
        departure.answered(Answered { status: 429, body: Bytes::new() });
        departure.came_back().await;
        assert_eq!(departure.answer().map(|answer| answer.status), Some(429));
        departure.leave().await.unwrap();
        assert_eq!(
            (departure.answer(), heard.0.lock().unwrap().as_slice()),
            (None, &["leaves", "came back", "leaves"][..])
        );
        departure.came_back().await;
        assert!(!departure.withdraw(), "it waits");
    }
}
