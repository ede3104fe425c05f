//! The diagnostic area of a handle (ODBC: "Diagnostic Records and Fields").

use std::borrow::Cow;

use exact_engine::Notice;

use super::condition::{Condition, Failure, PREFIX};
use crate::spec::function::Function;
use crate::spec::{diag, ret};

/// One status record.
#[derive(Clone, Debug)]
pub struct Record {
    pub state: &'static str,
    pub native: i32,
    /// With the prefixes that say where it came from.
    pub message: Cow<'static, str>,
    /// The row of the rowset or set of parameters, from 1.
    pub row: Option<usize>,
    /// The column or parameter, from 1.
    pub column: Option<i32>,
}

/// The header and the records of the last call on a handle.
#[derive(Debug, Default)]
pub struct Diagnostics {
    pub records: Vec<Record>,
    pub return_code: i16,
    /// The function that failed last.
    pub failed: Option<Function>,
    pub row_count: i64,
    pub cursor_row_count: i64,
    /// Which kind of statement was executed.
    pub dynamic_function: diag::DynamicFunction,
}

impl Diagnostics {
    pub fn clear(&mut self) {
        self.records.clear();
        self.return_code = ret::SUCCESS;
        self.dynamic_function = diag::UNKNOWN_STATEMENT;
    }

    /// Adds the record of a failure, of the whole call or of a row of the rowset or set of parameters, from 1.
    pub fn fail(&mut self, failure: Failure, row: Option<usize>) {
        self.insert(Record::of(failure, row));
    }

    /// Adds a warning.
    pub fn warn(&mut self, warning: impl Into<Failure>) {
        self.insert(Record::of(warning.into(), None));
    }

    /// Adds a warning about a row of the rowset, from 1, and a column.
    pub fn warn_at(&mut self, condition: Condition, row: usize, column: usize) {
        let (state, message) = (condition.state, Cow::Borrowed(condition.message));
        self.insert(Record { state, native: 0, message, row: Some(row), column: i32::try_from(column).ok() });
    }

    /// Records stand by row, those of no row first; of a row errors stand before warnings (ODBC: "Sequence of
    /// Status Records").
    fn insert(&mut self, record: Record) {
        let place = self.records.partition_point(|earlier| earlier.rank() <= record.rank());
        self.records.insert(place, record);
    }

    /// Adds the engine's warnings.
    pub fn notices(&mut self, notices: Vec<Notice>) {
        for notice in notices {
            let message = format!("{PREFIX}{}", notice.message).into();
            self.insert(Record { state: notice.sqlstate, native: 0, message, row: None, column: None });
        }
    }
}

impl Record {
    fn of(failure: Failure, row: Option<usize>) -> Record {
        let row = row.or(failure.row);
        let message = match failure.from_service {
            true => format!("{}[Service] {}", PREFIX.trim_end(), failure.message),
            false => format!("{PREFIX}{}", failure.message),
        };
        Record { state: failure.state, native: failure.native, message: message.into(), row, column: failure.column }
    }

    fn rank(&self) -> (Option<usize>, bool) {
        (self.row, self.state.starts_with("01"))
    }

    /// Whether ISO or ODBC defined the class of the state.
    #[must_use]
    pub fn class_origin(&self) -> &'static str {
        if self.state.starts_with("IM") { "ODBC 3.0" } else { "ISO 9075" }
    }

    /// Whether ISO or ODBC defined the sub-class of the state.
    #[must_use]
    pub fn subclass_origin(&self) -> &'static str {
        const ODBC: [&str; 14] = [
            "01S00", "01S01", "01S02", "01S06", "01S07", "07S01", "08S01", "21S01", "21S02", "25S01", "25S02", "25S03",
            "42S01", "42S02",
        ];
        let of_odbc = ODBC.contains(&self.state)
            || ["42S", "HY09", "HY10", "HY11", "HYC", "HYT", "IM"].iter().any(|start| self.state.starts_with(start));
        if of_odbc { "ODBC 3.0" } else { "ISO 9075" }
    }

    #[must_use]
    pub fn row_number(&self) -> isize {
        self.row.map_or(diag::NO_ROW_NUMBER, usize::cast_signed)
    }

    #[must_use]
    pub fn column_number(&self) -> i32 {
        self.column.unwrap_or(diag::NO_COLUMN_NUMBER)
    }
}

#[cfg(test)]
mod tests {
    use super::super::condition::{GENERAL_ERROR, TRUNCATED};
    use super::*;

    #[test]
    fn errors_stand_before_warnings_and_say_where_they_come_from() {
        let mut diagnostics = Diagnostics::default();
        diagnostics.warn(TRUNCATED);
        let mut failure = GENERAL_ERROR.because("no");
        failure.from_service = true;
        diagnostics.fail(failure, None);
        assert_eq!(diagnostics.records[0].message, "[Exact Online][ODBC Driver][Service] General error: no");
        assert_eq!(diagnostics.records[1].state, "01004");
    }

    #[test]
    fn records_stand_by_row_and_of_a_row_errors_first() {
        let mut diagnostics = Diagnostics::default();
        diagnostics.warn_at(TRUNCATED, 3, 1);
        diagnostics.warn_at(TRUNCATED, 1, 2);
        diagnostics.fail(GENERAL_ERROR.into(), Some(3));
        diagnostics.fail(GENERAL_ERROR.into(), Some(2));
        diagnostics.warn(TRUNCATED);
        diagnostics.warn_at(TRUNCATED, 1, 1);
        let order: Vec<_> =
            diagnostics.records.iter().map(|one| (one.row_number(), one.column_number(), one.state)).collect();
        let expected =
            [(-1, -1, "01004"), (1, 2, "01004"), (1, 1, "01004"), (2, -1, "HY000"), (3, -1, "HY000"), (3, 1, "01004")];
        assert_eq!(order, expected);
    }
}
