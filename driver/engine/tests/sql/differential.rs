//! Every query gives the same rows whether the service or the driver evaluates it.

use exact_simulator::{Options, PROFILES, Switches};

use crate::company::{Company, rows, sorted};

/// Queries whose rows have no order of their own.
const UNORDERED: &[&str] = &[
    "SELECT ID, Code, Name FROM Accounts",
    "SELECT COUNT(*) FROM Accounts",
    "SELECT COUNT(*) FROM Accounts WHERE Blocked = TRUE",
    "SELECT COUNT(*) FROM Accounts WHERE Name = 'x' OR Blocked = 'False'",
    "SELECT Code, Name FROM crm.Accounts WHERE Country = 'NL'",
    "SELECT Code, Name FROM crm.Accounts WHERE Country <> 'NL'",
    "SELECT Code, Name FROM crm.Accounts WHERE Country IN ('BE', 'DE', 'nl')",
    "SELECT Code FROM Accounts WHERE Country <> 'nl'",
    "SELECT Code FROM Accounts WHERE NOT (Country = 'nl')",
    "SELECT Code FROM Accounts WHERE Country = 'nl' OR Country = 'BE'",
    "SELECT Name FROM Accounts WHERE Name > 'm'",
    "SELECT Name FROM Accounts WHERE Name LIKE '%A%' AND NOT Name LIKE '%a%'",
    "SELECT ID FROM Accounts WHERE Parent <> '00000000-0000-0000-0000-000000000001' OR Parent IS NULL",
    "SELECT ID FROM TransactionLines WHERE Account <> '00000000-0000-0000-0000-000000000001'",
    "SELECT ID FROM TransactionLines WHERE NOT (Quantity = 1)",
    "SELECT ID FROM TransactionLines WHERE FinancialPeriod NOT IN (1, 2)",
    "SELECT Code FROM Accounts WHERE Code = '1'",
    "SELECT Code FROM Accounts WHERE Code IN ('1', '2', '12', '100')",
    "SELECT Code FROM Accounts WHERE Code > '2'",
    "SELECT Name FROM Accounts WHERE Name LIKE '%a%'",
    "SELECT Name FROM Accounts WHERE Name LIKE 'A%' OR Name LIKE '%''%'",
    "SELECT ID FROM Accounts WHERE AddressLine3 IS NULL",
    "SELECT ID FROM Accounts WHERE Email IS NOT NULL",
    "SELECT ID FROM Accounts WHERE NOT (Email IS NULL OR Blocked = TRUE)",
    "SELECT ID, Modified FROM Accounts WHERE Modified >= '2026-01-01'",
    "SELECT ID FROM Accounts WHERE Modified BETWEEN {ts '2025-01-01 00:00:00'} AND {d '2026-06-30'}",
    "SELECT ID FROM Accounts WHERE Modified NOT BETWEEN '2025-01-01' AND '2026-06-30'",
    "SELECT ID FROM Accounts WHERE YEAR(Modified) = 2026",
    "SELECT ID FROM Accounts WHERE Division = 5512",
    "SELECT ID FROM Accounts WHERE Division <> 5512",
    "SELECT ID FROM Accounts WHERE CreditLineSales > 0",
    "SELECT ID FROM Accounts WHERE CreditLineSales IS NULL OR CreditLineSales <> 0",
    "SELECT ID FROM Accounts WHERE 1 = 0",
    "SELECT ID FROM Accounts WHERE NULL",
    "SELECT AmountDC FROM TransactionLines WHERE AmountDC BETWEEN -100 AND 250.50",
    "SELECT COUNT(*), SUM(AmountDC) FROM TransactionLines WHERE AmountDC < 0",
    "SELECT FinancialYear, FinancialPeriod, COUNT(*) FROM TransactionLines GROUP BY FinancialYear, FinancialPeriod",
    "SELECT COUNT(DISTINCT Account) FROM TransactionLines",
    "SELECT ID FROM TransactionLines WHERE FinancialYear = 2026 AND FinancialPeriod IN (1, 2, 3)",
    "SELECT ID FROM TransactionLines WHERE FinancialYear <> 2026 OR Account IS NULL",
    "SELECT a.Name, COUNT(*) FROM SalesInvoices i JOIN Accounts a ON a.ID = i.InvoiceTo GROUP BY a.Name",
    "SELECT a.Name, i.InvoiceID FROM Accounts a LEFT JOIN SalesInvoices i ON a.ID = i.InvoiceTo AND i.Status = 50",
    "SELECT Name FROM Accounts WHERE ID IN (SELECT InvoiceTo FROM SalesInvoices)",
    "SELECT Name FROM Accounts a WHERE NOT EXISTS (SELECT 1 FROM SalesInvoices i WHERE i.InvoiceTo = a.ID)",
    "WITH accounts AS (SELECT * FROM Accounts WHERE Blocked = FALSE) SELECT Name FROM accounts",
    "SELECT Name FROM Accounts UNION SELECT Description FROM Items",
    "SELECT Description FROM GLAccounts WHERE SearchCode = 'RENTE'",
    "SELECT c.FullName, a.Name FROM Contacts c, Accounts a WHERE c.Account = a.ID AND a.Country = 'NL'",
    "SELECT CASE WHEN Blocked THEN 'blocked' ELSE 'open' END AS State, COUNT(*) FROM Accounts GROUP BY Blocked",
    "SELECT UPPER(Name), {fn LENGTH(Name)}, {fn LOCATE('a', Name)} FROM Accounts",
    "SELECT MIN(Modified), MAX(Modified), MIN(Name), MAX(Code) FROM Accounts",
    "SELECT ID FROM sync_crm.Accounts WHERE Timestamp > 100",
    "SELECT ID FROM Accounts WHERE ID = 'nonsense' OR Blocked = FALSE",
    "SELECT ID FROM Accounts WHERE ID <> 'nonsense'",
    "SELECT InvoiceID FROM SalesInvoices WHERE YEAR(InvoiceDate) = 2026 AND MONTH(InvoiceDate) IN (1, 3)",
    "SELECT InvoiceID FROM SalesInvoices WHERE YEAR(InvoiceDate) IN (2024, 2025, 2026, 2027) AND QUARTER(InvoiceDate) <> 2",
    "SELECT InvoiceID FROM SalesInvoices WHERE MONTH(InvoiceDate) = 2",
    "SELECT InvoiceID FROM SalesInvoices WHERE CAST(InvoiceDate AS DATE) BETWEEN '2026-01-31' AND '2026-03-02'",
    "SELECT InvoiceID FROM SalesInvoices WHERE NOT CAST(InvoiceDate AS DATE) <= '2026-01-31'",
    "SELECT InvoiceID FROM SalesInvoices WHERE DATE_TRUNC('month', InvoiceDate) = '2026-02-01'",
    "SELECT InvoiceID FROM SalesInvoices WHERE DATEDIFF(day, InvoiceDate, {d '2026-06-30'}) <= 90",
    "SELECT InvoiceID FROM SalesInvoices WHERE DATEDIFF(month, {d '2026-06-30'}, InvoiceDate) < -2",
    "SELECT ID FROM Accounts WHERE LOWER(Name) = 'nonsense' OR UPPER(Country) = 'NL'",
    "SELECT ID FROM Accounts WHERE CHARINDEX('a', Name) > 0 AND LEFT(Name, 1) <> 'X'",
    "SELECT ID FROM Accounts WHERE ISNULL(CreditLineSales, 0) = 0",
    "SELECT ID FROM Accounts WHERE ISNULL(CreditLineSales, 5) > 4 AND NOT (ISNULL(CreditLineSales, 0) > 100000)",
    "SELECT ID FROM Accounts WHERE (Blocked = FALSE AND Name > 'm') OR (Blocked = TRUE AND Name < 'm')",
    "SELECT ID FROM Contacts WHERE (IsMainContact = TRUE) IS NOT FALSE",
    "SELECT COUNT(ID), COUNT(Email), COUNT(DISTINCT Country) FROM Accounts",
    "SELECT MIN(Modified), MAX(Created), COUNT(*) FROM Contacts",
    "SELECT MIN(Modified) FROM Contacts WHERE FullName IS NULL",
    "SELECT MAX(CreditLineSales), MIN(CreditLineSales) FROM Accounts",
    "SELECT MIN(AmountDC), MAX(AmountDC), SUM(AmountDC) FROM TransactionLines WHERE FinancialYear = 2026",
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM Items WHERE Description = 'none') THEN 1 ELSE 0 END AS Found",
    "SELECT Name FROM Accounts WHERE EXISTS (SELECT 1 FROM Items)",
    "SELECT Name FROM Accounts WHERE NOT EXISTS (SELECT 1 FROM Items WHERE Description = 'none')",
    "SELECT DISTINCT 1 AS One FROM Accounts WHERE Blocked = FALSE",
    "SELECT Name FROM Accounts WHERE ID NOT IN (SELECT InvoiceTo FROM SalesInvoices WHERE Status = 50)",
    "SELECT Name FROM Accounts WHERE ID NOT IN (SELECT Account FROM TransactionLines)",
    "SELECT a.Name, c.FullName FROM Accounts a FULL JOIN Contacts c ON a.ID = c.Account AND c.IsMainContact = TRUE",
    "SELECT c.FullName, a.Name FROM Contacts c RIGHT JOIN Accounts a ON a.ID = c.Account AND a.Country = 'BE'",
    "SELECT a.Name FROM Accounts a WHERE a.ID IN (SELECT Account FROM Contacts) AND a.ID IN (SELECT Account FROM Addresses)",
    "SELECT ID FROM SalesInvoiceLines WHERE AmountDC > (SELECT AVG(AmountDC) FROM SalesInvoiceLines)",
    "SELECT a.ID, b.ID FROM Accounts a JOIN Accounts b ON a.Parent = b.ID",
    "WITH d AS (SELECT Account, AmountDC FROM TransactionLines WHERE FinancialYear = 2026) SELECT a.Account, Total, Number \
     FROM (SELECT Account, SUM(AmountDC) AS Total FROM d GROUP BY Account) a JOIN \
     (SELECT Account, COUNT(*) AS Number FROM d WHERE AmountDC > 0 GROUP BY Account) b ON a.Account = b.Account",
    "WITH RECURSIVE t AS (SELECT ID, Parent, 0 AS Depth FROM Accounts WHERE Parent IS NULL UNION ALL \
     SELECT a.ID, a.Parent, t.Depth + 1 FROM Accounts a JOIN t ON a.Parent = t.ID) SELECT ID, Depth FROM t",
    "SELECT ID, AmountDC FROM Receivables WHERE AmountDC <> 5 AND Account IS NOT NULL",
    "SELECT COUNT(*) FROM Receivables WHERE AmountDC > 100",
    "SELECT * FROM SalesEntries",
    "SELECT EntryID, AmountDC, EntryDate, Journal FROM SalesEntries WHERE AmountDC > 100 OR Description > 'm'",
    "SELECT EntryID, Currency, Supplier, ReportingYear FROM PurchaseEntries",
    "SELECT ID, Code, Description, Account, StartDate, Modified FROM Projects",
    "SELECT ID, Item, Supplier, PurchasePrice, Currency, Modified FROM SupplierItem",
    "SELECT * FROM ItemWarehouses",
    "SELECT t.c FROM (SELECT COUNT(*) AS c FROM GoodsDeliveryLines WHERE QuantityDelivered > 2 OR Item IS NULL) t",
];

/// Queries that say in which order their rows come.
const ORDERED: &[&str] = &[
    "SELECT TOP 5 Code, Name FROM crm.Accounts WHERE Country = 'NL' ORDER BY Name, ID",
    "SELECT TOP 5 ID FROM Accounts WHERE Blocked = FALSE ORDER BY ID",
    "SELECT Name, ID FROM Accounts ORDER BY Name DESC, ID LIMIT 10 OFFSET 5",
    "SELECT Modified, ID FROM Accounts ORDER BY Modified DESC, ID FETCH FIRST 7 ROWS ONLY",
    "SELECT Email, ID FROM Accounts ORDER BY Email, ID",
    "SELECT TOP 10 a.Name, SUM(i.AmountDC) AS Total FROM SalesInvoices i JOIN Accounts a ON a.ID = i.InvoiceTo \
     GROUP BY a.Name ORDER BY Total DESC, a.Name",
    "SELECT ID, ROW_NUMBER() OVER (ORDER BY ID) FROM Items ORDER BY ID",
    "SELECT TOP 5 i.InvoiceDate FROM SalesInvoices i LEFT JOIN Accounts a ON a.ID = i.InvoiceTo ORDER BY i.InvoiceDate DESC",
    "SELECT TOP 5 Modified FROM (SELECT Modified FROM Contacts UNION ALL SELECT Modified FROM Addresses) x ORDER BY Modified",
    "SELECT TOP 3 c.Modified, a.Name FROM Contacts c LEFT JOIN Accounts a ON a.ID = c.Account WHERE c.IsMainContact = TRUE \
     ORDER BY c.Modified, c.ID",
];

fn compare(company: &Company, setting: &str) {
    let pushed = company.connect("Pushdown=on");
    let local = company.connect("Pushdown=off");
    for sql in UNORDERED {
        assert_eq!(sorted(rows(&pushed, sql)), sorted(rows(&local, sql)), "{setting}: {sql}");
    }
    for sql in ORDERED {
        assert_eq!(rows(&pushed, sql), rows(&local, sql), "{setting}: {sql}");
    }
}

#[test]
fn rows_do_not_depend_on_where_they_are_computed() {
    for (profile, _) in PROFILES {
        let options = Options { scale: 0.01, ..Options::profile(profile).unwrap() };
        compare(&Company::with(options), profile);
    }
}

type Change = fn(&mut Switches);

/// What sources disagree on, each on its own.
#[test]
fn rows_do_not_depend_on_disputed_behaviour() {
    let changes: [(&str, Change); 10] = [
        ("bare arrays", |switches| switches.bare_array_for_top ^= true),
        ("searching in text", |switches| switches.substring_functions ^= true),
        ("mandatory filters", |switches| switches.mandatory_filtering ^= true),
        ("eager next links", |switches| switches.eager_next ^= true),
        ("next links that repeat $top", |switches| switches.next_repeats_top ^= true),
        ("pages under read/", |switches| switches.read_is_paged ^= true),
        ("the case of text", |switches| switches.case_sensitive ^= true),
        ("comparisons with null", |switches| switches.sql_nulls ^= true),
        ("doubles as integers", |switches| switches.doubles_as_integers ^= true),
        ("the form of expires_in", |switches| switches.numeric_expires_in ^= true),
    ];
    for (setting, change) in changes {
        let mut options = Options { scale: 0.01, ..Options::default() };
        change(&mut options.switches);
        compare(&Company::with(options), setting);
    }
}

#[test]
fn the_queries_find_something() {
    let company = Company::start();
    let connection = company.connect("");
    let empty: Vec<_> = UNORDERED.iter().chain(ORDERED).filter(|sql| rows(&connection, sql).is_empty()).collect();
    // These cannot have rows; any other would prove nothing.
    assert_eq!(
        empty,
        [
            &"SELECT ID FROM Accounts WHERE Division <> 5512",
            &"SELECT ID FROM Accounts WHERE 1 = 0",
            &"SELECT ID FROM Accounts WHERE NULL",
            // Some lines have no account.
            &"SELECT Name FROM Accounts WHERE ID NOT IN (SELECT Account FROM TransactionLines)",
        ]
    );
}
