//! `exact-odbc login`: stores a sign-in.

mod answer;
mod ask;
mod browser;
#[cfg_attr(windows, path = "grant_windows.rs")]
mod grant;

use std::io::{IsTerminal, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};
use exact_client::auth::{self, PendingSignIn, Store, StoredSignIn};
use exact_client::settings::{DivisionSetting, Secret, Settings, StoreLocation};

use super::dsn;
use crate::cli::LoginArguments;
use crate::manager::Pairs;
use crate::output;
use crate::session;
#[cfg(windows)]
pub use answer::{Arrival, Outcome};
use ask::Terminal;
use grant::Grantee;

/// Divisions that are listed at the end.
const SHOWN: usize = 25;

/// Signs in through the browser, or with a code or refresh token from standard input.
pub fn run(arguments: &LoginArguments) -> Result<()> {
    if arguments.detached {
        return detached();
    }
    let grantee = arguments.grant.as_deref().map(grant::find).transpose()?;
    let pairs = pairs(arguments)?;
    let (settings, stored) = if arguments.refresh_token_stdin || arguments.code_stdin {
        from_input(arguments, pairs, grantee.as_ref())?
    } else {
        through_browser(arguments, pairs, grantee.as_ref())?
    };
    tell(&settings, &stored, arguments)
}

/// The properties given, those of the data source behind them.
fn pairs(arguments: &LoginArguments) -> Result<Pairs> {
    let mut pairs = dsn::properties(&arguments.properties, &mut std::io::stdin().lock())?;
    if let Some(path) = &arguments.store {
        let path = std::path::absolute(path).with_context(|| format!("{} is no path", path.display()))?;
        pairs.push(("OAuthSettingsLocation".to_owned(), path.display().to_string()));
    }
    let source = arguments.dsn.as_deref().map(dsn::pairs).transpose()?.unwrap_or_default();
    pairs.extend(source);
    Ok(pairs)
}

/// A code or a refresh token from the first line of standard input; the client secret, where it is not known
/// otherwise, from the second.
fn from_input(
    arguments: &LoginArguments,
    mut pairs: Pairs,
    grantee: Option<&Grantee>,
) -> Result<(Settings, StoredSignIn)> {
    let mut input = std::io::stdin().lock();
    let what = if arguments.code_stdin { "code" } else { "refresh token" };
    let token = ask::line(&mut input)?.with_context(|| format!("standard input holds no {what}"))?;
    if let Some(secret) = ask::line(&mut input)? {
        // Before that of the data source.
        pairs.insert(0, ("OAuthClientSecret".to_owned(), secret));
    }
    let settings = settings(&pairs)?;
    share(&settings, grantee)?;
    let stored = if arguments.code_stdin {
        session::import_code(&settings, auth::code_of(&token))
    } else {
        session::import_refresh_token(&settings, Secret::new(token))
    }?;
    share(&settings, grantee)?;
    Ok((settings, stored))
}

fn through_browser(
    arguments: &LoginArguments,
    pairs: Pairs,
    grantee: Option<&Grantee>,
) -> Result<(Settings, StoredSignIn)> {
    let settings = ask::missing(&pairs, &mut Terminal)?;
    let begun = auth::Authorisation::begin(&settings)?;
    let Some(_pending) = PendingSignIn::begin(&settings.base_url, begun.client_id())? else {
        bail!("another sign-in with this client id is under way; finish it in the browser, or end it, and try again");
    };
    share(&settings, grantee)?;
    let place = if std::io::stdin().is_terminal() || begun.loopback_port().is_none() {
        browser::Place::Terminal { opens_browser: !arguments.no_browser }
    } else {
        browser::Place::Listener { opens_browser: !arguments.no_browser }
    };
    let stored = browser::sign_in(&settings, &begun, &place)?;
    share(&settings, grantee)?;
    Ok((settings, stored))
}

/// Carries on a sign-in that an application has begun (InitiateOAuth=GETANDREFRESH). The properties come as JSON on
/// standard input; the reason of a failure goes to standard error, where the application may or may not still listen.
fn detached() -> Result<()> {
    // The application's terminal and its end are nothing to us. Where we lead a session already, all is well. On Windows
    // the application starts us so.
    #[cfg(unix)]
    let _ = rustix::process::setsid();
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("standard input cannot be read")?;
    let pairs: Pairs = serde_json::from_str(&text).context("standard input holds no properties")?;
    let settings = settings(&pairs)?;
    let begun = auth::Authorisation::begin(&settings)?;
    let Some(_pending) = PendingSignIn::begin(&settings.base_url, begun.client_id())? else {
        return Ok(());
    };
    browser::sign_in(&settings, &begun, &browser::Place::Page)?;
    Ok(())
}

/// Where a dialog puts the addresses that are pasted into it.
#[cfg(windows)]
pub type Pasting = tokio::sync::mpsc::Sender<Arrival>;

/// Begins a sign-in for a dialog: its link, and the function that carries it on and returns at its end.
#[cfg(windows)]
pub fn in_dialog(settings: Settings) -> Result<(String, Pasting, impl FnOnce() -> Result<StoredSignIn> + Send)> {
    let begun = auth::Authorisation::begin(&settings)?;
    let link = begun.url.to_string();
    let (pasting, addresses) = tokio::sync::mpsc::channel(4);
    let own = pasting.clone();
    let carry_on = move || {
        let Some(_pending) = PendingSignIn::begin(&settings.base_url, begun.client_id())? else {
            bail!(
                "another sign-in with this client id is under way; finish it in the browser, or end it, and try again"
            );
        };
        browser::in_dialog(&settings, &begun, (own, addresses))
    };
    Ok((link, pasting, carry_on))
}

/// Refuses what the driver would only warn of.
fn settings(pairs: &Pairs) -> Result<Settings> {
    let (settings, notices) = Settings::from_pairs(pairs, &[])?;
    match notices.first() {
        Some(notice) => bail!("{}", notice.message),
        None => Ok(settings),
    }
}

/// Lets somebody else use the store. Before the sign-in, so that one which cannot be shared is not begun, and after it.
fn share(settings: &Settings, grantee: Option<&Grantee>) -> Result<()> {
    match (&settings.oauth_settings_location, grantee) {
        (Some(location), Some(grantee)) => grant::share(&Store::of(location), grantee),
        _ => Ok(()),
    }
}

/// Who signed in, what can be opened, and how to go on.
fn tell(settings: &Settings, stored: &StoredSignIn, arguments: &LoginArguments) -> Result<()> {
    let user = stored.user_name.as_deref().unwrap_or("the user of this token");
    output::line(format_args!("Signed in to {} as {user}.", stored.base_url))?;
    if let Some(division) = stored.division {
        output::line(format_args!("The current division is {division}."))?;
    }
    list_divisions(settings, stored)?;
    let found = sources_of(stored, arguments.store.as_deref())?;
    match found.as_slice() {
        [] => {
            let site = site(&stored.base_url);
            let store = arguments.store.as_ref().map_or(String::new(), |path| {
                format!(
                    " OAuthSettingsLocation={}",
                    std::path::absolute(path).unwrap_or_else(|_| path.clone()).display()
                )
            });
            let division = stored.division.map_or_else(|| "CODE".to_owned(), |division| division.to_string());
            output::line(format_args!(
                "Make a data source with:  exact-odbc dsn add NAME {site} Division={division}{store}"
            ))
        }
        names => output::line(format_args!("Data sources that use it: {}", names.join(", "))),
    }
}

/// The divisions, up to a number that fits a screen.
fn list_divisions(settings: &Settings, stored: &StoredSignIn) -> Result<()> {
    let settings = Settings {
        division: DivisionSetting::Current,
        oauth_refresh_token: None,
        oauth_verifier: None,
        ..settings.clone()
    };
    let reading = output::progress("reading the divisions");
    let all = session::divisions(&settings);
    reading.finish_and_clear();
    let all = all?;
    if all.is_empty() {
        return Ok(());
    }
    output::line("Divisions that can be opened:")?;
    for division in all.iter().take(SHOWN) {
        let current = if Some(division.code) == stored.division { "  (current)" } else { "" };
        output::line(format_args!("{:>10}  {}{current}", division.code, division.name))?;
    }
    match all.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => {
            output::line(format_args!("            and {more} more: SELECT Code, Description FROM system.Divisions"))
        }
    }
}

/// The property that leads to a site.
fn site(base_url: &str) -> String {
    let regions = ["NL", "BE", "DE", "UK", "US", "ES", "FR"];
    let of_region = regions.into_iter().find(|region| {
        let pairs = [("Region".to_owned(), (*region).to_owned())];
        Settings::from_pairs(&pairs, &[]).is_ok_and(|(settings, _)| settings.base_url == base_url)
    });
    of_region.map_or_else(|| format!("BaseUrl={base_url}"), |region| format!("Region={region}"))
}

/// The data sources that would use this sign-in.
fn sources_of(stored: &StoredSignIn, store: Option<&Path>) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let own = store.map(Store::at).map(|store| store.location());
    for name in dsn::names()? {
        let pairs: Pairs =
            dsn::pairs(&name)?.into_iter().filter(|(key, _)| !key.eq_ignore_ascii_case("Driver")).collect();
        let Ok((settings, _)) = Settings::from_pairs(&pairs, &[]) else { continue };
        let is_same_app = settings.oauth_client_id.as_ref().is_none_or(|id| *id == stored.client_id);
        let theirs: Option<StoreLocation> = settings.oauth_settings_location.as_ref().map(|l| Store::of(l).location());
        if settings.base_url == stored.base_url && is_same_app && theirs == own {
            found.push(name);
        }
    }
    Ok(found)
}
