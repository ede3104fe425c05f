//! Aggregates under other names, and the three spellings of a list in one text.

use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArguments, Ident, ObjectName, Value,
};

use super::{filled, text};
use crate::error::Result;

const NAMES: &[(&str, &str)] = &[
    ("count_big", "count"),
    ("group_concat", "string_agg"),
    ("listagg", "string_agg"),
    ("std", "stddev_pop"),
    ("stdev", "stddev_samp"),
    ("stdevp", "stddev_pop"),
    ("var", "var_samp"),
    ("varp", "var_pop"),
];

/// Gives an aggregate the name that DataFusion knows, and a list in one text its one form.
pub fn rewrite(call: &mut Function) -> Result<()> {
    let written = call.name.to_string();
    if let Some((_, name)) = NAMES.iter().find(|(other, _)| *other == written) {
        call.name = ObjectName::from(vec![Ident::new(*name)]);
    }
    if call.name.to_string() == "string_agg" {
        join_texts(call, if written == "listagg" { "" } else { "," });
    }
    if call.name.to_string() == "count" {
        count_together(call)?;
    }
    Ok(())
}

/// `COUNT(DISTINCT a, b)` of MySQL counts the pairs in which nothing is NULL.
fn count_together(call: &mut Function) -> Result<()> {
    let FunctionArguments::List(list) = &mut call.args else { return Ok(()) };
    let values: Option<Vec<Expr>> = list
        .args
        .iter()
        .map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value.clone()),
            _ => None,
        })
        .collect();
    let Some(values) =
        values.filter(|values| values.len() > 1 && list.duplicate_treatment == Some(DuplicateTreatment::Distinct))
    else {
        return Ok(());
    };
    let markers: Vec<String> = (1..=values.len()).map(|number| format!("_{number}")).collect();
    let given: Vec<String> = markers.iter().map(|marker| format!("({marker} IS NOT NULL)")).collect();
    let template = format!("CASE WHEN {} THEN struct({}) END", given.join(" AND "), markers.join(", "));
    list.args = vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(filled(&template, &values)?))];
    Ok(())
}

/// `GROUP_CONCAT(x ORDER BY y SEPARATOR ';')` and `LISTAGG(x, ';') WITHIN GROUP (ORDER BY y)` become
/// `string_agg(CAST(x AS VARCHAR), ';' ORDER BY y)`.
fn join_texts(call: &mut Function, usual_separator: &str) {
    let order = std::mem::take(&mut call.within_group);
    let FunctionArguments::List(list) = &mut call.args else {
        return;
    };
    let mut separator = None;
    list.clauses.retain(|clause| match clause {
        FunctionArgumentClause::Separator(value) => {
            separator = value.value.clone().into_string();
            false
        }
        _ => true,
    });
    if !order.is_empty() {
        list.clauses.push(FunctionArgumentClause::OrderBy(order));
    }
    if list.args.len() == 1 {
        let separator = text(separator.as_deref().unwrap_or(usual_separator));
        list.args.push(FunctionArg::Unnamed(FunctionArgExpr::Expr(separator)));
    }
    if let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(value))) = list.args.first_mut() {
        *value = Expr::Cast {
            kind: CastKind::Cast,
            expr: Box::new(std::mem::replace(value, Expr::Value(Value::Null.into()))),
            data_type: DataType::Varchar(None),
            array: false,
            format: None,
        };
    }
}
