//! Hands out access tokens: one chain of refresh tokens for all threads and processes (fact sheet 2.5 to 2.7).
//!
//! What a renewal does to the store, always under its lock, so that a crash at any instruction is told from every other:
//!
//! | step | in the store afterwards | a crash here means |
//! |---|---|---|
//! | the store is read again | the current pair | nothing |
//! | the marker is written | the current pair and the marker | the next process sends the same token: it was not spent |
//! | the token is sent | the same | the token may be spent. If it is, the next process says so: the answer was lost |
//! | the answer is written | the new pair, the spent token as the previous one | nothing |
//!
//! A pair that could not be written is not used before it is.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Mutex;

use super::exchange::{Grant, TokenAnswer, TokenEndpoint, final_error};
use super::refusal::{LOGIN, Refusal, Spent};
use super::under_way::UnderWay;
use super::{End, Ended, Renewal, Store, StoreLock, StoredSignIn};
use crate::error::{Error, Result};
use crate::settings::Secret;
use crate::transport::{Clock, RetryPolicy, Trouble};

/// Since its first attempt an exchange is not repeated after this: with the longest answer ([`super::exchange::LONGEST`]) it
/// stays below the time for which others wait for the store's lock.
const REPEATED_WITHIN: Duration = Duration::from_secs(25);
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

/// What a renewal needs beside the sign-in.
#[derive(Debug)]
pub(super) struct Renewer {
    pub(super) store: Store,
    pub(super) endpoint: TokenEndpoint,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) retry: RetryPolicy,
    pub(super) may_refresh: bool,
}

#[derive(Debug)]
struct Inner {
    renewer: Renewer,
    held: Mutex<Held>,
}

/// The token broker of one identity.
#[derive(Debug)]
pub(crate) struct Broker {
    inner: Arc<Inner>,
    runtime: Handle,
}

impl Broker {
    pub(super) fn new(renewer: Renewer, sign_in: StoredSignIn, runtime: Handle) -> Self {
        let held = Mutex::new(Held { sign_in, unsaved: false, not_before_ms: 0 });
        Self { inner: Arc::new(Inner { renewer, held }), runtime }
    }

    /// An access token that lives, renewed if its time has come.
    pub(crate) async fn token(&self) -> Result<Secret> {
        let current = {
            let held = self.inner.held.lock().await;
            held.usable(self.inner.renewer.clock.now_ms(), None)
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
        let under_way = UnderWay::on(&self.runtime);
        let task = self.runtime.spawn(async move {
            let _under_way = under_way;
            let mut held = inner.held.lock().await;
            inner.renewer.renew(&mut held, rejected.as_ref()).await
        });
        task.await.unwrap_or_else(|error| Err(Error::Internal { what: format!("renewing the sign-in: {error}") }))
    }

    /// Changes what is stored beside the tokens.
    pub(crate) async fn remember(&self, change: impl FnOnce(&mut StoredSignIn)) -> Result<()> {
        let mut held = self.inner.held.lock().await;
        let lock = self.inner.renewer.store.lock().await?;
        self.inner.renewer.read_store(&mut held)?;
        change(&mut held.sign_in);
        lock.save(&held.sign_in)?;
        held.unsaved = false;
        Ok(())
    }

    /// Takes over a sign-in just read from the store: another process, or a new sign-in, may have put it there.
    pub(crate) async fn adopt(&self, stored: StoredSignIn) {
        let mut held = self.inner.held.lock().await;
        if !held.unsaved && held.sign_in != stored {
            held.sign_in = stored;
            held.not_before_ms = 0;
        }
    }

    /// Where the sign-in is kept.
    pub(crate) fn store(&self) -> &Store {
        &self.inner.renewer.store
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
        (usable && !self.unsaved).then(|| token.clone())
    }
}

impl Renewer {
    async fn renew(&self, held: &mut Held, rejected: Option<&Secret>) -> Result<Secret> {
        if let Some(token) = held.usable(self.clock.now_ms(), rejected) {
            return Ok(token);
        }
        if !self.may_refresh {
            return self.without_refresh(held, rejected);
        }
        let lock = self.store.lock().await?;
        self.read_store(held)?;
        self.save_unsaved(held, &lock)?;
        if let Some(token) = held.usable(self.clock.now_ms(), rejected) {
            return Ok(token);
        }
        if let Some(ended) = &held.sign_in.ended {
            return Err(ended.error());
        }
        self.exchange(held, &lock).await
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

    fn save_unsaved(&self, held: &mut Held, lock: &StoreLock) -> Result<()> {
        if held.unsaved {
            lock.save(&held.sign_in)?;
            held.unsaved = false;
        }
        Ok(())
    }

    /// One exchange of the refresh token.
    async fn exchange(&self, held: &mut Held, lock: &StoreLock) -> Result<Secret> {
        let Some(refresh_token) = held.sign_in.refresh_token.clone() else {
            let reason = format!("the stored sign-in holds no refresh token. {LOGIN}");
            return Err(Error::NotSignedIn { reason });
        };
        let interrupted = held.sign_in.renewal;
        if let Some(renewal) = interrupted {
            tracing::warn!(target: "exact::auth", process = renewal.process, "a renewal was cut off: its answer was not stored");
        }
        let ours = Renewal { sent_ms: self.clock.now_ms(), process: std::process::id() };
        held.sign_in.renewal = Some(ours);
        lock.save(&held.sign_in)?;
        match self.send(&held.sign_in, &refresh_token).await {
            (_, Ok(answer)) => self.keep(held, lock, &answer),
            (_, Err(Refusal::TooEarly)) => {
                self.withdraw(held, lock, None)?;
                self.too_early(held)
            }
            (lost, Err(Refusal::Spent(spent, said))) => {
                let lost = interrupted.or(lost.then_some(ours));
                self.spent(held, lock, spent, (lost, said)).await
            }
            (lost, Err(Refusal::Refused(error) | Refusal::NotSent(error))) => {
                self.withdraw(held, lock, interrupted.or(lost.then_some(ours)))?;
                Err(error)
            }
            // The marker stays, that of the first loss.
            (_, Err(Refusal::Unknown { error, .. })) => {
                self.withdraw(held, lock, Some(interrupted.unwrap_or(ours)))?;
                Err(error)
            }
        }
    }

    /// Sends a refresh token, and again where that may help: either it was not spent, or the service says that it was.
    /// Also whether an answer got lost on the way.
    async fn send(&self, sign_in: &StoredSignIn, token: &Secret) -> (bool, std::result::Result<TokenAnswer, Refusal>) {
        let (mut lost, mut repetition, begun_ms) = (false, 0, self.clock.now_ms());
        loop {
            let outcome = self.endpoint.exchange(sign_in, Grant::Refresh(token)).await;
            let trouble = match &outcome {
                Err(Refusal::Unknown { again, .. }) => {
                    lost = true;
                    again.then_some(Trouble::Connection)
                }
                Err(Refusal::NotSent(Error::CannotConnect { .. })) => Some(Trouble::Connection),
                _ => None,
            };
            let spent = Duration::from_millis(u64::try_from(self.clock.now_ms() - begun_ms).unwrap_or(0));
            let pause = trouble.and_then(|trouble| self.retry.pause(trouble, repetition, fastrand::f64()));
            match pause.filter(|pause| spent + *pause < REPEATED_WITHIN) {
                Some(pause) => self.clock.sleep(pause).await,
                None => return (lost, outcome),
            }
            repetition += 1;
        }
    }

    /// The new pair is written before it is used for the first time.
    fn keep(&self, held: &mut Held, lock: &StoreLock, answer: &TokenAnswer) -> Result<Secret> {
        answer.enter(&mut held.sign_in, self.clock.now_ms());
        held.not_before_ms = 0;
        held.unsaved = true;
        self.save_unsaved(held, lock)?;
        tracing::info!(target: "exact::auth", life_s = held.sign_in.life_s, "access token renewed and stored");
        held.sign_in.access_token.clone().ok_or_else(|| final_error(Refusal::TooEarly))
    }

    /// Takes the marker away, or puts an earlier one back.
    fn withdraw(&self, held: &mut Held, lock: &StoreLock, earlier: Option<Renewal>) -> Result<()> {
        if held.sign_in.renewal == earlier {
            return Ok(());
        }
        held.sign_in.renewal = earlier;
        lock.save(&held.sign_in)
    }

    fn too_early(&self, held: &mut Held) -> Result<Secret> {
        held.not_before_ms = self.clock.now_ms() + TOO_EARLY_MS;
        tracing::warn!(target: "exact::auth", "refresh refused: the service holds the access token to be alive");
        held.sign_in.access_token.clone().ok_or_else(|| final_error(Refusal::TooEarly))
    }

    /// The service does not know the token any more: the end, which is stored so that nobody asks again. Before that
    /// the previous token gets its chance where the service may never have heard of the current one.
    async fn spent(
        &self,
        held: &mut Held,
        lock: &StoreLock,
        spent: Spent,
        (lost, said): (Option<Renewal>, String),
    ) -> Result<Secret> {
        let previous = held.sign_in.previous_refresh_token.take();
        if let (Spent::NoChain, Some(previous)) = (spent, previous) {
            tracing::warn!(target: "exact::auth", "the refresh token is unknown to the service: trying the one before it");
            if let (_, Ok(answer)) = self.send(&held.sign_in, &previous).await {
                return self.keep(held, lock, &answer);
            }
        }
        let how = match (spent, lost) {
            (Spent::Used, Some(renewal)) => End::AnswerLost(renewal),
            (Spent::Used, None) => End::TakenOver,
            (Spent::NoChain, _) => End::LaterSignIn,
            (Spent::Expired, _) => End::Expired,
        };
        let ended = Ended { how, at_ms: self.clock.now_ms(), said };
        tracing::warn!(target: "exact::auth", ?how, "the sign-in has ended");
        held.sign_in.renewal = None;
        held.sign_in.ended = Some(ended.clone());
        lock.save(&held.sign_in)?;
        Err(ended.error())
    }
}
