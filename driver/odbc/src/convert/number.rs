//! Numbers and booleans as the numeric C types.

use super::cell::Cell;
use super::render::Rendered;
use super::{Effect, Target, interval, parse};
use crate::abi::structs::Numeric;
use crate::handle::condition::{Condition, OUT_OF_RANGE, RESTRICTED_TYPE};
use crate::spec::c_type::CType;
use crate::spec::sql_type;

/// A number of whatever origin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    Whole(i128),
    Real(f64),
    Decimal { unscaled: i128, scale: i8 },
}

/// Writes the value as the numeric C type of the target.
pub fn write(cell: Cell<'_>, target: &Target) -> Result<Effect, Condition> {
    if target.sql_code == sql_type::GUID {
        return Err(RESTRICTED_TYPE);
    }
    let number = number_of(cell)?;
    match target.c_type {
        CType::Float => float(number, target),
        CType::Double => {
            target.fixed(real(number));
            Ok(Effect::Whole)
        }
        CType::Numeric => numeric(number, target),
        CType::Bit => bit(number, target),
        CType::Interval(_) if matches!(cell, Cell::Bool(_)) => Err(RESTRICTED_TYPE),
        CType::Interval(interval) => interval::of_number(number, interval, target),
        _ => integer(number, target),
    }
}

/// The value as a number; text must read as one (22018).
fn number_of(cell: Cell<'_>) -> Result<Number, Condition> {
    Ok(match cell {
        Cell::Bool(value) => Number::Whole(value.into()),
        Cell::Int(value) => Number::Whole(value.into()),
        Cell::Single(value) => Number::Real(value.into()),
        Cell::Double(value) => Number::Real(value),
        Cell::Decimal { unscaled, scale } => Number::Decimal { unscaled, scale },
        Cell::Text(text) => parse::number(text)?,
        _ => return Err(RESTRICTED_TYPE),
    })
}

/// The whole part, and whether a fraction was lost; 22003 beyond 128 bits.
pub fn whole(number: Number) -> Result<(i128, bool), Condition> {
    match number {
        Number::Whole(value) => Ok((value, false)),
        Number::Real(value) if value.is_finite() && value.abs() < 1e38 => Ok((value as i128, value.fract() != 0.0)),
        Number::Real(_) => Err(OUT_OF_RANGE),
        Number::Decimal { unscaled, scale } => rescale(unscaled, scale, 0),
    }
}

/// The unscaled value at another scale, and whether digits other than zero were lost.
pub fn rescale(unscaled: i128, from: i8, to: i8) -> Result<(i128, bool), Condition> {
    let steps = u32::from(i16::from(from).abs_diff(i16::from(to)));
    match 10_i128.checked_pow(steps) {
        Some(power) if from > to => Ok((unscaled / power, unscaled % power != 0)),
        Some(power) => unscaled.checked_mul(power).map(|value| (value, false)).ok_or(OUT_OF_RANGE),
        None if from > to || unscaled == 0 => Ok((0, unscaled != 0)),
        None => Err(OUT_OF_RANGE),
    }
}

#[must_use]
pub fn real(number: Number) -> f64 {
    match number {
        Number::Whole(value) => value as f64,
        Number::Real(value) => value,
        // Through text, which rounds correctly where a division would round twice.
        Number::Decimal { unscaled, scale } => {
            Rendered::of(|out| out.decimal(unscaled, scale)).text().parse().unwrap_or(f64::NAN)
        }
    }
}

fn effect(lost: bool) -> Effect {
    if lost { Effect::FractionCut } else { Effect::Whole }
}

fn integer(number: Number, target: &Target) -> Result<Effect, Condition> {
    let (value, lost) = whole(number)?;
    let out_of_range = |_| OUT_OF_RANGE;
    match target.c_type {
        CType::Tiny => target.fixed(i8::try_from(value).map_err(out_of_range)?),
        CType::UTiny => target.fixed(u8::try_from(value).map_err(out_of_range)?),
        CType::Short => target.fixed(i16::try_from(value).map_err(out_of_range)?),
        CType::UShort => target.fixed(u16::try_from(value).map_err(out_of_range)?),
        CType::Long => target.fixed(i32::try_from(value).map_err(out_of_range)?),
        CType::ULong => target.fixed(u32::try_from(value).map_err(out_of_range)?),
        CType::Big => target.fixed(i64::try_from(value).map_err(out_of_range)?),
        CType::UBig => target.fixed(u64::try_from(value).map_err(out_of_range)?),
        _ => return Err(RESTRICTED_TYPE),
    }
    Ok(effect(lost))
}

fn float(number: Number, target: &Target) -> Result<Effect, Condition> {
    let value = real(number);
    if value.is_finite() && value.abs() > f64::from(f32::MAX) {
        return Err(OUT_OF_RANGE);
    }
    target.fixed(value as f32);
    Ok(Effect::Whole)
}

/// 0 and 1; what lies between or up to 2 is cut (01S07), the rest is out of range (22003).
fn bit(number: Number, target: &Target) -> Result<Effect, Condition> {
    let value = real(number);
    if !(0.0..2.0).contains(&value) {
        return Err(OUT_OF_RANGE);
    }
    target.fixed(u8::from(value >= 1.0));
    Ok(effect(value.fract() != 0.0))
}

/// With the descriptor's precision and scale; without them, with the number's own scale.
fn numeric(number: Number, target: &Target) -> Result<Effect, Condition> {
    let (unscaled, own_scale) = decimal(number)?;
    let (precision, scale) = target.numeric.unwrap_or((38, own_scale.clamp(0, 38)));
    let (value, lost) = rescale(unscaled, own_scale, scale)?;
    let limit = 10_u128.checked_pow(precision.into()).unwrap_or(u128::MAX);
    if value.unsigned_abs() >= limit {
        return Err(OUT_OF_RANGE);
    }
    target.fixed(Numeric { precision, scale, sign: u8::from(value >= 0), value: value.unsigned_abs().to_le_bytes() });
    Ok(effect(lost))
}

/// The number as an unscaled value and a scale. A real number has the digits of its shortest text.
fn decimal(number: Number) -> Result<(i128, i8), Condition> {
    match number {
        Number::Whole(value) => Ok((value, 0)),
        Number::Decimal { unscaled, scale } => Ok((unscaled, scale)),
        Number::Real(value) if !value.is_finite() => Err(OUT_OF_RANGE),
        Number::Real(value) => parse::decimal(Rendered::of(|out| out.double(value)).text()).ok_or(OUT_OF_RANGE),
    }
}
