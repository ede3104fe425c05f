//! What Exact Online has: services, entities, columns, keys, relations, access paths and their rules.
//!
//! Everything is read once from `data.txt` and `relations.txt`, which a generator derives from the catalog of the
//! REST API (`tests/model_data.rs` compares the two). `system.txt` has the driver's own tables, schema `sys`. All names are
//! slices of those files.

mod entity;
mod load;
pub mod mandatory;
mod relations;
mod types;

use std::collections::HashMap;
use std::sync::OnceLock;

pub use entity::{
    AccessKind, AccessPath, Argument, Column, Entity, EntityKind, FilterRule, Methods, Navigation, Origin, Parameter,
    SelectRule,
};
pub use relations::Relation;
pub use types::{BINARY_LENGTH, CODE_LENGTH, EdmType, LONG_LENGTH, LONGEST_VARCHAR, SqlType, TextClass};

/// All entities of the service, in the order of their schemas and names, then the driver's own.
#[derive(Debug)]
pub struct Model {
    entities: Vec<Entity>,
    /// Lower-case name to the indices of the entities that bear it, the preferred one first.
    by_name: HashMap<String, Vec<usize>>,
    relations: OnceLock<relations::Relations>,
}

/// The one model of the process, read at the first call.
pub fn model() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| Model::of(load::entities([load::DATA, load::SYSTEM])))
}

impl Model {
    fn of(entities: Vec<Entity>) -> Self {
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::with_capacity(entities.len());
        for entity in &entities {
            let bearers = by_name.entry(entity.name.to_ascii_lowercase()).or_default();
            let place = if entity.preferred { 0 } else { bearers.len() };
            bearers.insert(place, entity.index);
        }
        Self { entities, by_name, relations: OnceLock::new() }
    }

    /// Every entity, historic ones and actions included.
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// The entity of that name, compared without case. Without a schema the preferred one of that name.
    pub fn find(&self, schema: Option<&str>, name: &str) -> Option<&Entity> {
        let bearers = self.by_name.get(&name.to_ascii_lowercase())?;
        bearers
            .iter()
            .filter_map(|&index| self.entities.get(index))
            .find(|entity| schema.is_none_or(|schema| entity.schema.eq_ignore_ascii_case(schema)))
    }

    /// The entity at this place of [`Model::entities`].
    pub fn entity(&self, index: usize) -> Option<&Entity> {
        self.entities.get(index)
    }

    /// `schema.Name` of the table whose name resembles `name` most, if any does; `name` may carry a schema.
    pub fn nearest_table(&self, name: &str) -> Option<String> {
        let wanted = name.to_ascii_lowercase();
        let bare = wanted.rsplit('.').next().unwrap_or(&wanted);
        let qualified = wanted.contains('.');
        let likeness = |entity: &Entity| {
            let by_name = strsim::jaro_winkler(bare, &entity.name.to_ascii_lowercase());
            let tie_break = if entity.preferred { 0.001 } else { 0.0 };
            let by_schema = if qualified {
                let full = format!("{}.{}", entity.schema, entity.name).to_ascii_lowercase();
                strsim::jaro_winkler(&wanted, &full) / 10.0
            } else {
                0.0
            };
            (by_name, by_name + by_schema + tie_break)
        };
        self.entities
            .iter()
            .filter(|entity| entity.is_listed())
            .map(|entity| (likeness(entity), entity))
            .filter(|((by_name, _), _)| *by_name > 0.8)
            .max_by(|((_, a), _), ((_, b), _)| a.total_cmp(b))
            .map(|(_, entity)| format!("{}.{}", entity.schema, entity.name))
    }

    /// The relations whose foreign key stands in `entity`, in the order of its columns.
    pub fn relations_from(&self, entity: &Entity) -> &[Relation] {
        self.relations().from(entity.index)
    }

    /// The relations that point at `entity`.
    pub fn relations_to(&self, entity: &Entity) -> &[Relation] {
        self.relations().to(entity.index)
    }

    fn relations(&self) -> &relations::Relations {
        self.relations.get_or_init(|| relations::Relations::read(self, relations::DATA))
    }

    /// The schemas, each once, in order.
    pub fn schemas(&self) -> impl Iterator<Item = &'static str> + '_ {
        let mut last = None;
        self.entities.iter().filter_map(move |entity| {
            let new = last != Some(entity.schema);
            last = Some(entity.schema);
            new.then_some(entity.schema)
        })
    }
}

#[cfg(test)]
mod tests;
