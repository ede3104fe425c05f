//! Rows of a catalog function on their way into an Arrow batch.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int16Builder, Int32Builder, RecordBatch, RecordBatchOptions, StringBuilder};
use arrow::datatypes::{DataType, Field as ArrowField, Schema};
use arrow::error::ArrowError;
use exact_engine::model::SqlType;

use crate::handle::column::ResultColumn;
use crate::info::types::Naming;

/// A column of a catalog function's result.
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub nullable: bool,
    /// What ODBC 2 calls it, if that is peculiar to this result.
    pub odbc2: Option<&'static str>,
}

/// The types that these results have.
#[derive(Clone, Copy)]
pub enum Kind {
    /// Text of at most so many characters.
    Text(u32),
    Short,
    Int,
}

/// Longest name; SQL_MAX_..._NAME_LEN says the same.
pub const NAME: Kind = Kind::Text(128);
pub const REMARKS: Kind = Kind::Text(254);

pub const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, nullable: true, odbc2: None }
}

pub const fn required(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, nullable: false, odbc2: None }
}

/// A value of a row.
#[derive(Clone, Copy, Debug)]
pub enum Datum<'a> {
    Null,
    Text(&'a str),
    Number(i32),
}

impl<'a> From<&'a str> for Datum<'a> {
    fn from(text: &'a str) -> Self {
        Datum::Text(text)
    }
}

impl<'a> From<Option<&'a str>> for Datum<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Datum::Null, Datum::Text)
    }
}

impl From<i16> for Datum<'_> {
    fn from(number: i16) -> Self {
        Datum::Number(number.into())
    }
}

impl From<u32> for Datum<'_> {
    fn from(number: u32) -> Self {
        Datum::Number(i32::try_from(number).unwrap_or(i32::MAX))
    }
}

impl From<Option<i16>> for Datum<'_> {
    fn from(number: Option<i16>) -> Self {
        number.map_or(Datum::Null, Datum::from)
    }
}

enum Builder {
    Text(StringBuilder),
    Short(Int16Builder),
    Int(Int32Builder),
}

/// Rows of one layout.
pub struct Rows {
    layout: &'static [Field],
    builders: Vec<Builder>,
    count: usize,
}

impl Rows {
    #[must_use]
    pub fn new(layout: &'static [Field]) -> Rows {
        let builder = |field: &Field| match field.kind {
            Kind::Text(_) => Builder::Text(StringBuilder::new()),
            Kind::Short => Builder::Short(Int16Builder::new()),
            Kind::Int => Builder::Int(Int32Builder::new()),
        };
        Rows { layout, builders: layout.iter().map(builder).collect(), count: 0 }
    }

    /// Adds a row with a value for each column of the layout.
    pub fn push<const N: usize>(&mut self, row: [Datum<'_>; N]) {
        debug_assert_eq!(N, self.layout.len());
        for (builder, datum) in self.builders.iter_mut().zip(row) {
            match (builder, datum) {
                (Builder::Text(column), Datum::Text(text)) => column.append_value(text),
                (Builder::Text(column), _) => column.append_null(),
                (Builder::Short(column), Datum::Number(number)) => column.append_option(i16::try_from(number).ok()),
                (Builder::Short(column), _) => column.append_null(),
                (Builder::Int(column), Datum::Number(number)) => column.append_value(number),
                (Builder::Int(column), _) => column.append_null(),
            }
        }
        self.count += 1;
    }

    /// The columns as ODBC describes them; ODBC 2 has other names for some.
    #[must_use]
    pub fn columns(&self, naming: &Naming, odbc2: bool) -> Vec<ResultColumn> {
        let column = |field: &Field| {
            let sql_type = match field.kind {
                Kind::Text(length) => SqlType::VarChar { length },
                Kind::Short => SqlType::SmallInt,
                Kind::Int => SqlType::Integer,
            };
            let name = if odbc2 { field.odbc2.unwrap_or_else(|| odbc2_name(field.name)) } else { field.name };
            ResultColumn::of_catalog(name, sql_type, field.nullable, naming)
        };
        self.layout.iter().map(column).collect()
    }

    /// All rows as a batch.
    pub fn finish(self) -> Result<RecordBatch, ArrowError> {
        let fields: Vec<ArrowField> = self
            .layout
            .iter()
            .map(|field| {
                let data_type = match field.kind {
                    Kind::Text(_) => DataType::Utf8,
                    Kind::Short => DataType::Int16,
                    Kind::Int => DataType::Int32,
                };
                ArrowField::new(field.name, data_type, true)
            })
            .collect();
        let arrays = self.builders.into_iter().map(|builder| match builder {
            Builder::Text(mut column) => Arc::new(column.finish()) as ArrayRef,
            Builder::Short(mut column) => Arc::new(column.finish()),
            Builder::Int(mut column) => Arc::new(column.finish()),
        });
        let options = RecordBatchOptions::new().with_row_count(Some(self.count));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays.collect(), &options)
    }
}

/// The name that ODBC 2 gives a column (ODBC appendix G, "Column Names of Result Sets").
fn odbc2_name(name: &'static str) -> &'static str {
    match name {
        "TABLE_CAT" => "TABLE_QUALIFIER",
        "TABLE_SCHEM" => "TABLE_OWNER",
        "PKTABLE_CAT" => "PKTABLE_QUALIFIER",
        "PKTABLE_SCHEM" => "PKTABLE_OWNER",
        "FKTABLE_CAT" => "FKTABLE_QUALIFIER",
        "FKTABLE_SCHEM" => "FKTABLE_OWNER",
        "PROCEDURE_CAT" => "PROCEDURE_QUALIFIER",
        "PROCEDURE_SCHEM" => "PROCEDURE_OWNER",
        "COLUMN_SIZE" => "PRECISION",
        "BUFFER_LENGTH" => "LENGTH",
        "DECIMAL_DIGITS" => "SCALE",
        "NUM_PREC_RADIX" => "RADIX",
        "FIXED_PREC_SCALE" => "MONEY",
        "AUTO_UNIQUE_VALUE" => "AUTO_INCREMENT",
        "ASC_OR_DESC" => "COLLATION",
        other => other,
    }
}
