//! How many requests a read takes, and when they are sent.

use std::time::Duration;

use exact_client::model::AccessKind;
use exact_client::{ReadRequest, count, read};
use exact_simulator::EMPTY_DIVISION;
use futures::StreamExt;

use crate::support::{EVERY, Service, accounts, distinct, entity, lines, request};

const LINES: usize = 2_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_regular_page_holds_sixty_rows() {
    let service = Service::small().await;
    let batches = service.batches(lines(&["ID", "AmountDC"])).await.unwrap();
    assert_eq!(distinct(&batches, 0).len(), LINES);
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).max(), Some(60));
    assert_eq!(service.data_requests().len(), LINES.div_ceil(60));
    assert_eq!(service.session.calls_made(), LINES.div_ceil(60) as u64);
    let selects: Vec<_> = service.data_requests().iter().map(|request| request.query.clone()).collect();
    assert!(selects[0].contains("$select=ID,AmountDC"), "{}", selects[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_page_holds_a_thousand() {
    let service = Service::small().await;
    let bulk = request(entity("financialtransaction", "TransactionLines"), AccessKind::Bulk, &["ID"]);
    assert_eq!(distinct(&service.batches(bulk).await.unwrap(), 0).len(), LINES);
    // An eager service (strict) ends a full page with a link to an empty one.
    let empty = usize::from(service.simulator.switches().eager_next);
    assert_eq!(service.data_requests().len(), LINES / 1_000 + empty);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_is_requested_that_top_makes_needless() {
    let service = Service::small().await;
    for (top, calls) in [(1, 1), (59, 1), (60, 1), (61, 2), (120, 2), (150, 3)] {
        service.simulator.reset_requests();
        let rows = service.rows(ReadRequest { top: Some(top), ..lines(&["ID"]) }).await.unwrap();
        assert_eq!((rows as u64, service.data_requests().len()), (top, calls), "$top={top}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn top_holds_whatever_the_service_makes_of_it() {
    let service = Service::small().await;
    let top = || ReadRequest { top: Some(130), ..lines(&["ID"]) };
    for profile in ["default", "strict", "lenient", "2021"] {
        let mut switches = exact_simulator::Switches::profile(profile).unwrap();
        switches.rate_limits = false;
        switches.mandatory_filtering = false;
        (switches.minute_limit, switches.day_limit) = (1_000_000, 1_000_000);
        service.simulator.set_switches(switches);
        let batches = service.batches(top()).await.unwrap();
        assert_eq!(distinct(&batches, 0).len(), 130, "{profile}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_asked_before_the_first_poll_and_one_page_ahead_after_it() {
    let service = Service::small().await;
    let mut stream = read(&service.session, lines(&["ID"]));
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(service.simulator.requests().len(), 0);
    stream.next().await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(service.data_requests().len(), 2, "the page in hand and the next one");
    drop(stream);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(service.data_requests().len(), 2, "dropping the stream ends the read");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_counted_without_columns() {
    let service = Service::small().await;
    let batches = service.batches(ReadRequest { top: Some(70), ..lines(&[]) }).await.unwrap();
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 70);
    assert!(batches.iter().all(|batch| batch.num_columns() == 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn counting_takes_one_call() {
    let service = Service::small().await;
    assert_eq!(count(&service.session, &lines(&[])).await.unwrap(), LINES as u64);
    assert_eq!(service.data_requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_and_order_are_the_services() {
    let service = Service::small().await;
    let all = service.batches(accounts(&["Code", "Country"])).await.unwrap();
    let dutch = ReadRequest {
        filter: Some(format!("{EVERY} and Country eq 'NL'")),
        order_by: Some("Code desc".to_owned()),
        ..accounts(&["Code", "Country"])
    };
    let found = service.batches(dutch).await.unwrap();
    let codes = |batches: &[arrow::array::RecordBatch], country: &str| -> Vec<String> {
        use arrow::array::AsArray;
        let rows = batches.iter().flat_map(|batch| {
            let (codes, countries) = (batch.column(0).as_string::<i32>(), batch.column(1).as_string::<i32>());
            codes.iter().zip(countries.iter()).collect::<Vec<_>>()
        });
        rows.filter(|(_, c)| *c == Some(country)).map(|(code, _)| code.unwrap().to_owned()).collect()
    };
    let mut expected = codes(&all, "NL");
    // The service compares codes as it keeps them, padded with blanks at the left (fact sheet 6.5).
    expected.sort_by_key(|code| std::cmp::Reverse(format!("{code:>18}")));
    assert!(!expected.is_empty());
    assert_eq!(codes(&found, "NL"), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_division_is_no_error() {
    let service = Service::small().await;
    let empty = ReadRequest { division: EMPTY_DIVISION, ..lines(&["ID", "Division"]) };
    assert_eq!(service.rows(empty).await.unwrap(), 0);
    assert_eq!(service.data_requests().len(), 1);
}
