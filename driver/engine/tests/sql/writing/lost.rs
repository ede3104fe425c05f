//! Answers that get lost: nothing is sent twice, and what was made all the same is found.

use std::time::Duration;

use exact_engine::{CancelToken, Limits};
use exact_simulator::{Action, Fault};

use super::{change, execute, kept, manual, one, sale, sent, written};
use crate::company::{Company, rows};

fn lose(company: &Company, action: Action) {
    company.simulator.inject(Fault::on("crm/Accounts", action).times(1));
}

#[test]
fn a_row_that_was_made_all_the_same_is_found() {
    // The simulator makes the row, then these strike its answer.
    for action in [
        Action::Status(504),
        Action::Status(502),
        Action::ResetBeforeHeaders,
        Action::ResetInBody(5),
        Action::EmptyBody,
        Action::HtmlPage,
        // In words that no rule of the business has.
        Action::Status(500),
    ] {
        let company = Company::start();
        let connection = company.connect("");
        let name = format!("{action:?}");
        lose(&company, action);
        let requests = sent(&company, || {
            let sql = format!("INSERT INTO Accounts (Name, City) VALUES ('{name}', 'Ede') RETURNING Name, City");
            assert_eq!(rows(&connection, &sql), [[name.as_str(), "Ede"]]);
        });
        let posts = requests.iter().filter(|request| request.starts_with("POST")).count();
        // Asked for by the key that was sent, and by its values where the service gave its own.
        let most = if company.simulator.switches().client_keys_kept { 2 } else { 3 };
        assert!(posts == 1 && requests.len() <= most, "{requests:?}");
        assert_eq!(rows(&connection, &format!("SELECT count(*) FROM Accounts WHERE Name = '{name}'")), [["1"]]);
    }
}

/// The service's clock is asked for, and its answer may take longer than clocks are apart.
#[test]
fn a_slow_answer_about_the_time_hides_no_row() {
    let company = Company::start();
    kept(&company, false);
    let connection = company.connect("");
    lose(&company, Action::Status(504));
    company.simulator.inject(Fault::on("current/Me", Action::Stall(2_500)).times(1));
    let insert = "INSERT INTO Accounts (Name, City) VALUES ('Slow', 'Ede') RETURNING Name";
    assert_eq!(rows(&connection, insert), [["Slow"]]);
    assert_eq!(rows(&connection, "SELECT count(*) FROM Accounts WHERE Name = 'Slow'"), [["1"]]);
}

/// A document cannot be told by its lines, but by the key that was sent with it, where the service keeps that.
#[test]
fn a_document_that_was_made_all_the_same_is_found_by_its_key() {
    for keeps in [true, false] {
        let company = Company::start();
        kept(&company, keeps);
        let connection = company.connect("");
        let [customer, item, account] = sale(&connection);
        let insert = format!(
            "INSERT INTO SalesInvoices (OrderedBy, Journal, SalesInvoiceLines) VALUES ('{customer}', '70', \
             '[{{\"Item\": \"{item}\", \"GLAccount\": \"{account}\", \"Quantity\": 2}}]')"
        );
        company.simulator.inject(Fault::on("salesinvoice/SalesInvoices", Action::Status(504)).times(1));
        let mut done = None;
        let requests = written(&company, || done = Some(execute(&connection, &insert, &[])));
        assert_eq!(requests.len(), 1, "{requests:?}");
        match done.unwrap() {
            Ok(done) => assert!(keeps && done.row_count == Some(1) && done.notices[0].sqlstate == "01000"),
            Err(error) => assert!(!keeps && error.sqlstate() == "HY000", "{error}"),
        }
    }
}

/// An action leaves no row to look for: its outcome stays unknown, and it is not repeated.
#[test]
fn an_action_whose_answer_is_lost_is_told_as_unknown() {
    let company = Company::start();
    let connection = company.connect("");
    let [customer, item, account] = sale(&connection);
    let insert = format!(
        "INSERT INTO SalesInvoices (OrderedBy, Journal, SalesInvoiceLines) VALUES ('{customer}', '70', \
         '[{{\"Item\": \"{item}\", \"GLAccount\": \"{account}\", \"Quantity\": 2}}]') RETURNING InvoiceID"
    );
    let invoice = one(&connection, &insert);
    company.simulator.inject(Fault::on("salesinvoice/PrintedSalesInvoices", Action::Status(504)).times(1));
    let requests = sent(&company, || {
        let print = format!("{{call salesinvoice.PrintedSalesInvoices('{invoice}')}}");
        let error = execute(&connection, &print, &[]).err().expect("no answer");
        assert_eq!(error.sqlstate(), "HY000", "{error}");
        assert!(error.to_string().contains("salesinvoice.PrintedSalesInvoices"), "{error}");
        assert!(error.to_string().contains("HTTP status 504"), "{error}");
    });
    assert_eq!(requests.len(), 1, "{requests:?}");
    let outcome = "SELECT TOP 1 Method, Outcome FROM sys.sys_changes ORDER BY ID DESC";
    assert_eq!(rows(&connection, outcome), [["POST", "unknown"]]);
}

#[test]
fn rows_that_look_the_same_are_told_apart() {
    let company = Company::start();
    let connection = company.connect("");
    company.simulator.inject(Fault::on("crm/Accounts", Action::Status(504)).after(1).times(1));
    assert_eq!(change(&connection, "INSERT INTO Accounts (Name) VALUES ('twin'), ('twin'), ('twin')"), 3);
    assert_eq!(rows(&connection, "SELECT count(*) FROM Accounts WHERE Name = 'twin'"), [["3"]]);
}

#[test]
fn a_row_of_an_earlier_statement_is_not_taken_for_the_lost_one() {
    let company = Company::start();
    let connection = company.connect("Timeout=1");
    let insert = "INSERT INTO Accounts (Name) VALUES ('lone')";
    assert_eq!(change(&connection, insert), 1);
    lose(&company, Action::Stall(2_500));
    let error = execute(&connection, insert, &[]).err().unwrap();
    assert_eq!(error.sqlstate(), "HYT00", "{error}");
    std::thread::sleep(Duration::from_millis(2_500));
    assert_eq!(rows(&connection, "SELECT count(*) FROM Accounts WHERE Name = 'lone'"), [["1"]]);
}

#[test]
fn every_value_of_a_found_row_is_compared_and_the_row_is_told() {
    let company = Company::start();
    let connection = company.connect("");
    let insert = "INSERT INTO Accounts (Name, StartDate, CreditLineSales, IsCompetitor) \
                  VALUES ('whole', '2026-01-31', 12.25, 1)";
    lose(&company, Action::Status(504));
    let done = execute(&connection, insert, &[]).unwrap();
    assert_eq!(done.row_count, Some(1));
    let notice = done.notices.first().expect("a warning");
    let key = rows(&connection, "SELECT ID FROM Accounts WHERE Name = 'whole'")[0][0].clone();
    assert!(notice.sqlstate == "01000" && notice.message.contains(&key), "{notice:?}");
}

#[test]
fn what_is_not_found_is_not_sent_again() {
    let company = Company::start();
    let connection = company.connect("Timeout=1");
    // The simulator gives up the request when the driver does; one that were sent again would be carried out.
    company.simulator.inject(Fault::on("crm/Accounts", Action::Stall(2_500)).times(1));
    let requests = written(&company, || {
        let error = execute(&connection, "INSERT INTO Accounts (Name) VALUES ('late')", &[]).err().unwrap();
        assert_eq!(error.sqlstate(), "HYT00", "{error}");
        assert!(error.to_string().contains("it may still arrive"), "{error}");
        std::thread::sleep(Duration::from_millis(2_500));
    });
    assert!(requests.is_empty(), "{requests:?}");
    assert_eq!(rows(&connection, "SELECT count(*) FROM Accounts WHERE Name = 'late'"), [["0"]]);
}

#[test]
fn a_write_that_is_cancelled_in_time_is_not_sent() {
    let company = Company::start();
    let connection = company.connect("");
    let statements = connection.prepare("INSERT INTO Accounts (Name) VALUES ('cancelled')").unwrap();
    let cancel = CancelToken::new();
    cancel.cancel();
    let requests = written(&company, || {
        let error = statements[0].execute(&[], &Limits { cancel, timeout: None }, 0).err().unwrap();
        assert_eq!(error.sqlstate(), "HY008", "{error}");
        std::thread::sleep(Duration::from_millis(200));
    });
    assert!(requests.is_empty(), "{requests:?}");
}

#[test]
fn a_change_that_is_the_same_done_twice_is_tried_again() {
    let company = Company::start();
    let connection = company.connect("");
    change(&connection, "INSERT INTO Accounts (Name) VALUES ('again')");
    company.simulator.inject(Fault::on("crm/Accounts(", Action::Status(503)).times(1));
    let requests =
        written(&company, || assert_eq!(change(&connection, "UPDATE Accounts SET City = 'x' WHERE Name = 'again'"), 1));
    assert_eq!(requests.len(), 2, "{requests:?}");
    company.simulator.inject(Fault::on("crm/Accounts(", Action::Status(503)).times(1));
    let requests =
        written(&company, || assert_eq!(change(&connection, "DELETE FROM Accounts WHERE Name = 'again'"), 1));
    assert_eq!(requests.len(), 2, "{requests:?}");
}

#[test]
fn a_commit_tells_of_a_row_that_was_found() {
    let company = Company::start();
    let connection = manual(&company);
    change(&connection, "INSERT INTO Accounts (Name, City) VALUES ('committed', 'Ede')");
    lose(&company, Action::Status(504));
    let notices = connection.commit(&Limits::default()).unwrap();
    let key = one(&connection, "SELECT ID FROM Accounts WHERE Name = 'committed'");
    assert!(notices.len() == 1 && notices[0].sqlstate == "01000" && notices[0].message.contains(&key), "{notices:?}");
}

#[test]
fn an_invoice_whose_answer_is_lost_is_never_sent_twice() {
    for queued in [false, true] {
        let company = Company::start();
        let connection = if queued { manual(&company) } else { company.connect("") };
        let [customer, item, ledger] = sale(&connection);
        let count = "SELECT count(*) FROM SalesInvoices WHERE Description = 'once'";
        let insert = format!(
            r#"INSERT INTO SalesInvoices (OrderedBy, Journal, Description, SalesInvoiceLines)
               VALUES ('{customer}', '70', 'once', '[{{"Item":"{item}","GLAccount":"{ledger}","Quantity":1}}]')"#
        );
        company.simulator.inject(Fault::on("salesinvoice/SalesInvoices", Action::Status(504)).times(1));
        let requests = written(&company, || {
            let done = execute(&connection, &insert, &[]).map(|done| done.notices);
            let done = if queued { connection.commit(&Limits::default()) } else { done };
            // Found by its key, or said to be unknown: both are true.
            match done {
                Ok(notices) => assert!(notices.iter().any(|one| one.message.contains("lost")), "{notices:?}"),
                Err(error) => assert!(error.to_string().contains("not known"), "{error}"),
            }
        });
        assert_eq!(requests.len(), 1, "{requests:?}");
        connection.rollback();
        connection.commit(&Limits::default()).unwrap();
        assert_eq!(rows(&connection, count), [["1"]]);
    }
}

#[test]
fn a_row_that_is_gone_is_no_missing_table() {
    let company = Company::start();
    let (connection, other) = (manual(&company), company.connect(""));
    change(&other, "INSERT INTO Accounts (Name) VALUES ('gone'), ('stays')");
    change(&connection, "UPDATE Accounts SET City = 'x' WHERE Name = 'gone'");
    change(&other, "DELETE FROM Accounts WHERE Name = 'gone'");
    let error = connection.commit(&Limits::default()).unwrap_err();
    assert_eq!(error.sqlstate(), "HY000", "{error}");
    assert!(error.to_string().contains("no longer exists"), "{error}");
    // It concerns the row alone, not the others of an array.
    change(&other, "INSERT INTO Accounts (Name) VALUES ('a1'), ('a2'), ('a3')");
    let update = other.prepare("UPDATE Accounts SET City = 'x' WHERE Name = ?").unwrap();
    let sets = ["a1", "a2", "a3"].map(|name| vec![exact_engine::Value::Text(name.into())]);
    company.simulator.inject(Fault::on("crm/Accounts(", Action::Status(404)).after(1).times(1));
    let outcomes = update[0].execute_sets(&sets, &Limits::default(), true);
    let counts: Vec<_> = outcomes.iter().map(|one| one.as_ref().ok().and_then(|done| done.row_count)).collect();
    assert_eq!(counts, [Some(1), None, Some(1)]);
}

#[test]
fn an_array_that_is_cancelled_says_which_rows_are_written() {
    let company = Company::start();
    let connection = company.connect("");
    let mut switches = exact_simulator::Switches::of_environment().unwrap();
    switches.rate_limits = false;
    switches.page_latency_ms = 200;
    company.simulator.set_switches(switches.clone());
    let insert = connection.prepare("INSERT INTO Accounts (Name) VALUES (?)").unwrap();
    let sets: Vec<_> = (0..8).map(|number| vec![exact_engine::Value::Text(format!("part {number}"))]).collect();
    let cancel = CancelToken::new();
    let limits = Limits { cancel: cancel.clone(), timeout: None };
    let cancelling = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(500));
        cancel.cancel();
    });
    let outcomes = insert[0].execute_sets(&sets, &limits, true);
    cancelling.join().unwrap();
    switches.page_latency_ms = 0;
    company.simulator.set_switches(switches);
    let written = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(written > 0 && outcomes.len() == written + 1, "it ends at the cancel: {}", outcomes.len());
    std::thread::sleep(Duration::from_millis(500));
    let found: usize = one(&connection, "SELECT count(*) FROM Accounts WHERE Name LIKE 'part %'").parse().unwrap();
    let last = outcomes.last().unwrap().as_ref().err().unwrap().to_string();
    assert!(found == written || (found == written + 1 && last.contains("not known")), "{found} {written}: {last}");
}

#[test]
fn a_lost_update_or_delete_is_settled_by_its_row() {
    let company = Company::start();
    let connection = company.connect("");
    change(&connection, "INSERT INTO Accounts (Name) VALUES ('settled')");
    let update =
        "UPDATE Accounts SET City = 'Ede', StartDate = '2026-01-31', CreditLineSales = 12.25 WHERE Name = 'settled'";
    // It is made each time, and its answer is lost each time.
    company.simulator.inject(Fault::on("crm/Accounts(", Action::Status(504)).times(4));
    let mut notices = Vec::new();
    let requests = sent(&company, || notices = execute(&connection, update, &[]).unwrap().notices);
    let puts = requests.iter().filter(|request| request.starts_with("PUT")).count();
    assert_eq!((puts, requests.len()), (4, 6), "{requests:?}");
    assert!(notices[0].sqlstate == "01000" && notices[0].message.contains("holds what was sent"), "{notices:?}");
    assert_eq!(rows(&connection, "SELECT City FROM Accounts WHERE Name = 'settled'"), [["Ede"]]);
    // A row that is gone is what a DELETE was for.
    company.simulator.inject(Fault::on("crm/Accounts(", Action::ResetBeforeHeaders).times(1));
    assert_eq!(change(&connection, "DELETE FROM Accounts WHERE Name = 'settled'"), 1);
    let outcomes = rows(&connection, "SELECT Method, Outcome FROM sys_changes ORDER BY ID");
    assert_eq!(outcomes, [["POST", "made"], ["PUT", "made"], ["DELETE", "made"]]);
}

#[test]
fn an_update_or_delete_that_is_not_seen_says_so_and_is_not_repeated() {
    let company = Company::start();
    let connection = company.connect("Timeout=1");
    change(&connection, "INSERT INTO Accounts (Name) VALUES ('stalled')");
    for (sql, words) in [
        ("UPDATE Accounts SET City = 'Ede' WHERE Name = 'stalled'", "did not hold what was sent"),
        ("DELETE FROM Accounts WHERE Name = 'stalled'", "was still there"),
    ] {
        company.simulator.inject(Fault::on("crm/Accounts(", Action::Stall(2_500)).times(1));
        let error = execute(&connection, sql, &[]).err().unwrap();
        assert_eq!(error.sqlstate(), "HYT00", "{error}");
        assert!(error.to_string().contains(words) && error.to_string().contains("Look at its rows"), "{error}");
        std::thread::sleep(Duration::from_millis(2_500));
        assert_eq!(rows(&connection, "SELECT City FROM Accounts WHERE Name = 'stalled'"), [["NULL"]]);
    }
    let outcomes = rows(&connection, "SELECT Outcome FROM sys_changes ORDER BY ID");
    assert_eq!(outcomes, [["made"], ["unknown"], ["unknown"]]);
}

#[test]
fn what_the_service_refuses_is_not_looked_up_in_vain() {
    let company = Company::start();
    let connection = company.connect("");
    let requests = sent(&company, || {
        let wrong = "INSERT INTO Accounts (Name, Parent) VALUES ('x', '00000000-0000-4000-8000-000000000009')";
        let error = execute(&connection, wrong, &[]).err().unwrap();
        assert!(error.is_from_service(), "{error}");
    });
    assert_eq!(requests.len(), 1, "{requests:?}");
}
