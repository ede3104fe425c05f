//! The small side of a join → conditions on the keys of the other side, with the keys that the first side really has.
//!
//! A hash join in DataFusion tells, once its first side has been read, which keys it holds (a "dynamic filter"). A read of the
//! other side waits for that and asks for those keys only, in as few URLs as they fit in (fact sheet 3.6). The join itself
//! stays, so a condition that cannot be told costs calls, never rows.

use std::collections::{HashMap, HashSet};
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
use exact_client::model::{AccessPath, EdmType, Entity};
use exact_client::odata::url;

use super::filter::{Scope, translate};
use super::literals::literal_of;
use super::path::page_rows;
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
#[derive(Clone, Debug)]
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

/// The column and the values of `column IN (…)`, also where it is written as a chain of equations.
pub fn listed(condition: &Expr, entity: &Entity) -> Option<(usize, Vec<ScalarValue>)> {
    let mut values = Vec::new();
    let mut column = None;
    let mut waiting = vec![condition];
    while let Some(expr) = waiting.pop() {
        let compared = match expr {
            Expr::BinaryExpr(or) if or.op == Operator::Or => {
                waiting.extend([or.right.as_ref(), or.left.as_ref()]);
                continue;
            }
            Expr::BinaryExpr(equation) if equation.op == Operator::Eq => {
                values.push(constant(&equation.right)?);
                &equation.left
            }
            Expr::InList(list) if !list.negated => {
                values.extend(list.list.iter().map(constant).collect::<Option<Vec<_>>>()?);
                &list.expr
            }
            _ => return None,
        };
        let Expr::Column(compared) = compared.as_ref() else {
            return None;
        };
        if *column.get_or_insert(compared) != compared {
            return None;
        }
    }
    Some((entity.column(&column?.name)?.0, values))
}

/// The key of the only row that can meet a condition, as an address takes it (fact sheet 1.8). A key that is text is left
/// out: the service compares text by rules of its own.
pub fn of_one_row(condition: &Expr, entity: &Entity) -> Option<String> {
    let (column, values) = listed(condition, entity)?;
    let [value] = values.as_slice() else { return None };
    let edm = entity.columns.get(column).filter(|_| entity.keys == [column])?.edm;
    if edm == EdmType::String { None } else { literal_of(edm, value) }
}

fn constant(expr: &Expr) -> Option<ScalarValue> {
    match expr {
        Expr::Literal(value, _) => Some(value.clone()),
        _ => None,
    }
}

/// Conditions that together select the rows with these values over `path`, no row twice, each of at most `room`
/// characters in a URL; `None` where the service cannot compare that column, or where there would be more than `most`.
pub fn conditions(
    entity: &Entity,
    path: &AccessPath,
    column: usize,
    values: &[ScalarValue],
    room: usize,
    most: usize,
) -> Option<Vec<Condition>> {
    // More keys than a page has rows would need a second page as well as a second URL.
    let unique = entity.keys == [column];
    let fullest = if unique { usize::try_from(page_rows(path.page_size)).ok()? } else { usize::MAX };
    let or = url::encoded_len(" or ");
    let mut conditions: Vec<Condition> = Vec::new();
    let mut left = 0;
    for terms in terms(entity, path, column, values)? {
        let length: usize = terms.iter().map(|term| url::encoded_len(term) + or).sum();
        let (keys, text) = (terms.len(), terms.join(" or "));
        let count = conditions.len();
        match conditions.last_mut() {
            Some(condition) if length <= left && condition.keys + keys <= fullest => {
                condition.text.push_str(" or ");
                condition.text.push_str(&text);
                condition.keys += keys;
                left -= length;
            }
            _ if count < most => {
                left = room.checked_sub(length)?;
                conditions.push(Condition { text, keys });
            }
            _ => return None,
        }
    }
    let text = entity.columns.get(column).is_some_and(|column| column.edm == EdmType::String);
    let plain = || values.iter().all(|value| value.try_as_str().flatten().is_none_or(str::is_ascii));
    // The service may take other letters for equal, and would give their rows once for each condition.
    (!text || conditions.len() < 2 || plain()).then_some(conditions)
}

/// One comparison for each value; those of which the service may take the values for equal stand together.
fn terms(entity: &Entity, path: &AccessPath, column: usize, values: &[ScalarValue]) -> Option<Vec<Vec<String>>> {
    let column = entity.columns.get(column)?;
    let name = column.name.to_lowercase();
    let scope = Scope { entity, rule: &path.filter, beside: &[] };
    let mut places = HashMap::new();
    let mut terms: Vec<Vec<String>> = Vec::new();
    for value in values.iter().filter(|value| !value.is_null()) {
        let comparison: Expr = ident(name.as_str()).eq(lit(value.clone()));
        let translation = translate(&comparison, scope)?;
        if translation.is_never() {
            continue;
        }
        let term = translation.said.to_string();
        let folded = if column.edm == EdmType::String { term.to_lowercase().replace(' ', "") } else { term.clone() };
        let place = *places.entry(folded).or_insert(terms.len());
        match terms.get_mut(place) {
            Some(others) if others.contains(&term) => {}
            Some(others) => others.push(term),
            None => terms.push(vec![term]),
        }
    }
    Some(terms)
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
        let regular = accounts.regular().unwrap();
        let split = conditions(accounts, regular, id, &values, 145, 10).unwrap();
        assert_eq!(split.iter().map(|condition| condition.keys).collect::<Vec<_>>(), [2, 2, 1]);
        assert_eq!(
            split[0].text,
            "ID eq guid'6f7b0000-0000-0000-0000-000000000000' or ID eq guid'6f7b0000-0000-0000-0000-000000000001'"
        );
        assert_eq!(conditions(accounts, regular, id, &values, 145, 2), None);
        let (logo, _) = accounts.column("Logo").unwrap();
        assert_eq!(conditions(accounts, regular, logo, &values, 145, 10), None);
    }
}
