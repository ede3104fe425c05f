//! What an execution tells its application beside rows: warnings, also those that arise while rows are fetched.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use exact_client::reader::Note;
use exact_client::{Error, Gate, Meter, Notice};

use crate::error::Error as EngineError;

/// Warnings about divisions that are told one by one; of more the number must do.
const TOLD_SINGLY: usize = 50;

/// What one execution has to tell.
#[derive(Debug, Default)]
pub struct Report {
    /// Counts its calls, and ends them where the property `MaxApiCalls` does.
    pub meter: Arc<Meter>,
    /// Holds back all pages but the first until rows are fetched.
    pub gate: Arc<Gate>,
    /// The rows are those of a write: they come from the service, now and complete, or not at all.
    pub for_write: bool,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    notices: Vec<Notice>,
    left_out: usize,
    /// What was told about the rows of a table: a read of it in several parts says the same of each.
    of_rows: HashSet<String>,
    /// Columns that the service does not send, in lower case.
    lacking: HashSet<String>,
}

impl Report {
    /// The report of an execution that may make so many calls.
    pub fn limited(most_calls: Option<u64>) -> Self {
        Self { meter: Meter::limited(most_calls), ..Self::default() }
    }

    /// The report of the read behind a write, with as many calls.
    pub fn of_write(most_calls: Option<u64>) -> Self {
        Self { for_write: true, ..Self::limited(most_calls) }
    }

    /// The columns that the service turned out not to send, in lower case.
    pub fn lacking(&self) -> HashSet<String> {
        self.told().lacking.clone()
    }

    /// The error with the reason of a time-out, where the driver has been waiting for calls.
    pub fn explained(&self, error: EngineError) -> EngineError {
        match (error, self.meter.waits_until_ms()) {
            (EngineError::TimedOut { limit }, Some(until_ms)) => EngineError::TimedOutWaiting { limit, until_ms },
            (error, _) => error,
        }
    }

    /// Notes that a division is missing from the rows of `table`, and why.
    pub fn leave_out(&self, division: i32, table: &str, error: &Error) {
        tracing::warn!(target: "exact::division", division, table, %error, "left out");
        let mut told = self.told();
        told.left_out += 1;
        let message = match told.left_out {
            ..=TOLD_SINGLY => format!("division {division} is left out of {table}: {error}"),
            _ if told.left_out == TOLD_SINGLY + 1 => "more divisions are left out; the log names all of them".into(),
            _ => return,
        };
        told.notices.push(Notice { sqlstate: "01000", message });
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The warnings since the last call, which the application has not seen yet.
    pub fn take(&self) -> Vec<Notice> {
        std::mem::take(&mut self.told().notices)
    }
}

impl Note for Report {
    fn lacks(&self, table: &str, columns: &[&str]) {
        let message = format!("Exact Online does not send {} for {table}: NULL in every row", columns.join(", "));
        let mut told = self.told();
        told.lacking.extend(columns.iter().map(|column| column.to_lowercase()));
        if told.of_rows.insert(message.clone()) {
            told.notices.push(Notice { sqlstate: "01000", message });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_told_once_and_not_by_the_thousand() {
        let report = Report::default();
        let error = Error::ServiceFailed { status: 503, text: "asleep".into() };
        report.leave_out(5514, "crm.Accounts", &error);
        let told = report.take();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].message, "division 5514 is left out of crm.Accounts: asleep");
        assert!(report.take().is_empty());
        for division in 0..1000 {
            report.leave_out(division, "crm.Accounts", &error);
        }
        assert_eq!(report.take().len(), TOLD_SINGLY);
        for column in ["Name", "Name", "Code"] {
            report.lacks("crm.Accounts", &[column]);
        }
        let told: Vec<_> = report.take().into_iter().map(|notice| notice.message).collect();
        let missing = |column| format!("Exact Online does not send {column} for crm.Accounts: NULL in every row");
        assert_eq!(told, ["Name", "Code"].map(missing));
        assert_eq!(report.lacking(), HashSet::from(["name".to_owned(), "code".to_owned()]));
    }
}
