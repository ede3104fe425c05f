//! RETURNING: expressions over the rows that were written.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, new_null_array};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::{
    FromTable, Query, Statement as Syntax, TableFactor, TableObject, TableWithJoins,
};
use exact_client::model::Entity;
use exact_client::writer::answered;

use super::source;
use crate::error::Result;
use crate::table::field as field_of;

/// The items of a RETURNING, as a query over the table that is written to.
#[derive(Debug)]
pub struct Returning {
    pub plan: LogicalPlan,
}

/// The query of a write's RETURNING.
pub fn query(syntax: &Syntax) -> Result<Option<Query>> {
    let (items, from) = match syntax {
        Syntax::Insert(insert) => match &insert.table {
            TableObject::TableName(name) => (insert.returning.as_ref(), Some(source::table(name.clone())?)),
            _ => return Ok(None),
        },
        Syntax::Update(update) => (update.returning.as_ref(), Some(alone(&update.table.relation))),
        Syntax::Delete(delete) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
            (delete.returning.as_ref(), from.first().map(|first| alone(&first.relation)))
        }
        _ => return Ok(None),
    };
    let (Some(items), Some(from)) = (items, from) else { return Ok(None) };
    Ok(Some(source::select(items.clone(), vec![from], None)?))
}

fn alone(factor: &TableFactor) -> TableWithJoins {
    TableWithJoins { relation: factor.clone(), joins: Vec::new() }
}

impl Returning {
    /// The same over these rows instead of the service's.
    pub fn over(&self, rows: RecordBatch) -> Result<LogicalPlan> {
        let schema = rows.schema();
        let table = Arc::new(MemTable::try_new(schema, vec![vec![rows]])?);
        let replaced = self.plan.clone().transform_up(|node| match node {
            LogicalPlan::TableScan(scan) => {
                let source = provider_as_source(Arc::clone(&table) as _);
                Ok(Transformed::yes(LogicalPlanBuilder::scan(scan.table_name, source, scan.projection)?.build()?))
            }
            other => Ok(Transformed::no(other)),
        })?;
        Ok(replaced.data)
    }

    /// The columns that it names, in lower case.
    pub fn columns(&self) -> Result<HashSet<String>> {
        let mut named = HashSet::new();
        self.plan.apply(|node| {
            node.apply_expressions(|expr| {
                named.extend(expr.column_refs().into_iter().map(|column| column.name.clone()));
                Ok(TreeNodeRecursion::Continue)
            })
        })?;
        Ok(named)
    }
}

/// Rows in the columns of [`answered`] as rows of the entity's table.
pub fn table_rows(entity: &'static Entity, rows: &[RecordBatch]) -> Result<RecordBatch> {
    let schema =
        Arc::new(Schema::new(entity.columns.iter().map(|column| field_of(entity, column)).collect::<Vec<_>>()));
    let Some(first) = rows.first() else { return Ok(RecordBatch::new_empty(schema)) };
    let all = concat_batches(&first.schema(), rows).map_err(DataFusionError::from)?;
    let places: Vec<usize> = answered(entity).collect();
    let columns = entity.columns.iter().enumerate().map(|(index, column)| -> ArrayRef {
        match places.iter().position(|place| *place == index) {
            Some(place) => Arc::clone(all.column(place)),
            None => new_null_array(&column.arrow_type(), all.num_rows()),
        }
    });
    Ok(RecordBatch::try_new(schema, columns.collect()).map_err(DataFusionError::from)?)
}
