//! Clauses of a SELECT in SQL Server's and MySQL's words, in those that DataFusion plans.

use datafusion::sql::sqlparser::ast::{
    Expr, Function, GroupByExpr, GroupByWithModifier, JoinConstraint, JoinOperator, Query, Select, SelectItem, SetExpr,
    TableFactor, Value, WindowType,
};

/// `GROUP BY a, b WITH ROLLUP` → `GROUP BY ROLLUP(a, b)`, `CROSS APPLY (…) x` → `CROSS JOIN LATERAL (…) x`.
pub fn rewrite(select: &mut Select) {
    if let GroupByExpr::Expressions(keys, modifiers) = &mut select.group_by {
        let sets = |keys: &mut Vec<Expr>| std::mem::take(keys).into_iter().map(|key| vec![key]).collect();
        let grouped = match modifiers.as_slice() {
            [GroupByWithModifier::Rollup] => Some(Expr::Rollup(sets(keys))),
            [GroupByWithModifier::Cube] => Some(Expr::Cube(sets(keys))),
            _ => None,
        };
        if let Some(grouped) = grouped {
            keys.push(grouped);
            modifiers.clear();
        }
    }
    for join in select.from.iter_mut().flat_map(|table| &mut table.joins) {
        let always = || JoinConstraint::On(Expr::Value(Value::Boolean(true).into()));
        let operator = match join.join_operator {
            JoinOperator::CrossApply => JoinOperator::CrossJoin(JoinConstraint::None),
            JoinOperator::OuterApply => JoinOperator::Left(always()),
            _ => continue,
        };
        if let TableFactor::Derived { lateral, .. } = &mut join.relation {
            *lateral = true;
            join.join_operator = operator;
        }
    }
}

/// `ROW_NUMBER() OVER (ORDER BY (SELECT NULL))` is how SQL Server is told that the order does not matter.
pub fn forget_order(call: &mut Function) {
    let Some(WindowType::WindowSpec(window)) = &mut call.over else { return };
    for key in &mut window.order_by {
        if matches!(&key.expr, Expr::Subquery(query) if is_literal(query)) {
            key.expr = Expr::Value(Value::Null.into());
        }
    }
}

/// Whether a query is `SELECT` with one literal.
fn is_literal(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    let literal = matches!(select.projection.as_slice(), [SelectItem::UnnamedExpr(Expr::Value(_))]);
    literal && select.from.is_empty() && select.selection.is_none() && query.with.is_none()
}
