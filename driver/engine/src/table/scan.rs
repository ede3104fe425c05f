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
use exact_client::model::model;
use exact_client::{Gate, Manner};
use futures::{FutureExt, StreamExt, stream};

use super::read::{Pages, Read, SortKey, told};
use super::shared::SharedRead;
use crate::error::Error;
use crate::pushdown::keys::{self, Keys};

/// Reads the pages of one entity, or only their number of rows.
#[derive(Clone)]
pub struct EntityScan {
    read: Read,
    /// The columns that are read under their lower-case names.
    schema: SchemaRef,
    /// The route on which `$count` is asked for instead of rows.
    count: Option<usize>,
    /// Its rows come out of a read that has other consumers too.
    shared: Option<Arc<SharedRead>>,
    /// Rows may suffice before the read is at its end: no page is asked for before it is wanted.
    on_demand: bool,
    /// Filters that a join above fills with its keys before it asks for rows.
    join_filters: Vec<Arc<dyn PhysicalExpr>>,
    properties: Arc<PlanProperties>,
}

impl EntityScan {
    pub fn new(read: Read, schema: SchemaRef, count: Option<usize>) -> Self {
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        Self { read, schema, count, shared: None, on_demand: false, join_filters: Vec::new(), properties }
    }

    /// The same read, of the first `rows` rows in this order only; `None` where the service cannot order so.
    pub fn ordered(&self, keys: &[SortKey], rows: usize) -> Option<EntityScan> {
        if self.count.is_some() {
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

    /// The same read, asking for each page only when it is wanted.
    pub fn on_demand(&self) -> EntityScan {
        EntityScan { on_demand: true, ..self.clone() }
    }

    /// Whether nothing but its own conditions limits what is read: neither a number of rows nor the keys of a join, which
    /// a recursion has anew each time.
    pub fn is_read_to_its_end(&self, recurs: bool) -> bool {
        self.is_plain() && !self.on_demand && (recurs || self.join_filters.is_empty())
    }

    /// Whether it reads rows, and all that its conditions select.
    fn is_plain(&self) -> bool {
        self.count.is_none() && self.read.request.top.is_none() && self.read.first.is_none()
    }

    /// Whether this read brings all rows of another.
    pub fn covers(&self, other: &EntityScan) -> bool {
        other.is_plain() && self.read.covers(&other.read)
    }

    /// This read with the columns of all of these.
    pub fn read_for(&self, others: &[&EntityScan]) -> Option<Read> {
        let mut columns = self.read.request.columns.clone();
        for scan in others {
            let checked = scan.read.entrusted.iter().flat_map(|check| &check.columns);
            for column in scan.read.request.columns.iter().chain(checked) {
                if !columns.contains(column) {
                    columns.push(*column);
                }
            }
        }
        self.read.with_columns(columns)
    }

    /// The same rows, out of a shared read.
    pub fn sharing(&self, shared: &Arc<SharedRead>) -> EntityScan {
        EntityScan { shared: Some(Arc::clone(shared)), join_filters: Vec::new(), ..self.clone() }
    }

    /// Its rows and columns out of the pages of a shared read.
    fn part_of(&self, shared: &Arc<SharedRead>, manner: Manner, context: &TaskContext) -> Pages {
        let columns = shared.columns().to_vec();
        let wanted = self.read.request.columns.clone();
        let check = self.read.entrusted.clone();
        let part = move |page: RecordBatch| {
            let page = match &check {
                Some(check) => check.rows(&page, &columns, columns.len())?,
                None => page,
            };
            let place = |column: &usize| columns.iter().position(|other| other == column);
            Ok::<_, DataFusionError>(page.project(&wanted.iter().filter_map(place).collect::<Vec<_>>())?)
        };
        let pages = shared.pages(manner, context);
        pages.map(move |page| page.and_then(|page| part(page).map_err(told))).boxed()
    }

    /// How this execution fetches pages.
    fn manner(&self, context: &TaskContext) -> Manner {
        let gate = context.session_config().get_extension::<Gate>();
        Manner { gate, reuse: self.read.source.settings.pushdown, count: false, on_demand: self.on_demand }
    }

    /// The keys that joins above have found, once all of them have.
    async fn keys(&self) -> Vec<Keys> {
        let mut found = Vec::new();
        for filter in &self.join_filters {
            if let Some(filter) = filter.downcast_ref::<DynamicFilterPhysicalExpr>() {
                filter.wait_complete().await;
                found.extend(filter.current().ok().and_then(|filter| keys::of(&filter)));
            }
        }
        found
    }

    fn pages(&self, manner: Manner) -> Pages {
        if self.join_filters.is_empty() || self.fetch().is_some() {
            return self.read.pages(Vec::new(), manner);
        }
        let scan = self.clone();
        let narrowed = async move { scan.read.pages(scan.keys().await, manner) };
        narrowed.flatten_stream().boxed()
    }

    fn rows(&self, pages: Pages) -> SendableRecordBatchStream {
        let schema = Arc::clone(&self.schema);
        let batches = pages.map(move |batch| {
            let batch = batch.map_err(Error::from)?;
            let (_, columns, rows) = batch.into_parts();
            renamed(Arc::clone(&schema), columns, rows)
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches))
    }

    fn counted(&self, route: usize, manner: Manner) -> SendableRecordBatchStream {
        let read = self.read.clone();
        let schema = Arc::clone(&self.schema);
        let batch = stream::once(async move {
            let rows = read.count(route, &manner).await.map_err(Error::from)?;
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
        if phase != FilterPushdownPhase::Post || self.count.is_some() || dynamic.is_empty() {
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
        // Rows that others refer to are fewer than those that refer to them.
        const REFERRED_TO: usize = 10_000;
        const FILTERED: usize = 1_000;
        let guess = match (self.read.is_filtered(), model().relations_to(self.read.request.entity)) {
            (true, _) => FILTERED,
            (false, []) => WHOLE_TABLE,
            (false, _) => REFERRED_TO,
        };
        let known = self.read.expected_rows().and_then(|rows| usize::try_from(rows).ok());
        let rows = known.unwrap_or(guess);
        let mut statistics = Statistics::new_unknown(&self.schema);
        statistics.num_rows = Precision::Inexact(rows);
        Ok(Arc::new(statistics))
    }

    fn with_new_children(self: Arc<Self>, _children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, _partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let manner = self.manner(&context);
        Ok(match self.count {
            Some(route) => self.counted(route, manner),
            None => {
                let pages = match &self.shared {
                    Some(shared) => self.part_of(shared, manner, &context),
                    None => self.pages(manner),
                };
                self.rows(pages)
            }
        })
    }

    fn fetch(&self) -> Option<usize> {
        self.read.request.top.and_then(|rows| usize::try_from(rows).ok())
    }
}

impl DisplayAs for EntityScan {
    fn fmt_as(&self, _format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.count.is_some() { "$count of " } else { "" };
        write!(f, "EntityScan: {what}{}", self.read.whole().url(""))?;
        self.read.left().iter().try_for_each(|(condition, why)| write!(f, "; checked here: {condition}, since {why}"))
    }
}

impl fmt::Debug for EntityScan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as(DisplayFormatType::Default, f)
    }
}
