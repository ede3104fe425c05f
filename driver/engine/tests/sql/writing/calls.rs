//! What a write takes of the calls and of the time that it may take, and how it is cancelled.

use std::thread;
use std::time::Duration;

use exact_engine::{CancelToken, Connection, Limits, Value};
use exact_simulator::Switches;

use super::{change, execute, manual, sent, written};
use crate::company::{Company, rows};

fn names(prefix: &str, count: usize) -> String {
    (0..count).map(|number| format!("('{prefix}{number}')")).collect::<Vec<_>>().join(", ")
}

fn switched(company: &Company, set: impl FnOnce(&mut Switches)) {
    let mut switches = Switches::of_environment().unwrap();
    switches.rate_limits = false;
    switches.minute_limit = 1_000_000;
    switches.day_limit = 1_000_000;
    set(&mut switches);
    company.simulator.set_switches(switches);
}

#[test]
fn more_calls_than_are_allowed_are_refused_before_the_first() {
    let company = Company::start();
    let connection = company.connect("MaxApiCalls=5");
    let insert = |count| format!("INSERT INTO Accounts (Name) VALUES {}", names("most ", count));
    let requests = written(&company, || {
        let error = execute(&connection, &insert(6), &[]).err().unwrap();
        assert_eq!(error.sqlstate(), "HY000", "{error}");
        assert!(error.to_string().contains("takes 6 calls, and MaxApiCalls allows 5"), "{error}");
    });
    assert!(requests.is_empty(), "{requests:?}");
    assert_eq!(change(&connection, &insert(5)), 5);
    let requests = written(&company, || {
        // One call finds the rows.
        let error = execute(&connection, "UPDATE Accounts SET City = 'x' WHERE Name LIKE 'most %'", &[]).err().unwrap();
        assert!(error.to_string().contains("takes 5 calls, and MaxApiCalls allows 5, 1 of which"), "{error}");
        let statements = connection.prepare("INSERT INTO Accounts (Name) VALUES (?)").unwrap();
        let sets: Vec<_> = (0..6).map(|number| vec![Value::Text(format!("set {number}"))]).collect();
        for alone in [true, false] {
            let outcomes = statements[0].execute_sets(&sets, &Limits::default(), alone);
            assert!(outcomes.len() == 6 && outcomes.iter().all(Result::is_err));
        }
    });
    assert!(requests.is_empty(), "{requests:?}");
    connection.set_autocommit(false, &Limits::default()).unwrap();
    for number in 0..6 {
        change(&connection, &format!("INSERT INTO Accounts (Name) VALUES ('queued {number}')"));
    }
    let requests = written(&company, || {
        let error = connection.commit(&Limits::default()).unwrap_err();
        assert!(error.to_string().contains("COMMIT was not sent: it takes 6 calls"), "{error}");
    });
    assert!(requests.is_empty() && connection.is_in_transaction());
    // Nothing is lost by it: with one row less it goes.
    change(&connection, "DELETE FROM Accounts WHERE Name = 'queued 0'");
    assert_eq!(written(&company, || drop(connection.commit(&Limits::default()).unwrap())).len(), 5);
}

#[test]
fn the_rest_of_the_day_is_reckoned_with() {
    let company = Company::start();
    let connection = company.connect("BudgetReserve=3");
    switched(&company, |switches| switches.day_limit = 20);
    // The answer tells what is left.
    rows(&connection, "SELECT TOP 1 ID FROM Accounts WHERE Name = 'nobody of that name'");
    let requests = written(&company, || {
        let error = execute(&connection, &format!("INSERT INTO Accounts (Name) VALUES {}", names("day ", 20)), &[]);
        let told = error.err().unwrap().to_string();
        assert!(
            told.contains("takes 20 calls, and division 5512 has ") && told.contains("BudgetReserve keeps 3"),
            "{told}"
        );
    });
    assert!(requests.is_empty(), "{requests:?}");
    assert_eq!(change(&connection, &format!("INSERT INTO Accounts (Name) VALUES {}", names("day ", 2))), 2);
}

#[test]
fn a_dry_run_tells_the_number_of_calls() {
    let company = Company::start();
    let connection = company.connect("DryRun=true;MaxApiCalls=5");
    let requests = sent(&company, || {
        let insert = format!("INSERT INTO Accounts (Name) VALUES {}", names("dry ", 70));
        let done = execute(&connection, &insert, &[]).unwrap();
        assert_eq!(done.row_count, Some(70));
        let told = &done.notices[0];
        assert_eq!(told.sqlstate, "01000");
        assert!(told.message.contains("it would take 70 calls; 70 in division 5512"), "{told:?}");
        assert!(!told.message.contains("at a commit"), "{told:?}");
        connection.set_autocommit(false, &Limits::default()).unwrap();
        let done = execute(&connection, "INSERT INTO Accounts (Name) VALUES ('later')", &[]);
        let told = &done.unwrap().notices[0].message;
        assert!(told.contains("at a commit a document and the lines"), "{told}");
    });
    assert!(requests.is_empty(), "{requests:?}");
}

/// How a commit of six rows ends that is ended after about half a second, when each takes 200 ms.
fn ended(company: &Company, connection: &Connection, limits: &Limits, ends: impl FnOnce() + Send + 'static) -> String {
    for number in 0..6 {
        change(connection, &format!("INSERT INTO Accounts (Name) VALUES ('slow {number}')"));
    }
    switched(company, |switches| switches.page_latency_ms = 200);
    let ending = thread::spawn(ends);
    let error = connection.commit(limits).unwrap_err();
    ending.join().unwrap();
    switched(company, |switches| switches.page_latency_ms = 0);
    let told = error.to_string();
    assert!(told.contains("COMMIT ended after ") && told.contains(" of 6 changes"), "{told}");
    assert!(told.contains("Written: INSERT INTO crm.Accounts ") && told.contains("Not sent: INSERT INTO"), "{told}");
    assert_eq!(connection.rollback().len(), 1);
    told
}

#[test]
fn a_commit_can_be_cancelled_and_says_how_far_it_came() {
    let company = Company::start();
    let connection = manual(&company);
    let cancel = CancelToken::new();
    let limits = Limits { cancel: cancel.clone(), timeout: None };
    let told = ended(&company, &connection, &limits, move || {
        thread::sleep(Duration::from_millis(500));
        cancel.cancel();
    });
    let made: usize = told.split("after ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    thread::sleep(Duration::from_millis(500));
    let found =
        rows(&connection, "SELECT count(*) FROM Accounts WHERE Name LIKE 'slow %'")[0][0].parse::<usize>().unwrap();
    // The one under way when it was cancelled is told to be unknown.
    assert!(found == made || (found == made + 1 && told.contains("Not known to be written")), "{found}: {told}");
}

#[test]
fn a_time_out_is_of_the_whole_commit() {
    let company = Company::start();
    let connection = manual(&company);
    let limits = Limits { timeout: Some(Duration::from_millis(500)), ..Limits::default() };
    let told = ended(&company, &connection, &limits, || {});
    assert!(told.contains("0.5 seconds") || told.contains("time-out"), "{told}");
}

#[test]
fn a_time_out_is_of_all_sets_and_of_the_look_up_too() {
    let company = Company::start();
    let connection = company.connect("");
    change(&connection, &format!("INSERT INTO Accounts (Name) VALUES {}", names("wait ", 6)));
    let limits = Limits { timeout: Some(Duration::from_millis(700)), ..Limits::default() };
    let update = connection.prepare("UPDATE Accounts SET City = ? WHERE Name = ?").unwrap();
    let sets: Vec<_> = (0..6).map(|number| ["x".into(), format!("wait {number}")].map(Value::Text).to_vec()).collect();
    switched(&company, |switches| switches.page_latency_ms = 200);
    let outcomes = update[0].execute_sets(&sets, &limits, true);
    let failed = outcomes.last().unwrap().as_ref().err().expect("an end").to_string();
    assert!(outcomes.len() < 6, "{}", outcomes.len());
    assert!(failed.contains("0.7 seconds") || failed.contains("time-out"), "{failed}");
}
