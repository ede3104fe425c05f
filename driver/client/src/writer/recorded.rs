//! A change in the journal: written down before it is sent, and its outcome when that is known.

use std::sync::Arc;

use arrow::array::RecordBatch;

use super::{Change, Verb, key_of};
use crate::error::{Error, Result};
use crate::journal::{Entry, Intent, Journal, Outcome};
use crate::transport::Session;

/// A change that is about to be sent; nothing where the connection keeps no journal.
#[derive(Clone, Debug)]
pub(super) struct Recorded(Option<(Arc<Journal>, Entry)>);

impl Recorded {
    /// Writes the change down.
    ///
    /// # Errors
    /// [`Error::Journal`]: it could not be written down and must not be sent.
    pub(super) fn begin(session: &Session, change: &Change) -> Result<Recorded> {
        let Some(journal) = session.journal() else { return Ok(Recorded(None)) };
        let entry = journal.record_before(&Intent {
            statement: change.cause.statement,
            sql: &change.cause.sql,
            division: change.entity.in_division.then_some(change.division),
            table: &change.table(),
            method: change.verb.name(),
            url: &change.url(session.base_url())?,
            body: &change.text(),
            key: change.key.as_deref(),
            before: &change.before,
        })?;
        Ok(Recorded(Some((Arc::clone(journal), entry))))
    }

    /// Enters what became of it.
    pub(super) fn end(&self, change: &Change, answer: &Result<Option<RecordBatch>>) {
        let Some((journal, entry)) = &self.0 else { return };
        let key = answer.as_ref().ok().and_then(Option::as_ref).and_then(|row| key_of(change.entity, row));
        let reason = answer.as_ref().err().map(ToString::to_string).unwrap_or_default();
        let reason = reason.as_str();
        let outcome = match answer {
            Ok(_) => Outcome::Made { status: if change.verb == Verb::Post { 201 } else { 204 }, key: key.as_deref() },
            Err(Error::OutcomeUnknown { .. }) => Outcome::Unknown { reason },
            Err(error) => match u16::try_from(error.native()) {
                Ok(status @ 1..) => Outcome::Refused { status, reason },
                _ => Outcome::NotSent { reason },
            },
        };
        journal.record_after(*entry, &outcome);
    }
}
