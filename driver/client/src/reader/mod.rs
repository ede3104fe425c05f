//! A paged read as a stream of record batches.

mod next;
mod request;
mod stream;

use std::sync::Arc;

use tokio_util::task::AbortOnDropHandle;

pub use request::ReadRequest;
pub use stream::PageStream;

use crate::error::{Error, Result};
use crate::odata;
use crate::transport::{Call, Session};

/// Reads page after page. Nothing is requested before the first poll.
pub fn read(session: &Arc<Session>, request: ReadRequest) -> PageStream {
    PageStream::new(session, request)
}

/// The number of rows, by `$count` (fact sheet 3.4).
pub async fn count(session: &Arc<Session>, request: &ReadRequest) -> Result<u64> {
    let url = odata::url::of_count(session.base_url(), request);
    let mut call = call_to(&url, request)?;
    call.accept = "text/plain, */*";
    let target = call.target.clone();
    let sender = Arc::clone(session);
    let task = session.runtime.spawn(async move { sender.get(&call).await });
    let body = AbortOnDropHandle::new(task).await.unwrap_or_else(|error| Err(ended(&error)))?;
    let text = String::from_utf8_lossy(&body);
    let number = text.trim_start_matches('\u{feff}').trim().parse();
    number.map_err(|_| Error::UnexpectedAnswer { what: "something that is no number".into(), target, status: 200 })
}

/// The call for the first page of a read.
pub(crate) fn call_for(base_url: &str, request: &ReadRequest) -> Result<Call> {
    call_to(&request.url(base_url), request)
}

fn call_to(url: &str, request: &ReadRequest) -> Result<Call> {
    let entity = request.entity;
    let name = format!("{}.{}", entity.schema, entity.name);
    let length = url.len();
    if length > odata::url::MAX_URL {
        let what = format!(
            "a request of {length} characters for {name}; Exact Online takes {}. Use a shorter condition or fewer columns",
            odata::url::MAX_URL
        );
        return Err(Error::NotCapable { what });
    }
    let url = reqwest::Url::parse(url)
        .map_err(|error| Error::Internal { what: format!("no URL can be made for {name}: {error}") })?;
    let division = entity.in_division.then_some(request.division);
    let target = division.map_or_else(|| name.clone(), |division| format!("{name} in division {division}"));
    Ok(Call { url, target, accept: "application/json", division })
}

/// The error of a task that did not come to its end.
fn ended(error: &tokio::task::JoinError) -> Error {
    if error.is_cancelled() { Error::Cancelled } else { Error::Internal { what: error.to_string() } }
}
