//! What the store keeps of a sign-in.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::refusal::LOGIN;
use crate::error::Error;
use crate::settings::Secret;
use crate::transport::moment;

/// Seconds after its issue before which the service refuses to exchange a token (fact sheet 2.5).
pub const REFRESH_AFTER_S: i64 = 570;
/// Life of an access token in seconds, where the service does not say.
pub const DEFAULT_LIFE_S: i64 = 600;

/// A sign-in: whose it is, and its current pair of tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSignIn {
    pub base_url: String,
    pub client_id: String,
    #[serde(with = "text")]
    pub client_secret: Secret,
    /// The user's name at Exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// The division that a connection without one uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub division: Option<i32>,
    #[serde(default, with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    #[serde(default, with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub access_token: Option<Secret>,
    /// When the access token was received, in milliseconds since 1970.
    #[serde(default)]
    pub issued_ms: i64,
    /// Life of the access token in seconds.
    #[serde(default)]
    pub life_s: i64,
    /// Redirect address of the app registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
    /// The refresh token before the current one, until the current one has been exchanged in its turn.
    #[serde(default, with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub previous_refresh_token: Option<Secret>,
    /// Written before the current refresh token is sent, taken away with the answer: one that is found tells of a
    /// renewal whose answer was never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewal: Option<Renewal>,
    /// Why the service will renew this sign-in no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// The refresh token of a connection string that this sign-in began with; a different one begins a new sign-in.
    #[serde(default, with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub seed: Option<Secret>,
}

/// A refresh token on its way to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewal {
    /// In milliseconds since 1970.
    pub sent_ms: i64,
    /// Which process sent it.
    pub process: u32,
}

/// The end of a sign-in: a person must sign in again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub how: End,
    /// In milliseconds since 1970.
    pub at_ms: i64,
    /// The service's words.
    pub said: String,
}

/// How a sign-in comes to its end (fact sheet 2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Another program has exchanged its refresh token.
    TakenOver,
    /// We have exchanged it, and lost the answer.
    AnswerLost(Renewal),
    /// A later sign-in by the same user with the same app.
    LaterSignIn,
    /// It was not used for 30 days.
    Expired,
}

impl Ended {
    /// What happened and what mends it.
    pub fn error(&self) -> Error {
        let said = &self.said;
        let reason = match self.how {
            End::TakenOver => format!(
                "the sign-in was taken over: another program has used its refresh token {said}. {LOGIN}. Let all programs \
                 share one sign-in store, or give each machine an app registration of its own"
            ),
            End::AnswerLost(renewal) => format!(
                "the sign-in was lost: process {} sent its refresh token at {} and was ended, or lost the connection, \
                 before it could store the answer {said}. {LOGIN}",
                renewal.process,
                moment(renewal.sent_ms)
            ),
            End::LaterSignIn => format!(
                "the sign-in is no longer valid: a later sign-in by the same user with the same app, perhaps on another \
                 machine, has ended it {said}. {LOGIN}. Give each machine an app registration of its own"
            ),
            End::Expired => format!("the sign-in has expired: it was not used for 30 days {said}. {LOGIN}"),
        };
        Error::NotSignedIn { reason }
    }
}

impl StoredSignIn {
    /// A sign-in that has nothing but its refresh token yet.
    pub fn begin(base_url: &str, client_id: &str, client_secret: Secret, refresh_token: Option<Secret>) -> Self {
        Self {
            base_url: base_url.to_owned(),
            client_id: client_id.to_owned(),
            client_secret,
            user_name: None,
            division: None,
            refresh_token,
            access_token: None,
            issued_ms: 0,
            life_s: DEFAULT_LIFE_S,
            callback_url: None,
            previous_refresh_token: None,
            renewal: None,
            ended: None,
            seed: None,
        }
    }

    /// Whether the access token needs no refresh yet.
    pub fn is_fresh(&self, now_ms: i64) -> bool {
        self.access_token.is_some() && now_ms < self.issued_ms + REFRESH_AFTER_S.min(self.life_s) * 1000
    }

    /// Whether the access token still lives.
    pub fn is_alive(&self, now_ms: i64) -> bool {
        self.access_token.is_some() && now_ms < self.issued_ms + self.life_s * 1000
    }
}

mod text {
    use super::{Deserialize, Deserializer, Secret, Serializer};

    pub(super) fn serialize<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.reveal())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }
}

mod optional_text {
    use super::{Deserialize, Deserializer, Secret, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
        secret.as_ref().map(Secret::reveal).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
    }
}
