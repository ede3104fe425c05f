//! EXISTS of a query that stands alone: its first row decides, and it is asked for once.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::expr::Exists;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Subquery, lit};
use datafusion::optimizer::AnalyzerRule;

#[derive(Debug)]
pub struct OneRowSuffices;

impl AnalyzerRule for OneRowSuffices {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(|plan| {
            let names = NamePreserver::new(&plan);
            plan.map_expressions(|expr| {
                let name = names.save(&expr);
                Ok(expr.transform_up(counted)?.update_data(|expr| name.restore(expr)))
            })
        })
        .map(|transformed| transformed.data)
    }

    fn name(&self) -> &'static str {
        "one_row_suffices"
    }
}

/// `EXISTS (query)` → `(SELECT COUNT(*) FROM (query LIMIT 1)) > 0`.
fn counted(expr: Expr) -> Result<Transformed<Expr>> {
    let (subquery, negated) = match expr {
        Expr::Exists(Exists { subquery, negated }) if subquery.outer_ref_columns.is_empty() => (subquery, negated),
        other => return Ok(Transformed::no(other)),
    };
    let first = LogicalPlanBuilder::from(subquery.subquery).limit(0, Some(1))?;
    let number = first.aggregate(Vec::<Expr>::new(), vec![count(lit(1_i64))])?.build()?;
    let number = Expr::ScalarSubquery(Subquery { subquery: Arc::new(number), ..subquery });
    Ok(Transformed::yes(if negated { number.eq(lit(0_i64)) } else { number.gt(lit(0_i64)) }))
}
