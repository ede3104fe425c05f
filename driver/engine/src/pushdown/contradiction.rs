//! Conditions that cannot hold together: a column is to have one of some values, and one of others.

use std::collections::HashMap;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;
use exact_client::model::Entity;

use super::keys;

/// Whether no row can meet all of these conditions.
pub fn stands_in(conditions: &[Expr], entity: &Entity) -> bool {
    let mut possible: HashMap<usize, Vec<ScalarValue>> = HashMap::new();
    for (column, values) in conditions.iter().filter_map(|condition| values_of(condition, entity)) {
        let left = match possible.remove(&column) {
            Some(before) => before.into_iter().filter(|value| values.contains(value)).collect(),
            None => values,
        };
        if left.is_empty() {
            return true;
        }
        possible.insert(column, left);
    }
    false
}

/// The values that a condition leaves to one column.
fn values_of(condition: &Expr, entity: &Entity) -> Option<(usize, Vec<ScalarValue>)> {
    let yes_no = |expr: &Expr, value: bool| match expr {
        Expr::Column(column) => Some((entity.column(&column.name)?.0, vec![ScalarValue::from(value)])),
        _ => None,
    };
    match condition {
        Expr::Column(_) => yes_no(condition, true),
        Expr::Not(inner) => yes_no(inner, false),
        _ => keys::listed(condition, entity),
    }
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::{Expr, col, lit};
    use exact_client::model::model;

    use super::stands_in;

    #[test]
    fn values_that_exclude_each_other_are_found() {
        let accounts = model().find(Some("crm"), "Accounts").unwrap();
        let country = |values: &[&str]| col("country").in_list(values.iter().map(|value| lit(*value)).collect(), false);
        let cases: Vec<(Vec<Expr>, bool)> = vec![
            (vec![col("blocked"), !col("blocked")], true),
            (vec![col("blocked"), col("blocked").eq(lit(true))], false),
            (vec![col("name").eq(lit("a")), col("name").eq(lit("b"))], true),
            (vec![col("name").eq(lit("a")), col("code").eq(lit("b"))], false),
            (vec![country(&["NL", "BE"]), country(&["BE", "DE"])], false),
            (vec![country(&["NL", "BE"]), country(&["BE", "DE"]), country(&["NL"])], true),
            (vec![col("name").not_eq(lit("a")), col("name").eq(lit("a"))], false),
        ];
        for (conditions, expected) in cases {
            assert_eq!(stands_in(&conditions, accounts), expected, "{conditions:?}");
        }
    }
}
