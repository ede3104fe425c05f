//! What waits for a commit (product section 7): Exact Online has no transactions, so writes are checked when they are
//! executed, kept here, and sent in order at the commit. A rollback drops them; nothing was sent.

use datafusion::arrow::array::AsArray;
use datafusion::arrow::record_batch::RecordBatch;
use exact_client::model::{Column, EdmType, Entity, EntityKind, model};
use exact_client::writer::{Change, Verb, answered};
use serde_json::Value as Json;

use super::keys::{self, Keys};
use super::target::Target;
use super::values::{self, Problems};

/// A change that waits, or is about to be sent.
#[derive(Clone, Debug)]
pub struct Queued {
    pub change: Change,
    /// The guid by which a new row is known before the service gave it its key.
    pub given: Option<String>,
    /// Whether the service's key takes the place of `given` wherever that turns up later.
    pub learns: bool,
    /// The same of the lines that go with it, by the name of their collection and in the order of the lines.
    pub lines: Vec<(&'static str, Vec<Option<String>>)>,
}

impl Queued {
    /// A change that is sent at once. The key of a new row that the application gives may not be kept. `stated`: it stands
    /// in the statement itself; one that a query gave may be of a row that exists.
    pub fn at_once(change: Change, stated: bool) -> Queued {
        let key = new_key(&change).filter(|_| stated);
        let given = key.and_then(|key| change.body.get(key.name)?.as_str()).map(str::to_string);
        Queued { change, given, learns: stated, lines: Vec::new() }
    }

    /// A change that waits. A new row whose key is a guid gets one now, so that others can name it; the service may keep it
    /// or give its own.
    fn waiting(mut change: Change, stated: bool) -> Queued {
        let (mut given, mut learns) = (None, false);
        if let Some(key) = new_key(&change) {
            let own = change.body.get(key.name).and_then(Json::as_str).map(str::to_string);
            learns = stated || own.is_none();
            let guid = own.unwrap_or_else(keys::provisional);
            if key.post {
                change.body.insert(key.name.to_string(), guid.clone().into());
            }
            given = Some(guid);
        }
        Queued { change, given, learns, lines: Vec::new() }
    }

    /// Puts the service's keys in the place of provisional ones that other rows were given.
    pub fn honour(&mut self, keys: Keys<'_>) {
        self.change.body.values_mut().for_each(|value| keys.honour(value));
        if let Some(key) = &mut self.change.key {
            keys.honour_key(key);
        }
    }

    /// Whether it names the row of this guid, as its own or in one of its values.
    pub fn names(&self, guid: &str) -> bool {
        let in_key = self.change.key.as_deref().is_some_and(|key| key.contains(guid));
        in_key || self.change.body.values().any(|value| mentions(value, guid))
    }

    /// Whether it makes the row of this key.
    fn makes(&self, change: &Change) -> bool {
        let key = self.given.as_ref().map(|given| format!("guid'{given}'"));
        self.concerns(change) && key.is_some() && key == change.key
    }

    fn concerns(&self, change: &Change) -> bool {
        self.change.entity == change.entity && self.change.division == change.division
    }
}

/// The changes of one connection that wait.
#[derive(Debug, Default)]
pub struct Transaction {
    /// Autocommit is off.
    pub manual: bool,
    pub queue: Vec<Queued>,
    /// A commit ended half-way; what was not sent was given up.
    pub failed: bool,
}

impl Transaction {
    /// Adds changes that were checked. A change of a row that waits itself becomes part of it. `stated`: the keys of new
    /// rows stand in the statement.
    ///
    /// # Errors
    /// 42000 for columns that can only be changed once the row is written.
    pub fn add(&mut self, changes: Vec<Change>, stated: bool, problems: &mut Problems) -> Vec<Queued> {
        let mut added = Vec::with_capacity(changes.len());
        for change in changes {
            added.extend(self.add_one(change, stated, problems));
        }
        added
    }

    fn add_one(&mut self, change: Change, stated: bool, problems: &mut Problems) -> Option<Queued> {
        let made = self.queue.iter().position(|queued| queued.makes(&change));
        match (made, change.verb) {
            (Some(place), Verb::Delete) => {
                let gone = self.queue.remove(place);
                let given = gone.given.unwrap_or_default();
                self.queue.retain(|queued| !is_line_of(&queued.change, gone.change.entity, &given));
                None
            }
            (Some(place), _) => {
                let queued = self.queue.get_mut(place)?;
                for (name, value) in change.body {
                    let column = change.entity.column(&name).filter(|(_, column)| column.post);
                    if column.is_none() {
                        problems
                            .add("42000", format!("{name} can be changed only once the row is written; commit first"));
                    }
                    queued.change.body.insert(name, value);
                }
                None
            }
            (None, Verb::Put) => {
                let same = |queued: &&mut Queued| {
                    queued.concerns(&change) && queued.change.key == change.key && queued.change.verb == Verb::Put
                };
                if let Some(earlier) = self.queue.iter_mut().find(same) {
                    earlier.change.body.extend(change.body);
                    return None;
                }
                self.push(change, stated)
            }
            (None, _) => {
                // What becomes of a row that goes is of no interest.
                self.queue.retain(|queued| {
                    !(queued.concerns(&change) && queued.change.key == change.key && change.key.is_some())
                });
                self.push(change, stated)
            }
        }
    }

    fn push(&mut self, change: Change, stated: bool) -> Option<Queued> {
        let queued = Queued::waiting(change, stated);
        self.queue.push(queued.clone());
        Some(queued)
    }

    /// Whether nothing waits and nothing is to be rolled back.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty() && !self.failed
    }

    /// What is to be sent: every document with the lines that were inserted after it as one change.
    ///
    /// # Errors
    /// 23000 for documents that lack mandatory lines. Nothing is lost then.
    pub fn merged(&self) -> crate::error::Result<Vec<Queued>> {
        let mut merged: Vec<Queued> = Vec::with_capacity(self.queue.len());
        for queued in self.queue.iter().cloned() {
            if let Some(line) = join(&mut merged, queued) {
                merged.push(line);
            }
        }
        let mut problems = Problems::default();
        for queued in merged.iter().filter(|queued| queued.change.verb == Verb::Post) {
            let mut wrong = Problems::default();
            values::missing(&Target::of(queued.change.entity), &queued.change.body, false, &mut wrong);
            problems.extend_of(wrong, &queued.change.table());
        }
        problems.check("COMMIT")?;
        Ok(merged)
    }
}

fn mentions(value: &Json, guid: &str) -> bool {
    match value {
        Json::String(text) => text == guid,
        Json::Array(elements) => elements.iter().any(|element| mentions(element, guid)),
        Json::Object(fields) => fields.values().any(|field| mentions(field, guid)),
        _ => false,
    }
}

/// The guid key of a new row. An action's is of the row that it acts on.
fn new_key(change: &Change) -> Option<&'static Column> {
    let makes_row = change.verb == Verb::Post && change.entity.kind == EntityKind::Table;
    guid_key(change.entity).filter(|_| makes_row)
}

/// The only key column, if it is a guid.
pub fn guid_key(entity: &'static Entity) -> Option<&'static Column> {
    let [key] = entity.keys.as_slice() else { return None };
    entity.columns.get(*key).filter(|column| column.edm == EdmType::Guid)
}

/// The guid key in the row that the service answered.
pub fn key_in(entity: &Entity, row: &RecordBatch) -> Option<String> {
    let [key] = entity.keys.as_slice() else { return None };
    let place = answered(entity).position(|column| column == *key)?;
    let array = row.column(place).as_string_opt::<i32>()?;
    (row.num_rows() == 1).then(|| array.value(0).to_string())
}

/// The collections of `entity` whose elements are rows of `line`, with the column that names the document.
fn collections(entity: &'static Entity, line: &'static Entity) -> impl Iterator<Item = (&'static str, &'static str)> {
    entity.navigations.iter().filter(|navigation| navigation.post).filter_map(move |navigation| {
        let (schema, table) = navigation.target?.split_once('.')?;
        (model().find(Some(schema), table)? == line).then_some((navigation.name, navigation.join?.1))
    })
}

fn is_line_of(line: &Change, document: &'static Entity, given: &str) -> bool {
    let names = |child: &str| line.body.get(child).and_then(Json::as_str) == Some(given);
    line.verb == Verb::Post && collections(document, line.entity).any(|(_, child)| names(child))
}

/// Puts a new line into the document before it that it names; gives the line back if there is none.
fn join(earlier: &mut Vec<Queued>, line: Queued) -> Option<Queued> {
    let found = (0..earlier.len()).rev().find_map(|place| Some((place, collection_of(earlier.get(place)?, &line)?)));
    let Some((place, (collection, child))) = found else { return Some(line) };
    let Some(place) = after_what_it_names(earlier, place, &line) else { return Some(line) };
    let Some(document) = earlier.get_mut(place) else { return Some(line) };
    let mut fields = line.change.body;
    fields.remove(child);
    let lines = document.change.body.entry(collection).or_insert_with(|| Json::Array(Vec::new()));
    if let Json::Array(lines) = lines {
        lines.push(Json::Object(fields));
    }
    let given = line.given.filter(|_| line.learns);
    match document.lines.iter_mut().find(|(name, _)| *name == collection) {
        Some((_, all)) => all.push(given),
        None => document.lines.push((collection, vec![given])),
    }
    None
}

/// The collection of the document that the line belongs to, and the line's column that names the document.
fn collection_of(document: &Queued, line: &Queued) -> Option<(&'static str, &'static str)> {
    let (own, given) = (&document.change, document.given.as_deref()?);
    let both_new = own.verb == Verb::Post && line.change.verb == Verb::Post && own.division == line.change.division;
    let names = |child: &str| line.change.body.get(child).and_then(Json::as_str) == Some(given);
    collections(own.entity, line.change.entity).find(|(_, child)| both_new && names(child))
}

/// Moves the document behind the new rows that its line names too, an item for instance; gives its place. Nothing where one
/// of those in between names the document in turn.
fn after_what_it_names(earlier: &mut Vec<Queued>, place: usize, line: &Queued) -> Option<usize> {
    let given = earlier.get(place)?.given.clone()?;
    let is_named = |queued: &Queued| queued.given.as_deref().is_some_and(|given| line.names(given));
    let last = earlier.iter().rposition(is_named).filter(|last| *last > place);
    let Some(last) = last else { return Some(place) };
    if earlier.get(place + 1..=last)?.iter().any(|between| between.names(&given)) {
        return None;
    }
    let document = earlier.remove(place);
    earlier.insert(last, document);
    Some(last)
}
