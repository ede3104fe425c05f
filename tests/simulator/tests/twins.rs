//! Bulk and sync endpoints beside the tables whose rows they show.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(dead_code)]

mod common;

use std::collections::BTreeMap;

use common::{Client, column};
use serde_json::{Value, json};

fn all(client: &Client, path: &str) -> Vec<Value> {
    client.all(path).0
}

#[test]
fn twins_show_the_same_rows() {
    let client = Client::small();
    let catalog: Vec<Value> = serde_json::from_str(include_str!("../catalog/endpoints.json")).unwrap();
    let path = |endpoint: &Value| endpoint["uri"].as_str().unwrap().replace("/api/v1/{division}/", "");
    let mut compared = 0;
    for endpoint in catalog.iter().filter(|endpoint| endpoint["status"] != "historic") {
        let twins = endpoint["regular_twin"].as_array().map(Vec::as_slice).unwrap_or_default();
        let [twin] = twins else { continue };
        let twin = catalog.iter().find(|other| other["uri"] == *twin).unwrap();
        if endpoint["properties"].as_array().unwrap().is_empty() || twin["is_function"] == true {
            continue;
        }
        let key = twin["keys"][0].as_str().unwrap();
        // Where the catalog names no identity, the column of the twin's key is it.
        let id = endpoint["row_id"].as_str().unwrap_or(key);
        let names = |endpoint: &Value| -> Vec<String> {
            let plain = |column: &&Value| !matches!(column["edm_type"].as_str().unwrap(), "Collection" | "Complex");
            column(
                &endpoint["properties"].as_array().unwrap().iter().filter(plain).cloned().collect::<Vec<_>>(),
                "name",
            )
        };
        let known = names(twin);
        let shared: Vec<String> =
            names(endpoint).into_iter().filter(|name| known.contains(name) && name != "Timestamp").take(90).collect();
        let read = |endpoint: &Value, id: &str| -> BTreeMap<String, Value> {
            let rows = all(&client, &format!("{}?$select={id},{}", path(endpoint), shared.join(",")));
            rows.into_iter()
                .map(|mut row| {
                    row.as_object_mut().unwrap().remove("__metadata");
                    let key = row[id].as_str().unwrap().to_owned();
                    if !shared.iter().any(|name| name == id) {
                        row.as_object_mut().unwrap().remove(id);
                    }
                    (key, row)
                })
                .collect()
        };
        assert_eq!(read(endpoint, id), read(twin, key), "{}", path(endpoint));
        compared += 1;
    }
    assert!(compared > 55, "{compared}");
}

/// The plain columns of an endpoint, by its path.
fn plain_columns(catalog: &[Value], path: &str) -> Vec<String> {
    let uri = format!("/api/v1/{{division}}/{path}");
    let endpoint = catalog.iter().find(|endpoint| endpoint["uri"] == uri.as_str()).unwrap();
    let plain = |column: &&Value| !matches!(column["edm_type"].as_str().unwrap(), "Collection" | "Complex");
    let columns: Vec<Value> = endpoint["properties"].as_array().unwrap().iter().filter(plain).cloned().collect();
    column(&columns, "name")
}

/// All rows with some columns by a key; the read is cut into several, because a URL holds no more.
fn rows_by(client: &Client, path: &str, key: &str, columns: &[String]) -> BTreeMap<String, BTreeMap<String, Value>> {
    let mut rows: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for some in columns.chunks(60) {
        for row in all(client, &format!("{path}?$select={key},{}", some.join(","))) {
            let cells = some.iter().map(|name| (name.clone(), row[name.as_str()].clone()));
            rows.entry(row[key].as_str().unwrap().to_owned()).or_default().extend(cells);
        }
    }
    rows
}

fn common(left: &[String], right: &[String], but: &[&str]) -> Vec<String> {
    left.iter().filter(|name| right.contains(name) && !but.contains(&name.as_str())).cloned().collect()
}

/// Header and lines in one set: a header is line 0 and has no columns of lines; a line says of its header what the
/// header says of itself (fact sheet 5.3).
fn assert_merged(client: &Client, sync: &str, headers: (&str, &str), lines: (&str, &str), join: &str) {
    let catalog: Vec<Value> = serde_json::from_str(include_str!("../catalog/endpoints.json")).unwrap();
    let own = plain_columns(&catalog, sync);
    let (of_header, of_line) = (plain_columns(&catalog, headers.0), plain_columns(&catalog, lines.0));
    let merged = rows_by(client, sync, "ID", &own);
    let header_rows = rows_by(client, headers.0, headers.1, &of_header);
    let line_rows = rows_by(client, lines.0, lines.1, &of_line);
    assert_eq!(merged.len(), header_rows.len() + line_rows.len(), "{sync}");
    let shared = common(&own, &of_header, &["ID"]);
    let lines_only: Vec<&String> =
        own.iter().filter(|name| of_line.contains(name) && !of_header.contains(name)).collect();
    for (id, header) in &header_rows {
        let row = &merged[id];
        assert_eq!(row["LineNumber"], 0, "{sync} {id}");
        assert!(shared.iter().all(|name| row[name] == header[name]), "{sync}: {row:?} is not {header:?}");
        let filled =
            lines_only.iter().find(|name| !matches!(name.as_str(), "ID" | "LineNumber") && !row[**name].is_null());
        assert_eq!(filled, None, "{sync}: a column of lines on a header");
    }
    let shared = common(&own, &of_line, &["ID"]);
    let headers_only: Vec<&String> =
        own.iter().filter(|name| of_header.contains(name) && !of_line.contains(name)).collect();
    assert!(headers_only.len() > 20);
    for (id, line) in &line_rows {
        let row = &merged[id];
        assert!(row["LineNumber"].as_i64().unwrap() > 0);
        assert!(shared.iter().all(|name| row[name] == line[name]), "{sync}: {row:?} is not {line:?}");
        let header = &header_rows[line[join].as_str().unwrap()];
        for name in &headers_only {
            assert_eq!(row[*name], header[*name], "{sync} {name} of line {id}");
        }
    }
}

#[test]
fn merged_sync_sets_say_what_headers_and_lines_say() {
    let client = Client::small();
    let assert_all = || {
        assert_merged(
            &client,
            "sync/SalesInvoice/SalesInvoices",
            ("salesinvoice/SalesInvoices", "InvoiceID"),
            ("salesinvoice/SalesInvoiceLines", "ID"),
            "InvoiceID",
        );
        assert_merged(
            &client,
            "sync/SalesOrder/SalesOrders",
            ("salesorder/SalesOrders", "OrderID"),
            ("salesorder/SalesOrderLines", "ID"),
            "OrderID",
        );
        assert_merged(
            &client,
            "sync/PurchaseOrder/PurchaseOrders",
            ("purchaseorder/PurchaseOrders", "PurchaseOrderID"),
            ("purchaseorder/PurchaseOrderLines", "ID"),
            "PurchaseOrderID",
        );
    };
    assert_all();
    let id = |path: &str, key: &str| client.rows(path)[0][key].clone();
    let customer = id("crm/Accounts?$select=ID&$filter=Status eq 'C'", "ID");
    let item = id("logistics/Items?$select=ID&$top=1", "ID");
    let revenue = id("financial/GLAccounts?$select=ID&$filter=Code eq '8000'", "ID");
    let lines = json!([{"Item": item, "GLAccount": revenue, "Quantity": 3, "NetPrice": 0.1}]);
    let invoice = json!({"Journal": "70", "OrderedBy": customer, "YourRef": "merged", "SalesInvoiceLines": lines});
    assert_eq!(client.write("POST", "salesinvoice/SalesInvoices", &invoice, &[]).status, 201);
    let order_lines = json!([{"Item": item, "Quantity": 3, "NetPrice": 0.1}]);
    let order = json!({"OrderedBy": customer, "YourRef": "merged", "SalesOrderLines": order_lines});
    assert_eq!(client.write("POST", "salesorder/SalesOrders", &order, &[]).status, 201);
    let computed = id("salesinvoice/SalesInvoices?$select=InvoiceID&$filter=InvoiceNumber eq 10004", "InvoiceID");
    let address = format!("salesinvoice/SalesInvoices(guid'{}')", computed.as_str().unwrap());
    assert_eq!(client.write("PUT", &address, &json!({"YourRef": "changed"}), &[]).status, 204);
    assert_all();
}

/// Sets that hold the rows of several tables: each row says what it says in its own.
#[test]
fn united_sync_sets_say_what_their_tables_say() {
    let client = Client::small();
    let catalog: Vec<Value> = serde_json::from_str(include_str!("../catalog/endpoints.json")).unwrap();
    let mut compared = 0;
    for (set, tables) in [
        ("sync/Cashflow/PaymentTerms", ["cashflow/Payments", "cashflow/Receivables"].as_slice()),
        ("sync/Project/TimeCostTransactions", &["project/TimeTransactions", "project/CostTransactions"]),
        ("sync/Inventory/SerialBatchNumbers", &["inventory/SerialNumbers", "inventory/BatchNumbers"]),
        ("sync/Inventory/StockSerialBatchNumbers", &["inventory/StockSerialNumbers", "inventory/StockBatchNumbers"]),
        ("sync/Project/ProjectWBS", &["project/WBSActivities", "project/WBSDeliverables", "project/WBSExpenses"]),
        ("bulk/Project/ProjectWBS", &["project/WBSActivities", "project/WBSDeliverables", "project/WBSExpenses"]),
    ] {
        let own = plain_columns(&catalog, set);
        let united = rows_by(&client, set, "ID", &own);
        let mut rows = 0;
        for table in tables {
            let columns = common(&own, &plain_columns(&catalog, table), &["Timestamp"]);
            for (id, row) in rows_by(&client, table, "ID", &columns) {
                let shown = &united[&id];
                // One column has another type in the set: a Byte for a Boolean.
                let plain = |cell: &Value| cell.as_bool().map_or_else(|| cell.clone(), |flag| json!(i64::from(flag)));
                let is_same = |name: &String| plain(&shown[name]) == plain(&row[name]);
                assert!(columns.iter().all(is_same), "{set}: {shown:?} is not {row:?}");
                rows += 1;
            }
        }
        assert_eq!(united.len(), rows, "{set}");
        compared += rows;
    }
    assert!(compared > 300, "{compared}");
}
