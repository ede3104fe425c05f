//! The names of result columns: as the application wrote them, or as Exact Online documents them.

use std::collections::{HashMap, HashSet};

use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, Select, SelectItem, SetExpr, Statement};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Word};

use super::tokens::TokenWithSpan;
use crate::error::Place;

/// What the application called things, since planning knows only lower-case names.
#[derive(Debug, Default)]
pub struct Labels {
    /// Labels that the statement itself gives, by the name that the column has in the plan.
    given: HashMap<String, String>,
    /// The first spelling of every name in the text, by its lower-case form.
    spelling: HashMap<String, String>,
    /// Where every name, and every text in its quotes, first stands.
    places: HashMap<String, Place>,
    /// Names in double quotes, in lower case.
    quoted: HashSet<String>,
}

impl Labels {
    pub fn new(tokens: &[TokenWithSpan]) -> Self {
        let mut labels = Self::default();
        let words = || tokens.iter().filter_map(word);
        // A name comes before a keyword that is spelled like it.
        let is_name = |word: &Word| word.quote_style.is_some() || word.keyword == Keyword::NoKeyword;
        let (names, keywords): (Vec<_>, Vec<_>) = words().partition(|(word, _)| is_name(word));
        for (word, place) in names.into_iter().chain(keywords) {
            let name = word.value.to_lowercase();
            if word.quote_style == Some('"') {
                labels.quoted.insert(name.clone());
            }
            labels.places.entry(name.clone()).or_insert(place);
            labels.spelling.entry(name).or_insert_with(|| word.value.clone());
        }
        for token in tokens {
            if let Token::SingleQuotedString(text) = &token.token {
                labels.places.entry(format!("'{text}'")).or_insert_with(|| place_of(token));
            }
        }
        labels
    }

    /// The label of a result column. `documented` is its name in the catalog, if it is a column of a table.
    pub fn label(&self, name: &str, documented: Option<&str>) -> String {
        if let Some(given) = self.given.get(name) {
            return given.clone();
        }
        documented.map(str::to_string).or_else(|| self.spelling.get(name).cloned()).unwrap_or_else(|| name.to_string())
    }

    /// A name of the statement as it was written there.
    pub fn spelled<'a>(&'a self, name: &'a str) -> &'a str {
        self.spelling.get(name).map_or(name, String::as_str)
    }

    /// Whether a name stands in double quotes somewhere.
    pub fn is_quoted(&self, name: &str) -> bool {
        self.quoted.contains(name)
    }

    /// Where a name, or a text in its quotes, first stands.
    pub fn place(&self, name: &str) -> Option<Place> {
        self.places.get(name).copied()
    }

    /// Gives every item of the outermost SELECT a name of its own, as a plan needs it, and remembers its label.
    /// `spelled` is the same statement with its names as they were written.
    pub fn name_items(&mut self, syntax: &mut Statement, spelled: &Statement) {
        let (Statement::Query(query), Statement::Query(spelled)) = (syntax, spelled) else {
            return;
        };
        name_later_branches(&mut query.body);
        let (Some(select), Some(spelled)) = (first_select_mut(&mut query.body), first_select(&spelled.body)) else {
            return;
        };
        let mut taken = HashSet::new();
        let after_wildcard = select.projection.iter().any(is_wildcard);
        for (item, written) in select.projection.iter_mut().zip(&spelled.projection) {
            self.name_item(item, written, &mut taken, after_wildcard);
        }
    }

    fn name_item(
        &mut self,
        item: &mut SelectItem,
        written: &SelectItem,
        taken: &mut HashSet<String>,
        beside_wildcard: bool,
    ) {
        let (expr, name, label) = match (&*item, written) {
            (SelectItem::ExprWithAlias { expr, alias }, SelectItem::ExprWithAlias { alias: w, .. }) => {
                (expr.clone(), alias.value.clone(), Some(w.value.clone()))
            }
            (SelectItem::UnnamedExpr(expr), SelectItem::UnnamedExpr(written)) => match column_name(expr) {
                Some(name) => (expr.clone(), name.to_string(), None),
                None => (expr.clone(), written.to_string(), Some(written.to_string())),
            },
            _ => return,
        };
        let is_column = column_name(&expr).is_some() && label.is_none();
        let unique = unique(&name, taken, beside_wildcard && is_column);
        if unique != name || !is_column {
            *item = SelectItem::ExprWithAlias { expr, alias: Ident::with_quote('"', unique.clone()) };
        }
        match label {
            Some(label) => {
                self.given.insert(unique, label);
            }
            None if unique != name => {
                let spelled = self.spelled(&name).to_string();
                self.spelling.insert(unique, spelled);
            }
            None => {}
        }
    }
}

fn word(token: &TokenWithSpan) -> Option<(&Word, Place)> {
    match &token.token {
        Token::Word(word) => Some((word, place_of(token))),
        _ => None,
    }
}

fn place_of(token: &TokenWithSpan) -> Place {
    let start = token.span.start;
    Place { line: start.line, column: start.column }
}

/// A name that no other item has. Beside a wildcard a plain column may repeat one of the wildcard's.
fn unique(name: &str, taken: &mut HashSet<String>, may_repeat: bool) -> String {
    let mut unique = name.to_string();
    let mut number = 1;
    if may_repeat {
        number = 2;
        unique = format!("{name}:2");
    }
    while !taken.insert(unique.clone()) {
        number += 1;
        unique = format!("{name}:{number}");
    }
    unique
}

/// The first branch of a set operation gives its columns their names; those of the others need only differ.
fn name_later_branches(body: &mut SetExpr) {
    match body {
        SetExpr::SetOperation { left, right, .. } => {
            name_later_branches(left);
            name_by_place(right);
        }
        SetExpr::Query(query) => name_later_branches(&mut query.body),
        _ => {}
    }
}

fn name_by_place(body: &mut SetExpr) {
    match body {
        SetExpr::SetOperation { left, right, .. } => {
            name_by_place(left);
            name_by_place(right);
        }
        // One with an order of its own may name its columns there.
        SetExpr::Query(query) if query.order_by.is_none() => name_by_place(&mut query.body),
        SetExpr::Select(select) => {
            for (place, item) in select.projection.iter_mut().enumerate() {
                if let SelectItem::UnnamedExpr(expr) = item {
                    let alias = Ident::with_quote('"', format!(":{place}"));
                    *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
                }
            }
        }
        _ => {}
    }
}

fn is_wildcard(item: &SelectItem) -> bool {
    matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..))
}

fn column_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Identifier(name) => Some(&name.value),
        Expr::CompoundIdentifier(parts) => parts.last().map(|name| name.value.as_str()),
        _ => None,
    }
}

fn first_select(body: &SetExpr) -> Option<&Select> {
    match body {
        SetExpr::Select(select) => Some(select),
        SetExpr::Query(query) => first_select(&query.body),
        SetExpr::SetOperation { left, .. } => first_select(left),
        _ => None,
    }
}

fn first_select_mut(body: &mut SetExpr) -> Option<&mut Select> {
    match body {
        SetExpr::Select(select) => Some(select),
        SetExpr::Query(query) => {
            let Query { body, .. } = query.as_mut();
            first_select_mut(body)
        }
        SetExpr::SetOperation { left, .. } => first_select_mut(left),
        _ => None,
    }
}
