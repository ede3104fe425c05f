//! Reports over the whole of the books: balances, revenue, ageing. Made when first asked for; writes do not change them.

use std::collections::{BTreeMap, HashMap};

use super::Company;
use super::cycle::Kind;
use super::facts::BOOKS_END;
use super::family::Family;
use super::rules::month_of;
use super::value::Value;
use super::{known, lists, people};
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
pub const REPORTS: usize = 8;

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

/// Debit, credit (both positive, in cents) and lines by year, month and ledger account.
pub type Balances = BTreeMap<(i64, i64, u64), (i64, i64, i64)>;

/// Ageing ends in days; what is older is in the last group.
pub const AGE_ENDS: [i64; 3] = [30, 60, 90];
const AGE_NAMES: [&str; 4] = ["0 - 30", "31 - 60", "61 - 90", "> 90"];

impl Company {
    /// The rows of a report, in the order of their keys.
    pub fn report(&self, report: Report) -> &[ReportRow] {
        let Some(slot) = self.reports.get(report as usize) else { return &[] };
        slot.get_or_init(|| {
            if self.scale.cycles == 0 {
                return Vec::new();
            }
            match report {
                Report::AgingReceivables => self.aging_list(Kind::Sale),
                Report::AgingPayables => self.aging_list(Kind::Purchase),
                Report::AgingOverview => self.aging_overview(),
                Report::Outstanding => vec![self.outstanding()],
                Report::Revenue => self.revenue(),
                Report::ProfitLoss => vec![self.profit_loss()],
                Report::Balance => self.balance(),
                Report::JournalStatus => journal_status(),
            }
        })
    }

    /// Open amounts by account and age.
    fn open_by_account(&self, kind: Kind) -> BTreeMap<u64, [i64; 4]> {
        let mut accounts: BTreeMap<u64, [i64; 4]> = BTreeMap::new();
        let family = Family::Open(kind);
        for ordinal in 0..self.scale.count(family) {
            let facts = self.scale.facts(family, 0, ordinal);
            let days = (BOOKS_END - (facts.date + 30 * DAY)) / DAY;
            let group = AGE_ENDS.iter().take_while(|end| days > **end).count();
            let amounts = accounts.entry(facts.account.unwrap_or_default()).or_default();
            amounts.iter_mut().skip(group).take(1).for_each(|amount| *amount += facts.net + facts.vat);
        }
        accounts
    }

    fn aging_list(&self, kind: Kind) -> Vec<ReportRow> {
        let Some(table) = self.table(known().accounts) else { return Vec::new() };
        let mut accounts: Vec<(u64, [i64; 4])> = self.open_by_account(kind).into_iter().collect();
        accounts.sort_by_key(|(account, _)| table.position(*account));
        let rows = accounts.into_iter().map(|(account, amounts)| {
            let mut row = HashMap::from([
                ("AccountId", Value::Guid(table.guid(account))),
                ("AccountCode", Value::text(people::account_code(account))),
                ("AccountName", Value::text(people::account_name(account))),
                ("CurrencyCode", Value::text("EUR")),
                ("TotalAmount", Value::cents(amounts.iter().sum())),
            ]);
            let columns = [
                ("AgeGroup1", "AgeGroup1Amount", "AgeGroup1Description"),
                ("AgeGroup2", "AgeGroup2Amount", "AgeGroup2Description"),
                ("AgeGroup3", "AgeGroup3Amount", "AgeGroup3Description"),
                ("AgeGroup4", "AgeGroup4Amount", "AgeGroup4Description"),
            ];
            for (number, ((columns, amount), name)) in (1..).zip(columns.iter().zip(amounts).zip(AGE_NAMES)) {
                row.insert(columns.0, Value::Int(number));
                row.insert(columns.1, Value::cents(amount));
                row.insert(columns.2, Value::text(name));
            }
            row
        });
        rows.collect()
    }

    fn aging_overview(&self) -> Vec<ReportRow> {
        let by_age = |kind: Kind| {
            let accounts = self.open_by_account(kind);
            accounts.into_values().fold([0i64; 4], |mut sums, amounts| {
                sums.iter_mut().zip(amounts).for_each(|(sum, amount)| *sum += amount);
                sums
            })
        };
        let (receivable, payable) = (by_age(Kind::Sale), by_age(Kind::Purchase));
        let rows =
            (1..).zip(receivable.iter().zip(payable).zip(AGE_NAMES)).map(|(number, ((receivable, payable), name))| {
                HashMap::from([
                    ("AgeGroup", Value::Int(number)),
                    ("AgeGroupDescription", Value::text(name)),
                    ("AmountReceivable", Value::cents(*receivable)),
                    ("AmountPayable", Value::cents(payable)),
                    ("CurrencyCode", Value::text("EUR")),
                ])
            });
        rows.collect()
    }

    fn outstanding(&self) -> ReportRow {
        let totals = |kind: Kind| {
            let family = Family::Open(kind);
            let facts = (0..self.scale.count(family)).map(|ordinal| self.scale.facts(family, 0, ordinal));
            facts.fold((0i64, 0i64, 0i64, 0i64), |(amount, count, late, late_count), facts| {
                let open = facts.net + facts.vat;
                let is_late = facts.date + 30 * DAY < BOOKS_END;
                (amount + open, count + 1, late + open * i64::from(is_late), late_count + i64::from(is_late))
            })
        };
        let (receivable, payable) = (totals(Kind::Sale), totals(Kind::Purchase));
        let count = |count: i64| Value::Double(count as f64);
        HashMap::from([
            ("CurrencyCode", Value::text("EUR")),
            ("OutstandingReceivableInvoiceAmount", Value::cents(receivable.0)),
            ("OutstandingReceivableInvoiceCount", count(receivable.1)),
            ("OverdueReceivableInvoiceAmount", Value::cents(receivable.2)),
            ("OverdueReceivableInvoiceCount", count(receivable.3)),
            ("OutstandingPayableInvoiceAmount", Value::cents(payable.0)),
            ("OutstandingPayableInvoiceCount", count(payable.1)),
            ("OverduePayableInvoiceAmount", Value::cents(payable.2)),
            ("OverduePayableInvoiceCount", count(payable.3)),
        ])
    }

    /// One pass over the ledger.
    fn balances(&self) -> &Balances {
        self.balances.get_or_init(|| {
            let mut balances = Balances::new();
            for ordinal in 0..self.scale.count(Family::Ledger) {
                let facts = self.scale.facts(Family::Ledger, 0, ordinal);
                let (year, month) = month_of(facts.date);
                let balance = balances.entry((year, month, facts.gl.unwrap_or_default())).or_default();
                if facts.net >= 0 {
                    balance.0 += facts.net;
                } else {
                    balance.1 -= facts.net;
                }
                balance.2 += 1;
            }
            balances
        })
    }

    fn balance(&self) -> Vec<ReportRow> {
        let Some(table) = self.table(known().gl_accounts) else { return Vec::new() };
        let rows = (1..).zip(self.balances()).map(|(id, ((year, month, gl), (debit, credit, count)))| {
            let account = lists::GL_ACCOUNTS.get(*gl as usize);
            let is_balance = account.is_some_and(|row| row.3);
            HashMap::from([
                ("ID", Value::Int(id)),
                ("Amount", Value::cents(debit - credit)),
                ("AmountDebit", Value::cents(*debit)),
                ("AmountCredit", Value::cents(*credit)),
                ("BalanceType", Value::text(if is_balance { "B" } else { "W" })),
                ("Count", Value::Int(*count)),
                ("Division", Value::Int(i64::from(self.code))),
                ("GLAccount", Value::Guid(table.guid(*gl))),
                ("GLAccountCode", account.map_or(Value::Null, |row| Value::text(row.0))),
                ("GLAccountDescription", account.map_or(Value::Null, |row| Value::text(row.1))),
                ("ReportingYear", Value::Int(*year)),
                ("ReportingPeriod", Value::Int(*month)),
                ("Status", Value::Int(50)),
                ("Type", Value::Int(20)),
            ])
        });
        rows.collect()
    }

    /// Revenue (accounts 8000 and on) by month; the key begins with the period.
    fn revenue(&self) -> Vec<ReportRow> {
        let mut months: BTreeMap<(i64, i64), i64> = BTreeMap::new();
        for ((year, month, gl), (debit, credit, _)) in self.balances() {
            let amount = if is_revenue(*gl) { credit - debit } else { 0 };
            *months.entry((*month, *year)).or_default() += amount;
        }
        let rows = months.into_iter().map(|((month, year), amount)| {
            HashMap::from([("Period", Value::Int(month)), ("Year", Value::Int(year)), ("Amount", Value::cents(amount))])
        });
        rows.collect()
    }

    fn profit_loss(&self) -> ReportRow {
        let (year, month) = month_of(BOOKS_END - DAY);
        let sum = |years: i64, month: Option<i64>, wanted: fn(u64) -> bool| -> i64 {
            let fits =
                |(y, m, gl): &(i64, i64, u64)| *y == years && month.is_none_or(|month| month == *m) && wanted(*gl);
            self.balances().iter().filter(|(key, _)| fits(key)).map(|(_, (debit, credit, _))| credit - debit).sum()
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
            let (earned, spent) = (sum(year, month, is_revenue), -sum(year, month, is_cost));
            row.insert(revenue, Value::cents(earned));
            row.insert(costs, Value::cents(spent));
            row.insert(result, Value::cents(earned - spent));
        }
        row
    }
}

fn is_revenue(gl: u64) -> bool {
    lists::GL_ACCOUNTS.get(gl as usize).is_some_and(|row| row.2 == 110)
}

fn is_cost(gl: u64) -> bool {
    lists::GL_ACCOUNTS.get(gl as usize).is_some_and(|row| !row.3 && row.2 != 110)
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
