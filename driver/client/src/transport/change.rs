//! What the answer to a change means: it was made, it was refused, or nobody knows (fact sheet 6.7, 7.6).

use bytes::Bytes;
use reqwest::StatusCode;

use super::call::{Attempt, Call, Decoded, Received, Troubles, Verdict};
use super::retry::Trouble;
use super::{Session, Verb};
use crate::error::{Error, Result};
use crate::odata::error::{BodyKind, holds_data, kind};

impl Session {
    /// Sends a change; gives the answer that says it was made.
    pub(crate) async fn send_change(&self, call: &Call) -> Result<Received> {
        self.send_with(call, |received| made(call, received)).await
    }
}

/// The answer to a change that was made: 201 or 204, and what the service itself sends with it. Status 200 alone comes from
/// whoever stands in between as well.
fn made(call: &Call, received: &Received) -> Result<Decoded<Received>> {
    let is_own = match received.status {
        StatusCode::OK => holds_data(&received.body),
        _ => matches!(kind(&received.body), BodyKind::Empty | BodyKind::Json),
    };
    if is_own {
        return Ok(Decoded { value: received.clone(), rows: None });
    }
    let status = received.status.as_u16();
    let what = match kind(&received.body) {
        BodyKind::Empty => "an empty answer",
        BodyKind::Markup => "an HTML or XML page",
        BodyKind::Json | BodyKind::Text => "an answer of another kind",
    };
    Err(Error::UnexpectedAnswer { what: what.into(), target: call.target.clone(), status })
}

impl Call {
    /// The error of a change of which nobody knows whether it was made.
    pub(super) fn unknown(&self, reason: String, sqlstate: &'static str) -> Error {
        Error::OutcomeUnknown { target: self.target.clone(), reason, sqlstate }
    }

    /// The error of a change that was not answered as made.
    pub(super) fn not_made(&self, attempt: &Attempt) -> Error {
        let answer = attempt.answer(self);
        if answer.leaves_open() {
            let reason = format!("Exact Online answered with HTTP status {}", answer.status.as_u16());
            return self.unknown(reason, "HY000");
        }
        answer.rejection()
    }

    /// The answer to a DELETE whose row an earlier attempt has removed, so that this one finds it gone.
    pub(super) fn gone_before(&self, status: StatusCode, troubles: &Troubles) -> Option<Received> {
        let is_gone = (self.verb, status) == (Verb::Delete, StatusCode::NOT_FOUND) && troubles.unknown.is_some();
        is_gone.then(|| Received { status: StatusCode::NO_CONTENT, location: None, body: Bytes::new() })
    }

    /// What follows from such an error.
    pub(super) fn verdict_on<T>(&self, error: Error, status: StatusCode) -> Verdict<T> {
        match error {
            Error::OutcomeUnknown { .. } if self.verb.is_idempotent() => {
                Verdict::Again(Trouble::Status(status.as_u16()), error)
            }
            error => Verdict::Failed(error),
        }
    }

    /// What follows from an answer that says that all went well, in a form that the service does not use.
    pub(super) fn foreign<T>(&self, error: Error) -> Verdict<T> {
        let error = match (self.verb, error) {
            (Verb::Post | Verb::Put | Verb::Delete, Error::UnexpectedAnswer { what, status, .. }) => {
                self.unknown(format!("what came is {what} with HTTP status {status}"), "HY000")
            }
            (_, error) => error,
        };
        if self.verb.is_idempotent() { Verdict::Again(Trouble::Body, error) } else { Verdict::Failed(error) }
    }

    /// It is certain that the last attempt was not carried out.
    pub(super) async fn came_back(&self, troubles: &Troubles) {
        if let Some(departure) = self.departure.as_ref().filter(|_| troubles.unknown.is_none()) {
            departure.came_back().await;
        }
    }
}
