//! The company's books: sums that must agree, values that break things, and every endpoint of the catalog.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(dead_code)]

mod common;

use std::collections::BTreeMap;

use common::{Client, cents, column, small};
use exact_simulator::Options;
use serde_json::{Value, json};

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
    assert!(all(&client, "read/financial/ReceivablesList?$select=HID").len() >= 40);
    assert_agreement(&client);
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

/// Checks that the ledger's balance of each account is what the lists of open items show.
fn assert_agreement(client: &Client) {
    let lines = all(client, "bulk/Financial/TransactionLines?$select=EntryID,AmountDC,GLAccountCode,AccountCode");
    assert!(sums(&lines, "EntryID", "AmountDC").values().all(|sum| *sum == 0));
    for (code, list, sign) in
        [("1300", "read/financial/ReceivablesList", 1), ("1600", "read/financial/PayablesList", -1)]
    {
        let control: Vec<Value> = lines.iter().filter(|line| line["GLAccountCode"] == code).cloned().collect();
        let mut booked = sums(&control, "AccountCode", "AmountDC");
        let mut listed = sums(&all(client, &format!("{list}?$select=AccountCode,Amount")), "AccountCode", "Amount");
        booked.values_mut().for_each(|sum| *sum *= sign);
        booked.retain(|_, sum| *sum != 0);
        listed.retain(|_, sum| *sum != 0);
        assert_eq!(booked, listed, "{list}");
    }
}

#[test]
fn open_items_follow_what_is_written() {
    let client = Client::small();
    assert_agreement(&client);
    let revenue = client.rows("financial/GLAccounts?$select=ID&$filter=Code eq '8000'")[0]["ID"].clone();
    let customer = client.rows("crm/Accounts?$select=ID&$filter=Status eq 'C'")[0]["ID"].clone();
    let supplier = client.rows("crm/Accounts?$select=ID&$filter=Status eq 'A'")[0]["ID"].clone();
    let line = |amount: f64| serde_json::json!([{"GLAccount": revenue, "AmountFC": amount, "VATCode": "2"}]);
    let sale = serde_json::json!({"Journal": "70", "Customer": customer, "SalesEntryLines": line(100.1)});
    let purchase = serde_json::json!({"Journal": "60", "Supplier": supplier, "PurchaseEntryLines": line(33.33)});
    let posted = client.write("POST", "salesentry/SalesEntries", &sale, &[]);
    assert_eq!(posted.status, 201, "{}", posted.text());
    assert_eq!(client.write("POST", "purchaseentry/PurchaseEntries", &purchase, &[]).status, 201);
    assert_agreement(&client);
    let before = client.get("read/financial/ReceivablesList/$count").text();
    for _ in 0..70 {
        assert_eq!(client.write("POST", "salesentry/SalesEntries", &sale, &[]).status, 201);
    }
    let (rows, pages) = client.all("read/financial/ReceivablesList?$select=HID");
    assert_eq!((rows.len(), pages), (before.parse::<usize>().unwrap() + 70, 2), "written rows are paged too");
    assert_eq!(client.get("read/financial/ReceivablesList(101L)").json()["d"]["HID"], "101");
    assert_agreement(&client);

    let key = posted.json()["d"]["EntryID"].as_str().unwrap().to_owned();
    let open = client.rows("salesentry/SalesEntries?$select=EntryID,InvoiceNumber&$filter=InvoiceNumber eq 10003");
    let settled = client.rows("salesentry/SalesEntries?$select=EntryID&$filter=InvoiceNumber eq 10004");
    let bank = client.rows("financialtransaction/BankEntries?$select=EntryID&$top=1");
    let mut doomed = vec![format!("salesentry/SalesEntries(guid'{key}')")];
    for row in [&open[0], &settled[0]] {
        doomed.push(format!("salesentry/SalesEntries(guid'{}')", row["EntryID"].as_str().unwrap()));
    }
    doomed.push(format!("financialtransaction/BankEntries(guid'{}')", bank[0]["EntryID"].as_str().unwrap()));
    for path in doomed {
        assert_eq!(client.write("DELETE", &path, &Value::Null, &[]).status, 204, "{path}");
        assert_agreement(&client);
    }
}

#[test]
fn reports_agree_with_the_books() {
    let client = Client::new(Options { scale: 0.02, ..small() });
    assert_reports(&client);
    let aged = all(&client, "read/financial/AgingReceivablesList?$select=AccountId");
    let account = aged[3]["AccountId"].as_str().unwrap();
    assert_eq!(client.get(&format!("crm/Accounts(guid'{account}')?$select=ID")).status, 200);
    let one = client.get(&format!("read/financial/AgingReceivablesList(guid'{account}')")).json();
    assert_eq!(one["d"]["AccountId"], account);
}

#[test]
fn reports_follow_what_is_written() {
    let client = Client::small();
    assert_reports(&client);
    let id = |path: &str, key: &str| client.rows(path)[0][key].clone();
    let revenue = id("financial/GLAccounts?$select=ID&$filter=Code eq '8100'", "ID");
    let receivable = id("financial/GLAccounts?$select=ID&$filter=Code eq '1300'", "ID");
    let customer = client.write("POST", "crm/Accounts", &json!({"Name": "Brand new"}), &[]).json()["d"]["ID"].clone();
    let write = |method: &str, path: &str, body: &Value| {
        let answer = client.write(method, path, body, &[]);
        assert!(answer.status < 300, "{method} {path}: {}", answer.text());
        assert_reports(&client);
        answer
    };
    // A month of its own, an account of its own, and a ledger account that was not there before.
    let lines = json!([{"GLAccount": revenue, "AmountFC": 123.45, "VATCode": "2"}]);
    let sale =
        json!({"Journal": "70", "Customer": customer, "EntryDate": "2026-12-24T00:00:00", "SalesEntryLines": lines});
    let total = |path: &str, column: &str| all(&client, path).iter().map(|row| cents(&row[column])).sum::<i64>();
    let (month, open) = (
        "read/financial/RevenueList?$filter=Year eq 2026 and Period eq 12",
        format!("read/financial/AgingReceivablesList?$filter=AccountId eq guid'{}'", customer.as_str().unwrap()),
    );
    assert_eq!((total(month, "Amount"), total(&open, "TotalAmount")), (0, 0));
    let posted = write("POST", "salesentry/SalesEntries", &sale).json();
    assert_eq!((total(month, "Amount"), total(&open, "TotalAmount")), (12_345, 14_937));
    let other = json!({"Code": "8999", "Description": "Later", "BalanceType": "W", "Type": 110});
    let other = write("POST", "financial/GLAccounts", &other).json()["d"]["ID"].clone();
    let mut on_other = sale.clone();
    on_other["SalesEntryLines"][0]["GLAccount"] = other;
    write("POST", "salesentry/SalesEntries", &on_other);
    assert_eq!(total("financial/ReportingBalance?$filter=GLAccountCode eq '8999'", "AmountCredit"), 12_345);
    assert_eq!(total(month, "Amount"), 24_690);
    // The customer pays.
    let paid =
        json!([{"GLAccount": receivable, "Account": customer, "AmountFC": 149.37, "Date": "2026-12-30T00:00:00"}]);
    write("POST", "financialtransaction/BankEntries", &json!({"JournalCode": "20", "BankEntryLines": paid}));
    assert_eq!(total(&open, "TotalAmount"), 14_937, "one of two");
    // What was computed is changed and deleted; what was posted as well.
    let computed = id("salesentry/SalesEntries?$select=EntryID&$filter=InvoiceNumber eq 10003", "EntryID");
    let line = format!("salesentry/SalesEntryLines?$select=ID&$filter=EntryID eq guid'{}'", computed.as_str().unwrap());
    let line = id(&line, "ID");
    write("PUT", &format!("salesentry/SalesEntryLines(guid'{}')", line.as_str().unwrap()), &json!({"AmountFC": 1.0}));
    for entry in [&computed, &posted["d"]["EntryID"]] {
        write("DELETE", &format!("salesentry/SalesEntries(guid'{}')", entry.as_str().unwrap()), &Value::Null);
    }
    assert_eq!(total(month, "Amount"), 12_345);
}

/// Checks every report against the lists and the ledger that it sums up.
fn assert_reports(client: &Client) {
    let total = |path: &str, amount: &str| all(client, path).iter().map(|row| cents(&row[amount])).sum::<i64>();
    for (kind, amount, listed) in
        [("Receivables", "AmountReceivable", "Receivable"), ("Payables", "AmountPayable", "Payable")]
    {
        let items = all(client, &format!("read/financial/{kind}List?$select=AccountCode,Amount"));
        let mut by_account = sums(&items, "AccountCode", "Amount");
        let aged = all(client, &format!("read/financial/Aging{kind}List"));
        let mut aged_by_account = sums(&aged, "AccountCode", "TotalAmount");
        by_account.retain(|_, sum| *sum != 0);
        aged_by_account.retain(|_, sum| *sum != 0);
        assert_eq!(by_account, aged_by_account, "{kind}");
        let overview = all(client, "read/financial/AgingOverview");
        for (row, group) in overview.iter().zip(1..) {
            let by_age = total(&format!("read/financial/{kind}ListByAgeGroup?ageGroup={group}"), "Amount");
            assert_eq!(by_age, cents(&row[amount]), "{kind}, group {group}");
            let column = format!("AgeGroup{group}Amount");
            assert_eq!(aged.iter().map(|row| cents(&row[&column])).sum::<i64>(), by_age, "{kind}, group {group}");
        }
        let outstanding = &client.rows("read/financial/OutstandingInvoicesOverview")[0];
        let sum: i64 = by_account.values().sum();
        assert_eq!(cents(&outstanding[format!("Outstanding{listed}InvoiceAmount")]), sum, "{kind}");
        let count = outstanding[format!("Outstanding{listed}InvoiceCount")].as_f64().unwrap();
        assert_eq!(count as usize, items.len(), "{kind}");
    }
    assert_balances(client);
}

fn assert_balances(client: &Client) {
    let columns = "AmountDC,GLAccountCode,FinancialYear,FinancialPeriod";
    let lines = all(client, &format!("bulk/Financial/TransactionLines?$select={columns}"));
    let mut booked: BTreeMap<(i64, i64, String), (i64, i64, i64)> = BTreeMap::new();
    let mut revenue: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    for line in &lines {
        let (year, period) = (line["FinancialYear"].as_i64().unwrap(), line["FinancialPeriod"].as_i64().unwrap());
        let (code, amount) = (line["GLAccountCode"].as_str().unwrap(), cents(&line["AmountDC"]));
        let balance = booked.entry((year, period, code.to_owned())).or_default();
        balance.0 += amount.max(0);
        balance.1 -= amount.min(0);
        balance.2 += 1;
        if code.starts_with('8') {
            *revenue.entry((year, period)).or_default() -= amount;
        }
    }
    let reported = all(client, "financial/ReportingBalance").into_iter().map(|row| {
        let code = row["GLAccountCode"].as_str().unwrap().to_owned();
        let key = (row["ReportingYear"].as_i64().unwrap(), row["ReportingPeriod"].as_i64().unwrap(), code);
        assert_eq!(cents(&row["Amount"]), cents(&row["AmountDebit"]) - cents(&row["AmountCredit"]));
        (key, (cents(&row["AmountDebit"]), cents(&row["AmountCredit"]), row["Count"].as_i64().unwrap()))
    });
    assert_eq!(reported.collect::<BTreeMap<_, _>>(), booked);
    let listed = all(client, "read/financial/RevenueList")
        .into_iter()
        .map(|row| ((row["Year"].as_i64().unwrap(), row["Period"].as_i64().unwrap()), cents(&row["Amount"])));
    let listed: BTreeMap<_, _> = listed.filter(|(_, amount)| *amount != 0).collect();
    revenue.retain(|_, amount| *amount != 0);
    assert_eq!(listed, revenue);
    let year = |year: i64| revenue.iter().filter(|((y, _), _)| *y == year).map(|(_, amount)| *amount).sum::<i64>();
    let overview = &client.rows("read/financial/ProfitLossOverview")[0];
    assert_eq!(cents(&overview["RevenueCurrentYear"]), year(2026));
    assert_eq!(cents(&overview["RevenuePreviousYear"]), year(2025));
    let by_year = all(client, "read/financial/RevenueListByYear?year=2024");
    assert_eq!(by_year.iter().map(|row| cents(&row["Amount"])).sum::<i64>(), year(2024));
}

#[test]
fn headers_follow_lines_that_are_written_alone() {
    let client = Client::small();
    let revenue = client.rows("financial/GLAccounts?$select=ID&$filter=Code eq '8000'")[0]["ID"].clone();
    let customer = client.rows("crm/Accounts?$select=ID&$filter=Status eq 'C'")[0]["ID"].clone();
    let line = |amount: f64| serde_json::json!({"GLAccount": revenue, "AmountFC": amount, "VATCode": "2"});
    let sale = serde_json::json!({"Journal": "70", "Customer": customer, "SalesEntryLines": [line(100.0)]});
    let posted = client.write("POST", "salesentry/SalesEntries", &sale, &[]).json();
    let computed = client.rows("salesentry/SalesEntries?$select=EntryID&$filter=InvoiceNumber eq 10004");
    for entry in [posted["d"]["EntryID"].clone(), computed[0]["EntryID"].clone()] {
        let entry = entry.as_str().unwrap();
        let header = || cents(&client.get(&format!("salesentry/SalesEntries(guid'{entry}')")).json()["d"]["AmountDC"]);
        let before = header();
        let mut added = line(10.0);
        added["EntryID"] = Value::from(entry);
        let made = client.write("POST", "salesentry/SalesEntryLines", &added, &[]);
        assert_eq!(made.status, 201, "{}", made.text());
        assert_eq!(header(), before + 1_210);
        assert_agreement(&client);
        let id = made.json()["d"]["ID"].as_str().unwrap().to_owned();
        let address = format!("salesentry/SalesEntryLines(guid'{id}')");
        assert_eq!(client.write("PUT", &address, &serde_json::json!({"AmountFC": 20.0}), &[]).status, 204);
        assert_eq!(header(), before + 2_420);
        assert_agreement(&client);
        assert_eq!(client.write("DELETE", &address, &Value::Null, &[]).status, 204);
        assert_eq!(header(), before);
        assert_agreement(&client);
        let other = client.rows("crm/Accounts?$select=ID&$filter=Status eq 'C'")[3]["ID"].clone();
        let moved = serde_json::json!({"Customer": other});
        assert_eq!(client.write("PUT", &format!("salesentry/SalesEntries(guid'{entry}')"), &moved, &[]).status, 204);
        assert_agreement(&client);
        assert_eq!(
            client.write("DELETE", &format!("salesentry/SalesEntries(guid'{entry}')"), &Value::Null, &[]).status,
            204
        );
        assert_agreement(&client);
    }
    let alone = serde_json::json!({"EntryID": client.rows("generaljournalentry/GeneralJournalEntries?$select=EntryID")[0]["EntryID"], "GLAccount": revenue, "AmountFC": 1.0});
    assert_eq!(client.write("POST", "generaljournalentry/GeneralJournalEntryLines", &alone, &[]).status, 500);
}

#[test]
fn relations_of_the_catalog_lead_to_rows() {
    let client = Client::small();
    let relations: Vec<Value> = serde_json::from_str(include_str!("../catalog/relations.json")).unwrap();
    let mut columns: BTreeMap<String, std::collections::BTreeSet<String>> = BTreeMap::new();
    let mut read = |table: &str, column: &str| {
        let path = format!("{table}?$select={column}");
        let cells = columns.entry(path.clone()).or_insert_with(|| {
            let rows = all(&client, &path);
            rows.iter().filter_map(|row| row[column].as_str()).map(|text| text.trim().to_owned()).collect()
        });
        cells.clone()
    };
    let named = |relation: &&Value| relation["how_derived"].as_str().unwrap().starts_with("guid-name+");
    let is_plain = |table: &str| {
        let first = table.split('/').next().unwrap();
        ["crm", "sales", "salesinvoice", "salesorder", "logistics", "project", "purchaseorder"].contains(&first)
    };
    let mut checked = 0;
    for relation in relations.iter().filter(named) {
        let [from, column, to, key] =
            ["from_table", "from_column", "to_table", "to_column"].map(|name| relation[name].as_str().unwrap());
        if !is_plain(from) || client.get(&format!("{from}?$top=1&$select={column}")).status != 200 {
            continue;
        }
        let (used, known) = (read(from, column), read(to, key));
        let lost: Vec<&String> = used.difference(&known).collect();
        assert!(lost.is_empty(), "{from}.{column} -> {to}.{key}: {lost:?}");
        checked += used.len();
    }
    assert!(checked > 1_000, "{checked}");
}

#[test]
fn purchase_documents_have_their_lines() {
    let client = Client::small();
    for (headers, lines, key) in [
        ("purchase/PurchaseInvoices", "PurchaseInvoiceLines", "ID"),
        ("purchaseorder/GoodsReceipts", "GoodsReceiptLines", "ID"),
        ("purchaseorder/PurchaseOrders", "PurchaseOrderLines", "PurchaseOrderID"),
        ("purchaseentry/PurchaseEntries", "PurchaseEntryLines", "EntryID"),
    ] {
        let rows = all(&client, &format!("{headers}?$select={key},{lines}&$expand={lines}"));
        assert_eq!(rows.len(), 80, "{headers}");
        assert!(rows.iter().all(|row| row[lines]["results"].as_array().unwrap().len() == 2), "{headers}");
    }
}
