//! A read of several divisions: their rows as they come, without those that cannot be read (product section 3,
//! OnDivisionError).

use std::sync::Arc;

use exact_client::division;
use exact_client::reader::{Pace, over_divisions};
use exact_client::settings::OnDivisionError;
use exact_client::{Error, Manner};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use super::Source;
use super::pages::{Pages, first_rows};
use crate::report::Report;

/// How divisions are read together.
pub struct Spread {
    pub divisions: Vec<i32>,
    /// As it stands in warnings.
    pub table: String,
    /// Rows after which reading stops, whichever they are.
    pub limit: Option<u64>,
    pub on_error: OnDivisionError,
    pub manner: Manner,
    pub report: Arc<Report>,
}

impl Spread {
    /// The pages that `open` gives for each division.
    pub fn pages(self, open: impl Fn(i32, Manner) -> Pages + Send + 'static) -> Pages {
        match self.limit.filter(|_| self.divisions.len() > 1) {
            Some(rows) => first_rows(self.over(open), rows),
            None => self.over(open),
        }
    }

    /// What `open` gives for each division. One alone must succeed.
    pub fn over<T: Send + 'static>(
        self,
        open: impl Fn(i32, Manner) -> BoxStream<'static, exact_client::Result<T>> + Send + 'static,
    ) -> BoxStream<'static, exact_client::Result<T>> {
        let Self { divisions, table, limit, on_error, manner, report } = self;
        if let [division] = divisions.as_slice() {
            return open(*division, manner);
        }
        let tolerates = move |division: i32, error: &Error| {
            let tolerated = on_error == OnDivisionError::Warn && error.concerns_division();
            if tolerated {
                report.leave_out(division, &table, error);
            }
            tolerated
        };
        let pace = if limit.is_some() { Pace::Careful } else { Pace::Swift };
        // The first page of each division that is begun with is fetched at execution, so that what is wrong with it is told
        // there; a page of another is on its way while one is read.
        let gate = manner.gate.clone();
        let hold = async move {
            if let Some(gate) = gate {
                gate.wanted().await;
            }
        };
        let each = Manner { gate: None, on_demand: true, ..manner };
        over_divisions(divisions, pace, move |division| open(division, each.clone()), tolerates, hold)
    }
}

/// Keeps the list of divisions that these pages bring, once they have come to their end.
pub fn remembering_divisions(source: Source, pages: Pages) -> Pages {
    let seen: Vec<division::Division> = Vec::new();
    stream::try_unfold((pages, seen, source), |(mut pages, mut seen, source)| async move {
        if let Some(batch) = pages.try_next().await? {
            seen.extend(division::rows(&batch));
            return Ok(Some((batch, (pages, seen, source))));
        }
        if !seen.is_empty()
            && let Err(error) = division::remember(&source.session, seen)
        {
            tracing::warn!(%error, "the list of divisions could not be stored");
        }
        Ok(None)
    })
    .boxed()
}

/// Rows of a batch that holds nothing but their division.
const COUNTED_ROWS: u64 = 1 << 16;

/// The sizes of the batches that together have so many rows.
pub fn batch_sizes(rows: u64) -> impl Iterator<Item = usize> {
    let whole = (0..rows / COUNTED_ROWS).map(|_| COUNTED_ROWS);
    // Lossless: a batch is small.
    whole.chain(std::iter::once(rows % COUNTED_ROWS)).map(|rows| rows as usize)
}
