//! Foreign keys between entities, read when first asked for.

use std::collections::HashMap;

use super::Model;

pub(super) const DATA: &str = include_str!("relations.txt");

/// A column that carries the key of another entity, within one division. Not an enforced constraint: the other row
/// may be hidden from the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Index of the entity with the foreign key.
    pub from: usize,
    pub from_column: usize,
    /// Index of the entity pointed at.
    pub to: usize,
    pub to_column: usize,
    /// Sure enough to be reported as a foreign key; the others are derived from names alone.
    pub strong: bool,
}

#[derive(Debug)]
pub(super) struct Relations {
    from: HashMap<usize, Vec<Relation>>,
    to: HashMap<usize, Vec<Relation>>,
}

impl Relations {
    /// Lines `schema.Name <tab> column <tab> schema.Name <tab> column <tab> s|m`.
    pub(super) fn read(model: &Model, data: &'static str) -> Self {
        let mut relations = Self { from: HashMap::new(), to: HashMap::new() };
        for line in data.lines() {
            if let Some(relation) = relation(model, line) {
                relations.from.entry(relation.from).or_default().push(relation);
                relations.to.entry(relation.to).or_default().push(relation);
            }
        }
        relations
    }

    pub(super) fn from(&self, entity: usize) -> &[Relation] {
        self.from.get(&entity).map_or(&[], Vec::as_slice)
    }

    pub(super) fn to(&self, entity: usize) -> &[Relation] {
        self.to.get(&entity).map_or(&[], Vec::as_slice)
    }
}

fn relation(model: &Model, line: &str) -> Option<Relation> {
    let mut fields = line.split('\t');
    let mut end = || {
        let (schema, name) = fields.next()?.split_once('.')?;
        let entity = model.find(Some(schema), name)?;
        let (column, _) = entity.column(fields.next()?)?;
        Some((entity.index, column))
    };
    let (from, from_column) = end()?;
    let (to, to_column) = end()?;
    Some(Relation { from, from_column, to, to_column, strong: fields.next() == Some("s") })
}
