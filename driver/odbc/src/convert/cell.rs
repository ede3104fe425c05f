//! One value of an Arrow array, looked at without copying it.

use arrow::array::{
    Array, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int16Array, Int32Array,
    Int64Array, StringArray, Time64NanosecondArray, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, UInt8Array,
};

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

/// An Arrow array of one of the types that the engine delivers.
#[derive(Clone, Copy, Debug)]
pub enum Column<'a> {
    Bool(&'a BooleanArray),
    UInt8(&'a UInt8Array),
    Int16(&'a Int16Array),
    Int32(&'a Int32Array),
    Int64(&'a Int64Array),
    Single(&'a Float32Array),
    Double(&'a Float64Array),
    Decimal(&'a Decimal128Array),
    Text(&'a StringArray),
    Binary(&'a BinaryArray),
    Date(&'a Date32Array),
    Time(&'a Time64NanosecondArray),
    Millis(&'a TimestampMillisecondArray),
    Micros(&'a TimestampMicrosecondArray),
    Nanos(&'a TimestampNanosecondArray),
}

impl<'a> Column<'a> {
    /// The array as what it is; `None` for a type that the engine's contract rules out.
    #[must_use]
    pub fn of(array: &'a dyn Array) -> Option<Column<'a>> {
        let any = array.as_any();
        any.downcast_ref()
            .map(Column::Text)
            .or_else(|| any.downcast_ref().map(Column::Int32))
            .or_else(|| any.downcast_ref().map(Column::Double))
            .or_else(|| any.downcast_ref().map(Column::Millis))
            .or_else(|| any.downcast_ref().map(Column::Int16))
            .or_else(|| any.downcast_ref().map(Column::Int64))
            .or_else(|| any.downcast_ref().map(Column::UInt8))
            .or_else(|| any.downcast_ref().map(Column::Bool))
            .or_else(|| any.downcast_ref().map(Column::Decimal))
            .or_else(|| any.downcast_ref().map(Column::Single))
            .or_else(|| any.downcast_ref().map(Column::Binary))
            .or_else(|| any.downcast_ref().map(Column::Date))
            .or_else(|| any.downcast_ref().map(Column::Time))
            .or_else(|| any.downcast_ref().map(Column::Micros))
            .or_else(|| any.downcast_ref().map(Column::Nanos))
    }

    fn array(&self) -> &'a dyn Array {
        match self {
            Column::Bool(array) => *array,
            Column::UInt8(array) => *array,
            Column::Int16(array) => *array,
            Column::Int32(array) => *array,
            Column::Int64(array) => *array,
            Column::Single(array) => *array,
            Column::Double(array) => *array,
            Column::Decimal(array) => *array,
            Column::Text(array) => *array,
            Column::Binary(array) => *array,
            Column::Date(array) => *array,
            Column::Time(array) => *array,
            Column::Millis(array) => *array,
            Column::Micros(array) => *array,
            Column::Nanos(array) => *array,
        }
    }

    /// The value in `row`, which must be within the array.
    #[must_use]
    pub fn cell(&self, row: usize) -> Cell<'a> {
        if self.array().is_null(row) {
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
    let fraction = ticks.rem_euclid(per_second);
    Cell::Timestamp {
        seconds: ticks.div_euclid(per_second),
        nanos: u32::try_from(fraction * (1_000_000_000 / per_second)).unwrap_or(0),
        digits,
    }
}
