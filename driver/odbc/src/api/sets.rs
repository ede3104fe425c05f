//! A write with an array of parameters (SQL_ATTR_PARAMSET_SIZE).

use exact_engine::{Error, Execution, Limits, Statement, Value};

use super::execute::{limits, next_result};
use super::{Outcome, Return, StatementCall};
use crate::handle::condition::Failure;
use crate::handle::statement::Waiting;
use crate::spec::param;

/// Executes the write for every set; `None` is a set that is to be ignored. All are checked before the first is sent.
///
/// An application that looks at the status of each set (SQL_ATTR_PARAM_STATUS_PTR) gets one for each, and a set that fails
/// does not keep the others from being sent. One that does not look would take a warning for success: nothing is sent after
/// a set that fails, and the call fails. Its error says which rows are written, since they must not be sent again.
pub fn run(call: &mut StatementCall<'_>, statement: &Statement, sets: Vec<Option<Vec<Value>>>) -> Outcome {
    let alone = !call.ipd()?.header.array_status.is_null();
    let (all, rows) = (sets.len(), used(&sets));
    mark(call, &rows, all, param::UNUSED)?;
    let given: Vec<Vec<Value>> = sets.into_iter().flatten().collect();
    let (timeout, _) = limits(call);
    let outcomes = call.running.during(|cancel| statement.execute_sets(&given, &Limits { cancel, timeout }, alone));
    let ran = outcomes.len();
    let early = !alone || ran < given.len();
    let (mut changed, mut failed, mut results) = (0_i64, 0, Vec::new());
    for (row, outcome) in rows.iter().zip(outcomes) {
        match outcome {
            Ok(mut execution) => {
                changed += execution.row_count.unwrap_or(0);
                call.statement.diagnostics.notices(std::mem::take(&mut execution.notices));
                results.push(execution);
                mark(call, std::slice::from_ref(row), all, param::SUCCESS)?;
            }
            Err(error) => {
                failed += 1;
                mark(call, std::slice::from_ref(row), all, param::ERROR)?;
                if matches!(error, Error::OtherSetRefused) {
                    continue;
                }
                let mut failure = call.core.note(error.into());
                let ends = if alone { rows.get(ran - 1) == Some(row) } else { !has_failed(call) };
                if early && ends {
                    tell(call, &mut failure, (*row, all), results.len(), given.len());
                }
                call.statement.diagnostics.fail(failure, Some(row + 1));
            }
        }
    }
    call.statement.row_count = changed;
    if failed > 0 && (!alone || failed == ran) {
        call.statement.close();
        call.statement.row_count = changed;
        return Ok(Return::Failed);
    }
    open(call, results)
}

/// The places of the sets that are not to be ignored.
pub fn used(sets: &[Option<Vec<Value>>]) -> Vec<usize> {
    sets.iter().enumerate().filter(|(_, set)| set.is_some()).map(|(row, _)| row).collect()
}

/// The end of an array with several statements, all of which have been executed up to the one that waits last and has
/// failed. It is the one at `place`, of `each` for every set of those in `rows`.
pub fn ended(call: &mut StatementCall<'_>, rows: &[usize], all: usize, place: usize, each: usize) -> Outcome {
    let last = call.statement.waiting.pop_back().and_then(|waiting| waiting.executed);
    call.statement.close();
    let (before, rest) = rows.split_at_checked(place / each.max(1)).unwrap_or((rows, &[]));
    mark(call, before, all, param::SUCCESS)?;
    if let (Some((row, after)), Some(Err(error))) = (rest.split_first(), last) {
        mark(call, after, all, param::UNUSED)?;
        mark(call, std::slice::from_ref(row), all, param::ERROR)?;
        let mut failure = call.core.note(error.into());
        tell(call, &mut failure, (*row, all), before.len(), rows.len());
        if !place.is_multiple_of(each) {
            failure.message.push_str(" The statements before the one that failed were executed for this row too.");
        }
        call.statement.diagnostics.fail(failure, Some(row + 1));
    }
    Ok(Return::Failed)
}

/// Writes the status of these sets.
fn mark(call: &mut StatementCall<'_>, rows: &[usize], all: usize, status: u16) -> Result<(), Failure> {
    let statuses = call.ipd()?.header.array_status;
    for row in rows.iter().filter(|row| **row < all) {
        statuses.at((row * size_of::<u16>()).cast_signed()).write(status);
    }
    Ok(())
}

fn has_failed(call: &StatementCall<'_>) -> bool {
    call.statement.diagnostics.records.iter().any(|record| !record.state.starts_with("01"))
}

/// Adds to the failure of the `row` that ended an array of `all` which of the others are written, and tells the application
/// how far it came. `used` sets were not to be ignored, `done` of them were executed.
fn tell(call: &mut StatementCall<'_>, failure: &mut Failure, (row, all): (usize, usize), done: usize, used: usize) {
    if let Ok(ipd) = call.ipd() {
        ipd.header.rows_processed.write(row + 1);
    }
    let fate = if call.core.attributes.autocommit == 0 { "waits for the commit" } else { "is written" };
    let done_before = match done {
        0 => "nothing of the other rows is written".to_owned(),
        1 => format!("1 row before it {fate} and must not be sent again"),
        several => format!("each of {several} rows before it {fate} and must not be sent again"),
    };
    let unsent = match used.saturating_sub(done + 1) {
        0 => String::new(),
        more => format!(", {more} of the others not"),
    };
    let message = failure.message.trim_end_matches('.');
    failure.message = format!("{message}. This is row {} of {all}; {done_before}{unsent}.", row + 1);
}

/// The rows of a RETURNING, a result for every set.
fn open(call: &mut StatementCall<'_>, results: Vec<Execution>) -> Outcome {
    if results.iter().all(|execution| execution.result.is_none()) {
        return Ok(Return::Done);
    }
    let waiting = |execution| Waiting { index: 0, parameters: Vec::new(), executed: Some(Ok(execution)) };
    call.statement.waiting = results.into_iter().map(waiting).collect();
    next_result(call)
}
