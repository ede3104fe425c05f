//! `key=value;key={value}` as the ODBC specification writes it (SQLDriverConnect).

use crate::error::{Error, Result};

/// The pairs of a connection string, in order. Of a key that occurs twice the first one stays, as the specification
/// says. Values may be bare, in `{}` with `}}` for `}`, or in `'` or `"` with the quote doubled.
pub fn parse_connection_string(text: &str) -> Result<Vec<(String, String)>> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c == ';' || c == '\0' || c.is_whitespace());
        if rest.is_empty() {
            return Ok(pairs);
        }
        let Some((key, after)) = rest.split_once('=') else {
            return Err(broken(format!("\"{}\" has no value", shown(rest))));
        };
        let key = key.trim();
        if key.is_empty() || key.contains(';') {
            return Err(broken(format!("a key is missing before \"={}\"", if key.is_empty() { "..." } else { key })));
        }
        let (value, after) = value(key, after)?;
        if !pairs.iter().any(|(known, _)| known.eq_ignore_ascii_case(key)) {
            pairs.push((key.to_owned(), value));
        }
        rest = after;
    }
}

/// A connection string of these pairs.
#[must_use]
pub fn connection_string(pairs: &[(String, String)]) -> String {
    pairs.iter().map(|(key, value)| format!("{key}={{{}}};", value.replace('}', "}}"))).collect()
}

fn broken(what: String) -> Error {
    let reason = format!("the connection string cannot be read: {what}. It consists of key=value pairs separated by ;");
    Error::InvalidConnectionString { reason }
}

/// The start of a piece of a connection string, short enough to hold no secret.
fn shown(text: &str) -> String {
    text.split(';').next().unwrap_or_default().chars().take(20).collect()
}

/// The value at the start of `text`, and what follows it.
fn value<'a>(key: &str, text: &'a str) -> Result<(String, &'a str)> {
    let text = text.trim_start();
    let closing = match text.chars().next() {
        Some('{') => '}',
        Some(quote @ ('\'' | '"')) => quote,
        _ => return Ok(bare(text)),
    };
    let Some((value, after)) = enclosed(text.get(1..).unwrap_or_default(), closing) else {
        return Err(broken(format!("the value of {key} lacks its closing {closing}")));
    };
    let after = after.trim_start();
    if after.is_empty() || after.starts_with([';', '\0']) {
        Ok((value, after))
    } else {
        Err(broken(format!("something follows the closing {closing} of the value of {key}")))
    }
}

fn bare(text: &str) -> (String, &str) {
    let (value, after) = text.split_once(';').unwrap_or((text, ""));
    (value.trim_end_matches('\0').trim().to_owned(), after)
}

/// The text up to a `closing` that is not doubled, and what follows it.
fn enclosed(text: &str, closing: char) -> Option<(String, &str)> {
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once(closing)?;
        value.push_str(before);
        match after.strip_prefix(closing) {
            Some(after) => {
                value.push(closing);
                rest = after;
            }
            None => return Some((value, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        parse_connection_string(text).unwrap()
    }

    #[test]
    fn values_are_bare_quoted_or_in_braces() {
        let cases = [
            ("Region=NL;", "NL"),
            ("Region = NL ", "NL"),
            ("Region={N;L}", "N;L"),
            ("Region={a}}b}", "a}b"),
            ("Region='a;b''c'", "a;b'c"),
            ("Region=\"x=y\"", "x=y"),
            ("Region=", ""),
            ("Region={};", ""),
            ("Region=a=b", "a=b"),
            ("Region=NL\0", "NL"),
        ];
        for (text, value) in cases {
            assert_eq!(pairs(text), [("Region".to_owned(), value.to_owned())], "{text}");
        }
    }

    #[test]
    fn the_first_occurrence_wins_and_order_is_kept() {
        let found = pairs(";DSN=Exact;; Division=1;division=2;UID=x;");
        let found: Vec<_> = found.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(found, [("DSN", "Exact"), ("Division", "1"), ("UID", "x")]);
    }

    #[test]
    fn what_cannot_be_read_is_named_without_the_value() {
        for text in ["Region", "=5", "PWD={geheim", "PWD={geheim}x;", "PWD='geheim"] {
            let error = parse_connection_string(text).unwrap_err();
            assert_eq!(error.sqlstate(), "HY000", "{text}");
            assert!(!error.to_string().contains("geheim"), "{error}");
        }
    }
}
