//! Conditions → `$filter` (fact sheet 3.2).
//!
//! A translation never loses a row: it selects exactly the rows of the condition, or more (`exact: false`), in which
//! case the condition is checked again locally. Negations are carried down to the comparisons, since the complement
//! of "more" would be "fewer".

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Like, Operator};
use exact_client::model::{Column, EdmType, Entity, Origin};
use exact_client::odata::literal;

use super::literals::literal_of;

/// Width to which the service pads the codes of accounts on the left (fact sheet 6.5).
const PADDED_WIDTH: usize = 18;

/// A condition in OData, and whether it selects the rows of the SQL condition and no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    pub text: String,
    pub exact: bool,
    /// Whether it uses a function that some endpoints refuse (fact sheet 3.2); such a condition is never exact.
    pub uncertain: bool,
    /// Indices of the entity's columns that it names.
    pub columns: Vec<usize>,
}

/// Translates `condition` over the lower-case columns of `entity`, or as much of it as OData can say.
pub fn translate(condition: &Expr, entity: &Entity) -> Option<Translation> {
    Translator { entity }.condition(condition, false)
}

struct Translator<'a> {
    entity: &'a Entity,
}

/// A column that the service can filter on.
#[derive(Clone, Copy)]
struct Operand<'a> {
    index: usize,
    column: &'a Column,
}

impl Translator<'_> {
    fn condition(&self, expr: &Expr, negated: bool) -> Option<Translation> {
        match expr {
            Expr::Alias(alias) => self.condition(&alias.expr, negated),
            Expr::Not(inner) => self.condition(inner, !negated),
            Expr::BinaryExpr(binary) => self.binary(binary, negated),
            Expr::IsNull(inner) => self.null_test(inner, negated),
            Expr::IsNotNull(inner) => self.null_test(inner, !negated),
            Expr::InList(list) => self.in_list(list, negated),
            Expr::Between(between) => self.between(between, negated),
            Expr::Like(like) => self.like(like, negated),
            Expr::Column(_) => {
                let operand = self.operand(expr)?;
                (operand.column.edm == EdmType::Boolean).then(|| operand.says(&format!("eq {}", !negated), true))
            }
            _ => None,
        }
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
        let (operand, op, value) = match (self.operand(&binary.left), value(&binary.right)) {
            (Some(operand), Some(value)) => (operand, binary.op, value),
            _ => (self.operand(&binary.right)?, binary.op.swap()?, value(&binary.left)?),
        };
        let op = if negated { op.negate()? } else { op };
        operand.compare(op, value)
    }

    fn null_test(&self, inner: &Expr, negated: bool) -> Option<Translation> {
        let operand = self.operand(inner)?;
        let text = operand.column.edm == EdmType::String;
        Some(match (negated, text) {
            (true, text) => operand.says("ne null", !text),
            (false, false) => operand.says("eq null", true),
            // An empty text may be kept as null, or null be given as an empty text.
            (false, true) => Translation {
                text: format!("({0} eq null or {0} eq '')", operand.column.name),
                exact: false,
                uncertain: false,
                columns: vec![operand.index],
            },
        })
    }

    fn in_list(&self, list: &InList, negated: bool) -> Option<Translation> {
        let operand = self.operand(&list.expr)?;
        let values = list.list.iter().map(value).collect::<Option<Vec<_>>>()?;
        let negated = negated != list.negated;
        if negated && values.iter().any(|value| value.is_null()) {
            return None;
        }
        let mut terms = values
            .into_iter()
            // `x IN (1, NULL)` is never true because of the NULL.
            .filter(|value| !value.is_null())
            .map(|value| {
                let op = if negated { Operator::NotEq } else { Operator::Eq };
                operand.compare(op, value)
            });
        let first = terms.next()??;
        terms.try_fold(first, |all, term| if negated { both(Some(all), term) } else { either(all, term?) })
    }

    fn between(&self, between: &Between, negated: bool) -> Option<Translation> {
        let operand = self.operand(&between.expr)?;
        let (low, high) = (value(&between.low)?, value(&between.high)?);
        if negated != between.negated {
            either(operand.compare(Operator::Lt, low)?, operand.compare(Operator::Gt, high)?)
        } else {
            both(operand.compare(Operator::GtEq, low), operand.compare(Operator::LtEq, high))
        }
    }

    /// A pattern becomes the texts between its wildcards, of which the first may have to stand at the beginning.
    /// `indexof` is the one search that works for all who tried (fact sheet 3.2).
    fn like(&self, like: &Like, negated: bool) -> Option<Translation> {
        let operand = self.operand(&like.expr)?;
        let pattern = value(&like.pattern)?.try_as_str()??;
        // Text is compared without regard to case or with it: ILIKE and NOT LIKE could lose rows.
        if negated != like.negated || like.case_insensitive || like.escape_char.is_some() || pattern.contains('\\') {
            return None;
        }
        if operand.column.edm != EdmType::String {
            return None;
        }
        if !pattern.contains(['%', '_']) {
            return operand.compare_text(Operator::Eq, value(&like.pattern)?);
        }
        let texts = pattern.split(['%', '_']).enumerate().filter(|(_, text)| !text.trim().is_empty());
        let terms: Vec<_> = texts.map(|(place, text)| operand.contains(text, place == 0)).collect();
        (!terms.is_empty()).then(|| Translation {
            text: terms.join(" and "),
            exact: false,
            uncertain: true,
            columns: vec![operand.index],
        })
    }

    fn operand(&self, expr: &Expr) -> Option<Operand<'_>> {
        let Expr::Column(column) = expr else {
            return None;
        };
        let (index, column) = self.entity.column(&column.name)?;
        (column.origin == Origin::Service).then_some(Operand { index, column })
    }
}

impl Operand<'_> {
    fn says(&self, rest: &str, exact: bool) -> Translation {
        Translation { text: format!("{} {rest}", self.column.name), exact, uncertain: false, columns: vec![self.index] }
    }

    /// Text stands in the column, or at its beginning. Padding may differ there from what is shown.
    fn contains(&self, text: &str, at_start: bool) -> String {
        let text = if self.column.trimmed_right { text.trim_end() } else { text };
        let position = if at_start && !self.column.padded_left { "eq 0" } else { "ge 0" };
        format!("indexof({},{}) {position}", self.column.name, literal::string(text))
    }

    fn compare(&self, op: Operator, value: &ScalarValue) -> Option<Translation> {
        match self.column.edm {
            EdmType::String => self.compare_text(op, value),
            EdmType::Boolean => self.compare_boolean(op, value),
            EdmType::Binary => None,
            EdmType::Guid => {
                let equality = matches!(op, Operator::Eq | Operator::NotEq);
                let literal = literal_of(EdmType::Guid, value)?;
                // The service orders guids by its own rule.
                equality.then(|| self.ordered(op, &literal)).flatten()
            }
            edm => self.ordered(op, &literal_of(edm, value)?),
        }
    }

    fn ordered(&self, op: Operator, literal: &str) -> Option<Translation> {
        let word = match op {
            Operator::Eq => "eq",
            Operator::NotEq => "ne",
            Operator::Lt => "lt",
            Operator::LtEq => "le",
            Operator::Gt => "gt",
            Operator::GtEq => "ge",
            _ => return None,
        };
        let name = self.column.name;
        let text = if op == Operator::NotEq && !self.column.key {
            // SQL leaves out rows without a value; whether the service does is not documented.
            format!("({name} ne {literal} and {name} ne null)")
        } else {
            format!("{name} {word} {literal}")
        };
        Some(Translation { text, exact: true, uncertain: false, columns: vec![self.index] })
    }

    fn compare_boolean(&self, op: Operator, value: &ScalarValue) -> Option<Translation> {
        let ScalarValue::Boolean(Some(value)) = value else {
            return None;
        };
        match op {
            Operator::Eq => Some(self.says(&format!("eq {value}"), true)),
            Operator::NotEq => Some(self.says(&format!("eq {}", !value), true)),
            _ => None,
        }
    }

    /// Text is compared without regard to case by the service and with regard to it by SQL here, so equality gives a
    /// superset; order and inequality could lose rows and stay local.
    fn compare_text(&self, op: Operator, value: &ScalarValue) -> Option<Translation> {
        let text = value.try_as_str()??;
        if op != Operator::Eq {
            return None;
        }
        let name = self.column.name;
        let said = if self.column.padded_left {
            format!("{name} eq {}", literal::string(&format!("{text:>PADDED_WIDTH$}")))
        } else if self.column.trimmed_right {
            format!("trim({name}) eq {}", literal::string(text.trim()))
        } else {
            format!("{name} eq {}", literal::string(text))
        };
        Some(Translation { text: said, exact: false, uncertain: false, columns: vec![self.index] })
    }
}

fn value(expr: &Expr) -> Option<&ScalarValue> {
    match expr {
        Expr::Literal(value, _) => Some(value),
        _ => None,
    }
}

/// A conjunction says as much as its translatable parts.
fn both(left: Option<Translation>, right: Option<Translation>) -> Option<Translation> {
    match (left, right) {
        (Some(left), Some(right)) => Some(join(left, "and", right)),
        (Some(one), None) | (None, Some(one)) => Some(Translation { exact: false, ..one }),
        (None, None) => None,
    }
}

/// A disjunction needs both of its parts.
fn either(left: Translation, right: Translation) -> Option<Translation> {
    let joined = join(left, "or", right);
    Some(Translation { text: format!("({})", joined.text), ..joined })
}

fn join(left: Translation, word: &str, right: Translation) -> Translation {
    let mut columns = left.columns;
    columns.extend(right.columns);
    // (a or b) or c needs no inner brackets.
    let start = match (word, left.text.strip_prefix('(')) {
        ("or", Some(inner)) if is_plain_disjunction(inner) => inner.strip_suffix(')').unwrap_or(&left.text).to_string(),
        _ => left.text,
    };
    Translation {
        text: format!("{start} {word} {}", right.text),
        exact: left.exact && right.exact,
        uncertain: left.uncertain || right.uncertain,
        columns,
    }
}

/// Whether a bracketed text, without its first bracket, is one flat chain of `or`: only then may the brackets go.
fn is_plain_disjunction(inner: &str) -> bool {
    !inner.contains(" and ") && inner.ends_with(')') && !inner.trim_end_matches(')').contains([')', '('])
}

#[cfg(test)]
mod tests {
    use datafusion::common::ScalarValue;
    use datafusion::prelude::{Expr, col, lit};
    use exact_client::model::model;

    use super::translate;

    fn timestamp(milliseconds: i64) -> Expr {
        lit(ScalarValue::TimestampMillisecond(Some(milliseconds), None))
    }

    /// Condition, what is sent, and whether nothing is left to check.
    fn table() -> Vec<(Expr, Option<(&'static str, bool)>)> {
        const GUID: &str = "6f7b0000-0000-0000-0000-00000000000a";
        vec![
            (col("blocked").eq(lit(true)), Some(("Blocked eq true", true))),
            (col("blocked"), Some(("Blocked eq true", true))),
            (!col("blocked"), Some(("Blocked eq false", true))),
            (col("blocked").not_eq(lit(true)), Some(("Blocked eq false", true))),
            (col("id").eq(lit(GUID)), Some(("ID eq guid'6f7b0000-0000-0000-0000-00000000000a'", true))),
            (col("id").gt(lit(GUID)), None),
            (col("id").eq(lit("nonsense")), None),
            (
                col("parent").not_eq(lit(GUID)),
                Some(("(Parent ne guid'6f7b0000-0000-0000-0000-00000000000a' and Parent ne null)", true)),
            ),
            (col("name").eq(lit("O'Neill")), Some(("Name eq 'O''Neill'", false))),
            (col("name").not_eq(lit("x")), None),
            (col("name").gt(lit("x")), None),
            (col("name").is_null(), Some(("(Name eq null or Name eq '')", false))),
            (col("parent").is_null(), Some(("Parent eq null", true))),
            (col("parent").is_not_null(), Some(("Parent ne null", true))),
            (col("code").eq(lit("1024")), Some(("Code eq '              1024'", false))),
            (col("country").eq(lit("NL")), Some(("trim(Country) eq 'NL'", false))),
            (
                col("modified").gt_eq(timestamp(1_767_225_600_000)),
                Some(("Modified ge datetime'2026-01-01T00:00:00'", true)),
            ),
            (
                timestamp(1_767_225_600_000).gt(col("modified")),
                Some(("Modified lt datetime'2026-01-01T00:00:00'", true)),
            ),
            (
                col("discountsales").between(lit(0.1), lit(2.5)),
                Some(("DiscountSales ge 0.1 and DiscountSales le 2.5", true)),
            ),
            (
                col("discountsales").not_between(lit(0.1), lit(2.5)),
                Some(("(DiscountSales lt 0.1 or DiscountSales gt 2.5)", true)),
            ),
            (
                col("division").in_list(vec![lit(1), lit(2), lit(3)], false),
                Some(("(Division eq 1 or Division eq 2 or Division eq 3)", true)),
            ),
            (col("division").in_list(vec![lit(1), lit(ScalarValue::Int32(None))], true), None),
            // As much of a conjunction as can be said, and nothing of a disjunction that cannot.
            (col("blocked").and(col("name").gt(lit("x"))), Some(("Blocked eq true", false))),
            (col("blocked").or(col("name").gt(lit("x"))), None),
            // The complement of a superset would lose rows.
            (!(col("name").eq(lit("x"))), None),
            (
                !(col("blocked").or(col("division").eq(lit(5)))),
                Some(("Blocked eq false and (Division ne 5 and Division ne null)", true)),
            ),
            (
                (col("blocked").or(col("parent").is_null())).or(col("division").lt(lit(5))),
                Some(("(Blocked eq true or Parent eq null or Division lt 5)", true)),
            ),
            (col("logo").is_null(), Some(("Logo eq null", true))),
            (col("name").like(lit("O'%")), Some(("indexof(Name,'O''') eq 0", false))),
            (col("name").like(lit("%x%")), Some(("indexof(Name,'x') ge 0", false))),
            (
                col("name").like(lit("a_c%d")),
                Some(("indexof(Name,'a') eq 0 and indexof(Name,'c') ge 0 and indexof(Name,'d') ge 0", false)),
            ),
            (col("code").like(lit("10%")), Some(("indexof(Code,'10') ge 0", false))),
            (col("country").like(lit("N %")), Some(("indexof(Country,'N') eq 0", false))),
            (col("name").like(lit("x")), Some(("Name eq 'x'", false))),
            (col("name").like(lit("%")), None),
            (col("name").not_like(lit("x%")), None),
            (col("name").ilike(lit("x%")), None),
        ]
    }

    #[test]
    fn conditions_are_translated() {
        let accounts = model().find(Some("crm"), "Accounts").unwrap();
        for (condition, expected) in table() {
            let said = translate(&condition, accounts);
            let said = said.as_ref().map(|said| (said.text.as_str(), said.exact));
            assert_eq!(said, expected, "{condition}");
        }
    }
}
