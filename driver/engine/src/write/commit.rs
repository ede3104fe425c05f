//! The end of a transaction.

use std::sync::PoisonError;
use std::time::Instant;

use exact_client::Notice;

use super::send::Sender;
use super::transaction::Transaction;
use crate::cancel::Limits;
use crate::connection::Shared;
use crate::error::{Error, Result};

impl Shared {
    /// What waits for a commit.
    pub fn transaction(&self) -> std::sync::MutexGuard<'_, Transaction> {
        self.transaction.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends what waits, in order.
///
/// # Errors
/// 25S01 where it is not known what the service did with a change, HY000 where it refused one; the message lists what was
/// written and what was not. 25000 after such an error, until the rollback.
pub fn commit(shared: &Shared, limits: &Limits) -> Result<()> {
    let mut changes = {
        let transaction = shared.transaction();
        if transaction.failed {
            return Err(Error::TransactionFailed);
        }
        transaction.merged()?
    };
    let sender = Sender { engine: &shared.engine, session: &shared.source.session, limits, begun: Instant::now() };
    let sent = sender.send(&mut changes);
    let outcome = sent.complete("COMMIT", &changes, true);
    let mut transaction = shared.transaction();
    transaction.queue.clear();
    transaction.failed = outcome.is_err();
    outcome.map(drop)
}

/// Gives up what waits.
pub fn rollback(shared: &Shared) -> Option<Notice> {
    let mut transaction = shared.transaction();
    transaction.queue.clear();
    let failed = std::mem::take(&mut transaction.failed);
    failed.then(|| Notice {
        sqlstate: "01000",
        message: "what the commit had written before it failed stays written; the rest was given up".into(),
    })
}

/// Turns autocommit off or on; what waits is sent before.
pub fn set_manual(shared: &Shared, manual: bool, limits: &Limits) -> Result<()> {
    if !manual && !shared.transaction().is_empty() {
        commit(shared, limits)?;
    }
    shared.transaction().manual = manual;
    Ok(())
}
