//! A network and a service that fail. The rule above all: a read gives every row, or an error.

use std::time::{Duration, Instant};

use exact_client::error::{Error, Result};
use exact_simulator::{Action, Fault};

use crate::support::{Service, distinct, lines, unlimited};

const LINES: usize = 2_000;
const PAGES: usize = 34;

/// Reads all ledger lines while a fault strikes after some pages: the rows, and the requests sent.
async fn read_with(service: &Service, fault: Fault) -> (Result<usize>, usize) {
    service.simulator.clear_faults();
    service.simulator.inject(Fault { path: "TransactionLines".to_owned(), ..fault });
    service.simulator.reset_requests();
    let rows = service.batches(lines(&["ID", "AmountDC", "Description"])).await.map(|b| distinct(&b, 0).len());
    (rows, service.data_requests().len())
}

/// The fault strikes once, in the middle.
fn once(action: Action) -> Fault {
    Fault::on("", action).after(5).times(1)
}

#[tokio::test(flavor = "multi_thread")]
async fn passing_troubles_are_ridden_out_with_one_more_call() {
    let service = Service::small().await;
    let troubles = [
        Action::Status(503),
        Action::Status(502),
        Action::Status(500),
        Action::ResetBeforeHeaders,
        Action::ResetInHeaders,
        Action::ResetInBody(100),
    ];
    for action in troubles {
        let (rows, requests) = read_with(&service, once(action.clone())).await;
        assert_eq!(
            (rows.unwrap_or_else(|error| panic!("{action:?}: {error}")), requests),
            (LINES, PAGES + 1),
            "{action:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_no_harm_costs_nothing() {
    let service = Service::small().await;
    let harmless =
        [Action::Gzip(false), Action::Gzip(true), Action::ExtraColumn("Nieuw".to_owned()), Action::SlowDrip(1)];
    for action in harmless {
        let (rows, requests) = read_with(&service, once(action.clone())).await;
        assert_eq!(
            (rows.unwrap_or_else(|error| panic!("{action:?}: {error}")), requests),
            (LINES, PAGES),
            "{action:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_answers_are_never_taken_for_the_end() {
    let service = Service::small().await;
    let broken = [
        Action::HtmlPage,
        Action::EmptyBody,
        Action::TruncatedBody(3),
        Action::TruncatedBody(2_000),
        Action::TrailingBytes("{\"d\":[]}".to_owned()),
        Action::WrongContentLength(10),
        Action::WrongContentLength(-10),
        Action::BrokenGzip,
    ];
    for action in broken {
        // For ever, so that a repetition does not help.
        let fault = Fault::on("", action.clone()).after(5);
        let (rows, requests) = read_with(&service, fault).await;
        let error = rows.expect_err(&format!("{action:?} went unnoticed"));
        assert_eq!(error.sqlstate(), "08S01", "{action:?}: {error}");
        assert!(requests <= 5 + 4, "{action:?}: {requests} requests");
        // Once: all rows or an error, but never fewer rows.
        if let (Ok(rows), _) = read_with(&service, once(action.clone())).await {
            assert_eq!(rows, LINES, "{action:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_next_page_that_leads_astray_is_not_followed() {
    let service = Service::small().await;
    let (rows, requests) = read_with(&service, once(Action::NextToItself)).await;
    assert!(rows.is_err());
    assert!(requests <= 8, "{requests} requests");
    let elsewhere = Action::NextToHost("http://127.0.0.1:9".to_owned());
    let (rows, _) = read_with(&service, once(elsewhere)).await;
    let error = rows.expect_err("the token would have gone to another host");
    assert!(!matches!(error, Error::CannotConnect { .. }), "it was tried: {error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stays_away_is_given_up() {
    let service = Service::small().await;
    let (rows, requests) = read_with(&service, Fault::on("", Action::Status(503))).await;
    let error = rows.unwrap_err();
    assert_eq!((error.sqlstate(), error.native(), requests), ("HY000", 503, 4), "{error}");
    // Not the kind that a repetition mends.
    let (rows, requests) = read_with(&service, Fault::on("", Action::Status(404))).await;
    assert_eq!((rows.unwrap_err().native(), requests), (404, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_column_is_named() {
    let service = Service::small().await;
    let (rows, _) = read_with(&service, once(Action::ChangedColumn("AmountDC".to_owned()))).await;
    let error = rows.unwrap_err();
    assert_eq!(error.sqlstate(), "22018", "{error}");
    assert!(error.to_string().contains("AmountDC") && error.to_string().contains("TransactionLines"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_answer_ends_with_the_time_out() {
    let service = Service::with(0.01, unlimited(), &[("Timeout", "1")]).await;
    for action in [Action::Stall(30_000), Action::StallInBody(30_000)] {
        let begun = Instant::now();
        let (rows, _) = read_with(&service, Fault::on("", action.clone())).await;
        let error = rows.unwrap_err();
        assert_eq!(error.sqlstate(), "HYT00", "{action:?}: {error}");
        assert!(begun.elapsed() < Duration::from_secs(12), "{action:?}: {:?}", begun.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_at_home() {
    let service = Service::small().await;
    let Service { simulator, session } = service;
    drop(simulator);
    let begun = Instant::now();
    let error = futures::StreamExt::next(&mut exact_client::read(&session, lines(&["ID"]))).await.unwrap().unwrap_err();
    assert_eq!(error.sqlstate(), "08001", "{error}");
    assert!(error.to_string().contains("127.0.0.1"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(15));
}
