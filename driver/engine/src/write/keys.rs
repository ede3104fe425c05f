//! Keys that were given to new rows before the service gave its own. Where it did not keep one, the application may still
//! hold it, on this connection or another; so its real key takes its place wherever it turns up.
//!
//! A key of the driver's own is of that row alone. One that the application states is known to be new within its division
//! only ([`super::stated`]): rows that are copied from one division to another bring theirs along. So its place is taken there.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, ExprSchema};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, LogicalPlan, lit};
use exact_client::Session;
use exact_client::journal::Journal;
use exact_client::model::{EdmType, Entity};
use serde_json::Value as Json;

use crate::coercion::canonical_guid;
use crate::divisions::Catalog;
use crate::error::Result;
use crate::table::EntityTable;
use crate::types::origin;

/// Where a key holds: the service, the key that was given, the division.
type Given = (String, String, i32);

/// The keys that the service gave instead. All connections of the process share the map.
static REPLACED: LazyLock<RwLock<HashMap<Given, String>>> = LazyLock::new(RwLock::default);

/// A table: the service, its schema, its name.
type Table = (String, &'static str, &'static str);

/// The tables of which the service kept the key that was sent with the last new row.
static KEPT: LazyLock<RwLock<HashSet<Table>>> = LazyLock::new(RwLock::default);

/// Whether the service is known to keep the keys that are sent with new rows of a table: it says itself that one is taken.
pub fn are_kept(session: &Session, entity: &Entity) -> bool {
    KEPT.read().unwrap_or_else(PoisonError::into_inner).contains(&table(session, entity))
}

/// Remembers whether the service kept the key of a new row.
pub fn remember_kept(session: &Session, entity: &Entity, kept: bool) {
    let mut tables = KEPT.write().unwrap_or_else(PoisonError::into_inner);
    if kept {
        tables.insert(table(session, entity));
    } else {
        tables.remove(&table(session, entity));
    }
}

fn table(session: &Session, entity: &Entity) -> Table {
    (session.base_url().to_string(), entity.schema, entity.name)
}

/// The division of keys that hold in all of them.
const EVERYWHERE: i32 = 0;

/// A new key: a guid of version 8 (RFC 9562 5.8), by which the driver knows its own. Those of `python/src/exactonline/keys.py`
/// are of this kind too.
pub fn provisional() -> String {
    let number =
        fastrand::u128(..) & !(0xF000_u128 << 64) & !(0xC000_u128 << 48) | (0x8000_u128 << 64) | (0x8000_u128 << 48);
    let hex = format!("{number:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

pub fn is_own(guid: &str) -> bool {
    guid.as_bytes().get(14) == Some(&b'8')
}

/// The keys that the connections of a user know: those of this process in memory, those of others in the journal.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    /// Root of the service's URLs.
    site: &'a str,
    journal: Option<&'a Arc<Journal>>,
    /// Of what is looked at; `None`: of several.
    division: Option<i32>,
}

impl<'a> Keys<'a> {
    /// The keys of rows in a division.
    pub fn within(session: &'a Session, division: i32) -> Keys<'a> {
        Keys { site: session.base_url(), journal: session.journal(), division: Some(division) }
    }

    /// The keys that a plan may name.
    pub fn of_plan(session: &'a Session, plan: &LogicalPlan) -> Result<Keys<'a>> {
        Ok(Keys { site: session.base_url(), journal: session.journal(), division: division_of(plan)? })
    }

    /// The division in which a key holds; none where it may be of several rows.
    fn scope(&self, guid: &str) -> Option<i32> {
        if is_own(guid) { Some(EVERYWHERE) } else { self.division }
    }

    /// Remembers the service's key of a row that had been given another.
    pub fn learn(&self, given: &str, kept: &str) {
        let Some(division) = self.scope(given).filter(|_| given != kept) else { return };
        tracing::info!(target: "exact::write", given, kept, "the service gave a key of its own");
        let mut replaced = REPLACED.write().unwrap_or_else(PoisonError::into_inner);
        replaced.insert((self.site.to_string(), given.to_string(), division), kept.to_string());
        drop(replaced);
        if let Some(Err(error)) = self.journal.map(|journal| journal.learn_key(given, division, kept)) {
            tracing::warn!(target: "exact::write", %error, "other processes will not know the key");
        }
    }

    /// The service's key of a row that had been given this one.
    fn kept(&self, text: &str) -> Option<String> {
        let guid = if text.len() < 36 { None } else { canonical_guid(text) }?;
        let division = self.scope(&guid)?;
        let place = (self.site.to_string(), guid, division);
        let known = REPLACED.read().unwrap_or_else(PoisonError::into_inner).get(&place).cloned();
        known.or_else(|| self.journal?.kept_key(&place.1, division))
    }

    /// The key of the row that is known under this one: its own, or the one that the service gave it.
    pub fn real(&self, guid: &str) -> String {
        self.kept(guid).unwrap_or_else(|| guid.to_string())
    }

    /// The plan with the real keys in the place of provisional ones.
    pub fn honoured_in(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        if !self.stand_in(&plan)? {
            return Ok(plan);
        }
        let honoured = plan.transform_up_with_subqueries(|node| {
            let schema = merge_schema(&node.inputs());
            // Beside rows it is a value to be shown or written; what is written is looked at when it is sent.
            let are_values = matches!(&node, LogicalPlan::Projection(projection) if !projection.input.inputs().is_empty()
                || matches!(*projection.input, LogicalPlan::TableScan(_)));
            node.map_expressions(|expr| {
                if are_values && is_value(&expr) {
                    return Ok(Transformed::no(expr));
                }
                expr.transform_down(|expr| match self.kept_literal(&expr) {
                    _ if is_about_text(&expr, &schema) => Ok(Transformed::new(expr, false, TreeNodeRecursion::Jump)),
                    Some(kept) => Ok(Transformed::yes(lit(kept))),
                    None => Ok(Transformed::no(expr)),
                })
            })
        })?;
        Ok(honoured.data)
    }

    /// Whether a plan names a key that the service has replaced.
    fn stand_in(&self, plan: &LogicalPlan) -> Result<bool> {
        let mut found = false;
        plan.apply_with_subqueries(|node| {
            node.apply_expressions(|expr| {
                expr.apply(|expr| {
                    found |= self.kept_literal(expr).is_some();
                    Ok(TreeNodeRecursion::Continue)
                })
            })
        })?;
        Ok(found)
    }

    fn kept_literal(&self, expr: &Expr) -> Option<String> {
        let Expr::Literal(value, _) = expr else { return None };
        self.kept(value.try_as_str().flatten()?)
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

/// Whether it is nothing but a literal.
fn is_value(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(..) => true,
        Expr::Alias(alias) => is_value(&alias.expr),
        Expr::Cast(cast) => is_value(&cast.expr),
        _ => false,
    }
}

/// Whether it compares a column of text, in which a guid is as the application wrote it.
fn is_about_text(expr: &Expr, schema: &DFSchema) -> bool {
    let is_text = |side: &Expr| {
        let field = if let Expr::Column(column) = side { schema.field_from_column(column).ok() } else { None };
        field.and_then(|field| origin(field)).is_some_and(|(_, column)| column.edm == EdmType::String)
    };
    match expr {
        Expr::BinaryExpr(both) => is_text(&both.left) || is_text(&both.right),
        Expr::InList(list) => is_text(&list.expr),
        Expr::Like(like) => is_text(&like.expr),
        _ => false,
    }
}

/// The division whose rows a plan reads, if it is a single one.
fn division_of(plan: &LogicalPlan) -> Result<Option<i32>> {
    let mut catalogs = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Some(table) = source_as_provider(&scan.source)?.downcast_ref::<EntityTable>()
        {
            catalogs.push(table.catalog());
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    catalogs.dedup();
    Ok(match catalogs.as_slice() {
        [Catalog::One(division)] => Some(*division),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_key_takes_the_place_of_a_provisional_one() {
        let (given, real) = (provisional(), provisional());
        assert_eq!(canonical_guid(&given).as_deref(), Some(given.as_str()));
        let keys = Keys { site: "https://h.example", journal: None, division: Some(1) };
        keys.learn(&given, &real);
        assert_eq!(keys.kept(&given.to_uppercase()).as_ref(), Some(&real));
        let mut body = serde_json::json!({"InvoiceID": given, "Lines": [{"Item": given}], "Other": "x"});
        keys.honour(&mut body);
        assert_eq!(body, serde_json::json!({"InvoiceID": real, "Lines": [{"Item": real}], "Other": "x"}));
        let mut key = format!("guid'{given}'");
        keys.honour_key(&mut key);
        assert_eq!(key, format!("guid'{real}'"));
    }

    #[test]
    fn a_key_that_was_stated_is_replaced_in_its_division_only() {
        let (stated, own, real) = ("6f9619ff-8b86-4011-b42d-00c04fc964ff", provisional(), provisional());
        let [here, there, several] =
            [Some(1), Some(2), None].map(|division| Keys { site: "https://h.example", journal: None, division });
        here.learn(stated, &real);
        several.learn("7f9619ff-8b86-4011-b42d-00c04fc964ff", &real);
        assert_eq!([here, there, several].map(|keys| keys.kept(stated)), [Some(real.clone()), None, None]);
        here.learn(&own, &real);
        assert_eq!([here, there, several].map(|keys| keys.kept(&own)), [(); 3].map(|()| Some(real.clone())));
        assert_eq!(several.kept("7f9619ff-8b86-4011-b42d-00c04fc964ff"), None);
    }
}
