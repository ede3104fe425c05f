//! Comparisons between values of different types.
//!
//! A comparison is brought to one type while it is planned ([`crate::coercion::arithmetic::Planner`] calls [`compared`]), since
//! DataFusion refuses some pairs at that moment; and again before it is optimised ([`Comparisons`]), since a parameter has
//! its value only then.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, ExprSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::expr::{Case, InList, InSubquery, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    Between, BinaryExpr, Expr, ExprSchemable, Filter, Join, Like, LogicalPlan, LogicalPlanBuilder, Operator,
    binary_expr, cast, lit, try_cast,
};
use datafusion::optimizer::AnalyzerRule;

use super::literals::{canonical_guid, fit, is_guid};
use super::{null_safe, patterns};
use crate::error::{Error, Place};
use crate::functions::Folding;

/// The operators that compare two values.
pub fn is_comparison(op: Operator) -> bool {
    use Operator as Op;
    matches!(op, Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq)
}

const MOMENT: DataType = DataType::Timestamp(TimeUnit::Millisecond, None);

/// A comparison with both sides in one type; `None` where nothing is to be done.
///
/// # Errors
/// 22018 and 22007 for a literal that is no value of the other side's type, 42000 for types that have nothing in common.
pub fn compared(left: &Expr, op: Operator, right: &Expr, schema: &dyn ExprSchema) -> Result<Option<Expr>> {
    let (Some(left_field), Some(right_field)) = (field_of(left, schema), field_of(right, schema)) else {
        return Ok(None);
    };
    match (left, right) {
        (Expr::Literal(..), Expr::Literal(..)) => Ok(None),
        (_, Expr::Literal(value, _)) => beside_literal(left, &left_field, op, value),
        (Expr::Literal(value, _), _) => match op.swap() {
            Some(swapped) => beside_literal(right, &right_field, swapped, value),
            None => Ok(None),
        },
        _ => beside_value((left, &left_field), op, (right, &right_field)),
    }
}

fn field_of(expr: &Expr, schema: &dyn ExprSchema) -> Option<FieldRef> {
    // An unknown column is told by the planner, with its place.
    expr.to_field(schema).ok().map(|(_, field)| field)
}

fn beside_literal(target: &Expr, field: &Field, op: Operator, value: &ScalarValue) -> Result<Option<Expr>> {
    if value.is_null() {
        return Ok(None);
    }
    let text = value.try_as_str().flatten();
    if is_guid(field) && text.is_some_and(|text| canonical_guid(text).is_none()) {
        return Ok(never_equal(target, op));
    }
    if *field.data_type() == DataType::Utf8 && !is_guid(field) && value.data_type().is_numeric() {
        return Ok(Some(text_beside_number(target, op, value)));
    }
    let fitted = fit(field, value)?;
    let moment = fitted.as_ref().unwrap_or(value);
    if *field.data_type() == DataType::Date32 && moment.data_type() == MOMENT {
        // In the service's unit: nanoseconds, which both would become, end in 2262.
        return Ok(Some(binary_expr(cast(target.clone(), MOMENT), op, lit(moment.clone()))));
    }
    if let Some(fitted) = fitted {
        return Ok((fitted != *value).then(|| binary_expr(target.clone(), op, lit(fitted))));
    }
    refuse_mismatch((target, field.data_type()), (&lit(value.clone()), &value.data_type()))?;
    Ok(None)
}

/// A text that is no guid equals none: false, or unknown where there is no guid.
fn never_equal(target: &Expr, op: Operator) -> Option<Expr> {
    let unknown = || lit(ScalarValue::Boolean(None));
    match op {
        Operator::Eq => Some(target.clone().is_null().and(unknown())),
        Operator::NotEq => Some(target.clone().is_not_null().or(unknown())),
        _ => None,
    }
}

/// Codes are text, and people write them as numbers: equal where they read the same, ordered by their value. Text that
/// is no number has no place in that order.
fn text_beside_number(target: &Expr, op: Operator, value: &ScalarValue) -> Expr {
    match op {
        Operator::Eq | Operator::NotEq => binary_expr(target.clone(), op, lit(value.to_string())),
        _ => binary_expr(try_cast(target.clone(), DataType::Float64), op, lit(value.clone())),
    }
}

fn beside_value(left: (&Expr, &Field), op: Operator, right: (&Expr, &Field)) -> Result<Option<Expr>> {
    let brought = |(expr, field): (&Expr, &Field), other: &Field| {
        let text = *field.data_type() == DataType::Utf8;
        match other.data_type() {
            number if text && number.is_numeric() => Some(try_cast(expr.clone(), DataType::Float64)),
            // In the service's unit: nanoseconds, which a day would become, end in 2262.
            DataType::Timestamp(TimeUnit::Millisecond, None) if *field.data_type() == DataType::Date32 => {
                Some(cast(expr.clone(), MOMENT))
            }
            DataType::Timestamp(..) | DataType::Date32 if text => Some(try_cast(expr.clone(), MOMENT)),
            number if *field.data_type() == DataType::Boolean && number.is_integer() => {
                Some(cast(expr.clone(), DataType::UInt8))
            }
            _ => None,
        }
    };
    let (new_left, new_right) = (brought(left, right.1), brought(right, left.1));
    if new_left.is_none() && new_right.is_none() {
        refuse_mismatch((left.0, left.1.data_type()), (right.0, right.1.data_type()))?;
        return Ok(None);
    }
    let side = |new: Option<Expr>, old: &Expr| new.unwrap_or_else(|| old.clone());
    Ok(Some(binary_expr(side(new_left, left.0), op, side(new_right, right.0))))
}

/// Families of types of which no two can be compared.
fn family(data_type: &DataType) -> Option<&'static str> {
    Some(match data_type {
        DataType::Boolean => "a yes/no value",
        DataType::Utf8 => "text",
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => "a date",
        DataType::Time32(_) | DataType::Time64(_) => "a time",
        DataType::Binary => "binary data",
        number if number.is_numeric() => "a number",
        _ => return None,
    })
}

fn refuse_mismatch(left: (&Expr, &DataType), right: (&Expr, &DataType)) -> Result<()> {
    let (Some(left_family), Some(right_family)) = (family(left.1), family(right.1)) else {
        return Ok(());
    };
    // DataFusion converts text to everything else but a yes/no value.
    let convertible = |one, other| one == "text" && other != "a yes/no value";
    if left_family == right_family || convertible(left_family, right_family) || convertible(right_family, left_family) {
        return Ok(());
    }
    let error = Error::Invalid {
        message: format!(
            "{} is {left_family} and cannot be compared with {}, which is {right_family}. Use CAST to bring both to one type.",
            shown(left.0),
            shown(right.0)
        ),
    };
    Err(error.at(Place::of_expr(left.0).or_else(|| Place::of_expr(right.0))).into())
}

fn shown(expr: &Expr) -> String {
    match expr {
        Expr::Column(column) => crate::error::documented_spelling(column),
        Expr::Literal(value, _) => value.to_string(),
        Expr::Cast(cast) => shown(&cast.expr),
        _ => "An expression".into(),
    }
}

/// Comparisons, lists, ranges and patterns, with the values of parameters in place.
#[derive(Debug)]
pub struct Comparisons {
    /// Where text is compared as the service does (`StringComparison=Service`).
    pub folding: Option<Folding>,
}

impl AnalyzerRule for Comparisons {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let transformed = plan.transform_up_with_subqueries(|plan| {
            let schema = merge_schema(&plan.inputs());
            let names = NamePreserver::new(&plan);
            let plan = plan.map_expressions(|expr| {
                let name = names.save(&expr);
                let rewritten = expr.transform_up(|expr| self.rewritten(expr, &schema))?;
                Ok(rewritten.update_data(|expr| name.restore(expr)))
            })?;
            let changed = plan.transformed;
            Ok(match plan.data {
                LogicalPlan::Filter(filter) => Transformed::yes(LogicalPlan::Filter(without_impossible(filter))),
                LogicalPlan::Join(join) if join.filter.is_some() => Transformed::yes(self.joined(join, &schema)?),
                other if self.folding.is_some() => Transformed::yes(self.collated(other)?),
                other => Transformed::new_transformed(other, changed),
            })
        })?;
        Ok(transformed.data)
    }

    fn name(&self) -> &'static str {
        "comparisons"
    }
}

impl Comparisons {
    fn joined(&self, mut join: Join, schema: &DFSchema) -> Result<LogicalPlan> {
        join.filter = join.filter.map(|condition| null_safe::keys(condition, schema));
        match self.folding {
            Some(_) => self.collated(LogicalPlan::Join(join)),
            None => Ok(LogicalPlan::Join(join)),
        }
    }

    fn rewritten(&self, expr: Expr, schema: &dyn ExprSchema) -> Result<Transformed<Expr>> {
        Ok(match expr {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) if is_comparison(op) => {
                let expr = match compared(&left, op, &right, schema)? {
                    Some(expr) => expr,
                    None => binary_expr(*left, op, *right),
                };
                Transformed::yes(self.comparison_folded(expr, schema))
            }
            Expr::InList(list) => Transformed::yes(self.list(list, schema)?),
            Expr::Between(between) => Transformed::yes(self.between(between, schema)?),
            Expr::InSubquery(membership) => Transformed::yes(self.membership(membership, schema)?),
            Expr::Like(like) => Transformed::yes(self.like(like, schema)),
            function @ (Expr::WindowFunction(_) | Expr::AggregateFunction(_) | Expr::ScalarFunction(_))
                if self.folding.is_some() =>
            {
                Transformed::yes(self.function_folded(function, schema))
            }
            Expr::IsTrue(value) if is_number(&value, schema) => Transformed::yes(Expr::IsTrue(equal(*value, 1))),
            Expr::IsFalse(value) if is_number(&value, schema) => Transformed::yes(Expr::IsTrue(equal(*value, 0))),
            Expr::IsNotTrue(value) if is_number(&value, schema) => Transformed::yes(Expr::IsNotTrue(equal(*value, 1))),
            Expr::IsNotFalse(value) if is_number(&value, schema) => Transformed::yes(Expr::IsNotTrue(equal(*value, 0))),
            Expr::Case(case) if case.expr.is_some() => Transformed::yes(self.case(case, schema)?),
            other => Transformed::no(other),
        })
    }

    fn comparison_folded(&self, expr: Expr, schema: &dyn ExprSchema) -> Expr {
        match expr {
            Expr::BinaryExpr(BinaryExpr { left, op, right })
                if is_comparison(op) && self.folds(&left, schema) && self.folds(&right, schema) =>
            {
                binary_expr(self.folded(*left), op, self.folded(*right))
            }
            other => other,
        }
    }

    /// Each item as it would be in a comparison of its own.
    fn list(&self, list: InList, schema: &dyn ExprSchema) -> Result<Expr> {
        let InList { expr, list, negated } = list;
        let (items, others): (Vec<_>, Vec<_>) = list
            .into_iter()
            .map(|item| item_beside(&expr, item, schema))
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .partition(|beside| matches!(beside, Beside::Item(_)));
        let items: Vec<_> = items.into_iter().filter_map(Beside::item).collect();
        let without_items = if negated { expr.clone().is_not_null() } else { expr.clone().is_null() };
        let unknown = lit(ScalarValue::Boolean(None));
        if items.is_empty() && !others.is_empty() {
            return Ok(if negated { without_items.or(unknown) } else { without_items.and(unknown) });
        }
        let folds = self.folds(&expr, schema) && items.iter().all(|item| self.folds(item, schema));
        if folds {
            let items = items.into_iter().map(|item| self.folded(item)).collect();
            return Ok(Expr::InList(InList::new(Box::new(self.folded(*expr)), items, negated)));
        }
        Ok(Expr::InList(InList::new(expr, items, negated)))
    }

    fn between(&self, between: Between, schema: &dyn ExprSchema) -> Result<Expr> {
        let Between { expr, negated, low, high } = between;
        let (first, last) = (Operator::GtEq, Operator::LtEq);
        let differs =
            compared(&expr, first, &low, schema)?.is_some() || compared(&expr, last, &high, schema)?.is_some();
        if !differs && !self.folds(&expr, schema) {
            return Ok(Expr::Between(Between::new(expr, negated, low, high)));
        }
        let side = |op, bound: &Expr| -> Result<Expr> {
            let plain = || binary_expr((*expr).clone(), op, bound.clone());
            let side = compared(&expr, op, bound, schema)?.unwrap_or_else(plain);
            Ok(self.comparison_folded(side, schema))
        };
        let range = side(first, &low)?.and(side(last, &high)?);
        Ok(if negated { !range } else { range })
    }

    /// Both sides of `text IN (SELECT text …)` as the service would compare them.
    fn membership(&self, membership: InSubquery, schema: &dyn ExprSchema) -> Result<Expr> {
        let mut membership = membership;
        let found = &membership.subquery.subquery;
        let [(relation, field)] = found.schema().iter().collect::<Vec<_>>()[..] else {
            return Ok(Expr::InSubquery(membership));
        };
        let column = Expr::Column(Column::new(relation.cloned(), field.name()));
        if self.folds(&membership.expr, schema) && self.folds(&column, found.schema().as_ref()) {
            let folded = self.folded(column).alias(field.name());
            let projected = LogicalPlanBuilder::from(found.as_ref().clone()).project([folded])?.build()?;
            membership.subquery = membership.subquery.with_plan(Arc::new(projected));
            membership.expr = Box::new(self.folded(*membership.expr));
        }
        Ok(Expr::InSubquery(membership))
    }

    /// A pattern beside a number or a date is matched with its text.
    fn like(&self, like: Like, schema: &dyn ExprSchema) -> Expr {
        let mut like = patterns::with_backslash(like);
        let is_text =
            |field: FieldRef| matches!(field.data_type(), DataType::Utf8 | DataType::Utf8View | DataType::Null);
        if !field_of(&like.expr, schema).is_none_or(is_text) {
            like.expr = Box::new(cast(*like.expr, DataType::Utf8));
        } else if self.folds(&like.expr, schema) && self.folds(&like.pattern, schema) {
            like.expr = Box::new(self.folded(*like.expr));
            like.pattern = Box::new(self.folded(*like.pattern));
        }
        Expr::Like(like)
    }

    fn case(&self, case: Case, schema: &dyn ExprSchema) -> Result<Expr> {
        let Case { expr: Some(base), when_then_expr, else_expr } = case else {
            return Ok(Expr::Case(case));
        };
        let branches = when_then_expr
            .into_iter()
            .map(|(when, then)| {
                let plain = || binary_expr((*base).clone(), Operator::Eq, (*when).clone());
                let condition = compared(&base, Operator::Eq, &when, schema)?.unwrap_or_else(plain);
                Ok((Box::new(self.comparison_folded(condition, schema)), then))
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Expr::Case(Case { expr: None, when_then_expr: branches, else_expr }))
    }

    /// Whether the service would compare this text in its own way. Guids have one form.
    pub(super) fn folds(&self, expr: &Expr, schema: &dyn ExprSchema) -> bool {
        self.folding.is_some()
            && field_of(expr, schema).is_some_and(|field| *field.data_type() == DataType::Utf8 && !is_guid(&field))
    }

    pub(super) fn folded(&self, expr: Expr) -> Expr {
        match &self.folding {
            Some(folding) => Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(&folding.compared), vec![expr])),
            None => expr,
        }
    }
}

/// Whether it is a number that may mean yes or no, as many a Byte does.
fn is_number(value: &Expr, schema: &dyn ExprSchema) -> bool {
    field_of(value, schema).is_some_and(|field| field.data_type().is_integer())
}

fn equal(value: Expr, number: i64) -> Box<Expr> {
    Box::new(binary_expr(value, Operator::Eq, lit(number)))
}

/// An item of a list beside the expression that is looked up.
enum Beside {
    Item(Expr),
    /// It can equal nothing.
    Nothing,
}

impl Beside {
    fn item(self) -> Option<Expr> {
        match self {
            Self::Item(item) => Some(item),
            Self::Nothing => None,
        }
    }
}

fn item_beside(target: &Expr, item: Expr, schema: &dyn ExprSchema) -> Result<Beside> {
    Ok(match compared(target, Operator::Eq, &item, schema)? {
        Some(Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right })) if *left == *target => {
            Beside::Item(*right)
        }
        Some(Expr::BinaryExpr(BinaryExpr { op: Operator::And, .. })) => Beside::Nothing,
        _ => Beside::Item(item),
    })
}

/// A filter from which what can never be true is left out, so that no row is asked for in vain.
fn without_impossible(filter: Filter) -> Filter {
    let predicate = possible(filter.predicate.clone()).unwrap_or_else(|| lit(false));
    // The type of the predicate is the same, so that this cannot fail.
    Filter::try_new(predicate, Arc::clone(&filter.input)).unwrap_or(filter)
}

/// The condition as far as it can be true; `None` for one that cannot.
fn possible(expr: Expr) -> Option<Expr> {
    match expr {
        Expr::Literal(ScalarValue::Boolean(None | Some(false)) | ScalarValue::Null, _) => None,
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            Some(possible(*left)?.and(possible(*right)?))
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => match (possible(*left), possible(*right)) {
            (Some(left), Some(right)) => Some(left.or(right)),
            (left, right) => left.or(right),
        },
        other => Some(other),
    }
}
