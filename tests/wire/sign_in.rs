//! Tokens: fetched when they are needed, once for all, and again when the service says so.

use std::time::Duration;

use exact_client::Session;
use exact_client::auth::{End, Store, StoredSignIn};
use exact_client::settings::{Secret, Settings};
use exact_client::transport::{RetryPolicy, World};
use exact_simulator::{EMPTY_DIVISION, FORBIDDEN_DIVISION, MAIN_DIVISION, Switches};
use futures::StreamExt;
use tokio::runtime::Handle;

use crate::support::{Service, accounts, open, unlimited};

#[tokio::test(flavor = "multi_thread")]
async fn opening_a_session_asks_nothing() {
    let service = Service::small().await;
    open(&service.simulator, &[]).await.unwrap();
    assert_eq!(service.simulator.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_readers_share_one_token_request() {
    let service = std::sync::Arc::new(Service::small().await);
    let readers = (0..8).map(|_| {
        let service = service.clone();
        tokio::spawn(async move { service.rows(accounts(&["ID"])).await })
    });
    for reader in futures::future::join_all(readers).await {
        assert_eq!(reader.unwrap().unwrap(), 20);
    }
    assert_eq!(service.token_requests(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_renewed_once_and_the_call_repeated() {
    let service = Service::small().await;
    assert_eq!(service.rows(accounts(&["ID"])).await.unwrap(), 20);
    service.simulator.reset_requests();
    service.simulator.advance_clock(Duration::from_secs(601));
    assert_eq!(service.rows(accounts(&["ID"])).await.unwrap(), 20);
    let statuses: Vec<u16> = service.data_requests().iter().map(|request| request.status).collect();
    assert_eq!((statuses, service.token_requests()), (vec![401, 200], 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_sign_in_says_how_to_mend_it() {
    let service = Service::small().await;
    // A month passes, and the refresh token with it.
    service.simulator.advance_clock(Duration::from_secs(31 * 86_400));
    let error = service.rows(accounts(&["ID"])).await.unwrap_err();
    assert_eq!(error.sqlstate(), "28000", "{error}");
    assert!(error.to_string().contains("exact-odbc login"), "{error}");
    let asked = service.simulator.requests().len();
    let again = service.rows(accounts(&["ID"])).await.unwrap_err();
    assert_eq!(again.sqlstate(), "28000", "{again}");
    assert!(service.simulator.requests().len() <= asked + 1, "a refused sign-in must not be tried over and over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_without_a_division_asks_once_which_it_is() {
    let service = Service::small().await;
    let session = open(&service.simulator, &[("Division", "")]).await.unwrap();
    assert_eq!(session.division(), exact_simulator::MAIN_DIVISION);
    assert_eq!(service.simulator.requests().iter().filter(|request| request.is_me).count(), 1);
    assert_eq!(session.calls_made(), 0, "current/Me is not counted by the service either");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forbidden_division_is_refused_by_name() {
    let service = Service::small().await;
    let forbidden = exact_client::ReadRequest { division: FORBIDDEN_DIVISION, ..accounts(&["ID"]) };
    let error = service.rows(forbidden).await.unwrap_err();
    assert_eq!(error.sqlstate(), "42000", "{error}");
    assert!(error.to_string().contains(&FORBIDDEN_DIVISION.to_string()), "{error}");
    let empty = exact_client::ReadRequest { division: EMPTY_DIVISION, ..accounts(&["ID"]) };
    assert!(service.rows(empty).await.is_ok());
}

/// A session whose sign-in lies in a file, and that file.
async fn on_disk(service: &Service, app: &str) -> (std::sync::Arc<Session>, Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("sign-in.json"));
    let consent = service.simulator.sign_in_as(app);
    let (secret, token) = (Secret::new(consent.client_secret), Secret::new(consent.refresh_token));
    let sign_in = StoredSignIn::begin(&service.simulator.base_url(), app, secret, Some(token));
    store.lock().await.unwrap().save(&sign_in).unwrap();
    (again(service, &store).await.unwrap(), store, folder)
}

async fn again(service: &Service, store: &Store) -> exact_client::Result<std::sync::Arc<Session>> {
    let pairs = [
        ("BaseUrl", service.simulator.base_url()),
        ("Division", MAIN_DIVISION.to_string()),
        ("OAuthSettingsLocation", store.name()),
    ];
    let pairs: Vec<_> = pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let world = World { clock: service.clock.clone(), retry: RetryPolicy::default() };
    Ok(Session::open_in(&Settings::from_pairs(&pairs, &[])?.0, Handle::current(), world).await?.0)
}

async fn read_accounts(session: &std::sync::Arc<Session>) -> exact_client::Result<usize> {
    let pages: Vec<_> = exact_client::read(session, accounts(&["ID"])).collect().await;
    pages.into_iter().map(|page| page.map(|page| page.num_rows())).sum()
}

/// As if ten minutes had passed on our side. The service's clock goes on by itself.
async fn grow_old(service: &Service, store: &Store) {
    service.simulator.advance_clock(Duration::from_secs(580));
    let lock = store.lock().await.unwrap();
    let stored = store.load().unwrap().unwrap();
    lock.save(&StoredSignIn { issued_ms: stored.issued_ms - 580_000, ..stored }).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_again_costs_no_token_call() {
    let service = Service::small().await;
    let (session, store, _folder) = on_disk(&service, "app").await;
    assert_eq!(read_accounts(&session).await.unwrap(), 20);
    drop(session);
    for _ in 0..3 {
        assert_eq!(read_accounts(&again(&service, &store).await.unwrap()).await.unwrap(), 20);
    }
    assert_eq!(service.token_requests(), 1);
    grow_old(&service, &store).await;
    let session = again(&service, &store).await.unwrap();
    assert_eq!(read_accounts(&session).await.unwrap(), 20);
    assert_eq!(service.token_requests(), 2, "ahead of need: no data call was refused");
    assert!(service.data_requests().iter().all(|request| request.status == 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_program_that_takes_the_chain_over_is_told() {
    let service = Service::pinned().await;
    let (session, store, _folder) = on_disk(&service, "app").await;
    read_accounts(&session).await.unwrap();
    // The other program has a copy of the store, and renews it first.
    let folder = tempfile::tempdir().unwrap();
    let copy = Store::at(folder.path().join("copy.json"));
    copy.lock().await.unwrap().save(&store.load().unwrap().unwrap()).unwrap();
    grow_old(&service, &copy).await;
    read_accounts(&again(&service, &copy).await.unwrap()).await.unwrap();
    drop(session);
    grow_old(&service, &store).await;
    let error = read_accounts(&again(&service, &store).await.unwrap()).await.unwrap_err();
    assert_eq!(error.sqlstate(), "28000");
    assert_eq!(
        error.to_string(),
        "the sign-in was taken over: another program has used its refresh token (HTTP status 401: unauthorized_client; Old \
         refresh token used.). Sign in again with: exact-odbc login. Let all programs share one sign-in store, or give each \
         machine an app registration of its own"
    );
    let asked = service.token_requests();
    let connecting = again(&service, &store).await.unwrap_err();
    assert_eq!((connecting.to_string(), service.token_requests()), (error.to_string(), asked));
    assert_eq!(read_accounts(&again(&service, &copy).await.unwrap()).await.unwrap(), 20, "the other one goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_machine_that_signs_in_is_told() {
    let service = Service::with(0.01, Switches { one_chain_per_app: true, ..unlimited() }, &[]).await;
    let (session, store, _folder) = on_disk(&service, "app").await;
    read_accounts(&session).await.unwrap();
    service.simulator.sign_in_as("app");
    grow_old(&service, &store).await;
    let error = read_accounts(&session).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the sign-in is no longer valid: a later sign-in by the same user with the same app, perhaps on another machine, has \
         ended it (HTTP status 400: invalid_grant; Token is not allowed, because of invalid or empty chainId). Sign in again \
         with: exact-odbc login. Give each machine an app registration of its own"
    );
    assert_eq!(store.load().unwrap().unwrap().ended.map(|ended| ended.how), Some(End::LaterSignIn));
    assert_eq!(service.clock.waited(), Duration::ZERO, "at once");
}

/// Other programs have spent the token calls of the day (fact sheet 2.8).
#[tokio::test(flavor = "multi_thread")]
async fn spent_token_calls_are_told_and_not_asked_for_again() {
    let switches = Switches { token_limit: 1, rate_limits: true, ..unlimited() };
    let service = Service::with(0.01, switches, &[]).await;
    let (session, store, _folder) = on_disk(&service, "app").await;
    assert_eq!(read_accounts(&session).await.unwrap(), 20);
    grow_old(&service, &store).await;
    let begun = std::time::Instant::now();
    let error = read_accounts(&again(&service, &store).await.unwrap()).await.unwrap_err();
    assert_eq!((error.sqlstate(), error.native()), ("HY000", 429), "{error}");
    assert!(
        error.to_string().contains("the token calls that Exact Online allows this app and user in a day"),
        "{error}"
    );
    assert_eq!(service.token_requests(), 2);
    for _ in 0..3 {
        let error = read_accounts(&again(&service, &store).await.unwrap()).await.unwrap_err();
        assert!(error.to_string().contains("00:00:00 UTC. Nothing was sent"), "when it ends is told: {error}");
    }
    assert_eq!(service.token_requests(), 2, "a call that is known to fail is not sent");
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(service.clock.waited(), Duration::ZERO, "at once");
    assert_eq!(store.load().unwrap().unwrap().ended, None, "the sign-in is as good as ever");
}
