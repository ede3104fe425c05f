//! Endpoints that refuse a read without a condition on one of certain columns (fact sheet 3.2, "mandatory filtering").

use exact_client::model::{AccessPath, EdmType, Entity};

/// A condition that every row meets, for a path that wants one where the query has none of its own. The service
/// demands it of some client ids only, but a refusal costs a call and counts as an error (fact sheet 7.4).
pub fn condition(path: &AccessPath, entity: &Entity, used: &[usize]) -> Option<String> {
    let demanded = &path.mandatory_any_of;
    if demanded.is_empty() || demanded.iter().any(|column| used.contains(column)) {
        return None;
    }
    demanded
        .iter()
        .filter_map(|index| entity.columns.get(*index))
        .find(|column| column.key && column.edm == EdmType::Guid)
        .map(|key| format!("{} ne guid'00000000-0000-0000-0000-000000000000'", key.name))
}
