//! The calls of ordinary queries, each against a company that nothing is known of yet, beside the fewest in which the service
//! could have answered: one call for each page of its largest pages, or one for a count.

use exact_simulator::Options;

use crate::company::{Company, try_rows};

/// Query, calls, the fewest, and why they differ.
#[rustfmt::skip]
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
    ("SELECT COUNT(*) FROM SalesInvoices WHERE DATEADD(day, 30, InvoiceDate) < '2026-10-01'", 1, 1, ""),
    // Keys.
    ("SELECT Name FROM Accounts WHERE ID = '6f7b0000-0000-0000-0000-000000000001'", 2, 1, "no row has this key: that its address is not found may have other causes too, so a filter answers"),
    ("SELECT Name FROM Accounts WHERE ID IN ('6f7b0000-0000-0000-0000-000000000001', '6f7b0000-0000-0000-0000-000000000002') AND Blocked = FALSE", 1, 1, ""),
    ("SELECT Name FROM Accounts WHERE ID = (SELECT MAX(Account) FROM Contacts WHERE IsMainContact = TRUE)", 2, 2, ""),
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
    // Nothing is asked where nothing can be found.
    ("SELECT 1 AS One", 0, 0, ""),
    ("SELECT Name FROM Accounts WHERE 1 = 0", 0, 0, ""),
    ("SELECT Name FROM Accounts WHERE NULL", 0, 0, ""),
    ("SELECT TOP 0 Name FROM Accounts", 0, 0, ""),
    ("SELECT Name FROM Accounts LIMIT 0", 0, 0, ""),
    ("SELECT COUNT(*) FROM Accounts WHERE 1 = 0", 0, 0, ""),
    ("SELECT Name FROM Accounts WHERE Status = 'C' AND 1 = 2", 0, 0, ""),
    ("SELECT a.Name FROM Accounts a JOIN Contacts c ON c.Account = a.ID WHERE 1 = 0", 0, 0, ""),
    ("SELECT Name FROM Accounts WHERE Division = 1", 0, 0, ""),
    ("SELECT Name FROM Accounts WHERE IsSales = TRUE AND IsSales = FALSE", 0, 0, ""),
    // Counting.
    ("SELECT COUNT(*) FROM Accounts", 1, 1, ""),
    ("SELECT COUNT(ID) FROM TransactionLines", 1, 1, ""),
    ("SELECT COUNT(*) FROM TransactionLines WHERE FinancialYear = 2024", 1, 1, ""),
    ("SELECT COUNT(*) FROM TransactionLines WHERE FinancialYear = 2024 AND LineNumber = 0", 1, 1, ""),
    ("SELECT COUNT(*) FROM TransactionLines WHERE AmountDC BETWEEN 0 AND 100", 1, 1, ""),
    ("SELECT COUNT(*) FROM TransactionLines WHERE Date >= '2026-01-01'", 1, 1, ""),
    ("SELECT COUNT(*) FROM TransactionLines WHERE YEAR(Date) = 2024", 1, 1, ""),
    ("SELECT COUNT(*) FROM SalesInvoices WHERE InvoiceNumber IN (10001, 10002, 10003)", 1, 1, ""),
    ("SELECT COUNT(*) FROM Contacts WHERE IsMainContact", 1, 1, ""),
    ("SELECT COUNT(*) FROM Contacts WHERE NOT IsMainContact", 1, 1, ""),
    ("SELECT COUNT(*) FROM Accounts WHERE Parent IS NULL", 1, 1, ""),
    ("SELECT COUNT(*) FROM GLAccounts WHERE Description LIKE 'B%'", 1, 1, ""),
    ("SELECT COUNT(*) FROM salesentry.SalesEntries", 1, 1, ""),
    ("SELECT COUNT(*) AS n, 'x' AS Text FROM Accounts", 1, 1, ""),
    // Rows up to a limit.
    ("SELECT TOP 5 Name FROM Accounts", 1, 1, ""),
    ("SELECT TOP 60 ID FROM TransactionLines", 1, 1, ""),
    ("SELECT TOP 61 ID FROM TransactionLines", 1, 1, ""),
    ("SELECT TOP 1000 ID FROM TransactionLines", 1, 1, ""),
    ("SELECT TOP 1001 ID FROM TransactionLines", 2, 2, ""),
    ("SELECT TOP 61 EntryID FROM salesentry.SalesEntries", 2, 2, ""),
    ("SELECT ID FROM TransactionLines LIMIT 10 OFFSET 20", 1, 1, ""),
    ("SELECT TOP 5 ID FROM TransactionLines WHERE FinancialYear = 2024", 1, 1, ""),
    ("SELECT TOP 5 ID FROM TransactionLines WHERE AmountDC > 0 AND LineNumber > 2", 1, 1, ""),
    ("SELECT TOP 5 Name FROM Accounts WHERE Country = 'NL'", 1, 1, ""),
    ("SELECT x.ID FROM (SELECT ID, AmountDC FROM TransactionLines) x LIMIT 5", 1, 1, ""),
    ("SELECT TOP 5 c.FullName, a.Name FROM Contacts c LEFT JOIN Accounts a ON a.ID = c.Account", 2, 2, ""),
    // Order with a limit.
    ("SELECT TOP 3 Modified FROM GLAccounts ORDER BY Modified DESC", 1, 1, ""),
    ("SELECT TOP 5 InvoiceNumber FROM SalesInvoices ORDER BY InvoiceNumber DESC", 1, 1, ""),
    ("SELECT TOP 5 InvoiceNumber, AmountDC FROM SalesInvoices ORDER BY AmountDC DESC", 1, 1, ""),
    ("SELECT TOP 5 InvoiceNumber FROM SalesInvoices WHERE AmountDC > 100 ORDER BY InvoiceDate DESC", 1, 1, ""),
    ("SELECT TOP 100 InvoiceNumber FROM SalesInvoices ORDER BY InvoiceDate", 2, 1, "how many rows a table has is not known beforehand: bulk, which cannot sort, would need one"),
    ("SELECT TOP 5 EntryNumber FROM salesentry.SalesEntries ORDER BY EntryDate DESC", 1, 1, ""),
    ("SELECT TOP 5 i.InvoiceNumber, a.Name FROM SalesInvoices i JOIN Accounts a ON a.ID = i.InvoiceTo ORDER BY i.InvoiceDate DESC", 2, 2, ""),
    ("SELECT TOP 50 i.InvoiceNumber, a.Name FROM SalesInvoices i JOIN Accounts a ON a.ID = i.InvoiceTo WHERE i.AmountDC < 0 ORDER BY i.InvoiceNumber", 2, 2, ""),
    ("SELECT TOP 5 i.InvoiceNumber, a.Name FROM SalesInvoices i JOIN Accounts a ON a.ID = i.InvoiceTo", 2, 2, ""),
    ("SELECT TOP 100 i.*, a.Name FROM SalesInvoices i JOIN Accounts a ON a.ID = i.InvoiceTo", 2, 2, ""),
    ("SELECT TOP 20 l.AmountDC, i.InvoiceNumber FROM SalesInvoices i JOIN SalesInvoiceLines l ON l.InvoiceID = i.InvoiceID", 2, 1, "lines do not bring their documents along"),
    ("SELECT TOP 5 c.FullName, a.Name FROM Contacts c JOIN Accounts a ON a.ID = c.Account WHERE c.IsMainContact = TRUE", 2, 2, ""),
    ("SELECT TOP 9 l.Date, g.Description, j.Description FROM TransactionLines l JOIN GLAccounts g ON g.ID = l.GLAccount JOIN Journals j ON j.Code = l.JournalCode ORDER BY l.Date DESC", 3, 3, ""),
    ("SELECT TOP 5 i.InvoiceNumber, l.AmountDC FROM SalesInvoices i JOIN SalesInvoiceLines l ON l.InvoiceID = i.InvoiceID ORDER BY i.InvoiceNumber DESC", 1, 1, ""),
    ("SELECT TOP 3 a.Name, b.Name FROM Accounts a JOIN Accounts b ON b.ID = a.Parent ORDER BY a.Modified", 3, 1, "that few rows find a partner, and that one page holds all, is not known yet"),
    ("SELECT EntryNumber FROM salesentry.SalesEntries ORDER BY EntryNumber LIMIT 10 OFFSET 50", 1, 1, ""),
    ("SELECT MAX(InvoiceDate) FROM SalesInvoices", 1, 1, ""),
    ("SELECT MIN(Date) FROM TransactionLines", 1, 1, ""),
    ("SELECT MIN(EntryNumber), MAX(EntryNumber) FROM salesentry.SalesEntries", 2, 2, ""),
    ("SELECT MAX(Modified) FROM salesentry.SalesEntries", 1, 1, ""),
    // Whole tables, in the largest pages there are.
    ("SELECT ID FROM TransactionLines ORDER BY AmountDC", 2, 2, ""),
    ("SELECT Description FROM Items", 1, 1, ""),
    ("SELECT Quantity FROM SalesInvoiceLines", 1, 1, ""),
    ("SELECT OrderNumber FROM salesorder.SalesOrders", 1, 1, ""),
    ("SELECT EntryNumber FROM salesentry.SalesEntries", 4, 4, ""),
    ("SELECT Quantity FROM project.TimeTransactions", 5, 5, ""),
    ("SELECT AmountDC FROM cashflow.Receivables", 1, 1, ""),
    ("SELECT Description FROM vat.VATCodes", 1, 1, ""),
    ("SELECT Amount FROM read_financial.ReceivablesList", 1, 1, ""),
    ("SELECT Period, Amount FROM read_financial.RevenueListByYear WHERE year = 2024", 1, 1, ""),
    ("SELECT Code FROM system.Divisions", 1, 1, ""),
    // Sums and groups.
    ("SELECT GLAccountCode, SUM(AmountDC) FROM TransactionLines GROUP BY GLAccountCode", 2, 2, ""),
    ("SELECT FinancialYear, SUM(AmountDC) FROM TransactionLines WHERE GLAccountCode = '8000' GROUP BY FinancialYear", 1, 1, ""),
    ("SELECT 'x', COUNT(*) FROM Accounts GROUP BY 1", 1, 1, ""),
    ("SELECT YEAR(InvoiceDate), SUM(AmountDC) FROM SalesInvoices GROUP BY YEAR(InvoiceDate)", 1, 1, ""),
    ("SELECT COUNT(DISTINCT InvoiceTo) FROM SalesInvoices", 1, 1, ""),
    // Conditions.
    ("SELECT AmountDC FROM TransactionLines WHERE FinancialYear = 2024 AND FinancialPeriod = 1", 1, 1, ""),
    ("SELECT AmountDC FROM TransactionLines WHERE Date = '2024-05-06'", 1, 1, ""),
    ("SELECT AmountDC FROM TransactionLines WHERE CAST(Date AS DATE) = '2024-05-06'", 1, 1, ""),
    ("SELECT AmountDC FROM TransactionLines WHERE YEAR(Date) = 2024 AND MONTH(Date) = 5", 1, 1, ""),
    ("SELECT AmountDC FROM TransactionLines WHERE InvoiceNumber = 10007 AND LineNumber = 0", 1, 1, ""),
    ("SELECT AmountDC FROM TransactionLines WHERE ABS(AmountDC) > 25000", 2, 2, ""),
    ("SELECT Name FROM Accounts WHERE Code = '7'", 1, 1, ""),
    ("SELECT AmountDC FROM TransactionLines WHERE AccountCode = '7'", 1, 1, ""),
    ("SELECT Name FROM Accounts WHERE Name = 'Jansen BV'", 1, 1, ""),
    ("SELECT Name FROM Accounts WHERE Name LIKE '%BV'", 1, 1, ""),
    ("SELECT Description FROM GLAccounts WHERE Description LIKE 'B%'", 1, 1, ""),
    ("SELECT Name FROM Accounts WHERE Modified > '2026-01-01'", 1, 1, ""),
    ("SELECT EntryNumber FROM salesentry.SalesEntries WHERE InvoiceNumber = 10003", 1, 1, ""),
    ("SELECT EntryNumber FROM salesentry.SalesEntries WHERE InvoiceNumber IN (10003, 10004) OR AmountDC > 1000000", 1, 1, ""),
    ("SELECT EntryNumber FROM salesentry.SalesEntries WHERE AmountDC < 0 AND UPPER(Description) LIKE '%A%'", 1, 1, ""),
    // Joins and subqueries.
    ("SELECT a.Name, i.AmountDC FROM Accounts a JOIN (SELECT TOP 6 InvoiceTo, AmountDC FROM SalesInvoices) i ON a.ID = i.InvoiceTo", 2, 2, ""),
    ("SELECT Name FROM Accounts WHERE ID IN (SELECT TOP 6 InvoiceTo FROM SalesInvoices)", 2, 2, ""),
    ("SELECT a.Name, SUM(i.AmountDC) FROM Accounts a JOIN SalesInvoices i ON i.InvoiceTo = a.ID GROUP BY a.Name", 2, 2, ""),
    ("SELECT c.FullName FROM Contacts c JOIN Accounts a ON a.ID = c.Account WHERE a.Code = '7'", 2, 2, ""),
    ("SELECT i.InvoiceNumber, l.AmountDC FROM SalesInvoices i JOIN SalesInvoiceLines l ON l.InvoiceID = i.InvoiceID WHERE i.InvoiceNumber = 10003", 1, 1, ""),
    ("SELECT e.EntryNumber, l.AmountDC FROM salesentry.SalesEntries e JOIN salesentry.SalesEntryLines l ON l.EntryID = e.EntryID WHERE e.InvoiceNumber = 10003", 1, 1, ""),
    ("SELECT e.EntryNumber, l.AmountDC FROM salesentry.SalesEntries e JOIN salesentry.SalesEntryLines l ON l.EntryID = e.EntryID", 7, 6, "of the entry with more than sixty lines the first sixty are read again by its key"),
    ("SELECT i.InvoiceNumber, l.AmountDC FROM (SELECT TOP 10 InvoiceID, InvoiceNumber FROM SalesInvoices ORDER BY InvoiceDate DESC) i LEFT JOIN SalesInvoiceLines l ON l.InvoiceID = i.InvoiceID", 1, 1, ""),
    ("SELECT EntryNumber FROM salesentry.SalesEntries WHERE EntryDate >= (SELECT MAX(EntryDate) FROM salesentry.SalesEntries)", 2, 2, ""),
    ("SELECT AmountDC FROM TransactionLines WHERE Date = (SELECT MAX(InvoiceDate) FROM SalesInvoices) AND AmountDC > 0", 2, 2, ""),
    ("SELECT EntryNumber FROM salesentry.SalesEntries WHERE AmountDC > (SELECT MAX(AmountDC) FROM SalesInvoices WHERE InvoiceNumber < 0)", 1, 1, ""),
    ("SELECT l.AmountDC, g.Description FROM TransactionLines l JOIN GLAccounts g ON g.ID = l.GLAccount WHERE g.Code = '8000' AND l.FinancialYear = 2024", 2, 2, ""),
    ("SELECT a.Name FROM Accounts a JOIN Accounts b ON b.ID = a.Parent", 1, 1, ""),
    ("SELECT Name FROM Accounts WHERE Modified = (SELECT MAX(Modified) FROM Accounts)", 2, 1, "that it is one page is not known yet"),
    ("WITH b AS (SELECT InvoiceTo, SUM(AmountDC) AS s FROM SalesInvoices GROUP BY InvoiceTo) SELECT x.s FROM b x JOIN b y ON x.InvoiceTo = y.InvoiceTo", 1, 1, ""),
    ("SELECT Name FROM Accounts WHERE Status = 'C' UNION ALL SELECT Name FROM Accounts WHERE Status = 'A'", 1, 1, ""),
    ("SELECT Name FROM Accounts WHERE Country = 'NL' UNION SELECT Name FROM Accounts WHERE Country = 'BE' AND Blocked = FALSE", 1, 1, ""),
    ("SELECT (SELECT SUM(AmountDC) FROM TransactionLines WHERE FinancialYear = 2024), (SELECT SUM(AmountDC) FROM TransactionLines WHERE FinancialYear = 2025)", 1, 1, ""),
    ("select o.Name, i.FullName from Accounts as o left outer join Contacts as i on (o.ID = i.Account or o.ID is null and i.Account is null) where o.Code = '1'", 2, 2, ""),
    ("SELECT a.Name, (SELECT TOP 1 c.FullName FROM Contacts c WHERE c.Account = a.ID ORDER BY c.FullName) FROM Accounts a", 2, 2, ""),
    ("SELECT a.Name, x.InvoiceNumber FROM Accounts a OUTER APPLY (SELECT TOP 1 i.InvoiceNumber FROM SalesInvoices i WHERE i.InvoiceTo = a.ID ORDER BY i.InvoiceDate DESC) x", 2, 2, ""),
    ("SELECT a.Name, x.Last FROM Accounts a CROSS APPLY (SELECT MAX(i.InvoiceDate) AS Last FROM SalesInvoices i WHERE i.InvoiceTo = a.ID) x", 2, 2, ""),
    ("SELECT COUNT(*) FROM Accounts UNION ALL SELECT COUNT(*) FROM Contacts", 2, 2, ""),
    ("SELECT Name FROM Accounts WHERE EXISTS (SELECT 1 FROM TransactionLines WHERE FinancialYear = 2024)", 2, 2, ""),
    ("SELECT Name FROM Accounts WHERE NOT EXISTS (SELECT 1 FROM TransactionLines)", 1, 1, ""),
    ("SELECT (SELECT COUNT(*) FROM Accounts), (SELECT COUNT(*) FROM Items)", 2, 2, ""),
    ("SELECT a.Name, d.Description FROM Accounts a JOIN system.Divisions d ON d.Code = a.Division", 2, 2, ""),
    ("SELECT l.AmountDC FROM TransactionLines l WHERE l.GLAccount IN (SELECT ID FROM GLAccounts WHERE Type = 110) AND l.FinancialYear = 2024", 2, 2, ""),
    ("SELECT ID FROM TransactionLines WHERE FinancialYear = 2020 UNION ALL SELECT ID FROM TransactionLines WHERE FinancialYear = 2021 LIMIT 5", 1, 1, ""),
];

/// The same for a company of several years, of which no size is known either: a `$count` is among the calls only where it
/// is likely to pay.
#[rustfmt::skip]
const LARGE: &[(&str, usize, usize, &str)] = &[
    ("SELECT ID, AmountDC FROM TransactionLines", 200, 200, ""),
    ("SELECT COUNT(*) FROM TransactionLines", 1, 1, ""),
    ("SELECT TOP 10 a.Code, a.Name, COUNT(*) AS n, SUM(i.AmountDC) AS s FROM SalesInvoices i JOIN Accounts a ON a.ID = i.InvoiceTo GROUP BY a.Code, a.Name ORDER BY s DESC", 22, 22, ""),
    ("SELECT TOP 5 i.InvoiceNumber, a.Name FROM SalesInvoices i JOIN Accounts a ON a.ID = i.InvoiceTo ORDER BY i.InvoiceDate DESC", 2, 2, ""),
    ("SELECT TOP 20 i.InvoiceNumber, a.Name FROM SalesInvoices i JOIN Accounts a ON a.ID = i.InvoiceTo", 2, 2, ""),
    ("SELECT TOP 1000 i.InvoiceNumber, a.Name FROM SalesInvoices i JOIN Accounts a ON a.ID = i.InvoiceTo", 5, 3, "more than a thousand rows are read, in case that some refer to nothing, and the accounts are counted before all are read"),
    ("SELECT TOP 100 l.Date, g.Description FROM TransactionLines l JOIN GLAccounts g ON g.ID = l.GLAccount ORDER BY l.Date DESC", 4, 3, "the lines are two pages more than a hundred, in case that some have no ledger account"),
    ("SELECT c.FullName, a.Name FROM Contacts c JOIN Accounts a ON a.ID = c.Account", 5, 5, ""),
    ("SELECT a.Name FROM Accounts a WHERE a.ID IN (SELECT InvoiceTo FROM SalesInvoices WHERE InvoiceDate >= '2026-01-01')", 5, 5, ""),
    ("SELECT g.Description, SUM(t.AmountDC) FROM TransactionLines t JOIN GLAccounts g ON g.ID = t.GLAccount WHERE t.FinancialYear = 2024 GROUP BY g.Description", 27, 27, ""),
    ("SELECT g.Code, SUM(t.AmountDC) FROM TransactionLines t JOIN GLAccounts g ON g.ID = t.GLAccount WHERE g.Code BETWEEN '4000' AND '4999' AND t.FinancialYear = 2024 GROUP BY g.Code", 3, 3, ""),
    ("SELECT v.n, COUNT(a.ID) FROM (VALUES ('NL'), ('BE')) AS v(n) LEFT JOIN Accounts a ON a.Country = v.n GROUP BY v.n", 2, 2, ""),
    ("SELECT EntryNumber FROM SalesEntries WHERE Customer IN (SELECT ID FROM Accounts WHERE Country = 'BE')", 36, 36, ""),
    ("SELECT l.Quantity FROM SalesInvoiceLines l JOIN SalesInvoices i ON i.InvoiceID = l.InvoiceID WHERE i.InvoiceDate >= '2026-03-01'", 25, 24, "whether the table of lines is smaller than 22 calls is asked for"),
    ("SELECT ID, AmountDC FROM Receivables WHERE AmountDC <> 5", 22, 20, "nearly all rows meet the condition: the first page of the narrower way and a count tell so"),
];

#[test]
fn ordinary_queries_cost_what_the_service_needs() {
    let calls = check(CANNED, 0.01);
    assert!(CANNED.len() >= 100);
    println!("{} queries: {} calls, the fewest are {}", CANNED.len(), calls.0, calls.1);
}

#[test]
fn tables_of_unknown_size_cost_no_question_that_does_not_pay() {
    check(LARGE, 1.0);
}

/// The calls of these queries, and the fewest; each is asked of a company that nothing is known of, and then once more.
fn check(queries: &[(&str, usize, usize, &str)], scale: f64) -> (usize, usize) {
    let (mut wrong, mut calls, mut fewest) = (Vec::new(), 0, 0);
    for (sql, expected, least, reason) in queries {
        // The usual service: a strict one ends a full page with a link to an empty one, a call more.
        let company = Company::with(Options { scale, ..Options::default() });
        let connection = company.connect("");
        let mut outcome = Ok(Vec::new());
        let mut requests = company.requests_of(|| outcome = try_rows(&connection, sql, &[]));
        calls += requests.len();
        fewest += least;
        let given = requests.len();
        // Once more, now that the sizes of its tables are known: that never costs more.
        connection.forget_reads();
        let again = company.requests_of(|| drop(try_rows(&connection, sql, &[])));
        if again.len() > given {
            wrong.push((sql, given, again.len(), again));
        }
        if let Err(error) = outcome {
            requests.push(error.to_string());
        }
        if requests.len() != *expected || (expected != least) == reason.is_empty() {
            requests.iter_mut().for_each(|url| *url = url.chars().take(150).collect());
            requests.truncate(12);
            wrong.push((sql, *expected, given, requests));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    (calls, fewest)
}
