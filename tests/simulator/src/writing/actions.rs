//! The POST-only endpoints (fact sheet 6.8): what they do to the books. Those that touch nothing in them check their
//! input and answer 201.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value as Json, json};

use super::body::{self, Fields, Verb};
use super::ledger::json_of;
use super::{Pending, Writer};
use crate::catalog::{Catalog, Endpoint};
use crate::company::lists;
use crate::company::table::RowId;
use crate::company::value::{Guid, Value};
use crate::failure::Failure;
use crate::reading::by_guid;

/// How far a sales order, its delivery and its invoicing are.
pub const ORDER_OPEN: i64 = 12;
const ORDER_PARTIAL: i64 = 20;
pub const ORDER_COMPLETE: i64 = 21;
/// A payment that was sent to the bank.
const PAYMENT_OPEN: i64 = 20;
const PAYMENT_PROCESSED: i64 = 40;

const ORDERS: &str = "salesorder/SalesOrders";
const ORDER_LINES: &str = "salesorder/SalesOrderLines";

type Cells = HashMap<String, Value>;

/// An order line with something left to invoice.
struct Due {
    line: Cells,
    quantity: f64,
}

impl Writer<'_> {
    /// Does what an action does, and gives what it answers.
    pub fn act(&self, endpoint: &'static Endpoint, body: &Map<String, Json>) -> Result<Json, Failure> {
        let fields = body::fields(endpoint, body, Verb::Post)?;
        self.check_mandatory(endpoint, &fields)?;
        let mut answer = body.clone();
        match endpoint.path.as_str() {
            "salesinvoice/PrintedSalesInvoices" => self.print_invoice(&fields.values)?,
            "salesinvoice/InvoiceSalesOrders" => answer.extend(self.invoice_orders(&fields)?),
            "salesorder/CompleteSalesOrder" => self.complete_order(&fields.values)?,
            "salesorder/CompleteSalesOrderLine" => self.complete_line(&fields.values)?,
            "cashflow/ProcessPayments" => self.process_payments(&fields)?,
            _ => {}
        }
        Ok(json!({"d": answer}))
    }

    /// Open payments are processed; the ledger hears of them when the bank's statement is entered.
    fn process_payments(&self, fields: &Fields<'_>) -> Result<(), Failure> {
        let payments = find("cashflow/Payments")?;
        let keys = elements(fields, "PaymentIDs")?;
        for key in &keys {
            let cells = self.cells_of(payments, *key)?;
            if cells.get("Status") != Some(&Value::Int(PAYMENT_OPEN)) {
                return Err(Failure::new(500, "Payment is not open", "Betaling staat niet open"));
            }
        }
        keys.into_iter().try_for_each(|key| self.set(payments, key, &[("Status", Value::Int(PAYMENT_PROCESSED))]))
    }

    /// Drafts of invoices from orders: one per customer or one per order, by the quantity delivered or ordered.
    fn invoice_orders(&self, fields: &Fields<'_>) -> Result<Map<String, Json>, Failure> {
        let is_mode = |name: &str, mode: i64| fields.values.get(name) == Some(&Value::Int(mode));
        let (per_order, as_ordered) = (is_mode("CreateMode", 1), is_mode("InvoiceMode", 1));
        let mut drafts: BTreeMap<String, Vec<(Cells, Vec<Due>)>> = BTreeMap::new();
        let mut errors = Vec::new();
        for key in elements(fields, "SalesOrderIDs")? {
            let order = self.cells_of(find(ORDERS)?, key)?;
            let due = self.due(key, as_ordered)?;
            if due.is_empty() {
                errors.push(format!("Sales order {}: nothing to invoice", number(&order, "OrderNumber")));
                continue;
            }
            let customer = if per_order { key.to_string() } else { text_of_guid(&order, "OrderedBy") };
            drafts.entry(customer).or_default().push((order, due));
        }
        let created = drafts.len();
        let journal = fields.values.get("JournalCode").map_or(Json::Null, json_of);
        drafts.into_values().try_for_each(|orders| self.draft_invoice(&journal, &orders))?;
        let failed = errors.len();
        let told = json!({
            "NumberOfCreatedInvoices": created,
            "NumberOfFailedInvoices": failed,
            "Errors": errors.join("\n"),
        });
        Ok(told.as_object().cloned().unwrap_or_default())
    }

    /// The lines of an order that are not invoiced yet.
    fn due(&self, order: Guid, as_ordered: bool) -> Result<Vec<Due>, Failure> {
        let lines = self.rows_where(find(ORDER_LINES)?, "OrderID", order)?;
        let due = lines.into_iter().map(|line| {
            let wanted = amount(&line, if as_ordered { "Quantity" } else { "QuantityDelivered" });
            let quantity =
                if is_complete(&line, "InvoiceStatus") { 0.0 } else { wanted - amount(&line, "QuantityInvoiced") };
            Due { line, quantity }
        });
        Ok(due.filter(|due| due.quantity != 0.0).collect())
    }

    fn draft_invoice(&self, journal: &Json, orders: &[(Cells, Vec<Due>)]) -> Result<(), Failure> {
        let Some((first, _)) = orders.first() else { return Ok(()) };
        let revenue = json_of(&self.gl_account(lists::GL_REVENUE));
        let due: Vec<(&Cells, &Due)> =
            orders.iter().flat_map(|(order, due)| due.iter().map(move |due| (order, due))).collect();
        let lines = due.iter().map(|(_, due)| {
            let mut line = taken(&due.line, &["Item", "NetPrice", "VATCode", "Description", "UnitCode", "Notes"]);
            line.insert("Quantity".to_owned(), Json::from(due.quantity));
            line.insert("GLAccount".to_owned(), revenue.clone());
            Json::Object(line)
        });
        let mut invoice = taken(first, &["OrderedBy", "InvoiceTo", "DeliverTo", "Currency", "Description", "YourRef"]);
        invoice.insert("Journal".to_owned(), journal.clone());
        invoice.insert("SalesInvoiceLines".to_owned(), lines.collect());
        let mut pending = self.prepare(find("salesinvoice/SalesInvoices")?, &invoice, None)?;
        for (line, (order, due)) in pending.lines.iter_mut().zip(&due) {
            refer(line, order, &due.line);
        }
        self.commit(pending)?;
        for (order, due) in orders {
            due.iter().try_for_each(|due| self.mark_invoiced(due))?;
            self.refresh_status(key(order, "OrderID")?)?;
        }
        Ok(())
    }

    fn mark_invoiced(&self, due: &Due) -> Result<(), Failure> {
        let invoiced = amount(&due.line, "QuantityInvoiced") + due.quantity;
        let is_all = invoiced.abs() >= amount(&due.line, "Quantity").abs();
        let status = if is_all { ORDER_COMPLETE } else { ORDER_PARTIAL };
        let values = [("QuantityInvoiced", Value::Double(invoiced)), ("InvoiceStatus", Value::Int(status))];
        self.set(find(ORDER_LINES)?, key(&due.line, "ID")?, &values)
    }

    /// Posted deliveries count for the lines of the orders that they name.
    pub fn deliver(&self, delivery: &Pending) -> Result<(), Failure> {
        for line in &delivery.lines {
            let Some(Value::Guid(key)) = line.values.get("SalesOrderLineID") else { continue };
            let cells = self.cells_of(find(ORDER_LINES)?, *key)?;
            let delivered = amount(&cells, "QuantityDelivered") + amount(&line.values, "QuantityDelivered");
            let is_all = delivered.abs() >= amount(&cells, "Quantity").abs();
            let status = if is_all { ORDER_COMPLETE } else { ORDER_PARTIAL };
            let values = [("QuantityDelivered", Value::Double(delivered)), ("DeliveryStatus", Value::Int(status))];
            self.set(find(ORDER_LINES)?, *key, &values)?;
            self.refresh_status(self::key(&cells, "OrderID")?)?;
        }
        Ok(())
    }

    fn complete_order(&self, values: &Cells) -> Result<(), Failure> {
        let order = key(values, "OrderID")?;
        self.cells_of(find(ORDERS)?, order)?;
        for line in self.rows_where(find(ORDER_LINES)?, "OrderID", order)? {
            self.set(find(ORDER_LINES)?, key(&line, "ID")?, &completed(values))?;
        }
        self.refresh_status(order)
    }

    fn complete_line(&self, values: &Cells) -> Result<(), Failure> {
        let line = key(values, "ID")?;
        let order = key(&self.cells_of(find(ORDER_LINES)?, line)?, "OrderID")?;
        self.set(find(ORDER_LINES)?, line, &completed(values))?;
        self.refresh_status(order)
    }

    /// An order is as far as its lines are.
    fn refresh_status(&self, order: Guid) -> Result<(), Failure> {
        let lines = self.rows_where(find(ORDER_LINES)?, "OrderID", order)?;
        let status = |names: &[&str]| {
            let all = lines.iter().flat_map(|line| names.iter().map(|name| line.get(*name).cloned()));
            let all: Vec<i64> = all.map(|status| integer(status.as_ref())).collect();
            match () {
                () if all.iter().all(|status| *status == ORDER_COMPLETE) => ORDER_COMPLETE,
                () if all.iter().all(|status| *status == ORDER_OPEN) => ORDER_OPEN,
                () => ORDER_PARTIAL,
            }
        };
        let values = [
            ("DeliveryStatus", Value::Int(status(&["DeliveryStatus"]))),
            ("InvoiceStatus", Value::Int(status(&["InvoiceStatus"]))),
            ("Status", Value::Int(status(&["DeliveryStatus", "InvoiceStatus"]))),
        ];
        self.set(find(ORDERS)?, order, &values)
    }

    /// Writes into the row with a key.
    fn set(&self, endpoint: &'static Endpoint, key: Guid, values: &[(&str, Value)]) -> Result<(), Failure> {
        let table = self.table(endpoint)?;
        let row: RowId = by_guid(table, key).ok_or_else(Failure::not_found)?;
        let mut values: Cells = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.sign(endpoint, &mut values, false);
        self.change(table, row, values);
        Ok(())
    }
}

/// The statuses that completing sets; without either flag it completes both.
fn completed(values: &Cells) -> Vec<(&'static str, Value)> {
    let asked = |name: &str| values.get(name) == Some(&Value::Bool(true));
    let (delivery, invoice) = (asked("CompleteDelivery"), asked("CompleteInvoice"));
    let both = !delivery && !invoice;
    let statuses = [("DeliveryStatus", delivery || both), ("InvoiceStatus", invoice || both)];
    statuses.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| (name, Value::Int(ORDER_COMPLETE))).collect()
}

/// Where an invoice line comes from.
fn refer(line: &mut Pending, order: &Cells, order_line: &Cells) {
    let sources = [
        ("SalesOrder", order, "OrderID"),
        ("SalesOrderNumber", order, "OrderNumber"),
        ("SalesOrderLine", order_line, "ID"),
        ("SalesOrderLineNumber", order_line, "LineNumber"),
    ];
    for (column, cells, name) in sources {
        line.values.extend(cells.get(name).map(|value| (column.to_owned(), value.clone())));
    }
}

fn find(path: &str) -> Result<&'static Endpoint, Failure> {
    Catalog::get().find(path).ok_or_else(Failure::not_found)
}

/// The keys in a collection, such as `"PaymentIDs":[{"ID":"..."}]`.
fn elements(fields: &Fields<'_>, collection: &str) -> Result<Vec<Guid>, Failure> {
    let found = fields.collections.iter().find(|(property, _)| property.name == collection);
    let rows = found.map(|(_, rows)| rows.as_slice()).unwrap_or_default();
    let guid = |row: &&Map<String, Json>| row.get("ID").and_then(Json::as_str).and_then(Guid::parse);
    let wrong =
        || Failure::plain(400, format!("Error processing request stream. '{collection}' is not a list of keys."));
    rows.iter().map(|row| guid(row).ok_or_else(wrong)).collect()
}

fn key(cells: &Cells, name: &str) -> Result<Guid, Failure> {
    match cells.get(name) {
        Some(Value::Guid(key)) => Ok(*key),
        _ => Err(Failure::new(500, format!("Mandatory: {name}"), format!("Verplicht: {name}"))),
    }
}

fn taken(cells: &Cells, names: &[&str]) -> Map<String, Json> {
    let fields = names.iter().filter_map(|name| Some(((*name).to_owned(), json_of(cells.get(*name)?))));
    fields.filter(|(_, value)| !value.is_null()).collect()
}

fn amount(cells: &Cells, name: &str) -> f64 {
    cells.get(name).and_then(Value::as_number).unwrap_or(0.0)
}

fn is_complete(cells: &Cells, name: &str) -> bool {
    integer(cells.get(name)) == ORDER_COMPLETE
}

fn integer(value: Option<&Value>) -> i64 {
    if let Some(Value::Int(number)) = value { *number } else { 0 }
}

fn number(cells: &Cells, name: &str) -> i64 {
    integer(cells.get(name))
}

fn text_of_guid(cells: &Cells, name: &str) -> String {
    if let Some(Value::Guid(guid)) = cells.get(name) { guid.to_string() } else { String::new() }
}
