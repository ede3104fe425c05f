//! A connection's hold on an identity: its division, its time-out, its count of calls.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;

use super::identity::Identity;
use super::{Clock, Meter, RetryPolicy, SystemClock};
use crate::auth;
use crate::division;
use crate::error::{Error, Notice, Result};
use crate::journal::Journal;
use crate::limits::{Allowance, BudgetRow, RequestRow, Size};
use crate::log::Log;
use crate::settings::{DivisionSetting, InitiateOAuth, Settings};

/// One signed-in connection. Token, HTTP client and limits are shared by all sessions of the process that have the
/// same base URL, client id and store.
#[derive(Clone, Debug)]
pub struct Session {
    pub(crate) identity: Arc<Identity>,
    pub(crate) runtime: Handle,
    pub(crate) timeout: Duration,
    pub(crate) budget_reserve: u32,
    pub(crate) calls: Arc<AtomicU64>,
    /// Counts the calls of a query, where one is told apart.
    pub(crate) meter: Option<Arc<Meter>>,
    division: i32,
    user_name: Option<String>,
    journal: Option<Arc<Journal>>,
    _log: Option<Arc<Log>>,
}

/// How old the sign-in's tokens are, without them. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenAges {
    pub client_id: String,
    pub user_name: Option<String>,
    /// The division stored with the sign-in.
    pub division: Option<i32>,
    /// When the pair of tokens was received; 0: never yet.
    pub issued_ms: i64,
    /// Life of the access token in seconds.
    pub life_s: i64,
    pub now_ms: i64,
}

/// The parts of the world that a test holds itself.
#[derive(Clone, Debug)]
pub struct World {
    pub clock: Arc<dyn Clock>,
    pub retry: RetryPolicy,
}

impl Default for World {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock), retry: RetryPolicy::default() }
    }
}

impl Session {
    /// Signs a connection in. `runtime` is where its sockets, tasks and timers live. No HTTP call is made when a
    /// sign-in and a division are given or stored; an access token is fetched at the first data call.
    pub async fn open(settings: &Settings, runtime: Handle) -> Result<(Arc<Self>, Vec<Notice>)> {
        Self::open_in(settings, runtime, World::default()).await
    }

    /// The same with a clock and a retry policy of the caller's.
    pub async fn open_in(settings: &Settings, runtime: Handle, world: World) -> Result<(Arc<Self>, Vec<Notice>)> {
        // A store lock may have to be waited for, which needs the runtime's timers.
        let settings = settings.clone();
        let (home, there) = (runtime.clone(), world.clone());
        let opening = home.spawn(async move { Self::open_here(&settings, runtime, there).await });
        let opening = tokio_util::task::AbortOnDropHandle::new(opening);
        opening.await.unwrap_or_else(|error| Err(Error::Internal { what: format!("opening a session: {error}") }))
    }

    async fn open_here(settings: &Settings, runtime: Handle, world: World) -> Result<(Arc<Self>, Vec<Notice>)> {
        let log = Log::begin(&settings.log)?.map(Arc::new);
        let opened = Self::signed_in(settings, runtime, world, log.clone()).await;
        if let Err(error) = &opened {
            tracing::warn!(target: "exact::transport", state = error.sqlstate(), %error, "not connected");
        }
        opened
    }

    async fn signed_in(
        settings: &Settings,
        runtime: Handle,
        world: World,
        log: Option<Arc<Log>>,
    ) -> Result<(Arc<Self>, Vec<Notice>)> {
        let resolved = match auth::resolve(settings, world.clock.now_ms()).await {
            Err(Error::NotSignedIn { .. }) if settings.oauth_verifier.is_some() => {
                sign_in_with_code(settings, &runtime).await?;
                let stored = Settings { oauth_verifier: None, ..settings.clone() };
                auth::resolve(&stored, world.clock.now_ms()).await?
            }
            Err(error @ Error::NotSignedIn { .. }) if settings.initiate_oauth == InitiateOAuth::GetAndRefresh => {
                auth::sign_in_from_application(settings, error).await?;
                auth::resolve(settings, world.clock.now_ms()).await?
            }
            other => other?,
        };
        let stored = resolved.sign_in.clone();
        let identity = Identity::shared(settings, resolved, &runtime, world.clock, world.retry)?;
        identity.broker.adopt(stored).await;
        let sign_in = identity.broker.sign_in().await;
        let given = match &settings.division {
            DivisionSetting::Codes(codes) => codes.first().copied(),
            DivisionSetting::Current | DivisionSetting::All => None,
        };
        let mut session = Self {
            identity,
            runtime,
            timeout: settings.timeout,
            budget_reserve: settings.budget_reserve,
            calls: Arc::default(),
            meter: None,
            division: given.or(sign_in.division).unwrap_or_default(),
            user_name: sign_in.user_name,
            journal: None,
            _log: log,
        };
        let mut notices = Vec::new();
        if given.is_none() && sign_in.division.is_none() {
            let user = division::ask(&session).await?;
            notices.push(user.notice());
            session.division = user.division;
            session.user_name = user.name;
        }
        let (store, user) = (session.identity.broker.store().location(), session.user_name.clone());
        session.journal = Journal::of(settings, &store, user, Arc::clone(&session.identity.clock)).map(Arc::new);
        tracing::info!(target: "exact::division", division = session.division, given = given.is_some(), "session opened");
        Ok((Arc::new(session), notices))
    }

    /// The same session for calls that `meter` counts too.
    pub fn metered(&self, meter: Arc<Meter>) -> Arc<Self> {
        Arc::new(Self { meter: Some(meter), ..self.clone() })
    }

    /// The connection's division: of several the first, of ALL the one stored at sign-in.
    pub fn division(&self) -> i32 {
        self.division
    }

    /// The user's name at Exact, once known.
    pub fn user_name(&self) -> Option<String> {
        self.user_name.clone()
    }

    /// Where changes are written down; `None` where the connection does without.
    pub fn journal(&self) -> Option<&Arc<Journal>> {
        self.journal.as_ref()
    }

    /// Data calls sent for this session, repetitions included. `current/Me` and the token endpoint are not counted, as
    /// the service does not count them.
    pub fn calls_made(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// The time, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.identity.clock.now_ms()
    }

    /// Rows have been written: what was read before is not used again.
    pub fn forget_reads(&self) {
        self.identity.reuse.forget();
    }

    /// Root of all URLs.
    pub fn base_url(&self) -> &str {
        &self.identity.base_url
    }

    /// Calls of the day that this connection leaves untouched.
    pub fn budget_reserve(&self) -> u32 {
        self.budget_reserve
    }

    /// What is left of a division's budget. Makes no call.
    pub fn allowance(&self, division: i32) -> Allowance {
        self.identity.limits.allowance(division)
    }

    /// The budgets of all divisions called so far, and of the token endpoint.
    pub fn budgets(&self) -> Vec<BudgetRow> {
        self.identity.limits.budgets()
    }

    /// The last requests of all processes that use this app, the latest first.
    pub fn last_requests(&self) -> Vec<RequestRow> {
        self.identity.limits.requests()
    }

    /// How old the tokens are. Makes no call.
    pub async fn token_ages(&self) -> TokenAges {
        let sign_in = self.identity.broker.sign_in().await;
        TokenAges {
            client_id: sign_in.client_id,
            user_name: sign_in.user_name,
            division: sign_in.division,
            issued_ms: sign_in.issued_ms,
            life_s: sign_in.life_s,
            now_ms: self.identity.clock.now_ms(),
        }
    }

    /// The numbers of rows that tables of this service had, as far as they are known to any process.
    pub fn sizes(&self) -> Vec<Size> {
        self.identity.limits.sizes(&self.identity.base_url)
    }

    /// Remembers a number of rows for all processes.
    pub async fn remember_size(&self, size: &Size) {
        self.identity.limits.remember_size(&self.identity.base_url, size).await;
    }

    /// The reason why an endpoint (an access path's URI) does not take a feature of OData, if it has refused it within
    /// the hour to whichever process of the user. `division`: where, if that may differ between divisions.
    pub fn refuses_feature(&self, division: Option<i32>, uri: &str, feature: &'static str) -> Option<String> {
        self.identity.limits.refuses_feature(division, endpoint(uri), feature)
    }

    /// Remembers for an hour, for all processes, that an endpoint does not take a feature of OData.
    pub fn remember_refusal(&self, division: Option<i32>, uri: &str, feature: &'static str, error: &Error) {
        let (identity, endpoint, error) = (Arc::clone(&self.identity), endpoint(uri).to_owned(), error.clone());
        identity.limits.note_feature(division, &endpoint, feature, &error);
        self.runtime.spawn(async move {
            identity.limits.remember_feature(division, &endpoint, feature, &error).await;
        });
    }
}

/// An access path's URI as the limits name endpoints.
fn endpoint(uri: &str) -> &str {
    uri.split_once("{division}/").map_or(uri, |(_, path)| path)
}

/// The code's own sign-in opens a session in turn, so its future is kept on the heap.
fn sign_in_with_code<'a>(
    settings: &'a Settings,
    runtime: &Handle,
) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
    let runtime = runtime.clone();
    Box::pin(async move {
        let Some(code) = settings.oauth_verifier.clone() else { return Ok(()) };
        auth::import_code(settings, code, runtime).await.map(drop)
    })
}
