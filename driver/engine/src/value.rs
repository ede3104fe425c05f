//! A parameter's value on its way from the application into a plan.

use datafusion::arrow::compute::CastOptions;
use datafusion::arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Field, IntervalMonthDayNano, TimeUnit};
use datafusion::common::ScalarValue;

use crate::coercion;
use crate::error::{Error, Result};

/// The value of one `?` marker, in the widest form of its family.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Unsigned(u64),
    Real(f64),
    Decimal {
        unscaled: i128,
        scale: i8,
    },
    Text(String),
    Binary(Vec<u8>),
    /// Days since 1970-01-01.
    Date(i32),
    /// Nanoseconds since midnight.
    Time(i64),
    /// Seconds since 1970-01-01T00:00:00 without a time zone, and nanoseconds within the second.
    Timestamp(i64, u32),
    /// The sixteen bytes in the order of the text form.
    Guid([u8; 16]),
    Interval {
        /// As it stands between the quotes of a literal.
        text: String,
        months: i32,
        days: i32,
        nanoseconds: i64,
    },
}

impl Value {
    /// This value as the type of a parameter needs it.
    ///
    /// # Errors
    /// 22018 for text that is no value of that type, 22003 for a number outside its range; both name the parameter
    /// by its `number`, counted from 1.
    pub(crate) fn fitted(&self, target: &Field, number: usize) -> Result<ScalarValue> {
        if *self == Value::Null {
            return Ok(ScalarValue::try_from(target.data_type())?);
        }
        let natural = self.interval_for(target.data_type()).unwrap_or_else(|| self.natural());
        if let Some(fitted) = coercion::fit(target, &natural)? {
            return Ok(fitted);
        }
        if loses_by_cast(&natural, target.data_type()) {
            // Compared or computed with as it is: 1.5 is no whole number, and nothing says that it should become one.
            return Ok(natural);
        }
        let strict = CastOptions { safe: false, ..CastOptions::default() };
        natural.cast_to_with_options(target.data_type(), &strict).map_err(|_| self.misfit(target, number))
    }

    /// An interval where something else is wanted: its text, or whole days as the number that is added to a date.
    fn interval_for(&self, target: &DataType) -> Option<ScalarValue> {
        match self {
            Value::Interval { text, .. } if target.is_string() => Some(ScalarValue::Utf8(Some(text.clone()))),
            Value::Interval { months: 0, days, nanoseconds: 0, .. } if target.is_integer() => {
                Some(ScalarValue::Int32(Some(*days)))
            }
            _ => None,
        }
    }

    fn natural(&self) -> ScalarValue {
        match self {
            Value::Null => ScalarValue::Null,
            Value::Boolean(value) => ScalarValue::Boolean(Some(*value)),
            Value::Integer(value) => ScalarValue::Int64(Some(*value)),
            Value::Unsigned(value) => ScalarValue::UInt64(Some(*value)),
            Value::Real(value) => ScalarValue::Float64(Some(*value)),
            Value::Decimal { unscaled, scale } => {
                ScalarValue::Decimal128(Some(*unscaled), DECIMAL128_MAX_PRECISION, *scale)
            }
            Value::Text(value) => ScalarValue::Utf8(Some(value.clone())),
            Value::Binary(value) => ScalarValue::Binary(Some(value.clone())),
            Value::Date(days) => ScalarValue::Date32(Some(*days)),
            Value::Time(nanoseconds) => ScalarValue::Time64Nanosecond(Some(*nanoseconds)),
            Value::Timestamp(seconds, nanoseconds) => timestamp(*seconds, *nanoseconds),
            Value::Guid(bytes) => ScalarValue::Utf8(Some(guid_text(bytes))),
            Value::Interval { months, days, nanoseconds, .. } => {
                ScalarValue::IntervalMonthDayNano(Some(IntervalMonthDayNano::new(*months, *days, *nanoseconds)))
            }
        }
    }

    fn misfit(&self, target: &Field, number: usize) -> Error {
        let wanted = target.data_type();
        match self {
            Value::Text(text) => Error::InvalidValue {
                message: format!("Parameter {number}: '{text}' is not a value of type {wanted}."),
            },
            Value::Binary(_) if wanted.is_string() => Error::InvalidValue {
                message: format!(
                    "Parameter {number}: this binary data is no text. Write CAST(? AS VARBINARY) where binary data is meant."
                ),
            },
            other => Error::OutOfRange {
                message: format!("Parameter {number}: {} is outside the range of type {wanted}.", other.natural()),
            },
        }
    }
}

/// Whether a cast would silently change a value: a fraction, or a part of a millisecond, cut off.
fn loses_by_cast(natural: &ScalarValue, target: &DataType) -> bool {
    match natural {
        ScalarValue::Float64(Some(number)) => target.is_integer() && number.is_finite() && number.fract() != 0.0,
        ScalarValue::Decimal128(Some(unscaled), _, scale) => {
            let unit = u32::try_from(*scale).ok().and_then(|scale| 10_i128.checked_pow(scale));
            target.is_integer() && unit.is_some_and(|unit| unscaled % unit != 0)
        }
        ScalarValue::TimestampNanosecond(..) => matches!(target, DataType::Timestamp(TimeUnit::Millisecond, _)),
        _ => false,
    }
}

/// Milliseconds where they suffice, as in the service's own columns; finer only where the value is.
fn timestamp(seconds: i64, nanoseconds: u32) -> ScalarValue {
    let fraction = i64::from(nanoseconds);
    let finest = seconds.checked_mul(1_000_000_000).and_then(|whole| whole.checked_add(fraction));
    match finest {
        Some(value) if fraction % 1_000_000 != 0 => ScalarValue::TimestampNanosecond(Some(value), None),
        _ => ScalarValue::TimestampMillisecond(
            Some(seconds.saturating_mul(1000).saturating_add(fraction / 1_000_000)),
            None,
        ),
    }
}

fn guid_text(bytes: &[u8; 16]) -> String {
    let number = u128::from_be_bytes(*bytes);
    let hex = format!("{number:032x}");
    let mut text = String::with_capacity(36);
    for (index, digit) in hex.chars().enumerate() {
        if matches!(index, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}
