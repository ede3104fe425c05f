//! Conditions on the pseudo-columns of a function endpoint → its arguments (fact sheet 1.9).

use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use exact_client::model::{Entity, Parameter};

use super::literals::literal_of;
use crate::error::{Error, Result};

/// The arguments that `conditions` give for the parameters of `entity`: names and OData literals.
pub fn of(conditions: &[Expr], entity: &Entity) -> Result<Vec<(String, String)>> {
    let mut arguments = Vec::with_capacity(entity.parameters.len());
    for parameter in &entity.parameters {
        let literal = conditions.iter().find_map(|condition| literal_for(parameter, condition));
        match literal {
            Some(literal) => arguments.push((parameter.name.to_string(), literal)),
            None if parameter.required => {
                return Err(Error::MissingArgument {
                    table: format!("{}.{}", entity.schema, entity.name),
                    argument: parameter.name.to_string(),
                });
            }
            None => {}
        }
    }
    Ok(arguments)
}

/// Whether a condition gives a parameter of the entity its value. The rows carry that value in the pseudo-column, so
/// that checking the condition again does no harm.
pub fn is_argument(condition: &Expr, entity: &Entity) -> bool {
    entity.parameters.iter().any(|parameter| literal_for(parameter, condition).is_some())
}

fn literal_for(parameter: &Parameter, condition: &Expr) -> Option<String> {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = condition else {
        return None;
    };
    let value = match (left.as_ref(), right.as_ref()) {
        (Expr::Column(column), Expr::Literal(value, _)) | (Expr::Literal(value, _), Expr::Column(column))
            if column.name.eq_ignore_ascii_case(parameter.name) =>
        {
            value
        }
        _ => return None,
    };
    let typed = value.cast_to(&parameter.edm.arrow_type()).ok()?;
    literal_of(parameter.edm, &typed)
}
