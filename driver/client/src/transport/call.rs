//! One GET, from permission to answer: budget, token, retries.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Response, StatusCode, Url};

use super::Session;
use super::answer::Answer;
use super::http::connection_error;
use super::retry::Trouble;
use crate::error::{Error, Result};
use crate::limits::{Budget, Permit, RateHeaders};
use crate::log;
use crate::settings::Secret;

/// Refusals with status 429 that are waited out for one call.
const REFUSALS: u32 = 5;

/// What is fetched.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) url: Url,
    /// As it stands in messages and logs: `crm.Accounts in division 5512`. The URL itself carries values of the user.
    pub(crate) target: String,
    pub(crate) accept: &'static str,
    /// Whose budget it counts against; `None`: it is not counted.
    pub(crate) division: Option<i32>,
}

/// The answer to one attempt.
struct Attempt {
    status: StatusCode,
    rates: RateHeaders,
    reason: Option<String>,
    body: Bytes,
}

/// Gives a call back to the count when it ends, however it ends.
struct Counted<'a> {
    session: &'a Session,
    budget: Option<Arc<Budget>>,
    rates: Option<RateHeaders>,
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        if let Some(budget) = &self.budget {
            budget.settle(self.session.identity.clock.as_ref(), self.rates.as_ref());
        }
    }
}

/// What one call has been through.
#[derive(Default)]
struct Troubles {
    repetitions: u32,
    refusals: u32,
    token_replaced: bool,
}

impl Session {
    /// The body of a successful answer. Dropping the future ends the request at once.
    pub(crate) async fn get(&self, call: &Call) -> Result<Bytes> {
        let mut troubles = Troubles::default();
        let mut token = self.identity.broker.token().await?;
        loop {
            let attempt = match self.attempt(call, &token).await {
                Ok(attempt) if attempt.status == StatusCode::OK => return Ok(attempt.body),
                Ok(attempt) => attempt,
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Connection(error)) => {
                    self.pause(Trouble::Connection, &mut troubles, || error).await?;
                    token = self.identity.broker.token().await?;
                    continue;
                }
            };
            let error = || attempt.error(call);
            match attempt.status {
                StatusCode::UNAUTHORIZED if !troubles.token_replaced => {
                    troubles.token_replaced = true;
                    tracing::info!(target: "exact::transport", target_name = call.target, "401: replacing the access token");
                    token = self.identity.broker.replace(&token).await?;
                }
                StatusCode::TOO_MANY_REQUESTS => {
                    self.wait_out(call, &attempt, &mut troubles).await?;
                    token = self.identity.broker.token().await?;
                }
                status => {
                    self.pause(Trouble::Status(status.as_u16()), &mut troubles, error).await?;
                    token = self.identity.broker.token().await?;
                }
            }
        }
    }

    async fn attempt(&self, call: &Call, token: &Secret) -> std::result::Result<Attempt, Failure> {
        let mut counted = self.count(call).await?;
        tracing::debug!(target: "exact::transport", target_name = call.target, "GET");
        let request = self
            .identity
            .http
            .get(call.url.clone())
            .timeout(self.timeout)
            .header(ACCEPT, call.accept)
            .header(AUTHORIZATION, bearer(token)?);
        let response = request.send().await.map_err(|error| self.failure(call, &error))?;
        let (status, headers) = (response.status(), response.headers());
        let rates = RateHeaders::read(|name| text(headers, name));
        let reason = text(headers, "Reason").map(str::to_owned);
        counted.rates = Some(rates);
        tracing::debug!(target: "exact::transport", url = %call.url, headers = log::headers(headers), "answer begins");
        let body = self.body(call, response).await?;
        tracing::info!(target: "exact::transport", target_name = call.target, status = status.as_u16(), bytes = body.len(), "answered");
        tracing::trace!(target: "exact::rows", body = %String::from_utf8_lossy(&body), "received");
        Ok(Attempt { status, rates, reason, body })
    }

    async fn body(&self, call: &Call, response: Response) -> std::result::Result<Bytes, Failure> {
        response.bytes().await.map_err(|error| self.failure(call, &error))
    }

    async fn count(&self, call: &Call) -> std::result::Result<Counted<'_>, Failure> {
        let budget = call.division.map(|division| self.budget(division));
        if let Some(budget) = &budget {
            let clock = self.identity.clock.as_ref();
            budget.acquire(clock, self.budget_reserve).await.map_err(Failure::Final)?;
            self.calls.fetch_add(1, Ordering::Relaxed);
        }
        Ok(Counted { session: self, budget, rates: None })
    }

    fn failure(&self, call: &Call, error: &reqwest::Error) -> Failure {
        if error.is_timeout() && !error.is_connect() {
            let seconds = self.timeout.as_secs();
            return Failure::Final(Error::TimedOut { target: call.target.clone(), seconds });
        }
        Failure::Connection(connection_error(error, &self.identity.base_url, &call.target))
    }

    /// Waits before a repetition, or gives the error if there is to be none.
    async fn pause(&self, trouble: Trouble, troubles: &mut Troubles, error: impl FnOnce() -> Error) -> Result<()> {
        let Some(pause) = self.identity.retry.pause(trouble, troubles.repetitions, fastrand::f64()) else {
            return Err(error());
        };
        troubles.repetitions += 1;
        tracing::warn!(target: "exact::transport", ?trouble, repetition = troubles.repetitions, "trying again");
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// After status 429: the next attempt will wait for the window's end, unless the day is spent.
    async fn wait_out(&self, call: &Call, attempt: &Attempt, troubles: &mut Troubles) -> Result<()> {
        let Some(budget) = call.division.map(|division| self.budget(division)) else {
            return Err(attempt.error(call));
        };
        troubles.refusals += 1;
        match budget.refused(self.identity.clock.as_ref(), &attempt.rates) {
            Permit::DaySpent(reset_ms) => Err(budget.day_spent(reset_ms, 0)),
            _ if troubles.refusals >= REFUSALS => {
                let text = format!(
                    "Exact Online keeps refusing calls for {} as too many (HTTP status 429); try again later",
                    call.target
                );
                Err(Error::BudgetSpent { status: 429, text })
            }
            Permit::Wait(_) | Permit::Granted => Ok(()),
        }
    }
}

/// Why an attempt brought no answer.
enum Failure {
    Final(Error),
    Connection(Error),
}

impl Attempt {
    fn error(&self, call: &Call) -> Error {
        let (status, reason) = (self.status, self.reason.as_deref());
        Answer { status, reason, body: &self.body, target: &call.target }.error()
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn bearer(token: &Secret) -> std::result::Result<HeaderValue, Failure> {
    let refused = |_| {
        let reason = "the access token holds characters that no token can have; check OAuthAccessToken".to_owned();
        Failure::Final(Error::NotSignedIn { reason })
    };
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.reveal())).map_err(refused)?;
    value.set_sensitive(true);
    Ok(value)
}
