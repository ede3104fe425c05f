//! MIN, MAX and COUNT over a whole read → one ordered row and one `$count` each, where the service sorts that column as
//! SQL does here; COUNT of a column that is never NULL → COUNT(*); a DISTINCT of constants → one row.

use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, Result};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, LogicalPlanBuilder, TableScan, lit};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

use crate::table::EntityTable;

#[derive(Debug)]
pub struct Extremes;

impl OptimizerRule for Extremes {
    fn name(&self) -> &'static str {
        "extremes"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Aggregate(aggregate) = &plan else {
            return Ok(Transformed::no(plan));
        };
        let rewritten = match (aggregate.group_expr.as_slice(), aggregate.aggr_expr.as_slice()) {
            ([], []) => None,
            ([], _) => extremes(aggregate)?.or(counted(aggregate)?),
            (_, []) => one_row(aggregate)?,
            _ => counted(aggregate)?,
        };
        Ok(rewritten.map_or_else(|| Transformed::no(plan), Transformed::yes))
    }
}

/// A group for nothing but constants needs to know only whether there is a row.
fn one_row(aggregate: &Aggregate) -> Result<Option<LogicalPlan>> {
    let constant = aggregate.group_expr.iter().all(|expr| is_constant(expr, &aggregate.input));
    if !constant || matches!(aggregate.input.as_ref(), LogicalPlan::Limit(_)) {
        return Ok(None);
    }
    let input = LogicalPlanBuilder::from(Arc::clone(&aggregate.input)).limit(0, Some(1))?.build()?;
    Ok(Some(LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(input), aggregate.group_expr.clone(), Vec::new())?)))
}

fn is_constant(expr: &Expr, input: &LogicalPlan) -> bool {
    match (expr, input) {
        (Expr::Literal(..), _) => true,
        (Expr::Alias(alias), _) => is_constant(&alias.expr, input),
        (Expr::Column(column), LogicalPlan::Projection(projection)) => projection
            .schema
            .maybe_index_of_column(column)
            .and_then(|place| projection.expr.get(place))
            .is_some_and(|expr| is_constant(expr, &projection.input)),
        (Expr::Column(column), LogicalPlan::SubqueryAlias(alias)) => {
            is_constant(&Expr::Column(Column::from_name(column.name.as_str())), &alias.input)
        }
        _ => false,
    }
}

/// `COUNT(column)` of a column without NULLs counts the rows.
fn counted(aggregate: &Aggregate) -> Result<Option<LogicalPlan>> {
    let mut changed = false;
    let aggr_expr: Vec<Expr> = aggregate
        .aggr_expr
        .iter()
        .map(|expr| match function(expr) {
            Some(count) if count.func.name() == "count" && is_never_null(count, aggregate) => {
                changed = true;
                let mut all = count.clone();
                all.params.args = vec![lit(1_i64)];
                Expr::AggregateFunction(all).alias(expr.schema_name().to_string())
            }
            _ => expr.clone(),
        })
        .collect();
    if !changed {
        return Ok(None);
    }
    let all = Aggregate::try_new_with_schema(
        Arc::clone(&aggregate.input),
        aggregate.group_expr.clone(),
        aggr_expr,
        Arc::clone(&aggregate.schema),
    )?;
    Ok(Some(LogicalPlan::Aggregate(all)))
}

fn is_never_null(count: &AggregateFunction, aggregate: &Aggregate) -> bool {
    let [Expr::Column(column)] = count.params.args.as_slice() else {
        return false;
    };
    let field = aggregate.input.schema().qualified_field_from_column(column);
    !count.params.distinct && field.is_ok_and(|(_, field)| !field.is_nullable())
}

/// Each of the functions on its own, side by side.
fn extremes(aggregate: &Aggregate) -> Result<Option<LogicalPlan>> {
    let Some(table) = read_whole(&aggregate.input) else {
        return Ok(None);
    };
    let parts: Option<Vec<_>> = aggregate.aggr_expr.iter().map(|expr| part(expr, table)).collect();
    let Some(parts) = parts.filter(|parts| parts.iter().any(Option::is_some)) else {
        return Ok(None);
    };
    if asked(table, |table| table.takes_more_calls_than(parts.len() as u64)) != Some(true) {
        return Ok(None);
    }
    let mut joined: Option<LogicalPlanBuilder> = None;
    for (expr, descending) in aggregate.aggr_expr.iter().zip(parts) {
        let input = LogicalPlanBuilder::from(Arc::clone(&aggregate.input));
        let input = match (descending, argument(expr)) {
            (Some(descending), Some(column)) => {
                let filled = input.filter(column.clone().is_not_null())?;
                filled.sort(vec![column.sort(!descending, !descending)])?.limit(0, Some(1))?
            }
            _ => input,
        };
        let one = input.aggregate(Vec::<Expr>::new(), vec![expr.clone()])?;
        joined = Some(match joined {
            Some(others) => others.cross_join(one.build()?)?,
            None => one,
        });
    }
    joined.map(LogicalPlanBuilder::build).transpose()
}

/// How the rows are to be ordered for this function: descending or not; `Some(None)` for a number of rows. `None` for
/// a function that must see all rows.
#[expect(clippy::option_option, reason = "a count needs no order, a sum has none that helps")]
fn part(expr: &Expr, table: &TableScan) -> Option<Option<bool>> {
    let aggregate = function(expr)?;
    match (aggregate.func.name(), aggregate.params.args.as_slice()) {
        ("count", [Expr::Literal(value, _)]) if !value.is_null() && !aggregate.params.distinct => Some(None),
        (name @ ("min" | "max"), [Expr::Column(column)]) => {
            asked(table, |table| table.sorts(&column.name))?.then_some(Some(name == "max"))
        }
        _ => None,
    }
}

fn function(expr: &Expr) -> Option<&AggregateFunction> {
    match expr {
        Expr::Alias(alias) => function(&alias.expr),
        Expr::AggregateFunction(function)
            if function.params.filter.is_none() && function.params.order_by.is_empty() =>
        {
            Some(function)
        }
        _ => None,
    }
}

fn argument(expr: &Expr) -> Option<Expr> {
    function(expr)?.params.args.first().cloned()
}

/// The one read below, if nothing is done with its rows before they are gathered.
fn read_whole(plan: &LogicalPlan) -> Option<&TableScan> {
    match plan {
        LogicalPlan::TableScan(scan) => {
            let exact = asked(scan, |table| table.evaluates(&scan.filters))?;
            (scan.fetch.is_none() && exact).then_some(scan)
        }
        LogicalPlan::SubqueryAlias(alias) => read_whole(&alias.input),
        LogicalPlan::Projection(projection) if projection.expr.iter().all(|expr| matches!(expr, Expr::Column(_))) => {
            read_whole(&projection.input)
        }
        _ => None,
    }
}

/// What the table of a read says of itself.
fn asked<T>(scan: &TableScan, question: impl FnOnce(&EntityTable) -> T) -> Option<T> {
    let provider = source_as_provider(&scan.source).ok()?;
    provider.downcast_ref::<EntityTable>().map(question)
}
