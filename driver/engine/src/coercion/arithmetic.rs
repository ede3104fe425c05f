//! What is added, subtracted, multiplied and divided: days to dates, texts to texts, and numbers with their overflow and
//! division by zero told as errors.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, ExprSchema};
use datafusion::error::Result;
use datafusion::logical_expr::expr::{Case, Cast, Placeholder, ScalarFunction, TryCast};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::utils::{conjunction, merge_schema, split_conjunction};
use datafusion::logical_expr::{
    BinaryExpr, Expr, ExprSchemable, Filter, LogicalPlan, Operator, ScalarUDF, binary_expr, cast, lit,
};
use datafusion::optimizer::AnalyzerRule;
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::comparisons::compared;
use super::texts;
use crate::functions::{Checked, Shared, now};

/// Binary operators while an expression is planned, where DataFusion would refuse their types or give one that nobody
/// expects.
#[derive(Debug)]
pub struct Planner {
    pub functions: Shared,
}

impl ExprPlanner for Planner {
    fn plan_binary_op(&self, binary: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        use BinaryOperator as Op;
        let binary = between_markers(binary);
        let RawBinaryExpr { op, left, right } = &binary;
        let planned = match op {
            Op::Eq => compared(left, Operator::Eq, right, schema)?,
            Op::NotEq => compared(left, Operator::NotEq, right, schema)?,
            Op::Lt => compared(left, Operator::Lt, right, schema)?,
            Op::LtEq => compared(left, Operator::LtEq, right, schema)?,
            Op::Gt => compared(left, Operator::Gt, right, schema)?,
            Op::GtEq => compared(left, Operator::GtEq, right, schema)?,
            Op::Plus => self.sum(left, right, schema),
            Op::Minus => self.difference(left, right, schema),
            _ => None,
        };
        Ok(planned.map_or(PlannerResult::Original(binary), PlannerResult::Planned))
    }

    fn plan_substring(&self, arguments: Vec<Expr>) -> Result<PlannerResult<Vec<Expr>>> {
        Ok(PlannerResult::Planned(self.functions.substring.call(arguments)))
    }
}

/// Two markers say nothing of each other: those of `? || ?` are texts, those of `? * ?` numbers.
fn between_markers(mut binary: RawBinaryExpr) -> RawBinaryExpr {
    use BinaryOperator as Op;
    let data_type = match binary.op {
        Op::StringConcat => DataType::Utf8,
        Op::Plus | Op::Minus | Op::Multiply | Op::Divide | Op::Modulo => DataType::Float64,
        _ => return binary,
    };
    let untyped = |expr: &Expr| matches!(expr, Expr::Placeholder(Placeholder { field: None, .. }));
    if untyped(&binary.left) && untyped(&binary.right) {
        for marker in [&mut binary.left, &mut binary.right] {
            if let Expr::Placeholder(Placeholder { id, field }) = marker {
                *field = Some(Arc::new(Field::new(id.as_str(), data_type.clone(), true)));
            }
        }
    }
    binary
}

impl Planner {
    /// `Name + ', ' + City` joins texts, `Modified + 1` is a day later.
    fn sum(&self, left: &Expr, right: &Expr, schema: &DFSchema) -> Option<Expr> {
        let (left_type, right_type) = (type_of(left, schema)?, type_of(right, schema)?);
        let untyped = |data_type: &DataType| *data_type == DataType::Null;
        if (is_text(&left_type) || untyped(&left_type)) && is_text(&right_type)
            || is_text(&left_type) && untyped(&right_type)
        {
            return Some(binary_expr(left.clone(), Operator::StringConcat, right.clone()));
        }
        match (is_date(&left_type), is_date(&right_type)) {
            (true, false) if is_count(&right_type) => Some(self.later(left, &left_type, right.clone())),
            (false, true) if is_count(&left_type) => Some(self.later(right, &right_type, left.clone())),
            _ => None,
        }
    }

    /// `Modified - 1` is a day earlier, and the difference of two dates is a number of days.
    fn difference(&self, left: &Expr, right: &Expr, schema: &DFSchema) -> Option<Expr> {
        let (left_type, right_type) = (type_of(left, schema)?, type_of(right, schema)?);
        if !is_date(&left_type) {
            return None;
        }
        if is_count(&right_type) {
            let days = binary_expr(lit(0_i64), Operator::Minus, right.clone());
            return Some(self.later(left, &left_type, days));
        }
        if !is_date(&right_type) {
            return None;
        }
        if left_type == DataType::Date32 && right_type == DataType::Date32 {
            let moment = |date: &Expr| cast(date.clone(), texts::MOMENT);
            let days = ScalarFunction::new_udf(
                Arc::clone(&self.functions.datediff),
                vec![lit("day"), moment(right), moment(left)],
            );
            return Some(Expr::ScalarFunction(days));
        }
        const DAY: f64 = 86_400_000.0;
        let milliseconds = |date: &Expr| cast(cast(date.clone(), texts::MOMENT), DataType::Int64);
        let elapsed = binary_expr(milliseconds(left), Operator::Minus, milliseconds(right));
        Some(binary_expr(cast(elapsed, DataType::Float64), Operator::Divide, lit(DAY)))
    }

    /// A date some days later, in the type that it has.
    fn later(&self, date: &Expr, data_type: &DataType, days: Expr) -> Expr {
        let moment = cast(date.clone(), texts::MOMENT);
        let sum = ScalarFunction::new_udf(Arc::clone(&self.functions.timestampadd), vec![lit("day"), days, moment]);
        match data_type {
            DataType::Date32 => cast(Expr::ScalarFunction(sum), DataType::Date32),
            _ => Expr::ScalarFunction(sum),
        }
    }
}

fn type_of(expr: &Expr, schema: &dyn ExprSchema) -> Option<DataType> {
    expr.get_type(schema).ok()
}

/// A number of days, or a parameter that can be one.
fn is_count(data_type: &DataType) -> bool {
    data_type.is_integer() || *data_type == DataType::Null
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn is_date(data_type: &DataType) -> bool {
    is_moment(data_type) || *data_type == DataType::Date32
}

/// Puts checked operations in the place of DataFusion's, which wrap around and divide doubles by zero; and reads and
/// writes dates and doubles as people do. Runs when all types are settled.
#[derive(Debug, Default)]
pub struct CheckedArithmetic;

impl AnalyzerRule for CheckedArithmetic {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let transformed = plan.transform_up_with_subqueries(|plan| {
            let schema = merge_schema(&plan.inputs());
            let names = NamePreserver::new(&plan);
            let plan = match plan {
                LogicalPlan::Filter(filter) => LogicalPlan::Filter(guarded(filter)),
                other => other,
            };
            let plan = plan.map_expressions(|expr| {
                let name = names.save(&expr);
                let checked = expr.transform_up(|expr| checked(expr, &schema))?;
                Ok(if checked.transformed { checked.update_data(|expr| name.restore(expr)) } else { checked })
            })?;
            if plan.transformed { plan.map_data(LogicalPlan::recompute_schema) } else { Ok(plan) }
        })?;
        Ok(transformed.data)
    }

    fn name(&self) -> &'static str {
        "checked_arithmetic"
    }
}

/// In `Quantity <> 0 AND Amount / Quantity > 5` the first condition keeps the second from dividing by zero, whichever is
/// evaluated first: rows that it does not let through have no divisor.
fn guarded(filter: Filter) -> Filter {
    let (risky, safe): (Vec<_>, Vec<_>) = split_conjunction(&filter.predicate).into_iter().cloned().partition(divides);
    let Some(condition) = conjunction(safe.clone()).filter(|_| !risky.is_empty()) else {
        return filter;
    };
    let guarded = risky.into_iter().map(|risky| {
        let guarded = risky.clone().transform_up(|expr| Ok(with_guarded_divisor(expr, &condition)));
        guarded.map_or(risky, |guarded| guarded.data)
    });
    let predicate = conjunction(safe.into_iter().chain(guarded));
    // The type of the predicate is the same, so that this cannot fail.
    predicate.and_then(|predicate| Filter::try_new(predicate, Arc::clone(&filter.input)).ok()).unwrap_or(filter)
}

fn divides(expr: &Expr) -> bool {
    let division = |part: &Expr| {
        Ok(matches!(part, Expr::BinaryExpr(BinaryExpr { op: Operator::Divide | Operator::Modulo, right, .. })
            if !matches!(right.as_ref(), Expr::Literal(..))))
    };
    expr.exists(division).unwrap_or(false)
}

fn with_guarded_divisor(expr: Expr, condition: &Expr) -> Transformed<Expr> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::Divide | Operator::Modulo), right })
            if !matches!(right.as_ref(), Expr::Literal(..)) =>
        {
            let divisor = Expr::Case(Case {
                expr: None,
                when_then_expr: vec![(Box::new(condition.clone()), right)],
                else_expr: None,
            });
            Transformed::yes(binary_expr(*left, op, divisor))
        }
        other => Transformed::no(other),
    }
}

fn checked(expr: Expr, schema: &dyn ExprSchema) -> Result<Transformed<Expr>> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let operation = Checked::of(op).filter(|checked| {
                let types = type_of(&left, schema).zip(type_of(&right, schema));
                types.is_some_and(|(left, right)| left == right && checked.can_fail(&left))
            });
            Ok(match operation {
                Some(operation) => Transformed::yes(call(operation.function(), vec![*left, *right])),
                None => Transformed::no(binary_expr(*left, op, *right)),
            })
        }
        Expr::Negative(inner) if type_of(&inner, schema) == Some(DataType::Int64) => {
            Ok(Transformed::yes(call(Checked::Minus.function(), vec![lit(0_i64), *inner])))
        }
        Expr::Cast(Cast { expr, field }) if is_text(field.data_type()) => {
            Ok(match type_of(&expr, schema).and_then(|from| texts::function(&from)) {
                Some(text) => Transformed::yes(call(text, vec![*expr])),
                None => Transformed::no(Expr::Cast(Cast { expr, field })),
            })
        }
        Expr::Cast(Cast { expr, field }) if is_date(field.data_type()) && has_text(&expr, schema) => {
            let moment = call(texts::reader(false), vec![*expr]);
            Ok(Transformed::yes(Expr::Cast(Cast { expr: Box::new(moment), field })))
        }
        Expr::Cast(Cast { expr, field }) | Expr::TryCast(TryCast { expr, field })
            if is_moment(field.data_type()) && has_time(&expr, schema) =>
        {
            Ok(Transformed::yes(today_at(*expr)))
        }
        Expr::TryCast(TryCast { expr, field }) if is_date(field.data_type()) && has_text(&expr, schema) => {
            let moment = call(texts::reader(true), vec![*expr]);
            Ok(Transformed::yes(Expr::TryCast(TryCast { expr: Box::new(moment), field })))
        }
        other => Ok(Transformed::no(other)),
    }
}

fn has_text(expr: &Expr, schema: &dyn ExprSchema) -> bool {
    type_of(expr, schema) == Some(DataType::Utf8)
}

fn is_moment(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Timestamp(..))
}

fn has_time(expr: &Expr, schema: &dyn ExprSchema) -> bool {
    matches!(type_of(expr, schema), Some(DataType::Time64(_)))
}

/// A time as a moment has the current date (ODBC specification, appendix D, converting data from SQL to C).
fn today_at(time: Expr) -> Expr {
    const NANOSECONDS: i64 = 1_000_000;
    let midnight = cast(cast(cast(now(), DataType::Date32), texts::MOMENT), DataType::Int64);
    let since_midnight = binary_expr(cast(time, DataType::Int64), Operator::Divide, lit(NANOSECONDS));
    cast(binary_expr(midnight, Operator::Plus, since_midnight), texts::MOMENT)
}

fn call(function: Arc<ScalarUDF>, arguments: Vec<Expr>) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(function, arguments))
}
