//! A change that waits for a commit, or is about to be sent.

use exact_client::model::{Column, EdmType, Entity, EntityKind, model};
use exact_client::writer::{Change, Verb};
use serde_json::{Map, Value as Json};

use super::keys::{self, Keys};

/// A change, and the keys by which its new rows are known.
#[derive(Clone, Debug)]
pub struct Queued {
    pub change: Change,
    /// The guid by which a new row is known before the service gave it its key, which takes its place from then on.
    pub given: Option<String>,
    /// The application has given it.
    pub stated: bool,
    /// The guids of the lines that go with it, by the name of their collection and in the order of the lines.
    pub lines: Vec<(&'static str, Vec<Option<String>>)>,
}

impl Queued {
    /// A change that is sent at once. Nobody has seen a key of ours, so nobody has to learn another.
    pub fn at_once(change: Change) -> Queued {
        let given = stated_key(&change).map(str::to_string);
        Queued { stated: given.is_some(), change: named(change), given, lines: Vec::new() }
    }

    /// A change that waits. A new row whose key is a guid gets one now, so that others can name it; the service may keep it
    /// or give its own.
    pub fn waiting(change: Change) -> Queued {
        if new_key(&change).is_none() {
            return Queued { change, given: None, stated: false, lines: Vec::new() };
        }
        let stated = stated_key(&change).is_some();
        let change = named(change);
        let sent = stated_key(&change).map(str::to_string);
        Queued { given: Some(sent.unwrap_or_else(keys::provisional)), change, stated, lines: Vec::new() }
    }

    /// Puts the service's keys in the place of provisional ones that other rows were given.
    pub fn honour(&mut self, keys: Keys<'_>) {
        let own = stated_key(&self.change).map(Json::from);
        honour(self.change.entity, &mut self.change.body, keys);
        // That of a new row may have been another row's before.
        if let (Some(key), Some(own)) = (guid_key(self.change.entity), own) {
            self.change.body.insert(key.name.to_string(), own);
        }
        if let Some(key) = &mut self.change.key {
            keys.honour_key(key);
        }
    }

    /// What stands between the parentheses of `Entity(..)` for its row, as far as it is known.
    pub fn row_key(&self) -> Option<String> {
        self.change.key.clone().or_else(|| self.given.as_ref().map(|given| format!("guid'{given}'")))
    }

    /// Whether it makes or changes the row of this change.
    pub fn is_of(&self, change: &Change) -> bool {
        self.concerns(change) && change.key.is_some() && self.row_key() == change.key
    }

    /// Whether it makes the row of this key.
    pub fn makes(&self, change: &Change) -> bool {
        self.given.is_some() && self.is_of(change)
    }

    /// Whether both make a row of the same key.
    pub fn makes_the_same(&self, other: &Queued) -> bool {
        self.concerns(&other.change) && self.given.is_some() && self.given == other.given
    }

    fn concerns(&self, change: &Change) -> bool {
        self.change.entity == change.entity && self.change.division == change.division
    }
}

/// A guid in a column of text is none of a row: it stays as the application wrote it.
fn honour(entity: &'static Entity, body: &mut Map<String, Json>, keys: Keys<'_>) {
    for (name, value) in body {
        match entity.column(name) {
            Some((_, column)) if column.edm == EdmType::Guid => keys.honour(value),
            Some(_) => {}
            None => {
                let lines = value.as_array_mut().into_iter().flatten().filter_map(Json::as_object_mut);
                match element(entity, name) {
                    Some(line) => lines.for_each(|line_body| honour(line, line_body, keys)),
                    None => keys.honour(value),
                }
            }
        }
    }
}

/// The entity of the elements of a collection.
fn element(entity: &Entity, collection: &str) -> Option<&'static Entity> {
    let navigation = entity.navigations.iter().find(|navigation| navigation.name == collection)?;
    let (schema, table) = navigation.target?.split_once('.')?;
    model().find(Some(schema), table)
}

/// The change with a key for its new row, where the service takes one: by it the row is found for certain if the answer is
/// lost.
pub fn named(mut change: Change) -> Change {
    // The key of a user is a person's, not a row's.
    let takes_one = stated_key(&change).is_none() && change.entity.in_division;
    if let Some(key) = new_key(&change).filter(|key| takes_one && key.post) {
        change.body.insert(key.name.to_string(), keys::provisional().into());
    }
    change
}

/// Whether the change names the row of this guid, as its own or in one of its values.
pub fn names(change: &Change, guid: &str) -> bool {
    let in_key = change.key.as_deref().is_some_and(|key| key.contains(guid));
    in_key || change.body.values().any(|value| mentions(value, guid))
}

fn mentions(value: &Json, guid: &str) -> bool {
    match value {
        Json::String(text) => text == guid,
        Json::Array(elements) => elements.iter().any(|element| mentions(element, guid)),
        Json::Object(fields) => fields.values().any(|field| mentions(field, guid)),
        _ => false,
    }
}

/// The guid key that a change brings along for its new row. One of zeros says that there is none.
pub fn stated_key(change: &Change) -> Option<&str> {
    change.body.get(new_key(change)?.name)?.as_str().filter(|key| *key != NO_ROW)
}

const NO_ROW: &str = "00000000-0000-0000-0000-000000000000";

/// The guid key of a new row. An action's is of the row that it acts on.
fn new_key(change: &Change) -> Option<&'static Column> {
    let makes_row = change.verb == Verb::Post && change.entity.kind == EntityKind::Table;
    guid_key(change.entity).filter(|_| makes_row)
}

/// The only key column, if it is a guid.
pub fn guid_key(entity: &'static Entity) -> Option<&'static Column> {
    only_key(entity).filter(|column| column.edm == EdmType::Guid)
}

/// The only key column.
pub fn only_key(entity: &'static Entity) -> Option<&'static Column> {
    let [key] = entity.keys.as_slice() else { return None };
    entity.columns.get(*key)
}
