//! Reading a table that has no bulk endpoint through its sync endpoint, in pages of 1,000 rows instead of 60, under the
//! conditions of product section 6.

use std::collections::HashMap;

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

/// The rows of a read whose last column tells them apart. A row that is changed while they are read comes again at the
/// end, with a larger Timestamp: the last one counts (product section 6).
#[derive(Debug, Default)]
pub struct Latest {
    pages: Vec<RecordBatch>,
    bytes: usize,
    /// Of each row the page and the place in it where it came last.
    places: HashMap<u128, (usize, usize)>,
}

impl Latest {
    /// Holds a page until it is known which of its rows come again; gives the bytes that are held.
    pub fn hold(&mut self, page: RecordBatch) -> usize {
        for (row, id) in ids(&page).enumerate() {
            if let Some(id) = id {
                self.places.insert(id, (self.pages.len(), row));
            }
        }
        self.bytes += page.get_array_memory_size();
        self.pages.push(page);
        self.bytes
    }

    /// What is held, each row as it came last; without the column that tells rows apart.
    pub fn release(&mut self) -> Result<Vec<RecordBatch>, ArrowError> {
        self.bytes = 0;
        let pages = std::mem::take(&mut self.pages);
        let last = |(number, page): (usize, RecordBatch)| {
            let is_last = |(row, id): (usize, Option<u128>)| {
                Some(id.is_none_or(|id| self.places.get(&id) == Some(&(number, row))))
            };
            let kept: BooleanArray = ids(&page).enumerate().map(is_last).collect();
            without_ids(&filter_record_batch(&page, &kept)?)
        };
        pages.into_iter().enumerate().map(last).collect()
    }

    /// The rows of a page that have not come before, where earlier ones have been let go of.
    pub fn new_rows(&mut self, page: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let is_new = |id: Option<u128>| Some(id.is_none_or(|id| self.places.insert(id, (0, 0)).is_none()));
        let kept: BooleanArray = ids(page).map(is_new).collect();
        without_ids(&filter_record_batch(page, &kept)?)
    }
}

/// What tells the rows of a page apart; `None` for a row without it.
fn ids(page: &RecordBatch) -> impl Iterator<Item = Option<u128>> {
    let column = page.columns().last().and_then(|column| column.as_string_opt::<i32>());
    (0..page.num_rows()).map(move |row| column.filter(|ids| ids.is_valid(row)).map(|ids| number(ids.value(row))))
}

fn without_ids(page: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    page.project(&(0..page.num_columns().saturating_sub(1)).collect::<Vec<_>>())
}

/// A guid as a number.
fn number(guid: &str) -> u128 {
    guid.chars().filter_map(|digit| digit.to_digit(16)).fold(0, |number, digit| number << 4 | u128::from(digit))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, AsArray, Int32Array, RecordBatch, StringArray};
    use datafusion::arrow::datatypes::Int32Type;
    use exact_client::model::model;

    use super::{Latest, of};

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
    fn of_a_row_that_comes_again_the_last_counts() {
        let page = |rows: &[(i32, &str)]| {
            let numbers: ArrayRef = Arc::new(Int32Array::from_iter_values(rows.iter().map(|(number, _)| *number)));
            let ids: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|(_, id)| *id)));
            RecordBatch::try_from_iter([("n", numbers), ("id", ids)]).unwrap()
        };
        let numbers = |pages: &[RecordBatch]| -> Vec<i32> {
            let columns = pages.iter().map(|page| page.column(0).as_primitive::<Int32Type>());
            columns.flat_map(|column| column.values().to_vec()).collect()
        };
        let mut latest = Latest::default();
        assert!(latest.hold(page(&[(1, "a"), (2, "b"), (3, "a")])) > 0);
        latest.hold(page(&[(4, "b"), (5, "c")]));
        let held = latest.release().unwrap();
        assert_eq!((numbers(&held), held[0].num_columns()), (vec![3, 4, 5], 1));
        // Those that were let go of do not come again.
        let after = latest.new_rows(&page(&[(6, "a"), (7, "d"), (8, "d")])).unwrap();
        assert_eq!(numbers(&[after]), [7]);
    }
}
