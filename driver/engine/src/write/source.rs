//! The queries behind a write: the values of new rows, and the rows that an UPDATE or a DELETE means.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, Query, SelectItem, SetExpr, Statement as Syntax, TableFactor, TableWithJoins,
    Value as Literal, Visit, With, visit_expressions,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use crate::error::{Error, Result};

/// `SELECT` of these expressions without a table.
pub fn select_of(exprs: Vec<Expr>) -> Result<Query> {
    let items = (0..).zip(exprs).map(|(number, expr): (usize, _)| named(expr, &format!("c{number}")));
    select(items.collect(), Vec::new(), None)
}

/// A query of these items.
pub fn select(items: Vec<SelectItem>, from: Vec<TableWithJoins>, selection: Option<Expr>) -> Result<Query> {
    // The parser fills in the many parts of the tree that do not matter here.
    let skeleton = Parser::parse_sql(&GenericDialect {}, "SELECT 1").map_err(Error::from)?.pop();
    let Some(Syntax::Query(mut query)) = skeleton else { return Err(lost()) };
    let SetExpr::Select(select) = query.body.as_mut() else { return Err(lost()) };
    select.projection = items;
    select.from = from;
    select.selection = selection;
    Ok(*query)
}

/// The query with the tables that a WITH before the whole statement names.
pub fn within(with: Option<&With>, query: Query) -> Result<Query> {
    let Some(with) = with.cloned() else { return Ok(query) };
    if query.with.is_none() {
        return Ok(Query { with: Some(with), ..query });
    }
    let around = select(Vec::new(), Vec::new(), None)?;
    Ok(Query { with: Some(with), body: Box::new(SetExpr::Query(Box::new(query))), ..around })
}

/// The error of a write to a table that is not there, if it is not one that the WITH names: that has no rows of its own.
pub fn unless_named(with: Option<&With>, error: Error) -> Error {
    let mut names = with.into_iter().flat_map(|with| &with.cte_tables).map(|table| table.alias.name.value.as_str());
    match error {
        Error::TableNotFound { name, .. } if names.any(|own| own == name) => Error::UseInstead {
            what: format!("Changing the rows of {name}, which stands in WITH,"),
            instead: format!("the table itself, with WHERE ID IN (SELECT ID FROM {name})"),
        },
        other => other,
    }
}

/// A table of that name.
pub fn table(name: ObjectName) -> Result<TableWithJoins> {
    let skeleton = Parser::parse_sql(&GenericDialect {}, "SELECT 1 FROM t").map_err(Error::from)?.pop();
    let Some(Syntax::Query(mut query)) = skeleton else { return Err(lost()) };
    let SetExpr::Select(select) = query.body.as_mut() else { return Err(lost()) };
    let mut from = select.from.pop().ok_or_else(lost)?;
    if let TableFactor::Table { name: own, .. } = &mut from.relation {
        *own = name;
    }
    Ok(from)
}

pub fn lost() -> Error {
    Error::Internal { message: "The query behind a write could not be made.".into() }
}

/// The number of a marker, from 1.
pub fn marker(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Value(value) => match &value.value {
            Literal::Placeholder(marker) => marker.strip_prefix('$')?.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

pub fn named(expr: Expr, name: &str) -> SelectItem {
    SelectItem::ExprWithAlias { expr, alias: Ident::with_quote('"', name) }
}

/// A column of the table that `factor` is, by the name that the statement knows the table under.
pub fn column(factor: &TableFactor, name: &str) -> Result<Expr> {
    let TableFactor::Table { .. } = factor else {
        return Err(Error::NotSupported { what: "Changing the rows of something other than a table".into() });
    };
    let column = Ident::with_quote('"', name.to_lowercase());
    Ok(Expr::CompoundIdentifier(known_as(factor).cloned().into_iter().chain([column]).collect()))
}

/// The name that the statement knows a table under.
pub fn known_as(factor: &TableFactor) -> Option<&Ident> {
    match factor {
        TableFactor::Table { alias: Some(alias), .. } => Some(&alias.name),
        TableFactor::Table { name, .. } => name.0.last()?.as_ident(),
        _ => None,
    }
}

/// Whether expressions in `part` name columns of the table that is known under `name`.
pub fn mentions(part: &impl Visit, name: &Ident) -> bool {
    let found = visit_expressions(part, |expr| match expr {
        Expr::CompoundIdentifier(parts)
            if parts.iter().rev().nth(1).is_some_and(|own| own.value.eq_ignore_ascii_case(&name.value)) =>
        {
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    });
    found.is_break()
}
