//! Streams of pages, and what is done with them whatever they hold.

use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::DataFusionError;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use crate::error::Error;
use crate::pushdown::twin::Latest;

pub type Pages = BoxStream<'static, exact_client::Result<RecordBatch>>;

/// A failure of the driver's own checks among those of the service.
pub fn told(error: DataFusionError) -> exact_client::Error {
    exact_client::Error::Internal { what: Error::from(error).to_string() }
}

/// The rows of a sync endpoint, each as it came last. They are held until that is known, but for rows of more than
/// `most` bytes: of those each comes as it was first.
pub fn latest(pages: Pages, most: usize) -> Pages {
    let state = (Some(pages), Latest::default(), most > 0);
    stream::try_unfold(state, move |(pages, mut latest, holds)| async move {
        let Some(mut pages) = pages else { return Ok(None) };
        let wrong = |error: ArrowError| told(error.into());
        while let Some(page) = pages.try_next().await? {
            if !holds {
                let rows = latest.new_rows(&page).map_err(wrong)?;
                return Ok(Some((vec![rows], (Some(pages), latest, holds))));
            }
            if latest.hold(page) > most {
                let held = latest.release().map_err(wrong)?;
                return Ok(Some((held, (Some(pages), latest, false))));
            }
        }
        let held = latest.release().map_err(wrong)?;
        Ok(Some((held, (None, latest, false))))
    })
    .map_ok(|pages| stream::iter(pages.into_iter().map(Ok)))
    .try_flatten()
    .boxed()
}

/// The first rows of what comes; nothing more is asked for after them.
pub fn first_rows(pages: Pages, rows: u64) -> Pages {
    stream::try_unfold((pages, rows), |(mut pages, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let Some(page) = pages.try_next().await? else { return Ok(None) };
        let taken = page.num_rows().min(usize::try_from(left).unwrap_or(usize::MAX));
        Ok(Some((page.slice(0, taken), (pages, left - taken as u64))))
    })
    .boxed()
}
