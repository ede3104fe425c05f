//! What a posted entry means to the ledger: lines that add up to zero.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::{Pending, Writer};
use crate::catalog::{Catalog, Endpoint};
use crate::clock::DAY;
use crate::company::lists;
use crate::company::rules::month_of;
use crate::company::table::RowId;
use crate::company::value::{Guid, Value};
use crate::failure::Failure;
use crate::reading::page::Reader;

/// How the entries of a kind are booked.
struct Booking {
    /// The account of line 0, and its sign; a memorial has none.
    opposite: Option<u64>,
    /// The sign of the lines.
    sign: f64,
    vat_account: Option<u64>,
    account_column: &'static str,
}

fn booking(path: &str) -> Option<Booking> {
    let (opposite, sign, vat_account, account_column) = match path {
        "salesentry/SalesEntries" => (Some(lists::GL_RECEIVABLE), -1.0, Some(lists::GL_VAT_PAYABLE), "Customer"),
        "purchaseentry/PurchaseEntries" => (Some(lists::GL_PAYABLE), 1.0, Some(lists::GL_VAT_RECEIVABLE), "Supplier"),
        "financialtransaction/BankEntries" => (Some(lists::GL_BANK), -1.0, None, "Account"),
        "financialtransaction/CashEntries" => (Some(lists::GL_BANK - 1), -1.0, None, "Account"),
        "generaljournalentry/GeneralJournalEntries" => (None, 1.0, None, "Account"),
        _ => return None,
    };
    Some(Booking { opposite, sign, vat_account, account_column })
}

/// Whether an endpoint's rows are entries in the ledger.
pub fn is_entry(endpoint: &Endpoint) -> bool {
    booking(&endpoint.path).is_some()
}

impl Writer<'_> {
    /// The ledger lines of a new entry; none for what is no entry.
    pub fn bookings(&self, entry: &Pending) -> Result<Vec<Pending>, Failure> {
        let lines: Vec<&HashMap<String, Value>> = entry.lines.iter().map(|line| &line.values).collect();
        self.book(entry.endpoint, entry.key, &entry.values, &lines)
    }

    /// The ledger lines of an entry, given its header and lines.
    pub fn book(
        &self,
        endpoint: &Endpoint,
        entry: Guid,
        header: &HashMap<String, Value>,
        lines: &[&HashMap<String, Value>],
    ) -> Result<Vec<Pending>, Failure> {
        let Some(booking) = booking(&endpoint.path) else { return Ok(Vec::new()) };
        let header = &dated(header, lines);
        let amount =
            |line: &HashMap<String, Value>, column: &str| line.get(column).and_then(Value::as_number).unwrap_or(0.0);
        let net: f64 = round(lines.iter().map(|line| amount(line, "AmountFC")).sum());
        let vat: f64 = round(lines.iter().map(|line| amount(line, "VATAmountFC")).sum());
        if booking.opposite.is_none() && net != 0.0 {
            return Err(not_in_balance());
        }
        let vat = if booking.vat_account.is_some() { vat } else { 0.0 };
        let gl = |ordinal: u64| self.gl_account(ordinal);
        let mut booked = Vec::new();
        if let Some(opposite) = booking.opposite {
            booked.push((0, gl(opposite), -booking.sign * (net + vat), None));
        }
        for (at, line) in lines.iter().enumerate() {
            let account = line.get("GLAccount").cloned().unwrap_or(Value::Null);
            booked.push((at as i64 + 1, account, booking.sign * amount(line, "AmountFC"), Some(*line)));
        }
        if let Some(vat_account) = booking.vat_account.filter(|_| vat != 0.0) {
            booked.push((lines.len() as i64 + 1, gl(vat_account), booking.sign * vat, None));
        }
        let ledger = Catalog::get().find("financialtransaction/TransactionLines").ok_or_else(Failure::not_found)?;
        let row = |(number, account, amount, line): (i64, Value, f64, Option<&HashMap<String, Value>>)| {
            let mut values = self.common(ledger, entry, header, line, booking.account_column);
            if number == 0 {
                values.entry("DueDate".to_owned()).or_insert_with(|| due_date(header));
            }
            values.insert("LineNumber".to_owned(), Value::Int(number));
            values.insert("GLAccount".to_owned(), account);
            values.insert("AmountDC".to_owned(), Value::Double(round(amount)));
            values.insert("AmountFC".to_owned(), Value::Double(round(amount)));
            let key = self.new_guid(self.company.next_timestamp());
            Pending { endpoint: ledger, key, values, lines: Vec::new() }
        };
        Ok(booked.into_iter().map(row).collect())
    }

    /// What all ledger lines of an entry say.
    fn common(
        &self,
        ledger: &Endpoint,
        entry: Guid,
        header: &HashMap<String, Value>,
        line: Option<&HashMap<String, Value>>,
        account_column: &str,
    ) -> HashMap<String, Value> {
        let mut values =
            HashMap::from([("EntryID".to_owned(), Value::Guid(entry)), ("Status".to_owned(), Value::Int(20))]);
        for source in line.into_iter().chain([header]) {
            for (name, value) in source {
                let is_own = matches!(name.as_str(), "ID" | "Type" | "Status" | "VATCode" | "VATPercentage");
                if ledger.column(name).is_some() && !is_own {
                    values.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
        }
        let renamed = [
            ("Account", account_column),
            ("JournalCode", "Journal"),
            ("Date", "EntryDate"),
            ("Date", "InvoiceDate"),
            ("FinancialYear", "ReportingYear"),
            ("FinancialPeriod", "ReportingPeriod"),
        ];
        for (column, source) in renamed {
            if let Some(value) = header.get(source) {
                values.entry(column.to_owned()).or_insert_with(|| value.clone());
            }
        }
        if let Some(Value::Date(date)) = values.get("Date") {
            let (year, month) = month_of(*date);
            values.entry("FinancialYear".to_owned()).or_insert(Value::Int(year));
            values.entry("FinancialPeriod".to_owned()).or_insert(Value::Int(month));
        }
        values
    }

    pub fn gl_account(&self, ordinal: u64) -> Value {
        let endpoint = Catalog::get().find("financial/GLAccounts");
        endpoint.map_or(Value::Null, |endpoint| self.company.reference(endpoint.id, Some(ordinal)))
    }

    /// Printing makes a draft final and books it.
    pub fn print_invoice(&self, values: &HashMap<String, Value>) -> Result<(), Failure> {
        let catalog = Catalog::get();
        let invoices = catalog.find("salesinvoice/SalesInvoices").ok_or_else(Failure::not_found)?;
        let Some(Value::Guid(key)) = values.get("InvoiceID") else {
            return Err(Failure::new(500, "Mandatory: InvoiceID", "Verplicht: InvoiceID"));
        };
        let header = self.cells_of(invoices, *key)?;
        if header.get("Status") != Some(&Value::Int(20)) {
            return Err(Failure::new(500, "Invoice is already printed", "Factuur is al afgedrukt"));
        }
        let entry = sales_entry(&header, self.lines_of(invoices, *key)?);
        let entries = catalog.find("salesentry/SalesEntries").ok_or_else(Failure::not_found)?;
        let pending = self.prepare(entries, &entry, None)?;
        self.commit(pending)?;
        let final_status = HashMap::from([("Status".to_owned(), Value::Int(50))]);
        self.change(self.table(invoices)?, RowId::Added(*key), final_status);
        Ok(())
    }
}

pub fn cells(reader: &Reader<'_>, row: &crate::reading::page::Row<'_>, endpoint: &Endpoint) -> HashMap<String, Value> {
    let columns = endpoint.properties.iter().enumerate();
    columns.map(|(at, property)| (property.name.clone(), reader.cell(row, at))).collect()
}

/// The entry that a printed invoice becomes, as it would be posted.
fn sales_entry(header: &HashMap<String, Value>, lines: Vec<HashMap<String, Value>>) -> Map<String, Json> {
    let take = |values: &HashMap<String, Value>, names: &[(&str, &str)]| -> Map<String, Json> {
        let fields =
            names.iter().filter_map(|(name, source)| Some(((*name).to_owned(), json_of(values.get(*source)?))));
        fields.filter(|(_, value)| !value.is_null()).collect()
    };
    let customer = if header.get("InvoiceTo").is_some_and(|to| !to.is_null()) { "InvoiceTo" } else { "OrderedBy" };
    let own = [
        ("Customer", customer),
        ("Journal", "Journal"),
        ("EntryDate", "InvoiceDate"),
        ("InvoiceNumber", "InvoiceNumber"),
        ("Description", "Description"),
        ("YourRef", "YourRef"),
    ];
    let of_line = [
        ("GLAccount", "GLAccount"),
        ("AmountFC", "AmountFC"),
        ("VATCode", "VATCode"),
        ("VATAmountFC", "VATAmountFC"),
        ("Description", "Description"),
        ("Quantity", "Quantity"),
    ];
    let mut entry = take(header, &own);
    let lines = lines.iter().map(|line| Json::Object(take(line, &of_line))).collect();
    entry.insert("SalesEntryLines".to_owned(), Json::Array(lines));
    entry
}

pub fn json_of(value: &Value) -> Json {
    match value {
        Value::Text(text) => Json::from(text.as_ref()),
        Value::Guid(guid) => Json::from(guid.to_string()),
        Value::Int(number) => Json::from(*number),
        Value::Double(number) => Json::from(*number),
        Value::Date(millis) => Json::from(format!("/Date({millis})/")),
        Value::Bool(flag) => Json::from(*flag),
        Value::Null | Value::Binary(_) => Json::Null,
    }
}

/// A header with a date: a bank's statement has one on its lines only.
fn dated(header: &HashMap<String, Value>, lines: &[&HashMap<String, Value>]) -> HashMap<String, Value> {
    let mut header = header.clone();
    let has_date = ["EntryDate", "InvoiceDate", "Date"].iter().any(|name| header.contains_key(*name));
    if let (false, Some(date)) = (has_date, lines.iter().find_map(|line| line.get("Date"))) {
        header.insert("Date".to_owned(), date.clone());
    }
    header
}

/// Thirty days after the document, as everywhere in the company, unless it says otherwise.
pub fn due_date(document: &HashMap<String, Value>) -> Value {
    let date = ["EntryDate", "InvoiceDate", "Date"].iter().find_map(|name| document.get(*name));
    match (document.get("DueDate"), date) {
        (Some(due @ Value::Date(_)), _) => due.clone(),
        (_, Some(Value::Date(date))) => Value::Date(date + 30 * DAY),
        _ => Value::Null,
    }
}

pub fn not_in_balance() -> Failure {
    Failure::new(500, "Entry is not in balance", "Boeking is niet in balans")
}

/// To cents.
pub fn round(amount: f64) -> f64 {
    (amount * 100.0).round() / 100.0
}
