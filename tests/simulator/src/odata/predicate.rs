//! Evaluates a filter on a row.

use super::filter::{Filter, Operand, Operator};
use super::literal::{Form, Literal};
use crate::company::value::Value;

/// How values are compared.
#[derive(Clone, Copy, Debug)]
pub struct Semantics {
    pub case_sensitive: bool,
    /// Comparisons with null are unknown, and so is their negation.
    pub sql_nulls: bool,
}

impl Semantics {
    /// Whether a row, given as its cells, passes.
    pub fn passes(self, filter: &Filter, cell: &impl Fn(usize) -> Value) -> bool {
        self.truth(filter, cell) == Some(true)
    }

    fn truth(self, filter: &Filter, cell: &impl Fn(usize) -> Value) -> Option<bool> {
        match filter {
            Filter::And(left, right) => match self.truth(left, cell) {
                Some(false) => Some(false),
                left => match self.truth(right, cell) {
                    Some(false) => Some(false),
                    right => left.zip(right).map(|_| true),
                },
            },
            Filter::Or(left, right) => match self.truth(left, cell) {
                Some(true) => Some(true),
                left => match self.truth(right, cell) {
                    Some(true) => Some(true),
                    right => left.zip(right).map(|_| false),
                },
            },
            Filter::Not(inner) => self.truth(inner, cell).map(|truth| !truth),
            Filter::Compare { left, operator, right } => self.compare(left, *operator, right, cell),
        }
    }

    fn compare(
        self,
        left: &Operand,
        operator: Operator,
        right: &Literal,
        cell: &impl Fn(usize) -> Value,
    ) -> Option<bool> {
        let value = self.value(left, cell);
        if right.form == Form::Null {
            return Some(value.is_null() == (operator == Operator::Eq));
        }
        match value.compare(&right.value, self.case_sensitive) {
            Some(order) => Some(operator.holds(order)),
            None if self.sql_nulls => None,
            None => Some(operator == Operator::Ne),
        }
    }

    fn value(self, operand: &Operand, cell: &impl Fn(usize) -> Value) -> Value {
        let text = |inner: &Operand, change: &dyn Fn(&str) -> Value| match self.value(inner, cell) {
            Value::Text(text) => change(&text),
            _ => Value::Null,
        };
        match operand {
            Operand::Column(column) => cell(*column),
            Operand::Literal(literal) => literal.value.clone(),
            Operand::Lower(inner) => text(inner, &|text| Value::text(text.to_lowercase())),
            Operand::Upper(inner) => text(inner, &|text| Value::text(text.to_uppercase())),
            Operand::Trim(inner) => text(inner, &|text| Value::text(text.trim().to_owned())),
            Operand::IndexOf(inner, part) => text(inner, &|text| self.index_of(text, part)),
            Operand::Contains(inner, part) => {
                text(inner, &|text| Value::Bool(self.folded(text).contains(&self.folded(part))))
            }
            Operand::StartsWith(inner, part) => {
                text(inner, &|text| Value::Bool(self.folded(text).starts_with(&self.folded(part))))
            }
            Operand::EndsWith(inner, part) => {
                text(inner, &|text| Value::Bool(self.folded(text).ends_with(&self.folded(part))))
            }
        }
    }

    /// The place of a part counted in UTF-16 units as .NET does, or -1.
    fn index_of(self, text: &str, part: &str) -> Value {
        let text = self.folded(text);
        let place = text.find(&self.folded(part)).and_then(|at| text.get(..at));
        Value::Int(place.map_or(-1, |before| before.encode_utf16().count() as i64))
    }

    fn folded(self, text: &str) -> String {
        if self.case_sensitive { text.to_owned() } else { text.to_lowercase() }
    }
}
