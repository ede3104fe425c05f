//! SQLEndTran.

use super::{ConnectionCall, EnvironmentCall, Outcome, Return};
use crate::handle::condition::{Failure, INVALID_TRANSACTION_CODE, NOT_CONNECTED};
use crate::handle::token::Token;

const ROLLBACK: i16 = 1;

/// Ends the transaction of a connection. Nothing is queued on a connection that only reads, so both ways
/// of ending are without effect, and cursors stay open.
pub fn end_on_connection(call: &mut ConnectionCall<'_>, completion: i16) -> Outcome {
    check(completion)?;
    if call.state.core.open.is_none() {
        return Err(NOT_CONNECTED.into());
    }
    call.refuse_busy()?;
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
