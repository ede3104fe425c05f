//! What one row tells, before it is cut into columns.

use super::cycle::{Cycle, Entry, Kind, LINES_PER_CYCLE};
use super::family::{Family, items};
use super::lists;
use super::value::mix;
use crate::clock::{DAY, HOUR, MINUTE};

/// The first and the last moment of the company's books: 2019-01-01 and 2026-10-31.
pub const BOOKS_START: i64 = 1_546_300_800_000;
pub const BOOKS_END: i64 = 1_793_404_800_000;

/// The size of a division and the number that all its data follow from.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    pub seed: u64,
    pub cycles: u64,
    pub divisions: u64,
}

/// The core of one row. References are ordinals of rows in the referred table.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    pub ordinal: u64,
    pub hash: u64,
    pub kind: Option<Kind>,
    /// The document that a line belongs to, or the header itself: its ordinal among its kind.
    pub header: u64,
    /// Entry in the ledger: its place among all entries.
    pub entry: u64,
    pub line: u32,
    pub account: Option<u64>,
    pub contact: Option<u64>,
    pub item: Option<u64>,
    pub gl: Option<u64>,
    pub project: Option<u64>,
    pub employee: Option<u64>,
    pub warehouse: Option<u64>,
    pub journal: u64,
    pub vat_code: u64,
    /// Whole units; negative on credit notes.
    pub quantity: i64,
    /// Cents. `net` without, `vat` the VAT alone; a ledger line has its booked amount in `net`.
    pub price: i64,
    pub net: i64,
    pub vat: i64,
    /// Milliseconds; `date` is a day.
    pub date: i64,
    pub moment: i64,
}

/// Which rows of the whole company a family's ordinal stands for.
impl Scale {
    pub fn count(&self, family: Family) -> u64 {
        family.count(self.cycles, self.divisions)
    }

    /// The facts of a row.
    pub fn facts(&self, family: Family, salt: u64, ordinal: u64) -> Facts {
        match family {
            Family::Header(kind) => self.header(kind, ordinal),
            Family::Line(kind) => self.document_line(kind, ordinal),
            Family::BankHeader | Family::BankLine => self.bank(ordinal),
            Family::Ledger => self.ledger(ordinal),
            Family::Term(kind) => self.header(kind, ordinal),
            Family::Open(kind) => self.open(kind, ordinal),
            _ => self.party(family, salt, ordinal),
        }
    }

    fn party(&self, family: Family, salt: u64, ordinal: u64) -> Facts {
        let hash = mix(self.seed ^ salt, ordinal);
        let count = self.count(family).max(1);
        let moment = BOOKS_START + (BOOKS_END - BOOKS_START) / count as i64 * ordinal as i64 + (hash % 1000) as i64;
        let mut facts = Facts { ordinal, hash, header: ordinal, moment, date: moment / DAY * DAY, ..Facts::default() };
        let accounts = self.count(Family::Account).max(1);
        match family {
            // Every account has a main contact and a visiting address; some have more.
            Family::Contact | Family::Address => facts.account = Some(ordinal % accounts),
            Family::BankAccount => facts.account = Some(ordinal),
            Family::SalesPrice | Family::SupplierItem | Family::ItemWarehouse => {
                facts.item = Some(ordinal);
                facts.account = (family != Family::ItemWarehouse).then(|| self.supplier(hash));
                facts.warehouse = Some(0);
                facts.price = self.item_price(ordinal);
            }
            Family::Item => {
                facts.price = self.item_price(ordinal);
                facts.vat_code = item_vat(ordinal);
            }
            Family::Project => facts.account = Some(self.customer(hash)),
            Family::Hours => self.fill_hours(&mut facts),
            _ => {}
        }
        facts
    }

    fn fill_hours(&self, facts: &mut Facts) {
        let project = mix(facts.hash, 1) % self.count(Family::Project).max(1);
        facts.project = Some(project);
        facts.account = Some(self.customer(mix(self.seed ^ super::salt_of("project/Projects"), project)));
        facts.employee = Some(mix(facts.hash, 2) % self.count(Family::Employee).max(1));
        facts.item = Some(mix(facts.hash, 3) % items(self.cycles));
        facts.quantity = 1 + (facts.hash % 8) as i64;
        facts.price = 9_500;
        facts.net = facts.quantity * facts.price;
    }

    /// Three of four accounts buy, the fourth delivers.
    fn customer(&self, hash: u64) -> u64 {
        let accounts = self.count(Family::Account).max(4);
        let pick = hash % (accounts / 4 * 3);
        pick / 3 * 4 + pick % 3
    }

    fn supplier(&self, hash: u64) -> u64 {
        let accounts = self.count(Family::Account).max(4);
        hash % (accounts / 4) * 4 + 3
    }

    fn item_price(&self, item: u64) -> i64 {
        95 + (mix(self.seed ^ 0x17E3, item) % 250_000) as i64
    }

    /// A header, by its ordinal among its kind.
    fn header(&self, kind: Kind, ordinal: u64) -> Facts {
        let (cycle_number, entry, place) = self.entry_of(kind, ordinal);
        let mut facts = self.dated(cycle_number, place);
        facts.kind = Some(kind);
        facts.ordinal = ordinal;
        facts.header = ordinal;
        facts.hash = mix(self.seed ^ (kind as u64 + 11), ordinal);
        match kind {
            Kind::Sale => {
                facts.account = Some(self.customer(facts.hash));
                facts.journal = lists::JOURNAL_SALE;
            }
            Kind::Purchase => {
                facts.account = Some(self.supplier(facts.hash));
                facts.journal = lists::JOURNAL_PURCHASE;
            }
            Kind::Receipt | Kind::Payment => {
                let settled = self.header(self.paid_kind(kind), self.settled(kind, ordinal));
                facts.account = settled.account;
                facts.journal = lists::JOURNAL_BANK;
            }
            Kind::Memorial => facts.journal = lists::JOURNAL_MEMORIAL,
        }
        facts.contact = facts.account;
        let (net, vat) = self.total(kind, ordinal, &entry);
        facts.net = net;
        facts.vat = vat;
        facts.gl = Some(match kind {
            Kind::Sale => lists::GL_RECEIVABLE,
            Kind::Purchase => lists::GL_PAYABLE,
            _ => lists::GL_BANK,
        });
        facts
    }

    /// What a document's lines add up to.
    fn total(&self, kind: Kind, ordinal: u64, entry: &Entry) -> (i64, i64) {
        match kind {
            Kind::Sale | Kind::Purchase => (1..=entry.lines).fold((0, 0), |(net, vat), number| {
                let (_, _, _, line_net, line_vat) = self.line_amounts(kind, ordinal, number);
                (net + line_net, vat + line_vat)
            }),
            Kind::Receipt | Kind::Payment => {
                let paid = self.paid_kind(kind);
                let document = self.settled(kind, ordinal);
                let (_, entry, _) = self.entry_of(paid, document);
                let (net, vat) = self.total(paid, document, &entry);
                (if kind == Kind::Receipt { net + vat } else { -(net + vat) }, 0)
            }
            Kind::Memorial => (0, 0),
        }
    }

    /// Item, quantity, price, net and VAT of a document line.
    fn line_amounts(&self, kind: Kind, ordinal: u64, number: u32) -> (u64, i64, i64, i64, i64) {
        let hash = mix(self.seed ^ (kind as u64 + 71), ordinal * 256 + u64::from(number));
        let item = hash % items(self.cycles);
        let credit = ordinal % 25 == 9;
        let quantity = (1 + (hash >> 32) % 20) as i64 * if credit { -1 } else { 1 };
        let price = match kind {
            Kind::Purchase => self.item_price(item) * 3 / 5,
            _ => self.item_price(item),
        };
        let net = quantity * price;
        let percent = lists::VAT_CODES.get(item_vat(item) as usize).map_or(0, |(_, _, percent)| *percent);
        (item, quantity, price, net, (net * percent + 50 * net.signum()) / 100)
    }

    /// A line of an invoice, order, entry or memorial, by its ordinal among the lines of its kind.
    fn document_line(&self, kind: Kind, ordinal: u64) -> Facts {
        let cycle = Cycle::get();
        let per_cycle = cycle.document_count(kind).max(1);
        let at = cycle.documents.get(kind as usize).and_then(|list| list.get((ordinal % per_cycle) as usize));
        let Some(line) = at.copied() else { return Facts::default() };
        let entry = cycle.entries.get(line.entry as usize).copied();
        let header = ordinal / per_cycle * cycle.count(kind) + entry.map_or(0, |entry| u64::from(entry.nth));
        let mut facts = self.entry_line(kind, header, line.number);
        facts.ordinal = ordinal;
        facts
    }

    /// The line with a number, of a document.
    fn entry_line(&self, kind: Kind, header: u64, number: u32) -> Facts {
        let mut facts = self.header(kind, header);
        facts.line = number;
        facts.hash = mix(facts.hash, u64::from(number));
        match kind {
            Kind::Sale | Kind::Purchase => {
                let (item, quantity, price, net, vat) = self.line_amounts(kind, header, number);
                facts.item = Some(item);
                (facts.quantity, facts.price, facts.net, facts.vat) = (quantity, price, net, vat);
                facts.vat_code = item_vat(item);
                facts.gl = Some(if kind == Kind::Sale { lists::GL_REVENUE + item % 3 } else { lists::GL_COST });
                facts.warehouse = Some(0);
            }
            Kind::Memorial => {
                // Odd lines debit, the even line after each credits the same amount.
                let pair = mix(self.seed ^ header, u64::from(number.div_ceil(2)));
                let amount = 1_000 + (pair % 900_000) as i64;
                facts.net = if number % 2 == 1 { amount } else { -amount };
                let expenses = lists::GL_EXPENSES;
                facts.gl = Some(if number % 2 == 1 {
                    expenses.start + pair % (expenses.end - expenses.start)
                } else {
                    lists::GL_PAYABLE + 1
                });
            }
            Kind::Receipt | Kind::Payment => {}
        }
        facts
    }

    /// Receipts first in each cycle, then payments: one statement per row.
    fn bank(&self, ordinal: u64) -> Facts {
        let cycle = Cycle::get();
        let (receipts, payments) = (cycle.count(Kind::Receipt), cycle.count(Kind::Payment));
        let per_cycle = receipts + payments;
        let (number, rest) = (ordinal / per_cycle, ordinal % per_cycle);
        let mut facts = match rest.checked_sub(receipts) {
            None => self.header(Kind::Receipt, number * receipts + rest),
            Some(payment) => self.header(Kind::Payment, number * payments + payment),
        };
        facts.gl = Some(if rest < receipts { lists::GL_RECEIVABLE } else { lists::GL_PAYABLE });
        facts.ordinal = ordinal;
        facts.line = 1;
        facts
    }

    /// A line of the ledger. The lines of an entry add up to zero.
    fn ledger(&self, ordinal: u64) -> Facts {
        let cycle = Cycle::get();
        let at = cycle.lines.get((ordinal % LINES_PER_CYCLE) as usize).copied();
        let Some((line, entry)) = at.and_then(|line| Some((line, cycle.entries.get(line.entry as usize)?))) else {
            return Facts::default();
        };
        let kind = entry.kind;
        let header = ordinal / LINES_PER_CYCLE * cycle.count(kind) + u64::from(entry.nth);
        let mut facts = match kind {
            Kind::Memorial => self.entry_line(kind, header, line.number),
            Kind::Sale | Kind::Purchase if (1..=entry.lines).contains(&line.number) => {
                self.entry_line(kind, header, line.number)
            }
            _ => self.header(kind, header),
        };
        self.book(&mut facts, kind, line.number, entry.lines);
        facts.ordinal = ordinal;
        facts.line = line.number;
        facts.hash = mix(self.seed ^ 0x7A11, ordinal);
        facts
    }

    /// Turns document amounts into debit (positive) and credit.
    fn book(&self, facts: &mut Facts, kind: Kind, number: u32, lines: u32) {
        let sign = if kind == Kind::Sale { -1 } else { 1 };
        match kind {
            Kind::Sale | Kind::Purchase => match number {
                0 => facts.net = -sign * (facts.net + facts.vat),
                _ if number > lines => {
                    facts.net = sign * facts.vat;
                    let vat_account = if kind == Kind::Sale { lists::GL_VAT_PAYABLE } else { lists::GL_VAT_RECEIVABLE };
                    facts.gl = Some(vat_account);
                }
                _ => facts.net *= sign,
            },
            Kind::Receipt | Kind::Payment if number == 1 => {
                facts.net = -facts.net;
                facts.gl = Some(if kind == Kind::Receipt { lists::GL_RECEIVABLE } else { lists::GL_PAYABLE });
            }
            _ => {}
        }
        facts.vat = 0;
    }

    fn open(&self, kind: Kind, ordinal: u64) -> Facts {
        let cycle = Cycle::get();
        let list = if kind == Kind::Sale { &cycle.open_sales } else { &cycle.open_purchases };
        let per_cycle = list.len().max(1) as u64;
        let nth = list.get((ordinal % per_cycle) as usize).copied().unwrap_or_default();
        let mut facts = self.header(kind, ordinal / per_cycle * cycle.count(kind) + u64::from(nth));
        facts.ordinal = ordinal;
        facts
    }

    /// Whether the document is still to be paid.
    pub fn is_open(kind: Kind, header: u64) -> bool {
        let cycle = Cycle::get();
        let nth = (header % cycle.count(kind).max(1)) as u32;
        match kind {
            Kind::Sale => cycle.open_sales.binary_search(&nth).is_ok(),
            _ => cycle.open_purchases.binary_search(&nth).is_ok(),
        }
    }

    /// The place of an open document in the list of open items.
    pub fn open_ordinal(&self, kind: Kind, header: u64) -> Option<u64> {
        let cycle = Cycle::get();
        let per_cycle = cycle.count(kind).max(1);
        let list = if kind == Kind::Sale { &cycle.open_sales } else { &cycle.open_purchases };
        let place = list.binary_search(&((header % per_cycle) as u32)).ok()?;
        Some(header / per_cycle * list.len() as u64 + place as u64)
    }

    fn paid_kind(&self, kind: Kind) -> Kind {
        if kind == Kind::Receipt { Kind::Sale } else { Kind::Purchase }
    }

    /// The document that a receipt or payment settles.
    pub fn settled(&self, kind: Kind, ordinal: u64) -> u64 {
        let cycle = Cycle::get();
        let list = if kind == Kind::Receipt { &cycle.settled_sales } else { &cycle.settled_purchases };
        let per_cycle = list.len().max(1) as u64;
        let nth = list.get((ordinal % per_cycle) as usize).copied().unwrap_or_default();
        ordinal / per_cycle * cycle.count(self.paid_kind(kind)) + u64::from(nth)
    }

    /// Cycle number, entry, and the entry's place in the cycle.
    fn entry_of(&self, kind: Kind, ordinal: u64) -> (u64, Entry, u64) {
        let cycle = Cycle::get();
        let per_cycle = cycle.count(kind).max(1);
        let list = cycle.by_kind.get(kind as usize);
        let place = list.and_then(|list| list.get((ordinal % per_cycle) as usize)).copied().unwrap_or_default();
        let none = Entry { kind, nth: 0, lines: 0, first: 0, document_first: 0 };
        (ordinal / per_cycle, cycle.entries.get(place as usize).copied().unwrap_or(none), u64::from(place))
    }

    /// The ordinals of the lines of a document.
    pub fn lines_of(&self, kind: Kind, header: u64) -> std::ops::Range<u64> {
        let (number, entry, _) = self.entry_of(kind, header);
        let start = number * Cycle::get().document_count(kind) + u64::from(entry.document_first);
        start..start + u64::from(entry.lines)
    }

    /// The ordinals of the ledger lines of an entry.
    pub fn ledger_lines_of(&self, kind: Kind, header: u64) -> std::ops::Range<u64> {
        let (number, entry, _) = self.entry_of(kind, header);
        let start = number * LINES_PER_CYCLE + u64::from(entry.first);
        let lines = match kind {
            Kind::Sale | Kind::Purchase => entry.lines + 2,
            Kind::Receipt | Kind::Payment => 2,
            Kind::Memorial => entry.lines,
        };
        start..start + u64::from(lines)
    }

    /// An entry's place in time: the books' span is divided evenly over all entries.
    fn dated(&self, cycle_number: u64, place: u64) -> Facts {
        let per_cycle = Cycle::get().entries.len() as u64;
        let entry = cycle_number * per_cycle + place;
        let total = (per_cycle * self.cycles).max(1);
        let span = i128::from(BOOKS_END - BOOKS_START);
        let moment = BOOKS_START + (span * i128::from(entry) / i128::from(total)) as i64;
        Facts { entry, moment: moment + 9 * HOUR + MINUTE, date: moment / DAY * DAY, ..Facts::default() }
    }
}

/// The VAT code of an item.
fn item_vat(item: u64) -> u64 {
    match item {
        _ if item.is_multiple_of(11) => lists::VAT_NONE,
        _ if item.is_multiple_of(7) => lists::VAT_LOW,
        _ => lists::VAT_HIGH,
    }
}
