//! The rows that the query behind a write gave.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::ScalarValue;

use crate::error::Result;

/// Rows of a query, read by place or by the name of their column.
#[derive(Debug, Default)]
pub struct Found(Vec<RecordBatch>);

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct FoundRow<'a> {
    batch: &'a RecordBatch,
    row: usize,
}

impl Found {
    pub fn new(batches: Vec<RecordBatch>) -> Found {
        Found(batches)
    }

    pub fn rows(&self) -> impl Iterator<Item = FoundRow<'_>> {
        self.0.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| FoundRow { batch, row }))
    }
}

impl<'a> FoundRow<'a> {
    /// The value of the column of that name; NULL where there is none.
    pub fn named(&self, name: &str) -> Result<ScalarValue> {
        match self.batch.column_by_name(name) {
            Some(column) => Ok(ScalarValue::try_from_array(column, self.row)?),
            None => Ok(ScalarValue::Null),
        }
    }

    /// The column of that name, and the place of this row in it.
    pub fn array(&self, name: &str) -> Option<(&'a ArrayRef, usize)> {
        Some((self.batch.column_by_name(name)?, self.row))
    }

    /// All values, in the order of the columns.
    pub fn values(&self) -> Result<Vec<ScalarValue>> {
        let columns = self.batch.columns().iter();
        Ok(columns
            .map(|column| ScalarValue::try_from_array(column, self.row))
            .collect::<std::result::Result<_, _>>()?)
    }
}
