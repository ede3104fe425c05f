//! Answers that get lost: nothing is sent twice, and what was made all the same is found.

use std::time::Duration;

use exact_engine::{CancelToken, Limits};
use exact_simulator::{Action, Fault};

use super::{change, execute, sent, written};
use crate::company::{Company, rows};

fn lose(company: &Company, action: Action) {
    company.simulator.inject(Fault::on("crm/Accounts", action).times(1));
}

#[test]
fn a_row_that_was_made_all_the_same_is_found() {
    // The simulator makes the row, then these strike its answer.
    for action in [
        Action::Status(504),
        Action::Status(502),
        Action::ResetBeforeHeaders,
        Action::ResetInBody(5),
        Action::EmptyBody,
    ] {
        let company = Company::start();
        let connection = company.connect("");
        let name = format!("{action:?}");
        lose(&company, action);
        let requests = sent(&company, || {
            let sql = format!("INSERT INTO Accounts (Name, City) VALUES ('{name}', 'Ede') RETURNING Name, City");
            assert_eq!(rows(&connection, &sql), [[name.as_str(), "Ede"]]);
        });
        let posts = requests.iter().filter(|request| request.starts_with("POST")).count();
        assert_eq!((posts, requests.len()), (1, 2), "{requests:?}");
        assert_eq!(rows(&connection, &format!("SELECT count(*) FROM Accounts WHERE Name = '{name}'")), [["1"]]);
    }
}

#[test]
fn rows_that_look_the_same_are_told_apart() {
    let company = Company::start();
    let connection = company.connect("");
    company.simulator.inject(Fault::on("crm/Accounts", Action::Status(504)).after(1).times(1));
    assert_eq!(change(&connection, "INSERT INTO Accounts (Name) VALUES ('twin'), ('twin'), ('twin')"), 3);
    assert_eq!(rows(&connection, "SELECT count(*) FROM Accounts WHERE Name = 'twin'"), [["3"]]);
}

#[test]
fn a_row_of_an_earlier_statement_is_not_taken_for_the_lost_one() {
    let company = Company::start();
    let connection = company.connect("Timeout=1");
    let insert = "INSERT INTO Accounts (Name) VALUES ('lone')";
    assert_eq!(change(&connection, insert), 1);
    lose(&company, Action::Stall(2_500));
    let error = execute(&connection, insert, &[]).err().unwrap();
    assert_eq!(error.sqlstate(), "HYT00", "{error}");
    std::thread::sleep(Duration::from_millis(2_500));
    assert_eq!(rows(&connection, "SELECT count(*) FROM Accounts WHERE Name = 'lone'"), [["1"]]);
}

#[test]
fn every_value_of_a_found_row_is_compared_and_the_row_is_told() {
    let company = Company::start();
    let connection = company.connect("");
    let insert = "INSERT INTO Accounts (Name, StartDate, CreditLineSales, IsCompetitor) \
                  VALUES ('whole', '2026-01-31', 12.25, 1)";
    lose(&company, Action::Status(504));
    let done = execute(&connection, insert, &[]).unwrap();
    assert_eq!(done.row_count, Some(1));
    let notice = done.notices.first().expect("a warning");
    let key = rows(&connection, "SELECT ID FROM Accounts WHERE Name = 'whole'")[0][0].clone();
    assert!(notice.sqlstate == "01000" && notice.message.contains(&key), "{notice:?}");
}

#[test]
fn what_is_not_found_is_not_sent_again() {
    let company = Company::start();
    let connection = company.connect("Timeout=1");
    // The simulator gives up the request when the driver does; one that were sent again would be carried out.
    company.simulator.inject(Fault::on("crm/Accounts", Action::Stall(2_500)).times(1));
    let requests = written(&company, || {
        let error = execute(&connection, "INSERT INTO Accounts (Name) VALUES ('late')", &[]).err().unwrap();
        assert_eq!(error.sqlstate(), "HYT00", "{error}");
        assert!(error.to_string().contains("it may still arrive"), "{error}");
        std::thread::sleep(Duration::from_millis(2_500));
    });
    assert!(requests.is_empty(), "{requests:?}");
    assert_eq!(rows(&connection, "SELECT count(*) FROM Accounts WHERE Name = 'late'"), [["0"]]);
}

#[test]
fn a_write_that_is_cancelled_in_time_is_not_sent() {
    let company = Company::start();
    let connection = company.connect("");
    let statements = connection.prepare("INSERT INTO Accounts (Name) VALUES ('cancelled')").unwrap();
    let cancel = CancelToken::new();
    cancel.cancel();
    let requests = written(&company, || {
        let error = statements[0].execute(&[], &Limits { cancel, timeout: None }, 0).err().unwrap();
        assert_eq!(error.sqlstate(), "HY008", "{error}");
        std::thread::sleep(Duration::from_millis(200));
    });
    assert!(requests.is_empty(), "{requests:?}");
}

#[test]
fn a_change_that_is_the_same_done_twice_is_tried_again() {
    let company = Company::start();
    let connection = company.connect("");
    change(&connection, "INSERT INTO Accounts (Name) VALUES ('again')");
    company.simulator.inject(Fault::on("crm/Accounts(", Action::Status(503)).times(1));
    let requests =
        written(&company, || assert_eq!(change(&connection, "UPDATE Accounts SET City = 'x' WHERE Name = 'again'"), 1));
    assert_eq!(requests.len(), 2, "{requests:?}");
    company.simulator.inject(Fault::on("crm/Accounts(", Action::Status(503)).times(1));
    let requests =
        written(&company, || assert_eq!(change(&connection, "DELETE FROM Accounts WHERE Name = 'again'"), 1));
    assert_eq!(requests.len(), 2, "{requests:?}");
}
