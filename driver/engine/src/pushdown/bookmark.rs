//! The only condition that a sync endpoint takes: `Timestamp gt nL` (fact sheet 5.1).

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

/// The condition that starts reading at the first row which `conditions` can let through.
pub fn condition(conditions: &[Expr]) -> String {
    let after = conditions.iter().filter_map(exclusive_bound).max();
    format!("Timestamp gt {}L", after.unwrap_or(0).max(0))
}

/// Whether a condition limits the Timestamp from below.
pub fn bounds(condition: &Expr) -> bool {
    exclusive_bound(condition).is_some()
}

fn exclusive_bound(condition: &Expr) -> Option<i64> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = condition else {
        return None;
    };
    let (op, value) = match (left.as_ref(), right.as_ref()) {
        (Expr::Column(column), Expr::Literal(value, _)) if column.name == "timestamp" => (*op, value),
        (Expr::Literal(value, _), Expr::Column(column)) if column.name == "timestamp" => (op.swap()?, value),
        _ => return None,
    };
    let ScalarValue::Int64(Some(value)) = value else {
        return None;
    };
    match op {
        Operator::Gt => Some(*value),
        Operator::GtEq | Operator::Eq => value.checked_sub(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::{col, lit};

    use super::condition;

    #[test]
    fn the_highest_lower_bound_is_sent() {
        let timestamp = || col("timestamp");
        for (conditions, expected) in [
            (vec![], "Timestamp gt 0L"),
            (vec![timestamp().gt(lit(5_i64))], "Timestamp gt 5L"),
            (vec![timestamp().gt_eq(lit(5_i64)), timestamp().gt(lit(2_i64))], "Timestamp gt 4L"),
            (vec![lit(7_i64).lt(timestamp())], "Timestamp gt 7L"),
            (vec![timestamp().eq(lit(9_i64))], "Timestamp gt 8L"),
            (vec![timestamp().lt(lit(9_i64)), col("code").eq(lit("x"))], "Timestamp gt 0L"),
        ] {
            assert_eq!(condition(&conditions), expected);
        }
    }
}
