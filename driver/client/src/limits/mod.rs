//! The limits of the service, kept by all processes of the user together (fact sheet 7.1 to 7.4, 2.8).
//!
//! One ledger ([`ledger`]) counts the calls of an app in a division; the headers of every answer correct it
//! ([`headers`], [`windows`]). Processes share a minute fairly ([`budget`]), errors stop the driver before the service
//! blocks the app ([`guard`]), and the last requests can be looked up ([`requests`], [`report`]).

mod budget;
mod guard;
mod headers;
mod ledger;
mod report;
mod requests;
mod sizes;
mod windows;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Transaction;

pub(crate) use headers::retry_after;
pub use headers::{RateHeaders, Told};
pub use report::{Allowance, BudgetRow, RequestRow};
pub use sizes::Size;
pub use windows::Permit;

pub(crate) use guard::Construct;

use budget::{Owner, TOKENS};
use guard::{HOUR_MS, MOST_ERRORS, Refusal};
use ledger::Ledger;
use requests::{Outcome, Request};

use crate::error::{DeniedBecause, Error, Result};
use crate::settings::StoreLocation;
use crate::transport::{Clock, Meter, moment};

/// What is added to the time-out of a request before it is taken for lost with its process.
const LOST_MARGIN: Duration = Duration::from_secs(5);
/// The random part of a wait is at most this, and a tenth of the wait.
const SPREAD_MS: f64 = 500.0;
/// Division of calls that belong to none.
const NO_DIVISION: i32 = 0;

/// Refusals by division, endpoint and feature.
type Noted = HashMap<(Option<i32>, String, &'static str), Refusal>;

/// The limits of one app, as one process heeds them.
#[derive(Debug)]
pub(crate) struct Limits {
    ledger: Arc<Ledger>,
    app: String,
    clock: Arc<dyn Clock>,
    /// Features that were refused to this process: what it has learned holds from that moment, whenever the ledger
    /// takes it.
    features: Mutex<Noted>,
}

/// A call that is to be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planned<'a> {
    pub(crate) method: &'a str,
    /// Whose budget it counts against; `None`: it is not counted.
    pub(crate) division: Option<i32>,
    /// The path without division, key and query: what the service counts errors by.
    pub(crate) endpoint: &'a str,
    pub(crate) address: &'a str,
    /// As it stands in messages.
    pub(crate) target: &'a str,
    /// Calls of the day that are left untouched.
    pub(crate) reserve: u32,
    pub(crate) timeout: Duration,
    /// Is told while it waits.
    pub(crate) meter: Option<&'a Meter>,
}

impl Planned<'_> {
    fn waits(&self, until_ms: Option<i64>) {
        if let Some(meter) = self.meter {
            meter.waits(until_ms);
        }
    }
}

/// Permission to send one call. It must come back by [`Limits::close`].
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    id: i64,
    owner: Owner,
    counted: bool,
    endpoint: String,
}

/// How a call ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Closing {
    /// `None`: no answer came.
    pub(crate) status: Option<u16>,
    pub(crate) rates: Option<RateHeaders>,
    pub(crate) rows: Option<u64>,
    pub(crate) bytes: Option<u64>,
    pub(crate) error: Option<String>,
}

impl Ticket {
    /// Whether the call counts against a budget.
    pub(crate) fn is_counted(&self) -> bool {
        self.counted
    }
}

enum Decision {
    Go(i64),
    Not(Permit),
    Known(Refusal),
    Stopped(i64),
}

/// What a refusal with status 429 means.
#[derive(Clone, Debug)]
pub(crate) enum Refused {
    /// The next call will wait for the window's end.
    Minute,
    Final(Error),
}

impl Limits {
    /// The limits of this app, counted beside `store`.
    pub(crate) fn new(store: &StoreLocation, base_url: &str, client_id: &str, clock: Arc<dyn Clock>) -> Self {
        Self {
            ledger: Ledger::beside(store),
            app: format!("{base_url} {client_id}"),
            clock,
            features: Mutex::default(),
        }
    }

    fn owner(&self, division: Option<i32>) -> Owner {
        Owner { app: self.app.clone(), division: division.unwrap_or(NO_DIVISION) }
    }

    /// Waits until the call may be sent. An error where it is known to fail, and where the day is spent. Dropping the
    /// future ends the wait.
    pub(crate) async fn permit(&self, planned: Planned<'_>) -> Result<Ticket> {
        let owner = self.owner(planned.division);
        let mut waiting = false;
        loop {
            let now_ms = self.clock.now_ms();
            let decision = self.ledger.write(|tx| decide(tx, &owner, &planned, now_ms)).await;
            let (counted, endpoint) = (planned.division.is_some(), planned.endpoint.to_owned());
            match decision {
                Some(Decision::Go(id)) => return Ok(Ticket { id, owner, counted, endpoint }),
                // Nothing can be counted: the service's own refusals remain.
                None => return Ok(Ticket { id: 0, owner, counted, endpoint }),
                Some(Decision::Not(Permit::DaySpent(reset_ms))) => {
                    return Err(day_spent(planned.target, reset_ms, planned.reserve));
                }
                Some(Decision::Not(Permit::Wait(wait))) => {
                    if !std::mem::replace(&mut waiting, true) {
                        tracing::info!(target: "exact::limits", division = owner.division, ms = wait.as_millis() as u64,
                            "waiting: the calls of this minute are spent, or shared with other processes");
                    }
                    let wait = spread(wait);
                    planned.waits(Some(now_ms + i64::try_from(wait.as_millis()).unwrap_or_default()));
                    self.clock.sleep(wait).await;
                    planned.waits(None);
                }
                Some(Decision::Not(Permit::Granted)) => {}
                Some(Decision::Known(refusal)) => return Err(known(refusal)),
                Some(Decision::Stopped(until_ms)) => return Err(stopped(planned.target, until_ms)),
            }
        }
    }

    /// Enters the end of a call: corrects the count, counts an error, logs the request.
    pub(crate) async fn close(&self, ticket: &Ticket, closing: &Closing) {
        let now_ms = self.clock.now_ms();
        self.ledger
            .write(|tx| {
                if ticket.counted {
                    let mut windows = budget::load(tx, &ticket.owner)?;
                    windows.settle(now_ms, closing.rates.as_ref());
                    budget::save(tx, &ticket.owner, &windows)?;
                }
                end(tx, ticket, closing, now_ms)
            })
            .await;
    }

    /// Takes back a call that was not sent.
    pub(crate) async fn give_back(&self, ticket: &Ticket) {
        self.ledger.write(|tx| requests::remove(tx, ticket.id)).await;
    }

    /// Enters a refusal with status 429. One that names no limit is taken for a block after too many errors if there
    /// were any, or if it comes `again`.
    pub(crate) async fn refused(&self, ticket: &Ticket, closing: &Closing, target: &str, again: bool) -> Refused {
        let now_ms = self.clock.now_ms();
        let rates = closing.rates.unwrap_or_default();
        let verdict = self
            .ledger
            .write(|tx| {
                end(tx, ticket, closing, now_ms)?;
                let errors = guard::errors(tx, &ticket.owner, &ticket.endpoint, now_ms)?;
                if !rates.tells() && (again || errors > 0) {
                    let until_ms = now_ms + HOUR_MS;
                    let reason = format!(
                        "Exact Online has blocked this app at {target} after too many errors (HTTP status 429 without a limit). \
                         It ends an hour after the last attempt; the driver makes none before {}",
                        moment(until_ms)
                    );
                    let refusal = Refusal { status: 429, because: None, reason, at_ms: now_ms, until_ms };
                    guard::remember(tx, &ticket.owner, &ticket.endpoint, Construct::Endpoint, &refusal)?;
                    return Ok(Err(refusal));
                }
                let mut windows = budget::load(tx, &ticket.owner)?;
                let permit = windows.refused(now_ms, &rates);
                budget::save(tx, &ticket.owner, &windows)?;
                Ok(Ok(permit))
            })
            .await;
        match verdict {
            Some(Err(refusal)) => Refused::Final(Error::BudgetSpent { status: 429, text: refusal.reason }),
            Some(Ok(Permit::DaySpent(reset_ms))) => Refused::Final(day_spent(target, reset_ms, 0)),
            _ => Refused::Minute,
        }
    }

    /// Remembers for an hour that the service refuses this, with the error's text.
    pub(crate) async fn remember(&self, ticket: &Ticket, construct: Construct<'_>, error: &Error) {
        self.remember_at(&ticket.owner, &ticket.endpoint, construct, error).await;
    }

    async fn remember_at(&self, owner: &Owner, endpoint: &str, construct: Construct<'_>, error: &Error) {
        let refusal = self.refusal(error);
        self.ledger.write(|tx| guard::remember(tx, owner, endpoint, construct, &refusal)).await;
    }

    fn refusal(&self, error: &Error) -> Refusal {
        let at_ms = self.clock.now_ms();
        let because = if let Error::Denied { because, .. } = error { Some(*because) } else { None };
        let status = u16::try_from(error.native()).unwrap_or_default();
        Refusal { status, because, reason: error.to_string(), at_ms, until_ms: at_ms + HOUR_MS }
    }

    /// Notes for this process, at once, that an endpoint does not take a feature of OData; [`Self::remember_feature`]
    /// tells the others. `division`: where it does not, if that may differ between divisions.
    pub(crate) fn note_feature(&self, division: Option<i32>, endpoint: &str, feature: &'static str, error: &Error) {
        let refusal = self.refusal(error);
        let mut noted = self.features.lock().unwrap_or_else(PoisonError::into_inner);
        noted.retain(|_, refusal| self.clock.now_ms() < refusal.until_ms);
        noted.insert((division, endpoint.to_owned(), feature), refusal);
    }

    /// Remembers it for an hour, for all processes.
    pub(crate) async fn remember_feature(&self, division: Option<i32>, endpoint: &str, feature: &str, error: &Error) {
        self.remember_at(&self.owner(division), endpoint, Construct::Feature(feature), error).await;
    }

    /// The reason why an endpoint does not take a feature, if it has refused it within the hour.
    pub(crate) fn refuses_feature(
        &self,
        division: Option<i32>,
        endpoint: &str,
        feature: &'static str,
    ) -> Option<String> {
        let (owner, now_ms) = (self.owner(division), self.clock.now_ms());
        let noted = {
            let noted = self.features.lock().unwrap_or_else(PoisonError::into_inner);
            noted.get(&(division, endpoint.to_owned(), feature)).filter(|refusal| now_ms < refusal.until_ms).cloned()
        };
        let read = |tx: &Transaction<'_>| guard::remembered(tx, &owner, endpoint, Construct::Feature(feature), now_ms);
        noted.or_else(|| self.ledger.read(read).flatten()).map(|refusal| refusal.reason)
    }

    /// Forgets what was refused: the app has signed in anew, perhaps with other rights.
    pub(crate) async fn forget_refusals(&self) {
        self.ledger.write(|tx| guard::forget(tx, &self.app)).await;
    }

    /// Enters a call to the token endpoint that is about to be sent. An error where those of the day are spent.
    pub(crate) async fn permit_token_call(&self, timeout: Duration) -> Result<Ticket> {
        let target = "the token endpoint";
        let planned = Planned {
            method: "POST",
            division: Some(TOKENS),
            endpoint: "/api/oauth2/token",
            address: "",
            target,
            reserve: 0,
            timeout,
            meter: None,
        };
        self.permit(planned).await
    }

    /// Enters that the token calls of the day are spent, whoever has spent them.
    pub(crate) async fn token_calls_spent(&self, ticket: &Ticket) {
        let now_ms = self.clock.now_ms();
        self.ledger
            .write(|tx| {
                let mut windows = budget::load(tx, &ticket.owner)?;
                windows.spend_day(now_ms);
                budget::save(tx, &ticket.owner, &windows)
            })
            .await;
    }
}

fn decide(tx: &Transaction<'_>, owner: &Owner, planned: &Planned<'_>, now_ms: i64) -> rusqlite::Result<Decision> {
    for construct in [Construct::Division, Construct::Endpoint, Construct::Address(planned.address)] {
        if let Some(refusal) = guard::remembered(tx, owner, planned.endpoint, construct, now_ms)? {
            return Ok(Decision::Known(refusal));
        }
    }
    if let Some(until_ms) = guard::stopped_until(tx, owner, planned.endpoint, now_ms)? {
        return Ok(Decision::Stopped(until_ms));
    }
    let process = std::process::id();
    if planned.division.is_some() {
        let permit = budget::permit(tx, owner, process, now_ms, planned.reserve)?;
        if permit != Permit::Granted {
            return Ok(Decision::Not(permit));
        }
    }
    let lost_after = planned.timeout + LOST_MARGIN;
    let request = Request { method: planned.method, endpoint: planned.endpoint, process, lost_after };
    requests::begin(tx, owner, &request, now_ms).map(Decision::Go)
}

fn end(tx: &Transaction<'_>, ticket: &Ticket, closing: &Closing, now_ms: i64) -> rusqlite::Result<()> {
    if let Some(status) = closing.status {
        guard::count(tx, &ticket.owner, &ticket.endpoint, status, now_ms)?;
    }
    let (status, rows, bytes) = (closing.status, closing.rows, closing.bytes);
    requests::end(tx, ticket.id, &Outcome { status, rows, bytes, error: closing.error.as_deref() }, now_ms)
}

fn spread(wait: Duration) -> Duration {
    let most = (wait.as_secs_f64() * 100.0).min(SPREAD_MS);
    wait + Duration::from_secs_f64(most * fastrand::f64() / 1_000.0)
}

/// The error for a day without calls.
fn day_spent(target: &str, reset_ms: i64, reserve: u32) -> Error {
    let kept = if reserve > 0 { format!(" ({reserve} are kept by BudgetReserve)") } else { String::new() };
    let text = format!(
        "the calls that Exact Online allows this app today are spent for {target}{kept}; new ones come at {}. Nothing was sent",
        moment(reset_ms)
    );
    Error::BudgetSpent { status: 429, text }
}

/// The error for an endpoint to which nothing is sent after many errors.
fn stopped(target: &str, until_ms: i64) -> Error {
    let text = format!(
        "{MOST_ERRORS} requests for {target} have failed within an hour. The driver sends no more before {}, since Exact \
         Online blocks an app for an hour after ten; see sys.sys_requests for what failed",
        moment(until_ms)
    );
    Error::BudgetSpent { status: 429, text }
}

/// The error of a refusal that is remembered.
fn known(refusal: Refusal) -> Error {
    let Refusal { status, because, reason, at_ms, until_ms } = refusal;
    if status == 429 {
        return Error::BudgetSpent { status, text: reason };
    }
    let text = format!(
        "{reason} (answered at {}; not asked again before {}, since Exact Online blocks an app after ten errors an hour)",
        moment(at_ms),
        moment(until_ms)
    );
    match status {
        403 => Error::Denied { because: because.unwrap_or(DeniedBecause::Right), status, text },
        404 => Error::NotFound { status, text },
        _ => Error::Refused { status, text },
    }
}
