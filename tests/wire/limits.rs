//! The service's limits are kept, not run into; where others have spent them, the refusal is understood.

use std::sync::Arc;
use std::time::Duration;

use exact_client::error::{Error, Result};
use exact_client::{ReadRequest, Session};
use exact_simulator::{EMPTY_DIVISION, FORBIDDEN_DIVISION, MAIN_DIVISION, Switches};

use crate::support::{Service, accounts, batches, lines, open, pinned, unlimited};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

async fn rows(session: &Arc<Session>, request: ReadRequest) -> Result<usize> {
    Ok(batches(session, request).await?.iter().map(|batch| batch.num_rows()).sum())
}

fn statuses(service: &Service) -> Vec<u16> {
    service.data_requests().iter().map(|request| request.status).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_day_is_told_with_its_end_and_no_further_call() {
    let service = Service::with(0.01, Switches { day_limit: 3, ..Switches::default() }, &[]).await;
    let error = service.rows(lines(&["ID"])).await.unwrap_err();
    assert_eq!((error.sqlstate(), error.native()), ("HY000", 429), "{error}");
    assert!(error.to_string().contains("00:00:00 UTC"), "the time at which it ends: {error}");
    assert_eq!(statuses(&service), [200, 200, 200]);
    assert!(service.rows(accounts(&["ID"])).await.is_err());
    assert_eq!(service.data_requests().len(), 3, "a call that is known to fail is not sent");
    assert_eq!(service.clock.waited(), Duration::ZERO, "at once");
    let budget = service.session.allowance(MAIN_DIVISION);
    assert_eq!((budget.day_limit, budget.day_left), (Some(3), Some(0)));
    service.clock.leap(24 * HOUR);
    assert_eq!(service.rows(accounts(&["ID"])).await.unwrap(), 20, "the next day has calls of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reserve_is_left_untouched() {
    let switches = Switches { day_limit: 10, ..Switches::default() };
    let service = Service::with(0.01, switches, &[("BudgetReserve", "7")]).await;
    let error = service.rows(lines(&["ID"])).await.unwrap_err();
    assert!(error.to_string().contains("7 are kept by BudgetReserve"), "{error}");
    assert_eq!(statuses(&service), [200, 200, 200]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_over_many_minutes_runs_into_no_limit() {
    let service = Service::with(0.01, Switches { minute_limit: 4, ..Switches::default() }, &[]).await;
    assert_eq!(service.rows(lines(&["ID"])).await.unwrap(), 2_000);
    assert_eq!(statuses(&service), [200; 34], "34 pages, four a minute");
    let waited = service.clock.leapt();
    // The first minute may be nearly over when it begins, and working takes time too.
    assert!(waited > 6 * MINUTE && waited < 9 * MINUTE, "{waited:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_can_be_ended() {
    let service = Service::with(0.01, Switches { minute_limit: 3, ..Switches::default() }, &[]).await;
    // Not across the end of a minute, which would bring three calls more.
    let into_minute = Duration::from_millis(u64::try_from(service.simulator.now()).unwrap() % 60_000);
    if into_minute > Duration::from_secs(50) {
        service.simulator.advance_clock(Duration::from_secs(61) - into_minute);
    }
    let session = open(&service.simulator, &[]).await.unwrap();
    let reading = tokio::time::timeout(Duration::from_secs(2), rows(&session, lines(&["ID"]))).await;
    assert!(reading.is_err(), "2,000 rows do not come in three calls");
    assert_eq!(statuses(&service), [200, 200, 200]);
}

/// Another program, which does not share our ledger, has spent the calls.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_understood_by_the_headers_that_it_carries() {
    for other_limit_zeroed in [false, true] {
        let switches = Switches { minute_limit: 3, day_limit: 7, other_limit_zeroed, ..Switches::default() };
        let service = Service::with(0.01, switches, &[]).await;
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = folder.path().join("store.json").display().to_string();
        let stranger = service.open(&[("OAuthSettingsLocation", &elsewhere)]).await;
        for _ in 0..3 {
            rows(&stranger, ReadRequest { top: Some(1), ..accounts(&["ID"]) }).await.unwrap();
        }
        service.simulator.reset_requests();
        assert_eq!(service.rows(accounts(&["ID"])).await.unwrap(), 20);
        assert_eq!(statuses(&service), [429, 200], "the minute is waited for");
        assert!(service.clock.leapt() <= MINUTE + Duration::from_secs(1), "{:?}", service.clock.leapt());
        for _ in 0..3 {
            rows(&stranger, ReadRequest { top: Some(1), ..accounts(&["ID"]) }).await.unwrap();
        }
        service.simulator.reset_requests();
        let error = service.rows(accounts(&["ID"])).await.unwrap_err();
        assert!(error.to_string().contains("00:00:00 UTC"), "{error}");
        assert!(service.rows(accounts(&["ID"])).await.is_err());
        assert_eq!(statuses(&service), [429], "once the day is known to be spent nothing is sent");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_driver_stops_before_the_service_blocks_the_app() {
    let service = Service::with(0.01, Switches { error_velocity: true, ..unlimited() }, &[]).await;
    let wrong = |number: u32| ReadRequest { filter: Some(format!("Nothing{number} eq 1")), ..accounts(&["ID"]) };
    for number in 0..8 {
        assert_eq!(service.rows(wrong(number)).await.unwrap_err().native(), 400, "{number}");
    }
    for number in 8..20 {
        let error = service.rows(wrong(number)).await.unwrap_err();
        assert_eq!(error.sqlstate(), "HY000");
        assert!(
            error.to_string().contains("have failed within an hour") && error.to_string().contains("UTC"),
            "{error}"
        );
    }
    assert_eq!((statuses(&service), service.clock.waited()), (vec![400; 8], Duration::ZERO));
    assert!(service.rows(accounts(&["ID"])).await.is_err(), "nothing more to this endpoint");
    assert_eq!(service.rows(lines(&["ID"])).await.unwrap(), 2_000, "others are not concerned");
    service.clock.leap(HOUR);
    assert_eq!(service.rows(accounts(&["ID"])).await.unwrap(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_was_refused_is_not_sent_again() {
    let service = Service::small().await;
    let wrong = || ReadRequest { filter: Some("Nothing eq 1".to_owned()), ..accounts(&["ID"]) };
    let first = service.rows(wrong()).await.unwrap_err();
    let second = service.rows(wrong()).await.unwrap_err();
    assert_eq!(service.data_requests().len(), 1);
    assert_eq!((first.sqlstate(), first.native()), (second.sqlstate(), second.native()));
    assert!(second.to_string().starts_with(&first.to_string()), "{second}");
    assert!(second.to_string().contains("not asked again before"), "{second}");
    assert_eq!(service.rows(accounts(&["ID"])).await.unwrap(), 20, "the endpoint itself is as good as ever");
    service.clock.leap(HOUR);
    service.rows(wrong()).await.unwrap_err();
    assert_eq!(service.data_requests().len(), 3, "after an hour it is asked again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_is_remembered_of_the_endpoint_or_the_division() {
    let missing_rights = ["crm/Accounts".to_owned()].into();
    let missing_scopes = ["Logistics items".to_owned()].into();
    let service = Service::with(0.01, Switches { missing_rights, missing_scopes, ..unlimited() }, &[]).await;
    let items = || {
        let items = crate::support::entity("logistics", "Items");
        crate::support::request(items, exact_client::model::AccessKind::Regular, &["ID"])
    };
    for _ in 0..3 {
        let error = service.rows(items()).await.unwrap_err();
        assert_eq!((error.sqlstate(), error.native()), ("42000", 403));
        assert!(error.to_string().contains("scope"), "{error}");
    }
    assert_eq!(service.data_requests().len(), 1);
    // In a division without access every table costs one call in all.
    for request in [accounts(&["ID"]), lines(&["ID"]), items()] {
        let error = service.rows(ReadRequest { division: FORBIDDEN_DIVISION, ..request }).await.unwrap_err();
        assert_eq!(error.sqlstate(), "42000");
        assert!(error.to_string().contains(&FORBIDDEN_DIVISION.to_string()), "{error}");
    }
    assert_eq!(service.data_requests().len(), 2);
    assert!(service.rows(ReadRequest { division: EMPTY_DIVISION, ..lines(&["ID"]) }).await.is_ok());
}

/// The service blocks an app after too many errors of a program that does not share our ledger.
#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_recognised_and_not_prolonged() {
    let service = Service::with(0.01, Switches { error_velocity: true, ..pinned() }, &[]).await;
    let folder = tempfile::tempdir().unwrap();
    for stranger in 0..2 {
        let elsewhere = folder.path().join(stranger.to_string()).join("store.json").display().to_string();
        let stranger = service.open(&[("OAuthSettingsLocation", &elsewhere)]).await;
        for number in 0..8 {
            let wrong = ReadRequest { filter: Some(format!("Nothing{number} eq 1")), ..accounts(&["ID"]) };
            let _ = rows(&stranger, wrong).await;
        }
    }
    service.simulator.reset_requests();
    for _ in 0..3 {
        let error = service.rows(accounts(&["ID"])).await.unwrap_err();
        assert_eq!(error.sqlstate(), "HY000");
        assert!(error.to_string().contains("has blocked this app"), "{error}");
    }
    assert_eq!(statuses(&service), [429, 429], "the first may have been a minute");
    assert!(service.clock.waited() <= MINUTE + Duration::from_secs(1), "{:?}", service.clock.waited());
    service.clock.leap(HOUR + MINUTE);
    assert_eq!(service.rows(accounts(&["ID"])).await.unwrap(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_requests_can_be_looked_up() {
    let service = Service::pinned().await;
    service.rows(ReadRequest { top: Some(61), ..lines(&["ID"]) }).await.unwrap();
    let _ = service.rows(ReadRequest { filter: Some("Nothing eq 1".to_owned()), ..accounts(&["ID"]) }).await;
    let requests = service.session.last_requests();
    let told: Vec<_> = requests
        .iter()
        .rev()
        .map(|row| (row.endpoint.as_str(), row.status, row.rows))
        .filter(|row| row.0 != "/api/oauth2/token")
        .collect();
    assert_eq!(
        told,
        [
            ("financialtransaction/TransactionLines", Some(200), Some(60)),
            ("financialtransaction/TransactionLines", Some(200), Some(1)),
            ("crm/Accounts", Some(400), None),
        ]
    );
    let (first, last) = (requests.last().unwrap(), requests.first().unwrap());
    assert!(last.error.as_ref().is_some_and(|text| text.contains("Nothing")), "{last:?}");
    assert_eq!((last.division, last.method.as_str(), last.process), (Some(MAIN_DIVISION), "GET", std::process::id()));
    assert!(first.ended_ms >= Some(first.begun_ms), "{first:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_endpoint_does_not_take_is_known_at_once_and_to_others() {
    const SEARCH: &str = "search in text";
    let service = Service::small().await;
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.json").display().to_string();
    let uri = "/api/v1/{division}/crm/Accounts";
    let one = service.open(&[("OAuthSettingsLocation", &store)]).await;
    let error = Error::Refused { status: 501, text: "it does not search".to_owned() };
    one.remember_refusal(None, uri, SEARCH, &error);
    assert_eq!(one.refuses_feature(None, uri, SEARCH).as_deref(), Some("it does not search"));
    one.remember_refusal(Some(MAIN_DIVISION), uri, "reading", &error);
    // Another HTTP client makes another identity, which shares nothing but the ledger.
    let other = service.open(&[("OAuthSettingsLocation", &store), ("ProxyExceptions", "localhost")]).await;
    let begun = std::time::Instant::now();
    while other.refuses_feature(Some(MAIN_DIVISION), uri, "reading").is_none() {
        assert!(begun.elapsed() < Duration::from_secs(5), "it was not remembered");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(other.refuses_feature(None, uri, SEARCH).as_deref(), Some("it does not search"));
    assert_eq!(other.refuses_feature(None, "/api/v1/{division}/crm/Contacts", SEARCH), None);
    assert_eq!(other.refuses_feature(Some(EMPTY_DIVISION), uri, "reading"), None, "elsewhere it may be in use");
    service.clock.leap(HOUR);
    for session in [one, other] {
        assert_eq!(session.refuses_feature(None, uri, SEARCH), None);
    }
}
