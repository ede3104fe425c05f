//! A service that has other columns than the reference says: what it lacks is not asked for, and null (fact sheet 3.1).
//!
//! A column that is not known there makes a whole read fail. The first failure that names one of the columns read has the
//! service's own description read once; what it lacks is remembered for an hour.

use std::sync::Arc;

use super::{ReadRequest, call_for};
use crate::error::{Error, Result};
use crate::odata::metadata;
use crate::transport::{Call, Session};

/// The name under which the missing columns of an endpoint are remembered.
const MISSING_COLUMNS: &str = "missing columns";

/// The request without the columns that the service is known to lack. At least one is left: rows are counted by it.
pub(super) fn without_known(session: &Session, request: ReadRequest) -> ReadRequest {
    match session.refuses_feature(Some(request.division), request.path.uri, MISSING_COLUMNS) {
        Some(missing) => without(request, &missing.split(',').collect::<Vec<_>>()),
        None => request,
    }
}

/// The call for the same rows without the columns that the service turns out to lack; the error itself if it lacks none, or if
/// it is about something else.
pub(super) async fn narrowed(session: &Arc<Session>, request: &ReadRequest, error: Error) -> Result<Call> {
    let text = error.to_string();
    // A condition that is refused names its column too, and so does a list of those of which one must be filtered.
    let conditions = [&request.filter, &request.order_by].map(|part| part.as_deref().unwrap_or_default()).concat();
    let names_a_column = request.wanted().any(|column| names(&text, column.name) && !names(&conditions, column.name));
    let about_filter = text.contains("$filter");
    if !matches!(error, Error::Refused { status: 400, .. }) || !names_a_column || about_filter {
        return Err(error);
    }
    let Some(described) = described(session, request).await else { return Err(error) };
    let missing: Vec<&str> =
        request.wanted().map(|column| column.name).filter(|name| !described.iter().any(|one| one == name)).collect();
    if missing.is_empty() {
        return Err(error);
    }
    let found = Error::Refused { status: 400, text: missing.join(",") };
    session.remember_refusal(Some(request.division), request.path.uri, MISSING_COLUMNS, &found);
    call_for(session.base_url(), &without(request.clone(), &missing))
}

fn without(mut request: ReadRequest, missing: &[&str]) -> ReadRequest {
    let entity = request.entity;
    request.columns.retain(|&index| entity.columns.get(index).is_some_and(|column| !missing.contains(&column.name)));
    request
}

/// Whether the text has this name as a word.
fn names(text: &str, name: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == name)
}

/// The properties that the service itself gives this entity; `None` if it does not tell.
async fn described(session: &Arc<Session>, request: &ReadRequest) -> Option<Vec<String>> {
    let call = call_for(session.base_url(), request).ok()?;
    let mut url = call.url.clone();
    url.set_query(None);
    let (service, set) = url.path().rsplit_once('/').map(|(service, set)| (service.to_owned(), set.to_owned()))?;
    url.set_path(&format!("{service}/$metadata"));
    let set = set.split('(').next()?.to_owned();
    let call = Call { url, accept: "application/xml, */*", ..call };
    let body = session.send(&call).await.ok()?;
    metadata::properties(std::str::from_utf8(&body).ok()?, &set)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_column_is_named_as_a_word() {
        let text = "Could not find a property named 'Name' on type 'Exact.Web.Api.Models.Account'.";
        assert!(names(text, "Name") && names(text, "Account"));
        assert!(!names(text, "Nam") && !names(text, "named1"));
    }
}
