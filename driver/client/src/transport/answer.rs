//! What an answer that is not a success means (fact sheet 7.6).

use reqwest::StatusCode;

use super::http::PROXY_PASSWORD;
use crate::auth::LOGIN;
use crate::error::{DeniedBecause, Error};
use crate::odata::error::{BodyKind, kind, message};

/// An answer of the service that carries no rows.
pub(crate) struct Answer<'a> {
    pub(crate) status: StatusCode,
    /// The header `Reason`.
    pub(crate) reason: Option<&'a str>,
    pub(crate) body: &'a [u8],
    /// What was asked for, as it stands in messages.
    pub(crate) target: &'a str,
}

impl Answer<'_> {
    /// The driver's error, with the service's own text in it.
    pub(crate) fn error(&self) -> Error {
        let status = self.status.as_u16();
        match status {
            401 => Error::NotSignedIn { reason: format!("{}. {LOGIN}", self.told("Exact Online refuses the sign-in")) },
            403 => self.denied(),
            404 => {
                let text = self.told("Exact Online does not know this address, or the row it names");
                Error::NotFound { status, text }
            }
            407 => Error::CannotConnect { target: self.target.to_owned(), reason: PROXY_PASSWORD.to_owned() },
            408 | 504 => {
                let told = self.told("Exact Online took too long");
                let text = format!("{told}. Ask for fewer columns, a narrower filter, or no ORDER BY");
                Error::ServiceFailed { status, text }
            }
            413 | 414 => Error::Refused { status, text: self.told("the request is longer than Exact Online takes") },
            400..=499 | 501 => Error::Refused { status, text: self.told("Exact Online refuses the request") },
            500.. => Error::ServiceFailed { status, text: self.told("Exact Online failed") },
            _ => self.unexpected(),
        }
    }

    /// Whether a change may have been made all the same: a gateway gave up, or the service failed without saying why.
    /// A rule of the business that is broken is told in the documented form of an error (fact sheet 7.6).
    pub(crate) fn leaves_open(&self) -> bool {
        match self.status.as_u16() {
            408 => true,
            500 => kind(self.body) != BodyKind::Json || message(self.body).is_none(),
            501 | 505 => false,
            502.. => true,
            ..400 => true,
            _ => false,
        }
    }

    /// The error of a change that the service did not make. A rule of the business that is broken comes as 400 or 500; so does,
    /// as 500, what the service did not expect itself, and then it is not certain how far it came.
    pub(crate) fn rejection(&self) -> Error {
        if !matches!(self.status.as_u16(), 400 | 409 | 500) {
            return self.error();
        }
        let words = message(self.body).unwrap_or_default().to_lowercase();
        let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
        // In the languages that are known to have been seen, Dutch and English.
        let constraint = says(&["verplicht", "mandatory", "required", "bestaat", "already exists", "duplicate"]);
        let invalid = says(&["ongeldig", "invalid", "niet toegestaan", "not allowed"]);
        let text = self.told("Exact Online refuses the change");
        let sqlstate = if constraint { "23000" } else { "HY000" };
        let certain = constraint || invalid || self.status != StatusCode::INTERNAL_SERVER_ERROR;
        Error::Rejected { sqlstate, status: self.status.as_u16(), text, certain }
    }

    fn unexpected(&self) -> Error {
        let what = match (self.status.is_redirection(), kind(self.body)) {
            (true, _) => "a redirect to another address",
            (_, BodyKind::Empty) => "an empty answer",
            (_, BodyKind::Markup) => "an HTML or XML page",
            _ => "an answer of another kind",
        };
        Error::UnexpectedAnswer { what: what.into(), target: self.target.into(), status: self.status.as_u16() }
    }

    /// The service's words, else ours, and what was asked for.
    fn told(&self, ours: &str) -> String {
        let said = [message(self.body), self.reason.map(|reason| format!("reason {reason}"))];
        let said: Vec<String> = said.into_iter().flatten().collect();
        if said.is_empty() {
            format!("{ours} (HTTP status {}, {})", self.status.as_u16(), self.target)
        } else {
            format!("{ours} (HTTP status {}, {}): {}", self.status.as_u16(), self.target, said.join("; "))
        }
    }

    fn denied(&self) -> Error {
        let words = message(self.body).unwrap_or_default().to_ascii_lowercase();
        let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
        let (because, hint) = if says(&["scope"]) {
            (DeniedBecause::Scope, "Add the scope to the app registration and sign in again with: exact-odbc login")
        } else if matches!(self.reason, Some("NoDivisionAccess" | "DivisionBlocked")) || says(&["division"]) {
            (DeniedBecause::Division, "The user or the app has no access to this division; check the property Division")
        } else if self.reason == Some("LicenseExpired") || says(&["subscription", "licen", "module", "package"]) {
            (DeniedBecause::Subscription, "The company's subscription does not include this")
        } else {
            (DeniedBecause::Right, "The user lacks the right to it, or the subscription does not include it")
        };
        let text = format!("{}. {hint}", self.told("Exact Online denies access"));
        Error::Denied { because, status: self.status.as_u16(), text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, reason: Option<&str>, body: &str) -> Error {
        let status = StatusCode::from_u16(status).unwrap();
        Answer { status, reason, body: body.as_bytes(), target: "crm.Accounts" }.error()
    }

    #[test]
    fn each_status_gives_its_sqlstate_with_the_words_of_the_service() {
        let said = r#"{"error":{"code":"","message":{"lang":"","value":"Niet goed."}}}"#;
        let cases = [
            (400, said, "HY000", "Niet goed."),
            (401, "", "28000", "exact-odbc login"),
            (403, said, "42000", "Niet goed."),
            (404, said, "42S02", "Niet goed."),
            (405, "", "HY000", "405"),
            (407, "", "08001", "ProxyPassword"),
            (414, "", "HY000", "longer"),
            (500, said, "HY000", "Niet goed."),
            (503, "<html><title>Onderhoud</title>", "HY000", "Onderhoud"),
            (504, "", "HY000", "fewer columns"),
            (302, "<html>", "08S01", "redirect"),
        ];
        for (status, body, sqlstate, words) in cases {
            let error = error(status, None, body);
            assert_eq!(error.sqlstate(), sqlstate, "{status}");
            assert!(error.to_string().contains(words), "{status}: {error}");
            assert!(error.to_string().contains("crm.Accounts"), "{error}");
        }
    }

    #[test]
    fn a_denial_is_told_apart() {
        let scope =
            r#"{"error":{"message":{"value":"Forbidden - Application Scope Violated. Cannot read 'x' scope."}}}"#;
        let cases = [
            (None, scope, DeniedBecause::Scope),
            (Some("NoDivisionAccess"), "", DeniedBecause::Division),
            (None, "Module not in your subscription", DeniedBecause::Subscription),
            (None, "", DeniedBecause::Right),
        ];
        for (reason, body, expected) in cases {
            let Error::Denied { because, .. } = error(403, reason, body) else { panic!("{body}") };
            assert_eq!(because, expected, "{body}");
        }
    }
}
