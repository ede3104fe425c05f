//! RETURNING: expressions over the rows that were written.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, new_null_array};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::{
    Expr, OutputClause, Query, SelectItem, SelectItemQualifiedWildcardKind, Statement as Syntax, TableFactor,
    TableObject, TableWithJoins, visit_expressions_mut,
};
use exact_client::model::Entity;
use exact_client::writer::answered;

use super::change::deleted_table;
use super::insert::{refuse, use_instead};
use super::source;
use crate::error::Result;
use crate::table::field as field_of;

/// The items of a RETURNING, as a query over the table that is written to.
#[derive(Debug)]
pub struct Returning {
    pub plan: LogicalPlan,
}

/// The query of a write's RETURNING, or of the OUTPUT of SQL Server.
pub fn query(syntax: &Syntax) -> Result<Option<Query>> {
    let (returning, output, from) = match syntax {
        Syntax::Insert(insert) => match &insert.table {
            TableObject::TableName(name) => (&insert.returning, &insert.output, Some(source::table(name.clone())?)),
            _ => return Ok(None),
        },
        Syntax::Update(update) => (&update.returning, &update.output, Some(alone(&update.table.relation))),
        Syntax::Delete(delete) => (&delete.returning, &delete.output, deleted_table(delete).map(alone)),
        Syntax::Merge(merge) => (&None, &merge.output, Some(alone(&merge.table))),
        _ => return Ok(None),
    };
    let Some(from) = from else { return Ok(None) };
    let items = match (returning, output) {
        (Some(items), _) => items.clone(),
        (None, Some(OutputClause::Returning { select_items, .. })) => select_items.clone(),
        (None, Some(OutputClause::Output { select_items, into_table, .. })) => {
            refuse(into_table.is_some(), "OUTPUT ... INTO")?;
            output_items(select_items, matches!(syntax, Syntax::Delete(_)))?
        }
        (None, None) => return Ok(None),
    };
    Ok(Some(source::select(items, vec![from], None)?))
}

/// The items of an OUTPUT without `inserted.` and `deleted.`: what a row was before it was changed is not kept.
fn output_items(items: &[SelectItem], deletes: bool) -> Result<Vec<SelectItem>> {
    let (own, other) = if deletes { ("deleted", "inserted") } else { ("inserted", "deleted") };
    let mut items = items.to_vec();
    for item in &mut items {
        if let SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options) = item
            && name.to_string().eq_ignore_ascii_case(own)
        {
            *item = SelectItem::Wildcard(options.clone());
        }
    }
    let bare = visit_expressions_mut(&mut items, |expr| {
        if let Expr::CompoundIdentifier(parts) = expr
            && let [table, column] = parts.as_slice()
        {
            if table.value.eq_ignore_ascii_case(other) {
                return ControlFlow::Break(());
            }
            if table.value.eq_ignore_ascii_case(own) {
                *expr = Expr::Identifier(column.clone());
            }
        }
        ControlFlow::Continue(())
    });
    use_instead(bare.is_break(), &format!("OUTPUT {other}"), &format!("OUTPUT {own}, or read the rows before"))?;
    Ok(items)
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

/// The guid key in the row that the service answered.
pub fn key_in(entity: &Entity, row: &RecordBatch) -> Option<String> {
    let [key] = entity.keys.as_slice() else { return None };
    let place = answered(entity).position(|column| column == *key)?;
    let array = row.column(place).as_string_opt::<i32>()?;
    (row.num_rows() == 1).then(|| array.value(0).to_string())
}
