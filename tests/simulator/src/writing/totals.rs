//! Keeps headers in step with their lines: amounts are added up, and entries are booked anew when they change.

use std::collections::HashMap;

use super::ledger::{cells, is_entry, round};
use super::{Pending, Writer};
use crate::catalog::{Catalog, Endpoint};
use crate::company::lists;
use crate::company::table::RowId;
use crate::company::value::{Guid, Value};
use crate::failure::Failure;
use crate::odata::predicate::Semantics;
use crate::reading::by_guid;
use crate::reading::page::Reader;
use crate::reading::plan::Plan;

/// Headers, their lines, and the column of a line that holds the header's key.
const DOCUMENTS: [(&str, &str, &str); 8] = [
    ("salesinvoice/SalesInvoices", "salesinvoice/SalesInvoiceLines", "InvoiceID"),
    ("salesorder/SalesOrders", "salesorder/SalesOrderLines", "OrderID"),
    ("purchaseorder/PurchaseOrders", "purchaseorder/PurchaseOrderLines", "PurchaseOrderID"),
    ("salesentry/SalesEntries", "salesentry/SalesEntryLines", "EntryID"),
    ("purchaseentry/PurchaseEntries", "purchaseentry/PurchaseEntryLines", "EntryID"),
    ("financialtransaction/BankEntries", "financialtransaction/BankEntryLines", "EntryID"),
    ("financialtransaction/CashEntries", "financialtransaction/CashEntryLines", "EntryID"),
    ("generaljournalentry/GeneralJournalEntries", "generaljournalentry/GeneralJournalEntryLines", "EntryID"),
];

/// What an amount follows from.
const FACTORS: [&str; 3] = ["Quantity", "NetPrice", "UnitPrice"];

/// Whether an endpoint's rows are lines with amounts.
pub fn is_line(endpoint: &Endpoint) -> bool {
    DOCUMENTS.iter().any(|(_, line, _)| *line == endpoint.path)
}

/// The amounts of a new document's lines, and their sums in its header.
pub fn add_up(pending: &mut Pending) {
    if is_line(pending.endpoint) {
        line_amounts(pending.endpoint, &mut pending.values);
    }
    if !pending.lines.is_empty() {
        let amounts = pending.lines.iter_mut().map(|line| line_amounts(line.endpoint, &mut line.values));
        let sums =
            header_sums(pending.endpoint, amounts.fold((0.0, 0.0), |sum, line| (sum.0 + line.0, sum.1 + line.1)));
        pending.values.extend(sums);
    }
}

/// The amounts of a line after a change: what follows from a changed factor is computed anew.
pub fn changed_amounts(endpoint: &Endpoint, before: &HashMap<String, Value>, changes: &mut HashMap<String, Value>) {
    let mut merged = before.clone();
    let changes_factor = FACTORS.iter().any(|factor| changes.contains_key(*factor));
    if changes_factor {
        merged.remove("AmountFC");
    }
    if changes_factor || changes.contains_key("AmountFC") || changes.contains_key("VATCode") {
        merged.remove("VATAmountFC");
    }
    merged.extend(changes.clone());
    line_amounts(endpoint, &mut merged);
    for column in ["AmountDC", "AmountFC", "VATAmountDC", "VATAmountFC"] {
        changes.extend(merged.remove(column).map(|amount| (column.to_owned(), amount)));
    }
}

/// Net and VAT of a line, which are stored in it.
fn line_amounts(endpoint: &Endpoint, values: &mut HashMap<String, Value>) -> (f64, f64) {
    let given = |name: &str| values.get(name).and_then(Value::as_number);
    let price = given("NetPrice").or_else(|| given("UnitPrice"));
    let by_price = price.map(|price| price * given("Quantity").unwrap_or(1.0));
    let net = round(given("AmountFC").or(by_price).unwrap_or(0.0));
    let code = match values.get("VATCode") {
        Some(Value::Text(code)) => lists::VAT_CODES.iter().find(|row| row.0 == code.trim()),
        _ => None,
    };
    let percent = code.map_or(0, |row| row.2) as f64;
    let has_vat = endpoint.column("VATAmountFC").is_some();
    let vat = if has_vat { round(given("VATAmountFC").unwrap_or(net * percent / 100.0)) } else { 0.0 };
    let amounts = [("AmountDC", net), ("AmountFC", net), ("VATAmountDC", vat), ("VATAmountFC", vat)];
    for (column, amount) in amounts.into_iter().filter(|(column, _)| endpoint.column(column).is_some()) {
        values.insert(column.to_owned(), Value::Double(amount));
    }
    (net, vat)
}

fn header_sums(endpoint: &Endpoint, (net, vat): (f64, f64)) -> HashMap<String, Value> {
    let sums = [
        ("AmountDC", net + vat),
        ("AmountFC", net + vat),
        ("AmountFCExclVat", net),
        ("VATAmountDC", vat),
        ("VATAmountFC", vat),
    ];
    let known = sums.into_iter().filter(|(column, _)| endpoint.column(column).is_some());
    known.map(|(column, sum)| (column.to_owned(), Value::Double(round(sum)))).collect()
}

impl Writer<'_> {
    /// After a line was written on its own: its header's sums, and the ledger if it is an entry.
    pub fn refresh_header_of(&self, line: &Endpoint, values: &HashMap<String, Value>) -> Result<(), Failure> {
        let document = DOCUMENTS.iter().find(|(_, path, _)| *path == line.path);
        let Some((path, _, join)) = document else { return Ok(()) };
        let header = Catalog::get().find(path).ok_or_else(Failure::not_found)?;
        let Some(Value::Guid(key)) = values.get(*join) else { return Ok(()) };
        let Some(row) = by_guid(self.table(header)?, *key) else { return Ok(()) };
        let lines = self.lines_of(header, *key)?;
        let amount =
            |line: &HashMap<String, Value>, column: &str| line.get(column).and_then(Value::as_number).unwrap_or(0.0);
        let sums = lines
            .iter()
            .fold((0.0, 0.0), |(net, vat), line| (net + amount(line, "AmountFC"), vat + amount(line, "VATAmountFC")));
        self.change(self.table(header)?, row, header_sums(header, sums));
        self.book_again(header, row, *key)
    }

    /// Books an entry anew, from what its header and lines say now.
    pub fn book_again(&self, endpoint: &'static Endpoint, row: RowId, key: Guid) -> Result<(), Failure> {
        if !is_entry(endpoint) {
            return Ok(());
        }
        let header = self.cells_of(endpoint, key)?;
        let lines = self.lines_of(endpoint, key)?;
        let bookings = self.book(endpoint, key, &header, &lines.iter().collect::<Vec<_>>())?;
        self.unbook(endpoint, row, key)?;
        self.open_items(&bookings)?;
        bookings.into_iter().try_for_each(|booking| self.store(booking))
    }

    /// Takes an entry out of the ledger and the lists of open items.
    pub fn unbook(&self, endpoint: &Endpoint, row: RowId, key: Guid) -> Result<(), Failure> {
        self.close_items(endpoint, row, key)?;
        let ledger = Catalog::get().find("financialtransaction/TransactionLines").ok_or_else(Failure::not_found)?;
        self.remove_where(ledger, "EntryID", key)
    }

    /// The lines of a document, cell by cell.
    pub fn lines_of(&self, header: &Endpoint, key: Guid) -> Result<Vec<HashMap<String, Value>>, Failure> {
        let document = DOCUMENTS.iter().find(|(path, _, _)| *path == header.path);
        let Some((_, line, join)) = document else { return Ok(Vec::new()) };
        let line = Catalog::get().find(line).ok_or_else(Failure::not_found)?;
        self.rows_where(line, join, key)
    }

    /// The cells of the row with a key.
    pub fn cells_of(&self, endpoint: &'static Endpoint, key: Guid) -> Result<HashMap<String, Value>, Failure> {
        let name = endpoint.keys.first().and_then(|key| endpoint.properties.get(*key)).map_or("", |key| &key.name);
        self.rows_where(endpoint, name, key)?.pop().ok_or_else(Failure::not_found)
    }

    /// The cells of the rows whose column holds a guid.
    pub fn rows_where(
        &self,
        endpoint: &'static Endpoint,
        column: &str,
        key: Guid,
    ) -> Result<Vec<HashMap<String, Value>>, Failure> {
        let semantics = Semantics { case_sensitive: false, sql_nulls: true };
        let plan = Plan::of_children(endpoint, column, Value::Guid(key), None, semantics);
        let plan = plan.map(|plan| Plan { page_size: usize::MAX - 1, ..plan }).ok_or_else(Failure::not_found)?;
        let reader = Reader::new(self.company, &plan)?;
        let page = reader.page(false)?;
        Ok(page.rows.iter().map(|row| cells(&reader, row, endpoint)).collect())
    }
}
