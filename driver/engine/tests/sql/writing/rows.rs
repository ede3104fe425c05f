//! Single and many rows with autocommit.

use exact_engine::{Limits, Value};
use serde_json::{Value as Json, json};

use super::{change, execute, kept, manual, one, sent, written};
use crate::company::{Company, rows, try_rows};

/// The body of a request without the key that the driver gives to a new row.
fn body(request: &str) -> Json {
    let mut body: Json = serde_json::from_str(&request[request.find('{').expect("a body")..]).unwrap();
    for key in ["ID", "InvoiceID"] {
        let given = body.as_object_mut().unwrap().remove(key);
        assert_eq!(given.map_or(36, |key| key.as_str().unwrap().len()), 36);
    }
    body
}

#[test]
fn a_row_is_inserted_changed_and_deleted() {
    let company = Company::start();
    let connection = company.connect("");
    let requests = sent(&company, || {
        let insert = "INSERT INTO Accounts (Name, Status, Blocked, CreditLineSales, StartDate, IsCompetitor) \
                      VALUES ('O''Neil', 'C', 1, 12.10, '2026-01-31', 'True')";
        assert_eq!(change(&connection, insert), 1);
    });
    assert_eq!(requests.len(), 1, "{requests:?}");
    let expected = json!({"Name": "O'Neil", "Status": "C", "Blocked": true, "CreditLineSales": 12.1,
        "StartDate": "2026-01-31T00:00:00", "IsCompetitor": 1});
    assert_eq!(body(&requests[0]), expected);
    let requests = sent(&company, || {
        assert_eq!(change(&connection, "UPDATE Accounts SET City = 'Delft', Email = NULL WHERE Name = 'O''Neil'"), 1);
    });
    assert_eq!(requests.len(), 2, "one read and one write: {requests:?}");
    assert_eq!(body(&requests[1]), json!({"City": "Delft", "Email": null}));
    assert_eq!(rows(&connection, "SELECT City FROM Accounts WHERE Name = 'O''Neil'"), [["Delft"]]);
    let requests = sent(&company, || assert_eq!(change(&connection, "DELETE FROM Accounts WHERE Name = 'O''Neil'"), 1));
    assert_eq!(requests.len(), 2, "{requests:?}");
    assert!(requests[1].starts_with("DELETE crm/Accounts(guid'"), "{requests:?}");
    assert!(rows(&connection, "SELECT ID FROM Accounts WHERE Name = 'O''Neil'").is_empty());
}

#[test]
fn row_counts_are_true() {
    let company = Company::start();
    let connection = company.connect("");
    assert_eq!(change(&connection, "INSERT INTO Accounts (Name) VALUES ('w1'), ('w2'), ('w' || '3')"), 3);
    assert_eq!(change(&connection, "UPDATE Accounts SET City = Name WHERE Name IN ('w1', 'w2', 'none')"), 2);
    assert_eq!(rows(&connection, "SELECT City FROM Accounts WHERE City = 'w2'"), [["w2"]]);
    assert_eq!(change(&connection, "UPDATE Accounts SET City = 'x' WHERE 1 = 0"), 0);
    assert_eq!(change(&connection, "DELETE FROM Accounts WHERE Name LIKE 'w_' AND City IS NULL"), 1);
    assert_eq!(change(&connection, "DELETE FROM Accounts WHERE Name IN (SELECT City FROM Accounts)"), 2);
}

#[test]
fn numbers_in_quotes_are_numbers() {
    let company = Company::start();
    let connection = company.connect("");
    change(&connection, "INSERT INTO Accounts (Name, SecurityLevel) VALUES ('q1', '20')");
    let requests = written(&company, || {
        assert_eq!(change(&connection, "UPDATE Accounts SET SecurityLevel = '30' WHERE Name = 'q1'"), 1)
    });
    assert_eq!(body(&requests[0]), json!({"SecurityLevel": 30}));
}

#[test]
fn a_table_may_be_joined_with_others_and_itself() {
    let company = Company::start();
    let connection = company.connect("");
    change(&connection, "INSERT INTO Accounts (Name) VALUES ('j1'), ('j2')");
    let own = "UPDATE Accounts SET Accounts.City = 'Ede' FROM Accounts p WHERE p.ID = Accounts.ID AND p.Name = 'j1'";
    assert_eq!(change(&connection, own), 1);
    let alias = "UPDATE a SET a.City = 'Ede' FROM Accounts AS a WHERE a.Name = 'j2'";
    assert_eq!(change(&connection, alias), 1);
    // The source has a row beside which there is no account.
    let outer = "UPDATE a SET City = s.City FROM Accounts a RIGHT JOIN (VALUES ('j1', 'Delft'), ('j9', 'Gouda')) \
                 AS s (Name, City) ON s.Name = a.Name";
    assert_eq!(change(&connection, outer), 1);
    let found = rows(&connection, "SELECT Name, City FROM Accounts WHERE Name LIKE 'j_' ORDER BY Name");
    assert_eq!(found, [["j1", "Delft"], ["j2", "Ede"]]);
}

#[test]
fn parameters_take_the_type_of_their_column() {
    let company = Company::start();
    let connection = company.connect("");
    let sql = "INSERT INTO Accounts (Name, Blocked, StartDate, Parent) VALUES (?, ?, ?, ?)";
    let statements = connection.prepare(sql).unwrap();
    let types: Vec<_> = statements[0].parameters().iter().map(|one| format!("{:?}", one.sql_type)).collect();
    assert_eq!(types, ["VarChar { length: 4000 }", "Boolean", "Timestamp { precision: 3 }", "Guid"]);
    let requests = written(&company, || {
        let values = [Value::Text("p".into()), Value::Integer(1), Value::Text("2026-01-31".into()), Value::Null];
        assert_eq!(execute(&connection, sql, &values).unwrap().row_count, Some(1));
    });
    assert_eq!(body(&requests[0]), json!({"Name": "p", "Blocked": true, "StartDate": "2026-01-31T00:00:00"}));
    let update = "UPDATE Accounts SET City = ? WHERE Name = ?";
    let values = [Value::Text("Gouda".into()), Value::Text("p".into())];
    assert_eq!(execute(&connection, update, &values).unwrap().row_count, Some(1));
}

#[test]
fn returning_gives_what_the_service_stored() {
    let company = Company::start();
    let connection = company.connect("");
    let requests = sent(&company, || {
        let made = rows(&connection, "INSERT INTO Accounts (Name) VALUES ('r1'), ('r2') RETURNING Name, ID, Code AS C");
        assert_eq!(made.len(), 2);
        assert_eq!((made[0][0].as_str(), made[1][0].as_str(), made[0][1].len()), ("r1", "r2", 36));
        assert!(!made[0][2].is_empty());
    });
    assert_eq!(requests.len(), 2, "{requests:?}");
    let statements =
        connection.prepare("INSERT INTO Accounts (Name) VALUES ('x') RETURNING Id AS Key, upper(name)").unwrap();
    let labels: Vec<_> = statements[0].columns().iter().map(|column| column.label.as_str()).collect();
    assert_eq!(labels, ["Key", "upper(name)"]);
    let last = rows(&connection, "SELECT SCOPE_IDENTITY(), @@IDENTITY");
    let id = rows(&connection, "SELECT ID FROM Accounts WHERE Name = 'r2'");
    assert_eq!((&last[0][0], &last[0][1]), (&id[0][0], &id[0][0]));
    let changed = rows(&connection, "UPDATE Accounts SET City = 'y' WHERE Name = 'r1' RETURNING Name, City");
    assert_eq!(changed, [["r1", "y"]]);
    let gone = rows(&connection, "DELETE FROM Accounts WHERE Name = 'r1' RETURNING Name, City");
    assert_eq!(gone, [["r1", "y"]]);
}

#[test]
fn rows_come_from_queries_and_joins() {
    let company = Company::start();
    let connection = company.connect("");
    let made = change(
        &connection,
        "INSERT INTO Accounts (Name, City) SELECT 'copy of ' || Name, City FROM Accounts ORDER BY ID LIMIT 3",
    );
    assert_eq!(made, 3);
    let update = "UPDATE a SET City = b.City || '!' FROM Accounts a JOIN Accounts b ON a.Name = 'copy of ' || b.Name";
    assert_eq!(change(&connection, update), 3);
    assert_eq!(rows(&connection, "SELECT count(*) FROM Accounts WHERE City LIKE '%!'"), [["3"]]);
    assert_eq!(
        change(
            &connection,
            "DELETE FROM Accounts WHERE EXISTS (SELECT 1 FROM Accounts b WHERE Accounts.Name = 'copy of ' || b.Name)"
        ),
        3
    );
}

#[test]
fn a_document_takes_its_lines_as_json() {
    let company = Company::start();
    let connection = company.connect("");
    let account = rows(&connection, "SELECT TOP 1 ID FROM Accounts ORDER BY ID")[0][0].clone();
    let item = rows(&connection, "SELECT TOP 1 ID FROM Items ORDER BY ID")[0][0].clone();
    let ledger = rows(&connection, "SELECT ID FROM GLAccounts WHERE Code = '8000'")[0][0].clone();
    let line = |quantity: f64| json!({"Item": item, "Quantity": quantity, "GLAccount": ledger});
    let lines = json!([line(2.0), line(3.5)]).to_string().replace("Quantity", "quantity");
    let sql =
        "INSERT INTO SalesInvoices (OrderedBy, Journal, SalesInvoiceLines) VALUES (?, '70', ?) RETURNING InvoiceID";
    let requests = written(&company, || {
        let made = try_rows(&connection, sql, &[Value::Text(account.clone()), Value::Text(lines.clone())]).unwrap();
        assert_eq!(made[0][0].len(), 36);
    });
    assert_eq!(requests.len(), 1);
    assert_eq!(body(&requests[0])["SalesInvoiceLines"], json!([line(2.0), line(3.5)]));
}

#[test]
fn a_dry_run_tells_what_it_would_send() {
    let company = Company::start();
    let connection = company.connect("DryRun=true");
    let requests = written(&company, || {
        let told = rows(&connection, "INSERT INTO Accounts (Name) VALUES ('d')");
        assert_eq!(told[0][0], "POST");
        assert!(told[0][1].ends_with("/api/v1/5512/crm/Accounts"), "{told:?}");
        assert_eq!(body(&told[0][2]), json!({"Name": "d"}));
    });
    assert!(requests.is_empty());
}

#[test]
fn a_set_of_parameters_sees_what_the_sets_before_it_changed() {
    let company = Company::start();
    let connection = company.connect("");
    change(&connection, "INSERT INTO Accounts (Name, CreditLineSales) VALUES ('turn', 0)");
    let update = "UPDATE Accounts SET CreditLineSales = CreditLineSales + ? WHERE Name = 'turn'";
    let statements = connection.prepare(update).unwrap();
    let sets = [vec![Value::Integer(1)], vec![Value::Integer(2)], vec![Value::Integer(3)]];
    let outcomes = statements[0].execute_sets(&sets, &Limits::default(), false);
    assert!(outcomes.iter().all(|one| one.as_ref().is_ok_and(|done| done.row_count == Some(1))));
    assert_eq!(rows(&connection, "SELECT CreditLineSales FROM Accounts WHERE Name = 'turn'"), [["6.0"]]);
}

#[test]
fn other_kinds_of_entities_take_writes_too() {
    let company = Company::start();
    let connection = company.connect("");
    // A key that is no guid, and a table whose rows are known by a code.
    for (insert, update, delete, check) in [
        (
            "INSERT INTO crm.Contacts (Account, LastName, FirstName) SELECT ID, 'Kind', 'A' FROM Accounts ORDER BY ID LIMIT 1",
            "UPDATE crm.Contacts SET FirstName = 'B' WHERE LastName = 'Kind'",
            "DELETE FROM crm.Contacts WHERE LastName = 'Kind'",
            "SELECT FirstName FROM crm.Contacts WHERE LastName = 'Kind'",
        ),
        (
            "INSERT INTO logistics.Items (Code, Description) VALUES ('KIND', 'A')",
            "UPDATE logistics.Items SET Description = 'B' WHERE Code = 'KIND'",
            "DELETE FROM logistics.Items WHERE Code = 'KIND'",
            "SELECT Description FROM logistics.Items WHERE Code = 'KIND'",
        ),
    ] {
        assert_eq!(change(&connection, insert), 1, "{insert}");
        assert_eq!(rows(&connection, check), [["A"]]);
        assert_eq!(change(&connection, update), 1, "{update}");
        assert_eq!(rows(&connection, check), [["B"]]);
        assert_eq!(change(&connection, delete), 1, "{delete}");
        assert!(rows(&connection, check).is_empty());
    }
}

/// An ORM names all columns of its table and gives NULL for those that it has no value for.
#[test]
fn a_null_in_an_insert_is_a_value_that_is_not_given_also_of_what_cannot_be_written() {
    let company = Company::start();
    for connection in [company.connect(""), manual(&company)] {
        let requests = written(&company, || {
            let insert =
                "INSERT INTO Accounts (ID, Name, City, Modified, CreatorFullName) VALUES (NULL, ?, DEFAULT, ?, NULL)";
            let values = [Value::Text("nulls".into()), Value::Null];
            assert_eq!(execute(&connection, insert, &values).unwrap().row_count, Some(1));
            connection.commit(&Limits::default()).unwrap();
        });
        assert_eq!(requests.len(), 1, "{requests:?}");
        assert_eq!(body(&requests[0]), json!({"Name": "nulls"}), "nothing is sent that would be dropped");
    }
}

#[test]
fn rows_go_to_the_division_that_is_named() {
    let company = Company::start();
    let connection = company.connect("Division=5512,5513");
    let error = execute(&connection, "INSERT INTO Accounts (Name) VALUES ('where')", &[]).err().unwrap();
    assert!(error.to_string().contains("Division must be given"), "{error}");
    assert_eq!(change(&connection, "INSERT INTO Accounts (Name, Division) VALUES ('where', 5513), ('where', 5512)"), 2);
    assert_eq!(change(&connection, "INSERT INTO \"5513\".crm.Accounts (Name) VALUES ('where')"), 1);
    let found =
        rows(&connection, "SELECT Division, count(*) FROM Accounts WHERE Name = 'where' GROUP BY Division ORDER BY 1");
    assert_eq!(found, [["5512", "1"], ["5513", "2"]]);
    assert_eq!(change(&connection, "DELETE FROM Accounts WHERE Name = 'where' AND Division = 5513"), 2);
    assert_eq!(change(&connection, "DELETE FROM Accounts WHERE Name = 'where'"), 1);
}

/// Rows that are copied into another division bring their keys along, and the originals keep theirs.
#[test]
fn a_copy_in_another_division_leaves_the_original_its_key() {
    for keeps in [true, false] {
        let company = Company::start();
        kept(&company, keeps);
        let connection = company.connect("Division=5512,5513");
        let original = one(&connection, "SELECT TOP 1 ID FROM \"5512\".crm.Accounts ORDER BY ID");
        let insert = format!("INSERT INTO \"5513\".crm.Accounts (ID, Name) VALUES ('{original}', 'copy')");
        assert_eq!(change(&connection, &insert), 1);
        let copy = rows(&connection, &format!("SELECT ID, Name FROM \"5513\".crm.Accounts WHERE ID = '{original}'"));
        assert_eq!((copy.len(), copy[0][1].as_str(), copy[0][0] == original), (1, "copy", keeps));
        let renamed =
            format!("UPDATE \"5512\".crm.Accounts SET Remarks = '{original}', City = 'Breda' WHERE ID = '{original}'");
        let requests = written(&company, || assert_eq!(change(&connection, &renamed), 1));
        let [request] = requests.as_slice() else { panic!("{requests:?}") };
        let sent = (format!("PUT crm/Accounts(guid'{original}') "), format!("\"Remarks\":\"{original}\""));
        assert!(request.starts_with(&sent.0) && request.contains(&sent.1), "keys kept: {keeps}: {request}");
        let both = rows(&connection, &format!("SELECT Division FROM Accounts WHERE ID = '{original}'"));
        assert!(both.contains(&vec!["5512".to_string()]), "keys kept: {keeps}: {both:?}");
    }
}

/// A guid in a column of text means what it says, whether or not a row was once known by it.
#[test]
fn a_guid_in_text_is_found_as_it_was_written() {
    let company = Company::start();
    kept(&company, false);
    let connection = company.connect("");
    let stated = "6f9619ff-8b86-4011-b42d-00c04fc964ff";
    assert_eq!(change(&connection, &format!("INSERT INTO Accounts (ID, Name) VALUES ('{stated}', 'stated')")), 1);
    assert_eq!(change(&connection, &format!("UPDATE Accounts SET Remarks = '{stated}' WHERE ID = '{stated}'")), 1);
    for condition in [
        format!("Remarks = '{stated}'"),
        format!("Remarks IN ('nothing of the kind', '{stated}')"),
        format!("ID = '{stated}'"),
    ] {
        assert_eq!(one(&connection, &format!("SELECT Name FROM Accounts WHERE {condition}")), "stated", "{condition}");
    }
}
