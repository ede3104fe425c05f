//! Hands out access tokens: one chain of refresh tokens for all threads and processes (fact sheet 2.5 to 2.7).

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::Mutex;

use super::exchange::{Grant, TokenEndpoint, final_error};
use super::refusal::{LOGIN, Refusal};
use super::{Store, StoredSignIn};
use crate::error::{Error, Result};
use crate::settings::Secret;
use crate::transport::Clock;

/// How long the service's word that a token has not expired is trusted.
const TOO_EARLY_MS: i64 = 15_000;

/// What the broker knows of the sign-in.
#[derive(Debug)]
struct Held {
    sign_in: StoredSignIn,
    /// A new pair that the store would not take. It must not be lost.
    unsaved: bool,
    /// Until then no refresh is tried: the service has called one too early.
    not_before_ms: i64,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    endpoint: TokenEndpoint,
    clock: Arc<dyn Clock>,
    may_refresh: bool,
    held: Mutex<Held>,
}

/// The token broker of one identity.
#[derive(Debug)]
pub(crate) struct Broker {
    inner: Arc<Inner>,
    runtime: Handle,
}

impl Broker {
    pub(super) fn new(
        store: Store,
        sign_in: StoredSignIn,
        endpoint: TokenEndpoint,
        clock: Arc<dyn Clock>,
        may_refresh: bool,
        runtime: Handle,
    ) -> Self {
        let held = Mutex::new(Held { sign_in, unsaved: false, not_before_ms: 0 });
        Self { inner: Arc::new(Inner { store, endpoint, clock, may_refresh, held }), runtime }
    }

    /// An access token that lives, renewed if its time has come.
    pub(crate) async fn token(&self) -> Result<Secret> {
        let current = {
            let held = self.inner.held.lock().await;
            held.usable(self.inner.clock.now_ms(), None)
        };
        match current {
            Some(token) => Ok(token),
            None => self.renew(None).await,
        }
    }

    /// Another token than the one that a data call was refused with; the same one if the service insists that it lives.
    pub(crate) async fn replace(&self, rejected: &Secret) -> Result<Secret> {
        self.renew(Some(rejected.clone())).await
    }

    /// Once a refresh is sent its answer must be stored, whoever asked for it and whether he still waits: so it runs
    /// in a task of its own, which a dropped query does not end.
    async fn renew(&self, rejected: Option<Secret>) -> Result<Secret> {
        let inner = Arc::clone(&self.inner);
        let task = self.runtime.spawn(async move { inner.renew(rejected.as_ref()).await });
        task.await.unwrap_or_else(|error| Err(Error::Internal { what: format!("renewing the sign-in: {error}") }))
    }

    /// Changes what is stored beside the tokens.
    pub(crate) async fn remember(&self, change: impl FnOnce(&mut StoredSignIn)) -> Result<()> {
        let mut held = self.inner.held.lock().await;
        let _lock = self.inner.store.lock().await?;
        self.inner.read_store(&mut held)?;
        change(&mut held.sign_in);
        self.inner.store.save(&held.sign_in)
    }

    /// Takes over a sign-in just read from the store: another process, or a new sign-in, may have put it there.
    pub(crate) async fn adopt(&self, stored: StoredSignIn) {
        let mut held = self.inner.held.lock().await;
        if !held.unsaved && held.sign_in != stored {
            held.sign_in = stored;
            held.not_before_ms = 0;
        }
    }

    /// The sign-in as this process knows it.
    pub(crate) async fn sign_in(&self) -> StoredSignIn {
        self.inner.held.lock().await.sign_in.clone()
    }
}

impl Held {
    fn usable(&self, now_ms: i64, rejected: Option<&Secret>) -> Option<Secret> {
        let token = self.sign_in.access_token.as_ref().filter(|token| Some(*token) != rejected)?;
        let usable = self.sign_in.is_fresh(now_ms) || now_ms < self.not_before_ms;
        usable.then(|| token.clone())
    }
}

impl Inner {
    async fn renew(&self, rejected: Option<&Secret>) -> Result<Secret> {
        let mut held = self.held.lock().await;
        if let Some(token) = held.usable(self.clock.now_ms(), rejected) {
            return Ok(token);
        }
        if !self.may_refresh {
            return self.without_refresh(&held, rejected);
        }
        let _lock = self.store.lock().await?;
        self.read_store(&mut held)?;
        if held.unsaved {
            self.store.save(&held.sign_in)?;
            held.unsaved = false;
        }
        if let Some(token) = held.usable(self.clock.now_ms(), rejected) {
            return Ok(token);
        }
        self.exchange(&mut held).await
    }

    /// With InitiateOAuth=OFF what was given is used as long as it lives.
    fn without_refresh(&self, held: &Held, rejected: Option<&Secret>) -> Result<Secret> {
        let alive = held.sign_in.is_alive(self.clock.now_ms());
        match held.sign_in.access_token.as_ref().filter(|token| alive && Some(*token) != rejected) {
            Some(token) => Ok(token.clone()),
            None => Err(Error::NotSignedIn {
                reason:
                    "the access token has expired or was refused, and InitiateOAuth=OFF forbids to renew it. Give a \
                         new OAuthAccessToken, or set InitiateOAuth=REFRESH"
                        .into(),
            }),
        }
    }

    /// Takes over what another process has stored; a pair that only we have stays.
    fn read_store(&self, held: &mut Held) -> Result<()> {
        if held.unsaved {
            return Ok(());
        }
        match self.store.load()? {
            Some(stored) => held.sign_in = stored,
            None => {
                let reason = format!("the sign-in was removed from its store meanwhile. {LOGIN}");
                return Err(Error::NotSignedIn { reason });
            }
        }
        Ok(())
    }

    /// One exchange of the refresh token. The new pair is written before it is used for the first time.
    async fn exchange(&self, held: &mut Held) -> Result<Secret> {
        let Some(refresh_token) = held.sign_in.refresh_token.clone() else {
            let reason = format!("the stored sign-in holds no refresh token. {LOGIN}");
            return Err(Error::NotSignedIn { reason });
        };
        let answer = match self.endpoint.exchange(&held.sign_in, Grant::Refresh(&refresh_token)).await {
            Ok(answer) => answer,
            Err(Refusal::TooEarly) => return self.too_early(held),
            Err(refusal) => return Err(final_error(refusal)),
        };
        answer.enter(&mut held.sign_in, self.clock.now_ms());
        held.not_before_ms = 0;
        held.unsaved = true;
        self.store.save(&held.sign_in)?;
        held.unsaved = false;
        tracing::info!(target: "exact::auth", life_s = held.sign_in.life_s, "access token renewed and stored");
        held.sign_in.access_token.clone().ok_or_else(|| final_error(Refusal::TooEarly))
    }

    fn too_early(&self, held: &mut Held) -> Result<Secret> {
        held.not_before_ms = self.clock.now_ms() + TOO_EARLY_MS;
        tracing::warn!(target: "exact::auth", "refresh refused: the service holds the access token to be alive");
        held.sign_in.access_token.clone().ok_or_else(|| final_error(Refusal::TooEarly))
    }
}
