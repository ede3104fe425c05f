//! Keeps receivables and payables in step with the ledger: what is booked on 1300 or 1600 becomes an open item.

use std::collections::HashMap;

use super::ledger::due_date;
use super::{Pending, Writer};
use crate::catalog::{Catalog, Endpoint};
use crate::company::cycle::Kind;
use crate::company::facts::Scale;
use crate::company::lists;
use crate::company::table::{RowId, Table, Written};
use crate::company::value::{Guid, Value};
use crate::failure::Failure;

/// The lists that show open items of a kind: the terms, and after them the open ones alone.
fn open_lists(kind: Kind) -> [&'static str; 5] {
    match kind {
        Kind::Sale => [
            "cashflow/Receivables",
            "read/financial/ReceivablesList",
            "read/financial/ReceivablesListByAccount",
            "read/financial/ReceivablesListByAgeGroup",
            "read/financial/ReceivablesListByAccountAndAgeGroup",
        ],
        _ => [
            "cashflow/Payments",
            "read/financial/PayablesList",
            "read/financial/PayablesListByAccount",
            "read/financial/PayablesListByAgeGroup",
            "read/financial/PayablesListByAccountAndAgeGroup",
        ],
    }
}

/// A ledger line on 1300 or 1600.
struct OnAccount {
    kind: Kind,
    /// As the list of open items shows it.
    amount: f64,
    values: HashMap<String, Value>,
}

impl Writer<'_> {
    /// Opens an item for every ledger line on an account of receivables or payables.
    pub fn open_items(&self, bookings: &[Pending]) -> Result<(), Failure> {
        let lines = bookings.iter().filter_map(|booking| self.on_account(&booking.values));
        lines.into_iter().try_for_each(|line| self.open(&line))
    }

    /// Closes the items of an entry that is about to be removed. What had been settled opens the other way round.
    pub fn close_items(&self, entry_endpoint: &Endpoint, row: RowId, entry: Guid) -> Result<(), Failure> {
        if self.erase_items(entry) || matches!(row, RowId::Added(_)) {
            return Ok(());
        }
        for line in self.ledger_lines(entry)? {
            let is_open = match row {
                RowId::Base(header) => is_entry(entry_endpoint, line.kind) && Scale::is_open(line.kind, header),
                RowId::Added(_) => false,
            };
            if is_open {
                self.erase_computed(line.kind, row)?;
            } else {
                // No longer of the entry: it stays when the entry is booked anew.
                let mut values = line.values;
                values.remove("EntryID");
                self.open(&OnAccount { kind: line.kind, amount: -line.amount, values })?;
            }
        }
        Ok(())
    }

    fn on_account(&self, values: &HashMap<String, Value>) -> Option<OnAccount> {
        let amount = values.get("AmountDC").and_then(Value::as_number)?;
        let account = values.get("GLAccount")?;
        let (kind, sign) = match () {
            () if *account == self.gl_account(lists::GL_RECEIVABLE) => (Kind::Sale, 1.0),
            () if *account == self.gl_account(lists::GL_PAYABLE) => (Kind::Purchase, -1.0),
            () => return None,
        };
        Some(OnAccount { kind, amount: amount * sign, values: values.clone() })
    }

    fn ledger_lines(&self, entry: Guid) -> Result<Vec<OnAccount>, Failure> {
        let ledger = Catalog::get().find("financialtransaction/TransactionLines").ok_or_else(Failure::not_found)?;
        let rows = self.rows_where(ledger, "EntryID", entry)?;
        Ok(rows.iter().filter_map(|values| self.on_account(values)).collect())
    }

    /// Adds an item to the lists.
    fn open(&self, line: &OnAccount) -> Result<(), Failure> {
        for path in open_lists(line.kind) {
            let endpoint = Catalog::get().find(path).ok_or_else(Failure::not_found)?;
            let table = self.table(endpoint)?;
            let mut values: HashMap<String, Value> = line.values.clone();
            values.remove("ID");
            for column in ["AmountDC", "AmountFC", "Amount", "TransactionAmountDC", "TransactionAmountFC"] {
                values.insert(column.to_owned(), Value::Double(line.amount));
            }
            values.insert("Status".to_owned(), Value::Int(20));
            values.insert("DueDate".to_owned(), due_date(&line.values));
            for (column, source) in
                [("AccountId", "Account"), ("InvoiceDate", "Date"), ("EntryDate", "Date"), ("Journal", "JournalCode")]
            {
                let value = line.values.get(source).cloned().unwrap_or(Value::Null);
                values.insert(column.to_owned(), value);
            }
            self.fill_companions(endpoint, &mut values);
            self.insert(table, values);
        }
        Ok(())
    }

    /// A table whose key is a number goes on counting; another takes a new guid.
    fn insert(&self, table: &Table, mut values: HashMap<String, Value>) {
        let timestamp = self.company.next_timestamp();
        let fresh = self.new_guid(timestamp);
        table.write(|overlay| {
            let next = overlay.added.keys().next_back().map_or(u128::from(table.count()), |last| last.0 + 1);
            let key = if table.is_ordered_by_guid() { fresh } else { Guid(next) };
            if !table.is_ordered_by_guid() {
                values.insert("HID".to_owned(), Value::Int(i64::try_from(next).unwrap_or(i64::MAX).saturating_add(1)));
            }
            overlay.added.insert(key, Written { values, timestamp });
            overlay.by_timestamp.insert(timestamp, RowId::Added(key));
        });
    }

    /// Removes the written items of an entry; false when there were none.
    fn erase_items(&self, entry: Guid) -> bool {
        let mut found = false;
        let lists = [Kind::Sale, Kind::Purchase].into_iter().flat_map(open_lists);
        for table in lists.filter_map(|path| self.company.table(Catalog::get().find(path)?.id)) {
            let is_of_entry = |written: &Written| written.values.get("EntryID") == Some(&Value::Guid(entry));
            let keys: Vec<Guid> = table.read(|overlay| {
                overlay.added.iter().filter(|(_, written)| is_of_entry(written)).map(|(key, _)| *key).collect()
            });
            found |= !keys.is_empty();
            keys.into_iter().for_each(|key| self.erase(table, RowId::Added(key)));
        }
        found
    }

    /// Removes the computed items of a computed entry.
    fn erase_computed(&self, kind: Kind, row: RowId) -> Result<(), Failure> {
        let RowId::Base(header) = row else { return Ok(()) };
        let open = self.company.scale.open_ordinal(kind, header);
        for (place, path) in open_lists(kind).into_iter().enumerate() {
            let ordinal = if place == 0 { Some(header) } else { open };
            let endpoint = Catalog::get().find(path).ok_or_else(Failure::not_found)?;
            if let Some(ordinal) = ordinal {
                self.erase(self.table(endpoint)?, RowId::Base(ordinal));
            }
        }
        Ok(())
    }
}

/// Whether an endpoint holds the entries of a kind.
fn is_entry(endpoint: &Endpoint, kind: Kind) -> bool {
    match kind {
        Kind::Sale => endpoint.path == "salesentry/SalesEntries",
        _ => endpoint.path == "purchaseentry/PurchaseEntries",
    }
}
