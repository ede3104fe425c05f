//! Environments.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use exact_engine::Engine;

use super::condition::Failure;
use super::diagnostics::Diagnostics;
use super::token::Token;
use crate::abi::text::Encoding;

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
    /// Kept once a connection was opened, so that the next one finds it running.
    engine: Option<Arc<Engine>>,
}

impl Environment {
    /// A new one, which speaks as the driver manager of this process does.
    #[must_use]
    pub fn new() -> Environment {
        Environment(Mutex::new(State { wide: Encoding::of_manager().unwrap_or_default(), ..State::default() }))
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The engine of this process, started if it is not running.
    pub fn engine(&self) -> Result<Arc<Engine>, Failure> {
        let engine = shared_engine()?;
        self.lock().engine = Some(engine.clone());
        Ok(engine)
    }
}

/// One engine serves all environments of a process. The child of a fork has none of its parent's
/// threads, so it starts its own.
fn shared_engine() -> Result<Arc<Engine>, Failure> {
    static SHARED: Mutex<Option<(u32, Weak<Engine>)>> = Mutex::new(None);
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if let Some((owner, engine)) = shared.as_ref()
        && *owner == process
        && let Some(engine) = engine.upgrade()
    {
        return Ok(engine);
    }
    let engine = Engine::start()?;
    *shared = Some((process, Arc::downgrade(&engine)));
    Ok(engine)
}
