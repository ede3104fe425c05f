//! Functions over text that DataFusion has not, or has with other rules. Positions count characters from 1.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Int32Array, StringArray};
use datafusion::arrow::compute::kernels::length::length;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::logical_expr::{ScalarUDF, Signature, TypeSignature, Volatility, create_udf};

use super::{Anything, over_arrays};
use crate::error::Error;

/// The name of the function that makes of a text what the service compares.
pub const FOLDED: &str = "as_the_service_compares";

/// The same for a text that is searched, or searched for: blanks at its end count.
pub const SEARCHED: &str = "as_the_service_searches";
/// REPLACE without regard to case.
pub const REPLACED: &str = "replace_as_the_service_searches";

pub fn functions() -> Vec<ScalarUDF> {
    use DataType::{Float64, Int32, Int64, Utf8};
    let function = |name, arguments: Vec<DataType>, result, body: fn(&[ArrayRef]) -> Result<ArrayRef>| {
        create_udf(name, arguments, result, Volatility::Immutable, over_arrays(body))
    };
    vec![
        function("locate", vec![Utf8, Utf8, Int64], Int32, locate),
        function("insert_text", vec![Utf8, Int64, Int64, Utf8], Utf8, insert_text),
        function("number_text", vec![Float64, Int64, Int64], Utf8, number_text),
        function(FOLDED, vec![Utf8], Utf8, folded),
        octet_length(),
        function(SEARCHED, vec![Utf8], Utf8, searched),
        function(REPLACED, vec![Utf8, Utf8, Utf8], Utf8, replaced_in_rows),
    ]
}

/// DataFusion's knows text only; bytes have a number of bytes too.
fn octet_length() -> ScalarUDF {
    let one = |data_type| TypeSignature::Exact(vec![data_type]);
    let signature = TypeSignature::OneOf(vec![one(DataType::Utf8), one(DataType::Binary)]);
    ScalarUDF::from(Anything {
        name: "octet_length",
        result: DataType::Int32,
        function: |arguments| match arguments {
            [values] => Ok(length(values)?),
            _ => exec_err!("octet_length takes one argument"),
        },
        signature: Signature::new(signature, Volatility::Immutable),
    })
}

/// Without regard to case and to blanks at the end, as SQL Server's usual collation compares.
fn folded(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [texts] = arguments else {
        return exec_err!("{FOLDED} takes one argument");
    };
    let folded: StringArray = texts
        .as_string::<i32>()
        .iter()
        .map(|text| text.map(|text| text.trim_end_matches(' ').to_lowercase()))
        .collect();
    Ok(Arc::new(folded))
}

fn searched(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [texts] = arguments else {
        return exec_err!("{SEARCHED} takes one argument");
    };
    let lower: StringArray = texts.as_string::<i32>().iter().map(|text| text.map(lower_by_character)).collect();
    Ok(Arc::new(lower))
}

/// In lower case with as many characters: a letter whose small form has two stays as it is.
fn lower_by_character(text: &str) -> String {
    text.chars().map(lower).collect()
}

fn lower(letter: char) -> char {
    let mut small = letter.to_lowercase();
    match (small.next(), small.next()) {
        (Some(small), None) => small,
        _ => letter,
    }
}

/// `text` with every `from` replaced, whatever its case.
fn replaced(text: &str, from: &str, to: &str) -> String {
    let (letters, needle): (Vec<char>, Vec<char>) = (text.chars().collect(), from.chars().map(lower).collect());
    let mut result = String::with_capacity(text.len());
    let mut place = 0;
    while let Some(letter) = letters.get(place) {
        let found = letters.get(place..place + needle.len());
        let matches = |found: &[char]| found.iter().map(|letter| lower(*letter)).eq(needle.iter().copied());
        if !needle.is_empty() && found.is_some_and(matches) {
            result.push_str(to);
            place += needle.len();
        } else {
            result.push(*letter);
            place += 1;
        }
    }
    result
}

fn replaced_in_rows(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [texts, from, to] = arguments else {
        return exec_err!("replace takes three arguments");
    };
    let rows = texts.as_string::<i32>().iter().zip(from.as_string::<i32>()).zip(to.as_string::<i32>());
    let results: StringArray = rows.map(|((text, from), to)| Some(replaced(text?, from?, to?))).collect();
    Ok(Arc::new(results))
}

/// Where `needle` first stands in `text` at or after `start`; 0 where it does not.
fn position(needle: &str, text: &str, start: i64) -> i32 {
    let skipped = usize::try_from(start.saturating_sub(1)).unwrap_or(0);
    let offset = match text.char_indices().nth(skipped) {
        Some((offset, _)) => offset,
        // Nothing stands at the end of the text, but nothing can be found there.
        None if skipped == 0 => 0,
        None => return 0,
    };
    let rest = text.get(offset..).unwrap_or_default();
    let Some(found) = rest.find(needle) else {
        return 0;
    };
    let before = rest.get(..found).unwrap_or_default().chars().count();
    i32::try_from(skipped + before + 1).unwrap_or(i32::MAX)
}

fn locate(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [needles, texts, starts] = arguments else {
        return exec_err!("locate takes three arguments");
    };
    let starts = starts.as_primitive::<Int64Type>().iter();
    let rows = needles.as_string::<i32>().iter().zip(texts.as_string::<i32>()).zip(starts);
    let positions: Int32Array = rows.map(|((needle, text), start)| Some(position(needle?, text?, start?))).collect();
    Ok(Arc::new(positions))
}

/// `text` with `length` characters from `start` replaced. As in SQL Server, NULL where `start` lies outside the text or
/// `length` is negative.
fn inserted(text: &str, start: i64, length: i64, replacement: &str) -> Option<String> {
    let start = usize::try_from(start).ok()?.checked_sub(1)?;
    let length = usize::try_from(length).ok()?;
    if start >= text.chars().count() {
        return None;
    }
    let head = text.chars().take(start);
    let tail = text.chars().skip(start.saturating_add(length));
    Some(head.chain(replacement.chars()).chain(tail).collect())
}

fn insert_text(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [texts, starts, lengths, replacements] = arguments else {
        return exec_err!("insert takes four arguments");
    };
    let numbers = starts.as_primitive::<Int64Type>().iter().zip(lengths.as_primitive::<Int64Type>());
    let rows = texts.as_string::<i32>().iter().zip(replacements.as_string::<i32>()).zip(numbers);
    let results: StringArray = rows
        .map(|((text, replacement), (start, length))| inserted(text?, start?, length?, replacement.unwrap_or("")))
        .collect();
    Ok(Arc::new(results))
}

/// `STR(number, length, decimals)`: to the right in `length` characters, stars where it does not fit.
fn number_text(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [numbers, lengths, decimals] = arguments else {
        return exec_err!("str takes three arguments");
    };
    let widths = lengths.as_primitive::<Int64Type>().iter().zip(decimals.as_primitive::<Int64Type>());
    let rows = numbers.as_primitive::<Float64Type>().iter().zip(widths).map(|(number, (length, decimals))| {
        let (Some(number), Some(length), Some(decimals)) = (number, length, decimals) else {
            return Ok(None);
        };
        const LONGEST: i64 = 8000;
        let (Some(width), Some(decimals)) = (
            usize::try_from(length).ok().filter(|_| length <= LONGEST),
            usize::try_from(decimals).ok().filter(|decimals| *decimals <= 16),
        ) else {
            return Err(Error::OutOfRange {
                message: format!("STR makes texts of 0 to {LONGEST} characters with 0 to 16 decimals."),
            });
        };
        let text = format!("{number:width$.decimals$}");
        Ok(Some(if text.len() > width { "*".repeat(width) } else { text }))
    });
    Ok(Arc::new(rows.collect::<Result<StringArray, Error>>()?))
}

#[cfg(test)]
mod tests {
    use super::{inserted, position, replaced};

    #[test]
    fn texts_are_found_by_character() {
        for (needle, text, start, expected) in [
            ("b", "abcb", 1, 2),
            ("b", "abcb", 3, 4),
            ("b", "abcb", 0, 2),
            ("b", "abcb", -5, 2),
            ("b", "abcb", 5, 0),
            ("é", "caféé", 5, 5),
            ("x", "abc", 1, 0),
            ("", "abc", 1, 1),
            ("", "", 1, 1),
            ("abc", "ab", 1, 0),
        ] {
            assert_eq!(position(needle, text, start), expected, "{needle} in {text} from {start}");
        }
    }

    #[test]
    fn texts_are_replaced_whatever_their_case() {
        for (text, from, to, expected) in [
            ("Abc ABC", "abc", "x", "x x"),
            ("aaa", "AA", "b", "ba"),
            ("É!", "é", "e", "e!"),
            ("abc", "", "x", "abc"),
            ("", "a", "x", ""),
            ("abc", "abcd", "x", "abc"),
        ] {
            assert_eq!(replaced(text, from, to), expected, "{from} in {text}");
        }
    }

    #[test]
    fn texts_are_replaced_by_character() {
        for (text, start, length, replacement, expected) in [
            ("abcdef", 2, 3, "XY", Some("aXYef")),
            ("abc", 1, 0, "X", Some("Xabc")),
            ("abc", 3, 9, "", Some("ab")),
            ("café", 4, 1, "e", Some("cafe")),
            ("abc", 4, 0, "X", None),
            ("abc", 0, 1, "X", None),
            ("abc", 1, -1, "X", None),
        ] {
            assert_eq!(inserted(text, start, length, replacement).as_deref(), expected, "{text} {start} {length}");
        }
    }
}
