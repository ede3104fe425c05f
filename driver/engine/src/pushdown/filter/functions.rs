//! Functions of a column compared with a constant.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{Case, ScalarFunction};
use datafusion::logical_expr::{Expr, Operator};
use exact_client::model::EdmType;
use exact_client::odata::literal;

use super::operand::Operand;
use super::{Scope, Translation, either, meets, value};
use crate::functions::SEARCHED;
use crate::pushdown::literals::integer;

impl Scope<'_> {
    /// Functions of text. What is asked is a superset: case and blanks are the service's own matter.
    pub(super) fn compare_function(&self, expr: &Expr, op: Operator, value: &ScalarValue) -> Option<Translation> {
        let Expr::ScalarFunction(ScalarFunction { func, args }) = expr else {
            return None;
        };
        let operand = self.operand(searched(args.first()?)).filter(|operand| operand.column.edm == EdmType::String)?;
        match func.name() {
            "strpos" if is_found(op, value) => operand.contains(argument(args, 1)?, false),
            _ if op != Operator::Eq => None,
            "left" => operand.contains(value.try_as_str()??, true),
            "substr" if starts_at_first(args) => operand.contains(value.try_as_str()??, true),
            "lower" => changed(operand, "tolower", value),
            "upper" => changed(operand, "toupper", value),
            "btrim" | "ltrim" | "rtrim" if args.len() == 1 => {
                let said = format!("trim({}) eq {}", operand.column.name, literal::string(value.try_as_str()??.trim()));
                Some(Translation { exact: false, uncertain: true, ..operand.term(said) })
            }
            _ => None,
        }
    }

    /// `coalesce(column, default) op value`, which the optimizer writes as CASE.
    pub(super) fn compare_default(&self, expr: &Expr, op: Operator, compared: &ScalarValue) -> Option<Translation> {
        let Expr::Case(Case { expr: None, when_then_expr, else_expr: Some(default) }) = expr else {
            return None;
        };
        let [(when, then)] = when_then_expr.as_slice() else {
            return None;
        };
        let Expr::IsNotNull(tested) = when.as_ref() else {
            return None;
        };
        let default = value(default)?;
        let operand = self.operand(then).filter(|_| tested == then)?;
        let found = operand.compare(op, compared)?;
        // A text may be kept empty instead of null.
        let known = operand.column.edm != EdmType::String;
        if known && holds(default, op, compared)? {
            either(found, operand.says("eq null"))
        } else {
            known.then_some(found)
        }
    }
}

/// The text behind what makes its search one of the service's own.
fn searched(expr: &Expr) -> &Expr {
    match expr {
        Expr::ScalarFunction(ScalarFunction { func, args }) if func.name() == SEARCHED => args.first().unwrap_or(expr),
        other => other,
    }
}

/// `strpos(…) > 0` in its forms.
fn is_found(op: Operator, value: &ScalarValue) -> bool {
    match integer(value) {
        Some(0) => matches!(op, Operator::Gt | Operator::NotEq),
        Some(least) => least > 0 && matches!(op, Operator::Gt | Operator::GtEq | Operator::Eq),
        None => false,
    }
}

fn argument(args: &[Expr], place: usize) -> Option<&str> {
    value(args.get(place)?)?.try_as_str()?
}

fn starts_at_first(args: &[Expr]) -> bool {
    args.get(1).and_then(value).is_some_and(|start| start.to_string() == "1")
}

/// Only where no blanks are added: their treatment within a function is not documented.
fn changed(operand: Operand<'_>, function: &str, value: &ScalarValue) -> Option<Translation> {
    if operand.column.trimmed_left || operand.column.trimmed_right {
        return None;
    }
    let said = format!("{function}({}) eq {}", operand.column.name, literal::string(value.try_as_str()??));
    Some(Translation { exact: false, uncertain: true, ..operand.term(said) })
}

/// Whether `left op right` is true of two constants.
fn holds(left: &ScalarValue, op: Operator, right: &ScalarValue) -> Option<bool> {
    if left.is_null() || right.is_null() {
        return Some(false);
    }
    meets(op, left.partial_cmp(right)?)
}
