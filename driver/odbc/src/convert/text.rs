//! Any value as text.

use super::cell::Cell;
use super::pieces::{self, Progress};
use super::render::Rendered;
use super::{Effect, Target, moment};
use crate::handle::condition::{Condition, INVALID_DATETIME, OUT_OF_RANGE};
use crate::spec::sql_type;

/// Writes the value as text; text and binary data in pieces.
pub fn write(cell: Cell<'_>, target: &Target, progress: &mut Progress) -> Result<Effect, Condition> {
    let encoding = target.c_type.encoding();
    match cell {
        Cell::Text(text) if target.sql_code != sql_type::GUID => {
            return Ok(pieces::text(text, encoding, target, progress));
        }
        Cell::Binary(bytes) => return Ok(pieces::hex(bytes, encoding, target, progress)),
        _ => {}
    }
    let mut rendered = Rendered::default();
    render(cell, &mut rendered)?;
    put(&rendered, target, progress)
}

fn render(cell: Cell<'_>, out: &mut Rendered) -> Result<(), Condition> {
    match cell {
        Cell::Null | Cell::Binary(_) => {}
        Cell::Text(identifier) => out.plain(format_args!("{identifier}")),
        Cell::Bool(value) => out.integer(value.into()),
        Cell::Int(value) => out.integer(value),
        Cell::Single(value) => out.single(value),
        Cell::Double(value) => out.double(value),
        Cell::Decimal { unscaled, scale } => out.decimal(unscaled, scale),
        Cell::Date(days) => out.date(moment::day(days).ok_or(INVALID_DATETIME)?),
        Cell::Time(nanos) => out.time(nanos),
        Cell::Timestamp { seconds, nanos, digits } => return timestamp(seconds, nanos, digits, out),
    }
    Ok(())
}

/// A moment as text.
#[inline]
pub fn timestamp(seconds: i64, nanos: u32, digits: u8, out: &mut Rendered) -> Result<(), Condition> {
    let (day, seconds) = moment::split(seconds).ok_or(INVALID_DATETIME)?;
    out.timestamp(day, seconds, nanos, digits);
    Ok(())
}

/// Writes a value that is rendered already: 22003 where more than a fraction would be cut.
#[inline]
pub fn put(rendered: &Rendered, target: &Target, progress: &mut Progress) -> Result<Effect, Condition> {
    let too_small = target.text_capacity().is_some_and(|capacity| capacity < rendered.whole);
    if too_small && progress.at_start() && !target.data.is_null() {
        return Err(OUT_OF_RANGE);
    }
    if let Some(effect) = pieces::whole_ascii(rendered.bytes(), target, progress) {
        return Ok(effect);
    }
    Ok(pieces::text(rendered.text(), target.c_type.encoding(), target, progress))
}
