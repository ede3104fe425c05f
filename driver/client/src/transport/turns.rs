//! How many calls of a process are under way at the same time: one for each division, a few in all (fact sheet 7.5).
//!
//! Other processes are not waited for: what they may send together is the ledger's to say, and one that was killed, or that
//! waits a minute for a slow answer, must not hold up all others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::reader::AT_ONCE;

/// The calls of one identity that are under way.
#[derive(Debug)]
pub(crate) struct Turns {
    divisions: Mutex<HashMap<i32, Arc<Semaphore>>>,
    places: Semaphore,
}

impl Default for Turns {
    fn default() -> Self {
        Self { divisions: Mutex::default(), places: Semaphore::new(AT_ONCE) }
    }
}

impl Turns {
    /// Waits until no other call to this division is under way; they come in the order in which they asked. Hold what
    /// comes while the call lasts.
    pub(crate) async fn of(&self, division: i32) -> Option<OwnedSemaphorePermit> {
        let gate = {
            let mut divisions = self.divisions.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(divisions.entry(division).or_insert_with(|| Arc::new(Semaphore::new(1))))
        };
        // Refused only by a gate that was closed, which none ever is.
        gate.acquire_owned().await.ok()
    }

    /// Waits for one of the places that all divisions share. Take it last, so that nobody waits for a budget in it.
    pub(crate) async fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.places.acquire().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn waits<T>(wait: impl Future<Output = T>) -> bool {
        tokio::time::timeout(Duration::from_millis(20), wait).await.is_err()
    }

    #[tokio::test]
    async fn a_division_has_one_call_and_all_have_a_few() {
        let turns = Turns::default();
        let turn = turns.of(5512).await;
        assert!(waits(turns.of(5512)).await);
        assert!(!waits(turns.of(5513)).await);
        drop(turn);
        assert!(!waits(turns.of(5512)).await);
        let mut places = Vec::new();
        for _ in 0..AT_ONCE {
            places.push(turns.place().await);
        }
        assert!(waits(turns.place()).await);
        places.pop();
        assert!(!waits(turns.place()).await);
    }
}
