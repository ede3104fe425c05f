//! Statements: what is prepared, what runs, what is open.

use std::collections::VecDeque;
use std::sync::Arc;

use exact_engine::model::SqlType;
use exact_engine::{Error, Execution, Value};

use super::column::ResultColumn;
use super::condition::{
    CANNOT_SET_NOW, COUNT_WRONG, FUNCTION_SEQUENCE, Failure, INVALID_CURSOR_STATE, NOT_A_CURSOR, NOT_PREPARED,
};
use super::cursor::{Cursor, Position};
use super::diagnostics::Diagnostics;
use super::pending::Pending;
use super::token::Token;
use crate::abi::memory::Pointer;
use crate::convert::pieces::Progress;
use crate::spec::attribute::stmt;
use crate::spec::sequence::{Cell, Row, State};

/// A statement.
pub struct Statement {
    pub token: Token,
    pub diagnostics: Diagnostics,
    pub attributes: Attributes,
    pub descriptors: DescriptorNumbers,
    /// The text's statements, from SQLPrepare or SQLExecDirect.
    pub prepared: Option<Prepared>,
    /// Executions whose results SQLMoreResults will bring.
    pub waiting: VecDeque<Waiting>,
    /// The columns of the current result or, before execution, of the first prepared statement.
    pub columns: Arc<[ResultColumn]>,
    pub cursor: Option<Cursor>,
    /// Rows that the last execution changed; -1 if that is not known.
    pub row_count: i64,
    /// An execution has happened since prepare or close.
    pub executed: bool,
    pub need_data: Option<NeedData>,
    pub reading: Reading,
    pub cursor_name: String,
    /// How the cursor was moved first; the two ways must not be mixed.
    pub fetched: Option<FetchedBy>,
    /// The row status array of the last SQLExtendedFetch, which SQLSetPos updates after it.
    pub extended_status: Pointer,
    /// What executes asynchronously.
    pub pending: Option<Pending>,
}

/// How a cursor is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchedBy {
    /// SQLFetch and SQLFetchScroll.
    Fetch,
    /// SQLExtendedFetch of ODBC 2.
    ExtendedFetch,
}

/// A prepared text.
#[derive(Clone)]
pub struct Prepared {
    pub statements: Arc<[exact_engine::Statement]>,
    /// The columns of the first statement.
    pub columns: Arc<[ResultColumn]>,
    /// Made by SQLPrepare, so it stays when the cursor is closed.
    pub stays: bool,
}

/// An execution whose result has not been asked for.
pub struct Waiting {
    /// Which statement of the text.
    pub index: usize,
    pub parameters: Vec<Value>,
    /// What it gave, if it has taken place already.
    pub executed: Option<Result<Execution, Error>>,
}

/// The numbers of a statement's descriptors in the connection's slab.
#[derive(Clone, Copy, Debug)]
pub struct DescriptorNumbers {
    /// In use; may be an explicitly allocated one.
    pub ard: usize,
    pub apd: usize,
    /// Allocated with the statement.
    pub own_ard: usize,
    pub own_apd: usize,
    pub ird: usize,
    pub ipd: usize,
}

/// Statement attributes that are not descriptor fields.
#[derive(Clone, Debug)]
pub struct Attributes {
    pub max_rows: usize,
    pub max_length: usize,
    pub query_timeout: usize,
    pub noscan: usize,
    pub cursor_type: usize,
    pub retrieve_data: usize,
    pub use_bookmarks: usize,
    pub metadata_id: usize,
    pub fetch_bookmark: Pointer,
    /// SQL_ROWSET_SIZE: rows of SQLExtendedFetch.
    pub rowset_size: usize,
    pub enable_auto_ipd: usize,
    /// SQL_ATTR_ASYNC_ENABLE
    pub asynchronous: bool,
}

impl Default for Attributes {
    fn default() -> Self {
        Attributes {
            max_rows: 0,
            max_length: 0,
            query_timeout: 0,
            noscan: 0,
            cursor_type: stmt::CURSOR_FORWARD_ONLY,
            retrieve_data: 1,
            use_bookmarks: 0,
            metadata_id: 0,
            fetch_bookmark: Pointer::NULL,
            rowset_size: 1,
            enable_auto_ipd: 1,
            asynchronous: false,
        }
    }
}

/// How far SQLGetData has come.
#[derive(Debug, Default)]
pub struct Reading {
    /// From 1; 0 before the first call on a row.
    pub column: u16,
    pub progress: Progress,
}

impl Reading {
    /// Begins with a column. Field by field: values that are written small and read back wide at once are slow.
    #[inline]
    pub fn begin(&mut self, column: u16) {
        self.column = column;
        self.progress.restart();
    }
}

/// Parameters whose data SQLPutData brings.
pub struct NeedData {
    /// Values of the sets before the current one; `None` for a set to be ignored.
    pub complete: Vec<Option<Vec<Value>>>,
    /// Values of the current set so far.
    pub values: Vec<Value>,
    /// The parameter being sent, if SQLParamData has named one.
    pub sending: Option<Sending>,
}

/// A parameter being sent.
pub struct Sending {
    pub bytes: Vec<u8>,
    pub null: bool,
    pub begun: bool,
}

impl Statement {
    #[must_use]
    pub fn new(token: Token, descriptors: DescriptorNumbers) -> Statement {
        Statement {
            token,
            diagnostics: Diagnostics::default(),
            attributes: Attributes::default(),
            descriptors,
            prepared: None,
            waiting: VecDeque::new(),
            columns: Arc::new([]),
            cursor: None,
            row_count: -1,
            executed: false,
            need_data: None,
            reading: Reading::default(),
            cursor_name: format!("SQL_CUR{:X}", token.0),
            fetched: None,
            extended_status: Pointer::NULL,
            pending: None,
        }
    }

    /// Where the statement stands in the state tables.
    #[must_use]
    pub fn state(&self) -> State {
        if let Some(pending) = &self.pending {
            return if pending.is_cancelled() { State::S12 } else { State::S11 };
        }
        if let Some(need_data) = &self.need_data {
            return match &need_data.sending {
                None => State::S8,
                Some(sending) if sending.begun => State::S10,
                Some(_) => State::S9,
            };
        }
        match (&self.cursor, self.fetched, self.executed, &self.prepared) {
            (Some(_), None, ..) => State::S5,
            (Some(_), Some(FetchedBy::Fetch), ..) => State::S6,
            (Some(_), Some(FetchedBy::ExtendedFetch), ..) => State::S7,
            (None, _, true, _) => State::S4,
            (None, _, false, Some(prepared)) if prepared.stays && prepared.columns.is_empty() => State::S2,
            (None, _, false, Some(prepared)) if prepared.stays => State::S3,
            _ => State::S1,
        }
    }

    /// Refuses a call that its line of the state tables does not allow now.
    pub fn refuse(&self, row: &Row) -> Result<(), Failure> {
        let state = self.state();
        let prepared = self.prepared.as_ref().is_some_and(|prepared| prepared.stays);
        let cell = row.get(state as usize - 1).or(row.last()).copied().unwrap_or(Cell::Allowed);
        if state >= State::S11 && !(prepared && cell == Cell::NotNowOrSequence) {
            return Err(FUNCTION_SEQUENCE.because("a function of this statement is still executing asynchronously"));
        }
        match cell {
            Cell::Allowed => Ok(()),
            Cell::Again | Cell::AgainLast if !prepared => Err(FUNCTION_SEQUENCE.because("no statement is prepared")),
            Cell::Last | Cell::AgainLast if self.waiting.is_empty() => Ok(()),
            Cell::Last | Cell::AgainLast => {
                Err(INVALID_CURSOR_STATE.because("another result waits; call SQLMoreResults or SQLFreeStmt first"))
            }
            Cell::Again | Cell::Open => {
                Err(INVALID_CURSOR_STATE.because("a cursor is open; close it with SQLFreeStmt or SQLCloseCursor first"))
            }
            Cell::Closed => Err(INVALID_CURSOR_STATE.because("no cursor is open")),
            Cell::Before => Err(INVALID_CURSOR_STATE.because("the cursor stands on no row; call SQLFetch first")),
            Cell::NoRows => Err(NOT_A_CURSOR.into()),
            Cell::NotNowOrSequence if !prepared => Err(FUNCTION_SEQUENCE.because(out_of_sequence(state))),
            Cell::NotNow | Cell::NotNowOrSequence => Err(CANNOT_SET_NOW.because("the statement is prepared already")),
            Cell::Sequence => Err(FUNCTION_SEQUENCE.because(out_of_sequence(state))),
        }
    }

    /// What SQLCancel does when nothing runs: parameter data is no longer awaited. For an ODBC 2 application it
    /// closes the cursor.
    pub fn cancel(&mut self, odbc2: bool) {
        let awaited = self.need_data.take().is_some();
        let direct = self.prepared.as_ref().is_some_and(|prepared| !prepared.stays);
        if odbc2 || (awaited && direct) {
            self.close();
        }
    }

    /// Ends the cursor, the results that wait and the requests behind them.
    pub fn close(&mut self) {
        self.cursor = None;
        self.waiting.clear();
        self.executed = false;
        self.fetched = None;
        self.reading = Reading::default();
        self.prepared.take_if(|prepared| !prepared.stays);
        self.columns = match &self.prepared {
            Some(prepared) => prepared.columns.clone(),
            None => Arc::new([]),
        };
    }

    /// The prepared text, or HY010.
    pub fn prepared(&self) -> Result<&Prepared, Failure> {
        self.prepared.as_ref().ok_or_else(|| FUNCTION_SEQUENCE.because("no statement is prepared"))
    }

    /// The open cursor.
    pub fn open_cursor(&mut self) -> Result<&mut Cursor, Failure> {
        self.cursor.as_mut().ok_or_else(|| INVALID_CURSOR_STATE.because("the statement returned no rows"))
    }

    /// All markers of the text with their types, in order.
    pub fn parameter_types(&self) -> Result<Vec<(SqlType, bool)>, Failure> {
        let prepared = self.prepared.as_ref().ok_or_else(|| Failure::from(NOT_PREPARED))?;
        Ok(prepared
            .statements
            .iter()
            .flat_map(|statement| statement.parameters())
            .map(|parameter| (parameter.sql_type, parameter.nullable))
            .collect())
    }

    /// Whether a marker, from 1, is an argument of `{call ...}` that may be left out.
    #[must_use]
    pub fn is_omittable(&self, number: usize) -> bool {
        let statements = self.prepared.iter().flat_map(|prepared| prepared.statements.iter());
        let mut parameters = statements.flat_map(|statement| statement.parameters());
        parameters.nth(number.saturating_sub(1)).is_some_and(|parameter| parameter.omittable)
    }

    /// How many markers the text has.
    #[must_use]
    pub fn marker_count(&self) -> usize {
        self.prepared
            .as_ref()
            .map_or(0, |prepared| prepared.statements.iter().map(|statement| statement.parameters().len()).sum())
    }

    /// 07002 when fewer parameters are bound than the text has markers.
    pub fn check_bound(&self, bound: usize) -> Result<(), Failure> {
        let markers = self.marker_count();
        if bound < markers {
            return Err(COUNT_WRONG.because(format!("{markers} markers stand in the text, {bound} are bound")));
        }
        Ok(())
    }

    /// The row that the cursor stands on, from 1; 0 if it stands on none.
    #[must_use]
    pub fn row_number(&self) -> usize {
        match self.cursor.as_ref().map(|cursor| (cursor.position, cursor.row_in_rowset)) {
            Some((Position::On { first, .. }, row)) => usize::try_from(first).unwrap_or(usize::MAX) + row + 1,
            _ => 0,
        }
    }
}

/// Why a function cannot be called in a state.
fn out_of_sequence(state: State) -> &'static str {
    match state {
        State::S1 => "no statement is prepared or executed",
        State::S2 | State::S3 => "the statement is not executed",
        State::S4 | State::S5 => "the statement is executed already",
        State::S6 => "SQLFetch is used on this cursor",
        State::S7 => "SQLExtendedFetch is used on this cursor",
        State::S8 => "parameter data is awaited; call SQLParamData or SQLCancel",
        _ => "parameter data is awaited; call SQLPutData, SQLParamData or SQLCancel",
    }
}
