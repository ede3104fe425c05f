//! The small side of a join → conditions on the keys of the other side, with the keys that the first side really has.
//!
//! A hash join in DataFusion tells, once its first side has been read, which keys it holds (a "dynamic filter"). A read of the
//! other side waits for that and asks for those keys only, in as few URLs as they fit in (fact sheet 3.6). The join itself
//! stays, so a condition that cannot be told costs calls, never rows.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr, Column, InListExpr, Literal};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::prelude::{Expr, ident, lit};
use exact_client::model::Entity;
use exact_client::odata::url;

use super::filter::translate;
use crate::table::EntityScan;

/// Leaves at the reads only those filters that a join fills before it asks them for rows. Others (of a sort with a limit,
/// for one) are filled from the rows themselves: waiting for them would never end.
#[derive(Debug)]
pub struct JoinKeys;

impl PhysicalOptimizerRule for JoinKeys {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let mut of_joins = HashSet::new();
        plan.apply(|node| {
            if node.is::<HashJoinExec>() {
                of_joins.extend(node.dynamic_expressions_produced().iter().filter_map(|filter| filter.expression_id()));
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        let kept = plan.transform_up(|node| {
            Ok(match node.downcast_ref::<EntityScan>() {
                Some(scan) => Transformed::yes(Arc::new(scan.waiting_for(&of_joins)) as Arc<dyn ExecutionPlan>),
                None => Transformed::no(node),
            })
        })?;
        Ok(kept.data)
    }

    fn name(&self) -> &'static str {
        "join_keys"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The values that one column of a read is compared with.
#[derive(Debug)]
pub struct Keys {
    /// The column's place among those that are read.
    pub column: usize,
    pub values: Vec<ScalarValue>,
}

/// The keys in a filter that a join has filled: `k >= min AND k <= max AND k IN (…)`.
pub fn of(filter: &Arc<dyn PhysicalExpr>) -> Option<Keys> {
    if let Some(binary) = filter.downcast_ref::<BinaryExpr>() {
        if *binary.op() != Operator::And {
            return None;
        }
        return of(binary.right()).or_else(|| of(binary.left()));
    }
    let list = filter.downcast_ref::<InListExpr>().filter(|list| !list.negated())?;
    let column = list.expr().downcast_ref::<Column>()?.index();
    let values = list
        .list()
        .iter()
        .map(|value| value.downcast_ref::<Literal>().map(|literal| literal.value().clone()))
        .collect::<Option<Vec<_>>>()?;
    Some(Keys { column, values })
}

/// Conditions that together select the rows with these values, each of at most `room` characters in a URL; `None`
/// where the service cannot compare that column, or where there would be more than `most` of them.
pub fn conditions(
    entity: &Entity,
    column: usize,
    values: &[ScalarValue],
    room: usize,
    most: usize,
) -> Option<Vec<Condition>> {
    let name = entity.columns.get(column)?.name.to_lowercase();
    let or = url::encoded_len(" or ");
    let mut seen = HashSet::new();
    let mut conditions: Vec<Condition> = Vec::new();
    let mut left = 0;
    for value in values.iter().filter(|value| !value.is_null() && seen.insert(*value)) {
        let comparison: Expr = ident(name.as_str()).eq(lit(value.clone()));
        let term = translate(&comparison, entity)?.text;
        let length = url::encoded_len(&term) + or;
        let count = conditions.len();
        match conditions.last_mut() {
            Some(condition) if length <= left => {
                condition.text.push_str(" or ");
                condition.text.push_str(&term);
                condition.keys += 1;
                left -= length;
            }
            _ if count < most => {
                left = room.checked_sub(length)?;
                conditions.push(Condition { text: term, keys: 1 });
            }
            _ => return None,
        }
    }
    Some(conditions)
}

/// A chain of comparisons joined by `or`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    pub text: String,
    pub keys: usize,
}

#[cfg(test)]
mod tests {
    use datafusion::common::ScalarValue;
    use exact_client::model::model;

    use super::conditions;

    #[test]
    fn keys_are_split_over_as_few_conditions_as_they_fit_in() {
        let accounts = model().find(Some("crm"), "Accounts").unwrap();
        let (id, _) = accounts.column("ID").unwrap();
        let values: Vec<_> = (0..5)
            .chain([3, 4])
            .map(|n| ScalarValue::from(format!("6f7b0000-0000-0000-0000-{n:012}")))
            .chain([ScalarValue::Utf8(None)])
            .collect();
        // "ID%20eq%20guid%27…%27" and "%20or%20" are 70 characters.
        let split = conditions(accounts, id, &values, 145, 10).unwrap();
        assert_eq!(split.iter().map(|condition| condition.keys).collect::<Vec<_>>(), [2, 2, 1]);
        assert_eq!(
            split[0].text,
            "ID eq guid'6f7b0000-0000-0000-0000-000000000000' or ID eq guid'6f7b0000-0000-0000-0000-000000000001'"
        );
        assert_eq!(conditions(accounts, id, &values, 145, 2), None);
        let (logo, _) = accounts.column("Logo").unwrap();
        assert_eq!(conditions(accounts, logo, &values, 145, 10), None);
    }
}
