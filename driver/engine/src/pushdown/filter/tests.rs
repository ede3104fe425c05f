//! What is sent for a condition, as a table.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Like;
use datafusion::prelude::{Expr, col, lit};
use exact_client::model::{FilterRule, model};

use super::{Scope, translate};

fn timestamp(milliseconds: i64) -> Expr {
    lit(ScalarValue::TimestampMillisecond(Some(milliseconds), None))
}

fn escaped(pattern: &str) -> Expr {
    Expr::Like(Like::new(false, Box::new(col("name")), Box::new(lit(pattern)), Some('\\'), false))
}

/// Condition, what is sent, and whether nothing is left to check.
fn table() -> Vec<(Expr, Option<(&'static str, bool)>)> {
    const GUID: &str = "6f7b0000-0000-0000-0000-00000000000a";
    vec![
        (col("blocked").eq(lit(true)), Some(("Blocked eq true", true))),
        (col("blocked"), Some(("Blocked eq true", true))),
        (!col("blocked"), Some(("Blocked eq false", true))),
        (col("blocked").not_eq(lit(true)), Some(("Blocked eq false", true))),
        (col("id").eq(lit(GUID)), Some(("ID eq guid'6f7b0000-0000-0000-0000-00000000000a'", true))),
        (col("id").gt(lit(GUID)), None),
        (col("id").eq(lit("nonsense")), Some(("false", true))),
        (!(col("id").eq(lit("nonsense"))), Some(("ID ne null", true))),
        (
            col("id").in_list(vec![lit("x"), lit(GUID)], false),
            Some(("ID eq guid'6f7b0000-0000-0000-0000-00000000000a'", true)),
        ),
        (
            col("parent").not_eq(lit(GUID)),
            Some(("(Parent ne guid'6f7b0000-0000-0000-0000-00000000000a' and Parent ne null)", true)),
        ),
        (col("name").eq(lit("O'Neill")), Some(("Name eq 'O''Neill'", false))),
        (col("name").not_eq(lit("x")), None),
        (col("name").gt(lit("x")), None),
        (col("name").is_null(), Some(("(Name eq null or Name eq '')", false))),
        (col("parent").is_null(), Some(("Parent eq null", true))),
        (col("parent").is_not_null(), Some(("Parent ne null", true))),
        (col("code").eq(lit("1024")), Some(("Code eq '              1024'", false))),
        (col("country").eq(lit("NL")), Some(("trim(Country) eq 'NL'", false))),
        (
            col("modified").gt_eq(timestamp(1_767_225_600_000)),
            Some(("Modified ge datetime'2026-01-01T00:00:00'", true)),
        ),
        (timestamp(1_767_225_600_000).gt(col("modified")), Some(("Modified lt datetime'2026-01-01T00:00:00'", true))),
        (
            col("discountsales").between(lit(0.1), lit(2.5)),
            Some(("DiscountSales ge 0.1 and DiscountSales le 2.5", true)),
        ),
        (
            col("discountsales").not_between(lit(0.1), lit(2.5)),
            Some(("(DiscountSales lt 0.1 or DiscountSales gt 2.5)", true)),
        ),
        (
            col("division").in_list(vec![lit(1), lit(2), lit(3)], false),
            Some(("(Division eq 1 or Division eq 2 or Division eq 3)", true)),
        ),
        (col("division").in_list(vec![lit(1), lit(ScalarValue::Int32(None))], true), Some(("false", true))),
        // As much of a conjunction as can be said, and nothing of a disjunction that cannot.
        (col("blocked").and(col("name").gt(lit("x"))), Some(("Blocked eq true", false))),
        (col("blocked").or(col("name").gt(lit("x"))), None),
        // The complement of a superset would lose rows.
        (!(col("name").eq(lit("x"))), None),
        (
            !(col("blocked").or(col("division").eq(lit(5)))),
            Some(("Blocked eq false and (Division ne 5 and Division ne null)", true)),
        ),
        (
            (col("blocked").or(col("parent").is_null())).or(col("division").lt(lit(5))),
            Some(("(Blocked eq true or Parent eq null or Division lt 5)", true)),
        ),
        (col("logo").is_null(), None),
        (col("name").like(lit("O'%")), Some(("indexof(Name,'O''') eq 0", false))),
        (col("name").like(lit("%x%")), Some(("indexof(Name,'x') ge 0", false))),
        (
            col("name").like(lit("a_c%d")),
            Some(("indexof(Name,'a') eq 0 and indexof(Name,'c') ge 0 and indexof(Name,'d') ge 0", false)),
        ),
        (col("code").like(lit("10%")), Some(("indexof(Code,'10') ge 0", false))),
        (col("country").like(lit("N %")), Some(("indexof(Country,'N') eq 0", false))),
        (col("name").like(lit("x")), Some(("Name eq 'x'", false))),
        (escaped(r"%5\%\_x%"), Some(("indexof(Name,'5%_x') ge 0", false))),
        (escaped(r"50\%"), Some(("Name eq '50%'", false))),
        (escaped(r"x\"), None),
        (col("name").like(lit("%")), None),
        (col("name").not_like(lit("x%")), None),
        (col("name").ilike(lit("x%")), None),
    ]
}

#[test]
fn conditions_are_translated() {
    let accounts = model().find(Some("crm"), "Accounts").unwrap();
    for (condition, expected) in table() {
        let scope = Scope { entity: accounts, rule: &FilterRule::Any, beside: &[] };
        let said = translate(&condition, scope).map(|said| (said.said.to_string(), said.exact));
        let said = said.as_ref().map(|(text, exact)| (text.as_str(), *exact));
        assert_eq!(said, expected, "{condition}");
    }
}

/// A function of the session over `arguments`.
fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let builtin = datafusion::functions::all_default_functions().into_iter();
    let nobody = || None;
    let own = crate::functions::scalar(Arc::new(nobody), Arc::new(nobody), Arc::new(nobody));
    let function = own.into_iter().chain(builtin).find(|function| function.name() == name).unwrap();
    function.call(arguments)
}

fn day(text: &str) -> i64 {
    let time = if text.contains('T') { "" } else { "T00:00:00" };
    let moment: chrono::NaiveDateTime = format!("{text}{time}").parse().unwrap();
    moment.and_utc().timestamp_millis()
}

fn date(text: &str) -> Expr {
    lit(ScalarValue::Date32(Some(i32::try_from(day(text) / 86_400_000).unwrap())))
}

fn moment(text: &str) -> Expr {
    timestamp(day(text))
}

fn said(condition: &Expr, beside: &[&Expr]) -> Option<(String, bool)> {
    let invoices = model().find(Some("salesinvoice"), "SalesInvoices").unwrap();
    let scope = Scope { entity: invoices, rule: &FilterRule::Any, beside };
    translate(condition, scope).map(|said| (said.said.to_string(), said.exact))
}

/// Condition, and the range of InvoiceDate that is sent with nothing left to check.
fn dates() -> Vec<(Expr, &'static str)> {
    let invoiced = || col("invoicedate");
    let as_date = || datafusion::prelude::cast(invoiced(), DataType::Date32);
    let part = |unit: &str| call("date_part", vec![lit(unit), invoiced()]);
    let start_of = |unit: &str| call("date_trunc", vec![lit(unit), invoiced()]);
    let later = |unit: &str, count: i64| call("timestampadd", vec![lit(unit), lit(count), invoiced()]);
    let day_31 = "InvoiceDate ge datetime'2026-01-31T00:00:00' and InvoiceDate lt datetime'2026-02-01T00:00:00'";
    vec![
        (as_date().eq(date("2026-01-31")), day_31),
        (
            as_date().not_eq(date("2026-01-31")),
            "(InvoiceDate lt datetime'2026-01-31T00:00:00' or InvoiceDate ge datetime'2026-02-01T00:00:00')",
        ),
        (as_date().lt_eq(date("2026-01-31")), "InvoiceDate lt datetime'2026-02-01T00:00:00'"),
        (as_date().gt(date("2026-01-31")), "InvoiceDate ge datetime'2026-02-01T00:00:00'"),
        (date("2026-01-31").lt_eq(as_date()), "InvoiceDate ge datetime'2026-01-31T00:00:00'"),
        (!as_date().gt_eq(date("2026-01-31")), "InvoiceDate lt datetime'2026-01-31T00:00:00'"),
        (as_date().between(date("2026-01-31"), date("2026-01-31")), day_31),
        (as_date().in_list(vec![date("2026-01-31")], false), day_31),
        (
            start_of("month").eq(moment("2026-02-01T00:00:00")),
            "InvoiceDate ge datetime'2026-02-01T00:00:00' and InvoiceDate lt datetime'2026-03-01T00:00:00'",
        ),
        (start_of("month").eq(moment("2026-02-02T00:00:00")), "false"),
        (start_of("month").not_eq(moment("2026-02-02T00:00:00")), "InvoiceDate ne null"),
        (start_of("quarter").lt(moment("2026-02-02T00:00:00")), "InvoiceDate lt datetime'2026-04-01T00:00:00'"),
        (start_of("week").gt_eq(moment("2026-11-23T00:00:00")), "InvoiceDate ge datetime'2026-11-23T00:00:00'"),
        (
            part("year").eq(lit(2026)),
            "InvoiceDate ge datetime'2026-01-01T00:00:00' and InvoiceDate lt datetime'2027-01-01T00:00:00'",
        ),
        (part("year").gt(lit(2026)), "InvoiceDate ge datetime'2027-01-01T00:00:00'"),
        (call("datepart", vec![lit("year"), invoiced()]).lt(lit(2026)), "InvoiceDate lt datetime'2026-01-01T00:00:00'"),
        // At most 30 days ago.
        (
            call("datediff", vec![lit("day"), invoiced(), moment("2026-11-25T10:00:00")]).lt_eq(lit(30_i64)),
            "InvoiceDate ge datetime'2026-10-26T00:00:00'",
        ),
        (
            call("datediff", vec![lit("month"), moment("2026-11-25T10:00:00"), invoiced()]).eq(lit(-1_i64)),
            "InvoiceDate ge datetime'2026-10-01T00:00:00' and InvoiceDate lt datetime'2026-11-01T00:00:00'",
        ),
        // Thirty days to pay.
        (later("day", 30).lt(moment("2026-11-25T00:00:00")), "InvoiceDate lt datetime'2026-10-26T00:00:00'"),
        (later("hour", -2).gt_eq(moment("2026-11-25T00:00:00")), "InvoiceDate ge datetime'2026-11-25T02:00:00'"),
        (later("week", 1).gt(moment("2026-11-25T00:00:00")), "InvoiceDate ge datetime'2026-11-18T00:00:00.001'"),
        (invoiced().gt_eq(moment("0001-01-01T00:00:00")), "InvoiceDate ne null"),
        (invoiced().lt(moment("1500-01-01T00:00:00")), "false"),
    ]
}

#[test]
fn conditions_on_parts_of_dates_become_ranges() {
    for (condition, expected) in dates() {
        assert_eq!(said(&condition, &[]), Some((expected.to_owned(), true)), "{condition}");
    }
}

#[test]
fn months_become_ranges_within_the_years_of_other_conditions() {
    let invoiced = || col("invoicedate");
    let month = || call("date_part", vec![lit("month"), invoiced()]);
    let quarter = || call("datepart", vec![lit("quarter"), invoiced()]);
    let in_2026 = invoiced().gt_eq(moment("2026-01-01T00:00:00")).and(invoiced().lt(moment("2027-01-01T00:00:00")));
    let recent = invoiced().gt_eq(moment("2025-11-15T00:00:00")).and(invoiced().lt(moment("2026-03-01T00:00:00")));
    let range = |from: &str, to: &str| {
        format!("InvoiceDate ge datetime'{from}T00:00:00' and InvoiceDate lt datetime'{to}T00:00:00'")
    };
    for (condition, beside, expected) in [
        (month().eq(lit(3)), &in_2026, range("2026-03-01", "2026-04-01")),
        (
            month().in_list(vec![lit(1), lit(2), lit(12)], false),
            &in_2026,
            format!("({} or {})", range("2026-01-01", "2026-03-01"), range("2026-12-01", "2027-01-01")),
        ),
        (month().gt(lit(9)), &in_2026, range("2026-10-01", "2027-01-01")),
        (month().eq(lit(13)), &in_2026, "false".to_owned()),
        (quarter().eq(lit(4)), &recent, range("2025-10-01", "2026-01-01")),
        (!quarter().eq(lit(4)), &recent, range("2026-01-01", "2026-04-01")),
    ] {
        assert_eq!(said(&condition, &[beside, &condition]), Some((expected, true)), "{condition}");
    }
    assert_eq!(said(&month().eq(lit(3)), &[]), None, "in any year");
}

#[test]
fn functions_of_columns_are_told_as_far_as_the_service_has_them() {
    let name = || col("invoicetoname");
    let no = |text: &str| Some((text.to_owned(), false));
    let or_zero = |column: &str| {
        let case = datafusion::logical_expr::when(col(column).is_not_null(), col(column));
        let mut case = case;
        case.otherwise(lit(0.0)).unwrap()
    };
    for (condition, expected) in [
        (call("lower", vec![name()]).eq(lit("x")), no("tolower(InvoiceToName) eq 'x'")),
        (call("upper", vec![name()]).eq(lit("X")), no("toupper(InvoiceToName) eq 'X'")),
        (call("btrim", vec![name()]).eq(lit("X")), no("trim(InvoiceToName) eq 'X'")),
        (call("left", vec![name(), lit(2)]).eq(lit("ab")), no("indexof(InvoiceToName,'ab') eq 0")),
        (call("substr", vec![name(), lit(1), lit(2)]).eq(lit("ab")), no("indexof(InvoiceToName,'ab') eq 0")),
        (call("substr", vec![name(), lit(2), lit(2)]).eq(lit("ab")), None),
        (call("strpos", vec![name(), lit("ab")]).gt(lit(0)), no("indexof(InvoiceToName,'ab') ge 0")),
        (call("strpos", vec![name(), lit("ab")]).eq(lit(0)), None),
        (!call("lower", vec![name()]).eq(lit("x")), None),
        (or_zero("amountdc").eq(lit(0.0)), Some(("(AmountDC eq 0 or AmountDC eq null)".to_owned(), true))),
        (or_zero("amountdc").gt(lit(5.0)), Some(("AmountDC gt 5".to_owned(), true))),
        (or_zero("amountdc").lt(lit(5.0)), Some(("(AmountDC lt 5 or AmountDC eq null)".to_owned(), true))),
        (Expr::IsTrue(Box::new(col("amountdc").gt(lit(5.0)))), Some(("AmountDC gt 5".to_owned(), true))),
        (!Expr::IsTrue(Box::new(col("amountdc").gt(lit(5.0)))), None),
    ] {
        assert_eq!(said(&condition, &[]), expected, "{condition}");
    }
}

#[test]
fn only_what_a_path_takes_is_told_of_it() {
    let contacts = model().find(Some("crm"), "Contacts").unwrap();
    let bulk = contacts.bulk().unwrap();
    const GUID: &str = "6f7b0000-0000-0000-0000-00000000000a";
    let (account, modified) = (col("account").eq(lit(GUID)), col("modified").gt(moment("2026-01-01T00:00:00")));
    let scope = Scope { entity: contacts, rule: &bulk.filter, beside: &[] };
    let told = |condition: &Expr| translate(condition, scope).map(|said| (said.said.to_string(), said.exact));
    let account_said = format!("Account eq guid'{GUID}'");
    assert_eq!(told(&account), Some((account_said.clone(), true)));
    assert_eq!(told(&modified), None);
    // A disjunction is weakened as far as no row is lost.
    let both = account.clone().and(modified.clone());
    assert_eq!(told(&both.clone().or(both.clone())), Some((format!("({account_said} or {account_said})"), false)));
    assert_eq!(told(&account.or(modified)), None);
}

/// What the connection compares as the service does is asked of the service alone.
#[test]
fn text_compared_as_the_service_does_is_exact() {
    let functions = crate::functions::scalar(Arc::new(|| None), Arc::new(|| None), Arc::new(|| None));
    let folding = crate::functions::Shared::of(&functions).unwrap().folding.compared;
    let folded = |name: &str| folding.call(vec![col(name)]);
    let accounts = model().find(Some("crm"), "Accounts").unwrap();
    for (condition, expected) in [
        (folded("name").eq(lit("o'neill")), Some(("Name eq 'o''neill'", true))),
        (folded("name").eq(lit("")), Some(("Name eq ''", false))),
        (folded("name").not_eq(lit("x")), Some(("(Name ne 'x' and Name ne null)", true))),
        (!(folded("name").eq(lit("x"))), Some(("(Name ne 'x' and Name ne null)", true))),
        (folded("name").gt(lit("x")), None),
        (folded("code").eq(lit("1024")), Some(("Code eq '              1024'", true))),
        (folded("country").eq(lit("nl")), Some(("trim(Country) eq 'nl'", true))),
        (
            folded("country").in_list(vec![lit("nl"), lit("be")], false),
            Some(("(trim(Country) eq 'nl' or trim(Country) eq 'be')", true)),
        ),
        (folded("name").like(lit("x%")), Some(("indexof(Name,'x') eq 0", false))),
        (folded("name").not_like(lit("x%")), None),
    ] {
        let scope = Scope { entity: accounts, rule: &FilterRule::Any, beside: &[] };
        let said = translate(&condition, scope);
        let said = said.as_ref().map(|said| (said.said.to_string(), said.exact));
        let said = said.as_ref().map(|(said, exact)| (said.as_str(), *exact));
        assert_eq!(said, expected, "{condition}");
    }
}
