//! Switches of the simulated service: what a read comes to under each that concerns sign-in, limits and reading, with
//! SQLSTATE, text and number of requests; and a list that leaves none of them without a test.

use std::time::{Duration, Instant};

use exact_client::model::{AccessKind, model};
use exact_client::{ReadRequest, count};
use exact_simulator::Switches;
use serde_json::{Value, json};

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
        assert_eq!(service.data_requests().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_service_is_waited_for() {
    let service = Service::with(0.01, Switches { page_latency_ms: 40, ..pinned() }, &[]).await;
    let begun = Instant::now();
    assert_eq!(service.rows(lines(&["ID"])).await.unwrap(), 2_000);
    assert!(begun.elapsed() >= Duration::from_millis(34 * 40), "{:?}", begun.elapsed());
    assert_eq!(service.data_requests().len(), 34);
}

/// Where each switch is tested, if not in [`table`].
const ELSEWHERE: &[(&str, &str)] = &[
    ("read_is_paged", "engine, differential"),
    ("case_sensitive", "engine, differential"),
    ("sql_nulls", "engine, differential"),
    ("date_only_literals", "engine, differential under the strict profile"),
    ("sync_lookups_null", "engine, differential under the strict profile"),
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
    ("client_keys_kept", "writing"),
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
