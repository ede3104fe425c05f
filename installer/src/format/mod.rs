//! The forms in which rows are given: a table for people, CSV, JSON and Parquet for programs.

mod csv;
mod json;
mod parquet;
mod table;

use std::io::{self, Write};
use std::path::Path;

use anyhow::Result;
use clap::ValueEnum;
use odbc_api::DataType;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Columns under each other, for people
    Table,
    /// Comma-separated values with a header (RFC 4180); NULL is an empty field
    Csv,
    /// An array of objects
    Json,
    /// Apache Parquet, for pandas, polars, DuckDB and the like
    Parquet,
}

impl Format {
    /// What the name of a file promises.
    pub fn of(file: &Path) -> Option<Format> {
        Format::from_str(file.extension()?.to_str()?, true).ok()
    }
}

/// What a column holds, as far as the forms tell values apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    Double,
    Decimal { precision: u8, scale: i8 },
    Bit,
    Date,
    Time,
    Timestamp,
    Binary,
}

impl Kind {
    pub fn is_number(self) -> bool {
        matches!(self, Kind::Integer | Kind::Double | Kind::Decimal { .. })
    }
}

impl From<DataType> for Kind {
    fn from(data_type: DataType) -> Kind {
        match data_type {
            DataType::TinyInt | DataType::SmallInt | DataType::Integer | DataType::BigInt => Kind::Integer,
            DataType::Real | DataType::Double | DataType::Float { .. } => Kind::Double,
            DataType::Decimal { precision, scale } | DataType::Numeric { precision, scale } => {
                match (u8::try_from(precision), i8::try_from(scale)) {
                    (Ok(precision @ 1..=38), Ok(scale)) => Kind::Decimal { precision, scale },
                    _ => Kind::Double,
                }
            }
            DataType::Bit => Kind::Bit,
            DataType::Date => Kind::Date,
            DataType::Time { .. } => Kind::Time,
            DataType::Timestamp { .. } => Kind::Timestamp,
            DataType::Binary { .. } | DataType::Varbinary { .. } | DataType::LongVarbinary { .. } => Kind::Binary,
            _ => Kind::Text,
        }
    }
}

/// A column of a result.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

impl Column {
    pub fn new(name: impl Into<String>, kind: Kind) -> Column {
        Column { name: name.into(), kind }
    }
}

/// Takes rows one by one, each value as the text that ODBC gives of it. `None` is NULL.
pub trait Output {
    fn row(&mut self, values: &[Option<String>]) -> Result<()>;
    /// Writes what was kept back.
    fn finish(&mut self) -> Result<()>;
}

/// `is_terminal`: whether a person is looking.
pub fn output(
    format: Format,
    writer: impl Write + Send + 'static,
    columns: Vec<Column>,
    is_terminal: bool,
) -> Result<Box<dyn Output>> {
    let writer = io::BufWriter::new(writer);
    Ok(match format {
        Format::Table => Box::new(table::Table::new(writer, columns, is_terminal)),
        Format::Csv => Box::new(csv::Csv::new(writer, &columns)?),
        Format::Json => Box::new(json::Json::new(writer, columns)?),
        Format::Parquet => Box::new(parquet::Parquet::new(writer, &columns)?),
    })
}
