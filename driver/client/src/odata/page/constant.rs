//! Columns that hold one value in every row: the division read, the arguments of a function.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int16Array, Int32Array, Int64Array, StringArray, TimestampMillisecondArray,
    UInt8Array, new_null_array,
};
use arrow::datatypes::DataType;

use crate::odata::literal::milliseconds;

/// `rows` times the value that `text` stands for; nulls if there is none. `None` if the text is not of that type.
pub(super) fn array(data_type: &DataType, text: Option<&str>, rows: usize) -> Option<ArrayRef> {
    let Some(text) = text.filter(|text| *text != "null") else {
        return Some(new_null_array(data_type, rows));
    };
    let number = || text.parse::<i64>().ok();
    Some(match data_type {
        DataType::Utf8 => Arc::new(StringArray::from_iter_values(std::iter::repeat_n(text, rows))),
        DataType::Int16 => Arc::new(Int16Array::from(vec![i16::try_from(number()?).ok()?; rows])),
        DataType::Int32 => Arc::new(Int32Array::from(vec![i32::try_from(number()?).ok()?; rows])),
        DataType::Int64 => Arc::new(Int64Array::from(vec![number()?; rows])),
        DataType::UInt8 => Arc::new(UInt8Array::from(vec![u8::try_from(number()?).ok()?; rows])),
        DataType::Float64 => Arc::new(Float64Array::from(vec![text.parse::<f64>().ok()?; rows])),
        DataType::Boolean => Arc::new(BooleanArray::from(vec![text.parse::<bool>().ok()?; rows])),
        DataType::Timestamp(..) => Arc::new(TimestampMillisecondArray::from(vec![milliseconds(text)?; rows])),
        _ => return None,
    })
}
