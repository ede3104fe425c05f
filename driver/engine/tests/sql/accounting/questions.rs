//! What accountants ask, checked against the books by a computation of its own.

use std::collections::BTreeMap;

use super::books::{Books, Cents, amounts, cents, day, key, sums};

#[test]
fn trial_balance() {
    let books = Books::open();
    let answer = books.ask(
        "SELECT g.Code, g.Description, SUM(CASE WHEN l.AmountDC > 0 THEN l.AmountDC ELSE 0 END) AS Debit, \
         SUM(CASE WHEN l.AmountDC < 0 THEN -l.AmountDC ELSE 0 END) AS Credit, SUM(l.AmountDC) AS Balance \
         FROM TransactionLines l JOIN GLAccounts g ON g.ID = l.GLAccount GROUP BY g.Code, g.Description ORDER BY g.Code",
    );
    let accounts = books.by("financial/GLAccounts", "ID");
    let mut expected: BTreeMap<(String, String), [Cents; 3]> = BTreeMap::new();
    for line in books.all("bulk/Financial/TransactionLines?$select=GLAccount,AmountDC") {
        let account = &accounts[&line.text("GLAccount")];
        let sums = expected.entry((account.text("Code"), account.text("Description"))).or_default();
        let amount = line.cents("AmountDC");
        sums[if amount > 0 { 0 } else { 1 }] += amount.abs();
        sums[2] += amount;
    }
    let found: Vec<_> = answer
        .iter()
        .map(|row| ((row[0].clone(), row[1].clone()), [cents(&row[2]), cents(&row[3]), cents(&row[4])]))
        .collect();
    assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
    assert_eq!(found.iter().map(|(_, sums)| sums[2]).sum::<Cents>(), 0);
    let total = books.ask("SELECT SUM(AmountDC) FROM TransactionLines");
    assert_eq!(cents(&total[0][0]), 0);
}

#[test]
fn trial_balance_by_month_is_the_reporting_balance() {
    let books = Books::open();
    let answer = books.ask(
        "SELECT FinancialYear, FinancialPeriod, GLAccountCode, SUM(AmountDC) FROM TransactionLines \
         GROUP BY FinancialYear, FinancialPeriod, GLAccountCode",
    );
    let reported = books.all("financial/ReportingBalance").into_iter().map(|row| {
        let of = key(&[&row.number("ReportingYear"), &row.number("ReportingPeriod"), &row.text("GLAccountCode")]);
        (of, row.cents("Amount"))
    });
    assert_eq!(amounts(&answer), reported.collect());
}

#[test]
fn revenue_per_customer_and_month() {
    let books = Books::open();
    let answer = books.ask(
        "SELECT a.Code, YEAR(l.Date) AS Y, MONTH(l.Date) AS M, -SUM(l.AmountDC) AS Revenue FROM TransactionLines l \
         JOIN GLAccounts g ON g.ID = l.GLAccount JOIN Accounts a ON a.ID = l.Account WHERE g.Type = 110 \
         GROUP BY a.Code, YEAR(l.Date), MONTH(l.Date)",
    );
    let lines = books.all("bulk/Financial/TransactionLines?$select=AccountCode,GLAccountCode,Date,AmountDC");
    let revenue: Vec<_> = lines.iter().filter(|line| line.text("GLAccountCode").starts_with('8')).collect();
    let expected = sums(revenue.iter().map(|line| {
        let (year, month) = line.month("Date");
        (key(&[&line.text("AccountCode"), &year, &month]), -line.cents("AmountDC"))
    }));
    assert!(expected.len() > 100);
    assert_eq!(amounts(&answer), expected);
    // The service's own report says the same of all customers together.
    let by_month = books.ask(
        "SELECT YEAR(Date), MONTH(Date), -SUM(AmountDC) FROM TransactionLines WHERE GLAccountCode LIKE '8%' \
         GROUP BY YEAR(Date), MONTH(Date)",
    );
    let reported = books.all("read/financial/RevenueList").into_iter();
    let reported = reported.map(|row| (key(&[&row.number("Year"), &row.number("Period")]), row.cents("Amount")));
    assert_eq!(amounts(&by_month), reported.filter(|(_, amount)| *amount != 0).collect());
}

#[test]
fn ageing_of_receivables() {
    let books = Books::open();
    let answer = books.ask(
        "SELECT r.AccountCode, CASE WHEN DATEDIFF(day, r.DueDate, '2026-10-31') <= 30 THEN 1 \
         WHEN DATEDIFF(day, r.DueDate, '2026-10-31') <= 60 THEN 2 \
         WHEN DATEDIFF(day, r.DueDate, '2026-10-31') <= 90 THEN 3 ELSE 4 END AS AgeGroup, SUM(r.Amount) \
         FROM read_financial.ReceivablesList r GROUP BY r.AccountCode, AgeGroup",
    );
    let end = day(2026, 10, 31);
    let expected = sums(books.all("read/financial/ReceivablesList").iter().map(|row| {
        let group = match end - row.day("DueDate") {
            ..=30 => 1,
            31..=60 => 2,
            61..=90 => 3,
            _ => 4,
        };
        (key(&[&row.text("AccountCode"), &group]), row.cents("Amount"))
    }));
    assert_eq!(amounts(&answer), expected);
    let reported = books.all("read/financial/AgingReceivablesList").into_iter().flat_map(|row| {
        let code = row.text("AccountCode");
        (1..=4).map(move |group| (key(&[&code, &group]), row.cents(&format!("AgeGroup{group}Amount"))))
    });
    let filled = |(_, amount): &(Vec<String>, Cents)| *amount != 0;
    assert_eq!(
        amounts(&answer).into_iter().filter(filled).collect::<BTreeMap<_, _>>(),
        reported.filter(filled).collect()
    );
}

#[test]
fn open_items_are_the_balances_of_receivables_and_payables() {
    let books = Books::open();
    for (list, code, sign) in [("ReceivablesList", "1300", 1), ("PayablesList", "1600", -1)] {
        let open = amounts(&books.ask(&format!(
            "SELECT AccountCode, SUM(Amount) FROM read_financial.{list} GROUP BY AccountCode HAVING SUM(Amount) <> 0"
        )));
        let in_ledger = amounts(&books.ask(&format!(
            "SELECT AccountCode, {sign} * SUM(AmountDC) FROM TransactionLines WHERE GLAccountCode = '{code}' \
             GROUP BY AccountCode HAVING ROUND(SUM(AmountDC), 2) <> 0"
        )));
        let lines = books.all("bulk/Financial/TransactionLines?$select=AccountCode,GLAccountCode,AmountDC");
        let control = lines.iter().filter(|line| line.text("GLAccountCode") == code);
        let mut expected = sums(control.map(|line| (key(&[&line.text("AccountCode")]), sign * line.cents("AmountDC"))));
        expected.retain(|_, sum| *sum != 0);
        assert_eq!((&open, &in_ledger), (&expected, &expected), "{list}");
    }
}

#[test]
fn overdue_items_one_by_one() {
    let books = Books::open();
    let answer = books.ask(
        "SELECT a.Name, r.InvoiceNumber, DATEDIFF(day, r.DueDate, {d '2026-10-31'}) AS Late, r.Amount \
         FROM read_financial.ReceivablesList r JOIN Accounts a ON a.ID = r.AccountId \
         WHERE r.DueDate < {d '2026-10-31'} AND r.Amount > 0 ORDER BY Late DESC, r.InvoiceNumber",
    );
    let accounts = books.by("bulk/CRM/Accounts?$select=ID,Name", "ID");
    let end = day(2026, 10, 31);
    let mut expected: Vec<_> = books.all("read/financial/ReceivablesList").into_iter().collect();
    expected.retain(|row| row.day("DueDate") < end && row.cents("Amount") > 0);
    expected.sort_by_key(|row| (row.day("DueDate"), row.number("InvoiceNumber")));
    assert_eq!(answer.len(), expected.len());
    for (found, row) in answer.iter().zip(&expected) {
        let name = accounts[&row.text("AccountId")].text("Name");
        let told = (found[0].trim(), found[1].as_str(), found[2].as_str(), cents(&found[3]));
        let number = row.number("InvoiceNumber").to_string();
        let late = (end - row.day("DueDate")).to_string();
        assert_eq!(told, (name.as_str(), number.as_str(), late.as_str(), row.cents("Amount")));
    }
}

#[test]
fn profit_and_loss_of_a_year() {
    let books = Books::open();
    let answer = books.ask(
        "SELECT SUM(CASE WHEN g.Type = 110 THEN -l.AmountDC ELSE 0 END), \
         SUM(CASE WHEN g.Type = 110 THEN 0 ELSE l.AmountDC END) FROM TransactionLines l \
         JOIN GLAccounts g ON g.ID = l.GLAccount WHERE g.BalanceType = 'W' AND l.FinancialYear = 2026",
    );
    let report = &books.all("read/financial/ProfitLossOverview")[0];
    assert_eq!(cents(&answer[0][0]), report.cents("RevenueCurrentYear"));
    assert_eq!(cents(&answer[0][1]), report.cents("CostsCurrentYear"));
}

#[test]
fn vat_return_of_a_quarter() {
    let books = Books::open();
    let answer = books.ask(
        "SELECT l.VATCode, SUM(l.AmountDC) + SUM(l.VATAmountDC) FROM SalesInvoiceLines l \
         JOIN SalesInvoices i ON i.InvoiceID = l.InvoiceID \
         WHERE i.InvoiceDate >= '2025-04-01' AND i.InvoiceDate < '2025-07-01' GROUP BY l.VATCode",
    );
    let invoices = books.by("bulk/SalesInvoice/SalesInvoices?$select=InvoiceID,InvoiceDate", "InvoiceID");
    let lines = books.all("bulk/SalesInvoice/SalesInvoiceLines?$select=InvoiceID,VATCode,AmountDC,VATAmountDC");
    let (first, end) = (day(2025, 4, 1), day(2025, 7, 1));
    let due = lines.iter().filter(|line| (first..end).contains(&invoices[&line.text("InvoiceID")].day("InvoiceDate")));
    let expected =
        sums(due.map(|line| (key(&[&line.text("VATCode")]), line.cents("AmountDC") + line.cents("VATAmountDC"))));
    assert!(!expected.is_empty());
    assert_eq!(amounts(&answer), expected);
}
