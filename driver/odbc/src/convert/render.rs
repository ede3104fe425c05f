//! Values as text, written into a small buffer on the stack.

use std::fmt::{Arguments, Write};

use chrono::{Datelike, NaiveDate};

/// Room for the longest rendering: a decimal of 38 digits with sign, point and negative scale.
const ROOM: usize = 192;

/// A short text of ASCII without allocation. Filled where it stands: it is too large to be moved about for every value.
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

impl Default for Rendered {
    fn default() -> Rendered {
        Rendered { bytes: [0; ROOM], length: 0, whole: 0 }
    }
}

/// The writers below add to what is there, and say how much of it must not be cut.
impl Rendered {
    /// What `write` writes.
    #[must_use]
    pub fn of(write: impl FnOnce(&mut Rendered)) -> Rendered {
        let mut rendered = Rendered::default();
        write(&mut rendered);
        rendered
    }

    #[inline]
    pub fn clear(&mut self) {
        self.length = 0;
        self.whole = 0;
    }

    #[must_use]
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }

    /// A text none of which may be cut.
    pub fn plain(&mut self, arguments: Arguments<'_>) {
        // Fails only beyond the room, which no rendering reaches.
        let _ = self.write_fmt(arguments);
        self.whole_so_far();
    }

    /// A number of which all behind the point may be cut.
    fn fractional(&mut self, arguments: Arguments<'_>) {
        self.plain(arguments);
        self.whole = self.bytes().iter().position(|byte| *byte == b'.').unwrap_or(self.length);
    }

    #[inline]
    pub fn integer(&mut self, value: i64) {
        if value < 0 {
            self.add(b"-");
        }
        self.add_digits(value.unsigned_abs(), 1);
        self.whole_so_far();
    }

    /// The shortest text that reads back as the same number; with an exponent where it would be long.
    #[inline]
    pub fn double(&mut self, value: f64) {
        if self.amount(value) {
            return;
        }
        let magnitude = value.abs();
        if magnitude == 0.0 || (1e-5..1e15).contains(&magnitude) {
            self.fractional(format_args!("{value}"));
        } else {
            self.plain(format_args!("{value:e}"));
        }
    }

    /// A number of at most four decimals and fifteen digits in all, `false` for another: what amounts of money are. No shorter
    /// text reads back as the same number, since different decimals of fifteen digits are different doubles.
    fn amount(&mut self, value: f64) -> bool {
        const SCALE: u64 = 10_000;
        let scaled = value.abs() * SCALE as f64 + 0.5;
        if value == 0.0 || scaled.is_nan() || scaled >= 1e15 || (scaled as u64) as f64 / SCALE as f64 != value.abs() {
            return false;
        }
        let (whole, mut fraction) = (scaled as u64 / SCALE, scaled as u64 % SCALE);
        if value < 0.0 {
            self.add(b"-");
        }
        self.add_digits(whole, 1);
        self.whole_so_far();
        if fraction > 0 {
            let mut width = 4;
            while fraction.is_multiple_of(10) {
                fraction /= 10;
                width -= 1;
            }
            self.add(b".");
            self.add_digits(fraction, width);
        }
        true
    }

    /// As [`Rendered::double`], for single precision.
    pub fn single(&mut self, value: f32) {
        let magnitude = value.abs();
        if magnitude == 0.0 || (1e-5..1e7).contains(&magnitude) {
            self.fractional(format_args!("{value}"));
        } else {
            self.plain(format_args!("{value:e}"));
        }
    }

    /// All digits, with as many behind the point as the scale says.
    pub fn decimal(&mut self, unscaled: i128, scale: i8) {
        let sign = if unscaled < 0 { "-" } else { "" };
        let magnitude = unscaled.unsigned_abs();
        match u32::try_from(scale) {
            Ok(0) => self.plain(format_args!("{sign}{magnitude}")),
            Ok(scale) => {
                let width = usize::try_from(scale).unwrap_or(0);
                let Some(power) = 10_u128.checked_pow(scale) else {
                    return self.fractional(format_args!("{sign}0.{magnitude:0>width$}"));
                };
                let (whole, fraction) = (magnitude / power, magnitude % power);
                if let (0..=19, Ok(whole), Ok(fraction)) = (width, u64::try_from(whole), u64::try_from(fraction)) {
                    self.add(sign.as_bytes());
                    self.add_digits(whole, 1);
                    self.whole_so_far();
                    self.add(b".");
                    return self.add_digits(fraction, width);
                }
                self.fractional(format_args!("{sign}{whole}.{fraction:0>width$}"));
            }
            Err(_) if magnitude == 0 => self.plain(format_args!("0")),
            Err(_) => {
                let zeros = usize::from(scale.unsigned_abs());
                self.plain(format_args!("{sign}{magnitude}{:0>zeros$}", ""));
            }
        }
    }

    /// `yyyy-mm-dd`
    #[inline]
    pub fn date(&mut self, date: NaiveDate) {
        match u64::try_from(date.year()) {
            Ok(year) => self.add_digits(year, 4),
            Err(_) => drop(write!(self, "{:04}", date.year())),
        }
        let ([m, n], [d, e]) = (pair(date.month()), pair(date.day()));
        self.add(&[b'-', m, n, b'-', d, e]);
        self.whole_so_far();
    }

    /// `hh:mm:ss`, with a fraction if there is one.
    pub fn time(&mut self, nanos_of_day: i64) {
        let (seconds, nanos) = (nanos_of_day / 1_000_000_000, nanos_of_day % 1_000_000_000);
        self.clock(seconds);
        if nanos != 0 {
            self.add(b".");
            self.add_digits(nanos.unsigned_abs(), 9);
        }
    }

    /// `yyyy-mm-dd hh:mm:ss` and a fraction of `digits` digits.
    #[inline]
    pub fn timestamp(&mut self, date: NaiveDate, seconds_of_day: i64, nanos: u32, digits: u8) {
        self.date(date);
        self.add(b" ");
        self.clock(seconds_of_day);
        if digits > 0 {
            let fraction = nanos / 10_u32.saturating_pow(9_u32.saturating_sub(digits.into()));
            self.add(b".");
            self.add_digits(fraction.into(), digits.into());
        }
    }

    #[inline]
    fn clock(&mut self, seconds_of_day: i64) {
        let seconds = seconds_of_day.unsigned_abs() as u32;
        let ([h, i], [m, n], [s, t]) = (pair(seconds / 3600), pair(seconds / 60 % 60), pair(seconds % 60));
        self.add(&[h, i, b':', m, n, b':', s, t]);
        self.whole_so_far();
    }

    /// Adds ASCII. Formatting does the same, at several times the price.
    #[inline]
    fn add(&mut self, ascii: &[u8]) {
        if let Some(place) = self.bytes.get_mut(self.length..self.length + ascii.len()) {
            place.copy_from_slice(ascii);
            self.length += ascii.len();
        }
    }

    /// Adds a number of at least `width` digits, with zeros in front.
    #[inline]
    fn add_digits(&mut self, mut value: u64, width: usize) {
        let digits = value.checked_ilog10().map_or(1, |log| log as usize + 1).max(width);
        let Some(places) = self.bytes.get_mut(self.length..self.length + digits) else { return };
        self.length += digits;
        let mut places = places.iter_mut().rev();
        // Two digits for each division, and by 32 bits where they suffice.
        while value > u64::from(u32::MAX) {
            let [high, low] = pair((value % 100) as u32);
            for digit in [low, high] {
                if let Some(place) = places.next() {
                    *place = digit;
                }
            }
            value /= 100;
        }
        let mut value = value as u32;
        for place in places {
            *place = b'0' + (value % 10) as u8;
            value /= 10;
        }
    }

    /// None of what stands there may be cut.
    #[inline]
    fn whole_so_far(&mut self) {
        self.whole = self.length;
    }
}

/// A number below 100 as two digits.
#[inline]
fn pair(value: u32) -> [u8; 2] {
    [b'0' + (value / 10 % 10) as u8, b'0' + (value % 10) as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double(value: f64) -> Rendered {
        Rendered::of(|out| out.double(value))
    }

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
            let rendered = Rendered::of(|out| out.decimal(unscaled, scale));
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
        assert_eq!(Rendered::of(|out| out.single(0.1)).text(), "0.1");
    }

    #[test]
    fn amounts_are_as_the_standard_library_writes_them() {
        let near =
            [0.0, 0.00005, 0.0001, 0.1, 0.15, 1.0, 1.005, 19.99, 100.0, 1234.5678, 99_999_999_999.99, 1e11, 1e14];
        let values =
            near.into_iter().chain((1..2_000).map(|cents| f64::from(cents) / 100.0)).chain([f64::NAN, 0.1 + 0.2]);
        for value in values.flat_map(|value| [value, -value, value * 3.0, value + f64::EPSILON]) {
            let plain = Rendered::of(|out| out.fractional(format_args!("{value}")));
            let mut amount = Rendered::default();
            if amount.amount(value) {
                assert_eq!((amount.text(), amount.whole), (plain.text(), plain.whole));
            }
        }
        assert!(Rendered::default().amount(-19.90));
        for value in [0.1 + 0.2, -0.0, f64::INFINITY, f64::NAN] {
            assert!(!Rendered::default().amount(value), "{value}");
        }
    }

    #[test]
    fn timestamps_show_their_digits() {
        let day = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
        let timestamp = |day, seconds, nanos, digits| Rendered::of(|out| out.timestamp(day, seconds, nanos, digits));
        let time = |nanos| Rendered::of(|out| out.time(nanos));
        let date = |date| Rendered::of(|out| out.date(date));
        assert_eq!(timestamp(day, 3661, 5_000_000, 3).text(), "2026-01-31 01:01:01.005");
        assert_eq!(timestamp(day, 0, 0, 0).text(), "2026-01-31 00:00:00");
        assert_eq!(timestamp(day, 86_399, 123_456_700, 7).whole, 19);
        assert_eq!(time(1_000_000_001).text(), "00:00:01.000000001");
        assert_eq!((time(86_399_000_000_000).text(), time(86_399_000_000_000).whole), ("23:59:59", 8));
        let before = NaiveDate::from_ymd_opt(-44, 3, 15).unwrap();
        assert_eq!(date(before).text(), "-044-03-15");
        assert_eq!(date(NaiveDate::from_ymd_opt(12_026, 3, 15).unwrap()).text(), "12026-03-15");
    }

    #[test]
    fn integers_are_as_the_standard_library_writes_them() {
        let edges = [4_294_967_295, 4_294_967_296, 42_949_672_960, i64::MAX, i64::MIN];
        for value in [0, 1, -1, 9, 10, -10, 99, 100].into_iter().chain(edges) {
            let rendered = Rendered::of(|out| out.integer(value));
            assert_eq!(rendered.text(), value.to_string());
            assert_eq!(rendered.whole, value.to_string().len());
        }
    }
}
