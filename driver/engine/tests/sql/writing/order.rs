//! In which order what waits is sent, what becomes part of what, and what reads see of it before.

use exact_engine::Limits;
use exact_simulator::{Action, Fault};

use super::{change, execute, kept, manual, one, sale, written};
use crate::company::{Company, rows};

fn account(name: &str) -> String {
    format!("INSERT INTO Accounts (Name) VALUES ('{name}') RETURNING ID")
}

#[test]
fn a_value_is_not_sent_before_the_row_that_it_names() {
    for keeps in [true, false] {
        let company = Company::start();
        kept(&company, keeps);
        let connection = manual(&company);
        let (child, parent) = (one(&connection, &account("child")), one(&connection, &account("parent")));
        let update = format!("UPDATE Accounts SET Parent = '{parent}' WHERE ID = '{child}'");
        assert_eq!(change(&connection, &update), 1);
        let requests = written(&company, || drop(connection.commit(&Limits::default()).unwrap()));
        assert_eq!(requests.len(), 2, "the UPDATE is part of the INSERT: {requests:?}");
        assert!(requests[0].contains("\"parent\"") && requests[1].contains("\"child\""), "{requests:?}");
        let found = "SELECT p.Name FROM Accounts a JOIN Accounts p ON p.ID = a.Parent WHERE a.Name = 'child'";
        assert_eq!(rows(&connection, found), [["parent"]], "keys kept: {keeps}");
    }
}

#[test]
fn rows_that_name_each_other_are_written_in_two_steps() {
    for keeps in [true, false] {
        let company = Company::start();
        kept(&company, keeps);
        let connection = manual(&company);
        let first = one(&connection, &account("first"));
        let second = format!("INSERT INTO Accounts (Name, Parent) VALUES ('second', '{first}') RETURNING ID");
        let second = one(&connection, &second);
        change(&connection, &format!("UPDATE Accounts SET Parent = '{second}', City = 'Ede' WHERE ID = '{first}'"));
        // A later change of the same row follows the one that could not become part of the INSERT.
        change(&connection, "UPDATE Accounts SET City = 'Delft' WHERE Name = 'first'");
        let seen = "SELECT Name, City FROM Accounts WHERE Name IN ('first', 'second') ORDER BY 1";
        assert_eq!(rows(&connection, seen), [["first", "Delft"], ["second", "NULL"]], "one row each");
        let requests = written(&company, || drop(connection.commit(&Limits::default()).unwrap()));
        let verbs: Vec<_> = requests.iter().map(|request| request.split(' ').next().unwrap()).collect();
        assert_eq!(verbs, ["POST", "POST", "PUT"], "{requests:?}");
        assert_eq!(rows(&connection, seen), [["first", "Delft"], ["second", "NULL"]]);
        let found = "SELECT p.Name FROM Accounts a JOIN Accounts p ON p.ID = a.Parent WHERE a.Name = 'first'";
        assert_eq!(rows(&connection, found), [["second"]], "keys kept: {keeps}");
    }
}

/// Keys that the application states may be named before their rows are inserted.
#[test]
fn rows_are_made_before_those_that_name_them_however_they_came() {
    let key = |number: usize| format!("6f9619ff-8b86-4011-b42d-00c04fc9650{number}");
    let insert = |own: usize, parent: Option<usize>| {
        let parent = parent.map_or("NULL".to_string(), |parent| format!("'{}'", key(parent)));
        format!("INSERT INTO Accounts (ID, Name, Parent) VALUES ('{}', 'o{own}', {parent})", key(own))
    };
    for keeps in [true, false] {
        let company = Company::start();
        kept(&company, keeps);
        let connection = manual(&company);
        let existing = one(&connection, "SELECT TOP 1 ID FROM Accounts ORDER BY ID");
        change(&connection, &format!("UPDATE Accounts SET Parent = '{}' WHERE ID = '{existing}'", key(1)));
        for (own, parent) in [(1, Some(2)), (2, Some(3)), (4, Some(3)), (3, None)] {
            change(&connection, &insert(own, parent));
        }
        let requests = written(&company, || drop(connection.commit(&Limits::default()).unwrap()));
        let told: Vec<_> =
            requests.iter().map(|one| one.find("\"o").map_or("PUT", |at| &one[at + 1..at + 3])).collect();
        assert_eq!(told, ["o3", "o2", "o1", "PUT", "o4"], "{requests:?}");
        let found = "SELECT a.Name, p.Name FROM Accounts a JOIN Accounts p ON p.ID = a.Parent WHERE a.Name LIKE 'o_' ORDER BY 1";
        assert_eq!(rows(&connection, found), [["o1", "o2"], ["o2", "o3"], ["o4", "o3"]], "keys kept: {keeps}");
        // In a ring none can be the first.
        for (own, parent) in [(5, Some(6)), (6, Some(7)), (7, Some(5))] {
            change(&connection, &insert(own, parent));
        }
        let requests = written(&company, || {
            let error = connection.commit(&Limits::default()).unwrap_err();
            assert_eq!(error.sqlstate(), "23000", "{error}");
            for words in ["in a ring", "UPDATE", &key(5), &key(6), &key(7)] {
                assert!(error.to_string().contains(words), "{error}");
            }
        });
        assert!(requests.is_empty() && connection.is_in_transaction(), "{requests:?}");
        change(&connection, &format!("UPDATE Accounts SET Parent = NULL WHERE ID = '{}'", key(7)));
        let requests = written(&company, || drop(connection.commit(&Limits::default()).unwrap()));
        assert_eq!(requests.len(), 3, "{requests:?}");
    }
}

#[test]
fn a_row_that_exists_takes_a_key_that_is_made_after_its_first_change() {
    let company = Company::start();
    kept(&company, false);
    let connection = manual(&company);
    let existing = one(&connection, "SELECT TOP 1 ID FROM Accounts ORDER BY ID");
    change(&connection, &format!("UPDATE Accounts SET City = 'Ede' WHERE ID = '{existing}'"));
    let parent = one(&connection, &account("later"));
    change(&connection, &format!("UPDATE Accounts SET Parent = '{parent}' WHERE ID = '{existing}'"));
    let requests = written(&company, || drop(connection.commit(&Limits::default()).unwrap()));
    assert!(requests.len() == 2 && requests[0].starts_with("POST"), "{requests:?}");
    let found =
        format!("SELECT p.Name, a.City FROM Accounts a JOIN Accounts p ON p.ID = a.Parent WHERE a.ID = '{existing}'");
    assert_eq!(rows(&connection, &found), [["later", "Ede"]]);
}

#[test]
fn a_null_is_taken_out_of_a_row_that_waits() {
    let company = Company::start();
    let connection = manual(&company);
    change(&connection, "INSERT INTO Accounts (Name, City) VALUES ('nulled', 'Ede')");
    change(&connection, "UPDATE Accounts SET City = NULL WHERE Name = 'nulled'");
    let refused = execute(&connection, "UPDATE Accounts SET Name = NULL WHERE Name = 'nulled'", &[]).err().unwrap();
    assert_eq!(refused.sqlstate(), "23000", "{refused}");
    let requests = written(&company, || drop(connection.commit(&Limits::default()).unwrap()));
    assert!(requests.len() == 1 && !requests[0].contains("City"), "{requests:?}");
    assert_eq!(rows(&connection, "SELECT count(*) FROM Accounts WHERE Name = 'nulled'"), [["1"]]);
}

#[test]
fn a_row_that_others_name_is_not_given_up_under_them() {
    let company = Company::start();
    let connection = manual(&company);
    let key = one(&connection, &account("named"));
    change(&connection, &format!("INSERT INTO Contacts (Account, LastName, FirstName) VALUES ('{key}', 'Names', 'N')"));
    let refused = execute(&connection, "DELETE FROM Accounts WHERE Name = 'named'", &[]).err().unwrap();
    assert_eq!(refused.sqlstate(), "23000", "{refused}");
    assert!(refused.to_string().contains("crm.Contacts"), "{refused}");
    change(&connection, "DELETE FROM Contacts WHERE LastName = 'Names'");
    change(&connection, "DELETE FROM Accounts WHERE Name = 'named'");
    assert!(written(&company, || drop(connection.commit(&Limits::default()).unwrap())).is_empty());
}

#[test]
fn lines_in_json_are_rows_before_the_commit() {
    for keeps in [true, false] {
        let company = Company::start();
        kept(&company, keeps);
        let connection = manual(&company);
        let [customer, item, ledger] = sale(&connection);
        let line = |quantity: i32| format!(r#"{{"Item":"{item}","GLAccount":"{ledger}","Quantity":{quantity}}}"#);
        let insert = format!(
            "INSERT INTO SalesInvoices (OrderedBy, Journal, SalesInvoiceLines) \
             VALUES ('{customer}', '70', '[{}, {}, {}]') RETURNING InvoiceID",
            line(1),
            line(2),
            line(3)
        );
        let invoice = one(&connection, &insert);
        let lines = format!("SELECT Quantity FROM SalesInvoiceLines WHERE InvoiceID = '{invoice}' ORDER BY 1");
        assert_eq!(rows(&connection, &lines), [["1.0"], ["2.0"], ["3.0"]]);
        let of_line = format!("WHERE InvoiceID = '{invoice}' AND Quantity =");
        assert_eq!(change(&connection, &format!("UPDATE SalesInvoiceLines SET Description = 'two' {of_line} 2")), 1);
        assert_eq!(change(&connection, &format!("DELETE FROM SalesInvoiceLines {of_line} 1")), 1);
        let more = format!(
            "INSERT INTO SalesInvoiceLines (InvoiceID, Item, GLAccount, Quantity) \
             VALUES ('{invoice}', '{item}', '{ledger}', 4) RETURNING ID"
        );
        let fourth = one(&connection, &more);
        let requests = written(&company, || drop(connection.commit(&Limits::default()).unwrap()));
        assert_eq!(requests.len(), 1, "{requests:?}");
        assert_eq!(rows(&connection, &lines), [["2.0"], ["3.0"], ["4.0"]]);
        let by_key = format!("SELECT Quantity FROM SalesInvoiceLines WHERE ID = '{fourth}'");
        assert_eq!(rows(&connection, &by_key), [["4.0"]], "keys kept: {keeps}");
        let told = format!("SELECT Description FROM SalesInvoiceLines {of_line} 2");
        assert_eq!(rows(&connection, &told), [["two"]]);
    }
}

#[test]
fn lines_may_be_inserted_before_the_document_that_they_name() {
    for keeps in [true, false] {
        let company = Company::start();
        kept(&company, keeps);
        let connection = manual(&company);
        let [customer, item, ledger] = sale(&connection);
        let invoice = "6f9619ff-8b86-4011-b42d-00c04fc96601";
        let line = format!(
            "INSERT INTO SalesInvoiceLines (InvoiceID, Item, Quantity, GLAccount) VALUES ('{invoice}', '{item}', 2, '{ledger}')"
        );
        change(&connection, &line);
        let header = "INSERT INTO SalesInvoices (InvoiceID, OrderedBy, Journal)";
        change(&connection, &format!("{header} VALUES ('{invoice}', '{customer}', '70')"));
        let requests = written(&company, || drop(connection.commit(&Limits::default()).unwrap()));
        assert!(requests.len() == 1 && requests[0].contains("\"SalesInvoiceLines\":[{"), "{requests:?}");
        let found = format!("SELECT Quantity FROM SalesInvoiceLines WHERE InvoiceID = '{invoice}'");
        assert_eq!(rows(&connection, &found), [["2.0"]], "keys kept: {keeps}");
    }
}

/// The document is made, and what the service calls its lines cannot be read.
#[test]
fn keys_of_lines_that_cannot_be_learned_are_told() {
    let company = Company::start();
    kept(&company, false);
    let connection = manual(&company);
    let [customer, item, ledger] = sale(&connection);
    let header =
        format!("INSERT INTO SalesInvoices (OrderedBy, Journal) VALUES ('{customer}', '70') RETURNING InvoiceID");
    let invoice = one(&connection, &header);
    let line = format!(
        "INSERT INTO SalesInvoiceLines (InvoiceID, Item, Quantity, GLAccount) \
         VALUES ('{invoice}', '{item}', 2, '{ledger}') RETURNING ID"
    );
    let given = one(&connection, &line);
    company.simulator.inject(Fault::on("SalesInvoiceLines", Action::Status(403)));
    let notices = connection.commit(&Limits::default()).unwrap();
    assert!(notices.len() == 1 && notices[0].sqlstate == "01000", "{notices:?}");
    for words in ["SalesInvoiceLines", "could not be learned", "Read the lines again"] {
        assert!(notices[0].message.contains(words), "{notices:?}");
    }
    company.simulator.clear_faults();
    let by_key = format!("SELECT Quantity FROM SalesInvoiceLines WHERE ID = '{given}'");
    assert!(rows(&company.connect(""), &by_key).is_empty(), "it leads nowhere, as was told");
    let lines = format!("SELECT Quantity FROM SalesInvoiceLines WHERE InvoiceID = '{invoice}'");
    assert_eq!(rows(&company.connect(""), &lines), [["2.0"]]);
}

#[test]
fn lines_of_entries_whose_keys_are_never_sent_are_found_by_the_keys_that_were_given() {
    for (header, line, journal) in [("BankEntries", "BankEntryLines", "20"), ("CashEntries", "CashEntryLines", "10")] {
        for keeps in [true, false] {
            let company = Company::start();
            kept(&company, keeps);
            let connection = manual(&company);
            let ledger = one(&connection, "SELECT ID FROM GLAccounts WHERE Code = '8000'");
            let entry =
                one(&connection, &format!("INSERT INTO {header} (JournalCode) VALUES ('{journal}') RETURNING EntryID"));
            let insert = |amount: i32| {
                format!(
                    "INSERT INTO {line} (EntryID, GLAccount, AmountFC) VALUES ('{entry}', '{ledger}', {amount}) RETURNING ID"
                )
            };
            let keys = [one(&connection, &insert(10)), one(&connection, &insert(20))];
            assert!(connection.commit(&Limits::default()).unwrap().is_empty());
            for (key, amount) in keys.iter().zip(["10.0", "20.0"]) {
                let found = format!("SELECT AmountFC FROM {line} WHERE ID = '{key}'");
                assert_eq!(rows(&connection, &found), [[amount]], "{line}, keys kept: {keeps}");
            }
        }
    }
}

#[test]
fn lines_that_go_with_their_document_only_are_joined_with_it() {
    let company = Company::start();
    let connection = manual(&company);
    let supplier = one(&connection, "SELECT TOP 1 ID FROM Accounts ORDER BY ID");
    let item = one(&connection, "SELECT TOP 1 ID FROM Items ORDER BY ID");
    let header = format!(
        "INSERT INTO PurchaseInvoices (Supplier, Journal, Type) VALUES ('{supplier}', '60', 8030) RETURNING ID"
    );
    let invoice = one(&connection, &header);
    let line =
        format!("INSERT INTO PurchaseInvoiceLines (InvoiceID, Item, Quantity) VALUES ('{invoice}', '{item}', 2)");
    change(&connection, &line);
    let requests = written(&company, || drop(connection.commit(&Limits::default()).unwrap()));
    assert!(requests.len() == 1 && requests[0].contains("\"PurchaseInvoiceLines\":[{"), "{requests:?}");
    // Without its document Exact Online would ignore the column, and with it the line.
    change(&connection, &line);
    let refused = connection.commit(&Limits::default()).unwrap_err();
    assert!(refused.to_string().contains("with their document only"), "{refused}");
    connection.rollback();
    connection.set_autocommit(true, &Limits::default()).unwrap();
    let refused = execute(&connection, &line, &[]).err().unwrap();
    assert!(refused.to_string().contains("as JSON"), "{refused}");
}

#[test]
fn a_guid_in_a_column_of_text_stays_as_it_was_written() {
    let company = Company::start();
    kept(&company, false);
    let connection = manual(&company);
    let own = "6f7b0000-0000-4000-8000-00000000abcd";
    // An application that keeps its own number of the row in the row.
    change(&connection, &format!("INSERT INTO Accounts (ID, Name, Remarks) VALUES ('{own}', 'text', '{own}')"));
    change(
        &connection,
        &format!("INSERT INTO Accounts (Name, Parent, Remarks) VALUES ('child of text', '{own}', '{own}')"),
    );
    connection.commit(&Limits::default()).unwrap();
    let found = "SELECT Remarks, Parent FROM Accounts WHERE Name IN ('text', 'child of text') ORDER BY Name";
    let found = rows(&connection, found);
    let real = one(&connection, "SELECT ID FROM Accounts WHERE Name = 'text'");
    assert_ne!(real, own);
    assert_eq!(found, [[own, real.as_str()], [own, "NULL"]]);
}
