//! A network and a service that fail: every fault that the simulator knows, once in the middle of a read and for ever.
//! The rule above all: a read gives every row, or an error.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use exact_client::error::{Error, Result};
use exact_client::reader::Note;
use exact_client::transport::RetryPolicy;
use exact_client::{Manner, Session, read, read_so};
use exact_simulator::{Action, ErrorBody, Fault, Switches};
use futures::StreamExt;

use crate::support::{PAUSE, Service, accounts, lines, unlimited};

const LINES: usize = 2_000;
const PAGES: usize = 34;
/// Pages that pass before a fault strikes.
const PASSED: usize = 5;

/// A wait is counted in whole milliseconds.
const ROUNDING: Duration = Duration::from_millis(3);

/// What a read comes to.
#[derive(Debug)]
enum Outcome {
    /// All rows, in so many requests.
    Rows(usize),
    /// SQLSTATE, words of the text, requests.
    Error(&'static str, &'static str, usize),
}

use Outcome::{Error as Fails, Rows};

/// Reads all ledger lines while a fault strikes after some pages: the rows, the requests sent, the time it took.
async fn read_with(service: &Service, fault: Fault) -> (Result<usize>, usize, Duration) {
    service.simulator.clear_faults();
    service.simulator.inject(Fault { path: "TransactionLines".to_owned(), ..fault });
    service.simulator.reset_requests();
    let begun = Instant::now();
    let rows = service.rows(lines(&["ID", "AmountDC", "Description"])).await;
    (rows, service.data_requests().len(), begun.elapsed())
}

async fn check(service: &Service, fault: Fault, expected: &Outcome) -> Duration {
    let told = format!("{fault:?}");
    let (rows, requests, elapsed) = read_with(service, fault).await;
    match (rows, expected) {
        (Ok(rows), Rows(calls)) => assert_eq!((rows, requests), (LINES, *calls), "{told}"),
        (Err(error), Fails(sqlstate, words, calls)) => {
            assert_eq!((error.sqlstate(), requests), (*sqlstate, *calls), "{told}: {error}");
            assert!(error.to_string().contains(words), "{told}: {error}");
        }
        (outcome, _) => panic!("{told}: {outcome:?} in {requests} requests, but {expected:?} was expected"),
    }
    elapsed
}

/// The fault, what it comes to when it strikes once, and what when it lasts.
fn table() -> Vec<(Action, Outcome, Outcome)> {
    let once = || Rows(PAGES + 1);
    let lasting = |sqlstate, words, attempts| Fails(sqlstate, words, PASSED + attempts);
    let fatal =
        |action, sqlstate, words| (action, Fails(sqlstate, words, PASSED + 1), Fails(sqlstate, words, PASSED + 1));
    vec![
        (Action::Status(408), once(), lasting("HY000", "took too long", 4)),
        (Action::Status(500), once(), lasting("HY000", "Fault injected: 500", 2)),
        (Action::Status(502), once(), lasting("HY000", "Fault injected: 502", 4)),
        (Action::Status(503), once(), lasting("HY000", "Fault injected: 503", 4)),
        (Action::Status(504), once(), lasting("HY000", "took too long", 4)),
        fatal(Action::Status(400), "HY000", "Fault injected: 400"),
        fatal(Action::Status(403), "42000", "Fault injected: 403"),
        fatal(Action::Status(404), "42S02", "Fault injected: 404"),
        fatal(Action::Status(405), "HY000", "Fault injected: 405"),
        fatal(Action::Status(413), "HY000", "longer than Exact Online takes"),
        fatal(Action::Status(414), "HY000", "longer than Exact Online takes"),
        fatal(Action::Status(501), "HY000", "Fault injected: 501"),
        fatal(Action::Status(302), "08S01", "a redirect to another address"),
        (Action::Status(401), once(), lasting("28000", "exact-odbc login", 2)),
        // Without a word on limits it may be a minute; when it comes again it is a block.
        (Action::Status(429), once(), lasting("HY000", "has blocked this app", 2)),
        (Action::HtmlPage, once(), lasting("08S01", "an HTML or XML page", 2)),
        (Action::EmptyBody, once(), lasting("08S01", "an empty answer", 2)),
        (Action::TruncatedBody(3), once(), lasting("08S01", "cut off", 2)),
        (Action::TruncatedBody(2_000), once(), lasting("08S01", "cut off", 2)),
        (Action::TrailingBytes("{\"d\":[]}".to_owned()), once(), lasting("08S01", "broken JSON", 2)),
        (Action::WrongContentLength(10), once(), lasting("08S01", "was lost", 4)),
        (Action::BrokenGzip, once(), lasting("08S01", "was lost", 4)),
        (Action::ResetBeforeHeaders, once(), lasting("08S01", "was lost", 4)),
        (Action::ResetInHeaders, once(), lasting("08S01", "was lost", 4)),
        (Action::ResetInBody(0), once(), lasting("08S01", "was lost", 4)),
        (Action::ResetInBody(100), once(), lasting("08S01", "was lost", 4)),
        (Action::Gzip(false), Rows(PAGES), Rows(PAGES)),
        (Action::Gzip(true), Rows(PAGES), Rows(PAGES)),
        (Action::SlowDrip(1), Rows(PAGES), Rows(PAGES)),
        (Action::Stall(30), Rows(PAGES), Rows(PAGES)),
        (Action::StallInBody(30), Rows(PAGES), Rows(PAGES)),
        (Action::ExtraColumn("Nieuw".to_owned()), Rows(PAGES), Rows(PAGES)),
        (Action::ClockSkew(-7_200_000), Rows(PAGES), Rows(PAGES)),
        (Action::ClockSkew(30_000), Rows(PAGES), Rows(PAGES)),
        // 50 rows fewer make one page more; pages of 10 rows make many.
        (Action::ShortPage(10), Rows(PAGES + 1), Rows(PASSED + (LINES - PASSED * 60) / 10)),
        (
            Action::MissingColumn("AmountDC".to_owned()),
            once(),
            lasting("08S01", "a page without the column AmountDC that earlier pages have", 2),
        ),
        fatal(
            Action::ChangedColumn("AmountDC".to_owned()),
            "22018",
            "column AmountDC of financialtransaction.TransactionLines",
        ),
        fatal(Action::NextToItself, "08S01", "leads back to a page already read"),
        fatal(Action::NextToHost("http://127.0.0.1:9".to_owned()), "08S01", "leads to another host"),
    ]
}

/// Whether a fault makes more pages, so that more requests are no repetitions.
fn repaged(action: &Action) -> bool {
    matches!(action, Action::ShortPage(_))
}

/// The name of a fault without its arguments.
fn kind(action: &Action) -> String {
    let text = serde_json::to_value(action).unwrap();
    match text {
        serde_json::Value::String(name) => name,
        serde_json::Value::Object(map) => map.keys().next().unwrap().clone(),
        other => panic!("{other}"),
    }
}

/// Asserts what the driver has waited in all: pauses of one, two and four times the first, each a quarter longer or
/// shorter. A refusal with status 429 is waited out to the end of the minute, a refused token not at all.
fn check_waits(service: &Service, action: &Action, repetitions: usize) {
    let waited = service.clock.waited();
    let (least, most) = match action {
        Action::Status(401) => (Duration::ZERO, Duration::ZERO),
        Action::Status(429) => (Duration::from_millis(1), Duration::from_secs(61)),
        _ => {
            let pauses = PAUSE * ((1 << repetitions) - 1);
            (pauses.mul_f64(0.75).saturating_sub(ROUNDING), pauses.mul_f64(1.25))
        }
    };
    assert!((least..=most).contains(&waited), "{action:?}: {waited:?} is not within {least:?} and {most:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_once() {
    for (action, once, _) in table() {
        let service = Service::small().await;
        let elapsed = check(&service, Fault::on("", action.clone()).after(5).times(1), &once).await;
        check_waits(&service, &action, usize::from(matches!(once, Rows(calls) if calls > PAGES) && !repaged(&action)));
        assert!(elapsed < Duration::from_secs(10), "{action:?}: {elapsed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_for_ever() {
    for (action, _, lasting) in table() {
        let service = Service::pinned().await;
        let elapsed = check(&service, Fault::on("", action.clone()).after(5), &lasting).await;
        check_waits(&service, &action, if let Fails(_, _, calls) = lasting { calls - PASSED - 1 } else { 0 });
        assert!(elapsed < Duration::from_secs(10), "{action:?}: {elapsed:?}");
    }
}

#[test]
fn no_fault_is_left_out() {
    let tested: BTreeSet<String> = table().iter().map(|(action, ..)| kind(action)).collect();
    // Of these the service's own rows are wrong, and their number is asserted below.
    let rows: BTreeSet<String> = [Action::DuplicateRow, Action::MissingRow].iter().map(kind).collect();
    let readme = include_str!("../simulator/README.md");
    let (_, listed) = readme.split_once("Actions of a fault:").unwrap();
    let (listed, _) = listed.split_once("Those without an argument").unwrap();
    for name in listed.split('`').skip(1).step_by(2) {
        assert!(tested.contains(name) || rows.contains(name), "{name} has no test");
    }
}

/// Pages are no snapshot: what the service repeats or leaves out between two pages cannot be told from its data. The
/// driver adds nothing to it and takes nothing away.
#[tokio::test(flavor = "multi_thread")]
async fn rows_are_those_that_the_service_sends() {
    let service = Service::small().await;
    for (action, expected) in [(Action::DuplicateRow, LINES + 1), (Action::MissingRow, LINES - 1)] {
        let (rows, requests, _) = read_with(&service, Fault::on("", action.clone()).after(5).times(1)).await;
        assert_eq!((rows.unwrap(), requests), (expected, PAGES), "{action:?}");
    }
}

/// A content length that is too small cuts the body, and leaves bytes behind that are no answer to the next request.
#[tokio::test(flavor = "multi_thread")]
async fn bytes_beyond_the_announced_length_are_no_rows() {
    let service = Service::small().await;
    for fault in [
        Fault::on("", Action::WrongContentLength(-10)).after(5).times(1),
        Fault::on("", Action::WrongContentLength(-10)).after(5),
    ] {
        let (rows, requests, _) = read_with(&service, fault).await;
        match rows {
            Ok(rows) => assert_eq!(rows, LINES),
            Err(error) => assert!(error.sqlstate() == "08S01" && requests <= PASSED + 4, "{error}"),
        }
    }
}

#[derive(Debug, Default)]
struct Lacking(Mutex<Vec<String>>);

impl Note for Lacking {
    fn lacks(&self, table: &str, columns: &[&str]) {
        self.0.lock().unwrap().push(format!("{} of {table}", columns.join(", ")));
    }
}

/// A column that the service has dropped is null, and told once; the metadata of the reference still has it.
#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_is_never_sent_is_null_and_told_once() {
    let service = Service::small().await;
    service.simulator.inject(Fault::on("TransactionLines", Action::MissingColumn("Description".to_owned())));
    let told = Arc::<Lacking>::default();
    let manner = Manner { note: Some(told.clone()), ..Manner::default() };
    let mut stream = read_so(&service.session, lines(&["ID", "Description"]), manner);
    let mut rows = 0;
    while let Some(batch) = stream.next().await {
        let batch = batch.unwrap();
        rows += batch.num_rows();
        assert_eq!(batch.column(1).null_count(), batch.num_rows());
    }
    assert_eq!((rows, service.data_requests().len()), (LINES, PAGES));
    assert_eq!(*told.0.lock().unwrap(), ["Description of financialtransaction.TransactionLines"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_answer_ends_with_the_time_out() {
    let service = Service::with(0.01, unlimited(), &[("Timeout", "1")]).await;
    for action in [Action::Stall(30_000), Action::StallInBody(30_000), Action::SlowDrip(1_000)] {
        let before = service.session.calls_made();
        let (rows, _, elapsed) = read_with(&service, Fault::on("", action.clone())).await;
        let error = rows.unwrap_err();
        // The simulator enters a request when it has answered it.
        let calls = service.session.calls_made() - before;
        assert_eq!((error.sqlstate(), calls), ("HYT00", 1), "{action:?}: {error}");
        assert!(error.to_string().contains("within 1 s") && error.to_string().contains("Timeout"), "{error}");
        assert!(elapsed >= Duration::from_secs(1) && elapsed < Duration::from_secs(4), "{action:?}: {elapsed:?}");
    }
}

/// However many repetitions are allowed, a call has two minutes in all; waits are leapt over.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_repeated_for_two_minutes_at_most() {
    let minute = Duration::from_secs(60);
    // Pauses of 60 and 120 s, each a quarter longer or shorter: the second one would come to an end after two minutes.
    for (first_pause, requests, least, most) in [(minute, 2, 45, 75), (3 * minute, 1, 0, 0)] {
        let service = Service::pinned().await;
        let retry = RetryPolicy { most: 100, first_pause, ..RetryPolicy::default() };
        assert_eq!(retry.longest, Duration::from_secs(120));
        let session = service.open_retrying(retry).await;
        service.simulator.inject(Fault::on("TransactionLines", Action::Status(503)));
        let error = first(&session).await.unwrap_err();
        assert_eq!((error.sqlstate(), error.native()), ("HY000", 503), "{error}");
        assert!(error.to_string().contains("Fault injected: 503"), "{error}");
        assert_eq!(service.data_requests().len(), requests);
        let leapt = service.clock.leapt().as_secs();
        assert!((least..=most).contains(&leapt), "{leapt} s");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_understood_in_every_shape() {
    for (error_body, words) in [
        (ErrorBody::Json, "Fault injected: 503"),
        (ErrorBody::Text, "Fault injected: 503"),
        (ErrorBody::Html, "Error"),
        (ErrorBody::Empty, "HTTP status 503"),
    ] {
        let service = Service::with(0.01, Switches { error_body, ..unlimited() }, &[]).await;
        let (rows, requests, _) = read_with(&service, Fault::on("", Action::Status(503))).await;
        let error = rows.unwrap_err();
        assert_eq!((error.sqlstate(), error.native(), requests), ("HY000", 503, 4), "{error}");
        assert!(error.to_string().contains(words), "{error_body:?}: {error}");
        check_waits(&service, &Action::Status(503), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_in_html_is_replaced_all_the_same() {
    let service = Service::with(0.01, Switches { html_unauthorized: true, ..unlimited() }, &[]).await;
    assert_eq!(service.rows(accounts(&["ID"])).await.unwrap(), 20);
    service.simulator.reset_requests();
    service.simulator.advance_clock(Duration::from_secs(601));
    assert_eq!(service.rows(accounts(&["ID"])).await.unwrap(), 20);
    let statuses: Vec<u16> = service.data_requests().iter().map(|request| request.status).collect();
    assert_eq!((statuses, service.token_requests()), (vec![401, 200], 1));
    assert_eq!(service.clock.waited(), Duration::ZERO);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_at_home() {
    let Service { simulator, session, .. } = Service::small().await;
    drop(simulator);
    let begun = Instant::now();
    let error = first(&session).await.unwrap_err();
    assert_eq!(error.sqlstate(), "08001", "{error}");
    assert!(error.to_string().contains("127.0.0.1"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(15));
}

async fn first(session: &std::sync::Arc<Session>) -> Result<usize> {
    match read(session, lines(&["ID"])).next().await {
        Some(batch) => Ok(batch?.num_rows()),
        None => Err(Error::Cancelled),
    }
}
