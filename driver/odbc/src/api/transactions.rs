//! SQLEndTran.

use super::{ConnectionCall, EnvironmentCall, Outcome, Return};
use crate::handle::condition::{Failure, INVALID_TRANSACTION_CODE, NOT_CONNECTED};

const ROLLBACK: i16 = 1;

/// Ends the transaction of a connection. Nothing is queued on a connection that only reads, so both ways
/// of ending are without effect, and cursors stay open.
pub fn end_on_connection(call: &mut ConnectionCall<'_>, completion: i16) -> Outcome {
    check(completion)?;
    if call.state.core.open.is_none() {
        return Err(NOT_CONNECTED.into());
    }
    Ok(Return::Done)
}

/// The same for all connections of an environment.
pub fn end_on_environment(_: &mut EnvironmentCall<'_>, completion: i16) -> Outcome {
    check(completion)?;
    Ok(Return::Done)
}

fn check(completion: i16) -> Result<(), Failure> {
    if (0..=ROLLBACK).contains(&completion) { Ok(()) } else { Err(INVALID_TRANSACTION_CODE.into()) }
}
