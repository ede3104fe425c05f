//! How many calls a query costs, and which.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod company;

use company::{Company, rows};

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
    ("SELECT ID, AmountDC FROM TransactionLines", 4, "bulk/Financial/TransactionLines?$select=ID,AmountDC"),
    ("SELECT Name FROM Items", 1, "bulk/Logistics/Items?$select=Description"),
];

#[test]
fn calls_are_as_few_as_can_be() {
    let company = Company::start();
    let connection = company.connect("");
    // The access token is fetched with the first data call.
    rows(&connection, "SELECT TOP 1 Code FROM GLAccounts");
    for (sql, calls, first) in QUERIES {
        let requests = company.requests_of(|| {
            rows(&connection, sql);
        });
        assert_eq!(requests.len(), *calls, "{sql}: {requests:#?}");
        let sent = requests.first().map_or("", |url| url.trim_start_matches("/api/v1/5512/"));
        assert_eq!(sent, *first, "{sql}");
    }
}
