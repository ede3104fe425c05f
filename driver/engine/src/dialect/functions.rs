//! Scalar functions under the names that ODBC (appendix E), SQL Server and MySQL give them, told in functions that
//! DataFusion has.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Value, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::parser::Parser;

use super::syntax::ExactSql;
use super::units;
use crate::error::Result;

/// Name, number of arguments, and what is called instead; `_1` is the first argument.
const SPELLINGS: &[(&str, usize, &str)] = &[
    // Strings. ODBC's LENGTH does not count trailing blanks, and neither does LEN.
    ("char", 1, "chr(_1)"),
    ("nchar", 1, "chr(_1)"),
    ("charindex", 2, "strpos(_2, _1)"),
    ("charindex", 3, "CASE strpos(substr(_2, _3), _1) WHEN 0 THEN 0 ELSE strpos(substr(_2, _3), _1) + _3 - 1 END"),
    ("insert", 4, "concat(substr(_1, 1, _2 - 1), _4, substr(_1, _2 + _3))"),
    ("instr", 2, "strpos(_1, _2)"),
    ("lcase", 1, "lower(_1)"),
    ("len", 1, "character_length(rtrim(_1))"),
    ("length", 1, "character_length(rtrim(_1))"),
    ("locate", 2, "strpos(_2, _1)"),
    ("locate", 3, "CASE strpos(substr(_2, _3), _1) WHEN 0 THEN 0 ELSE strpos(substr(_2, _3), _1) + _3 - 1 END"),
    ("mid", 3, "substr(_1, _2, _3)"),
    ("replicate", 2, "repeat(_1, _2)"),
    ("space", 1, "repeat(' ', _1)"),
    ("stuff", 4, "concat(substr(_1, 1, _2 - 1), _4, substr(_1, _2 + _3))"),
    ("ucase", 1, "upper(_1)"),
    // Choices.
    ("if", 3, "CASE WHEN _1 THEN _2 ELSE _3 END"),
    ("ifnull", 2, "coalesce(_1, _2)"),
    ("iif", 3, "CASE WHEN _1 THEN _2 ELSE _3 END"),
    ("isnull", 2, "coalesce(_1, _2)"),
    // Numbers. LOG is the natural logarithm in ODBC and SQL Server.
    ("ceiling", 1, "ceil(_1)"),
    ("log", 1, "ln(_1)"),
    ("log", 2, "log(_2, _1)"),
    ("mod", 2, "_1 % _2"),
    ("rand", 0, "random()"),
    ("rand", 1, "random()"),
    ("sign", 1, "CAST(signum(_1) AS INT)"),
    ("square", 1, "_1 * _1"),
    ("truncate", 2, "trunc(_1, _2)"),
    // Dates. Weeks begin on Sunday and the first holds the first of January, as in SQL Server.
    ("curdate", 0, "CAST(local_now() AS DATE)"),
    ("current_date", 0, "CAST(local_now() AS DATE)"),
    ("current_time", 0, "CAST(local_now() AS TIME)"),
    ("current_timestamp", 0, "local_now()"),
    ("curtime", 0, "CAST(local_now() AS TIME)"),
    ("dateadd", 3, "timestampadd(_1, _2, CAST(_3 AS TIMESTAMP(3)))"),
    ("datediff", 2, "datediff('day', CAST(_2 AS TIMESTAMP(3)), CAST(_1 AS TIMESTAMP(3)))"),
    ("datediff", 3, "datediff(_1, CAST(_2 AS TIMESTAMP(3)), CAST(_3 AS TIMESTAMP(3)))"),
    ("datefromparts", 3, "make_date(_1, _2, _3)"),
    ("datename", 2, "datename(_1, CAST(_2 AS TIMESTAMP(3)))"),
    ("datepart", 2, "datepart(_1, CAST(_2 AS TIMESTAMP(3)))"),
    ("day", 1, "CAST(date_part('day', _1) AS INT)"),
    ("dayname", 1, "datename('weekday', CAST(_1 AS TIMESTAMP(3)))"),
    ("dayofmonth", 1, "CAST(date_part('day', _1) AS INT)"),
    ("dayofweek", 1, "datepart('weekday', CAST(_1 AS TIMESTAMP(3)))"),
    ("dayofyear", 1, "CAST(date_part('doy', _1) AS INT)"),
    ("eomonth", 1, "CAST(date_trunc('month', _1) + INTERVAL '1 month' - INTERVAL '1 day' AS DATE)"),
    ("getdate", 0, "local_now()"),
    ("getutcdate", 0, "utc_now()"),
    ("hour", 1, "CAST(date_part('hour', _1) AS INT)"),
    ("localtimestamp", 0, "local_now()"),
    ("minute", 1, "CAST(date_part('minute', _1) AS INT)"),
    ("month", 1, "CAST(date_part('month', _1) AS INT)"),
    ("monthname", 1, "datename('month', CAST(_1 AS TIMESTAMP(3)))"),
    ("now", 0, "local_now()"),
    ("quarter", 1, "CAST(date_part('quarter', _1) AS INT)"),
    ("second", 1, "CAST(date_part('second', _1) AS INT)"),
    ("sysdatetime", 0, "local_now()"),
    ("timestampadd", 3, "timestampadd(_1, _2, CAST(_3 AS TIMESTAMP(3)))"),
    ("timestampdiff", 3, "timestampdiff(_1, CAST(_2 AS TIMESTAMP(3)), CAST(_3 AS TIMESTAMP(3)))"),
    ("utc_timestamp", 0, "utc_now()"),
    ("week", 1, "datepart('week', CAST(_1 AS TIMESTAMP(3)))"),
    ("year", 1, "CAST(date_part('year', _1) AS INT)"),
];

/// Functions whose first argument is the name of an interval: a bare word for ODBC, text for us.
const WITH_INTERVAL: &[(&str, usize)] =
    &[("dateadd", 3), ("datediff", 3), ("datename", 2), ("datepart", 2), ("timestampadd", 3), ("timestampdiff", 3)];

/// Replaces a call by what it stands for, if it is one of these.
pub fn rewrite(expr: &mut Expr) -> Result<()> {
    let Expr::Function(call) = expr else {
        return Ok(());
    };
    call.uses_odbc_syntax = false;
    let name = call.name.to_string();
    let Some(mut arguments) = plain_arguments(call) else {
        return Ok(());
    };
    if WITH_INTERVAL.contains(&(name.as_str(), arguments.len())) {
        name_interval(&mut arguments)?;
    }
    let spelling = SPELLINGS.iter().find(|(spelled, count, _)| *spelled == name && *count == arguments.len());
    if let Some((_, _, template)) = spelling {
        *expr = filled(template, &arguments)?;
    }
    Ok(())
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

fn name_interval(arguments: &mut [Expr]) -> Result<()> {
    if let Some(first) = arguments.first_mut()
        && let Expr::Identifier(word) = first
    {
        let unit = units::named(&word.value)?;
        *first = Expr::Value(Value::SingleQuotedString(unit.to_string()).into());
    }
    Ok(())
}

fn filled(template: &str, arguments: &[Expr]) -> Result<Expr> {
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
