//! Cursors over a stream of Arrow batches: forward-only ones let go of what has been read, static ones
//! keep it and can scroll.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use exact_engine::{Error, Limits, Notice, Rows};

use super::condition::{Failure, GENERAL_ERROR};
use super::spill::{Budget, Place, Spill};
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

/// What the statement's attributes demand of its cursor.
pub struct Options {
    /// It scrolls, and so keeps its rows: in memory as far as the budget goes.
    pub keep: Option<Arc<Budget>>,
    /// SQL_ATTR_MAX_ROWS for sources that do not obey it themselves; 0 is all.
    pub max_rows: u64,
    /// SQL_ATTR_MAX_LENGTH; 0 is no limit.
    pub max_length: usize,
    /// What each column is to be.
    pub shapes: Vec<Shape>,
}

/// What becomes of a column on its way into the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    AsItIs,
    /// Text or binary data, which SQL_ATTR_MAX_LENGTH cuts.
    Data,
    /// A number that is described as text (property MapBigintToVarchar).
    NumberAsText,
}

/// A batch, which may have been put aside.
struct Held {
    /// The number of its first row.
    start: u64,
    rows: usize,
    bytes: usize,
    batch: Option<RecordBatch>,
    /// The columns of the batch, while it is here; `None` for a type that the engine's contract rules out.
    columns: Vec<Option<Column>>,
    place: Option<Place>,
}

/// An open cursor.
pub struct Cursor {
    source: Source,
    options: Options,
    /// In order; none is empty.
    batches: VecDeque<Held>,
    /// Where in `batches` the rowset begins: the first place to look for a row.
    near: usize,
    spill: Spill,
    /// Rows that came from the source so far.
    received: u64,
    exhausted: bool,
    pub position: Position,
    /// The row of the rowset that SQLGetData reads, from 0 (SQLSetPos).
    pub row_in_rowset: usize,
}

impl Cursor {
    /// A cursor before the first row.
    #[must_use]
    pub fn new(source: Source, options: Options) -> Cursor {
        Cursor {
            source,
            options,
            batches: VecDeque::new(),
            near: 0,
            spill: Spill::default(),
            received: 0,
            exhausted: false,
            position: Position::Before,
            row_in_rowset: 0,
        }
    }

    #[must_use]
    pub fn scrolls(&self) -> bool {
        self.options.keep.is_some()
    }

    /// Reads on until row `end` (exclusive) is there or the source has ended; gives the rows there are.
    pub fn load(&mut self, end: u64, limits: &Limits) -> Result<u64, Error> {
        while !self.has(end) {
            match self.next_batch(limits)? {
                Some(batch) if batch.num_rows() == 0 => {}
                Some(batch) => self.take(batch)?,
                None => self.exhausted = true,
            }
        }
        Ok(self.received)
    }

    /// As [`Cursor::load`], but without waiting; gives whether that was enough.
    pub fn load_ready(&mut self, end: u64) -> Result<bool, Error> {
        while !self.has(end) {
            let batch = match &mut self.source {
                Source::Query(rows) => rows.ready_batch(),
                Source::Local(batches) => Some(Ok(batches.pop_front())),
            };
            match batch.transpose()? {
                Some(Some(batch)) => self.take(batch)?,
                Some(None) => self.exhausted = true,
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Warnings that have arisen while rows came.
    pub fn take_notices(&self) -> Vec<Notice> {
        match &self.source {
            Source::Query(rows) => rows.take_notices(),
            Source::Local(_) => Vec::new(),
        }
    }

    /// Rows that came from the source so far.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Whether [`Cursor::load`] up to `end` would not have to wait for the source.
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

    fn take(&mut self, batch: RecordBatch) -> Result<(), Error> {
        let mut rows = batch.num_rows();
        let mut batch = batch;
        if self.options.max_rows > 0 && self.received + rows as u64 >= self.options.max_rows {
            rows = usize::try_from(self.options.max_rows - self.received).unwrap_or(usize::MAX);
            batch = batch.slice(0, rows);
            self.exhausted = true;
        }
        if rows == 0 {
            return Ok(());
        }
        if self.options.max_length > 0 || self.options.shapes.contains(&Shape::NumberAsText) {
            batch = shaped(&batch, &self.options)?;
        }
        self.batches.push_back(Held::new(self.received, batch));
        self.received += rows as u64;
        self.charge(self.batches.len() - 1)
    }

    /// Counts a batch that has come to memory, and puts others aside where they are too many together.
    fn charge(&mut self, index: usize) -> Result<(), Error> {
        let Some(budget) = self.options.keep.clone() else { return Ok(()) };
        budget.take(self.batches.get(index).map_or(0, |held| held.bytes));
        for other in 0..self.batches.len() {
            if !budget.is_exceeded() {
                break;
            }
            if other != index {
                self.put_aside(other, &budget)?;
            }
        }
        Ok(())
    }

    fn put_aside(&mut self, index: usize, budget: &Budget) -> Result<(), Error> {
        let Some(held) = self.batches.get_mut(index) else { return Ok(()) };
        let Some(batch) = &held.batch else { return Ok(()) };
        if held.place.is_none() {
            held.place = Some(self.spill.write(batch)?);
        }
        held.batch = None;
        held.columns = Vec::new();
        budget.give_back(held.bytes);
        Ok(())
    }

    /// Stands on the rowset that begins with row `first`, on its first row. Batches before it are let go of, if
    /// the cursor cannot come back to them.
    pub fn stand_on(&mut self, first: u64, rows: usize) {
        self.position = if rows == 0 { Position::After } else { Position::On { first, rows } };
        self.row_in_rowset = 0;
        while !self.scrolls() && self.batches.front().is_some_and(|held| held.start + held.rows as u64 <= first) {
            self.batches.pop_front();
        }
        if self.batches.get(self.near).is_none_or(|held| !held.holds(first)) {
            self.near = self.batches.partition_point(|held| held.start <= first).saturating_sub(1);
        }
    }

    /// `row` and those that follow it in its batch.
    pub fn run_from(&mut self, row: u64) -> Result<Option<Run<'_>>, Error> {
        if self.batches.get(self.near).is_some_and(|held| held.batch.is_some() && held.holds(row)) {
            return Ok(self.batches.get(self.near).and_then(|held| held.run(row)));
        }
        let Some(index) = self.batches.partition_point(|held| held.start <= row).checked_sub(1) else {
            return Ok(None);
        };
        if let Some(held) = self.batches.get_mut(index)
            && held.batch.is_none()
            && let Some(place) = held.place
        {
            held.come_back(self.spill.read(place)?);
            self.charge(index)?;
        }
        Ok(self.batches.get(index).and_then(|held| held.run(row)))
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

impl Held {
    fn new(start: u64, batch: RecordBatch) -> Held {
        let (rows, bytes) = (batch.num_rows(), batch.get_array_memory_size());
        let mut held = Held { start, rows, bytes, batch: None, columns: Vec::new(), place: None };
        held.come_back(batch);
        held
    }

    fn come_back(&mut self, batch: RecordBatch) {
        self.columns = batch.columns().iter().map(|array| Column::of(array.as_ref())).collect();
        self.batch = Some(batch);
    }

    #[inline]
    fn holds(&self, row: u64) -> bool {
        row.checked_sub(self.start).is_some_and(|place| place < self.rows as u64)
    }

    #[inline]
    fn run(&self, row: u64) -> Option<Run<'_>> {
        let place = usize::try_from(row.checked_sub(self.start)?).ok()?;
        let rows = self.rows.checked_sub(place).filter(|rows| *rows > 0)?;
        Some(Run { columns: &self.columns, place, rows })
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        if let Some(budget) = &self.options.keep {
            let here = self.batches.iter().filter(|held| held.batch.is_some());
            budget.give_back(here.map(|held| held.bytes).sum());
        }
    }
}

/// The batch with its columns in the shapes that the options name: text cut after so many characters, binary data
/// after so many bytes.
fn shaped(batch: &RecordBatch, options: &Options) -> Result<RecordBatch, Error> {
    let shapes = options.shapes.iter().copied().chain(std::iter::repeat(Shape::AsItIs));
    let columns = batch.columns().iter().zip(shapes).map(|(column, shape)| match shape {
        Shape::AsItIs => Ok(Arc::clone(column)),
        Shape::Data if options.max_length == 0 => Ok(Arc::clone(column)),
        Shape::Data => Ok(cut(column, options.max_length)),
        Shape::NumberAsText => cast(column, &DataType::Utf8),
    });
    let columns = columns.collect::<Result<Vec<_>, ArrowError>>();
    let whole = columns.and_then(|columns| {
        let fields = batch
            .schema()
            .fields()
            .iter()
            .zip(&columns)
            .map(|(field, column)| Field::new(field.name(), column.data_type().clone(), true))
            .collect::<Vec<_>>();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
    });
    whole.map_err(|error| Error::Internal { message: error.to_string() })
}

fn cut(column: &ArrayRef, length: usize) -> ArrayRef {
    let end = |text: &str| text.char_indices().nth(length).map_or(text.len(), |(end, _)| end);
    match column.data_type() {
        DataType::Utf8 => {
            let texts = column.as_string::<i32>().iter();
            Arc::new(texts.map(|text| text.map(|text| text.get(..end(text)).unwrap_or(text))).collect::<StringArray>())
        }
        DataType::Binary => {
            let values = column.as_binary::<i32>().iter();
            let short = values.map(|bytes| bytes.map(|bytes| bytes.get(..length).unwrap_or(bytes)));
            Arc::new(short.collect::<BinaryArray>())
        }
        _ => Arc::clone(column),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use arrow::array::Int32Array;

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

    fn cursor(budget: Option<&Arc<Budget>>, max_rows: u64) -> Cursor {
        let options = Options { keep: budget.cloned(), max_rows, max_length: 0, shapes: Vec::new() };
        Cursor::new(Source::Local(batches()), options)
    }

    fn value(cursor: &mut Cursor, row: u64) -> Option<i64> {
        let run = cursor.run_from(row).unwrap()?;
        match run.column(1).unwrap().cell(run.place) {
            Cell::Int(value) => Some(value),
            _ => None,
        }
    }

    #[test]
    fn rows_are_found_across_batches() {
        let budget = Arc::new(Budget::new(u64::MAX));
        let mut cursor = cursor(Some(&budget), 0);
        assert_eq!(cursor.load(u64::MAX, &Limits::default()).unwrap(), 6);
        for row in 0..6 {
            assert_eq!(value(&mut cursor, row), Some(row as i64));
        }
        assert_eq!(value(&mut cursor, 6), None);
    }

    #[test]
    fn a_forward_cursor_lets_go_and_a_limit_ends_it() {
        let mut cursor = cursor(None, 4);
        assert_eq!(cursor.load(u64::MAX, &Limits::default()).unwrap(), 4);
        cursor.stand_on(3, 1);
        assert_eq!(value(&mut cursor, 2), None);
        assert_eq!(value(&mut cursor, 3), Some(3));
        assert_eq!(value(&mut cursor, 4), None);
    }

    #[test]
    fn rows_beyond_the_budget_are_put_aside_and_come_back() {
        let budget = Arc::new(Budget::new(1));
        let mut cursor = cursor(Some(&budget), 0);
        assert_eq!(cursor.load(u64::MAX, &Limits::default()).unwrap(), 6);
        let here = |cursor: &Cursor| cursor.batches.iter().filter(|held| held.batch.is_some()).count();
        assert_eq!(here(&cursor), 1);
        for row in [5, 0, 3, 2, 4, 1, 1] {
            assert_eq!(value(&mut cursor, row), Some(row as i64));
            assert_eq!(here(&cursor), 1);
        }
        drop(cursor);
        assert!(!Budget::is_exceeded(&budget), "what the cursor used is given back");
    }

    #[test]
    fn text_is_cut_after_so_many_characters_and_bytes_after_so_many_bytes() {
        let text: ArrayRef = Arc::new(StringArray::from(vec![Some("é😀x"), None, Some("a")]));
        let guid: ArrayRef = Arc::new(StringArray::from(vec!["6f96", "6f96", "6f96"]));
        let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![&b"abc"[..], b"", b"ab"]));
        let batch = RecordBatch::try_from_iter([("t", text), ("g", guid), ("b", bytes)]).unwrap();
        let shapes = vec![Shape::Data, Shape::AsItIs, Shape::Data];
        let short = shaped(&batch, &Options { keep: None, max_rows: 0, max_length: 2, shapes }).unwrap();
        assert_eq!(short.column(0).as_string::<i32>().iter().collect::<Vec<_>>(), [Some("é😀"), None, Some("a")]);
        assert_eq!(short.column(1).as_string::<i32>().value(0), "6f96");
        assert_eq!(short.column(2).as_binary::<i32>().iter().flatten().collect::<Vec<_>>(), [&b"ab"[..], b"", b"ab"]);
    }

    #[test]
    fn numbers_become_text_where_they_are_described_so() {
        let options = Options { keep: None, max_rows: 0, max_length: 0, shapes: vec![Shape::NumberAsText] };
        let text = shaped(&batches()[3], &options).unwrap();
        assert_eq!(text.column(0).as_string::<i32>().iter().flatten().collect::<Vec<_>>(), ["4", "5"]);
    }
}
