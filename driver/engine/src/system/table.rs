//! Rows in memory on their way into a batch.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use exact_client::model::{EdmType, Entity};

/// A value of a row.
#[derive(Clone, Debug)]
pub enum Value {
    Null,
    Number(i64),
    Double(f64),
    Text(String),
    Boolean(bool),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_string())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Double(number)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The rows of one entity.
pub struct Table {
    types: Vec<EdmType>,
    columns: Vec<Vec<Value>>,
}

impl Table {
    pub fn new(entity: &Entity) -> Self {
        let types: Vec<_> = entity.columns.iter().map(|column| column.edm).collect();
        Self { columns: types.iter().map(|_| Vec::new()).collect(), types }
    }

    /// Adds a row with a value for each column of the entity, in its order.
    pub fn push<const N: usize>(&mut self, row: [Value; N]) {
        debug_assert_eq!(N, self.columns.len());
        for (column, value) in self.columns.iter_mut().zip(row) {
            column.push(value);
        }
    }

    pub fn finish(self, schema: SchemaRef) -> Result<RecordBatch, ArrowError> {
        let arrays = self.types.iter().zip(self.columns).map(|(edm, values)| array(*edm, values));
        RecordBatch::try_new(schema, arrays.collect())
    }
}

fn array(edm: EdmType, values: Vec<Value>) -> ArrayRef {
    let numbers = || values.iter().map(|value| if let Value::Number(number) = value { Some(*number) } else { None });
    match edm {
        EdmType::Int32 => Arc::new(numbers().map(|n| n.and_then(|n| i32::try_from(n).ok())).collect::<Int32Array>()),
        EdmType::Int64 => Arc::new(numbers().collect::<Int64Array>()),
        EdmType::DateTime => Arc::new(numbers().collect::<TimestampMillisecondArray>()),
        EdmType::Double => {
            let doubles = values.iter().map(|v| if let Value::Double(number) = v { Some(*number) } else { None });
            Arc::new(doubles.collect::<Float64Array>())
        }
        EdmType::Boolean => {
            let booleans = values.iter().map(|v| if let Value::Boolean(value) = v { Some(*value) } else { None });
            Arc::new(booleans.collect::<BooleanArray>())
        }
        _ => {
            let texts = values.into_iter().map(|value| if let Value::Text(text) = value { Some(text) } else { None });
            Arc::new(texts.collect::<StringArray>())
        }
    }
}
