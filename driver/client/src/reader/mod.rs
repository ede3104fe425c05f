//! A paged read as a stream of record batches.

mod request;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow::array::RecordBatch;
use futures::Stream;

pub use request::ReadRequest;

use crate::error::{Error, Result};
use crate::transport::Session;

/// The batches of a read, one per page.
#[derive(Debug)]
pub struct PageStream {
    done: bool,
}

impl Stream for PageStream {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::replace(&mut self.done, true) {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(Err(Error::NotCapable { what: "reading".into() })))
    }
}

/// Reads page after page.
pub fn read(session: &Arc<Session>, request: ReadRequest) -> PageStream {
    let _ = (session, request);
    PageStream { done: false }
}

/// The number of rows, by `$count`.
pub async fn count(session: &Arc<Session>, request: &ReadRequest) -> Result<u64> {
    let _ = (session, request);
    Err(Error::NotCapable { what: "counting".into() })
}
