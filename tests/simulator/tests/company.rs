//! The company's books: sums that must agree, values that break things, and every endpoint of the catalog.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(dead_code)]

mod common;

use std::collections::BTreeMap;

use common::{Client, cents, column, small};
use exact_simulator::Options;
use serde_json::Value;

fn all(client: &Client, path: &str) -> Vec<Value> {
    client.all(path).0
}

/// Sums of an amount by a key.
fn sums(rows: &[Value], key: &str, amount: &str) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for row in rows {
        *sums.entry(row[key].as_str().unwrap().to_owned()).or_default() += cents(&row[amount]);
    }
    sums
}

#[test]
fn every_entry_balances() {
    let client = Client::new(Options { scale: 0.02, ..small() });
    let lines = all(&client, "bulk/Financial/TransactionLines?$select=EntryID,AmountDC,GLAccountCode,InvoiceNumber");
    assert_eq!(lines.len(), 4_000);
    let by_entry = sums(&lines, "EntryID", "AmountDC");
    assert!(by_entry.values().all(|sum| *sum == 0));
    assert_eq!(by_entry.len(), 2 * 520);
    let entries: usize =
        ["salesentry/SalesEntries", "purchaseentry/PurchaseEntries", "financialtransaction/BankEntries"]
            .iter()
            .map(|path| client.get(&format!("{path}/$count")).text().parse::<usize>().unwrap())
            .sum();
    assert_eq!(entries + 20, by_entry.len(), "every entry is in one of the four journals");
}

#[test]
fn invoices_equal_their_lines() {
    let client = Client::small();
    let invoices =
        all(&client, "bulk/SalesInvoice/SalesInvoices?$select=InvoiceID,AmountDC,VATAmountDC,AmountFCExclVat");
    let lines = all(&client, "bulk/SalesInvoice/SalesInvoiceLines?$select=InvoiceID,AmountDC,VATAmountDC");
    let (net, vat) = (sums(&lines, "InvoiceID", "AmountDC"), sums(&lines, "InvoiceID", "VATAmountDC"));
    assert_eq!(net.len(), invoices.len());
    for invoice in &invoices {
        let id = invoice["InvoiceID"].as_str().unwrap();
        assert_eq!(cents(&invoice["AmountDC"]), net[id] + vat[id]);
        assert_eq!(cents(&invoice["VATAmountDC"]), vat[id]);
    }
    assert!(invoices.iter().any(|invoice| cents(&invoice["AmountDC"]) < 0), "credit notes");
}

#[test]
fn receivables_and_payables_agree_with_the_ledger() {
    let client = Client::new(Options { scale: 0.02, ..small() });
    let lines = all(&client, "bulk/Financial/TransactionLines?$select=AmountDC,GLAccountCode,AccountCode");
    for (code, list, sign) in
        [("1300", "read/financial/ReceivablesList", 1), ("1600", "read/financial/PayablesList", -1)]
    {
        let control: Vec<Value> = lines.iter().filter(|line| line["GLAccountCode"] == code).cloned().collect();
        let open = all(&client, &format!("{list}?$select=AccountCode,Amount"));
        assert!(open.len() >= 40);
        let mut by_account = sums(&control, "AccountCode", "AmountDC");
        by_account.retain(|_, sum| *sum != 0);
        let by_account: BTreeMap<String, i64> = by_account.into_iter().map(|(code, sum)| (code, sum * sign)).collect();
        let mut listed = sums(&open, "AccountCode", "Amount");
        listed.retain(|_, sum| *sum != 0);
        assert_eq!(by_account, listed, "{list}");
    }
}

#[test]
fn references_lead_somewhere() {
    let client = Client::small();
    let pairs = [
        ("bulk/Financial/TransactionLines", "GLAccount", "bulk/Financial/GLAccounts", "ID"),
        ("bulk/Financial/TransactionLines", "Account", "bulk/CRM/Accounts", "ID"),
        ("bulk/SalesInvoice/SalesInvoiceLines", "InvoiceID", "bulk/SalesInvoice/SalesInvoices", "InvoiceID"),
        ("bulk/SalesInvoice/SalesInvoiceLines", "Item", "bulk/Logistics/Items", "ID"),
        ("bulk/SalesInvoice/SalesInvoices", "OrderedBy", "bulk/CRM/Accounts", "ID"),
        ("bulk/SalesOrder/SalesOrderLines", "OrderID", "bulk/SalesOrder/SalesOrders", "OrderID"),
        ("bulk/CRM/Contacts", "Account", "bulk/CRM/Accounts", "ID"),
        ("purchaseentry/PurchaseEntries", "Supplier", "bulk/CRM/Accounts", "ID"),
        ("purchaseentry/PurchaseEntryLines", "EntryID", "purchaseentry/PurchaseEntries", "EntryID"),
        ("project/TimeTransactions", "Project", "project/Projects", "ID"),
        ("project/TimeTransactions", "Employee", "payroll/Employees", "ID"),
        ("crm/Accounts", "MainContact", "crm/Contacts", "ID"),
    ];
    for (from, column_name, to, key) in pairs {
        let known: std::collections::BTreeSet<String> =
            column(&all(&client, &format!("{to}?$select={key}")), key).into_iter().collect();
        let rows = all(&client, &format!("{from}?$select={column_name}"));
        assert!(!rows.is_empty());
        let used: Vec<&str> = rows.iter().filter_map(|row| row[column_name].as_str()).collect();
        assert!(used.len() * 2 > rows.len() || from.contains("Ledger"), "{from}.{column_name} is mostly null");
        let lost = used.iter().filter(|guid| !known.contains(**guid)).count();
        assert_eq!(lost, 0, "{from}.{column_name}");
    }
    let line = &client.rows("financialtransaction/TransactionLines?$select=Account,AccountName,AccountCode&$top=1")[0];
    let account = client.get(&format!("crm/Accounts(guid'{}')", line["Account"].as_str().unwrap())).json();
    assert_eq!((&account["d"]["Name"], &account["d"]["Code"]), (&line["AccountName"], &line["AccountCode"]));
}

#[test]
fn values_that_break_things_are_there() {
    let client = Client::small();
    let text = client.get("crm/Accounts").text();
    for part in [
        "O'Neill",
        "100%",
        "_Vers",
        "🥐",
        "شركة",
        "Blanks BV   \"",
        "\"\"",
        "/Date(-6847804800000)/",
        "/Date(253402214400000)/",
        "0.1,",
        "1000000000000000",
        "-0.01",
        ":null",
    ] {
        assert!(text.contains(part), "{part}");
    }
    let remarks = client.rows("crm/Accounts?$select=Remarks");
    let longest = remarks.iter().filter_map(|row| row["Remarks"].as_str()).map(|text| text.chars().count()).max();
    assert_eq!(longest, Some(20_000));
}

#[test]
fn the_seed_decides_everything() {
    let page =
        |seed: u64| Client::new(Options { seed, ..small() }).get("bulk/CRM/Accounts?$select=ID,Name,City").rows();
    let strip = |rows: Vec<Value>| {
        rows.iter().map(|row| format!("{}{}{}", row["ID"], row["Name"], row["City"])).collect::<Vec<_>>()
    };
    assert_eq!(strip(page(7)), strip(page(7)));
    assert_ne!(strip(page(7)), strip(page(8)));
}

#[test]
fn size_costs_neither_time_nor_memory_at_the_start() {
    let begun = std::time::Instant::now();
    let client = Client::new(Options { scale: 50.0, ..small() });
    assert_eq!(client.get("financialtransaction/TransactionLines/$count").text(), "10000000");
    let last = "ffff0000-0000-0000-0000-000000000000";
    let page = client.get(&format!("bulk/Financial/TransactionLines?$select=ID,AmountDC&$skiptoken=guid'{last}'"));
    assert!((1..1_000).contains(&page.rows().len()), "the end of ten million rows");
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}

#[test]
fn every_endpoint_of_the_catalog_answers() {
    let client = Client::small();
    let catalog: Vec<Value> = serde_json::from_str(include_str!("../catalog/endpoints.json")).unwrap();
    let mut answered = 0;
    for endpoint in &catalog {
        let uri = endpoint["uri"].as_str().unwrap();
        let methods = endpoint["methods"].as_array().unwrap();
        let is_read = methods.iter().any(|method| method == "GET");
        if endpoint["status"] == "historic" || !is_read || uri.ends_with("current/Me") {
            continue;
        }
        let columns = endpoint["properties"].as_array().unwrap();
        let names: Vec<&str> = columns.iter().map(|column| column["name"].as_str().unwrap()).collect();
        let mut arguments: Vec<String> =
            endpoint["parameters"].as_array().into_iter().flatten().map(argument).collect();
        // Some endpoints have more columns than fit into a URL.
        let short: Vec<&str> = names.iter().take(60).copied().collect();
        if !short.is_empty() {
            arguments.push(format!("$select={}", short.join(",")));
        }
        let url =
            format!("{}{}?{}", client.simulator.base_url(), uri.replace("{division}", "5512"), arguments.join("&"));
        let answer = client.get_url(&url);
        assert_eq!(answer.status, 200, "{url}: {}", answer.text());
        for row in answer.rows().iter().take(100) {
            for column in columns.iter().take(60) {
                check(uri, column, &row[column["name"].as_str().unwrap()]);
            }
        }
        answered += 1;
    }
    assert!(answered > 400, "{answered}");
}

fn argument(parameter: &Value) -> String {
    let value = match (parameter["name"].as_str().unwrap(), parameter["edm_type"].as_str().unwrap()) {
        ("endPoint", _) => "'TransactionLines'",
        (_, "Edm.Guid") => "guid'00000000-0000-0000-0000-000000000001'",
        (_, "Edm.String") => "'x'",
        (_, "Edm.Boolean") => "true",
        (_, "Edm.DateTime") => "datetime'2026-01-31T00:00:00'",
        _ => "1",
    };
    format!("{}={value}", parameter["name"].as_str().unwrap())
}

/// A cell has the JSON form of its type.
fn check(uri: &str, column: &Value, cell: &Value) {
    let is_right = match column["edm_type"].as_str().unwrap() {
        "Collection" => cell["__deferred"]["uri"].is_string(),
        "Complex" => cell.is_object() || cell.is_null(),
        _ if cell.is_null() => column["key"] != true,
        "Edm.Int16" | "Edm.Int32" | "Edm.Byte" => cell.is_i64(),
        "Edm.Double" => cell.is_number(),
        "Edm.Boolean" => cell.is_boolean(),
        "Edm.Int64" => cell.as_str().is_some_and(|text| text.parse::<i64>().is_ok()),
        "Edm.DateTime" => cell.as_str().is_some_and(|text| text.starts_with("/Date(") && text.ends_with(")/")),
        "Edm.Guid" => cell.as_str().is_some_and(|text| text.len() == 36),
        _ => cell.is_string(),
    };
    assert!(is_right, "{uri}: {} is {cell}", column["name"]);
}
