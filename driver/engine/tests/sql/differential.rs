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
        ]
    );
}
