//! Reports over the whole of the books: balances, revenue, ageing. Made when asked for, and anew after a write.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;

use super::books::{Aged, Balances};
use super::cycle::Kind;
use super::facts::BOOKS_END;
use super::rules::month_of;
use super::table::RowId;
use super::value::{Guid, Value};
use super::{Company, known, lists};
use crate::catalog::Catalog;
use crate::clock::DAY;

/// A report of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    AgingReceivables,
    AgingPayables,
    AgingOverview,
    Outstanding,
    Revenue,
    ProfitLoss,
    Balance,
    JournalStatus,
}

/// How many reports there are.
const REPORTS: usize = 8;

impl Report {
    pub fn of(path: &str) -> Option<Report> {
        Some(match path {
            "read/financial/AgingReceivablesList" | "read/financial/AgingReceivablesListByAgeGroup" => {
                Report::AgingReceivables
            }
            "read/financial/AgingPayablesList" | "read/financial/AgingPayablesListByAgeGroup" => Report::AgingPayables,
            "read/financial/AgingOverview" => Report::AgingOverview,
            "read/financial/OutstandingInvoicesOverview" => Report::Outstanding,
            "read/financial/RevenueList" | "read/financial/RevenueListByYear" => Report::Revenue,
            "read/financial/ProfitLossOverview" => Report::ProfitLoss,
            "financial/ReportingBalance" => Report::Balance,
            "read/financial/JournalStatusList" => Report::JournalStatus,
            _ => return None,
        })
    }
}

/// A row by column name.
pub type ReportRow = HashMap<&'static str, Value>;

/// The rows of a report at one moment, in the order of their keys.
pub type ReportRows = Arc<Vec<ReportRow>>;

/// The reports as they were last made, each with the number of writes at that time.
#[derive(Default)]
pub struct Reports([Mutex<Option<(u64, ReportRows)>>; REPORTS]);

const AGE_NAMES: [&str; 4] = ["0 - 30", "31 - 60", "61 - 90", "> 90"];
const AGE_COLUMNS: [(&str, &str, &str); 4] = [
    ("AgeGroup1", "AgeGroup1Amount", "AgeGroup1Description"),
    ("AgeGroup2", "AgeGroup2Amount", "AgeGroup2Description"),
    ("AgeGroup3", "AgeGroup3Amount", "AgeGroup3Description"),
    ("AgeGroup4", "AgeGroup4Amount", "AgeGroup4Description"),
];

/// What a report says of a ledger account.
struct GlAccount {
    guid: Guid,
    code: Value,
    description: Value,
    is_balance: bool,
    /// Of the type that the company's revenue accounts have.
    is_revenue: bool,
}

impl Company {
    /// The rows of a report as the books are now, for a read that begins; `None` for a table that is no report.
    pub fn report(&self, endpoint: usize, path: &str) -> Option<ReportRows> {
        let report = Report::of(path)?;
        let writes = self.writes_to_books();
        let mut made = self.reports.0.get(report as usize)?.lock();
        let rows = match made.take() {
            Some((at, rows)) if at == writes => rows,
            _ => Arc::new(self.make(report)),
        };
        *made = Some((writes, rows.clone()));
        if let Some(table) = self.table(endpoint) {
            table.recount(rows.len() as u64);
        }
        Some(rows)
    }

    fn make(&self, report: Report) -> Vec<ReportRow> {
        if self.scale.cycles == 0 && self.writes_to_books() == 0 {
            return Vec::new();
        }
        match report {
            Report::AgingReceivables => self.aging_list(Kind::Sale),
            Report::AgingPayables => self.aging_list(Kind::Purchase),
            Report::AgingOverview => self.aging_overview(),
            Report::Outstanding => vec![self.outstanding()],
            Report::Revenue => self.revenue(),
            Report::ProfitLoss => vec![self.profit_loss()],
            Report::Balance => self.balance_list(),
            Report::JournalStatus => journal_status(),
        }
    }

    fn aging_list(&self, kind: Kind) -> Vec<ReportRow> {
        let Some(accounts) = Catalog::get().find("crm/Accounts") else { return Vec::new() };
        let items = self.open_items(kind).into_iter();
        let mut rows: Vec<(Guid, ReportRow)> = items
            .map(|(account, aged)| {
                let guid = self.guid_of(known().accounts, account);
                let mut row = HashMap::from([
                    ("AccountId", Value::Guid(guid)),
                    ("AccountCode", self.value_of(accounts, account, "Code")),
                    ("AccountName", self.value_of(accounts, account, "Name")),
                    ("CurrencyCode", Value::text("EUR")),
                    ("TotalAmount", Value::cents(aged.total())),
                ]);
                for (number, ((columns, amount), name)) in (1..).zip(AGE_COLUMNS.iter().zip(aged.groups).zip(AGE_NAMES))
                {
                    row.insert(columns.0, Value::Int(number));
                    row.insert(columns.1, Value::cents(amount));
                    row.insert(columns.2, Value::text(name));
                }
                (guid, row)
            })
            .collect();
        rows.sort_by_key(|(guid, _)| *guid);
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// The open items of all accounts together.
    fn all_open(&self, kind: Kind) -> Aged {
        self.open_items(kind).into_values().fold(Aged::default(), |mut sum, aged| {
            sum.groups.iter_mut().zip(aged.groups).for_each(|(sum, amount)| *sum += amount);
            sum.items += aged.items;
            sum.late += aged.late;
            sum.late_items += aged.late_items;
            sum
        })
    }

    fn aging_overview(&self) -> Vec<ReportRow> {
        let (receivable, payable) = (self.all_open(Kind::Sale).groups, self.all_open(Kind::Purchase).groups);
        let groups = (1..).zip(receivable.into_iter().zip(payable).zip(AGE_NAMES));
        let rows = groups.map(|(number, ((receivable, payable), name))| {
            HashMap::from([
                ("AgeGroup", Value::Int(number)),
                ("AgeGroupDescription", Value::text(name)),
                ("AmountReceivable", Value::cents(receivable)),
                ("AmountPayable", Value::cents(payable)),
                ("CurrencyCode", Value::text("EUR")),
            ])
        });
        rows.collect()
    }

    fn outstanding(&self) -> ReportRow {
        let (receivable, payable) = (self.all_open(Kind::Sale), self.all_open(Kind::Purchase));
        let count = |count: i64| Value::Double(count as f64);
        HashMap::from([
            ("CurrencyCode", Value::text("EUR")),
            ("OutstandingReceivableInvoiceAmount", Value::cents(receivable.total())),
            ("OutstandingReceivableInvoiceCount", count(receivable.items)),
            ("OverdueReceivableInvoiceAmount", Value::cents(receivable.late)),
            ("OverdueReceivableInvoiceCount", count(receivable.late_items)),
            ("OutstandingPayableInvoiceAmount", Value::cents(payable.total())),
            ("OutstandingPayableInvoiceCount", count(payable.items)),
            ("OverduePayableInvoiceAmount", Value::cents(payable.late)),
            ("OverduePayableInvoiceCount", count(payable.late_items)),
        ])
    }

    /// What the reports say of the accounts that have a balance.
    fn gl_accounts(&self, balances: &Balances) -> BTreeMap<RowId, GlAccount> {
        let Some(accounts) = Catalog::get().find("financial/GLAccounts") else { return BTreeMap::new() };
        let rows = balances.keys().map(|(_, _, row)| *row);
        let described = rows.map(|row| {
            let cell = |name: &str| self.value_of(accounts, row, name);
            let account = GlAccount {
                guid: self.guid_of(known().gl_accounts, row),
                code: cell("Code"),
                description: cell("Description"),
                is_balance: cell("BalanceType") == Value::text("B"),
                is_revenue: cell("Type") == Value::Int(lists::GL_TYPE_REVENUE),
            };
            (row, account)
        });
        described.collect()
    }

    fn balance_list(&self) -> Vec<ReportRow> {
        let balances = self.balances();
        let accounts = self.gl_accounts(&balances);
        let rows = (1..).zip(&balances).map(|(id, ((year, month, gl), balance))| {
            let account = accounts.get(gl);
            let is_balance = account.is_some_and(|account| account.is_balance);
            let cell = |cell: fn(&GlAccount) -> Value| account.map_or(Value::Null, cell);
            HashMap::from([
                ("ID", Value::Int(id)),
                ("Amount", Value::cents(balance.debit - balance.credit)),
                ("AmountDebit", Value::cents(balance.debit)),
                ("AmountCredit", Value::cents(balance.credit)),
                ("BalanceType", Value::text(if is_balance { "B" } else { "W" })),
                ("Count", Value::Int(balance.lines)),
                ("Division", Value::Int(i64::from(self.code))),
                ("GLAccount", cell(|account| Value::Guid(account.guid))),
                ("GLAccountCode", cell(|account| account.code.clone())),
                ("GLAccountDescription", cell(|account| account.description.clone())),
                ("ReportingYear", Value::Int(*year)),
                ("ReportingPeriod", Value::Int(*month)),
                ("Status", Value::Int(50)),
                ("Type", Value::Int(20)),
            ])
        });
        rows.collect()
    }

    /// Revenue by month; the key begins with the period.
    fn revenue(&self) -> Vec<ReportRow> {
        let balances = self.balances();
        let accounts = self.gl_accounts(&balances);
        let mut months: BTreeMap<(i64, i64), i64> = BTreeMap::new();
        for ((year, month, gl), balance) in &balances {
            let is_revenue = accounts.get(gl).is_some_and(|account| account.is_revenue);
            let amount = if is_revenue { balance.credit - balance.debit } else { 0 };
            *months.entry((*month, *year)).or_default() += amount;
        }
        let rows = months.into_iter().map(|((month, year), amount)| {
            HashMap::from([("Period", Value::Int(month)), ("Year", Value::Int(year)), ("Amount", Value::cents(amount))])
        });
        rows.collect()
    }

    fn profit_loss(&self) -> ReportRow {
        let (year, month) = month_of(BOOKS_END - DAY);
        let balances = self.balances();
        let accounts = self.gl_accounts(&balances);
        let sum = |years: i64, month: Option<i64>, wanted: fn(&GlAccount) -> bool| -> i64 {
            let fits = |(y, m, gl): &(i64, i64, RowId)| {
                *y == years && month.is_none_or(|month| month == *m) && accounts.get(gl).is_some_and(wanted)
            };
            let found = balances.iter().filter(|(key, _)| fits(key));
            found.map(|(_, balance)| balance.credit - balance.debit).sum()
        };
        let mut row = HashMap::from([
            ("CurrentYear", Value::Int(year)),
            ("CurrentPeriod", Value::Int(month)),
            ("PreviousYear", Value::Int(year - 1)),
            ("PreviousYearPeriod", Value::Int(month)),
            ("CurrencyCode", Value::text("EUR")),
        ]);
        let spans = [
            (year, None, ["RevenueCurrentYear", "CostsCurrentYear", "ResultCurrentYear"]),
            (year, Some(month), ["RevenueCurrentPeriod", "CostsCurrentPeriod", "ResultCurrentPeriod"]),
            (year - 1, None, ["RevenuePreviousYear", "CostsPreviousYear", "ResultPreviousYear"]),
            (
                year - 1,
                Some(month),
                ["RevenuePreviousYearPeriod", "CostsPreviousYearPeriod", "ResultPreviousYearPeriod"],
            ),
        ];
        for (year, month, [revenue, costs, result]) in spans {
            let earned = sum(year, month, |account| account.is_revenue);
            let spent = -sum(year, month, |account| !account.is_balance && !account.is_revenue);
            row.insert(revenue, Value::cents(earned));
            row.insert(costs, Value::cents(spent));
            row.insert(result, Value::cents(earned - spent));
        }
        row
    }
}

/// Every journal's periods; the last year's are open.
fn journal_status() -> Vec<ReportRow> {
    let (last, _) = month_of(BOOKS_END);
    let keys = lists::JOURNALS
        .iter()
        .flat_map(|journal| (1..=12).flat_map(move |period| (2019..=last).map(move |year| (journal, period, year))));
    let rows = keys.map(|((code, description, kind), period, year)| {
        let is_open = year == last;
        HashMap::from([
            ("Journal", Value::text(*code)),
            ("JournalDescription", Value::text(*description)),
            ("JournalType", Value::Int(*kind)),
            ("JournalTypeDescription", Value::text(*description)),
            ("Period", Value::Int(period)),
            ("Year", Value::Int(year)),
            ("Status", Value::Int(if is_open { 0 } else { 1 })),
            ("StatusDescription", Value::text(if is_open { "Open" } else { "Afgesloten" })),
        ])
    });
    rows.collect()
}
