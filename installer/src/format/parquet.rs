//! Apache Parquet.

use std::io::Write;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use arrow::array::{ArrayRef, BinaryBuilder, StringBuilder};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::{Column, Kind, Output};

/// Rows of a batch; what is kept in memory beside it is one row group of the writer.
const BATCH: usize = 8_192;
const ROW_GROUP: usize = 131_072;

pub struct Parquet<W: Write + Send> {
    writer: ArrowWriter<W>,
    schema: SchemaRef,
    kinds: Vec<Kind>,
    columns: Vec<StringBuilder>,
    rows: usize,
}

impl<W: Write + Send> Parquet<W> {
    pub fn new(writer: W, columns: &[Column]) -> Result<Parquet<W>> {
        let fields = columns.iter().map(|column| Field::new(&column.name, data_type(column.kind), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(ROW_GROUP))
            .build();
        let writer = ArrowWriter::try_new(writer, Arc::clone(&schema), Some(properties))?;
        let kinds = columns.iter().map(|column| column.kind).collect();
        Ok(Parquet { writer, schema, kinds, columns: columns.iter().map(|_| StringBuilder::new()).collect(), rows: 0 })
    }

    fn write(&mut self) -> Result<()> {
        let mut arrays = Vec::with_capacity(self.columns.len());
        for (builder, kind) in self.columns.iter_mut().zip(&self.kinds) {
            arrays.push(array(builder, *kind)?);
        }
        self.rows = 0;
        Ok(self.writer.write(&RecordBatch::try_new(Arc::clone(&self.schema), arrays)?)?)
    }
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Integer => DataType::Int64,
        Kind::Double => DataType::Float64,
        Kind::Decimal { precision, scale } => DataType::Decimal128(precision, scale),
        Kind::Bit => DataType::Boolean,
        Kind::Date => DataType::Date32,
        Kind::Time => DataType::Time32(TimeUnit::Millisecond),
        Kind::Timestamp => DataType::Timestamp(TimeUnit::Millisecond, None),
        Kind::Binary => DataType::Binary,
    }
}

fn array(builder: &mut StringBuilder, kind: Kind) -> Result<ArrayRef> {
    let texts = builder.finish();
    if kind == Kind::Binary {
        let mut binary = BinaryBuilder::new();
        for text in &texts {
            binary.append_option(text.map(bytes).transpose()?);
        }
        return Ok(Arc::new(binary.finish()));
    }
    // A value that does not fit its column is an error, not a NULL.
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    Ok(cast_with_options(&texts, &data_type(kind), &strict)?)
}

/// The bytes behind ODBC's hexadecimal text.
fn bytes(text: &str) -> Result<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.context("binary data that is not hexadecimal")?;
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        bail!("binary data of half a byte");
    }
    Ok(pairs.map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | *digit as u8)).collect())
}

impl<W: Write + Send> Output for Parquet<W> {
    fn row(&mut self, values: &[Option<String>]) -> Result<()> {
        for (column, value) in self.columns.iter_mut().zip(values) {
            column.append_option(value.as_deref());
        }
        self.rows += 1;
        if self.rows == BATCH { self.write() } else { Ok(()) }
    }

    fn finish(&mut self) -> Result<()> {
        if self.rows > 0 {
            self.write()?;
        }
        self.writer.finish()?;
        Ok(())
    }
}
