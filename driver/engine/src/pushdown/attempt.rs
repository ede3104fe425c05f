//! The first rows of an inner join, of which the first rows of one side need not be enough: a row may find no partner. They
//! nearly always do, since the other side is what they refer to; so a few rows more than wanted are read in their order, and
//! the whole only where that did not suffice.

use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_err};
use datafusion::execution::TaskContext;
use datafusion::physical_expr::{Distribution, OrderingRequirements, PhysicalExpr};
use datafusion::physical_optimizer::{PhysicalOptimizerContext, PhysicalOptimizerRule};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties, SendableRecordBatchStream,
};
use futures::{StreamExt, TryStreamExt, stream};

use crate::table::Spent;

type Rule = Arc<dyn PhysicalOptimizerRule + Send + Sync>;

/// The read of the first rows, and how many it asks for.
#[derive(Clone, Debug)]
pub struct Limited {
    pub spent: Arc<Spent>,
    pub rows: usize,
}

/// Its first input, or if that gives too few rows and has not seen all, its second.
#[derive(Debug)]
pub struct Attempt {
    first: Arc<dyn ExecutionPlan>,
    /// No input in the eyes of the optimizer, which would share its reads with those of the first: see [`WholePlans`].
    whole: Arc<dyn ExecutionPlan>,
    wanted: usize,
    limited: Limited,
}

impl Attempt {
    pub fn new(first: Arc<dyn ExecutionPlan>, whole: Arc<dyn ExecutionPlan>, wanted: usize, limited: Limited) -> Self {
        Self { first, whole, wanted, limited }
    }

    pub fn wanted(&self) -> usize {
        self.wanted
    }

    fn with(&self, first: Arc<dyn ExecutionPlan>, whole: Arc<dyn ExecutionPlan>) -> Self {
        Self { first, whole, wanted: self.wanted, limited: self.limited.clone() }
    }
}

impl ExecutionPlan for Attempt {
    fn name(&self) -> &'static str {
        "Attempt"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.first.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.first]
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        vec![Distribution::SinglePartition]
    }

    // Else the sort, which tells the first rows, would be taken for superfluous.
    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        vec![self.first.output_ordering().map(|order| OrderingRequirements::from(order.clone()))]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match children.as_slice() {
            [first] => Ok(Arc::new(self.with(Arc::clone(first), Arc::clone(&self.whole)))),
            _ => internal_err!("Attempt has one input"),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let attempt = self.with(Arc::clone(&self.first), Arc::clone(&self.whole));
        let first = self.first.execute(partition, Arc::clone(&context))?;
        let rows = async move {
            let batches: Vec<_> = first.try_collect().await?;
            let found: usize = batches.iter().map(|batch| batch.num_rows()).sum();
            let seen_all = attempt.limited.spent.rows() < attempt.limited.rows as u64;
            if found >= attempt.wanted || seen_all {
                return Ok(stream::iter(batches.into_iter().map(Ok)).boxed());
            }
            let whole = attempt.whole.execute(partition, context)?;
            Ok::<_, datafusion::error::DataFusionError>(whole.boxed())
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), stream::once(rows).try_flatten())))
    }
}

impl DisplayAs for Attempt {
    fn fmt_as(&self, _format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attempt: {} rows", self.wanted)
    }
}

/// Optimises the second input of each attempt, as a plan of its own, by the rules that the first has been through.
#[derive(Debug)]
pub struct WholePlans {
    pub rules: Vec<Rule>,
}

impl PhysicalOptimizerRule for WholePlans {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        self.optimised(plan, |rule, plan| rule.optimize(plan, config))
    }

    fn optimize_with_context(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        context: &dyn PhysicalOptimizerContext,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.optimised(plan, |rule, plan| rule.optimize_with_context(plan, context))
    }

    fn name(&self) -> &'static str {
        "whole_plans"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

impl WholePlans {
    fn optimised(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        apply: impl Fn(&Rule, Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let plan = plan.transform_down(|node| {
            let Some(attempt) = node.downcast_ref::<Attempt>() else { return Ok(Transformed::no(node)) };
            let whole = self.rules.iter().try_fold(Arc::clone(&attempt.whole), |plan, rule| apply(rule, plan))?;
            Ok(Transformed::yes(Arc::new(attempt.with(Arc::clone(&attempt.first), whole)) as _))
        })?;
        Ok(plan.data)
    }
}
