//! Conditions on a part of a date → ranges of the date itself, which the service can compare.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Between, Expr, Operator};
use exact_client::model::EdmType;

use super::operand::Operand;
use super::{Scope, Translation, both, either, meets, sides, value};
use crate::pushdown::literals::{integer, milliseconds};

/// A condition on a month is told for at most this many years.
const MOST_YEARS: i32 = 12;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
}

/// A function that never falls (or never rises) while its date column grows, compared with a value that it takes
/// within `start..end`, or that lies between two of its values at `end`.
struct Step<'e> {
    column: &'e Expr,
    start: i64,
    end: i64,
    taken: bool,
    falling: bool,
}

impl Scope<'_> {
    pub(super) fn compare_date(&self, expr: &Expr, op: Operator, value: &ScalarValue) -> Option<Translation> {
        let Some(step) = step(expr, value) else {
            return self.compare_part(expr, |held| held.meets(op, value));
        };
        let operand = self.date(step.column)?;
        let compare = |op, moment| operand.compare(op, &at(moment));
        let op = if step.falling { op.swap()? } else { op };
        let lower = if step.taken { step.start } else { step.end };
        match op {
            Operator::Eq if !step.taken => Some(Translation::never()),
            Operator::NotEq if !step.taken => Some(operand.says("ne null")),
            Operator::Eq => both(compare(Operator::GtEq, step.start), compare(Operator::Lt, step.end)),
            Operator::NotEq => either(compare(Operator::Lt, step.start)?, compare(Operator::GtEq, step.end)?),
            Operator::Lt => compare(Operator::Lt, lower),
            Operator::GtEq => compare(Operator::GtEq, lower),
            Operator::LtEq => compare(Operator::Lt, step.end),
            Operator::Gt => compare(Operator::GtEq, step.end),
            _ => None,
        }
    }

    /// A condition on the month or quarter of a date, within the years that the other conditions leave.
    pub(super) fn compare_part(&self, expr: &Expr, holds: impl Fn(Held) -> bool) -> Option<Translation> {
        let (months, column) = recurring(expr)?;
        let operand = self.date(column)?;
        let (first, last) = self.beside.iter().fold(EVER, |left, condition| within(left, hull(condition, column)));
        if first > last {
            return Some(Translation::never());
        }
        let (first_year, last_year) = (moment(first)?.year(), moment(last)?.year());
        if last_year - first_year >= MOST_YEARS {
            return None;
        }
        let mut ranges: Vec<(i64, i64)> = Vec::new();
        for (year, part) in (first_year..=last_year).flat_map(|year| (0..12 / months).map(move |part| (year, part))) {
            let start = NaiveDate::from_ymd_opt(year, part * months + 1, 1)?;
            let (start, end) = (midnight(start), midnight(start.checked_add_months(Months::new(months))?));
            if !holds(Held(part + 1)) || end <= first || start > last {
                continue;
            }
            match ranges.last_mut() {
                Some((_, previous)) if *previous == start => *previous = end,
                _ => ranges.push((start, end)),
            }
        }
        let told = ranges.into_iter().map(|(start, end)| between(operand, start, end));
        told.reduce(|all, range| either(all?, range?)).unwrap_or_else(|| Some(Translation::never()))
    }

    fn date(&self, column: &Expr) -> Option<Operand<'_>> {
        self.operand(column).filter(|operand| operand.column.edm == EdmType::DateTime)
    }
}

/// The number of a month or quarter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held(u32);

impl Held {
    pub(super) fn meets(self, op: Operator, compared: &ScalarValue) -> bool {
        let Some(compared) = integer(compared) else {
            return false;
        };
        meets(op, i64::from(self.0).cmp(&compared)).unwrap_or(false)
    }
}

fn between(operand: Operand<'_>, start: i64, end: i64) -> Option<Translation> {
    both(operand.compare(Operator::GtEq, &at(start)), operand.compare(Operator::Lt, &at(end)))
}

/// The function and where it takes `compared`.
fn step<'e>(expr: &'e Expr, compared: &ScalarValue) -> Option<Step<'e>> {
    match without_time_cast(expr) {
        Expr::Cast(cast) if *cast.field.data_type() == DataType::Date32 => {
            aligned(without_time_cast(&cast.expr), Unit::Day, milliseconds(compared)?)
        }
        Expr::ScalarFunction(ScalarFunction { func, args }) => match (func.name(), args.as_slice()) {
            ("date_trunc", [unit, column]) => aligned(without_time_cast(column), named(unit)?, milliseconds(compared)?),
            ("date_part" | "datepart", [unit, column]) if named(unit)? == Unit::Year => {
                let year = i32::try_from(integer(compared)?).ok()?;
                let start = midnight(NaiveDate::from_ymd_opt(year, 1, 1)?);
                aligned(without_time_cast(column), Unit::Year, start)
            }
            ("timestampadd", [unit, count, column]) => {
                later(without_time_cast(column), named(unit)?, integer(value(count)?)?, milliseconds(compared)?)
            }
            ("datediff", [unit, from, to]) => difference(named(unit)?, from, to, integer(compared)?),
            _ => None,
        },
        _ => None,
    }
}

/// A function that gives the start of the unit in which its date lies.
fn aligned(column: &Expr, unit: Unit, compared: i64) -> Option<Step<'_>> {
    let (start, end) = span(unit, compared)?;
    Some(Step { column, start, end, taken: start == compared, falling: false })
}

/// A date some units of one length later: the constant as much earlier. The service keeps milliseconds.
fn later(column: &Expr, unit: Unit, units: i64, compared: i64) -> Option<Step<'_>> {
    let length = match unit {
        Unit::Week => 604_800_000,
        Unit::Day => 86_400_000,
        Unit::Hour => 3_600_000,
        Unit::Minute => 60_000,
        Unit::Second => 1_000,
        // The 31st of January and the 28th are the same day a month later.
        Unit::Year | Unit::Quarter | Unit::Month => return None,
    };
    let start = compared.checked_sub(units.checked_mul(length)?)?;
    Some(Step { column, start, end: start.checked_add(1)?, taken: true, falling: false })
}

/// The number of unit boundaries between a date and a constant.
fn difference<'e>(unit: Unit, from: &'e Expr, to: &'e Expr, boundaries: i64) -> Option<Step<'e>> {
    let (column, constant, units, falling) = match (value(from), value(to)) {
        (None, Some(constant)) => (from, constant, boundaries.checked_neg()?, true),
        (Some(constant), None) => (to, constant, boundaries, false),
        _ => return None,
    };
    let (start, _) = span(unit, milliseconds(constant)?)?;
    let (start, end) = span(unit, midnight(moved(unit, moment(start)?, units)?))?;
    Some(Step { column: without_time_cast(column), start, end, taken: true, falling })
}

fn moved(unit: Unit, date: NaiveDate, units: i64) -> Option<NaiveDate> {
    let count = |each: u64| units.unsigned_abs().checked_mul(each);
    let months = match unit {
        Unit::Year => count(12)?,
        Unit::Quarter => count(3)?,
        Unit::Month => count(1)?,
        Unit::Day if units < 0 => return date.checked_sub_days(Days::new(count(1)?)),
        Unit::Day => return date.checked_add_days(Days::new(count(1)?)),
        _ => return None,
    };
    let months = Months::new(u32::try_from(months).ok()?);
    if units < 0 { date.checked_sub_months(months) } else { date.checked_add_months(months) }
}

/// The unit's start and end around a moment. Weeks begin on Monday, as DATE_TRUNC has them.
fn span(unit: Unit, at: i64) -> Option<(i64, i64)> {
    let date = moment(at)?;
    let months = |first: u32, count: u32| {
        let start = NaiveDate::from_ymd_opt(date.year(), first, 1)?;
        Some((midnight(start), midnight(start.checked_add_months(Months::new(count))?)))
    };
    let fixed = |length: i64| Some((at - at.rem_euclid(length), at - at.rem_euclid(length) + length));
    match unit {
        Unit::Year => months(1, 12),
        Unit::Quarter => months(date.month0() / 3 * 3 + 1, 3),
        Unit::Month => months(date.month(), 1),
        Unit::Week => {
            let start = date.checked_sub_signed(TimeDelta::days(i64::from(date.weekday().num_days_from_monday())))?;
            Some((midnight(start), midnight(start.checked_add_days(Days::new(7))?)))
        }
        Unit::Day => fixed(86_400_000),
        Unit::Hour => fixed(3_600_000),
        Unit::Minute => fixed(60_000),
        Unit::Second => fixed(1_000),
    }
}

fn named(unit: &Expr) -> Option<Unit> {
    Some(match value(unit)?.try_as_str()??.to_ascii_lowercase().as_str() {
        "year" => Unit::Year,
        "quarter" => Unit::Quarter,
        "month" => Unit::Month,
        "week" => Unit::Week,
        "day" => Unit::Day,
        "hour" => Unit::Hour,
        "minute" => Unit::Minute,
        "second" => Unit::Second,
        _ => return None,
    })
}

/// The months of a part that recurs each year, and the column it is taken of.
fn recurring(expr: &Expr) -> Option<(u32, &Expr)> {
    let Expr::ScalarFunction(ScalarFunction { func, args }) = expr else {
        return None;
    };
    let ("date_part" | "datepart", [unit, column]) = (func.name(), args.as_slice()) else {
        return None;
    };
    let months = match named(unit)? {
        Unit::Month => 1,
        Unit::Quarter => 3,
        _ => return None,
    };
    Some((months, without_time_cast(column)))
}

/// Another precision of the same moment changes no comparison with it.
fn without_time_cast(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast(cast) if matches!(cast.field.data_type(), DataType::Timestamp(unit, None) if *unit != TimeUnit::Second) => {
            &cast.expr
        }
        other => other,
    }
}

const EVER: (i64, i64) = (i64::MIN, i64::MAX);

fn within(left: (i64, i64), right: (i64, i64)) -> (i64, i64) {
    (left.0.max(right.0), left.1.min(right.1))
}

/// The first and last moment of `column` at which `condition` can hold.
fn hull(condition: &Expr, column: &Expr) -> (i64, i64) {
    match condition {
        Expr::BinaryExpr(binary) if binary.op == Operator::And => {
            within(hull(&binary.left, column), hull(&binary.right, column))
        }
        Expr::BinaryExpr(binary) if binary.op == Operator::Or => {
            let (left, right) = (hull(&binary.left, column), hull(&binary.right, column));
            (left.0.min(right.0), left.1.max(right.1))
        }
        Expr::BinaryExpr(binary) => {
            sides(binary).and_then(|(expr, op, value)| bound(expr, op, value, column)).unwrap_or(EVER)
        }
        Expr::Between(Between { expr, negated: false, low, high }) => {
            let side = |limit: &Expr, op| value(limit).and_then(|value| bound(expr, op, value, column)).unwrap_or(EVER);
            within(side(low, Operator::GtEq), side(high, Operator::LtEq))
        }
        Expr::InList(list) if !list.negated => {
            let each = list.list.iter().map(|item| {
                value(item).and_then(|value| bound(&list.expr, Operator::Eq, value, column)).unwrap_or(EVER)
            });
            each.reduce(|left, right| (left.0.min(right.0), left.1.max(right.1))).unwrap_or(EVER)
        }
        _ => EVER,
    }
}

fn bound(expr: &Expr, op: Operator, value: &ScalarValue, column: &Expr) -> Option<(i64, i64)> {
    let (start, end, op) = if without_time_cast(expr) == column {
        let at = milliseconds(value)?;
        (at, at.checked_add(1)?, op)
    } else {
        let step = step(expr, value).filter(|step| step.taken && step.column == column)?;
        (step.start, step.end, if step.falling { op.swap()? } else { op })
    };
    Some(match op {
        Operator::Eq => (start, end - 1),
        Operator::Lt => (i64::MIN, start - 1),
        Operator::LtEq => (i64::MIN, end - 1),
        Operator::Gt => (end, i64::MAX),
        Operator::GtEq => (start, i64::MAX),
        _ => EVER,
    })
}

fn at(milliseconds: i64) -> ScalarValue {
    ScalarValue::TimestampMillisecond(Some(milliseconds), None)
}

fn moment(milliseconds: i64) -> Option<NaiveDate> {
    DateTime::from_timestamp_millis(milliseconds).map(|moment| moment.date_naive())
}

fn midnight(date: NaiveDate) -> i64 {
    date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()
}
