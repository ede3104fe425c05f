//! Any value as bytes: text and binary data in pieces, everything else as its C representation.

use super::cell::Cell;
use super::pieces::{self, Progress};
use super::{Effect, Target, default_c_type, moment, number};
use crate::handle::condition::{Condition, OUT_OF_RANGE};
use crate::spec::c_type::CType;
use crate::spec::sql_type;

/// Writes the value as `SQL_C_BINARY`.
pub fn write(cell: Cell<'_>, target: &Target, progress: &mut Progress) -> Result<Effect, Condition> {
    match cell {
        Cell::Binary(bytes) => Ok(pieces::bytes(bytes, target, progress)),
        Cell::Text(text) if target.sql_code == sql_type::GUID => {
            let as_guid = whole(target, CType::Guid)?;
            super::identifier::write(Cell::Text(text), &as_guid)
        }
        Cell::Text(text) => Ok(bytes_of_text(text, target, progress)),
        Cell::Date(_) | Cell::Time(_) | Cell::Timestamp { .. } => {
            moment::write(cell, &whole(target, default_c_type(target.sql_code))?)
        }
        Cell::Decimal { .. } => number::write(cell, &whole(target, CType::Numeric)?),
        _ => number::write(cell, &whole(target, default_c_type(target.sql_code))?),
    }
}

/// The target as one of fixed length, if that fits; 22003 otherwise.
fn whole(target: &Target, c_type: CType) -> Result<Target, Condition> {
    if c_type.size() > target.room && !target.data.is_null() {
        return Err(OUT_OF_RANGE);
    }
    Ok(Target { c_type, ..*target })
}

/// Narrow types give their UTF-8 bytes, wide ones UTF-16; without a terminating zero.
fn bytes_of_text(text: &str, target: &Target, progress: &mut Progress) -> Effect {
    match default_c_type(target.sql_code) {
        CType::WChar => pieces::utf16_bytes(text, target, progress),
        _ => pieces::bytes(text.as_bytes(), target, progress),
    }
}
