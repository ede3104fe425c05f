//! What the store keeps of a sign-in.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::settings::Secret;

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
    /// The refresh token of a connection string that this sign-in began with; a different one begins a new sign-in.
    #[serde(default, with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub seed: Option<Secret>,
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
