//! The leaf of a physical plan: one read of the service.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, SendableRecordBatchStream,
};
use exact_client::model::{Column, EdmType, Origin};
use exact_client::{ReadRequest, Session, reader};
use futures::{StreamExt, stream};

use crate::error::Error;
use crate::pushdown::mandatory;

/// Reads the pages of one request, or only their number of rows.
#[derive(Clone)]
pub struct EntityScan {
    session: Arc<Session>,
    request: ReadRequest,
    /// The request's columns under their lower-case names.
    schema: SchemaRef,
    /// Ask for `$count` instead of rows.
    count: bool,
    /// Columns that the request's filter names.
    filter_columns: Vec<usize>,
    properties: Arc<PlanProperties>,
}

/// One column of an order, by its place among the columns that are read.
#[derive(Clone, Copy, Debug)]
pub struct SortKey {
    pub column: usize,
    pub descending: bool,
}

impl SortKey {
    fn said(self, column: &Column) -> Option<String> {
        use EdmType as T;
        let same_order =
            matches!(column.edm, T::DateTime | T::Double | T::Int16 | T::Int32 | T::Int64 | T::Byte | T::Boolean);
        let direction = if self.descending { " desc" } else { "" };
        (same_order && column.origin == Origin::Service).then(|| format!("{}{direction}", column.name))
    }
}

impl EntityScan {
    pub fn new(
        session: Arc<Session>,
        request: ReadRequest,
        filter_columns: Vec<usize>,
        schema: SchemaRef,
        count: bool,
    ) -> Self {
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        Self { session, request, schema, count, filter_columns, properties }
    }

    /// The same read, of the first `rows` rows in this order only; `None` where the service cannot order so.
    pub fn ordered(&self, keys: &[SortKey], rows: usize) -> Option<EntityScan> {
        let request = &self.request;
        let entity = request.entity;
        let path = entity.regular().filter(|path| path.orderable)?;
        let delivered = |index: &usize| path.columns.get(*index).copied().unwrap_or(false);
        if self.count || request.top.is_some() || !request.columns.iter().all(delivered) {
            return None;
        }
        let order = keys
            .iter()
            .map(|key| key.said(entity.columns.get(*request.columns.get(key.column)?)?))
            .collect::<Option<Vec<_>>>()?;
        let mut ordered = self.clone();
        ordered.request.path = path;
        ordered.request.order_by = Some(order.join(","));
        ordered.request.top = Some(rows as u64);
        if request.path.kind != path.kind {
            let demanded = mandatory::condition(path, entity, &self.filter_columns);
            let terms: Vec<_> = ordered.request.filter.take().into_iter().chain(demanded).collect();
            ordered.request.filter = (!terms.is_empty()).then(|| terms.join(" and "));
        }
        Some(ordered)
    }

    fn rows(&self) -> SendableRecordBatchStream {
        let schema = Arc::clone(&self.schema);
        let batches = reader::read(&self.session, self.request.clone()).map(move |batch| {
            let batch = batch.map_err(Error::from)?;
            let (_, columns, rows) = batch.into_parts();
            renamed(Arc::clone(&schema), columns, rows)
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches))
    }

    fn counted(&self) -> SendableRecordBatchStream {
        let (session, request) = (Arc::clone(&self.session), self.request.clone());
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

fn renamed(schema: SchemaRef, columns: Vec<datafusion::arrow::array::ArrayRef>, rows: usize) -> Result<RecordBatch> {
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
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, _partition: usize, _context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        Ok(if self.count { self.counted() } else { self.rows() })
    }

    fn fetch(&self) -> Option<usize> {
        self.request.top.and_then(|rows| usize::try_from(rows).ok())
    }
}

impl DisplayAs for EntityScan {
    fn fmt_as(&self, _format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.count { "$count of " } else { "" };
        write!(f, "EntityScan: {what}{}", self.request.url(""))
    }
}

impl fmt::Debug for EntityScan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as(DisplayFormatType::Default, f)
    }
}
