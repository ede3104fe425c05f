//! What is to be read.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};

use crate::model::{AccessPath, Column, Entity};
use crate::odata;

/// One read of one entity over one path in one division.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    pub entity: &'static Entity,
    pub path: &'static AccessPath,
    pub division: i32,
    /// Indices into `entity.columns`, in the order of the batch's columns. May be empty: rows are counted all the
    /// same, and a batch has no columns and a row count.
    pub columns: Vec<usize>,
    /// OData text, not yet encoded.
    pub filter: Option<String>,
    /// OData text, `Name desc,ID` for instance.
    pub order_by: Option<String>,
    pub top: Option<u64>,
    /// Arguments of a function, by the parameter's documented name, as OData literals.
    pub parameters: Vec<(String, String)>,
    /// The literal of a key, for `Entity(guid'..')`.
    pub key: Option<String>,
}

/// The rows of a documented collection that come along with the rows of a read (fact sheet 3.5): the lines of invoices.
#[derive(Clone, Debug)]
pub struct Expansion {
    /// The collection's name.
    pub name: &'static str,
    /// What is read of its rows: entity, division and columns.
    pub lines: ReadRequest,
}

impl ReadRequest {
    /// All rows of an entity over a path, with these columns.
    pub fn all(entity: &'static Entity, path: &'static AccessPath, division: i32, columns: Vec<usize>) -> Self {
        Self {
            entity,
            path,
            division,
            columns,
            filter: None,
            order_by: None,
            top: None,
            parameters: Vec::new(),
            key: None,
        }
    }

    /// The URL of the first page, whose rows bring those of a collection along.
    pub fn url_with(&self, expansion: &Expansion, base_url: &str) -> String {
        odata::url::of_read(base_url, self, Some(expansion))
    }

    /// The columns asked for.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = &'static Column> + '_ {
        self.columns.iter().filter_map(|&index| self.entity.columns.get(index))
    }

    /// The URL of the first page.
    pub fn url(&self, base_url: &str) -> String {
        odata::url::of_read(base_url, self, None)
    }

    /// One field per requested column; only keys are not nullable.
    pub fn schema(&self) -> SchemaRef {
        let field = |column: &Column| Field::new(column.name, column.arrow_type(), !column.key);
        Arc::new(Schema::new(self.wanted().map(field).collect::<Vec<_>>()))
    }
}
