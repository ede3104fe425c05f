//! ORDER BY with a limit → `$orderby` and `$top` (fact sheet 3.3).
//!
//! Only where the service orders as SQL does here: numbers, dates and yes/no values with NULL first in ascending order,
//! as in SQL Server. Texts and guids follow another order there. The sort itself stays in the plan; it sees only the
//! rows that can reach the result.

use std::sync::Arc;

use datafusion::common::JoinType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::union::UnionExec;

use crate::table::{EntityScan, SortKey};

/// More rows than this would cost more calls over the regular path, which alone sorts, than reading in bulk often does.
const MOST_ROWS: usize = 600;

#[derive(Debug)]
pub struct TopRows;

impl PhysicalOptimizerRule for TopRows {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let plan = plan.transform_down(|node| {
            let limited = node.downcast_ref::<SortExec>().and_then(limited_below);
            Ok(match limited {
                Some(input) => Transformed::yes(replaced(&node, vec![input])?),
                None => Transformed::no(node),
            })
        })?;
        Ok(plan.data)
    }

    fn name(&self) -> &'static str {
        "top_rows"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn limited_below(sort: &SortExec) -> Option<Arc<dyn ExecutionPlan>> {
    let rows = sort.fetch().filter(|rows| *rows <= MOST_ROWS)?;
    limited(sort.input(), sort.expr().to_vec(), rows)
}

/// The same input, reading only the first `rows` rows in this order; through projections, unions and outer joins down to
/// the reads.
fn limited(
    input: &Arc<dyn ExecutionPlan>,
    order: Vec<PhysicalSortExpr>,
    rows: usize,
) -> Option<Arc<dyn ExecutionPlan>> {
    if let Some(projection) = input.downcast_ref::<ProjectionExec>() {
        let expr = |place: usize| Some(Arc::clone(&projection.expr().get(place)?.expr));
        let child = limited(projection.input(), moved(order, expr)?, rows)?;
        return replaced(input, vec![child]).ok();
    }
    if let Some(join) = input.downcast_ref::<HashJoinExec>() {
        return limited_join(input, join, order, rows);
    }
    if input.is::<UnionExec>() {
        let each: Vec<_> = input.children().iter().map(|child| limited(child, order.clone(), rows)).collect();
        each.iter().any(Option::is_some).then_some(())?;
        let children =
            input.children().into_iter().zip(each).map(|(child, new)| new.unwrap_or_else(|| Arc::clone(child)));
        return replaced(input, children.collect()).ok();
    }
    let keys = order.iter().map(sort_key).collect::<Option<Vec<_>>>()?;
    let scan = input.downcast_ref::<EntityScan>()?.ordered(&keys, rows)?;
    Some(Arc::new(scan))
}

/// Each row of the side that an outer join keeps gives a row at least, so that the first rows of the join come from the
/// first rows of that side.
fn limited_join(
    node: &Arc<dyn ExecutionPlan>,
    join: &HashJoinExec,
    order: Vec<PhysicalSortExpr>,
    rows: usize,
) -> Option<Arc<dyn ExecutionPlan>> {
    let (left, right) = (join.left(), join.right());
    let left_columns = left.schema().fields().len();
    let (kept, columns) = match join.join_type() {
        JoinType::Left => (left, 0..left_columns),
        JoinType::Right => (right, left_columns..left_columns + right.schema().fields().len()),
        _ => return None,
    };
    let expr = |place: usize| {
        let place = match &join.projection {
            Some(projection) => *projection.get(place)?,
            None => place,
        };
        let schema = kept.schema();
        let index = columns.contains(&place).then(|| place - columns.start)?;
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(schema.fields().get(index)?.name(), index));
        Some(column)
    };
    let child = limited(kept, moved(order, expr)?, rows)?;
    let children = match join.join_type() {
        JoinType::Left => vec![child, Arc::clone(right)],
        _ => vec![Arc::clone(left), child],
    };
    replaced(node, children).ok()
}

/// The order in terms of the input below, of which `expr` gives what stands in a place.
fn moved(
    order: Vec<PhysicalSortExpr>,
    expr: impl Fn(usize) -> Option<Arc<dyn PhysicalExpr>>,
) -> Option<Vec<PhysicalSortExpr>> {
    let below = |key: PhysicalSortExpr| {
        let index = key.expr.downcast_ref::<Column>()?.index();
        Some(PhysicalSortExpr { expr: expr(index)?, options: key.options })
    };
    order.into_iter().map(below).collect()
}

fn replaced(node: &Arc<dyn ExecutionPlan>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
    replace_children_if_necessary(Arc::clone(node), children)
}

fn sort_key(key: &PhysicalSortExpr) -> Option<SortKey> {
    let column = key.expr.downcast_ref::<Column>()?.index();
    let descending = key.options.descending;
    // The service puts NULL below every value.
    (key.options.nulls_first != descending).then_some(SortKey { column, descending })
}
