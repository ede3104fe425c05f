//! Whether a change has left for the service. One that waits for its turn can be taken back, one that has left cannot.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

/// Shared by the one who sends a change and the one who waits for its answer.
#[derive(Debug, Default)]
pub(crate) struct Departure {
    left: AtomicBool,
    withdrawn: AtomicBool,
}

impl Departure {
    /// Says that the change leaves now. False if it must not: it was withdrawn.
    pub(crate) fn leave(&self) -> bool {
        self.left.store(true, SeqCst);
        !self.withdrawn.load(SeqCst)
    }

    /// Takes the change back. True if that is too late. Where both happen at the same moment it says so too, though the
    /// change stays.
    pub(crate) fn withdraw(&self) -> bool {
        self.withdrawn.store(true, SeqCst);
        self.left.load(SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_withdrawn_and_what_left_is_not() {
        let waiting = Departure::default();
        assert!(!waiting.withdraw());
        assert!(!waiting.leave(), "it stays");
        let gone = Departure::default();
        assert!(gone.leave());
        assert!(gone.withdraw());
        assert!(!gone.leave(), "no second attempt");
    }
}
