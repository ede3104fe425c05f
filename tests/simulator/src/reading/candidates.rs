//! The rows that a filter can hold for, found without a scan: by key, and by the key of the parent.

use crate::catalog::Catalog;
use crate::company::Company;
use crate::company::cycle::{Cycle, Kind};
use crate::company::family::Family;
use crate::company::scan::Found;
use crate::company::table::{RowId, Table};
use crate::company::value::{Guid, Value};
use crate::company::view::{Part, Pick, Source, View};
use crate::odata::filter::{Filter, Operand, Operator};
use crate::reading::plan::Plan;

/// The candidates in the order of keys, a superset of the matches; `None` when only a scan can tell.
pub fn find(company: &Company, view: &View, plan: &Plan) -> Option<Vec<Found>> {
    let mut found = of_filter(company, view, plan, plan.filter.as_ref()?)?;
    found.sort_by_key(|found| (found.place, found.part));
    found.dedup();
    Some(found)
}

/// The row with a guid.
pub fn by_guid(table: &Table, guid: Guid) -> Option<RowId> {
    let added = RowId::Added(guid);
    if table.exists(added) {
        return Some(added);
    }
    table.find(guid).map(RowId::Base).filter(|row| table.exists(*row))
}

fn of_filter(company: &Company, view: &View, plan: &Plan, filter: &Filter) -> Option<Vec<Found>> {
    match filter {
        Filter::And(left, right) => {
            of_filter(company, view, plan, left).or_else(|| of_filter(company, view, plan, right))
        }
        Filter::Or(left, right) => {
            let mut found = of_filter(company, view, plan, left)?;
            found.extend(of_filter(company, view, plan, right)?);
            Some(found)
        }
        Filter::Compare { left: Operand::Column(column), operator: Operator::Eq, right } => {
            let Value::Guid(guid) = right.value else { return None };
            let mut found = Vec::new();
            for (number, part) in view.parts.iter().enumerate() {
                let table = company.table(part.table)?;
                let name = plan.endpoint.properties.get(*column).map_or("", |property| property.name.as_str());
                let rows = of_guid(company, part, table, *column, name, guid)?;
                found.extend(rows.into_iter().map(|row| Found { part: number, row, place: place(table, row) }));
            }
            Some(found)
        }
        _ => None,
    }
}

fn place(table: &Table, row: RowId) -> u128 {
    match row {
        RowId::Base(ordinal) => table.place(ordinal),
        RowId::Added(guid) => guid.0,
    }
}

/// Rows of a table whose column may hold a guid.
fn of_guid(company: &Company, part: &Part, table: &Table, column: usize, name: &str, guid: Guid) -> Option<Vec<RowId>> {
    let lines = match part.sources.get(column)? {
        Source::OwnGuid => return Some(by_guid(table, guid).into_iter().collect()),
        Source::Reference { endpoint, pick: Pick::Header, .. } => {
            let Family::Line(kind) = table.family else { return None };
            let header = company.table(*endpoint)?.find(guid);
            header.map(|header| company.scale.lines_of(kind, header))
        }
        Source::Rule(_) if table.family == Family::Ledger && name == "EntryID" => ledger_lines(company, guid),
        _ => return None,
    };
    let mut rows: Vec<RowId> = lines.into_iter().flatten().map(RowId::Base).filter(|row| table.exists(*row)).collect();
    if table.is_touched() {
        table.read(|overlay| {
            rows.extend(overlay.added.keys().copied().map(RowId::Added));
            rows.extend(overlay.changed.keys().copied().filter(|o| !overlay.deleted.contains(o)).map(RowId::Base));
        });
    }
    Some(rows)
}

/// The ledger lines of an entry, whichever kind of entry it is.
fn ledger_lines(company: &Company, guid: Guid) -> Option<std::ops::Range<u64>> {
    let catalog = Catalog::get();
    let find = |path: &str| company.table(catalog.find(path)?.id)?.find(guid);
    let simple = [
        ("salesentry/SalesEntries", Kind::Sale),
        ("purchaseentry/PurchaseEntries", Kind::Purchase),
        ("generaljournalentry/GeneralJournalEntries", Kind::Memorial),
    ];
    if let Some((kind, header)) = simple.iter().find_map(|(path, kind)| find(path).map(|header| (*kind, header))) {
        return Some(company.scale.ledger_lines_of(kind, header));
    }
    let statement = find("financialtransaction/BankEntries")?;
    let cycle = Cycle::get();
    let (receipts, payments) = (cycle.count(Kind::Receipt), cycle.count(Kind::Payment));
    let (number, rest) = (statement / (receipts + payments), statement % (receipts + payments));
    Some(match rest.checked_sub(receipts) {
        None => company.scale.ledger_lines_of(Kind::Receipt, number * receipts + rest),
        Some(payment) => company.scale.ledger_lines_of(Kind::Payment, number * payments + payment),
    })
}
