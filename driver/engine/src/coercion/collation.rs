//! Groups, orders and sets of text, where text is compared as the service does (`StringComparison=Service`): what a comparison
//! takes for equal is one group, one row of a DISTINCT, and next to each other in an order.

use std::sync::Arc;

use datafusion::common::{Column, ExprSchema, Result, ScalarValue, TableReference};
use datafusion::functions_aggregate::expr_fn::min;
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, Case, FieldMetadata, ScalarFunction};
use datafusion::logical_expr::{
    Aggregate, Distinct, Expr, LogicalPlan, LogicalPlanBuilder, Operator, Sort, SortExpr, binary_expr, lit,
};

use super::comparisons::Comparisons;

impl Comparisons {
    /// The plan with groups and orders of text as the service would make them.
    pub(super) fn collated(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        match plan {
            LogicalPlan::Sort(Sort { expr, input, fetch }) => {
                let expr = self.in_order(expr, &input);
                Ok(LogicalPlan::Sort(Sort { expr, input, fetch }))
            }
            LogicalPlan::Aggregate(aggregate) => self.grouped(aggregate),
            // Of USING, INTERSECT and EXCEPT; what stands in ON is a comparison already.
            LogicalPlan::Join(mut join) => {
                let (left, right) = (Arc::clone(join.left.schema()), Arc::clone(join.right.schema()));
                for (one, other) in &mut join.on {
                    if self.folds(one, left.as_ref()) && self.folds(other, right.as_ref()) {
                        *one = self.folded(std::mem::take(one));
                        *other = self.folded(std::mem::take(other));
                    }
                }
                Ok(LogicalPlan::Join(join))
            }
            LogicalPlan::Distinct(Distinct::All(input)) => {
                let columns = input.schema().iter().map(|(relation, field)| column(relation.cloned(), field.name()));
                let columns: Vec<Expr> = columns.collect();
                if !columns.iter().any(|column| self.folds(column, input.schema().as_ref())) {
                    return Ok(LogicalPlan::Distinct(Distinct::All(input)));
                }
                self.grouped(Aggregate::try_new(input, columns, Vec::new())?)
            }
            other => Ok(other),
        }
    }

    fn in_order(&self, keys: Vec<SortExpr>, input: &LogicalPlan) -> Vec<SortExpr> {
        let folded = |key: SortExpr| match self.folds(&key.expr, input.schema().as_ref()) {
            true => SortExpr { expr: self.folded(key.expr), ..key },
            false => key,
        };
        keys.into_iter().map(folded).collect()
    }

    /// Groups by what the service compares; of the texts of a group the first in binary order is shown.
    fn grouped(&self, aggregate: Aggregate) -> Result<LogicalPlan> {
        let input = Arc::clone(&aggregate.input);
        let is_text = |expr: &Expr| self.folds(expr, input.schema().as_ref());
        if !aggregate.group_expr.iter().any(is_text) {
            return Ok(LogicalPlan::Aggregate(aggregate));
        }
        let (mut groups, mut shown, mut wanted) = (Vec::new(), Vec::new(), Vec::new());
        for (number, group) in aggregate.group_expr.iter().enumerate() {
            if is_text(group) {
                let (compared, first) = (format!("compared:{number}"), format!("shown:{number}"));
                groups.push(self.folded(group.clone()).alias(compared));
                shown.push(min(group.clone()).alias(first.as_str()));
                wanted.push(Expr::Column(Column::from_name(first)));
            } else {
                let (relation, name) = group.qualified_name();
                groups.push(group.clone());
                wanted.push(column(relation, &name));
            }
        }
        for value in &aggregate.aggr_expr {
            let (relation, name) = value.qualified_name();
            wanted.push(column(relation, &name));
        }
        let values = shown.into_iter().chain(aggregate.aggr_expr.iter().cloned()).collect::<Vec<_>>();
        let named = wanted.into_iter().zip(aggregate.schema.iter()).map(|(expr, (relation, field))| {
            let metadata = FieldMetadata::from(field.as_ref());
            expr.alias_qualified_with_metadata(relation.cloned(), field.name(), Some(metadata))
        });
        let named: Vec<Expr> = named.collect();
        LogicalPlanBuilder::from(input).aggregate(groups, values)?.project(named)?.build()
    }

    /// Functions that compare texts: windows, numbers of different texts, the first and the last text, and those that
    /// search in a text.
    pub(super) fn function_folded(&self, expr: Expr, plan: &dyn ExprSchema) -> Expr {
        match expr {
            Expr::WindowFunction(mut function) => {
                let parameters = &mut function.params;
                for key in
                    parameters.partition_by.iter_mut().chain(parameters.order_by.iter_mut().map(|key| &mut key.expr))
                {
                    if self.folds(key, plan) {
                        *key = self.folded(std::mem::take(key));
                    }
                }
                Expr::WindowFunction(function)
            }
            Expr::AggregateFunction(mut function) if function.params.distinct && function.func.name() == "count" => {
                for argument in &mut function.params.args {
                    if self.folds(argument, plan) {
                        *argument = self.folded(std::mem::take(argument));
                    }
                }
                Expr::AggregateFunction(function)
            }
            Expr::AggregateFunction(function) => self.extreme(function, plan),
            Expr::ScalarFunction(function) => self.search(function, plan),
            other => other,
        }
    }

    /// MIN and MAX of a text: the first one in the service's order, and of those that it takes for equal in binary order.
    fn extreme(&self, function: AggregateFunction, plan: &dyn ExprSchema) -> Expr {
        let ascending = match function.func.name() {
            "min" => true,
            "max" => false,
            _ => return Expr::AggregateFunction(function),
        };
        let [text] = function.params.args.as_slice() else { return Expr::AggregateFunction(function) };
        if !self.folds(text, plan) {
            return Expr::AggregateFunction(function);
        }
        let keys = [self.folded(text.clone()), text.clone()];
        let order = keys.map(|key| key.sort(ascending, false)).to_vec();
        let known = text.clone().is_not_null();
        let filter = match &function.params.filter {
            Some(filter) => filter.as_ref().clone().and(known),
            None => known,
        };
        let (text, filter) = (text.clone(), Some(Box::new(filter)));
        Expr::AggregateFunction(AggregateFunction::new_udf(first_value_udaf(), vec![text], false, filter, order, None))
    }

    /// Functions that look for one text in another, or compare two.
    fn search(&self, mut function: ScalarFunction, plan: &dyn ExprSchema) -> Expr {
        let Some(folding) = &self.folding else { return Expr::ScalarFunction(function) };
        let name = function.func.name();
        let texts = match name {
            "strpos" | "locate" | "starts_with" | "ends_with" | "contains" | "nullif" | "replace" => 2,
            _ => return Expr::ScalarFunction(function),
        };
        if function.args.len() < texts || !function.args.iter().take(texts).all(|text| self.folds(text, plan)) {
            return Expr::ScalarFunction(function);
        }
        if let ("nullif", [one, other]) = (name, function.args.as_slice()) {
            let equal = binary_expr(self.folded(one.clone()), Operator::Eq, self.folded(other.clone()));
            let otherwise = Some(Box::new(one.clone()));
            let null = Box::new(lit(ScalarValue::Utf8(None)));
            return Expr::Case(Case {
                expr: None,
                when_then_expr: vec![(Box::new(equal), null)],
                else_expr: otherwise,
            });
        }
        if name == "replace" {
            return Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(&folding.replaced), function.args));
        }
        for text in function.args.iter_mut().take(texts) {
            let searched = ScalarFunction::new_udf(Arc::clone(&folding.searched), vec![std::mem::take(text)]);
            *text = Expr::ScalarFunction(searched);
        }
        Expr::ScalarFunction(function)
    }
}

fn column(relation: Option<TableReference>, name: &str) -> Expr {
    Expr::Column(Column::new(relation, name))
}
