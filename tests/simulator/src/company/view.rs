//! How an endpoint shows its tables: for every column, where the cell comes from.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::cycle::Kind;
use super::facts::Facts;
use super::family::Family;
use super::rules::{self, Rule};
use super::table::{RowId, Table};
use super::value::{Value, mix, mix_text};
use super::{Company, generated};
use crate::catalog::{Catalog, Edm, Endpoint, Property};

/// Where a cell comes from.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    Rule(Rule),
    /// The row's own guid.
    OwnGuid,
    Timestamp,
    /// A column of a row in another table.
    Reference {
        endpoint: usize,
        column: usize,
        pick: Pick,
    },
    /// A key that is no guid of its own: it grows with the row.
    Key {
        edm: Edm,
        place: usize,
    },
    /// A guid within a composite key: the referred table in its own order.
    KeyOf {
        endpoint: usize,
    },
    /// A column of a report, whose rows the read itself holds.
    Report,
    /// From the column's type alone.
    Generated {
        edm: Edm,
        salt: u64,
    },
    /// A column that only the header has, on a line of a set that merges both (fact sheet 5.3).
    OfHeader {
        endpoint: usize,
        column: usize,
        /// Whether the header itself looks the column up in another table.
        is_lookup: bool,
    },
    /// The number of a header among its lines: 0.
    HeaderNumber,
    Null,
}

impl Source {
    /// Whether the cell comes from another table, as `AccountName` does.
    pub fn is_lookup(&self) -> bool {
        matches!(self, Source::Reference { .. } | Source::OfHeader { is_lookup: true, .. })
    }
}

/// Which row a reference goes to.
#[derive(Clone, Copy, Debug)]
pub enum Pick {
    Account,
    Contact,
    Item,
    Gl,
    Project,
    Employee,
    Warehouse,
    Header,
    SameRow,
    /// By chance; an optional reference is mostly null.
    Chance {
        salt: u64,
        optional: bool,
    },
}

/// One table behind an endpoint. A sync endpoint that merges header and lines has two.
pub struct Part {
    /// The endpoint whose path names the table.
    pub table: usize,
    /// One per property of the endpoint.
    pub sources: Vec<Source>,
}

/// An endpoint's columns over its tables.
pub struct View {
    pub parts: Vec<Part>,
}

/// The views of all endpoints, made when first asked for.
pub struct Views {
    views: Vec<OnceLock<View>>,
}

impl Views {
    pub fn new() -> Views {
        Views { views: Catalog::get().endpoints.iter().map(|_| OnceLock::new()).collect() }
    }

    pub fn of(&self, endpoint: usize) -> Option<&View> {
        let catalog = Catalog::get();
        let described = catalog.endpoints.get(endpoint)?;
        self.views.get(endpoint).map(|slot| slot.get_or_init(|| View::new(catalog, described)))
    }
}

impl Default for Views {
    fn default() -> Views {
        Views::new()
    }
}

impl View {
    fn new(catalog: &Catalog, endpoint: &Endpoint) -> View {
        let twins: Vec<usize> =
            endpoint.regular_twins.iter().filter_map(|path| catalog.find(path)).map(|twin| twin.id).collect();
        // An endpoint whose columns nobody has published shows no rows.
        let tables = match (endpoint.properties.is_empty(), twins.is_empty()) {
            (true, _) => Vec::new(),
            (_, true) => vec![endpoint.id],
            _ => twins,
        };
        let parts = tables.iter().filter_map(|table| catalog.endpoints.get(*table)).map(|table| {
            let other = tables.iter().find(|other| **other != table.id).and_then(|other| catalog.endpoints.get(*other));
            let columns = endpoint.properties.iter();
            let merged = |property| other.and_then(|other| merged(catalog, endpoint, table, other, property));
            let own = |property| source(catalog, endpoint, table, property);
            Part { table: table.id, sources: columns.map(|p| merged(p).unwrap_or_else(|| own(p))).collect() }
        });
        View { parts: parts.collect() }
    }
}

/// Where a column comes from that only the other one of header and line has; `None` for a column of the table's own.
fn merged(
    catalog: &Catalog,
    endpoint: &Endpoint,
    table: &Endpoint,
    other: &Endpoint,
    property: &Property,
) -> Option<Source> {
    let column = other.column(&property.name).filter(|_| table.column(&property.name).is_none())?;
    let is_row_id = endpoint.row_id.is_some() && endpoint.row_id == endpoint.column(&property.name);
    match (Family::of(&table.path), Family::of(&other.path)) {
        (Family::Header(kind), Family::Line(of)) if kind == of && property.name == "LineNumber" => {
            Some(Source::HeaderNumber)
        }
        (Family::Header(kind), Family::Line(of)) if kind == of && !is_row_id => Some(Source::Null),
        (Family::Line(kind), Family::Header(of)) if kind == of => {
            let is_lookup = source(catalog, other, other, other.properties.get(column)?).is_lookup();
            Some(Source::OfHeader { endpoint: other.id, column, is_lookup })
        }
        _ => None,
    }
}

/// Decides where a column comes from.
fn source(catalog: &Catalog, endpoint: &Endpoint, table: &Endpoint, property: &Property) -> Source {
    let family = Family::of(&table.path);
    let name = property.name.as_str();
    if property.edm.is_nested() {
        return Source::Null;
    }
    if let Family::Report(_) = family {
        return Source::Report;
    }
    if name == "Timestamp" {
        return Source::Timestamp;
    }
    let is_own_key = table.keys.len() == 1 && table.keys.first().copied() == table.column(name);
    let is_own_key = is_own_key && !is_borrowed_key(table);
    let is_row_id = endpoint.row_id.is_some() && endpoint.row_id == endpoint.column(name);
    if property.edm == Edm::Guid && (is_own_key || is_row_id) {
        return Source::OwnGuid;
    }
    if family == Family::Other
        && let Some(place) = table.keys.iter().position(|key| Some(*key) == table.column(name))
    {
        return match catalog.relation(table, name).and_then(|relation| catalog.find(&relation.to_table)) {
            Some(target) if property.edm == Edm::Guid => Source::KeyOf { endpoint: target.id },
            _ if name == "Division" => rules::find(family, name).map_or(Source::Null, Source::Rule),
            _ => Source::Key { edm: property.edm, place },
        };
    }
    // A twin shows what the table's own endpoint shows, whatever else it says of the column.
    let (endpoint, property) = table.property(name).map_or((endpoint, property), |own| (table, own));
    let own_rule = rules::of_order(&table.path, name).or_else(|| rules::find(family, name)).map(Source::Rule);
    own_rule
        .or_else(|| reference(catalog, endpoint, family, property))
        .or_else(|| companion(catalog, endpoint, family, name))
        .unwrap_or(Source::Generated { edm: property.edm, salt: mix_text(name) })
}

/// Whether a table's only key is a reference to another table, as `AccountId` of a list by account is.
pub fn is_borrowed_key(table: &Endpoint) -> bool {
    let [key] = table.keys.as_slice() else { return false };
    let Some(key) = table.properties.get(*key).filter(|key| key.edm == Edm::Guid) else { return false };
    let relation = Catalog::get().relation(table, &key.name);
    Family::of(&table.path) == Family::Other && relation.is_some_and(|relation| relation.to_table != table.path)
}

/// A column that the relations know.
fn reference(catalog: &Catalog, endpoint: &Endpoint, family: Family, property: &Property) -> Option<Source> {
    let relation = catalog.relation(endpoint, &property.name)?;
    let target = catalog.find(&relation.to_table)?;
    let optional = !property.mandatory_on_post && !property.is_key;
    let pick = pick(family, Family::of(&target.path), mix_text(&property.name), optional);
    Some(Source::Reference { endpoint: target.id, column: target.column(&relation.to_column)?, pick })
}

/// `AccountName` beside `Account`: the same row's other column.
fn companion(catalog: &Catalog, endpoint: &Endpoint, family: Family, name: &str) -> Option<Source> {
    let (property, target, column) = beside(catalog, endpoint, name)?;
    let optional = !property.mandatory_on_post && !property.is_key;
    let pick = pick(family, Family::of(&target.path), mix_text(&property.name), optional);
    Some(Source::Reference { endpoint: target.id, column, pick })
}

/// The reference that a column stands beside, the endpoint it leads to, and the column there.
fn beside<'a>(catalog: &'a Catalog, endpoint: &'a Endpoint, name: &str) -> Option<(&'a Property, &'a Endpoint, usize)> {
    const SUFFIXES: [(&str, &[&str]); 5] = [
        ("Code", &["Code"]),
        ("FullName", &["FullName"]),
        ("Name", &["Name", "Description"]),
        ("Description", &["Description", "Name"]),
        ("Number", &["OrderNumber", "InvoiceNumber", "EntryNumber"]),
    ];
    let (base, columns) =
        SUFFIXES.iter().find_map(|(suffix, columns)| name.strip_suffix(suffix).map(|base| (base, *columns)))?;
    let spellings = [base.to_owned(), format!("{base}ID"), format!("{base}Id"), format!("{base}Code")];
    let property = spellings.iter().find_map(|spelling| {
        endpoint.property(spelling).filter(|_| *spelling != name && catalog.relation(endpoint, spelling).is_some())
    })?;
    let target = catalog.find(&catalog.relation(endpoint, &property.name)?.to_table)?;
    let column = columns.iter().find_map(|column| target.column(column))?;
    Some((property, target, column))
}

/// Which of the row's facts a reference to a family uses.
fn pick(own: Family, target: Family, salt: u64, optional: bool) -> Pick {
    let is_document = |family: Family| {
        matches!(family, Family::Header(_) | Family::Line(_) | Family::Term(_) | Family::Open(_) | Family::Ledger)
            || matches!(family, Family::BankHeader | Family::BankLine)
    };
    let has_account = is_document(own)
        || matches!(own, Family::Contact | Family::Address | Family::BankAccount | Family::SalesPrice)
        || matches!(own, Family::SupplierItem | Family::Project | Family::Hours);
    let has_item = matches!(own, Family::Line(_) | Family::Ledger | Family::SalesPrice | Family::SupplierItem)
        || matches!(own, Family::ItemWarehouse | Family::Hours | Family::Header(_));
    let same_events = |own: Family, kind: Kind| match own {
        Family::Line(k) | Family::Header(k) | Family::Term(k) | Family::Open(k) => k == kind,
        _ => false,
    };
    match target {
        Family::Account if has_account => Pick::Account,
        Family::Contact | Family::Address if has_account => Pick::Contact,
        Family::Item if has_item => Pick::Item,
        Family::Warehouse if has_item => Pick::Warehouse,
        Family::GlAccount if is_document(own) => Pick::Gl,
        Family::Project if own == Family::Hours => Pick::Project,
        Family::Employee if own == Family::Hours => Pick::Employee,
        Family::Header(kind) if same_events(own, kind) => Pick::Header,
        Family::BankHeader if own == Family::BankLine => Pick::SameRow,
        Family::Line(kind) if own == Family::Line(kind) => Pick::SameRow,
        _ => Pick::Chance { salt, optional },
    }
}

impl Pick {
    /// The ordinal of the referred row in a table of so many rows.
    fn ordinal(self, facts: &Facts, count: u64) -> Option<u64> {
        match self {
            Pick::Account => facts.account,
            // The main contact and the visiting address of an account have its ordinal.
            Pick::Contact => facts.account,
            Pick::Item => facts.item,
            Pick::Gl => facts.gl,
            Pick::Project => facts.project,
            Pick::Employee => facts.employee,
            Pick::Warehouse => facts.warehouse,
            Pick::Header => Some(facts.header),
            Pick::SameRow => Some(facts.ordinal),
            Pick::Chance { salt, optional } => {
                let chance = mix(facts.hash, salt);
                (!optional || chance & 3 == 0).then(|| (chance >> 2) % count.max(1))
            }
        }
        .filter(|ordinal| *ordinal < count)
    }
}

/// A value in the type of its column: one rule serves columns that have different types on different endpoints.
fn fitted(value: Value, edm: Edm) -> Value {
    match (edm, value) {
        (_, Value::Null) => Value::Null,
        (Edm::String, value @ Value::Text(_)) => value,
        (Edm::String, Value::Int(number)) => Value::text(number.to_string()),
        (Edm::Guid, value @ Value::Guid(_)) => value,
        (Edm::DateTime, value @ Value::Date(_)) => value,
        (Edm::Binary, value @ Value::Binary(_)) => value,
        (Edm::Boolean, value @ Value::Bool(_)) => value,
        (Edm::Boolean, Value::Int(number)) => Value::Bool(number != 0),
        (Edm::Double, value @ Value::Double(_)) => value,
        (Edm::Double, Value::Int(number)) => Value::Double(number as f64),
        (Edm::Byte, Value::Int(number)) => Value::Int(number.rem_euclid(256)),
        (Edm::Byte | Edm::Int16 | Edm::Int32 | Edm::Int64, Value::Bool(flag)) => Value::Int(i64::from(flag)),
        (Edm::Int16 | Edm::Int32 | Edm::Int64, value @ Value::Int(_)) => value,
        (Edm::Byte | Edm::Int16 | Edm::Int32 | Edm::Int64, Value::Text(text)) => {
            text.trim().parse().map_or(Value::Null, Value::Int)
        }
        _ => Value::Null,
    }
}

impl Company {
    /// A cell of a computed row, with what was written to it since.
    pub fn cell(&self, table: &Table, source: Source, property: &Property, row: RowId, facts: &Facts) -> Value {
        if table.is_touched()
            && let Some(value) = table.written(row, &property.name)
        {
            return value;
        }
        match row {
            RowId::Base(ordinal) => fitted(self.computed(table, source, ordinal, facts), property.edm),
            RowId::Added(guid) => match source {
                Source::OwnGuid => Value::Guid(guid),
                Source::Timestamp => Value::Int(table.timestamp_of(row) + self.timestamp_shift()),
                Source::HeaderNumber => Value::Int(0),
                Source::OfHeader { endpoint, column, .. } => self.of_header(table, row, endpoint, column),
                _ => Value::Null,
            },
        }
    }

    /// What a column beside a written reference says: `AccountName`, given the `Account`.
    pub fn companion_of(&self, endpoint: &Endpoint, name: &str, values: &HashMap<String, Value>) -> Option<Value> {
        let (property, target, column) = beside(Catalog::get(), endpoint, name)?;
        let value = values.get(&property.name)?;
        let table = self.table(target.id)?;
        let row = match value {
            Value::Guid(guid) if table.exists(RowId::Added(*guid)) => RowId::Added(*guid),
            Value::Guid(guid) => RowId::Base(table.find(*guid)?),
            // Lists that are referred to by code are short.
            Value::Text(code) => RowId::Base((0..table.count().min(1_000)).find(|ordinal| {
                let own = self.text_of(target, RowId::Base(*ordinal), "Code");
                own.is_some_and(|own| own.trim() == code.trim())
            })?),
            _ => return Some(Value::Null),
        };
        let name = &target.properties.get(column)?.name;
        Some(self.value_of(target, row, name))
    }

    /// A column of the header of a line that was posted.
    fn of_header(&self, lines: &Table, line: RowId, endpoint: usize, column: usize) -> Value {
        let catalog = Catalog::get();
        let (Some(header), Some(line_endpoint)) = (catalog.endpoints.get(endpoint), catalog.endpoints.get(lines.id))
        else {
            return Value::Null;
        };
        let collection = header.properties.iter().find(|p| p.target.as_deref() == Some(line_endpoint.path.as_str()));
        let join = collection.and_then(|collection| collection.join.as_ref()).map(|(_, join)| join);
        let Some(Value::Guid(key)) = join.and_then(|join| lines.written(line, join)) else { return Value::Null };
        let name = header.properties.get(column).map_or("", |property| &property.name);
        self.value_of(header, self.row_of(endpoint, &Value::Guid(key)), name)
    }

    /// A column of a row of a regular endpoint.
    pub fn value_of(&self, endpoint: &Endpoint, row: RowId, column: &str) -> Value {
        let part = self.views.of(endpoint.id).and_then(|view| view.parts.first());
        let (Some(table), Some(part), Some(at)) = (self.table(endpoint.id), part, endpoint.column(column)) else {
            return Value::Null;
        };
        let (Some(source), Some(property)) = (part.sources.get(at), endpoint.properties.get(at)) else {
            return Value::Null;
        };
        let facts = match row {
            RowId::Base(ordinal) => table.facts(ordinal),
            RowId::Added(_) => Facts::default(),
        };
        self.cell(table, *source, property, row, &facts)
    }

    fn text_of(&self, endpoint: &Endpoint, row: RowId, column: &str) -> Option<String> {
        match self.value_of(endpoint, row, column) {
            Value::Text(text) => Some(text.into_owned()),
            _ => None,
        }
    }

    fn computed(&self, table: &Table, source: Source, ordinal: u64, facts: &Facts) -> Value {
        match source {
            Source::Rule(rule) => rule(self, facts),
            Source::OwnGuid => Value::Guid(table.guid(ordinal)),
            Source::Timestamp => Value::Int(table.timestamp_of(RowId::Base(ordinal)) + self.timestamp_shift()),
            Source::Reference { endpoint, column, pick } => self.referred(endpoint, column, pick, facts),
            Source::OfHeader { endpoint, column, .. } => self.referred(endpoint, column, Pick::Header, facts),
            Source::HeaderNumber => Value::Int(0),
            Source::Key { edm, place } => generated::key(edm, place, ordinal),
            Source::KeyOf { endpoint } => self.table(endpoint).map_or(Value::Null, |target| {
                Value::Guid(target.guid(target.ordinal_at(ordinal % target.count().max(1))))
            }),
            Source::Generated { edm, salt } => generated::value(edm, mix(facts.hash, salt), ordinal),
            Source::Report | Source::Null => Value::Null,
        }
    }

    fn referred(&self, endpoint: usize, column: usize, pick: Pick, facts: &Facts) -> Value {
        let Some(target) = self.table(endpoint) else { return Value::Null };
        let Some(ordinal) = pick.ordinal(facts, target.count()) else { return Value::Null };
        let Some(part) = self.views.of(endpoint).and_then(|view| view.parts.first()) else { return Value::Null };
        let described = Catalog::get().endpoints.get(endpoint).and_then(|e| e.properties.get(column));
        let (Some(source), Some(property)) = (part.sources.get(column).copied(), described) else {
            return Value::Null;
        };
        match source {
            Source::OwnGuid => Value::Guid(target.guid(ordinal)),
            _ => self.cell(target, source, property, RowId::Base(ordinal), &target.facts(ordinal)),
        }
    }
}
