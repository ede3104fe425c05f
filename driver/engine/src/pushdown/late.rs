//! Conditions with a value that is known only when the query runs: that of a subquery, which is read first. A read of the
//! rows that are compared with it asks for those that meet it then. The conditions are checked above in any case.

use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::Schema;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::Cast;
use datafusion::logical_expr::{BinaryExpr as Binary, Expr};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr, CastExpr, Column, NotExpr};
use datafusion::physical_expr::scalar_subquery::ScalarSubqueryExpr;
use datafusion::prelude::{ident, lit};

/// Whether a condition waits for the value of a subquery.
pub fn waits(condition: &Arc<dyn PhysicalExpr>) -> bool {
    let mut found = false;
    // The walk itself cannot fail.
    let _ = condition.apply(|expr| {
        found |= expr.is::<ScalarSubqueryExpr>();
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    found
}

/// The condition over the columns of `schema`, now that its values are known; `None` for a form that no rule knows.
pub fn known(condition: &Arc<dyn PhysicalExpr>, schema: &Schema) -> Option<Expr> {
    if let Some(column) = condition.downcast_ref::<Column>() {
        return Some(ident(schema.fields().get(column.index())?.name()));
    }
    if let Some(value) = constant(condition) {
        return Some(value);
    }
    if let Some(binary) = condition.downcast_ref::<BinaryExpr>() {
        let side = |expr| known(expr, schema).map(Box::new);
        return Some(Expr::BinaryExpr(Binary::new(side(binary.left())?, *binary.op(), side(binary.right())?)));
    }
    if let Some(not) = condition.downcast_ref::<NotExpr>() {
        return Some(!known(not.arg(), schema)?);
    }
    let cast = condition.downcast_ref::<CastExpr>()?;
    let field = Arc::clone(cast.target_field());
    Some(Expr::Cast(Cast { expr: Box::new(known(cast.expr(), schema)?), field }))
}

/// The value of an expression without columns.
fn constant(expr: &Arc<dyn PhysicalExpr>) -> Option<Expr> {
    let mut names_columns = false;
    let _ = expr.apply(|part| {
        names_columns |= part.is::<Column>();
        Ok(TreeNodeRecursion::Continue)
    });
    if names_columns {
        return None;
    }
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    let one_row = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options).ok()?;
    let value = expr.evaluate(&one_row).ok()?.into_array(1).ok()?;
    Some(lit(datafusion::common::ScalarValue::try_from_array(&value, 0).ok()?))
}
