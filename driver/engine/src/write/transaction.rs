//! What waits for a commit (product section 7): Exact Online has no transactions, so writes are checked when they are
//! executed, kept here, and sent in order at the commit. A rollback drops them; nothing was sent.

use exact_client::writer::{Change, Verb};
use serde_json::{Map, Value as Json};

use super::documents::{apart, behind_what_it_names, is_line_of, is_parent_only, join};
use super::order::in_order;
use super::queued::{Queued, names};
use super::stated;
use super::target::Target;
use super::values::{self, Problems};
use crate::error::Result;

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
    /// Adds changes that were checked. A change of a row that waits itself becomes part of it where nothing that it names is
    /// made in between. Gives of each what was added, if it was added on its own.
    ///
    /// # Errors
    /// 23000 for what the rows that wait cannot do without, and for the key of one of them.
    pub fn add(&mut self, changes: Vec<Change>, problems: &mut Problems) -> Vec<Option<Queued>> {
        changes.into_iter().map(|change| self.add_one(change, problems)).collect()
    }

    fn add_one(&mut self, change: Change, problems: &mut Problems) -> Option<Queued> {
        match change.verb {
            Verb::Put => self.change(change, problems),
            Verb::Delete => self.remove(change, problems),
            Verb::Post | Verb::Get => {
                let mut document = Queued::waiting(change);
                let lines = apart(&mut document);
                self.push_new(document.clone(), problems);
                lines.into_iter().for_each(|line| self.push_new(Queued::waiting(line), problems));
                Some(document)
            }
        }
    }

    fn push_new(&mut self, queued: Queued, problems: &mut Problems) {
        if queued.stated && self.queue.iter().any(|other| other.makes_the_same(&queued)) {
            problems.add("23000", stated::twice(&queued.change));
        }
        self.queue.push(queued);
    }

    fn change(&mut self, change: Change, problems: &mut Problems) -> Option<Queued> {
        let place = self.queue.iter().rposition(|queued| queued.is_of(&change) && takes(queued, &change));
        let place = place.and_then(|place| behind_what_it_names(&mut self.queue, place, &change));
        let Some(queued) = place.and_then(|place| self.queue.get_mut(place)) else {
            let queued = Queued::waiting(change);
            self.queue.push(queued.clone());
            return Some(queued);
        };
        let own = &mut queued.change;
        merge(own, change.body);
        if own.verb == Verb::Post {
            values::missing(&Target::of(own.entity), &own.body, true, problems);
        }
        None
    }

    /// A row that waits is not made at all; one that exists is removed at the commit, whatever was to become of it.
    fn remove(&mut self, change: Change, problems: &mut Problems) -> Option<Queued> {
        let Some(made) = self.queue.iter().position(|queued| queued.makes(&change)) else {
            self.queue.retain(|queued| !queued.is_of(&change));
            let queued = Queued::waiting(change);
            self.queue.push(queued.clone());
            return Some(queued);
        };
        let gone = self.queue.remove(made);
        let given = gone.given.unwrap_or_default();
        let is_line = |queued: &Queued| is_line_of(&queued.change, gone.change.entity, &given);
        let mut keys: Vec<_> = self.queue.iter().filter(|queued| is_line(queued)).filter_map(Queued::row_key).collect();
        keys.extend(change.key);
        self.queue.retain(|queued| queued.row_key().is_none_or(|key| !keys.contains(&key)));
        if let Some(other) = self.queue.iter().find(|queued| names(&queued.change, &given)) {
            let text = format!("the new row {given} is named by a row of {} that waits too", other.change.table());
            problems.add("23000", text);
        }
        None
    }

    pub fn is_empty(&self) -> bool {
        self.queue.is_empty() && !self.failed
    }

    /// The new rows whose keys the application has given, and the rows that are removed before they are made.
    pub fn with_stated_keys(&self) -> (Vec<Change>, Vec<Change>) {
        let those = |is_one: fn(&&Queued) -> bool| {
            self.queue.iter().filter(is_one).map(|queued| queued.change.clone()).collect()
        };
        (those(|queued| queued.stated), those(|queued| queued.change.verb == Verb::Delete))
    }

    /// What is sent at a commit: the queue with lines in the documents that they belong to, and new rows before those that name
    /// them.
    ///
    /// # Errors
    /// 23000 for a document without the lines that it must have, for lines that Exact Online takes with their document
    /// only, and for new rows that name each other in a ring. Nothing is sent then.
    pub fn merged(&self) -> Result<Vec<Queued>> {
        let mut merged: Vec<Queued> = Vec::with_capacity(self.queue.len());
        for queued in in_order(self.queue.clone())? {
            if let Some(line) = join(&mut merged, queued) {
                merged.push(line);
            }
        }
        // A document is sent when the rows are made that its lines name.
        let merged = in_order(merged)?;
        let mut problems = Problems::default();
        for queued in merged.iter().filter(|queued| queued.change.verb == Verb::Post) {
            let (mut wrong, change) = (Problems::default(), &queued.change);
            values::missing(&Target::of(change.entity), &change.body, false, &mut wrong);
            for column in change.body.keys().filter(|column| is_parent_only(change.entity, column)) {
                let text =
                    format!("{column}: Exact Online takes such lines with their document only, and it is not new");
                wrong.add("42000", text);
            }
            problems.extend_of(wrong, &change.table());
        }
        problems.check("COMMIT")?;
        Ok(merged)
    }
}

/// Whether the change can become part of the one that waits: a new row takes what a POST does.
fn takes(queued: &Queued, change: &Change) -> bool {
    let in_post = |name: &String| change.entity.column(name).is_some_and(|(_, column)| column.post);
    queued.change.verb == Verb::Put || (queued.change.verb == Verb::Post && change.body.keys().all(in_post))
}

/// In a new row a null is a value that is not given.
fn merge(own: &mut Change, body: Map<String, Json>) {
    for (name, value) in body {
        if value.is_null() && own.verb == Verb::Post {
            own.body.remove(&name);
        } else {
            own.body.insert(name, value);
        }
    }
}
