//! The stored sign-in.

use exact_client::auth::{Store, StoredSignIn, find_store};
use exact_client::settings::{Settings, StoreLocation};
use exact_client::transport::{Clock, SystemClock};

use super::Finding;

const WHAT: &str = "Sign-in";
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// Life of a refresh token that is not used (fact sheet 2.6).
const IDLE_DAYS: i64 = 30;
/// From this age on a warning is due.
const OLD_DAYS: i64 = 21;

/// Store, tokens and their ages; and whether there is a sign-in to go on with.
pub fn check(settings: &Settings) -> (Vec<Finding>, bool) {
    if settings.oauth_access_token.is_some() || settings.oauth_refresh_token.is_some() {
        return (vec![Finding::ok(WHAT, "tokens are given in the properties")], true);
    }
    let store = match find_store(settings) {
        Ok(store) => store,
        Err(error) => return (vec![Finding::error(WHAT, &error)], false),
    };
    match store.load() {
        Err(error) => (vec![Finding::error(WHAT, &error)], false),
        Ok(None) => {
            let text = format!("nothing is stored at {}", store.name());
            (vec![Finding::fail(WHAT, text, "sign in with: exact-odbc login")], false)
        }
        Ok(Some(sign_in)) => {
            let (finding, goes_on) = tokens(&sign_in, SystemClock.now_ms());
            (vec![access(&store), finding], goes_on)
        }
    }
}

fn tokens(sign_in: &StoredSignIn, now_ms: i64) -> (Finding, bool) {
    if let Some(ended) = &sign_in.ended {
        // Its text ends with the command that mends it.
        return (Finding::error(WHAT, &ended.error()), sign_in.is_fresh(now_ms));
    }
    let user = sign_in.user_name.as_deref().unwrap_or("a user who is not known yet");
    if let Some(renewal) = sign_in.renewal {
        let text = format!(
            "of {user}; process {} has sent the refresh token {} ago and not stored the answer yet",
            renewal.process,
            age(now_ms - renewal.sent_ms)
        );
        return (Finding::warn(WHAT, text, "if it goes on, the next query tells whether the sign-in was lost"), true);
    }
    if sign_in.issued_ms == 0 {
        return (Finding::ok(WHAT, format!("of {user}; not used yet")), true);
    }
    let token_age = now_ms - sign_in.issued_ms;
    let text = format!("of {user}; tokens renewed {} ago", age(token_age));
    if token_age > OLD_DAYS * DAY_MS {
        let remedy =
            format!("it ends when it is not used for {IDLE_DAYS} days: run a query, or sign in with: exact-odbc login");
        return (Finding::warn(WHAT, text, remedy), true);
    }
    if token_age < -MINUTE_MS {
        let text = format!("of {user}; the tokens were renewed in the future");
        return (Finding::warn(WHAT, text, "check this machine's clock"), true);
    }
    (Finding::ok(WHAT, text), true)
}

/// Who else can read the store.
fn access(store: &Store) -> Finding {
    const WHAT: &str = "Token store";
    let StoreLocation::File(path) = store.location() else { return Finding::ok(WHAT, store.name()) };
    #[cfg(unix)]
    if let Ok(metadata) = std::fs::metadata(&path) {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = metadata.permissions().mode();
        if mode & 0o007 != 0 {
            let text = format!("{} can be read by every account of this machine", path.display());
            return Finding::warn(WHAT, text, format!("chmod o= {}", path.display()));
        }
        if mode & 0o070 != 0 {
            return Finding::ok(WHAT, format!("{}, shared with its group", path.display()));
        }
    }
    Finding::ok(WHAT, path.display().to_string())
}

fn age(ms: i64) -> String {
    let (count, unit) = match ms {
        ..MINUTE_MS => (ms / 1000, "second"),
        MINUTE_MS..3_600_000 => (ms / MINUTE_MS, "minute"),
        3_600_000..DAY_MS => (ms / 3_600_000, "hour"),
        _ => (ms / DAY_MS, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use exact_client::auth::{End, Ended, Renewal};
    use exact_client::settings::Secret;

    use super::super::State;
    use super::*;

    #[test]
    fn what_the_store_tells_of_the_tokens() {
        let fresh = StoredSignIn {
            user_name: Some("Jan".into()),
            issued_ms: 10 * DAY_MS,
            ..StoredSignIn::begin("site", "id", Secret::new("s"), Some(Secret::new("r")))
        };
        let with_end = |how| {
            let ended = Some(Ended { how, at_ms: 0, said: "(said)".into() });
            StoredSignIn { ended, access_token: None, ..fresh.clone() }
        };
        let renewal = Renewal { sent_ms: 10 * DAY_MS, process: 77 };
        let hour = 3_600_000;
        let cases = [
            (fresh.clone(), 2 * hour, State::Ok, "renewed 2 hours ago", true),
            (fresh.clone(), 22 * DAY_MS, State::Warn, "22 days", true),
            (fresh.clone(), -hour, State::Warn, "future", true),
            (StoredSignIn { issued_ms: 0, ..fresh.clone() }, hour, State::Ok, "not used yet", true),
            (StoredSignIn { renewal: Some(renewal), ..fresh.clone() }, 5_000, State::Warn, "process 77", true),
            (with_end(End::TakenOver), hour, State::Fail, "share one sign-in store", false),
            (with_end(End::LaterSignIn), hour, State::Fail, "on another machine", false),
            (with_end(End::AnswerLost(renewal)), hour, State::Fail, "process 77", false),
            (with_end(End::Expired), hour, State::Fail, "30 days", false),
        ];
        for (sign_in, later, state, words, goes_on) in cases {
            let (found, found_goes_on) = tokens(&sign_in, 10 * DAY_MS + later);
            assert_eq!((found.state, found_goes_on), (state, goes_on), "{found:?}");
            assert!(found.text.contains(words), "{found:?}");
        }
    }
}
