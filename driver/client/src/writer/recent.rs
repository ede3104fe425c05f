//! The new rows that this process has sent lately. None of them is the row of another change whose answer was lost.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a row may take to appear whose answer was lost.
const LATELY: Duration = Duration::from_secs(600);

static SENT: LazyLock<Mutex<VecDeque<Sent>>> = LazyLock::new(Mutex::default);

struct Sent {
    number: u64,
    address: String,
    begun: Instant,
    /// Nothing as long as nobody knows what became of it.
    key: Option<String>,
}

/// A new row on its way.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    number: u64,
    address: String,
}

impl Recent {
    /// Enters a row that is sent to `address`.
    pub(super) fn begin(address: String) -> Recent {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let begun = Instant::now();
        let mut all = all();
        while all.front().is_some_and(|oldest| oldest.begun.elapsed() > LATELY) {
            all.pop_front();
        }
        all.push_back(Sent { number, address: address.clone(), begun, key: None });
        Recent { number, address }
    }

    /// The row has this key.
    pub(super) fn made(&self, key: String) {
        if let Some(own) = all().iter_mut().find(|one| one.number == self.number) {
            own.key = Some(key);
        }
    }

    /// There is no such row.
    pub(super) fn not_made(&self) {
        all().retain(|one| one.number != self.number);
    }

    /// The keys of other rows; nothing while it is not known which rows some of them are.
    pub(super) fn others(&self) -> Option<Vec<String>> {
        let all = all();
        let others = all.iter().filter(|one| one.number != self.number && one.address == self.address);
        others.map(|one| one.key.clone()).collect()
    }
}

fn all() -> MutexGuard<'static, VecDeque<Sent>> {
    SENT.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_others_are_known_or_nothing_is() {
        let address = || "https://h.example/rows".to_string();
        let (first, second) = (Recent::begin(address()), Recent::begin(address()));
        assert_eq!(second.others(), None);
        first.made("a".into());
        assert_eq!(second.others(), Some(vec!["a".to_string()]));
        assert_eq!(Recent::begin("https://h.example/else".into()).others(), Some(Vec::new()));
        second.not_made();
        assert_eq!(first.others(), Some(Vec::new()));
    }
}
