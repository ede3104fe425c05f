//! Reading a table that has no bulk endpoint through its sync endpoint, in pages of 1,000 rows instead of 60, under the
//! conditions of product section 6.

use std::collections::HashSet;

use datafusion::arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::error::ArrowError;
use exact_client::model::{AccessKind, AccessPath, EdmType, Entity, Origin, model};

/// A sync entity whose rows are, one to one, those of a table.
#[derive(Clone, Copy, Debug)]
pub struct Twin {
    pub entity: &'static Entity,
    pub path: &'static AccessPath,
    /// The column that tells its rows apart (fact sheet 5.2).
    pub row_id: usize,
}

/// The twin of a table without a bulk endpoint, if there is one. Entities that merge headers and lines have two regular
/// twins and are none (fact sheet 5.3).
pub fn of(entity: &Entity) -> Option<Twin> {
    entity.regular().filter(|_| entity.bulk().is_none())?;
    let name = format!("{}.{}", entity.schema, entity.name);
    let mut found =
        model().entities().iter().filter(|twin| twin.sync().is_some() && twin.regular_twins.contains(&name.as_str()));
    let twin = found.next().filter(|twin| twin.regular_twins.len() == 1 && !twin.historic)?;
    let single = found.next().is_none();
    let (path, row_id) = (twin.path(AccessKind::Sync)?, twin.row_id?);
    let by_guid = twin.columns.get(row_id).is_some_and(|column| column.edm == EdmType::Guid);
    (single && by_guid).then_some(Twin { entity: twin, path, row_id })
}

impl Twin {
    /// The twin's columns for these of the table; `None` if one is missing, of another type, or looked up elsewhere: those may
    /// be null or out of date (fact sheet 5.6).
    pub fn columns(&self, entity: &Entity, columns: &[usize]) -> Option<Vec<usize>> {
        let carried = |place: &usize| {
            let column = entity.columns.get(*place)?;
            let (twin_place, twin) = self.entity.column(column.name)?;
            let same = twin.edm == column.edm && twin.origin == column.origin;
            let own = column.origin == Origin::Driver || !is_looked_up(column.name, entity);
            (same && own).then_some(twin_place)
        };
        columns.iter().map(carried).collect()
    }
}

/// Whether a column's name is another one's with something added, as `AccountName` beside `Account`: it comes from the row that
/// the other one points at.
fn is_looked_up(name: &str, entity: &Entity) -> bool {
    let extends = |other: &str| {
        let rest = name.strip_prefix(other).unwrap_or_default();
        rest.starts_with(|first: char| first.is_ascii_uppercase())
    };
    entity.columns.iter().any(|column| column.name.len() > 1 && extends(column.name))
}

/// The rows that have been read. A row that is changed meanwhile comes again at the end: it is left out then, as it would
/// not come again in a read of the table itself.
#[derive(Debug, Default)]
pub struct Seen(HashSet<u128>);

impl Seen {
    /// The rows of a page that are new, without its last column, which tells rows apart.
    pub fn new_rows(&mut self, page: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let ids = page.num_columns().saturating_sub(1);
        let kept = match page.columns().last().and_then(|column| column.as_string_opt::<i32>()) {
            Some(column) => (0..column.len())
                .map(|row| Some(column.is_null(row) || self.0.insert(number(column.value(row)))))
                .collect::<BooleanArray>(),
            None => BooleanArray::from(vec![true; page.num_rows()]),
        };
        filter_record_batch(page, &kept)?.project(&(0..ids).collect::<Vec<_>>())
    }
}

/// A guid as a number.
fn number(guid: &str) -> u128 {
    guid.chars().filter_map(|digit| digit.to_digit(16)).fold(0, |number, digit| number << 4 | u128::from(digit))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray};
    use exact_client::model::model;

    use super::{Seen, of};

    #[test]
    fn only_tables_of_their_own_rows_have_a_twin() {
        let twin = |schema, name| {
            let twin = of(model().find(Some(schema), name).unwrap())?;
            Some(format!("{}.{}", twin.entity.schema, twin.entity.name))
        };
        assert_eq!(twin("project", "Projects").as_deref(), Some("sync_project.Projects"));
        assert_eq!(twin("logistics", "SupplierItem").as_deref(), Some("sync_logistics.SupplierItem"));
        // A bulk endpoint serves it as well; header and lines are merged; there is none.
        assert_eq!(twin("crm", "Accounts"), None);
        assert_eq!(twin("purchaseorder", "PurchaseOrders"), None);
        assert_eq!(twin("crm", "BankAccounts"), None);
    }

    #[test]
    fn columns_that_are_looked_up_are_not_carried() {
        let projects = model().find(Some("project"), "Projects").unwrap();
        let twin = of(projects).unwrap();
        let carries = |name: &str| twin.columns(projects, &[projects.column(name).unwrap().0]).is_some();
        assert!(carries("ID") && carries("Description") && carries("Account") && carries("StartDate"));
        assert!(!carries("AccountName") && !carries("ManagerFullname") && !carries("TypeDescription"));
    }

    #[test]
    fn a_row_comes_once() {
        let page = |ids: Vec<&str>| {
            let numbers: ArrayRef = Arc::new(Int32Array::from_iter_values(0..ids.len() as i32));
            RecordBatch::try_from_iter([("n", numbers), ("id", Arc::new(StringArray::from(ids)) as ArrayRef)]).unwrap()
        };
        let mut seen = Seen::default();
        assert_eq!(seen.new_rows(&page(vec!["a", "b"])).unwrap().num_rows(), 2);
        let next = seen.new_rows(&page(vec!["b", "c"])).unwrap();
        assert_eq!((next.num_rows(), next.num_columns()), (1, 1));
    }
}
