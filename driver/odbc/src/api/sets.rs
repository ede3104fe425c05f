//! A write with an array of parameters (SQL_ATTR_PARAMSET_SIZE).

use exact_engine::{Error, Execution, Limits, Statement, Value};

use super::execute::{limits, next_result};
use super::{Outcome, Return, StatementCall};
use crate::handle::statement::Waiting;
use crate::spec::param;

/// Executes the write for every set; `None` is a set that is to be ignored. All are checked before the first is sent.
///
/// An application that looks at the status of each set (SQL_ATTR_PARAM_STATUS_PTR) gets one for each, and a set that fails
/// does not keep the others from being sent. One that does not look would take a warning for success: nothing is sent after
/// a set that fails, and the call fails.
pub fn run(call: &mut StatementCall<'_>, statement: &Statement, sets: Vec<Option<Vec<Value>>>) -> Outcome {
    let status = call.ipd()?.header.array_status;
    let alone = !status.is_null();
    let rows: Vec<usize> = sets.iter().enumerate().filter(|(_, set)| set.is_some()).map(|(row, _)| row).collect();
    for row in 0..sets.len() {
        status.at((row * size_of::<u16>()).cast_signed()).write(param::UNUSED);
    }
    let given: Vec<Vec<Value>> = sets.into_iter().flatten().collect();
    let (timeout, _) = limits(call);
    let outcomes = call.running.during(|cancel| statement.execute_sets(&given, &Limits { cancel, timeout }, alone));
    let (mut changed, mut failed, mut results) = (0_i64, 0, Vec::new());
    let ran = outcomes.len();
    for (row, outcome) in rows.into_iter().zip(outcomes) {
        let place = status.at((row * size_of::<u16>()).cast_signed());
        match outcome {
            Ok(mut execution) => {
                changed += execution.row_count.unwrap_or(0);
                call.statement.diagnostics.notices(std::mem::take(&mut execution.notices));
                results.push(execution);
                place.write(param::SUCCESS);
            }
            Err(error) => {
                failed += 1;
                place.write(param::ERROR);
                if matches!(error, Error::OtherSetRefused) {
                    continue;
                }
                let failure = call.core.note(error.into());
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

/// The rows of a RETURNING, a result for every set.
fn open(call: &mut StatementCall<'_>, results: Vec<Execution>) -> Outcome {
    if results.iter().all(|execution| execution.result.is_none()) {
        return Ok(Return::Done);
    }
    let waiting = |execution| Waiting { index: 0, parameters: Vec::new(), executed: Some(Ok(execution)) };
    call.statement.waiting = results.into_iter().map(waiting).collect();
    next_result(call)
}
