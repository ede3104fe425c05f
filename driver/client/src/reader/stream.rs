//! The stream of pages: one is consumed while the next is on its way.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::Stream;
use tokio_util::task::AbortOnDropHandle;

use super::drift;
use super::next::{self, Visited};
use super::reuse::{Answer, Question};
use super::{Expansion, Manner, ReadRequest, call_for, call_to, ended};
use crate::error::Result;
use crate::model::AccessKind;
use crate::odata::page::{Page, PageDecoder};
use crate::odata::url;
use crate::transport::{Call, Decoded, Received, Session};

/// The batches of a read, one per page. Dropping it ends the request in flight.
#[derive(Debug)]
pub struct PageStream {
    session: Arc<Session>,
    decoder: Arc<PageDecoder>,
    manner: Manner,
    /// The first page, until it is asked for.
    first: Option<ReadRequest>,
    expansion: Option<Expansion>,
    /// Under which the page in flight is to be kept, and the writes before it was asked for.
    keep_as: Option<(Question, u64)>,
    /// The page in flight and its address.
    pending: Option<(AbortOnDropHandle<Result<Page>>, Call)>,
    /// The next page, while it is not asked for yet.
    then: Option<Call>,
    visited: Visited,
    /// Rows still wanted.
    left: Option<u64>,
    total: Option<u64>,
    /// Every row has an address of its own.
    identified: bool,
}

impl PageStream {
    pub(super) fn new(
        session: &Arc<Session>,
        request: ReadRequest,
        expansion: Option<Expansion>,
        manner: Manner,
    ) -> Self {
        Self {
            session: manner.session(session),
            decoder: Arc::new(PageDecoder::with_lines(&request, expansion.as_ref())),
            manner,
            keep_as: None,
            pending: None,
            then: None,
            visited: Visited::default(),
            // Rows of functions and sync endpoints may share theirs: a header and its lines, for instance.
            identified: matches!(request.path.kind, AccessKind::Regular | AccessKind::Bulk)
                && !request.entity.keys.is_empty(),
            left: request.top,
            total: None,
            first: Some(request),
            expansion,
        }
    }

    /// The schema of the batches.
    pub fn schema(&self) -> &SchemaRef {
        self.decoder.schema()
    }

    /// The number of rows that meet the filter, once the first page is there, if [`Manner::count`] asked for it and the
    /// service told.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// Whether there are more pages than those read so far.
    pub fn has_more(&self) -> bool {
        self.first.is_some() || self.pending.is_some() || self.then.is_some()
    }

    /// Fetches ahead from now on.
    pub fn run_ahead(&mut self) {
        self.manner.on_demand = false;
        if self.is_ahead()
            && self.pending.is_none()
            && let Some(call) = self.then.take()
        {
            self.send(call, None);
        }
    }

    /// Whether a page is asked for before it is needed.
    fn is_ahead(&self) -> bool {
        !self.manner.on_demand && self.manner.gate.as_ref().is_none_or(|gate| gate.is_open())
    }

    /// Asks for a page on the session's runtime, where sockets and timers are at home.
    /// `first`: it is the first page of this read.
    fn send(&mut self, call: Call, first: Option<ReadRequest>) {
        let (session, decoder, sent) = (Arc::clone(&self.session), Arc::clone(&self.decoder), call.clone());
        let before = self.visited.missing().map(<[_]>::to_vec);
        let gate = self.manner.gate.clone();
        let task = self.session.runtime.spawn(async move {
            let _passage = match &gate {
                Some(gate) => Some(gate.pass().await),
                None => None,
            };
            let decode = |received: &Received| {
                let page = decoder.decode(&received.body)?;
                next::same_columns(before.as_deref(), &page, &sent.target)?;
                Ok(Decoded { rows: Some(page.batch.num_rows() as u64), value: page })
            };
            match (session.send_with(&sent, decode).await, first) {
                (Err(error), Some(request)) => {
                    let narrowed = drift::narrowed(&session, &request, error).await?;
                    session.send_with(&narrowed, decode).await
                }
                (outcome, _) => outcome,
            }
        });
        self.pending = Some((AbortOnDropHandle::new(task), call));
    }

    /// Asks for the first page, or gives the one that was kept.
    fn begin(&mut self, request: ReadRequest) -> Result<Option<(Call, Page)>> {
        let mut call = match &self.expansion {
            Some(expansion) => call_to(&request.url_with(expansion, self.session.base_url()), &request)?,
            None => call_for(self.session.base_url(), &request)?,
        };
        if self.manner.count {
            url::count_all(&mut call.url);
        }
        if self.manner.reuse {
            let question = Question { url: call.url.as_str().to_owned(), columns: request.columns.clone() };
            let (reuse, now) = (&self.session.identity.reuse, self.session.identity.clock.now_ms());
            if let Some(Answer::Page(page)) = reuse.get(&question, now) {
                if let Some(gate) = &self.manner.gate {
                    gate.served();
                }
                return Ok(Some((call, page)));
            }
            self.keep_as = Some((question, reuse.writes()));
        }
        self.send(call, Some(request));
        Ok(None)
    }

    fn keep(&mut self, page: &Page) {
        if let Some((question, writes)) = self.keep_as.take() {
            let now = self.session.identity.clock.now_ms();
            self.session.identity.reuse.keep(question, Answer::Page(page.clone()), writes, now);
        }
    }

    /// Takes what is wanted of a page and asks for the next one if more is wanted.
    fn take(&mut self, call: Call, page: Page) -> Result<RecordBatch> {
        self.total = page.total.or(self.total);
        let lacks = self.visited.note(&page, self.identified, &call.target)?;
        if !lacks.is_empty() {
            let table = self.decoder.table();
            tracing::warn!(target: "exact::reader", %table, ?lacks, "columns are not sent");
            if let Some(note) = &self.manner.note {
                note.lacks(table, lacks);
            }
        }
        let rows = page.batch.num_rows() as u64;
        let batch = match self.left {
            Some(left) if rows >= left => {
                self.left = Some(0);
                return Ok(page.batch.slice(0, usize::try_from(left).unwrap_or(usize::MAX)));
            }
            Some(left) => {
                self.left = Some(left - rows);
                page.batch
            }
            None => page.batch,
        };
        if let Some(link) = page.next {
            let url = self.visited.follow(&call.url, &link, &call.target)?;
            let call = Call { url, ..call };
            if self.is_ahead() {
                self.send(call, None);
            } else {
                self.then = Some(call);
            }
        }
        Ok(batch)
    }
}

impl Stream for PageStream {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Some(request) = this.first.take().filter(|request| request.top != Some(0)) {
            match this.begin(drift::without_known(&this.session, request)) {
                Ok(None) => {}
                Ok(Some((call, page))) => return Poll::Ready(Some(this.take(call, page))),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
        if let Some(call) = this.then.take() {
            this.send(call, None);
        }
        let Some((task, _)) = &mut this.pending else { return Poll::Ready(None) };
        let outcome = ready!(Pin::new(task).poll(context)).unwrap_or_else(|error| Err(ended(&error)));
        let Some((_, call)) = this.pending.take() else { return Poll::Ready(None) };
        Poll::Ready(match outcome {
            Ok(page) => {
                this.keep(&page);
                Some(this.take(call, page))
            }
            Err(error) => Some(Err(error)),
        })
    }
}
