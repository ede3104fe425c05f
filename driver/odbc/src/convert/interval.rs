//! Intervals: `SQL_INTERVAL_STRUCT` of and as text and numbers (ODBC appendix D, "Interval Data Types").

use exact_engine::Value;

use super::number::{self, Number};
use super::render::Rendered;
use super::{Effect, Target};
use crate::abi::structs::Interval as Structure;
use crate::handle::condition::{Condition, INTERVAL_OVERFLOW, INVALID_CAST, OUT_OF_RANGE, RESTRICTED_TYPE};
use crate::spec::c_type::Interval;

/// Digits of the leading field and of the fraction of seconds where no descriptor says otherwise.
const PRECISION: (u8, i8) = (2, 6);

/// The places of the fields in the structure: year and month, or day to second and fraction.
const SECOND: usize = 3;
const FRACTION: usize = 4;

impl Interval {
    /// The first and the last field, as places in the structure. Years and months have places of their own.
    fn fields(self) -> (usize, usize) {
        match self.0 {
            1 => (0, 0),
            2 => (1, 1),
            7 => (0, 1),
            3..=6 => (usize::from(self.0) - 3, usize::from(self.0) - 3),
            8..=10 => (0, usize::from(self.0) - 7),
            11 | 12 => (1, usize::from(self.0) - 9),
            _ => (2, SECOND),
        }
    }

    fn is_year_month(self) -> bool {
        matches!(self.0, 1 | 2 | 7)
    }

    /// The greatest value of a field that does not lead.
    fn most(self, field: usize) -> u32 {
        match field {
            1 if self.is_year_month() => 11,
            1 => 23,
            _ => 59,
        }
    }

    fn has_seconds(self) -> bool {
        !self.is_year_month() && self.fields().1 == SECOND
    }

    /// What stands before a field that is not the first.
    fn separator(self, field: usize) -> char {
        match field {
            1 if self.is_year_month() => '-',
            1 => ' ',
            _ => ':',
        }
    }
}

/// Writes a number as an interval of a single field; its fraction is kept by seconds only.
pub fn of_number(number: Number, interval: Interval, target: &Target) -> Result<Effect, Condition> {
    let (leading, seconds) = target.numeric.unwrap_or(PRECISION);
    let (structure, lost) = from_number(number, interval, leading, seconds)?;
    target.fixed(structure);
    Ok(if lost { Effect::FractionCut } else { Effect::Whole })
}

/// An exact number as an interval of a single field, and whether a part of its fraction is lost.
fn from_number(number: Number, interval: Interval, leading: u8, seconds: i8) -> Result<(Structure, bool), Condition> {
    let (field, last) = interval.fields();
    if field != last || matches!(number, Number::Real(_)) {
        return Err(RESTRICTED_TYPE);
    }
    let (whole, mut lost) = number::whole(number)?;
    let mut fields = [0; 5];
    if let Some(place) = fields.get_mut(field) {
        *place = limited(whole.unsigned_abs(), leading)?;
    }
    if let (true, Number::Decimal { unscaled, scale }) = (interval.has_seconds(), number) {
        let (exact, cut) = number::rescale(unscaled, scale, seconds)?;
        let power = 10_i128.checked_pow(seconds.unsigned_abs().into()).ok_or(OUT_OF_RANGE)?;
        fields[FRACTION] = u32::try_from((exact % power).unsigned_abs()).map_err(|_| INTERVAL_OVERFLOW)?;
        lost = cut;
    }
    let negative = whole < 0 || matches!(number, Number::Decimal { unscaled, .. } if unscaled < 0);
    Ok((structure(interval, negative, fields), lost))
}

/// Writes text as an interval.
pub fn of_text(text: &str, interval: Interval, target: &Target) -> Result<Effect, Condition> {
    let (leading, seconds) = target.numeric.unwrap_or(PRECISION);
    let (structure, lost) = parse(text, interval, leading, seconds.unsigned_abs())?;
    target.fixed(structure);
    Ok(if lost { Effect::FractionCut } else { Effect::Whole })
}

fn structure(interval: Interval, negative: bool, fields: [u32; 5]) -> Structure {
    Structure { kind: interval.0.into(), sign: negative.into(), padding: 0, fields }
}

fn limited(value: u128, digits: u8) -> Result<u32, Condition> {
    let most = 10_u128.checked_pow(digits.into()).unwrap_or(u128::MAX);
    if value >= most {
        return Err(INTERVAL_OVERFLOW);
    }
    u32::try_from(value).map_err(|_| INTERVAL_OVERFLOW)
}

/// The interval in text such as `-1-2`, `3 04:05:06.7` or a whole literal around it, and whether digits of its fraction
/// were cut: 22018 if it has another form, 22015 if a field is too large.
fn parse(text: &str, interval: Interval, leading: u8, seconds: u8) -> Result<(Structure, bool), Condition> {
    let text = value_of_literal(text.trim()).trim();
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.strip_prefix('+').unwrap_or(text).trim_start()),
    };
    let mut fraction = "";
    if interval.has_seconds()
        && let Some((whole, digits)) = rest.split_once('.')
    {
        (rest, fraction) = (whole, digits);
    }
    let (first, last) = interval.fields();
    let mut fields = [0; 5];
    for field in first..=last {
        let part = if field == last {
            rest
        } else {
            let (part, others) = rest.split_once(interval.separator(field + 1)).ok_or(INVALID_CAST)?;
            rest = others.trim_start();
            part
        };
        let value: u128 = digits(part)?;
        let most = interval.most(field);
        let value = if field == first { limited(value, leading)? } else { u32::try_from(value).unwrap_or(u32::MAX) };
        if field != first && value > most {
            return Err(INTERVAL_OVERFLOW);
        }
        if let Some(place) = fields.get_mut(field) {
            *place = value;
        }
    }
    let width = usize::from(seconds);
    let kept = fraction.get(..width.min(fraction.len())).unwrap_or_default();
    if !fraction.is_empty() {
        digits(fraction)?;
        fields[FRACTION] = format!("{kept:0<width$}").parse().map_err(|_| INTERVAL_OVERFLOW)?;
    }
    let cut = fraction.get(kept.len()..).unwrap_or_default();
    Ok((structure(interval, negative, fields), cut.bytes().any(|digit| digit != b'0')))
}

/// What stands between the quotes of `INTERVAL '...' DAY`, with the sign that may stand before them.
fn value_of_literal(text: &str) -> &str {
    text.split('\'').nth(1).unwrap_or(text)
}

fn digits(text: &str) -> Result<u128, Condition> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(INVALID_CAST);
    }
    text.parse().map_err(|_| INTERVAL_OVERFLOW)
}

/// The interval in the bytes of a structure, as text.
pub fn text(interval: Interval, fields: [u32; 5], negative: bool) -> Rendered {
    let (first, last) = interval.fields();
    let sign = if negative { "-" } else { "" };
    let field = |place: usize| fields.get(place).copied().unwrap_or(0);
    let mut whole = format!("{sign}{}", field(first));
    for place in first + 1..=last {
        whole.push(interval.separator(place));
        whole.push_str(&format!("{:02}", field(place)));
    }
    if interval.has_seconds() && field(FRACTION) != 0 {
        whole.push_str(&format!(".{:06}", field(FRACTION)));
    }
    Rendered::of(|out| out.plain(format_args!("{whole}")))
}

/// An interval of a single field as a number; 07006 for the others.
pub fn number(interval: Interval, fields: [u32; 5], negative: bool) -> Result<Number, Condition> {
    let (first, last) = interval.fields();
    if first != last {
        return Err(RESTRICTED_TYPE);
    }
    let sign = if negative { -1 } else { 1 };
    let whole = i128::from(fields.get(first).copied().unwrap_or(0));
    if !interval.has_seconds() || fields[FRACTION] == 0 {
        return Ok(Number::Whole(sign * whole));
    }
    let micros = whole * 1_000_000 + i128::from(fields[FRACTION]);
    Ok(Number::Decimal { unscaled: sign * micros, scale: 6 })
}

/// What a parameter of an interval type is made of.
pub enum Source<'a> {
    Text(&'a str),
    /// An exact number; only intervals of a single field can be one.
    Number(Number),
    /// The fields of a structure of its own type.
    Fields(Interval, [u32; 5], bool),
}

/// A parameter of an interval type, whose leading field has at most `leading` digits: 22015 if a field is too large or
/// fields would be lost, 07006 between months and days.
pub fn parameter(source: Source<'_>, interval: Interval, leading: u8) -> Result<Value, Condition> {
    let (structure, lost) = match source {
        Source::Text(text) => parse(text, interval, leading, PRECISION.1.unsigned_abs())?,
        Source::Number(number) => from_number(number, interval, leading, PRECISION.1)?,
        Source::Fields(of, fields, negative) => {
            (structure(interval, negative, refitted(of, fields, interval, leading)?), false)
        }
    };
    if lost {
        return Err(INTERVAL_OVERFLOW);
    }
    let negative = structure.sign == 1;
    let text = text(interval, structure.fields, negative).text().to_owned();
    let sign = if negative { -1 } else { 1 };
    let total = total(interval, structure.fields);
    let overflow = |_| INTERVAL_OVERFLOW;
    if interval.is_year_month() {
        let months = i32::try_from(sign * total).map_err(overflow)?;
        return Ok(Value::Interval { text, months, days: 0, nanoseconds: 0 });
    }
    let days = i32::try_from(sign * (total / MICROS_OF_DAY)).map_err(overflow)?;
    let nanoseconds = i64::try_from(sign * (total % MICROS_OF_DAY) * 1_000).map_err(overflow)?;
    Ok(Value::Interval { text, months: 0, days, nanoseconds })
}

const MICROS_OF_DAY: i128 = 86_400_000_000;

impl Interval {
    /// Months, or microseconds, in one of a field.
    fn unit(self, field: usize) -> i128 {
        match field {
            0 if self.is_year_month() => 12,
            1 if self.is_year_month() => 1,
            0 => MICROS_OF_DAY,
            1 => 3_600_000_000,
            2 => 60_000_000,
            SECOND => 1_000_000,
            _ => 1,
        }
    }
}

/// Months, or microseconds, without the sign.
fn total(interval: Interval, fields: [u32; 5]) -> i128 {
    let (first, last) = interval.fields();
    let used = |place: &usize| (first..=last).contains(place) || (interval.has_seconds() && *place == FRACTION);
    let parts = fields.iter().enumerate().filter(|(place, _)| used(place));
    parts.map(|(place, field)| i128::from(*field) * interval.unit(place)).sum()
}

/// The fields of an interval as one of another type.
fn refitted(of: Interval, fields: [u32; 5], interval: Interval, leading: u8) -> Result<[u32; 5], Condition> {
    if of.is_year_month() != interval.is_year_month() {
        return Err(RESTRICTED_TYPE);
    }
    let mut rest = total(of, fields).unsigned_abs();
    let (first, last) = interval.fields();
    let mut fitted = [0; 5];
    for (place, field) in fitted.iter_mut().enumerate().take(last + 1).skip(first) {
        let unit = interval.unit(place).unsigned_abs();
        let digits = if place == first { leading } else { 9 };
        *field = limited(rest / unit, digits)?;
        rest %= unit;
    }
    if interval.has_seconds() {
        fitted[FRACTION] = u32::try_from(rest).unwrap_or(0);
    } else if rest != 0 {
        return Err(INTERVAL_OVERFLOW);
    }
    Ok(fitted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_reads_as_intervals_and_back() {
        let cases: [(&str, u8, [u32; 5], bool); 14] = [
            ("5", 1, [5, 0, 0, 0, 0], false),
            ("-7", 2, [0, 7, 0, 0, 0], true),
            ("3", 3, [3, 0, 0, 0, 0], false),
            ("4", 4, [0, 4, 0, 0, 0], false),
            ("59", 5, [0, 0, 59, 0, 0], false),
            ("6.500000", 6, [0, 0, 0, 6, 500_000], false),
            ("1-02", 7, [1, 2, 0, 0, 0], false),
            ("3 04", 8, [3, 4, 0, 0, 0], false),
            ("3 04:05", 9, [3, 4, 5, 0, 0], false),
            ("-3 04:05:06.000007", 10, [3, 4, 5, 6, 7], true),
            ("4:05", 11, [0, 4, 5, 0, 0], false),
            ("4:05:06", 12, [0, 4, 5, 6, 0], false),
            ("5:06", 13, [0, 0, 5, 6, 0], false),
            ("99", 4, [0, 99, 0, 0, 0], false),
        ];
        for (written, kind, fields, negative) in cases {
            let (parsed, lost) = parse(written, Interval(kind), 2, 6).unwrap();
            assert_eq!((parsed.fields, parsed.sign, lost), (fields, i16::from(negative), false), "{written}");
            assert_eq!(text(Interval(kind), fields, negative).text(), written);
            let literal = format!("INTERVAL '{written}' UNIT");
            assert_eq!(parse(&literal, Interval(kind), 2, 6).unwrap().0, parsed);
        }
    }

    #[test]
    fn what_is_no_interval_or_too_large_is_told_apart() {
        for (written, kind) in [("", 1), ("x", 1), ("1-2", 1), ("1", 7), ("1 2", 7), ("1:2", 10), ("1.5", 3), ("1-", 7)]
        {
            assert_eq!(parse(written, Interval(kind), 2, 6), Err(INVALID_CAST), "{written}");
        }
        for (written, kind) in [("100", 1), ("1-12", 7), ("1 24", 8), ("1 23:60", 9), ("99999999999", 3)] {
            assert_eq!(parse(written, Interval(kind), 2, 6), Err(INTERVAL_OVERFLOW), "{written}");
        }
        assert!(parse("1.1234567", Interval(6), 2, 6).unwrap().1, "a digit of the fraction is cut");
        assert_eq!(parse("123", Interval(1), 4, 6).unwrap().0.fields[0], 123);
    }

    #[test]
    fn only_intervals_of_one_field_are_numbers() {
        assert_eq!(number(Interval(3), [9, 0, 0, 0, 0], true), Ok(Number::Whole(-9)));
        assert_eq!(
            number(Interval(6), [0, 0, 0, 2, 500_000], false),
            Ok(Number::Decimal { unscaled: 2_500_000, scale: 6 })
        );
        assert_eq!(number(Interval(7), [1, 2, 0, 0, 0], false), Err(RESTRICTED_TYPE));
    }

    fn made(source: Source<'_>, kind: u8) -> Result<(String, i32, i32, i64), Condition> {
        parameter(source, Interval(kind), 2).map(|value| match value {
            Value::Interval { text, months, days, nanoseconds } => (text, months, days, nanoseconds),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn parameters_are_made_of_text_numbers_and_structures() {
        let value = |text: &str, months, days, nanoseconds| Ok((text.to_owned(), months, days, nanoseconds));
        assert_eq!(made(Source::Text("-1-2"), 7), value("-1-02", -14, 0, 0));
        assert_eq!(made(Source::Text("3 04:05:06.5"), 10), value("3 04:05:06.500000", 0, 3, 14_706_500_000_000));
        assert_eq!(made(Source::Text("x"), 3), Err(INVALID_CAST));
        assert_eq!(made(Source::Text("1.0000005"), 6), Err(INTERVAL_OVERFLOW));
        assert_eq!(made(Source::Number(Number::Whole(-7)), 3), value("-7", 0, -7, 0));
        assert_eq!(made(Source::Number(Number::Whole(100)), 3), Err(INTERVAL_OVERFLOW));
        assert_eq!(made(Source::Number(Number::Whole(1)), 8), Err(RESTRICTED_TYPE));
        assert_eq!(made(Source::Number(Number::Real(1.0)), 3), Err(RESTRICTED_TYPE));
        let hours = |hours| Source::Fields(Interval(4), [0, hours, 0, 0, 0], true);
        assert_eq!(made(hours(50), 10), value("-2 02:00:00", 0, -2, -7_200_000_000_000));
        assert_eq!(made(hours(48), 3), value("-2", 0, -2, 0));
        assert_eq!(made(hours(50), 3), Err(INTERVAL_OVERFLOW));
        assert_eq!(made(hours(50), 2), Err(RESTRICTED_TYPE));
        assert_eq!(made(Source::Fields(Interval(2), [0, 1_199, 0, 0, 0], false), 7), value("99-11", 1_199, 0, 0));
        assert_eq!(made(Source::Fields(Interval(2), [0, 1_200, 0, 0, 0], false), 7), Err(INTERVAL_OVERFLOW));
    }
}
