//! The many ways in which a write is spelled: they work, or the message names the one that does.

use exact_engine::Value;

use super::{change, execute, manual, one, written};
use crate::company::{Company, rows};

#[test]
fn output_is_returning() {
    let company = Company::start();
    let connection = company.connect("");
    let made = rows(
        &connection,
        "INSERT INTO Accounts (Name, City) OUTPUT inserted.Name, INSERTED.City AS Town VALUES ('o1', 'Ede')",
    );
    assert_eq!(made, [["o1", "Ede"]]);
    let changed = rows(&connection, "UPDATE Accounts SET City = 'Delft' OUTPUT inserted.City WHERE Name = 'o1'");
    assert_eq!(changed, [["Delft"]]);
    let error = execute(&connection, "UPDATE Accounts SET City = 'x' OUTPUT deleted.City WHERE Name = 'o1'", &[]);
    assert!(error.err().unwrap().to_string().contains("OUTPUT inserted"));
    let gone = rows(&connection, "DELETE FROM Accounts OUTPUT deleted.Name WHERE Name = 'o1'");
    assert_eq!(gone, [["o1"]]);
}

#[test]
fn an_upsert_knows_rows_by_key_or_code() {
    let company = Company::start();
    let connection = company.connect("");
    let by_code = |name: &str| format!("UPSERT INTO Accounts (Code, Name) VALUES ('900051', '{name}')");
    let first = written(&company, || assert_eq!(change(&connection, &by_code("u1")), 1));
    let second = written(&company, || assert_eq!(change(&connection, &by_code("u2")), 1));
    assert!(first.len() == 1 && first[0].starts_with("POST"), "{first:?}");
    assert!(second.len() == 1 && second[0].starts_with("PUT"), "{second:?}");
    let id = one(&connection, "SELECT ID FROM Accounts WHERE Name = 'u2'");
    let by_key = "UPSERT INTO Accounts (ID, Name) VALUES (?, ?)";
    let values = [Value::Text(id), Value::Text("u3".into())];
    assert_eq!(execute(&connection, by_key, &values).unwrap().row_count, Some(1));
    assert_eq!(rows(&connection, "SELECT Name FROM Accounts WHERE Code = '900051'"), [["u3"]]);
    let error = execute(&connection, "UPSERT INTO Accounts (Name) VALUES ('x')", &[]).err().unwrap();
    assert!(
        error.to_string().contains("needs the key, ID, or Code") && error.to_string().contains("ON CONFLICT"),
        "{error}"
    );
}

#[test]
fn what_is_not_done_names_the_way_that_works() {
    let company = Company::start();
    let connection = company.connect("");
    for (sql, words) in [
        ("EXPLAIN INSERT INTO Accounts (Name) VALUES ('x')", "DryRun=true"),
        ("INSERT INTO Accounts (Name) VALUES ('x') ON DUPLICATE KEY UPDATE Name = 'y'", "ON CONFLICT (column)"),
        ("INSERT IGNORE INTO Accounts (Name) VALUES ('x')", "DO NOTHING"),
        ("UPDATE Accounts SET City = DEFAULT", "NULL"),
        (
            "MERGE INTO Accounts t USING (VALUES (1)) AS s (n) ON t.Name = 'x' WHEN MATCHED THEN UPDATE SET City = DEFAULT",
            "NULL",
        ),
    ] {
        let error = execute(&connection, sql, &[]).err().unwrap_or_else(|| panic!("{sql}"));
        assert_eq!(error.sqlstate(), "HYC00", "{sql}: {error}");
        assert!(error.to_string().contains(words), "{sql}: {error}");
    }
}

#[test]
fn a_delete_may_name_its_table_before_from() {
    let company = Company::start();
    let connection = company.connect("");
    change(&connection, "INSERT INTO Accounts (Name) VALUES ('d1'), ('d2')");
    change(
        &connection,
        "INSERT INTO Contacts (Account, LastName, FirstName) SELECT ID, 'Deleter', 'D' FROM Accounts WHERE Name = 'd1'",
    );
    let delete = "DELETE c FROM Accounts a JOIN Contacts c ON c.Account = a.ID WHERE a.Name LIKE 'd_'";
    let requests = written(&company, || assert_eq!(change(&connection, delete), 1));
    assert!(requests.len() == 1 && requests[0].starts_with("DELETE crm/Contacts("), "{requests:?}");
    assert_eq!(change(&connection, "DELETE a FROM Accounts AS a WHERE a.Name LIKE 'd_'"), 2);
}

#[test]
fn of_several_new_values_none_is_taken() {
    let company = Company::start();
    let connection = company.connect("");
    change(&connection, "INSERT INTO Accounts (Name) VALUES ('several')");
    let update = |values: &str| {
        format!("UPDATE Accounts a SET City = s.City FROM (VALUES {values}) AS s (City) WHERE a.Name = 'several'")
    };
    let requests = written(&company, || {
        let error = execute(&connection, &update("('Ede'), ('Delft')"), &[]).err().unwrap();
        assert_eq!(error.sqlstate(), "21000", "{error}");
        assert!(error.to_string().contains("several new values"), "{error}");
    });
    assert!(requests.is_empty(), "{requests:?}");
    assert_eq!(change(&connection, &update("('Ede'), ('Ede')")), 1);
}

#[test]
fn literals_keep_their_digits_and_small_numbers_are_more_than_yes_and_no() {
    let company = Company::start();
    let connection = company.connect("");
    let insert = "INSERT INTO Accounts (Name, VATNumber, Remarks, ConsolidationScenario, CreditLineSales) \
                  VALUES ('digits', 12345678901234567890, 12.10, '2', 1234567.89)";
    change(&connection, insert);
    let found = "SELECT VATNumber, Remarks, ConsolidationScenario, CreditLineSales FROM Accounts WHERE Name = 'digits'";
    assert_eq!(rows(&connection, found), [["12345678901234567890", "12.10", "2", "1234567.89"]]);
}

#[test]
fn every_marker_has_the_type_of_its_column() {
    let company = Company::start();
    let connection = manual(&company);
    for (sql, expected) in [
        (
            "INSERT INTO Accounts (Name, Blocked, StartDate, Parent, CreditLineSales) VALUES (?, ?, ?, ?, ?)",
            ["VarChar", "Boolean", "Timestamp", "Guid", "Double"].as_slice(),
        ),
        ("INSERT INTO Accounts (Blocked, Name) VALUES (?, 'x'), (?, ?)", &["Boolean", "Boolean", "VarChar"]),
        (
            "UPDATE Accounts SET StartDate = ?, CreditLineSales = ? WHERE ID = ? AND Blocked = ?",
            &["Timestamp", "Double", "Guid", "Boolean"],
        ),
        ("DELETE FROM Accounts WHERE StartDate < ? OR ID IN (?, ?)", &["Timestamp", "Guid", "Guid"]),
        (
            "MERGE INTO Accounts t USING (SELECT ID FROM Accounts WHERE Blocked = ?) s ON t.ID = s.ID \
          WHEN MATCHED THEN UPDATE SET StartDate = ? WHEN NOT MATCHED THEN INSERT (Name, Parent) VALUES (?, ?)",
            &["Boolean", "Timestamp", "VarChar", "Guid"],
        ),
        (
            "INSERT INTO Accounts (Code, StartDate) VALUES (?, ?) ON CONFLICT (Code) DO UPDATE SET StartDate = ?",
            &["VarChar", "Timestamp", "Timestamp"],
        ),
        ("UPSERT INTO Accounts (ID, StartDate) VALUES (?, ?)", &["Guid", "Timestamp"]),
        ("{call salesinvoice.PrintedSalesInvoices(?)}", &["Guid"]),
    ] {
        let statements = connection.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let types: Vec<_> = statements[0].parameters().iter().map(|one| format!("{:?}", one.sql_type)).collect();
        let types: Vec<_> = types.iter().map(|told| told.split(' ').next().unwrap()).collect();
        assert_eq!(types, expected, "{sql}");
    }
}
