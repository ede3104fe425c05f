//! A join of documents with their lines → one read, where the service documents the lines as a collection of the documents
//! and lets them come along (fact sheet 3.5), if that takes no more calls than the documents alone.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{JoinType, Result};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::limit::GlobalLimitExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sorts::sort::SortExec;

use crate::table::EntityScan;

#[derive(Debug)]
pub struct LinesComeAlong;

impl PhysicalOptimizerRule for LinesComeAlong {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let changed = plan.transform_up(|node| {
            Ok(match node.downcast_ref::<HashJoinExec>().and_then(together) {
                Some(sides) => Transformed::yes(replace_children_if_necessary(node, sides)?),
                None => Transformed::no(node),
            })
        })?;
        Ok(changed.data)
    }

    fn name(&self) -> &'static str {
        "lines_come_along"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Both sides of the join with one read.
fn together(join: &HashJoinExec) -> Option<Vec<Arc<dyn ExecutionPlan>>> {
    let [(left, right)] = join.on() else { return None };
    if !matches!(join.join_type(), JoinType::Inner | JoinType::Left) {
        return None;
    }
    let (documents, key) = read_below(join.left(), left)?;
    let (lines, line_key) = read_below(join.right(), right)?;
    let (documents, lines) = documents.expanded(key, lines, line_key)?;
    Some(vec![with_read(join.left(), documents)?, with_read(join.right(), lines)?])
}

/// The one read below, through what leaves out rows, columns or their order, and the place of a column there.
fn read_below<'p>(plan: &'p Arc<dyn ExecutionPlan>, column: &Arc<dyn PhysicalExpr>) -> Option<(&'p EntityScan, usize)> {
    let place = column.downcast_ref::<Column>()?.index();
    if let Some(scan) = plan.downcast_ref::<EntityScan>() {
        return Some((scan, place));
    }
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        return read_below(projection.input(), &projection.expr().get(place)?.expr);
    }
    if plan.is::<CooperativeExec>() || plan.is::<SortExec>() || plan.is::<GlobalLimitExec>() {
        return read_below(plan.children().first()?, column);
    }
    let filter = plan.downcast_ref::<FilterExec>()?;
    let place = match filter.projection() {
        Some(projection) => *projection.get(place)?,
        None => place,
    };
    let schema = filter.input().schema();
    let below: Arc<dyn PhysicalExpr> = Arc::new(Column::new(schema.fields().get(place)?.name(), place));
    read_below(filter.input(), &below)
}

/// The same plan over another read of the same rows.
fn with_read(plan: &Arc<dyn ExecutionPlan>, scan: EntityScan) -> Option<Arc<dyn ExecutionPlan>> {
    match plan.children().as_slice() {
        [] => Some(Arc::new(scan)),
        [input] => replace_children_if_necessary(Arc::clone(plan), vec![with_read(input, scan)?]).ok(),
        _ => None,
    }
}
