//! Cells that follow from nothing but the type of their column.

use super::facts::{BOOKS_END, BOOKS_START};
use super::rules::words;
use super::value::{Guid, Value, mix};
use crate::catalog::Edm;
use crate::clock::DAY;

/// A value of a type; about one in three is null.
pub fn value(edm: Edm, hash: u64, ordinal: u64) -> Value {
    if hash.is_multiple_of(3) {
        return Value::Null;
    }
    let number = hash >> 8;
    match edm {
        Edm::String => Value::text(words(number)),
        Edm::Guid => Value::Guid(Guid((u128::from(mix(hash, 1)) << 64) | u128::from(mix(hash, 2)))),
        Edm::Int16 | Edm::Byte => Value::Int((number % 2) as i64),
        Edm::Int32 => Value::Int((number % 100_000) as i64),
        Edm::Int64 => Value::Int(10_000_000_000 + ordinal as i64),
        Edm::Double => Value::cents((number % 10_000_000) as i64 - 1_000_000),
        Edm::Boolean => Value::Bool(number.is_multiple_of(2)),
        Edm::DateTime => Value::Date((BOOKS_START + (number % (BOOKS_END - BOOKS_START) as u64) as i64) / DAY * DAY),
        Edm::Binary => Value::Binary(number.to_be_bytes().to_vec()),
        Edm::Collection | Edm::Complex => Value::Null,
    }
}

/// A key of a table without coherent contents: it grows with the row.
pub fn key(edm: Edm, place: usize, ordinal: u64) -> Value {
    match edm {
        Edm::String => Value::text(format!("{:02}", ordinal + 10)),
        Edm::DateTime => Value::Date(BOOKS_START + ordinal as i64 * DAY),
        // Of a composite key, only the last part differs.
        _ if place > 0 => Value::Int(2020 + ordinal as i64),
        _ => Value::Int(ordinal as i64 + 1),
    }
}
