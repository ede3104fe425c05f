//! OAuth 2: authorisation codes, access tokens and chains of refresh tokens (fact sheet 2).

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::clock::{DAY, MINUTE, Millis};
use crate::company::value::{mix, mix_text};
use crate::failure::Failure;
use crate::odata::options::{QueryOptions, encode};
use crate::options::Switches;
use crate::reply::Reply;

/// The app that is registered from the start; any other client id may be registered by signing in with it.
pub const CLIENT_ID: &str = "5a1c7f40-0000-4000-8000-00000000da7a";
pub const CLIENT_SECRET: &str = "simulated-secret";

const ACCESS_LIFE: Millis = 600_000;
const EARLIEST_REFRESH: Millis = 570_000;
const CODE_LIFE: Millis = 3 * MINUTE;
const REFRESH_LIFE: Millis = 30 * DAY;

/// A code that waits to be exchanged.
struct Code {
    client: String,
    redirect_uri: String,
    issued: Millis,
}

/// The tokens that follow from one consent.
struct Chain {
    client: String,
    refresh_token: String,
    previous: Option<String>,
    issued: Millis,
    /// Whether an access token was handed out with the current refresh token.
    has_access: bool,
    is_dead: bool,
}

struct Access {
    client: String,
    chain: u64,
    expires: Millis,
}

#[derive(Default)]
struct Store {
    clients: HashMap<String, String>,
    codes: HashMap<String, Code>,
    chains: HashMap<u64, Chain>,
    refresh_tokens: HashMap<String, u64>,
    access_tokens: HashMap<String, Access>,
    token_calls: HashMap<String, (i64, u32)>,
    issued: u64,
}

/// The authorisation server.
pub struct OAuth {
    seed: u64,
    store: Mutex<Store>,
}

/// An OAuth error: status, `error`, `error_description`, `Reason`.
struct Refused(u16, &'static str, String, Option<&'static str>);

impl OAuth {
    pub fn new(seed: u64) -> OAuth {
        let mut store = Store::default();
        store.clients.insert(CLIENT_ID.to_owned(), CLIENT_SECRET.to_owned());
        OAuth { seed, store: Mutex::new(store) }
    }

    /// A fresh chain, as if a person had consented; registers the client id when it is new.
    pub fn sign_in(&self, client: &str, now: Millis, switches: &Switches) -> (String, String) {
        let mut store = self.store.lock();
        let secret = store.clients.entry(client.to_owned()).or_insert_with(|| CLIENT_SECRET.to_owned()).clone();
        let refresh_token = self.begin_chain(&mut store, client, now, switches);
        (secret, refresh_token)
    }

    /// `GET /api/oauth2/auth`: the simulated person consents at once.
    pub fn authorise(&self, options: &QueryOptions, now: Millis, switches: &Switches) -> Reply {
        let mut store = self.store.lock();
        let (Some(client), Some(redirect_uri)) = (options.get("client_id"), options.get("redirect_uri")) else {
            return Failure::plain(400, "client_id and redirect_uri are mandatory.").reply(switches);
        };
        if !store.clients.contains_key(client) {
            return Failure::plain(400, "The client id is not known.").reply(switches);
        }
        let state = options.get("state").map(|state| format!("&state={}", encode(state))).unwrap_or_default();
        let joint = if redirect_uri.contains('?') { '&' } else { '?' };
        if options.get("response_type") == Some("token") {
            let chain = self.begin_chain(&mut store, client, now, switches);
            let chain = store.refresh_tokens.get(&chain).copied().unwrap_or_default();
            let token = self.access_token(&mut store, client, chain, now);
            let target =
                format!("{redirect_uri}#access_token={}&token_type=bearer&expires_in=600{state}", encode(&token));
            return Reply::empty(302).with("Location", target);
        }
        // Codes hold characters that must be escaped (fact sheet 2.2).
        let code = format!("stampNL001.{}!/+{}", self.random(&mut store), self.random(&mut store));
        let waiting = Code { client: client.to_owned(), redirect_uri: redirect_uri.to_owned(), issued: now };
        store.codes.insert(code.clone(), waiting);
        Reply::empty(302).with("Location", format!("{redirect_uri}{joint}code={}{state}", encode(&code)))
    }

    /// `POST /api/oauth2/token`.
    pub fn token(&self, form: &QueryOptions, now: Millis, switches: &Switches) -> Reply {
        match self.grant(form, now, switches) {
            Ok((access_token, refresh_token)) => {
                let expires_in = match switches.numeric_expires_in {
                    true => serde_json::json!(600),
                    false => serde_json::json!("600"),
                };
                let body = serde_json::json!({
                    "access_token": access_token,
                    "token_type": "bearer",
                    "expires_in": expires_in,
                    "refresh_token": refresh_token,
                });
                Reply::json(200, body.to_string().into_bytes())
            }
            Err(Refused(status, error, description, reason)) => {
                let body = serde_json::json!({"error": error, "error_description": description});
                let mut reply = Reply::json(status, body.to_string().into_bytes());
                reply.headers.extend(reason.map(|reason| ("Reason".to_owned(), reason.to_owned())));
                reply
            }
        }
    }

    fn grant(&self, form: &QueryOptions, now: Millis, switches: &Switches) -> Result<(String, String), Refused> {
        let field = |name: &str| form.get(name).unwrap_or_default().to_owned();
        let client = field("client_id");
        let mut store = self.store.lock();
        if store.clients.get(&client) != Some(&field("client_secret")) {
            return Err(Refused(401, "unauthorized_client", "Invalid client id or client secret.".to_owned(), None));
        }
        count_token_call(&mut store, &client, now, switches)?;
        match field("grant_type").as_str() {
            "authorization_code" => {
                let chain = self.redeem(&mut store, &client, &field("code"), &field("redirect_uri"), now, switches)?;
                self.issue(&mut store, chain, now, false)
            }
            "refresh_token" => self.refresh(&mut store, &client, &field("refresh_token"), now, switches),
            other => {
                Err(Refused(400, "unsupported_grant_type", format!("Grant type '{other}' is not supported."), None))
            }
        }
    }

    fn redeem(
        &self,
        store: &mut Store,
        client: &str,
        code: &str,
        redirect_uri: &str,
        now: Millis,
        switches: &Switches,
    ) -> Result<u64, Refused> {
        let invalid = |text: &str| Refused(400, "invalid_grant", text.to_owned(), None);
        let waiting = store.codes.remove(code).ok_or_else(|| invalid("The code is not valid or was used before."))?;
        if now - waiting.issued >= CODE_LIFE {
            return Err(invalid("The code has expired."));
        }
        if waiting.client != client || waiting.redirect_uri != redirect_uri {
            return Err(invalid("The redirect_uri or client_id is not the one that the code was issued for."));
        }
        let refresh_token = self.begin_chain(store, client, now, switches);
        store.refresh_tokens.get(&refresh_token).copied().ok_or_else(|| invalid("No chain."))
    }

    fn refresh(
        &self,
        store: &mut Store,
        client: &str,
        token: &str,
        now: Millis,
        switches: &Switches,
    ) -> Result<(String, String), Refused> {
        let broken = "Token is not allowed, because of invalid or empty chainId";
        let chain_id = store.refresh_tokens.get(token).copied();
        let chain =
            chain_id.and_then(|id| store.chains.get(&id)).filter(|chain| chain.client == client && !chain.is_dead);
        let (Some(id), Some(chain)) = (chain_id, chain) else {
            return Err(Refused(400, "invalid_grant", broken.to_owned(), None));
        };
        let is_previous = chain.previous.as_deref() == Some(token) && switches.previous_refresh_token_once;
        if chain.refresh_token != token && !is_previous {
            return Err(Refused(401, "unauthorized_client", "Old refresh token used.".to_owned(), None));
        }
        if now - chain.issued >= REFRESH_LIFE {
            let text = format!("The refresh token expired at {} and it is now {now}", chain.issued + REFRESH_LIFE);
            return Err(Refused(400, "invalid_request", text, None));
        }
        if switches.early_refresh_refused && !is_previous && chain.has_access && now - chain.issued < EARLIEST_REFRESH {
            let text = "Rate limit exceeded: access_token not expired".to_owned();
            return Err(Refused(400, "access_denied", text, Some("TooEarlyToRefreshTokens")));
        }
        self.issue(store, id, now, !is_previous)
    }

    /// New tokens for a chain; the refresh token rotates unless it was only just begun.
    fn issue(
        &self,
        store: &mut Store,
        id: u64,
        now: Millis,
        keeps_previous: bool,
    ) -> Result<(String, String), Refused> {
        let client = store.chains.get(&id).map(|chain| chain.client.clone()).unwrap_or_default();
        let access_token = self.access_token(store, &client, id, now);
        let refresh_token = format!("stampNL001.refresh.{}{}", self.random(store), self.random(store));
        store.refresh_tokens.insert(refresh_token.clone(), id);
        if let Some(chain) = store.chains.get_mut(&id) {
            let old = std::mem::replace(&mut chain.refresh_token, refresh_token.clone());
            chain.previous = keeps_previous.then_some(old);
            chain.issued = now;
            chain.has_access = true;
        }
        Ok((access_token, refresh_token))
    }

    fn begin_chain(&self, store: &mut Store, client: &str, now: Millis, switches: &Switches) -> String {
        if switches.one_chain_per_app {
            let same_client = store.chains.values_mut().filter(|chain| chain.client == client);
            same_client.for_each(|chain| chain.is_dead = true);
        }
        let refresh_token = format!("stampNL001.refresh.{}{}", self.random(store), self.random(store));
        let id = store.issued;
        store.refresh_tokens.insert(refresh_token.clone(), id);
        let chain = Chain {
            client: client.to_owned(),
            refresh_token: refresh_token.clone(),
            previous: None,
            issued: now,
            has_access: false,
            is_dead: false,
        };
        store.chains.insert(id, chain);
        refresh_token
    }

    /// About a kilobyte, as the real ones are.
    fn access_token(&self, store: &mut Store, client: &str, chain: u64, now: Millis) -> String {
        let parts: String = (0..60).map(|_| self.random(store)).collect();
        let token = format!("stampNL001.gAAAA{parts}");
        store.access_tokens.retain(|_, access| access.expires > now);
        let access = Access { client: client.to_owned(), chain, expires: now + ACCESS_LIFE };
        store.access_tokens.insert(token.clone(), access);
        token
    }

    fn random(&self, store: &mut Store) -> String {
        store.issued += 1;
        format!("{:016x}", mix(self.seed ^ mix_text("token"), store.issued))
    }

    /// The client id of a valid access token.
    pub fn client_of(&self, token: &str, now: Millis) -> Option<String> {
        let store = self.store.lock();
        let access = store.access_tokens.get(token).filter(|access| access.expires > now)?;
        let is_alive = store.chains.get(&access.chain).is_some_and(|chain| !chain.is_dead);
        is_alive.then(|| access.client.clone())
    }
}

/// 200 token calls per app and day (fact sheet 2.8).
fn count_token_call(store: &mut Store, client: &str, now: Millis, switches: &Switches) -> Result<(), Refused> {
    let day = now.div_euclid(DAY);
    let calls = store.token_calls.entry(client.to_owned()).or_default();
    if calls.0 != day {
        *calls = (day, 0);
    }
    if switches.rate_limits && calls.1 >= switches.token_limit {
        let text = "Rate limit exceeded: too many token requests for today".to_owned();
        return Err(Refused(429, "access_denied", text, None));
    }
    calls.1 += 1;
    Ok(())
}
