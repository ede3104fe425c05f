//! The questions of the TPC-H benchmark, put to this company: customers buy items by invoices and suppliers deliver them.

use std::collections::{BTreeMap, BTreeSet};

use super::books::{Books, Cents, Row, amounts, cents, day, key, sums};

struct Sales {
    accounts: BTreeMap<String, Row>,
    items: BTreeMap<String, Row>,
    invoices: BTreeMap<String, Row>,
    lines: Vec<Row>,
}

impl Sales {
    fn read(books: &Books) -> Sales {
        let invoices = "bulk/SalesInvoice/SalesInvoices?$select=InvoiceID,InvoiceNumber,InvoiceTo,InvoiceDate,AmountDC";
        let lines = "bulk/SalesInvoice/SalesInvoiceLines\
                     ?$select=InvoiceID,Item,Quantity,NetPrice,AmountDC,VATAmountDC,VATCode,LineNumber";
        Sales {
            accounts: books.by("bulk/CRM/Accounts?$select=ID,Code,Name,Country,City,Phone,Status", "ID"),
            items: books.by("bulk/Logistics/Items?$select=ID,Code,Description,SalesVatCode", "ID"),
            invoices: books.by(invoices, "InvoiceID"),
            lines: books.all(lines),
        }
    }

    fn invoice(&self, line: &Row) -> &Row {
        &self.invoices[&line.text("InvoiceID")]
    }

    fn customer(&self, line: &Row) -> &Row {
        &self.accounts[&self.invoice(line).text("InvoiceTo")]
    }
}

/// Q1: sums of quantity and price by a code, over most of the lines.
#[test]
fn pricing_summary() {
    let books = Books::open();
    let answer = books.ask(
        "SELECT l.VATCode, CASE WHEN l.AmountDC < 0 THEN 'R' ELSE 'N' END AS Flag, SUM(l.Quantity), SUM(l.AmountDC), \
         SUM(l.AmountDC + l.VATAmountDC), COUNT(*) FROM SalesInvoiceLines l JOIN SalesInvoices i \
         ON i.InvoiceID = l.InvoiceID WHERE i.InvoiceDate <= DATEADD(day, -90, '2026-12-01') \
         GROUP BY l.VATCode, Flag ORDER BY l.VATCode, Flag",
    );
    let sales = Sales::read(&books);
    let mut expected: BTreeMap<(String, &str), [i64; 4]> = BTreeMap::new();
    let end = day(2026, 12, 1) - 90;
    for line in sales.lines.iter().filter(|line| sales.invoice(line).day("InvoiceDate") <= end) {
        let flag = if line.cents("AmountDC") < 0 { "R" } else { "N" };
        let sums = expected.entry((line.text("VATCode"), flag)).or_default();
        sums[0] += line.cents("Quantity");
        sums[1] += line.cents("AmountDC");
        sums[2] += line.cents("AmountDC") + line.cents("VATAmountDC");
        sums[3] += 1;
    }
    let found: Vec<_> = answer
        .iter()
        .map(|row| {
            let sums = [cents(&row[2]), cents(&row[3]), cents(&row[4]), row[5].parse().unwrap()];
            ((row[0].clone(), row[1].as_str()), sums)
        })
        .collect();
    assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
}

/// Q3 and Q10: the ten best customers of a country within a time.
#[test]
fn best_customers() {
    let books = Books::open();
    let answer = books.ask(
        "SELECT TOP 10 a.Code, a.Name, SUM(l.AmountDC) AS Revenue FROM Accounts a \
         JOIN SalesInvoices i ON i.InvoiceTo = a.ID JOIN SalesInvoiceLines l ON l.InvoiceID = i.InvoiceID \
         WHERE a.Country = 'NL' AND i.InvoiceDate >= '2022-01-01' AND i.InvoiceDate < '2024-01-01' \
         GROUP BY a.Code, a.Name ORDER BY Revenue DESC, a.Code",
    );
    let sales = Sales::read(&books);
    let span = day(2022, 1, 1)..day(2024, 1, 1);
    let wanted = sales.lines.iter().filter(|line| {
        sales.customer(line).text("Country") == "NL" && span.contains(&sales.invoice(line).day("InvoiceDate"))
    });
    let revenue = sums(wanted.map(|line| (sales.customer(line).text("Code"), line.cents("AmountDC"))));
    let mut best: Vec<(Cents, String)> = revenue.into_iter().map(|(code, sum)| (-sum, code)).collect();
    best.sort();
    let found: Vec<_> = answer.iter().map(|row| (-cents(&row[2]), row[0].clone())).collect();
    assert_eq!(found, best.into_iter().take(10).collect::<Vec<_>>());
}

/// Q4: how many invoices of a quarter have a line of a kind.
#[test]
fn invoices_with_a_large_line() {
    let books = Books::open();
    let answer = books.ask(
        "SELECT QUARTER(i.InvoiceDate) AS Q, COUNT(*) FROM SalesInvoices i WHERE YEAR(i.InvoiceDate) = 2023 \
         AND EXISTS (SELECT * FROM SalesInvoiceLines l WHERE l.InvoiceID = i.InvoiceID AND l.Quantity > 15) \
         GROUP BY QUARTER(i.InvoiceDate) ORDER BY Q",
    );
    let sales = Sales::read(&books);
    let large: BTreeSet<String> =
        sales.lines.iter().filter(|line| line.cents("Quantity") > 1_500).map(|line| line.text("InvoiceID")).collect();
    let counted = sales
        .invoices
        .values()
        .filter(|invoice| invoice.month("InvoiceDate").0 == 2023 && large.contains(&invoice.text("InvoiceID")));
    let expected = sums(counted.map(|invoice| (key(&[&((invoice.month("InvoiceDate").1 - 1) / 3 + 1)]), 1)));
    assert_eq!(amounts(&answer), expected.into_iter().map(|(of, count)| (of, count * 100)).collect());
}

/// Q5: revenue by country, of items that are sold and bought in it.
#[test]
fn local_trade() {
    let books = Books::open();
    let answer = books.ask(
        "SELECT a.Country, SUM(l.AmountDC) FROM Accounts a JOIN SalesInvoices i ON i.InvoiceTo = a.ID \
         JOIN SalesInvoiceLines l ON l.InvoiceID = i.InvoiceID JOIN logistics.SupplierItem s ON s.Item = l.Item \
         JOIN Accounts b ON b.ID = s.Supplier AND b.Country = a.Country GROUP BY a.Country",
    );
    let sales = Sales::read(&books);
    let suppliers = books.by("logistics/SupplierItem?$select=Item,Supplier", "Item");
    let local = sales.lines.iter().filter_map(|line| {
        let supplier = &sales.accounts[&suppliers[&line.text("Item")].text("Supplier")];
        let country = sales.customer(line).text("Country");
        (supplier.text("Country") == country).then(|| (key(&[&country]), line.cents("AmountDC")))
    });
    let expected = sums(local);
    assert!(!expected.is_empty());
    assert_eq!(amounts(&answer), expected);
}

/// Q6: a sum under conditions on date, price and quantity.
#[test]
fn forecast_of_revenue() {
    let books = Books::open();
    let answer = books.ask(
        "SELECT SUM(l.NetPrice * l.Quantity) FROM SalesInvoiceLines l JOIN SalesInvoices i \
         ON i.InvoiceID = l.InvoiceID WHERE i.InvoiceDate >= '2024-01-01' \
         AND i.InvoiceDate < {fn TIMESTAMPADD(SQL_TSI_YEAR, 1, {d '2024-01-01'})} \
         AND l.NetPrice BETWEEN 500 AND 1500 AND l.Quantity < 12",
    );
    let sales = Sales::read(&books);
    let wanted = sales.lines.iter().filter(|line| {
        sales.invoice(line).month("InvoiceDate").0 == 2024
            && (50_000..=150_000).contains(&line.cents("NetPrice"))
            && line.cents("Quantity") < 1_200
    });
    let expected: Cents = wanted.map(|line| line.cents("NetPrice") * line.cents("Quantity") / 100).sum();
    assert_eq!(cents(&answer[0][0]), expected);
}

/// Q13: how many customers have how many invoices, those without any included.
#[test]
fn distribution_of_customers() {
    let books = Books::open();
    let answer = books.ask(
        "SELECT n, COUNT(*) FROM (SELECT a.ID, COUNT(i.InvoiceID) AS n FROM Accounts a LEFT JOIN SalesInvoices i \
         ON i.InvoiceTo = a.ID AND i.Description NOT LIKE '%maart%' GROUP BY a.ID) x GROUP BY n",
    );
    let invoices = books.all("bulk/SalesInvoice/SalesInvoices?$select=InvoiceTo,Description");
    let accounts = books.by("bulk/CRM/Accounts?$select=ID", "ID");
    let counted = invoices.iter().filter(|invoice| !invoice.text("Description").contains("maart"));
    let mut by_account: BTreeMap<String, i64> = accounts.into_keys().map(|id| (id, 0)).collect();
    counted.for_each(|invoice| *by_account.get_mut(&invoice.text("InvoiceTo")).unwrap() += 1);
    let expected = sums(by_account.into_values().map(|count| (key(&[&count]), 100)));
    assert_eq!(amounts(&answer), expected);
}

/// Q14 and Q12: a share, by a condition within the sum.
#[test]
fn share_of_a_vat_rate() {
    let books = Books::open();
    let answer = books.ask(
        "SELECT YEAR(i.InvoiceDate) AS Y, SUM(CASE WHEN t.SalesVatCode = '2' THEN l.AmountDC ELSE 0 END), \
         SUM(l.AmountDC) FROM SalesInvoiceLines l JOIN Items t ON t.ID = l.Item \
         JOIN SalesInvoices i ON i.InvoiceID = l.InvoiceID GROUP BY YEAR(i.InvoiceDate) ORDER BY Y",
    );
    let sales = Sales::read(&books);
    let mut expected: BTreeMap<i64, [Cents; 2]> = BTreeMap::new();
    for line in &sales.lines {
        let sums = expected.entry(sales.invoice(line).month("InvoiceDate").0).or_default();
        let is_high = sales.items[&line.text("Item")].text("SalesVatCode") == "2";
        sums[0] += if is_high { line.cents("AmountDC") } else { 0 };
        sums[1] += line.cents("AmountDC");
    }
    let found = answer.iter().map(|row| (row[0].parse().unwrap(), [cents(&row[1]), cents(&row[2])]));
    assert_eq!(found.collect::<BTreeMap<_, _>>(), expected);
}

/// Q15: who delivered most, by a common table expression that is used twice.
#[test]
fn best_supplier() {
    let books = Books::open();
    let answer = books.ask(
        "WITH bought AS (SELECT Supplier, SUM(AmountDC) AS Total FROM purchaseentry.PurchaseEntries GROUP BY Supplier) \
         SELECT a.Code, b.Total FROM bought b JOIN Accounts a ON a.ID = b.Supplier \
         WHERE b.Total = (SELECT MAX(Total) FROM bought)",
    );
    let accounts = books.by("bulk/CRM/Accounts?$select=ID,Code", "ID");
    let entries = books.all("purchaseentry/PurchaseEntries?$select=Supplier,AmountDC");
    let totals = sums(entries.iter().map(|entry| (entry.text("Supplier"), entry.cents("AmountDC"))));
    let (supplier, total) = totals.into_iter().max_by_key(|(_, total)| *total).unwrap();
    assert_eq!(answer.len(), 1);
    assert_eq!((answer[0][0].clone(), cents(&answer[0][1])), (accounts[&supplier].text("Code"), total));
}

/// Q16: how many different customers each item has, some left out.
#[test]
fn customers_per_item() {
    let books = Books::open();
    let answer = books.ask(
        "SELECT t.Code, COUNT(DISTINCT i.InvoiceTo) FROM Items t JOIN SalesInvoiceLines l ON l.Item = t.ID \
         JOIN SalesInvoices i ON i.InvoiceID = l.InvoiceID \
         WHERE t.Description NOT LIKE 'Printer%' AND i.InvoiceTo NOT IN (SELECT ID FROM Accounts WHERE Country = 'BE') \
         GROUP BY t.Code",
    );
    let sales = Sales::read(&books);
    let mut expected: BTreeMap<Vec<String>, BTreeSet<String>> = BTreeMap::new();
    for line in &sales.lines {
        let item = &sales.items[&line.text("Item")];
        let customer = sales.customer(line);
        if !item.text("Description").starts_with("Printer") && customer.text("Country") != "BE" {
            expected.entry(key(&[&item.text("Code")])).or_default().insert(customer.text("Code"));
        }
    }
    let expected = expected.into_iter().map(|(item, customers)| (item, customers.len() as Cents * 100));
    assert_eq!(amounts(&answer), expected.collect());
}

/// Q17: lines that are small beside the average of their item, by a correlated subquery.
#[test]
fn small_lines() {
    let books = Books::open();
    let answer = books.ask(
        "SELECT SUM(l.AmountDC) FROM SalesInvoiceLines l WHERE l.Quantity < \
         (SELECT 0.4 * AVG(m.Quantity) FROM SalesInvoiceLines m WHERE m.Item = l.Item)",
    );
    let sales = Sales::read(&books);
    let mut of_item: BTreeMap<String, (Cents, i64)> = BTreeMap::new();
    for line in &sales.lines {
        let sum = of_item.entry(line.text("Item")).or_default();
        *sum = (sum.0 + line.cents("Quantity"), sum.1 + 1);
    }
    let small = sales.lines.iter().filter(|line| {
        let (sum, count) = of_item[&line.text("Item")];
        10 * line.cents("Quantity") * count < 4 * sum
    });
    assert_eq!(cents(&answer[0][0]), small.map(|line| line.cents("AmountDC")).sum::<Cents>());
}

/// Q18: invoices of a large quantity, with their customers.
#[test]
fn large_invoices() {
    let books = Books::open();
    let answer = books.ask(
        "SELECT a.Name, i.InvoiceNumber, SUM(l.Quantity) AS Pieces FROM Accounts a \
         JOIN SalesInvoices i ON i.InvoiceTo = a.ID JOIN SalesInvoiceLines l ON l.InvoiceID = i.InvoiceID \
         WHERE i.InvoiceID IN (SELECT InvoiceID FROM SalesInvoiceLines GROUP BY InvoiceID HAVING SUM(Quantity) > 60) \
         GROUP BY a.Name, i.InvoiceNumber ORDER BY Pieces DESC, i.InvoiceNumber",
    );
    let sales = Sales::read(&books);
    let pieces = sums(sales.lines.iter().map(|line| (line.text("InvoiceID"), line.cents("Quantity"))));
    let large = pieces.into_iter().filter(|(_, pieces)| *pieces > 6_000);
    let mut expected: Vec<_> =
        large.map(|(id, pieces)| (-pieces, sales.invoices[&id].number("InvoiceNumber"))).collect();
    expected.sort_unstable();
    let found: Vec<_> = answer.iter().map(|row| (-cents(&row[2]), row[1].parse().unwrap())).collect();
    assert!(!expected.is_empty());
    assert_eq!(found, expected);
}

/// Q19: alternatives that share a join.
#[test]
fn alternatives() {
    let books = Books::open();
    let answer = books.ask(
        "SELECT SUM(l.AmountDC) FROM SalesInvoiceLines l, Items t WHERE \
         (t.ID = l.Item AND t.Description LIKE 'Lamp%' AND l.Quantity BETWEEN 1 AND 5) \
         OR (t.ID = l.Item AND t.Description LIKE 'Kabel%' AND l.Quantity BETWEEN 10 AND 20) \
         OR (t.ID = l.Item AND t.SalesVatCode = '1' AND l.NetPrice > 1000)",
    );
    let sales = Sales::read(&books);
    let wanted = sales.lines.iter().filter(|line| {
        let item = &sales.items[&line.text("Item")];
        let (name, quantity) = (item.text("Description"), line.cents("Quantity"));
        (name.starts_with("Lamp") && (100..=500).contains(&quantity))
            || (name.starts_with("Kabel") && (1_000..=2_000).contains(&quantity))
            || (item.text("SalesVatCode") == "1" && line.cents("NetPrice") > 100_000)
    });
    assert_eq!(cents(&answer[0][0]), wanted.map(|line| line.cents("AmountDC")).sum::<Cents>());
}

/// Q21 and Q22: who bought before but not lately.
#[test]
fn lost_customers() {
    let books = Books::open();
    let answer = books.ask(
        "SELECT a.Code, COUNT(*) FROM Accounts a JOIN SalesInvoices i ON i.InvoiceTo = a.ID \
         WHERE SUBSTRING(a.Phone, 1, 3) = '+31' AND NOT EXISTS (SELECT * FROM SalesInvoices j \
         WHERE j.InvoiceTo = a.ID AND j.InvoiceDate >= '2026-07-01') GROUP BY a.Code",
    );
    let sales = Sales::read(&books);
    let lately = day(2026, 7, 1);
    let recent: BTreeSet<String> = sales
        .invoices
        .values()
        .filter(|invoice| invoice.day("InvoiceDate") >= lately)
        .map(|invoice| invoice.text("InvoiceTo"))
        .collect();
    let before = sales.invoices.values().filter(|invoice| {
        let customer = invoice.text("InvoiceTo");
        !recent.contains(&customer) && sales.accounts[&customer].text("Phone").starts_with("+31")
    });
    let expected = sums(before.map(|invoice| (key(&[&sales.accounts[&invoice.text("InvoiceTo")].text("Code")]), 100)));
    assert!(!expected.is_empty());
    assert_eq!(amounts(&answer), expected);
}
