//! The result sets of the catalog functions, made of the model without any HTTP call.

pub mod columns;
pub mod keys;
pub mod pattern;
pub mod privileges;
pub mod procedures;
pub mod rows;
pub mod tables;
pub mod type_info;

use exact_engine::model::{Entity, EntityKind, model};
use exact_engine::settings::Settings;

use crate::info::types::Naming;
use pattern::Pattern;

/// What the catalog functions know of the connection.
#[derive(Clone)]
pub struct Scope<'a> {
    pub settings: &'a Settings,
    pub naming: &'a Naming,
    /// The catalog whose tables are listed: the current one, until [`Scope::within`] another; `None` where catalogs are off.
    pub catalog: Option<String>,
    /// All catalogs that are known, asked for only when they matter: an accountant's are thousands.
    pub catalogs: &'a dyn Fn() -> Vec<String>,
    /// SQL_ATTR_METADATA_ID: arguments are identifiers, not patterns.
    pub identifiers: bool,
    pub odbc2: bool,
}

impl<'a> Scope<'a> {
    /// A search pattern, or an identifier where the statement says so.
    #[must_use]
    pub fn pattern(&self, argument: Option<String>) -> Pattern {
        if self.identifiers { Pattern::identifier(argument) } else { Pattern::search(argument) }
    }

    /// An ordinary argument, or an identifier where the statement says so.
    #[must_use]
    pub fn name(&self, argument: Option<String>) -> Pattern {
        if self.identifiers { Pattern::identifier(argument) } else { Pattern::ordinary(argument) }
    }

    /// The scope of the catalog that an argument means: the current one if it is not given or matches, for connections
    /// without catalogs if it is empty, and another one only if it is named (product section 4).
    #[must_use]
    pub fn within(&self, argument: &Pattern) -> Option<Scope<'a>> {
        let Some(own) = self.catalog.as_deref() else {
            return argument.matches("").then(|| self.clone());
        };
        if argument.matches(own) {
            return Some(self.clone());
        }
        let named = argument.single()?;
        let catalog = (self.catalogs)().into_iter().find(|catalog| catalog.eq_ignore_ascii_case(&named))?;
        Some(Scope { catalog: Some(catalog), ..self.clone() })
    }

    /// The tables that are listed under this connection's settings.
    pub fn entities(&self) -> impl Iterator<Item = &'static Entity> + use<'a, '_> {
        model().entities().iter().filter(|entity| self.lists(entity))
    }

    /// What `{call ...}` runs: functions of the service, and actions.
    pub fn procedures(&self) -> impl Iterator<Item = &'static Entity> + use<'a, '_> {
        let is_called = |entity: &Entity| match entity.kind {
            EntityKind::Function => self.lists(entity),
            EntityKind::Action => self.shows(entity),
            EntityKind::Table | EntityKind::System => false,
        };
        model().entities().iter().filter(move |entity| is_called(entity))
    }

    /// The listed table of exactly this name, compared without case. Without a schema the preferred one.
    #[must_use]
    pub fn entity(&self, schema: Option<&str>, name: &str) -> Option<&'static Entity> {
        let schema = schema.filter(|schema| !schema.is_empty());
        model().find(schema, name).filter(|entity| self.lists(entity))
    }

    fn lists(&self, entity: &Entity) -> bool {
        entity.methods.get && entity.kind != EntityKind::Action && self.shows(entity)
    }

    /// Whether its shape is known, and no property hides it.
    fn shows(&self, entity: &Entity) -> bool {
        let known = !entity.columns_unknown && !entity.parameters_unknown;
        let named = |list: &[String], name: &str| list.is_empty() || list.iter().any(|one| is_named(one, entity, name));
        known
            && (!entity.historic || self.settings.historic_tables)
            && named(&self.settings.schemas, entity.schema)
            && named(&self.settings.tables, entity.name)
    }
}

/// A name of the properties `Tables` and `Schemas`, with or without the schema before it.
fn is_named(one: &str, entity: &Entity, name: &str) -> bool {
    one.eq_ignore_ascii_case(name)
        || one.split_once('.').is_some_and(|(schema, table)| {
            schema.eq_ignore_ascii_case(entity.schema) && table.eq_ignore_ascii_case(entity.name)
        })
}

#[cfg(test)]
mod tests;
