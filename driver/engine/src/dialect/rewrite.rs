//! What is done to the syntax tree: row limits in one form, type names and literals that DataFusion has not.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, Expr, Query, Select, Statement, TableFactor, UnaryOperator, Value, VisitMut, VisitorMut,
};

use super::{clauses, functions, limits, rows, types};
use crate::error::{Error, Result};

/// Rewrites a statement in place.
pub fn apply(statement: &mut Statement) -> Result<()> {
    match statement.visit(&mut Rewriter) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

struct Rewriter;

fn flow(result: Result<()>) -> ControlFlow<Error> {
    match result {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error),
    }
}

impl VisitorMut for Rewriter {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Error> {
        flow(limits::limit_rows(query))
    }

    // The planner would read the whole table.
    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Error> {
        flow(match factor {
            TableFactor::Table { sample: Some(_), .. } | TableFactor::Derived { sample: Some(_), .. } => {
                Err(Error::NotSupported { what: "TABLESAMPLE".into() })
            }
            _ => Ok(()),
        })
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Error> {
        clauses::rewrite(select);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        let rewritten = match expr {
            Expr::Function(call) => {
                clauses::forget_order(call);
                Ok(())
            }
            // Left out, it would compare other texts than were meant.
            Expr::Collate { .. } => Err(Error::UseInstead {
                what: "COLLATE".into(),
                instead: "UPPER on both sides, or StringComparison=Service in the data source".into(),
            }),
            Expr::RLike { negated, expr: text, pattern, .. } => {
                let template = if *negated { "NOT regexp_like(_1, _2, 'i')" } else { "regexp_like(_1, _2, 'i')" };
                functions::filled(template, &[(**text).clone(), (**pattern).clone()]).map(|call| *expr = call)
            }
            Expr::TypedString(literal) => {
                types::map(&mut literal.data_type);
                Ok(())
            }
            Expr::Value(value) => {
                if let Some(number) = approximate(&value.value) {
                    *expr = number;
                }
                Ok(())
            }
            Expr::Identifier(name) if name.quote_style.is_none() && name.value == "@@identity" => {
                functions::filled("scope_identity()", &[]).map(|call| *expr = call)
            }
            // Nothing else says that a marker with a sign is a number.
            Expr::UnaryOp { op: UnaryOperator::Minus, expr: marker } if is_marker(marker) => {
                functions::filled("CAST(_1 AS DOUBLE PRECISION)", std::slice::from_ref(&**marker))
                    .map(|number| **marker = number)
            }
            // Before its parts, so that a comparison is seen before the period in it is replaced.
            _ => rows::compare_values(expr).and_then(|()| functions::rewrite_period(expr)),
        };
        flow(rewritten)
    }

    // After the arguments, so that a call within a call is rewritten first.
    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        flow(match expr {
            Expr::Cast { .. } | Expr::Convert { .. } => types::convert(expr),
            _ => functions::rewrite(expr),
        })
    }
}

fn is_marker(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(value) if matches!(value.value, Value::Placeholder(_)))
}

/// `1e3` is a double; numbers without an exponent are decimals.
fn approximate(value: &Value) -> Option<Expr> {
    let Value::Number(text, _) = value else {
        return None;
    };
    text.contains(['e', 'E']).then(|| Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(functions::text(text)),
        data_type: DataType::DoublePrecision,
        array: false,
        format: None,
    })
}
