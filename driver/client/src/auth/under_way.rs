//! Exchanges that are under way, so that an orderly end of the process waits for their answers: a refresh token that was
//! sent is spent, and one whose answer is not stored is lost.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, Id};

/// The runtime of each exchange.
static EXCHANGES: Mutex<Vec<Id>> = Mutex::new(Vec::new());
static ENDED: Condvar = Condvar::new();

/// One exchange; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct UnderWay(Id);

impl UnderWay {
    pub(super) fn on(runtime: &Handle) -> Self {
        let id = runtime.id();
        exchanges().push(id);
        Self(id)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut exchanges = exchanges();
        if let Some(place) = exchanges.iter().position(|id| *id == self.0) {
            exchanges.swap_remove(place);
        }
        drop(exchanges);
        ENDED.notify_all();
    }
}

/// Waits until no exchange is under way on this runtime, but not longer than `patience`. Call it before the runtime is
/// shut down, from a thread that is not one of its own.
pub fn finish_exchanges(runtime: &Handle, patience: Duration) {
    let begun = Instant::now();
    let mut exchanges = exchanges();
    while exchanges.contains(&runtime.id()) {
        let Some(left) = patience.checked_sub(begun.elapsed()) else { return };
        exchanges = ENDED.wait_timeout(exchanges, left).unwrap_or_else(PoisonError::into_inner).0;
    }
}

fn exchanges() -> MutexGuard<'static, Vec<Id>> {
    EXCHANGES.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exchange_is_waited_for_and_others_are_not() {
        let build = || tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (ours, theirs) = (build(), build());
        let other = UnderWay::on(theirs.handle());
        let exchange = UnderWay::on(ours.handle());
        let (sender, receiver) = std::sync::mpsc::channel();
        ours.spawn(async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            sender.send(()).unwrap();
            drop(exchange);
        });
        finish_exchanges(ours.handle(), Duration::from_secs(30));
        receiver.try_recv().expect("it has ended");
        finish_exchanges(theirs.handle(), Duration::from_millis(10));
        drop(other);
    }
}
