//! The service's limits are kept, not run into.

use std::time::Duration;

use exact_simulator::Switches;

use crate::support::{Service, accounts, lines};

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_day_is_told_with_its_end_and_no_further_call() {
    let service = Service::with(0.01, Switches { day_limit: 3, ..Switches::default() }, &[]).await;
    let error = service.rows(lines(&["ID"])).await.unwrap_err();
    assert_eq!(error.sqlstate(), "HY000", "{error}");
    assert!(error.to_string().contains("UTC"), "the time at which it ends: {error}");
    let sent = service.data_requests().len();
    assert!((3..=4).contains(&sent), "{sent} calls of 3");
    assert!(service.rows(accounts(&["ID"])).await.is_err());
    assert_eq!(service.data_requests().len(), sent, "a call that is known to fail is not sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_minute_is_waited_for_and_the_wait_can_be_ended() {
    let service = Service::with(0.01, Switches { minute_limit: 3, ..Switches::default() }, &[]).await;
    // Not across the end of a minute, which would bring three calls more.
    let into_minute = Duration::from_millis(u64::try_from(service.simulator.now()).unwrap() % 60_000);
    if into_minute > Duration::from_secs(55) {
        tokio::time::sleep(Duration::from_secs(61) - into_minute).await;
    }
    let reading = tokio::time::timeout(Duration::from_secs(2), service.rows(lines(&["ID"]))).await;
    assert!(reading.is_err(), "2,000 rows do not come in three calls");
    let statuses: Vec<u16> = service.data_requests().iter().map(|request| request.status).collect();
    assert_eq!(statuses, [200, 200, 200]);
}
