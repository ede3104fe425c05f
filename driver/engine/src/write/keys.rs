//! Keys that were given to new rows before the service gave its own. Where it did not keep one, the application may still
//! hold it, on this connection or another; so its real key takes its place wherever it turns up.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan};
use exact_client::Session;
use exact_client::journal::Journal;
use serde_json::Value as Json;

use crate::coercion::canonical_guid;
use crate::error::Result;

/// Guids are unique in the world, so all connections of the process share the map.
static REPLACED: LazyLock<RwLock<HashMap<String, String>>> = LazyLock::new(RwLock::default);

/// A new key.
pub fn provisional() -> String {
    let number =
        fastrand::u128(..) & !(0xF000_u128 << 64) & !(0xC000_u128 << 48) | (0x4000_u128 << 64) | (0x8000_u128 << 48);
    let hex = format!("{number:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

/// The keys that the connections of a user know: those of this process in memory, those of others in the journal.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    journal: Option<&'a Arc<Journal>>,
}

impl<'a> Keys<'a> {
    pub fn of(session: &'a Session) -> Keys<'a> {
        Keys { journal: session.journal() }
    }

    /// Remembers the service's key of a row that had been given another.
    pub fn learn(&self, given: &str, kept: &str) {
        if given == kept {
            return;
        }
        tracing::info!(target: "exact::write", given, kept, "the service gave a key of its own");
        REPLACED.write().unwrap_or_else(PoisonError::into_inner).insert(given.to_string(), kept.to_string());
        if let Some(Err(error)) = self.journal.map(|journal| journal.learn_key(given, kept)) {
            tracing::warn!(target: "exact::write", %error, "other processes will not know the key");
        }
    }

    /// The service's key of a row that had been given this one.
    fn kept(&self, text: &str) -> Option<String> {
        let guid = if text.len() < 36 { None } else { canonical_guid(text) }?;
        let known = REPLACED.read().unwrap_or_else(PoisonError::into_inner).get(&guid).cloned();
        known.or_else(|| self.journal?.kept_key(&guid))
    }

    /// The value, or the real key where it is a provisional one.
    pub fn honoured(&self, value: ScalarValue) -> ScalarValue {
        match value.try_as_str().flatten().and_then(|text| self.kept(text)) {
            Some(kept) => ScalarValue::Utf8(Some(kept)),
            None => value,
        }
    }

    /// The same of all literals of a plan.
    pub fn honoured_in(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        if !self.stand_in(&plan)? {
            return Ok(plan);
        }
        let real = |expr: Expr| match expr {
            Expr::Literal(value, metadata) => match value.try_as_str().flatten().and_then(|text| self.kept(text)) {
                Some(kept) => Ok(Transformed::yes(Expr::Literal(ScalarValue::Utf8(Some(kept)), metadata))),
                None => Ok(Transformed::no(Expr::Literal(value, metadata))),
            },
            other => Ok(Transformed::no(other)),
        };
        let honoured =
            plan.transform_up_with_subqueries(|node| node.map_expressions(|expr| expr.transform_up(real)))?;
        Ok(honoured.data)
    }

    /// Whether a plan names a key that the service has replaced.
    fn stand_in(&self, plan: &LogicalPlan) -> Result<bool> {
        let mut found = false;
        let mut look = |expr: &Expr| {
            if let Expr::Literal(value, _) = expr {
                found |= value.try_as_str().flatten().and_then(|text| self.kept(text)).is_some();
            }
            Ok(TreeNodeRecursion::Continue)
        };
        plan.apply_with_subqueries(|node| node.apply_expressions(|expr| expr.apply(&mut look)))?;
        Ok(found)
    }

    /// The same of a body, its lines too.
    pub fn honour(&self, value: &mut Json) {
        match value {
            Json::String(text) => {
                if let Some(kept) = self.kept(text) {
                    *text = kept;
                }
            }
            Json::Array(elements) => elements.iter_mut().for_each(|element| self.honour(element)),
            Json::Object(fields) => fields.values_mut().for_each(|field| self.honour(field)),
            _ => {}
        }
    }

    /// The same of what stands in the parentheses of `Entity(guid'..')`.
    pub fn honour_key(&self, key: &mut String) {
        let bare = key.strip_prefix("guid'").and_then(|rest| rest.strip_suffix('\''));
        if let Some(kept) = bare.and_then(|bare| self.kept(bare)) {
            *key = format!("guid'{kept}'");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_key_takes_the_place_of_a_provisional_one() {
        let (given, real) = (provisional(), provisional());
        assert_eq!(canonical_guid(&given).as_deref(), Some(given.as_str()));
        assert_eq!(given.as_bytes()[14], b'4');
        let keys = Keys { journal: None };
        keys.learn(&given, &real);
        assert_eq!(keys.honoured(ScalarValue::from(given.to_uppercase())), ScalarValue::from(real.clone()));
        let mut body = serde_json::json!({"InvoiceID": given, "Lines": [{"Item": given}], "Other": "x"});
        keys.honour(&mut body);
        assert_eq!(body, serde_json::json!({"InvoiceID": real, "Lines": [{"Item": real}], "Other": "x"}));
        let mut key = format!("guid'{given}'");
        keys.honour_key(&mut key);
        assert_eq!(key, format!("guid'{real}'"));
    }
}
