//! The columns of a result set as ODBC describes them.

use std::borrow::Cow;

use exact_engine::ColumnDescription;
use exact_engine::model::{SqlType, model};

use super::cursor::Shape;
use crate::info::types::{Facts, Naming};
use crate::spec::attribute::stmt;

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
    pub shape: Shape,
}

fn shape_of(facts: &Facts) -> Shape {
    if facts.is_variable() { Shape::Data } else { Shape::AsItIs }
}

impl ResultColumn {
    /// A column of a query.
    #[must_use]
    pub fn of_query(column: &ColumnDescription, naming: &Naming) -> ResultColumn {
        // Only keys are declared otherwise than their type says.
        let base = naming.longest_key.and_then(|_| {
            model().find(Some(&column.schema), &column.table).and_then(|entity| entity.column(&column.name))
        });
        let facts = match base {
            Some((_, base)) => Facts::of_column(base, column.sql_type, naming),
            None => Facts::of(column.sql_type, naming),
        };
        // An alias stays as the application wrote it.
        let label =
            if column.label == column.name { naming.spelled(&column.label) } else { column.label.as_str().into() };
        ResultColumn {
            label: label.into_owned(),
            base_name: naming.spelled(&column.name).into_owned(),
            table: naming.spelled(&column.table).into_owned(),
            schema: naming.spelled(&column.schema).into_owned(),
            catalog: if naming.catalogs { column.catalog.clone() } else { String::new() },
            shape: match column.sql_type {
                SqlType::BigInt if naming.bigint_as_text => Shape::NumberAsText,
                _ => shape_of(&facts),
            },
            facts,
            nullable: column.nullable,
            updatable: column.updatable,
            case_sensitive: column.case_sensitive,
        }
    }

    /// A column of a catalog function's result.
    #[must_use]
    pub fn of_catalog(name: &str, sql_type: SqlType, nullable: bool, naming: &Naming) -> ResultColumn {
        ResultColumn::without_base(name, Facts::of(sql_type, naming), nullable)
    }

    /// A column of a result, from 1, or the bookmark column under a value of SQL_ATTR_USE_BOOKMARKS.
    #[must_use]
    pub fn find(columns: &[ResultColumn], use_bookmarks: usize, number: usize) -> Option<Cow<'_, ResultColumn>> {
        match (number.checked_sub(1), use_bookmarks) {
            (Some(index), _) => columns.get(index).map(Cow::Borrowed),
            (None, stmt::UB_OFF) => None,
            (None, kind) => {
                let facts = Facts::of_bookmark(kind == stmt::UB_FIXED);
                Some(Cow::Owned(ResultColumn::without_base("", facts, false)))
            }
        }
    }

    fn without_base(label: &str, facts: Facts, nullable: bool) -> ResultColumn {
        ResultColumn {
            label: label.to_owned(),
            base_name: String::new(),
            table: String::new(),
            schema: String::new(),
            catalog: String::new(),
            shape: shape_of(&facts),
            facts,
            nullable,
            updatable: false,
            case_sensitive: true,
        }
    }
}
