//! Periods relative to today, as CData's drivers name them: `Date = L_THIS_MONTH()`, `Date > L_LAST_N_DAYS(7)`.
//!
//! A period is the range from its first moment to before its end. A comparison with one becomes a comparison with
//! these two moments, so that the service can select the rows. Weeks begin on Sunday.

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr};

use super::{call_of, filled};
use crate::error::Result;

/// First and last day in whole units from the current one; `N` stands for the argument.
struct Period {
    unit: &'static str,
    start: &'static str,
    end: &'static str,
}

const UNITS: &[&str] = &["day", "week", "month", "quarter", "year"];

fn period(name: &str, arguments: usize) -> Option<Period> {
    let name = name.strip_prefix("l_")?;
    let named = |word: &str| UNITS.iter().find(|unit| **unit == word).copied();
    let of = |unit, start, end| Some(Period { unit, start, end });
    match (name, arguments) {
        ("today", 0) => return of("day", "0", "1"),
        ("yesterday", 0) => return of("day", "-1", "0"),
        ("tomorrow", 0) => return of("day", "1", "2"),
        ("last_90_days", 0) => return of("day", "-90", "0"),
        ("next_90_days", 0) => return of("day", "0", "90"),
        ("next_n_days", 1) => return of("day", "0", "_1"),
        _ => {}
    }
    if arguments == 1 {
        let (which, units) = name.split_once("_n_")?;
        let unit = named(units.strip_suffix('s')?)?;
        return match which {
            "last" => of(unit, "0 - (_1)", "0"),
            "next" => of(unit, "1", "_1 + 1"),
            _ => None,
        };
    }
    let (which, unit) = name.split_once('_')?;
    let unit = named(unit).filter(|unit| *unit != "day")?;
    match (which, arguments) {
        ("last", 0) => of(unit, "-1", "0"),
        ("this", 0) => of(unit, "0", "1"),
        ("next", 0) => of(unit, "1", "2"),
        _ => None,
    }
}

impl Period {
    fn moment(&self, offset: &str, arguments: &[Expr]) -> Result<Expr> {
        let current = match self.unit {
            "week" => {
                "timestampadd('day', 1 - datepart('weekday', local_now()), date_trunc('day', local_now()))".to_string()
            }
            unit => format!("date_trunc('{unit}', local_now())"),
        };
        filled(&format!("timestampadd('{}', {offset}, {current})", self.unit), arguments)
    }
}

/// The two moments of a call that names a period.
fn bounds(expr: &Expr) -> Result<Option<(Expr, Expr)>> {
    let Some((name, arguments)) = call_of(expr) else {
        return Ok(None);
    };
    match period(&name, arguments.len()) {
        Some(period) => Ok(Some((period.moment(period.start, &arguments)?, period.moment(period.end, &arguments)?))),
        None => Ok(None),
    }
}

/// Rewrites a comparison with a period, BETWEEN two periods, and a period by itself, which is its first day.
pub fn rewrite(expr: &mut Expr) -> Result<()> {
    let rewritten = match &*expr {
        Expr::BinaryOp { left, op, right } => match (bounds(right)?, bounds(left)?) {
            (Some(period), _) => compared(left, op, period),
            (None, Some(period)) => mirrored(op).and_then(|op| compared(right, &op, period)),
            (None, None) => None,
        },
        Expr::Between { expr: value, negated, low, high } => {
            let (low, high) = (bounds(low)?, bounds(high)?);
            low.zip(high).map(|((start, _), (_, end))| ranged(value, *negated, start, end))
        }
        Expr::InList { expr: value, list, negated } => within_any(value, list, *negated)?,
        other => bounds(other)?.map(|(start, _)| start),
    };
    if let Some(rewritten) = rewritten {
        *expr = Expr::Nested(Box::new(rewritten));
    }
    Ok(())
}

fn compared(value: &Expr, op: &BinaryOperator, (start, end): (Expr, Expr)) -> Option<Expr> {
    use BinaryOperator as Op;
    Some(match op {
        Op::Eq => ranged(value, false, start, end),
        Op::NotEq => ranged(value, true, start, end),
        Op::Lt => binary(value.clone(), Op::Lt, start),
        Op::LtEq => binary(value.clone(), Op::Lt, end),
        Op::Gt => binary(value.clone(), Op::GtEq, end),
        Op::GtEq => binary(value.clone(), Op::GtEq, start),
        _ => return None,
    })
}

fn mirrored(op: &BinaryOperator) -> Option<BinaryOperator> {
    use BinaryOperator as Op;
    Some(match op {
        Op::Eq | Op::NotEq => op.clone(),
        Op::Lt => Op::Gt,
        Op::LtEq => Op::GtEq,
        Op::Gt => Op::Lt,
        Op::GtEq => Op::LtEq,
        _ => return None,
    })
}

fn ranged(value: &Expr, negated: bool, start: Expr, end: Expr) -> Expr {
    use BinaryOperator as Op;
    let (first, word, last) = if negated { (Op::Lt, Op::Or, Op::GtEq) } else { (Op::GtEq, Op::And, Op::Lt) };
    let range = binary(binary(value.clone(), first, start), word, binary(value.clone(), last, end));
    Expr::Nested(Box::new(range))
}

/// `value IN (L_TODAY(), …)`: in any of the periods, or equal to any of the other values.
fn within_any(value: &Expr, list: &[Expr], negated: bool) -> Result<Option<Expr>> {
    let mut terms = Vec::with_capacity(list.len());
    let mut any_period = false;
    for item in list {
        terms.push(match bounds(item)? {
            Some((start, end)) => {
                any_period = true;
                ranged(value, negated, start, end)
            }
            None => {
                binary(value.clone(), if negated { BinaryOperator::NotEq } else { BinaryOperator::Eq }, item.clone())
            }
        });
    }
    let word = if negated { BinaryOperator::And } else { BinaryOperator::Or };
    let joined = terms.into_iter().reduce(|all, term| binary(all, word.clone(), term));
    Ok(joined.filter(|_| any_period))
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }
}

#[cfg(test)]
mod tests {
    use crate::dialect::read;

    /// The condition that a query has after it was read, with the current moment as `NOW`.
    fn condition(text: &str) -> String {
        let statement = read(&format!("SELECT D FROM A WHERE {text}")).unwrap()[0].syntax.to_string();
        let condition = statement.split_once(" WHERE ").unwrap().1;
        condition.replace("local_now()", "NOW").replace(['(', ')'], "")
    }

    #[test]
    fn a_comparison_with_a_period_becomes_a_range() {
        let day =
            |offset: &str| format!("timestampadd'day', CAST{offset} AS BIGINT, CASTdate_trunc'day', NOW AS TIMESTAMP3");
        let month = |offset: &str| {
            format!("timestampadd'month', CAST{offset} AS BIGINT, CASTdate_trunc'month', NOW AS TIMESTAMP3")
        };
        let unit = |unit: &str, offset: &str| month(offset).replace("'month'", &format!("'{unit}'"));
        // The last Sunday, today included.
        let sunday = "timestampadd'day', CAST1 - datepart'weekday', CASTNOW AS TIMESTAMP3 AS BIGINT, \
                      CASTdate_trunc'day', NOW AS TIMESTAMP3";
        let week = |offset: &str| format!("timestampadd'week', CAST{offset} AS BIGINT, CAST{sunday} AS TIMESTAMP3");
        for (written, expected) in [
            ("D = L_TODAY()", format!("d >= {} AND d < {}", day("0"), day("1"))),
            ("L_TODAY() = D", format!("d >= {} AND d < {}", day("0"), day("1"))),
            ("D <> L_TODAY()", format!("d < {} OR d >= {}", day("0"), day("1"))),
            ("D > L_TOMORROW()", format!("d >= {}", day("2"))),
            ("D <= L_YESTERDAY()", format!("d < {}", day("0"))),
            ("D < L_THIS_MONTH()", format!("d < {}", month("0"))),
            ("L_LAST_MONTH() <= D", format!("d >= {}", month("-1"))),
            ("D = L_LAST_N_DAYS(3)", format!("d >= {} AND d < {}", day("0 - 3"), day("0"))),
            ("D = L_NEXT_N_DAYS(3)", format!("d >= {} AND d < {}", day("0"), day("3"))),
            ("D = L_LAST_N_MONTHS(2)", format!("d >= {} AND d < {}", month("0 - 2"), month("0"))),
            ("D = L_NEXT_N_MONTHS(2)", format!("d >= {} AND d < {}", month("1"), month("2 + 1"))),
            ("D = L_LAST_90_DAYS()", format!("d >= {} AND d < {}", day("-90"), day("0"))),
            ("D = L_THIS_WEEK()", format!("d >= {} AND d < {}", week("0"), week("1"))),
            ("D = L_LAST_WEEK()", format!("d >= {} AND d < {}", week("-1"), week("0"))),
            ("D = L_NEXT_WEEK()", format!("d >= {} AND d < {}", week("1"), week("2"))),
            ("D = L_LAST_N_WEEKS(6)", format!("d >= {} AND d < {}", week("0 - 6"), week("0"))),
            ("D = L_NEXT_N_WEEKS(6)", format!("d >= {} AND d < {}", week("1"), week("6 + 1"))),
            ("D = L_NEXT_MONTH()", format!("d >= {} AND d < {}", month("1"), month("2"))),
            ("D = L_THIS_QUARTER()", format!("d >= {} AND d < {}", unit("quarter", "0"), unit("quarter", "1"))),
            ("D = L_LAST_QUARTER()", format!("d >= {} AND d < {}", unit("quarter", "-1"), unit("quarter", "0"))),
            ("D = L_NEXT_QUARTER()", format!("d >= {} AND d < {}", unit("quarter", "1"), unit("quarter", "2"))),
            ("D = L_LAST_N_QUARTERS(2)", format!("d >= {} AND d < {}", unit("quarter", "0 - 2"), unit("quarter", "0"))),
            ("D = L_NEXT_N_QUARTERS(2)", format!("d >= {} AND d < {}", unit("quarter", "1"), unit("quarter", "2 + 1"))),
            ("D = L_NEXT_YEAR()", format!("d >= {} AND d < {}", unit("year", "1"), unit("year", "2"))),
            ("D = L_NEXT_N_YEARS(2)", format!("d >= {} AND d < {}", unit("year", "1"), unit("year", "2 + 1"))),
            ("D = L_NEXT_90_DAYS()", format!("d >= {} AND d < {}", day("0"), day("90"))),
            ("D BETWEEN L_LAST_MONTH() AND L_THIS_MONTH()", format!("d >= {} AND d < {}", month("-1"), month("1"))),
            ("D IN (L_TODAY(), NULL)", format!("d >= {} AND d < {} OR d = NULL", day("0"), day("1"))),
        ] {
            assert_eq!(condition(written), expected, "{written}");
        }
    }
}
