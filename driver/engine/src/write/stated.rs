//! Keys that an application gives to its new rows. Where the service keeps them it refuses one that is taken. Where it gives its
//! own it would make a second row, and the key would mean that one from then on. So as long as the service is not known to
//! keep them, it is asked for such keys before anything is sent: sixty in a call.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use exact_client::model::Entity;
use exact_client::odata::literal;
use exact_client::writer::Change;
use exact_client::{Result, Session};

use super::keys::{self, Keys};
use super::queued::stated_key;
use super::reckon::Calls;
use super::stored;
use crate::error::Problem;

/// A table of a division: its code, schema and name.
type Table = (i32, &'static str, &'static str);

/// A key that has to be asked for.
struct Asked {
    given: String,
    /// As the service has it.
    real: String,
}

/// Keys that have to be asked for.
pub struct Stated<'a> {
    session: &'a Arc<Session>,
    tables: BTreeMap<Table, (&'static Entity, Vec<Asked>)>,
}

impl<'a> Stated<'a> {
    /// Those of the new rows among these changes.
    pub fn of<'b>(session: &'a Arc<Session>, changes: impl Iterator<Item = &'b Change>) -> Stated<'a> {
        let mut tables = BTreeMap::new();
        for change in changes {
            let (entity, division) = (change.entity, change.division);
            let can_be_asked = entity.methods.get && entity.regular().is_some();
            let Some(given) = stated_key(change).filter(|_| can_be_asked && !keys::are_kept(session, entity)) else {
                continue;
            };
            let real = Keys::within(session, division).real(given);
            // A key of the driver's own kind is made for one row. Where the service keeps keys it refuses the second itself; where
            // it does not, the first is known by another.
            if keys::is_own(given) && real == given {
                continue;
            }
            let (_, keys) =
                tables.entry((division, entity.schema, entity.name)).or_insert_with(|| (entity, Vec::new()));
            keys.push(Asked { given: given.to_string(), real });
        }
        Stated { session, tables }
    }

    /// Those that are not free anyway once these rows are removed.
    pub fn without(mut self, removed: &[Change]) -> Stated<'a> {
        for ((division, ..), (entity, keys)) in &mut self.tables {
            let is_own = |change: &&Change| change.entity == *entity && change.division == *division;
            let gone: HashSet<&str> =
                removed.iter().filter(is_own).filter_map(|change| change.key.as_deref()).collect();
            keys.retain(|key| !gone.contains(literal::guid(&key.real).as_str()));
        }
        self
    }

    /// The calls that it takes to ask.
    pub fn calls(&self) -> Calls {
        let mut calls = Calls::default();
        for ((division, ..), (entity, keys)) in &self.tables {
            calls.add(entity, *division, keys.len().div_ceil(stored::KEYS_ALONE) as u64);
        }
        calls
    }

    /// Asks which of them are taken.
    pub async fn taken(self) -> Result<Taken> {
        let mut taken = HashSet::new();
        for ((division, schema, name), (entity, keys)) in self.tables {
            let asked: Vec<&str> = keys.iter().map(|key| key.real.as_str()).collect();
            let there = stored::present(self.session, entity, division, &asked).await?;
            let there = keys.into_iter().filter(|key| there.contains(&key.real));
            taken.extend(there.map(|key| ((division, schema, name), key.given)));
        }
        Ok(Taken { there: taken, given: HashSet::new() })
    }
}

/// Keys that a new row cannot have.
#[derive(Default)]
pub struct Taken {
    /// Of rows that exist.
    there: HashSet<(Table, String)>,
    /// Of new rows.
    given: HashSet<(Table, String)>,
}

impl Taken {
    /// What is wrong with the key that a change gives to its new row. From then on no other can have it.
    pub fn refuses(&mut self, change: &Change) -> Option<Problem> {
        let entity = change.entity;
        let row = ((change.division, entity.schema, entity.name), stated_key(change)?.to_string());
        let text = match (self.there.contains(&row), self.given.insert(row)) {
            (true, _) => exists(change),
            (false, false) => twice(change),
            (false, true) => return None,
        };
        Some(Problem { sqlstate: "23000", text })
    }
}

fn exists(change: &Change) -> String {
    let division = if change.entity.in_division { format!(" of division {}", change.division) } else { String::new() };
    format!("{} is the key of a row{division} that exists already", named(change))
}

/// Two new rows are given the same key.
pub fn twice(change: &Change) -> String {
    format!("{} is given to two new rows", named(change))
}

fn named(change: &Change) -> String {
    let key = change.entity.keys.first().and_then(|key| change.entity.columns.get(*key)).map_or("", |key| key.name);
    format!("{key}: {}", stated_key(change).unwrap_or_default())
}
