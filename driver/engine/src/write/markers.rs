//! Which column each marker of a write stands for (SQLDescribeParam): the one whose value it becomes, through the queries
//! between the two, or else the one that it is compared with in a join.

use std::collections::BTreeMap;

use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::{Case, Placeholder};
use datafusion::logical_expr::{BinaryExpr, Distinct, Expr, ExprSchemable, LogicalPlan};

use crate::error::Result;
use crate::types::origin;

/// The fields of markers, by their numbers.
pub type Markers = BTreeMap<usize, FieldRef>;

/// Finds the markers that come out of a query as its column at `index`, which is meant for `field`.
pub fn of_output(plan: &LogicalPlan, index: usize, field: &FieldRef, found: &mut Markers) {
    match plan {
        LogicalPlan::Projection(projection) => {
            if let Some(expr) = projection.expr.get(index) {
                of_value(expr, &projection.input, field, found);
            }
        }
        LogicalPlan::Values(values) => {
            values.values.iter().filter_map(|row| row.get(index)).for_each(|cell| of_cell(cell, field, found));
        }
        LogicalPlan::Union(union) => union.inputs.iter().for_each(|input| of_output(input, index, field, found)),
        LogicalPlan::SubqueryAlias(alias) => of_output(&alias.input, index, field, found),
        LogicalPlan::Filter(filter) => of_output(&filter.input, index, field, found),
        LogicalPlan::Sort(sort) => of_output(&sort.input, index, field, found),
        LogicalPlan::Limit(limit) => of_output(&limit.input, index, field, found),
        LogicalPlan::Distinct(Distinct::All(input)) => of_output(input, index, field, found),
        LogicalPlan::Join(join) => {
            let left = join.left.schema().fields().len();
            let joined = join.schema.fields().len() == left + join.right.schema().fields().len();
            match index.checked_sub(left) {
                None => of_output(&join.left, index, field, found),
                Some(index) if joined => of_output(&join.right, index, field, found),
                Some(_) => {}
            }
        }
        _ => {}
    }
}

/// A value that is computed from the columns of `input`.
fn of_value(expr: &Expr, input: &LogicalPlan, field: &FieldRef, found: &mut Markers) {
    let mut inner = |expr: &Expr| of_value(expr, input, field, found);
    match expr {
        Expr::Placeholder(marker) => note(marker, field, found),
        Expr::Alias(alias) => inner(&alias.expr),
        Expr::Column(column) => {
            if let Ok(index) = input.schema().index_of_column(column) {
                of_output(input, index, field, found);
            }
        }
        Expr::Case(Case { when_then_expr, else_expr, .. }) => {
            when_then_expr.iter().map(|(_, then)| then).chain(else_expr).for_each(|result| inner(result));
        }
        // What is reckoned for an amount may have a fraction, whatever it is reckoned with.
        Expr::BinaryExpr(BinaryExpr { left, op, right })
            if op.is_numerical_operators() && *field.data_type() == DataType::Float64 =>
        {
            inner(left);
            inner(right);
        }
        _ => {}
    }
}

/// A cell of VALUES, which the planner casts to the type of the others in its column: text keeps any value, numbers do not.
fn of_cell(expr: &Expr, field: &FieldRef, found: &mut Markers) {
    match expr {
        Expr::Placeholder(marker) => note(marker, field, found),
        Expr::Cast(cast) if *cast.field.data_type() == DataType::Utf8 => of_cell(&cast.expr, field, found),
        _ => {}
    }
}

fn note(marker: &Placeholder, field: &FieldRef, found: &mut Markers) {
    if let Some(number) = marker.id.strip_prefix('$').and_then(|number| number.parse().ok()) {
        found.entry(number).or_insert_with(|| FieldRef::clone(field));
    }
}

/// Finds the markers that joins compare with a column of a table.
pub fn of_joins(plan: &LogicalPlan, found: &mut Markers) -> Result<()> {
    plan.apply(|node| {
        if let LogicalPlan::Join(join) = node {
            join.on.iter().for_each(|(left, right)| of_comparison(left, right, node, found));
            if let Some(condition) = &join.filter {
                condition.apply(|part| {
                    if let Expr::BinaryExpr(BinaryExpr { left, op, right }) = part
                        && op.supports_propagation()
                    {
                        of_comparison(left, right, node, found);
                    }
                    Ok(TreeNodeRecursion::Continue)
                })?;
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}

fn of_comparison(left: &Expr, right: &Expr, join: &LogicalPlan, found: &mut Markers) {
    for (column, other) in [(left, right), (right, left)] {
        if let Ok((_, field)) = column.to_field(join.schema().as_ref())
            && origin(&field).is_some()
        {
            of_value(other, join, &field, found);
        }
    }
}
