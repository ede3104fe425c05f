//! A paged read as a stream of record batches.

mod drift;
mod fan_out;
mod gate;
mod next;
mod request;
mod reuse;
mod stream;

use std::sync::Arc;

use tokio_util::task::AbortOnDropHandle;

pub use fan_out::{AT_ONCE, Pace, over_divisions};
pub use gate::Gate;
pub use request::{Expansion, ReadRequest};
pub(crate) use reuse::Reuse;
use reuse::{Answer, Question};
pub use stream::PageStream;

use crate::error::{Error, Result};
use crate::odata;
use crate::transport::{Call, Meter, Session};

/// How pages are fetched, beside what is read. The default fetches one page ahead.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// Holds requests back until the application wants rows.
    pub gate: Option<Arc<Gate>>,
    /// Take the first page from an identical read a moment ago, and keep it for the next.
    pub reuse: bool,
    /// Ask with the first page how many rows meet the filter (fact sheet 3.4). Regular endpoints only.
    pub count: bool,
    /// Ask for a page only when it is wanted.
    pub on_demand: bool,
    /// Counts what it costs.
    pub meter: Option<Arc<Meter>>,
    /// Is told what the application should know of the rows.
    pub note: Option<Arc<dyn Note>>,
}

/// Who is told what is wrong with rows.
pub trait Note: std::fmt::Debug + Send + Sync {
    /// The service does not send these columns of the table: they are NULL in every row.
    fn lacks(&self, table: &str, columns: &[&str]);
}

impl Manner {
    /// The session whose calls are counted so.
    fn session(&self, session: &Arc<Session>) -> Arc<Session> {
        self.meter.as_ref().map_or_else(|| Arc::clone(session), |meter| session.metered(Arc::clone(meter)))
    }
}

/// Reads page after page. Nothing is requested before the first poll.
pub fn read(session: &Arc<Session>, request: ReadRequest) -> PageStream {
    read_so(session, request, Manner::default())
}

/// The same in a manner of its own.
pub fn read_so(session: &Arc<Session>, request: ReadRequest, manner: Manner) -> PageStream {
    PageStream::new(session, request, None, manner)
}

/// The same, where each row brings its rows of a collection along. They stand in a last column, a list for each row; it
/// is null where not all of them came (fact sheet 3.5: sixty at most).
pub fn read_with(session: &Arc<Session>, request: ReadRequest, expansion: Expansion, manner: Manner) -> PageStream {
    PageStream::new(session, request, Some(expansion), manner)
}

/// The number of rows, by `$count` (fact sheet 3.4).
pub async fn count(session: &Arc<Session>, request: &ReadRequest) -> Result<u64> {
    count_so(session, request, &Manner::default()).await
}

/// The same in a manner of its own.
pub async fn count_so(session: &Arc<Session>, request: &ReadRequest, manner: &Manner) -> Result<u64> {
    let url = odata::url::of_count(session.base_url(), request);
    let question = Question { url, columns: Vec::new() };
    let (reuse, clock) = (&session.identity.reuse, &session.identity.clock);
    if manner.reuse
        && let Some(Answer::Count(rows)) = reuse.get(&question, clock.now_ms())
    {
        return Ok(rows);
    }
    let writes = reuse.writes();
    let rows = ask_count(&manner.session(session), request, &question.url, manner.gate.clone()).await?;
    if manner.reuse {
        reuse.keep(question, Answer::Count(rows), writes, clock.now_ms());
    }
    Ok(rows)
}

async fn ask_count(session: &Arc<Session>, request: &ReadRequest, url: &str, gate: Option<Arc<Gate>>) -> Result<u64> {
    let mut call = call_to(url, request)?;
    call.accept = "text/plain, */*";
    let target = call.target.clone();
    let sender = Arc::clone(session);
    let task = session.runtime.spawn(async move {
        let _passage = match &gate {
            Some(gate) => Some(gate.pass().await),
            None => None,
        };
        sender.send(&call).await
    });
    let body = AbortOnDropHandle::new(task).await.unwrap_or_else(|error| Err(ended(&error)))?;
    let text = String::from_utf8_lossy(&body);
    let number = text.trim_start_matches('\u{feff}').trim().parse();
    number.map_err(|_| Error::UnexpectedAnswer { what: "something that is no number".into(), target, status: 200 })
}

/// The call for the first page of a read.
pub(crate) fn call_for(base_url: &str, request: &ReadRequest) -> Result<Call> {
    call_to(&request.url(base_url), request)
}

pub(crate) fn call_to(url: &str, request: &ReadRequest) -> Result<Call> {
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
    Ok(Call::to_read(url, target, division))
}

/// The error of a task that did not come to its end.
pub(crate) fn ended(error: &tokio::task::JoinError) -> Error {
    if error.is_cancelled() { Error::Cancelled } else { Error::Internal { what: error.to_string() } }
}
