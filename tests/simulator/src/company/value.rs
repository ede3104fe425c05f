//! The value of one cell, and guids.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

/// A guid as the number whose hexadecimal digits it is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(pub u128);

impl Guid {
    /// Reads the form with dashes, in either case.
    pub fn parse(text: &str) -> Option<Guid> {
        let dashes_ok = text.len() == 36
            && text.bytes().enumerate().all(|(at, byte)| (byte == b'-') == matches!(at, 8 | 13 | 18 | 23));
        if !dashes_ok {
            return None;
        }
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        u128::from_str_radix(&digits, 16).ok().map(Guid)
    }

    /// The 36 characters of the written form, lower case with dashes.
    pub fn text(self) -> [u8; 36] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; 36];
        let mut shift = 128u32;
        for (at, slot) in text.iter_mut().enumerate() {
            if !matches!(at, 8 | 13 | 18 | 23) {
                shift -= 4;
                let digit = (self.0 >> shift) & 15;
                *slot = DIGITS.get(digit as usize).copied().unwrap_or(b'0');
            }
        }
        text
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(std::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

/// One cell. Dates are milliseconds since 1970 in the service's own, zone-less time (fact sheet 6.4).
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Text(Cow<'static, str>),
    Guid(Guid),
    Int(i64),
    Double(f64),
    Bool(bool),
    Date(i64),
    Binary(Vec<u8>),
}

impl Value {
    pub fn text(text: impl Into<Cow<'static, str>>) -> Value {
        Value::Text(text.into())
    }

    /// An amount that is kept in cents.
    pub fn cents(cents: i64) -> Value {
        Value::Double(cents as f64 / 100.0)
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    pub fn as_number(&self) -> Option<f64> {
        match self {
            Value::Int(number) => Some(*number as f64),
            Value::Double(number) => Some(*number),
            _ => None,
        }
    }

    /// Orders two values of one column: null first, text without regard to case unless told otherwise.
    pub fn order(&self, other: &Value, case_sensitive: bool) -> Ordering {
        self.compare(other, case_sensitive).unwrap_or_else(|| self.rank().cmp(&other.rank()))
    }

    /// Compares two values; `None` when one is null or the types cannot be compared.
    pub fn compare(&self, other: &Value, case_sensitive: bool) -> Option<Ordering> {
        match (self, other) {
            (Value::Text(left), Value::Text(right)) => Some(compare_text(left, right, case_sensitive)),
            (Value::Guid(left), Value::Guid(right)) => Some(left.cmp(right)),
            (Value::Int(left), Value::Int(right)) | (Value::Date(left), Value::Date(right)) => Some(left.cmp(right)),
            (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
            (Value::Binary(left), Value::Binary(right)) => Some(left.cmp(right)),
            // A yes/no column may be a byte (fact sheet 6.3); numbers compare across widths.
            _ => self.as_number().zip(other.as_number()).and_then(|(left, right)| left.partial_cmp(&right)),
        }
    }

    fn rank(&self) -> u8 {
        u8::from(!self.is_null())
    }
}

/// Trailing blanks do not count, as in the service's database.
fn compare_text(left: &str, right: &str, case_sensitive: bool) -> Ordering {
    let (left, right) = (left.trim_end_matches(' '), right.trim_end_matches(' '));
    if case_sensitive {
        return left.cmp(right);
    }
    if left.is_ascii() && right.is_ascii() {
        let lower = |byte: u8| byte.to_ascii_lowercase();
        return left.bytes().map(lower).cmp(right.bytes().map(lower));
    }
    left.chars().flat_map(char::to_lowercase).cmp(right.chars().flat_map(char::to_lowercase))
}

/// The generator of all that looks random: the same input gives the same number, always (splitmix64).
pub fn mix(seed: u64, number: u64) -> u64 {
    let mut x = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// A number for a text (FNV-1a), to give each column its own sequence.
pub fn mix_text(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3))
}
