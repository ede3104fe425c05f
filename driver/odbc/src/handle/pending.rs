//! A function that executes asynchronously (SQL_ATTR_ASYNC_ENABLE).

use std::thread::JoinHandle;

use exact_engine::{CancelToken, Error, Execution};

use super::cursor::Cursor;
use crate::spec::function::Function;

/// What is executing on a statement. The same function is called until it has ended.
pub struct Pending {
    pub function: Function,
    pub cancel: CancelToken,
    pub work: Work,
}

/// What its thread brings.
pub enum Work {
    Execution(JoinHandle<Result<Execution, Error>>),
    /// The statement's cursor, which reads on.
    Reading(JoinHandle<(Cursor, Result<u64, Error>)>),
}

impl Pending {
    /// SQLCancel has been called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    #[must_use]
    pub fn has_ended(&self) -> bool {
        match &self.work {
            Work::Execution(thread) => thread.is_finished(),
            Work::Reading(thread) => thread.is_finished(),
        }
    }
}
