//! A subquery that takes the first row of those that belong to a row around it, as in
//! `(SELECT TOP 1 c.FullName FROM Contacts c WHERE c.Account = a.ID ORDER BY c.FullName)`. DataFusion joins a subquery to the
//! rows around it only as an aggregate: the first value in that order is one.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result};
use datafusion::functions_aggregate::first_last::first_value;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, FetchType, Limit, LogicalPlan, LogicalPlanBuilder, SkipType, SortExpr, Subquery};
use datafusion::optimizer::AnalyzerRule;

#[derive(Debug)]
pub struct FirstRow;

impl AnalyzerRule for FirstRow {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(|plan| {
            let names = NamePreserver::new(&plan);
            plan.map_expressions(|expr| {
                let name = names.save(&expr);
                Ok(expr.transform_up(aggregated)?.update_data(|expr| name.restore(expr)))
            })
        })
        .map(|transformed| transformed.data)
    }

    fn name(&self) -> &'static str {
        "first_row"
    }
}

fn aggregated(expr: Expr) -> Result<Transformed<Expr>> {
    let subquery = match expr {
        Expr::ScalarSubquery(subquery) if !subquery.outer_ref_columns.is_empty() => subquery,
        other => return Ok(Transformed::no(other)),
    };
    Ok(match first_of(&subquery.subquery)? {
        Some(plan) => Transformed::yes(Expr::ScalarSubquery(Subquery { subquery: Arc::new(plan), ..subquery })),
        None => Transformed::no(Expr::ScalarSubquery(subquery)),
    })
}

/// `SELECT value … ORDER BY keys LIMIT 1` → `SELECT FIRST_VALUE(value ORDER BY keys) …`.
fn first_of(plan: &LogicalPlan) -> Result<Option<LogicalPlan>> {
    let LogicalPlan::Limit(limit) = plan else { return Ok(None) };
    let (Some((value, order, input)), true) = (parts(limit), is_one_row(limit)?) else { return Ok(None) };
    let combines = |node: &LogicalPlan| {
        Ok(matches!(
            node,
            LogicalPlan::Aggregate(_) | LogicalPlan::Distinct(_) | LogicalPlan::Window(_) | LogicalPlan::Limit(_)
        ))
    };
    if input.exists(combines)? {
        return Ok(None);
    }
    // Under a name that no column has, since the keys of the rows around it will stand beside it.
    let first = first_value(value, order).alias("the first value");
    Ok(Some(LogicalPlanBuilder::from(input.clone()).aggregate(Vec::<Expr>::new(), vec![first])?.build()?))
}

fn is_one_row(limit: &Limit) -> Result<bool> {
    let (skip, fetch) = (limit.get_skip_type()?, limit.get_fetch_type()?);
    Ok(matches!((skip, fetch), (SkipType::Literal(0), FetchType::Literal(Some(1)))))
}

/// The one value of a row, the order of the rows, and the rows.
fn parts(limit: &Limit) -> Option<(Expr, Vec<SortExpr>, &LogicalPlan)> {
    match limit.input.as_ref() {
        LogicalPlan::Sort(sort) => Some((only_column(sort.input.schema())?, sort.expr.clone(), sort.input.as_ref())),
        LogicalPlan::Projection(projection) => match (projection.expr.as_slice(), projection.input.as_ref()) {
            ([value], LogicalPlan::Sort(sort)) => {
                Some((value.clone().unalias(), sort.expr.clone(), sort.input.as_ref()))
            }
            _ => Some((only_column(&projection.schema)?, Vec::new(), limit.input.as_ref())),
        },
        other => Some((only_column(other.schema())?, Vec::new(), other)),
    }
}

fn only_column(schema: &DFSchema) -> Option<Expr> {
    match schema.columns().as_slice() {
        [column] => Some(Expr::Column(column.clone())),
        _ => None,
    }
}
