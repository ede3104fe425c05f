//! Reads below a limit that the service is not asked to keep: they fetch no page ahead, so that none is in vain once
//! enough rows have passed, and the parts of a union are read one after another.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::{EmissionType, replace_children_if_necessary};
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, NestedLoopJoinExec};
use datafusion::physical_plan::limit::GlobalLimitExec;

use super::in_turn::InTurn;
use crate::table::EntityScan;

#[derive(Debug)]
pub struct StopEarly;

impl PhysicalOptimizerRule for StopEarly {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        below(plan, false)
    }

    fn name(&self) -> &'static str {
        "stop_early"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The plan with its reads restrained; `limited` tells whether it may be left before its end.
fn below(node: Arc<dyn ExecutionPlan>, limited: bool) -> Result<Arc<dyn ExecutionPlan>> {
    if let Some(scan) = node.downcast_ref::<EntityScan>() {
        return Ok(if limited { Arc::new(scan.on_demand()) } else { node });
    }
    if node.children().is_empty() {
        return Ok(node);
    }
    let passes_rows_on = node.properties().emission_type != EmissionType::Final;
    let limited = passes_rows_on && (limited || node.fetch().is_some());
    let children = node
        .children()
        .into_iter()
        .enumerate()
        .map(|(place, child)| below(Arc::clone(child), limited && !is_read_whole(&node, place)))
        .collect::<Result<Vec<_>>>()?;
    match children.as_slice() {
        [input] if limited && node.is::<CoalescePartitionsExec>() => {
            let in_turn: Arc<dyn ExecutionPlan> = Arc::new(InTurn::new(Arc::clone(input)));
            let Some(rows) = node.fetch() else { return Ok(in_turn) };
            Ok(Arc::new(GlobalLimitExec::new(in_turn, 0, Some(rows))))
        }
        _ => replace_children_if_necessary(node, children),
    }
}

/// Whether a join reads this side to its end before it gives a row.
fn is_read_whole(node: &Arc<dyn ExecutionPlan>, place: usize) -> bool {
    place == 0 && (node.is::<HashJoinExec>() || node.is::<NestedLoopJoinExec>() || node.is::<CrossJoinExec>())
}
