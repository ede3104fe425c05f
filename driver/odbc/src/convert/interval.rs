//! Intervals: `SQL_INTERVAL_STRUCT` of and as text and numbers (ODBC appendix D, "Interval Data Types").

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
    let (field, last) = interval.fields();
    if field != last || matches!(number, Number::Real(_)) {
        return Err(RESTRICTED_TYPE);
    }
    let (leading, seconds) = target.numeric.unwrap_or(PRECISION);
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
    target.fixed(structure(interval, negative, fields));
    Ok(if lost { Effect::FractionCut } else { Effect::Whole })
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
    Rendered::of(format_args!("{whole}"))
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
}
