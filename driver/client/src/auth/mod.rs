//! Signing in: the store of the sign-in, the token endpoint, and the broker that hands out access tokens.

mod broker;
mod exchange;
mod refusal;
mod resolve;
mod sign_in;
mod store;

use std::sync::Arc;

use tokio::runtime::Handle;

pub use sign_in::{DEFAULT_LIFE_S, REFRESH_AFTER_S, StoredSignIn};
pub use store::{Store, StoreLock};

pub(crate) use broker::Broker;
pub(crate) use refusal::LOGIN;
pub(crate) use resolve::{Resolved, resolve};

use crate::error::{Error, Result};
use crate::settings::{DivisionSetting, Secret, Settings};
use crate::transport::{Clock, Session, SystemClock};
use exchange::{Grant, TokenEndpoint, final_error};

/// The broker of this sign-in over this HTTP client.
pub(crate) fn broker(
    resolved: Resolved,
    settings: &Settings,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    runtime: Handle,
) -> Broker {
    let endpoint = TokenEndpoint { http, timeout: settings.timeout };
    let may_refresh = settings.initiate_oauth != crate::settings::InitiateOAuth::Off;
    Broker::new(resolved.store, resolved.sign_in, endpoint, clock, may_refresh, runtime)
}

/// Signs in with a refresh token obtained elsewhere: stores it, exchanges it at once, and asks whose it is. What was
/// stored before comes back if the token is refused.
pub async fn import_refresh_token(settings: &Settings, refresh_token: Secret, runtime: Handle) -> Result<StoredSignIn> {
    let store = store_for_sign_in(settings)?;
    let previous = store.load()?;
    let app = resolve::app(settings, previous.as_ref())?;
    let sign_in = StoredSignIn::begin(&settings.base_url, &app.id, app.secret, Some(refresh_token));
    save(&store, &sign_in).await?;
    let outcome = complete(settings, &store, runtime).await;
    if outcome.is_err() {
        let _lock = store.lock().await?;
        let untouched = store.load()?.is_some_and(|stored| stored.refresh_token == sign_in.refresh_token);
        match (untouched, previous) {
            (true, Some(previous)) => store.save(&previous)?,
            (true, None) => store.remove()?,
            (false, _) => {}
        }
    }
    outcome
}

/// Signs in with the code that a browser came back with (the property `OAuthVerifier`, fact sheet 2.2).
pub async fn import_code(settings: &Settings, code: Secret, runtime: Handle) -> Result<StoredSignIn> {
    let store = store_for_sign_in(settings)?;
    let app = resolve::app(settings, store.load()?.as_ref())?;
    let callback_url = settings.callback_url.as_deref().ok_or_else(|| Error::InvalidProperty {
        property: "CallbackURL".into(),
        reason: "it is needed to sign in with a code, exactly as it is registered".into(),
        sqlstate: "28000",
    })?;
    let mut sign_in = StoredSignIn::begin(&settings.base_url, &app.id, app.secret, None);
    let endpoint = TokenEndpoint { http: crate::transport::http_client(settings)?, timeout: settings.timeout };
    let (asked, callback_url) = (sign_in.clone(), callback_url.to_owned());
    // On the runtime that drives sockets and timers, and to its end: a code can be exchanged once.
    let exchange = runtime.spawn(async move {
        let grant = Grant::Code { code: &code, callback_url: &callback_url };
        endpoint.exchange(&asked, grant).await.map_err(final_error)
    });
    let answer = exchange.await.map_err(|error| Error::Internal { what: error.to_string() })??;
    answer.enter(&mut sign_in, SystemClock.now_ms());
    save(&store, &sign_in).await?;
    complete(settings, &store, runtime).await
}

/// The store that a new sign-in goes to.
fn store_for_sign_in(settings: &Settings) -> Result<Store> {
    resolve::find_store(settings)
}

async fn save(store: &Store, sign_in: &StoredSignIn) -> Result<()> {
    let _lock = store.lock().await?;
    store.save(sign_in)
}

/// Asks for the user and the division of a sign-in just stored, which are stored with it.
async fn complete(settings: &Settings, store: &Store, runtime: Handle) -> Result<StoredSignIn> {
    let settings = Settings {
        division: DivisionSetting::Current,
        oauth_settings_location: Some(store.location()),
        oauth_access_token: None,
        oauth_refresh_token: None,
        oauth_verifier: None,
        ..settings.clone()
    };
    Session::open(&settings, runtime).await?;
    let reason = || format!("the sign-in was removed from its store meanwhile. {LOGIN}");
    store.load()?.ok_or_else(|| Error::NotSignedIn { reason: reason() })
}
