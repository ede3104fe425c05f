//! Several divisions as one table: the union, which divisions are called, and what happens when one cannot be read.

use std::collections::BTreeMap;

use exact_engine::{Connection, Limits, Notice};
use exact_simulator::{Action, Fault, Options};

use crate::company::{Company, Table, rows, sorted, try_rows};

/// How many requests went to each division.
fn calls_by_division(company: &Company, work: impl FnOnce()) -> BTreeMap<String, usize> {
    let mut calls = BTreeMap::new();
    for request in company.requests_of(work) {
        let division = request.trim_start_matches("/api/v1/").split('/').next().unwrap().to_owned();
        *calls.entry(division).or_default() += 1;
    }
    calls
}

fn calls(expected: &[(&str, usize)]) -> BTreeMap<String, usize> {
    expected.iter().map(|(division, calls)| ((*division).to_owned(), *calls)).collect()
}

/// A connection whose sign-in and token are there already.
fn connect(company: &Company, extra: &str) -> Connection {
    let connection = company.connect(extra);
    rows(&connection, "SELECT TOP 1 Code FROM \"5512\".financial.GLAccounts");
    connection
}

/// The rows of a query and the warnings until its end.
fn rows_and_warnings(connection: &Connection, sql: &str) -> (usize, Vec<Notice>) {
    let statements = connection.prepare(sql).unwrap();
    let mut execution = statements[0].execute(&[], &Limits::default(), 0).unwrap();
    let mut notices = std::mem::take(&mut execution.notices);
    let mut result = execution.result.unwrap();
    let mut count = 0;
    while let Some(batch) = result.next_batch(&Limits::default()).unwrap() {
        count += batch.num_rows();
        notices.extend(result.take_notices());
    }
    notices.extend(result.take_notices());
    (count, notices)
}

/// What is said of one division is asked of that one only.
#[test]
fn each_division_is_asked_for_its_own_part_of_a_condition() {
    let company = Company::start();
    let both = connect(&company, "Division=5512,5515");
    let sql =
        "SELECT ID FROM Accounts WHERE (Division = 5512 AND Status = 'A') OR (Division = 5515 AND IsSales = FALSE)";
    let requests = company.requests_of(|| drop(rows(&both, sql)));
    let mut filters: Vec<&str> = requests
        .iter()
        .map(|url| url.trim_start_matches("/api/v1/").split_once('/').unwrap())
        .map(|(_, path)| path.split_once("$filter=").unwrap().1)
        .collect();
    filters.sort_unstable();
    assert_eq!(filters, ["IsSales eq false", "trim(Status) eq 'A'"]);
    let local = connect(&company, "Division=5512,5515;Pushdown=off");
    assert_eq!(sorted(rows(&both, sql)), sorted(rows(&local, sql)));
    let counted = "SELECT Division, COUNT(*) FROM Accounts WHERE Division = 5515 AND IsSales = FALSE OR Division = 5512 \
                   GROUP BY Division";
    assert_eq!(company.requests_of(|| drop(rows(&both, counted))).len(), 2);
    assert_eq!(sorted(rows(&both, counted)), sorted(rows(&local, counted)));
    // Nothing can be found in one of them.
    let one =
        "SELECT ID FROM Accounts WHERE (Division = 5512 AND ID = 'no guid') OR (Division = 5515 AND IsSales = FALSE)";
    assert_eq!(calls_by_division(&company, || drop(rows(&both, one))), calls(&[("5515", 1)]));
}

#[test]
fn a_table_that_stands_twice_is_read_once_in_each_division() {
    let company = Company::start();
    let both = connect(&company, "Division=5512,5515");
    let local = connect(&company, "Division=5512,5515;Pushdown=off");
    for sql in [
        "SELECT a.Name, b.Name FROM Accounts a JOIN Accounts b ON b.ID = a.Parent",
        "SELECT Name FROM Accounts WHERE CreditLineSales > (SELECT AVG(CreditLineSales) FROM Accounts)",
        "WITH t AS (SELECT Country, COUNT(*) AS n FROM Accounts GROUP BY Country) SELECT x.Country FROM t x, t y WHERE x.n < y.n",
    ] {
        both.forget_reads();
        let sent = calls_by_division(&company, || drop(rows(&both, sql)));
        assert_eq!(sent, calls(&[("5512", 1), ("5515", 1)]), "{sql}");
        assert_eq!(sorted(rows(&both, sql)), sorted(rows(&local, sql)), "{sql}");
    }
}

#[test]
fn a_table_is_the_union_over_its_divisions() {
    let company = Company::start();
    let both = connect(&company, "Division=5512,5515");
    assert_eq!(both.catalog(), "ALL");
    for table in ["crm.Accounts", "financialtransaction.TransactionLines", "general.Currencies"] {
        let sql = |catalog: &str| format!("SELECT * FROM {catalog}{table}");
        let mut expected: Table = rows(&both, &sql("\"5512\"."));
        expected.extend(rows(&both, &sql("\"5515\".")));
        assert!(expected.len() > 1);
        assert_eq!(sorted(rows(&both, &sql(""))), sorted(expected), "{table}");
    }
    // Where the service has no column Division it stands last.
    let statement = &both.prepare("SELECT * FROM general.Currencies").unwrap()[0];
    assert_eq!(statement.columns().last().unwrap().label, "Division");
    assert_eq!(statement.columns()[0].catalog, "ALL");
    let codes = sorted(rows(&both, "SELECT DISTINCT Division FROM general.Currencies"));
    assert_eq!(codes, [["5512"], ["5515"]]);
}

#[test]
fn conditions_on_the_division_choose_who_is_called() {
    let company = Company::start();
    for (condition, expected) in [
        ("1 = 1", &[("5512", 1), ("5513", 1), ("5515", 1)][..]),
        ("Division = 5515", &[("5515", 1)]),
        ("Division IN (5512, 5515)", &[("5512", 1), ("5515", 1)]),
        ("Division IN (5512, 5513, 5515, 1, 2, 3, 4)", &[("5512", 1), ("5513", 1), ("5515", 1)]),
        ("Division = 5512 OR Division > 5513", &[("5512", 1), ("5515", 1)]),
        ("Division <> 5512", &[("5513", 1), ("5515", 1)]),
        ("NOT (Division = 5512 OR Division = 5513)", &[("5515", 1)]),
        ("Division BETWEEN 5513 AND 5514", &[("5513", 1)]),
        ("Division = '5513'", &[("5513", 1)]),
        ("Division = 9", &[]),
        ("Division IS NULL", &[]),
        ("Division = 5512 AND Blocked = FALSE", &[("5512", 1)]),
        ("(Division = 5512 AND Blocked = TRUE) OR (Division = 5513 AND Blocked = FALSE)", &[("5512", 1), ("5513", 1)]),
        // The other half may hold in any division.
        ("Division = 5512 OR Blocked = TRUE", &[("5512", 1), ("5513", 1), ("5515", 1)]),
    ] {
        let sql = format!("SELECT ID, Division FROM Accounts WHERE {condition}");
        // Of its own, since first pages are used again.
        let connection = connect(&company, "Division=5512,5513,5515");
        let local = connect(&company, "Division=5512,5513,5515;Pushdown=off");
        let mut found = Table::new();
        let called = calls_by_division(&company, || found = rows(&connection, &sql));
        assert_eq!(called, calls(expected), "{condition}");
        assert_eq!(sorted(found), sorted(rows(&local, &sql)), "{condition}");
    }
}

#[test]
fn the_small_side_of_a_join_chooses_who_is_called() {
    let company = Company::start();
    for (sql, expected) in [
        (
            "SELECT d.Description, a.Code FROM crm.Accounts a JOIN system.Divisions d ON a.Division = d.Code \
             WHERE d.Description LIKE 'Cli%'",
            // One of them is the list itself.
            &[("5512", 1), ("5515", 1)][..],
        ),
        (
            "SELECT a.Code FROM crm.Accounts a JOIN hrm.Divisions d ON d.Code = a.Division WHERE d.Code = 5515",
            &[("5512", 1), ("5515", 1)],
        ),
        (
            "SELECT Code FROM crm.Accounts WHERE Division IN (SELECT Code FROM hrm.Divisions WHERE Code > 5514)",
            &[("5512", 1), ("5515", 1)],
        ),
        (
            "SELECT d.Code, COUNT(*) FROM crm.Contacts c JOIN hrm.Divisions d ON d.Code = c.Division \
             WHERE d.Description LIKE 'Cli%' GROUP BY d.Code",
            &[("5512", 1), ("5515", 1)],
        ),
    ] {
        // Of its own, since first pages are used again.
        let connection = connect(&company, "Division=5512,5513,5515");
        let local = connect(&company, "Division=5512,5513,5515;Pushdown=off");
        let mut found = Table::new();
        let called = calls_by_division(&company, || found = rows(&connection, sql));
        assert_eq!(called, calls(expected), "{sql}");
        assert_eq!(sorted(found), sorted(rows(&local, sql)), "{sql}");
    }
}

#[test]
fn the_lists_of_divisions_are_read_once_and_name_their_own() {
    let company = Company::start();
    let connection = connect(&company, "Division=5512,5513,5515");
    let mut found = Table::new();
    let called = calls_by_division(&company, || {
        found = rows(&connection, "SELECT Code, Division, Description FROM system.Divisions");
    });
    assert_eq!(called, calls(&[("5512", 1)]));
    let codes: Vec<_> = sorted(found).into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let expected = ["5512", "5513", "5515"].map(|code| (code.to_owned(), code.to_owned()));
    assert_eq!(codes, expected);
}

#[test]
fn counts_limits_and_orders_work_over_the_union() {
    let company = Company::start();
    let one_each = &[("5512", 1), ("5513", 1), ("5515", 1)][..];
    for (sql, expected) in [
        ("SELECT COUNT(*) FROM Contacts", one_each),
        ("SELECT Division, COUNT(*) FROM Contacts GROUP BY Division", one_each),
        ("SELECT COUNT(*) FROM Contacts WHERE Division = 5515", &[("5515", 1)]),
        ("SELECT TOP 3 Division FROM Contacts WHERE Division = 5515", &[("5515", 1)]),
        // The first division has enough.
        ("SELECT TOP 5 Code FROM Accounts", &[("5512", 1)]),
        // 20 of the first, none of the second, the rest of the third.
        ("SELECT TOP 30 Code FROM Accounts", one_each),
        ("SELECT TOP 3 Modified FROM GLAccounts ORDER BY Modified DESC", one_each),
        ("SELECT TOP 0 Code FROM Accounts", &[]),
    ] {
        // Of its own, since first pages are used again.
        let connection = connect(&company, "Division=5512,5513,5515");
        let local = connect(&company, "Division=5512,5513,5515;Pushdown=off");
        let mut found = Table::new();
        let called = calls_by_division(&company, || found = rows(&connection, sql));
        assert_eq!(called, calls(expected), "{sql}");
        let computed = rows(&local, sql);
        match sql.contains("TOP") && !sql.contains("ORDER BY") {
            true => assert_eq!(found.len(), computed.len(), "{sql}"),
            false => assert_eq!(sorted(found), sorted(computed), "{sql}"),
        }
    }
}

#[test]
fn a_division_that_cannot_be_read_is_told_and_left_out() {
    let company = Company::start();
    let sql = "SELECT Code FROM Accounts";
    let warns = connect(&company, "Division=5512,5514,5515");
    let (count, notices) = rows_and_warnings(&warns, sql);
    assert_eq!(count, 40);
    let told: Vec<_> = notices.iter().map(|notice| notice.sqlstate).collect();
    assert_eq!(told, ["01000"], "{notices:?}");
    for part in ["5514", "crm.Accounts", "403", "NoDivisionAccess"] {
        assert!(notices[0].message.contains(part), "{}", notices[0].message);
    }
    let (count, notices) = rows_and_warnings(&warns, "SELECT COUNT(*) FROM Accounts");
    assert_eq!((count, notices.len()), (1, 1));

    let fails = connect(&company, "Division=5512,5514,5515;OnDivisionError=fail");
    let error = try_rows(&fails, sql, &[]).unwrap_err();
    assert_eq!(error.sqlstate(), "42000");
    assert!(error.to_string().contains("5514"), "{error}");
}

#[test]
fn a_division_asked_for_alone_must_be_readable() {
    let company = Company::start();
    let connection = connect(&company, "Division=5512,5514,5515");
    let single = connect(&company, "Division=5512");
    for (connection, sql) in [
        (&connection, "SELECT Code FROM Accounts WHERE Division = 5514"),
        (&connection, "SELECT Code FROM \"5514\".crm.Accounts"),
        (&single, "SELECT Code FROM \"5514\".crm.Accounts"),
    ] {
        let error = try_rows(connection, sql, &[]).unwrap_err();
        assert_eq!(error.sqlstate(), "42000", "{sql}");
        assert!(error.to_string().contains("5514"), "{error}");
    }
}

#[test]
fn half_a_division_is_never_taken_for_the_whole() {
    let company = Company::start();
    let connection = connect(&company, "Division=5512,5515");
    // The second page of the first division.
    let page = "5512/bulk/Financial/TransactionLines";
    company.simulator.inject(Fault::on(page, Action::Status(403)).after(1).times(1));
    let error = try_rows(&connection, "SELECT ID FROM TransactionLines", &[]).unwrap_err();
    assert!(error.to_string().contains("5512"), "{error}");
}

#[test]
fn all_divisions_are_those_of_the_list_and_one_call_reads_it() {
    let company = Company::with(Options { scale: 0.01, divisions: 8, ..Options::default() });
    let connection = company.connect("Division=ALL");
    assert_eq!(connection.catalog(), "ALL");
    let first = calls_by_division(&company, || {
        rows(&connection, "SELECT COUNT(*) FROM Contacts");
    });
    let mut expected: BTreeMap<String, usize> = calls(&[("5512", 2)]);
    expected.extend(["5513", "5515", "5516", "5517", "5518", "5519"].map(|code| (code.to_owned(), 1)));
    assert_eq!(first, expected);
    // The list is known now, and the catalogs with it.
    assert_eq!(connection.catalogs(), ["ALL", "5512", "5513", "5515", "5516", "5517", "5518", "5519"]);
    let again = calls_by_division(&company, || {
        rows(&connection, "SELECT COUNT(*) FROM GLAccounts WHERE Division > 5516");
    });
    assert_eq!(again, calls(&[("5517", 1), ("5518", 1), ("5519", 1)]));
}

#[test]
fn where_the_full_list_is_denied_the_users_own_serves() {
    let company = Company::start();
    company.simulator.inject(Fault::on("system/Divisions", Action::Status(403)));
    let connection = company.connect("Division=ALL");
    let codes = sorted(rows(&connection, "SELECT DISTINCT Division FROM GLAccounts"));
    company.simulator.clear_faults();
    assert_eq!(codes, [["5512"], ["5513"], ["5515"]]);
}

#[test]
fn reading_the_list_refreshes_what_is_known() {
    let company = Company::start();
    let connection = company.connect("Division=5512");
    assert_eq!(connection.catalogs(), ["5512"]);
    rows(&connection, "SELECT Code FROM system.Divisions WHERE Code > 5512");
    assert_eq!(connection.catalogs(), ["5512"], "a part of the list is not the list");
    rows(&connection, "SELECT * FROM system.Divisions");
    assert_eq!(connection.catalogs(), ["5512", "ALL", "5513", "5515"]);
}

#[test]
fn a_thousand_divisions() {
    let company = Company::with(Options { scale: 0.01, divisions: 1000, ..Options::default() });
    let connection = company.connect("Division=ALL");
    let mut found = Table::new();
    let requests = company.requests_of(|| found = rows(&connection, "SELECT COUNT(*) FROM GLAccounts"));
    // 999 without the forbidden one, in a list of pages of 60, then one $count each.
    assert_eq!(requests.len(), 999_usize.div_ceil(60) + 999);
    let (expected, _) = rows_and_warnings(&connection, "SELECT ID FROM GLAccounts");
    assert_eq!(found, [[expected.to_string()]]);
    assert_eq!(connection.catalogs().len(), 1000);
    let requests = company.requests_of(|| {
        rows(&connection, "SELECT Code FROM Accounts WHERE Division IN (5600, 5700)");
    });
    assert_eq!(requests.len(), 2);
}

#[test]
fn another_division_is_read_by_its_catalog_and_by_use() {
    let company = Company::start();
    let connection = connect(&company, "Division=5512");
    let mut called = calls_by_division(&company, || {
        rows(&connection, "SELECT Code FROM \"5513\".crm.Accounts");
    });
    assert_eq!(called, calls(&[("5513", 1)]));
    called = calls_by_division(&company, || {
        rows(&connection, "SELECT a.Code FROM crm.Accounts a, \"5515\".crm.Accounts b WHERE a.Name = b.Name");
    });
    assert_eq!(called, calls(&[("5512", 1), ("5515", 1)]));

    let prepared = connection.prepare("SELECT Code FROM Accounts").unwrap();
    for (change, catalog) in [("USE 5515", "5515"), ("use \"5513\"", "5513"), ("USE all", "ALL")] {
        let statement = &connection.prepare(change).unwrap()[0];
        assert!(statement.columns().is_empty());
        statement.execute(&[], &Limits::default(), 0).unwrap();
        assert_eq!(connection.catalog(), catalog);
        assert_eq!(rows(&connection, "SELECT DATABASE()"), [[catalog]]);
    }
    connection.set_catalog("5515").unwrap();
    called = calls_by_division(&company, || {
        rows(&connection, "SELECT Code FROM Accounts");
    });
    assert_eq!(called, calls(&[("5515", 1)]));
    // What was prepared before still means its own division.
    called = calls_by_division(&company, || {
        prepared[0].execute(&[], &Limits::default(), 0).unwrap();
    });
    assert_eq!(called, calls(&[("5512", 1)]));
    // Within one text the change holds for what follows.
    let text = connection.prepare("USE 5513; SELECT Code FROM Accounts").unwrap();
    assert_eq!(text[1].columns()[0].catalog, "5513");
    for name in ["crm", "", "-5"] {
        assert_eq!(connection.set_catalog(name).unwrap_err().sqlstate(), "3D000", "{name}");
    }
    let error = try_rows(&connection, "SELECT * FROM \"x\".crm.Accounts", &[]).unwrap_err();
    assert_eq!(error.sqlstate(), "3D000");
    assert_eq!(connection.catalog(), "5515");
    connection.reset_catalog().unwrap();
    assert_eq!(connection.catalog(), "5512");
}
