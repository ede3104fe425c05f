//! Text read as numbers, moments and GUIDs (ODBC appendix C, "Literals").

use chrono::NaiveDate;

use super::moment::Moment;
use super::number::Number;
use crate::handle::condition::{Condition, INVALID_CAST, INVALID_DATETIME, OUT_OF_RANGE};

/// A whole, decimal or real number; 22003 beyond all of them, 22018 for anything else.
pub fn number(text: &str) -> Result<Number, Condition> {
    let text = text.trim();
    if let Ok(whole) = text.parse::<i128>() {
        return Ok(Number::Whole(whole));
    }
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    if plain && let Some((unscaled, scale)) = decimal(text) {
        return Ok(Number::Decimal { unscaled, scale });
    }
    match text.parse::<f64>() {
        Ok(real) if plain && real.is_finite() => Ok(Number::Real(real)),
        Ok(_) if plain => Err(OUT_OF_RANGE),
        _ => Err(INVALID_CAST),
    }
}

/// The unscaled value and scale of a number such as `-12.50` or `1.5e-9`, if it has at most 38 digits.
#[must_use]
pub fn decimal(text: &str) -> Option<(i128, i8)> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if digits.len() + fraction.len() == 0 || !all_digits(digits) || !all_digits(fraction) {
        return None;
    }
    let mut unscaled: i128 = 0;
    for digit in digits.bytes().chain(fraction.bytes()) {
        unscaled = unscaled.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
    }
    if unscaled >= 10_i128.pow(38) {
        return None;
    }
    let mut scale = i32::try_from(fraction.len()).ok()? - exponent;
    if scale < 0 {
        unscaled = unscaled.checked_mul(10_i128.checked_pow(scale.unsigned_abs())?)?;
        scale = 0;
    }
    let signed = if whole.starts_with('-') { -unscaled } else { unscaled };
    Some((signed, i8::try_from(scale).ok()?))
}

/// A date, a time, or both with `T` or a blank between; with or without the braces of an escape. 22018 if
/// the text does not look like one, 22007 if it is not in the calendar.
pub fn moment(text: &str) -> Result<Moment, Condition> {
    let text = unescape(text.trim());
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (Some(date), Some(time.trim_start())),
        None if text.contains(':') => (None, Some(text)),
        None => (Some(text), None),
    };
    let day = date.map(calendar_day).transpose()?;
    let clock = time.map(clock).transpose()?;
    Ok(Moment { day, seconds_of_day: clock.map(|(seconds, _)| seconds), nanos: clock.map_or(0, |(_, nanos)| nanos) })
}

/// `{d '2026-01-31'}` and its like without the braces.
fn unescape(text: &str) -> &str {
    let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    inner.and_then(|text| text.split('\'').nth(1)).unwrap_or(text)
}

fn calendar_day(text: &str) -> Result<NaiveDate, Condition> {
    let mut parts = text.splitn(3, '-');
    let mut part = |digits: std::ops::RangeInclusive<usize>| -> Option<u32> {
        let part = parts.next()?;
        digits.contains(&part.len()).then(|| part.parse().ok()).flatten()
    };
    let (Some(year), Some(month), Some(day)) = (part(4..=4), part(1..=2), part(1..=2)) else {
        return Err(INVALID_CAST);
    };
    NaiveDate::from_ymd_opt(year.cast_signed(), month, day).ok_or(INVALID_DATETIME)
}

/// Seconds of the day and nanoseconds; a trailing `Z` is allowed.
fn clock(text: &str) -> Result<(i64, u32), Condition> {
    let text = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = clock.splitn(3, ':').map(|part| match part.len() {
        1..=2 => part.parse::<u32>().map_err(|_| INVALID_CAST),
        _ => Err(INVALID_CAST),
    });
    let hour = parts.next().unwrap_or(Err(INVALID_CAST))?;
    let minute = parts.next().unwrap_or(Err(INVALID_CAST))?;
    let second = parts.next().unwrap_or(Ok(0))?;
    if hour > 23 || minute > 59 || second > 59 {
        return Err(INVALID_DATETIME);
    }
    if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(INVALID_CAST);
    }
    let nanos = format!("{fraction:0<9}").parse().unwrap_or(0);
    Ok((i64::from(hour * 3600 + minute * 60 + second), nanos))
}

/// The sixteen bytes of a GUID in the order of its text; braces allowed.
#[must_use]
pub fn guid(text: &str) -> Option<[u8; 16]> {
    let text = text.trim();
    let text = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    let groups: Vec<&str> = text.split('-').collect();
    if !groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) || !text.is_ascii() {
        return None;
    }
    let value = u128::from_str_radix(&groups.concat(), 16).ok()?;
    Some(value.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(number(" 42 "), Ok(Number::Whole(42)));
        assert_eq!(number("-1.50"), Ok(Number::Decimal { unscaled: -150, scale: 2 }));
        assert_eq!(number("1.5e3"), Ok(Number::Decimal { unscaled: 1500, scale: 0 }));
        assert_eq!(number("1e300"), Ok(Number::Real(1e300)));
        assert_eq!(number("1e400"), Err(OUT_OF_RANGE));
        for text in ["", ".", "abc", "1,5", "nan", "inf", "0x10", "1e", "--1"] {
            assert_eq!(number(text), Err(INVALID_CAST), "{text}");
        }
    }

    #[test]
    fn moments() {
        let moment_of = |text| moment(text).map(|moment| (moment.day.is_some(), moment.seconds_of_day, moment.nanos));
        assert_eq!(moment_of("2026-01-31"), Ok((true, None, 0)));
        assert_eq!(moment_of("2026-01-31T10:00:00.5Z"), Ok((true, Some(36_000), 500_000_000)));
        assert_eq!(moment_of("{ts '2026-01-31 10:00:01'}"), Ok((true, Some(36_001), 0)));
        assert_eq!(moment_of("23:59"), Ok((false, Some(86_340), 0)));
        assert_eq!(moment_of("2026-02-30"), Err(INVALID_DATETIME));
        assert_eq!(moment_of("24:00:00"), Err(INVALID_DATETIME));
        for text in ["", "yesterday", "31-01-2026", "2026-01", "2026-01-31 x"] {
            assert_eq!(moment_of(text), Err(INVALID_CAST), "{text}");
        }
    }

    #[test]
    fn guids() {
        let bytes = guid("{6f9619ff-8b86-d011-b42d-00c04fc964ff}").unwrap();
        assert_eq!(bytes[..2], [0x6f, 0x96]);
        assert!(guid("6f9619ff8b86d011b42d00c04fc964ff").is_none());
        assert!(guid("6f9619ff-8b86-d011-b42d-00c04fc964fg").is_none());
    }
}
