//! The Arrow builder of one column, and how each JSON form of a value enters it (fact sheet 6.3 to 6.5).

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Float64Builder, Int16Builder, Int32Builder, Int64Builder, StringBuilder,
    TimestampMillisecondBuilder, UInt8Builder,
};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::cell::{CellFailure, date_milliseconds};
use crate::model::{Column, EdmType};

/// Bytes reserved per text value.
const TEXT_EXPECTED: usize = 16;
const GUID_LENGTH: usize = 36;

#[derive(Debug)]
enum Builder {
    Text(StringBuilder),
    Guid(StringBuilder),
    DateTime(TimestampMillisecondBuilder),
    Double(Float64Builder),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Byte(UInt8Builder),
    Boolean(BooleanBuilder),
    Binary(BinaryBuilder, Vec<u8>),
}

/// One column of the page.
#[derive(Debug)]
pub(super) struct PageColumn {
    pub(super) name: &'static str,
    edm: EdmType,
    trim_left: bool,
    trim_right: bool,
    builder: Builder,
}

type Outcome = Result<(), CellFailure>;

impl PageColumn {
    pub(super) fn new(column: &'static Column, rows: usize) -> Self {
        let builder = match column.edm {
            EdmType::String => Builder::Text(StringBuilder::with_capacity(rows, rows * TEXT_EXPECTED)),
            EdmType::Guid => Builder::Guid(StringBuilder::with_capacity(rows, rows * GUID_LENGTH)),
            EdmType::DateTime => Builder::DateTime(TimestampMillisecondBuilder::with_capacity(rows)),
            EdmType::Double => Builder::Double(Float64Builder::with_capacity(rows)),
            EdmType::Int16 => Builder::Int16(Int16Builder::with_capacity(rows)),
            EdmType::Int32 => Builder::Int32(Int32Builder::with_capacity(rows)),
            EdmType::Int64 => Builder::Int64(Int64Builder::with_capacity(rows)),
            EdmType::Byte => Builder::Byte(UInt8Builder::with_capacity(rows)),
            EdmType::Boolean => Builder::Boolean(BooleanBuilder::with_capacity(rows)),
            EdmType::Binary => Builder::Binary(BinaryBuilder::new(), Vec::new()),
        };
        Self {
            name: column.name,
            edm: column.edm,
            trim_left: column.trimmed_left,
            trim_right: column.trimmed_right,
            builder,
        }
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        match &mut self.builder {
            Builder::Text(builder) | Builder::Guid(builder) => Arc::new(builder.finish()),
            Builder::DateTime(builder) => Arc::new(builder.finish()),
            Builder::Double(builder) => Arc::new(builder.finish()),
            Builder::Int16(builder) => Arc::new(builder.finish()),
            Builder::Int32(builder) => Arc::new(builder.finish()),
            Builder::Int64(builder) => Arc::new(builder.finish()),
            Builder::Byte(builder) => Arc::new(builder.finish()),
            Builder::Boolean(builder) => Arc::new(builder.finish()),
            Builder::Binary(builder, _) => Arc::new(builder.finish()),
        }
    }

    pub(super) fn null(&mut self) {
        match &mut self.builder {
            Builder::Text(builder) | Builder::Guid(builder) => builder.append_null(),
            Builder::DateTime(builder) => builder.append_null(),
            Builder::Double(builder) => builder.append_null(),
            Builder::Int16(builder) => builder.append_null(),
            Builder::Int32(builder) => builder.append_null(),
            Builder::Int64(builder) => builder.append_null(),
            Builder::Byte(builder) => builder.append_null(),
            Builder::Boolean(builder) => builder.append_null(),
            Builder::Binary(builder, _) => builder.append_null(),
        }
    }

    pub(super) fn text(&mut self, text: &str) -> Outcome {
        match &mut self.builder {
            Builder::Text(builder) => {
                let text = if self.trim_left { text.trim_start_matches(' ') } else { text };
                builder.append_value(if self.trim_right { text.trim_end_matches(' ') } else { text });
                return Ok(());
            }
            Builder::Guid(builder) => {
                if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    builder.append_value(text.to_ascii_lowercase());
                } else {
                    builder.append_value(text);
                }
                return Ok(());
            }
            Builder::DateTime(builder) => {
                if let Some(ms) = date_milliseconds(text) {
                    builder.append_value(ms);
                    return Ok(());
                }
            }
            Builder::Binary(builder, scratch) => {
                scratch.clear();
                if STANDARD.decode_vec(text, scratch).is_ok() {
                    builder.append_value(scratch.as_slice());
                    return Ok(());
                }
            }
            Builder::Boolean(builder) => {
                if let Some(value) = boolean(text) {
                    builder.append_value(value);
                    return Ok(());
                }
            }
            Builder::Double(builder) => {
                if let Ok(number) = text.parse() {
                    builder.append_value(number);
                    return Ok(());
                }
            }
            Builder::Int16(_) | Builder::Int32(_) | Builder::Int64(_) | Builder::Byte(_) => {
                if let Ok(number) = text.trim().parse() {
                    return self.integer(number);
                }
            }
        }
        Err(self.invalid(&format!("\"{text}\"")))
    }

    pub(super) fn integer(&mut self, number: i64) -> Outcome {
        let fits = match &mut self.builder {
            Builder::Int16(builder) => i16::try_from(number).map(|number| builder.append_value(number)).is_ok(),
            Builder::Int32(builder) => i32::try_from(number).map(|number| builder.append_value(number)).is_ok(),
            Builder::Byte(builder) => u8::try_from(number).map(|number| builder.append_value(number)).is_ok(),
            Builder::Int64(builder) => {
                builder.append_value(number);
                true
            }
            Builder::Double(builder) => {
                builder.append_value(number as f64);
                true
            }
            Builder::Boolean(builder) if matches!(number, 0 | 1) => {
                builder.append_value(number == 1);
                true
            }
            Builder::Text(builder) => return written(builder, number),
            _ => return Err(self.invalid(&number.to_string())),
        };
        if fits { Ok(()) } else { Err(self.out_of_range(&number.to_string())) }
    }

    pub(super) fn double(&mut self, number: f64) -> Outcome {
        const LIMIT: f64 = 9_007_199_254_740_992.0;
        match &mut self.builder {
            Builder::Double(builder) => builder.append_value(number),
            Builder::Text(builder) => return written(builder, number),
            _ if number.fract() == 0.0 && number.abs() <= LIMIT => return self.integer(number as i64),
            Builder::Int16(_) | Builder::Int32(_) | Builder::Int64(_) | Builder::Byte(_) => {
                return Err(self.out_of_range(&number.to_string()));
            }
            _ => return Err(self.invalid(&number.to_string())),
        }
        Ok(())
    }

    /// A number beyond `i64`.
    pub(super) fn large(&mut self, number: u64) -> Outcome {
        match &mut self.builder {
            Builder::Double(builder) => builder.append_value(number as f64),
            Builder::Text(builder) => return written(builder, number),
            _ => return Err(self.out_of_range(&number.to_string())),
        }
        Ok(())
    }

    pub(super) fn boolean(&mut self, value: bool) -> Outcome {
        match &mut self.builder {
            Builder::Boolean(builder) => builder.append_value(value),
            Builder::Text(builder) => return written(builder, value),
            Builder::Byte(_) | Builder::Int16(_) | Builder::Int32(_) => return self.integer(i64::from(value)),
            _ => return Err(self.invalid(if value { "true" } else { "false" })),
        }
        Ok(())
    }

    pub(super) fn invalid(&self, value: &str) -> CellFailure {
        CellFailure { column: self.name, edm: self.edm, value: value.to_owned(), in_range: true }
    }

    fn out_of_range(&self, value: &str) -> CellFailure {
        CellFailure { column: self.name, edm: self.edm, value: value.to_owned(), in_range: false }
    }
}

/// A value of another type in a text column: its usual spelling.
fn written(builder: &mut StringBuilder, value: impl std::fmt::Display) -> Outcome {
    // Writing to a string builder cannot fail.
    let _ = write!(builder, "{value}");
    builder.append_value("");
    Ok(())
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "1" => Some(true),
        "false" | "False" | "0" => Some(false),
        _ => None,
    }
}
