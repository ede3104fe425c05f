//! Which endpoints hold the coherent company, and how many rows each table has.

use super::cycle::{Cycle, Kind, LINES_PER_CYCLE};
use super::lists;
use super::reports::Report;

/// The kind of thing a table's rows are. Tables of one family tell of the same events with the same amounts:
/// the sales order, its delivery, its invoice and its entry are four tables of family `Header(Sale)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Account,
    Contact,
    Address,
    BankAccount,
    Item,
    SalesPrice,
    SupplierItem,
    GlAccount,
    Journal,
    VatCode,
    Currency,
    PaymentCondition,
    Unit,
    Warehouse,
    ItemWarehouse,
    CostCenter,
    CostUnit,
    ItemGroup,
    Employee,
    Project,
    Hours,
    Division,
    Header(Kind),
    Line(Kind),
    /// Receipts and payments together, as the bank's statements.
    BankHeader,
    BankLine,
    Ledger,
    /// Payment terms of all invoices, settled ones too.
    Term(Kind),
    /// Open invoices only.
    Open(Kind),
    /// Sums over the books.
    Report(Report),
    /// The log of deletes, which begins empty.
    Deletes,
    /// Rows made from the types of their columns.
    Other,
}

/// Rows of a table whose contents are made from its column types.
pub const OTHER_ROWS: u64 = 7;

impl Family {
    /// The family of a data set, by the path of its regular endpoint.
    pub fn of(path: &str) -> Family {
        match path {
            "crm/Accounts" => Family::Account,
            "crm/Contacts" => Family::Contact,
            "crm/Addresses" => Family::Address,
            "crm/BankAccounts" => Family::BankAccount,
            "logistics/Items" => Family::Item,
            "logistics/SalesItemPrices" => Family::SalesPrice,
            "logistics/SupplierItem" => Family::SupplierItem,
            "financial/GLAccounts" => Family::GlAccount,
            "financial/Journals" => Family::Journal,
            "vat/VATCodes" => Family::VatCode,
            "general/Currencies" => Family::Currency,
            "cashflow/PaymentConditions" => Family::PaymentCondition,
            "logistics/Units" => Family::Unit,
            "inventory/Warehouses" => Family::Warehouse,
            "inventory/ItemWarehouses" => Family::ItemWarehouse,
            "hrm/Costcenters" => Family::CostCenter,
            "hrm/Costunits" => Family::CostUnit,
            "logistics/ItemGroups" => Family::ItemGroup,
            "payroll/Employees" => Family::Employee,
            "project/Projects" => Family::Project,
            "project/TimeTransactions" => Family::Hours,
            "hrm/Divisions" | "system/Divisions" | "system/AllDivisions" | "system/GetMostRecentlyUsedDivisions" => {
                Family::Division
            }
            "salesinvoice/SalesInvoices"
            | "salesorder/SalesOrders"
            | "salesorder/GoodsDeliveries"
            | "salesentry/SalesEntries" => Family::Header(Kind::Sale),
            "salesinvoice/SalesInvoiceLines"
            | "salesorder/SalesOrderLines"
            | "salesorder/GoodsDeliveryLines"
            | "salesentry/SalesEntryLines" => Family::Line(Kind::Sale),
            "purchaseorder/PurchaseOrders"
            | "purchaseorder/GoodsReceipts"
            | "purchaseentry/PurchaseEntries"
            | "purchase/PurchaseInvoices" => Family::Header(Kind::Purchase),
            "purchaseorder/PurchaseOrderLines"
            | "purchaseorder/GoodsReceiptLines"
            | "purchaseentry/PurchaseEntryLines"
            | "purchase/PurchaseInvoiceLines" => Family::Line(Kind::Purchase),
            "financialtransaction/BankEntries" => Family::BankHeader,
            "financialtransaction/BankEntryLines" => Family::BankLine,
            "generaljournalentry/GeneralJournalEntries" => Family::Header(Kind::Memorial),
            "generaljournalentry/GeneralJournalEntryLines" => Family::Line(Kind::Memorial),
            "financialtransaction/TransactionLines" => Family::Ledger,
            "cashflow/Receivables" => Family::Term(Kind::Sale),
            "cashflow/Payments" => Family::Term(Kind::Purchase),
            "read/financial/ReceivablesList"
            | "read/financial/ReceivablesListByAccount"
            | "read/financial/ReceivablesListByAgeGroup"
            | "read/financial/ReceivablesListByAccountAndAgeGroup" => Family::Open(Kind::Sale),
            "read/financial/PayablesList"
            | "read/financial/PayablesListByAccount"
            | "read/financial/PayablesListByAgeGroup"
            | "read/financial/PayablesListByAccountAndAgeGroup" => Family::Open(Kind::Purchase),
            "sync/Deleted" => Family::Deletes,
            _ => Report::of(path).map_or(Family::Other, Family::Report),
        }
    }

    /// Rows in a division of so many cycles and divisions.
    pub fn count(self, cycles: u64, divisions: u64) -> u64 {
        let cycle = Cycle::get();
        if cycles == 0 {
            return if self == Family::Division { divisions } else { self.count_when_empty() };
        }
        match self {
            Family::Account => 20 * cycles,
            Family::Contact => 30 * cycles,
            Family::Address => 40 * cycles,
            Family::BankAccount => 20 * cycles,
            Family::Item => items(cycles),
            Family::SalesPrice | Family::SupplierItem | Family::ItemWarehouse => items(cycles),
            Family::GlAccount => lists::GL_ACCOUNTS.len() as u64,
            Family::Journal => lists::JOURNALS.len() as u64,
            Family::VatCode => lists::VAT_CODES.len() as u64,
            Family::Currency => lists::CURRENCIES.len() as u64,
            Family::PaymentCondition => lists::PAYMENT_CONDITIONS.len() as u64,
            Family::Unit => lists::UNITS.len() as u64,
            Family::Warehouse => lists::WAREHOUSES.len() as u64,
            Family::CostCenter => lists::COST_CENTERS.len() as u64,
            Family::CostUnit => lists::COST_UNITS.len() as u64,
            Family::ItemGroup => lists::ITEM_GROUPS.len() as u64,
            Family::Employee => 10 + cycles / 5,
            Family::Project => 5 + 2 * cycles,
            Family::Hours => 300 * cycles,
            Family::Division => divisions,
            Family::Header(kind) => cycle.count(kind) * cycles,
            Family::Line(kind) => cycle.document_count(kind) * cycles,
            Family::BankHeader | Family::BankLine => (cycle.count(Kind::Receipt) + cycle.count(Kind::Payment)) * cycles,
            Family::Ledger => LINES_PER_CYCLE * cycles,
            Family::Term(kind) => cycle.count(kind) * cycles,
            Family::Open(Kind::Sale) => cycle.open_sales.len() as u64 * cycles,
            Family::Open(_) => cycle.open_purchases.len() as u64 * cycles,
            // A report's rows are counted when it is made.
            Family::Deletes | Family::Report(_) => 0,
            Family::Other => OTHER_ROWS,
        }
    }

    /// A company without a booking has its lists nevertheless.
    fn count_when_empty(self) -> u64 {
        match self {
            Family::GlAccount
            | Family::Journal
            | Family::VatCode
            | Family::Currency
            | Family::PaymentCondition
            | Family::Unit => self.count(1, 1),
            _ => 0,
        }
    }
}

/// Items of a company: 500 at scale 1, never fewer than 50.
pub fn items(cycles: u64) -> u64 {
    (5 * cycles).max(50)
}
