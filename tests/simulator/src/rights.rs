//! Scopes of the app and rights of the user (fact sheet 2.11, 2.12).

use crate::catalog::Endpoint;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::service::Call;

/// Refuses, or gives the empty list that a user without rights sees on accounts.
pub fn check(call: &Call<'_>, endpoint: &Endpoint) -> Result<Option<Reply>, Failure> {
    if call.switches.missing_scopes.contains(&endpoint.scope) {
        let verb = if call.request.method == "GET" { "read" } else { "manage" };
        let scope = endpoint.scope.to_lowercase().replacen(' ', ".", 1);
        let text = format!("Forbidden - Application Scope Violated. Cannot {verb} '{scope}' scope.");
        return Err(Failure::plain(403, text));
    }
    if !call.switches.missing_rights.contains(&endpoint.path) {
        return Ok(None);
    }
    if endpoint.path == "crm/Accounts" && call.request.method == "GET" {
        return Ok(Some(Reply::json(200, br#"{"d":{"results":[]}}"#.to_vec())));
    }
    Err(Failure::new(
        403,
        "Forbidden - you have no rights for this function.",
        "U heeft geen rechten voor deze functie.",
    ))
}
