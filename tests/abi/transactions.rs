//! Autocommit and the end of transactions, without a service: whatever is sent fails.

use std::ptr::null_mut;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::*;

const AUTOCOMMIT: i32 = 102;
const RESET_CONNECTION: i32 = 116;
const COMMIT: i16 = 0;
const ROLLBACK: i16 = 1;

fn set(odbc: &Odbc, attribute: i32, value: usize) -> i16 {
    unsafe { SQLSetConnectAttr(odbc.dbc, attribute, number_argument(value), 0) }
}

fn autocommit(odbc: &Odbc) -> u32 {
    let mut value = 9_u32;
    assert_eq!(unsafe { SQLGetConnectAttr(odbc.dbc, AUTOCOMMIT, (&raw mut value).cast(), 0, null_mut()) }, SUCCESS);
    value
}

/// A connection with a change that waits for a commit which cannot succeed.
fn waiting() -> Odbc {
    let odbc = Odbc::connect_as(3, "Readonly=false;Timeout=1");
    assert_eq!(set(&odbc, AUTOCOMMIT, 0), SUCCESS);
    odbc.execute("INSERT INTO crm.Accounts (Name) VALUES ('x')");
    odbc
}

#[test]
fn autocommit_is_on_only_when_what_waited_is_written() {
    let odbc = waiting();
    assert_eq!(set(&odbc, AUTOCOMMIT, 1), ERROR);
    assert_eq!(autocommit(&odbc), 0);
    // Until the rollback everything says why it cannot be.
    assert_eq!((odbc.run("INSERT INTO crm.Accounts (Name) VALUES ('y')"), odbc.state().as_str()), (ERROR, "25000"));
    odbc.prepare("INSERT INTO crm.Accounts (Name) VALUES ('z')");
    assert_eq!((unsafe { SQLExecute(odbc.stmt) }, odbc.state().as_str()), (ERROR, "25000"));
    assert_eq!(unsafe { SQLEndTran(DBC, odbc.dbc, COMMIT) }, ERROR);
    assert_eq!(records(DBC, odbc.dbc)[0].0, "25000");
    assert_eq!(set(&odbc, AUTOCOMMIT, 1), ERROR);
    assert_eq!(records(DBC, odbc.dbc)[0].0, "25000");
    assert_eq!(unsafe { SQLEndTran(DBC, odbc.dbc, ROLLBACK) }, WITH_INFO);
    assert_eq!(set(&odbc, AUTOCOMMIT, 1), SUCCESS);
    assert_eq!(autocommit(&odbc), 1);
}

#[test]
fn an_environment_tells_what_its_connections_had_to_tell() {
    let odbc = waiting();
    assert_eq!(unsafe { SQLEndTran(ENV, odbc.env, COMMIT) }, ERROR);
    let first = records(ENV, odbc.env)[0].clone();
    assert!(first.1.contains("COMMIT ended after 0 of 1 changes"), "{first:?}");
    assert_eq!(unsafe { SQLEndTran(ENV, odbc.env, ROLLBACK) }, WITH_INFO);
    let told = records(ENV, odbc.env);
    assert!(told[0].0 == "01000" && told[0].1.contains("stays written"), "{told:?}");
    assert_eq!(unsafe { SQLEndTran(ENV, odbc.env, ROLLBACK) }, SUCCESS);
}

#[test]
fn of_several_connections_that_fail_the_first_is_told() {
    let odbc = waiting();
    // Its commit has failed before, so that it fails in another way.
    assert_eq!(unsafe { SQLEndTran(DBC, odbc.dbc, COMMIT) }, ERROR);
    let dbc = allocate(DBC, odbc.env);
    let text = format!("Readonly=false;Timeout=1;{OFFLINE}");
    let (length, none) = (text.len() as i16, null_mut());
    let code = unsafe { SQLDriverConnect(dbc, none, text.as_ptr(), length, null_mut(), 0, null_mut(), 0) };
    assert!(code == SUCCESS || code == WITH_INFO);
    assert_eq!(unsafe { SQLSetConnectAttr(dbc, AUTOCOMMIT, null_mut(), 0) }, SUCCESS);
    let other = std::mem::ManuallyDrop::new(Odbc { env: odbc.env, dbc, stmt: allocate(STMT, dbc) });
    other.execute("INSERT INTO crm.Accounts (Name) VALUES ('x')");
    assert_eq!(unsafe { SQLEndTran(ENV, odbc.env, COMMIT) }, ERROR);
    assert_eq!(records(ENV, odbc.env)[0].0, "25000");
    unsafe {
        assert_eq!(SQLEndTran(ENV, odbc.env, ROLLBACK), WITH_INFO);
        assert_eq!(SQLDisconnect(dbc), SUCCESS);
        assert_eq!(SQLFreeHandle(DBC, dbc), SUCCESS);
    }
}

#[test]
fn the_next_user_of_a_pooled_connection_does_not_see_the_last_key() {
    let odbc = waiting();
    let identity = || {
        odbc.execute("SELECT SCOPE_IDENTITY()");
        let rows = odbc.rows();
        odbc.close();
        rows[0][0].clone()
    };
    assert!(identity().is_some());
    assert_eq!(set(&odbc, RESET_CONNECTION, 1), SUCCESS);
    assert_eq!(identity(), None);
}

#[test]
fn a_connection_is_not_closed_over_changes_that_wait() {
    let odbc = waiting();
    assert_eq!(unsafe { SQLDisconnect(odbc.dbc) }, ERROR);
    assert_eq!(records(DBC, odbc.dbc)[0].0, "25000");
    odbc.execute("SELECT Name FROM crm.Accounts WHERE 1 = 0");
    odbc.close();
    assert_eq!(unsafe { SQLEndTran(DBC, odbc.dbc, ROLLBACK) }, SUCCESS);
    assert_eq!(unsafe { SQLDisconnect(odbc.dbc) }, SUCCESS);
}

/// A commit that gets no answer, and how another thread ends it.
fn cancelled(commit: impl FnOnce(Handle) -> i16) -> (String, String) {
    let (_listener, settings) = listening();
    let odbc = Odbc::connect_as(3, &format!("Readonly=false;Timeout=60;{settings}"));
    assert_eq!(set(&odbc, AUTOCOMMIT, 0), SUCCESS);
    odbc.execute("INSERT INTO crm.Accounts (Name) VALUES ('x'), ('y')");
    let (begun, dbc) = (Instant::now(), odbc.dbc as usize);
    let cancelling = thread::spawn(move || {
        thread::sleep(Duration::from_millis(500));
        unsafe { SQLCancelHandle(DBC, std::ptr::without_provenance_mut(dbc)) }
    });
    assert_eq!(commit(odbc.dbc), ERROR);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!(cancelling.join().unwrap(), SUCCESS);
    let told = records(DBC, odbc.dbc)[0].clone();
    assert_eq!(unsafe { SQLEndTran(DBC, odbc.dbc, ROLLBACK) }, WITH_INFO);
    told
}

#[test]
fn a_commit_is_cancelled_from_another_thread() {
    for commit in [
        |dbc| unsafe { SQLEndTran(DBC, dbc, COMMIT) },
        |dbc| unsafe { SQLSetConnectAttr(dbc, AUTOCOMMIT, number_argument(1), 0) },
    ] {
        let (state, message) = cancelled(commit);
        assert_eq!(state, "25S01", "{message}");
        assert!(message.contains("COMMIT ended after 0 of 2 changes"), "{message}");
        assert!(message.contains("Not known to be written: INSERT INTO crm.Accounts"), "{message}");
        assert!(message.contains("cancelled") && message.contains("Not sent: INSERT INTO crm.Accounts"), "{message}");
    }
    // With nothing under way there is nothing to end.
    let odbc = waiting();
    assert_eq!(unsafe { SQLCancelHandle(DBC, odbc.dbc) }, SUCCESS);
    assert_eq!(unsafe { SQLEndTran(DBC, odbc.dbc, ROLLBACK) }, SUCCESS);
}

#[test]
fn markers_of_a_write_are_described_by_their_columns() {
    let odbc = Odbc::connect_as(3, "Readonly=false");
    // A guid is text of 36 characters.
    let (bit, timestamp, guid, double) = (-7, 93, 1, 8);
    for (sql, expected) in [
        ("INSERT INTO Accounts (Blocked, StartDate, Parent) VALUES (?, ?, ?)", vec![bit, timestamp, guid]),
        ("UPDATE Accounts SET CreditLineSales = ? WHERE ID = ?", vec![double, guid]),
        ("{call salesinvoice.PrintedSalesInvoices(?)}", vec![guid]),
    ] {
        odbc.prepare(sql);
        for (number, expected) in (1..).zip(expected) {
            let (mut sql_type, mut size, mut digits, mut nullable) = (0_i16, 0_usize, 0_i16, 0_i16);
            let code = unsafe {
                SQLDescribeParam(
                    odbc.stmt,
                    number,
                    &raw mut sql_type,
                    &raw mut size,
                    &raw mut digits,
                    &raw mut nullable,
                )
            };
            assert_eq!((code, sql_type), (SUCCESS, expected), "{sql}, marker {number}");
        }
    }
}
