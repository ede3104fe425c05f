//! Stores, changes and removes rows.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::actions::ORDER_OPEN;
use super::body::{self, Fields, Verb};
use super::ledger::is_entry;
use super::totals::{add_up, changed_amounts, is_line};
use super::{Pending, Writer, service_time};
use crate::catalog::{Catalog, Edm, Endpoint};
use crate::company::family::Family;
use crate::company::people;
use crate::company::rules::month_of;
use crate::company::table::{RowId, Table, Written};
use crate::company::user_guid;
use crate::company::value::{Guid, Value, mix};
use crate::failure::Failure;
use crate::odata::predicate::Semantics;
use crate::reading::page::Reader;
use crate::reading::plan::Plan;

/// Numbers that the server gives out when the client sends none.
const NUMBERS: &[&str] = &["InvoiceNumber", "EntryNumber", "OrderNumber", "HID", "DeliveryNumber", "QuotationNumber"];

impl Writer<'_> {
    /// Checks a new row and its lines, and fills in what the server gives.
    pub fn prepare(
        &self,
        endpoint: &'static Endpoint,
        body: &Map<String, Json>,
        parent: Option<(&str, Guid)>,
    ) -> Result<Pending, Failure> {
        let mut fields = body::fields(endpoint, body, Verb::Post)?;
        if let Some((column, key)) = parent {
            fields.values.insert(column.to_owned(), Value::Guid(key));
        }
        self.fill_ledger_account(endpoint, &mut fields.values)?;
        if !(parent.is_some() && is_of_line(endpoint)) {
            self.check_mandatory(endpoint, &fields)?;
        }
        self.check_references(endpoint, &fields.values, parent.map(|(column, _)| column))?;
        let table = self.table(endpoint)?;
        let key = self.key(endpoint, table, &fields.values)?;
        self.check_code(endpoint, &fields.values, None)?;
        for column in endpoint.keys.iter().filter_map(|key| endpoint.properties.get(*key)) {
            fields.values.remove(&column.name);
        }
        let mut pending = Pending { endpoint, key, values: fields.values, lines: Vec::new() };
        self.fill(&mut pending, table);
        for (property, elements) in fields.collections {
            let target = property.target.as_deref().and_then(|path| Catalog::get().find(path));
            let (Some(target), Some((_, join))) = (target, &property.join) else { continue };
            for (at, element) in elements.into_iter().enumerate() {
                let mut line = self.prepare(target, element, Some((join, key)))?;
                if target.column("LineNumber").is_some() {
                    line.values.insert("LineNumber".to_owned(), Value::Int(at as i64 + 1));
                }
                pending.lines.push(line);
            }
        }
        add_up(&mut pending);
        Ok(pending)
    }

    /// Stores a row, its lines, and what they mean to the ledger.
    pub fn commit(&self, mut pending: Pending) -> Result<(), Failure> {
        let bookings = self.bookings(&pending)?;
        self.open_items(&bookings)?;
        if pending.endpoint.path == "salesorder/GoodsDeliveries" {
            self.deliver(&pending)?;
        }
        let lines = std::mem::take(&mut pending.lines);
        let (endpoint, values) = (pending.endpoint, pending.values.clone());
        if is_line(endpoint) {
            self.check_balance(endpoint, &values)?;
        }
        self.store(pending)?;
        for line in lines.into_iter().chain(bookings) {
            self.store(line)?;
        }
        self.refresh_header_of(endpoint, &values)
    }

    /// A line of a memorial that is posted alone would unbalance it.
    fn check_balance(&self, endpoint: &Endpoint, values: &HashMap<String, Value>) -> Result<(), Failure> {
        let amount = values.get("AmountFC").and_then(Value::as_number).unwrap_or(0.0);
        match endpoint.path.as_str() {
            "generaljournalentry/GeneralJournalEntryLines" if amount != 0.0 => Err(super::ledger::not_in_balance()),
            _ => Ok(()),
        }
    }

    pub fn store(&self, mut pending: Pending) -> Result<(), Failure> {
        self.fill_companions(pending.endpoint, &mut pending.values);
        let timestamp = self.company.next_timestamp();
        let row = RowId::Added(pending.key);
        self.table(pending.endpoint)?.write(|overlay| {
            overlay.added.insert(pending.key, Written { values: pending.values, timestamp });
            overlay.by_timestamp.insert(timestamp, row);
        });
        Ok(())
    }

    /// Changes what was sent, and nothing else.
    pub fn update(&self, endpoint: &'static Endpoint, row: RowId, body: &Map<String, Json>) -> Result<(), Failure> {
        let fields = body::fields(endpoint, body, Verb::Put)?;
        let sends_key = endpoint.keys.iter().filter_map(|key| endpoint.properties.get(*key));
        if sends_key.into_iter().any(|key| body.contains_key(&key.name)) {
            // Seen when a whole row is sent back (fact sheet 6.7).
            return Err(already_exists());
        }
        self.check_references(endpoint, &fields.values, None)?;
        self.check_code(endpoint, &fields.values, Some(row))?;
        let mut values = fields.values;
        pad_code(endpoint, &mut values);
        self.fill_period(endpoint, &mut values);
        let table = self.table(endpoint)?;
        let key = key_of(table, row);
        if is_line(endpoint) {
            changed_amounts(endpoint, &self.cells_of(endpoint, key)?, &mut values);
        }
        self.fill_companions(endpoint, &mut values);
        self.sign(endpoint, &mut values, false);
        self.change(table, row, values);
        self.book_again(endpoint, row, key)?;
        if is_line(endpoint) {
            self.refresh_header_of(endpoint, &self.cells_of(endpoint, key)?)?;
        }
        Ok(())
    }

    /// Writes values into a row, which moves it to the end of the order of Timestamps.
    pub fn change(&self, table: &Table, row: RowId, values: HashMap<String, Value>) {
        let timestamp = self.company.next_timestamp();
        table.write(|overlay| {
            let written = match row {
                RowId::Base(ordinal) => Some(overlay.changed.entry(ordinal).or_default()),
                RowId::Added(guid) => overlay.added.get_mut(&guid),
            };
            if let Some(written) = written {
                let before = std::mem::replace(&mut written.timestamp, timestamp);
                written.values.extend(values);
                overlay.by_timestamp.remove(&before);
                overlay.by_timestamp.insert(timestamp, row);
            }
        });
    }

    /// Removes a row with its lines and its bookings, and logs it. Its header's sums follow.
    pub fn remove(&self, endpoint: &'static Endpoint, row: RowId) -> Result<(), Failure> {
        match self.take_away(endpoint, row)? {
            Some(line) => self.refresh_header_of(endpoint, &line),
            None => Ok(()),
        }
    }

    /// Removes a row; gives its cells when it was a line.
    fn take_away(&self, endpoint: &'static Endpoint, row: RowId) -> Result<Option<HashMap<String, Value>>, Failure> {
        let table = self.table(endpoint)?;
        let key = key_of(table, row);
        let line = if is_line(endpoint) { Some(self.cells_of(endpoint, key)?) } else { None };
        let children = endpoint.properties.iter().filter(|property| property.edm == Edm::Collection);
        let lines = children.filter_map(|property| {
            let target = Catalog::get().find(property.target.as_deref()?)?;
            let (parent, join) = property.join.as_ref()?;
            // A collection that is joined by the parent's own key belongs to it.
            (endpoint.column(parent) == endpoint.keys.first().copied() && join != "Item")
                .then_some((target, join.as_str()))
        });
        for (target, join) in lines {
            self.remove_where(target, join, key)?;
        }
        if is_entry(endpoint) {
            self.unbook(endpoint, row, key)?;
        }
        self.erase(table, row);
        self.log_delete(endpoint, key);
        Ok(line)
    }

    pub fn remove_where(&self, endpoint: &'static Endpoint, column: &str, key: Guid) -> Result<(), Failure> {
        let semantics = Semantics { case_sensitive: false, sql_nulls: true };
        let plan = Plan::of_children(endpoint, column, Value::Guid(key), None, semantics);
        let Some(mut plan) = plan else { return Ok(()) };
        plan.page_size = usize::MAX - 1;
        let rows: Vec<RowId> =
            Reader::new(self.company, &plan)?.page(false)?.rows.iter().map(|row| row.found.row).collect();
        rows.into_iter().try_for_each(|row| self.take_away(endpoint, row).map(|_| ()))
    }

    pub fn erase(&self, table: &Table, row: RowId) {
        table.write(|overlay| {
            let written = match row {
                RowId::Base(ordinal) => {
                    overlay.deleted.insert(ordinal);
                    overlay.changed.remove(&ordinal)
                }
                RowId::Added(guid) => overlay.added.remove(&guid),
            };
            if let Some(written) = written {
                overlay.by_timestamp.remove(&written.timestamp);
            }
        });
    }

    /// A line in `sync/Deleted`, for entities that have a number there (fact sheet 5.5).
    fn log_delete(&self, endpoint: &Endpoint, key: Guid) {
        let catalog = Catalog::get();
        // Where there is an old number and a new one, the new one is higher.
        let covering = catalog.endpoints.iter().filter(|sync| sync.regular_twins.contains(&endpoint.path));
        let number = covering.filter_map(|sync| sync.deleted_entity_type).max();
        let log = catalog.find("sync/Deleted").and_then(|log| self.company.table(log.id));
        let (Some(number), Some(log)) = (number, log) else { return };
        let timestamp = self.company.next_timestamp();
        let id = self.new_guid(timestamp);
        let values = HashMap::from([
            ("ID".to_owned(), Value::Guid(id)),
            ("DeletedBy".to_owned(), Value::Guid(user_guid(0))),
            ("DeletedDate".to_owned(), Value::Date(service_time(self.now))),
            ("Division".to_owned(), Value::Int(i64::from(self.company.code))),
            ("EntityKey".to_owned(), Value::Guid(key)),
            ("EntityType".to_owned(), Value::Int(number)),
        ]);
        log.write(|overlay| {
            overlay.added.insert(id, Written { values, timestamp });
            overlay.by_timestamp.insert(timestamp, RowId::Added(id));
        });
    }

    pub fn table(&self, endpoint: &Endpoint) -> Result<&Table, Failure> {
        self.company.table(endpoint.id).ok_or_else(Failure::not_found)
    }

    pub fn new_guid(&self, salt: i64) -> Guid {
        let (high, low) = (mix(self.company.scale.seed, salt as u64), mix(self.company.scale.seed ^ 9, salt as u64));
        let number = (u128::from(high) << 64) | u128::from(low);
        Guid((number & !(0xF000_u128 << 64) & !(0xC000_0000_0000_0000)) | (0x4000_u128 << 64) | 0x8000_0000_0000_0000)
    }

    fn key(&self, endpoint: &Endpoint, table: &Table, values: &HashMap<String, Value>) -> Result<Guid, Failure> {
        let name = endpoint.keys.first().and_then(|key| endpoint.properties.get(*key)).map_or("", |key| &key.name);
        match values.get(name) {
            Some(Value::Guid(key)) if self.switches.client_keys_kept && key.0 != 0 => {
                // The key of a row that was deleted is free again.
                if crate::reading::by_guid(table, *key).is_some() { Err(already_exists()) } else { Ok(*key) }
            }
            _ => Ok(self.new_guid(self.company.next_timestamp())),
        }
    }

    pub fn check_mandatory(&self, endpoint: &Endpoint, fields: &Fields<'_>) -> Result<(), Failure> {
        for property in endpoint.properties.iter().filter(|property| property.mandatory_on_post) {
            let is_given = match property.edm {
                Edm::Collection => {
                    fields.collections.iter().any(|(known, rows)| known.name == property.name && !rows.is_empty())
                }
                _ => {
                    fields.values.get(&property.name).is_some_and(|value| !value.is_null() && *value != Value::text(""))
                }
            };
            if !is_given {
                return Err(Failure::new(
                    500,
                    format!("Mandatory: {}", property.name),
                    format!("Verplicht: {}", property.name),
                ));
            }
        }
        Ok(())
    }

    /// A reference to one of the company's rows must lead somewhere.
    fn check_references(
        &self,
        endpoint: &Endpoint,
        values: &HashMap<String, Value>,
        parent: Option<&str>,
    ) -> Result<(), Failure> {
        for (name, value) in values {
            let relation = Catalog::get().relation(endpoint, name).filter(|_| Some(name.as_str()) != parent);
            let target = relation.and_then(|relation| Catalog::get().find(&relation.to_table));
            let (Some(target), Value::Guid(guid)) = (target, value) else { continue };
            if Family::of(&target.path) == Family::Other {
                continue;
            }
            if crate::reading::by_guid(self.table(target)?, *guid).is_none() {
                return Err(Failure::new(
                    500,
                    format!("Invalid reference: {name}"),
                    format!("Ongeldige verwijzing: {name}"),
                ));
            }
        }
        Ok(())
    }

    /// Codes are unique within a table of the company.
    fn check_code(
        &self,
        endpoint: &'static Endpoint,
        values: &HashMap<String, Value>,
        own: Option<RowId>,
    ) -> Result<(), Failure> {
        let (Some(column), Some(Value::Text(code))) = (endpoint.column("Code"), values.get("Code")) else {
            return Ok(());
        };
        if Family::of(&endpoint.path) == Family::Other {
            return Ok(());
        }
        let semantics = Semantics { case_sensitive: false, sql_nulls: true };
        let Some(key) = endpoint.keys.first().and_then(|key| endpoint.properties.get(*key)) else { return Ok(()) };
        let Some(mut plan) = Plan::of_children(endpoint, &key.name, Value::Null, None, semantics) else {
            return Ok(());
        };
        plan.filter = None;
        plan.page_size = usize::MAX - 1;
        let reader = Reader::new(self.company, &plan)?;
        let is_same = |value: Value| matches!(value, Value::Text(other) if other.trim() == code.trim());
        let page = reader.page(false)?;
        let is_taken = page.rows.iter().any(|row| Some(row.found.row) != own && is_same(reader.cell(row, column)));
        if is_taken { Err(already_exists()) } else { Ok(()) }
    }

    /// What the server gives: numbers, codes, dates, the user.
    fn fill(&self, pending: &mut Pending, table: &Table) {
        let Pending { endpoint, values, .. } = pending;
        let number = table.count() as i64 + 10_000 + table.read(|overlay| overlay.added.len() as i64);
        let has = |name: &str| endpoint.column(name).is_some();
        for name in NUMBERS.iter().filter(|name| has(name)) {
            values.entry((*name).to_owned()).or_insert(Value::Int(number));
        }
        if has("Code") && endpoint.property("Code").is_some_and(|code| !code.mandatory_on_post) {
            values.entry("Code".to_owned()).or_insert_with(|| Value::text(number.to_string()));
        }
        pad_code(endpoint, values);
        for name in ["InvoiceDate", "EntryDate", "OrderDate", "Date"].iter().filter(|name| has(name)) {
            let today = service_time(self.now).div_euclid(crate::clock::DAY) * crate::clock::DAY;
            values.entry((*name).to_owned()).or_insert(Value::Date(today));
        }
        self.fill_period(endpoint, values);
        if has("Currency") {
            values.entry("Currency".to_owned()).or_insert_with(|| Value::text("EUR"));
        }
        let is_order = endpoint.path.starts_with("salesorder/SalesOrder");
        for name in ["DeliveryStatus", "InvoiceStatus", "OrderStatus"].iter().filter(|name| is_order && has(name)) {
            values.insert((*name).to_owned(), Value::Int(ORDER_OPEN));
        }
        if has("Status") && endpoint.property("Status").is_some_and(|status| status.edm != Edm::String) {
            // A draft, until it is printed (fact sheet 6.7).
            values.entry("Status".to_owned()).or_insert(Value::Int(if is_order { ORDER_OPEN } else { 20 }));
        }
        self.sign(endpoint, values, true);
    }

    /// The period that a written date falls in, unless it is written too.
    fn fill_period(&self, endpoint: &Endpoint, values: &mut HashMap<String, Value>) {
        let date = ["EntryDate", "InvoiceDate", "Date"].iter().find_map(|name| values.get(*name));
        let Some(Value::Date(date)) = date else { return };
        let (year, month) = month_of(*date);
        let numbers =
            [("FinancialYear", year), ("ReportingYear", year), ("FinancialPeriod", month), ("ReportingPeriod", month)];
        for (name, number) in numbers.into_iter().filter(|(name, _)| endpoint.column(name).is_some()) {
            values.entry(name.to_owned()).or_insert(Value::Int(number));
        }
    }

    /// Who wrote, and when.
    pub fn sign(&self, endpoint: &Endpoint, values: &mut HashMap<String, Value>, is_new: bool) {
        let now = Value::Date(service_time(self.now));
        let user = Value::Guid(user_guid(0));
        let name = Value::text(people::user_name(0));
        let mut signature =
            vec![("Modified", now.clone()), ("Modifier", user.clone()), ("ModifierFullName", name.clone())];
        if is_new {
            signature.extend([("Created", now), ("Creator", user), ("CreatorFullName", name)]);
            signature.push(("Division", Value::Int(i64::from(self.company.code))));
        }
        for (column, value) in signature.into_iter().filter(|(column, _)| endpoint.column(column).is_some()) {
            values.insert(column.to_owned(), value);
        }
    }

    /// `AccountName` beside a written `Account`.
    pub fn fill_companions(&self, endpoint: &Endpoint, values: &mut HashMap<String, Value>) {
        for property in endpoint.properties.iter().filter(|property| !property.edm.is_nested()) {
            if values.contains_key(&property.name) {
                continue;
            }
            if let Some(value) = self.company.companion_of(endpoint, &property.name, values) {
                values.insert(property.name.clone(), value);
            }
        }
    }
}

/// Batch and serial numbers, which take from the line in which they are given what they need beside their number.
fn is_of_line(endpoint: &Endpoint) -> bool {
    ["inventory/StockBatchNumbers", "inventory/StockSerialNumbers"].contains(&endpoint.path.as_str())
}

/// The guid of a row.
fn key_of(table: &Table, row: RowId) -> Guid {
    match row {
        RowId::Base(ordinal) => table.guid(ordinal),
        RowId::Added(guid) => guid,
    }
}

/// Account codes are left-padded to 18 (fact sheet 6.5).
fn pad_code(endpoint: &Endpoint, values: &mut HashMap<String, Value>) {
    let is_padded = endpoint.property("Code").is_some_and(|code| code.padded_left);
    if let (true, Some(Value::Text(code))) = (is_padded, values.get_mut("Code")) {
        *code = format!("{:>18}", code.trim()).into();
    }
}

fn already_exists() -> Failure {
    Failure::new(500, "Data already exists", "Gegeven bestaat reeds")
}
