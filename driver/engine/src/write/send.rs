//! Changes on their way to the service, one after the other.

use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;
use exact_client::model::EntityKind;
use exact_client::writer::{self, Change, LookedUp, Sending, Verb};
use exact_client::{Error as ClientError, Notice, Session};

use super::documents::lines_of;
use super::keys::{self, Keys};
use super::lines;
use super::queued::{Queued, guid_key, names, stated_key};
use super::returning::key_in;
use crate::cancel::{Deadline, Limits};
use crate::error::{Error, Incomplete, Result};
use crate::runtime::Engine;

/// Who sends, and for how long.
#[derive(Clone, Copy)]
pub struct Sender<'a> {
    pub engine: &'a Engine,
    pub session: &'a Arc<Session>,
    pub deadline: &'a Deadline,
}

/// What became of a list of changes.
pub struct Sent {
    /// The rows that were made, as the service stored them; in the order of the changes, none for those that make no row.
    pub rows: Vec<Option<RecordBatch>>,
    /// Rows that were found though their answers were lost, and keys that are not known.
    pub notices: Vec<Notice>,
    /// Why it ended before the last change.
    failure: Option<Failure>,
}

struct Failure {
    cause: Error,
    /// Whether the change after the last in `rows` may have been made all the same.
    unknown: bool,
}

impl Sent {
    /// The rows, or an error that says what was written and what was not. `statement` is what was to be done.
    pub fn complete(self, statement: &str, changes: &[Queued], commit: bool) -> Result<Vec<Option<RecordBatch>>> {
        let Some(Failure { cause, unknown }) = self.failure else { return Ok(self.rows) };
        let made = self.rows.len();
        if !commit && changes.len() == 1 {
            return Err(cause);
        }
        let named = |(change, row): (&Queued, Option<&RecordBatch>)| told(change, row);
        let mut rest = changes.iter().skip(made);
        Err(Error::WriteIncomplete(Box::new(Incomplete {
            statement: statement.to_string(),
            written: changes.iter().zip(self.rows.iter().map(Option::as_ref)).map(named).collect(),
            failed: rest.next().map(|change| told(change, None)).unwrap_or_default(),
            unknown,
            unsent: rest.map(|change| told(change, None)).collect(),
            cause,
            commit,
        })))
    }
}

/// A change as a message names it.
fn told(queued: &Queued, row: Option<&RecordBatch>) -> String {
    let change = &queued.change;
    let key = row.and_then(|row| key_in(change.entity, row)).or_else(|| change.key.clone());
    let key = key.map(|key| format!(" {key}")).unwrap_or_default();
    match change.verb {
        Verb::Post => format!("INSERT INTO {}{key}", change.table()),
        Verb::Delete => format!("DELETE FROM {}{key}", change.table()),
        Verb::Put | Verb::Get => format!("UPDATE of {}{key}", change.table()),
    }
}

impl Sender<'_> {
    /// Sends the changes in their order and ends at the first that fails.
    pub fn send(&self, changes: &mut [Queued]) -> Sent {
        let (mut rows, mut notices) = (Vec::with_capacity(changes.len()), Vec::new());
        // Rows that were made and whose keys the service has not told.
        let mut nameless: Vec<String> = Vec::new();
        for queued in changes {
            queued.honour(Keys::within(self.session, queued.change.division));
            if let Some(given) = nameless.iter().find(|given| names(&queued.change, given)) {
                let message =
                    format!("It names the new row {given}, and it is not known by what key Exact Online has it.");
                let failure = Failure { cause: Error::Invalid { message }, unknown: false };
                return Sent { rows, notices, failure: Some(failure) };
            }
            match self.one(&queued.change, &mut notices) {
                Ok(row) => {
                    self.learn(queued, row.as_ref(), &mut notices);
                    let is_known = row.as_ref().is_some_and(|row| key_in(queued.change.entity, row).is_some());
                    nameless.extend(queued.given.clone().filter(|_| !is_known));
                    rows.push(row);
                }
                Err(failure) => return Sent { rows, notices, failure: Some(failure) },
            }
        }
        Sent { rows, notices, failure: None }
    }

    /// Sends one change.
    fn one(&self, change: &Change, notices: &mut Vec<Notice>) -> std::result::Result<Option<RecordBatch>, Failure> {
        // What is not begun need not be withdrawn, and cannot have left.
        let limits = self.deadline.left().map_err(|cause| Failure { cause, unknown: false })?;
        let sending = writer::send(self.session, change);
        let mut sending = sending.map_err(|error| Failure { cause: error.into(), unknown: false })?;
        let answer = self.engine.block_on(&limits, async { Ok(sending.answer().await?) });
        if change.entity.methods.get && leaves_open(change, &answer) {
            return self.looked_up(change, &sending, answer, notices);
        }
        answer.map_err(|cause| {
            let cause = gone(change, self.deadline.told(cause));
            let ended = matches!(cause, Error::Cancelled | Error::TimedOut { .. });
            let unknown =
                matches!(cause, Error::Client(ClientError::OutcomeUnknown { .. })) || (ended && sending.withdraw());
            Failure { cause: if ended && unknown { left_behind(change, cause) } else { cause }, unknown }
        })
    }

    /// Looks at the service for what became of a change. What is found is as good as the answer; what is not found may still
    /// come, so nothing is ever sent twice.
    fn looked_up(
        &self,
        change: &Change,
        sending: &Sending,
        answer: Result<Option<RecordBatch>>,
        notices: &mut Vec<Notice>,
    ) -> std::result::Result<Option<RecordBatch>, Failure> {
        let refused = matches!(answer, Err(Error::Client(ClientError::Rejected { .. })));
        let looking = async { Ok(sending.look_up(self.session, refused).await?) };
        let found = self.in_time(looking);
        tracing::warn!(target: "exact::write", ?found, "the answer was lost; looked up");
        match (found, answer) {
            (Ok(LookedUp::Made(row)), _) => {
                sending.found(row.as_ref());
                notices.push(Notice { sqlstate: "01000", message: found_out(change, row.as_ref()) });
                Ok(row)
            }
            (_, Ok(row)) => Ok(row),
            (Ok(LookedUp::Nothing), Err(Error::Client(ClientError::OutcomeUnknown { target, reason, sqlstate }))) => {
                let reason = format!("{reason}. {} just after; it may still arrive", not_seen(change.verb));
                Err(Failure { cause: ClientError::OutcomeUnknown { target, reason, sqlstate }.into(), unknown: true })
            }
            (_, Err(cause)) => Err(Failure { unknown: !refused, cause }),
        }
    }

    /// Waits for `work` as long as the statement may still take.
    fn in_time<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let limits: Limits = self.deadline.left()?;
        self.engine.block_on(&limits, work)
    }

    /// Remembers the key of a new row, and those of its lines where the service gives its own.
    fn learn(&self, queued: &Queued, row: Option<&RecordBatch>, notices: &mut Vec<Notice>) {
        let Some(kept) = row.and_then(|row| key_in(queued.change.entity, row)) else { return };
        if let Some(sent) = stated_key(&queued.change) {
            keys::remember_kept(self.session, queued.change.entity, sent == kept);
        }
        let Some(given) = &queued.given else { return };
        let keys = Keys::within(self.session, queued.change.division);
        keys.learn(given, &kept);
        for (collection, provisional) in &queued.lines {
            if provisional.iter().all(Option::is_none) || (*given == kept && takes_keys(&queued.change, collection)) {
                continue;
            }
            let asking = async { Ok(lines::keys(self.session, &queued.change, collection, &kept).await?) };
            match self.in_time(asking) {
                Ok(real) if real.len() == provisional.len() => {
                    let both = provisional.iter().zip(&real);
                    both.filter_map(|(given, kept)| Some((given.as_ref()?, kept)))
                        .for_each(|(given, kept)| keys.learn(given, kept));
                }
                other => {
                    tracing::warn!(target: "exact::write", collection, ?other, "the keys of lines are not known");
                    let table = queued.change.table();
                    let message = format!(
                        "the {collection} of {table} {kept} are written, but their keys could not be learned: \
                         those given before the commit lead nowhere. Read the lines again"
                    );
                    notices.push(Notice { sqlstate: "01000", message });
                }
            }
        }
    }
}

/// Whether the lines of a collection keep the keys that are sent with them where their document does.
fn takes_keys(document: &Change, collection: &str) -> bool {
    let navigation = document.entity.navigations.iter().find(|one| one.name == collection);
    let line = navigation.and_then(|navigation| lines_of(document.entity, navigation));
    line.and_then(|(line, _)| guid_key(line)).is_some_and(|key| key.post)
}

/// The service does not know the row of a change: that is no missing table.
fn gone(change: &Change, cause: Error) -> Error {
    match (cause, &change.key) {
        (Error::Client(ClientError::NotFound { .. }), Some(key)) => {
            Error::RowGone { table: change.table(), key: key.clone() }
        }
        (Error::Client(ClientError::NotFound { status, text }), None) if change.entity.kind == EntityKind::Action => {
            ClientError::Rejected { sqlstate: "HY000", status, text, certain: true }.into()
        }
        (cause, _) => cause,
    }
}

/// Whether it is worth looking what became of a change: its answer was lost, does not show the new row, or is a refusal in
/// words that leave it open.
fn leaves_open(change: &Change, answer: &Result<Option<RecordBatch>>) -> bool {
    match answer {
        Ok(row) => change.verb == Verb::Post && row.is_none(),
        Err(Error::Client(error)) => {
            matches!(error, ClientError::OutcomeUnknown { .. } | ClientError::Rejected { certain: false, .. })
        }
        Err(_) => false,
    }
}

fn found_out(change: &Change, row: Option<&RecordBatch>) -> String {
    let key = row.and_then(|row| key_in(change.entity, row)).or_else(|| change.key.clone()).unwrap_or_default();
    let (statement, seen) = match change.verb {
        Verb::Delete => ("DELETE", "the row is gone"),
        Verb::Put => ("UPDATE", "the row holds what was sent"),
        Verb::Post | Verb::Get => ("INSERT", "the row was found"),
    };
    format!("{}: the answer to the {statement} was lost; {seen}: {key}", change.table())
}

fn not_seen(verb: Verb) -> &'static str {
    match verb {
        Verb::Delete => "The row was still there",
        Verb::Put => "The row did not hold what was sent",
        Verb::Post | Verb::Get => "No such row was there",
    }
}

/// The error of a wait that was given up when the change had left.
fn left_behind(change: &Change, cause: Error) -> Error {
    let (reason, sqlstate) = match &cause {
        Error::TimedOut { .. } => ("the time-out of the application came before the answer", "HYT00"),
        _ => ("it was cancelled before the answer came", "HY008"),
    };
    let division = if change.entity.in_division { format!(" in division {}", change.division) } else { String::new() };
    let target = format!("{}{division}", change.table());
    Error::Client(ClientError::OutcomeUnknown { target, reason: reason.into(), sqlstate })
}
