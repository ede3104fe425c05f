//! Literals and parameters as people write them (product section 5): 'True' for a Boolean, 1 for a yes/no Byte,
//! a guid in braces or capitals.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, ExprSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Between, Expr, ExprSchemable, LogicalPlan};
use datafusion::optimizer::AnalyzerRule;
use datafusion::sql::sqlparser::ast::BinaryOperator;
use exact_client::model::EdmType;

use crate::error::Error;
use crate::types::origin;

/// The literal as the type of `target` needs it; `None` where it already fits or nothing is known to do.
pub fn fit(target: &Field, literal: &ScalarValue) -> Result<Option<ScalarValue>, Error> {
    match target.data_type() {
        DataType::Boolean => truth(literal).map(|found| found.map(|value| ScalarValue::Boolean(Some(value)))),
        DataType::UInt8 if !is_number(literal) => {
            truth(literal).map(|found| found.map(|value| ScalarValue::UInt8(Some(value.into()))))
        }
        DataType::Utf8 if is_guid(target) => {
            Ok(literal.try_as_str().flatten().and_then(canonical_guid).map(|text| ScalarValue::Utf8(Some(text))))
        }
        _ => Ok(None),
    }
}

/// Whether a column holds guids, which are compared as lower-case text.
pub fn is_guid(field: &Field) -> bool {
    origin(field).is_some_and(|(_, column)| column.edm == EdmType::Guid)
}

/// `{6F7B…}` and `6F7B…` as the driver shows them: 36 characters in lower case.
pub fn canonical_guid(text: &str) -> Option<String> {
    let bare = text.trim().trim_start_matches('{').trim_end_matches('}');
    let shaped = bare.len() == 36
        && bare.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    shaped.then(|| bare.to_ascii_lowercase())
}

fn is_number(literal: &ScalarValue) -> bool {
    literal.data_type().is_numeric() || literal.is_null()
}

fn truth(literal: &ScalarValue) -> Result<Option<bool>, Error> {
    if literal.is_null() || matches!(literal, ScalarValue::Boolean(_)) {
        return Ok(match literal {
            ScalarValue::Boolean(value) => *value,
            _ => None,
        });
    }
    let text = literal.to_string();
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "-1" | "yes" => Ok(Some(true)),
        "false" | "0" | "no" => Ok(Some(false)),
        _ if literal.try_as_str().is_none() && !is_number(literal) => Ok(None),
        _ => Err(Error::InvalidValue {
            message: format!("'{text}' is not a yes/no value. Use TRUE, FALSE, 'True', 'False', 1 or 0."),
        }),
    }
}

/// Fits the literal of a comparison to the column beside it while the expression is planned.
#[derive(Debug)]
pub struct ComparisonPlanner;

impl ExprPlanner for ComparisonPlanner {
    fn plan_binary_op(&self, mut binary: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        use BinaryOperator as Op;
        if matches!(binary.op, Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq) {
            binary.right = fit_beside(&binary.left, binary.right, schema)?;
            binary.left = fit_beside(&binary.right, binary.left, schema)?;
        }
        Ok(PlannerResult::Original(binary))
    }
}

/// Does the same for IN lists and BETWEEN, which have no hook in planning.
#[derive(Debug)]
pub struct ListCoercion;

impl AnalyzerRule for ListCoercion {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(|plan| {
            let schema = merge_schema(&plan.inputs());
            plan.map_expressions(|expr| expr.transform_up(|expr| coerce_list(expr, &schema)))
        })
        .map(|transformed| transformed.data)
    }

    fn name(&self) -> &'static str {
        "list_coercion"
    }
}

fn coerce_list(expr: Expr, schema: &dyn ExprSchema) -> Result<Transformed<Expr>> {
    Ok(match expr {
        Expr::InList(InList { expr, list, negated }) => {
            let list = list.into_iter().map(|item| fit_beside(&expr, item, schema)).collect::<Result<Vec<_>>>()?;
            Transformed::yes(Expr::InList(InList::new(expr, list, negated)))
        }
        Expr::Between(Between { expr, negated, low, high }) => {
            let low = Box::new(fit_beside(&expr, *low, schema)?);
            let high = Box::new(fit_beside(&expr, *high, schema)?);
            Transformed::yes(Expr::Between(Between::new(expr, negated, low, high)))
        }
        other => Transformed::no(other),
    })
}

fn fit_beside(target: &Expr, expr: Expr, schema: &dyn ExprSchema) -> Result<Expr> {
    let Expr::Literal(literal, metadata) = expr else {
        return Ok(expr);
    };
    if matches!(target, Expr::Literal(..)) {
        return Ok(Expr::Literal(literal, metadata));
    }
    let (_, field): (_, Arc<Field>) = target.to_field(schema)?;
    let fitted = fit(&field, &literal)?;
    Ok(Expr::Literal(fitted.unwrap_or(literal), metadata))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::{DataType, Field};
    use datafusion::common::ScalarValue;

    use super::{canonical_guid, fit};

    #[test]
    fn yes_and_no_come_in_many_forms() {
        let boolean = Field::new("b", DataType::Boolean, true);
        let byte = Field::new("b", DataType::UInt8, true);
        for (literal, expected) in [
            (ScalarValue::from("True"), true),
            (ScalarValue::from("FALSE"), false),
            (ScalarValue::from(1_i64), true),
            (ScalarValue::from(0_i64), false),
            (ScalarValue::from("1"), true),
        ] {
            let fitted = fit(&boolean, &literal).unwrap();
            assert_eq!(fitted, Some(ScalarValue::from(expected)), "{literal}");
        }
        let fitted = fit(&byte, &ScalarValue::from("False")).unwrap();
        assert_eq!(fitted, Some(ScalarValue::UInt8(Some(0))));
        assert_eq!(fit(&byte, &ScalarValue::from(20_i64)).unwrap(), None);
        let error = fit(&boolean, &ScalarValue::from("perhaps")).unwrap_err();
        assert_eq!(error.sqlstate(), "22018");
    }

    #[test]
    fn guids_have_one_form() {
        let canonical = "6f7b0000-0000-0000-0000-00000000000a";
        for written in ["{6F7B0000-0000-0000-0000-00000000000A}", " 6f7b0000-0000-0000-0000-00000000000a"] {
            assert_eq!(canonical_guid(written).as_deref(), Some(canonical));
        }
        assert_eq!(canonical_guid("6f7b0000"), None);
        assert_eq!(canonical_guid("6f7b0000-0000-0000-0000-00000000000g"), None);
    }
}
