//! Connections, and everything that stands behind the one lock of each.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use super::condition::{
    CANNOT_SET_NOW, CONNECTION_IN_USE, FUNCTION_SEQUENCE, Failure, INVALID_TRANSACTION_STATE, NOT_CONNECTED,
};
use super::descriptor::Descriptor;
use super::diagnostics::Diagnostics;
use super::running::Running;
use super::slab::Slab;
use super::spill::Budget;
use super::statement::Statement;
use super::token::Token;
use crate::abi::text::Encoding;
use crate::info::types::Naming;
use crate::spec::lifetime::{Cell, ConnectionRow, ConnectionState};
use crate::spec::{OV_ODBC2, attribute};

/// A connection handle's object.
pub struct Connection {
    state: Mutex<State>,
    /// A commit that SQLCancelHandle of the connection reaches.
    pub running: Running,
    /// Statements to be cancelled by whoever takes the lock next, and whether there are any.
    cancelled: Mutex<Vec<Token>>,
    has_cancelled: AtomicBool,
}

/// What stands behind the lock.
pub struct State {
    pub token: Token,
    pub core: Core,
    pub statements: Slab<Statement>,
    pub descriptors: Slab<Descriptor>,
}

/// The connection itself, beside its statements and descriptors.
pub struct Core {
    /// Where it was allocated. By its token: connections do not keep an environment alive.
    pub environment: Token,
    pub diagnostics: Diagnostics,
    pub attributes: Attributes,
    /// `None` until connected.
    pub open: Option<Open>,
    /// What SQLBrowseConnect has been given so far, while it needs more.
    pub browsing: Option<Vec<(String, String)>>,
    /// What the application declared for the environment.
    pub odbc_version: i32,
    /// How wide the driver manager's `SQLWCHAR` is.
    pub wide: Encoding,
}

/// An open connection.
pub struct Open {
    pub engine: exact_engine::Connection,
    /// The DSN or an empty text: SQL_DATA_SOURCE_NAME.
    pub data_source: String,
    pub naming: Naming,
    /// What static cursors may keep in memory.
    pub cursor_memory: Arc<Budget>,
    /// A call found the session lost (08S01): SQL_ATTR_CONNECTION_DEAD.
    pub dead: bool,
}

/// Connection attributes that are remembered.
#[derive(Clone, Debug)]
pub struct Attributes {
    pub access_mode: u32,
    pub autocommit: u32,
    pub login_timeout: u32,
    pub connection_timeout: u32,
    pub txn_isolation: u32,
    pub packet_size: u32,
    pub odbc_cursors: u32,
    pub ansi_application: bool,
    /// Set before connecting; afterwards the engine's catalog counts.
    pub catalog: Option<String>,
    pub quiet_mode: usize,
    /// Defaults that ODBC 2 applications set on the connection for its statements.
    pub of_statements: super::statement::Attributes,
    pub row_bind_type: usize,
    /// Attributes that have been set: they are told before there is a connection.
    pub given: Vec<i32>,
}

impl Default for Attributes {
    fn default() -> Self {
        Attributes {
            access_mode: 0,
            autocommit: 1,
            login_timeout: 0,
            connection_timeout: 0,
            txn_isolation: 2,
            packet_size: 0,
            odbc_cursors: 2,
            ansi_application: false,
            catalog: None,
            quiet_mode: 0,
            of_statements: super::statement::Attributes::default(),
            row_bind_type: 0,
            given: Vec::new(),
        }
    }
}

impl Connection {
    pub fn new(token: Token, environment: Token, odbc_version: i32, wide: Encoding) -> Connection {
        Connection {
            state: Mutex::new(State {
                token,
                core: Core {
                    environment,
                    diagnostics: Diagnostics::default(),
                    attributes: Attributes::default(),
                    open: None,
                    browsing: None,
                    odbc_version,
                    wide,
                },
                statements: Slab::default(),
                descriptors: Slab::default(),
            }),
            running: Running::default(),
            cancelled: Mutex::default(),
            has_cancelled: AtomicBool::new(false),
        }
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.cancel_waiting(&mut state);
        state
    }

    /// SQLCancel of a statement on which nothing runs. It waits for no other statement: if one is executing, the next
    /// call on the connection finds this one cancelled.
    pub fn cancel(&self, statement: Token) {
        self.cancelled.lock().unwrap_or_else(PoisonError::into_inner).push(statement);
        self.has_cancelled.store(true, Ordering::Release);
        match self.state.try_lock() {
            Ok(mut state) => self.cancel_waiting(&mut state),
            Err(TryLockError::Poisoned(poisoned)) => self.cancel_waiting(&mut poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => {}
        }
    }

    fn cancel_waiting(&self, state: &mut State) {
        if !self.has_cancelled.load(Ordering::Relaxed) || !self.has_cancelled.swap(false, Ordering::Acquire) {
            return;
        }
        let tokens = std::mem::take(&mut *self.cancelled.lock().unwrap_or_else(PoisonError::into_inner));
        let odbc2 = state.core.is_odbc2();
        for statement in state.statements.iter_mut().filter(|one| tokens.contains(&one.token)) {
            if statement.pending.is_none() {
                statement.diagnostics.clear();
                statement.cancel(odbc2);
            }
        }
    }
}

impl State {
    /// Where the connection stands in the state tables.
    #[must_use]
    pub fn state(&self) -> ConnectionState {
        match &self.core.open {
            _ if self.core.browsing.is_some() => ConnectionState::C3,
            None => ConnectionState::C2,
            Some(open) if open.engine.is_in_transaction() => ConnectionState::C6,
            Some(_) if self.statements.iter().next().is_some() => ConnectionState::C5,
            Some(_) => ConnectionState::C4,
        }
    }

    /// Refuses a call that its line of the state tables does not allow now.
    pub fn refuse(&self, row: &ConnectionRow) -> Result<(), Failure> {
        let state = self.state();
        Err(match row.get(state as usize).copied().unwrap_or(Cell::Allowed) {
            Cell::Allowed => return Ok(()),
            Cell::Connected => CONNECTION_IN_USE.into(),
            Cell::NotConnected => NOT_CONNECTED.into(),
            Cell::Transaction => INVALID_TRANSACTION_STATE.into(),
            Cell::Sequence if state == ConnectionState::C3 => {
                FUNCTION_SEQUENCE.because("SQLBrowseConnect needs more attributes; give them, or call SQLDisconnect")
            }
            Cell::Sequence => FUNCTION_SEQUENCE.because("the connection is still open; call SQLDisconnect first"),
            Cell::NotNow if state == ConnectionState::C6 => CANNOT_SET_NOW.because("changes wait for a commit"),
            Cell::NotNow => CANNOT_SET_NOW.because("the connection is open already"),
        })
    }
}

impl Core {
    /// The open connection, or 08003.
    pub fn open(&self) -> Result<&Open, Failure> {
        self.open.as_ref().ok_or_else(|| NOT_CONNECTED.into())
    }

    #[must_use]
    pub fn is_odbc2(&self) -> bool {
        self.odbc_version == OV_ODBC2
    }

    /// Remembers that the session is lost when `failure` says so.
    pub fn note(&mut self, failure: Failure) -> Failure {
        if failure.state == "08S01"
            && let Some(open) = self.open.as_mut()
        {
            open.dead = true;
        }
        failure
    }

    /// The current catalog: a division's code or `ALL`, or nothing where catalogs are off.
    #[must_use]
    pub fn catalog(&self) -> String {
        match &self.open {
            Some(open) => open.catalog(),
            None => self.attributes.catalog.clone().unwrap_or_default(),
        }
    }
}

impl Open {
    /// The catalog that a NULL catalog argument means.
    #[must_use]
    pub fn catalog(&self) -> String {
        if self.naming.catalogs { self.engine.catalog() } else { String::new() }
    }
}

/// Seconds of an attribute as a limit; 0 is none.
#[must_use]
pub fn seconds(value: usize) -> Option<Duration> {
    (value > 0).then(|| Duration::from_secs(value as u64))
}

/// Whether a connection attribute is a text.
#[must_use]
pub fn is_text(attribute: i32) -> bool {
    use attribute::dbc;
    [dbc::CURRENT_CATALOG, dbc::TRACEFILE, dbc::TRANSLATE_LIB].contains(&attribute)
}
