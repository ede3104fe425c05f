//! The number of rows in one form: TOP, LIMIT a, b, and FETCH become LIMIT and OFFSET.

use datafusion::sql::sqlparser::ast::{
    Distinct, Expr, Fetch, LimitClause, Offset, OffsetRows, OrderByKind, Query, Select, SelectItem, SetExpr, Top,
    TopQuantity, Value,
};

use super::functions::filled;
use crate::error::{Error, Result};

/// TOP, LIMIT a, b and FETCH become LIMIT and OFFSET.
pub fn limit_rows(query: &mut Query) -> Result<()> {
    fetch_as_top(query);
    if let SetExpr::Select(select) = query.body.as_mut() {
        match select.top.take() {
            Some(top) if top.percent || top.with_ties => {
                let keys = order_keys(query)?;
                if let SetExpr::Select(select) = query.body.as_mut() {
                    qualify(select, &top, &keys)?;
                }
            }
            Some(top) => set_limit(query, top_quantity(top))?,
            None => {}
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

/// `FETCH n PERCENT` and `FETCH n WITH TIES` from the first row on are TOP by another name.
fn fetch_as_top(query: &mut Query) {
    let (SetExpr::Select(select), None) = (query.body.as_mut(), &query.limit_clause) else { return };
    if select.top.is_some() {
        return;
    }
    if let Some(Fetch { with_ties, percent, quantity }) = query.fetch.take_if(|fetch| fetch.percent || fetch.with_ties)
    {
        select.top = Some(Top { with_ties, percent, quantity: quantity.map(TopQuantity::Expr) });
    }
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

fn top_quantity(top: Top) -> Expr {
    match top.quantity {
        Some(TopQuantity::Expr(rows)) => rows,
        Some(TopQuantity::Constant(rows)) => number(rows),
        None => number(1),
    }
}

/// The keys of the query's ORDER BY as they would be written in a window: ordinals and aliases replaced by what they
/// stand for.
fn order_keys(query: &Query) -> Result<String> {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return Ok(String::new());
    };
    let Some(OrderByKind::Expressions(keys)) = query.order_by.as_ref().map(|order| &order.kind) else {
        return Ok(String::new());
    };
    let mut texts = Vec::with_capacity(keys.len());
    for key in keys {
        let mut key = key.clone();
        if let Some(item) = item_of(select, &key.expr) {
            key.expr = item;
        }
        texts.push(key.to_string());
    }
    Ok(format!("ORDER BY {}", texts.join(", ")))
}

fn item_of(select: &Select, key: &Expr) -> Option<Expr> {
    let aliased = |item: &SelectItem| match item {
        SelectItem::ExprWithAlias { expr, alias } if matches!(key, Expr::Identifier(name) if name.value == alias.value) => {
            Some(expr.clone())
        }
        _ => None,
    };
    let ordinal = match key {
        Expr::Value(value) => match &value.value {
            Value::Number(text, _) => text.parse::<usize>().ok(),
            _ => None,
        },
        _ => None,
    };
    match ordinal.and_then(|ordinal| select.projection.get(ordinal.checked_sub(1)?)) {
        Some(SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) => Some(expr.clone()),
        _ => select.projection.iter().find_map(aliased),
    }
}

/// `TOP n PERCENT` and `TOP n WITH TIES` depend on all rows of the query: they become conditions on its windows.
fn qualify(select: &mut Select, top: &Top, keys: &str) -> Result<()> {
    if matches!(select.distinct, Some(Distinct::Distinct | Distinct::On(_))) {
        let what = "TOP with PERCENT or WITH TIES beside DISTINCT".into();
        return Err(Error::NotSupported { what });
    }
    let rank = if top.with_ties { "rank" } else { "row_number" };
    let rows = if top.percent { "ceil(count(*) OVER () * _1 / 100.0)" } else { "_1" };
    let condition = filled(&format!("{rank}() OVER ({keys}) <= {rows}"), &[top_quantity(top.clone())])?;
    select.qualify = Some(match select.qualify.take() {
        Some(earlier) => filled("_1 AND _2", &[earlier, condition])?,
        None => condition,
    });
    Ok(())
}

fn fetch_quantity(fetch: Fetch) -> Result<Expr> {
    refuse(fetch.percent, "FETCH n PERCENT beside OFFSET or a set operation")?;
    refuse(fetch.with_ties, "FETCH n WITH TIES beside OFFSET or a set operation")?;
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
