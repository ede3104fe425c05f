//! Keys that an application states for its new rows: they are new, or the row is refused, whoever gives the keys.

use exact_engine::{Connection, Limits, Value};
use exact_simulator::{Action, Fault};

use super::{change, execute, kept, manual, one, sent, written};
use crate::company::{Company, rows};

const FRESH: &str = "6f9619ff-8b86-4011-b42d-00c04fc96401";

fn insert(key: &str, name: &str) -> String {
    format!("INSERT INTO Accounts (ID, Name) VALUES ('{key}', '{name}')")
}

fn some_account(connection: &Connection) -> String {
    one(connection, "SELECT TOP 1 ID FROM Accounts ORDER BY ID")
}

fn name_of(connection: &Connection, key: &str) -> String {
    one(connection, &format!("SELECT Name FROM Accounts WHERE ID = '{key}'"))
}

#[test]
fn the_key_of_a_row_that_exists_is_refused_whoever_gives_the_keys() {
    for keeps in [true, false] {
        let company = Company::start();
        kept(&company, keeps);
        let connection = company.connect("");
        let existing = some_account(&connection);
        let before = (name_of(&connection, &existing), one(&connection, "SELECT count(*) FROM Accounts"));
        for sql in [
            insert(&existing, "second"),
            // A key that a query gives is no other.
            format!("INSERT INTO Accounts (ID, Name) SELECT ID, 'second' FROM Accounts WHERE ID = '{existing}'"),
            format!("INSERT INTO Accounts (ID, Name) VALUES ('{FRESH}', 'first'), ('{existing}', 'second')"),
        ] {
            let requests = written(&company, || {
                let error = execute(&connection, &sql, &[]).err().unwrap_or_else(|| panic!("{sql}"));
                assert_eq!(error.sqlstate(), "23000", "{error}");
                assert!(error.to_string().contains(&existing), "{error}");
            });
            assert!(requests.is_empty(), "it is not known yet whether keys are kept: {requests:?}");
        }
        let after = (name_of(&connection, &existing), one(&connection, "SELECT count(*) FROM Accounts"));
        assert_eq!(after, before, "keys kept: {keeps}");
        // Once it is known that the service keeps keys, it is left to the service to refuse them.
        change(&connection, &insert(FRESH, "fresh"));
        let requests = sent(&company, || {
            let error = execute(&connection, &insert(&existing, "second"), &[]).err().unwrap();
            assert_eq!((error.sqlstate(), error.is_from_service()), ("23000", keeps), "{error}");
        });
        assert_eq!(requests.len(), 1, "keys kept: {keeps}: {requests:?}");
        assert_eq!(requests[0].starts_with("POST"), keeps, "{requests:?}");
        let again = execute(&connection, &insert(FRESH, "again"), &[]).err().unwrap();
        assert_eq!(again.sqlstate(), "23000", "{again}");
        assert_eq!(name_of(&connection, FRESH), "fresh", "keys kept: {keeps}");
    }
}

#[test]
fn fresh_keys_cost_a_call_for_sixty_and_none_where_they_are_kept() {
    for keeps in [true, false] {
        let company = Company::start();
        kept(&company, keeps);
        let connection = company.connect("");
        let values = |from: usize| {
            let row = |number: usize| format!("('6f9619ff-8b86-4011-b42d-00c04fc9{number:04x}', 'many {number}')");
            (from..from + 70).map(row).collect::<Vec<_>>().join(", ")
        };
        let statement = |from| format!("INSERT INTO Accounts (ID, Name) VALUES {}", values(from));
        let reads = |requests: &[String]| requests.iter().filter(|one| one.starts_with("GET")).count();
        let first = sent(&company, || assert_eq!(change(&connection, &statement(0)), 70));
        assert_eq!((reads(&first), first.len()), (2, 72));
        let second = sent(&company, || assert_eq!(change(&connection, &statement(100)), 70));
        assert_eq!(reads(&second), if keeps { 0 } else { 2 }, "keys kept: {keeps}");
        // Without a key of the application's own there is nothing to ask for.
        let own =
            sent(&company, || assert_eq!(change(&connection, "INSERT INTO Accounts (Name) VALUES ('a'), ('b')"), 2));
        assert_eq!(own.len(), 2, "{own:?}");
    }
}

#[test]
fn a_key_is_given_to_one_row_only() {
    let company = Company::start();
    kept(&company, false);
    let connection = company.connect("");
    let twice = format!("INSERT INTO Accounts (ID, Name) VALUES ('{FRESH}', 'one'), ('{FRESH}', 'two')");
    let requests = written(&company, || {
        let error = execute(&connection, &twice, &[]).err().unwrap();
        assert_eq!(error.sqlstate(), "23000", "{error}");
        assert!(error.to_string().contains("row 2: ID") && error.to_string().contains("two new rows"), "{error}");
    });
    assert!(requests.is_empty(), "{requests:?}");
    let array = connection.prepare("INSERT INTO Accounts (ID, Name) VALUES (?, ?)").unwrap();
    let existing = some_account(&connection);
    let other = FRESH.replace("6401", "6402");
    let sets = [FRESH, &existing, FRESH, &other].map(|key| [key, "set"].map(|text| Value::Text(text.into())).to_vec());
    let outcomes = array[0].execute_sets(&sets, &Limits::default(), true);
    let states: Vec<_> = outcomes.iter().map(|one| one.as_ref().err().map_or("", |error| error.sqlstate())).collect();
    assert_eq!(states, ["", "23000", "23000", ""], "each set has its own status");
    assert_eq!(one(&connection, "SELECT count(*) FROM Accounts WHERE Name = 'set'"), "2");
    let nothing = written(&company, || {
        assert!(array[0].execute_sets(&sets, &Limits::default(), false).iter().all(Result::is_err));
    });
    assert!(nothing.is_empty(), "{nothing:?}");
}

#[test]
fn a_commit_refuses_the_key_of_a_row_that_exists_and_everything_still_waits() {
    for keeps in [true, false] {
        let company = Company::start();
        kept(&company, keeps);
        let connection = manual(&company);
        let existing = some_account(&connection);
        change(&connection, "INSERT INTO Accounts (Name) VALUES ('beside')");
        change(&connection, &insert(FRESH, "fresh"));
        let twice = execute(&connection, &insert(FRESH, "twice"), &[]).err().unwrap();
        assert_eq!(twice.sqlstate(), "23000", "{twice}");
        change(&connection, &insert(&existing, "second"));
        let requests = sent(&company, || {
            let error = connection.commit(&Limits::default()).unwrap_err();
            assert_eq!(error.sqlstate(), "23000", "{error}");
            assert!(error.to_string().contains(&existing) && error.to_string().contains("crm.Accounts"), "{error}");
        });
        assert!(requests.len() == 1 && requests[0].starts_with("GET"), "one call for both keys: {requests:?}");
        assert!(connection.is_in_transaction());
        connection.rollback();
        change(&connection, &insert(FRESH, "fresh"));
        connection.commit(&Limits::default()).unwrap();
        assert_eq!(name_of(&connection, FRESH), "fresh", "keys kept: {keeps}");
        // A row that goes first leaves its key.
        change(&connection, &format!("DELETE FROM Accounts WHERE ID = '{FRESH}'"));
        change(&connection, &insert(FRESH, "returned"));
        connection.commit(&Limits::default()).unwrap();
        assert_eq!(name_of(&connection, FRESH), "returned", "keys kept: {keeps}");
        assert_eq!(one(&connection, "SELECT count(*) FROM Accounts WHERE Name IN ('fresh', 'returned')"), "1");
    }
}

/// Keys of the driver's own kind, as `python/` gives them to new objects.
#[test]
fn keys_of_the_drivers_kind_cost_no_call_and_are_given_once() {
    let own = "6f9619ff-8b86-8011-b42d-00c04fc96401";
    for keeps in [true, false] {
        let company = Company::start();
        kept(&company, keeps);
        let connection = company.connect("");
        let requests = sent(&company, || assert_eq!(change(&connection, &insert(own, "own")), 1));
        assert_eq!(requests.len(), 1, "keys kept: {keeps}: {requests:?}");
        let requests = written(&company, || {
            let error = execute(&company.connect(""), &insert(own, "again"), &[]).err().unwrap();
            assert_eq!(error.sqlstate(), "23000", "{error}");
        });
        assert_eq!(requests.len(), usize::from(keeps), "keys kept: {keeps}: {requests:?}");
        assert_eq!(name_of(&connection, own), "own");
    }
}

/// Guids of zeros stand for no row: as a key they ask for one.
#[test]
fn a_key_of_zeros_is_none() {
    let zeros = "00000000-0000-0000-0000-000000000000";
    for keeps in [true, false] {
        let company = Company::start();
        kept(&company, keeps);
        for connection in [company.connect(""), manual(&company)] {
            change(&connection, &insert(zeros, "zeros"));
            change(&connection, &insert(zeros, "zeros"));
            connection.commit(&Limits::default()).unwrap();
            assert!(rows(&connection, &format!("SELECT Name FROM Accounts WHERE ID = '{zeros}'")).is_empty());
            assert_eq!(change(&connection, "DELETE FROM Accounts WHERE Name = 'zeros'"), 2);
            connection.commit(&Limits::default()).unwrap();
        }
    }
}

#[test]
fn an_upsert_by_key_finds_the_row_that_it_made() {
    for keeps in [true, false] {
        let company = Company::start();
        kept(&company, keeps);
        let connection = company.connect("");
        let upsert = |name: &str| format!("UPSERT INTO Accounts (ID, Name) VALUES ('{FRESH}', '{name}')");
        let first = sent(&company, || assert_eq!(change(&connection, &upsert("first")), 1));
        assert_eq!(first.len(), 2, "the look-up is that of the statement: {first:?}");
        let second = written(&company, || assert_eq!(change(&connection, &upsert("second")), 1));
        assert!(second.len() == 1 && second[0].starts_with("PUT"), "keys kept: {keeps}: {second:?}");
        assert_eq!(rows(&connection, "SELECT Name FROM Accounts WHERE Name IN ('first', 'second')"), [["second"]]);
    }
}

/// The service keeps keys, and has refused the second row. Its answer is lost.
#[test]
fn a_row_that_was_there_before_is_not_taken_for_the_lost_one() {
    let lost = |existing: fn(&Connection) -> [String; 2]| {
        let company = Company::start();
        kept(&company, true);
        let connection = company.connect("");
        // It is known that keys are kept.
        change(&connection, &insert(&FRESH.replace("6401", "6402"), "known"));
        let [key, name] = existing(&connection);
        let count = "SELECT count(*) FROM Accounts";
        let before = one(&connection, count);
        company.simulator.inject(Fault::on("crm/Accounts", Action::Status(504)).times(1));
        let values = [key, name].map(Value::Text);
        let told = execute(&connection, "INSERT INTO Accounts (ID, Name) VALUES (?, ?)", &values);
        let told = match told {
            Ok(done) => done.notices[0].message.clone(),
            Err(error) => error.to_string(),
        };
        (told, one(&connection, count) == before)
    };
    // One that this process has made, one that was there from the start, and one that is new.
    let (told, same) = lost(|connection| {
        change(connection, &insert(FRESH, "same"));
        [FRESH.to_string(), "same".to_string()]
    });
    assert!(same && told.contains("No such row was there"), "{told}");
    let (told, same) = lost(|connection| {
        let old = rows(connection, "SELECT TOP 1 ID, Name FROM Accounts ORDER BY ID").remove(0);
        old.try_into().unwrap()
    });
    assert!(same && told.contains("No such row was there"), "{told}");
    let (told, same) = lost(|_| [FRESH.to_string(), "new".to_string()]);
    assert!(!same && told.contains("the row was found"), "{told}");
}
