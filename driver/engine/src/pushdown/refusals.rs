//! Endpoints that have refused part of a filter: a search in text (fact sheet 3.2: 501 for some, 400 for others), or a
//! column of a bulk endpoint whose list of filters is not documented. An error counts against the app (fact sheet 7.4), so a
//! refusal is remembered for as long as the process lives.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use exact_client::Error;

/// What an endpoint may refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    Search,
    Filter,
    /// Everything: it belongs to a module that is not in use.
    Whole,
}

type Refused = HashSet<(String, &'static str, Part)>;

static REFUSED: Mutex<Option<Refused>> = Mutex::new(None);

/// Whether the endpoint `uri` of this service has refused that before.
pub fn refuses(base_url: &str, uri: &'static str, part: Part) -> bool {
    lock().as_ref().is_some_and(|refused| refused.contains(&(base_url.to_string(), uri, part)))
}

/// Remembers a refusal, if that is what `error` may be.
pub fn remember(error: &Error, base_url: &str, uri: &'static str, part: Part) -> bool {
    let refusal = match part {
        Part::Search | Part::Filter => matches!(error.native(), 400 | 501),
        Part::Whole => matches!(error.native(), 400 | 403 | 404 | 501),
    };
    let refusal = refusal && error.is_from_service();
    if refusal {
        tracing::info!(uri, %error, ?part, "the endpoint refuses this; such conditions are checked locally from now on");
        lock().get_or_insert_default().insert((base_url.to_string(), uri, part));
    }
    refusal
}

fn lock() -> MutexGuard<'static, Option<Refused>> {
    REFUSED.lock().unwrap_or_else(PoisonError::into_inner)
}
