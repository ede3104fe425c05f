//! SQL values → OData literals (fact sheet 3.2).

use datafusion::common::ScalarValue;
use exact_client::model::EdmType;
use exact_client::odata::literal;

use crate::coercion::canonical_guid;

/// The years 1753 to 9999, which a `datetime` of the service can hold, in milliseconds since 1970.
const FIRST_DATETIME: i64 = -6_847_804_800_000;
const LAST_DATETIME: i64 = 253_402_300_799_999;

/// Whether a moment lies outside of what a `datetime` of the service can hold: `Some(true)` after it, `Some(false)`
/// before it.
pub fn beyond_datetime(value: &ScalarValue) -> Option<bool> {
    let milliseconds = milliseconds(value)?;
    (!(FIRST_DATETIME..=LAST_DATETIME).contains(&milliseconds)).then_some(milliseconds > LAST_DATETIME)
}

/// The value as an OData literal for a column of type `edm`, if it has one there.
pub fn literal_of(edm: EdmType, value: &ScalarValue) -> Option<String> {
    match edm {
        EdmType::Guid => Some(literal::guid(&canonical_guid(value.try_as_str()??)?)),
        EdmType::DateTime => {
            let milliseconds = milliseconds(value)?;
            (FIRST_DATETIME..=LAST_DATETIME).contains(&milliseconds).then(|| literal::datetime(milliseconds))
        }
        EdmType::Double => match value {
            ScalarValue::Float64(Some(number)) if number.is_finite() => Some(literal::double(*number)),
            _ => None,
        },
        EdmType::Int64 => Some(literal::int64(integer(value)?)),
        EdmType::Byte | EdmType::Int16 | EdmType::Int32 => Some(integer(value)?.to_string()),
        EdmType::String => Some(literal::string(value.try_as_str()??)),
        EdmType::Boolean => match value {
            ScalarValue::Boolean(Some(value)) => Some(value.to_string()),
            _ => None,
        },
        EdmType::Binary => None,
    }
}

/// A whole number of any width.
pub fn integer(value: &ScalarValue) -> Option<i64> {
    Some(match value {
        ScalarValue::Int8(number) => i64::from((*number)?),
        ScalarValue::Int16(number) => i64::from((*number)?),
        ScalarValue::Int32(number) => i64::from((*number)?),
        ScalarValue::Int64(number) => (*number)?,
        ScalarValue::UInt8(number) => i64::from((*number)?),
        ScalarValue::UInt16(number) => i64::from((*number)?),
        ScalarValue::UInt32(number) => i64::from((*number)?),
        _ => return None,
    })
}

/// A point in time in whole milliseconds; one that is finer has no literal at the service.
pub fn milliseconds(value: &ScalarValue) -> Option<i64> {
    const DAY: i64 = 86_400_000;
    let whole = |number: i64, unit: i64| (number % unit == 0).then_some(number / unit);
    match value {
        ScalarValue::TimestampSecond(Some(number), None) => number.checked_mul(1000),
        ScalarValue::TimestampMillisecond(Some(number), None) => Some(*number),
        ScalarValue::TimestampMicrosecond(Some(number), None) => whole(*number, 1_000),
        ScalarValue::TimestampNanosecond(Some(number), None) => whole(*number, 1_000_000),
        ScalarValue::Date32(Some(days)) => i64::from(*days).checked_mul(DAY),
        _ => None,
    }
}
