//! Forms of single values.

use crate::error::Error;
use crate::model::EdmType;
use crate::odata::literal::milliseconds;

/// A value that does not fit its column.
#[derive(Debug)]
pub(super) struct CellFailure {
    pub(super) column: &'static str,
    pub(super) edm: EdmType,
    pub(super) value: String,
    /// Of another kind altogether, rather than too large.
    pub(super) in_range: bool,
}

/// Longest value repeated in a message.
const SHOWN: usize = 60;

impl CellFailure {
    pub(super) fn into_error(self, table: &str) -> Error {
        let (table, column, type_name) = (table.to_owned(), self.column.to_owned(), self.edm.name());
        let value = self.value.chars().take(SHOWN).collect();
        if self.in_range {
            Error::InvalidValue { table, column, value, type_name }
        } else {
            Error::OutOfRange { table, column, value, type_name }
        }
    }
}

/// The milliseconds of `/Date(1382667872203)/`, taken as a time without zone: an offset behind the number, never seen
/// so far, would only say how to show it (fact sheet 6.4). Also of the form in which dates are written.
pub(super) fn date_milliseconds(text: &str) -> Option<i64> {
    let Some(inner) = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")) else {
        // A date alone is none of the service's forms.
        return Some(text).filter(|text| text.contains('T')).and_then(milliseconds);
    };
    let end = inner.bytes().skip(1).position(|byte| matches!(byte, b'+' | b'-')).map_or(inner.len(), |at| at + 1);
    inner.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_numbers_without_shift() {
        let cases = [
            ("/Date(1382667872203)/", Some(1_382_667_872_203)),
            ("/Date(0)/", Some(0)),
            ("/Date(-62135596800000)/", Some(-62_135_596_800_000)),
            ("/Date(1382667872203+0100)/", Some(1_382_667_872_203)),
            ("/Date(-5-0100)/", Some(-5)),
            ("2026-01-31T00:00:00", Some(1_769_817_600_000)),
            ("/Date()/", None),
            ("2026-01-31", None),
            ("/Date(12a)/", None),
        ];
        for (text, expected) in cases {
            assert_eq!(date_milliseconds(text), expected, "{text}");
        }
    }
}
