//! Why the token endpoint refused, and what the user can do (fact sheet 2.5, 2.6, 2.8, 7.6).

use crate::error::Error;

/// A refusal.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The last access token has not expired.
    TooEarly,
    Failed(Error),
}

pub(super) fn property(property: &str, reason: &str) -> Refusal {
    Refusal::Failed(Error::InvalidProperty {
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
    let text = if status == 429 || says("rate limit") {
        let text = format!(
            "the token calls that Exact Online allows this app and user in a day (200) are spent {quoted}; try again tomorrow"
        );
        return Refusal::Failed(Error::BudgetSpent { status, text });
    } else if status >= 500 || status == 200 {
        let text = format!("Exact Online could not issue an access token {quoted}; try again later");
        return Refusal::Failed(Error::ServiceFailed { status, text });
    } else if says("old refresh token") {
        format!(
            "the sign-in was taken over: another program has used its refresh token {quoted}. {LOGIN}. Let all programs \
             share one sign-in store, or give each machine an app registration of its own"
        )
    } else if says("refresh token expired") {
        format!("the sign-in has expired: it was not used for 30 days {quoted}. {LOGIN}")
    } else if says("chainid") {
        format!(
            "the sign-in is no longer valid: a later sign-in by the same user with the same app has ended it {quoted}. {LOGIN}"
        )
    } else if matches!(error, "invalid_client" | "unauthorized_client") {
        format!(
            "Exact Online refuses the client id or its secret {quoted}. Check OAuthClientId, OAuthClientSecret and that \
             Region is the country of the app registration"
        )
    } else {
        format!("Exact Online refuses the sign-in {quoted}. {LOGIN}")
    };
    Refusal::Failed(Error::NotSignedIn { reason: text })
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
            (401, "unauthorized_client", "Old refresh token used.", "28000", "taken over"),
            (400, "invalid_request", "The refresh token expired at 1 and it is now 2", "28000", "30 days"),
            (
                400,
                "invalid_grant",
                "Token is not allowed, because of invalid or empty chainId",
                "28000",
                "later sign-in",
            ),
            (400, "invalid_client", "", "28000", "client id"),
            (400, "something", "else", "28000", "exact-odbc login"),
            (429, "", "", "HY000", "tomorrow"),
            (503, "", "", "HY000", "try again later"),
        ];
        for (status, error, description, sqlstate, words) in cases {
            let Refusal::Failed(found) = of_answer(status, None, error, description) else { panic!("{error}") };
            assert_eq!(found.sqlstate(), sqlstate);
            assert!(found.to_string().contains(words), "{found}");
        }
        let early = "Rate limit exceeded: access_token not expired";
        assert!(matches!(of_answer(400, None, "access_denied", early), Refusal::TooEarly));
        assert!(matches!(of_answer(400, Some("TooEarlyToRefreshTokens"), "", ""), Refusal::TooEarly));
    }
}
