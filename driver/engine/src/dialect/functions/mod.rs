//! Functions under the names that ODBC (appendix E), SQL Server, MySQL, Oracle and CData's drivers give them, told in
//! functions that DataFusion or this crate has.

mod aggregates;
mod dates;
mod numbers;
mod relative;
mod strings;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Value, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::parser::Parser;

use super::syntax::ExactSql;
use super::units;
use crate::error::{Error, Place, Result};

pub use relative::rewrite as rewrite_period;

/// Name, number of arguments, and what is called instead; `_1` is the first argument.
pub type Spelling = (&'static str, usize, &'static str);

/// Replaces a call by what it stands for, if it is one of these.
pub fn rewrite(expr: &mut Expr) -> Result<()> {
    let Expr::Function(call) = expr else {
        return Ok(());
    };
    call.uses_odbc_syntax = false;
    aggregates::rewrite(call)?;
    let name = call.name.to_string();
    let place = call.name.0.first().and_then(|part| part.as_ident()).map(|word| word.span.start);
    let place = place.map(|start| Place { line: start.line, column: start.column });
    let Some(mut arguments) = plain_arguments(call) else {
        return Ok(());
    };
    if dates::WITH_INTERVAL.contains(&(name.as_str(), arguments.len())) {
        name_interval(&mut arguments)?;
    }
    if let [argument] = arguments.as_mut_slice()
        && dates::TABLE.iter().any(|(spelled, count, _)| *spelled == name && *count == 1)
    {
        type_moment(argument)?;
    }
    if let Some(choice) = chosen(&name, &arguments).or_else(|| later(&name, &arguments)) {
        *expr = choice?;
        return Ok(());
    }
    let spellings = || tables().filter(|(spelled, ..)| *spelled == name);
    match spellings().find(|(_, count, _)| *count == arguments.len()) {
        Some((_, _, template)) => *expr = filled(template, &arguments)?,
        None => refuse_count(&name, spellings().map(|(_, count, _)| *count), arguments.len())
            .map_err(|error| error.at(place))?,
    }
    Ok(())
}

/// CHOOSE and ELT take a place and any number of values, FIELD a value and gives its place among any number.
fn chosen(name: &str, arguments: &[Expr]) -> Option<Result<Expr>> {
    let cases = |case: fn(usize) -> String| (2..=arguments.len()).map(case).collect::<String>();
    let template = match name {
        _ if arguments.len() < 2 => return None,
        "choose" | "elt" => format!("CASE _1{} END", cases(|place| format!(" WHEN {} THEN _{place}", place - 1))),
        "field" => format!("CASE _1{} ELSE 0 END", cases(|place| format!(" WHEN _{place} THEN {}", place - 1))),
        _ => return None,
    };
    Some(filled(&template, arguments))
}

fn number(value: &Value) -> Option<String> {
    if let Value::Number(digits, _) = value { Some(digits.clone()) } else { None }
}

/// `DATE_ADD(InvoiceDate, INTERVAL PaymentDays DAY)`: any number of any interval, where the engine's own are constants.
fn later(name: &str, arguments: &[Expr]) -> Option<Result<Expr>> {
    let count = match name {
        "adddate" | "date_add" => "CAST(_2 AS BIGINT)",
        "date_sub" | "subdate" => "0 - CAST(_2 AS BIGINT)",
        _ => return None,
    };
    let [date, Expr::Interval(interval)] = arguments else { return None };
    let written = match interval.value.as_ref() {
        Expr::Value(value) => value.value.clone().into_string().or_else(|| number(&value.value)),
        _ => None,
    };
    // Fractions, and several fields at once, are the engine's.
    if interval.last_field.is_some() || written.is_some_and(|written| written.trim().parse::<i64>().is_err()) {
        return None;
    }
    let unit = units::named(&interval.leading_field.as_ref()?.to_string()).ok()?;
    let template = format!("timestampadd('{unit}', {count}, CAST(_1 AS TIMESTAMP(3)))");
    Some(filled(&template, &[date.clone(), (*interval.value).clone()]))
}

/// A name that is known here, with another number of arguments than it may have.
fn refuse_count(name: &str, counts: impl Iterator<Item = usize>, given: usize) -> Result<()> {
    /// The engine has these with other numbers of arguments than are spelled here.
    const OWN: [&str; 6] = ["current_date", "current_time", "current_timestamp", "locate", "now", "round"];
    let counts: BTreeSet<usize> = counts.collect();
    let Some(most) = counts.last().filter(|_| !OWN.contains(&name)) else { return Ok(()) };
    let told = counts.iter().map(usize::to_string).collect::<Vec<_>>().join(" or ");
    let message = format!("takes {told} argument{}, not {given}", if *most == 1 { "" } else { "s" });
    Err(Error::Arguments { function: name.to_uppercase(), message })
}

fn tables() -> impl Iterator<Item = &'static Spelling> {
    strings::TABLE.iter().chain(numbers::TABLE).chain(dates::TABLE)
}

/// The names of all functions that are spelled here.
pub fn names() -> impl Iterator<Item = &'static str> {
    tables().map(|(name, ..)| *name)
}

/// NULL and `?` say nothing of their type; as the argument of a function over dates they are dates.
fn type_moment(argument: &mut Expr) -> Result<()> {
    if let Expr::Value(value) = &*argument
        && matches!(value.value, Value::Null | Value::Placeholder(_))
    {
        *argument = filled("CAST(_1 AS TIMESTAMP(3))", std::slice::from_ref(&*argument))?;
    }
    Ok(())
}

/// Name and arguments of an ordinary scalar call.
fn call_of(expr: &Expr) -> Option<(String, Vec<Expr>)> {
    match expr {
        Expr::Function(call) => Some((call.name.to_string(), plain_arguments(call)?)),
        Expr::Nested(inner) => call_of(inner),
        _ => None,
    }
}

/// The arguments of an ordinary scalar call.
fn plain_arguments(call: &Function) -> Option<Vec<Expr>> {
    if call.over.is_some() || call.filter.is_some() {
        return None;
    }
    match &call.args {
        FunctionArguments::None => Some(Vec::new()),
        FunctionArguments::List(list) if list.duplicate_treatment.is_none() => list
            .args
            .iter()
            .map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// The interval comes as a word or, as CData's drivers write it, as text.
fn name_interval(arguments: &mut [Expr]) -> Result<()> {
    let mut place = None;
    let word = match arguments.first() {
        Some(Expr::Identifier(word)) => {
            let start = word.span.start;
            place = Some(Place { line: start.line, column: start.column });
            word.value.clone()
        }
        Some(Expr::Value(value)) => match &value.value {
            Value::SingleQuotedString(text) => text.clone(),
            _ => return Ok(()),
        },
        _ => return Ok(()),
    };
    if let Some(first) = arguments.first_mut() {
        *first = text(units::named(&word).map_err(|error| error.at(place))?);
    }
    Ok(())
}

/// A literal.
pub fn text(value: &str) -> Expr {
    Expr::Value(Value::SingleQuotedString(value.to_string()).into())
}

/// The expression of a template with these arguments.
pub fn filled(template: &str, arguments: &[Expr]) -> Result<Expr> {
    let mut expr = Parser::new(&ExactSql).try_with_sql(template)?.parse_expr()?;
    let _ = expr.visit(&mut Filler { arguments });
    Ok(Expr::Nested(Box::new(expr)))
}

struct Filler<'a> {
    arguments: &'a [Expr],
}

impl VisitorMut for Filler<'_> {
    type Break = ();

    // After its children, so that a name within an argument is not taken for a marker of the template.
    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Identifier(name) = &*expr
            && let Some(number) = name.value.strip_prefix('_').and_then(|n| n.parse::<usize>().ok())
            && let Some(argument) = self.arguments.get(number.wrapping_sub(1))
        {
            *expr = match argument {
                Expr::Value(_) | Expr::Identifier(_) => argument.clone(),
                other => Expr::Nested(Box::new(other.clone())),
            };
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use datafusion::arrow::datatypes::{DataType, TimeUnit};
    use datafusion::execution::session_state::SessionStateBuilder;
    use datafusion::logical_expr::type_coercion::functions::fields_with_udf;

    use super::*;

    /// A call with a number of arguments that is not spelled here goes to the engine where the engine knows it.
    #[test]
    fn what_the_engine_takes_is_not_refused() {
        let nobody: crate::functions::Answer = std::sync::Arc::new(|| None);
        let ours = crate::functions::scalar(nobody.clone(), nobody.clone(), nobody);
        let engine = SessionStateBuilder::new_with_default_features().build();
        let mut refused = BTreeSet::new();
        for name in names() {
            let function = ours.iter().find(|function| function.name() == name);
            let Some(function) = function.or_else(|| engine.scalar_functions().get(name)) else { continue };
            let counts: Vec<_> =
                tables().filter(|(spelled, ..)| *spelled == name).map(|(_, count, _)| *count).collect();
            for given in (0..5).filter(|given| !counts.contains(given)) {
                let types = [
                    DataType::Utf8,
                    DataType::Int64,
                    DataType::Float64,
                    DataType::Timestamp(TimeUnit::Millisecond, None),
                ];
                let taken = types.iter().any(|data_type| {
                    let field =
                        std::sync::Arc::new(datafusion::arrow::datatypes::Field::new("", data_type.clone(), true));
                    fields_with_udf(&vec![field; given], function.as_ref()).is_ok()
                });
                if taken && refuse_count(name, counts.iter().copied(), given).is_err() {
                    refused.insert((name, given));
                }
            }
        }
        assert_eq!(refused, BTreeSet::new());
    }
}
