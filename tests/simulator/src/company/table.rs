//! One table of a division: where its rows stand in the order of guids and of time, and what was written to it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;

use super::facts::{Facts, Scale};
use super::family::Family;
use super::value::{Guid, Value, mix, mix_text};

/// Rows that a change has touched are told apart from the computed ones by this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowId {
    /// A computed row, by its ordinal: its place in the order of time.
    Base(u64),
    /// A row that was posted.
    Added(Guid),
}

/// What a write left behind in a row.
#[derive(Clone, Debug, Default)]
pub struct Written {
    pub values: HashMap<String, Value>,
    pub timestamp: i64,
}

/// All writes to a table.
#[derive(Debug, Default)]
pub struct Overlay {
    pub added: BTreeMap<Guid, Written>,
    pub changed: HashMap<u64, Written>,
    pub deleted: HashSet<u64>,
    pub by_timestamp: BTreeMap<i64, RowId>,
}

/// The distance between the Timestamps of two neighbours in one table; the table's own number fits between.
const TIMESTAMP_STEP: i64 = 1_024;
/// Timestamps given to writes start here, above those of all computed rows.
pub const TIMESTAMP_WRITES: i64 = 1 << 44;

/// A table of a division.
pub struct Table {
    pub id: usize,
    pub family: Family,
    /// Tells the tables of one family apart.
    pub salt: u64,
    count: AtomicU64,
    scale: Scale,
    /// The guids' order is a permutation of the order of time.
    step: u64,
    step_back: u64,
    ordered_by_guid: bool,
    overlay: RwLock<Overlay>,
    /// How often something was written.
    writes: AtomicU64,
}

impl Table {
    pub fn new(id: usize, path: &str, scale: Scale, ordered_by_guid: bool) -> Table {
        let family = Family::of(path);
        let count = scale.count(family);
        let (step, step_back) = permutation(count.max(1));
        Table {
            id,
            family,
            salt: mix_text(path),
            count: AtomicU64::new(count),
            scale,
            step,
            step_back,
            ordered_by_guid,
            overlay: RwLock::default(),
            writes: AtomicU64::new(0),
        }
    }

    /// The computed rows.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// Sets the number of computed rows of a report, which is made anew when the books change.
    pub fn recount(&self, rows: u64) {
        self.count.store(rows, Ordering::Release);
    }

    /// Whether the key is a guid; else it is a number or a code that grows with the position.
    pub fn is_ordered_by_guid(&self) -> bool {
        self.ordered_by_guid
    }

    pub fn facts(&self, ordinal: u64) -> Facts {
        self.scale.facts(self.family, self.salt, ordinal)
    }

    /// The place of a computed row in the order of keys.
    pub fn position(&self, ordinal: u64) -> u64 {
        if self.ordered_by_guid { ordinal * self.step % self.count().max(1) } else { ordinal }
    }

    pub fn ordinal_at(&self, position: u64) -> u64 {
        if self.ordered_by_guid { position * self.step_back % self.count().max(1) } else { position }
    }

    /// The guid of a computed row. Its first 48 bits grow with the position, so that no page needs a sort.
    pub fn guid(&self, ordinal: u64) -> Guid {
        let position = self.position(ordinal);
        let hash = mix(self.scale.seed ^ self.salt, position);
        let stride = (1u64 << 48) / self.count().max(1);
        let high = position * stride + hash % stride;
        let low = u128::from(mix(hash, 1)) | (u128::from(hash & 0xFFF) << 64);
        let version = (low & !(0xC000_0000_0000_0000)) | 0x8000_0000_0000_0000 | (4 << 76);
        Guid((u128::from(high) << 80) | version)
    }

    /// The computed row with a guid.
    pub fn find(&self, guid: Guid) -> Option<u64> {
        let ordinal = self.ordinal_at(self.first_at_or_after(guid));
        (self.count() > 0 && self.guid(ordinal) == guid).then_some(ordinal)
    }

    /// The position of the first computed row whose guid is not below the given one.
    pub fn first_at_or_after(&self, guid: Guid) -> u64 {
        let stride = (1u64 << 48) / self.count().max(1);
        let guess = ((guid.0 >> 80) as u64 / stride).min(self.count().saturating_sub(1));
        if self.count() > 0 && self.guid(self.ordinal_at(guess)) < guid { guess + 1 } else { guess }
    }

    /// A computed row's place in the order of keys: its guid, or its position where the key is none.
    pub fn place(&self, ordinal: u64) -> u128 {
        if self.ordered_by_guid { self.guid(ordinal).0 } else { u128::from(ordinal) }
    }

    /// The position of the first computed row whose place is above the given one.
    pub fn first_above(&self, place: u128) -> u64 {
        if !self.ordered_by_guid {
            return u64::try_from(place).unwrap_or(u64::MAX).saturating_add(1);
        }
        self.first_at_or_after(Guid(place.saturating_add(1)))
    }

    /// The Timestamp of a computed row: unique in the division, growing with the row's Modified.
    pub fn timestamp(&self, ordinal: u64) -> i64 {
        TIMESTAMP_STEP * (ordinal as i64 + 1) + self.id as i64
    }

    /// The first computed row whose Timestamp is above the given one.
    pub fn first_after_timestamp(&self, timestamp: i64) -> u64 {
        let below = (timestamp - self.id as i64).div_euclid(TIMESTAMP_STEP);
        u64::try_from(below).unwrap_or(0).min(self.count())
    }

    /// Whether anything was ever written.
    pub fn is_touched(&self) -> bool {
        self.writes() > 0
    }

    /// How often something was written.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Acquire)
    }

    pub fn read<T>(&self, with: impl FnOnce(&Overlay) -> T) -> T {
        with(&self.overlay.read())
    }

    pub fn write<T>(&self, with: impl FnOnce(&mut Overlay) -> T) -> T {
        let answer = with(&mut self.overlay.write());
        self.writes.fetch_add(1, Ordering::AcqRel);
        answer
    }

    /// What was written to a column of a row.
    pub fn written(&self, row: RowId, column: &str) -> Option<Value> {
        if !self.is_touched() {
            return None;
        }
        self.read(|overlay| overlay.row(row).and_then(|written| written.values.get(column).cloned()))
    }

    /// The Timestamp of any row.
    pub fn timestamp_of(&self, row: RowId) -> i64 {
        let written = self.is_touched().then(|| self.read(|overlay| overlay.row(row).map(|w| w.timestamp))).flatten();
        match (written, row) {
            (Some(timestamp), _) => timestamp,
            (None, RowId::Base(ordinal)) => self.timestamp(ordinal),
            (None, RowId::Added(_)) => 0,
        }
    }

    /// Whether a row exists.
    pub fn exists(&self, row: RowId) -> bool {
        match row {
            RowId::Base(ordinal) => {
                ordinal < self.count() && !(self.is_touched() && self.read(|o| o.deleted.contains(&ordinal)))
            }
            RowId::Added(guid) => self.is_touched() && self.read(|o| o.added.contains_key(&guid)),
        }
    }

    /// The rows there are now.
    pub fn live_count(&self) -> u64 {
        let (gone, added) = if self.is_touched() { self.read(|o| (o.deleted.len(), o.added.len())) } else { (0, 0) };
        self.count() - gone as u64 + added as u64
    }
}

impl Overlay {
    pub fn row(&self, row: RowId) -> Option<&Written> {
        match row {
            RowId::Base(ordinal) => self.changed.get(&ordinal),
            RowId::Added(guid) => self.added.get(&guid),
        }
    }
}

/// A multiplier that permutes `0..count`, and its inverse.
fn permutation(count: u64) -> (u64, u64) {
    let start = (count as f64 * 0.618) as u64;
    (start.max(1)..)
        .find_map(|step| inverse(step % count.max(2), count).map(|back| (step % count.max(2), back)))
        .unwrap_or((1, 1))
}

/// The modular inverse by Euclid's algorithm; `None` when there is none.
fn inverse(number: u64, modulus: u64) -> Option<u64> {
    let (mut r, mut next_r) = (i128::from(modulus), i128::from(number));
    let (mut t, mut next_t) = (0i128, 1i128);
    while next_r != 0 {
        let quotient = r / next_r;
        (t, next_t) = (next_t, t - quotient * next_t);
        (r, next_r) = (next_r, r - quotient * next_r);
    }
    (r == 1).then(|| u64::try_from(t.rem_euclid(i128::from(modulus))).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_are_in_the_order_of_positions_and_lead_back_to_their_rows() {
        for cycles in [1, 3, 100] {
            let scale = Scale { seed: 5, cycles, divisions: 2 };
            let table = Table::new(3, "salesinvoice/SalesInvoices", scale, true);
            let guids: Vec<Guid> = (0..table.count()).map(|position| table.guid(table.ordinal_at(position))).collect();
            assert!(guids.windows(2).all(|pair| pair[0] < pair[1]));
            for ordinal in 0..table.count() {
                assert_eq!(table.find(table.guid(ordinal)), Some(ordinal));
                assert_eq!(table.first_after_timestamp(table.timestamp(ordinal)), ordinal + 1);
                assert_eq!(table.first_after_timestamp(table.timestamp(ordinal) - 1), ordinal);
            }
            assert_eq!(table.find(Guid(77)), None);
        }
    }
}
