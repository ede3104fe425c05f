//! What the journal says of writes, and what it takes to revert them.

use exact_client::journal::{ChangeRow, Revert, revert};
use exact_engine::{Connection, Limits};
use exact_simulator::{Action, Fault};

use super::{change, execute, kept, one, sale, sent};
use crate::company::{Company, rows};

/// The outcome, method and statement of every change, the first one first.
fn told(connection: &Connection) -> Vec<Vec<String>> {
    rows(connection, "SELECT Outcome, Method, StatementText FROM sys_changes ORDER BY ID")
}

#[test]
fn every_change_stands_in_the_journal_with_its_outcome() {
    let company = Company::start();
    let connection = company.connect("");
    let insert = "INSERT INTO Accounts (Name) VALUES ('j1')";
    let update = "UPDATE Accounts SET City = 'Ede' WHERE Name = 'j1'";
    let delete = "DELETE FROM Accounts WHERE Name = 'j1'";
    [insert, update, delete].iter().for_each(|sql| assert_eq!(change(&connection, sql), 1));
    let code = rows(&connection, "SELECT TOP 1 Code FROM Accounts ORDER BY ID")[0][0].clone();
    let taken = format!("INSERT INTO Accounts (Name, Code) VALUES ('j2', '{code}')");
    assert!(execute(&connection, &taken, &[]).is_err());
    company.simulator.inject(Fault::on("crm/Accounts", Action::Stall(2_500)).times(1));
    let slow = company.connect("Timeout=1");
    let lost = "INSERT INTO Accounts (Name) VALUES ('j3')";
    assert!(execute(&slow, lost, &[]).is_err());
    assert_eq!(
        told(&connection),
        [
            ["made", "POST", insert],
            ["made", "PUT", update],
            ["made", "DELETE", delete],
            ["refused", "POST", taken.as_str()],
            ["unknown", "POST", lost],
        ]
    );
    let answers: Vec<_> = rows(&connection, "SELECT Status, Answer FROM sys_changes ORDER BY ID");
    assert!(answers[0][0] == "201" && answers[0][1].contains(r#""Name":"j1""#), "{answers:?}");
    assert_eq!(answers[1], ["204", ""]);
    let said =
        if company.simulator.switches().language == "nl" { "Gegeven bestaat reeds" } else { "Data already exists" };
    assert!(
        answers[3][0] == "500" && answers[3][1].starts_with("{\"error\"") && answers[3][1].contains(said),
        "{answers:?}"
    );
    assert_eq!(answers[4], ["NULL", "NULL"], "none came");
    let before = rows(&connection, "SELECT Before FROM sys_changes WHERE Method = 'PUT'");
    assert_eq!(before, [[r#"{"City":null}"#]]);
    let before = rows(&connection, "SELECT Before FROM sys_changes WHERE Method = 'DELETE'")[0][0].clone();
    assert!(before.contains(r#""Name":"j1""#) && before.contains(r#""City":"Ede""#), "{before}");
}

#[test]
fn a_found_row_is_made_and_a_queued_one_not_there_yet() {
    let company = Company::start();
    let connection = company.connect("");
    company.simulator.inject(Fault::on("crm/Accounts", Action::Status(504)).times(1));
    change(&connection, "INSERT INTO Accounts (Name) VALUES ('j1')");
    connection.set_autocommit(false, &Limits::default()).unwrap();
    change(&connection, "INSERT INTO Accounts (Name) VALUES ('j2')");
    assert_eq!(told(&connection).len(), 1, "what waits is not sent");
    connection.rollback();
    let told = told(&connection);
    assert_eq!((told.len(), told[0][0].as_str()), (1, "made"));
    let keys = rows(&connection, "SELECT Key FROM sys_changes");
    let id = rows(&connection, "SELECT ID FROM Accounts WHERE Name = 'j1'")[0][0].clone();
    assert_eq!(keys, [[format!("guid'{id}'")]]);
}

#[test]
fn a_deleted_document_is_undone_with_its_lines() {
    for keeps in [true, false] {
        let company = Company::start();
        kept(&company, keeps);
        let connection = company.connect("");
        let [customer, item, ledger] = sale(&connection);
        let line =
            |quantity| format!(r#"{{"Item":"{item}","GLAccount":"{ledger}","Quantity":{quantity},"NetPrice":10}}"#);
        let insert = |text: &str| {
            format!(
                "INSERT INTO SalesInvoices (OrderedBy, Journal, Description, SalesInvoiceLines) \
                 VALUES ('{customer}', '70', '{text}', '[{}, {}]') RETURNING InvoiceID",
                line(2),
                line(3)
            )
        };
        let documents = ["undone 1", "undone 2"].map(|text| one(&connection, &insert(text)));
        let all = "SELECT i.Description, i.AmountDC, l.LineNumber, l.Quantity, l.NetPrice, l.GLAccount FROM SalesInvoices i \
                   JOIN SalesInvoiceLines l ON l.InvoiceID = i.InvoiceID WHERE i.Description LIKE 'undone _' ORDER BY 1, 3";
        let before = rows(&connection, all);
        assert_eq!(before.len(), 4);
        let delete = "DELETE FROM SalesInvoices WHERE Description LIKE 'undone _'";
        let requests = sent(&company, || assert_eq!(change(&connection, delete), 2));
        let verbs: Vec<_> = requests.iter().map(|request| request.split(' ').next().unwrap()).collect();
        assert_eq!(verbs, ["GET", "GET", "DELETE", "DELETE"], "the lines of both take one call: {requests:?}");
        assert!(rows(&connection, all).is_empty());
        for key in documents {
            let deleted = format!("SELECT * FROM sys_changes WHERE Method = 'DELETE' AND Key LIKE '%{key}%'");
            let [change_row] = undoable(&connection, &deleted).try_into().unwrap();
            let Revert::Statement { sql, lost } = revert(&change_row, false) else { panic!("{change_row:?}") };
            assert_eq!(lost.as_deref(), Some("SalesInvoiceOrderChargeLines"), "what is not read is told");
            assert_eq!(change(&connection, &sql), 1, "{sql}");
        }
        assert_eq!(rows(&connection, all), before, "keys kept: {keeps}");
        // Without a journal nobody needs the lines.
        let other = company.connect("Journal=off");
        let requests = sent(&company, || assert_eq!(change(&other, delete), 2));
        assert_eq!(requests.len(), 3, "{requests:?}");
    }
}

#[test]
fn who_may_not_read_the_lines_may_delete_the_document() {
    let company = Company::start();
    let connection = company.connect("");
    let [customer, item, ledger] = sale(&connection);
    let lines = format!(r#"[{{"Item":"{item}","GLAccount":"{ledger}","Quantity":1}}]"#);
    let insert = format!(
        "INSERT INTO SalesInvoices (OrderedBy, Journal, SalesInvoiceLines) VALUES ('{customer}', '70', '{lines}')"
    );
    assert_eq!(change(&connection, &insert), 1);
    company.simulator.inject(Fault::on("salesinvoice/SalesInvoiceLines", Action::Status(403)));
    assert_eq!(change(&connection, "DELETE FROM SalesInvoices WHERE InvoiceID = SCOPE_IDENTITY()"), 1);
    let deleted = undoable(&connection, "SELECT * FROM sys_changes WHERE Method = 'DELETE'").remove(0);
    let Revert::Impossible(reason) = revert(&deleted, false) else { panic!("{deleted:?}") };
    assert!(reason.contains("SalesInvoiceLines) are not in the journal"), "{reason}");
}

/// Changes as `exact-odbc undo` reads them.
fn undoable(connection: &Connection, sql: &str) -> Vec<ChangeRow> {
    let columns = "Division, TableName, Method, Body, Key, Before, Outcome";
    rows(connection, &sql.replacen('*', columns, 1))
        .into_iter()
        .map(|row| {
            let given = |place: usize| Some(row[place].clone()).filter(|text| text != "NULL");
            ChangeRow {
                division: given(0).and_then(|division| division.parse().ok()),
                table: row[1].clone(),
                method: row[2].clone(),
                body: row[3].clone(),
                key: given(4),
                before: given(5),
                outcome: row[6].clone(),
                ..ChangeRow::default()
            }
        })
        .collect()
}

#[test]
fn without_a_journal_nothing_is_kept() {
    let company = Company::start();
    let connection = company.connect("Journal=off");
    change(&connection, "INSERT INTO Accounts (Name) VALUES ('j1')");
    assert!(told(&connection).is_empty());
    assert!(told(&company.connect("")).is_empty());
}

#[test]
fn what_was_done_can_be_undone() {
    let company = Company::start();
    let connection = company.connect("");
    let all = "SELECT Name, City, Email, Status, Phone FROM Accounts ORDER BY 1, 2, 3";
    let before = rows(&connection, all);
    let name = before[3][0].replace('\'', "''");
    change(&connection, "INSERT INTO Accounts (Name, City) VALUES ('undone', 'Ede')");
    change(&connection, &format!("UPDATE Accounts SET City = 'Delft', Phone = NULL WHERE Name = '{name}'"));
    change(&connection, &format!("DELETE FROM Accounts WHERE Name = '{name}'"));
    assert_ne!(rows(&connection, all), before);
    for change_row in undoable(&connection, "SELECT * FROM sys_changes ORDER BY ID DESC") {
        let Revert::Statement { sql: statement, .. } = revert(&change_row, false) else { panic!("{change_row:?}") };
        // The row that was deleted comes back under another key, so its own change is undone by its name.
        let statement = match change_row.method.as_str() {
            "PUT" => format!("{} WHERE \"Name\" = '{name}'", statement.split(" WHERE ").next().unwrap()),
            _ => statement,
        };
        assert_eq!(change(&connection, &statement), 1, "{statement}");
    }
    assert_eq!(rows(&connection, all), before);
}
