//! Whether a change has left for the service. One that waits for its turn can be taken back, one that has left cannot.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering::SeqCst};

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

/// Shared by the one who sends a change and the one who waits for its answer.
#[derive(Debug)]
pub(crate) struct Departure {
    left: AtomicBool,
    withdrawn: AtomicBool,
    /// Status of the answer to the last attempt; 0: it has none.
    status: AtomicU16,
    witness: Arc<dyn Witness>,
}

impl Departure {
    pub(crate) fn new(witness: Arc<dyn Witness>) -> Self {
        Self { left: AtomicBool::default(), withdrawn: AtomicBool::default(), status: AtomicU16::default(), witness }
    }

    /// Says that the change leaves now.
    ///
    /// # Errors
    /// It must not: it was withdrawn, or the witness objects.
    pub(crate) async fn leave(&self) -> Result<()> {
        let again = self.left.swap(true, SeqCst);
        self.status.store(0, SeqCst);
        if self.withdrawn.load(SeqCst) {
            self.left.fetch_and(again, SeqCst);
            return Err(Error::Cancelled);
        }
        let witness = Arc::clone(&self.witness);
        let allowed = apart(move || witness.leaves()).await.and_then(|allowed| allowed);
        self.left.fetch_and(again || allowed.is_ok(), SeqCst);
        allowed
    }

    /// An answer with this HTTP status came.
    pub(crate) fn answered(&self, status: u16) {
        self.status.store(status, SeqCst);
    }

    /// The status of the answer to the last attempt, where there was one.
    pub(crate) fn status(&self) -> Option<u16> {
        Some(self.status.load(SeqCst)).filter(|status| *status > 0)
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
        departure.answered(429);
        departure.came_back().await;
        assert_eq!(departure.status(), Some(429));
        departure.leave().await.unwrap();
        assert_eq!(
            (departure.status(), heard.0.lock().unwrap().as_slice()),
            (None, &["leaves", "came back", "leaves"][..])
        );
        departure.came_back().await;
        assert!(!departure.withdraw(), "it waits");
    }
}
