//! Endpoints that have refused to search in text (fact sheet 3.2: 501 for some, 400 for others). An error counts against the
//! app (fact sheet 7.4), so a refusal is remembered for as long as the process lives.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use exact_client::Error;

type Refused = HashSet<(String, &'static str)>;

static REFUSED: Mutex<Option<Refused>> = Mutex::new(None);

/// Whether the endpoint `uri` of this service has refused a search before.
pub fn refuses_search(base_url: &str, uri: &'static str) -> bool {
    let refused = REFUSED.lock().unwrap_or_else(PoisonError::into_inner);
    refused.as_ref().is_some_and(|refused| refused.contains(&(base_url.to_string(), uri)))
}

/// Remembers a refusal, if that is what `error` may be.
pub fn remember(error: &Error, base_url: &str, uri: &'static str) -> bool {
    let refusal = error.is_from_service() && matches!(error.native(), 400 | 501);
    if refusal {
        tracing::info!(uri, %error, "the endpoint does not search in text; such conditions are checked locally from now on");
        let mut refused = REFUSED.lock().unwrap_or_else(PoisonError::into_inner);
        refused.get_or_insert_default().insert((base_url.to_string(), uri));
    }
    refusal
}
