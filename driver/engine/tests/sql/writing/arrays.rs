//! Arrays of parameters of UPDATE, DELETE and MERGE: looked up together, reckoned together, sent one after the other.

use exact_engine::{Connection, Execution, Limits, Result, Value};
use exact_simulator::{Action, Fault};

use super::{change, execute, manual, one, sent, written};
use crate::company::{Company, rows};

fn texts<const N: usize>(values: [&str; N]) -> Vec<Value> {
    values.map(|text| Value::Text(text.into())).to_vec()
}

fn run(connection: &Connection, sql: &str, sets: &[Vec<Value>], alone: bool) -> Vec<Result<Execution>> {
    connection.prepare(sql).unwrap()[0].execute_sets(sets, &Limits::default(), alone)
}

/// The row counts of sets, all of which went well.
fn counts(outcomes: Vec<Result<Execution>>) -> Vec<i64> {
    outcomes.into_iter().map(|one| one.unwrap_or_else(|error| panic!("{error}")).row_count.unwrap()).collect()
}

/// Accounts `name 0`, `name 1` and so on; their keys.
fn accounts(connection: &Connection, name: &str, count: usize) -> Vec<String> {
    let values: Vec<_> = (0..count).map(|number| format!("('{name} {number}')")).collect();
    let insert = format!("INSERT INTO Accounts (Name) VALUES {} RETURNING ID", values.join(", "));
    rows(connection, &insert).into_iter().map(|row| row[0].clone()).collect()
}

fn reads(requests: &[String]) -> usize {
    requests.iter().filter(|request| request.starts_with("GET")).count()
}

#[test]
fn the_rows_of_sixty_sets_are_one_look_up() {
    let company = Company::start();
    let connection = company.connect("");
    let keys = accounts(&connection, "sixty", 60);
    let update = "UPDATE Accounts SET City = ? WHERE ID = ?";
    let sets: Vec<_> = keys.iter().map(|key| texts(["Ede", key])).collect();
    let requests = sent(&company, || assert_eq!(counts(run(&connection, update, &sets, true)), [1; 60]));
    // Where the service demands a filter of its own choice the address holds fewer keys.
    assert!(reads(&requests) <= 2 && requests.len() == 60 + reads(&requests), "{requests:?}");
    assert_eq!(one(&connection, "SELECT count(*) FROM Accounts WHERE Name LIKE 'sixty %' AND City = 'Ede'"), "60");
    let before = rows(&connection, "SELECT DISTINCT Before FROM sys_changes WHERE Method = 'PUT'");
    assert_eq!(before, [[r#"{"City":null}"#]]);
    let delete = "DELETE FROM Accounts WHERE Name = ?";
    let sets: Vec<_> = (0..30).map(|number| texts([&format!("sixty {number}")])).collect();
    let requests = sent(&company, || assert_eq!(counts(run(&connection, delete, &sets, false)), [1; 30]));
    // All columns are read, for the journal, so that the address holds fewer names.
    assert!(reads(&requests) < 6 && requests.len() - reads(&requests) == 30, "{requests:?}");
    assert_eq!(one(&connection, "SELECT count(*) FROM Accounts WHERE Name LIKE 'sixty %'"), "30");
}

#[test]
fn all_sets_are_reckoned_before_the_first() {
    let company = Company::start();
    let keys = accounts(&company.connect(""), "dear", 6);
    let connection = company.connect("MaxApiCalls=6");
    let sets: Vec<_> = keys.iter().map(|key| texts(["x", key])).collect();
    let dearer = |sql: &str, sets: &[Vec<Value>], alone: bool| {
        let requests = written(&company, || {
            let outcomes = run(&connection, sql, sets, alone);
            assert!(outcomes.len() == sets.len() && outcomes.iter().all(Result::is_err), "{sql}");
            let told = outcomes[0].as_ref().err().unwrap().to_string();
            assert!(told.contains("calls, and MaxApiCalls allows 6"), "{sql}: {told}");
        });
        assert!(requests.is_empty(), "{sql}: {requests:?}");
    };
    for alone in [true, false] {
        dearer("UPDATE Accounts SET City = ? WHERE ID = ?", &sets, alone);
        dearer("UPDATE Accounts SET Remarks = COALESCE(Remarks, '') || ? WHERE ID = ?", &sets, alone);
        let keys: Vec<_> = keys.iter().map(|key| texts([key])).collect();
        dearer("DELETE FROM Accounts WHERE ID = ?", &keys, alone);
        dearer(
            "MERGE INTO Accounts t USING (SELECT ? AS City, ? AS ID) AS s ON t.ID = s.ID WHEN MATCHED THEN UPDATE SET City = s.City",
            &sets,
            alone,
        );
        let codes: Vec<_> = (0..6).map(|number| texts([&format!("91000{number}"), "dear"])).collect();
        dearer("UPSERT INTO Accounts (Code, Name) VALUES (?, ?)", &codes, alone);
    }
    assert_eq!(counts(run(&connection, "UPDATE Accounts SET City = ? WHERE ID = ?", &sets[..5], true)), [1; 5]);
}

#[test]
fn sets_that_mean_the_same_row_follow_each_other() {
    let company = Company::start();
    for connection in [company.connect(""), manual(&company)] {
        let name = if connection.is_in_transaction() { "queued" } else { "same" };
        let key = accounts(&connection, name, 1).remove(0);
        let update = "UPDATE Accounts SET City = ? WHERE ID = ?";
        let sets = [texts(["Ede", &key]), texts(["Delft", &key])];
        assert_eq!(counts(run(&connection, update, &sets, false)), [1, 1]);
        let city = format!("SELECT City FROM Accounts WHERE ID = '{key}'");
        assert_eq!(one(&connection, &city), "Delft");
        // What the second set finds is what the first has written.
        let moved = "UPDATE Accounts SET City = ? WHERE ID = ? AND City = ?";
        let sets = [texts(["Gouda", &key, "Delft"]), texts(["Breda", &key, "Gouda"]), texts(["Ede", &key, "Gouda"])];
        assert_eq!(counts(run(&connection, moved, &sets, false)), [1, 1, 0]);
        assert_eq!(one(&connection, &city), "Breda");
        let gone = [texts([&key]), texts([&key])];
        assert_eq!(counts(run(&connection, "DELETE FROM Accounts WHERE ID = ?", &gone, false)), [1, 0]);
        connection.commit(&Limits::default()).unwrap();
        assert!(rows(&connection, &city).is_empty());
    }
    let connection = company.connect("");
    let key = accounts(&connection, "image", 1).remove(0);
    let sets = [texts(["Ede", &key]), texts(["Delft", &key])];
    counts(run(&connection, "UPDATE Accounts SET City = ? WHERE ID = ?", &sets, false));
    let before = format!("SELECT Before FROM sys_changes WHERE Method = 'PUT' AND Key LIKE '%{key}%' ORDER BY ID");
    assert_eq!(rows(&connection, &before), [[r#"{"City":null}"#], [r#"{"City":"Ede"}"#]], "as each found it");
}

#[test]
fn an_upsert_by_code_is_looked_up_together_and_a_code_twice_is_one_row() {
    let company = Company::start();
    for connection in [company.connect(""), manual(&company)] {
        let from = if connection.is_in_transaction() { 930_000 } else { 920_000 };
        let upsert = "UPSERT INTO Accounts (Code, Name) VALUES (?, ?)";
        let code = |number: usize| (from + number).to_string();
        let sets: Vec<_> = (0..20).map(|number| texts([&code(number), "first"])).collect();
        let requests = sent(&company, || assert_eq!(counts(run(&connection, upsert, &sets, false)), [1; 20]));
        assert_eq!(reads(&requests), 1, "{requests:?}");
        let sets = [texts([&code(1), "second"]), texts([&code(50), "new"]), texts([&code(50), "once"])];
        assert_eq!(counts(run(&connection, upsert, &sets, false)), [1, 1, 1]);
        connection.commit(&Limits::default()).unwrap();
        let found = format!(
            "SELECT Name, count(*) FROM Accounts WHERE Code >= '{from}' AND Code <= '{}' GROUP BY Name ORDER BY 1",
            from + 60
        );
        assert_eq!(rows(&connection, &found), [["first", "19"], ["once", "1"], ["second", "1"]]);
    }
}

#[test]
fn rows_of_queries_are_inserted_set_by_set() {
    let company = Company::start();
    let connection = company.connect("");
    let insert = "INSERT INTO Accounts (Name, City) SELECT a.Name || ?, b.Name FROM Accounts a JOIN Accounts b ON a.ID = b.ID WHERE a.Name = ?";
    let name = one(&connection, "SELECT TOP 1 Name FROM Accounts ORDER BY ID");
    let sets = [texts([" copied", &name]), texts([" twice", &format!("{name} copied")]), texts(["x", "nobody"])];
    assert_eq!(
        counts(run(&connection, insert, &sets, false)),
        [1, 1, 0],
        "the second set finds what the first has made"
    );
    let computed = "INSERT INTO Accounts (Name, City) VALUES (UPPER(?), LOWER(?))";
    let sets = [texts(["set", "EDE"]), texts(["sett", "EDE"])];
    let requests = sent(&company, || assert_eq!(counts(run(&connection, computed, &sets, false)), [1, 1]));
    assert_eq!((reads(&requests), requests.len()), (0, 2), "{requests:?}");
    assert_eq!(rows(&connection, "SELECT Name FROM Accounts WHERE City = 'ede' ORDER BY 1"), [["SET"], ["SETT"]]);
}

/// What is wrong with the table is wrong for every set, and found out once.
#[test]
fn a_column_that_is_not_sent_is_told_once_for_all_sets() {
    let company = Company::start();
    let connection = company.connect("");
    let keys = accounts(&connection, "lacking", 5);
    company.simulator.inject(Fault::on("Accounts", Action::MissingColumn("Remarks".to_owned())));
    let update = "UPDATE Accounts SET City = Remarks WHERE ID = ?";
    let sets: Vec<_> = keys.iter().map(|key| texts([key])).collect();
    for alone in [true, false] {
        let requests = sent(&company, || {
            let outcomes = run(&connection, update, &sets, alone);
            assert!(outcomes.len() == 5 && outcomes.iter().all(Result::is_err));
            assert!(outcomes[0].as_ref().err().unwrap().to_string().contains("does not send remarks"));
        });
        assert_eq!((reads(&requests), requests.len()), (1, 1), "{requests:?}");
    }
}

#[test]
fn a_set_that_cannot_be_looked_up_does_not_keep_the_others() {
    let company = Company::start();
    let connection = company.connect("");
    accounts(&connection, "cast", 3);
    let update = "UPDATE Accounts SET CreditLineSales = CAST(CAST(? AS VARCHAR) AS DOUBLE) WHERE Name = ?";
    let sets = [texts(["1", "cast 0"]), texts(["one", "cast 1"]), texts(["3", "cast 2"])];
    let outcomes = run(&connection, update, &sets, true);
    let told: Vec<_> = outcomes.iter().map(|one| one.as_ref().ok().and_then(|done| done.row_count)).collect();
    assert_eq!(told, [Some(1), None, Some(1)]);
    let requests = written(&company, || {
        let outcomes = run(&connection, update, &sets, false);
        assert!(outcomes.iter().all(Result::is_err), "nothing is sent where one cannot be");
    });
    assert!(requests.is_empty(), "{requests:?}");
    assert!(execute(&connection, "SELECT 1", &[]).is_ok());
    assert_eq!(change(&connection, "DELETE FROM Accounts WHERE Name LIKE 'cast %'"), 3);
}
