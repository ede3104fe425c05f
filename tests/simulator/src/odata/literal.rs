//! OData literals: reading them from URLs and writing them into skip tokens.

use chrono::{NaiveDate, NaiveDateTime};

use crate::catalog::Edm;
use crate::company::value::{Guid, Value};

/// What a literal was written as, which decides what it may be compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Null,
    Text,
    Guid,
    DateTime,
    Int,
    Long,
    Double,
    Bool,
}

impl Form {
    /// The name that error texts use.
    pub fn name(self) -> &'static str {
        match self {
            Form::Null => "null",
            Form::Text => "System.String",
            Form::Guid => "System.Guid",
            Form::DateTime => "System.DateTime",
            Form::Int => "System.Int32",
            Form::Long => "System.Int64",
            Form::Double => "System.Double",
            Form::Bool => "System.Boolean",
        }
    }

    /// Whether it may be compared with a column of a type.
    pub fn fits(self, edm: Edm) -> bool {
        match edm {
            Edm::String => matches!(self, Form::Text | Form::Null),
            Edm::Guid => matches!(self, Form::Guid | Form::Null),
            Edm::DateTime => matches!(self, Form::DateTime | Form::Null),
            Edm::Boolean => matches!(self, Form::Bool | Form::Null),
            Edm::Int16 | Edm::Int32 | Edm::Int64 | Edm::Byte | Edm::Double => {
                matches!(self, Form::Int | Form::Long | Form::Double | Form::Null)
            }
            Edm::Binary | Edm::Collection | Edm::Complex => false,
        }
    }
}

/// A literal with its form.
#[derive(Clone, Debug, PartialEq)]
pub struct Literal {
    pub value: Value,
    pub form: Form,
}

/// Reads a whole literal, such as an argument of a function endpoint or a key.
pub fn parse(text: &str) -> Option<Literal> {
    if let Some((prefix, quoted)) = text.split_once('\'') {
        let content = quoted.strip_suffix('\'')?;
        if content.replace("''", "").contains('\'') {
            return None;
        }
        return quoted_literal(prefix, &content.replace("''", "'"));
    }
    unquoted(text)
}

/// A literal in quotes, by what stands before them.
pub fn quoted_literal(prefix: &str, content: &str) -> Option<Literal> {
    let (value, form) = match prefix {
        "" => (Value::text(content.to_owned()), Form::Text),
        "guid" => (Value::Guid(Guid::parse(content)?), Form::Guid),
        "datetime" => (Value::Date(datetime(content)?), Form::DateTime),
        _ => return None,
    };
    Some(Literal { value, form })
}

/// A literal without quotes: `null`, `true`, a number with its suffix.
pub fn unquoted(text: &str) -> Option<Literal> {
    let literal = |value, form| Some(Literal { value, form });
    match text {
        "null" => return literal(Value::Null, Form::Null),
        "true" => return literal(Value::Bool(true), Form::Bool),
        "false" => return literal(Value::Bool(false), Form::Bool),
        _ => {}
    }
    if let Some(digits) = text.strip_suffix(['L', 'l']) {
        return digits.parse().ok().and_then(|number| literal(Value::Int(number), Form::Long));
    }
    if let Ok(number) = text.parse::<i64>() {
        return literal(Value::Int(number), Form::Int);
    }
    let digits = text.strip_suffix(['d', 'D']).unwrap_or(text);
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.'));
    let number = digits.parse::<f64>().ok().filter(|number| is_number && number.is_finite())?;
    literal(Value::Double(number), Form::Double)
}

/// `2026-01-31T00:00:00`, with fractions of a second, without seconds, or the date alone.
pub fn datetime(text: &str) -> Option<i64> {
    let text = text.trim_end_matches('Z');
    let moment = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))?;
    Some(moment.and_utc().timestamp_millis())
}

/// Writes a value as a literal, for skip tokens and row addresses.
pub fn write(value: &Value, edm: Edm) -> String {
    match value {
        Value::Null | Value::Binary(_) => "null".to_owned(),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Guid(guid) => format!("guid'{guid}'"),
        Value::Int(number) if edm == Edm::Int64 => format!("{number}L"),
        Value::Int(number) => number.to_string(),
        Value::Double(number) => format!("{number}d"),
        Value::Bool(flag) => flag.to_string(),
        Value::Date(millis) => format!("datetime'{}'", iso(*millis)),
    }
}

/// `2026-01-31T00:00:00`.
pub fn iso(millis: i64) -> String {
    let moment = chrono::DateTime::from_timestamp_millis(millis).unwrap_or_default();
    moment.format("%Y-%m-%dT%H:%M:%S%.f").to_string()
}

/// Splits a list of literals at the commas outside quotes.
pub fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, character) in text.char_indices() {
        match character {
            '\'' => quoted = !quoted,
            ',' if !quoted => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read_in_all_their_forms() {
        let form = |text: &str| parse(text).map(|literal| literal.form);
        assert_eq!(form("12"), Some(Form::Int));
        assert_eq!(form("12L"), Some(Form::Long));
        assert_eq!(form("1.5d"), Some(Form::Double));
        assert_eq!(form("1.5M"), None);
        assert_eq!(form("1e15"), Some(Form::Double));
        assert_eq!(form("nan"), None);
        assert_eq!(parse("'O''Neill'").unwrap().value, Value::text("O'Neill"));
        assert_eq!(form("'O'Neill'"), None);
        assert_eq!(parse("datetime'1753-01-01T00:00:00'").unwrap().value, Value::Date(-6_847_804_800_000));
        assert_eq!(form("guid'6f7b'"), None);
        assert_eq!(split("'a,''b',2,guid'x'"), ["'a,''b'", "2", "guid'x'"]);
    }
}
