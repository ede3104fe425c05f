//! The rows of one execution, handed from the computing threads to the application's thread.

use datafusion::arrow::compute::{cast, concat_batches};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::error::DataFusionError;
use datafusion::physical_plan::SendableRecordBatchStream;
use futures::{FutureExt, StreamExt};
use std::sync::Arc;
use tokio::sync::mpsc::{self, error::TryRecvError};
use tokio_util::task::AbortOnDropHandle;

use exact_client::Notice;

use crate::cancel::{CancelToken, Limits};
use crate::error::{Error, Result};
use crate::report::Report;
use crate::runtime::Engine;

/// Batches that may wait for the application before the engine pauses: one, so that the next page is under way while
/// the current one is read and no more than that is held.
const WAITING_BATCHES: usize = 1;

/// Rows from which on a batch is handed over alone. A whole page of the service has so many at least: no further page is
/// asked for to be put together with it.
const ENOUGH_ROWS: usize = 60;

/// A forward stream of record batches. Dropping it ends all requests and computing of its execution at once.
pub struct Rows {
    engine: Arc<Engine>,
    schema: SchemaRef,
    batches: mpsc::Receiver<Result<RecordBatch>>,
    /// A batch that was fetched ahead, so that errors of the first page appear at execution.
    waiting: Option<RecordBatch>,
    remaining: u64,
    /// Ends computations that do not wait.
    stop: CancelToken,
    report: Arc<Report>,
    _task: AbortOnDropHandle<()>,
}

impl Rows {
    /// Starts the stream on the computing threads and waits for its first batch, or for the first page if more are
    /// needed for a batch. `max_rows` 0 means all. `stop` is cancelled when the rows are dropped.
    pub(crate) fn start(
        engine: Arc<Engine>,
        schema: SchemaRef,
        stream: SendableRecordBatchStream,
        stop: CancelToken,
        limits: &Limits,
        max_rows: u64,
        report: Arc<Report>,
    ) -> Result<Rows> {
        let (sender, batches) = mpsc::channel(WAITING_BATCHES);
        let task = engine.computing()?.spawn(forward(stream, Arc::clone(&schema), sender));
        let mut rows = Rows {
            engine,
            schema,
            batches,
            waiting: None,
            remaining: if max_rows == 0 { u64::MAX } else { max_rows },
            stop,
            report,
            _task: AbortOnDropHandle::new(task),
        };
        let (batches, gate) = (&mut rows.batches, &rows.report.gate);
        let waiting = rows.engine.block_on(limits, async {
            tokio::select! {
                biased;
                batch = batches.recv() => batch.transpose(),
                () = gate.held() => Ok(None),
            }
        });
        rows.waiting = waiting.map_err(|error| rows.report.explained(error))?;
        Ok(rows)
    }

    /// The columns of every batch, in the delivered types.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The warnings that have arisen since the last call.
    pub fn take_notices(&self) -> Vec<Notice> {
        self.report.take()
    }

    /// The next batch with at least one row, or `None` after the last. Waits within `limits`.
    pub fn next_batch(&mut self, limits: &Limits) -> Result<Option<RecordBatch>> {
        if self.remaining == 0 {
            self.batches.close();
            return Ok(None);
        }
        self.report.gate.open();
        let batch = match self.waiting.take() {
            Some(batch) => Some(batch),
            None => self.receive(limits)?,
        };
        Ok(batch.map(|batch| self.within_maximum(batch)))
    }

    /// As [`Rows::next_batch`], but without waiting: `None` where it would have to.
    pub fn ready_batch(&mut self) -> Option<Result<Option<RecordBatch>>> {
        if self.remaining == 0 {
            self.batches.close();
            return Some(Ok(None));
        }
        self.report.gate.open();
        let batch = match self.waiting.take() {
            Some(batch) => batch,
            None => match self.batches.try_recv() {
                Ok(Ok(batch)) => batch,
                Ok(Err(error)) => return Some(Err(self.report.explained(error))),
                Err(TryRecvError::Disconnected) => return Some(Ok(None)),
                Err(TryRecvError::Empty) => return None,
            },
        };
        Some(Ok(Some(self.within_maximum(batch))))
    }

    fn receive(&mut self, limits: &Limits) -> Result<Option<RecordBatch>> {
        let batches = &mut self.batches;
        let batch = self.engine.block_on(limits, async { batches.recv().await.transpose() });
        batch.map_err(|error| self.report.explained(error))
    }

    fn within_maximum(&mut self, batch: RecordBatch) -> RecordBatch {
        let rows = batch.num_rows() as u64;
        if rows <= self.remaining {
            self.remaining -= rows;
            return batch;
        }
        // Lossless: the remainder is smaller than the batch.
        let kept = batch.slice(0, self.remaining as usize);
        self.remaining = 0;
        kept
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Few rows that are there already are handed over together with those that follow at once: each handing over wakes a
/// thread. The first batch goes alone, so that first rows come early.
async fn forward(mut stream: SendableRecordBatchStream, schema: SchemaRef, sender: mpsc::Sender<Result<RecordBatch>>) {
    let mut enough = 1;
    loop {
        let (batch, followed) = gather(&mut stream, enough).await;
        if let Some(batch) = batch {
            let delivered = deliver(&batch, &schema);
            let failed = delivered.is_err();
            if sender.send(delivered).await.is_err() || failed {
                return;
            }
            enough = ENOUGH_ROWS;
        }
        match followed {
            Followed::More => {}
            Followed::Failure(error) => {
                let _ = sender.send(Err(error)).await;
                return;
            }
            Followed::Nothing => return,
        }
    }
}

/// What comes after batches that were gathered.
enum Followed {
    More,
    Failure(Error),
    Nothing,
}

/// The next batch with at least one row, and as many of those after it as come without waiting until there are `enough`
/// rows.
async fn gather(stream: &mut SendableRecordBatchStream, enough: usize) -> (Option<RecordBatch>, Followed) {
    let (mut batches, mut rows) = (Vec::new(), 0);
    let followed = loop {
        if rows >= enough {
            break Followed::More;
        }
        let next = match rows {
            0 => Some(stream.next().await),
            _ => stream.next().now_or_never(),
        };
        match next {
            Some(Some(Ok(batch))) => {
                rows += batch.num_rows();
                if batch.num_rows() > 0 {
                    batches.push(batch);
                }
            }
            Some(Some(Err(error))) => break Followed::Failure(error.into()),
            Some(None) => break Followed::Nothing,
            None => break Followed::More,
        }
    };
    match batches.as_slice() {
        [] => (None, followed),
        [only] => (Some(only.clone()), followed),
        [first, ..] => match concat_batches(&first.schema(), &batches) {
            Ok(whole) => (Some(whole), followed),
            Err(error) => (None, Followed::Failure(DataFusionError::from(error).into())),
        },
    }
}

/// Brings a batch to the promised types. Columns that already have them are not copied.
fn deliver(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| {
            if column.data_type() == field.data_type() {
                Ok(Arc::clone(column))
            } else {
                cast(column, field.data_type())
            }
        })
        .collect::<std::result::Result<Vec<_>, _>>();
    columns
        .and_then(|columns| RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options))
        .map_err(|error| DataFusionError::from(error).into())
}
