//! Which sign-in a connection means (the driver's search order), and how given tokens begin one.

use std::path::Path;

use super::refusal::LOGIN;
use super::{Store, StoredSignIn};
use crate::error::{Error, Result};
use crate::settings::{InitiateOAuth, Secret, Settings, StoreLocation};

/// The app registration that a distributor has compiled in.
const COMPILED_IN: Option<(&str, &str)> = match (option_env!("EXACT_CLIENT_ID"), option_env!("EXACT_CLIENT_SECRET")) {
    (Some(id), Some(secret)) => Some((id, secret)),
    _ => None,
};

/// A sign-in and where it is kept.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) store: Store,
    pub(crate) sign_in: StoredSignIn,
}

/// The app registration: client id and secret.
pub(super) struct App {
    pub(super) id: String,
    pub(super) secret: Secret,
}

/// Finds the sign-in of these settings without any call. Tokens given in the settings begin one where none is stored.
pub(crate) async fn resolve(settings: &Settings, now_ms: i64) -> Result<Resolved> {
    if settings.initiate_oauth == InitiateOAuth::Off && settings.oauth_access_token.is_some() {
        return given_only(settings, now_ms).await;
    }
    let store = find_store(settings)?;
    let stored = store.load()?;
    if let Some(stored) = &stored {
        check_site(settings, &store, stored)?;
    }
    let seeds = has_tokens(settings);
    match stored {
        Some(sign_in) if !seeds || !is_new_seed(settings, &sign_in) => match &sign_in.ended {
            Some(ended) if !sign_in.is_fresh(now_ms) => Err(ended.error()),
            _ => Ok(Resolved { store, sign_in }),
        },
        None if !seeds => Err(nothing_stored(settings)),
        _ => seed(settings, store, now_ms).await,
    }
}

fn nothing_stored(settings: &Settings) -> Error {
    let whom = settings.oauth_client_id.as_deref().map_or(String::new(), |id| format!(" with client id {id}"));
    let reason = format!(
        "not signed in to {}{whom}: no sign-in is stored. Sign in once with: exact-odbc login",
        settings.base_url
    );
    Error::NotSignedIn { reason }
}

/// The store that a connection reads: that of `named_store`; but where it is a file with nothing in it, and neither a
/// client id nor a token is given, the only one of the site.
pub fn find_store(settings: &Settings) -> Result<Store> {
    let named = named_store(settings)?;
    let is_anonymous = settings.oauth_client_id.is_none() && !has_tokens(settings);
    match &settings.oauth_settings_location {
        Some(StoreLocation::File(_)) if is_anonymous => {
            Store::folder().map_or(Ok(named.clone()), |folder| filled_or_only(named, &folder, settings))
        }
        _ => Ok(named),
    }
}

fn filled_or_only(named: Store, folder: &Path, settings: &Settings) -> Result<Store> {
    if named.load()?.is_some() {
        return Ok(named);
    }
    Ok(only_store(folder, settings).ok().flatten().unwrap_or(named))
}

fn has_tokens(settings: &Settings) -> bool {
    settings.oauth_refresh_token.is_some() || settings.oauth_access_token.is_some()
}

/// The store of these settings: named by them, that of the client id, the only one of the site, or that of the app that
/// is compiled in. Nothing need be stored there.
pub fn named_store(settings: &Settings) -> Result<Store> {
    if let Some(location) = &settings.oauth_settings_location {
        return Ok(Store::of(location));
    }
    if let Some(id) = &settings.oauth_client_id {
        return Ok(Store::at(Store::default_path(&settings.base_url, id)?));
    }
    let folder = Store::folder()?;
    match only_store(&folder, settings)? {
        Some(store) => Ok(store),
        None => match COMPILED_IN {
            Some((id, _)) => Ok(Store::at(Store::default_path(&settings.base_url, id)?)),
            None => Err(nothing_stored(settings)),
        },
    }
}

/// The store of a new sign-in: the same, though nothing need be stored.
pub(super) fn store_for_new(settings: &Settings) -> Result<Store> {
    match named_store(settings) {
        Err(Error::NotSignedIn { .. }) if settings.oauth_client_id.is_none() => Err(missing("OAuthClientId")),
        other => other,
    }
}

fn only_store(folder: &Path, settings: &Settings) -> Result<Option<Store>> {
    let mut stores = Store::of_site(folder, &settings.base_url);
    if stores.len() > 1 {
        let count = stores.len();
        let reason = format!(
            "{count} sign-ins are stored for {}: say which one by OAuthClientId or OAuthSettingsLocation",
            settings.base_url
        );
        return Err(Error::NotSignedIn { reason });
    }
    Ok(stores.pop())
}

/// The app registration of these settings: given, stored, or compiled in.
pub(super) fn app(settings: &Settings, stored: Option<&StoredSignIn>) -> Result<App> {
    let given_id = settings.oauth_client_id.clone();
    let same = stored.filter(|stored| given_id.as_ref().is_none_or(|id| *id == stored.client_id));
    let compiled_in = COMPILED_IN.filter(|(compiled, _)| given_id.as_deref().is_none_or(|id| id == *compiled));
    let id =
        given_id.clone().or_else(|| same.map(|s| s.client_id.clone())).or_else(|| compiled_in.map(|(id, _)| id.into()));
    let secret = settings.oauth_client_secret.clone();
    let secret =
        secret.or_else(|| same.map(|s| s.client_secret.clone())).or_else(|| compiled_in.map(|(_, s)| Secret::new(s)));
    match (id, secret) {
        (Some(id), Some(secret)) => Ok(App { id, secret }),
        (Some(_), None) => Err(missing("OAuthClientSecret")),
        (None, _) => Err(missing("OAuthClientId")),
    }
}

fn missing(property: &str) -> Error {
    let reason = format!("it is needed for a new sign-in. Give it, or use a stored sign-in: {LOGIN}");
    Error::InvalidProperty { property: property.to_owned(), reason, sqlstate: "28000" }
}

fn check_site(settings: &Settings, store: &Store, stored: &StoredSignIn) -> Result<()> {
    let wrong = |what: &str, asked: &str, found: &str| {
        let reason = format!(
            "the sign-in stored at {:?} is of {what} {found}, the connection asks for {asked}. Name another \
             OAuthSettingsLocation, or sign in with: exact-odbc login",
            store.location()
        );
        Err(Error::NotSignedIn { reason })
    };
    if stored.base_url != settings.base_url {
        return wrong("site", &settings.base_url, &stored.base_url);
    }
    match &settings.oauth_client_id {
        Some(id) if *id != stored.client_id => wrong("client id", id, &stored.client_id),
        _ => Ok(()),
    }
}

/// Whether the given tokens are not those that the stored sign-in began with or holds: then they begin a new one.
fn is_new_seed(settings: &Settings, stored: &StoredSignIn) -> bool {
    let given = settings.oauth_refresh_token.as_ref().or(settings.oauth_access_token.as_ref());
    let held = [stored.seed.as_ref(), stored.refresh_token.as_ref(), stored.access_token.as_ref()];
    given.is_some() && !held.contains(&given)
}

async fn seed(settings: &Settings, store: Store, now_ms: i64) -> Result<Resolved> {
    let lock = store.lock().await?;
    let stored = store.load()?;
    if let Some(stored) = stored.as_ref().filter(|stored| !is_new_seed(settings, stored)) {
        let sign_in = stored.clone();
        return Ok(Resolved { store, sign_in });
    }
    let app = app(settings, stored.as_ref())?;
    let sign_in = begin(settings, app, now_ms);
    lock.save(&sign_in)?;
    Ok(Resolved { store, sign_in })
}

fn begin(settings: &Settings, app: App, now_ms: i64) -> StoredSignIn {
    let refresh_token = settings.oauth_refresh_token.clone();
    let mut sign_in = StoredSignIn::begin(&settings.base_url, &app.id, app.secret, refresh_token);
    sign_in.callback_url = settings.callback_url.clone();
    sign_in.seed = settings.oauth_refresh_token.clone().or_else(|| settings.oauth_access_token.clone());
    sign_in.access_token = settings.oauth_access_token.clone();
    sign_in.issued_ms = settings.oauth_token_timestamp.unwrap_or(now_ms);
    if let Some(life) = settings.oauth_expires_in {
        sign_in.life_s = i64::try_from(life.as_secs()).unwrap_or(i64::MAX / 1000);
    }
    sign_in
}

/// InitiateOAuth=OFF: the given access token, in no store but this process's memory.
async fn given_only(settings: &Settings, now_ms: i64) -> Result<Resolved> {
    let app = App {
        id: settings.oauth_client_id.clone().unwrap_or_default(),
        secret: settings.oauth_client_secret.clone().unwrap_or_else(|| Secret::new("")),
    };
    let sign_in = begin(settings, app, now_ms);
    // A store of its own for each token, so that two connections with the same one share it.
    let mut name = std::hash::DefaultHasher::new();
    std::hash::Hash::hash(&sign_in.access_token.as_ref().map(Secret::reveal), &mut name);
    let store = Store::in_memory(&format!("given {:x}", std::hash::Hasher::finish(&name)));
    store.lock().await?.save(&sign_in)?;
    Ok(Resolved { store, sign_in })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        let pairs: Vec<_> = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Settings::from_pairs(&pairs, &[]).unwrap().0
    }

    #[tokio::test]
    async fn given_tokens_begin_a_sign_in_once() {
        let store = "memory://resolve-seed";
        let with = |token| {
            settings(&[("OAuthSettingsLocation", store), ("UID", "id"), ("PWD", "s"), ("OAuthRefreshToken", token)])
        };
        let first = resolve(&with("one"), 5).await.unwrap();
        assert_eq!(first.sign_in.refresh_token, Some(Secret::new("one")));
        let rotated = StoredSignIn { refresh_token: Some(Secret::new("two")), division: Some(7), ..first.sign_in };
        first.store.lock().await.unwrap().save(&rotated).unwrap();
        assert_eq!(resolve(&with("one"), 5).await.unwrap().sign_in, rotated, "the chain goes on");
        let without = settings(&[("OAuthSettingsLocation", store)]);
        assert_eq!(resolve(&without, 5).await.unwrap().sign_in, rotated, "no client id is needed");
        let again = resolve(&with("three"), 5).await.unwrap().sign_in;
        assert_eq!((again.refresh_token, again.division), (Some(Secret::new("three")), None), "a new one begins");
    }

    #[tokio::test]
    async fn what_is_missing_or_wrong_is_said() {
        let store = ("OAuthSettingsLocation", "memory://resolve-wrong");
        let nothing = resolve(&settings(&[store]), 5).await.unwrap_err();
        assert_eq!(nothing.sqlstate(), "28000");
        assert!(nothing.to_string().contains("exact-odbc login"), "{nothing}");
        let no_secret = resolve(&settings(&[store, ("UID", "id"), ("OAuthRefreshToken", "r")]), 5).await.unwrap_err();
        assert!(no_secret.to_string().contains("OAuthClientSecret"), "{no_secret}");
        resolve(&settings(&[store, ("UID", "id"), ("PWD", "s"), ("OAuthRefreshToken", "r")]), 5).await.unwrap();
        let other_app = resolve(&settings(&[store, ("UID", "other")]), 5).await.unwrap_err();
        assert!(other_app.to_string().contains("client id"), "{other_app}");
        let other_site = resolve(&settings(&[store, ("Region", "BE")]), 5).await.unwrap_err();
        assert!(other_site.to_string().contains("exactonline.be"), "{other_site}");
    }

    #[tokio::test]
    async fn a_file_with_nothing_in_it_leaves_the_only_sign_in_of_the_site() {
        let folder = tempfile::tempdir().unwrap();
        let named = Store::at(folder.path().join("elsewhere").join("OAuthSettings.txt"));
        let settings = settings(&[]);
        let serving = || filled_or_only(named.clone(), folder.path(), &settings).unwrap().name();
        assert_eq!(serving(), named.name());
        let sign_in = StoredSignIn::begin(&settings.base_url, "a", Secret::new("s"), None);
        let only = Store::at(folder.path().join("start.exactonline.nl~a.json"));
        only.lock().await.unwrap().save(&sign_in).unwrap();
        assert_eq!(serving(), only.name());
        let second = Store::at(folder.path().join("start.exactonline.nl~b.json"));
        second.lock().await.unwrap().save(&sign_in).unwrap();
        assert_eq!(serving(), named.name(), "nobody knows which of the two");
        named.lock().await.unwrap().save(&sign_in).unwrap();
        second.lock().await.unwrap().remove().unwrap();
        assert_eq!(serving(), named.name());
    }

    #[tokio::test]
    async fn two_stores_of_a_site_must_be_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(&[]);
        let sign_in = StoredSignIn::begin(&settings.base_url, "a", Secret::new("s"), None);
        let store = async |name: &str| {
            let lock = Store::at(folder.path().join(name)).lock().await.unwrap();
            lock.save(&sign_in).unwrap();
        };
        assert!(only_store(folder.path(), &settings).unwrap().is_none());
        store("start.exactonline.nl~a.json").await;
        store("start.exactonline.be~a.json").await;
        assert!(only_store(folder.path(), &settings).unwrap().is_some());
        store("start.exactonline.nl~b.json").await;
        assert!(only_store(folder.path(), &settings).unwrap_err().to_string().contains("OAuthClientId"));
    }
}
