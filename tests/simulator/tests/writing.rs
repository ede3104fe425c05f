//! Requirements 22 and 23: writes, and what the sync endpoints tell of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(dead_code)]

mod common;

use std::time::Duration;

use common::{Answer, Client, cents, column};
use serde_json::{Value, json};

const ALL: (&str, &str) = ("prefer", "return=representation");

fn post(client: &Client, path: &str, body: Value) -> Value {
    let answer = client.write("POST", path, &body, &[ALL]);
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["d"].clone()
}

fn put(client: &Client, path: &str, body: Value) -> Answer {
    client.write("PUT", path, &body, &[])
}

fn first(client: &Client, path: &str) -> Value {
    client.rows(path)[0].clone()
}

/// The greatest Timestamp of a sync endpoint.
fn bookmark(client: &Client, path: &str) -> i64 {
    let (rows, _) = client.all(&format!("{path}?$select=Timestamp"));
    column(&rows, "Timestamp").iter().map(|stamp| stamp.parse().unwrap()).max().unwrap_or(1)
}

fn since(client: &Client, path: &str, select: &str, timestamp: i64) -> Vec<Value> {
    client.all(&format!("{path}?$select=Timestamp,{select}&$filter=Timestamp gt {timestamp}L")).0
}

#[test]
fn r22_changes_move_to_the_end() {
    let client = Client::small();
    let before = bookmark(&client, "sync/CRM/Accounts");
    assert_eq!(since(&client, "sync/CRM/Accounts", "ID", before).len(), 0);
    let id = first(&client, "crm/Accounts?$select=ID&$top=1")["ID"].as_str().unwrap().to_owned();
    assert_eq!(put(&client, &format!("crm/Accounts(guid'{id}')"), json!({"Name": "Renamed 🐘"})).status, 204);
    let changed = since(&client, "sync/CRM/Accounts", "ID,Name", before);
    assert_eq!(
        (changed.len(), changed[0]["ID"].as_str(), changed[0]["Name"].as_str()),
        (1, Some(id.as_str()), Some("Renamed 🐘"))
    );
    let (all, _) = client.all("sync/CRM/Accounts?$select=ID");
    assert_eq!(all.len(), 20, "once, in its new place only");
    for path in ["crm/Accounts", "bulk/CRM/Accounts"] {
        assert_eq!(first(&client, &format!("{path}?$select=Name&$filter=ID eq guid'{id}'"))["Name"], "Renamed 🐘");
    }
    let contact = first(&client, &format!("crm/Contacts?$select=AccountName&$filter=Account eq guid'{id}'"));
    assert_eq!(contact["AccountName"], "Renamed 🐘", "looked-up names follow");
}

#[test]
fn r22_deletes_are_logged_for_two_months() {
    let mut client = Client::small();
    let id = first(&client, "crm/Contacts?$select=ID&$top=1")["ID"].as_str().unwrap().to_owned();
    let address = format!("crm/Contacts(guid'{id}')");
    assert_eq!(client.write("DELETE", &address, &Value::Null, &[]).status, 204);
    assert_eq!(client.write("DELETE", &address, &Value::Null, &[]).status, 404);
    assert_eq!(client.get(&address).status, 404);
    assert_eq!(client.get("crm/Contacts/$count").text(), "29");
    assert_eq!(client.rows("bulk/CRM/Contacts?$select=ID").len(), 29);
    assert_eq!(since(&client, "sync/CRM/Contacts", "ID", 1).len(), 29);
    let log = since(&client, "sync/Deleted", "EntityKey,EntityType,Division", 1);
    assert_eq!(log.len(), 1);
    assert_eq!((log[0]["EntityKey"].as_str(), log[0]["EntityType"].as_i64()), (Some(id.as_str()), Some(5)));
    let seen: i64 = log[0]["Timestamp"].as_str().unwrap().parse().unwrap();
    assert_eq!(since(&client, "sync/Deleted", "EntityKey", seen).len(), 0);
    client.simulator.advance_clock(Duration::from_secs(62 * 86_400));
    client.token = client.sign_in();
    assert_eq!(since(&client, "sync/Deleted", "EntityKey", 1).len(), 0);
}

#[test]
fn r22_merged_rows_and_sync_timestamp() {
    let client = Client::small();
    let (rows, _) =
        client.all("sync/SalesInvoice/SalesInvoices?$select=ID,InvoiceID,LineNumber,AmountDC,Item,Timestamp");
    let headers: Vec<&Value> = rows.iter().filter(|row| row["LineNumber"] == 0).collect();
    assert_eq!(headers.len(), 200);
    assert!(headers.iter().all(|row| row["ID"] == row["InvoiceID"] && row["Item"].is_null()));
    assert_eq!((rows.len() - 200).to_string(), client.get("salesinvoice/SalesInvoiceLines/$count").text());

    let moment = "2023-01-01T00:00:00";
    let path = format!("read/sync/Sync/SyncTimestamp?modified=datetime'{moment}'&endPoint='TransactionLines'");
    let answer = first(&client, &path);
    let timestamp: i64 = answer["TimeStampAsBigInt"].as_str().unwrap().parse().unwrap();
    let later = since(&client, "sync/Financial/TransactionLines", "Modified", timestamp - 1);
    let all = since(&client, "sync/Financial/TransactionLines", "Modified", 1);
    let is_later = |row: &Value| {
        let text = row["Modified"].as_str().unwrap();
        text[6..text.len() - 2].parse::<i64>().unwrap() >= 1_672_531_200_000
    };
    assert!(!later.is_empty() && later.len() < all.len());
    assert!(later.iter().all(is_later));
    assert_eq!(all.iter().filter(|row| is_later(row)).count(), later.len());
    assert_eq!(client.get("read/sync/Sync/SyncTimestamp?endPoint='TransactionLines'").status, 400);
    let unknown = format!("read/sync/Sync/SyncTimestamp?modified=datetime'{moment}'&endPoint='Accounts'");
    assert_eq!(client.get(&unknown).status, 400);
}

#[test]
fn r22_sync_may_leave_out_looked_up_columns() {
    let client = Client::with(|switches| switches.sync_lookups_null = true);
    let row = |path: &str| first(&client, &format!("{path}?$select=Account,AccountName&$top=1"));
    assert!(row("sync/CRM/Contacts")["AccountName"].is_null() && row("sync/CRM/Contacts")["Account"].is_string());
    assert!(row("crm/Contacts")["AccountName"].is_string());
}

#[test]
fn r22_a_moved_division_starts_anew() {
    let client = Client::small();
    let before = bookmark(&client, "sync/CRM/Accounts");
    assert!(first(&client, "system/Divisions?$select=DivisionMoveDate")["DivisionMoveDate"].is_null());
    assert!(client.simulator.move_division(5512));
    assert!(bookmark(&client, "sync/CRM/Accounts") < before);
    assert_eq!(since(&client, "sync/CRM/Accounts", "ID", 1).len(), 20);
    let moved = first(&client, "system/Divisions?$select=DivisionMoveDate");
    assert!(moved["DivisionMoveDate"].as_str().unwrap().starts_with("/Date("));
}

#[test]
fn r23_post_puts_and_deletes_an_account() {
    let client = Client::small();
    let body = json!({"Name": "Nieuw & Co", "Code": "4711", "Country": "NL", "Created": "2001-01-01T00:00:00", "StartDate": "2026-01-31T00:00:00"});
    let bare = client.write("POST", "crm/Accounts", &body, &[]);
    assert_eq!(bare.status, 201);
    let d = &bare.json()["d"];
    let id = d["ID"].as_str().unwrap().to_owned();
    assert!(d["Name"].is_null(), "only the key without Prefer");
    assert!(bare.header("location").unwrap().ends_with(&format!("crm/Accounts(guid'{id}')")));
    let row = client.get(&format!("crm/Accounts(guid'{id}')")).json()["d"].clone();
    assert_eq!(row["Name"], "Nieuw & Co");
    assert_eq!(row["Code"], "              4711", "padded");
    assert_ne!(row["Created"], "/Date(978307200000)/", "read-only columns are dropped");
    assert_eq!(row["StartDate"], "/Date(1769817600000)/");
    assert_eq!(client.write("POST", "crm/Accounts", &body, &[]).error(), "Data already exists", "the code is taken");

    assert_eq!(
        put(&client, &format!("crm/Accounts(guid'{id}')"), json!({"City": "Zwolle", "Blocked": true})).status,
        204
    );
    let row = client.get(&format!("crm/Accounts(guid'{id}')")).json()["d"].clone();
    assert_eq!(
        (row["Name"].as_str(), row["City"].as_str(), row["Blocked"].as_bool()),
        (Some("Nieuw & Co"), Some("Zwolle"), Some(true))
    );
    let whole = put(&client, &format!("crm/Accounts(guid'{id}')"), json!({"ID": id, "City": "Assen"}));
    assert_eq!((whole.status, whole.error().as_str()), (500, "Data already exists"));
    assert_eq!(client.rows("crm/Accounts?$select=ID&$filter=trim(Code) eq '4711'").len(), 1);
    assert_eq!(client.write("DELETE", &format!("crm/Accounts(guid'{id}')"), &Value::Null, &[]).status, 204);
    assert_eq!(client.get("crm/Accounts/$count").text(), "20");
    let log = since(&client, "sync/Deleted", "EntityKey,EntityType", 1);
    assert_eq!((log[0]["EntityKey"].as_str(), log[0]["EntityType"].as_i64()), (Some(id.as_str()), Some(2)));
}

#[test]
fn r23_refusals() {
    let client = Client::small();
    let text = "Error processing request stream. The request should be a valid top-level resource object.";
    assert_eq!(client.write("POST", "crm/Accounts", &json!([{"Name": "x"}]), &[]).error(), text);
    assert_eq!(client.write("POST", "crm/Accounts", &json!({"Name": 5}), &[]).status, 400);
    assert_eq!(client.write("POST", "crm/Accounts", &json!({"Nope": 5, "Name": "x"}), &[]).status, 400);
    let contact = json!({"FirstName": "A", "LastName": "B", "Account": "00000000-0000-0000-0000-000000000001"});
    let unknown = client.write("POST", "crm/Contacts", &contact, &[]);
    assert_eq!((unknown.status, unknown.error().as_str()), (500, "Invalid reference: Account"));
    let no_lines = json!({"Journal": "70", "Customer": customer(&client)});
    assert_eq!(client.write("POST", "salesentry/SalesEntries", &no_lines, &[]).error(), "Mandatory: SalesEntryLines");
    let item = first(&client, "logistics/Items?$select=Code&$top=1");
    let twice = json!({"Code": item["Code"], "Description": "again"});
    assert_eq!(client.write("POST", "logistics/Items", &twice, &[]).status, 500);
}

fn customer(client: &Client) -> Value {
    first(client, "crm/Accounts?$select=ID&$filter=Status eq 'C'")["ID"].clone()
}

fn gl_account(client: &Client, code: &str) -> Value {
    first(client, &format!("financial/GLAccounts?$select=ID&$filter=Code eq '{code}'"))["ID"].clone()
}

#[test]
fn r23_posted_entries_reach_the_ledger() {
    let client = Client::small();
    let before = bookmark(&client, "sync/Financial/TransactionLines");
    let revenue = gl_account(&client, "8000");
    let entry = json!({
        "Journal": "70",
        "Customer": customer(&client),
        "EntryDate": "2026-11-01T00:00:00",
        "SalesEntryLines": [
            {"GLAccount": revenue, "AmountFC": 100.10, "VATCode": "2", "Description": "a"},
            {"GLAccount": revenue, "AmountFC": 0.03, "VATCode": "0"},
        ],
    });
    let made = post(&client, "salesentry/SalesEntries", entry);
    let id = made["EntryID"].as_str().unwrap().to_owned();
    assert_eq!(cents(&made["AmountDC"]), 10_010 + 2_102 + 3);
    assert!(made["CustomerName"].is_string(), "{made}");
    let lines = client.rows(&format!("salesentry/SalesEntries(guid'{id}')/SalesEntryLines"));
    assert_eq!(lines.len(), 2);
    let (ledger, _) = client.all(&format!("financialtransaction/TransactionLines?$filter=EntryID eq guid'{id}'"));
    assert_eq!(ledger.len(), 4);
    assert_eq!(ledger.iter().map(|line| cents(&line["AmountDC"])).sum::<i64>(), 0);
    let receivable = ledger.iter().find(|line| line["LineNumber"] == 0).unwrap();
    assert_eq!((cents(&receivable["AmountDC"]), receivable["GLAccountCode"].as_str()), (12_115, Some("1300")));
    assert_eq!(since(&client, "sync/Financial/TransactionLines", "ID", before).len(), 4);

    let unbalanced =
        json!({"JournalCode": "90", "GeneralJournalEntryLines": [{"GLAccount": revenue, "AmountFC": 1.0}]});
    assert_eq!(
        client.write("POST", "generaljournalentry/GeneralJournalEntries", &unbalanced, &[]).error(),
        "Entry is not in balance"
    );
    assert_eq!(client.write("DELETE", &format!("salesentry/SalesEntries(guid'{id}')"), &Value::Null, &[]).status, 204);
    assert_eq!(client.get("financialtransaction/TransactionLines/$count").text(), "2000");
    assert_eq!(client.rows(&format!("salesentry/SalesEntryLines?$filter=EntryID eq guid'{id}'")).len(), 0);
}

#[test]
fn r23_an_invoice_is_a_draft_until_it_is_printed() {
    let client = Client::small();
    let items = client.rows("logistics/Items?$select=ID&$top=2");
    let revenue = gl_account(&client, "8000");
    let invoice = json!({
        "Journal": "70",
        "OrderedBy": customer(&client),
        "SalesInvoiceLines": [{"Item": items[0]["ID"], "GLAccount": revenue, "Quantity": 3, "NetPrice": 0.1}],
    });
    let without_key = post(&client, "salesinvoice/SalesInvoices", invoice);
    let id = without_key["InvoiceID"].as_str().unwrap();
    assert_eq!((without_key["Status"].as_i64(), cents(&without_key["AmountDC"])), (Some(20), 30));
    let lines = "financialtransaction/TransactionLines/$count";
    assert_eq!(client.get(lines).text(), "2000", "a draft is not booked");
    assert_eq!(client.write("POST", "salesinvoice/PrintedSalesInvoices", &json!({"InvoiceID": id}), &[]).status, 201);
    assert_eq!(client.get(lines).text(), "2002");
    assert_eq!(client.get(&format!("salesinvoice/SalesInvoices(guid'{id}')")).json()["d"]["Status"], 50);
    assert_eq!(client.write("POST", "salesinvoice/PrintedSalesInvoices", &json!({"InvoiceID": id}), &[]).status, 500);
}

#[test]
fn r23_client_keys_are_a_switch() {
    let key = "12345678-1234-4234-8234-123456789abc";
    let body = json!({"ID": key, "Name": "Keyed"});
    let client = Client::small();
    assert_eq!(post(&client, "crm/Accounts", body.clone())["ID"], key);
    assert_eq!(client.write("POST", "crm/Accounts", &body, &[]).status, 500, "taken");
    let client = Client::with(|switches| switches.client_keys_kept = false);
    assert_ne!(post(&client, "crm/Accounts", body)["ID"], key);
}

#[test]
fn r23_a_line_takes_the_account_of_its_item_or_asks_for_one() {
    let body = |client: &Client| {
        let item = first(client, "logistics/Items?$select=ID&$top=1")["ID"].clone();
        json!({"Journal": "70", "OrderedBy": customer(client), "SalesInvoiceLines": [{"Item": item, "Quantity": 2}]})
    };
    let client = Client::with(|switches| switches.ledger_account_of_item = true);
    let own = json!({"GLRevenue": gl_account(&client, "8000")});
    let item = first(&client, "logistics/Items?$select=ID&$top=1")["ID"].as_str().unwrap().to_owned();
    for account in [own["GLRevenue"].clone(), Value::Null] {
        assert_eq!(put(&client, &format!("logistics/Items(guid'{item}')"), json!({"GLRevenue": account})).status, 204);
        let invoice = post(&client, "salesinvoice/SalesInvoices", body(&client))["InvoiceID"].clone();
        let filter = format!("InvoiceID eq guid'{}'", invoice.as_str().unwrap());
        let line = first(&client, &format!("salesinvoice/SalesInvoiceLines?$select=GLAccount&$filter={filter}"));
        assert_eq!(line["GLAccount"], own["GLRevenue"]);
    }
    let client = Client::with(|switches| switches.ledger_account_of_item = false);
    let answer = client.write("POST", "salesinvoice/SalesInvoices", &body(&client), &[]);
    assert_eq!((answer.status, answer.error().as_str()), (500, "Mandatory: GLAccount"));
}

/// An order of two lines, 5 and 2 pieces.
fn order(client: &Client, customer: &Value) -> Value {
    let items = client.rows("logistics/Items?$select=ID&$top=2");
    let lines = json!([
        {"Item": items[0]["ID"], "Quantity": 5, "NetPrice": 10.0, "VATCode": "2", "Description": "five"},
        {"Item": items[1]["ID"], "Quantity": 2, "NetPrice": 1.5, "VATCode": "0", "Description": "two"},
    ]);
    post(client, "salesorder/SalesOrders", json!({"OrderedBy": customer, "SalesOrderLines": lines}))
}

fn statuses(client: &Client, order: &Value) -> [i64; 3] {
    let row = client.get(&format!("salesorder/SalesOrders(guid'{}')", order["OrderID"].as_str().unwrap())).json();
    ["Status", "DeliveryStatus", "InvoiceStatus"].map(|name| row["d"][name].as_i64().unwrap())
}

fn invoice_orders(client: &Client, orders: &[&Value], create: i64, mode: i64) -> Value {
    let ids: Vec<Value> = orders.iter().map(|order| json!({"ID": order["OrderID"]})).collect();
    let body = json!({"CreateMode": create, "InvoiceMode": mode, "JournalCode": "70", "SalesOrderIDs": ids});
    post(client, "salesinvoice/InvoiceSalesOrders", body)
}

#[test]
fn r23_orders_are_delivered_and_invoiced() {
    let client = Client::small();
    let customers = client.rows("crm/Accounts?$select=ID&$filter=Status eq 'C'");
    let (first, second) = (order(&client, &customers[0]["ID"]), order(&client, &customers[0]["ID"]));
    assert_eq!(statuses(&client, &first), [12, 12, 12]);
    let nothing = invoice_orders(&client, &[&first], 1, 0);
    assert_eq!(
        (nothing["NumberOfCreatedInvoices"].as_i64(), nothing["NumberOfFailedInvoices"].as_i64()),
        (Some(0), Some(1))
    );

    let id = first["OrderID"].as_str().unwrap();
    let lines = client.rows(&format!("salesorder/SalesOrderLines?$select=ID,Quantity&$filter=OrderID eq guid'{id}'"));
    let five = lines.iter().find(|line| line["Quantity"] == 5).unwrap();
    let delivered = json!([{"SalesOrderLineID": five["ID"], "QuantityDelivered": 3}]);
    post(
        &client,
        "salesorder/GoodsDeliveries",
        json!({"DeliveryDate": "2026-11-02T00:00:00", "GoodsDeliveryLines": delivered}),
    );
    assert_eq!(statuses(&client, &first), [20, 20, 12]);
    let made = invoice_orders(&client, &[&first], 1, 0);
    assert_eq!(made["NumberOfCreatedInvoices"], 1);
    assert_eq!(statuses(&client, &first), [20, 20, 20]);
    let invoiced = client.rows(&format!("salesinvoice/SalesInvoiceLines?$filter=SalesOrder eq guid'{id}'"));
    assert_eq!(invoiced.len(), 1);
    assert_eq!((invoiced[0]["Quantity"].as_f64(), cents(&invoiced[0]["AmountDC"])), (Some(3.0), 3_000));
    assert_eq!(invoiced[0]["SalesOrderLine"], five["ID"]);
    let invoice = first_of(&client, "salesinvoice/SalesInvoices", "InvoiceID", &invoiced[0]["InvoiceID"]);
    assert_eq!((invoice["Status"].as_i64(), cents(&invoice["AmountDC"])), (Some(20), 3_630), "a draft");

    // The rest of both orders as ordered: one invoice for the customer.
    let made = invoice_orders(&client, &[&first, &second], 0, 1);
    assert_eq!((made["NumberOfCreatedInvoices"].as_i64(), made["NumberOfFailedInvoices"].as_i64()), (Some(1), Some(0)));
    assert_eq!((statuses(&client, &first), statuses(&client, &second)), ([20, 20, 21], [20, 12, 21]));
    let id = second["OrderID"].as_str().unwrap();
    let line =
        client.rows(&format!("salesinvoice/SalesInvoiceLines?$select=InvoiceID&$filter=SalesOrder eq guid'{id}'"));
    let invoice = first_of(&client, "salesinvoice/SalesInvoices", "InvoiceID", &line[0]["InvoiceID"]);
    assert_eq!(cents(&invoice["AmountDC"]), 2_420 + 300 + 6_050 + 300);
    let ledger = "financialtransaction/TransactionLines/$count";
    assert_eq!(client.get(ledger).text(), "2000");
    post(&client, "salesinvoice/PrintedSalesInvoices", json!({"InvoiceID": invoice["InvoiceID"]}));
    assert_eq!(client.get(ledger).text(), "2006", "four lines, the receivable and the VAT");
    let again = invoice_orders(&client, &[&first, &second], 1, 1);
    assert_eq!(
        (again["NumberOfCreatedInvoices"].as_i64(), again["NumberOfFailedInvoices"].as_i64()),
        (Some(0), Some(2))
    );
}

fn first_of(client: &Client, path: &str, key: &str, value: &Value) -> Value {
    first(client, &format!("{path}?$filter={key} eq guid'{}'", value.as_str().unwrap()))
}

#[test]
fn r23_orders_are_completed() {
    let client = Client::small();
    let customer = customer(&client);
    let made = order(&client, &customer);
    let id = made["OrderID"].as_str().unwrap();
    let lines = client.rows(&format!("salesorder/SalesOrderLines?$select=ID&$filter=OrderID eq guid'{id}'"));
    let line = json!({"ID": lines[0]["ID"], "CompleteDelivery": true});
    post(&client, "salesorder/CompleteSalesOrderLine", line);
    assert_eq!(statuses(&client, &made), [20, 20, 12]);
    post(&client, "salesorder/CompleteSalesOrder", json!({"OrderID": id, "CompleteDelivery": true}));
    assert_eq!(statuses(&client, &made), [20, 21, 12]);
    post(&client, "salesorder/CompleteSalesOrder", json!({"OrderID": id}));
    assert_eq!(statuses(&client, &made), [21, 21, 21]);
    let unknown = json!({"OrderID": "00000000-0000-0000-0000-000000000001"});
    assert_eq!(client.write("POST", "salesorder/CompleteSalesOrder", &unknown, &[]).status, 404);
    let computed = first(&client, "salesorder/SalesOrders?$top=1");
    assert_eq!(statuses(&client, &computed), [21, 21, 21], "the past is done");
}

#[test]
fn r23_payments_are_processed() {
    let client = Client::small();
    let open = client.rows("cashflow/Payments?$select=ID&$filter=Status eq 20");
    assert!(open.len() > 2);
    let before = bookmark(&client, "sync/Cashflow/PaymentTerms");
    let ids = json!({"PaymentIDs": [{"ID": open[0]["ID"]}, {"ID": open[1]["ID"]}]});
    post(&client, "cashflow/ProcessPayments", ids.clone());
    assert_eq!(client.rows("cashflow/Payments?$select=ID&$filter=Status eq 20").len(), open.len() - 2);
    let moved = since(&client, "sync/Cashflow/PaymentTerms", "Status", before);
    assert_eq!(moved.iter().map(|row| row["Status"].as_i64().unwrap()).collect::<Vec<_>>(), [40, 40]);
    assert_eq!(client.write("POST", "cashflow/ProcessPayments", &ids, &[]).error(), "Payment is not open");
}
