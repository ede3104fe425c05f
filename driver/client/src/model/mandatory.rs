//! Endpoints that refuse a read without a condition on one of certain columns (fact sheet 3.2, "mandatory filtering").

use super::{AccessPath, EdmType, Entity};

/// A condition that every row meets, for a path that wants one where a read has none on the columns `used`. The service
/// demands it of some client ids only, but a refusal costs a call and counts as an error (fact sheet 7.4).
pub fn condition(path: &AccessPath, entity: &Entity, used: &[usize]) -> Option<String> {
    let demanded = &path.mandatory_any_of;
    if demanded.is_empty() || demanded.iter().any(|column| used.contains(column)) {
        return None;
    }
    let columns = || demanded.iter().filter_map(|index| entity.columns.get(*index));
    let key = columns().find(|column| column.key && column.edm == EdmType::Guid);
    let key = key.map(|key| format!("{} ne guid'00000000-0000-0000-0000-000000000000'", key.name));
    key.or_else(|| columns().next().map(|any| format!("({0} eq null or {0} ne null)", any.name)))
}

#[cfg(test)]
mod tests {
    use super::super::model;
    use super::condition;

    #[test]
    fn a_path_that_demands_a_filter_gets_one_that_every_row_meets() {
        let of = |name: &str, used: &[&str]| {
            let entity = model().find(None, name).unwrap();
            let used: Vec<_> = used.iter().map(|name| entity.column(name).unwrap().0).collect();
            condition(entity.regular().unwrap(), entity, &used)
        };
        assert_eq!(of("Accounts", &[]).as_deref(), Some("ID ne guid'00000000-0000-0000-0000-000000000000'"));
        assert_eq!(of("Accounts", &["Name"]), None);
        assert_eq!(of("Items", &[]).as_deref(), Some("(Barcode eq null or Barcode ne null)"));
        assert_eq!(of("Journals", &[]), None);
    }
}
