//! Refusals: status, text in the user's language, and the `Reason` header (fact sheet 7.6).

use crate::odata::filter::Refusal;
use crate::options::{ErrorBody, Switches};
use crate::reply::Reply;

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub status: u16,
    pub english: String,
    pub dutch: String,
    pub reason: Option<&'static str>,
}

impl Failure {
    pub fn new(status: u16, english: impl Into<String>, dutch: impl Into<String>) -> Failure {
        Failure { status, english: english.into(), dutch: dutch.into(), reason: None }
    }

    /// A text of the framework, which it gives in English to everyone.
    pub fn plain(status: u16, text: impl Into<String>) -> Failure {
        let text = text.into();
        Failure::new(status, text.clone(), text)
    }

    pub fn because(self, reason: &'static str) -> Failure {
        Failure { reason: Some(reason), ..self }
    }

    pub fn not_found() -> Failure {
        Failure::new(404, "Resource not found for the segment.", "Niet gevonden.")
    }

    /// The reply, in the shape that the switches ask for.
    pub fn reply(&self, switches: &Switches) -> Reply {
        let text = if switches.language.starts_with("nl") { &self.dutch } else { &self.english };
        let mut reply = match switches.error_body {
            ErrorBody::Json => {
                let body = serde_json::json!({"error": {"code": "", "message": {"lang": "", "value": text}}});
                Reply::json(self.status, body.to_string().into_bytes())
            }
            ErrorBody::Text => Reply::new(self.status, "text/plain; charset=utf-8", text.clone().into_bytes()),
            ErrorBody::Html => {
                let page = format!("<html><head><title>Error</title></head><body><h1>{text}</h1></body></html>");
                Reply::new(self.status, "text/html; charset=utf-8", page.into_bytes())
            }
            ErrorBody::Empty => Reply::empty(self.status),
        };
        reply.headers.extend(self.reason.map(|reason| ("Reason".to_owned(), reason.to_owned())));
        reply
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::plain(refusal.status, refusal.text)
    }
}
