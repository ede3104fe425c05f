//! The leaf of a physical plan: one read of the service.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::Statistics;
use datafusion::common::config::ConfigOptions;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_expr::expressions::DynamicFilterPhysicalExpr;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation, PushedDown,
};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, SendableRecordBatchStream,
};
use exact_client::reader;
use futures::{FutureExt, StreamExt, stream};

use super::read::{Pages, Read, SortKey};
use crate::error::Error;
use crate::pushdown::keys;

/// Reads the pages of one entity, or only their number of rows.
#[derive(Clone)]
pub struct EntityScan {
    read: Read,
    /// The columns that are read under their lower-case names.
    schema: SchemaRef,
    /// Ask for `$count` instead of rows.
    count: bool,
    /// Filters that a join above fills with its keys before it asks for rows.
    join_filters: Vec<Arc<dyn PhysicalExpr>>,
    properties: Arc<PlanProperties>,
}

impl EntityScan {
    pub fn new(read: Read, schema: SchemaRef, count: bool) -> Self {
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        Self { read, schema, count, join_filters: Vec::new(), properties }
    }

    /// The same read, of the first `rows` rows in this order only; `None` where the service cannot order so.
    pub fn ordered(&self, keys: &[SortKey], rows: usize) -> Option<EntityScan> {
        if self.count {
            return None;
        }
        Some(EntityScan { read: self.read.ordered(keys, rows)?, ..self.clone() })
    }

    /// The same read, waiting for those of its filters only whose id is among `producers`.
    pub fn waiting_for(&self, producers: &HashSet<u64>) -> EntityScan {
        let mut scan = self.clone();
        scan.join_filters.retain(|filter| filter.expression_id().is_some_and(|id| producers.contains(&id)));
        scan
    }

    fn pages(&self) -> Pages {
        if self.join_filters.is_empty() || self.read.request.top.is_some() {
            return self.read.pages();
        }
        let scan = self.clone();
        let narrowed = async move {
            let mut found = Vec::new();
            for filter in &scan.join_filters {
                if let Some(filter) = filter.downcast_ref::<DynamicFilterPhysicalExpr>() {
                    filter.wait_complete().await;
                    found.extend(filter.current().ok().and_then(|filter| keys::of(&filter)));
                }
            }
            scan.read.pages_with(&found)
        };
        narrowed.flatten_stream().boxed()
    }

    fn rows(&self) -> SendableRecordBatchStream {
        let schema = Arc::clone(&self.schema);
        let batches = self.pages().map(move |batch| {
            let batch = batch.map_err(Error::from)?;
            let (_, columns, rows) = batch.into_parts();
            renamed(Arc::clone(&schema), columns, rows)
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches))
    }

    fn counted(&self) -> SendableRecordBatchStream {
        let (session, request) = (Arc::clone(&self.read.source.session), self.read.whole());
        let schema = Arc::clone(&self.schema);
        let batch = stream::once(async move {
            let rows = reader::count(&session, &request).await.map_err(Error::from)?;
            let rows = usize::try_from(rows).map_err(|_| too_many(rows))?;
            renamed(schema, Vec::new(), rows)
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batch))
    }
}

fn too_many(rows: u64) -> DataFusionError {
    Error::OutOfRange { message: format!("The table has {rows} rows, more than this machine can count.") }.into()
}

fn renamed(schema: SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(schema, columns, &options)?)
}

impl ExecutionPlan for EntityScan {
    fn name(&self) -> &'static str {
        "EntityScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for filter in &self.join_filters {
            if f(filter)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    /// Takes note of filters that are filled while the query runs. They are checked above in any case.
    fn handle_child_pushdown_result(
        &self,
        phase: FilterPushdownPhase,
        above: ChildPushdownResult,
        _config: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        let filters: Vec<_> = above.parent_filters.into_iter().map(|result| result.filter).collect();
        let answer = FilterPushdownPropagation::with_parent_pushdown_result(vec![PushedDown::No; filters.len()]);
        let dynamic: Vec<_> = filters.into_iter().filter(|filter| filter.is::<DynamicFilterPhysicalExpr>()).collect();
        if phase != FilterPushdownPhase::Post || self.count || dynamic.is_empty() {
            return Ok(answer);
        }
        let scan = EntityScan { join_filters: dynamic, ..self.clone() };
        Ok(answer.with_updated_node(Arc::new(scan)))
    }

    /// A guess that puts the smaller side of a join first, so that its keys narrow the other side.
    fn statistics_from_inputs(
        &self,
        _inputs: &[Arc<Statistics>],
        _arguments: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        const WHOLE_TABLE: usize = 100_000;
        const FILTERED: usize = 1_000;
        let unlimited = if self.read.filter.is_empty() { WHOLE_TABLE } else { FILTERED };
        let rows = self.fetch().map_or(unlimited, |limit| limit.min(unlimited));
        let mut statistics = Statistics::new_unknown(&self.schema);
        statistics.num_rows = Precision::Inexact(rows);
        Ok(Arc::new(statistics))
    }

    fn with_new_children(self: Arc<Self>, _children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, _partition: usize, _context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        Ok(if self.count { self.counted() } else { self.rows() })
    }

    fn fetch(&self) -> Option<usize> {
        self.read.request.top.and_then(|rows| usize::try_from(rows).ok())
    }
}

impl DisplayAs for EntityScan {
    fn fmt_as(&self, _format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.count { "$count of " } else { "" };
        write!(f, "EntityScan: {what}{}", self.read.whole().url(""))
    }
}

impl fmt::Debug for EntityScan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as(DisplayFormatType::Default, f)
    }
}
