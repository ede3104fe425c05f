//! The tables and columns that random queries are made of.

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Guid,
    Text,
    Whole,
    Amount,
    Flag,
    Date,
}

pub struct Table {
    pub name: &'static str,
    pub key: &'static str,
    pub columns: &'static [(&'static str, Kind)],
}

use Kind::{Amount, Date, Flag, Guid, Text, Whole};

pub const TABLES: &[Table] = &[
    Table {
        name: "Accounts",
        key: "ID",
        columns: &[
            ("Code", Text),
            ("Name", Text),
            ("Country", Text),
            ("City", Text),
            ("Status", Text),
            ("Email", Text),
            ("AddressLine3", Text),
            ("Website", Text),
            ("IsSales", Flag),
            ("IsSupplier", Flag),
            ("Blocked", Flag),
            ("IsMailing", Whole),
            ("Parent", Guid),
            ("MainContact", Guid),
            ("CreditLineSales", Amount),
            ("Latitude", Amount),
            ("EndDate", Date),
            ("StartDate", Date),
            ("Modified", Date),
        ],
    },
    Table {
        name: "Contacts",
        key: "ID",
        columns: &[
            ("Account", Guid),
            ("FullName", Text),
            ("LastName", Text),
            ("Gender", Text),
            ("Email", Text),
            ("AccountName", Text),
            ("IsMainContact", Flag),
            ("AccountIsCustomer", Flag),
            ("BirthDate", Date),
            ("Modified", Date),
        ],
    },
    Table {
        name: "Items",
        key: "ID",
        columns: &[
            ("Code", Text),
            ("Description", Text),
            ("ExtraDescription", Text),
            ("SalesVatCode", Text),
            ("Stock", Amount),
            ("StandardSalesPrice", Amount),
            ("FreeNumberField_01", Amount),
            ("IsSalesItem", Flag),
            ("EndDate", Date),
            ("FreeDateField_01", Date),
        ],
    },
    Table {
        name: "GLAccounts",
        key: "ID",
        columns: &[
            ("Code", Text),
            ("Description", Text),
            ("SearchCode", Text),
            ("BalanceType", Text),
            ("Type", Whole),
            ("IsBlocked", Flag),
            ("Modified", Date),
        ],
    },
    Table {
        name: "SalesInvoices",
        key: "InvoiceID",
        columns: &[
            ("InvoiceTo", Guid),
            ("OrderedBy", Guid),
            ("InvoiceToName", Text),
            ("Description", Text),
            ("YourRef", Text),
            ("Remarks", Text),
            ("InvoiceNumber", Whole),
            ("Status", Whole),
            ("AmountDC", Amount),
            ("VATAmountDC", Amount),
            ("InvoiceDate", Date),
            ("DueDate", Date),
        ],
    },
    Table {
        name: "SalesInvoiceLines",
        key: "ID",
        columns: &[
            ("InvoiceID", Guid),
            ("Item", Guid),
            ("GLAccount", Guid),
            ("ItemCode", Text),
            ("VATCode", Text),
            ("Description", Text),
            ("LineNumber", Whole),
            ("Quantity", Amount),
            ("NetPrice", Amount),
            ("AmountDC", Amount),
        ],
    },
    Table {
        name: "TransactionLines",
        key: "ID",
        columns: &[
            ("Account", Guid),
            ("GLAccount", Guid),
            ("Item", Guid),
            ("EntryID", Guid),
            ("AccountCode", Text),
            ("GLAccountCode", Text),
            ("JournalCode", Text),
            ("CostCenter", Text),
            ("VATCode", Text),
            ("Description", Text),
            ("Notes", Text),
            ("FinancialYear", Whole),
            ("FinancialPeriod", Whole),
            ("LineNumber", Whole),
            ("InvoiceNumber", Whole),
            ("Type", Whole),
            ("AmountDC", Amount),
            ("Quantity", Amount),
            ("Date", Date),
            ("DueDate", Date),
        ],
    },
    Table {
        name: "project.TimeTransactions",
        key: "ID",
        columns: &[
            ("Account", Guid),
            ("Employee", Guid),
            ("Project", Guid),
            ("Item", Guid),
            ("Notes", Text),
            ("HourStatus", Whole),
            ("Quantity", Amount),
            ("AmountFC", Amount),
            ("Date", Date),
        ],
    },
];

/// Columns that refer to the key of another table.
pub const REFERENCES: &[(&str, &str, &str)] = &[
    ("Contacts", "Account", "Accounts"),
    ("Accounts", "Parent", "Accounts"),
    ("Accounts", "MainContact", "Contacts"),
    ("SalesInvoices", "InvoiceTo", "Accounts"),
    ("SalesInvoices", "OrderedBy", "Accounts"),
    ("SalesInvoiceLines", "InvoiceID", "SalesInvoices"),
    ("SalesInvoiceLines", "Item", "Items"),
    ("SalesInvoiceLines", "GLAccount", "GLAccounts"),
    ("TransactionLines", "Account", "Accounts"),
    ("TransactionLines", "GLAccount", "GLAccounts"),
    ("TransactionLines", "Item", "Items"),
    ("project.TimeTransactions", "Account", "Accounts"),
    ("project.TimeTransactions", "Item", "Items"),
];

pub fn table(name: &str) -> &'static Table {
    TABLES.iter().find(|table| table.name == name).unwrap()
}
