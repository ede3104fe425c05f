//! Column values as the service reads them in a body (fact sheet 6.3, 6.4).

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, Int16Type, Int32Type, Int64Type, TimestampMillisecondType, UInt8Type};
use arrow::temporal_conversions::timestamp_ms_to_datetime;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value};

use crate::error::{Error, Result};
use crate::model::{Column, EdmType};
use crate::odata::literal;

/// The value of `array` in `row`; the array has the column's [`Column::arrow_type`].
///
/// # Errors
/// 22003 for a number that JSON cannot carry and a date that no calendar has.
pub fn json(table: &str, column: &Column, array: &dyn Array, row: usize) -> Result<Value> {
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    if *array.data_type() != column.arrow_type() {
        return Err(Error::Internal { what: format!("{}: {} is no value of it", column.name, array.data_type()) });
    }
    let unfit = |value: String| Error::OutOfRange {
        table: table.to_owned(),
        column: column.name.to_owned(),
        value,
        type_name: column.edm.name(),
    };
    Ok(match column.edm {
        EdmType::String | EdmType::Guid => array.as_string::<i32>().value(row).into(),
        EdmType::DateTime => {
            let ms = array.as_primitive::<TimestampMillisecondType>().value(row);
            moment(ms).ok_or_else(|| unfit(ms.to_string()))?.into()
        }
        EdmType::Double => {
            let number = array.as_primitive::<Float64Type>().value(row);
            Value::Number(Number::from_f64(number).ok_or_else(|| unfit(number.to_string()))?)
        }
        EdmType::Int16 => array.as_primitive::<Int16Type>().value(row).into(),
        EdmType::Int32 => array.as_primitive::<Int32Type>().value(row).into(),
        // As the service itself writes them.
        EdmType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string().into(),
        EdmType::Byte => array.as_primitive::<UInt8Type>().value(row).into(),
        EdmType::Boolean => array.as_boolean().value(row).into(),
        EdmType::Binary => STANDARD.encode(array.as_binary::<i32>().value(row)).into(),
    })
}

/// The literal of a key in the only row of `array`.
pub(super) fn key(column: &Column, array: &dyn Array) -> Option<String> {
    if array.len() != 1 || array.is_null(0) {
        return None;
    }
    Some(match column.edm {
        EdmType::Guid => literal::guid(array.as_string_opt::<i32>()?.value(0)),
        EdmType::String => literal::string(array.as_string_opt::<i32>()?.value(0)),
        EdmType::DateTime => literal::datetime(array.as_primitive_opt::<TimestampMillisecondType>()?.value(0)),
        EdmType::Int64 => literal::int64(array.as_primitive_opt::<Int64Type>()?.value(0)),
        EdmType::Int32 => literal::int32(array.as_primitive_opt::<Int32Type>()?.value(0)),
        EdmType::Int16 => literal::int32(array.as_primitive_opt::<Int16Type>()?.value(0).into()),
        EdmType::Byte => literal::int32(array.as_primitive_opt::<UInt8Type>()?.value(0).into()),
        EdmType::Double | EdmType::Boolean | EdmType::Binary => return None,
    })
}

/// ISO 8601 without a zone: with one the service would shift it, and the day with it.
fn moment(ms: i64) -> Option<String> {
    let form = if ms.rem_euclid(1000) == 0 { "%Y-%m-%dT%H:%M:%S" } else { "%Y-%m-%dT%H:%M:%S%.3f" };
    Some(timestamp_ms_to_datetime(ms)?.format(form).to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, BinaryArray, BooleanArray, Float64Array, StringArray, TimestampMillisecondArray, UInt8Array,
    };
    use serde_json::json as expected;

    use super::*;
    use crate::model::model;

    #[test]
    fn values_are_written_as_the_service_reads_them() {
        let of = |table: &str, name: &str, array: ArrayRef| {
            let entity = model().find(None, table).unwrap();
            json(table, entity.column(name).unwrap().1, array.as_ref(), 0)
        };
        let text = |value: &str| Arc::new(StringArray::from(vec![value])) as ArrayRef;
        let time = |ms: i64| Arc::new(TimestampMillisecondArray::from(vec![ms])) as ArrayRef;
        let cases = [
            ("Accounts", "Name", text("O'Neil 🐘"), expected!("O'Neil 🐘")),
            ("Accounts", "StartDate", time(1_769_817_600_000), expected!("2026-01-31T00:00:00")),
            ("Accounts", "StartDate", time(-1), expected!("1969-12-31T23:59:59.999")),
            ("Accounts", "CreditLineSales", Arc::new(Float64Array::from(vec![0.1])), expected!(0.1)),
            ("Accounts", "IsCompetitor", Arc::new(UInt8Array::from(vec![1])), expected!(1)),
            ("Accounts", "IsSales", Arc::new(BooleanArray::from(vec![true])), expected!(true)),
            ("DocumentAttachments", "Attachment", Arc::new(BinaryArray::from(vec![&b"ab"[..]])), expected!("YWI=")),
            ("Accounts", "Name", Arc::new(StringArray::from(vec![None::<&str>])), Value::Null),
        ];
        for (table, name, array, value) in cases {
            assert_eq!(of(table, name, array).unwrap(), value, "{table}.{name}");
        }
        let endless = Arc::new(Float64Array::from(vec![f64::INFINITY]));
        assert_eq!(of("Accounts", "CreditLineSales", endless).unwrap_err().sqlstate(), "22003");
    }
}
