//! Switches of the simulated service: what a read comes to under each that concerns sign-in, limits and reading, with
//! SQLSTATE, text and number of requests; and a list that leaves none of them without a test.

use std::sync::Arc;
use std::time::{Duration, Instant};

use exact_client::model::{AccessKind, model};
use exact_client::writer::{Change, Verb, key_of, send};
use exact_client::{ReadRequest, count};
use exact_simulator::{MAIN_DIVISION, Switches};
use serde_json::{Map, Value, json};

use crate::support::{EVERY, Service, accounts, entity, lines, pinned, request};

/// What a read comes to: rows and requests, or SQLSTATE, words of the text and requests.
enum Outcome {
    Rows(usize, usize),
    Fails(&'static str, &'static str, usize),
}

use Outcome::{Fails, Rows};

/// Switches by name, the read, and what it comes to.
fn table() -> Vec<(Value, ReadRequest, Outcome)> {
    let unfiltered = || request(entity("crm", "Accounts"), AccessKind::Regular, &["ID"]);
    let filtered = |filter: &str| ReadRequest { filter: Some(filter.to_owned()), ..unfiltered() };
    let bulk = || request(entity("financialtransaction", "TransactionLines"), AccessKind::Bulk, &["ID"]);
    let historic =
        model().entities().iter().find(|entity| entity.historic && entity.in_division && entity.regular().is_some());
    let historic = historic.expect("a historic endpoint");
    let historic = || ReadRequest {
        entity: historic,
        path: historic.regular().unwrap(),
        columns: historic.keys.clone(),
        ..unfiltered()
    };
    let top = |rows, request| ReadRequest { top: Some(rows), ..request };
    let synced = || request(entity("sync_crm", "Contacts"), AccessKind::Sync, &["ID", "AccountName"]);
    let search = "substringof('a',Name) eq true";
    let mandatory = "This endpoint has mandatory filtering applied";
    vec![
        (json!({"bare_array_for_top": false}), top(5, unfiltered()), Rows(5, 1)),
        (json!({"bare_array_for_top": true}), top(5, unfiltered()), Rows(5, 1)),
        (json!({"substring_functions": false}), filtered(search), Fails("HY000", "HTTP status 501", 1)),
        (json!({"mandatory_filtering": true}), unfiltered(), Fails("HY000", mandatory, 1)),
        (json!({"mandatory_filtering": true}), filtered(EVERY), Rows(20, 1)),
        (json!({"mandatory_filtering": true, "mandatory_filtering_clients": ["another"]}), unfiltered(), Rows(20, 1)),
        (json!({"wide_endpoints": ["crm/Accounts"]}), unfiltered(), Rows(20, 1)),
        (json!({"skip_refused": ["financialtransaction/TransactionLines"]}), lines(&["ID"]), Rows(2_000, 34)),
        (json!({"eager_next": false}), bulk(), Rows(2_000, 2)),
        (json!({"eager_next": true}), bulk(), Rows(2_000, 3)),
        (json!({"next_repeats_top": false}), top(61, lines(&["ID"])), Rows(61, 2)),
        (json!({"next_repeats_top": true}), top(61, lines(&["ID"])), Rows(61, 2)),
        (json!({"historic_endpoints": false}), historic(), Fails("42S02", "Resource not found", 1)),
        (json!({"historic_endpoints": false, "language": "nl"}), historic(), Fails("42S02", "Niet gevonden.", 1)),
        (
            json!({"language": "nl", "missing_rights": ["crm/Contacts"]}),
            contacts(),
            Fails("42000", "U heeft geen rechten", 1),
        ),
        (json!({"missing_scopes": ["Crm accounts"]}), contacts(), Fails("42000", "Application Scope Violated", 1)),
        (json!({"numeric_expires_in": true}), unfiltered(), Rows(20, 1)),
        (json!({"case_sensitive": false}), filtered("Name eq 'JANSEN BV'"), Rows(3, 1)),
        (json!({"case_sensitive": true}), filtered("Name eq 'JANSEN BV'"), Rows(1, 1)),
        (json!({"sql_nulls": true}), filtered("EndDate ne datetime'2001-01-01T00:00:00'"), Rows(15, 1)),
        (json!({"sql_nulls": false}), filtered("EndDate ne datetime'2001-01-01T00:00:00'"), Rows(20, 1)),
        (json!({"date_only_literals": true}), filtered("Modified ge datetime'2001-01-01'"), Rows(20, 1)),
        (
            json!({"date_only_literals": false}),
            filtered("Modified ge datetime'2001-01-01'"),
            Fails("HY000", "HTTP status 400", 1),
        ),
        (json!({"sync_lookups_null": false}), synced(), Rows(30, 1)),
        (json!({"sync_lookups_null": true}), synced(), Rows(30, 1)),
        (json!({"doubles_as_integers": false}), lines(&["AmountDC"]), Rows(2_000, 34)),
    ]
}

fn contacts() -> ReadRequest {
    request(entity("crm", "Contacts"), AccessKind::Regular, &["ID"])
}

fn with(changes: &Value) -> Switches {
    let mut switches = serde_json::to_value(pinned()).unwrap();
    switches.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value(switches).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_under_each_switch() {
    for (switches, request, expected) in table() {
        let service = Service::with(0.01, with(&switches), &[]).await;
        let begun = Instant::now();
        let outcome = service.rows(request).await;
        let requests = service.data_requests().len();
        assert!(begun.elapsed() < Duration::from_secs(10), "{switches}: {:?}", begun.elapsed());
        // None of them is a reason to wait or to repeat.
        assert_eq!(service.clock.waited(), Duration::ZERO, "{switches}");
        match (outcome, expected) {
            (Ok(rows), Rows(expected, calls)) => assert_eq!((rows, requests), (expected, calls), "{switches}"),
            (Err(error), Fails(sqlstate, words, calls)) => {
                assert_eq!((error.sqlstate(), requests), (sqlstate, calls), "{switches}: {error}");
                assert!(error.to_string().contains(words), "{switches}: {error}");
            }
            (outcome, _) => panic!("{switches}: {outcome:?} in {requests} requests"),
        }
        // No token was asked for twice, whatever the switch.
        assert_eq!(service.token_requests(), 1, "{switches}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_counted_where_json_is_refused_for_a_count() {
    for strict_accept in [false, true] {
        let service = Service::with(0.01, Switches { strict_accept, ..pinned() }, &[]).await;
        assert_eq!(count(&service.session, &accounts(&["ID"])).await.unwrap(), 20);
        assert_eq!((service.data_requests().len(), service.clock.waited()), (1, Duration::ZERO));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_service_is_waited_for() {
    let service = Service::with(0.01, Switches { page_latency_ms: 40, ..pinned() }, &[]).await;
    let begun = Instant::now();
    assert_eq!(service.rows(lines(&["ID"])).await.unwrap(), 2_000);
    assert!(begun.elapsed() >= Duration::from_millis(34 * 40), "{:?}", begun.elapsed());
    assert_eq!((service.data_requests().len(), service.clock.waited()), (34, Duration::ZERO));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_sync_leaves_out_are_null_and_not_asked_for_again() {
    for (sync_lookups_null, nulls) in [(false, 0), (true, 30)] {
        let service = Service::with(0.01, Switches { sync_lookups_null, ..pinned() }, &[]).await;
        let read = request(entity("sync_crm", "Contacts"), AccessKind::Sync, &["ID", "AccountName"]);
        let batches = service.batches(read).await.unwrap();
        let found: usize = batches.iter().map(|batch| batch.column(1).null_count()).sum();
        assert_eq!((found, service.data_requests().len()), (nulls, 1), "sync_lookups_null: {sync_lookups_null}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_row_has_the_key_that_the_service_gave_it() {
    let given = "6f9619ff-8b86-4011-b42d-00c04fc964ff";
    for client_keys_kept in [true, false] {
        let service = Service::with(0.01, Switches { client_keys_kept, ..pinned() }, &[]).await;
        let accounts = entity("crm", "Accounts");
        let body = json!({"ID": given, "Name": "Nieuw"});
        let change = Change {
            entity: accounts,
            division: MAIN_DIVISION,
            verb: Verb::Post,
            key: None,
            body: body.as_object().unwrap().clone(),
            before: Map::new(),
            cause: Arc::default(),
        };
        let row = send(&service.session, &change).unwrap().answer().await.unwrap().expect("the new row");
        let key = key_of(accounts, &row).unwrap();
        assert_eq!(key == format!("guid'{given}'"), client_keys_kept, "{key}");
        assert_eq!((service.data_requests().len(), service.clock.waited()), (1, Duration::ZERO));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_under_read_is_whole_in_pages_and_in_one_piece() {
    let mut found = Vec::new();
    for read_is_paged in [true, false] {
        let service = Service::with(0.05, Switches { read_is_paged, ..pinned() }, &[]).await;
        let list = entity("read_financial", "ReceivablesList");
        let rows = service.rows(request(list, AccessKind::Regular, &["AccountName"])).await.unwrap();
        assert!(rows > 60, "more than a page: {rows}");
        let calls = if read_is_paged { rows.div_ceil(60) } else { 1 };
        assert_eq!(service.data_requests().len(), calls, "read_is_paged: {read_is_paged}, {rows} rows");
        assert_eq!(service.clock.waited(), Duration::ZERO);
        found.push(rows);
    }
    assert_eq!(found[0], found[1]);
}

/// Where each switch is tested, if not in [`table`].
const ELSEWHERE: &[(&str, &str)] = &[
    ("read_is_paged", "a_list_under_read_is_whole_in_pages_and_in_one_piece"),
    ("strict_accept", "rows_are_counted_where_json_is_refused_for_a_count"),
    ("page_latency_ms", "a_slow_service_is_waited_for"),
    ("error_body", "faults::an_error_is_understood_in_every_shape"),
    ("html_unauthorized", "faults::a_refused_token_in_html_is_replaced_all_the_same"),
    ("early_refresh_refused", "faults::every_fault_for_ever, status 401"),
    ("previous_refresh_token_once", "crash, storm"),
    ("one_chain_per_app", "sign_in::a_second_machine_that_signs_in_is_told"),
    ("token_limit", "sign_in::spent_token_calls_are_told_and_not_asked_for_again"),
    ("rate_limits", "limits"),
    ("minute_limit", "limits::a_read_over_many_minutes_runs_into_no_limit"),
    ("day_limit", "limits::a_spent_day_is_told_with_its_end_and_no_further_call"),
    ("other_limit_zeroed", "limits::a_refusal_is_understood_by_the_headers_that_it_carries"),
    ("error_velocity", "limits::the_driver_stops_before_the_service_blocks_the_app"),
    ("ledger_account_of_item", "what comes of it: engine, writing"),
    ("client_keys_kept", "a_new_row_has_the_key_that_the_service_gave_it, and what comes of it: engine, writing"),
];

#[test]
fn no_switch_is_left_out() {
    let tested: Vec<String> = table()
        .iter()
        .flat_map(|(switches, ..)| switches.as_object().unwrap().keys().cloned().collect::<Vec<_>>())
        .chain(ELSEWHERE.iter().map(|(name, _)| (*name).to_owned()))
        .collect();
    for name in serde_json::to_value(Switches::default()).unwrap().as_object().unwrap().keys() {
        assert!(tested.contains(name), "{name} has no test");
    }
}
