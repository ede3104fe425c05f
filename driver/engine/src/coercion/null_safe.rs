//! `a = b OR (a IS NULL AND b IS NULL)`, as Power Query writes the condition of a join, in a form that is joined by keys.

use datafusion::common::ExprSchema;
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, Operator, binary_expr, lit};

/// The condition of a join, in which nothing depends on whether a part is false or unknown.
pub fn keys(condition: Expr, schema: &dyn ExprSchema) -> Expr {
    let parts = split_conjunction_owned(condition).into_iter();
    conjunction(parts.map(|part| null_safe(&part, schema).unwrap_or(part))).unwrap_or_else(|| lit(true))
}

fn null_safe(condition: &Expr, schema: &dyn ExprSchema) -> Option<Expr> {
    let (one, other) = sides(condition, Operator::Or)?;
    let (equation, nulls) = match sides(one, Operator::Eq) {
        Some(equation) => (equation, other),
        None => (sides(other, Operator::Eq)?, one),
    };
    let (Expr::IsNull(first), Expr::IsNull(second)) = sides(nulls, Operator::And)? else { return None };
    let (left, right) = equation;
    let same = [(left, right), (right, left)].contains(&(first.as_ref(), second.as_ref()));
    let nullable = |side: &Expr| side.nullable(schema).unwrap_or(true);
    // A key is never NULL.
    let op = if nullable(left) && nullable(right) { Operator::IsNotDistinctFrom } else { Operator::Eq };
    same.then(|| binary_expr(left.clone(), op, right.clone()))
}

fn sides(expr: &Expr, wanted: Operator) -> Option<(&Expr, &Expr)> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if *op == wanted => Some((left, right)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::{DataType, Field, Schema};
    use datafusion::common::DFSchema;
    use datafusion::prelude::col;

    use super::keys;

    #[test]
    fn null_is_joined_with_null_by_keys() {
        let field = |name, nullable| Field::new(name, DataType::Utf8, nullable);
        let schema = DFSchema::try_from(Schema::new(vec![field("a", true), field("b", true), field("key", false)]));
        let schema = schema.unwrap();
        let (a, b, key) = (col("a"), col("b"), col("key"));
        let both =
            |x: &datafusion::prelude::Expr, y: &datafusion::prelude::Expr| x.clone().is_null().and(y.clone().is_null());
        for (condition, expected) in [
            (a.clone().eq(b.clone()).or(both(&a, &b)), "a IS NOT DISTINCT FROM b"),
            (both(&b, &a).or(a.clone().eq(b.clone())), "a IS NOT DISTINCT FROM b"),
            (a.clone().eq(key.clone()).or(both(&a, &key)), "a = key"),
            (a.clone().eq(b.clone()).or(both(&a, &key)), "a = b OR a IS NULL AND key IS NULL"),
            (a.clone().eq(b.clone()).or(a.clone().is_null()), "a = b OR a IS NULL"),
        ] {
            assert_eq!(keys(condition, &schema).to_string(), expected);
        }
    }
}
