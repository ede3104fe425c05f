//! The leaf of a physical plan: one read of the service.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int32Array};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::Statistics;
use datafusion::common::config::ConfigOptions;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::Expr;
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
use exact_client::model::{EdmType, model};
use exact_client::settings::OnDivisionError;
use exact_client::{Manner, ReadRequest};
use futures::{FutureExt, StreamExt, TryFutureExt, TryStreamExt, stream};

use super::expanded::Expanded;
use super::pages::{Pages, told};
use super::read::{Read, SortKey};
use super::shared::SharedRead;
use super::spent::Spent;
use super::spread::{self, Spread};
use crate::divisions::{is_full_list, is_spread};
use crate::error::Error;
use crate::pushdown::division;
use crate::pushdown::keys::{self, Keys};
use crate::pushdown::late;
use crate::report::Report;

/// Reads the pages of one entity, or only their number of rows.
#[derive(Clone)]
pub struct EntityScan {
    /// Of the first division.
    read: Read,
    /// At least one.
    divisions: Arc<[i32]>,
    /// The reads of divisions for which the conditions say different things.
    own: Arc<[Read]>,
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
    /// Conditions on the values of subqueries, which are read before.
    late: Vec<Arc<dyn PhysicalExpr>>,
    /// What its rows bring along, or what brings them.
    together: Option<Together>,
    spent: Arc<Spent>,
    properties: Arc<PlanProperties>,
}

/// The part that a scan has in a read that serves two.
#[derive(Clone)]
enum Together {
    Documents(Arc<Expanded>),
    Lines(Arc<Expanded>),
}

impl EntityScan {
    pub fn new(read: Read, divisions: Vec<i32>, schema: SchemaRef, count: Option<usize>) -> Self {
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        Self {
            read,
            divisions: divisions.into(),
            own: Arc::default(),
            schema,
            count,
            shared: None,
            on_demand: false,
            join_filters: Vec::new(),
            late: Vec::new(),
            together: None,
            spent: Arc::default(),
            properties,
        }
    }

    /// The same scan, which reads these divisions in ways of their own.
    pub fn with_own(self, own: Vec<Read>) -> EntityScan {
        EntityScan { own: own.into(), ..self }
    }

    /// The read of one of the divisions.
    pub fn read_of(&self, division: i32) -> Read {
        let own = self.own.iter().find(|read| read.request.division == division);
        own.cloned().unwrap_or_else(|| self.read.of(division))
    }

    /// The same read, of the first `rows` rows in this order only; `None` where the service cannot order so.
    pub fn ordered(&self, keys: &[SortKey], rows: usize) -> Option<EntityScan> {
        if self.count.is_some() {
            return None;
        }
        let own = self.own.iter().map(|read| read.ordered(keys, rows)).collect::<Option<_>>()?;
        Some(EntityScan { read: self.read.ordered(keys, rows)?, own, ..self.clone() })
    }

    /// The same read, of any `rows` rows; `None` where its rows are limited or looked up already.
    pub fn limited(&self, rows: usize) -> Option<EntityScan> {
        if !self.is_plain() || !self.late.is_empty() || !self.join_filters.is_empty() {
            return None;
        }
        let request = ReadRequest { top: Some(rows as u64), ..self.read.request.clone() };
        Some(EntityScan { read: Read { request, ..self.read.clone() }, ..self.clone() })
    }

    /// Whether no two of its rows have the same value in this one of the columns that are read.
    pub fn is_key(&self, column: usize) -> bool {
        let request = &self.read.request;
        self.divisions.len() == 1 && request.columns.get(column).is_some_and(|column| request.entity.keys == [*column])
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
        self.is_plain() && !self.on_demand && self.late.is_empty() && (recurs || self.join_filters.is_empty())
    }

    /// Whether it reads all rows of its table.
    pub fn is_unconditional(&self) -> bool {
        self.is_plain() && !self.read.is_filtered() && self.late.is_empty()
    }

    /// Whether it reads rows, and all that its conditions select.
    fn is_plain(&self) -> bool {
        self.is_alone() && self.read.request.top.is_none() && self.read.first.is_none()
    }

    /// Whether it reads rows, all divisions in one way, and nothing to do with another read.
    fn is_alone(&self) -> bool {
        self.count.is_none() && self.own.is_empty() && self.shared.is_none() && self.together.is_none()
    }

    /// This read of documents and that of their lines as one, where these are a documented collection of the documents
    /// and it takes no more calls. The keys stand in these columns of the two.
    pub fn expanded(&self, key: usize, lines: &EntityScan, line_key: usize) -> Option<(EntityScan, EntityScan)> {
        let waits_for_documents = lines.join_filters.len() == 1 && lines.late.is_empty() && lines.is_plain();
        let is_first = self.is_alone() && self.join_filters.is_empty() && self.late.is_empty();
        if !waits_for_documents || !is_first || self.divisions != lines.divisions {
            return None;
        }
        let name = |scan: &EntityScan, place: usize| {
            let column = scan.read.request.columns.get(place)?;
            let column = scan.read.request.entity.columns.get(*column)?;
            (column.edm == EdmType::Guid).then_some(column.name)
        };
        if self.read.request.columns.get(key).is_none_or(|column| self.read.request.entity.keys != [*column]) {
            return None;
        }
        let (join, target) = ((name(self, key)?, name(lines, line_key)?), lines.read.request.entity);
        let target = format!("{}.{}", target.schema, target.name);
        let collection = self.read.request.entity.navigations.iter().find(|navigation| {
            navigation.collection && navigation.target == Some(target.as_str()) && navigation.join == Some(join)
        })?;
        let all = lines.read_for(&[lines])?.read;
        let expanded = Arc::new(Expanded::new(collection.name, all, key, line_key));
        self.read.route_to_expand(&expanded.expansion(self.read.request.division))?;
        let documents = EntityScan { together: Some(Together::Documents(Arc::clone(&expanded))), ..self.clone() };
        Some((documents, EntityScan { together: Some(Together::Lines(expanded)), ..lines.clone() }))
    }

    /// What its rows bring along.
    pub fn brings(&self) -> Option<&Expanded> {
        match &self.together {
            Some(Together::Documents(expanded)) => Some(expanded),
            _ => None,
        }
    }

    /// Whether its rows come along with those of another read.
    pub fn is_brought(&self) -> bool {
        matches!(self.together, Some(Together::Lines(_)))
    }

    /// Whether the value of a subquery narrows what is read.
    pub fn awaits_value(&self) -> bool {
        !self.late.is_empty()
    }

    /// Whether this read brings all rows of another.
    pub fn covers(&self, other: &EntityScan) -> bool {
        other.is_plain() && self.divisions == other.divisions && self.read.covers(&other.read)
    }

    /// One read of the rows of both, which differ in their conditions only; `None` where it may take more calls.
    pub fn united(&self, other: &EntityScan) -> Option<EntityScan> {
        if self.divisions != other.divisions {
            return None;
        }
        Some(EntityScan { read: self.read.united(&other.read)?, ..self.clone() })
    }

    /// This read with the columns of all of these.
    pub fn read_for(&self, others: &[&EntityScan]) -> Option<EntityScan> {
        let mut columns = self.read.request.columns.clone();
        for scan in others {
            let checked = scan.read.entrusted.iter().flat_map(|check| &check.columns);
            for column in scan.read.request.columns.iter().chain(checked) {
                if !columns.contains(column) {
                    columns.push(*column);
                }
            }
        }
        Some(EntityScan { read: self.read.with_columns(columns)?, join_filters: Vec::new(), ..self.clone() })
    }

    /// The same rows, out of a shared read.
    pub fn sharing(&self, shared: &Arc<SharedRead>) -> EntityScan {
        EntityScan { shared: Some(Arc::clone(shared)), join_filters: Vec::new(), late: Vec::new(), ..self.clone() }
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
        let pages = shared.pages(manner, report(context), context);
        pages.map(move |page| page.and_then(|page| part(page).map_err(told))).boxed()
    }

    /// How this execution fetches pages.
    fn manner(&self, context: &TaskContext) -> Manner {
        let report = report(context);
        Manner {
            gate: Some(Arc::clone(&report.gate)),
            reuse: self.read.source.settings.pushdown && !report.for_write,
            count: false,
            on_demand: self.on_demand,
            meter: Some(self.spent.meter(&report)),
            note: Some(report),
        }
    }

    /// Of the first division.
    pub fn read(&self) -> &Read {
        &self.read
    }

    pub fn divisions(&self) -> &[i32] {
        &self.divisions
    }

    pub fn is_count(&self) -> bool {
        self.count.is_some()
    }

    /// The request that is sent first, to the first division.
    pub fn first_request(&self) -> ReadRequest {
        self.count.map_or_else(|| self.request_of(&self.read), |route| self.read.to_count(route))
    }

    /// The request that this scan sends first for one of its reads.
    pub fn request_of(&self, read: &Read) -> ReadRequest {
        let expands = self.brings().and_then(|expanded| {
            let route = read.route_to_expand(&expanded.expansion(read.request.division))?;
            Some(read.to_expand(route))
        });
        expands.unwrap_or_else(|| read.whole())
    }

    /// Whether its rows come out of the same read as those of `other`.
    pub fn shares_with(&self, other: &EntityScan) -> bool {
        self.shared.as_ref().zip(other.shared.as_ref()).is_some_and(|(own, other)| Arc::ptr_eq(own, other))
    }

    /// Whether the keys of a join narrow what is read.
    pub fn awaits_keys(&self) -> bool {
        !self.join_filters.is_empty()
    }

    /// Rows after which reading stops, whichever they are.
    pub fn limit(&self) -> Option<u64> {
        self.read.request.top
    }

    /// What has been taken so far by the execution of the plan that this is part of.
    pub fn spent(&self) -> &Arc<Spent> {
        &self.spent
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

    /// How the divisions that these keys leave are read, and the keys that say more.
    fn spread(&self, found: Vec<Keys>, manner: Manner, report: Arc<Report>) -> (Spread, Vec<Keys>) {
        let request = &self.read.request;
        let entity = request.entity;
        let of_division = |keys: &Keys| {
            let column = request.columns.get(keys.column);
            column.is_some_and(|column| division::is_division(entity, *column))
        };
        let (codes, others): (Vec<_>, Vec<_>) = found.into_iter().partition(of_division);
        let mut divisions = self.divisions.to_vec();
        for keys in codes {
            divisions = division::among(&keys.values, &divisions);
        }
        let spread = Spread {
            divisions,
            table: format!("{}.{}", entity.schema, entity.name),
            limit: self.limit(),
            on_error: match report.for_write {
                true => OnDivisionError::Fail,
                false => self.read.source.settings.on_division_error,
            },
            manner,
            report,
        };
        (spread, others)
    }

    /// The pages of all divisions.
    pub(super) fn pages(&self, manner: Manner, report: Arc<Report>) -> Pages {
        let scan = self.clone();
        let pages = async move {
            let found = if scan.fetch().is_none() { scan.keys().await } else { Vec::new() };
            let known: Vec<Expr> = scan.late.iter().filter_map(|late| late::known(late, &scan.schema)).collect();
            let (mut spread, found) = scan.spread(found, manner, report);
            spread.divisions = division::admitted(&known, scan.read.request.entity, spread.divisions).map_err(told)?;
            Ok::<_, exact_client::Error>(spread.pages(move |division, manner| {
                let Some(read) = scan.read_of(division).narrowed(&known) else { return stream::empty().boxed() };
                match &scan.together {
                    Some(Together::Documents(expanded)) => expanded.documents(&read, &manner),
                    Some(Together::Lines(expanded)) => {
                        let along = expanded.lines(&read, manner.clone());
                        along.unwrap_or_else(|| read.pages(found.clone(), manner))
                    }
                    None => read.pages(found.clone(), manner),
                }
            }))
        };
        let pages = pages.try_flatten_stream().boxed();
        match is_full_list(self.read.request.entity)
            && self.divisions.len() == 1
            && self.is_plain()
            && !self.read.is_filtered()
        {
            true => spread::remembering_divisions(self.read.source.clone(), pages),
            false => pages,
        }
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

    /// As many rows as there are, with nothing but their division.
    fn counted(&self, route: usize, manner: Manner, report: Arc<Report>) -> SendableRecordBatchStream {
        let (scan, schema) = (self.clone(), Arc::clone(&self.schema));
        let counts = async move {
            let (spread, _) = scan.spread(scan.keys().await, manner, report);
            spread.over(move |division, manner| {
                let read = scan.read_of(division);
                let route = read.route_to_count().unwrap_or(route);
                let count = async move { Ok((division, read.count(route, &manner).await?)) };
                stream::once(count).boxed()
            })
        };
        let counts = counts.flatten_stream().map_err(|error| DataFusionError::from(Error::from(error)));
        let batches = counts.map_ok(move |(division, rows)| {
            let schema = Arc::clone(&schema);
            stream::iter(spread::batch_sizes(rows)).map(move |rows| all_of(division, rows, Arc::clone(&schema)))
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches.try_flatten()))
    }
}

/// What the execution tells of itself.
fn report(context: &TaskContext) -> Arc<Report> {
    context.session_config().get_extension::<Report>().unwrap_or_default()
}

/// So many rows of a division, of which nothing but the division is wanted, or nothing at all.
fn all_of(division: i32, rows: usize, schema: SchemaRef) -> Result<RecordBatch> {
    let column = || Arc::new(Int32Array::from(vec![division; rows])) as ArrayRef;
    let columns = schema.fields().iter().map(|_| column()).collect();
    renamed(schema, columns, rows)
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

    /// Takes note of conditions that are known only while the query runs. They are checked above in any case.
    fn handle_child_pushdown_result(
        &self,
        phase: FilterPushdownPhase,
        above: ChildPushdownResult,
        _config: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        let filters: Vec<_> = above.parent_filters.into_iter().map(|result| result.filter).collect();
        let answer = FilterPushdownPropagation::with_parent_pushdown_result(vec![PushedDown::No; filters.len()]);
        if phase == FilterPushdownPhase::Pre && self.read.source.settings.pushdown && self.count.is_none() {
            let late: Vec<_> = filters.into_iter().filter(late::waits).collect();
            if late.is_empty() {
                return Ok(answer);
            }
            return Ok(answer.with_updated_node(Arc::new(EntityScan { late, ..self.clone() })));
        }
        let dynamic: Vec<_> = filters.into_iter().filter(|filter| filter.is::<DynamicFilterPhysicalExpr>()).collect();
        if phase != FilterPushdownPhase::Post || dynamic.is_empty() {
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
        // A year of a ledger is more than all of the accounts that it refers to.
        const FILTERED_LINES: usize = 5_000;
        let guess = match (self.read.is_filtered(), model().relations_to(self.read.request.entity)) {
            (true, []) => FILTERED_LINES,
            (true, _) => FILTERED,
            _ if !is_spread(self.read.request.entity) => FILTERED,
            (false, []) => WHOLE_TABLE,
            (false, _) => REFERRED_TO,
        };
        let known = self.read.expected_rows().and_then(|rows| usize::try_from(rows).ok());
        let rows = known.unwrap_or(guess).saturating_mul(self.divisions.len());
        let mut statistics = Statistics::new_unknown(&self.schema);
        statistics.num_rows = Precision::Inexact(rows);
        Ok(Arc::new(statistics))
    }

    fn with_new_children(self: Arc<Self>, _children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, _partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (manner, report) = (self.manner(&context), report(&context));
        if let Some(expanded) = self.brings() {
            expanded.begin(&context);
        }
        let rows = match (self.count, &self.shared) {
            (Some(route), _) => self.counted(route, manner, report),
            (None, Some(shared)) => self.rows(self.part_of(shared, manner, &context)),
            (None, None) => self.rows(self.pages(manner, report)),
        };
        let (begun, seen) = (Arc::clone(&self.spent), Arc::clone(&self.spent));
        let begin = stream::once(async move { begun.begin() }).filter_map(|()| std::future::ready(None));
        let rows = begin.chain(rows).inspect_ok(move |batch: &RecordBatch| seen.take(batch.num_rows()));
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), rows)))
    }

    fn fetch(&self) -> Option<usize> {
        self.read.request.top.and_then(|rows| usize::try_from(rows).ok())
    }
}

impl DisplayAs for EntityScan {
    fn fmt_as(&self, _format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.count.is_some() { "$count of " } else { "" };
        write!(f, "EntityScan: {what}{}", self.read.whole().url(""))?;
        if self.divisions.len() > 1 {
            write!(f, " in {} divisions", self.divisions.len())?;
        }
        self.read.left().iter().try_for_each(|(condition, why)| write!(f, "; checked here: {condition}, since {why}"))
    }
}

impl fmt::Debug for EntityScan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as(DisplayFormatType::Default, f)
    }
}
