//! A change in the journal: written down the moment before it leaves, and its outcome when that is known.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::RecordBatch;

use super::{Change, key_of};
use crate::error::{Error, Result};
use crate::journal::{Answer, Entry, Intent, Journal, Outcome};
use crate::transport::{Answered, Clock, Session, Witness};

/// What the journal says of a change that was turned away before the service began it, and waits.
const TURNED_AWAY: &str = "it was turned away unread and was to be sent again";

/// A change, and its entry in the journal once it has one.
#[derive(Debug)]
pub(super) struct Recorded {
    /// Nothing where the connection keeps none.
    journal: Option<Arc<Journal>>,
    change: Arc<Change>,
    url: String,
    entry: Mutex<Option<Entry>>,
    clock: Arc<dyn Clock>,
    left_ms: AtomicI64,
}

impl Recorded {
    /// Nothing is written yet.
    ///
    /// # Errors
    /// HYC00 for an entity that has no address.
    pub(super) fn of(session: &Session, change: &Arc<Change>) -> Result<Self> {
        Ok(Self {
            journal: session.journal().cloned(),
            change: Arc::clone(change),
            url: change.url(session.base_url())?,
            entry: Mutex::default(),
            clock: Arc::clone(&session.identity.clock),
            left_ms: AtomicI64::default(),
        })
    }

    /// When it left for the last time, in milliseconds since 1970.
    pub(super) fn left_ms(&self) -> i64 {
        self.left_ms.load(Ordering::SeqCst)
    }

    /// Enters what became of it. `answered`: the answer to the last attempt, where there was one.
    pub(super) fn end(&self, outcome: &Result<Option<RecordBatch>>, answered: Option<&Answered>) {
        let reason = outcome.as_ref().err().map(ToString::to_string).unwrap_or_default();
        let reason = reason.as_str();
        let answer = answered.map(|answered| Answer { status: answered.status, body: &answered.body });
        match (outcome, answer) {
            (Ok(row), answer) => self.made(row.as_ref(), answer),
            (Err(Error::OutcomeUnknown { .. }), answer) => self.enter(&Outcome::Unknown { answer, reason }),
            (Err(_), Some(answer)) => self.enter(&Outcome::Refused { answer, reason }),
            (Err(_), None) => self.enter(&Outcome::NotSent { reason }),
        }
    }

    /// Enters that it was made. `answer`: where the service said so itself.
    pub(super) fn made(&self, row: Option<&RecordBatch>, answer: Option<Answer<'_>>) {
        let key = row.and_then(|row| key_of(self.change.entity, row));
        self.enter(&Outcome::Made { answer, key: key.as_deref() });
    }

    /// Enters that it was taken back before it left.
    pub(super) fn taken_back(&self) {
        let reason = Error::Cancelled.to_string();
        self.enter(&Outcome::NotSent { reason: &reason });
    }

    fn enter(&self, outcome: &Outcome<'_>) {
        let Some(journal) = &self.journal else { return };
        let mut entry = self.entry();
        if entry.is_some_and(|entry| journal.record_after(entry, outcome)) {
            return;
        }
        // It has not left, or the file in which it stood is gone.
        match journal.record_before(&self.intent()) {
            Ok(new) => {
                journal.record_after(new, outcome);
                *entry = Some(new);
            }
            Err(error) => {
                tracing::warn!(target: "exact::journal", %error, ?outcome, "an outcome is not in the journal")
            }
        }
    }

    fn intent(&self) -> Intent<'_> {
        let change = &self.change;
        Intent {
            statement: change.cause.statement,
            sql: &change.cause.sql,
            division: change.entity.in_division.then_some(change.division),
            table: change.table(),
            method: change.verb.name(),
            url: &self.url,
            body: change.text(),
            key: change.key.as_deref(),
            before: &change.before,
        }
    }

    fn entry(&self) -> MutexGuard<'_, Option<Entry>> {
        self.entry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Witness for Recorded {
    /// Writes the change down. If that fails it must not leave.
    fn leaves(&self) -> Result<()> {
        self.left_ms.store(self.clock.now_ms(), Ordering::SeqCst);
        let Some(journal) = &self.journal else { return Ok(()) };
        let mut entry = self.entry();
        let is_known = match *entry {
            Some(entry) => journal.record_again(entry)?,
            None => false,
        };
        if !is_known {
            *entry = Some(journal.record_before(&self.intent())?);
        }
        Ok(())
    }

    fn came_back(&self) {
        if let (Some(journal), Some(entry)) = (&self.journal, *self.entry()) {
            journal.record_after(entry, &Outcome::NotSent { reason: TURNED_AWAY });
        }
    }
}
