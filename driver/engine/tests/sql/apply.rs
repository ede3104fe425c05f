//! CROSS APPLY and OUTER APPLY with TOP, beside the same rows in standard SQL.

use crate::company::{Company, rows, sorted};

const NUMBERED: &str = "(SELECT i.*, ROW_NUMBER() OVER (PARTITION BY i.InvoiceTo ORDER BY i.InvoiceNumber DESC) AS n FROM SalesInvoices i)";

#[test]
fn the_first_rows_of_each_are_joined() {
    let company = Company::start();
    for setting in ["Pushdown=on", "Pushdown=off"] {
        let connection = company.connect(setting);
        for (applied, standard) in [
            (
                "SELECT a.Name, x.InvoiceNumber FROM Accounts a CROSS APPLY (SELECT TOP 1 i.InvoiceNumber FROM \
                 SalesInvoices i WHERE i.InvoiceTo = a.ID ORDER BY i.InvoiceNumber DESC) x",
                "SELECT a.Name, x.InvoiceNumber FROM Accounts a JOIN {} x ON x.InvoiceTo = a.ID AND x.n = 1",
            ),
            (
                "SELECT a.Name, x.InvoiceNumber, x.AmountDC FROM Accounts a OUTER APPLY (SELECT TOP 3 AmountDC, \
                 InvoiceNumber FROM SalesInvoices WHERE a.ID = InvoiceTo ORDER BY InvoiceNumber DESC) x WHERE a.Blocked = 0",
                "SELECT a.Name, x.InvoiceNumber, x.AmountDC FROM Accounts a LEFT JOIN {} x ON x.InvoiceTo = a.ID AND \
                 x.n <= 3 WHERE a.Blocked = 0",
            ),
            // Ordered by what is not selected, and limited in another spelling.
            (
                "SELECT a.Name, x.AmountDC FROM Accounts a LEFT JOIN LATERAL (SELECT i.AmountDC FROM SalesInvoices i WHERE \
                 i.InvoiceTo = a.ID AND i.AmountDC > 0 ORDER BY i.InvoiceNumber DESC LIMIT 2) x ON true",
                "SELECT a.Name, x.AmountDC FROM Accounts a LEFT JOIN (SELECT InvoiceTo, AmountDC, ROW_NUMBER() OVER \
                 (PARTITION BY InvoiceTo ORDER BY InvoiceNumber DESC) AS n FROM SalesInvoices WHERE AmountDC > 0) x ON \
                 x.InvoiceTo = a.ID AND x.n <= 2",
            ),
            // All columns, and no more than those.
            (
                "SELECT * FROM (SELECT ID FROM Accounts) a CROSS APPLY (SELECT TOP 1 InvoiceNumber FROM SalesInvoices i WHERE \
                 i.InvoiceTo = a.ID ORDER BY InvoiceNumber DESC) x",
                "SELECT a.ID, x.InvoiceNumber FROM Accounts a JOIN {} x ON x.InvoiceTo = a.ID AND x.n = 1",
            ),
            // By two columns, over a join, and grouped around.
            (
                "SELECT a.Country, COUNT(x.InvoiceNumber), MAX(x.Modified) FROM Accounts a OUTER APPLY (SELECT TOP 1 \
                 i.InvoiceNumber, i.Modified FROM SalesInvoices i JOIN Accounts b ON b.ID = i.InvoiceTo WHERE \
                 i.InvoiceTo = a.ID AND b.Country = a.Country ORDER BY i.InvoiceNumber DESC) x GROUP BY a.Country",
                "SELECT a.Country, COUNT(x.InvoiceNumber), MAX(x.Modified) FROM Accounts a LEFT JOIN {} x ON \
                 x.InvoiceTo = a.ID AND x.n = 1 AND a.Country IS NOT NULL GROUP BY a.Country",
            ),
        ] {
            let standard = standard.replace("{}", NUMBERED);
            let found = sorted(rows(&connection, applied));
            assert!(!found.is_empty(), "{applied}");
            assert_eq!(found, sorted(rows(&connection, &standard)), "{setting}: {applied}");
        }
    }
}
