//! One value of an Arrow array, looked at without copying it.

use arrow::array::{
    Array, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int16Array, Int32Array,
    Int64Array, StringArray, Time64NanosecondArray, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, UInt8Array,
};
use arrow::buffer::NullBuffer;

/// A value in the form of its family.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Single(f32),
    Double(f64),
    Decimal {
        unscaled: i128,
        scale: i8,
    },
    Text(&'a str),
    Binary(&'a [u8]),
    /// Days since 1970-01-01.
    Date(i32),
    /// Nanoseconds since midnight.
    Time(i64),
    /// Seconds since 1970-01-01 and nanoseconds within the second, of which `digits` are shown.
    Timestamp {
        seconds: i64,
        nanos: u32,
        digits: u8,
    },
}

/// An Arrow array of one of the types that the engine delivers. Made once for a batch, so that no value
/// is looked for by its type.
#[derive(Clone, Debug)]
pub enum Column {
    Bool(BooleanArray),
    UInt8(UInt8Array),
    Int16(Int16Array),
    Int32(Int32Array),
    Int64(Int64Array),
    Single(Float32Array),
    Double(Float64Array),
    Decimal(Decimal128Array),
    Text(StringArray),
    Binary(BinaryArray),
    Date(Date32Array),
    Time(Time64NanosecondArray),
    Millis(TimestampMillisecondArray),
    Micros(TimestampMicrosecondArray),
    Nanos(TimestampNanosecondArray),
}

impl Column {
    /// The array as what it is, sharing its values; `None` for a type that the engine's contract rules out.
    #[must_use]
    pub fn of(array: &dyn Array) -> Option<Column> {
        let any = array.as_any();
        let text = any.downcast_ref().cloned().map(Column::Text);
        text.or_else(|| any.downcast_ref().cloned().map(Column::Int32))
            .or_else(|| any.downcast_ref().cloned().map(Column::Double))
            .or_else(|| any.downcast_ref().cloned().map(Column::Millis))
            .or_else(|| any.downcast_ref().cloned().map(Column::Int16))
            .or_else(|| any.downcast_ref().cloned().map(Column::Int64))
            .or_else(|| any.downcast_ref().cloned().map(Column::UInt8))
            .or_else(|| any.downcast_ref().cloned().map(Column::Bool))
            .or_else(|| any.downcast_ref().cloned().map(Column::Decimal))
            .or_else(|| any.downcast_ref().cloned().map(Column::Single))
            .or_else(|| any.downcast_ref().cloned().map(Column::Binary))
            .or_else(|| any.downcast_ref().cloned().map(Column::Date))
            .or_else(|| any.downcast_ref().cloned().map(Column::Time))
            .or_else(|| any.downcast_ref().cloned().map(Column::Micros))
            .or_else(|| any.downcast_ref().cloned().map(Column::Nanos))
    }

    /// Which rows are NULL; `None` if none is.
    #[must_use]
    pub fn nulls(&self) -> Option<&NullBuffer> {
        match self {
            Column::Bool(array) => array.nulls(),
            Column::UInt8(array) => array.nulls(),
            Column::Int16(array) => array.nulls(),
            Column::Int32(array) => array.nulls(),
            Column::Int64(array) => array.nulls(),
            Column::Single(array) => array.nulls(),
            Column::Double(array) => array.nulls(),
            Column::Decimal(array) => array.nulls(),
            Column::Text(array) => array.nulls(),
            Column::Binary(array) => array.nulls(),
            Column::Date(array) => array.nulls(),
            Column::Time(array) => array.nulls(),
            Column::Millis(array) => array.nulls(),
            Column::Micros(array) => array.nulls(),
            Column::Nanos(array) => array.nulls(),
        }
    }

    /// The value in `row`, which must be within the array.
    #[must_use]
    pub fn cell(&self, row: usize) -> Cell<'_> {
        if self.nulls().is_some_and(|nulls| nulls.is_null(row)) {
            return Cell::Null;
        }
        match self {
            Column::Bool(array) => Cell::Bool(array.value(row)),
            Column::UInt8(array) => Cell::Int(array.value(row).into()),
            Column::Int16(array) => Cell::Int(array.value(row).into()),
            Column::Int32(array) => Cell::Int(array.value(row).into()),
            Column::Int64(array) => Cell::Int(array.value(row)),
            Column::Single(array) => Cell::Single(array.value(row)),
            Column::Double(array) => Cell::Double(array.value(row)),
            Column::Decimal(array) => Cell::Decimal { unscaled: array.value(row), scale: array.scale() },
            Column::Text(array) => Cell::Text(array.value(row)),
            Column::Binary(array) => Cell::Binary(array.value(row)),
            Column::Date(array) => Cell::Date(array.value(row)),
            Column::Time(array) => Cell::Time(array.value(row)),
            Column::Millis(array) => timestamp(array.value(row), 1_000, 3),
            Column::Micros(array) => timestamp(array.value(row), 1_000_000, 6),
            Column::Nanos(array) => timestamp(array.value(row), 1_000_000_000, 9),
        }
    }
}

fn timestamp<'a>(ticks: i64, per_second: i64, digits: u8) -> Cell<'a> {
    let (seconds, nanos) = timestamp_parts(ticks, per_second);
    Cell::Timestamp { seconds, nanos, digits }
}

/// Seconds since 1970-01-01 and nanoseconds within the second.
#[must_use]
pub fn timestamp_parts(ticks: i64, per_second: i64) -> (i64, u32) {
    let fraction = ticks.rem_euclid(per_second);
    let nanos = u32::try_from(fraction * (1_000_000_000 / per_second)).unwrap_or(0);
    (ticks.div_euclid(per_second), nanos)
}
