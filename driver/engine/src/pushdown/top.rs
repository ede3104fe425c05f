//! ORDER BY with a limit → `$orderby` and `$top` (fact sheet 3.3).
//!
//! Only where the service orders as SQL does here: numbers, dates and yes/no values with NULL first in ascending order,
//! as in SQL Server. Texts and guids follow another order there. The sort itself stays in the plan; it sees only the
//! rows that can reach the result.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalSortExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sorts::sort::SortExec;

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
                Some(input) => Transformed::yes(replaced(&node, input)?),
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

/// The same input, reading only the first `rows` rows in this order; through projections down to the read.
fn limited(
    input: &Arc<dyn ExecutionPlan>,
    order: Vec<PhysicalSortExpr>,
    rows: usize,
) -> Option<Arc<dyn ExecutionPlan>> {
    if let Some(projection) = input.downcast_ref::<ProjectionExec>() {
        let below = order
            .into_iter()
            .map(|key| {
                let index = key.expr.downcast_ref::<Column>()?.index();
                let expr = Arc::clone(&projection.expr().get(index)?.expr);
                Some(PhysicalSortExpr { expr, options: key.options })
            })
            .collect::<Option<Vec<_>>>()?;
        let child = limited(projection.input(), below, rows)?;
        return replaced(input, child).ok();
    }
    let keys = order.iter().map(sort_key).collect::<Option<Vec<_>>>()?;
    let scan = input.downcast_ref::<EntityScan>()?.ordered(&keys, rows)?;
    Some(Arc::new(scan))
}

fn replaced(node: &Arc<dyn ExecutionPlan>, child: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
    Arc::clone(node).replace_children(vec![child], options)
}

fn sort_key(key: &PhysicalSortExpr) -> Option<SortKey> {
    let column = key.expr.downcast_ref::<Column>()?.index();
    let descending = key.options.descending;
    // The service puts NULL below every value.
    (key.options.nulls_first != descending).then_some(SortKey { column, descending })
}
