//! The stream of pages: one is consumed while the next is on its way.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::Stream;
use tokio_util::task::AbortOnDropHandle;

use super::next::Visited;
use super::{ReadRequest, call_for, ended};
use crate::error::{Error, Result};
use crate::odata::page::{Page, PageDecoder};
use crate::transport::{Call, Session};

/// The batches of a read, one per page. Dropping it ends the request in flight.
#[derive(Debug)]
pub struct PageStream {
    session: Arc<Session>,
    decoder: Arc<PageDecoder>,
    /// The first page, until it is asked for.
    first: Option<ReadRequest>,
    /// The page in flight and its address.
    pending: Option<(AbortOnDropHandle<Result<Page>>, Call)>,
    visited: Visited,
    /// Rows still wanted.
    left: Option<u64>,
    /// A single row was asked for by its key: that there is none is no error.
    by_key: bool,
}

impl PageStream {
    pub(super) fn new(session: &Arc<Session>, request: ReadRequest) -> Self {
        Self {
            session: Arc::clone(session),
            decoder: Arc::new(PageDecoder::new(&request)),
            pending: None,
            visited: Visited::default(),
            left: request.top,
            by_key: request.key.is_some(),
            first: Some(request),
        }
    }

    /// The schema of the batches.
    pub fn schema(&self) -> &SchemaRef {
        self.decoder.schema()
    }

    /// Asks for a page on the session's runtime, where sockets and timers are at home.
    fn send(&mut self, call: Call) {
        let (session, decoder, sent) = (Arc::clone(&self.session), Arc::clone(&self.decoder), call.clone());
        let task = self.session.runtime.spawn(async move {
            let body = session.get(&sent).await?;
            decoder.decode(&body)
        });
        self.pending = Some((AbortOnDropHandle::new(task), call));
    }

    /// Takes what is wanted of a page and asks for the next one if more is wanted.
    fn take(&mut self, call: Call, page: Page) -> Result<RecordBatch> {
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
            self.send(Call { url, ..call });
        }
        Ok(batch)
    }
}

impl Stream for PageStream {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Some(request) = this.first.take().filter(|request| request.top != Some(0)) {
            match call_for(this.session.base_url(), &request) {
                Ok(call) => this.send(call),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
        let Some((task, _)) = &mut this.pending else { return Poll::Ready(None) };
        let outcome = ready!(Pin::new(task).poll(context)).unwrap_or_else(|error| Err(ended(&error)));
        let Some((_, call)) = this.pending.take() else { return Poll::Ready(None) };
        Poll::Ready(match outcome {
            Ok(page) => Some(this.take(call, page)),
            Err(Error::NotFound { .. }) if this.by_key => None,
            Err(error) => Some(Err(error)),
        })
    }
}
