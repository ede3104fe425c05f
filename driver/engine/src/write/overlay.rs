//! What waits for a commit, laid over the rows of the service for the connection's own reads.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::Transformed;
use datafusion::datasource::{MemTable, provider_as_source, source_as_provider};
use datafusion::error::Result as PlanResult;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, TableScan, col, lit};
use exact_client::model::{Column, EdmType, Entity};
use exact_client::odata::literal;
use exact_client::writer::Verb;
use serde_json::{Map, Value as Json};

use super::queued::{Queued, guid_key, only_key};
use super::returning::table_rows;
use super::transaction::Transaction;
use crate::divisions::Catalog;
use crate::error::Result;
use crate::table::EntityTable;

/// The plan with every read of a table with changes that wait replaced by one that sees them.
pub fn laid_over(plan: LogicalPlan, transaction: &Transaction) -> Result<LogicalPlan> {
    if transaction.queue.is_empty() {
        return Ok(plan);
    }
    let laid = plan.transform_up_with_subqueries(|node| match node {
        LogicalPlan::TableScan(scan) => match touched(&scan, transaction) {
            Some((entity, changes)) => Ok(Transformed::yes(overlaid(scan, entity, &changes)?)),
            None => Ok(Transformed::no(LogicalPlan::TableScan(scan))),
        },
        other => Ok(Transformed::no(other)),
    })?;
    Ok(laid.data)
}

/// The changes that wait of the rows of this read: of each row the last, which shows those before it.
fn touched<'a>(scan: &TableScan, transaction: &'a Transaction) -> Option<(&'static Entity, Vec<&'a Queued>)> {
    let provider = source_as_provider(&scan.source).ok()?;
    let table = provider.downcast_ref::<EntityTable>()?;
    let here = |division: i32| table.catalog() == Catalog::All || table.catalog() == Catalog::One(division);
    let concerns = |queued: &&Queued| queued.change.entity == table.entity() && here(queued.change.division);
    let changes: Vec<_> = transaction.queue.iter().filter(concerns).collect();
    let row = |queued: &Queued| Some((queued.change.division, queued.row_key()?));
    let last: HashMap<_, _> = changes.iter().enumerate().filter_map(|(place, one)| Some((row(one)?, place))).collect();
    let is_last = |(place, queued): &(usize, &Queued)| row(queued).is_none_or(|row| last.get(&row) == Some(place));
    let changes: Vec<_> = changes.into_iter().enumerate().filter(is_last).map(|(_, queued)| queued).collect();
    (!changes.is_empty()).then(|| (table.entity(), changes))
}

/// The rows that do not wait, and those that do as they will be.
fn overlaid(scan: TableScan, entity: &'static Entity, changes: &[&Queued]) -> PlanResult<LogicalPlan> {
    let name = scan.table_name.clone();
    let rows = changes.iter().filter_map(|queued| row(queued)).collect::<Result<Vec<_>>>()?;
    let mem = MemTable::try_new(table_rows(entity, &[])?.schema(), vec![vec![table_rows(entity, &rows)?]])?;
    let waiting =
        LogicalPlanBuilder::scan(name.clone(), provider_as_source(Arc::new(mem)), scan.projection.clone())?.build()?;
    let mut served = LogicalPlanBuilder::from(LogicalPlan::TableScan(scan));
    if let Some(key) = only_key(entity) {
        let changed: Vec<Expr> = changes.iter().filter_map(|queued| key_of(queued, key)).map(lit).collect();
        if !changed.is_empty() {
            served = served.filter(col(key.name.to_lowercase()).in_list(changed, true))?;
        }
    }
    served.union(waiting)?.alias(name)?.build()
}

/// The key of a row of the service that is changed or removed.
fn key_of(queued: &Queued, key: &Column) -> Option<ScalarValue> {
    let text = literal::content(queued.change.key.as_deref()?);
    match key.edm {
        EdmType::Guid | EdmType::String => Some(ScalarValue::from(text)),
        EdmType::Int16 | EdmType::Int32 | EdmType::Int64 => text.parse::<i64>().ok().map(ScalarValue::from),
        _ => None,
    }
}

/// The row as it will be; none for one that is removed.
fn row(queued: &Queued) -> Option<Result<RecordBatch>> {
    (queued.change.verb != Verb::Delete).then(|| Ok(queued.change.row(&image(queued))?))
}

/// The values of the row as it will be, as far as they are known before the service has it.
pub fn image(queued: &Queued) -> Map<String, Json> {
    let change = &queued.change;
    let mut values: Map<String, Json> = change.before.clone();
    values.extend(change.body.clone());
    if let (Some(key), Some(given)) = (guid_key(change.entity), &queued.given) {
        values.insert(key.name.to_string(), given.clone().into());
    }
    values.entry("Division").or_insert_with(|| change.division.into());
    values
}
