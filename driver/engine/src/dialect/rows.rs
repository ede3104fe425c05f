//! Comparisons of several values at once: `(a, b) = (1, 2)`, `(a, b) IN ((1, 2), (3, 4))`, `(a, b) IN (SELECT …)`.

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, Query, UnaryOperator, Value};
use datafusion::sql::sqlparser::parser::Parser;

use super::syntax::ExactSql;
use crate::error::{Error, Result};

/// The name of a subquery whose rows are compared; with a number behind it, that of its column.
const ROW: &str = "row:";

/// Writes a comparison of rows as comparisons of their values.
pub fn compare_values(expr: &mut Expr) -> Result<()> {
    let (compared, negated) = match &*expr {
        Expr::BinaryOp { left, op: op @ (BinaryOperator::Eq | BinaryOperator::NotEq), right } => {
            let (Expr::Tuple(left), Expr::Tuple(right)) = (left.as_ref(), right.as_ref()) else { return Ok(()) };
            (equal(left, right)?, *op == BinaryOperator::NotEq)
        }
        Expr::InList { expr: row, list, negated } => {
            let Expr::Tuple(row) = row.as_ref() else { return Ok(()) };
            let each = list.iter().map(|item| match item {
                Expr::Tuple(item) => equal(row, item),
                one => equal(row, std::slice::from_ref(one)),
            });
            let each = each.collect::<Result<Vec<_>>>()?;
            (joined(each, &BinaryOperator::Or), *negated)
        }
        Expr::InSubquery { expr: row, subquery, negated } => {
            let Expr::Tuple(row) = row.as_ref() else { return Ok(()) };
            *expr = member(row, subquery, *negated)?;
            return Ok(());
        }
        _ => return Ok(()),
    };
    let compared = Expr::Nested(Box::new(compared));
    *expr = match negated {
        true => Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(compared) },
        false => compared,
    };
    Ok(())
}

/// All values of one row are those of the other.
fn equal(left: &[Expr], right: &[Expr]) -> Result<Expr> {
    if left.len() != right.len() {
        let message = format!("A row of {} values cannot be compared with one of {}.", left.len(), right.len());
        return Err(Error::Invalid { message });
    }
    let each = left.iter().zip(right).map(|(left, right)| Expr::BinaryOp {
        left: Box::new(left.clone()),
        op: BinaryOperator::Eq,
        right: Box::new(right.clone()),
    });
    Ok(joined(each.collect(), &BinaryOperator::And))
}

fn joined(conditions: Vec<Expr>, op: &BinaryOperator) -> Expr {
    let both = |left, right| Expr::BinaryOp { left: Box::new(left), op: op.clone(), right: Box::new(right) };
    conditions.into_iter().reduce(both).unwrap_or_else(|| Expr::value(Value::Null))
}

/// Whether the row is among those of a query. A row beside one with NULL in it is not known to differ: where none may be
/// equal, each must be known to.
fn member(row: &[Expr], query: &Query, negated: bool) -> Result<Expr> {
    let names: Vec<String> = (1..=row.len()).map(|number| format!("\"{ROW}{number}\"")).collect();
    let equal: Vec<String> = names.iter().zip(row).map(|(name, value)| format!("{name} = {value}")).collect();
    let (not, known) = if negated { ("NOT ", " IS NOT FALSE") } else { ("", "") };
    let text = format!(
        "{not}EXISTS (SELECT 1 FROM ({query}) AS \"{ROW}\" ({}) WHERE ({}){known})",
        names.join(", "),
        equal.join(" AND ")
    );
    Ok(Parser::new(&ExactSql).try_with_sql(&text)?.parse_expr()?)
}
