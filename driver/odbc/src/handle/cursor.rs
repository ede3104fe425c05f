//! Cursors over a stream of Arrow batches: forward-only ones let go of what has been read, static ones
//! keep it and can scroll.

use std::collections::VecDeque;

use arrow::array::RecordBatch;
use exact_engine::{Error, Limits, Rows};

/// Where rows come from.
pub enum Source {
    /// A query, batch by batch.
    Query(Rows),
    /// Rows that are all there: catalog functions.
    Local(VecDeque<RecordBatch>),
}

/// Where a cursor stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    Before,
    /// On a rowset: its first row, from 0, and how many rows it has.
    On {
        first: u64,
        rows: usize,
    },
    After,
}

/// An open cursor.
pub struct Cursor {
    source: Source,
    /// The number of each batch's first row, and the batch; none is empty.
    batches: VecDeque<(u64, RecordBatch)>,
    /// Rows that came from the source so far.
    received: u64,
    /// SQL_ATTR_MAX_ROWS for sources that do not obey it themselves; 0 is all.
    max_rows: u64,
    exhausted: bool,
    keep: bool,
    pub position: Position,
    /// The row of the rowset that SQLGetData reads, from 0 (SQLSetPos).
    pub row_in_rowset: usize,
}

impl Cursor {
    /// A cursor before the first row; `keep` for one that scrolls.
    #[must_use]
    pub fn new(source: Source, keep: bool, max_rows: u64) -> Cursor {
        Cursor {
            source,
            batches: VecDeque::new(),
            received: 0,
            max_rows,
            exhausted: false,
            keep,
            position: Position::Before,
            row_in_rowset: 0,
        }
    }

    #[must_use]
    pub fn scrolls(&self) -> bool {
        self.keep
    }

    /// Reads on until row `end` (exclusive) is there or the source has ended; gives the rows there are.
    pub fn load(&mut self, end: u64, limits: impl FnOnce() -> Limits) -> Result<u64, Error> {
        if self.received >= end || self.exhausted {
            return Ok(self.received);
        }
        let limits = limits();
        while self.received < end && !self.exhausted {
            match self.next_batch(&limits)? {
                Some(batch) if batch.num_rows() == 0 => {}
                Some(batch) => self.take(batch),
                None => self.exhausted = true,
            }
        }
        Ok(self.received)
    }

    /// Whether [`Cursor::load`] up to `end` would have to wait for the source.
    #[must_use]
    pub fn has(&self, end: u64) -> bool {
        self.received >= end || self.exhausted
    }

    fn next_batch(&mut self, limits: &Limits) -> Result<Option<RecordBatch>, Error> {
        match &mut self.source {
            Source::Query(rows) => rows.next_batch(limits),
            Source::Local(batches) => Ok(batches.pop_front()),
        }
    }

    fn take(&mut self, batch: RecordBatch) {
        let mut rows = batch.num_rows() as u64;
        let mut batch = batch;
        if self.max_rows > 0 && self.received + rows >= self.max_rows {
            rows = self.max_rows - self.received;
            batch = batch.slice(0, usize::try_from(rows).unwrap_or(usize::MAX));
            self.exhausted = true;
        }
        if rows > 0 {
            self.batches.push_back((self.received, batch));
            self.received += rows;
        }
    }

    /// Lets go of batches before `row`, if the cursor cannot come back to them.
    pub fn release_before(&mut self, row: u64) {
        while !self.keep
            && let Some((start, batch)) = self.batches.front()
            && start + batch.num_rows() as u64 <= row
        {
            self.batches.pop_front();
        }
    }

    /// The batch that holds `row`, and the row's place in it.
    #[must_use]
    pub fn locate(&self, row: u64) -> Option<(&RecordBatch, usize)> {
        let after = self.batches.partition_point(|(start, _)| *start <= row);
        let (start, batch) = self.batches.get(after.checked_sub(1)?)?;
        let place = usize::try_from(row - start).ok()?;
        (place < batch.num_rows()).then_some((batch, place))
    }

    /// The row that SQLGetData reads.
    #[must_use]
    pub fn current_row(&self) -> Option<u64> {
        match self.position {
            Position::On { first, rows } if self.row_in_rowset < rows => Some(first + self.row_in_rowset as u64),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int32Array};

    fn batches() -> VecDeque<RecordBatch> {
        [vec![0, 1, 2], vec![], vec![3], vec![4, 5]]
            .into_iter()
            .map(|rows| {
                let column: ArrayRef = Arc::new(Int32Array::from(rows));
                RecordBatch::try_from_iter([("n", column)]).unwrap()
            })
            .collect()
    }

    fn value(cursor: &Cursor, row: u64) -> Option<i32> {
        let (batch, place) = cursor.locate(row)?;
        Some(batch.column(0).as_any().downcast_ref::<Int32Array>()?.value(place))
    }

    #[test]
    fn rows_are_found_across_batches() {
        let mut cursor = Cursor::new(Source::Local(batches()), true, 0);
        assert_eq!(cursor.load(u64::MAX, Limits::default).unwrap(), 6);
        for row in 0..6 {
            assert_eq!(value(&cursor, row), Some(row as i32));
        }
        assert_eq!(value(&cursor, 6), None);
    }

    #[test]
    fn a_forward_cursor_lets_go_and_a_limit_ends_it() {
        let mut cursor = Cursor::new(Source::Local(batches()), false, 4);
        assert_eq!(cursor.load(u64::MAX, Limits::default).unwrap(), 4);
        cursor.release_before(3);
        assert_eq!(value(&cursor, 2), None);
        assert_eq!(value(&cursor, 3), Some(3));
        assert_eq!(value(&cursor, 4), None);
    }
}
