//! Conditions → `$filter` (fact sheet 3.2).
//!
//! A translation never loses a row: it selects exactly the rows of the condition, or more (`exact: false`), in which
//! case the condition is checked again locally. Negations are carried down to the comparisons, since the complement
//! of "more" would be "fewer".

mod dates;
mod functions;
mod operand;
mod said;

use std::cmp::Ordering;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{InList, ScalarFunction};
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Like, Operator};
use exact_client::model::{EdmType, Entity, FilterRule, Origin};

use super::path;
use crate::coercion::comparisons::is_comparison;
use crate::functions::FOLDED;
use operand::Operand;
pub use said::Said;

/// A condition in OData, and whether it selects the rows of the SQL condition and no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    pub said: Said,
    pub exact: bool,
    /// Whether it uses a function that some endpoints refuse (fact sheet 3.2); such a condition is never exact.
    pub uncertain: bool,
    /// Indices of the entity's columns that it names.
    pub columns: Vec<usize>,
}

/// What a translation may name, and the conditions beside which it stands.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub entity: &'a Entity,
    /// What `$filter` takes.
    pub rule: &'a FilterRule,
    /// Conditions that hold as well and are sent along; they bound the years in which a condition on a month is told.
    pub beside: &'a [&'a Expr],
}

/// Translates `condition` over the lower-case columns of an entity, or as much of it as OData can say.
pub fn translate(condition: &Expr, scope: Scope<'_>) -> Option<Translation> {
    scope.condition(condition, false)
}

impl Translation {
    fn new(said: Said, columns: Vec<usize>) -> Self {
        Self { said, exact: true, uncertain: false, columns }
    }

    /// No row meets the condition, whatever stands in it.
    fn never() -> Self {
        Self::new(Said::Never, Vec::new())
    }

    fn superset(self) -> Self {
        Self { exact: false, ..self }
    }

    pub fn is_never(&self) -> bool {
        self.said == Said::Never
    }
}

impl<'a> Scope<'a> {
    fn condition(&self, expr: &Expr, negated: bool) -> Option<Translation> {
        match expr {
            Expr::Alias(alias) => self.condition(&alias.expr, negated),
            Expr::Not(inner) => self.condition(inner, !negated),
            Expr::BinaryExpr(binary) => self.binary(binary, negated),
            Expr::IsNull(inner) => self.null_test(inner, negated),
            Expr::IsNotNull(inner) => self.null_test(inner, !negated),
            Expr::IsTrue(inner) if !negated => self.condition(inner, false),
            Expr::IsFalse(inner) if !negated => self.condition(inner, true),
            Expr::InList(list) => self.in_list(list, negated),
            Expr::Between(between) => self.between(between, negated),
            Expr::Like(like) => self.like(like, negated),
            Expr::Literal(ScalarValue::Boolean(value), _) => self.constant(*value, negated),
            Expr::Column(_) => {
                let operand = self.operand(expr)?;
                (operand.column.edm == EdmType::Boolean).then(|| operand.says(&format!("eq {}", !negated)))
            }
            _ => None,
        }
    }

    fn constant(&self, value: Option<bool>, negated: bool) -> Option<Translation> {
        (value != Some(!negated)).then(Translation::never)
    }

    fn binary(&self, binary: &BinaryExpr, negated: bool) -> Option<Translation> {
        match (binary.op, negated) {
            (Operator::And, false) | (Operator::Or, true) => {
                let left = self.condition(&binary.left, negated);
                let right = self.condition(&binary.right, negated);
                both(left, right)
            }
            (Operator::Or, false) | (Operator::And, true) => {
                either(self.condition(&binary.left, negated)?, self.condition(&binary.right, negated)?)
            }
            _ => self.comparison(binary, negated),
        }
    }

    fn comparison(&self, binary: &BinaryExpr, negated: bool) -> Option<Translation> {
        let (compared, op, value) = sides(binary)?;
        self.compare(compared, if negated { op.negate()? } else { op }, value)
    }

    /// `expr op value`, where `expr` is a column or a function of one.
    fn compare(&self, expr: &Expr, op: Operator, value: &ScalarValue) -> Option<Translation> {
        if value.is_null() && is_comparison(op) {
            return Some(Translation::never());
        }
        match self.operand(expr) {
            Some(operand) => operand.compare(op, value),
            None => self
                .compare_date(expr, op, value)
                .or_else(|| self.compare_function(expr, op, value))
                .or_else(|| self.compare_default(expr, op, value)),
        }
    }

    fn null_test(&self, inner: &Expr, negated: bool) -> Option<Translation> {
        let operand = self.operand(inner).filter(|operand| operand.column.edm != EdmType::Binary)?;
        let text = operand.column.edm == EdmType::String;
        Some(match (negated, text) {
            (true, true) => operand.says("ne null").superset(),
            (true, false) => operand.says("ne null"),
            (false, false) => operand.says("eq null"),
            // An empty text may be kept as null, or null be given as an empty text.
            (false, true) => either(operand.says("eq null"), operand.says("eq ''"))?.superset(),
        })
    }

    fn in_list(&self, list: &InList, negated: bool) -> Option<Translation> {
        let values = list.list.iter().map(value).collect::<Option<Vec<_>>>()?;
        let negated = negated != list.negated;
        if negated && values.iter().any(|value| value.is_null()) {
            return Some(Translation::never());
        }
        if let Some(part) =
            self.compare_part(&list.expr, |held| values.iter().any(|value| held.meets(Operator::Eq, value)) != negated)
        {
            return Some(part);
        }
        let op = if negated { Operator::NotEq } else { Operator::Eq };
        let mut terms = values.into_iter().map(|value| self.compare(&list.expr, op, value));
        let first = terms.next()?;
        terms.try_fold(first, |all, term| if negated { Some(both(all, term)) } else { Some(either(all?, term?)) })?
    }

    fn between(&self, between: &Between, negated: bool) -> Option<Translation> {
        let (low, high) = (value(&between.low)?, value(&between.high)?);
        let compare = |op, value| self.compare(&between.expr, op, value);
        if negated != between.negated {
            either(compare(Operator::Lt, low)?, compare(Operator::Gt, high)?)
        } else {
            both(compare(Operator::GtEq, low), compare(Operator::LtEq, high))
        }
    }

    /// A pattern becomes the texts between its wildcards, of which the first may have to stand at the beginning.
    /// `indexof` is the one search that works for all who tried (fact sheet 3.2).
    fn like(&self, like: &Like, negated: bool) -> Option<Translation> {
        let operand = self.operand(&like.expr)?;
        let pattern = value(&like.pattern)?.try_as_str()??;
        // Text is compared without regard to case or with it: ILIKE and NOT LIKE could lose rows.
        if negated != like.negated || like.case_insensitive || operand.column.edm != EdmType::String {
            return None;
        }
        let texts = texts_of(pattern, like.escape_char)?;
        if let [text] = texts.as_slice() {
            return operand.compare(Operator::Eq, &ScalarValue::from(text.as_str()));
        }
        let texts = texts.iter().enumerate().filter(|(_, text)| !text.trim().is_empty());
        texts.map(|(place, text)| operand.contains(text, place == 0)).reduce(both).flatten()
    }

    /// The column that `expr` is, if the service can be asked for it here.
    fn operand(&self, expr: &Expr) -> Option<Operand<'a>> {
        let (expr, as_service) = match expr {
            Expr::ScalarFunction(ScalarFunction { func, args }) if func.name() == FOLDED => (args.first()?, true),
            other => (other, false),
        };
        let Expr::Column(column) = expr else {
            return None;
        };
        let (index, column) = self.entity.column(&column.name)?;
        let taken = column.origin == Origin::Service && path::allows(self.rule, &[index]);
        taken.then_some(Operand { index, column, as_service })
    }
}

/// The texts between the wildcards of a pattern; one that has none is a single text.
fn texts_of(pattern: &str, escape: Option<char>) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    let mut text = String::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' | '_' => texts.push(std::mem::take(&mut text)),
            escaping if Some(escaping) == escape => text.push(characters.next()?),
            plain => text.push(plain),
        }
    }
    texts.push(text);
    Some(texts)
}

/// Whether values in this order meet a comparison.
fn meets(op: Operator, order: Ordering) -> Option<bool> {
    Some(match op {
        Operator::Eq => order.is_eq(),
        Operator::NotEq => order.is_ne(),
        Operator::Lt => order.is_lt(),
        Operator::LtEq => order.is_le(),
        Operator::Gt => order.is_gt(),
        Operator::GtEq => order.is_ge(),
        _ => return None,
    })
}

fn value(expr: &Expr) -> Option<&ScalarValue> {
    match expr {
        Expr::Literal(value, _) => Some(value),
        _ => None,
    }
}

/// A comparison with a constant, the constant last.
fn sides(binary: &BinaryExpr) -> Option<(&Expr, Operator, &ScalarValue)> {
    match (value(&binary.right), value(&binary.left)) {
        (Some(value), _) => Some((&binary.left, binary.op, value)),
        (None, Some(value)) => Some((&binary.right, binary.op.swap()?, value)),
        (None, None) => None,
    }
}

/// A conjunction says as much as its translatable parts.
fn both(left: Option<Translation>, right: Option<Translation>) -> Option<Translation> {
    match (left, right) {
        (Some(never), _) | (_, Some(never)) if never.is_never() => Some(never),
        (Some(left), Some(right)) => Some(join(left, right, Said::and)),
        (Some(one), None) | (None, Some(one)) => Some(one.superset()),
        (None, None) => None,
    }
}

/// A disjunction needs both of its parts.
fn either(left: Translation, right: Translation) -> Option<Translation> {
    Some(match (left.is_never(), right.is_never()) {
        (true, _) => right,
        (_, true) => left,
        _ => join(left, right, Said::or),
    })
}

fn join(left: Translation, right: Translation, word: fn(Said, Said) -> Said) -> Translation {
    let mut columns = left.columns;
    columns.extend(right.columns);
    Translation {
        said: word(left.said, right.said),
        exact: left.exact && right.exact,
        uncertain: left.uncertain || right.uncertain,
        columns,
    }
}

#[cfg(test)]
mod tests;
