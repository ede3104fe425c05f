//! Conditions on the column `Division` → which divisions are called at all (product section 4).
//!
//! The value of that column is the division that a row was read from, so that a condition on nothing else is decided
//! before any row is read.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, Int32Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, Result, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::execution::context::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, lit};
use datafusion::physical_expr::create_physical_expr;
use exact_client::model::{self, Entity};

use crate::divisions::{is_spread, lists_divisions};

/// The column's name inside the engine.
const DIVISION: &str = "division";

/// Whether this column of an entity is the division that a row was read from.
pub fn is_division(entity: &Entity, column: usize) -> bool {
    let named = |column: &model::Column| column.name.eq_ignore_ascii_case(DIVISION);
    is_spread(entity) && entity.columns.get(column).is_some_and(named)
}

/// The column in whose place `column` is read: a row of a list of divisions belongs to the division that it tells of.
pub fn read_as(entity: &Entity, column: usize) -> usize {
    let is_division = entity.columns.get(column).is_some_and(|column| column.name.eq_ignore_ascii_case(DIVISION));
    let code = || entity.column("Code").map(|(index, _)| index);
    if is_division && lists_divisions(entity) { code().unwrap_or(column) } else { column }
}

/// Whether a condition is decided by the division alone.
pub fn decides(condition: &Expr, entity: &Entity) -> bool {
    is_spread(entity) && mentions(condition) && says_nothing_else(condition)
}

/// Whether a condition can rule divisions out, though rows may have to be checked too.
pub fn narrows(condition: &Expr, entity: &Entity) -> bool {
    is_spread(entity) && can_rule_out(condition)
}

/// The divisions of which rows can meet all of these conditions on `entity`.
pub fn admitted(conditions: &[Expr], entity: &Entity, divisions: Vec<i32>) -> Result<Vec<i32>> {
    if !is_spread(entity) || !conditions.iter().any(can_rule_out) {
        return Ok(divisions);
    }
    let codes = codes(&divisions)?;
    let mut admitted = vec![true; divisions.len()];
    for condition in conditions {
        for (all, one) in admitted.iter_mut().zip(possible(condition, &codes)?) {
            *all &= one;
        }
    }
    Ok(divisions.into_iter().zip(admitted).filter(|(_, admitted)| *admitted).map(|(code, _)| code).collect())
}

/// What a condition says of the rows of one division: parts that the division decides are true or false there.
pub fn within(condition: &Expr, division: i32) -> Result<Expr> {
    let truth = |expr: &Expr| match expr {
        Expr::Literal(ScalarValue::Boolean(value), _) => *value,
        _ => None,
    };
    let sides =
        |left: &Expr, right: &Expr| Ok::<_, DataFusionError>((within(left, division)?, within(right, division)?));
    Ok(match condition {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            let (left, right) = sides(left, right)?;
            match (truth(&left), truth(&right)) {
                (Some(true), _) | (_, Some(false)) => right,
                (Some(false), _) | (_, Some(true)) => left,
                _ => left.and(right),
            }
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            let (left, right) = sides(left, right)?;
            match (truth(&left), truth(&right)) {
                (Some(false), _) | (_, Some(true)) => right,
                (Some(true), _) | (_, Some(false)) => left,
                _ => left.or(right),
            }
        }
        alone if mentions(alone) && says_nothing_else(alone) => {
            lit(decided(alone, &codes(&[division])?)?.contains(&true))
        }
        other => other.clone(),
    })
}

/// The divisions that are among the keys of a join's other side.
pub fn among(keys: &[ScalarValue], divisions: &[i32]) -> Vec<i32> {
    let has = |code: &i32| {
        keys.iter().any(|key| key.cast_to(&DataType::Int32).is_ok_and(|key| key == ScalarValue::Int32(Some(*code))))
    };
    divisions.iter().copied().filter(has).collect()
}

fn can_rule_out(condition: &Expr) -> bool {
    match condition {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => can_rule_out(left) || can_rule_out(right),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => can_rule_out(left) && can_rule_out(right),
        other => mentions(other) && says_nothing_else(other),
    }
}

fn mentions(expr: &Expr) -> bool {
    expr.column_refs().iter().any(|column| column.name == DIVISION)
}

fn says_nothing_else(expr: &Expr) -> bool {
    let unknown_yet = |inner: &Expr| {
        matches!(
            inner,
            Expr::ScalarSubquery(_)
                | Expr::InSubquery(_)
                | Expr::Exists(_)
                | Expr::SetComparison(_)
                | Expr::OuterReferenceColumn(..)
                | Expr::Placeholder(_)
        )
    };
    !expr.is_volatile()
        && expr.column_refs().iter().all(|column| column.name == DIVISION)
        && !expr.exists(|inner| Ok(unknown_yet(inner))).unwrap_or(true)
}

/// For each division whether its rows can meet the condition.
fn possible(condition: &Expr, codes: &RecordBatch) -> Result<Vec<bool>> {
    let both = |left: &Expr, right: &Expr, join: fn(bool, bool) -> bool| -> Result<Vec<bool>> {
        let (left, right) = (possible(left, codes)?, possible(right, codes)?);
        Ok(left.into_iter().zip(right).map(|(left, right)| join(left, right)).collect())
    };
    match condition {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => both(left, right, |a, b| a && b),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => both(left, right, |a, b| a || b),
        alone if mentions(alone) && says_nothing_else(alone) => decided(alone, codes),
        _ => Ok(vec![true; codes.num_rows()]),
    }
}

fn decided(condition: &Expr, codes: &RecordBatch) -> Result<Vec<bool>> {
    let unqualified = condition.clone().transform_up(|expr| {
        Ok(match expr {
            Expr::Column(column) => Transformed::yes(Expr::Column(Column::from_name(column.name))),
            other => Transformed::no(other),
        })
    })?;
    let schema = DFSchema::try_from(codes.schema().as_ref().clone())?;
    let (properties, context) = (ExecutionProps::new(), PhysicalPlanningContext::default());
    let condition = create_physical_expr(&unqualified.data, &schema, &properties, &context)?;
    let outcome = condition.evaluate(codes)?.into_array(codes.num_rows())?;
    // A condition that is unknown selects no row.
    let held = outcome.as_boolean_opt();
    Ok((0..codes.num_rows()).map(|row| held.is_some_and(|held| held.is_valid(row) && held.value(row))).collect())
}

fn codes(divisions: &[i32]) -> Result<RecordBatch> {
    let schema = Schema::new(vec![Field::new(DIVISION, DataType::Int32, true)]);
    Ok(RecordBatch::try_new(Arc::new(schema), vec![Arc::new(Int32Array::from(divisions.to_vec()))])?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::prelude::{col, lit};
    use exact_client::model::model;

    #[test]
    fn conditions_choose_divisions() {
        let accounts = model().find(Some("crm"), "Accounts").unwrap();
        let division = || col("division");
        let other = || col("name").eq(lit("x"));
        let is = |code: i32| division().eq(lit(code));
        for (condition, decides_alone, expected) in [
            (is(2), true, &[2][..]),
            (col("a.division").eq(lit(2)), true, &[2]),
            (division().not_eq(lit(2)), true, &[1, 3]),
            (division().in_list(vec![lit(1), lit(3), lit(9)], false), true, &[1, 3]),
            (division().in_list(vec![lit(1), lit(3)], true), true, &[2]),
            (is(1).or(division().gt(lit(2))), true, &[1, 3]),
            (!(is(1)), true, &[2, 3]),
            ((division() % lit(2)).eq(lit(1)), true, &[1, 3]),
            (division().is_null(), true, &[]),
            (division().eq(lit(ScalarValue::Int32(None))), true, &[]),
            (is(1).and(other()), false, &[1]),
            (is(1).and(other()).or(is(2).and(col("blocked"))), false, &[1, 2]),
            (is(1).or(other()), false, &[1, 2, 3]),
            (division().eq(col("customer")), false, &[1, 2, 3]),
            (other(), false, &[1, 2, 3]),
        ] {
            assert_eq!(decides(&condition, accounts), decides_alone, "{condition}");
            let chosen = admitted(std::slice::from_ref(&condition), accounts, vec![1, 2, 3]).unwrap();
            assert_eq!(chosen, expected, "{condition}");
            assert_eq!(narrows(&condition, accounts), decides_alone || expected.len() < 3, "{condition}");
        }
        let both = admitted(&[division().gt(lit(1)), division().lt(lit(3))], accounts, vec![1, 2, 3]).unwrap();
        assert_eq!(both, [2]);
    }

    #[test]
    fn a_condition_says_different_things_of_different_divisions() {
        let division = |code: i32| col("division").eq(lit(code));
        let named = || col("name").eq(lit("x"));
        for (condition, of_one, of_two) in [
            (division(1).and(named()).or(division(2).and(col("blocked"))), named(), col("blocked")),
            (division(1).or(named()), lit(true), named()),
            (division(1).and(named()), named(), lit(false)),
            (named().and(division(1).or(col("blocked"))), named(), named().and(col("blocked"))),
            (named().or(col("blocked")), named().or(col("blocked")), named().or(col("blocked"))),
        ] {
            assert_eq!(within(&condition, 1).unwrap(), of_one, "{condition}");
            assert_eq!(within(&condition, 2).unwrap(), of_two, "{condition}");
        }
    }

    #[test]
    fn lists_of_divisions_are_not_narrowed() {
        let divisions = model().find(Some("system"), "Divisions").unwrap();
        let condition = col("division").eq(lit(2));
        assert!(!decides(&condition, divisions) && !narrows(&condition, divisions));
        assert_eq!(admitted(&[condition], divisions, vec![1]).unwrap(), [1]);
    }

    #[test]
    fn keys_of_a_join_choose_divisions() {
        let keys = [ScalarValue::Int32(Some(3)), ScalarValue::Int64(Some(1)), ScalarValue::Int32(None)];
        assert_eq!(among(&keys, &[1, 2, 3]), [1, 3]);
    }
}
