//! SQLPrepare, SQLExecute, SQLExecDirect, SQLMoreResults, SQLRowCount, SQLNumParams and SQLNativeSql.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use exact_engine::{Deadline, Error, Execution, Limits, Notice, Statement, Value};

use super::parameters::{self, Gathered};
use super::{ConnectionCall, Outcome, Return, StatementCall, asynchronous, put_text, sets};
use crate::abi::memory::Pointer;
use crate::abi::text::{TextIn, TextOut};
use crate::handle::column::ResultColumn;
use crate::handle::condition::{Failure, GENERAL_ERROR, INVALID_NULL_POINTER};
use crate::handle::connection::seconds;
use crate::handle::cursor::{Cursor, Options, Source};
use crate::handle::statement::{Prepared, Waiting};
use crate::spec::attribute::stmt;
use crate::spec::diag;

pub fn prepare(call: &mut StatementCall<'_>, text: TextIn) -> Outcome {
    let text = text.required(INVALID_NULL_POINTER)?;
    prepare_text(call, &text, true)?;
    Ok(Return::Done)
}

pub fn exec_direct(call: &mut StatementCall<'_>, text: TextIn) -> Outcome {
    let text = text.required(INVALID_NULL_POINTER)?;
    prepare_text(call, &text, false)?;
    begin(call)
}

pub fn execute(call: &mut StatementCall<'_>) -> Outcome {
    begin(call)
}

fn prepare_text(call: &mut StatementCall<'_>, text: &str, stays: bool) -> Result<(), Failure> {
    call.statement.prepared = None;
    call.statement.close();
    let open = call.core.open()?;
    let statements: Arc<[_]> = open.engine.prepare(text)?.into();
    if statements.is_empty() {
        return Err(GENERAL_ERROR.because("the text has no statement").under("42000"));
    }
    let columns = columns_of(call, &statements, 0)?;
    call.statement.columns = columns.clone();
    call.statement.prepared = Some(Prepared { statements, columns, stays });
    Ok(())
}

fn columns_of(
    call: &StatementCall<'_>,
    statements: &[exact_engine::Statement],
    index: usize,
) -> Result<Arc<[ResultColumn]>, Failure> {
    let naming = call.core.open()?.naming;
    let columns = statements.get(index).map_or(&[][..], |statement| statement.columns());
    Ok(columns.iter().map(|column| ResultColumn::of_query(column, &naming)).collect())
}

/// Collects the parameters and runs, unless data of a parameter is still to come.
fn begin(call: &mut StatementCall<'_>) -> Outcome {
    match parameters::gather(call)? {
        Gathered::Complete(sets) => run(call, sets),
        Gathered::NeedData(waiting) => {
            call.statement.need_data = Some(waiting);
            Ok(Return::NeedData)
        }
    }
}

/// Runs the prepared text with every set of parameters; `None` is a set that is to be ignored.
pub fn run(call: &mut StatementCall<'_>, sets: Vec<Option<Vec<Value>>>) -> Outcome {
    let prepared = call.statement.prepared()?.clone();
    call.statement.executed = true;
    call.statement.row_count = -1;
    if let ([statement], true) = (&*prepared.statements, sets.len() > 1)
        && statement.is_write()
    {
        return sets::run(call, statement, sets);
    }
    let (array, rows) = (sets.len(), sets::used(&sets));
    for values in sets.into_iter().flatten() {
        let mut values = values.into_iter();
        for (index, statement) in prepared.statements.iter().enumerate() {
            let parameters = values.by_ref().take(statement.parameters().len()).collect();
            call.statement.waiting.push_back(Waiting { index, parameters, executed: None });
        }
    }
    let writes = |waiting: &Waiting| prepared.statements.get(waiting.index).is_some_and(Statement::is_write);
    if call.statement.waiting.iter().skip(1).any(writes)
        && let Some(place) = run_all(call, &prepared.statements)
    {
        if array > 1 {
            return sets::ended(call, &rows, array, place, prepared.statements.len());
        }
        if place > 0 {
            let message = "a later statement of this text failed; SQLMoreResults tells why".to_owned();
            call.statement.diagnostics.notices(vec![Notice { sqlstate: "01000", message }]);
        }
    }
    next_result(call)
}

/// Executes all that waits, up to the first that fails, whose place it gives: a write must not wait for an application that
/// may never ask for its result, and neither does it in the background of one that polls.
fn run_all(call: &mut StatementCall<'_>, statements: &Arc<[Statement]>) -> Option<usize> {
    let (timeout, max_rows) = limits(call);
    let mut waiting = std::mem::take(&mut call.statement.waiting);
    let mut executed = VecDeque::with_capacity(waiting.len());
    call.running.during(|cancel| {
        let deadline = Deadline::from_now(&Limits { cancel, timeout });
        while let Some(next) = waiting.pop_front() {
            let (index, statements) = (next.index, statements.clone());
            let job = Job { statements, waiting: next, max_rows };
            let outcome = deadline.left().and_then(|limits| job.run(&limits)).map_err(|error| deadline.told(error));
            let failed = outcome.is_err();
            executed.push_back(Waiting { index, parameters: Vec::new(), executed: Some(outcome) });
            if failed {
                break;
            }
        }
    });
    let last = executed.back().and_then(|waiting| waiting.executed.as_ref());
    let failed = last.is_some_and(Result::is_err).then(|| executed.len() - 1);
    call.statement.waiting = executed;
    failed
}

/// SQL_ATTR_QUERY_TIMEOUT and SQL_ATTR_MAX_ROWS.
pub fn limits(call: &StatementCall<'_>) -> (Option<Duration>, u64) {
    let attributes = &call.statement.attributes;
    (seconds(attributes.query_timeout), attributes.max_rows as u64)
}

/// One execution, complete in itself, so that any thread can do it.
pub struct Job {
    statements: Arc<[Statement]>,
    waiting: Waiting,
    max_rows: u64,
}

impl Job {
    pub fn run(&self, limits: &Limits) -> Result<Execution, Error> {
        match self.statements.get(self.waiting.index) {
            Some(statement) => statement.execute(&self.waiting.parameters, limits, self.max_rows),
            None => Ok(Execution { result: None, row_count: None, notices: Vec::new() }),
        }
    }
}

/// Executes what waits first, and opens its cursor; NO_DATA if nothing waits.
pub fn next_result(call: &mut StatementCall<'_>) -> Outcome {
    let Some(waiting) = call.statement.waiting.pop_front() else { return Ok(Return::NoData) };
    let statements = call.statement.prepared()?.statements.clone();
    call.statement.columns = columns_of(call, &statements, waiting.index)?;
    if let Some(executed) = waiting.executed {
        return finish(call, executed);
    }
    let (timeout, max_rows) = limits(call);
    let job = Job { statements, waiting, max_rows };
    if call.statement.attributes.asynchronous {
        return asynchronous::execute(call, job);
    }
    let executed = call.running.during(|cancel| job.run(&Limits { cancel, timeout }));
    finish(call, executed)
}

/// Takes what an execution gave. After one that failed the statement is as if it had not been executed.
pub fn finish(call: &mut StatementCall<'_>, executed: Result<Execution, Error>) -> Outcome {
    let execution = match executed {
        Ok(execution) => execution,
        Err(error) => {
            call.statement.close();
            return Err(call.core.note(error.into()));
        }
    };
    let diagnostics = &mut call.statement.diagnostics;
    diagnostics.notices(execution.notices);
    call.statement.row_count = execution.row_count.unwrap_or(-1);
    diagnostics.row_count = call.statement.row_count;
    if let Some(rows) = execution.result {
        diagnostics.dynamic_function = diag::SELECT_CURSOR;
        open_cursor(call, Source::Query(rows));
    }
    Ok(Return::Done)
}

/// Opens a cursor over `source` with the statement's attributes.
pub fn open_cursor(call: &mut StatementCall<'_>, source: Source) {
    let attributes = &call.statement.attributes;
    let budget = call.core.open.as_ref().map(|open| open.cursor_memory.clone());
    let options = Options {
        keep: budget.filter(|_| attributes.cursor_type != stmt::CURSOR_FORWARD_ONLY),
        max_rows: attributes.max_rows as u64,
        max_length: attributes.max_length,
        shapes: call.statement.columns.iter().map(|column| column.shape).collect(),
    };
    call.statement.cursor = Some(Cursor::new(source, options));
    call.statement.executed = true;
    call.statement.reading = Default::default();
    call.statement.diagnostics.cursor_row_count = -1;
}

pub fn more_results(call: &mut StatementCall<'_>) -> Outcome {
    call.statement.cursor = None;
    call.statement.reading = Default::default();
    call.statement.fetched = None;
    let outcome = next_result(call);
    if matches!(outcome, Ok(Return::NoData)) {
        call.statement.close();
    }
    outcome
}

pub fn row_count(call: &mut StatementCall<'_>, count: Pointer) -> Outcome {
    let rows = call.statement.row_count;
    call.statement.diagnostics.row_count = rows;
    count.write(isize::try_from(rows).unwrap_or(-1));
    Ok(Return::Done)
}

pub fn num_params(call: &mut StatementCall<'_>, count: Pointer) -> Outcome {
    count.write(i16::try_from(call.statement.marker_count()).unwrap_or(i16::MAX));
    Ok(Return::Done)
}

pub fn native_sql(call: &mut ConnectionCall<'_>, text: TextIn, out: &TextOut) -> Outcome {
    let text = text.required(INVALID_NULL_POINTER)?;
    let native = call.state.core.open()?.engine.native_sql(&text)?;
    put_text(out, &native, &mut call.state.core.diagnostics)?;
    Ok(Return::Done)
}
