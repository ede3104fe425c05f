//! What the books add up to: balances by month and ledger account, open items by account and age. The computed rows are
//! added up once; what was written since is laid over their sums.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::cycle::Kind;
use super::facts::{BOOKS_END, Facts};
use super::family::Family;
use super::rules::month_of;
use super::table::{RowId, Table};
use super::value::{Guid, Value};
use super::{Company, known};
use crate::catalog::{Catalog, Endpoint};
use crate::clock::DAY;

/// Ageing ends in days; what is older is in the last group.
pub const AGE_ENDS: [i64; 3] = [30, 60, 90];
const LEDGER: &str = "financialtransaction/TransactionLines";

/// Debit and credit, both positive and in cents, and the number of lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Balance {
    pub debit: i64,
    pub credit: i64,
    pub lines: i64,
}

/// By year, month and ledger account.
pub type Balances = BTreeMap<(i64, i64, RowId), Balance>;

/// The open items of an account, in cents.
#[derive(Clone, Copy, Debug, Default)]
pub struct Aged {
    pub groups: [i64; 4],
    pub items: i64,
    pub late: i64,
    pub late_items: i64,
}

impl Aged {
    pub fn total(&self) -> i64 {
        self.groups.iter().sum()
    }
}

/// By account.
pub type OpenItems = BTreeMap<RowId, Aged>;

/// The sums of the computed rows.
#[derive(Default)]
pub struct Books {
    balances: OnceLock<Balances>,
    receivable: OnceLock<OpenItems>,
    payable: OnceLock<OpenItems>,
}

impl Company {
    /// A number that changes with every write on which a report depends.
    pub fn writes_to_books(&self) -> u64 {
        let paths = [LEDGER, open_list(Kind::Sale), open_list(Kind::Purchase), "crm/Accounts", "financial/GLAccounts"];
        let tables = paths.iter().filter_map(|path| self.table(Catalog::get().find(path)?.id));
        tables.map(Table::writes).sum()
    }

    /// The balances as they are now.
    pub fn balances(&self) -> Balances {
        let mut balances = self.books.balances.get_or_init(|| self.computed_balances()).clone();
        let Some((ledger, table)) = self.find_table(LEDGER) else { return balances };
        let (before, now) = touched(table);
        for ordinal in before {
            let (key, amount) = computed_line(&table.facts(ordinal));
            book(&mut balances, key, amount, -1);
        }
        for row in now {
            let (key, amount) = self.written_line(ledger, row);
            book(&mut balances, key, amount, 1);
        }
        balances.retain(|_, balance| balance.lines > 0);
        balances
    }

    /// The open receivables or payables as they are now.
    pub fn open_items(&self, kind: Kind) -> OpenItems {
        let slot = if kind == Kind::Sale { &self.books.receivable } else { &self.books.payable };
        let mut items = slot.get_or_init(|| self.computed_items(kind)).clone();
        let Some((list, table)) = self.find_table(open_list(kind)) else { return items };
        let (before, now) = touched(table);
        for ordinal in before {
            let (account, amount, due) = computed_item(&table.facts(ordinal));
            age(&mut items, account, amount, due, -1);
        }
        for row in now {
            let cell = |name: &str| self.value_of(list, row, name);
            let account = self.row_of(known().accounts, &cell("AccountId"));
            let due = if let Value::Date(due) = cell("DueDate") { due } else { BOOKS_END };
            age(&mut items, account, cents(&cell("Amount")), due, 1);
        }
        items.retain(|_, aged| aged.items > 0);
        items
    }

    fn find_table(&self, path: &str) -> Option<(&'static Endpoint, &Table)> {
        let endpoint = Catalog::get().find(path)?;
        Some((endpoint, self.table(endpoint.id)?))
    }

    fn computed_balances(&self) -> Balances {
        let mut balances = Balances::new();
        for ordinal in 0..self.scale.count(Family::Ledger) {
            let (key, amount) = computed_line(&self.scale.facts(Family::Ledger, 0, ordinal));
            book(&mut balances, key, amount, 1);
        }
        balances
    }

    fn computed_items(&self, kind: Kind) -> OpenItems {
        let mut items = OpenItems::new();
        let family = Family::Open(kind);
        for ordinal in 0..self.scale.count(family) {
            let (account, amount, due) = computed_item(&self.scale.facts(family, 0, ordinal));
            age(&mut items, account, amount, due, 1);
        }
        items
    }

    fn written_line(&self, ledger: &Endpoint, row: RowId) -> ((i64, i64, RowId), i64) {
        let cell = |name: &str| self.value_of(ledger, row, name);
        let (year, month) = match (cell("FinancialYear"), cell("FinancialPeriod"), cell("Date")) {
            (Value::Int(year), Value::Int(month), _) => (year, month),
            (_, _, Value::Date(date)) => month_of(date),
            _ => month_of(BOOKS_END),
        };
        ((year, month, self.row_of(known().gl_accounts, &cell("GLAccount"))), cents(&cell("AmountDC")))
    }

    /// The row that a guid names, also when it is deleted by now.
    pub fn row_of(&self, endpoint: usize, guid: &Value) -> RowId {
        let guid = if let Value::Guid(guid) = guid { *guid } else { Guid(0) };
        let computed = self.table(endpoint).and_then(|table| table.find(guid));
        computed.map_or(RowId::Added(guid), RowId::Base)
    }
}

/// The list of the open items of a kind, which holds one row per item.
fn open_list(kind: Kind) -> &'static str {
    if kind == Kind::Sale { "read/financial/ReceivablesList" } else { "read/financial/PayablesList" }
}

/// The computed rows that were changed or deleted, and the rows that stand in their place or were added.
fn touched(table: &Table) -> (Vec<u64>, Vec<RowId>) {
    if !table.is_touched() {
        return Default::default();
    }
    table.read(|overlay| {
        let before = overlay.deleted.iter().chain(overlay.changed.keys()).copied().collect();
        let changed = overlay.changed.keys().copied().map(RowId::Base);
        (before, changed.chain(overlay.added.keys().copied().map(RowId::Added)).collect())
    })
}

fn computed_line(facts: &Facts) -> ((i64, i64, RowId), i64) {
    let (year, month) = month_of(facts.date);
    ((year, month, RowId::Base(facts.gl.unwrap_or_default())), facts.net)
}

fn computed_item(facts: &Facts) -> (RowId, i64, i64) {
    (RowId::Base(facts.account.unwrap_or_default()), facts.net + facts.vat, facts.date + 30 * DAY)
}

/// Adds a ledger line, or takes it away where `sign` is -1.
fn book(balances: &mut Balances, key: (i64, i64, RowId), amount: i64, sign: i64) {
    let balance = balances.entry(key).or_default();
    if amount >= 0 {
        balance.debit += sign * amount;
    } else {
        balance.credit -= sign * amount;
    }
    balance.lines += sign;
}

/// Adds an open item, or takes it away where `sign` is -1.
fn age(items: &mut OpenItems, account: RowId, amount: i64, due: i64, sign: i64) {
    let days = (BOOKS_END - due) / DAY;
    let group = AGE_ENDS.iter().take_while(|end| days > **end).count();
    let aged = items.entry(account).or_default();
    aged.groups.iter_mut().skip(group).take(1).for_each(|sum| *sum += sign * amount);
    aged.items += sign;
    if days > 0 {
        aged.late += sign * amount;
        aged.late_items += sign;
    }
}

fn cents(amount: &Value) -> i64 {
    (amount.as_number().unwrap_or(0.0) * 100.0).round() as i64
}
