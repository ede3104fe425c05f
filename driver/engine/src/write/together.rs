//! The queries of several sets of parameters as one, whose rows say of which set they are.

use std::sync::Arc;

use datafusion::arrow::array::{AsArray, BooleanArray};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::Int32Type;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::error::{DataFusionError, Result as PlanResult};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Projection, Union, Values, lit};

use crate::error::{Error, Result};

/// The column that says of which set a row is.
const SET: &str = "number of the set";

/// One query for the sets of these numbers; none for no set. `unbound` is the query with its markers. `by_place`: its columns are
/// known by their places alone, and may have the same name.
///
/// Where the markers are the values of rows that are looked for, as in an INSERT ... ON CONFLICT, these become one list, so that
/// the look-up is that of a statement with several rows. Else it is a UNION, whose branches over one table are one read.
pub fn query(unbound: &LogicalPlan, sets: Vec<(i32, LogicalPlan)>, by_place: bool) -> Result<Option<LogicalPlan>> {
    if sets.is_empty() {
        return Ok(None);
    }
    if sets.len() > 1
        && are_values(unbound)?
        && let Some(all) = of_values(&sets)?
    {
        return Ok(Some(all));
    }
    let parts = sets.into_iter().map(|(number, plan)| Ok(Arc::new(numbered(plan, number, by_place)?)));
    let mut parts = parts.collect::<Result<Vec<_>>>()?;
    Ok(Some(match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only.as_ref().clone(),
        (last, _) => {
            parts.extend(last);
            LogicalPlan::Union(Union::try_new_with_loose_types(parts)?)
        }
    }))
}

/// The rows of one set, without its number.
pub fn rows_of(batch: &RecordBatch, number: i32) -> Result<RecordBatch> {
    let (place, _) = batch.schema_ref().column_with_name(SET).ok_or_else(|| Error::Internal {
        message: "The rows of several sets of parameters cannot be told apart.".into(),
    })?;
    let is_own: BooleanArray =
        batch.column(place).as_primitive::<Int32Type>().iter().map(|set| Some(set == Some(number))).collect();
    let mut own = filter_record_batch(batch, &is_own).map_err(DataFusionError::from)?;
    own.remove_column(place);
    Ok(own)
}

fn numbered(plan: LogicalPlan, number: i32, by_place: bool) -> Result<LogicalPlan> {
    let own = plan.schema().columns().into_iter().enumerate().map(|(place, column)| {
        let name = if by_place { format!("c{place}") } else { column.name.clone() };
        Expr::Column(column).alias(name)
    });
    let items: Vec<Expr> = own.chain([lit(number).alias(SET)]).collect();
    Ok(LogicalPlanBuilder::from(plan).project(items)?.build()?)
}

/// Whether all markers of a query stand in its only list of values.
fn are_values(plan: &LogicalPlan) -> Result<bool> {
    let (mut lists, mut elsewhere) = (0, false);
    plan.apply_with_subqueries(|node| {
        match node {
            LogicalPlan::Values(_) => lists += 1,
            other => other
                .apply_expressions(|expr| {
                    elsewhere |= expr.exists(|part| Ok(matches!(part, Expr::Placeholder(_))))?;
                    Ok(TreeNodeRecursion::Continue)
                })
                .map(drop)?,
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(lists == 1 && !elsewhere)
}

/// The query over the values of all sets.
fn of_values(sets: &[(i32, LogicalPlan)]) -> Result<Option<LogicalPlan>> {
    let mut rows = Vec::new();
    for (number, plan) in sets {
        plan.apply_with_subqueries(|node| {
            if let LogicalPlan::Values(Values { values, .. }) = node {
                let with_set = |row: &Vec<Expr>| row.iter().cloned().chain([lit(*number)]).collect::<Vec<_>>();
                rows.extend(values.iter().map(with_set));
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
    }
    let Some((_, first)) = sets.first() else { return Ok(None) };
    let all = first.clone().transform_up(|node| match node {
        LogicalPlan::Values(_) => Ok(Transformed::yes(values(std::mem::take(&mut rows))?)),
        LogicalPlan::Projection(Projection { mut expr, input, .. }) => {
            expr.extend(set_of(&input).map(|set| Expr::Column(set).alias(SET)));
            Ok(Transformed::yes(LogicalPlan::Projection(Projection::try_new(expr, input)?)))
        }
        other => Ok(Transformed::yes(other.recompute_schema()?)),
    })?;
    Ok(set_of(&all.data).is_some().then_some(all.data))
}

/// The rows, whose last column is the number of their set.
fn values(rows: Vec<Vec<Expr>>) -> PlanResult<LogicalPlan> {
    let list = LogicalPlanBuilder::values(rows)?.build()?;
    let mut items: Vec<Expr> = list.schema().columns().into_iter().map(Expr::Column).collect();
    let set = items.pop().map(|set| set.alias(SET));
    LogicalPlanBuilder::from(list).project(items.into_iter().chain(set))?.build()
}

/// The column of a plan that says of which set a row is.
fn set_of(plan: &LogicalPlan) -> Option<Column> {
    plan.schema().columns().into_iter().find(|column| column.name == SET)
}
