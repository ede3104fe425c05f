//! What is refused before anything is sent, and what the service itself refuses.

use exact_engine::{Connection, Limits, Value};
use exact_simulator::Switches;

use super::{execute, sent};
use crate::company::Company;

fn refused(connection: &Connection, sql: &str) -> (String, String) {
    let error = execute(connection, sql, &[]).err().unwrap_or_else(|| panic!("{sql} was not refused"));
    (error.sqlstate().to_string(), error.to_string())
}

#[test]
fn what_cannot_succeed_is_not_sent() {
    let company = Company::start();
    let connection = company.connect("");
    let requests = sent(&company, || {
        for (sql, state, words) in [
            ("INSERT INTO Accounts (Nam) VALUES ('x')", "42S22", "Name"),
            ("INSERT INTO Acounts (Name) VALUES ('x')", "42S02", "Accounts"),
            ("INSERT INTO Accounts (Name, City) VALUES ('x')", "21S01", "2 columns"),
            ("INSERT INTO Accounts (Name, Name) VALUES ('x', 'y')", "42000", "twice"),
            ("INSERT INTO Accounts (City) VALUES ('x')", "23000", "Name must be given"),
            ("INSERT INTO Accounts (Name, Modified) VALUES ('x', '2026-01-31')", "42000", "Modified cannot be set"),
            ("INSERT INTO Accounts (Name, StartDate) VALUES ('x', 'tomorrow')", "22007", "StartDate"),
            ("INSERT INTO Accounts (Name, Parent) VALUES ('x', 'y')", "22018", "Parent"),
            ("INSERT INTO Accounts (Name) VALUES ('x'), (NULL)", "23000", "row 2: Name"),
            (
                "INSERT INTO Accounts (Name, Code) VALUES ('x', '1234567890123456789')",
                "22001",
                "Code takes 18 characters at most, '1234567890123456789' has more",
            ),
            ("UPDATE Accounts SET Code = '1234567890123456789'", "22001", "Code takes 18 characters at most"),
            ("INSERT INTO SalesInvoices (Journal) VALUES ('70')", "23000", "OrderedBy"),
            ("INSERT INTO SalesInvoices (Journal, SalesInvoiceLines) VALUES ('70', '[{\"Itm\":1}]')", "42S22", "Itm"),
            ("UPDATE Accounts SET ID = '00000000-0000-0000-0000-000000000000'", "42000", "key"),
            ("UPDATE Accounts SET Modified = NULL", "42000", "Modified"),
            ("UPDATE Accounts SET Division = 5513", "42000", "Division"),
            ("DELETE FROM TransactionLines", "42000", "only SELECT"),
            ("INSERT INTO AgingOverview (AgeGroup) VALUES (1)", "42000", "only SELECT"),
            ("UPDATE sys_budget SET Day = 1", "42000", ""),
            ("INSERT IGNORE INTO Accounts (Name) VALUES ('x')", "HYC00", "INSERT IGNORE"),
            ("INSERT OVERWRITE Accounts (Name) VALUES ('x')", "HYC00", "INSERT OVERWRITE"),
            ("UPDATE Accounts a JOIN Contacts c ON c.Account = a.ID SET c.Notes = 'x'", "42000", "c.notes"),
            ("UPDATE a SET c.Email = 'x' FROM Accounts a JOIN Contacts c ON c.Account = a.ID", "42000", "c.email"),
            (
                "UPDATE Accounts SET City = 'x' FROM Accounts a JOIN Contacts c ON c.Account = a.ID \
                 WHERE c.LastName = 'none'",
                "42000",
                "twice",
            ),
            ("UPDATE crm.Accounts SET City = 'x' FROM Accounts WHERE Name = 'none'", "42000", "twice"),
            ("DELETE FROM Accounts USING Accounts a WHERE a.Name = 'none'", "42000", "twice"),
        ] {
            let (found, message) = refused(&connection, sql);
            assert_eq!(found, state, "{sql}\n{message}");
            assert!(message.contains(words), "{sql}\n{message}");
        }
    });
    assert!(requests.is_empty(), "{requests:?}");
}

/// A marker to which nothing can be bound would write a row without its value, or with another one's.
#[test]
fn only_question_marks_are_parameters() {
    let company = Company::start();
    let connection = company.connect("");
    let requests = sent(&company, || {
        for (sql, state, words) in [
            ("INSERT INTO Accounts (Name, City) VALUES ('x', $1)", "42000", "not $1, at Line: 1, Column: 48"),
            ("INSERT INTO Accounts (Name, City) VALUES (?, $1)", "42000", "not $1, at Line: 1, Column: 46"),
            ("INSERT INTO Accounts (Name, City) VALUES ('x', :city)", "42000", "not :city, at Line: 1, Column: 48"),
            ("UPDATE Accounts SET City = $x", "42000", "not $x, at Line: 1, Column: 28"),
            ("INSERT INTO Accounts (Name) VALUES ($action)", "HYC00", "$action is not supported"),
            (
                "INSERT INTO Accounts (Name) VALUES (@name)",
                "HYC00",
                "? with a parameter bound to it. (Line: 1, Column: 37)",
            ),
            ("INSERT INTO Accounts (Name) VALUES ('x') RETURNING ?", "HYC00", "A parameter in RETURNING"),
            ("INSERT INTO Accounts (Name) VALUES ('x') RETURNING $x", "42000", "not $x"),
            ("INSERT INTO Accounts (Name) OUTPUT inserted.Name || ? VALUES ('x')", "HYC00", "RETURNING or OUTPUT"),
            ("DELETE FROM Accounts WHERE Name = 'x' RETURNING (SELECT ?)", "HYC00", "A parameter in RETURNING"),
            (
                "MERGE INTO Accounts t USING (VALUES ('1')) AS s (Code) ON t.Code = s.Code \
                 WHEN NOT MATCHED THEN INSERT (Name, Code) VALUES ('x', s.Code) OUTPUT $action, inserted.Code",
                "HYC00",
                "sys.sys_changes",
            ),
        ] {
            let error = connection.prepare(sql).err().unwrap_or_else(|| panic!("{sql} was not refused"));
            assert_eq!(error.sqlstate(), state, "{sql}: {error}");
            assert!(error.to_string().contains(words), "{sql}: {error}");
        }
    });
    assert!(requests.is_empty(), "{requests:?}");
}

#[test]
fn every_problem_of_a_statement_is_told_at_once() {
    let company = Company::start();
    let connection = company.connect("");
    let sql = "INSERT INTO SalesInvoices (Journal, Created, InvoiceDate) VALUES ('70', '2026-01-01', 'soon')";
    let (_, message) = refused(&connection, sql);
    for words in ["Created", "InvoiceDate", "OrderedBy", "SalesInvoiceLines"] {
        assert!(message.contains(words), "{words}: {message}");
    }
    let update = "UPDATE Accounts SET Modified = '2026-01-01', StartDate = 'soon', Blocked = 'perhaps', ID = NULL, \
                  Cty = 'x', Name = 'y', Name = 'z', Longitude = ?";
    let insert = "INSERT INTO Accounts (Cty, StartDate, Created, Naam, Blocked) VALUES ('x', 'soon', '2026-01-01', ?, 'perhaps')";
    let merge = "MERGE INTO Accounts t USING (VALUES ('1')) AS s (Code) ON t.Code = s.Code \
                 WHEN MATCHED THEN UPDATE SET Modified = NULL, StartDate = 'soon', Cty = 'x' \
                 WHEN NOT MATCHED THEN INSERT (Naam, Contry) VALUES ('x', 'y')";
    for (sql, all) in [
        (
            update,
            [
                "Modified cannot be changed",
                "StartDate: 'soon' is not a date",
                "Blocked: 'perhaps'",
                "ID is the key",
                "there is no column Cty, perhaps City is meant (Line: 1, Column: ",
                "Name is named twice",
            ]
            .as_slice(),
        ),
        (
            insert,
            &[
                "no column Cty, perhaps City is meant (Line: 1, Column: 23)",
                "StartDate: ",
                "Created",
                "Naam, ",
                "'perhaps'",
            ],
        ),
        ("INSERT INTO Accounts (Cty) VALUES ('x')", &["no column Cty, perhaps City", "Name must be given"]),
        (merge, &["Modified", "StartDate: 'soon'", "Cty", "Naam", "Contry"]),
        (
            "UPSERT INTO Accounts (Code, Cty, Modified) VALUES ('1', 'x', NULL)",
            &["no column Cty, perhaps City is meant (Line: 1, Column: 29)", "Modified"],
        ),
    ] {
        let message = connection.prepare(sql).err().unwrap_or_else(|| panic!("{sql}")).to_string();
        for words in all {
            assert!(message.contains(words), "{words}: {message}");
        }
    }
    let insert = "INSERT INTO Accounts (Cty, StartDate, Naam) VALUES ('x', 'soon', 'y')";
    let (_, message) = refused(&connection, insert);
    assert!(!message.contains("must be given"), "Naam is Name: {message}");
}

#[test]
fn a_connection_that_only_reads_refuses_at_prepare() {
    let company = Company::start();
    let connection = company.connect("Readonly=true");
    for sql in ["INSERT INTO Accounts (Name) VALUES ('x')", "UPDATE Accounts SET Name = 'x'", "DELETE FROM Accounts"] {
        let error = connection.prepare(sql).err().unwrap();
        assert_eq!(error.sqlstate(), "42000");
        assert!(error.to_string().contains("Readonly"), "{error}");
    }
}

#[test]
fn the_service_is_heard_in_its_own_language() {
    let company = Company::start();
    let mut switches = Switches::of_environment().unwrap();
    switches.language = "nl".into();
    switches.rate_limits = false;
    company.simulator.set_switches(switches);
    let connection = company.connect("");
    let code = crate::company::rows(&connection, "SELECT TOP 1 Code FROM Accounts ORDER BY ID")[0][0].clone();
    let error =
        execute(&connection, &format!("INSERT INTO Accounts (Name, Code) VALUES ('x', '{code}')"), &[]).err().unwrap();
    assert_eq!(error.sqlstate(), "23000", "{error}");
    assert!(error.is_from_service() && error.to_string().contains("Gegeven bestaat reeds"), "{error}");
    let wrong = "00000000-0000-4000-8000-000000000009";
    let sql = format!(
        "INSERT INTO SalesInvoices (OrderedBy, Journal, SalesInvoiceLines) VALUES ('{wrong}', '70', '[{{\"Item\":\"{wrong}\",\"GLAccount\":\"{wrong}\"}}]')"
    );
    let (state, message) = refused(&connection, &sql);
    assert_eq!(state, "HY000");
    assert!(message.contains("Ongeldige verwijzing"), "{message}");
}

#[test]
fn one_set_of_many_that_fails_is_told_and_the_others_are_sent() {
    let company = Company::start();
    let connection = company.connect("");
    let code = crate::company::rows(&connection, "SELECT TOP 1 Code FROM Accounts ORDER BY ID")[0][0].clone();
    let statements = connection.prepare("INSERT INTO Accounts (Name, Code) VALUES (?, ?)").unwrap();
    let set = |name: &str, code: Option<&str>| {
        vec![Value::Text(name.into()), code.map_or(Value::Null, |code| Value::Text(code.into()))]
    };
    let sets = [set("s1", None), set("s2", Some(&code)), set("s3", None)];
    let outcomes = statements[0].execute_sets(&sets, &Limits::default(), true);
    let counts: Vec<_> = outcomes.iter().map(|one| one.as_ref().ok().and_then(|done| done.row_count)).collect();
    assert_eq!(counts, [Some(1), None, Some(1)]);
    let outcomes = statements[0].execute_sets(&sets, &Limits::default(), false);
    assert_eq!(outcomes.len(), 2, "nothing is sent after the one that failed");
    let checked = [set("s4", None), vec![Value::Null, Value::Null]];
    let requests = sent(&company, || {
        let outcomes = statements[0].execute_sets(&checked, &Limits::default(), false);
        assert!(outcomes.iter().all(Result::is_err));
    });
    assert!(requests.is_empty(), "{requests:?}");
}
