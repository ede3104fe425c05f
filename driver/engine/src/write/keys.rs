//! Keys that were given to new rows before the service gave its own. Where it did not keep one, the application may still
//! hold it, on this connection or another; so its real key takes its place wherever it turns up.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::{Expr, LogicalPlan};
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

/// Remembers the service's key of a row that had been given another.
pub fn learn(given: &str, kept: &str) {
    if given != kept {
        tracing::info!(target: "exact::write", given, kept, "the service gave a key of its own");
        let mut replaced = REPLACED.write().unwrap_or_else(PoisonError::into_inner);
        replaced.insert(given.to_string(), kept.to_string());
    }
}

/// The service's key of a row that had been given this one.
fn kept(text: &str) -> Option<String> {
    let replaced = REPLACED.read().unwrap_or_else(PoisonError::into_inner);
    if replaced.is_empty() || text.len() < 36 {
        return None;
    }
    replaced.get(&canonical_guid(text)?).cloned()
}

/// The value, or the real key where it is a provisional one.
pub fn honoured(value: ScalarValue) -> ScalarValue {
    match value.try_as_str().flatten().and_then(kept) {
        Some(kept) => ScalarValue::Utf8(Some(kept)),
        None => value,
    }
}

/// The same of all literals of a plan.
pub fn honoured_in(plan: LogicalPlan) -> Result<LogicalPlan> {
    if REPLACED.read().unwrap_or_else(PoisonError::into_inner).is_empty() {
        return Ok(plan);
    }
    let real = |expr: Expr| match expr {
        Expr::Literal(value, metadata) => match value.try_as_str().flatten().and_then(kept) {
            Some(kept) => Ok(Transformed::yes(Expr::Literal(ScalarValue::Utf8(Some(kept)), metadata))),
            None => Ok(Transformed::no(Expr::Literal(value, metadata))),
        },
        other => Ok(Transformed::no(other)),
    };
    let honoured = plan.transform_up_with_subqueries(|node| node.map_expressions(|expr| expr.transform_up(real)))?;
    Ok(honoured.data)
}

/// The same of a body, its lines too.
pub fn honour(value: &mut Json) {
    match value {
        Json::String(text) => {
            if let Some(kept) = kept(text) {
                *text = kept;
            }
        }
        Json::Array(elements) => elements.iter_mut().for_each(honour),
        Json::Object(fields) => fields.values_mut().for_each(honour),
        _ => {}
    }
}

/// The same of what stands in the parentheses of `Entity(guid'..')`.
pub fn honour_key(key: &mut String) {
    let bare = key.strip_prefix("guid'").and_then(|rest| rest.strip_suffix('\''));
    if let Some(kept) = bare.and_then(kept) {
        *key = format!("guid'{kept}'");
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
        learn(&given, &real);
        assert_eq!(honoured(ScalarValue::from(given.to_uppercase())), ScalarValue::from(real.clone()));
        let mut body = serde_json::json!({"InvoiceID": given, "Lines": [{"Item": given}], "Other": "x"});
        honour(&mut body);
        assert_eq!(body, serde_json::json!({"InvoiceID": real, "Lines": [{"Item": real}], "Other": "x"}));
        let mut key = format!("guid'{given}'");
        honour_key(&mut key);
        assert_eq!(key, format!("guid'{real}'"));
    }
}
