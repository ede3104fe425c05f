//! What RETURNING shows: the rows as they are stored, not as they were sent.

use exact_simulator::{Action, Fault, Switches};

use super::{change, execute, manual, one, sale, sent, written};
use crate::company::{Company, rows};

#[test]
fn an_update_returns_what_is_stored() {
    let company = Company::start();
    let connection = company.connect("");
    change(&connection, "INSERT INTO Accounts (Name) VALUES ('v1'), ('v2')");
    let before = one(&connection, "SELECT Modified FROM Accounts WHERE Name = 'v1'");
    company.simulator.advance_clock(std::time::Duration::from_secs(60));
    let update = "UPDATE Accounts SET City = 'Ede' WHERE Name LIKE 'v_' RETURNING Name, Modified, City";
    let mut returned = Vec::new();
    let requests = sent(&company, || returned = rows(&connection, update));
    let verbs: Vec<_> = requests.iter().map(|request| request.split(' ').next().unwrap()).collect();
    assert_eq!(verbs, ["GET", "PUT", "PUT", "GET"], "one read for both: {requests:?}");
    let now = rows(&connection, "SELECT Name, Modified, City FROM Accounts WHERE Name LIKE 'v_' ORDER BY Name");
    returned.sort();
    assert_eq!(returned, now);
    assert_ne!(returned[0][1], before);
    // What was sent and the key need no read.
    let update = "UPDATE Accounts SET City = 'Delft' WHERE Name = 'v1' RETURNING ID, City";
    let requests = sent(&company, || assert_eq!(rows(&connection, update)[0][1], "Delft"));
    assert_eq!(requests.len(), 2, "{requests:?}");
}

/// The answer to a POST is a row like any other, compressed or not.
#[test]
fn a_compressed_answer_is_the_stored_row() {
    let company = Company::start();
    let connection = company.connect("");
    for (number, action) in [Action::Gzip(true), Action::Gzip(false), Action::BrokenGzip].into_iter().enumerate() {
        let broken = matches!(action, Action::BrokenGzip);
        company.simulator.inject(Fault::on("crm/Accounts", action).times(1));
        let insert = format!("INSERT INTO Accounts (Name) VALUES ('gzip {number}') RETURNING ID, Name");
        let mut returned = Vec::new();
        let requests = sent(&company, || returned = rows(&connection, &insert));
        // The row was made; what cannot be unpacked is looked up.
        assert_eq!(requests.len() > 1, broken, "{requests:?}");
        assert_eq!(requests.iter().filter(|one| one.starts_with("POST")).count(), 1, "{requests:?}");
        let stored = format!("SELECT ID, Name FROM Accounts WHERE Name = 'gzip {number}'");
        assert_eq!(returned, rows(&connection, &stored));
    }
}

#[test]
fn an_amount_that_follows_is_the_stored_one() {
    let company = Company::start();
    let connection = company.connect("");
    let [customer, item, ledger] = sale(&connection);
    let lines = format!(r#"[{{"Item":"{item}","GLAccount":"{ledger}","Quantity":2,"NetPrice":10}}]"#);
    let insert = format!(
        "INSERT INTO SalesInvoices (OrderedBy, Journal, SalesInvoiceLines) VALUES ('{customer}', '70', '{lines}') \
         RETURNING InvoiceID"
    );
    let invoice = one(&connection, &insert);
    let update = format!("UPDATE SalesInvoiceLines SET Quantity = 3 WHERE InvoiceID = '{invoice}' RETURNING AmountFC");
    assert_eq!(rows(&connection, &update), [["30.0"]]);
}

#[test]
fn what_waits_does_not_return_what_the_service_will_change() {
    let company = Company::start();
    let connection = manual(&company);
    let update = "UPDATE Accounts SET City = 'x' WHERE Name = (SELECT TOP 1 Name FROM Accounts ORDER BY ID) RETURNING";
    let error = execute(&connection, &format!("{update} Modified"), &[]).err().unwrap();
    assert!(error.to_string().contains("Modified"), "{error}");
    assert!(!connection.is_in_transaction());
    assert_eq!(rows(&connection, &format!("{update} City")), [["x"]]);
}

#[test]
fn a_merge_and_an_upsert_return_their_rows_too() {
    let company = Company::start();
    for queued in [false, true] {
        let connection = if queued { manual(&company) } else { company.connect("") };
        let code = if queued { "900042" } else { "900041" };
        change(&connection, &format!("INSERT INTO Accounts (Code, Name, City) VALUES ('{code}', 'old', 'Ede')"));
        let upsert = format!(
            "INSERT INTO Accounts (Code, Name) VALUES ('{code}', 'a'), ('{code}9', 'b') \
             ON CONFLICT (Code) DO UPDATE SET Name = excluded.Name RETURNING Name, City, ID"
        );
        let mut returned = rows(&connection, if queued { upsert.trim_end_matches(", City, ID") } else { &upsert });
        returned.sort();
        assert_eq!((returned[0][0].as_str(), returned[1][0].as_str()), ("a", "b"));
        if !queued {
            assert_eq!((returned[0][1].as_str(), returned[1][1].as_str()), ("Ede", "NULL"));
            let id = one(&connection, &format!("SELECT ID FROM Accounts WHERE Code = '{code}9'"));
            assert_eq!(returned[1][2], id);
        }
        let merge = format!(
            "MERGE INTO Accounts t USING (VALUES ('{code}')) AS s (Code) ON t.Code = s.Code \
             WHEN MATCHED THEN UPDATE SET City = 'Gouda' RETURNING Name, City"
        );
        assert_eq!(rows(&connection, &merge), [["a", "Gouda"]]);
    }
}

/// The example of the manual: a line needs no ledger account, since its item has one.
#[test]
fn a_line_needs_no_account_beside_its_item() {
    let company = Company::start();
    let connection = company.connect("");
    let mut switches = Switches::of_environment().unwrap();
    switches.rate_limits = false;
    switches.ledger_account_of_item = true;
    company.simulator.set_switches(switches.clone());
    let [customer, item, _] = sale(&connection);
    let sql = format!(
        "INSERT INTO SalesInvoices (OrderedBy, Journal, SalesInvoiceLines) \
         VALUES (?, ?, '[{{\"Item\":\"{item}\",\"Quantity\":2}}]')"
    );
    let values = [customer.as_str().into(), "70".into()].map(exact_engine::Value::Text);
    let posted = written(&company, || assert_eq!(execute(&connection, &sql, &values).unwrap().row_count, Some(1)));
    assert_eq!(posted.len(), 1, "{posted:?}");
    let made = "SELECT l.Quantity, l.GLAccount IS NULL FROM SalesInvoiceLines l WHERE l.InvoiceID = SCOPE_IDENTITY()";
    assert_eq!(rows(&connection, made), [["2.0", "false"]]);
    // Where the service does ask for one it says so itself.
    switches.ledger_account_of_item = false;
    company.simulator.set_switches(switches);
    let error = execute(&connection, &sql, &values).err().unwrap();
    assert!(error.is_from_service() && error.to_string().contains("GLAccount"), "{error}");
}
