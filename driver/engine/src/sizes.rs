//! How many rows an entity had in a division, or a part of it that meets a filter, when they were last counted or read to
//! the end: what estimates of calls rest on, without asking the service for them. A number that is out of date costs calls,
//! never rows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use exact_client::model::Entity;

/// Parts that are remembered at most.
const MOST: usize = 10_000;

/// Division, place of the entity in the model, and `$filter`.
type Part = (i32, usize, Option<String>);

/// The sizes of one service.
#[derive(Debug, Default)]
pub struct Sizes(Mutex<HashMap<Part, u64>>);

impl Sizes {
    /// The sizes that all connections of the process to this service share.
    pub fn of_service(base_url: &str) -> Arc<Sizes> {
        static SERVICES: OnceLock<Mutex<HashMap<String, Arc<Sizes>>>> = OnceLock::new();
        let mut services = SERVICES.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(services.entry(base_url.to_owned()).or_default())
    }

    /// Remembers the number of rows that meet a filter; without one, of all rows.
    pub fn remember_part(&self, division: i32, entity: &Entity, filter: Option<&str>, rows: u64) {
        let mut sizes = self.lock();
        if sizes.len() >= MOST {
            sizes.retain(|(.., filter), _| filter.is_none());
        }
        sizes.insert((division, entity.index, filter.map(str::to_owned)), rows);
    }

    /// The number of rows last seen, if any was.
    pub fn rows(&self, division: i32, entity: &Entity) -> Option<u64> {
        self.part(division, entity, None)
    }

    /// The number of rows last seen to meet a filter, or the number of all rows where that alone is known: there can be
    /// no more.
    pub fn part(&self, division: i32, entity: &Entity, filter: Option<&str>) -> Option<u64> {
        let sizes = self.lock();
        let part = sizes.get(&(division, entity.index, filter.map(str::to_owned)));
        part.or_else(|| sizes.get(&(division, entity.index, None)).filter(|_| filter.is_some())).copied()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Part, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use exact_client::model::model;

    use super::Sizes;

    #[test]
    fn the_last_size_counts_for_its_service_division_and_entity() {
        let accounts = model().find(Some("crm"), "Accounts").unwrap();
        let contacts = model().find(Some("crm"), "Contacts").unwrap();
        let sizes = Sizes::of_service("https://sizes.example");
        sizes.remember_part(5512, accounts, None, 20);
        sizes.remember_part(5512, accounts, None, 21);
        let again = Sizes::of_service("https://sizes.example");
        assert_eq!(again.rows(5512, accounts), Some(21));
        assert_eq!(again.rows(5513, accounts), None);
        assert_eq!(again.rows(5512, contacts), None);
        assert_eq!(Sizes::of_service("https://other.example").rows(5512, accounts), None);
    }

    #[test]
    fn a_part_is_no_larger_than_the_whole() {
        let accounts = model().find(Some("crm"), "Accounts").unwrap();
        let sizes = Sizes::default();
        sizes.remember_part(5512, accounts, Some("Blocked eq true"), 3);
        assert_eq!(sizes.rows(5512, accounts), None);
        sizes.remember_part(5512, accounts, None, 21);
        assert_eq!(sizes.part(5512, accounts, Some("Blocked eq true")), Some(3));
        assert_eq!(sizes.part(5512, accounts, Some("Blocked eq false")), Some(21));
    }
}
