//! Any value as text.

use super::cell::Cell;
use super::pieces::{self, Progress};
use super::render::{self, Rendered};
use super::{Effect, Target, moment};
use crate::handle::condition::{Condition, INVALID_DATETIME, OUT_OF_RANGE};
use crate::spec::sql_type;

/// Writes the value as text; text and binary data in pieces.
pub fn write(cell: Cell<'_>, target: &Target, progress: &mut Progress) -> Result<Effect, Condition> {
    let encoding = target.c_type.encoding();
    let rendered = match cell {
        Cell::Text(text) if target.sql_code != sql_type::GUID => {
            return Ok(pieces::text(text, encoding, target, progress));
        }
        Cell::Binary(bytes) => return Ok(pieces::hex(bytes, encoding, target, progress)),
        Cell::Text(identifier) => Rendered::of(format_args!("{identifier}")),
        Cell::Bool(value) => render::integer(value.into()),
        Cell::Int(value) => render::integer(value),
        Cell::Single(value) => render::single(value),
        Cell::Double(value) => render::double(value),
        Cell::Decimal { unscaled, scale } => render::decimal(unscaled, scale),
        Cell::Date(days) => render::date(moment::day(days).ok_or(INVALID_DATETIME)?),
        Cell::Time(nanos) => render::time(nanos),
        Cell::Timestamp { seconds, nanos, digits } => {
            let (day, seconds) = moment::split(seconds).ok_or(INVALID_DATETIME)?;
            render::timestamp(day, seconds, nanos, digits)
        }
        Cell::Null => Rendered::of(format_args!("")),
    };
    let too_small = target.text_capacity().is_some_and(|capacity| capacity < rendered.whole);
    if too_small && progress.at_start() && !target.data.is_null() {
        return Err(OUT_OF_RANGE);
    }
    Ok(pieces::text(rendered.text(), encoding, target, progress))
}
