//! The simulated companies: rows computed from a seed, with an overlay of what was written.

pub mod books;
pub mod cycle;
pub mod facts;
pub mod family;
pub mod generated;
pub mod lists;
mod nasty;
pub mod people;
pub mod reports;
pub mod rules;
pub mod scan;
pub mod table;
pub mod value;
pub mod view;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};

use cycle::Kind;
use facts::Scale;
use family::Family;
use table::{RowId, TIMESTAMP_WRITES, Table};
use value::{Guid, Value, mix, mix_text};
use view::Views;

use crate::catalog::{Catalog, Edm};
use crate::clock::Millis;

pub(crate) use value::mix_text as salt_of;

/// Before a move, Timestamps are this much higher than after it.
const TIMESTAMP_SHIFT: i64 = 1 << 40;

/// The endpoints that rules refer to.
pub struct Known {
    pub accounts: usize,
    pub contacts: usize,
    gl_accounts: usize,
    sales_entries: usize,
    purchase_entries: usize,
    bank_entries: usize,
    journal_entries: usize,
}

/// The numbers of the endpoints that rules refer to.
pub fn known() -> &'static Known {
    static KNOWN: LazyLock<Known> = LazyLock::new(|| {
        let id = |path: &str| Catalog::get().find(path).map_or(usize::MAX, |endpoint| endpoint.id);
        Known {
            accounts: id("crm/Accounts"),
            contacts: id("crm/Contacts"),
            gl_accounts: id("financial/GLAccounts"),
            sales_entries: id("salesentry/SalesEntries"),
            purchase_entries: id("purchaseentry/PurchaseEntries"),
            bank_entries: id("financialtransaction/BankEntries"),
            journal_entries: id("generaljournalentry/GeneralJournalEntries"),
        }
    });
    &KNOWN
}

/// A division as the lists of divisions show it.
#[derive(Clone, Debug)]
pub struct Sibling {
    pub code: i32,
    pub name: String,
    pub forbidden: bool,
    /// Cycles of business in its books; 0 for the empty one.
    pub cycles: u64,
}

/// One division's data.
pub struct Company {
    pub code: i32,
    pub scale: Scale,
    pub views: Arc<Views>,
    pub siblings: Arc<Vec<Sibling>>,
    tables: Vec<OnceLock<Table>>,
    timestamp: AtomicI64,
    /// Added to every Timestamp; a move to another database takes it away (fact sheet 5.6).
    shift: AtomicI64,
    books: books::Books,
    reports: reports::Reports,
    /// Shared by all divisions: when each was moved to another database, 0 for never.
    moves: Arc<Vec<AtomicI64>>,
}

impl Company {
    pub fn new(
        code: i32,
        seed: u64,
        siblings: Arc<Vec<Sibling>>,
        views: Arc<Views>,
        moves: Arc<Vec<AtomicI64>>,
    ) -> Company {
        let cycles = siblings.iter().find(|sibling| sibling.code == code).map_or(0, |sibling| sibling.cycles);
        let visible = siblings.iter().filter(|sibling| !sibling.forbidden).count() as u64;
        let scale = Scale { seed: mix(seed, code as u64), cycles, divisions: visible };
        Company {
            code,
            scale,
            views,
            siblings,
            tables: Catalog::get().endpoints.iter().map(|_| OnceLock::new()).collect(),
            timestamp: AtomicI64::new(TIMESTAMP_WRITES),
            shift: AtomicI64::new(TIMESTAMP_SHIFT),
            books: books::Books::default(),
            reports: reports::Reports::default(),
            moves,
        }
    }

    /// The table that an endpoint's path names.
    pub fn table(&self, endpoint: usize) -> Option<&Table> {
        let described = Catalog::get().endpoints.get(endpoint)?;
        let slot = self.tables.get(endpoint)?;
        Some(slot.get_or_init(|| {
            let key = described.keys.first().and_then(|key| described.properties.get(*key));
            let family = Family::of(&described.path);
            let has_own_guids = !matches!(family, Family::Report(_)) && !view::is_borrowed_key(described);
            let by_guid = has_own_guids && described.keys.len() == 1 && key.is_some_and(|key| key.edm == Edm::Guid);
            Table::new(endpoint, &described.path, self.scale, by_guid)
        }))
    }

    /// The next Timestamp of the database.
    pub fn next_timestamp(&self) -> i64 {
        self.timestamp.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub fn timestamp_shift(&self) -> i64 {
        self.shift.load(Ordering::SeqCst)
    }

    /// Moves the division to another database: all Timestamps begin anew.
    pub fn restart_timestamps(&self) {
        self.shift.store(0, Ordering::SeqCst);
    }

    /// The guid of a row of another table.
    pub fn reference(&self, endpoint: usize, ordinal: Option<u64>) -> Value {
        match (self.table(endpoint), ordinal) {
            (Some(table), Some(ordinal)) if ordinal < table.count() => Value::Guid(table.guid(ordinal)),
            _ => Value::Null,
        }
    }

    /// The guid of any row of another table.
    pub fn guid_of(&self, endpoint: usize, row: RowId) -> Guid {
        match (row, self.table(endpoint)) {
            (RowId::Added(guid), _) => guid,
            (RowId::Base(ordinal), Some(table)) => table.guid(ordinal),
            (RowId::Base(_), None) => Guid(0),
        }
    }

    /// The entry that a ledger line belongs to.
    pub fn entry_guid(&self, kind: Option<Kind>, header: u64) -> Value {
        let cycle = cycle::Cycle::get();
        let (receipts, payments) = (cycle.count(Kind::Receipt), cycle.count(Kind::Payment));
        let statement = |number: u64, rest: u64| Some(number * (receipts + payments) + rest);
        match kind {
            Some(Kind::Sale) => self.reference(known().sales_entries, Some(header)),
            Some(Kind::Purchase) => self.reference(known().purchase_entries, Some(header)),
            Some(Kind::Receipt) => {
                self.reference(known().bank_entries, statement(header / receipts, header % receipts))
            }
            Some(Kind::Payment) => {
                self.reference(known().bank_entries, statement(header / payments, receipts + header % payments))
            }
            Some(Kind::Memorial) => self.reference(known().journal_entries, Some(header)),
            None => Value::Null,
        }
    }

    /// One of the three users of the company.
    pub fn user(&self, hash: u64) -> Guid {
        user_guid(hash % 3)
    }

    /// The code of the division in a place of the list, which leaves the forbidden ones out.
    pub fn sibling(&self, place: u64) -> i32 {
        self.visible(place).map_or(0, |(_, sibling)| sibling.code)
    }

    pub fn sibling_name(&self, place: u64) -> String {
        self.visible(place).map(|(_, sibling)| sibling.name.clone()).unwrap_or_default()
    }

    /// When the division was moved to another database (fact sheet 5.6).
    pub fn move_date(&self, place: u64) -> Value {
        let moved: Option<Millis> =
            self.visible(place).and_then(|(at, _)| self.moves.get(at)).map(|moved| moved.load(Ordering::SeqCst));
        moved.filter(|moved| *moved != 0).map_or(Value::Null, Value::Date)
    }

    fn visible(&self, place: u64) -> Option<(usize, &Sibling)> {
        self.siblings.iter().enumerate().filter(|(_, sibling)| !sibling.forbidden).nth(place as usize)
    }
}

/// The users' guids are the same in all divisions.
pub fn user_guid(number: u64) -> Guid {
    let (high, low) = (mix(mix_text("user"), number), mix(mix_text("users"), number));
    Guid((u128::from(high) << 64) | u128::from(low))
}
