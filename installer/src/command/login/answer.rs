//! The browser's return: a listener on this machine's loopback interface, and the pages that it shows.

use std::convert::Infallible;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};
use exact_client::auth::Authorisation;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, REFERRER_POLICY};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

/// Bytes that an address may have.
const LONGEST: usize = 16 * 1024;

/// An address that the browser ended at.
pub struct Arrival {
    pub address: String,
    reply: Option<oneshot::Sender<Outcome>>,
}

/// What became of an address.
pub enum Outcome {
    /// Signed in, as this user.
    Done(String),
    /// It does not fit; another one is awaited.
    Again(String),
    Failed(String),
}

impl Arrival {
    /// Typed or pasted into a terminal.
    pub fn pasted(address: String) -> Self {
        Self { address, reply: None }
    }

    /// Pasted into a window, which is told what becomes of it.
    #[cfg(windows)]
    pub fn answered(address: String) -> (Self, oneshot::Receiver<Outcome>) {
        let (reply, answer) = oneshot::channel();
        (Self { address, reply: Some(reply) }, answer)
    }

    pub fn is_pasted(&self) -> bool {
        self.reply.is_none()
    }

    pub fn reply(self, outcome: Outcome) {
        if let Some(reply) = self.reply {
            // A browser that has gone away needs no page.
            let _ = reply.send(outcome);
        }
    }
}

/// Whether the address says that the user or the service refused.
pub fn is_refusal(address: &str) -> bool {
    address.split(['?', '&']).any(|part| part.starts_with("error="))
}

/// What is served.
pub enum Page {
    /// The redirect address itself, by its path.
    Return(String),
    /// A page that leads to the service and takes the address which the browser ended at. Its path is a secret, so that
    /// no other page in the browser can post to it.
    Form { path: String, html: String },
}

impl Page {
    /// The page for pasting, and its address.
    pub fn form(begun: &Authorisation, sockets: &[TcpListener]) -> Result<(Self, String)> {
        let socket = sockets.first().context("nothing is listened to")?;
        let state = begun.url.query_pairs().find(|(key, _)| key == "state").map(|(_, state)| state.into_owned());
        let path = format!("/{}", state.context("the sign-in has no state")?);
        let html = format!(
            "<p>1. <a href=\"{}\" target=\"_blank\" rel=\"noreferrer\">Sign in at Exact Online</a>, in a new tab.</p>\
             <p>2. When you have signed in, that tab ends at an address which begins with <code>{}</code> (the page \
             itself may show an error; that does not matter). Copy the whole address from its address bar.</p>\
             <form method=\"post\"><p>3. Paste it here: <input name=\"address\" size=\"60\" autofocus> \
             <button>Sign in</button></p></form>",
            escape(begun.url.as_str()),
            escape(begun.callback_url.as_str())
        );
        let address = format!("http://{}{path}", socket.local_addr()?);
        Ok((Self::Form { path, html }, address))
    }
}

/// Listens on the loopback interface alone, in both versions of IP where the machine has both: browsers choose.
pub async fn bind(port: u16) -> Result<Vec<TcpListener>> {
    let first = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await;
    let port = first.as_ref().ok().and_then(|socket| socket.local_addr().ok()).map_or(port, |address| address.port());
    let second = TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await;
    match (first, second) {
        (Ok(first), Ok(second)) => Ok(vec![first, second]),
        (Ok(socket), Err(_)) | (Err(_), Ok(socket)) => Ok(vec![socket]),
        (Err(error), Err(_)) => Err(error.into()),
    }
}

/// Serves the page and hands on the addresses that come.
pub fn serve(sockets: Vec<TcpListener>, page: Page, arrivals: mpsc::Sender<Arrival>) {
    let page = Arc::new(page);
    for socket in sockets {
        let (page, arrivals) = (Arc::clone(&page), arrivals.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let (page, arrivals) = (Arc::clone(&page), arrivals.clone());
                let service = service_fn(move |request| respond(request, Arc::clone(&page), arrivals.clone()));
                let connection =
                    http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        });
    }
}

type Reply = Response<Full<Bytes>>;

async fn respond(
    request: Request<Incoming>,
    page: Arc<Page>,
    arrivals: mpsc::Sender<Arrival>,
) -> Result<Reply, Infallible> {
    let here = match &*page {
        Page::Return(path) | Page::Form { path, .. } => path == request.uri().path(),
    };
    let address = match (&*page, request.method()) {
        _ if !here => return Ok(shown(StatusCode::NOT_FOUND, "Not found", "")),
        (Page::Return(_), &Method::GET) => request.uri().to_string(),
        (Page::Form { html, .. }, &Method::GET) => return Ok(shown(StatusCode::OK, "Sign in to Exact Online", html)),
        (Page::Form { .. }, &Method::POST) => match pasted(request).await {
            Some(address) => address,
            None => return Ok(shown(StatusCode::BAD_REQUEST, "The address could not be read", "")),
        },
        _ => return Ok(shown(StatusCode::METHOD_NOT_ALLOWED, "Not allowed", "")),
    };
    let (reply, outcome) = oneshot::channel();
    let sent = arrivals.send(Arrival { address, reply: Some(reply) }).await;
    let outcome = if sent.is_ok() { outcome.await.ok() } else { None };
    Ok(match outcome {
        Some(Outcome::Done(user)) => {
            let text =
                format!("<p>{} You can close this window and go back to where you came from.</p>", escape(&user));
            shown(StatusCode::OK, "You are signed in", &text)
        }
        Some(Outcome::Again(why)) => {
            let again = if matches!(*page, Page::Form { .. }) { "<p>Go back and try again.</p>" } else { "" };
            shown(StatusCode::BAD_REQUEST, "This did not fit", &format!("<p>{}</p>{again}", escape(&why)))
        }
        Some(Outcome::Failed(why)) => {
            shown(StatusCode::OK, "You are not signed in", &format!("<p>{}</p>", escape(&why)))
        }
        None => shown(StatusCode::GONE, "This sign-in has ended", ""),
    })
}

/// The address in a form that was posted.
async fn pasted(request: Request<Incoming>) -> Option<String> {
    let body = Limited::new(request.into_body(), LONGEST).collect().await.ok()?.to_bytes();
    let mut fields = url::form_urlencoded::parse(&body);
    fields.find(|(name, _)| name == "address").map(|(_, address)| address.into_owned())
}

fn shown(status: StatusCode, title: &str, body: &str) -> Reply {
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
         <body style=\"font-family: sans-serif; max-width: 45em; margin: 3em auto\"><h1>{title}</h1>{body}</body></html>"
    );
    let mut reply = Response::new(Full::new(Bytes::from(html)));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // The address of this page carries a code.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    reply
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_redirect_address_is_served_and_nothing_else() {
        let sockets = bind(0).await.unwrap();
        let root = format!("http://{}", sockets[0].local_addr().unwrap());
        let (sender, mut arrivals) = mpsc::channel(1);
        serve(sockets, Page::Return("/back".to_owned()), sender);
        let get = |path: &str| {
            let address = format!("{root}{path}");
            tokio::task::spawn_blocking(move || {
                let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
                let mut answer = agent.get(&address).call().unwrap();
                (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
            })
        };
        assert_eq!(get("/favicon.ico").await.unwrap().0, 404);
        let reading = get("/back?code=a%21&state=s");
        let arrival = arrivals.recv().await.unwrap();
        assert_eq!(arrival.address, "/back?code=a%21&state=s");
        arrival.reply(Outcome::Done("A <b>".to_owned()));
        let (status, text) = reading.await.unwrap();
        assert!(status == 200 && text.contains("A &lt;b&gt;"), "{status} {text}");
        drop(arrivals);
        assert_eq!(get("/back?code=a").await.unwrap().0, 410);
    }
}
