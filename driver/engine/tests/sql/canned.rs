//! The calls of ordinary queries, each against a company that nothing is known of yet, beside the fewest in which the service
//! could have answered: one call for each page of its largest pages, or one for a count.

use crate::company::{Company, try_rows};

/// Query, calls, the fewest, and why they differ.
const CANNED: &[(&str, usize, usize, &str)] = &[
    // No call.
    ("SELECT 1", 0, 0, ""),
    ("SELECT CURRENT_DATE, USER()", 0, 0, ""),
    ("SELECT * FROM Accounts WHERE 1 = 0", 0, 0, ""),
    ("SELECT TOP 0 * FROM TransactionLines", 0, 0, ""),
    ("SELECT Name FROM Accounts WHERE ID = 'x' AND Country = 'NL'", 0, 0, ""),
    ("SELECT Name FROM Accounts WHERE Blocked = TRUE AND Blocked = FALSE", 0, 0, ""),
    ("SELECT InvoiceID FROM SalesInvoices WHERE InvoiceDate < '1700-01-01'", 0, 0, ""),
    // One table.
    ("SELECT Name FROM Accounts", 1, 1, ""),
    ("SELECT * FROM Accounts", 1, 1, ""),
    ("SELECT Code, Description FROM Items ORDER BY Description", 1, 1, ""),
    ("SELECT FullName FROM Contacts WHERE IsMainContact = TRUE", 1, 1, ""),
    ("SELECT Name FROM Accounts WHERE Code = '1'", 1, 1, ""),
    ("SELECT Name FROM Accounts WHERE Country IN ('NL', 'BE')", 1, 1, ""),
    ("SELECT Name FROM Accounts WHERE Name LIKE '%a%'", 1, 1, ""),
    ("SELECT Name FROM Accounts WHERE Name LIKE 'A%' OR Country = 'DE'", 1, 1, ""),
    ("SELECT Name FROM Accounts WHERE UPPER(Name) = 'X'", 1, 1, ""),
    ("SELECT Name FROM Accounts WHERE Modified >= DATEADD(day, -30, GETDATE())", 1, 1, ""),
    ("SELECT Name FROM Accounts WHERE ISNULL(CreditLineSales, 0) = 0", 1, 1, ""),
    ("SELECT Description FROM GLAccounts WHERE Code LIKE '1%'", 1, 1, ""),
    ("SELECT Code FROM Journals WHERE Type = 20", 1, 1, ""),
    ("SELECT ID, AmountDC FROM TransactionLines", 2, 2, ""),
    ("SELECT ID FROM TransactionLines WHERE AmountDC > 1000000000", 1, 1, ""),
    ("SELECT InvoiceNumber, AmountDC FROM SalesInvoices", 1, 1, ""),
    ("SELECT EntryNumber FROM SalesEntries", 4, 4, ""),
    ("SELECT ID, Quantity FROM TimeTransactions", 5, 5, ""),
    ("SELECT Description FROM Projects", 1, 1, ""),
    ("SELECT Code, FullName FROM Employees", 1, 1, ""),
    ("SELECT ID, Warehouse FROM ItemWarehouses", 1, 1, ""),
    ("SELECT AmountDC, DueDate FROM Receivables", 1, 1, ""),
    ("SELECT AmountDC FROM Receivables WHERE DueDate < '2000-01-01'", 1, 1, ""),
    // Limits and order.
    ("SELECT TOP 10 * FROM TransactionLines", 1, 1, ""),
    ("SELECT TOP 10 ID, Date FROM TransactionLines ORDER BY Date DESC", 1, 1, ""),
    ("SELECT TOP 10 ID FROM TransactionLines WHERE Description LIKE '%a%'", 1, 1, ""),
    ("SELECT InvoiceID FROM SalesInvoices ORDER BY InvoiceDate LIMIT 20 OFFSET 20", 1, 1, ""),
    ("SELECT TOP 5 Name FROM Accounts ORDER BY Name", 1, 1, ""),
    ("SELECT TOP 5 ID FROM (SELECT ID FROM Contacts UNION ALL SELECT ID FROM Addresses) x", 1, 1, ""),
    ("SELECT TOP 50 ID FROM (SELECT ID FROM Contacts UNION ALL SELECT ID FROM Addresses) x", 2, 2, ""),
    ("SELECT TOP 5 ID FROM Contacts UNION ALL SELECT TOP 5 ID FROM Addresses", 2, 2, ""),
    // Numbers.
    ("SELECT COUNT(*) FROM TransactionLines", 1, 1, ""),
    ("SELECT COUNT(*) FROM TransactionLines WHERE FinancialYear = 2026", 1, 1, ""),
    ("SELECT COUNT(ID) FROM Accounts WHERE Blocked = FALSE AND Modified >= '2020-01-01'", 1, 1, ""),
    ("SELECT COUNT(*) FROM SalesInvoices WHERE YEAR(InvoiceDate) = 2026", 1, 1, ""),
    ("SELECT MAX(Modified) FROM TransactionLines", 1, 1, ""),
    ("SELECT MIN(Date), MAX(Date) FROM TransactionLines", 2, 2, ""),
    ("SELECT MIN(Modified), MAX(Modified) FROM Accounts", 2, 1, "that it is one page is not known yet"),
    ("SELECT SUM(AmountDC) FROM TransactionLines", 2, 2, ""),
    ("SELECT FinancialPeriod, SUM(AmountDC) FROM TransactionLines GROUP BY FinancialPeriod", 2, 2, ""),
    ("SELECT DISTINCT Country FROM Accounts", 1, 1, ""),
    ("SELECT Country, COUNT(*) FROM Accounts GROUP BY Country HAVING COUNT(*) > 1", 1, 1, ""),
    ("SELECT CASE WHEN EXISTS (SELECT * FROM Accounts WHERE Blocked = TRUE) THEN 1 ELSE 0 END", 1, 1, ""),
    // Several tables.
    ("SELECT i.InvoiceNumber, a.Name FROM SalesInvoices i JOIN Accounts a ON a.ID = i.InvoiceTo", 2, 2, ""),
    (
        "SELECT a.Name, SUM(i.AmountDC) FROM SalesInvoices i JOIN Accounts a ON a.ID = i.InvoiceTo GROUP BY a.Name",
        2,
        2,
        "",
    ),
    ("SELECT TOP 5 i.InvoiceNumber, a.Name FROM SalesInvoices i LEFT JOIN Accounts a ON a.ID = i.InvoiceTo", 2, 2, ""),
    ("SELECT a.Name FROM Accounts a WHERE a.ID IN (SELECT Account FROM Contacts WHERE IsMainContact = TRUE)", 2, 2, ""),
    (
        "SELECT a.Name FROM Accounts a WHERE NOT EXISTS (SELECT 1 FROM SalesInvoices i WHERE i.InvoiceTo = a.ID)",
        2,
        2,
        "",
    ),
    (
        "SELECT l.Description FROM SalesInvoices i JOIN SalesInvoiceLines l ON l.InvoiceID = i.InvoiceID \
         WHERE i.InvoiceNumber < 0",
        1,
        1,
        "",
    ),
    (
        "SELECT g.Description, SUM(t.AmountDC) FROM TransactionLines t JOIN GLAccounts g ON g.ID = t.GLAccount \
         GROUP BY g.Description",
        3,
        3,
        "",
    ),
    ("SELECT ID FROM Accounts WHERE CreditLineSales > (SELECT AVG(CreditLineSales) FROM Accounts)", 1, 1, ""),
    ("SELECT a.Name, b.Name FROM Accounts a JOIN Accounts b ON b.ID = a.Parent", 1, 1, ""),
    (
        "WITH t AS (SELECT Account, AmountDC FROM TransactionLines) SELECT COUNT(*) FROM t WHERE Account IN \
         (SELECT Account FROM t GROUP BY Account HAVING SUM(AmountDC) > 0)",
        2,
        2,
        "",
    ),
    ("SELECT Name FROM Accounts UNION SELECT FullName FROM Contacts", 2, 2, ""),
];

#[test]
fn ordinary_queries_cost_what_the_service_needs() {
    let (mut wrong, mut calls, mut fewest) = (Vec::new(), 0, 0);
    for (sql, expected, least, reason) in CANNED {
        let company = Company::start();
        let connection = company.connect("");
        let mut outcome = Ok(Vec::new());
        let requests = company.requests_of(|| outcome = try_rows(&connection, sql, &[]));
        if let Err(error) = outcome {
            wrong.push((sql, *expected, vec![error.to_string()]));
        }
        calls += requests.len();
        fewest += least;
        if requests.len() != *expected || (expected != least) == reason.is_empty() {
            wrong.push((sql, *expected, requests));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    println!("{} queries: {calls} calls, the fewest are {fewest}", CANNED.len());
}
