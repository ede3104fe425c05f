//! EXPLAIN tells the calls of a query before any is made; MaxApiCalls refuses dearer ones.

use crate::company::{Company, Table, rows, try_rows};
use exact_engine::Connection;
use exact_simulator::Options;

const STEP: [&str; 13] = [
    "Step",
    "Operation",
    "Table",
    "AccessPath",
    "Divisions",
    "Detail",
    "Pushed",
    "Local",
    "Rows",
    "Pages",
    "Calls",
    "Minutes",
    "Basis",
];

fn labels(connection: &Connection, sql: &str) -> Vec<String> {
    let statement = &connection.prepare(sql).unwrap()[0];
    statement.columns().iter().map(|column| column.label.clone()).collect()
}

/// The value of a column in the first step of that operation.
fn value<'a>(steps: &'a Table, operation: &str, column: &str) -> &'a str {
    let place = STEP.iter().position(|name| *name == column).unwrap();
    let step = steps.iter().find(|step| step[1] == operation).unwrap_or_else(|| panic!("{operation}: {steps:?}"));
    &step[place]
}

#[test]
fn a_plan_is_told_without_a_call() {
    let company = Company::start();
    let connection = company.connect("");
    let sql = "EXPLAIN SELECT TOP 5 FullName FROM Contacts WHERE IsMainContact = TRUE";
    assert_eq!(labels(&connection, sql), STEP);
    let mut steps = Table::new();
    let calls = company.requests_of(|| steps = rows(&connection, sql));
    assert_eq!(calls, Vec::<String>::new());
    assert_eq!(value(&steps, "Read", "Table"), "crm.Contacts");
    assert_eq!(value(&steps, "Read", "AccessPath"), "regular");
    assert_eq!(value(&steps, "Read", "Divisions"), "5512");
    let detail = value(&steps, "Read", "Detail");
    let expected = "/api/v1/5512/crm/Contacts?$select=FullName&$filter=IsMainContact eq true&$top=5";
    assert!(detail.starts_with("GET http://127.0.0.1") && detail.ends_with(expected), "{detail}");
    assert_eq!([value(&steps, "Read", "Pages"), value(&steps, "Read", "Calls")], ["1", "1"]);
    assert_eq!([value(&steps, "Total", "Calls"), value(&steps, "Total", "Minutes")], ["1", "0"]);
}

#[test]
fn minutes_and_what_is_left_of_the_day_are_told() {
    let mut options = Options::default();
    (options.switches.minute_limit, options.switches.day_limit) = (60, 150);
    let company = Company::limited(options);
    let connection = company.connect("BudgetReserve=0");
    // Then the size of the table is known: 200 pages of 1,000 rows.
    rows(&connection, "SELECT COUNT(*) FROM TransactionLines");
    let steps = rows(&connection, "EXPLAIN SELECT ID, AmountDC FROM TransactionLines");
    assert_eq!(["Rows", "Pages", "Calls"].map(|column| value(&steps, "Read", column)), ["200000", "200", "200"]);
    // Of this minute and day the count is gone.
    assert_eq!([value(&steps, "Total", "Calls"), value(&steps, "Total", "Minutes")], ["200", "3"]);
    let sentence = "200 of the calls go to division 5512, where 149 of 150 calls are left today: too few";
    assert_eq!(value(&steps, "Total", "Detail"), sentence);
    let steps = rows(&connection, "EXPLAIN SELECT TOP 50000 ID, AmountDC FROM TransactionLines");
    assert_eq!(value(&steps, "Total", "Minutes"), "0");
    let sentence = "50 of the calls go to division 5512, where 149 of 150 calls are left today";
    assert_eq!(value(&steps, "Total", "Detail"), sentence);
}

#[test]
fn the_first_rows_of_a_join_are_told_with_what_follows_where_they_are_too_few() {
    let company = Company::start();
    let connection = company.connect("");
    let steps = rows(
        &connection,
        "EXPLAIN SELECT TOP 5 i.InvoiceNumber, a.Name FROM SalesInvoices i JOIN Accounts a ON a.ID = i.InvoiceTo \
         ORDER BY i.InvoiceNumber",
    );
    assert!(value(&steps, "Read", "Pushed").ends_with("order by InvoiceNumber; the first 20 rows"), "{steps:?}");
    assert_eq!(
        value(&steps, "Check", "Detail"),
        "where the join has left fewer than 5 rows of these, the join of all rows is read"
    );
    assert_eq!(value(&steps, "Total", "Calls"), "2");
}

#[test]
fn what_stays_here_is_told_with_its_reason() {
    let company = Company::start();
    let connection = company.connect("");
    let steps = rows(&connection, "EXPLAIN SELECT Code FROM Contacts WHERE FullName > 'm' ORDER BY FullName");
    let local = value(&steps, "Filter", "Local");
    assert!(local.contains("FullName") && local.contains("case"), "{local}");
    assert!(value(&steps, "Sort", "Detail").contains("FullName"), "{steps:?}");
    let joined = "EXPLAIN SELECT a.Name, c.FullName FROM Accounts a JOIN Contacts c ON c.Account = a.ID";
    let detail = rows(&connection, joined).into_iter().find(|step| step[1] == "Join").unwrap().remove(5);
    assert!(detail.contains("Account = ID") || detail.contains("ID = Account"), "{detail}");
    let twice = "EXPLAIN SELECT Code FROM Contacts UNION ALL SELECT Code FROM Contacts";
    let steps = rows(&connection, twice);
    assert_eq!(value(&steps, "Reuse", "Table"), "crm.Contacts");
    assert_eq!(value(&steps, "Total", "Calls"), "1");
    let never = rows(&connection, "EXPLAIN SELECT Name FROM Accounts WHERE 1 = 0");
    assert_eq!(value(&never, "Total", "Calls"), "0");
}

#[test]
fn lines_that_come_along_are_told() {
    let company = Company::start();
    let connection = company.connect("");
    let steps = rows(
        &connection,
        "EXPLAIN SELECT e.EntryNumber, l.AmountDC FROM SalesEntries e JOIN SalesEntryLines l ON l.EntryID = e.EntryID \
         WHERE e.InvoiceNumber = 10003",
    );
    let detail = value(&steps, "Read", "Detail");
    assert!(detail.contains("salesentry/SalesEntries?$expand=SalesEntryLines&$select=EntryID,"), "{detail}");
    assert!(value(&steps, "Read", "Pushed").contains("the rows of SalesEntryLines along with them"), "{steps:?}");
    assert_eq!(value(&steps, "Reuse", "Table"), "salesentry.SalesEntryLines");
    assert_eq!(value(&steps, "Total", "Calls"), "1");
}

#[test]
fn divisions_are_told_together() {
    let company = Company::start();
    let connection = company.connect("Division=5512,5513,5515");
    let steps = rows(&connection, "EXPLAIN SELECT COUNT(*) FROM Contacts WHERE Division > 5512");
    assert_eq!(value(&steps, "Count", "Divisions"), "5513, 5515");
    let detail = value(&steps, "Count", "Detail");
    assert!(detail.ends_with("/api/v1/{division}/crm/Contacts/$count"), "{detail}");
    assert_eq!([value(&steps, "Total", "Calls"), value(&steps, "Count", "Basis")], ["2", "certain"]);
}

#[test]
fn a_run_is_told_with_what_it_took() {
    // A full last page may lead on to an empty one, which would be one call more.
    let company = Company::with(Options { scale: 0.01, ..Options::default() });
    let connection = company.connect("");
    let sql = "EXPLAIN ANALYZE SELECT ID, AmountDC FROM TransactionLines";
    assert_eq!(labels(&connection, sql)[13..], ["ActualCalls", "ActualRows", "ActualBytes", "ActualSeconds"]);
    let mut steps = Table::new();
    let calls = company.requests_of(|| steps = rows(&connection, sql));
    assert_eq!(calls.len(), 2);
    let bytes: u64 =
        company.simulator.requests().iter().filter(|one| !one.is_token && !one.is_me).map(|one| one.bytes).sum();
    for operation in ["Read", "Total"] {
        let step = steps.iter().find(|step| step[1] == operation).unwrap();
        assert_eq!(step[13..16], ["2".to_owned(), "2000".to_owned(), bytes.to_string()], "{step:?}");
        assert!(step[16].parse::<f64>().unwrap() > 0.0, "{step:?}");
    }
}

#[test]
fn a_dearer_query_is_refused_before_any_call() {
    let company = Company::start();
    let connection = company.connect("Division=5512,5513,5515;MaxApiCalls=2");
    rows(&connection, "SELECT TOP 1 Code FROM GLAccounts");
    let calls = company.requests_of(|| {
        let error = try_rows(&connection, "SELECT COUNT(*) FROM Contacts", &[]).unwrap_err();
        assert_eq!(error.sqlstate(), "HY000");
        for part in ["3 calls", "MaxApiCalls allows 2", "none was made", "EXPLAIN"] {
            assert!(error.to_string().contains(part), "{error} lacks {part}");
        }
    });
    assert_eq!(calls, Vec::<String>::new());
    // It may be explained all the same.
    assert_eq!(value(&rows(&connection, "EXPLAIN SELECT COUNT(*) FROM Contacts"), "Total", "Calls"), "3");
    rows(&connection, "SELECT COUNT(*) FROM Contacts WHERE Division <> 5513");
}

#[test]
fn a_query_that_turns_out_dearer_is_stopped() {
    let company = Company::start();
    let connection = company.connect("MaxApiCalls=1");
    let mut error = None;
    let calls = company.requests_of(|| {
        error = try_rows(&connection, "SELECT ID FROM TransactionLines", &[]).err();
    });
    let error = error.unwrap();
    assert!(calls.len() <= 1, "{calls:?}");
    assert_eq!(error.sqlstate(), "HY000");
    assert!(error.to_string().contains("MaxApiCalls"), "{error}");
}

#[test]
fn parameters_are_part_of_what_is_explained() {
    let company = Company::start();
    let connection = company.connect("");
    let sql = "EXPLAIN SELECT FullName FROM Contacts WHERE IsMainContact = ?";
    let steps = try_rows(&connection, sql, &[exact_engine::Value::Boolean(true)]).unwrap();
    assert!(value(&steps, "Read", "Detail").contains("IsMainContact eq true"), "{steps:?}");
    let error = connection.prepare("EXPLAIN SELECT Nme FROM Contacts").err().unwrap();
    assert_eq!(error.sqlstate(), "42S22");
}
