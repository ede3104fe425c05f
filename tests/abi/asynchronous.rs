//! SQL_ATTR_ASYNC_ENABLE: the same function is called until it no longer answers SQL_STILL_EXECUTING.

use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::*;

const ASYNC_ENABLE: i32 = 4;

/// Polls until the function has ended; gives its code and how often it was still executing.
fn poll(mut call: impl FnMut() -> i16) -> (i16, usize) {
    let mut times = 0;
    loop {
        match call() {
            STILL_EXECUTING => times += 1,
            code => return (code, times),
        }
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn an_execution_and_a_fetch_are_polled() {
    let odbc = Odbc::connect();
    assert_eq!(odbc.set(ASYNC_ENABLE, 1), SUCCESS);
    assert_eq!(odbc.get(ASYNC_ENABLE), 1);
    let sql = "SELECT * FROM (VALUES (1), (2), (3)) t(n) ORDER BY n; SELECT 'x'";
    let (code, times) = poll(|| odbc.run(sql));
    assert_eq!(code, SUCCESS, "{:?}", records(STMT, odbc.stmt));
    assert!(times > 0);
    for expected in ["1", "2", "3"] {
        assert_eq!(poll(|| unsafe { SQLFetch(odbc.stmt) }).0, SUCCESS);
        assert_eq!(odbc.text(1).as_deref(), Some(expected));
    }
    assert_eq!(poll(|| unsafe { SQLFetch(odbc.stmt) }).0, NO_DATA);
    assert_eq!(poll(|| unsafe { SQLMoreResults(odbc.stmt) }).0, SUCCESS);
    assert_eq!(poll(|| unsafe { SQLFetch(odbc.stmt) }).0, SUCCESS);
    assert_eq!(odbc.text(1).as_deref(), Some("x"));
    assert_eq!(poll(|| unsafe { SQLMoreResults(odbc.stmt) }).0, NO_DATA);
}

#[test]
fn a_static_cursor_reads_to_its_end_while_it_is_polled() {
    let odbc = Odbc::connect();
    odbc.set(6, 3);
    odbc.set(ASYNC_ENABLE, 1);
    assert_eq!(poll(|| odbc.run("SELECT * FROM (VALUES (1), (2), (3)) t(n) ORDER BY n")).0, SUCCESS);
    assert_eq!(poll(|| unsafe { SQLFetchScroll(odbc.stmt, 3, 0) }).0, SUCCESS);
    assert_eq!(odbc.text(1).as_deref(), Some("3"));
}

/// The end is known with the last row: SQL_NO_DATA is no outcome of a call that was polled.
#[test]
fn the_end_is_not_polled_for() {
    let odbc = Odbc::connect();
    odbc.set(ASYNC_ENABLE, 1);
    for (sql, rows) in [("SELECT n FROM (VALUES (1), (2)) t(n)", 2), ("SELECT n FROM (VALUES (1)) t(n) WHERE n > 1", 0)]
    {
        assert_eq!(poll(|| odbc.run(sql)).0, SUCCESS);
        for _ in 0..rows {
            assert_eq!(poll(|| unsafe { SQLFetch(odbc.stmt) }).0, SUCCESS);
        }
        assert_eq!(unsafe { SQLFetch(odbc.stmt) }, NO_DATA, "{sql}");
        odbc.close();
    }
}

#[test]
fn an_error_comes_when_the_call_has_ended() {
    let odbc = Odbc::connect();
    odbc.set(ASYNC_ENABLE, 1);
    let (code, times) = poll(|| odbc.run("SELECT CAST('x' AS INTEGER)"));
    assert_eq!((code, odbc.state().as_str()), (ERROR, "22018"));
    assert!(times <= 1_000);
    assert_eq!(poll(|| odbc.run("SELECT 1")).0, SUCCESS);
}

#[test]
fn parameters_are_read_once_and_only_the_pending_function_may_be_called() {
    let (listener, settings) = listening();
    let odbc = Odbc::connect_as(3, &settings);
    odbc.set(ASYNC_ENABLE, 1);
    assert_eq!(odbc.run("SELECT Code FROM crm.Accounts"), STILL_EXECUTING);
    let (mut connection, _) = listener.accept().unwrap();
    let mut request = [0_u8; 4096];
    assert!(connection.read(&mut request).unwrap() > 0);
    assert_eq!(odbc.run("SELECT Code FROM crm.Accounts"), STILL_EXECUTING);
    assert_eq!(unsafe { SQLFetch(odbc.stmt) }, ERROR);
    assert_eq!(odbc.state(), "HY010");
    assert_eq!(unsafe { SQLDisconnect(odbc.dbc) }, ERROR);
    assert_eq!(records(DBC, odbc.dbc)[0].0, "HY010");
    // Another statement of the connection is free to run.
    let other = std::mem::ManuallyDrop::new(Odbc { env: odbc.env, dbc: odbc.dbc, stmt: odbc.statement() });
    other.execute("SELECT 7 AS n");
    assert_eq!(other.rows(), [[Some("7".to_owned())]]);
    let body = r#"{"d":{"results":[{"Code":"  A1"}]}}"#;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
    connection.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let (code, _) = poll(|| odbc.run("SELECT Code FROM crm.Accounts"));
    assert_eq!(code, SUCCESS, "{:?}", records(STMT, odbc.stmt));
    assert_eq!(poll(|| unsafe { SQLFetch(odbc.stmt) }).0, SUCCESS);
    assert_eq!(odbc.text(1).as_deref(), Some("A1"));
    drop(listener);
}

#[test]
fn a_cancelled_call_ends_at_once_with_hy008() {
    let (_listener, settings) = listening();
    let odbc = Odbc::connect_as(3, &settings);
    odbc.set(ASYNC_ENABLE, 1);
    assert_eq!(odbc.run("SELECT Code FROM crm.Accounts"), STILL_EXECUTING);
    let begun = Instant::now();
    assert_eq!(unsafe { SQLCancel(odbc.stmt) }, SUCCESS);
    let (code, _) = poll(|| odbc.run("SELECT Code FROM crm.Accounts"));
    assert_eq!((code, odbc.state().as_str()), (ERROR, "HY008"));
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(poll(|| odbc.run("SELECT 1")).0, SUCCESS);
}

#[test]
fn a_time_limit_ends_an_asynchronous_call() {
    let (_listener, settings) = listening();
    let odbc = Odbc::connect_as(3, &settings);
    odbc.set(ASYNC_ENABLE, 1);
    odbc.set(0, 1);
    let (code, _) = poll(|| odbc.run("SELECT Code FROM crm.Accounts"));
    assert_eq!((code, odbc.state().as_str()), (ERROR, "HYT00"));
}

#[test]
fn the_attribute_of_the_connection_is_the_default_of_its_statements() {
    let odbc = Odbc::connect();
    assert_eq!(unsafe { SQLSetConnectAttr(odbc.dbc, ASYNC_ENABLE, number_argument(1), 0) }, SUCCESS);
    assert_eq!(odbc.get(ASYNC_ENABLE), 1, "statements that are there too");
    let other = std::mem::ManuallyDrop::new(Odbc { env: odbc.env, dbc: odbc.dbc, stmt: odbc.statement() });
    assert_eq!(other.get(ASYNC_ENABLE), 1);
    assert_eq!(unsafe { SQLSetConnectAttr(odbc.dbc, ASYNC_ENABLE, number_argument(0), 0) }, SUCCESS);
    assert_eq!(other.get(ASYNC_ENABLE), 0);
}
