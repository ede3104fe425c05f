//! ORDER BY with a limit → `$orderby` and `$top` (fact sheet 3.3); and a limit alone, where an inner join stands between it and
//! the reads.
//!
//! Only where the service orders as SQL does here: numbers, dates and yes/no values with NULL first in ascending order,
//! as in SQL Server. Texts and guids follow another order there. The sort itself stays in the plan; it sees only the
//! rows that can reach the result.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{JoinSide, JoinType};
use datafusion::error::Result;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::execution_plan::{replace_children_if_necessary, reset_plan_states};
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::limit::GlobalLimitExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::recursive_query::RecursiveQueryExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::union::UnionExec;

use super::attempt::{Attempt, Limited};
use crate::table::{EntityScan, SortKey};

/// Rows that are read beyond those that are wanted where some may find no partner in a join.
fn spare(rows: usize) -> usize {
    (rows / 4).max(15)
}

/// More rows than this would cost more calls over the regular path, which alone sorts, than reading in bulk often does.
const MOST_ROWS: usize = 600;

/// Programs that show a part of a table ask for a thousand rows.
const MOST_UNSORTED_ROWS: usize = 1_000;
/// So many keys fit in an address.
const KEYS_OF_A_CALL: usize = 50;

#[derive(Debug)]
pub struct TopRows;

impl PhysicalOptimizerRule for TopRows {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let plan = plan.transform_down(|node| {
            // An attempt is made once, a recursion runs its plan again and again.
            if node.is::<RecursiveQueryExec>() {
                return Ok(Transformed::new(node, false, TreeNodeRecursion::Jump));
            }
            let Some((input, wanted)) = sorted_below(&node).or_else(|| unsorted_below(&node)) else {
                return Ok(Transformed::no(node));
            };
            let sorted = replaced(&node, vec![input.plan])?;
            Ok(match input.read.filter(|_| !input.certain) {
                None => Transformed::yes(sorted),
                Some(limited) => {
                    // A join and its like with other inputs share what they have gathered.
                    let whole = reset_plan_states(node)?;
                    let attempt = Arc::new(Attempt::new(sorted, whole, wanted, limited));
                    // What is below has been limited.
                    Transformed::new(attempt, true, TreeNodeRecursion::Jump)
                }
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

/// A plan that reads the first rows only.
struct Input {
    plan: Arc<dyn ExecutionPlan>,
    /// The one read that is limited, where that saves calls.
    read: Option<Limited>,
    /// Whether each row of that read gives a row at least.
    certain: bool,
}

impl Input {
    /// With this plan around it.
    fn under(self, plan: impl FnOnce(Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>>) -> Option<Self> {
        Some(Input { plan: plan(self.plan).ok()?, ..self })
    }
}

fn sorted_below(node: &Arc<dyn ExecutionPlan>) -> Option<(Input, usize)> {
    let sort = node.downcast_ref::<SortExec>()?;
    let rows = sort.fetch().filter(|rows| *rows <= MOST_ROWS)?;
    Some((limited(sort.input(), sort.expr().to_vec(), rows)?, rows))
}

/// Of a limit without an order only what an inner join can gain: through the others it has been pushed already.
fn unsorted_below(node: &Arc<dyn ExecutionPlan>) -> Option<(Input, usize)> {
    let limit = node.downcast_ref::<GlobalLimitExec>()?;
    let rows = limit.fetch()?.checked_add(limit.skip()).filter(|rows| *rows <= MOST_UNSORTED_ROWS)?;
    let input = limited(limit.input(), Vec::new(), rows)?;
    (!input.certain).then_some((input, rows - limit.skip()))
}

/// The same input, reading only the first `rows` rows in this order; through projections, unions and joins down to the
/// reads.
fn limited(input: &Arc<dyn ExecutionPlan>, order: Vec<PhysicalSortExpr>, rows: usize) -> Option<Input> {
    if let Some(projection) = input.downcast_ref::<ProjectionExec>() {
        let expr = |place: usize| Some(Arc::clone(&projection.expr().get(place)?.expr));
        let child = limited(projection.input(), moved(order, expr)?, rows)?;
        return child.under(|child| replaced(input, vec![child]));
    }
    if let Some(join) = input.downcast_ref::<HashJoinExec>() {
        return limited_join(input, join, order, rows);
    }
    if input.is::<UnionExec>() && !order.is_empty() {
        return limited_union(input, &order, rows);
    }
    let scan = input.downcast_ref::<EntityScan>()?;
    let scan = match order.is_empty() {
        true => scan.limited(rows)?,
        false => scan.ordered(&order.iter().map(sort_key).collect::<Option<Vec<_>>>()?, rows)?,
    };
    let saves_calls = order.is_empty() || scan.read().is_cheaper_in_order();
    let read = saves_calls.then(|| Limited { spent: Arc::clone(scan.spent()), rows });
    Some(Input { plan: Arc::new(scan), read, certain: true })
}

/// Each branch has to give its first rows for certain: one that falls short does not show in the sum.
fn limited_union(node: &Arc<dyn ExecutionPlan>, order: &[PhysicalSortExpr], rows: usize) -> Option<Input> {
    let certain = |child: &Arc<dyn ExecutionPlan>| limited(child, order.to_vec(), rows).filter(|input| input.certain);
    let each: Vec<_> = node.children().into_iter().map(certain).collect();
    each.iter().any(Option::is_some).then_some(())?;
    let children = node.children().into_iter().zip(each);
    let children = children.map(|(child, new)| new.map_or_else(|| Arc::clone(child), |new| new.plan)).collect();
    Some(Input { plan: replaced(node, children).ok()?, read: None, certain: true })
}

/// Each row of the side that an outer join keeps gives a row at least, so that the first rows of the join come from the
/// first rows of that side. Those of an inner join nearly always do, where nothing is asked of the other side.
fn limited_join(
    node: &Arc<dyn ExecutionPlan>,
    join: &HashJoinExec,
    order: Vec<PhysicalSortExpr>,
    rows: usize,
) -> Option<Input> {
    match join.join_type() {
        JoinType::Left => limited_side(node, join, JoinSide::Left, order, rows),
        JoinType::Right => limited_side(node, join, JoinSide::Right, order, rows),
        JoinType::Inner if join.filter().is_none() => {
            let sides = [(JoinSide::Left, join.right()), (JoinSide::Right, join.left())];
            let limited = sides
                .into_iter()
                .filter(|(side, other)| pays(join, *side, other, &order, rows))
                .find_map(|(side, _)| limited_side(node, join, side, order.clone(), rows + spare(rows)))?;
            limited.read.is_some().then_some(Input { certain: false, ..limited })
        }
        _ => None,
    }
}

/// Whether the first rows of one side may save calls beside the other side, of which nothing is asked. Without an order there
/// are cheap rows on both sides: those that refer to the other side have a partner there.
fn pays(
    join: &HashJoinExec,
    kept: JoinSide,
    other: &Arc<dyn ExecutionPlan>,
    order: &[PhysicalSortExpr],
    rows: usize,
) -> bool {
    let Some(scan) = table(other) else { return false };
    if !order.is_empty() {
        return true;
    }
    let [(left, right)] = join.on() else { return false };
    let key = if kept == JoinSide::Left { right } else { left };
    let column = key.downcast_ref::<Column>().filter(|_| other.is::<EntityScan>());
    let is_key = column.is_some_and(|column| scan.is_key(column.index()));
    is_key && scan.read().calls().is_none_or(|calls| calls > (rows + spare(rows)).div_ceil(KEYS_OF_A_CALL) as u64)
}

/// The read of a table as it is.
fn table(plan: &Arc<dyn ExecutionPlan>) -> Option<&EntityScan> {
    match plan.downcast_ref::<ProjectionExec>() {
        Some(projection) => table(projection.input()),
        None => plan.downcast_ref::<EntityScan>().filter(|scan| scan.is_unconditional()),
    }
}

fn limited_side(
    node: &Arc<dyn ExecutionPlan>,
    join: &HashJoinExec,
    side: JoinSide,
    order: Vec<PhysicalSortExpr>,
    rows: usize,
) -> Option<Input> {
    let (left, right) = (join.left(), join.right());
    let left_columns = left.schema().fields().len();
    let (kept, columns) = match side {
        JoinSide::Left => (left, 0..left_columns),
        _ => (right, left_columns..left_columns + right.schema().fields().len()),
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
    limited(kept, moved(order, expr)?, rows)?.under(|child| match side {
        JoinSide::Left => replaced(node, vec![child, Arc::clone(right)]),
        _ => replaced(node, vec![Arc::clone(left), child]),
    })
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
