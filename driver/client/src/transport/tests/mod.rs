//! The client against a small server on loopback that plays the service, well or badly.

mod faults;
mod reading;
mod sign_in;
mod writing;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use arrow::array::RecordBatch;
use futures::StreamExt as _;
use serde_json::json;
use tokio::runtime::Handle;
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::session::World;
use super::{Clock, RetryPolicy, Session};
use crate::auth::Store;
use crate::error::{Notice, Result};
use crate::model::{AccessKind, model};
use crate::reader::{PageStream, ReadRequest, read};
use crate::settings::Settings;

/// A clock that only a test moves. It begins in the middle of a minute.
#[derive(Debug)]
pub(super) struct TestClock(AtomicI64);

impl TestClock {
    pub(super) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

const TOKEN: &str = "/api/oauth2/token";
const ACCOUNTS: &str = "/api/v1/5512/crm/Accounts";

/// A served company, and what a connection to it needs.
pub(super) struct Service {
    pub(super) server: MockServer,
    pub(super) clock: Arc<TestClock>,
    pub(super) store: String,
}

impl Service {
    pub(super) async fn start() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self {
            server: MockServer::start().await,
            clock: Arc::new(TestClock(AtomicI64::new(1_700_000_010_000))),
            store: format!("memory://wire-{number}"),
        }
    }

    /// A service that takes `r1` for `a1` and `r2`, and nothing else yet.
    pub(super) async fn signed_in() -> Self {
        let service = Self::start().await;
        service.tokens("r1", "a1", "r2").await;
        service
    }

    /// The token endpoint gives `access` and `next` for `refresh`.
    pub(super) async fn tokens(&self, refresh: &str, access: &str, next: &str) {
        let answer =
            json!({"access_token": access, "token_type": "bearer", "expires_in": "600", "refresh_token": next});
        Mock::given(method("POST"))
            .and(path(TOKEN))
            .and(body_string_contains(format!("refresh_token={refresh}&")))
            .and(body_string_contains("client_secret=geheim"))
            .respond_with(ResponseTemplate::new(200).set_body_json(answer))
            .mount(&self.server)
            .await;
    }

    /// Answers one GET of accounts with this token; later mounts answer later calls.
    pub(super) async fn once(&self, token: &str, answer: ResponseTemplate) {
        Mock::given(method("GET"))
            .and(path(ACCOUNTS))
            .and(header("Authorization", format!("Bearer {token}")))
            .respond_with(answer)
            .up_to_n_times(1)
            .mount(&self.server)
            .await;
    }

    /// Answers every GET of accounts with this token.
    pub(super) async fn always(&self, token: &str, answer: ResponseTemplate) {
        Mock::given(method("GET"))
            .and(path(ACCOUNTS))
            .and(header("Authorization", format!("Bearer {token}")))
            .respond_with(answer)
            .mount(&self.server)
            .await;
    }

    pub(super) fn settings(&self, more: &[(&str, &str)]) -> Settings {
        settings(&self.server.uri(), &self.store, more)
    }

    pub(super) fn world(&self) -> World {
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as _;
        World { clock, retry: RetryPolicy { first_pause: Duration::from_millis(2), ..RetryPolicy::default() } }
    }

    pub(super) async fn open(&self, more: &[(&str, &str)]) -> Result<(Arc<Session>, Vec<Notice>)> {
        Session::open_in(&self.settings(more), Handle::current(), self.world()).await
    }

    /// A connection to division 5512 whose sign-in begins with refresh token `r1`.
    pub(super) async fn session(&self) -> Arc<Session> {
        self.open(&[("Division", "5512"), ("OAuthRefreshToken", "r1")]).await.unwrap().0
    }

    /// The same with a journal in a folder of its own.
    pub(super) async fn journalled(&self, folder: &std::path::Path) -> Arc<Session> {
        let path = folder.join("changes.sqlite").display().to_string();
        self.open(&[("Division", "5512"), ("OAuthRefreshToken", "r1"), ("Journal", &path)]).await.unwrap().0
    }

    pub(super) async fn requests(&self, at: &str) -> usize {
        let requests = self.server.received_requests().await.unwrap();
        requests.iter().filter(|request| request.url.path() == at).count()
    }

    pub(super) fn stored_refresh_token(&self) -> Option<String> {
        Store::at(&self.store).load().unwrap().and_then(|s| s.refresh_token).map(|token| token.reveal().to_owned())
    }
}

pub(super) fn settings(base_url: &str, store: &str, more: &[(&str, &str)]) -> Settings {
    // An app of its own for each test: servers are used again, and the calls of an app are counted together.
    let app = store.replace("memory://", "app-");
    let own = [("BaseUrl", base_url), ("UID", app.as_str()), ("PWD", "geheim"), ("OAuthSettingsLocation", store)];
    let pairs: Vec<_> = own.iter().chain(more).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Settings::from_pairs(&pairs, &[]).unwrap().0
}

/// The names of all accounts.
pub(super) fn names() -> ReadRequest {
    let entity = model().find(Some("crm"), "Accounts").unwrap();
    ReadRequest {
        entity,
        path: entity.path(AccessKind::Regular).unwrap(),
        division: 5512,
        columns: vec![entity.column("Name").unwrap().0],
        filter: None,
        order_by: None,
        top: None,
        parameters: Vec::new(),
        key: None,
    }
}

/// A page with these names and perhaps a link.
pub(super) fn page(names: &[&str], next: Option<&str>) -> ResponseTemplate {
    let rows: Vec<_> = names.iter().map(|name| json!({"__metadata": {"uri": name}, "Name": name})).collect();
    let mut data = json!({"results": rows});
    if let Some(next) = next {
        data["__next"] = json!(next);
    }
    ResponseTemplate::new(200).set_body_json(json!({"d": data}))
}

pub(super) fn said(status: u16, text: &str) -> ResponseTemplate {
    let body = json!({"error": {"code": "", "message": {"lang": "", "value": text}}});
    ResponseTemplate::new(status).set_body_json(body)
}

fn strings(batch: &RecordBatch) -> Vec<String> {
    let column = arrow::array::AsArray::as_string::<i32>(batch.column(0));
    column.iter().map(|value| value.unwrap_or("null").to_owned()).collect()
}

/// All names of a stream, or its error.
pub(super) async fn drain(mut stream: PageStream) -> Result<Vec<String>> {
    let mut all = Vec::new();
    while let Some(batch) = stream.next().await {
        all.extend(strings(&batch?));
    }
    Ok(all)
}

pub(super) async fn all_names(session: &Arc<Session>) -> Result<Vec<String>> {
    drain(read(session, names())).await
}
