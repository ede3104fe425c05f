//! What an error answer says (fact sheet 7.6).

use serde::Deserialize;
use serde::de::IgnoredAny;

/// What a body is, judged by its first characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    Empty,
    Json,
    /// HTML or XML.
    Markup,
    Text,
}

/// The kind of this body.
pub fn kind(body: &[u8]) -> BodyKind {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => BodyKind::Empty,
        Some(b'{' | b'[') => BodyKind::Json,
        Some(b'<') => BodyKind::Markup,
        Some(_) => BodyKind::Text,
    }
}

/// Whether this is data in the form of the service (fact sheet 6.2), and whole.
pub fn holds_data(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Data {
        #[serde(rename = "d")]
        _data: IgnoredAny,
    }
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    serde_json::from_slice::<Data>(body).is_ok()
}

#[derive(Deserialize)]
struct Body {
    error: Inner,
}

#[derive(Deserialize)]
struct Inner {
    message: Message,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Message {
    Nested { value: String },
    Plain(String),
}

/// Longest text taken from a body that is not the documented JSON.
const LONGEST_TEXT: usize = 300;

/// The service's own words, if the body holds any: the message of the documented JSON, a short plain text, or the
/// title of a page.
pub fn message(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let words = match kind(body) {
        BodyKind::Empty => return None,
        BodyKind::Json => match serde_json::from_slice::<Body>(body).ok()?.error.message {
            Message::Nested { value } | Message::Plain(value) => value,
        },
        BodyKind::Markup => {
            let lower = text.to_ascii_lowercase();
            let start = lower.find("<title>")? + "<title>".len();
            let length = lower.get(start..)?.find("</title>")?;
            text.get(start..start + length)?.to_owned()
        }
        BodyKind::Text => text.chars().take(LONGEST_TEXT).collect(),
    };
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_every_form_are_found() {
        let json = br#"{"error":{"code":"","message":{"lang":"","value":"Verplicht:\r\n Serie"}}}"#;
        let cases: [(&[u8], Option<&str>); 7] = [
            (json, Some("Verplicht: Serie")),
            (br#"{"error":{"code":"","message":"plain"}}"#, Some("plain")),
            (b"", None),
            (b"  \r\n", None),
            (b"Service unavailable", Some("Service unavailable")),
            (b"<html><head><TITLE>Object moved</TITLE></head></html>", Some("Object moved")),
            (br#"{"other":1}"#, None),
        ];
        for (body, expected) in cases {
            assert_eq!(message(body).as_deref(), expected, "{}", String::from_utf8_lossy(body));
        }
    }
}
