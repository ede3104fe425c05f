//! New sign-ins: from a refresh token, or from the code that a browser came back with.
//!
//! Both run to their end in a task of their own on the runtime given: a code and a refresh token can be exchanged once,
//! so the answer must be stored even if the caller goes away.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::exchange::{Grant, TokenEndpoint, final_error};
use super::refusal::LOGIN;
use super::under_way::UnderWay;
use super::{Store, StoredSignIn, resolve};
use crate::division;
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::settings::{DivisionSetting, InitiateOAuth, Secret, Settings};
use crate::transport::{Clock, Session, SystemClock};

/// Signs in with a refresh token: stores it, exchanges it at once, and asks whose it is. What was stored before comes
/// back if the token is refused. Gives what is stored now.
pub async fn import_refresh_token(settings: &Settings, refresh_token: Secret, runtime: Handle) -> Result<StoredSignIn> {
    let (settings, there) = (settings.clone(), runtime.clone());
    to_its_end(&runtime, async move { with_refresh_token(&settings, refresh_token, there).await }).await
}

/// Signs in with the code that a browser came back with (the property `OAuthVerifier`, fact sheet 2.2). Gives what is
/// stored now.
pub async fn import_code(settings: &Settings, code: Secret, runtime: Handle) -> Result<StoredSignIn> {
    let (settings, there) = (settings.clone(), runtime.clone());
    to_its_end(&runtime, async move { with_code(&settings, &code, there).await }).await
}

async fn to_its_end<T: Send + 'static>(
    runtime: &Handle,
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let under_way = UnderWay::on(runtime);
    let ended = runtime.spawn(async move {
        let _under_way = under_way;
        work.await
    });
    ended.await.unwrap_or_else(|error| Err(Error::Internal { what: format!("signing in: {error}") }))
}

async fn with_refresh_token(settings: &Settings, refresh_token: Secret, runtime: Handle) -> Result<StoredSignIn> {
    let store = resolve::store_for_new(settings)?;
    let previous = store.load()?;
    let app = resolve::app(settings, previous.as_ref())?;
    let mut sign_in = StoredSignIn::begin(&settings.base_url, &app.id, app.secret, Some(refresh_token));
    sign_in.callback_url = callback_url(settings, previous.as_ref());
    store.lock().await?.save(&sign_in)?;
    let outcome = complete(settings, &store, runtime).await;
    if outcome.is_err() {
        put_back(&store, &sign_in, previous).await?;
    }
    outcome
}

/// Restores what was stored before a sign-in that came to nothing; one that got as far as a new pair stays.
async fn put_back(store: &Store, failed: &StoredSignIn, previous: Option<StoredSignIn>) -> Result<()> {
    let lock = store.lock().await?;
    if store.load()?.is_none_or(|stored| stored.refresh_token != failed.refresh_token) {
        return Ok(());
    }
    match previous {
        Some(previous) => lock.save(&previous),
        None => lock.remove(),
    }
}

/// A store which cannot be written is found out before the code is spent.
async fn with_code(settings: &Settings, code: &Secret, runtime: Handle) -> Result<StoredSignIn> {
    let store = resolve::store_for_new(settings)?;
    let lock = store.lock().await?;
    lock.check()?;
    let stored = store.load()?;
    let app = resolve::app(settings, stored.as_ref())?;
    let callback_url = callback_url(settings, stored.as_ref()).ok_or_else(no_callback_url)?;
    let mut sign_in = StoredSignIn::begin(&settings.base_url, &app.id, app.secret, None);
    let limits = Arc::new(limits(settings, &store, &app.id));
    let endpoint = TokenEndpoint { http: crate::transport::http_client(settings)?, timeout: settings.timeout, limits };
    let grant = Grant::Code { code, callback_url: &callback_url };
    let answer = endpoint.exchange(&sign_in, grant).await.map_err(final_error)?;
    answer.enter(&mut sign_in, SystemClock.now_ms());
    sign_in.callback_url = Some(callback_url);
    lock.save(&sign_in)?;
    drop(lock);
    complete(settings, &store, runtime).await
}

fn limits(settings: &Settings, store: &Store, client_id: &str) -> Limits {
    Limits::new(&store.location(), &settings.base_url, client_id, Arc::new(SystemClock))
}

/// The redirect address given, else that of the last sign-in.
pub(super) fn callback_url(settings: &Settings, stored: Option<&StoredSignIn>) -> Option<String> {
    settings.callback_url.clone().or_else(|| stored?.callback_url.clone())
}

pub(super) fn no_callback_url() -> Error {
    Error::InvalidProperty {
        property: "CallbackURL".into(),
        reason: "it is needed for a new sign-in: the redirect address, exactly as it is registered with the app".into(),
        sqlstate: "28000",
    }
}

/// Asks for the user, the division and the list of divisions of a sign-in just stored, which are stored with it.
async fn complete(settings: &Settings, store: &Store, runtime: Handle) -> Result<StoredSignIn> {
    let settings = Settings {
        division: DivisionSetting::Current,
        initiate_oauth: InitiateOAuth::Refresh,
        oauth_settings_location: Some(store.location()),
        oauth_access_token: None,
        oauth_refresh_token: None,
        oauth_verifier: None,
        ..settings.clone()
    };
    let (session, _) = Session::open(&settings, runtime).await?;
    // Whoever may not read the list is signed in all the same.
    if let Err(error) = division::refresh(&session).await {
        tracing::warn!(target: "exact::division", %error, "the list of divisions could not be read");
    }
    let removed =
        || Error::NotSignedIn { reason: format!("the sign-in was removed from its store meanwhile. {LOGIN}") };
    let stored = store.load()?.ok_or_else(removed)?;
    // What was refused before may be allowed to this sign-in.
    limits(&settings, store, &stored.client_id).forget_refusals().await;
    Ok(stored)
}
