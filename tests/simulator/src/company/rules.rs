//! What the columns of the coherent company say: for a family and a column name, how the cell follows from the facts.

use super::cycle::Kind;
use super::facts::{BOOKS_START, Facts, Scale};
use super::family::Family;
use super::value::Value;
use super::{Company, known};
use super::{lists, nasty, people};
use crate::clock::DAY;

/// A cell from the company and the facts of its row.
pub type Rule = fn(&Company, &Facts) -> Value;

/// The rule for a column, if the company has one; else the column follows from its relation or its type.
pub fn find(family: Family, name: &str) -> Option<Rule> {
    of_family(family, name).or_else(|| common(name))
}

/// The sales orders of the past are delivered and invoiced: 21 is complete.
pub fn of_order(path: &str, name: &str) -> Option<Rule> {
    match (path, name) {
        (
            "salesorder/SalesOrders" | "salesorder/SalesOrderLines",
            "OrderStatus" | "DeliveryStatus" | "InvoiceStatus",
        )
        | ("salesorder/SalesOrders", "Status") => Some(|_, _| Value::Int(21)),
        _ => None,
    }
}

fn of_family(family: Family, name: &str) -> Option<Rule> {
    match family {
        Family::Account => people::account(name),
        Family::Contact | Family::Employee => people::person(family, name),
        Family::Address | Family::BankAccount => people::place(name),
        Family::Item => item(name),
        Family::SalesPrice | Family::SupplierItem | Family::ItemWarehouse => price(name),
        Family::GlAccount => gl_account(name),
        Family::Division => division(name),
        Family::Project | Family::Hours => work(family, name),
        Family::Header(_) | Family::BankHeader => document(name).or_else(|| header(name)),
        Family::Line(_) | Family::BankLine => line(name).or_else(|| document(name)).or_else(|| header(name)),
        Family::Ledger => ledger(name).or_else(|| document(name)),
        Family::Term(_) | Family::Open(_) => open(name).or_else(|| document(name)),
        _ => short_list(family, name),
    }
}

/// Columns that say the same wherever they occur.
fn common(name: &str) -> Option<Rule> {
    Some(match name {
        "Division" => |c, _| Value::Int(i64::from(c.code)),
        "Created" | "Modified" | "StatusSince" | "SysCreated" | "SysModified" => |_, f| Value::Date(f.moment),
        "Creator" | "Modifier" | "AccountManager" => |c, f| Value::Guid(c.user(f.hash)),
        "CreatorFullName" | "ModifierFullName" | "AccountManagerFullName" => {
            |_, f| Value::text(people::user_name(f.hash))
        }
        "CustomField" => |_, _| Value::Null,
        "Currency" | "SalesCurrency" | "PurchaseCurrency" | "CostPriceCurrency" | "CurrencyCode"
        | "DefaultCurrency" => |_, _| Value::text("EUR"),
        "CurrencyDescription" | "SalesCurrencyDescription" | "PurchaseCurrencyDescription" => {
            |_, _| Value::text("Euro")
        }
        "Country" => |_, f| Value::text(people::pick(lists::COUNTRIES, f.hash)),
        "City" => |_, f| Value::text(people::pick(lists::CITIES, f.hash >> 8)),
        "HID" | "Hid" => |_, f| Value::Int(f.ordinal as i64 + 1),
        "LineNumber" => |_, f| Value::Int(i64::from(f.line)),
        "Language" | "LanguageCode" => |_, _| Value::text("NL-NL"),
        _ => return None,
    })
}

fn item(name: &str) -> Option<Rule> {
    Some(match name {
        "Code" => |_, f| Value::text(item_code(f.ordinal)),
        "Description" => |_, f| Value::text(item_description(f.ordinal)),
        "ExtraDescription" | "SearchCode" => |_, f| nasty::emptiness(f, 0),
        "CostPriceStandard" | "CostPriceNew" | "AverageCost" => |_, f| Value::cents(f.price * 3 / 5),
        "StandardSalesPrice" => |_, f| Value::cents(f.price),
        "Notes" => |_, f| if f.ordinal == 3 { nasty::long_text() } else { Value::Null },
        "Stock" => |_, f| Value::Int((f.hash % 500) as i64),
        "IsSalesItem" | "IsPurchaseItem" | "IsStockItem" => |_, _| Value::Bool(true),
        "IsFractionAllowedItem" | "IsPackageItem" | "IsMakeItem" | "IsSubcontractedItem" => |_, _| Value::Bool(false),
        "StartDate" => |_, _| Value::Date(BOOKS_START),
        "EndDate" | "FreeDateField_01" | "FreeDateField_02" => |_, f| nasty::date(f, 3),
        "FreeNumberField_01" | "FreeNumberField_02" => |_, f| nasty::number(f, 5),
        "Barcode" => |_, f| Value::text(format!("87{:011}", f.hash % 100_000_000_000)),
        "Unit" => |_, _| Value::text("pc"),
        "UnitDescription" => |_, _| Value::text("Stuk"),
        "SalesVatCode" => |_, f| code(lists::VAT_CODES, f.vat_code, |row| row.0),
        "SalesVatCodeDescription" => |_, f| code(lists::VAT_CODES, f.vat_code, |row| row.1),
        _ => return None,
    })
}

fn price(name: &str) -> Option<Rule> {
    Some(match name {
        "Price" | "PurchasePrice" => |_, f| Value::cents(f.price),
        "Quantity" | "NumberOfItemsPerUnit" => |_, _| Value::Double(1.0),
        "StartDate" => |_, _| Value::Date(BOOKS_START),
        "EndDate" => |_, f| nasty::date(f, 3),
        "Unit" | "ItemUnitCode" | "DefaultItemUnit" | "PurchaseUnit" | "ItemUnit" => |_, _| Value::text("pc"),
        "CurrentStock" => |_, f| Value::Double((f.hash % 500) as f64),
        _ => return None,
    })
}

fn gl_account(name: &str) -> Option<Rule> {
    Some(match name {
        "Code" => |_, f| code(lists::GL_ACCOUNTS, f.ordinal, |row| row.0),
        "Description" => |_, f| code(lists::GL_ACCOUNTS, f.ordinal, |row| row.1),
        "SearchCode" => |_, f| match lists::GL_ACCOUNTS.get(f.ordinal as usize) {
            Some((_, description, _, _)) => {
                let word: String = description.to_uppercase().chars().take(5).collect();
                Value::text(format!("{word:<9}"))
            }
            None => Value::Null,
        },
        "Type" => |_, f| lists::GL_ACCOUNTS.get(f.ordinal as usize).map_or(Value::Null, |row| Value::Int(row.2)),
        "BalanceType" => |_, f| match lists::GL_ACCOUNTS.get(f.ordinal as usize) {
            Some((_, _, _, true)) => Value::text("B"),
            _ => Value::text("W"),
        },
        "BalanceSide" => |_, f| Value::text(if f.ordinal == lists::GL_PAYABLE { "C" } else { "D" }),
        "IsBlocked" => |_, _| Value::Bool(false),
        "VATCode" | "Costcenter" | "Costunit" => |_, _| Value::Null,
        "VATDescription" | "CostcenterDescription" | "CostunitDescription" => |_, _| Value::Null,
        _ => return None,
    })
}

/// Tables that are one of the short lists.
fn short_list(family: Family, name: &str) -> Option<Rule> {
    Some(match (family, name) {
        (Family::Journal, "Code") => |_, f| code(lists::JOURNALS, f.ordinal, |row| row.0),
        (Family::Journal, "Description") => |_, f| code(lists::JOURNALS, f.ordinal, |row| row.1),
        (Family::Journal, "Type") => {
            |_, f| lists::JOURNALS.get(f.ordinal as usize).map_or(Value::Null, |row| Value::Int(row.2))
        }
        (Family::Journal, "IsBlocked") => |_, _| Value::Bool(false),
        (Family::VatCode, "Code") => |_, f| code(lists::VAT_CODES, f.ordinal, |row| row.0),
        (Family::VatCode, "Description") => |_, f| code(lists::VAT_CODES, f.ordinal, |row| row.1),
        (Family::VatCode, "Percentage") => {
            |_, f| lists::VAT_CODES.get(f.ordinal as usize).map_or(Value::Null, |row| Value::cents(row.2))
        }
        (Family::Currency, "Code") => |_, f| code(lists::CURRENCIES, f.ordinal, |row| row.0),
        (Family::Currency, "Description") => |_, f| code(lists::CURRENCIES, f.ordinal, |row| row.1),
        (Family::PaymentCondition, "Code") => |_, f| code(lists::PAYMENT_CONDITIONS, f.ordinal, |row| row.0),
        (Family::PaymentCondition, "Description") => |_, f| code(lists::PAYMENT_CONDITIONS, f.ordinal, |row| row.1),
        (Family::PaymentCondition, "PaymentDays") => {
            |_, f| lists::PAYMENT_CONDITIONS.get(f.ordinal as usize).map_or(Value::Null, |row| Value::Int(row.2))
        }
        (Family::Unit, "Code") => |_, f| code(lists::UNITS, f.ordinal, |row| row.0),
        (Family::Unit, "Description") => |_, f| code(lists::UNITS, f.ordinal, |row| row.1),
        (Family::Warehouse, "Code") => |_, f| code(lists::WAREHOUSES, f.ordinal, |row| row.0),
        (Family::Warehouse, "Description") => |_, f| code(lists::WAREHOUSES, f.ordinal, |row| row.1),
        (Family::CostCenter, "Code") => |_, f| code(lists::COST_CENTERS, f.ordinal, |row| row.0),
        (Family::CostCenter, "Description") => |_, f| code(lists::COST_CENTERS, f.ordinal, |row| row.1),
        (Family::CostUnit, "Code") => |_, f| code(lists::COST_UNITS, f.ordinal, |row| row.0),
        (Family::CostUnit, "Description") => |_, f| code(lists::COST_UNITS, f.ordinal, |row| row.1),
        (Family::ItemGroup, "Code") => |_, f| code(lists::ITEM_GROUPS, f.ordinal, |row| row.0),
        (Family::ItemGroup, "Description") => |_, f| code(lists::ITEM_GROUPS, f.ordinal, |row| row.1),
        _ => return None,
    })
}

fn division(name: &str) -> Option<Rule> {
    Some(match name {
        "Code" => |c, f| Value::Int(i64::from(c.sibling(f.ordinal))),
        "HID" | "Hid" => |_, f| Value::Int(f.ordinal as i64 + 1),
        "Description" => |c, f| Value::text(c.sibling_name(f.ordinal)),
        "CustomerName" => |_, _| Value::text("Simulated holding"),
        "Main" | "IsMainDivision" | "Current" => |c, f| Value::Bool(c.sibling(f.ordinal) == crate::MAIN_DIVISION),
        "IsDossierDivision" | "IsHRDivision" | "IsPracticeDivision" => |_, _| Value::Bool(false),
        "Country" => |_, _| Value::text("NL "),
        "Status" => |_, _| Value::Int(1),
        "BlockingStatus" => |_, _| Value::Int(0),
        "StartDate" => |_, _| Value::Date(BOOKS_START),
        "DivisionMoveDate" => |c, f| c.move_date(f.ordinal),
        "ArchiveDate" | "DivisionHRLinkUnlinkDate" => |_, _| Value::Null,
        "Email" => |_, _| Value::text("books@example.org"),
        "Website" => |_, _| Value::text("https://example.org"),
        "Legislation" => |_, _| Value::text("1"),
        "VATNumber" => |_, f| Value::text(format!("NL{:09}B01", f.hash % 1_000_000_000)),
        _ => return None,
    })
}

fn work(family: Family, name: &str) -> Option<Rule> {
    Some(match (family, name) {
        (Family::Project, "Code") => |_, f| Value::text(format!("P{:05}", f.ordinal + 1)),
        (Family::Project, "Description") => |_, f| Value::text(format!("{} {}", words(f.hash), f.ordinal + 1)),
        (Family::Project, "StartDate") => |_, f| Value::Date(f.date),
        (Family::Project, "EndDate") => |_, f| nasty::date(f, 3),
        (Family::Project, "Type") => |_, f| Value::Int(2 + (f.hash % 4) as i64),
        (Family::Hours, "Date") => |_, f| Value::Date(f.date),
        (Family::Hours, "Quantity") => |_, f| Value::Double(f.quantity as f64),
        (Family::Hours, "Price" | "PriceFC" | "PriceDC" | "SalesPrice") => |_, f| Value::cents(f.price),
        (Family::Hours, "Amount" | "AmountFC" | "AmountDC") => |_, f| Value::cents(f.net),
        (Family::Hours, "EntryNumber") => |_, f| Value::Int(f.ordinal as i64 + 1),
        (Family::Hours, "HourStatus") => {
            |_, f| Value::Int([1, 2, 10, 20].get(f.hash as usize % 4).copied().unwrap_or(20))
        }
        (_, "Notes") => |_, f| Value::text(words(f.hash >> 7)),
        _ => return None,
    })
}

/// What every document says, in its header and in its lines.
fn document(name: &str) -> Option<Rule> {
    Some(match name {
        "InvoiceDate" | "EntryDate" | "OrderDate" | "Date" | "ReceiptDate" | "DeliveryDate" | "DocumentDate" => {
            |_, f| Value::Date(f.date)
        }
        "DueDate" | "ReceivableDate" | "PaymentDueDate" => |_, f| Value::Date(f.date + 30 * DAY),
        "InvoiceNumber"
        | "EntryNumber"
        | "OrderNumber"
        | "SalesOrderNumber"
        | "DeliveryNumber"
        | "PurchaseOrderNumber"
        | "ReceiptNumber" => |_, f| Value::Int(number(f)),
        "Journal" | "JournalCode" => |_, f| code(lists::JOURNALS, f.journal, |row| row.0),
        "JournalDescription" => |_, f| code(lists::JOURNALS, f.journal, |row| row.1),
        "FinancialYear" | "ReportingYear" => |_, f| Value::Int(month_of(f.date).0),
        "FinancialPeriod" | "ReportingPeriod" => |_, f| Value::Int(month_of(f.date).1),
        "Description" | "LineDescription" => |_, f| Value::text(words(f.hash)),
        "YourRef" => |_, f| Value::text(format!("PO-{:06}", f.hash % 1_000_000)),
        "PaymentCondition" | "PaymentConditionSales" => |_, _| Value::text("30"),
        "PaymentConditionDescription" => |_, _| Value::text("30 dagen"),
        "PaymentReference" => |_, f| Value::text(format!("{:016}", f.header * 7 + 1_000)),
        "ExchangeRate" | "Rate" | "RateFC" => |_, _| Value::Double(1.0),
        "Document" | "DocumentNumber" | "DocumentSubject" => |_, _| Value::Null,
        _ => return None,
    })
}

fn header(name: &str) -> Option<Rule> {
    Some(match name {
        "AmountDC" | "AmountFC" | "Amount" | "InvoiceAmountDC" => |_, f| Value::cents(f.net + f.vat),
        "AmountFCExclVat" | "AmountDCExclVat" => |_, f| Value::cents(f.net),
        "VATAmountDC" | "VATAmountFC" | "VATAmount" => |_, f| Value::cents(f.vat),
        "AmountDiscount" | "AmountDiscountExclVat" | "Discount" | "GAccountAmountFC" | "ExtraDutyAmountFC" => {
            |_, _| Value::Double(0.0)
        }
        "Status" => |_, _| Value::Int(50),
        "StatusDescription" => |_, _| Value::text("Verwerkt"),
        "Type" => |_, f| Value::Int(if f.net < 0 { 8021 } else { 8020 }),
        "TypeDescription" => |_, f| Value::text(if f.net < 0 { "Creditnota" } else { "Verkoopfactuur" }),
        "OpeningBalanceFC" | "ClosingBalanceFC" => |_, _| Value::Double(0.0),
        "Remarks" => |_, f| nasty::emptiness(f, 9),
        _ => return None,
    })
}

fn line(name: &str) -> Option<Rule> {
    Some(match name {
        "AmountDC" | "AmountFC" => |_, f| Value::cents(f.net),
        "VATAmountDC" | "VATAmountFC" | "AmountVATFC" | "VATAmount" => |_, f| Value::cents(f.vat),
        "Quantity" | "QuantityDelivered" | "QuantityInvoiced" | "QuantityOrdered" | "QuantityInPurchaseUnits" => {
            |_, f| if f.item.is_some() { Value::Double(f.quantity as f64) } else { Value::Null }
        }
        "NetPrice" | "UnitPrice" | "UnitPriceFC" => {
            |_, f| if f.item.is_some() { Value::cents(f.price) } else { Value::Null }
        }
        "VATCode" => {
            |_, f| if f.item.is_some() { code(lists::VAT_CODES, f.vat_code, |row| row.0) } else { Value::Null }
        }
        "VATCodeDescription" => {
            |_, f| if f.item.is_some() { code(lists::VAT_CODES, f.vat_code, |row| row.1) } else { Value::Null }
        }
        "VATPercentage" => |_, f| match lists::VAT_CODES.get(f.vat_code as usize) {
            Some((_, _, percent)) if f.item.is_some() => Value::cents(*percent),
            _ => Value::Null,
        },
        "UnitCode" | "PurchaseUnit" => |_, f| if f.item.is_some() { Value::text("pc") } else { Value::Null },
        "UnitDescription" => |_, f| if f.item.is_some() { Value::text("Stuk") } else { Value::Null },
        "Notes" => |_, f| if f.ordinal == 5 { nasty::long_text() } else { nasty::emptiness(f, 9) },
        "CostCenter" | "CostUnit" | "CostCenterDescription" | "CostUnitDescription" => |_, _| Value::Null,
        _ => return None,
    })
}

fn ledger(name: &str) -> Option<Rule> {
    Some(match name {
        "AmountDC" | "AmountFC" => |_, f| Value::cents(f.net),
        "AmountVATFC" | "AmountVATBaseFC" => |_, _| Value::Double(0.0),
        "EntryID" => |c, f| c.entry_guid(f.kind, f.header),
        "EntryNumber" => |_, f| Value::Int(10_000_000 + f.entry as i64),
        "InvoiceNumber" => |c, f| match f.kind {
            Some(Kind::Sale | Kind::Purchase) => Value::Int(number(f)),
            Some(kind @ (Kind::Receipt | Kind::Payment)) if f.line == 1 => {
                Value::Int(10_000 + c.scale.settled(kind, f.header) as i64)
            }
            _ => Value::Null,
        },
        "Type" => |_, f| {
            Value::Int(match f.kind {
                Some(Kind::Sale) => 20,
                Some(Kind::Purchase) => 30,
                Some(Kind::Receipt | Kind::Payment) => 40,
                _ => 90,
            })
        },
        "Status" => |_, _| Value::Int(50),
        "LineType" => |_, f| Value::Int(i64::from(f.line == 0)),
        "Quantity" => |_, f| if f.item.is_some() { Value::Double(f.quantity as f64) } else { Value::Null },
        "VATCode" | "VATCodeDescription" => line(name)?,
        "VATPercentage" => line(name)?,
        "VATType" => |_, f| if f.kind == Some(Kind::Sale) { Value::text("S") } else { Value::text("P") },
        "Notes" => |_, f| nasty::emptiness(f, 9),
        "CostCenter" => |_, f| cost_center(f).map_or(Value::Null, |row| Value::text(row.0)),
        "CostCenterDescription" => |_, f| cost_center(f).map_or(Value::Null, |row| Value::text(row.1)),
        "DueDate" => |_, f| if f.line == 0 { Value::Date(f.date + 30 * DAY) } else { Value::Null },
        _ => return None,
    })
}

/// Receivables and payables, as lists of open items or of all terms.
fn open(name: &str) -> Option<Rule> {
    Some(match name {
        "Amount" | "AmountDC" | "AmountFC" | "TransactionAmountDC" | "TransactionAmountFC" | "InvoiceAmountDC" => {
            |_, f| Value::cents(f.net + f.vat)
        }
        "AmountInTransit" => |_, _| Value::Double(0.0),
        "Status" => |_, f| {
            let open = f.kind.is_some_and(|kind| Scale::is_open(kind, f.header));
            Value::Int(if open { 20 } else { 50 })
        },
        "AccountId" | "AccountID" => |c, f| c.reference(known().accounts, f.account),
        "ApprovalStatus" => |_, _| Value::Int(2),
        "AccountCode" => |_, f| f.account.map_or(Value::Null, |a| Value::text(people::account_code(a))),
        "AccountName" => |_, f| f.account.map_or(Value::Null, |a| Value::text(people::account_name(a))),
        "IsFullyPaid" => |_, f| Value::Bool(!f.kind.is_some_and(|kind| Scale::is_open(kind, f.header))),
        _ => return None,
    })
}

/// The number printed on a document: each kind counts from 10000.
fn number(f: &Facts) -> i64 {
    10_000 + f.header as i64
}

fn cost_center(f: &Facts) -> Option<&'static (&'static str, &'static str)> {
    lists::COST_CENTERS.get((f.hash % 12) as usize).filter(|_| f.line > 0)
}

/// Year and month of a day.
pub fn month_of(millis: i64) -> (i64, i64) {
    use chrono::Datelike;
    chrono::DateTime::from_timestamp_millis(millis)
        .map_or((2019, 1), |at| (i64::from(at.year()), i64::from(at.month())))
}

/// Two words of business language.
pub fn words(hash: u64) -> String {
    format!("{} {}", people::pick(lists::WORDS, hash), people::pick(lists::WORDS, hash >> 16))
}

pub fn item_code(item: u64) -> String {
    format!("ART-{:05}", item + 1)
}

pub fn item_description(item: u64) -> String {
    format!("{} {}", people::pick(lists::PRODUCTS, item), item + 1)
}

/// A text of a short list.
fn code<T>(list: &'static [T], at: u64, text: fn(&T) -> &'static str) -> Value {
    list.get(at as usize).map_or(Value::Null, |row| Value::text(text(row)))
}
