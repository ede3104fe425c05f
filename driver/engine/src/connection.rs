//! A connection: a signed-in session, its settings, and the planner for its statements.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;
use exact_client::settings::{InitiateOAuth, Settings};
use exact_client::{Notice, Session, division};

use crate::cancel::Limits;
use crate::dialect;
use crate::divisions::Catalog;
use crate::error::{Error, Result};
use crate::functions::{self, Answer};
use crate::report::Report;
use crate::runtime::Engine;
use crate::session;
use crate::statement::Statement;
use crate::table::Source;
use crate::write::{self, Transaction};

/// What a connection's statements share with it, and keep alive.
pub struct Shared {
    pub engine: Arc<Engine>,
    pub source: Source,
    current: RwLock<Arc<Context>>,
    /// What waits for a commit.
    pub transaction: Mutex<Transaction>,
    /// The key of the row that was inserted last.
    identity: Arc<Mutex<Option<String>>>,
}

/// What unqualified names mean, and how statements over them are planned. A statement keeps the one that it was prepared
/// in.
pub struct Context {
    pub catalog: Catalog,
    pub state: SessionState,
}

impl Shared {
    /// The context of statements that are prepared now.
    pub fn current(&self) -> Arc<Context> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The context in which unqualified names mean tables of `catalog`.
    pub fn context(&self, catalog: Catalog) -> Result<Context> {
        let mut state = self.current().state.clone();
        state.config_mut().options_mut().catalog.default_catalog = session::catalog_name(catalog);
        state.register_udf(Arc::new(functions::database(session::database(catalog))))?;
        Ok(Context { catalog, state })
    }

    /// What SCOPE_IDENTITY() answers from now on.
    pub fn remember_identity(&self, key: String) {
        *self.identity.lock().unwrap_or_else(PoisonError::into_inner) = Some(key);
    }

    /// Makes `catalog` the current one.
    pub fn choose(&self, catalog: Catalog) -> Result<()> {
        let chosen = Arc::new(self.context(catalog)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = chosen;
        Ok(())
    }
}

impl Context {
    /// The session's state for one execution, which tells `report` of itself.
    pub fn state_for(&self, report: &Arc<Report>) -> SessionState {
        let mut state = self.state.clone();
        state.mark_start_execution();
        state.config_mut().set_extension(Arc::clone(report));
        state
    }
}

/// An open connection to one or more divisions.
pub struct Connection {
    shared: Arc<Shared>,
}

impl Connection {
    /// Signs in with what is stored. Makes no HTTP call where the store holds a sign-in and the division is known.
    pub fn open(engine: Arc<Engine>, settings: Settings, limits: &Limits) -> Result<(Connection, Vec<Notice>)> {
        let network = engine.network()?.clone();
        let opening = engine.block_on(limits, async { Ok(Session::open(&settings, network).await?) });
        let (session, notices) = opening.map_err(|error| match error {
            Error::TimedOut { limit } => {
                let signs_in = settings.initiate_oauth == InitiateOAuth::GetAndRefresh;
                Error::ConnectTimedOut { limit, signs_in }
            }
            other => other,
        })?;
        let catalog = Catalog::of_connection(&settings.division, &session);
        let source = Source { session, settings: Arc::new(settings) };
        let identity: Arc<Mutex<Option<String>>> = Arc::default();
        let last = Arc::clone(&identity);
        let last: Answer = Arc::new(move || last.lock().unwrap_or_else(PoisonError::into_inner).clone());
        let state = session::state(source.clone(), catalog, last)?;
        let current = RwLock::new(Arc::new(Context { catalog, state }));
        let shared = Shared { engine, source, current, transaction: Mutex::default(), identity };
        Ok((Connection { shared: Arc::new(shared) }, notices))
    }

    pub fn settings(&self) -> &Settings {
        &self.shared.source.settings
    }

    /// The catalog in which unqualified tables are read: a division's code, or `ALL`.
    pub fn catalog(&self) -> String {
        self.shared.current().catalog.to_string()
    }

    /// Changes the current catalog to a division's code or `ALL`. Statements prepared before keep theirs. Whether the user may
    /// open the division is seen when it is read.
    pub fn set_catalog(&self, name: &str) -> Result<()> {
        let unknown = || Error::CatalogNotFound { name: name.to_string() };
        self.shared.choose(Catalog::named(name).ok_or_else(unknown)?)
    }

    /// Makes SCOPE_IDENTITY() answer NULL, as if nothing had been inserted.
    pub fn forget_identity(&self) {
        *self.shared.identity.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Makes the catalog current that was when the connection was opened.
    pub fn reset_catalog(&self) -> Result<()> {
        let source = &self.shared.source;
        self.shared.choose(Catalog::of_connection(&source.settings.division, &source.session))
    }

    /// The catalogs that can be named, the current one first: `ALL` where several divisions are known, and the divisions
    /// that were listed when the user signed in or read `system.Divisions` last. Makes no call.
    pub fn catalogs(&self) -> Vec<String> {
        let current = self.shared.current().catalog;
        let mut codes = self.shared.source.listed();
        codes.extend(division::known(&self.shared.source.session).into_iter().map(|division| division.code));
        codes.push(self.division());
        codes.sort_unstable();
        codes.dedup();
        let all = (codes.len() > 1).then_some(Catalog::All);
        let others = all.into_iter().chain(codes.into_iter().map(Catalog::One)).filter(|one| *one != current);
        std::iter::once(current).chain(others).map(|catalog| catalog.to_string()).collect()
    }

    /// The code of the connection's own division: of several the first, of `ALL` the one stored at sign-in.
    pub fn division(&self) -> i32 {
        self.shared.source.session.division()
    }

    /// The full name of the person who signed in, where it is known.
    pub fn user_name(&self) -> Option<String> {
        self.shared.source.session.user_name()
    }

    /// Calls to the service that this process has made for the signed-in identity.
    pub fn calls_made(&self) -> u64 {
        self.shared.source.session.calls_made()
    }

    /// Rows have been written by other means: what was read a moment ago is not used again.
    pub fn forget_reads(&self) {
        self.shared.source.session.forget_reads();
    }

    /// Turns autocommit on or off. Turning it on commits what waits.
    pub fn set_autocommit(&self, on: bool, limits: &Limits) -> Result<Vec<Notice>> {
        write::set_manual(&self.shared, !on, limits)
    }

    /// Sends what waits for the commit, in order (product section 7).
    ///
    /// # Errors
    /// 25S01 where the outcome of a change is unknown, HY000 where one was refused; 25000 until the rollback after it.
    pub fn commit(&self, limits: &Limits) -> Result<Vec<Notice>> {
        write::commit(&self.shared, limits)
    }

    /// Gives up what waits for the commit.
    pub fn rollback(&self) -> Vec<Notice> {
        write::rollback(&self.shared).into_iter().collect()
    }

    /// Whether changes wait for a commit, or a failed one for its rollback.
    pub fn is_in_transaction(&self) -> bool {
        !self.shared.transaction().is_empty()
    }

    /// Plans every statement of a text, without any HTTP call. Names, types and syntax are checked here.
    pub fn prepare(&self, sql: &str) -> Result<Vec<Statement>> {
        tracing::info!(target: "exact::statement", sql, "prepare");
        let mut context = self.shared.current();
        let mut statements = Vec::new();
        for parsed in dialect::read(sql)? {
            let statement = Statement::prepare(Arc::clone(&self.shared), Arc::clone(&context), parsed)?;
            // What follows USE in the same text means tables of that division already.
            if let Some(catalog) = statement.chooses() {
                context = Arc::new(self.shared.context(catalog)?);
            }
            statements.push(statement);
        }
        Ok(statements)
    }

    /// The text with its ODBC escapes resolved (SQLNativeSql).
    pub fn native_sql(&self, sql: &str) -> Result<String> {
        dialect::native(sql)
    }
}
