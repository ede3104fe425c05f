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
    // All columns, in the order in which a query has them.
    let insert = "INSERT INTO Accounts (Name, City)";
    let starred = rows(&connection, &format!("{insert} OUTPUT inserted.* VALUES ('o2', 'Ede')"));
    assert_eq!(starred, rows(&connection, "SELECT * FROM Accounts WHERE Name = 'o2'"));
    let starred = rows(&connection, &format!("{insert} VALUES ('o3', 'Ede') RETURNING *"));
    assert_eq!(starred, rows(&connection, "SELECT * FROM Accounts WHERE Name = 'o3'"));
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
        ("UPDATE TOP (1) Accounts SET City = 'x'", "SELECT TOP (n) ID"),
        ("DELETE TOP (1) FROM Accounts WHERE City = 'x'", "SELECT TOP (n) ID"),
        ("UPDATE Accounts SET City = 'x' LIMIT 1", "LIMIT n)"),
        ("DELETE FROM Accounts WHERE City = 'x' LIMIT 1", "LIMIT n)"),
        (
            "MERGE INTO Accounts t USING (VALUES ('1')) AS s (Code) ON t.Code = s.Code \
             WHEN NOT MATCHED BY SOURCE THEN DELETE",
            "NOT EXISTS",
        ),
        ("WITH old AS (SELECT ID FROM Accounts) DELETE FROM old", "WHERE ID IN (SELECT ID FROM old)"),
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
fn a_with_may_stand_before_a_write() {
    let company = Company::start();
    let connection = company.connect("");
    let towns = "WITH towns (Town, Name) AS (VALUES ('Ede', 'with 1'), ('Delft', 'with 2')), \
                 mine AS (SELECT ID FROM Accounts WHERE Name LIKE 'with _')";
    let insert = format!("{towns} INSERT INTO Accounts (Name, City) SELECT Name, Town FROM towns RETURNING Name");
    let mut made = rows(&connection, &insert);
    made.sort();
    assert_eq!(made, [["with 1"], ["with 2"]]);
    let insert = "INSERT INTO Accounts (Name) WITH own AS (SELECT Name FROM towns) SELECT Name || '3' FROM own";
    assert_eq!(change(&connection, &format!("{towns} {insert}")), 2);
    let update = "UPDATE Accounts SET City = (SELECT min(Town) FROM towns) WHERE ID IN (SELECT ID FROM mine)";
    assert_eq!(change(&connection, &format!("{towns} {update}")), 2);
    assert_eq!(rows(&connection, "SELECT DISTINCT City FROM Accounts WHERE Name LIKE 'with _'"), [["Delft"]]);
    let merge =
        "MERGE INTO Accounts a USING towns ON a.Name = towns.Name WHEN MATCHED THEN UPDATE SET City = towns.Town";
    assert_eq!(change(&connection, &format!("{towns} {merge}")), 2);
    assert_eq!(one(&connection, "SELECT City FROM Accounts WHERE Name = 'with 1'"), "Ede");
    assert_eq!(change(&connection, &format!("{towns} DELETE FROM Accounts WHERE ID IN (SELECT ID FROM mine)")), 2);
    assert_eq!(change(&connection, "DELETE FROM Accounts WHERE Name LIKE 'with %'"), 2);
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
        ("INSERT INTO Accounts (Name, StartDate) SELECT ?, ?", &["VarChar", "Timestamp"]),
        (
            "INSERT INTO Accounts (Name, StartDate, Blocked) SELECT LastName, CASE WHEN Email = ? THEN ? END, ? FROM Contacts",
            &["VarChar", "Timestamp", "Boolean"],
        ),
        ("INSERT INTO Accounts (Name, Parent) SELECT 'x', ? UNION ALL SELECT ?, ?", &["Guid", "VarChar", "Guid"]),
        ("INSERT INTO Accounts (Name, CreditLineSales) VALUES (?, ? * 2)", &["VarChar", "Double"]),
        ("UPDATE Accounts SET CreditLineSales = ? / 3 + CreditLinePurchase", &["Double"]),
        (
            "MERGE INTO Accounts t USING (VALUES (?, ?, ?), (?, ?, ?)) AS s (i, d, b) ON t.ID = s.i \
             WHEN MATCHED THEN UPDATE SET StartDate = s.d, Blocked = s.b",
            &["Guid", "Timestamp", "Boolean", "Guid", "Timestamp", "Boolean"],
        ),
        (
            "MERGE INTO Accounts t USING (SELECT ? AS c, ? AS d) s ON t.Code = s.c AND t.StartDate < s.d \
             WHEN NOT MATCHED THEN INSERT (Name, CreditLineSales) VALUES (s.c, ?)",
            &["VarChar", "Timestamp", "Double"],
        ),
    ] {
        let statements = connection.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let types: Vec<_> = statements[0].parameters().iter().map(|one| format!("{:?}", one.sql_type)).collect();
        let types: Vec<_> = types.iter().map(|told| told.split(' ').next().unwrap()).collect();
        assert_eq!(types, expected, "{sql}");
    }
}

/// Values go in as what their columns hold, not as what stands beside them.
#[test]
fn markers_within_queries_take_the_values_of_their_columns() {
    let company = Company::start();
    let connection = company.connect("");
    let text = |text: &str| Value::Text(text.into());
    let insert = "INSERT INTO Accounts (Name, CreditLineSales) VALUES (?, ? * 2)";
    execute(&connection, insert, &[text("marked"), Value::Real(2.5)]).unwrap();
    assert_eq!(one(&connection, "SELECT CreditLineSales FROM Accounts WHERE Name = 'marked'"), "5.0");
    let id = one(&connection, "SELECT ID FROM Accounts WHERE Name = 'marked'");
    let merge = "MERGE INTO Accounts t USING (VALUES (?, ?, ?), (?, '2026-02-28', ?)) AS s (Name, Day, Parent) \
                 ON t.Name = s.Name WHEN MATCHED THEN UPDATE SET StartDate = s.Day \
                 WHEN NOT MATCHED THEN INSERT (Name, StartDate, Parent) VALUES (s.Name, s.Day, s.Parent)";
    let values = [text("marked"), text("2026-01-31"), Value::Null, text("marked 2"), text(&id)];
    assert_eq!(execute(&connection, merge, &values).unwrap().row_count, Some(2));
    let found = rows(&connection, "SELECT StartDate, Parent FROM Accounts WHERE Name LIKE 'marked%' ORDER BY Name");
    assert!(found[0][0].starts_with("2026-01-31") && found[0][1] == "NULL", "{found:?}");
    assert!(found[1][0].starts_with("2026-02-28") && found[1][1] == id, "{found:?}");
    let select = "INSERT INTO Accounts (Name, StartDate) SELECT ?, ?";
    assert_eq!(execute(&connection, select, &[text("marked 3"), text("2026-03-31")]).unwrap().row_count, Some(1));
    let error = execute(&connection, select, &[text("x"), text("soon")]).err().unwrap();
    assert_eq!(error.sqlstate(), "22007", "{error}");
}
