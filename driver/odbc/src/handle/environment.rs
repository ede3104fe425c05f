//! Environments.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use exact_engine::Engine;

use super::condition::{CANNOT_SET_NOW, FUNCTION_SEQUENCE, Failure};
use super::diagnostics::Diagnostics;
use super::token::Token;
use crate::abi::text::Encoding;
use crate::spec::lifetime::{Cell, EnvironmentRow, EnvironmentState};

/// An environment handle's object.
pub struct Environment(Mutex<State>);

/// What stands behind the lock of an environment.
#[derive(Default)]
pub struct State {
    pub diagnostics: Diagnostics,
    /// Set by SQL_ATTR_ODBC_VERSION; needed before a connection is allocated.
    pub version: Option<i32>,
    pub pooling: u32,
    pub pool_match: u32,
    /// What the driver manager uses, or its last connection was found to use.
    pub wide: Encoding,
    /// Connections allocated on it.
    pub connections: Vec<Token>,
}

impl State {
    /// Where the environment stands in the state tables.
    #[must_use]
    pub fn state(&self) -> EnvironmentState {
        match self.version {
            _ if !self.connections.is_empty() => EnvironmentState::E2,
            None => EnvironmentState::Undeclared,
            Some(_) => EnvironmentState::E1,
        }
    }

    /// Refuses a call that its line of the state tables does not allow now.
    pub fn refuse(&self, row: &EnvironmentRow) -> Result<(), Failure> {
        let state = self.state();
        match row.get(state as usize).copied().unwrap_or(Cell::Allowed) {
            Cell::NotNow => Err(CANNOT_SET_NOW.because("the environment has connections")),
            Cell::Sequence if state == EnvironmentState::Undeclared => {
                Err(FUNCTION_SEQUENCE.because("SQL_ATTR_ODBC_VERSION is not set on the environment"))
            }
            Cell::Sequence => Err(FUNCTION_SEQUENCE.because("the environment still has connections")),
            _ => Ok(()),
        }
    }
}

impl Environment {
    /// A new one, which speaks as the driver manager of this process does.
    #[must_use]
    pub fn new() -> Environment {
        let mut shared = shared();
        shared.environments += 1;
        // Where the threads cannot be started, the first connection tries again and tells why not.
        let _ = shared.running();
        drop(shared);
        Environment(Mutex::new(State { wide: Encoding::of_manager().unwrap_or_default(), ..State::default() }))
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        let last = {
            let mut shared = shared();
            shared.environments -= 1;
            if shared.environments == 0 { shared.engine.take() } else { None }
        };
        #[cfg(windows)]
        if crate::abi::process::is_ending() {
            std::mem::forget(last);
            return;
        }
        // Its threads are waited for, without the lock.
        drop(last);
    }
}

/// What the environments of this process share.
struct Shared {
    environments: usize,
    /// Started with the first environment; it ends with the last, whether that was connected or not.
    engine: Option<Arc<Engine>>,
}

impl Shared {
    /// The engine of this process, started if it is not running. The child of a fork has none of its parent's threads, so
    /// it starts its own.
    fn running(&mut self) -> Result<Arc<Engine>, Failure> {
        if let Some(engine) = self.engine.as_ref().filter(|engine| engine.is_of_this_process()) {
            return Ok(engine.clone());
        }
        let engine = Engine::start()?;
        #[cfg(windows)]
        crate::abi::process::stay_loaded();
        self.engine = Some(engine.clone());
        Ok(engine)
    }
}

fn shared() -> MutexGuard<'static, Shared> {
    static SHARED: Mutex<Shared> = Mutex::new(Shared { environments: 0, engine: None });
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The engine of this process, for a connection.
pub fn engine() -> Result<Arc<Engine>, Failure> {
    shared().running()
}
