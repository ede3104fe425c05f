//! Cursors over a stream of Arrow batches: forward-only ones let go of what has been read, static ones
//! keep it and can scroll.

use std::collections::VecDeque;

use arrow::array::RecordBatch;
use exact_engine::{Error, Limits, Notice, Rows};

use super::condition::{Failure, GENERAL_ERROR};
use crate::convert::cell::Column;

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

/// Rows that came together.
struct Batch {
    /// The number of its first row, from 0.
    first: u64,
    rows: usize,
    /// `None` for a type that the engine's contract rules out.
    columns: Vec<Option<Column>>,
}

impl Batch {
    fn of(first: u64, batch: &RecordBatch) -> Batch {
        let columns = batch.columns().iter().map(|array| Column::of(array.as_ref())).collect();
        Batch { first, rows: batch.num_rows(), columns }
    }
}

/// Rows of one batch, from one of them to its end.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    columns: &'a [Option<Column>],
    /// The place of the first of them in the columns.
    pub place: usize,
    pub rows: usize,
}

impl<'a> Run<'a> {
    /// The values of a column, from 1.
    pub fn column(&self, number: usize) -> Result<&'a Column, Failure> {
        let column = number.checked_sub(1).and_then(|index| self.columns.get(index)?.as_ref());
        column.ok_or_else(|| GENERAL_ERROR.because(format!("column {number} has a type that is not delivered")))
    }
}

/// An open cursor.
pub struct Cursor {
    source: Source,
    /// In order; none is empty.
    batches: VecDeque<Batch>,
    /// Where in `batches` the rowset begins: the first place to look for a row.
    near: usize,
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
            near: 0,
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

    /// Warnings that have arisen while rows came.
    pub fn take_notices(&self) -> Vec<Notice> {
        match &self.source {
            Source::Query(rows) => rows.take_notices(),
            Source::Local(_) => Vec::new(),
        }
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
            self.batches.push_back(Batch::of(self.received, &batch));
            self.received += rows;
        }
    }

    /// Stands on the rowset that begins with row `first`, on its first row. Batches before it are let go of, if
    /// the cursor cannot come back to them.
    pub fn stand_on(&mut self, first: u64, rows: usize) {
        self.position = if rows == 0 { Position::After } else { Position::On { first, rows } };
        self.row_in_rowset = 0;
        while !self.keep && self.batches.front().is_some_and(|batch| batch.first + batch.rows as u64 <= first) {
            self.batches.pop_front();
        }
        self.near = self.batches.partition_point(|batch| batch.first <= first).saturating_sub(1);
    }

    /// `row` and those that follow it in its batch.
    #[must_use]
    pub fn run_from(&self, row: u64) -> Option<Run<'_>> {
        let near = self.batches.get(self.near).and_then(|batch| run_within(batch, row));
        near.or_else(|| {
            let after = self.batches.partition_point(|batch| batch.first <= row);
            run_within(self.batches.get(after.checked_sub(1)?)?, row)
        })
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

fn run_within(batch: &Batch, row: u64) -> Option<Run<'_>> {
    let place = usize::try_from(row.checked_sub(batch.first)?).ok()?;
    let rows = batch.rows.checked_sub(place).filter(|rows| *rows > 0)?;
    Some(Run { columns: &batch.columns, place, rows })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int32Array};

    use crate::convert::cell::Cell;

    fn batches() -> VecDeque<RecordBatch> {
        [vec![0, 1, 2], vec![], vec![3], vec![4, 5]]
            .into_iter()
            .map(|rows| {
                let column: ArrayRef = Arc::new(Int32Array::from(rows));
                RecordBatch::try_from_iter([("n", column)]).unwrap()
            })
            .collect()
    }

    fn value(cursor: &Cursor, row: u64) -> Option<i64> {
        let run = cursor.run_from(row)?;
        match run.column(1).unwrap().cell(run.place) {
            Cell::Int(value) => Some(value),
            _ => None,
        }
    }

    #[test]
    fn rows_are_found_across_batches() {
        let mut cursor = Cursor::new(Source::Local(batches()), true, 0);
        assert_eq!(cursor.load(u64::MAX, Limits::default).unwrap(), 6);
        for row in 0..6 {
            assert_eq!(value(&cursor, row), Some(row as i64));
        }
        assert_eq!(value(&cursor, 6), None);
    }

    #[test]
    fn a_forward_cursor_lets_go_and_a_limit_ends_it() {
        let mut cursor = Cursor::new(Source::Local(batches()), false, 4);
        assert_eq!(cursor.load(u64::MAX, Limits::default).unwrap(), 4);
        cursor.stand_on(3, 1);
        assert_eq!(value(&cursor, 2), None);
        assert_eq!(value(&cursor, 3), Some(3));
        assert_eq!(value(&cursor, 4), None);
    }
}
