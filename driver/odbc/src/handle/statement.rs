//! Statements: what is prepared, what runs, what is open.

use std::collections::VecDeque;
use std::sync::Arc;

use exact_engine::{Value, model::SqlType};

use super::column::ResultColumn;
use super::condition::{COUNT_WRONG, FUNCTION_SEQUENCE, Failure, INVALID_CURSOR_STATE, NOT_PREPARED};
use super::cursor::{Cursor, Position};
use super::diagnostics::Diagnostics;
use super::token::Token;
use crate::abi::memory::Pointer;
use crate::convert::pieces::Progress;
use crate::spec::attribute::stmt;

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
    /// The rowset was fetched by SQLExtendedFetch, which must not be mixed with SQLFetch.
    pub extended_fetch: bool,
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

/// An execution that has not begun.
pub struct Waiting {
    /// Which statement of the text.
    pub index: usize,
    pub parameters: Vec<Value>,
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
    pub keyset_size: usize,
    pub simulate_cursor: usize,
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
            keyset_size: 0,
            simulate_cursor: 0,
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
            extended_fetch: false,
        }
    }

    /// Ends the cursor, the results that wait and the requests behind them.
    pub fn close(&mut self) {
        self.cursor = None;
        self.waiting.clear();
        self.executed = false;
        self.extended_fetch = false;
        self.reading = Reading::default();
        self.prepared.take_if(|prepared| !prepared.stays);
        self.columns = match &self.prepared {
            Some(prepared) => prepared.columns.clone(),
            None => Arc::new([]),
        };
    }

    /// Refuses with HY010 while parameters are awaited.
    pub fn refuse_need_data(&self) -> Result<(), Failure> {
        if self.need_data.is_some() {
            return Err(
                FUNCTION_SEQUENCE.because("parameter data is awaited; call SQLParamData, SQLPutData or SQLCancel")
            );
        }
        Ok(())
    }

    /// Refuses with 24000 while a cursor is open.
    pub fn refuse_open_cursor(&self) -> Result<(), Failure> {
        if self.cursor.is_some() {
            return Err(
                INVALID_CURSOR_STATE.because("a cursor is open; close it with SQLFreeStmt or SQLCloseCursor first")
            );
        }
        Ok(())
    }

    /// The prepared text, or HY007/HY010.
    pub fn prepared(&self) -> Result<&Prepared, Failure> {
        self.prepared.as_ref().ok_or_else(|| FUNCTION_SEQUENCE.because("no statement is prepared"))
    }

    /// Refuses with HY010 when there is nothing to describe.
    pub fn refuse_undescribed(&self) -> Result<(), Failure> {
        self.refuse_need_data()?;
        if self.prepared.is_none() && !self.executed {
            return Err(FUNCTION_SEQUENCE.because("no statement is prepared or executed"));
        }
        Ok(())
    }

    /// The open cursor, or HY010 before an execution and 24000 after one without rows.
    pub fn open_cursor(&mut self) -> Result<&mut Cursor, Failure> {
        self.refuse_need_data()?;
        if !self.executed {
            return Err(FUNCTION_SEQUENCE.because("no statement is executed"));
        }
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
