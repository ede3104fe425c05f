//! Writes that wait for a commit.

use exact_engine::Limits;
use exact_simulator::{Action, Fault, Switches};

use super::{change, execute, kept, manual, one, sale, sent, written};
use crate::company::{Company, rows};

#[test]
fn nothing_is_sent_before_the_commit_and_reads_see_it_all_the_same() {
    let company = Company::start();
    let connection = manual(&company);
    let before = rows(&connection, "SELECT count(*) FROM Accounts")[0][0].parse::<i64>().unwrap();
    let requests = written(&company, || {
        assert_eq!(change(&connection, "INSERT INTO Accounts (Name) VALUES ('t1')"), 1);
        assert_eq!(rows(&connection, "SELECT Name, City FROM Accounts WHERE Name = 't1'"), [["t1", "NULL"]]);
        assert_eq!(change(&connection, "UPDATE Accounts SET City = 'Ede' WHERE Name = 't1'"), 1);
        assert_eq!(rows(&connection, "SELECT City FROM Accounts WHERE Name = 't1'"), [["Ede"]]);
        assert_eq!(rows(&connection, "SELECT count(*) FROM Accounts"), [[(before + 1).to_string()]]);
        let first = rows(&connection, "SELECT TOP 1 ID FROM Accounts WHERE Name <> 't1' ORDER BY ID")[0][0].clone();
        assert_eq!(change(&connection, &format!("UPDATE Accounts SET City = 'Ede' WHERE ID = '{first}'")), 1);
        assert_eq!(rows(&connection, "SELECT count(*) FROM Accounts WHERE City = 'Ede'"), [["2"]]);
        assert_eq!(change(&connection, &format!("DELETE FROM Accounts WHERE ID = '{first}'")), 1);
        assert_eq!(rows(&connection, "SELECT count(*) FROM Accounts"), [[before.to_string()]]);
    });
    assert!(requests.is_empty(), "{requests:?}");
    assert!(rows(&company.connect(""), "SELECT ID FROM Accounts WHERE Name = 't1'").is_empty());
    let requests = written(&company, || drop(connection.commit(&Limits::default()).unwrap()));
    assert_eq!(requests.len(), 2, "{requests:?}");
    assert!(requests[0].contains("\"City\":\"Ede\"") && requests[0].starts_with("POST"), "{requests:?}");
    assert!(!connection.is_in_transaction());
    assert_eq!(rows(&connection, "SELECT City FROM Accounts WHERE Name = 't1'"), [["Ede"]]);
}

#[test]
fn a_rollback_drops_all_of_it() {
    let company = Company::start();
    let connection = manual(&company);
    let requests = written(&company, || {
        change(&connection, "INSERT INTO Accounts (Name) VALUES ('t1')");
        assert!(connection.rollback().is_empty());
        connection.commit(&Limits::default()).unwrap();
    });
    assert!(requests.is_empty(), "{requests:?}");
    assert!(rows(&connection, "SELECT ID FROM Accounts WHERE Name = 't1'").is_empty());
}

#[test]
fn an_action_goes_out_behind_its_document_with_the_key_that_it_got() {
    for keeps in [true, false] {
        let company = Company::start();
        kept(&company, keeps);
        let connection = manual(&company);
        let [customer, item, ledger] = sale(&connection);
        let header = format!("INSERT INTO SalesInvoices (OrderedBy, Journal) VALUES ('{customer}', '70')");
        let invoice = one(&connection, &format!("{header} RETURNING InvoiceID"));
        let print = format!("INSERT INTO PrintedSalesInvoices (InvoiceID) VALUES ('{invoice}')");
        let line = format!(
            "INSERT INTO SalesInvoiceLines (InvoiceID, Item, Quantity, GLAccount) VALUES ('{invoice}', '{item}', 2, '{ledger}')"
        );
        assert_eq!(written(&company, || assert_eq!(change(&connection, &print), 1)).len(), 0);
        change(&connection, &line);
        let requests = written(&company, || drop(connection.commit(&Limits::default()).unwrap()));
        assert_eq!(requests.len(), 2, "{requests:?}");
        assert!(requests[0].starts_with("POST salesinvoice/SalesInvoices {"), "{requests:?}");
        assert!(requests[0].contains("SalesInvoiceLines"), "{requests:?}");
        let made = one(&connection, &format!("SELECT InvoiceID FROM SalesInvoices WHERE InvoiceID = '{invoice}'"));
        assert_eq!(made == invoice, keeps);
        let expected = format!("POST salesinvoice/PrintedSalesInvoices {{\"InvoiceID\":\"{made}\"}}");
        assert_eq!(requests[1], expected);
    }
}

#[test]
fn a_document_and_its_lines_go_out_as_one_whoever_gives_the_keys() {
    for keeps in [true, false] {
        let company = Company::start();
        kept(&company, keeps);
        let connection = manual(&company);
        let account = rows(&connection, "SELECT TOP 1 ID FROM Accounts ORDER BY ID")[0][0].clone();
        let item = rows(&connection, "SELECT TOP 1 ID FROM Items ORDER BY ID")[0][0].clone();
        let ledger = rows(&connection, "SELECT ID FROM GLAccounts WHERE Code = '8000'")[0][0].clone();
        let header =
            format!("INSERT INTO SalesInvoices (OrderedBy, Journal) VALUES ('{account}', '70') RETURNING InvoiceID");
        let invoice = rows(&connection, &header)[0][0].clone();
        let line = |quantity| {
            let sql = format!(
                "INSERT INTO SalesInvoiceLines (InvoiceID, Item, Quantity, GLAccount) \
                 VALUES ('{invoice}', '{item}', {quantity}, '{ledger}') RETURNING ID"
            );
            rows(&connection, &sql)[0][0].clone()
        };
        let (first, second) = (line(2), line(3));
        assert_eq!(
            rows(
                &connection,
                &format!("SELECT Quantity FROM SalesInvoiceLines WHERE InvoiceID = '{invoice}' ORDER BY 1")
            )
            .len(),
            2
        );
        let requests = sent(&company, || drop(connection.commit(&Limits::default()).unwrap()));
        assert_eq!(
            requests.len(),
            if keeps { 1 } else { 2 },
            "the keys of lines are asked for where they are not kept: {requests:?}"
        );
        assert!(
            requests[0].contains("\"SalesInvoiceLines\":[{") && !requests[0].contains("\"InvoiceID\":\"x"),
            "{requests:?}"
        );
        // Also on another connection, as from a pool.
        let other = company.connect("");
        for reader in [&connection, &other] {
            let found = rows(reader, &format!("SELECT InvoiceID FROM SalesInvoices WHERE InvoiceID = '{invoice}'"));
            assert_eq!(found.len(), 1, "keys kept: {keeps}");
            assert_eq!(found[0][0] == invoice, keeps);
            for (key, quantity) in [(&first, "2.0"), (&second, "3.0")] {
                assert_eq!(
                    rows(reader, &format!("SELECT Quantity FROM SalesInvoiceLines WHERE ID = '{key}'")),
                    [[quantity]],
                    "keys kept: {keeps}"
                );
            }
        }
        assert_eq!(
            change(&other, &format!("UPDATE SalesInvoices SET Description = 'later' WHERE InvoiceID = '{invoice}'")),
            1
        );
    }
}

#[test]
fn a_commit_that_ends_half_way_says_what_was_written() {
    let company = Company::start();
    let connection = manual(&company);
    for name in ["h1", "h2", "h3"] {
        change(&connection, &format!("INSERT INTO Accounts (Name) VALUES ('{name}')"));
    }
    let code = rows(&connection, "SELECT TOP 1 Code FROM Accounts WHERE Code IS NOT NULL ORDER BY ID")[0][0].clone();
    change(&connection, &format!("INSERT INTO Accounts (Name, Code) VALUES ('h4', '{code}')"));
    change(&connection, "INSERT INTO Accounts (Name) VALUES ('h5')");
    let error = connection.commit(&Limits::default()).unwrap_err();
    assert_eq!(error.sqlstate(), "HY000", "{error}");
    assert!(error.to_string().contains("after 3 of 5 changes"), "{error}");
    let again = execute(&connection, "INSERT INTO Accounts (Name) VALUES ('h6')", &[]).err().unwrap();
    assert_eq!(again.sqlstate(), "25000", "{again}");
    assert_eq!(connection.commit(&Limits::default()).unwrap_err().sqlstate(), "25000");
    assert_eq!(connection.rollback()[0].sqlstate, "01000");
    assert_eq!(rows(&connection, "SELECT count(*) FROM Accounts WHERE Name LIKE 'h_'"), [["3"]]);
    change(&connection, "INSERT INTO Accounts (Name) VALUES ('h6')");
    connection.commit(&Limits::default()).unwrap();
}

#[test]
fn an_unknown_outcome_is_told_and_not_repeated() {
    let company = Company::start();
    let connection = company.connect("Timeout=1");
    connection.set_autocommit(false, &Limits::default()).unwrap();
    change(&connection, "INSERT INTO Accounts (Name) VALUES ('u1')");
    change(&connection, "INSERT INTO Accounts (Name) VALUES ('u2')");
    company.simulator.inject(Fault::on("crm/Accounts", Action::Stall(2_500)).times(1));
    let error = connection.commit(&Limits::default()).unwrap_err();
    assert_eq!(error.sqlstate(), "25S01", "{error}");
    assert!(error.to_string().contains("Not known to be written: INSERT INTO crm.Accounts"), "{error}");
    assert!(error.to_string().contains("Not sent: INSERT INTO crm.Accounts"), "{error}");
}

#[test]
fn what_only_the_service_gives_cannot_be_returned_before() {
    let company = Company::start();
    let connection = manual(&company);
    let error = execute(&connection, "INSERT INTO Accounts (Name) VALUES ('k') RETURNING ID, Code", &[]).err().unwrap();
    assert_eq!(error.sqlstate(), "42000");
    assert!(error.to_string().contains("Code"), "{error}");
    let requests = sent(&company, || {
        let error = execute(&connection, "INSERT INTO Accounts (City) VALUES ('k')", &[]).err().unwrap();
        assert_eq!(error.sqlstate(), "23000", "checked when it is executed");
    });
    assert!(requests.is_empty());
    assert!(!connection.is_in_transaction());
}

#[test]
fn what_a_line_names_is_made_before_its_document() {
    for keeps in [true, false] {
        let company = Company::start();
        kept(&company, keeps);
        let connection = manual(&company);
        let account = rows(&connection, "SELECT TOP 1 ID FROM Accounts ORDER BY ID")[0][0].clone();
        let ledger = rows(&connection, "SELECT ID FROM GLAccounts WHERE Code = '8000'")[0][0].clone();
        let header =
            format!("INSERT INTO SalesInvoices (OrderedBy, Journal) VALUES ('{account}', '70') RETURNING InvoiceID");
        let invoice = rows(&connection, &header)[0][0].clone();
        let item = rows(&connection, "INSERT INTO Items (Code, Description) VALUES ('LATE', 'Late') RETURNING ID");
        let item = item[0][0].clone();
        let line = format!(
            "INSERT INTO SalesInvoiceLines (InvoiceID, Item, Quantity, GLAccount) VALUES ('{invoice}', '{item}', 1, '{ledger}')"
        );
        assert_eq!(change(&connection, &line), 1);
        let requests = written(&company, || drop(connection.commit(&Limits::default()).unwrap()));
        assert_eq!(requests.len(), 2, "{requests:?}");
        assert!(requests[0].starts_with("POST logistics/Items"), "{requests:?}");
        let real = rows(&connection, "SELECT ID FROM Items WHERE Code = 'LATE'")[0][0].clone();
        assert!(requests[1].contains(&format!("\"Item\":\"{real}\"")), "keys kept: {keeps}: {requests:?}");
    }
}

#[test]
fn the_time_out_is_of_the_statement_and_not_of_each_request() {
    let company = Company::start();
    let connection = company.connect("");
    let mut switches = Switches::of_environment().unwrap();
    switches.page_latency_ms = 400;
    switches.rate_limits = false;
    company.simulator.set_switches(switches);
    let values: Vec<_> = (0..10).map(|number| format!("('slow {number}')")).collect();
    let statements = connection.prepare(&format!("INSERT INTO Accounts (Name) VALUES {}", values.join(", "))).unwrap();
    let limits = Limits { timeout: Some(std::time::Duration::from_millis(1_000)), ..Limits::default() };
    let error = statements[0].execute(&[], &limits, 0).err().unwrap();
    assert_eq!(error.sqlstate(), "HYT00", "{error}");
    assert!(error.to_string().contains("of 10 changes") && error.to_string().contains("Not sent: "), "{error}");
}

#[test]
fn the_key_of_a_row_that_exists_is_never_taken_for_a_provisional_one() {
    let company = Company::start();
    kept(&company, false);
    for connection in [company.connect(""), manual(&company)] {
        let name = |id: &str| rows(&connection, &format!("SELECT Name FROM Accounts WHERE ID = '{id}'"))[0][0].clone();
        let original = rows(&connection, "SELECT TOP 1 ID FROM Accounts ORDER BY ID")[0][0].clone();
        let before = name(&original);
        let copy = format!("INSERT INTO Accounts (ID, Name) SELECT ID, 'copy' FROM Accounts WHERE ID = '{original}'");
        let done = execute(&connection, &copy, &[]).map(drop).and_then(|()| connection.commit(&Limits::default()));
        assert_eq!(done.unwrap_err().sqlstate(), "23000");
        connection.rollback();
        assert_eq!(name(&original), before);
    }
}
