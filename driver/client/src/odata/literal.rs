//! Values as they stand in `$filter`, keys and function arguments (fact sheet 3.2).

use arrow::array::types::TimestampMillisecondType;
use arrow::temporal_conversions::timestamp_ms_to_datetime;

/// Text in quotes, its own quotes doubled.
pub fn string(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A Guid given as 36 characters, with or without braces.
pub fn guid(text: &str) -> String {
    let bare = text.trim().trim_start_matches('{').trim_end_matches('}');
    format!("guid'{}'", bare.to_ascii_lowercase())
}

/// A time without zone, in milliseconds since 1970; fractions are written only where there are any.
pub fn datetime(ms: i64) -> String {
    let Some(moment) = timestamp_ms_to_datetime(ms) else {
        return "null".to_owned();
    };
    let form = if ms.rem_euclid(1000) == 0 { "%Y-%m-%dT%H:%M:%S" } else { "%Y-%m-%dT%H:%M:%S%.3f" };
    format!("datetime'{}'", moment.format(form))
}

/// An `Edm.Int64`.
pub fn int64(number: i64) -> String {
    format!("{number}L")
}

/// An `Edm.Int32`, `Int16` or `Byte`.
pub fn int32(number: i32) -> String {
    number.to_string()
}

/// An `Edm.Double`, with its suffix where it could be taken for an integer too large.
pub fn double(number: f64) -> String {
    const PLAIN_BELOW: f64 = 1e15;
    const PLAIN_FROM: f64 = 1e-6;
    let size = number.abs();
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "INF" } else { "-INF" }.to_owned()
    } else if size >= PLAIN_BELOW || (size > 0.0 && size < PLAIN_FROM) {
        format!("{number:e}d")
    } else if number.fract() == 0.0 && size > f64::from(i32::MAX) {
        format!("{number}d")
    } else {
        number.to_string()
    }
}

pub fn boolean(value: bool) -> String {
    value.to_string()
}

/// The text within a literal: quotes, prefix or suffix removed. What is no literal is given back as it is.
pub fn content(literal: &str) -> String {
    let literal = literal.trim();
    let quoted = literal.split_once('\'').and_then(|(_, rest)| rest.strip_suffix('\''));
    match quoted {
        Some(inner) => inner.replace("''", "'"),
        None => literal.trim_end_matches(['L', 'l', 'd', 'D']).to_owned(),
    }
}

/// The milliseconds since 1970 of a zone-less ISO time: `2026-01-31T00:00:00.500`.
pub fn milliseconds(iso: &str) -> Option<i64> {
    use arrow::compute::kernels::cast_utils::Parser;
    TimestampMillisecondType::parse(iso)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_written_as_the_service_reads_them() {
        let cases = [
            (string("O'Neil"), "'O''Neil'"),
            (string(""), "''"),
            (guid("{6F7B0000-0000-4000-8000-0000000000AB}"), "guid'6f7b0000-0000-4000-8000-0000000000ab'"),
            (datetime(1_769_817_600_000), "datetime'2026-01-31T00:00:00'"),
            (datetime(1_769_817_600_045), "datetime'2026-01-31T00:00:00.045'"),
            (datetime(-1), "datetime'1969-12-31T23:59:59.999'"),
            (int64(-5), "-5L"),
            (int32(7), "7"),
            (double(9075.0), "9075"),
            (double(-0.1), "-0.1"),
            (double(3_000_000_000.0), "3000000000d"),
            (double(1e300), "1e300d"),
            (boolean(true), "true"),
        ];
        for (written, expected) in cases {
            assert_eq!(written, expected);
        }
    }

    #[test]
    fn the_content_of_a_literal_is_what_went_in() {
        for text in ["", "a", "O'Neil", "''", "5L"] {
            assert_eq!(content(&string(text)), text);
        }
        assert_eq!(content("12L"), "12");
        assert_eq!(content("guid'ab'"), "ab");
        for ms in [0, -1, 1_769_817_600_045] {
            assert_eq!(milliseconds(&content(&datetime(ms))), Some(ms));
        }
    }
}
