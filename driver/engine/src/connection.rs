//! A connection: a signed-in session, its settings, and the planner for its statements.

use std::sync::Arc;

use datafusion::execution::session_state::SessionState;
use exact_client::settings::{DivisionSetting, InitiateOAuth, Settings};
use exact_client::{Notice, Session};

use crate::cancel::Limits;
use crate::dialect;
use crate::error::{Error, Result};
use crate::runtime::Engine;
use crate::session;
use crate::statement::Statement;
use crate::table::Source;

/// What a connection's statements share with it, and keep alive.
pub struct Shared {
    pub engine: Arc<Engine>,
    pub source: Source,
    pub state: SessionState,
}

/// An open connection to one division.
pub struct Connection {
    shared: Arc<Shared>,
}

impl Connection {
    /// Signs in with what is stored. Makes no HTTP call where the store holds a sign-in and the division is known.
    pub fn open(engine: Arc<Engine>, settings: Settings, limits: &Limits) -> Result<(Connection, Vec<Notice>)> {
        if !matches!(&settings.division, DivisionSetting::Current | DivisionSetting::Codes(_))
            || matches!(&settings.division, DivisionSetting::Codes(codes) if codes.len() > 1)
        {
            return Err(Error::NotSupported { what: "A list of divisions in the property Division".into() });
        }
        let network = engine.network()?.clone();
        let opening = engine.block_on(limits, async { Ok(Session::open(&settings, network).await?) });
        let (session, notices) = opening.map_err(|error| match error {
            Error::TimedOut { limit } => {
                let signs_in = settings.initiate_oauth == InitiateOAuth::GetAndRefresh;
                Error::ConnectTimedOut { limit, signs_in }
            }
            other => other,
        })?;
        let division = session.division();
        let source = Source { session, settings: Arc::new(settings) };
        let state = session::state(source.clone(), division)?;
        let shared = Arc::new(Shared { engine, source, state });
        Ok((Connection { shared }, notices))
    }

    pub fn settings(&self) -> &Settings {
        &self.shared.source.settings
    }

    /// The code of the division in which unqualified tables are read.
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

    /// Plans every statement of a text, without any HTTP call. Names, types and syntax are checked here.
    pub fn prepare(&self, sql: &str) -> Result<Vec<Statement>> {
        tracing::info!(target: "exact::statement", sql, "prepare");
        dialect::read(sql)?.into_iter().map(|parsed| Statement::prepare(Arc::clone(&self.shared), parsed)).collect()
    }

    /// The text with its ODBC escapes resolved (SQLNativeSql).
    pub fn native_sql(&self, sql: &str) -> Result<String> {
        dialect::native(sql)
    }
}
