//! The type of every `?` marker, from what surrounds it. Known before the first execution (SQLDescribeParam).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Field, FieldRef};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, ExprSchema, Result as PlanResult};
use datafusion::logical_expr::expr::{Case, Cast, InList, Placeholder, ScalarFunction};
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Between, EmptyRelation, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Values};

use crate::error::Result;

/// The field of every marker: of the column it is compared with, of the argument it is, a number of rows in a LIMIT;
/// text where nothing says more.
pub fn fields(plan: &LogicalPlan, count: usize) -> Result<Vec<FieldRef>> {
    let mut found: HashMap<String, FieldRef> = HashMap::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Limit(limit) = node {
            for expr in limit.skip.iter().chain(&limit.fetch) {
                note(&mut found, expr, whole_number);
            }
        }
        if let LogicalPlan::Filter(filter) = node {
            note(&mut found, &filter.predicate, yes_or_no);
        }
        let schema = merge_schema(&node.inputs());
        node.apply_expressions(|expr| {
            expr.apply(|part| {
                infer(part, &schema, &mut found);
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    // What DataFusion itself inferred while it planned.
    for (marker, field) in plan.get_parameter_fields()? {
        if let Some(field) = field.filter(|field| *field.data_type() != DataType::Null) {
            found.insert(marker, widened(field));
        }
    }
    let text = |marker: &str| Arc::new(Field::new(marker, DataType::Utf8, true));
    Ok((1..=count)
        .map(|number| {
            let marker = format!("${number}");
            found.get(&marker).map_or_else(|| text(&marker), Arc::clone)
        })
        .collect())
}

fn yes_or_no() -> Option<FieldRef> {
    Some(Arc::new(Field::new("condition", DataType::Boolean, true)))
}

fn whole_number() -> Option<FieldRef> {
    Some(Arc::new(Field::new("number", DataType::Int64, true)))
}

/// `? * 1.5` takes any number, not only those that `1.5` fits among.
fn widened(field: FieldRef) -> FieldRef {
    /// Digits behind the point.
    const SCALE: i8 = 10;
    match field.data_type() {
        DataType::Decimal128(..) => {
            let wide = DataType::Decimal128(DECIMAL128_MAX_PRECISION, SCALE);
            Arc::new(field.as_ref().clone().with_data_type(wide))
        }
        _ => field,
    }
}

/// The same of a write: `own` are the markers that stand for the value of a column.
pub fn of_write(source: Option<&LogicalPlan>, own: &BTreeMap<usize, FieldRef>, count: usize) -> Result<Vec<FieldRef>> {
    let empty =
        LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: false, schema: Arc::new(DFSchema::empty()) });
    let mut fields = fields(source.unwrap_or(&empty), count)?;
    for (number, field) in own {
        if let Some(place) = fields.get_mut(number - 1) {
            *place = Arc::clone(field);
        }
    }
    Ok(fields)
}

/// Remembers the type of an untyped marker.
fn note(found: &mut HashMap<String, FieldRef>, expr: &Expr, field: impl FnOnce() -> Option<FieldRef>) {
    if let Expr::Placeholder(Placeholder { id, field: None }) = expr
        && let Some(field) = field()
        && *field.data_type() != DataType::Null
    {
        found.entry(id.clone()).or_insert(field);
    }
}

fn is_untyped(expr: &Expr) -> bool {
    matches!(expr, Expr::Placeholder(Placeholder { field: None, .. }))
}

fn infer(expr: &Expr, schema: &dyn ExprSchema, found: &mut HashMap<String, FieldRef>) {
    let field_of = |expr: &Expr| expr.to_field(schema).ok().map(|(_, field)| field);
    match expr {
        Expr::ScalarFunction(call) if call.args.iter().any(is_untyped) => {
            let fields = arguments(call, schema);
            for (argument, field) in call.args.iter().zip(fields.into_iter().flatten()) {
                note(found, argument, || Some(field));
            }
        }
        Expr::Case(Case { expr: base, when_then_expr, else_expr }) => {
            let results = || when_then_expr.iter().map(|(_, then)| then).chain(else_expr);
            let result = results().find(|result| !is_untyped(result));
            for marker in results() {
                note(found, marker, || field_of(result?));
            }
            for (when, _) in when_then_expr {
                note(found, when, || base.as_ref().map_or_else(yes_or_no, |base| field_of(base)));
            }
        }
        Expr::Not(condition) => note(found, condition, yes_or_no),
        // Of LAG, LEAD and NTH_VALUE how many rows off.
        Expr::WindowFunction(call) => {
            if let Some(offset) = call.params.args.get(1) {
                note(found, offset, whole_number);
            }
        }
        Expr::Cast(Cast { expr, field }) => note(found, expr, || Some(Arc::clone(field))),
        Expr::InList(InList { expr, list, .. }) => note(found, expr, || field_of(list.first()?)),
        Expr::Between(Between { expr, low, high, .. }) => {
            note(found, expr, || field_of(if is_untyped(low) { high } else { low }));
        }
        _ => {}
    }
}

/// The fields that a function takes where its untyped markers stand.
fn arguments(call: &ScalarFunction, schema: &dyn ExprSchema) -> Option<Vec<FieldRef>> {
    let fields = call
        .args
        .iter()
        .map(|argument| argument.to_field(schema).map(|(_, field)| field))
        .collect::<PlanResult<Vec<_>>>()
        .ok()?;
    fields_with_udf(&fields, call.func.as_ref()).ok()
}

/// Gives every marker its type, so that the result's columns have theirs.
pub fn typed(plan: LogicalPlan, fields: &[FieldRef]) -> Result<LogicalPlan> {
    if fields.is_empty() {
        return Ok(plan);
    }
    let by_marker: HashMap<String, &FieldRef> =
        (1..).zip(fields).map(|(number, field)| (format!("${number}"), field)).collect();
    let typed = plan.transform_up_with_subqueries(|node| {
        let node = node.map_expressions(|expr| {
            expr.transform_up(|expr| match expr {
                Expr::Placeholder(Placeholder { id, .. }) => {
                    let field = by_marker.get(&id).map(|field| Arc::clone(field));
                    Ok(Transformed::yes(Expr::Placeholder(Placeholder { id, field })))
                }
                other => Ok(Transformed::no(other)),
            })
        })?;
        node.map_data(|node| match node {
            LogicalPlan::Values(values) => values_typed(values),
            other => other.recompute_schema(),
        })
    })?;
    Ok(typed.data)
}

/// VALUES whose columns have the types that their markers got.
fn values_typed(values: Values) -> PlanResult<LogicalPlan> {
    let has_marker = |cell: &Expr| matches!(cell, Expr::Placeholder(_));
    if !values.values.iter().flatten().any(has_marker) {
        return Ok(LogicalPlan::Values(values));
    }
    // A marker's field says which column it stands for, which cells beside it do not.
    let plain = |cell: Expr| {
        let cell = cell.transform_up(|part| match part {
            Expr::Placeholder(Placeholder { id, field }) => {
                let field = field.map(|field| Arc::new(Field::new(&id, field.data_type().clone(), true)));
                Ok(Transformed::yes(Expr::Placeholder(Placeholder { id, field })))
            }
            other => Ok(Transformed::no(other)),
        })?;
        Ok(cell.data)
    };
    let rows = values.values.into_iter().map(|row| row.into_iter().map(plain).collect::<PlanResult<_>>());
    LogicalPlanBuilder::values(rows.collect::<PlanResult<_>>()?)?.build()
}
