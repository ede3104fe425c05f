//! A sign-in through the browser: it is opened, and the address that it ends at comes back by one of several ways.

use std::io::BufRead;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use exact_client::auth::{Authorisation, StoredSignIn, import_code};
use exact_client::settings::{Secret, Settings};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::timeout;

use super::answer::{self, Arrival, Outcome};
use crate::session;

/// How long a person may take.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long he may where an application waits for him and has a patience of its own.
const PATIENCE_DETACHED: Duration = Duration::from_secs(300);

/// How long the last page may take to the browser, on the same machine.
const LAST_PAGE: Duration = Duration::from_millis(500);

/// Where the sign-in is carried on.
pub enum Place {
    /// At a terminal, into which the address can be pasted. Where the redirect address allows, this program listens to
    /// it as well.
    Terminal { opens_browser: bool },
    /// Without one: the redirect address is listened to.
    Listener { opens_browser: bool },
    /// For an application: all happens in the browser. A redirect address elsewhere is pasted into a page of ours.
    Page,
    /// In a dialog, which has a field for the address.
    #[cfg(windows)]
    Dialog,
}

/// Carries the sign-in to its end.
pub fn sign_in(settings: &Settings, begun: &Authorisation, place: &Place) -> Result<StoredSignIn> {
    let runtime = session::runtime()?;
    carry_on(settings, begun, place, &runtime, channel(4))
}

/// The sign-in of a dialog, and where it puts the addresses that are pasted.
#[cfg(windows)]
pub fn in_dialog(
    settings: &Settings,
    begun: &Authorisation,
    addresses: (Sender<Arrival>, Receiver<Arrival>),
) -> Result<StoredSignIn> {
    carry_on(settings, begun, &Place::Dialog, &session::runtime()?, addresses)
}

fn carry_on(
    settings: &Settings,
    begun: &Authorisation,
    place: &Place,
    runtime: &Runtime,
    (sender, receiver): (Sender<Arrival>, Receiver<Arrival>),
) -> Result<StoredSignIn> {
    let served = runtime.block_on(serve(begun, place, sender.clone()))?;
    match place {
        Place::Terminal { opens_browser } | Place::Listener { opens_browser } => {
            introduce(begun, *opens_browser, served.is_some(), matches!(place, Place::Terminal { .. }));
        }
        Place::Page => open(served.as_deref().unwrap_or(begun.url.as_str()))?,
        // Where none opens, the dialog shows the link.
        #[cfg(windows)]
        Place::Dialog => drop(open(begun.url.as_str())),
    }
    if matches!(place, Place::Terminal { .. }) {
        // It ends with the process: nothing can interrupt it.
        std::thread::spawn(move || read_lines(&sender));
    } else {
        drop(sender);
    }
    let patience = if matches!(place, Place::Page) { PATIENCE_DETACHED } else { PATIENCE };
    let handle = runtime.handle().clone();
    let stored = runtime.block_on(async {
        let ended = timeout(
            patience,
            wait(receiver, begun, async |code| Ok(import_code(settings, code, handle.clone()).await?)),
        );
        ended.await.unwrap_or_else(|_| bail!("nobody has signed in for {} minutes", patience.as_secs() / 60))
    });
    if served.is_some() {
        // The browser is still to get its last page.
        runtime.block_on(async { tokio::time::sleep(LAST_PAGE).await });
    }
    stored
}

/// Listens where the browser will come back to; the address of a page of ours to begin at, if there is one.
async fn serve(begun: &Authorisation, place: &Place, arrivals: Sender<Arrival>) -> Result<Option<String>> {
    match (begun.loopback_port(), place) {
        (Some(port), _) => {
            let sockets = answer::bind(port)
                .await
                .with_context(|| format!("the redirect address {} cannot be listened to", begun.callback_url))?;
            answer::serve(sockets, answer::Page::Return(begun.callback_url.path().to_owned()), arrivals);
            Ok(Some(begun.url.to_string()))
        }
        (None, Place::Page) => {
            let sockets = answer::bind(0).await.context("no port of this machine can be listened to")?;
            let (page, address) = answer::Page::form(begun, &sockets)?;
            answer::serve(sockets, page, arrivals);
            Ok(Some(address))
        }
        (None, _) => Ok(None),
    }
}

fn introduce(begun: &Authorisation, opens_browser: bool, listens: bool, can_paste: bool) {
    let opened = opens_browser && open(begun.url.as_str()).is_ok();
    if opened {
        eprintln!("The browser opens for you to sign in at Exact Online. If it does not, go to:");
    } else {
        eprintln!("To sign in at Exact Online, go to:");
    }
    eprintln!("\n{}\n", begun.url);
    match (listens, can_paste) {
        (true, true) => eprintln!(
            "This program goes on by itself when you have signed in. Only if the browser runs on another machine: paste here \
             the address that it ends at, and press Enter."
        ),
        (true, false) => eprintln!("This program goes on by itself when you have signed in."),
        (false, _) => eprintln!(
            "When you have signed in, the browser ends at an address that begins with {}\n(the page itself may show an \
             error; that does not matter). Copy the whole address from the browser's address bar, paste it here, and press \
             Enter:",
            begun.callback_url
        ),
    }
}

/// Without a word of the browser's own on our terminal.
fn open(address: &str) -> Result<()> {
    let mut options = webbrowser::BrowserOptions::new();
    options.with_suppress_output(true);
    webbrowser::open_browser_with_options(webbrowser::Browser::Default, address, &options)
        .context("no browser could be opened on this machine")
}

/// Hands on every line that is pasted. The end of the input is the end of the sign-in only where nobody listens.
fn read_lines(arrivals: &Sender<Arrival>) {
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        if !line.trim().is_empty() && arrivals.blocking_send(Arrival::pasted(line)).is_err() {
            return;
        }
    }
}

/// Takes addresses until one of them carries the code. One that does not fit is answered, and the next awaited.
async fn wait(
    mut arrivals: Receiver<Arrival>,
    begun: &Authorisation,
    redeem: impl AsyncFnOnce(Secret) -> Result<StoredSignIn>,
) -> Result<StoredSignIn> {
    while let Some(arrival) = arrivals.recv().await {
        let code = match begun.code(&arrival.address) {
            Ok(code) => code,
            Err(error) if answer::is_refusal(&arrival.address) => {
                arrival.reply(Outcome::Failed(error.to_string()));
                return Err(error.into());
            }
            Err(error) => {
                if arrival.is_pasted() {
                    eprintln!("{error}");
                }
                arrival.reply(Outcome::Again(error.to_string()));
                continue;
            }
        };
        let stored = redeem(code).await;
        arrival.reply(match &stored {
            Ok(stored) => Outcome::Done(stored.user_name.clone().unwrap_or_default()),
            Err(error) => Outcome::Failed(format!("{error:#}")),
        });
        return stored;
    }
    bail!("the input ended before an address came")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun() -> Authorisation {
        let pairs = [
            ("OAuthClientId", "id"),
            ("OAuthClientSecret", "geheim"),
            ("OAuthSettingsLocation", "memory://browser"),
            ("CallbackURL", "https://example.org/back"),
        ];
        let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
        Authorisation::begin(&Settings::from_pairs(&pairs, &[]).unwrap().0).unwrap()
    }

    async fn run(begun: &Authorisation, lines: &[String]) -> Result<StoredSignIn> {
        let (sender, receiver) = channel(8);
        for line in lines {
            sender.send(Arrival::pasted(line.clone())).await.unwrap();
        }
        drop(sender);
        wait(receiver, begun, async |code| Ok(StoredSignIn::begin("site", code.reveal(), Secret::new(""), None))).await
    }

    #[tokio::test]
    async fn an_address_that_does_not_fit_is_passed_over_and_a_refusal_ends() {
        let begun = begun();
        let state = begun.url.query_pairs().find(|(key, _)| key == "state").unwrap().1.into_owned();
        let good = format!("https://example.org/back?code=a%21b&state={state}");
        let foreign = "https://example.org/back?code=x&state=another".to_owned();
        let found = run(&begun, &["nonsense".to_owned(), foreign.clone(), good.clone()]).await.unwrap();
        assert_eq!(found.client_id, "a!b");
        let refused = "https://example.org/back?error=access_denied".to_owned();
        let text = run(&begun, &[refused, good]).await.unwrap_err().to_string();
        assert!(text.contains("access_denied"), "{text}");
        assert!(run(&begun, &[foreign]).await.unwrap_err().to_string().contains("input ended"));
    }
}
