//! SQLEndTran.

use exact_engine::Limits;

use super::{ConnectionCall, EnvironmentCall, Outcome, Return};
use crate::handle::condition::{Failure, INVALID_TRANSACTION_CODE};
use crate::handle::connection::seconds;
use crate::handle::token::Token;

const ROLLBACK: i16 = 1;

/// Ends the transaction of a connection: what waits is sent, or given up. Cursors stay open.
pub fn end_on_connection(call: &mut ConnectionCall<'_>, completion: i16) -> Outcome {
    check(completion)?;
    call.refuse_busy()?;
    let core = &mut call.state.core;
    let timeout = seconds(core.attributes.connection_timeout as usize);
    let engine = &core.open()?.engine;
    let ended = match completion {
        ROLLBACK => Ok(engine.rollback()),
        _ => call.connection.running.during(|cancel| engine.commit(&Limits { cancel, timeout })),
    };
    let notices = ended.map_err(|error| core.note(error.into()))?;
    core.diagnostics.notices(notices);
    Ok(Return::Done)
}

/// The open connections of an environment, each of which is to be ended in turn. They are not ended here: a connection's
/// lock is never taken while the environment's is held.
pub fn connections_to_end(call: &mut EnvironmentCall<'_>, completion: i16) -> Result<Vec<Token>, Failure> {
    check(completion)?;
    Ok(call.state.connections.clone())
}

fn check(completion: i16) -> Result<(), Failure> {
    if (0..=ROLLBACK).contains(&completion) { Ok(()) } else { Err(INVALID_TRANSACTION_CODE.into()) }
}
