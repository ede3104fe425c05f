//! How many rows an entity had in a division, or a part of it that meets a filter, when they were last counted or read to
//! the end: what estimates of calls rest on, without asking the service for them. A number that is out of date costs calls,
//! never rows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use exact_client::Session;
use exact_client::limits::Size;
use exact_client::model::Entity;

/// Parts that are remembered at most.
const MOST: usize = 10_000;
/// How long it may take until what other processes have seen is seen here.
const REFRESHED_AFTER: Duration = Duration::from_secs(30);

/// Division, `schema.Name` of the entity, and `$filter`.
type Part = (i32, String, Option<String>);

/// The sizes of one service.
#[derive(Debug, Default)]
pub struct Sizes {
    parts: Mutex<HashMap<Part, u64>>,
    refreshed: Mutex<Option<Instant>>,
}

impl Sizes {
    /// The sizes that all connections of the process to this service share, with those that other processes have seen.
    pub fn of_service(session: &Session) -> Arc<Sizes> {
        let sizes = Self::of_process(session.base_url());
        sizes.refresh(session);
        sizes
    }

    fn of_process(base_url: &str) -> Arc<Sizes> {
        static SERVICES: OnceLock<Mutex<HashMap<String, Arc<Sizes>>>> = OnceLock::new();
        let mut services = lock(SERVICES.get_or_init(Mutex::default));
        Arc::clone(services.entry(base_url.to_owned()).or_default())
    }

    fn refresh(&self, session: &Session) {
        let mut refreshed = lock(&self.refreshed);
        if refreshed.is_some_and(|at| at.elapsed() < REFRESHED_AFTER) {
            return;
        }
        *refreshed = Some(Instant::now());
        let seen = session.sizes().into_iter().map(|size| ((size.division, size.entity, size.filter), size.rows));
        lock(&self.parts).extend(seen);
    }

    /// Remembers the number of rows that meet a filter; without one, of all rows. Other processes learn of it.
    pub async fn remember_part(
        &self,
        session: &Session,
        division: i32,
        entity: &Entity,
        filter: Option<&str>,
        rows: u64,
    ) {
        if self.note(division, entity, filter, rows) {
            let (entity, filter) = (name(entity), filter.map(str::to_owned));
            session.remember_size(&Size { division, entity, filter, rows }).await;
        }
    }

    /// Whether the number is new.
    fn note(&self, division: i32, entity: &Entity, filter: Option<&str>, rows: u64) -> bool {
        let mut parts = lock(&self.parts);
        if parts.len() >= MOST {
            parts.retain(|(.., filter), _| filter.is_none());
        }
        parts.insert((division, name(entity), filter.map(str::to_owned)), rows) != Some(rows)
    }

    /// The number of rows last seen, if any was.
    pub fn rows(&self, division: i32, entity: &Entity) -> Option<u64> {
        self.part(division, entity, None)
    }

    /// The number of rows last seen to meet a filter, or the number of all rows where that alone is known: there can be
    /// no more.
    pub fn part(&self, division: i32, entity: &Entity, filter: Option<&str>) -> Option<u64> {
        let parts = lock(&self.parts);
        let of = |filter: Option<String>| parts.get(&(division, name(entity), filter)).copied();
        of(filter.map(str::to_owned)).or_else(|| of(None).filter(|_| filter.is_some()))
    }
}

fn name(entity: &Entity) -> String {
    format!("{}.{}", entity.schema, entity.name)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use exact_client::model::model;

    use super::Sizes;

    #[test]
    fn the_last_size_counts_for_its_service_division_and_entity() {
        let accounts = model().find(Some("crm"), "Accounts").unwrap();
        let contacts = model().find(Some("crm"), "Contacts").unwrap();
        let sizes = Sizes::of_process("https://sizes.example");
        assert!(sizes.note(5512, accounts, None, 20) && sizes.note(5512, accounts, None, 21));
        let again = Sizes::of_process("https://sizes.example");
        assert_eq!(again.rows(5512, accounts), Some(21));
        assert!(!again.note(5512, accounts, None, 21));
        assert_eq!(again.rows(5513, accounts), None);
        assert_eq!(again.rows(5512, contacts), None);
        assert_eq!(Sizes::of_process("https://other.example").rows(5512, accounts), None);
    }

    #[test]
    fn a_part_is_no_larger_than_the_whole() {
        let accounts = model().find(Some("crm"), "Accounts").unwrap();
        let sizes = Sizes::default();
        sizes.note(5512, accounts, Some("Blocked eq true"), 3);
        assert_eq!(sizes.rows(5512, accounts), None);
        sizes.note(5512, accounts, None, 21);
        assert_eq!(sizes.part(5512, accounts, Some("Blocked eq true")), Some(3));
        assert_eq!(sizes.part(5512, accounts, Some("Blocked eq false")), Some(21));
    }
}
