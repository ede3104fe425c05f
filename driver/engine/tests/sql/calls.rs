//! How many calls a query costs, and which.

use std::time::{Duration, Instant};

use exact_engine::{CancelToken, Connection, Limits};
use exact_simulator::{Action, Fault, Options};

use crate::company::{Company, rows, sorted, try_rows};

/// Query, calls, and the first one without the path before the service.
const QUERIES: &[(&str, usize, &str)] = &[
    ("SELECT 1 AS One", 0, ""),
    ("SELECT Name FROM Accounts WHERE 1 = 0", 0, ""),
    ("SELECT TOP 0 Name FROM Accounts", 0, ""),
    ("SELECT COUNT(*) FROM Contacts", 1, "crm/Contacts/$count"),
    (
        "SELECT COUNT(*) FROM Contacts WHERE IsMainContact = TRUE",
        1,
        "crm/Contacts/$count?$filter=IsMainContact eq true",
    ),
    ("SELECT TOP 5 FullName FROM Contacts", 1, "crm/Contacts?$select=FullName&$top=5"),
    // All 200,000 × scale lines by pages of 1,000.
    ("SELECT ID, AmountDC FROM TransactionLines", 2, "bulk/Financial/TransactionLines?$select=ID,AmountDC"),
    ("SELECT Description FROM Items", 1, "bulk/Logistics/Items?$select=Description"),
    (
        "SELECT TOP 3 Modified FROM GLAccounts ORDER BY Modified DESC",
        1,
        "financial/GLAccounts?$select=Modified&$orderby=Modified desc&$top=3",
    ),
    (
        "SELECT Description FROM GLAccounts WHERE Description LIKE 'B%'",
        1,
        "financial/GLAccounts?$select=Description&$filter=indexof(Description,'B') eq 0&$inlinecount=allpages",
    ),
    // The accounts of six invoices are asked for by their keys: one call each.
    (
        "SELECT a.Name, i.AmountDC FROM Accounts a JOIN (SELECT TOP 6 InvoiceTo, AmountDC FROM SalesInvoices) i \
         ON a.ID = i.InvoiceTo",
        2,
        "salesinvoice/SalesInvoices?$select=AmountDC,InvoiceTo&$top=6",
    ),
    (
        "SELECT Name FROM Accounts WHERE ID IN (SELECT TOP 6 InvoiceTo FROM SalesInvoices)",
        2,
        "salesinvoice/SalesInvoices?$select=InvoiceTo&$top=6",
    ),
    // No guid looks like that; no date is that old.
    ("SELECT Name FROM Accounts WHERE ID = 'nonsense'", 0, ""),
    ("SELECT Name FROM Accounts WHERE Modified < '1700-01-01'", 0, ""),
    ("SELECT Name FROM Accounts WHERE Name = NULL", 0, ""),
    // Parts of dates.
    (
        "SELECT COUNT(*) FROM SalesInvoices WHERE YEAR(InvoiceDate) = 2026 AND MONTH(InvoiceDate) = 3",
        1,
        "salesinvoice/SalesInvoices/$count?$filter=InvoiceDate ge datetime'2026-01-01T00:00:00' and \
         InvoiceDate lt datetime'2027-01-01T00:00:00' and \
         InvoiceDate ge datetime'2026-03-01T00:00:00' and InvoiceDate lt datetime'2026-04-01T00:00:00'",
    ),
    (
        "SELECT COUNT(*) FROM SalesInvoices WHERE CAST(InvoiceDate AS DATE) = '2026-03-02'",
        1,
        "salesinvoice/SalesInvoices/$count?$filter=InvoiceDate ge datetime'2026-03-02T00:00:00' and \
         InvoiceDate lt datetime'2026-03-03T00:00:00'",
    ),
    // Columns without NULLs are counted as rows are; the first and the last of a column are one row each.
    ("SELECT COUNT(ID) FROM Contacts", 1, "crm/Contacts/$count"),
    (
        "SELECT MAX(Modified) FROM Contacts WHERE IsMainContact = TRUE",
        1,
        // It is known to be one page.
        "crm/Contacts?$select=Modified&$filter=IsMainContact eq true",
    ),
    (
        "SELECT MAX(EntryDate) FROM SalesEntries WHERE Reversal = FALSE",
        1,
        "salesentry/SalesEntries?$select=EntryDate&$filter=Reversal eq false and EntryDate ne null&\
         $orderby=EntryDate desc&$top=1",
    ),
    ("SELECT MIN(e.Modified), MAX(e.Modified), COUNT(*) FROM SalesEntries e", 3, ""),
    // One row decides.
    (
        "SELECT CASE WHEN EXISTS (SELECT * FROM Journals) THEN 1 ELSE 0 END AS Any",
        1,
        "financial/Journals?$select=ID&$top=1",
    ),
    ("SELECT DISTINCT 'x' FROM Journals", 1, "financial/Journals?$select=ID&$top=1"),
    // Limits beside joins and unions.
    (
        "SELECT TOP 3 i.InvoiceID, a.Name FROM SalesInvoices i LEFT JOIN Accounts a ON a.ID = i.InvoiceTo \
         ORDER BY i.InvoiceDate DESC",
        2,
        "salesinvoice/SalesInvoices?$select=InvoiceID,InvoiceDate,InvoiceTo&$orderby=InvoiceDate desc&$top=3",
    ),
    (
        "SELECT TOP 2 Modified FROM (SELECT Modified FROM Contacts UNION ALL SELECT Modified FROM Addresses) x \
         ORDER BY Modified",
        2,
        "",
    ),
    // Constants are carried over equalities.
    (
        "SELECT COUNT(*) FROM Contacts c JOIN Addresses d ON c.Account = d.Account \
         WHERE c.Account = '00000000-0000-0000-0000-000000000001'",
        1,
        "crm/Contacts?$select=Account&$filter=Account eq guid'00000000-0000-0000-0000-000000000001'",
    ),
    // Read once though it stands twice.
    (
        "SELECT ID FROM SalesInvoiceLines WHERE AmountDC > (SELECT AVG(AmountDC) FROM SalesInvoiceLines)",
        1,
        "bulk/SalesInvoice/SalesInvoiceLines?$select=AmountDC,ID",
    ),
    (
        "WITH d AS (SELECT Account, AmountDC FROM TransactionLines) SELECT a.Account, a.Total, b.Number FROM \
         (SELECT Account, SUM(AmountDC) AS Total FROM d GROUP BY Account) a JOIN \
         (SELECT Account, COUNT(*) AS Number FROM d GROUP BY Account) b ON a.Account = b.Account",
        2,
        "bulk/Financial/TransactionLines?$select=Account,AmountDC",
    ),
];

#[test]
fn calls_are_as_few_as_can_be() {
    // A strict service ends a full last page with a link to an empty one: a call more.
    let company = Company::with(Options { scale: 0.01, ..Options::default() });
    let connection = company.connect("");
    // The access token is fetched with the first data call.
    rows(&connection, "SELECT TOP 1 Code FROM GLAccounts");
    let mut wrong = Vec::new();
    for (sql, calls, first) in QUERIES {
        connection.forget_reads();
        let requests = requests(&company, &connection, sql);
        let begun = requests.first().is_none_or(|sent| sent == first || first.is_empty());
        if requests.len() != *calls || !begun {
            wrong.push((sql, requests));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn larger() -> Company {
    Company::with(Options { scale: 0.1, ..Options::default() })
}

/// The requests of a query, the path before the service left out.
fn requests(company: &Company, connection: &exact_engine::Connection, sql: &str) -> Vec<String> {
    let requests = company.requests_of(|| {
        rows(connection, sql);
    });
    requests.iter().map(|url| url.trim_start_matches("/api/v1/5512/").to_owned()).collect()
}

/// Bulk/Cashflow/Receivables does not take conditions on amounts: the regular endpoint does, with small pages.
#[test]
fn the_path_with_the_fewest_calls_is_chosen_while_reading() {
    let company = larger();
    let connection = company.connect("");
    let few = requests(&company, &connection, "SELECT ID FROM Receivables WHERE AmountDC > 100000000");
    assert_eq!(few.len(), 1, "{few:#?}");
    assert!(few[0].starts_with("cashflow/Receivables?") && few[0].ends_with("$inlinecount=allpages"), "{few:#?}");
    // The first page tells that there are many; the whole is counted, and read in large pages.
    let many = requests(&company, &connection, "SELECT ID, AmountDC FROM Receivables WHERE AmountDC <> 5");
    assert_eq!(many.len(), 4, "{many:#?}");
    assert_eq!(many[1], "cashflow/Receivables/$count");
    assert!(many[2].starts_with("bulk/Cashflow/Receivables?$select=ID,AmountDC"), "{many:#?}");
    // Now that the sizes are known, nothing is asked.
    let again = requests(&company, &connection, "SELECT DueDate, AmountDC FROM Receivables WHERE AmountDC <> 5");
    assert_eq!(again.len(), 2, "{again:#?}");
}

/// inventory/ItemWarehouses has no bulk endpoint; its sync twin has large pages, but not the columns that are looked up.
#[test]
fn a_table_without_bulk_endpoint_is_read_through_its_sync_twin() {
    let company = larger();
    let connection = company.connect("");
    let whole = requests(&company, &connection, "SELECT ID, Warehouse FROM ItemWarehouses");
    assert_eq!(whole, ["sync/Inventory/ItemWarehouses?$select=ID,Warehouse&$filter=Timestamp gt 0L"]);
    let looked_up = requests(&company, &connection, "SELECT TOP 5 ItemDescription FROM ItemWarehouses");
    assert_eq!(looked_up, ["inventory/ItemWarehouses?$select=ItemDescription&$top=5"]);
}

/// Asking for a row by its address takes the one call that a filter takes. A key that no row has is an error to the
/// service, so that one such answer in an hour is enough.
#[test]
fn a_row_is_looked_up_by_its_key() {
    let company = larger();
    let connection = company.connect("");
    let known = rows(&connection, "SELECT TOP 2 ID, Code FROM Items");
    let sql = |key: &str| format!("SELECT Code FROM Items WHERE ID = '{key}'");
    let address = |key: &str| format!("logistics/Items(guid'{key}')?$select=Code");
    let (first, second) = (&known[0][0], &known[1][0]);
    assert_eq!(requests(&company, &connection, &sql(first)), [address(first)]);
    assert_eq!(rows(&connection, &sql(first)), [[known[0][1].clone()]]);

    let [nobody, other] = [1, 2].map(|n| format!("00000000-0000-0000-0000-00000000000{n}"));
    let missed = company.requests_of(|| assert!(rows(&connection, &sql(&nobody)).is_empty()));
    assert!(missed.len() == 2 && missed[0] == format!("/api/v1/5512/{}", address(&nobody)), "{missed:#?}");
    for key in [&other, second] {
        let sent = requests(&company, &connection, &sql(key));
        let filter = format!("logistics/Items?$select=Code&$filter=ID eq guid'{key}'");
        assert!(sent.len() == 1 && sent[0].starts_with(&filter), "{sent:#?}");
    }
    // That the address is refused, or not found by whoever answers, says nothing about the row.
    for (table, status) in [("Contacts", 501), ("Accounts", 404)] {
        let key = &rows(&connection, &format!("SELECT TOP 1 ID FROM {table}"))[0][0];
        company.simulator.inject(Fault::on(&format!("crm/{table}"), Action::Status(status)).times(1));
        let sql = format!("SELECT ID FROM {table} WHERE ID = '{key}'");
        let refused = company.requests_of(|| assert_eq!(rows(&connection, &sql), [[key.clone()]]));
        assert_eq!(refused.len(), 2, "{refused:#?}");
    }
}

/// Where rows cannot be changed, nothing tells that they have addresses.
#[test]
fn a_row_that_cannot_be_changed_is_looked_for_by_a_filter() {
    let company = larger();
    let connection = company.connect("");
    let key = "00000000-0000-0000-0000-000000000001";
    let sent = requests(&company, &connection, &format!("SELECT Description FROM TransactionLines WHERE ID = '{key}'"));
    assert_eq!(sent, [format!("financialtransaction/TransactionLines?$select=Description&$filter=ID eq guid'{key}'")]);
}

/// Where more is asked than a key, or where the row may be another division's or nobody's, a filter asks.
#[test]
fn other_questions_about_a_key_are_filters() {
    let company = larger();
    let connection = company.connect("Division=5512,5515");
    let id = &rows(&connection, "SELECT TOP 1 ID FROM Items WHERE Division = 5512")[0][0];
    let both = company
        .requests_of(|| assert_eq!(rows(&connection, &format!("SELECT Code FROM Items WHERE ID = '{id}'")).len(), 1));
    assert_eq!(both.len(), 2, "{both:#?}");
    assert!(both.iter().all(|url| url.contains("/Items?") && url.contains("$filter=ID eq guid")), "{both:#?}");
    let pruned = format!("SELECT Code FROM Items WHERE ID = '{id}' AND Division = 5512");
    let pruned = requests(&company, &connection, &pruned);
    assert_eq!(pruned, [format!("logistics/Items(guid'{id}')?$select=Code")]);

    let connection = company.connect("");
    for (condition, expected) in [
        (format!("ID = '{id}' AND Unit = 'pc'"), "logistics/Items?"),
        (format!("ID IN ('{id}', '00000000-0000-0000-0000-000000000001')"), "logistics/Items?"),
        (format!("ID = '{id}' OR Code = 'x'"), "bulk/Logistics/Items?"),
        (format!("ID = '{id}' ORDER BY Code"), "logistics/Items(guid"),
    ] {
        let sent = requests(&company, &connection, &format!("SELECT Code FROM Items WHERE {condition}"));
        assert!(sent.len() == 1 && sent[0].starts_with(expected), "{condition}: {sent:#?}");
    }
    let counted = requests(&company, &connection, &format!("SELECT COUNT(*) FROM Items WHERE ID = '{id}'"));
    let filter = format!("logistics/Items/$count?$filter=ID eq guid'{id}'");
    assert!(counted.len() == 1 && counted[0].starts_with(&filter), "{counted:#?}");
}

/// Some sync endpoints answer with an error, or with nothing, where a module is not in use (fact sheet 5.7).
#[test]
fn a_sync_twin_that_does_not_answer_costs_one_call() {
    let sql = "SELECT ID, Warehouse FROM ItemWarehouses";
    for action in [Action::Status(403), Action::Status(404)] {
        let company = larger();
        let connection = company.connect("Pushdown=off");
        let all = rows(&connection, sql).len();
        let connection = company.connect("");
        company.simulator.inject(Fault::on("sync/Inventory/ItemWarehouses", action).times(1));
        assert_eq!(rows(&connection, sql).len(), all);
        let again = requests(&company, &connection, "SELECT Warehouse FROM ItemWarehouses");
        assert!(again.iter().all(|url| url.starts_with("inventory/")), "{again:#?}");
    }
}

#[test]
fn long_lists_are_split_over_urls_by_pages() {
    let company = larger();
    let connection = company.connect("");
    let ids: Vec<String> = rows(&connection, "SELECT TOP 150 ID FROM Contacts").into_iter().flatten().collect();
    let list = ids.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(",");
    let sql = format!("SELECT FullName FROM Contacts WHERE ID IN ({list})");
    let found = requests(&company, &connection, &sql);
    assert!(found.len() <= 3, "{}", found.len());
    assert_eq!(rows(&connection, &sql).len(), 150);
}

#[test]
fn nothing_is_asked_for_after_the_limit() {
    let company = larger();
    let connection = company.connect("");
    for (sql, calls) in [
        // The service does not compare text as SQL does, so that it cannot be asked for five rows.
        ("SELECT TOP 5 ID FROM TransactionLines WHERE Description >= ''", 1),
        ("SELECT TOP 5 ID FROM TransactionLines WHERE Description <> 'x' AND AmountDC <> 0", 1),
        ("SELECT TOP 5 i.ID, a.Name FROM TransactionLines i JOIN Accounts a ON a.ID = i.Account", 2),
    ] {
        let requests = requests(&company, &connection, sql);
        assert_eq!(requests.len(), calls, "{sql}: {requests:#?}");
    }
}

/// As Excel and Power BI do: the statement is executed, described and left, then executed again and read.
#[test]
fn a_statement_executed_twice_costs_no_second_first_page() {
    let company = larger();
    let connection = company.connect("");
    let limits = Limits::default();
    let execute = |sql: &str| connection.prepare(sql).unwrap()[0].execute(&[], &limits, 0).unwrap().result.unwrap();
    for (sql, pages) in [
        ("SELECT ID, AmountDC FROM TransactionLines", 20),
        ("SELECT Account, SUM(AmountDC) FROM TransactionLines GROUP BY Account", 20),
        ("SELECT Name FROM Accounts", 1),
        ("SELECT COUNT(*) FROM Accounts", 1),
    ] {
        let first = company.requests_of(|| drop(execute(sql)));
        assert_eq!(first.len(), 1, "executing {sql}: {first:#?}");
        let second = company.requests_of(|| {
            let mut result = execute(sql);
            while result.next_batch(&limits).unwrap().is_some() {}
        });
        assert_eq!(second.len(), pages - 1, "reading {sql}");
    }
}

#[test]
fn a_result_that_is_left_asks_for_nothing_more() {
    let company = larger();
    let connection = company.connect("");
    let limits = Limits::default();
    let statement = &connection.prepare("SELECT ID FROM TransactionLines").unwrap()[0];
    let requests = company.requests_of(|| {
        let mut result = statement.execute(&[], &limits, 0).unwrap().result.unwrap();
        for _ in 0..3 {
            result.next_batch(&limits).unwrap().unwrap();
        }
        drop(result);
        std::thread::sleep(Duration::from_millis(200));
    });
    // Three pages were read; one waits and one is under way at most.
    assert!((3..=6).contains(&requests.len()), "{}", requests.len());
}

#[test]
fn a_cancelled_read_asks_for_nothing_more() {
    let mut options = Options { scale: 0.1, ..Options::default() };
    options.switches.page_latency_ms = 50;
    let company = Company::with(options);
    let connection = company.connect("");
    let statement = &connection.prepare("SELECT COUNT(DISTINCT Description) FROM TransactionLines").unwrap()[0];
    let limits = Limits { cancel: CancelToken::new(), timeout: None };
    let cancel = limits.cancel.clone();
    let canceller = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(250));
        cancel.cancel();
    });
    let requests = company.requests_of(|| {
        let execution = statement.execute(&[], &limits, 0);
        let outcome = execution.and_then(|execution| execution.result.unwrap().next_batch(&limits));
        assert_eq!(outcome.map(drop).unwrap_err().sqlstate(), "HY008");
    });
    canceller.join().unwrap();
    assert!(requests.len() < 20, "all pages were read");
    let after = company.requests_of(|| std::thread::sleep(Duration::from_millis(300)));
    // One may have been under way.
    assert!(after.len() <= 1, "{after:#?}");
}

/// What an endpoint has refused is known to another process: here to a connection that shares nothing but the ledger.
#[test]
fn a_search_that_was_refused_is_not_sent_by_others() {
    let company = Company::start();
    let sign_in = company.simulator.sign_in_as("searcher");
    let properties = format!(
        "OAuthClientId=searcher;OAuthClientSecret={};OAuthRefreshToken={};OAuthSettingsLocation=memory://searcher",
        sign_in.client_secret, sign_in.refresh_token
    );
    let search = |connection: &Connection, text: &str| {
        let sql = format!("SELECT COUNT(*) FROM GLAccounts WHERE Description LIKE '%{text}%'");
        let requests = company.requests_of(|| {
            rows(connection, &sql);
        });
        requests.iter().filter(|request| request.contains("indexof")).count()
    };
    let one = company.connect(&properties);
    assert_eq!(search(&one, "ank"), 1, "the endpoint is searched");
    company.simulator.inject(Fault::on("GLAccounts", Action::Status(501)).times(1));
    assert_eq!(search(&one, "kas"), 1, "it refuses");
    let other = company.connect(&format!("{properties};ProxyExceptions=localhost"));
    let begun = Instant::now();
    // The ledger is written beside the query.
    while search(&other, "omzet") > 0 {
        assert!(begun.elapsed() < Duration::from_secs(10), "others do not learn of it");
    }
    assert_eq!(search(&one, "bank"), 0);
}

/// A document brings its lines along, sixty at most; the lines of one that has more are read by its key.
#[test]
fn documents_bring_their_lines_along() {
    let company = larger();
    let (connection, local) = (company.connect(""), company.connect("Pushdown=off"));
    let joined = |condition: &str| {
        format!(
            "SELECT i.InvoiceNumber, l.LineNumber, l.AmountDC FROM SalesInvoices i JOIN SalesInvoiceLines l \
             ON l.InvoiceID = i.InvoiceID WHERE {condition}"
        )
    };
    let one = requests(&company, &connection, &joined("i.InvoiceNumber = 10003 AND l.AmountDC <> 0"));
    assert_eq!(
        one,
        ["salesinvoice/SalesInvoices?$expand=SalesInvoiceLines&$select=InvoiceID,InvoiceNumber,\
          SalesInvoiceLines/AmountDC,SalesInvoiceLines/InvoiceID,SalesInvoiceLines/LineNumber&\
          $filter=InvoiceNumber eq 10003"]
    );
    // Also where it is known how many documents there are in all.
    for table in ["SalesInvoices", "SalesInvoiceLines"] {
        rows(&connection, &format!("SELECT COUNT(*) FROM {table}"));
    }
    assert_eq!(requests(&company, &connection, &joined("i.InvoiceNumber = 10004 AND l.AmountDC <> 0")).len(), 1);
    let largest = "SELECT TOP 1 i.InvoiceNumber, l.Lines FROM SalesInvoices i JOIN (SELECT InvoiceID, COUNT(*) AS Lines \
                   FROM SalesInvoiceLines GROUP BY InvoiceID) l ON l.InvoiceID = i.InvoiceID ORDER BY l.Lines DESC";
    let largest = rows(&local, largest).remove(0);
    let lines: usize = largest[1].parse().unwrap();
    assert!(lines > 60, "{lines}");
    let cut = joined(&format!("i.InvoiceNumber IN (10003, {}, 10004)", largest[0]));
    // Its lines, in a page of the bulk endpoint.
    assert_eq!(requests(&company, &connection, &cut).len(), 1 + lines.div_ceil(1000));
    for condition in [
        format!("i.InvoiceNumber IN (10003, {}, 10004)", largest[0]),
        "i.InvoiceNumber = 10003 AND l.AmountDC > 100".to_owned(),
        "i.InvoiceNumber IN (10003, 10005) AND l.Description LIKE '%a%'".to_owned(),
        "i.InvoiceNumber = -1".to_owned(),
    ] {
        let sql = joined(&condition);
        assert_eq!(sorted(rows(&connection, &sql)), sorted(rows(&local, &sql)), "{condition}");
        let outer = sql.replace(" JOIN ", " LEFT JOIN ");
        assert_eq!(sorted(rows(&connection, &outer)), sorted(rows(&local, &outer)), "{outer}");
    }
}

/// Whatever their key is called, and on whichever side of an outer join the documents stand.
#[test]
fn lines_come_along_on_either_side_of_a_join() {
    let company = larger();
    let (connection, local) = (company.connect(""), company.connect("Pushdown=off"));
    for (documents, key, lines, reference, number) in [
        ("purchase.PurchaseInvoices", "ID", "purchase.PurchaseInvoiceLines", "InvoiceID", "EntryNumber"),
        ("purchaseorder.GoodsReceipts", "ID", "purchaseorder.GoodsReceiptLines", "GoodsReceiptID", "ReceiptNumber"),
    ] {
        let some = format!("SELECT {number} FROM {documents} ORDER BY {number} LIMIT 3");
        let numbers: Vec<String> = rows(&local, &some).into_iter().flatten().collect();
        assert_eq!(numbers.len(), 3, "{documents}");
        let condition = format!("d.{number} IN ({})", numbers.join(", "));
        for join in [
            format!("{documents} d JOIN {lines} l ON l.{reference} = d.{key}"),
            format!("{lines} l RIGHT JOIN {documents} d ON l.{reference} = d.{key}"),
            format!("{documents} d FULL JOIN {lines} l ON l.{reference} = d.{key}"),
        ] {
            connection.forget_reads();
            let sql = format!("SELECT d.{number}, l.ID FROM {join} WHERE {condition}");
            let sent = requests(&company, &connection, &sql);
            assert_eq!(sent.len(), 1, "{sql}: {sent:#?}");
            assert_eq!(sorted(rows(&connection, &sql)), sorted(rows(&local, &sql)), "{sql}");
        }
    }
}

/// Lines for which there is no memory are read again, each once.
#[test]
fn lines_that_come_along_are_read_again_where_memory_ends() {
    let company = larger();
    let sql = "SELECT e.EntryNumber, l.ID FROM SalesEntries e JOIN SalesEntryLines l ON l.EntryID = e.EntryID";
    let expected = sorted(rows(&company.connect("Pushdown=off"), sql));
    let mut succeeded = 0;
    for limit in ["1 MB", "1200 KB", "1500 KB", "2 MB", "8 MB"] {
        let connection = company.connect(&format!("MemoryLimit={limit}"));
        // So that the sizes are known, and the whole may be cheaper than keys.
        rows(&connection, "SELECT COUNT(*) FROM SalesEntries");
        match try_rows(&connection, sql, &[]) {
            Ok(found) => {
                assert!(sorted(found) == expected, "{limit}");
                succeeded += 1;
            }
            Err(error) => assert_eq!(error.sqlstate(), "HY001", "{limit}: {error}"),
        }
    }
    assert!(succeeded > 1, "{succeeded}");
}

/// Some say that it works nowhere but on bulk endpoints (fact sheet 3.5).
#[test]
fn a_service_that_brings_no_lines_along_is_asked_for_them() {
    let company = larger();
    let connection = company.connect("");
    let sql = "SELECT e.EntryNumber, l.AmountDC FROM SalesEntries e JOIN SalesEntryLines l ON l.EntryID = e.EntryID \
               WHERE e.InvoiceNumber = 10003";
    company.simulator.inject(Fault::on("salesentry/SalesEntries", Action::Status(400)).times(1));
    let first = requests(&company, &connection, sql);
    assert_eq!(first.len(), 3, "{first:#?}");
    let begun = Instant::now();
    // The ledger is written beside the query.
    let again = loop {
        connection.forget_reads();
        let again = requests(&company, &connection, sql);
        if again.iter().all(|url| !url.contains("$expand")) {
            break again;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{again:#?}");
    };
    assert_eq!(again.len(), 2, "{again:#?}");
    assert_eq!(sorted(rows(&connection, sql)), sorted(rows(&company.connect("Pushdown=off"), sql)));
}

/// What a subquery gives is asked for in the query around it.
#[test]
fn the_value_of_a_subquery_narrows_what_is_read() {
    let company = larger();
    let connection = company.connect("");
    let sql = "SELECT EntryNumber FROM SalesEntries WHERE EntryDate >= (SELECT MAX(EntryDate) FROM SalesEntries)";
    let sent = requests(&company, &connection, sql);
    assert_eq!(sent.len(), 2, "{sent:#?}");
    assert!(sent[1].contains("$filter=EntryDate ge datetime'"), "{sent:#?}");
    // A subquery without rows: nothing is greater than NULL.
    let none = "SELECT EntryNumber FROM SalesEntries WHERE AmountDC > (SELECT MAX(AmountDC) FROM SalesInvoices WHERE InvoiceNumber < 0)";
    assert_eq!(requests(&company, &connection, none).len(), 1);
    let explained = rows(&connection, &format!("EXPLAIN {sql}"));
    assert!(
        explained.iter().flatten().any(|cell| cell.contains("what the values of subqueries leave")),
        "{explained:#?}"
    );
}
