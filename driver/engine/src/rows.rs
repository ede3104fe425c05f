//! The rows of one execution, handed from the computing threads to the application's thread.

use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::physical_plan::SendableRecordBatchStream;
use futures::StreamExt;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use exact_client::Notice;

use crate::cancel::{CancelToken, Limits};
use crate::error::{Error, Result};
use crate::report::Report;
use crate::runtime::Engine;

/// Batches that may wait for the application before the engine pauses: one, so that the next page is under way while
/// the current one is read and no more than that is held.
const WAITING_BATCHES: usize = 1;

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

async fn forward(mut stream: SendableRecordBatchStream, schema: SchemaRef, sender: mpsc::Sender<Result<RecordBatch>>) {
    while let Some(batch) = stream.next().await {
        let delivered = batch.map_err(Error::from).and_then(|batch| deliver(batch, &schema));
        if matches!(&delivered, Ok(batch) if batch.num_rows() == 0) {
            continue;
        }
        let failed = delivered.is_err();
        if sender.send(delivered).await.is_err() || failed {
            return;
        }
    }
}

/// Brings a batch to the promised types. Columns that already have them are not copied.
fn deliver(batch: RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
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
        .map_err(|error| datafusion::error::DataFusionError::from(error).into())
}
