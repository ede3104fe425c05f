//! What stands behind a write is read completely: what the service did not send must not be taken for empty.

use std::collections::HashSet;

use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast, col};

use crate::error::{Error, Problem, Result};

/// What the names of the columns begin with that only show a row as it is, in the query of an UPDATE, a DELETE or a MERGE.
const IMAGE: &str = "b_";

/// The rows of `plan`, the query behind `statement`, without the picture of columns that the service does not send.
///
/// # Errors
/// HY000 if the statement depends on one of them: it would be taken for NULL in every row.
pub fn without_lacking(
    rows: Vec<RecordBatch>,
    lacking: &HashSet<String>,
    plan: LogicalPlan,
    state: &SessionState,
    statement: &str,
) -> Result<Vec<RecordBatch>> {
    if lacking.is_empty() {
        return Ok(rows);
    }
    let mut missing: Vec<_> = needed(plan, state)?.intersection(lacking).cloned().collect();
    if !missing.is_empty() {
        missing.sort_unstable();
        let text = format!(
            "Exact Online does not send {}, which it depends on, so that the value would be taken for NULL in every row",
            missing.join(", ")
        );
        let problems = vec![Problem { sqlstate: "HY000", text }];
        return Err(Error::WriteRefused { statement: statement.to_string(), problems });
    }
    let is_sent = |name: &str| image(name).is_none_or(|column| !lacking.contains(column));
    let known = |batch: RecordBatch| {
        let schema = batch.schema();
        let places = (0..schema.fields().len()).filter(|place| is_sent(schema.field(*place).name()));
        Ok(batch.project(&places.collect::<Vec<_>>()).map_err(DataFusionError::from)?)
    };
    rows.into_iter().map(known).collect()
}

/// The columns of tables that a query needs, in lower case, but for those that only show a row as it is.
fn needed(plan: LogicalPlan, state: &SessionState) -> Result<HashSet<String>> {
    let names = plan.schema().fields().iter().map(|field| field.name().clone());
    let names: Vec<_> = names.filter(|name| image(name).is_none()).collect();
    let narrow = LogicalPlanBuilder::from(plan).project(names.iter().map(|name| quoted(name)))?.build()?;
    let mut needed = HashSet::new();
    state.optimize(&narrow)?.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            needed.extend(scan.projected_schema.fields().iter().map(|field| field.name().to_lowercase()));
            let filtered = scan.filters.iter().flat_map(Expr::column_refs);
            needed.extend(filtered.map(|column| column.name.to_lowercase()));
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(needed)
}

/// The column whose picture this is.
fn image(name: &str) -> Option<&str> {
    name.strip_prefix(IMAGE)
}

fn quoted(name: &str) -> Expr {
    col(format!("\"{name}\""))
}

/// The query of the keys of the rows that a RETURNING is about.
pub fn keys(returning: &LogicalPlan, key: &str) -> Result<Option<LogicalPlan>> {
    let mut rows = None;
    // Its own FROM, not those of subqueries among its items.
    returning.apply(|node| {
        if let LogicalPlan::TableScan(_) = node {
            rows = Some(node.clone());
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    let Some(rows) = rows else { return Ok(None) };
    let key = cast(quoted(&key.to_lowercase()), DataType::Utf8);
    Ok(Some(LogicalPlanBuilder::from(rows).project([key])?.build()?))
}

/// The values of the first column, as text.
pub fn texts(batch: &RecordBatch) -> Vec<String> {
    let Some(column) = batch.columns().first() else { return Vec::new() };
    (0..batch.num_rows()).filter_map(|row| array_value_to_string(column, row).ok()).collect()
}
