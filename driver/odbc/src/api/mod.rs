//! What each ODBC function means: safe code, one file per family.

pub mod asynchronous;
pub mod bulk;
pub mod catalog;
pub mod connect;
pub mod connection_attributes;
pub mod cursor;
pub mod describe;
pub mod descriptors;
pub mod diagnostics;
pub mod environment;
pub mod execute;
pub mod fetch;
pub mod get_data;
pub mod handles;
pub mod information;
pub mod parameters;
pub mod sets;
pub mod statement_attributes;
pub mod transactions;

use std::sync::Arc;

use crate::abi::text::TextOut;
use crate::handle::condition::{FUNCTION_SEQUENCE, Failure, GENERAL_ERROR, TRUNCATED};
use crate::handle::connection::{self as connections, Connection, Core};
use crate::handle::descriptor::Descriptor;
use crate::handle::diagnostics::Diagnostics;
use crate::handle::environment as environments;
use crate::handle::running::Running;
use crate::handle::slab::Slab;
use crate::handle::statement::Statement;
use crate::handle::token::Token;
use crate::spec::function::Function;
use crate::spec::sequence::State;

/// How a call that did not fail has ended; warnings make SQL_SUCCESS_WITH_INFO of `Done`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    Done,
    NoData,
    NeedData,
    /// An asynchronous function goes on; it is to be called again.
    StillExecuting,
    /// SQL_ERROR whose records are already in place.
    Failed,
}

pub type Outcome = Result<Return, Failure>;

/// A call on a statement, with the connection's lock held.
pub struct StatementCall<'a> {
    pub function: Function,
    pub core: &'a mut Core,
    pub statement: &'a mut Statement,
    pub descriptors: &'a mut Slab<Descriptor>,
    pub running: &'a Running,
}

/// A call on a connection, with its lock held.
pub struct ConnectionCall<'a> {
    pub connection: &'a Arc<Connection>,
    pub state: &'a mut connections::State,
}

/// A call on an environment, with its lock held.
pub struct EnvironmentCall<'a> {
    pub token: Token,
    pub state: &'a mut environments::State,
}

/// A call on a descriptor, with its connection's lock held.
pub struct DescriptorCall<'a> {
    pub core: &'a mut Core,
    pub statements: &'a mut Slab<Statement>,
    pub descriptors: &'a mut Slab<Descriptor>,
    pub index: usize,
}

impl StatementCall<'_> {
    pub fn ard(&mut self) -> Result<&mut Descriptor, Failure> {
        let number = self.statement.descriptors.ard;
        self.descriptors.get_mut(number).ok_or_else(missing_descriptor)
    }

    pub fn apd(&mut self) -> Result<&mut Descriptor, Failure> {
        let number = self.statement.descriptors.apd;
        self.descriptors.get_mut(number).ok_or_else(missing_descriptor)
    }

    pub fn ird(&mut self) -> Result<&mut Descriptor, Failure> {
        let number = self.statement.descriptors.ird;
        self.descriptors.get_mut(number).ok_or_else(missing_descriptor)
    }

    pub fn ipd(&mut self) -> Result<&mut Descriptor, Failure> {
        let number = self.statement.descriptors.ipd;
        self.descriptors.get_mut(number).ok_or_else(missing_descriptor)
    }
}

impl ConnectionCall<'_> {
    /// Refuses with HY010 while a statement awaits parameter data or is executing asynchronously.
    fn refuse_busy(&self) -> Result<(), Failure> {
        if self.state.statements.iter().any(|(_, statement)| statement.state() >= State::S8) {
            return Err(FUNCTION_SEQUENCE.because("a statement awaits parameter data or is executing asynchronously"));
        }
        Ok(())
    }
}

fn missing_descriptor() -> Failure {
    GENERAL_ERROR.because("a descriptor of the statement is missing")
}

/// Writes text for the application and warns with 01004 if it was cut.
fn put_text(out: &TextOut, text: &str, diagnostics: &mut Diagnostics) -> Result<(), Failure> {
    if out.put(text)? {
        diagnostics.warn(TRUNCATED);
    }
    Ok(())
}
