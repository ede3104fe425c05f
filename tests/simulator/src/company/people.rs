//! Accounts, contacts, employees, addresses and bank accounts.

use super::family::Family;
use super::known;
use super::lists;
use super::nasty;
use super::rules::Rule;
use super::value::{Value, mix};

/// One of a list, by any number.
pub fn pick(list: &'static [&'static str], number: u64) -> &'static str {
    list.get(number as usize % list.len().max(1)).copied().unwrap_or_default()
}

/// The name of an account: the first are made to break things, two hundred later ones share a name.
pub fn account_name(ordinal: u64) -> String {
    if let Some(name) = nasty::NAMES.get(ordinal as usize) {
        return (*name).to_owned();
    }
    let hash = mix(0xACC0, ordinal);
    let last = pick(lists::LAST_NAMES, hash);
    let trade = pick(lists::TRADES, hash >> 16);
    format!("{last} {trade} {}", pick(lists::LEGAL_FORMS, hash >> 32))
}

/// Left-padded to 18 (fact sheet 6.5).
pub fn account_code(ordinal: u64) -> String {
    format!("{:>18}", ordinal + 1)
}

pub fn user_name(hash: u64) -> &'static str {
    pick(&["Noor Bakker", "Sven de Vries", "API user"], hash)
}

pub fn account(name: &str) -> Option<Rule> {
    Some(match name {
        "Code" => |_, f| Value::text(account_code(f.ordinal)),
        "Name" => |_, f| Value::text(account_name(f.ordinal)),
        "SearchCode" => |_, f| Value::text(account_name(f.ordinal).to_uppercase().chars().take(10).collect::<String>()),
        "Status" => |_, f| Value::text(if f.ordinal % 4 == 3 { "A" } else { "C" }),
        "Type" => |_, f| Value::text(if f.ordinal % 4 == 3 { "S" } else { "A" }),
        "IsSales" => |_, f| Value::Bool(f.ordinal % 4 != 3),
        "IsSupplier" | "IsPurchase" => |_, f| Value::Bool(f.ordinal % 4 == 3),
        "Blocked" | "IsBank" | "IsMember" | "IsReseller" | "IsPilot" => |_, _| Value::Bool(false),
        "IsMailing" | "IsCompetitor" | "IsAnonymised" | "IsAgency" => |_, _| Value::Int(0),
        "AddressLine1" => |_, f| Value::text(street(f.hash)),
        "AddressLine2" | "AddressLine3" => |_, f| nasty::emptiness(f, 4),
        "Postcode" => |_, f| Value::text(postcode(f.hash)),
        "Phone" => |_, f| Value::text(phone(f.hash)),
        "Email" => |_, f| Value::text(format!("info{}@example.com", f.ordinal + 1)),
        "Website" => |_, f| nasty::emptiness(f, 6),
        "Remarks" => |_, f| if f.ordinal == 9 { nasty::long_text() } else { nasty::emptiness(f, 8) },
        "StartDate" | "CustomerSince" => |_, f| Value::Date(f.date),
        "EndDate" | "EstablishedDate" | "ControlledDate" => |_, f| nasty::date(f, 10),
        "CreditLineSales" | "CreditLinePurchase" => |_, f| nasty::number(f, 12),
        "DiscountSales" | "DiscountPurchase" => |_, f| Value::cents((f.hash >> 3) as i64 % 3),
        "Latitude" => |_, f| Value::Double(51.0 + (f.hash % 2_000_000) as f64 / 1e6),
        "Longitude" => |_, f| Value::Double(4.0 + (f.hash % 3_000_000) as f64 / 1e6),
        "CountryName" => |_, f| Value::text(country_name(f.hash)),
        "PaymentConditionSales" | "PaymentConditionPurchase" => |_, _| Value::text("30"),
        "PaymentConditionSalesDescription" | "PaymentConditionPurchaseDescription" => |_, _| Value::text("30 dagen"),
        "VATNumber" => |_, f| Value::text(format!("NL{:09}B01", f.hash % 1_000_000_000)),
        "ChamberOfCommerce" => |_, f| Value::text(format!("{:08}", f.hash % 100_000_000)),
        "MainContact" => |c, f| c.reference(known().contacts, Some(f.ordinal)),
        "Parent" => |c, f| match f.ordinal % 10 {
            8 => c.reference(known().accounts, Some(f.ordinal - 1)),
            _ => Value::Null,
        },
        "InvoiceAccount" | "InvoiceAccountCode" | "InvoiceAccountName" => |_, _| Value::Null,
        "Logo" => |_, f| if f.ordinal == 2 { Value::Binary(vec![0x89, b'P', b'N', b'G', 0, 255]) } else { Value::Null },
        _ => return None,
    })
}

pub fn person(family: Family, name: &str) -> Option<Rule> {
    Some(match (family, name) {
        (_, "FirstName") => |_, f| Value::text(pick(lists::FIRST_NAMES, f.hash)),
        (_, "LastName") => |_, f| Value::text(pick(lists::LAST_NAMES, f.hash >> 16)),
        (_, "FullName") => |_, f| Value::text(full_name(f.hash)),
        (_, "MiddleName") => |_, f| nasty::emptiness(f, 20),
        (_, "Initials") => {
            |_, f| Value::text(pick(lists::FIRST_NAMES, f.hash).chars().take(1).collect::<String>() + ".")
        }
        (_, "Code") => |_, f| Value::text(format!("{:>18}", f.ordinal + 1)),
        (_, "Email" | "BusinessEmail") => |_, f| Value::text(format!("person{}@example.com", f.ordinal + 1)),
        (_, "Phone" | "Mobile" | "BusinessPhone" | "BusinessMobile") => |_, f| Value::text(phone(f.hash)),
        (_, "Gender") => |_, f| Value::text(pick(&["M", "V", "O"], f.hash >> 5)),
        (_, "BirthDate") => |_, f| Value::Date(((f.hash % 15_000) as i64 - 7_000) * 86_400_000),
        (_, "StartDate") => |_, f| Value::Date(f.date),
        (_, "EndDate") => |_, f| nasty::date(f, 10),
        (_, "Notes" | "MarketingNotes") => |_, f| nasty::emptiness(f, 8),
        (_, "IsMailingExcluded") => |_, _| Value::Bool(false),
        (Family::Contact, "IsMainContact") => |c, f| Value::Bool(f.ordinal < c.scale.count(Family::Account)),
        (Family::Contact, "AccountIsCustomer") => |_, f| Value::Bool(f.account.is_some_and(|a| a % 4 != 3)),
        (Family::Contact, "AccountIsSupplier") => |_, f| Value::Bool(f.account.is_some_and(|a| a % 4 == 3)),
        (Family::Contact, "AccountMainContact") => |c, f| c.reference(known().contacts, f.account),
        (Family::Employee, "HID" | "EmployeeHID") => |_, f| Value::Int(f.ordinal as i64 + 1),
        _ => return None,
    })
}

/// Addresses and bank accounts.
pub fn place(name: &str) -> Option<Rule> {
    Some(match name {
        "AddressLine1" => |_, f| Value::text(street(f.hash)),
        "AddressLine2" | "AddressLine3" => |_, f| nasty::emptiness(f, 4),
        "Postcode" => |_, f| Value::text(postcode(f.hash)),
        "CountryName" => |_, f| Value::text(country_name(f.hash)),
        "Type" => |_, f| Value::Int(1 + (f.ordinal % 4) as i64),
        "Main" => |_, _| Value::Bool(true),
        "Phone" => |_, f| Value::text(phone(f.hash)),
        "BankAccount" | "IBAN" => {
            |_, f| Value::text(format!("NL{:02}SIMU{:010}", f.hash % 90 + 10, f.hash % 10_000_000_000))
        }
        "BICCode" => |_, _| Value::text("SIMUNL2A"),
        "BankName" => |_, _| Value::text("Simulated Bank"),
        _ => return None,
    })
}

pub fn full_name(hash: u64) -> String {
    format!("{} {}", pick(lists::FIRST_NAMES, hash), pick(lists::LAST_NAMES, hash >> 16))
}

fn street(hash: u64) -> String {
    format!("{} {}", pick(lists::STREETS, hash >> 24), hash % 300 + 1)
}

fn postcode(hash: u64) -> String {
    let letter = |shift: u32| char::from(b'A' + ((hash >> shift) % 26) as u8);
    format!("{} {}{}", 1000 + hash % 9000, letter(20), letter(28))
}

fn phone(hash: u64) -> String {
    format!("+31 {:09}", hash % 1_000_000_000)
}

fn country_name(hash: u64) -> &'static str {
    match pick(lists::COUNTRIES, hash) {
        "BE " => "België",
        "DE " => "Duitsland",
        "FR " => "Frankrijk",
        "GB " => "Verenigd Koninkrijk",
        "US " => "Verenigde Staten",
        _ => "Nederland",
    }
}
