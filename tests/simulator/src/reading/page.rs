//! Collects the rows of one page.

use std::cmp::Ordering;

use super::candidates;
use super::plan::Plan;
use crate::catalog::Edm;
use crate::company::Company;
use crate::company::facts::Facts;
use crate::company::reports::ReportRows;
use crate::company::scan::{Found, Order, Scan};
use crate::company::table::{RowId, Table};
use crate::company::value::{Guid, Value};
use crate::company::view::{Part, View};
use crate::failure::Failure;
use crate::odata::filter::{Filter, Operand, Operator};
use crate::odata::literal::{self, Form, Literal};

/// A row with what is needed to show it.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    pub part: &'a Part,
    pub table: &'a Table,
    pub found: Found,
    pub facts: Facts,
}

/// The rows of a page, and where the next one begins.
pub struct Page<'a> {
    pub rows: Vec<Row<'a>>,
    pub skip_token: Option<String>,
    pub count: Option<u64>,
}

/// Reads for one plan on one company.
pub struct Reader<'a> {
    pub company: &'a Company,
    pub view: &'a View,
    pub plan: &'a Plan,
    /// The rows, where the endpoint is a report.
    report: Option<ReportRows>,
}

impl<'a> Reader<'a> {
    pub fn new(company: &'a Company, plan: &'a Plan) -> Result<Reader<'a>, Failure> {
        let view = company.views.of(plan.endpoint.id).ok_or_else(Failure::not_found)?;
        let report = company.report(plan.endpoint.id, &plan.endpoint.path);
        Ok(Reader { company, view, plan, report })
    }

    /// One page. `eager`: a full last page has a successor too.
    pub fn page(&self, eager: bool) -> Result<Page<'a>, Failure> {
        let count = self.plan.inline_count.then(|| self.count());
        let limit = self.plan.top.map_or(self.plan.page_size, |top| self.plan.page_size.min(top as usize));
        let mut rows = if self.plan.order.is_empty() { self.in_key_order(limit)? } else { self.sorted(limit)? };
        let is_more = rows.len() > limit || (eager && rows.len() == limit);
        rows.truncate(limit);
        let top_is_reached = self.plan.top.is_some_and(|top| top <= limit as u64);
        let last = rows.last().filter(|_| is_more && !top_is_reached);
        Ok(Page { skip_token: last.map(|row| self.skip_token(row)), rows, count })
    }

    /// How many rows pass the filter.
    pub fn count(&self) -> u64 {
        if self.plan.filter.is_none() {
            let tables = self.view.parts.iter().filter_map(|part| self.company.table(part.table));
            return tables.map(Table::live_count).sum();
        }
        self.matches(None).count() as u64
    }

    /// The row with a key.
    pub fn find(&self, keys: &[Literal]) -> Option<Row<'a>> {
        self.view.parts.iter().enumerate().find_map(|(part, _)| {
            let row = self.find_in(part, keys)?;
            self.row(Found { part, row, place: 0 })
        })
    }

    fn find_in(&self, part: usize, keys: &[Literal]) -> Option<RowId> {
        let table = self.company.table(self.view.parts.get(part)?.table)?;
        let row = match keys {
            [Literal { value: Value::Guid(guid), .. }] if table.is_ordered_by_guid() => {
                candidates::by_guid(table, *guid)?
            }
            [Literal { value: Value::Int(number), .. }] if self.is_written_number(*number) => {
                RowId::Added(Guid(*number as u128 - 1))
            }
            _ => {
                let position = self.position_of(part, keys).ok()?;
                RowId::Base(table.ordinal_at(position))
            }
        };
        table.exists(row).then_some(row)
    }

    /// All cells of a row are read through this.
    pub fn cell(&self, row: &Row<'a>, column: usize) -> Value {
        if let Some((_, value)) = self.plan.given.iter().find(|(given, _)| *given == column) {
            return value.clone();
        }
        let (Some(source), Some(property)) = (row.part.sources.get(column), self.plan.endpoint.properties.get(column))
        else {
            return Value::Null;
        };
        if self.plan.lookups_null && property.edm == Edm::String && source.is_lookup() {
            return Value::Null;
        }
        if let (Some(report), RowId::Base(ordinal)) = (&self.report, row.found.row) {
            let row = usize::try_from(ordinal).ok().and_then(|ordinal| report.get(ordinal));
            return row.and_then(|row| row.get(property.name.as_str())).cloned().unwrap_or(Value::Null);
        }
        self.company.cell(row.table, *source, property, row.found.row, &row.facts)
    }

    fn row(&self, found: Found) -> Option<Row<'a>> {
        let part = self.view.parts.get(found.part)?;
        let table = self.company.table(part.table)?;
        let facts = match found.row {
            RowId::Base(ordinal) => table.facts(ordinal),
            RowId::Added(_) => Facts::default(),
        };
        Some(Row { part, table, found, facts })
    }

    fn passes(&self, row: &Row<'a>) -> bool {
        let filter = self.plan.filter.as_ref();
        filter.is_none_or(|filter| self.plan.semantics.passes(filter, &|column| self.cell(row, column)))
    }

    /// The rows that pass, in the order of keys (of Timestamps on sync), beginning after a place.
    fn matches(&self, after: Option<u128>) -> Box<dyn Iterator<Item = Row<'a>> + '_> {
        let order = if self.plan.is_sync() { Order::Timestamp } else { Order::Key };
        let after = after.max(self.bookmark());
        let known = match order {
            Order::Key => candidates::find(self.company, self.view, self.plan),
            Order::Timestamp => None,
        };
        let found: Box<dyn Iterator<Item = Found> + '_> = match known {
            Some(known) => {
                Box::new(known.into_iter().filter(move |found| after.is_none_or(|after| found.place > after)))
            }
            None => Box::new(Scan::new(self.company, self.view, order, after)),
        };
        Box::new(found.filter_map(|found| self.row(found)).filter(|row| self.passes(row)))
    }

    /// The Timestamp that a sync read starts from.
    fn bookmark(&self) -> Option<u128> {
        match &self.plan.filter {
            Some(Filter::Compare { left: Operand::Column(_), operator: Operator::Gt, right })
                if self.plan.is_sync() && right.form == Form::Long =>
            {
                match right.value {
                    Value::Int(timestamp) => Some(self.unshifted(timestamp)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// A Timestamp of the service as the tables know it.
    fn unshifted(&self, timestamp: i64) -> u128 {
        u128::try_from(timestamp.saturating_sub(self.company.timestamp_shift())).unwrap_or(0)
    }

    fn in_key_order(&self, limit: usize) -> Result<Vec<Row<'a>>, Failure> {
        let after = match &self.plan.skip_token {
            Some(token) => Some(self.place_of(token)?),
            None => None,
        };
        Ok(self.matches(after).skip(self.plan.skip as usize).take(limit.saturating_add(1)).collect())
    }

    /// The place that a skip token names.
    fn place_of(&self, token: &[Literal]) -> Result<u128, Failure> {
        let bad = || Failure::plain(400, "Bad Request - Error in query syntax.");
        match token {
            [Literal { value: Value::Guid(guid), .. }] if self.has_own_guids() => Ok(guid.0),
            [Literal { value: Value::Int(timestamp), .. }] if self.plan.is_sync() => Ok(self.unshifted(*timestamp)),
            [Literal { value: Value::Int(number), .. }] if self.is_written_number(*number) => Ok(*number as u128 - 1),
            _ if token.len() == self.plan.endpoint.keys.len() => {
                Ok(u128::from(self.position_of(0, token).unwrap_or_else(|next| next.saturating_sub(1))))
            }
            _ => Err(bad()),
        }
    }

    fn has_own_guids(&self) -> bool {
        let mut tables = self.view.parts.iter().filter_map(|part| self.company.table(part.table));
        tables.all(Table::is_ordered_by_guid)
    }

    /// Whether a key is a number beyond those of the computed rows, which count from 1.
    fn is_written_number(&self, number: i64) -> bool {
        let table = self.view.parts.first().and_then(|part| self.company.table(part.table));
        let key = self.plan.endpoint.keys.first().and_then(|key| self.plan.endpoint.properties.get(*key));
        key.is_some_and(|key| key.name == "HID") && table.is_some_and(|table| number > table.count() as i64)
    }

    /// The position of a key that is no guid, by bisection; else the position of the next greater one.
    fn position_of(&self, part: usize, keys: &[Literal]) -> Result<u64, u64> {
        let table = self.view.parts.get(part).and_then(|part| self.company.table(part.table));
        let Some(table) = table else { return Err(0) };
        let (mut low, mut high) = (0, table.count());
        while low < high {
            let middle = low + (high - low) / 2;
            let found = Found { part, row: RowId::Base(table.ordinal_at(middle)), place: 0 };
            match self.row(found).map_or(Ordering::Equal, |row| self.compare_key(&row, keys)) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Ok(middle),
            }
        }
        Err(low)
    }

    fn compare_key(&self, row: &Row<'a>, keys: &[Literal]) -> Ordering {
        let columns = self.plan.endpoint.keys.iter().zip(keys);
        columns.fold(Ordering::Equal, |order, (column, key)| {
            order.then_with(|| self.cell(row, *column).order(&key.value, false))
        })
    }

    /// The page of an ordered read: the least rows beyond the token, ties broken by the key.
    fn sorted(&self, limit: usize) -> Result<Vec<Row<'a>>, Failure> {
        let wanted = limit.saturating_add(1).saturating_add(self.plan.skip as usize);
        let token = self.order_token()?;
        let mut best: Vec<(Vec<Value>, Row<'a>)> = Vec::new();
        for row in self.matches(None) {
            let keys: Vec<Value> = self.plan.order.iter().map(|(column, _)| self.cell(&row, *column)).collect();
            let is_beyond = token.as_ref().is_none_or(|(values, place)| {
                self.compare_order(&keys, row.found.place, values, *place) == Ordering::Greater
            });
            if is_beyond {
                best.push((keys, row));
            }
            if best.len() >= wanted.saturating_mul(4).max(4_096) {
                self.keep_least(&mut best, wanted);
            }
        }
        self.keep_least(&mut best, wanted);
        Ok(best.into_iter().skip(self.plan.skip as usize).map(|(_, row)| row).collect())
    }

    fn keep_least(&self, rows: &mut Vec<(Vec<Value>, Row<'a>)>, wanted: usize) {
        rows.sort_by(|(left, a), (right, b)| self.compare_order(left, a.found.place, right, b.found.place));
        rows.truncate(wanted);
    }

    fn compare_order(&self, left: &[Value], place: u128, right: &[Value], other: u128) -> Ordering {
        let pairs = left.iter().zip(right).zip(&self.plan.order);
        let by_values = pairs.fold(Ordering::Equal, |order, ((left, right), (_, descending))| {
            order.then_with(|| {
                let order = left.order(right, self.plan.semantics.case_sensitive);
                if *descending { order.reverse() } else { order }
            })
        });
        by_values.then(place.cmp(&other))
    }

    /// The values and the place at which the page before ended.
    fn order_token(&self) -> Result<Option<(Vec<Value>, u128)>, Failure> {
        let Some(token) = &self.plan.skip_token else { return Ok(None) };
        let (values, key) = token.split_at_checked(self.plan.order.len()).unwrap_or((&[], token));
        let place = self.place_of(key)?;
        Ok(Some((values.iter().map(|literal| literal.value.clone()).collect(), place)))
    }

    /// The order columns, then the key (fact sheet 3.3).
    fn skip_token(&self, row: &Row<'a>) -> String {
        let order = self.plan.order.iter().map(|(column, _)| *column);
        let parts: Vec<String> =
            order.chain(self.plan.endpoint.keys.iter().copied()).map(|column| self.literal(row, column)).collect();
        parts.join(",")
    }

    fn literal(&self, row: &Row<'a>, column: usize) -> String {
        let edm = self.plan.endpoint.properties.get(column).map_or(Edm::String, |p| p.edm);
        literal::write(&self.cell(row, column), edm)
    }

    /// The row's key as it stands in an address: `guid'...'`, or `A='x',B=1`.
    pub fn key_text(&self, row: &Row<'a>) -> String {
        let keys = &self.plan.endpoint.keys;
        if let [key] = keys.as_slice() {
            return match self.cell(row, *key) {
                Value::Guid(guid) => guid_key(guid),
                _ => self.literal(row, *key),
            };
        }
        let named = keys.iter().filter_map(|key| {
            let name = &self.plan.endpoint.properties.get(*key)?.name;
            Some(format!("{name}={}", self.literal(row, *key)))
        });
        named.collect::<Vec<_>>().join(",")
    }
}

fn guid_key(guid: Guid) -> String {
    let mut text = String::with_capacity(42);
    text.push_str("guid'");
    text.push_str(std::str::from_utf8(&guid.text()).unwrap_or_default());
    text.push('\'');
    text
}
