//! What is done to the syntax tree: row limits in one form, type names and literals that DataFusion has not.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, ExactNumberInfo, Expr, Fetch, LimitClause, Offset, OffsetRows, Query, Select, SetExpr,
    Statement, TimezoneInfo, Top, TopQuantity, Value, VisitMut, VisitorMut,
};

use super::functions;
use crate::error::{Error, Result};

/// Rewrites a statement in place.
pub fn apply(statement: &mut Statement) -> Result<()> {
    match statement.visit(&mut Rewriter) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

struct Rewriter;

impl VisitorMut for Rewriter {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Error> {
        match limit_rows(query) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        match expr {
            Expr::Cast { data_type, .. } => map_type(data_type),
            Expr::Convert { .. } => convert_is_cast(expr),
            Expr::TypedString(literal) => map_type(&mut literal.data_type),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    // After the arguments, so that a call within a call is rewritten first.
    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        match functions::rewrite(expr) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }
}

/// `CONVERT(value, SQL_INTEGER)` of ODBC.
fn convert_is_cast(expr: &mut Expr) {
    if let Expr::Convert { is_try, expr: value, data_type: Some(data_type), .. } = expr {
        let mut data_type = data_type.clone();
        map_type(&mut data_type);
        let kind = if *is_try { CastKind::TryCast } else { CastKind::Cast };
        *expr = Expr::Cast { kind, expr: value.clone(), data_type, array: false, format: None };
    }
}

/// Type names of ODBC and SQL Server that DataFusion does not know, and timestamps in the precision of the service:
/// nanoseconds would not reach the years before 1678 and after 2262.
fn map_type(data_type: &mut DataType) {
    *data_type = match data_type {
        DataType::Timestamp(None, TimezoneInfo::None) | DataType::Datetime(_) => {
            DataType::Timestamp(Some(3), TimezoneInfo::None)
        }
        DataType::Bit(_) => DataType::Boolean,
        DataType::Nvarchar(_) => DataType::Varchar(None),
        DataType::TinyInt(width) => DataType::TinyIntUnsigned(*width),
        DataType::Dec(info) => DataType::Decimal(*info),
        DataType::Custom(name, arguments) => match custom_type(&name.to_string(), arguments) {
            Some(mapped) => mapped,
            None => return,
        },
        _ => return,
    };
}

fn custom_type(name: &str, arguments: &[String]) -> Option<DataType> {
    Some(match name {
        "uniqueidentifier" | "nchar" | "ntext" | "sql_char" | "sql_varchar" | "sql_longvarchar" | "sql_wchar"
        | "sql_wvarchar" | "sql_wlongvarchar" | "sql_guid" => DataType::Varchar(None),
        "datetime2" | "smalldatetime" | "sql_timestamp" | "sql_type_timestamp" => {
            DataType::Timestamp(Some(3), TimezoneInfo::None)
        }
        "sql_date" | "sql_type_date" => DataType::Date,
        "sql_time" | "sql_type_time" => DataType::Time(None, TimezoneInfo::None),
        "sql_bit" => DataType::Boolean,
        "sql_tinyint" => DataType::TinyIntUnsigned(None),
        "sql_smallint" => DataType::SmallInt(None),
        "sql_integer" => DataType::Integer(None),
        "sql_bigint" => DataType::BigInt(None),
        "sql_real" => DataType::Real,
        "sql_float" | "sql_double" => DataType::DoublePrecision,
        "sql_decimal" | "sql_numeric" => DataType::Decimal(ExactNumberInfo::PrecisionAndScale(38, 10)),
        "sql_binary" | "sql_varbinary" | "sql_longvarbinary" => DataType::Varbinary(None),
        "money" if arguments.is_empty() => DataType::Decimal(ExactNumberInfo::PrecisionAndScale(19, 4)),
        _ => return None,
    })
}

/// TOP, LIMIT a, b and FETCH become LIMIT and OFFSET.
fn limit_rows(query: &mut Query) -> Result<()> {
    if let SetExpr::Select(select) = query.body.as_mut() {
        if let Some(top) = select.top.take() {
            set_limit(query, top_quantity(top)?)?;
        }
    } else {
        limit_branches(&mut query.body)?;
    }
    if let Some(fetch) = query.fetch.take() {
        set_limit(query, fetch_quantity(fetch)?)?;
    }
    if let Some(LimitClause::OffsetCommaLimit { offset, limit }) = &query.limit_clause {
        query.limit_clause = Some(LimitClause::LimitOffset {
            limit: Some(limit.clone()),
            offset: Some(Offset { value: offset.clone(), rows: OffsetRows::None }),
            limit_by: Vec::new(),
        });
    }
    Ok(())
}

/// A branch of a set operation with TOP becomes a query of its own, so that the limit stays with it.
fn limit_branches(body: &mut SetExpr) -> Result<()> {
    match body {
        SetExpr::SetOperation { left, right, .. } => {
            limit_branches(left)?;
            limit_branches(right)
        }
        SetExpr::Select(select) if select.top.is_some() => {
            let limited = query_of(select.clone());
            *body = SetExpr::Query(Box::new(limited));
            Ok(())
        }
        _ => Ok(()),
    }
}

fn query_of(select: Box<Select>) -> Query {
    Query {
        with: None,
        body: Box::new(SetExpr::Select(select)),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}

fn set_limit(query: &mut Query, rows: Expr) -> Result<()> {
    match &mut query.limit_clause {
        None => {
            query.limit_clause =
                Some(LimitClause::LimitOffset { limit: Some(rows), offset: None, limit_by: Vec::new() });
            Ok(())
        }
        Some(LimitClause::LimitOffset { limit, .. }) if limit.is_none() => {
            *limit = Some(rows);
            Ok(())
        }
        Some(_) => Err(Error::Invalid {
            message: "The number of rows is limited twice. Keep one of TOP, LIMIT and FETCH.".into(),
        }),
    }
}

fn top_quantity(top: Top) -> Result<Expr> {
    refuse(top.percent, "TOP n PERCENT")?;
    refuse(top.with_ties, "TOP n WITH TIES")?;
    Ok(match top.quantity {
        Some(TopQuantity::Expr(rows)) => rows,
        Some(TopQuantity::Constant(rows)) => number(rows),
        None => number(1),
    })
}

fn fetch_quantity(fetch: Fetch) -> Result<Expr> {
    refuse(fetch.percent, "FETCH n PERCENT")?;
    refuse(fetch.with_ties, "FETCH n WITH TIES")?;
    Ok(fetch.quantity.unwrap_or_else(|| number(1)))
}

fn refuse(present: bool, what: &str) -> Result<()> {
    if present {
        return Err(Error::NotSupported { what: what.into() });
    }
    Ok(())
}

fn number(rows: u64) -> Expr {
    Expr::Value(Value::Number(rows.to_string(), false).into())
}
