//! The table that a statement writes to, and what may be written there.

use datafusion::sql::sqlparser::ast::{ObjectName, ObjectNamePart};
use exact_client::model::{Column, Entity, EntityKind, Navigation, Origin, model};

use super::values::Problems;
use crate::error::{Error, Problem, Result};

/// The name of the column that says which division a row lives in.
const DIVISION: &str = "Division";

/// An entity, and the division if the statement names one.
#[derive(Clone, Debug)]
pub struct Target {
    pub entity: &'static Entity,
    pub division: Option<i32>,
}

/// A place of the target that takes a value.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    Column(&'static Column),
    /// The division that the row goes to.
    Division,
    /// Lines of a document, given as a JSON array.
    Lines(&'static Navigation),
}

impl Place {
    /// The documented name.
    pub fn name(&self) -> &'static str {
        match self {
            Place::Column(column) => column.name,
            Place::Division => DIVISION,
            Place::Lines(navigation) => navigation.name,
        }
    }
}

impl Target {
    /// The entity that `name` means, in one to three parts: catalog (a division's code), schema, table.
    pub fn find(name: &ObjectName, historic: bool) -> Result<Target> {
        let parts: Vec<&str> = name.0.iter().filter_map(part).collect();
        let unknown = || {
            let bare = parts.iter().skip(parts.len().saturating_sub(2)).copied().collect::<Vec<_>>().join(".");
            Error::TableNotFound { nearest: model().nearest_table(&bare), name: parts.join(".") }
        };
        let (catalog, schema, table) = match parts.as_slice() {
            [table] => (None, None, *table),
            [schema, table] => (None, Some(*schema), *table),
            [catalog, schema, table] => (Some(*catalog), Some(*schema), *table),
            _ => return Err(unknown()),
        };
        let division = catalog.map(str::parse).transpose().map_err(|_| unknown())?;
        let entity = model().find(schema, table).filter(|entity| historic || !entity.historic).ok_or_else(unknown)?;
        if entity.columns_unknown {
            let what = format!("Writing to {}, whose columns Exact Online has not documented,", name_of(entity));
            return Err(Error::NotSupported { what });
        }
        Ok(Target { entity, division })
    }

    /// An entity that is written to by something else than a statement.
    pub fn of(entity: &'static Entity) -> Target {
        Target { entity, division: None }
    }

    /// `schema.Name` of the entity.
    pub fn table(&self) -> String {
        name_of(self.entity)
    }

    /// The place of that name.
    pub fn place(&self, name: &str) -> Option<Place> {
        if name.eq_ignore_ascii_case(DIVISION) && self.entity.in_division {
            return Some(Place::Division);
        }
        if let Some((_, column)) = self.entity.column(name).filter(|(_, column)| column.origin == Origin::Service) {
            return Some(Place::Column(column));
        }
        let lines = |navigation: &&Navigation| navigation.collection && navigation.name.eq_ignore_ascii_case(name);
        self.entity.navigations.iter().find(lines).map(Place::Lines)
    }

    /// The same; that there is none is a problem.
    pub fn known(&self, name: &str, problems: &mut Problems) -> Option<Place> {
        let place = self.place(name);
        if place.is_none() {
            problems.push(Problem::no_column(name, self.entity.nearest_column(name)));
        }
        place
    }

    /// All columns, for an INSERT that names none; of an action those that it takes.
    pub fn places(&self) -> Vec<Place> {
        let taken = |column: &&Column| self.entity.kind != EntityKind::Action || column.post;
        let served = self.entity.columns.iter().filter(|column| column.origin == Origin::Service).filter(taken);
        served
            .map(|column| {
                if column.name == DIVISION && self.entity.in_division { Place::Division } else { Place::Column(column) }
            })
            .collect()
    }

    /// The columns that identify a row.
    ///
    /// # Errors
    /// HYC00 where the service names no key.
    pub fn keys(&self) -> Result<Vec<&'static Column>> {
        let keys: Vec<_> = self.entity.keys.iter().filter_map(|&index| self.entity.columns.get(index)).collect();
        if keys.is_empty() {
            return Err(Error::NotSupported { what: format!("Changing rows of {}, which have no key,", self.table()) });
        }
        Ok(keys)
    }

    /// Refuses a verb that the entity does not take.
    pub fn allow(&self, allowed: bool, verb: &'static str) -> Result<()> {
        if allowed {
            return Ok(());
        }
        let methods = self.entity.methods;
        let others: Vec<_> =
            [(methods.get, "SELECT"), (methods.post, "INSERT"), (methods.put, "UPDATE"), (methods.delete, "DELETE")]
                .into_iter()
                .filter_map(|(takes, verb)| takes.then_some(verb))
                .collect();
        Err(Error::WriteRefused {
            statement: format!("{verb} on {}", self.table()),
            problems: vec![Problem {
                sqlstate: "42000",
                text: format!("Exact Online offers only {} there", others.join(", ")),
            }],
        })
    }
}

fn name_of(entity: &Entity) -> String {
    format!("{}.{}", entity.schema, entity.name)
}

fn part(part: &ObjectNamePart) -> Option<&str> {
    part.as_ident().map(|ident| ident.value.as_str())
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::ast::Ident;

    use super::*;

    fn find(name: &str) -> Result<Target> {
        Target::find(&ObjectName::from(name.split('.').map(Ident::new).collect::<Vec<_>>()), false)
    }

    #[test]
    fn a_target_is_found_by_one_to_three_names() {
        for (name, table, division) in [
            ("accounts", "crm.Accounts", None),
            ("crm.accounts", "crm.Accounts", None),
            ("5513.crm.accounts", "crm.Accounts", Some(5513)),
            ("printedsalesinvoices", "salesinvoice.PrintedSalesInvoices", None),
        ] {
            let target = find(name).unwrap();
            assert_eq!((target.table().as_str(), target.division), (table, division), "{name}");
        }
        let error = find("crm.acounts").unwrap_err();
        assert_eq!(error.sqlstate(), "42S02");
        assert!(error.to_string().contains("crm.Accounts"), "{error}");
        assert_eq!(find("x.crm.accounts").unwrap_err().sqlstate(), "42S02");
    }

    #[test]
    fn places_are_columns_the_division_and_lines() {
        let target = find("salesinvoices").unwrap();
        assert!(matches!(target.place("orderedby").unwrap(), Place::Column(column) if column.name == "OrderedBy"));
        assert!(matches!(target.place("division").unwrap(), Place::Division));
        assert!(matches!(target.place("salesinvoicelines").unwrap(), Place::Lines(_)));
        assert!(target.place("orderdby").is_none());
    }
}
