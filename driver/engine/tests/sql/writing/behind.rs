//! The reads behind a write: what the service has now and completely, or an error before anything is sent; and the rows that
//! come after it.

use exact_engine::Limits;
use exact_simulator::{Action, Fault};

use super::{change, execute, sent, written};
use crate::company::{Company, rows};

#[test]
fn rows_to_be_changed_never_come_from_memory() {
    let company = Company::start();
    let (one, other) = (company.connect(""), company.connect(""));
    let update = "UPDATE Accounts SET City = Name WHERE Name = 'memory'";
    assert_eq!(change(&one, update), 0);
    change(&other, "INSERT INTO Accounts (Name) VALUES ('memory')");
    assert_eq!(change(&one, update), 1);
    let told = company.connect("DryRun=true");
    let requests = sent(&company, || (0..2).for_each(|_| assert_eq!(change(&told, update), 1)));
    assert_eq!(requests.iter().filter(|request| request.starts_with("GET")).count(), 2, "{requests:?}");
}

#[test]
fn no_division_is_left_out_of_a_write() {
    let company = Company::start();
    // 5514 cannot be read; a query tells so in a warning.
    let connection = company.connect("Division=5512,5514,5515");
    assert!(!rows(&connection, "SELECT TOP 1 ID FROM Accounts").is_empty());
    for sql in [
        "UPDATE Accounts SET City = 'x'",
        "DELETE FROM Accounts WHERE Name LIKE 'A%'",
        "INSERT INTO Accounts (Division, Name) SELECT Division, Name FROM Accounts",
    ] {
        let requests = written(&company, || {
            let error = execute(&connection, sql, &[]).err().expect(sql);
            assert!(error.to_string().contains("5514"), "{error}");
        });
        assert!(requests.is_empty(), "{requests:?}");
    }
}

#[test]
fn a_column_that_is_not_sent_is_not_taken_for_null() {
    let company = Company::start();
    let connection = company.connect("");
    change(&connection, "INSERT INTO Accounts (Name, Remarks) VALUES ('lacking', 'kept')");
    company.simulator.inject(Fault::on("Accounts", Action::MissingColumn("Remarks".to_owned())));
    for sql in [
        "UPDATE Accounts SET City = Remarks WHERE Name = 'lacking'",
        "DELETE FROM Accounts WHERE Name = 'lacking' AND COALESCE(Remarks, '') || 'x' = 'x'",
        "INSERT INTO Accounts (Name, Remarks) SELECT Name, Remarks FROM Accounts WHERE Name = 'lacking'",
    ] {
        let requests = written(&company, || {
            let error = execute(&connection, sql, &[]).err().expect(sql);
            assert_eq!(error.sqlstate(), "HY000", "{error}");
            assert!(error.to_string().contains("does not send remarks"), "{error}");
        });
        assert!(requests.is_empty(), "{requests:?}");
    }
    // What does not depend on it goes on: only the journal would have kept it.
    assert_eq!(change(&connection, "UPDATE Accounts SET City = 'Ede' WHERE Name = 'lacking'"), 1);
    assert_eq!(change(&connection, "DELETE FROM Accounts WHERE Name = 'lacking'"), 1);
}

#[test]
fn a_returning_that_fails_does_not_look_like_a_write_that_failed() {
    let company = Company::start();
    let connection = company.connect("");
    let insert = "INSERT INTO Accounts (Name) VALUES ('returning') RETURNING CAST(Name AS INTEGER)";
    let error = execute(&connection, insert, &[]).err().unwrap();
    let key = rows(&connection, "SELECT ID FROM Accounts WHERE Name = 'returning'")[0][0].clone();
    assert_eq!(error.sqlstate(), "HY000", "{error}");
    let told = error.to_string();
    assert!(told.contains("are written") && told.contains(&key) && told.contains("RETURNING failed"), "{error}");
    // The keys are those of the rows, not of a table that is read beside them.
    let beside = "UPDATE Accounts SET City = 'Ede' WHERE Name = 'returning' \
                  RETURNING (SELECT count(*) FROM Items), CAST(Name AS INTEGER)";
    let error = execute(&connection, beside, &[]).err().unwrap();
    assert!(error.to_string().contains(&format!("(keys: {key})")), "{error}");
    // What waits for a commit is taken back instead.
    connection.set_autocommit(false, &Limits::default()).unwrap();
    let error = execute(&connection, insert, &[]).err().unwrap();
    assert_eq!(error.sqlstate(), "22018", "{error}");
    let requests = written(&company, || drop(connection.commit(&Limits::default()).unwrap()));
    assert!(requests.is_empty(), "{requests:?}");
}
