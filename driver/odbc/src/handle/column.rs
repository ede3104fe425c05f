//! The columns of a result set as ODBC describes them.

use exact_engine::{ColumnDescription, model::SqlType};

use crate::info::types::{Facts, Naming};

/// One column of a result set.
#[derive(Clone, Debug)]
pub struct ResultColumn {
    /// The alias, or the name.
    pub label: String,
    /// Name and place of the base column; empty for an expression.
    pub base_name: String,
    pub table: String,
    pub schema: String,
    pub catalog: String,
    pub facts: Facts,
    pub nullable: bool,
    pub updatable: bool,
    pub case_sensitive: bool,
}

impl ResultColumn {
    /// A column of a query.
    #[must_use]
    pub fn of_query(column: &ColumnDescription, naming: &Naming) -> ResultColumn {
        ResultColumn {
            label: column.label.clone(),
            base_name: column.name.clone(),
            table: column.table.clone(),
            schema: column.schema.clone(),
            catalog: if naming.catalogs { column.catalog.clone() } else { String::new() },
            facts: Facts::of(column.sql_type, naming),
            nullable: column.nullable,
            updatable: column.updatable,
            case_sensitive: column.case_sensitive,
        }
    }

    /// A column of a catalog function's result.
    #[must_use]
    pub fn of_catalog(name: &str, sql_type: SqlType, nullable: bool, naming: &Naming) -> ResultColumn {
        ResultColumn {
            label: name.to_owned(),
            base_name: String::new(),
            table: String::new(),
            schema: String::new(),
            catalog: String::new(),
            facts: Facts::of(sql_type, naming),
            nullable,
            updatable: false,
            case_sensitive: true,
        }
    }
}
