//! A bound column: the rows of one batch go to the application, column by column.

use arrow::array::{Array, ArrowPrimitiveType, PrimitiveArray, StringArray};
use arrow::buffer::NullBuffer;

use super::cell::{Column, timestamp_parts};
use super::pieces::{self, Progress};
use super::render::Rendered;
use super::{Effect, Target, moment, text, write};
use crate::abi::memory::Plain;
use crate::abi::text::Encoding;
use crate::handle::condition::{Condition, INDICATOR_REQUIRED};
use crate::handle::descriptor::Places;
use crate::spec::c_type::CType;
use crate::spec::{NULL_DATA, sql_type};

/// Which rows of a batch go to which rows of the rowset.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    /// The first row in the batch.
    pub batch_row: usize,
    /// The first row in the rowset.
    pub rowset_row: usize,
    pub rows: usize,
}

/// Hears of a row of the rowset that was cut or failed.
type Report<'a> = &'a mut dyn FnMut(usize, Result<Effect, Condition>);

/// Writes the segment's rows of a column; `report` hears of every row (of the rowset) that was cut or
/// failed. `target` says type and room; its pointers are replaced by those of `places`.
///
/// What applications bind most has a loop of its own; anything else is converted value by value.
pub fn write_rows(column: &Column, segment: Segment, target: &Target, places: &Places, report: Report<'_>) {
    let rows = Rows { segment, target, places, report };
    match (column, target.c_type) {
        (Column::Text(array), CType::WChar | CType::Char) if target.sql_code != sql_type::GUID => rows.text(array),
        (Column::Int32(array), CType::Long) => rows.same(array),
        (Column::Double(array), CType::Double) => rows.same(array),
        (Column::Int64(array), CType::Big) => rows.same(array),
        (Column::Int16(array), CType::Short) => rows.same(array),
        (Column::UInt8(array), CType::UTiny) => rows.same(array),
        (Column::Single(array), CType::Float) => rows.same(array),
        (Column::Bool(array), CType::Bit) => rows.fixed(array.nulls(), |row| Ok(u8::from(array.value(row)))),
        (Column::Date(array), CType::Date) => rows.of_primitive(array, moment::date_of_days),
        (Column::Millis(array), CType::Timestamp) => {
            rows.of_primitive(array, |value| moment::timestamp_of(timestamp_parts(value, 1_000)));
        }
        (column, CType::WChar | CType::Char) => rows.rendered(column),
        _ => rows.converted(column),
    }
}

/// What the loops over the rows of a column need.
struct Rows<'a> {
    segment: Segment,
    target: &'a Target,
    places: &'a Places,
    report: Report<'a>,
}

impl Rows<'_> {
    fn converted(self, column: &Column) {
        for row in 0..self.segment.rows {
            let to = self.segment.rowset_row + row;
            let cell = column.cell(self.segment.batch_row + row);
            let done = write(cell, &self.at(to), &mut Progress::once());
            if done != Ok(Effect::Whole) {
                (self.report)(to, done);
            }
        }
    }

    /// Numbers and moments that the application wants as text.
    fn rendered(self, column: &Column) {
        match column {
            Column::Int32(array) => self.integers(array),
            Column::Int64(array) => self.integers(array),
            Column::Int16(array) => self.integers(array),
            Column::UInt8(array) => self.integers(array),
            Column::Double(array) => self.texts(array.nulls(), |row, out| {
                out.double(array.value(row));
                Ok(())
            }),
            Column::Millis(array) => self.texts(array.nulls(), |row, out| {
                let (seconds, nanos) = timestamp_parts(array.value(row), 1_000);
                text::timestamp(seconds, nanos, 3, out)
            }),
            _ => self.converted(column),
        }
    }

    fn integers<T: ArrowPrimitiveType<Native: Into<i64>>>(self, array: &PrimitiveArray<T>) {
        self.texts(array.nulls(), |row, out| {
            out.integer(array.value(row).into());
            Ok(())
        });
    }

    /// Values as text; `render` writes that of a row of the batch.
    fn texts(self, nulls: Option<&NullBuffer>, render: impl Fn(usize, &mut Rendered) -> Result<(), Condition>) {
        let mut text = Rendered::default();
        for row in 0..self.segment.rows {
            let (from, to) = (self.segment.batch_row + row, self.segment.rowset_row + row);
            if nulls.is_some_and(|nulls| nulls.is_null(from)) {
                set_null(self.places, to, self.report);
                continue;
            }
            text.clear();
            let done = render(from, &mut text).and_then(|()| text::put(&text, &self.at(to), &mut Progress::once()));
            if done != Ok(Effect::Whole) {
                (self.report)(to, done);
            }
        }
    }

    /// Values that the application wants as they are.
    fn same<T: ArrowPrimitiveType<Native: Plain>>(self, array: &PrimitiveArray<T>) {
        self.of_primitive(array, Ok);
    }

    fn of_primitive<T, V>(self, array: &PrimitiveArray<T>, convert: impl Fn(T::Native) -> Result<V, Condition>)
    where
        T: ArrowPrimitiveType,
        V: Plain,
    {
        let values = array.values();
        self.fixed(array.nulls(), |row| convert(values.get(row).copied().unwrap_or_default()));
    }

    /// Values of fixed length; `value` gives that of a row of the batch.
    fn fixed<V: Plain>(self, nulls: Option<&NullBuffer>, value: impl Fn(usize) -> Result<V, Condition>) {
        let Segment { batch_row, rowset_row, rows } = self.segment;
        let places = self.places;
        let two_lengths = places.has_two_lengths();
        for row in 0..rows {
            let (from, to) = (batch_row + row, rowset_row + row);
            if nulls.is_some_and(|nulls| nulls.is_null(from)) {
                set_null(places, to, self.report);
                continue;
            }
            match value(from) {
                Ok(value) => {
                    places.data(to).write(value);
                    places.octet_length(to).write(size_of::<V>().cast_signed());
                    if two_lengths {
                        places.indicator(to).write(0_isize);
                    }
                }
                Err(condition) => (self.report)(to, Err(condition)),
            }
        }
    }

    fn text(self, array: &StringArray) {
        let encoding = if self.target.c_type == CType::WChar { Encoding::Utf16 } else { Encoding::Utf8 };
        let nulls = array.nulls();
        for row in 0..self.segment.rows {
            let (from, to) = (self.segment.batch_row + row, self.segment.rowset_row + row);
            if nulls.is_some_and(|nulls| nulls.is_null(from)) {
                set_null(self.places, to, self.report);
                continue;
            }
            let effect = pieces::text(array.value(from), encoding, &self.at(to), &mut Progress::once());
            if effect != Effect::Whole {
                (self.report)(to, Ok(effect));
            }
        }
    }

    fn at(&self, row: usize) -> Target {
        Target {
            data: self.places.data(row),
            octet_length: self.places.octet_length(row),
            indicator: self.places.indicator(row),
            ..*self.target
        }
    }
}

fn set_null(places: &Places, row: usize, report: Report<'_>) {
    let indicator = places.indicator(row);
    if indicator.is_null() {
        report(row, Err(INDICATOR_REQUIRED));
    }
    indicator.write(NULL_DATA);
}
