//! The token endpoint: a refresh token or a code for a pair of tokens (fact sheet 2.3 to 2.8).

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AccessToken, AsyncHttpClient, AuthType, AuthorizationCode, Client, ClientId, ClientSecret, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, RedirectUrl, RefreshToken, RequestTokenError, Scope,
    StandardRevocableToken, TokenResponse, TokenUrl,
};
use serde::{Deserialize, Deserializer, Serialize};

use super::StoredSignIn;
use super::refusal::{self, LOGIN, Refusal};
use crate::error::Error;
use crate::limits::{Closing, Limits};
use crate::odata::error::message;
use crate::settings::Secret;

/// A pair of tokens as the service answers it; `expires_in` comes as text or as a number.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TokenAnswer {
    access_token: AccessToken,
    #[serde(default)]
    refresh_token: Option<RefreshToken>,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
    /// `bearer` in any case: there is no other kind.
    #[serde(skip, default = "bearer")]
    token_type: BasicTokenType,
}

fn bearer() -> BasicTokenType {
    BasicTokenType::Bearer
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Seconds {
        Number(u64),
        Text(String),
    }
    Ok(match Option::<Seconds>::deserialize(deserializer)? {
        Some(Seconds::Number(number)) => Some(number),
        Some(Seconds::Text(text)) => text.trim().parse().ok(),
        None => None,
    })
}

impl TokenResponse for TokenAnswer {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

impl TokenAnswer {
    /// Puts the new pair in the place of the old one.
    pub(super) fn enter(&self, sign_in: &mut StoredSignIn, now_ms: i64) {
        sign_in.access_token = Some(Secret::new(self.access_token.secret()));
        if let Some(token) = &self.refresh_token {
            sign_in.previous_refresh_token = sign_in.refresh_token.replace(Secret::new(token.secret()));
        }
        sign_in.renewal = None;
        sign_in.ended = None;
        sign_in.issued_ms = now_ms;
        let life = self.expires_in.and_then(|seconds| i64::try_from(seconds).ok());
        sign_in.life_s = life.unwrap_or(super::sign_in::DEFAULT_LIFE_S);
    }
}

/// What is exchanged for a pair of tokens.
pub(super) enum Grant<'a> {
    Refresh(&'a Secret),
    Code { code: &'a Secret, callback_url: &'a str },
}

type Protocol = Client<
    BasicErrorResponse,
    TokenAnswer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// How long the endpoint may take: less than others wait for the store's lock, which is held meanwhile.
pub(super) const LONGEST: Duration = Duration::from_secs(60);

/// The last answer of the endpoint, kept beside what the protocol makes of it.
#[derive(Default)]
struct Answer {
    status: u16,
    reason: Option<String>,
}

#[derive(Debug)]
struct HttpFailure(reqwest::Error);

impl fmt::Display for HttpFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&crate::transport::reason(&self.0))
    }
}

impl std::error::Error for HttpFailure {}

/// The token endpoint of a site.
#[derive(Clone, Debug)]
pub(super) struct TokenEndpoint {
    pub(super) http: reqwest::Client,
    pub(super) timeout: Duration,
    /// Where its calls are counted: an app has so many a day (fact sheet 2.8).
    pub(super) limits: Arc<Limits>,
}

impl TokenEndpoint {
    fn patience(&self) -> Duration {
        self.timeout.min(LONGEST)
    }

    fn failure(
        &self,
        sign_in: &StoredSignIn,
        answer: &Answer,
        error: RequestTokenError<HttpFailure, BasicErrorResponse>,
    ) -> Refusal {
        let reason = answer.reason.as_deref();
        match error {
            RequestTokenError::ServerResponse(body) => {
                let description = body.error_description().map_or("", String::as_str);
                refusal::of_answer(answer.status, reason, body.error().as_ref(), description)
            }
            RequestTokenError::Request(HttpFailure(error)) => self.no_answer(&error, &sign_in.base_url),
            RequestTokenError::Parse(_, body) => {
                refusal::of_answer(answer.status, reason, "", &message(&body).unwrap_or_default())
            }
            RequestTokenError::Other(text) => refusal::of_answer(answer.status, reason, "", &text),
        }
    }

    fn no_answer(&self, error: &reqwest::Error, base_url: &str) -> Refusal {
        const TARGET: &str = "the token endpoint";
        let lost = crate::transport::connection_error(error, base_url, TARGET);
        if error.is_connect() || error.is_builder() {
            return Refusal::NotSent(lost);
        }
        if error.is_timeout() {
            let error = Error::TimedOut { target: TARGET.into(), seconds: self.patience().as_secs() };
            return Refusal::Unknown { error, again: false };
        }
        Refusal::Unknown { error: lost, again: true }
    }

    /// Exchanges a grant for a pair of tokens.
    pub(super) async fn exchange(
        &self,
        sign_in: &StoredSignIn,
        grant: Grant<'_>,
    ) -> std::result::Result<TokenAnswer, Refusal> {
        let protocol = protocol(sign_in)?;
        let ticket = self.limits.permit_token_call(self.timeout).await.map_err(Refusal::NotSent)?;
        let http = Transport { endpoint: self, answer: Mutex::default() };
        let outcome = match grant {
            Grant::Refresh(token) => {
                let token = RefreshToken::new(token.reveal().to_owned());
                protocol.exchange_refresh_token(&token).request_async(&http).await
            }
            Grant::Code { code, callback_url } => {
                let redirect = RedirectUrl::new(callback_url.to_owned())
                    .map_err(|error| refusal::property("CallbackURL", &error.to_string()))?;
                let code = AuthorizationCode::new(code.reveal().to_owned());
                let protocol = protocol.set_redirect_uri(redirect);
                protocol.exchange_code(code).request_async(&http).await
            }
        };
        let answer = http.answer.into_inner().unwrap_or_else(PoisonError::into_inner);
        let status = (answer.status > 0).then_some(answer.status);
        self.limits.close(&ticket, &Closing { status, ..Closing::default() }).await;
        let outcome = outcome.map_err(|error| self.failure(sign_in, &answer, error));
        if let Err(Refusal::Refused(Error::BudgetSpent { .. })) = &outcome {
            self.limits.token_calls_spent(&ticket).await;
        }
        outcome
    }
}

/// Carries one request of the protocol.
struct Transport<'a> {
    endpoint: &'a TokenEndpoint,
    answer: Mutex<Answer>,
}

type Carried = std::result::Result<HttpResponse, HttpFailure>;

impl<'c> AsyncHttpClient<'c> for Transport<'_> {
    type Error = HttpFailure;
    type Future = Pin<Box<dyn Future<Output = Carried> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.carry(request))
    }
}

impl Transport<'_> {
    async fn carry(&self, request: HttpRequest) -> Carried {
        let mut request = reqwest::Request::try_from(request).map_err(HttpFailure)?;
        *request.timeout_mut() = Some(self.endpoint.patience());
        let response = self.endpoint.http.execute(request).await.map_err(HttpFailure)?;
        let status = response.status();
        let reason = response.headers().get("Reason").and_then(|value| value.to_str().ok()).map(str::to_owned);
        tracing::info!(target: "exact::auth", status = status.as_u16(), reason = reason.as_deref(), "token endpoint answered");
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Answer { status: status.as_u16(), reason };
        let body = response.bytes().await.map_err(HttpFailure)?;
        let mut response = HttpResponse::new(body.to_vec());
        *response.status_mut() = status;
        Ok(response)
    }
}

fn protocol(sign_in: &StoredSignIn) -> std::result::Result<Protocol, Refusal> {
    let url = TokenUrl::new(format!("{}/api/oauth2/token", sign_in.base_url))
        .map_err(|error| refusal::property("BaseUrl", &error.to_string()))?;
    Ok(Client::new(ClientId::new(sign_in.client_id.clone()))
        .set_client_secret(ClientSecret::new(sign_in.client_secret.reveal().to_owned()))
        .set_auth_type(AuthType::RequestBody)
        .set_token_uri(url))
}

/// The error for a refusal that the caller cannot mend.
pub(super) fn final_error(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Refused(error) | Refusal::Unknown { error, .. } | Refusal::NotSent(error) => error,
        Refusal::Spent(_, said) => {
            Error::NotSignedIn { reason: format!("Exact Online refuses the sign-in {said}. {LOGIN}") }
        }
        Refusal::TooEarly => Error::NotSignedIn {
            reason:
                "Exact Online refuses a new access token because the last one has not expired, and that one is not \
                     at hand. Wait ten minutes and try again"
                    .into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_life_of_a_token_comes_as_text_or_number() {
        for (json, expected) in [("\"600\"", Some(600)), ("600", Some(600)), ("null", None), ("\"\"", None)] {
            let json =
                format!(r#"{{"access_token":"a","token_type":"BEARER","expires_in":{json},"refresh_token":"r"}}"#);
            let answer: TokenAnswer = serde_json::from_str(&json).unwrap();
            assert_eq!(answer.expires_in, expected, "{json}");
            assert!(!format!("{answer:?}").contains("\"a\""));
        }
    }
}
