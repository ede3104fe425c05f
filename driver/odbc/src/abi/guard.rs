//! What happens around each call: the handle is checked, the connection locked, the call held against the
//! handle's state, old diagnostics cleared, a panic caught, the outcome recorded and traced.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::text;
use crate::api::{
    ConnectionCall, DescriptorCall, EnvironmentCall, Outcome, Return, StatementCall, asynchronous, handles,
};
use crate::handle::condition::{Failure, GENERAL_ERROR};
use crate::handle::connection::State as ConnectionState;
use crate::handle::diagnostics::Diagnostics;
use crate::handle::token::{self, Kind, Object, StatementRef, Token};
use crate::spec::function::Function;
use crate::spec::lifetime::{self, ConnectionRow, EnvironmentRow};
use crate::spec::sequence::{Row, State, row};
use crate::spec::{ret, sqlstate};

/// A handle as it crosses the C boundary.
pub type Handle = *mut c_void;

pub(super) fn token_of(handle: Handle) -> Token {
    Token(handle as usize)
}

/// Runs `run`; a panic becomes a failure with its text.
fn catch(run: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("of unknown cause");
        Err(GENERAL_ERROR.because(format!("an internal error of the driver, {text}. Please report it")))
    })
}

/// Records the outcome in the handle's diagnostics and gives the return code.
#[inline]
fn finish(function: Function, outcome: Outcome, diagnostics: &mut Diagnostics) -> i16 {
    let code = match outcome {
        Ok(Return::Done) if diagnostics.records.is_empty() => ret::SUCCESS,
        Ok(Return::Done) => ret::SUCCESS_WITH_INFO,
        Ok(Return::NoData) => ret::NO_DATA,
        Ok(Return::NeedData) => ret::NEED_DATA,
        Ok(Return::StillExecuting) => ret::STILL_EXECUTING,
        Ok(Return::Failed) => ret::ERROR,
        Err(failure) => {
            fail(function, failure, diagnostics);
            ret::ERROR
        }
    };
    diagnostics.return_code = code;
    tracing::trace!(target: "exact::odbc", function = function.name(), code, "returned");
    code
}

#[cold]
fn fail(function: Function, failure: Failure, diagnostics: &mut Diagnostics) {
    let failure = within_list(function, failure);
    let name = function.name();
    tracing::info!(target: "exact::odbc", function = name, state = failure.state, message = failure.message, "failed");
    diagnostics.failed = Some(function);
    diagnostics.fail(failure, None);
}

/// A state that the specification does not list for the function becomes HY000; the text stays.
fn within_list(function: Function, failure: Failure) -> Failure {
    if sqlstate::listed(failure.state, function) {
        return failure;
    }
    failure.under(GENERAL_ERROR.state)
}

/// A call on a statement, allowed in the states that the function's line of the state tables names.
pub(super) fn statement(
    handle: Handle,
    function: Function,
    run: impl FnOnce(&mut StatementCall<'_>) -> Outcome,
) -> i16 {
    statement_by(handle, function, &row(function), run)
}

/// As [`statement`], with the line of the state tables for an argument of the function.
pub(super) fn statement_by(
    handle: Handle,
    function: Function,
    row: &Row,
    run: impl FnOnce(&mut StatementCall<'_>) -> Outcome,
) -> i16 {
    let call = |found: &StatementRef| on_statement(found, token_of(handle), function, row, run);
    token::with_statement(token_of(handle), call).unwrap_or(ret::INVALID_HANDLE)
}

#[inline]
fn on_statement(
    found: &StatementRef,
    token: Token,
    function: Function,
    row: &Row,
    run: impl FnOnce(&mut StatementCall<'_>) -> Outcome,
) -> i16 {
    let mut state = found.connection.lock();
    let ConnectionState { core, statements, descriptors, .. } = &mut *state;
    let Some(statement) = statements.get_mut(found.index).filter(|one| one.token == token) else {
        return ret::INVALID_HANDLE;
    };
    if statement.pending.as_ref().is_some_and(|pending| pending.function == function && !pending.has_ended()) {
        return ret::STILL_EXECUTING;
    }
    text::speak(core.wide);
    statement.diagnostics.clear();
    let mut call = StatementCall { function, core, statement, descriptors, running: &found.running };
    let outcome = match call.statement.pending.take_if(|pending| pending.function == function) {
        Some(pending) => catch(|| asynchronous::resume(&mut call, pending, run)),
        None => call.statement.refuse(row).and_then(|()| catch(|| run(&mut call))),
    };
    finish(function, outcome, &mut call.statement.diagnostics)
}

/// A call on a statement that looks at the other statements of its connection.
pub(super) fn statement_among(
    handle: Handle,
    function: Function,
    run: impl FnOnce(&mut ConnectionCall<'_>, Token) -> Outcome,
) -> i16 {
    let Some(found) = token::statement(token_of(handle)) else { return ret::INVALID_HANDLE };
    let mut state = found.connection.lock();
    let Some(statement) = state.statements.get(found.index).filter(|one| one.token == token_of(handle)) else {
        return ret::INVALID_HANDLE;
    };
    text::speak(state.core.wide);
    let outcome = statement.refuse(&row(function)).and_then(|()| {
        let mut call = ConnectionCall { connection: &found.connection, state: &mut state };
        catch(|| run(&mut call, token_of(handle)))
    });
    match state.statements.get_mut(found.index) {
        Some(statement) => {
            statement.diagnostics.clear();
            finish(function, outcome, &mut statement.diagnostics)
        }
        // The statement has been freed.
        None => ret::SUCCESS,
    }
}

/// SQLCancel: no lock is waited for.
pub(super) fn cancel(handle: Handle) -> i16 {
    let Some(found) = token::statement(token_of(handle)) else { return ret::INVALID_HANDLE };
    if !found.running.cancel() {
        found.connection.cancel(token_of(handle));
    }
    ret::SUCCESS
}

/// SQLCancelHandle of a connection: ends a commit that is under way. No lock is waited for.
pub(super) fn cancel_commit(handle: Handle) -> i16 {
    let Some(Object::Connection(found)) = token::find(token_of(handle), Kind::Connection) else {
        return ret::INVALID_HANDLE;
    };
    if !found.running.cancel() {
        return connection(handle, Function::CancelHandle, |_| Ok(Return::Done));
    }
    ret::SUCCESS
}

/// The state of a statement, for tests of the state tables.
#[must_use]
pub fn state_of(handle: Handle) -> Option<State> {
    let found = token::statement(token_of(handle))?;
    let state = found.connection.lock();
    let statement = state.statements.get(found.index).filter(|one| one.token == token_of(handle))?;
    Some(statement.state())
}

/// The state of an environment and of a connection, for tests of the state tables.
#[must_use]
pub fn environment_state_of(handle: Handle) -> Option<lifetime::EnvironmentState> {
    token::environment(token_of(handle)).map(|found| found.lock().state())
}

/// As [`environment_state_of`], of a connection.
#[must_use]
pub fn connection_state_of(handle: Handle) -> Option<lifetime::ConnectionState> {
    match token::find(token_of(handle), Kind::Connection) {
        Some(Object::Connection(found)) => Some(found.lock().state()),
        _ => None,
    }
}

/// A call on a connection, allowed in the states that the function's line of the state tables names.
pub(super) fn connection(
    handle: Handle,
    function: Function,
    run: impl FnOnce(&mut ConnectionCall<'_>) -> Outcome,
) -> i16 {
    connection_by(handle, function, &lifetime::on_connection(function), run)
}

/// As [`connection`], with the line of the state tables for an argument of the function.
pub(super) fn connection_by(
    handle: Handle,
    function: Function,
    row: &ConnectionRow,
    run: impl FnOnce(&mut ConnectionCall<'_>) -> Outcome,
) -> i16 {
    let Some(Object::Connection(found)) = token::find(token_of(handle), Kind::Connection) else {
        return ret::INVALID_HANDLE;
    };
    let mut state = found.lock();
    state.core.diagnostics.clear();
    text::speak(state.core.wide);
    let allowed = state.refuse(row);
    let mut call = ConnectionCall { connection: &found, state: &mut state };
    let outcome = allowed.and_then(|()| catch(|| run(&mut call)));
    finish(function, outcome, &mut state.core.diagnostics)
}

/// A call on an environment, allowed in the states that the function's line of the state tables names.
pub(super) fn environment(
    handle: Handle,
    function: Function,
    run: impl FnOnce(&mut EnvironmentCall<'_>) -> Outcome,
) -> i16 {
    environment_by(handle, function, &lifetime::on_environment(function), run)
}

/// As [`environment`], with the line of the state tables for an argument of the function.
pub(super) fn environment_by(
    handle: Handle,
    function: Function,
    row: &EnvironmentRow,
    run: impl FnOnce(&mut EnvironmentCall<'_>) -> Outcome,
) -> i16 {
    let Some(Object::Environment(found)) = token::find(token_of(handle), Kind::Environment) else {
        return ret::INVALID_HANDLE;
    };
    let mut state = found.lock();
    state.diagnostics.clear();
    let allowed = state.refuse(row);
    let mut call = EnvironmentCall { token: token_of(handle), state: &mut state };
    let outcome = allowed.and_then(|()| catch(|| run(&mut call)));
    finish(function, outcome, &mut state.diagnostics)
}

/// A call on a descriptor. One of a statement that awaits parameter data or is executing must wait (HY010).
pub(super) fn descriptor(
    handle: Handle,
    function: Function,
    run: impl FnOnce(&mut DescriptorCall<'_>) -> Outcome,
) -> i16 {
    let Some(Object::Descriptor(connection, index)) = token::find(token_of(handle), Kind::Descriptor) else {
        return ret::INVALID_HANDLE;
    };
    let mut state = connection.lock();
    let ConnectionState { core, statements, descriptors, .. } = &mut *state;
    let Some(descriptor) = descriptors.get_mut(index).filter(|one| one.token == token_of(handle)) else {
        return ret::INVALID_HANDLE;
    };
    text::speak(core.wide);
    descriptor.diagnostics.clear();
    let owner = descriptor.statement.and_then(|index| statements.get(index));
    let allowed = owner.map_or(Ok(()), |statement| statement.refuse(&row(function)));
    let mut call = DescriptorCall { core, statements, descriptors, index };
    let outcome = allowed.and_then(|()| catch(|| run(&mut call)));
    match call.descriptors.get_mut(index) {
        Some(descriptor) => finish(function, outcome, &mut descriptor.diagnostics),
        None => ret::INVALID_HANDLE,
    }
}

/// SQLFreeHandle of a statement: not while it awaits parameter data or is executing.
pub(super) fn free_statement(handle: Handle) -> i16 {
    statement_among(handle, Function::FreeHandle, |call, token| {
        handles::free_statement(call, token);
        Ok(Return::Done)
    })
}

/// A call that reads the diagnostics of a handle and leaves them as they are.
pub(super) fn diagnostics(
    kind: i16,
    handle: Handle,
    run: impl FnOnce(&Diagnostics, crate::api::diagnostics::Owner) -> Result<i16, Failure>,
) -> i16 {
    let guarded = |area: &Diagnostics, owner: crate::api::diagnostics::Owner| {
        text::speak(owner.wide);
        catch_unwind(AssertUnwindSafe(|| run(area, owner))).ok().and_then(Result::ok).unwrap_or(ret::ERROR)
    };
    crate::api::diagnostics::with_area(kind, token_of(handle), guarded).unwrap_or(ret::INVALID_HANDLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_failure_with_its_text() {
        let outcome = catch(|| panic!("the {} is broken", "thing"));
        let mut diagnostics = Diagnostics::default();
        assert_eq!(finish(Function::Fetch, outcome, &mut diagnostics), ret::ERROR);
        let record = &diagnostics.records[0];
        assert_eq!(record.state, "HY000");
        assert!(record.message.contains("the thing is broken"), "{}", record.message);
    }

    #[test]
    fn a_state_that_is_not_listed_for_a_function_becomes_a_general_error() {
        let mut diagnostics = Diagnostics::default();
        finish(Function::NumParams, Err(crate::handle::condition::TRUNCATED.because("text")), &mut diagnostics);
        let record = &diagnostics.records[0];
        assert_eq!(record.state, "HY000");
        assert!(record.message.ends_with(": text"));
    }
}
