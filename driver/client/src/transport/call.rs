//! One call, from permission to its answer: limits, token, retries.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{StatusCode, Url};

use super::Session;
use super::answer::Answer;
use super::departure::{Answered, Departure};
use super::http::{connection_error, is_lasting};
use super::retry::Trouble;
use super::verb::Verb;
use crate::error::{DeniedBecause, Error, Result};
use crate::limits::{self, Closing, Construct, Planned, RateHeaders, Refused, Ticket};
use crate::log;
use crate::settings::Secret;

/// Refusals with status 429 that are waited out for one call.
const REFUSALS: u32 = 5;

/// Tokens that are replaced for one call.
const TOKEN_REFUSALS: u32 = 3;

/// What is fetched or changed.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) verb: Verb,
    pub(crate) url: Url,
    /// JSON; empty where the verb takes none.
    pub(crate) body: Bytes,
    /// As it stands in messages and logs: `crm.Accounts in division 5512`. The URL itself carries values of the user.
    pub(crate) target: String,
    pub(crate) accept: &'static str,
    /// Whose budget it counts against; `None`: it is not counted.
    pub(crate) division: Option<i32>,
    /// For a change: whether it has left.
    pub(crate) departure: Option<Arc<Departure>>,
}

/// An answer that says that all went well.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    /// The header `Location`.
    pub(crate) location: Option<String>,
    pub(crate) body: Bytes,
}

/// What an answer's body holds.
pub(crate) struct Decoded<T> {
    pub(crate) value: T,
    /// Rows in it, for the log of requests.
    pub(crate) rows: Option<u64>,
}

/// The answer to one attempt.
pub(super) struct Attempt {
    pub(super) received: Received,
    rates: RateHeaders,
    pub(super) reason: Option<String>,
    /// How long the service or a gateway before it asks to be left alone.
    retry_after: Option<Duration>,
}

/// Why an attempt brought no answer.
enum Failure {
    Final(Error),
    Connection(Error),
    /// Nothing was sent.
    Stayed(Error),
}

/// What follows from an attempt.
pub(super) enum Verdict<T> {
    Done(T),
    Failed(Error),
    /// It is worth trying again; the error stands if it is not tried.
    Again(Trouble, Error),
    TokenRefused(Secret, Error),
    Wait,
}

/// What one call has been through.
#[derive(Default)]
pub(super) struct Troubles {
    repetitions: u32,
    refusals: u32,
    /// Refusals that named no limit.
    unexplained: bool,
    /// The token that was refused last. A machine that slept may find the next one expired as well.
    refused_token: Option<Secret>,
    token_refusals: u32,
    begun_ms: i64,
    /// Of the last answer.
    retry_after: Option<Duration>,
    /// An earlier attempt at a change may have been carried out.
    pub(super) unknown: Option<Error>,
}

impl Troubles {
    /// The error that a call ends with. Neither that a change could not be tried again nor that it was refused the next
    /// time tells what the first attempt did: it may have been refused because the first was carried out.
    fn after_all(&mut self, error: Error) -> Error {
        match (self.unknown.take(), error) {
            (Some(Error::OutcomeUnknown { target, reason, sqlstate }), error)
                if !matches!(error, Error::OutcomeUnknown { .. }) =>
            {
                let reason = format!("{reason}, and the next attempt ended with: {error}");
                Error::OutcomeUnknown { target, reason, sqlstate }
            }
            (_, error) => error,
        }
    }

    fn has_no_other(&self, token: &Secret) -> bool {
        self.refused_token.as_ref() == Some(token) || self.token_refusals >= TOKEN_REFUSALS
    }
}

/// A call that was permitted. It is given back however it ends: a query may be dropped while it is under way.
struct Open<'a> {
    session: &'a Session,
    ticket: Option<Ticket>,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            let identity = Arc::clone(&self.session.identity);
            let closing = Closing { error: Some("ended by the application".into()), ..Closing::default() };
            self.session.runtime.spawn(async move { identity.limits.close(&ticket, &closing).await });
        }
    }
}

impl Open<'_> {
    async fn close(mut self, closing: Closing) -> Option<Ticket> {
        let ticket = self.ticket.as_ref()?;
        self.session.identity.limits.close(ticket, &closing).await;
        self.ticket.take()
    }
}

impl Session {
    /// The body of a successful answer. Dropping the future ends the request at once.
    pub(crate) async fn send(&self, call: &Call) -> Result<Bytes> {
        self.send_with(call, |received| Ok(Decoded { value: received.body.clone(), rows: None })).await
    }

    /// What `decode` makes of a successful answer. A body that is none of the service's is asked for once more.
    pub(crate) async fn send_with<T>(
        &self,
        call: &Call,
        decode: impl Fn(&Received) -> Result<Decoded<T>>,
    ) -> Result<T> {
        let mut troubles = Troubles { begun_ms: self.identity.clock.now_ms(), ..Troubles::default() };
        loop {
            match self.once(call, &mut troubles, &decode).await {
                Ok(None) => {}
                Ok(Some(value)) => return Ok(value),
                Err(error) => return Err(troubles.after_all(error)),
            }
        }
    }

    /// One attempt, and what has to be done before the next. `None`: it is to be tried again.
    async fn once<T>(
        &self,
        call: &Call,
        troubles: &mut Troubles,
        decode: &impl Fn(&Received) -> Result<Decoded<T>>,
    ) -> Result<Option<T>> {
        let turn = match call.division {
            Some(division) => self.identity.turns.of(division).await,
            None => None,
        };
        if let Some(meter) = self.meter.as_ref().filter(|_| call.division.is_some()) {
            meter.admit()?;
        }
        let open = self.enter(call).await?;
        let token = match self.identity.broker.token().await {
            Ok(token) => token,
            Err(error) => {
                self.not_sent(open).await;
                return Err(error);
            }
        };
        let outcome = self.attempt(call, &token).await;
        drop(turn);
        match self.judge(call, open, outcome, token, troubles, decode).await {
            Verdict::Done(value) => return Ok(Some(value)),
            Verdict::Failed(error) => return Err(error),
            Verdict::Again(trouble, error) => self.pause(trouble, troubles, error).await?,
            Verdict::TokenRefused(token, error) if troubles.has_no_other(&token) => return Err(error),
            Verdict::TokenRefused(token, _) => {
                troubles.refused_token = Some(token.clone());
                troubles.token_refusals += 1;
                tracing::info!(target: "exact::transport", target_name = call.target, "401: replacing the access token");
                self.identity.broker.replace(&token).await?;
            }
            Verdict::Wait => {}
        }
        Ok(None)
    }

    /// Waits until the call may be sent.
    async fn enter(&self, call: &Call) -> Result<Open<'_>> {
        let planned = Planned {
            method: call.verb.name(),
            division: call.division,
            endpoint: &call.endpoint(),
            address: call.url.as_str(),
            target: &call.target,
            reserve: self.budget_reserve,
            timeout: self.timeout,
            meter: self.meter.as_deref(),
        };
        let ticket = self.identity.limits.permit(planned).await?;
        if call.division.is_some() {
            self.calls.fetch_add(1, Ordering::Relaxed);
        }
        Ok(Open { session: self, ticket: Some(ticket) })
    }

    /// The call stayed here.
    async fn not_sent(&self, mut open: Open<'_>) {
        if let Some(ticket) = open.ticket.take() {
            self.identity.limits.give_back(&ticket).await;
            if ticket.is_counted() {
                self.calls.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }

    async fn attempt(&self, call: &Call, token: &Secret) -> std::result::Result<Attempt, Failure> {
        let _place = self.identity.turns.place().await;
        tracing::debug!(target: "exact::transport", target_name = call.target, "{}", call.verb.name());
        let mut request = self
            .identity
            .http
            .request(call.verb.method(), call.url.clone())
            .timeout(self.timeout)
            .header(ACCEPT, call.accept)
            .header(AUTHORIZATION, bearer(token).map_err(Failure::Stayed)?);
        if !call.body.is_empty() {
            tracing::trace!(target: "exact::rows", body = %String::from_utf8_lossy(&call.body), "sent");
            request = request.header(CONTENT_TYPE, "application/json").body(call.body.clone());
        }
        if call.verb == Verb::Post {
            // Without it only key-like columns of the new row are answered.
            request = request.header("Prefer", "return=representation");
        }
        if let Some(departure) = &call.departure {
            departure.leave().await.map_err(Failure::Stayed)?;
        }
        let response = request.send().await.map_err(|error| self.failure(call, &error))?;
        let (status, headers) = (response.status(), response.headers());
        let rates = RateHeaders::read(|name| text(headers, name));
        let reason = text(headers, "Reason").map(str::to_owned);
        let location = text(headers, "Location").map(str::to_owned);
        let retry_after = limits::retry_after(|name| text(headers, name), self.identity.clock.now_ms());
        tracing::debug!(target: "exact::transport", url = %call.url, headers = log::headers(headers), "answer begins");
        let body = match response.bytes().await {
            // The change was made; what the row looks like now is all that is lost.
            Err(_) if call.verb != Verb::Get && status.is_success() => Bytes::new(),
            body => body.map_err(|error| self.failure(call, &error))?,
        };
        if let Some(meter) = &self.meter {
            meter.received(body.len());
        }
        tracing::info!(target: "exact::transport", target_name = call.target, status = status.as_u16(), bytes = body.len(), "answered");
        tracing::trace!(target: "exact::rows", body = %String::from_utf8_lossy(&body), "received");
        Ok(Attempt { received: Received { status, location, body }, rates, reason, retry_after })
    }

    /// Enters what became of an attempt, and says what follows.
    async fn judge<T>(
        &self,
        call: &Call,
        open: Open<'_>,
        outcome: std::result::Result<Attempt, Failure>,
        token: Secret,
        troubles: &mut Troubles,
        decode: &impl Fn(&Received) -> Result<Decoded<T>>,
    ) -> Verdict<T> {
        let attempt = match outcome {
            Ok(attempt) => attempt,
            Err(failure) => return self.unanswered(call, open, failure, troubles).await,
        };
        troubles.retry_after = attempt.retry_after;
        let status = attempt.received.status;
        if let Some(departure) = &call.departure {
            departure.answered(Answered { status: status.as_u16(), body: attempt.received.body.clone() });
        }
        let mut closing = Closing {
            status: Some(status.as_u16()),
            rates: Some(attempt.rates),
            bytes: Some(attempt.received.body.len() as u64),
            ..Closing::default()
        };
        match status {
            StatusCode::OK | StatusCode::CREATED | StatusCode::NO_CONTENT => match decode(&attempt.received) {
                Ok(decoded) => {
                    closing.rows = decoded.rows;
                    open.close(closing).await;
                    Verdict::Done(decoded.value)
                }
                Err(error) => {
                    closing.error = Some(error.to_string());
                    open.close(closing).await;
                    match error {
                        error @ Error::UnexpectedAnswer { .. } => call.foreign(error),
                        error => Verdict::Failed(error),
                    }
                }
            },
            StatusCode::TOO_MANY_REQUESTS => {
                call.came_back(troubles).await;
                self.refused(call, open, closing, &attempt, troubles).await
            }
            status if call.verb != Verb::Get && status != StatusCode::UNAUTHORIZED => {
                let error = call.not_made(&attempt);
                closing.error = Some(error.to_string());
                open.close(closing).await;
                match call.gone_before(status, troubles) {
                    Some(received) => decode(&received).map_or_else(Verdict::Failed, |made| Verdict::Done(made.value)),
                    None => call.verdict_on(error, status),
                }
            }
            status => {
                let error = attempt.error(call);
                closing.error = Some(error.to_string());
                let ticket = open.close(closing).await;
                if status == StatusCode::UNAUTHORIZED {
                    call.came_back(troubles).await;
                    return Verdict::TokenRefused(token, error);
                }
                if let (Some(ticket), Some(construct)) = (ticket, call.refused(status, &error)) {
                    self.identity.limits.remember(&ticket, construct, &error).await;
                }
                Verdict::Again(Trouble::Status(status.as_u16()), error)
            }
        }
    }

    /// After an attempt without an answer.
    async fn unanswered<T>(
        &self,
        call: &Call,
        open: Open<'_>,
        failure: Failure,
        troubles: &mut Troubles,
    ) -> Verdict<T> {
        troubles.retry_after = None;
        let (Failure::Final(error) | Failure::Connection(error) | Failure::Stayed(error)) = &failure;
        if !matches!(error, Error::OutcomeUnknown { .. }) {
            call.came_back(troubles).await;
        }
        if let Failure::Stayed(error) = failure {
            self.not_sent(open).await;
            return Verdict::Failed(error);
        }
        open.close(Closing { error: Some(error.to_string()), ..Closing::default() }).await;
        match failure {
            Failure::Connection(error) => Verdict::Again(Trouble::Connection, error),
            Failure::Final(error) | Failure::Stayed(error) => Verdict::Failed(error),
        }
    }

    /// After status 429: the next attempt waits for the window's end, unless the day is spent or the app is blocked. One that
    /// names no limit but a time to come again is a gateway's.
    async fn refused<T>(
        &self,
        call: &Call,
        mut open: Open<'_>,
        mut closing: Closing,
        attempt: &Attempt,
        troubles: &mut Troubles,
    ) -> Verdict<T> {
        let error = attempt.error(call);
        closing.error = Some(error.to_string());
        troubles.refusals += 1;
        if let Some(pause) = attempt.retry_after.filter(|_| !attempt.rates.tells()) {
            open.close(closing).await;
            return match troubles.refusals < REFUSALS && self.spent(troubles) + pause < self.identity.retry.longest {
                true => {
                    self.identity.clock.sleep(pause).await;
                    Verdict::Wait
                }
                false => Verdict::Failed(error),
            };
        }
        let Some(ticket) = open.ticket.take().filter(Ticket::is_counted) else { return Verdict::Failed(error) };
        let again = std::mem::replace(&mut troubles.unexplained, !attempt.rates.tells());
        match self.identity.limits.refused(&ticket, &closing, &call.target, again).await {
            Refused::Final(error) => Verdict::Failed(error),
            Refused::Minute if troubles.refusals >= REFUSALS => {
                let text = format!(
                    "Exact Online keeps refusing calls for {} as too many (HTTP status 429); try again later",
                    call.target
                );
                Verdict::Failed(Error::BudgetSpent { status: 429, text })
            }
            Refused::Minute => Verdict::Wait,
        }
    }

    fn failure(&self, call: &Call, error: &reqwest::Error) -> Failure {
        let timed_out = error.is_timeout() && !error.is_connect();
        let seconds = self.timeout.as_secs();
        if call.verb != Verb::Get && !error.is_connect() {
            let (reason, sqlstate) = match timed_out {
                true => (format!("there was no answer within {seconds} s"), "HYT00"),
                false => (super::reason(error), "HY000"),
            };
            let told = call.unknown(reason, sqlstate);
            let again = call.verb.is_idempotent() && !timed_out;
            return if again { Failure::Connection(told) } else { Failure::Final(told) };
        }
        if timed_out {
            return Failure::Final(Error::TimedOut { target: call.target.clone(), seconds });
        }
        let told = connection_error(error, &self.identity.base_url, &call.target);
        if is_lasting(error) { Failure::Final(told) } else { Failure::Connection(told) }
    }

    /// Since the call began.
    fn spent(&self, troubles: &Troubles) -> Duration {
        Duration::from_millis(u64::try_from(self.identity.clock.now_ms() - troubles.begun_ms).unwrap_or(0))
    }

    /// Waits before a repetition, or gives the error if there is to be none.
    async fn pause(&self, trouble: Trouble, troubles: &mut Troubles, error: Error) -> Result<()> {
        let (clock, retry) = (&self.identity.clock, &self.identity.retry);
        let spent = self.spent(troubles);
        let pause = retry.pause(trouble, troubles.repetitions, fastrand::f64());
        let pause = pause.map(|pause| pause.max(troubles.retry_after.unwrap_or_default()));
        let Some(pause) = pause.filter(|pause| spent + *pause < retry.longest) else { return Err(error) };
        troubles.repetitions += 1;
        if matches!(error, Error::OutcomeUnknown { .. }) {
            troubles.unknown = Some(error);
        }
        tracing::warn!(target: "exact::transport", ?trouble, repetition = troubles.repetitions, "trying again");
        clock.sleep(pause).await;
        Ok(())
    }
}

impl Call {
    /// A call that reads.
    pub(crate) fn to_read(url: Url, target: String, division: Option<i32>) -> Call {
        let (verb, body, accept) = (Verb::Get, Bytes::new(), "application/json");
        Call { verb, url, body, target, accept, division, departure: None }
    }

    /// What the service counts errors by: the path without site, division, key and `$count`.
    fn endpoint(&self) -> String {
        let path = self.url.path();
        let path = path.split_once("/api/v1/").map_or(path, |(_, path)| path);
        let division = self.division.map(|division| format!("{division}/")).unwrap_or_default();
        let path = path.replacen(&division, "", 1);
        let path = path.split('(').next().unwrap_or_default();
        path.strip_suffix("/$count").unwrap_or(path).to_owned()
    }

    /// What of it is refused as long as nobody changes rights or the request; `None` where it may succeed later.
    fn refused(&self, status: StatusCode, error: &Error) -> Option<Construct<'_>> {
        match (status.as_u16(), error) {
            (403, Error::Denied { because: DeniedBecause::Division, .. }) => Some(Construct::Division),
            (403, _) => Some(Construct::Endpoint),
            // A row that does not exist may be made.
            (404, _) if self.url.path().contains('(') => None,
            (400 | 404 | 405 | 413 | 414 | 501, _) => Some(Construct::Address(self.url.as_str())),
            _ => None,
        }
    }
}

impl Attempt {
    pub(super) fn answer<'a>(&'a self, call: &'a Call) -> Answer<'a> {
        let Received { status, body, .. } = &self.received;
        Answer { status: *status, reason: self.reason.as_deref(), body, target: &call.target }
    }

    fn error(&self, call: &Call) -> Error {
        self.answer(call).error()
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn bearer(token: &Secret) -> Result<HeaderValue> {
    let refused = |_| {
        let reason = "the access token holds characters that no token can have; check OAuthAccessToken".to_owned();
        Error::NotSignedIn { reason }
    };
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.reveal())).map_err(refused)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_the_path_without_values() {
        let endpoint = |path: &str, division| {
            let url = Url::parse(&format!("https://h.example{path}")).unwrap();
            Call::to_read(url, String::new(), division).endpoint()
        };
        for (path, division, expected) in [
            ("/api/v1/5512/crm/Accounts?$filter=5512", Some(5512), "crm/Accounts"),
            ("/api/v1/5512/crm/Accounts(guid'5512/')", Some(5512), "crm/Accounts"),
            ("/api/v1/5512/crm/Accounts/$count", Some(5512), "crm/Accounts"),
            ("/api/v1/beta/5512/hrm/X", Some(5512), "beta/hrm/X"),
            ("/api/v1/current/Me", None, "current/Me"),
            ("/gateway/api/v1/5512/bulk/CRM/Accounts", Some(5512), "bulk/CRM/Accounts"),
        ] {
            assert_eq!(endpoint(path, division), expected);
        }
    }
}
