//! The arguments of function endpoints: query parameters without `$`, typed as literals, all mandatory (fact sheet 1.9).

use crate::catalog::{Edm, Endpoint};
use crate::clock::DAY;
use crate::company::books::AGE_ENDS;
use crate::company::facts::BOOKS_END;
use crate::company::family::Family;
use crate::company::value::Value;
use crate::failure::Failure;
use crate::lists::bad_syntax;
use crate::odata::filter::{Filter, Operand, Operator};
use crate::odata::literal::{self, Form, Literal};
use crate::odata::options::QueryOptions;
use crate::reading::plan::{Plan, equals};

/// Checks the arguments, and restricts the rows to what they ask for.
pub fn add(plan: &mut Plan, options: &QueryOptions) -> Result<(), Failure> {
    let endpoint = plan.endpoint;
    for (name, edm) in endpoint.parameters.iter().flatten() {
        let literal = options.get(name).and_then(literal::parse).ok_or_else(bad_syntax)?;
        let is_integer = matches!(edm, Edm::Int32 | Edm::Int16);
        let fits = literal.form.fits(*edm) && literal.form != Form::Null;
        if !fits || (is_integer && literal.form != Form::Int) {
            return Err(bad_syntax());
        }
        restrict(plan, name, literal);
    }
    Ok(())
}

fn restrict(plan: &mut Plan, name: &str, literal: Literal) {
    let endpoint = plan.endpoint;
    if name == "ageGroup" {
        if let Value::Int(group) = literal.value {
            of_age(plan, group);
        }
        return;
    }
    let column = endpoint.properties.iter().position(|property| property.name.eq_ignore_ascii_case(name));
    let Some(column) = column.filter(|_| matches!(literal.value, Value::Guid(_) | Value::Int(_))) else { return };
    match Family::of(&endpoint.path) {
        // Made-up rows would match no argument; they say what was asked for instead.
        Family::Other => plan.given.push((column, literal.value)),
        _ => plan.and(equals(column, literal)),
    }
}

/// Age groups are counted from the end of the books.
fn of_age(plan: &mut Plan, group: i64) {
    if let Some(column) = amount_of_group(plan.endpoint, group) {
        let zero = Literal { value: Value::Double(0.0), form: Form::Double };
        plan.and(Filter::Compare { left: Operand::Column(column), operator: Operator::Ne, right: zero });
    }
    let Some(due) = plan.endpoint.column("DueDate") else { return };
    let mut due_when = |operator: Operator, days: Option<&i64>| {
        if let Some(days) = days {
            let literal = Literal { value: Value::Date(BOOKS_END - days * DAY), form: Form::DateTime };
            plan.and(Filter::Compare { left: Operand::Column(due), operator, right: literal });
        }
    };
    let place = usize::try_from(group).unwrap_or_default();
    due_when(Operator::Ge, place.checked_sub(1).and_then(|place| AGE_ENDS.get(place)));
    due_when(Operator::Lt, place.checked_sub(2).and_then(|place| AGE_ENDS.get(place)));
}

fn amount_of_group(endpoint: &Endpoint, group: i64) -> Option<usize> {
    endpoint.column(&format!("AgeGroup{group}Amount"))
}
