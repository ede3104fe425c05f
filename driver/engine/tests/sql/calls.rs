//! How many calls a query costs, and which.

use crate::company::{Company, rows};

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
        "financial/GLAccounts?$select=Description&$filter=indexof(Description,'B') eq 0",
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
