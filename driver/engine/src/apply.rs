//! The first rows of those that belong to a row, as rows of their own:
//! `Accounts a OUTER APPLY (SELECT TOP 3 i.InvoiceNumber FROM SalesInvoices i WHERE i.InvoiceTo = a.ID ORDER BY …) x`.
//! DataFusion joins such a subquery without its limit only. So the rows are numbered by what they have in common with the row
//! around them, and those up to the limit are joined.

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, JoinType, Result, TableReference};
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::logical_expr::{
    BinaryExpr, Expr, ExprFunctionExt, FetchType, Filter, Join, Limit, LogicalPlan, LogicalPlanBuilder, Operator,
    Projection, SkipType, SortExpr, ident, lit,
};
use datafusion::optimizer::AnalyzerRule;

use crate::error::Error;

#[derive(Debug)]
pub struct FirstRowsOfEach;

impl AnalyzerRule for FirstRowsOfEach {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(|plan| {
            let joined = match &plan {
                LogicalPlan::Join(join) => numbered(join)?,
                LogicalPlan::Window(window) => {
                    refuse_correlated(&window.input)?;
                    None
                }
                _ => None,
            };
            Ok(joined.map_or(Transformed::no(plan), Transformed::yes))
        })
        .map(|transformed| transformed.data)
    }

    fn name(&self) -> &'static str {
        "first_rows_of_each"
    }
}

/// DataFusion would let a window reach over the rows of all rows around it.
fn refuse_correlated(input: &LogicalPlan) -> Result<()> {
    if !is_correlated(input) {
        return Ok(());
    }
    let what = "A window function, WITH TIES or PERCENT in a subquery that refers to the row around it".into();
    let instead = "a JOIN with a subquery that has PARTITION BY".into();
    Err(Error::UseInstead { what, instead }.into())
}

/// Whether a row around it is referred to; what stands around a subquery within it is no such row.
fn is_correlated(plan: &LogicalPlan) -> bool {
    let is_subquery = matches!(plan, LogicalPlan::Subquery(_));
    !is_subquery && (plan.contains_outer_reference() || plan.inputs().into_iter().any(is_correlated))
}

/// The join with numbered rows in the place of a limited subquery on its right side.
fn numbered(join: &Join) -> Result<Option<LogicalPlan>> {
    let Some((subquery, alias)) = lateral(&join.right) else { return Ok(None) };
    let (Some(first), JoinType::Inner | JoinType::Left, []) =
        (First::of(subquery)?, join.join_type, join.on.as_slice())
    else {
        return Ok(None);
    };
    let Some((pairs, others)) = correlation(first.filter) else { return Ok(None) };
    let names: Vec<String> = (1..=pairs.len()).map(|place| format!("apply:{place}")).collect();
    let key = |name: &String| ident(name.clone());
    let keys = pairs.iter().zip(&names).map(|((inner, _), name)| inner.clone().alias(name));
    let mut rows = LogicalPlanBuilder::from(first.filter.input.as_ref().clone());
    if let Some(condition) = conjunction(others) {
        rows = rows.filter(condition)?;
    }
    let number = row_number().partition_by(names.iter().map(key).collect()).order_by(first.order).build()?;
    let place = ident(number.schema_name().to_string());
    let rows = rows
        .project(first.columns.expr.iter().cloned().chain(keys))?
        .window([number])?
        .filter(place.lt_eq(lit(first.rows)))?
        .project(first.output.into_iter().chain(names.iter().map(key)))?;
    let rows = match alias {
        Some(alias) => rows.alias(alias.clone())?,
        None => rows,
    };
    let of_rows = |name: &String| Expr::Column(Column::new(alias.cloned(), name.clone()));
    let equal = pairs.into_iter().zip(&names).map(|((_, outer), name)| outer.eq(of_rows(name)));
    let joined = LogicalPlanBuilder::from(join.left.as_ref().clone()).join_on(
        rows.build()?,
        join.join_type,
        equal.chain(join.filter.clone()),
    )?;
    Ok(Some(joined.project(join.schema.columns().into_iter().map(Expr::Column))?.build()?))
}

/// A subquery that stands for a table, and what it is called.
fn lateral(plan: &LogicalPlan) -> Option<(&LogicalPlan, Option<&TableReference>)> {
    match plan {
        LogicalPlan::Subquery(subquery) => Some((subquery.subquery.as_ref(), None)),
        LogicalPlan::SubqueryAlias(named) => match named.input.as_ref() {
            LogicalPlan::Subquery(subquery) => Some((subquery.subquery.as_ref(), Some(&named.alias))),
            _ => None,
        },
        _ => None,
    }
}

/// `SELECT columns FROM … WHERE filter ORDER BY order LIMIT rows`.
struct First<'p> {
    /// What is selected, with what it is ordered by.
    columns: &'p Projection,
    filter: &'p Filter,
    order: Vec<SortExpr>,
    rows: u64,
    /// What is given of the columns.
    output: Vec<Expr>,
}

impl<'p> First<'p> {
    fn of(plan: &'p LogicalPlan) -> Result<Option<Self>> {
        let LogicalPlan::Limit(limit) = plan else { return Ok(None) };
        let Some(rows) = fetched(limit)? else { return Ok(None) };
        let own = |plan: &LogicalPlan| plan.schema().columns().into_iter().map(Expr::Column).collect::<Vec<_>>();
        let (output, order, body) = match limit.input.as_ref() {
            LogicalPlan::Sort(sort) => (own(&sort.input), sort.expr.clone(), sort.input.as_ref()),
            LogicalPlan::Projection(projection) => match projection.input.as_ref() {
                LogicalPlan::Sort(sort) => (projection.expr.clone(), sort.expr.clone(), sort.input.as_ref()),
                _ => (own(&limit.input), Vec::new(), limit.input.as_ref()),
            },
            _ => return Ok(None),
        };
        let LogicalPlan::Projection(columns) = body else { return Ok(None) };
        let LogicalPlan::Filter(filter) = columns.input.as_ref() else { return Ok(None) };
        let correlated = columns.expr.iter().chain(order.iter().map(|key| &key.expr)).any(Expr::contains_outer)
            || filter.input.exists(|node| Ok(node.contains_outer_reference()))?;
        Ok((!correlated).then_some(Self { columns, filter, order, rows, output }))
    }
}

fn fetched(limit: &Limit) -> Result<Option<u64>> {
    Ok(match (limit.get_skip_type()?, limit.get_fetch_type()?) {
        (SkipType::Literal(0), FetchType::Literal(Some(rows))) => Some(rows as u64),
        _ => None,
    })
}

/// An expression over the rows of a subquery, and the one over the row around it that it must equal.
type Pair = (Expr, Expr);

/// The pairs in a condition, and what it says of the rows alone; `None` where it is more than equations.
fn correlation(filter: &Filter) -> Option<(Vec<Pair>, Vec<Expr>)> {
    let (correlated, others): (Vec<_>, Vec<_>) =
        split_conjunction(&filter.predicate).into_iter().partition(|condition| condition.contains_outer());
    let pairs: Option<Vec<_>> = correlated.into_iter().map(pair).collect();
    pairs.filter(|pairs| !pairs.is_empty()).map(|pairs| (pairs, others.into_iter().cloned().collect()))
}

fn pair(condition: &Expr) -> Option<Pair> {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = condition else { return None };
    let (inner, outer) = if left.contains_outer() { (right, left) } else { (left, right) };
    let mixed = inner.contains_outer() || outer.exists(|part| Ok(matches!(part, Expr::Column(_)))).ok()?;
    let of_row = |part| {
        Ok(match part {
            Expr::OuterReferenceColumn(_, column) => Transformed::yes(Expr::Column(column)),
            other => Transformed::no(other),
        })
    };
    let outer = outer.as_ref().clone().transform_up(of_row).ok()?.data;
    (!mixed).then(|| (inner.as_ref().clone(), outer))
}
