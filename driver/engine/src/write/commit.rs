//! The end of a transaction.

use std::sync::PoisonError;

use exact_client::Notice;
use exact_client::writer::Change;

use super::reckon::Calls;
use super::send::Sender;
use super::stated::{Stated, Taken};
use super::transaction::Transaction;
use super::values::Problems;
use crate::cancel::{Deadline, Limits};
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
/// written and what was not. 25000 after such an error, until the rollback. HY000 also where it takes more calls than may
/// be made, 23000 where a new row was given the key of one that exists: then nothing is sent, and everything still waits.
pub fn commit(shared: &Shared, limits: &Limits) -> Result<Vec<Notice>> {
    let (mut changes, (new, removed)) = {
        let transaction = shared.transaction();
        if transaction.failed {
            return Err(Error::TransactionFailed);
        }
        (transaction.merged()?, transaction.with_stated_keys())
    };
    let deadline = Deadline::from_now(limits);
    let keys = Stated::of(&shared.source.session, new.iter()).without(&removed);
    Calls::of(changes.iter().map(|queued| &queued.change)).and(&keys.calls()).afforded(shared, "COMMIT", 0)?;
    let taken = shared.engine.block_on(&deadline.left()?, async { Ok(keys.taken().await?) })?;
    refuse_taken(taken, &new)?;
    let sender = Sender { engine: &shared.engine, session: &shared.source.session, deadline: &deadline };
    let mut sent = sender.send(&mut changes);
    let notices = std::mem::take(&mut sent.notices);
    let outcome = sent.complete("COMMIT", &changes, true);
    let mut transaction = shared.transaction();
    transaction.queue.clear();
    transaction.failed = outcome.is_err();
    outcome.map(|_| notices)
}

fn refuse_taken(mut taken: Taken, new: &[Change]) -> Result<()> {
    let mut problems = Problems::default();
    for change in new {
        if let Some(problem) = taken.refuses(change) {
            problems.add(problem.sqlstate, format!("{}: {}", change.table(), problem.text));
        }
    }
    problems.check("COMMIT")
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
pub fn set_manual(shared: &Shared, manual: bool, limits: &Limits) -> Result<Vec<Notice>> {
    let waits = !manual && !shared.transaction().is_empty();
    let notices = if waits { commit(shared, limits)? } else { Vec::new() };
    shared.transaction().manual = manual;
    Ok(notices)
}
