//! Walks the rows behind an endpoint, in the order of keys or of Timestamps, from any point on.

use std::collections::{BTreeSet, HashSet};

use super::Company;
use super::table::{RowId, Table};
use super::view::View;

/// The two orders in which the service hands out rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Key,
    Timestamp,
}

/// A row and the part of the view that it belongs to, with its place in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub part: usize,
    pub row: RowId,
    /// The guid, the position or the Timestamp, as a number.
    pub place: u128,
}

/// An iterator over the rows of a view: a merge of its tables.
pub struct Scan<'a> {
    cursors: Vec<Cursor<'a>>,
}

impl<'a> Scan<'a> {
    /// Rows whose place is above `after`.
    pub fn new(company: &'a Company, view: &View, order: Order, after: Option<u128>) -> Scan<'a> {
        let tables = view.parts.iter().filter_map(|part| company.table(part.table)).enumerate();
        Scan { cursors: tables.map(|(part, table)| Cursor::new(table, part, order, after)).collect() }
    }
}

impl Iterator for Scan<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        let ahead = self.cursors.iter_mut().filter(|cursor| cursor.head.is_some());
        ahead.min_by_key(|cursor| cursor.head.map(|found| found.place)).and_then(Cursor::take)
    }
}

/// One table: its computed rows in order, and beside them what was written.
struct Cursor<'a> {
    table: &'a Table,
    part: usize,
    order: Order,
    next_base: u64,
    /// Computed rows that are not to be shown in their old place.
    hidden: HashSet<u64>,
    written: std::vec::IntoIter<(u128, RowId)>,
    next_written: Option<(u128, RowId)>,
    head: Option<Found>,
}

impl<'a> Cursor<'a> {
    fn new(table: &'a Table, part: usize, order: Order, after: Option<u128>) -> Cursor<'a> {
        let (written, hidden) = writes(table, order, after);
        let mut written = written.into_iter();
        let next_written = written.next();
        let mut cursor = Cursor {
            table,
            part,
            order,
            next_base: first_base(table, order, after),
            hidden,
            written,
            next_written,
            head: None,
        };
        cursor.advance();
        cursor
    }

    fn take(&mut self) -> Option<Found> {
        let found = self.head.take();
        self.advance();
        found
    }

    fn advance(&mut self) {
        let base = self.peek_base();
        let from_base = match (base, self.next_written) {
            (Some((place, _)), Some((written, _))) => place < written,
            (base, _) => base.is_some(),
        };
        let next = if from_base {
            self.next_base += 1;
            base
        } else {
            std::mem::replace(&mut self.next_written, self.written.next())
        };
        self.head = next.map(|(place, row)| Found { part: self.part, row, place });
    }

    fn peek_base(&mut self) -> Option<(u128, RowId)> {
        while self.next_base < self.table.count() {
            let (ordinal, place) = match self.order {
                Order::Timestamp => (self.next_base, self.table.timestamp(self.next_base) as u128),
                Order::Key => {
                    let ordinal = self.table.ordinal_at(self.next_base);
                    (ordinal, self.table.place(ordinal))
                }
            };
            if !self.hidden.contains(&ordinal) {
                return Some((place, RowId::Base(ordinal)));
            }
            self.next_base += 1;
        }
        None
    }
}

/// Where the computed rows begin.
fn first_base(table: &Table, order: Order, after: Option<u128>) -> u64 {
    let Some(after) = after else { return 0 };
    match order {
        Order::Timestamp => table.first_after_timestamp(i64::try_from(after).unwrap_or(i64::MAX)),
        Order::Key => table.first_above(after),
    }
}

/// Written rows above a place, in order, and the computed rows that they replace.
fn writes(table: &Table, order: Order, after: Option<u128>) -> (Vec<(u128, RowId)>, HashSet<u64>) {
    if !table.is_touched() {
        return Default::default();
    }
    let is_above = |place: &u128| after.is_none_or(|after| *place > after);
    table.read(|overlay| match order {
        Order::Key => {
            let added = overlay.added.keys().map(|guid| (guid.0, RowId::Added(*guid)));
            let sorted: BTreeSet<(u128, RowId)> = added.filter(|(place, _)| is_above(place)).collect();
            (sorted.into_iter().collect(), overlay.deleted.clone())
        }
        Order::Timestamp => {
            let moved = overlay.by_timestamp.iter().map(|(timestamp, row)| (*timestamp as u128, *row));
            let hidden = overlay.deleted.iter().chain(overlay.changed.keys()).copied().collect();
            (moved.filter(|(place, _)| is_above(place)).collect(), hidden)
        }
    })
}
