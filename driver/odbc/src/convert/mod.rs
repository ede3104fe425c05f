//! Values between Arrow and application memory (ODBC appendix D).
//!
//! A value goes from the Arrow array straight to its place: no row object, no copy, no allocation.

pub mod binary;
pub mod cell;
pub mod column;
pub mod identifier;
pub mod interval;
pub mod moment;
pub mod number;
pub mod parameter;
pub mod parse;
pub mod pieces;
pub mod render;
pub mod text;

use crate::abi::memory::{Plain, Pointer};
use crate::handle::condition::{Condition, INDICATOR_REQUIRED, RESTRICTED_TYPE};
use crate::spec::c_type::CType;
use crate::spec::{NULL_DATA, sql_type};
use cell::Cell;
use pieces::Progress;

/// Where one value goes, and as what.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Resolved: neither `Default` nor `Descriptor`.
    pub c_type: CType,
    /// The SQL type that the column is described as.
    pub sql_code: i16,
    pub data: Pointer,
    /// Bytes of the buffer, for types whose length varies.
    pub room: usize,
    /// May be null; may be the same as `indicator`.
    pub octet_length: Pointer,
    pub indicator: Pointer,
    /// Precision and scale of a `SQL_NUMERIC_STRUCT`, or digits of the leading field and of the fraction of an
    /// interval, if the descriptor gives them.
    pub numeric: Option<(u8, i8)>,
}

/// What a conversion that did not fail has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Whole,
    /// Text or binary data did not fit: 01004.
    Cut,
    /// Fractional digits were lost: 01S07.
    FractionCut,
}

impl Target {
    /// Writes a value of fixed length. A null buffer only learns the length.
    pub fn fixed<T: Plain>(&self, value: T) {
        self.data.write(value);
        self.set_length(size_of::<T>());
    }

    /// Tells the length of the value, or what remains of it, in bytes.
    pub fn set_length(&self, bytes: usize) {
        if self.indicator != self.octet_length {
            self.indicator.write(0_isize);
        }
        self.octet_length.write(bytes.cast_signed());
    }

    fn set_null(&self) -> Result<(), Condition> {
        if self.indicator.is_null() {
            return Err(INDICATOR_REQUIRED);
        }
        self.indicator.write(NULL_DATA);
        Ok(())
    }

    /// Units of text that fit beside the terminating zero; `None` if not even that fits.
    #[must_use]
    #[inline]
    pub fn text_capacity(&self) -> Option<usize> {
        let units = match self.c_type {
            CType::WChar => self.room / 2,
            CType::WChar32 => self.room / 4,
            _ => self.room,
        };
        units.checked_sub(1)
    }
}

/// Writes a value, or the next piece of one that is read in pieces.
pub fn write(cell: Cell<'_>, target: &Target, progress: &mut Progress) -> Result<Effect, Condition> {
    let effect = match (cell, target.c_type) {
        (Cell::Null, _) => target.set_null().map(|()| Effect::Whole),
        (cell, CType::Char | CType::WChar | CType::WChar32) => text::write(cell, target, progress),
        (cell, CType::Binary) => binary::write(cell, target, progress),
        (cell, CType::Date | CType::Time | CType::Timestamp) => moment::write(cell, target),
        (cell, CType::Guid) => identifier::write(cell, target),
        (Cell::Text(text), CType::Interval(interval)) if target.sql_code != sql_type::GUID => {
            interval::of_text(text, interval, target)
        }
        (_, CType::Default | CType::Descriptor) => Err(RESTRICTED_TYPE),
        (cell, _) => number::write(cell, target),
    }?;
    if effect != Effect::Cut {
        progress.finished = true;
    }
    Ok(effect)
}

/// The C type of `SQL_C_DEFAULT` for a SQL type (ODBC appendix D, "Default C Data Types").
#[must_use]
pub fn default_c_type(code: i16) -> CType {
    match sql_type::odbc3(code) {
        sql_type::WCHAR | sql_type::WVARCHAR | sql_type::WLONGVARCHAR => CType::WChar,
        sql_type::BIT => CType::Bit,
        sql_type::TINYINT => CType::UTiny,
        sql_type::SMALLINT => CType::Short,
        sql_type::INTEGER => CType::Long,
        sql_type::BIGINT => CType::Big,
        sql_type::REAL => CType::Float,
        sql_type::DOUBLE | sql_type::FLOAT => CType::Double,
        sql_type::BINARY | sql_type::VARBINARY | sql_type::LONGVARBINARY => CType::Binary,
        sql_type::TYPE_DATE => CType::Date,
        sql_type::TYPE_TIME => CType::Time,
        sql_type::TYPE_TIMESTAMP => CType::Timestamp,
        sql_type::GUID => CType::Guid,
        interval @ sql_type::INTERVAL_YEAR..=sql_type::INTERVAL_MINUTE_TO_SECOND => {
            CType::of(interval).unwrap_or(CType::Char)
        }
        _ => CType::Char,
    }
}

#[cfg(test)]
mod matrix;
#[cfg(test)]
mod tests;
