//! Functions that execute asynchronously (SQL_ATTR_ASYNC_ENABLE): what would wait is done by a thread of its own, and
//! the application calls the same function until it no longer answers SQL_STILL_EXECUTING.

use std::thread::{self, JoinHandle};

use exact_engine::{CancelToken, Limits};

use super::{Outcome, Return, StatementCall, execute};
use crate::handle::condition::{Failure, GENERAL_ERROR};
use crate::handle::connection::seconds;
use crate::handle::pending::{Pending, Work};

/// Has the execution done by a thread.
pub fn execute(call: &mut StatementCall<'_>, job: execute::Job) -> Outcome {
    let cancel = call.running.begin();
    let timeout = seconds(call.statement.attributes.query_timeout);
    let limits = Limits { cancel: cancel.clone(), timeout };
    let thread = start(move || job.run(&limits))?;
    Ok(wait(call, cancel, Work::Execution(thread)))
}

/// Has the cursor read on until row `end` by a thread, if it must wait for it; `false` if the rows are there.
///
/// A fetch knows whether a row follows its own, so that the one that finds the end is never polled: unixODBC (2.3.11) does not
/// notice that a polled fetch has ended with SQL_NO_DATA, and refuses the statement from then on.
pub fn read_ahead(call: &mut StatementCall<'_>, end: u64) -> Result<bool, Failure> {
    if !call.statement.attributes.asynchronous {
        return Ok(false);
    }
    let end = end.saturating_add(1);
    let ready = call.statement.open_cursor()?.load_ready(end);
    if ready.map_err(|error| call.core.note(error.into()))? {
        return Ok(false);
    }
    let Some(mut cursor) = call.statement.cursor.take() else { return Ok(false) };
    let cancel = call.running.begin();
    let limits = Limits { cancel: cancel.clone(), timeout: seconds(call.statement.attributes.query_timeout) };
    let thread = start(move || {
        let loaded = cursor.load(end, &limits);
        (cursor, loaded)
    })?;
    wait(call, cancel, Work::Reading(thread));
    Ok(true)
}

fn start<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>, Failure> {
    let started = thread::Builder::new().name("exact-asynchronous".to_owned()).spawn(work);
    started.map_err(|error| GENERAL_ERROR.because(format!("a thread could not be started: {error}")))
}

fn wait(call: &mut StatementCall<'_>, cancel: CancelToken, work: Work) -> Return {
    call.statement.pending = Some(Pending { function: call.function, cancel, work });
    Return::StillExecuting
}

/// Takes what the thread has brought, and goes on with the function, which `run` is.
pub fn resume(
    call: &mut StatementCall<'_>,
    pending: Pending,
    run: impl FnOnce(&mut StatementCall<'_>) -> Outcome,
) -> Outcome {
    call.running.end();
    match pending.work {
        Work::Execution(thread) => {
            let executed = thread.join().map_err(|_| died())?;
            execute::finish(call, executed)
        }
        Work::Reading(thread) => {
            let (cursor, loaded) = thread.join().map_err(|_| died())?;
            call.statement.cursor = Some(cursor);
            loaded.map_err(|error| call.core.note(error.into()))?;
            run(call)
        }
    }
}

fn died() -> Failure {
    GENERAL_ERROR.because("an internal error of the driver ended the asynchronous call. Please report it")
}
