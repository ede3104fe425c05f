//! The words of an explanation.

use std::fmt::Write as _;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{Column, LikeExpr};
use datafusion::physical_expr::{ScalarFunctionExpr, split_conjunction};
use datafusion::physical_expr_common::physical_expr::fmt_sql;

use crate::types::COLUMN_KEY;

/// Divisions that are named one by one.
const NAMED_DIVISIONS: usize = 5;

/// An expression as SQL, with the documented names of the columns of `schema`.
pub fn expression(expr: &Arc<dyn PhysicalExpr>, schema: &Schema) -> String {
    let spelled = Arc::clone(expr).transform_up(|expr| {
        Ok(match expr.downcast_ref::<Column>() {
            Some(column) => Transformed::yes(Arc::new(Column::new(&name(column, schema), column.index())) as _),
            None => Transformed::no(expr),
        })
    });
    let expr = spelled.map_or_else(|_| Arc::clone(expr), |spelled| spelled.data);
    fmt_sql(expr.as_ref()).to_string()
}

/// The documented name of a column, or its own if it was computed.
fn name(column: &Column, schema: &Schema) -> String {
    let field = schema.fields().get(column.index());
    let documented = field.and_then(|field| field.metadata().get(COLUMN_KEY));
    documented.cloned().unwrap_or_else(|| column.name().to_owned())
}

/// Each conjunct of a condition that is checked here, and why.
pub fn local(predicate: &Arc<dyn PhysicalExpr>, schema: &Schema) -> String {
    let mut text = String::new();
    for conjunct in split_conjunction(predicate) {
        let separator = if text.is_empty() { "" } else { "; " };
        // Writing to a String cannot fail.
        let _ = write!(text, "{separator}{}: {}", expression(conjunct, schema), why(conjunct, schema));
    }
    text
}

/// Why the service does not decide a condition, as far as it can be told from its form.
fn why(condition: &Arc<dyn PhysicalExpr>, schema: &Schema) -> &'static str {
    let mut columns = 0;
    let (mut computes, mut searches, mut is_text) = (false, false, false);
    // The walk itself cannot fail.
    let _ = condition.apply(|expr| {
        if let Some(column) = expr.downcast_ref::<Column>() {
            columns += 1;
            let field = schema.fields().get(column.index());
            is_text |= field.is_some_and(|field| *field.data_type() == DataType::Utf8);
        }
        computes |= expr.is::<ScalarFunctionExpr>();
        searches |= expr.is::<LikeExpr>();
        Ok(datafusion::common::tree_node::TreeNodeRecursion::Continue)
    });
    match () {
        () if columns > 1 && !computes => "the service does not compare columns with each other, or with all of these",
        () if computes => "the service computes no such function",
        () if searches => "text is searched with regard to case here, without it by the service",
        () if is_text => "text is compared with regard to case here, without it by the service",
        () => "this endpoint takes no condition on it",
    }
}

/// Which divisions, in a few words.
pub fn divisions(codes: &[i32]) -> String {
    let named: Vec<String> = codes.iter().take(NAMED_DIVISIONS).map(ToString::to_string).collect();
    match codes.len() {
        0..=NAMED_DIVISIONS => named.join(", "),
        number => format!("{number} divisions: {}, ...", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_divisions_are_named() {
        assert_eq!(divisions(&[5512]), "5512");
        assert_eq!(divisions(&[1, 2, 3]), "1, 2, 3");
        assert_eq!(divisions(&(1..=999).collect::<Vec<_>>()), "999 divisions: 1, 2, 3, 4, 5, ...");
    }
}
