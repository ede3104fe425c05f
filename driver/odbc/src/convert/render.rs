//! Values as text, written into a small buffer on the stack.

use std::fmt::Write;

use chrono::{Datelike, NaiveDate};

/// Room for the longest rendering: a decimal of 38 digits with sign, point and negative scale.
const ROOM: usize = 192;

/// A short text without allocation.
pub struct Rendered {
    bytes: [u8; ROOM],
    length: usize,
    /// Characters that must not be cut: the whole digits of a number, all but the fraction of a
    /// timestamp.
    pub whole: usize,
}

impl Write for Rendered {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.length + text.len();
        let place = self.bytes.get_mut(self.length..end).ok_or(std::fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

impl Rendered {
    /// The text of `arguments`; none of it may be cut, until `whole` is lowered.
    #[must_use]
    pub fn of(arguments: std::fmt::Arguments<'_>) -> Rendered {
        let mut rendered = Rendered::empty();
        // Fails only beyond the room, which no rendering reaches.
        let _ = rendered.write_fmt(arguments);
        rendered.whole_so_far();
        rendered
    }

    #[inline]
    fn empty() -> Rendered {
        Rendered { bytes: [0; ROOM], length: 0, whole: 0 }
    }

    /// What `write` adds; none of it may be cut unless it says so by [`Rendered::whole_so_far`].
    #[inline]
    fn made(write: impl FnOnce(&mut Rendered)) -> Rendered {
        let mut rendered = Rendered::empty();
        write(&mut rendered);
        if rendered.whole == 0 {
            rendered.whole_so_far();
        }
        rendered
    }

    /// Adds ASCII. Formatting does the same, at several times the price.
    fn add(&mut self, ascii: &[u8]) {
        if let Some(place) = self.bytes.get_mut(self.length..self.length + ascii.len()) {
            place.copy_from_slice(ascii);
            self.length += ascii.len();
        }
    }

    /// Adds a number of at least `width` digits, with zeros in front.
    fn add_digits(&mut self, mut value: u64, width: usize) {
        let mut digits = [b'0'; 20];
        let mut used = 0;
        for place in digits.iter_mut().rev() {
            *place = b'0' + (value % 10) as u8;
            value /= 10;
            used += 1;
            if value == 0 {
                break;
            }
        }
        let start = digits.len() - used.max(width).min(digits.len());
        self.add(digits.get(start..).unwrap_or_default());
    }

    fn add_date(&mut self, date: NaiveDate) {
        match u64::try_from(date.year()) {
            Ok(year) => self.add_digits(year, 4),
            Err(_) => drop(write!(self, "{:04}", date.year())),
        }
        let ([m, n], [d, e]) = (pair(date.month().into()), pair(date.day().into()));
        self.add(&[b'-', m, n, b'-', d, e]);
    }

    fn add_time(&mut self, seconds_of_day: i64) {
        let seconds = seconds_of_day.unsigned_abs();
        let ([h, i], [m, n], [s, t]) = (pair(seconds / 3600), pair(seconds / 60 % 60), pair(seconds % 60));
        self.add(&[h, i, b':', m, n, b':', s, t]);
    }

    /// None of what stands there may be cut.
    fn whole_so_far(&mut self) {
        self.whole = self.length;
    }

    fn cut_after(mut self, whole: usize) -> Rendered {
        self.whole = whole;
        self
    }

    #[must_use]
    pub fn text(&self) -> &str {
        self.bytes.get(..self.length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

/// A number below 100 as two digits.
fn pair(value: u64) -> [u8; 2] {
    [b'0' + (value / 10 % 10) as u8, b'0' + (value % 10) as u8]
}

#[must_use]
pub fn integer(value: i64) -> Rendered {
    Rendered::made(|text| {
        if value < 0 {
            text.add(b"-");
        }
        text.add_digits(value.unsigned_abs(), 1);
    })
}

/// The shortest text that reads back as the same number; with an exponent where it would be long.
#[must_use]
pub fn double(value: f64) -> Rendered {
    if let Some(amount) = amount(value) {
        return amount;
    }
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-5..1e15).contains(&magnitude) {
        fractional(Rendered::of(format_args!("{value}")))
    } else {
        Rendered::of(format_args!("{value:e}"))
    }
}

/// A number of at most four decimals and fifteen digits in all: what amounts of money are. No shorter text reads back as the
/// same number, since different decimals of fifteen digits are different doubles.
fn amount(value: f64) -> Option<Rendered> {
    const SCALE: u64 = 10_000;
    let scaled = (value.abs() * SCALE as f64).round();
    if value == 0.0 || scaled >= 1e15 || scaled / SCALE as f64 != value.abs() {
        return None;
    }
    let (whole, mut fraction) = (scaled as u64 / SCALE, scaled as u64 % SCALE);
    Some(Rendered::made(|text| {
        if value < 0.0 {
            text.add(b"-");
        }
        text.add_digits(whole, 1);
        text.whole_so_far();
        if fraction > 0 {
            let mut width = 4;
            while fraction.is_multiple_of(10) {
                fraction /= 10;
                width -= 1;
            }
            text.add(b".");
            text.add_digits(fraction, width);
        }
    }))
}

/// As [`double`], for single precision.
#[must_use]
pub fn single(value: f32) -> Rendered {
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-5..1e7).contains(&magnitude) {
        fractional(Rendered::of(format_args!("{value}")))
    } else {
        Rendered::of(format_args!("{value:e}"))
    }
}

/// All digits, with as many behind the point as the scale says.
#[must_use]
pub fn decimal(unscaled: i128, scale: i8) -> Rendered {
    let sign = if unscaled < 0 { "-" } else { "" };
    let magnitude = unscaled.unsigned_abs();
    match u32::try_from(scale) {
        Ok(0) => Rendered::of(format_args!("{sign}{magnitude}")),
        Ok(scale) => {
            let width = usize::try_from(scale).unwrap_or(0);
            let Some(power) = 10_u128.checked_pow(scale) else {
                return fractional(Rendered::of(format_args!("{sign}0.{magnitude:0>width$}")));
            };
            let (whole, fraction) = (magnitude / power, magnitude % power);
            if let (0..=19, Ok(whole), Ok(fraction)) = (width, u64::try_from(whole), u64::try_from(fraction)) {
                return Rendered::made(|text| {
                    text.add(sign.as_bytes());
                    text.add_digits(whole, 1);
                    text.whole_so_far();
                    text.add(b".");
                    text.add_digits(fraction, width);
                });
            }
            fractional(Rendered::of(format_args!("{sign}{whole}.{fraction:0>width$}")))
        }
        Err(_) if magnitude == 0 => Rendered::of(format_args!("0")),
        Err(_) => {
            let zeros = usize::from(scale.unsigned_abs());
            Rendered::of(format_args!("{sign}{magnitude}{:0>zeros$}", ""))
        }
    }
}

fn fractional(rendered: Rendered) -> Rendered {
    match rendered.text().find('.') {
        Some(point) => rendered.cut_after(point),
        None => rendered,
    }
}

/// `yyyy-mm-dd`
#[must_use]
pub fn date(date: NaiveDate) -> Rendered {
    Rendered::made(|text| text.add_date(date))
}

/// `hh:mm:ss`, with a fraction if there is one.
#[must_use]
pub fn time(nanos_of_day: i64) -> Rendered {
    let (seconds, nanos) = (nanos_of_day / 1_000_000_000, nanos_of_day % 1_000_000_000);
    Rendered::made(|text| {
        text.add_time(seconds);
        text.whole_so_far();
        if nanos != 0 {
            text.add(b".");
            text.add_digits(nanos.unsigned_abs(), 9);
        }
    })
}

/// `yyyy-mm-dd hh:mm:ss` and a fraction of `digits` digits.
#[must_use]
pub fn timestamp(date: NaiveDate, seconds_of_day: i64, nanos: u32, digits: u8) -> Rendered {
    Rendered::made(|text| {
        text.add_date(date);
        text.add(b" ");
        text.add_time(seconds_of_day);
        text.whole_so_far();
        if digits > 0 {
            let fraction = nanos / 10_u32.saturating_pow(9_u32.saturating_sub(digits.into()));
            text.add(b".");
            text.add_digits(fraction.into(), digits.into());
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_all_their_digits() {
        let cases = [
            ((12345, 2), "123.45", 3),
            ((-5, 3), "-0.005", 2),
            ((0, 2), "0.00", 1),
            ((7, 0), "7", 1),
            ((7, -2), "700", 3),
            ((-1_234_567_890_123_456_789_012, 2), "-12345678901234567890.12", 21),
            ((-123_456_789_012_345_678_901_234, 2), "-1234567890123456789012.34", 23),
            ((5, 25), "0.0000000000000000000000005", 1),
            ((i128::MAX, 0), "170141183460469231731687303715884105727", 39),
        ];
        for ((unscaled, scale), text, whole) in cases {
            let rendered = decimal(unscaled, scale);
            assert_eq!((rendered.text(), rendered.whole), (text, whole));
        }
    }

    #[test]
    fn doubles_are_short_and_fit_their_display_size() {
        for (value, text) in [(0.1, "0.1"), (-5.0, "-5"), (1e20, "1e20"), (1.5e-9, "1.5e-9"), (123_456.75, "123456.75")]
        {
            assert_eq!(double(value).text(), text);
        }
        for value in [f64::MIN, f64::MAX, f64::MIN_POSITIVE, -1.234_567_890_123_456_7e-5, 0.1 + 0.2] {
            assert!(double(value).text().len() <= 24, "{value}");
            assert_eq!(double(value).text().parse::<f64>().unwrap(), value);
        }
        assert_eq!(single(0.1).text(), "0.1");
    }

    #[test]
    fn amounts_are_as_the_standard_library_writes_them() {
        let near =
            [0.0, 0.00005, 0.0001, 0.1, 0.15, 1.0, 1.005, 19.99, 100.0, 1234.5678, 99_999_999_999.99, 1e11, 1e14];
        let values =
            near.into_iter().chain((1..2_000).map(|cents| f64::from(cents) / 100.0)).chain([f64::NAN, 0.1 + 0.2]);
        for value in values.flat_map(|value| [value, -value, value * 3.0, value + f64::EPSILON]) {
            let plain = fractional(Rendered::of(format_args!("{value}")));
            if let Some(amount) = amount(value) {
                assert_eq!((amount.text(), amount.whole), (plain.text(), plain.whole));
            }
        }
        assert_eq!(amount(-19.90).unwrap().text(), "-19.9");
        assert!(amount(0.1 + 0.2).is_none() && amount(-0.0).is_none() && amount(f64::INFINITY).is_none());
    }

    #[test]
    fn timestamps_show_their_digits() {
        let day = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
        assert_eq!(timestamp(day, 3661, 5_000_000, 3).text(), "2026-01-31 01:01:01.005");
        assert_eq!(timestamp(day, 0, 0, 0).text(), "2026-01-31 00:00:00");
        assert_eq!(timestamp(day, 86_399, 123_456_700, 7).whole, 19);
        assert_eq!(time(1_000_000_001).text(), "00:00:01.000000001");
        assert_eq!((time(86_399_000_000_000).text(), time(86_399_000_000_000).whole), ("23:59:59", 8));
        let before = NaiveDate::from_ymd_opt(-44, 3, 15).unwrap();
        assert_eq!(super::date(before).text(), "-044-03-15");
        assert_eq!(super::date(NaiveDate::from_ymd_opt(12_026, 3, 15).unwrap()).text(), "12026-03-15");
    }

    #[test]
    fn integers_are_as_the_standard_library_writes_them() {
        for value in [0, 1, -1, 9, 10, -10, 99, 100, i64::MAX, i64::MIN] {
            assert_eq!(integer(value).text(), value.to_string());
            assert_eq!(integer(value).whole, value.to_string().len());
        }
    }
}
