//! Tokens: fetched when they are needed, once for all, and again when the service says so.

use std::time::Duration;

use exact_simulator::{EMPTY_DIVISION, FORBIDDEN_DIVISION};

use crate::support::{Service, accounts, open};

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
