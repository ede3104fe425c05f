//! Why the token endpoint refused, and what the user can do (fact sheet 2.5, 2.6, 2.8, 7.6).

use crate::error::Error;

/// Why an exchange brought no tokens.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The last access token has not expired.
    TooEarly,
    /// The service knows the refresh token no more.
    Spent(Spent, String),
    /// The service has refused, and the refresh token is what it was.
    Refused(Error),
    /// Nobody can say whether the service has exchanged the token: no answer came, or one that says nothing. `again`:
    /// another try may help.
    Unknown { error: Error, again: bool },
    /// The request never left.
    NotSent(Error),
}

/// What the service says of a refresh token that it does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spent {
    /// It was exchanged before.
    Used,
    /// It belongs to no chain that is in force.
    NoChain,
    Expired,
}

pub(super) fn property(property: &str, reason: &str) -> Refusal {
    Refusal::NotSent(Error::InvalidProperty {
        property: property.to_owned(),
        reason: reason.to_owned(),
        sqlstate: "08001",
    })
}

/// The command that mends a lost sign-in.
pub(crate) const LOGIN: &str = "Sign in again with: exact-odbc login";

/// What the answer means: its status, its header `Reason`, `error` and `error_description` of its body.
pub(super) fn of_answer(status: u16, reason: Option<&str>, error: &str, description: &str) -> Refusal {
    let words = description.to_ascii_lowercase();
    let says = |text: &str| words.contains(text);
    if reason == Some("TooEarlyToRefreshTokens") || says("access_token not expired") {
        return Refusal::TooEarly;
    }
    let quoted = quote(status, reason, error, description);
    if status == 429 || says("rate limit") {
        let text = format!(
            "the token calls that Exact Online allows this app and user in a day (200) are spent {quoted}; try again tomorrow"
        );
        return Refusal::Refused(Error::BudgetSpent { status, text });
    }
    if !(400..500).contains(&status) {
        let text = format!("Exact Online could not issue an access token {quoted}; try again later");
        return Refusal::Unknown { error: Error::ServiceFailed { status, text }, again: matches!(status, 502..=504) };
    }
    let spent = if says("old refresh token") {
        Some(Spent::Used)
    } else if says("refresh token expired") {
        Some(Spent::Expired)
    } else {
        says("chainid").then_some(Spent::NoChain)
    };
    if let Some(spent) = spent {
        return Refusal::Spent(spent, quoted);
    }
    let reason = if matches!(error, "invalid_client" | "unauthorized_client") {
        format!(
            "Exact Online refuses the client id or its secret {quoted}. Check OAuthClientId, OAuthClientSecret and that \
             Region is the country of the app registration"
        )
    } else {
        format!("Exact Online refuses the sign-in {quoted}. {LOGIN}")
    };
    Refusal::Refused(Error::NotSignedIn { reason })
}

fn quote(status: u16, reason: Option<&str>, error: &str, description: &str) -> String {
    let parts = [Some(error), Some(description), reason];
    let said: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    if said.is_empty() {
        format!("(HTTP status {status})")
    } else {
        format!("(HTTP status {status}: {})", said.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_known_refusal_says_what_happened_and_what_to_do() {
        let cases = [
            (400, "invalid_client", "", "28000", "client id"),
            (400, "something", "else", "28000", "exact-odbc login"),
            (400, "invalid_grant", "The code has expired.", "28000", "The code has expired."),
            (429, "", "", "HY000", "tomorrow"),
        ];
        for (status, error, description, sqlstate, words) in cases {
            let Refusal::Refused(found) = of_answer(status, None, error, description) else { panic!("{error}") };
            assert_eq!(found.sqlstate(), sqlstate);
            assert!(found.to_string().contains(words), "{found}");
        }
        for (status, again) in [(500, false), (502, true), (503, true), (200, false), (302, false)] {
            let Refusal::Unknown { error, again: found } = of_answer(status, None, "", "") else { panic!("{status}") };
            assert_eq!((error.sqlstate(), found), ("HY000", again), "{error}");
        }
        let early = "Rate limit exceeded: access_token not expired";
        assert!(matches!(of_answer(400, None, "access_denied", early), Refusal::TooEarly));
        assert!(matches!(of_answer(400, Some("TooEarlyToRefreshTokens"), "", ""), Refusal::TooEarly));
    }

    #[test]
    fn a_spent_token_is_told_from_a_refused_app() {
        let cases = [
            (401, "unauthorized_client", "Old refresh token used.", Spent::Used),
            (400, "invalid_request", "The refresh token expired at 1 and it is now 2", Spent::Expired),
            (400, "invalid_grant", "Token is not allowed, because of invalid or empty chainId", Spent::NoChain),
        ];
        for (status, error, description, expected) in cases {
            let Refusal::Spent(found, said) = of_answer(status, None, error, description) else { panic!("{error}") };
            assert_eq!(found, expected);
            assert_eq!(said, format!("(HTTP status {status}: {error}; {description})"));
        }
    }
}
