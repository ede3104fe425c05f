//! A column compared with a value.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::Operator;
use exact_client::model::{Column, EdmType};
use exact_client::odata::literal;

use super::{Said, Translation};
use crate::coercion::canonical_guid;
use crate::pushdown::literals::{beyond_datetime, literal_of};

/// Width to which the service pads the codes of accounts on the left (fact sheet 6.5).
const PADDED_WIDTH: usize = 18;

/// A column that the service can filter on.
#[derive(Clone, Copy)]
pub struct Operand<'a> {
    pub index: usize,
    pub column: &'a Column,
    /// Its text is compared as the service compares it, here too (`StringComparison=Service`).
    pub as_service: bool,
}

impl Operand<'_> {
    pub fn says(&self, rest: &str) -> Translation {
        self.term(format!("{} {rest}", self.column.name))
    }

    pub fn term(&self, text: String) -> Translation {
        Translation::new(Said::Term(text), vec![self.index])
    }

    /// Text stands in the column, or at its beginning. Padding may differ there from what is shown.
    pub fn contains(&self, text: &str, at_start: bool) -> Option<Translation> {
        let text = if self.column.trimmed_right { text.trim_end() } else { text };
        if text.trim().is_empty() {
            return None;
        }
        let position = if at_start && !self.column.trimmed_left { "eq 0" } else { "ge 0" };
        let said = format!("indexof({},{}) {position}", self.column.name, literal::string(text));
        Some(Translation { exact: false, uncertain: true, ..self.term(said) })
    }

    pub fn compare(&self, op: Operator, value: &ScalarValue) -> Option<Translation> {
        match self.column.edm {
            EdmType::String => self.compare_text(op, value),
            EdmType::Boolean => self.compare_boolean(op, value),
            EdmType::Binary => None,
            EdmType::Guid => self.compare_guid(op, value),
            EdmType::DateTime => match beyond_datetime(value) {
                Some(later) => self.compare_beyond(op, later),
                None => self.ordered(op, &literal_of(EdmType::DateTime, value)?),
            },
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
        if op == Operator::NotEq && !self.column.key {
            // SQL leaves out rows without a value; whether the service does is not documented.
            let text = format!("({0} ne {literal} and {0} ne null)", self.column.name);
            return Some(self.term(text));
        }
        Some(self.says(&format!("{word} {literal}")))
    }

    /// The service orders guids by its own rule, so only equality is asked of it.
    fn compare_guid(&self, op: Operator, value: &ScalarValue) -> Option<Translation> {
        let text = value.try_as_str()??;
        match (op, canonical_guid(text)) {
            (Operator::Eq | Operator::NotEq, Some(guid)) if guid == text => self.ordered(op, &literal::guid(&guid)),
            (Operator::Eq, Some(guid)) => Some(self.ordered(op, &literal::guid(&guid))?.superset()),
            // No guid looks like that.
            (Operator::Eq, None) => Some(Translation::never()),
            (Operator::NotEq, None) => Some(self.says("ne null")),
            _ => None,
        }
    }

    /// Compared with a moment before the first or after the last that the service can hold.
    fn compare_beyond(&self, op: Operator, later: bool) -> Option<Translation> {
        match op {
            Operator::NotEq => Some(self.says("ne null")),
            Operator::Lt | Operator::LtEq if later => Some(self.says("ne null")),
            Operator::Gt | Operator::GtEq if !later => Some(self.says("ne null")),
            Operator::Eq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq => Some(Translation::never()),
            _ => None,
        }
    }

    fn compare_boolean(&self, op: Operator, value: &ScalarValue) -> Option<Translation> {
        let ScalarValue::Boolean(Some(value)) = value else {
            return None;
        };
        match op {
            Operator::Eq => Some(self.says(&format!("eq {value}"))),
            Operator::NotEq => Some(self.says(&format!("eq {}", !value))),
            _ => None,
        }
    }

    /// Text is compared without regard to case by the service and with regard to it by SQL here, so equality gives a
    /// superset; order and inequality could lose rows and stay local. Where SQL compares as the service does, both
    /// are exact; the order of the service's letters is not known. No text may be kept as an empty one.
    fn compare_text(&self, op: Operator, value: &ScalarValue) -> Option<Translation> {
        let text = value.try_as_str()??;
        match op {
            Operator::Eq if self.as_service && !text.is_empty() => Some(self.term(self.text_term("eq", text))),
            Operator::Eq => Some(self.term(self.text_term("eq", text)).superset()),
            Operator::NotEq if self.as_service && !text.is_empty() => {
                let (differs, name) = (self.text_term("ne", text), self.column.name);
                Some(self.term(format!("({differs} and {name} ne null)")))
            }
            _ => None,
        }
    }

    /// `column word 'text'`, the text padded or the column trimmed as the service keeps it.
    fn text_term(&self, word: &str, text: &str) -> String {
        let name = self.column.name;
        if self.column.padded_left {
            format!("{name} {word} {}", literal::string(&format!("{text:>PADDED_WIDTH$}")))
        } else if self.column.trimmed_right {
            format!("trim({name}) {word} {}", literal::string(text.trim()))
        } else {
            format!("{name} {word} {}", literal::string(text))
        }
    }
}
