//! Dates and doubles as text.

use std::sync::{Arc, LazyLock};

use chrono::DateTime;
use datafusion::arrow::array::{ArrayRef, AsArray, StringArray, TimestampMillisecondArray};
use datafusion::arrow::datatypes::{DataType, Float64Type, TimeUnit, TimestampMillisecondType};
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::logical_expr::{ScalarUDF, Volatility, create_udf};

use super::{not_a_moment, parse_moment};
use crate::error::Error;
use crate::functions::over_arrays;

/// The type of the service's own dates.
pub const MOMENT: DataType = DataType::Timestamp(TimeUnit::Millisecond, None);

/// What turns a value of this type into text, where that is not what Arrow's cast gives: `2026-01-31 10:00:00` instead of
/// `2026-01-31T10:00:00`, and `1` instead of `1.0`.
pub fn function(from: &DataType) -> Option<Arc<ScalarUDF>> {
    static OF_MOMENT: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| text_of(MOMENT, moments));
    static OF_DOUBLE: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| text_of(DataType::Float64, doubles));
    match from {
        from if *from == MOMENT => Some(Arc::clone(&OF_MOMENT)),
        DataType::Float64 => Some(Arc::clone(&OF_DOUBLE)),
        _ => None,
    }
}

/// What reads a text as a date: in the forms of ISO 8601 and ODBC, and with an error that names it; or as NULL.
pub fn reader(lenient: bool) -> Arc<ScalarUDF> {
    static STRICT: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| reading("moment", |texts| read(texts, false)));
    static LENIENT: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| reading("moment_or_null", |texts| read(texts, true)));
    Arc::clone(if lenient { &LENIENT } else { &STRICT })
}

fn reading(name: &str, function: fn(&[ArrayRef]) -> Result<ArrayRef>) -> Arc<ScalarUDF> {
    Arc::new(create_udf(name, vec![DataType::Utf8], MOMENT, Volatility::Immutable, over_arrays(function)))
}

fn read(arguments: &[ArrayRef], lenient: bool) -> Result<ArrayRef> {
    let [texts] = arguments else {
        return exec_err!("reading a date takes one argument");
    };
    let moments = texts.as_string::<i32>().iter().map(|text| match text.map(|text| (text, parse_moment(text))) {
        Some((_, Some(moment))) => Ok(Some(moment.and_utc().timestamp_millis())),
        Some((text, None)) if !lenient => Err(Error::InvalidDateTime { message: not_a_moment(text, "date") }),
        _ => Ok(None),
    });
    Ok(Arc::new(moments.collect::<Result<TimestampMillisecondArray, Error>>()?))
}

fn text_of(from: DataType, function: fn(&[ArrayRef]) -> Result<ArrayRef>) -> Arc<ScalarUDF> {
    Arc::new(create_udf("text", vec![from], DataType::Utf8, Volatility::Immutable, over_arrays(function)))
}

fn moments(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [moments] = arguments else {
        return exec_err!("the text of a date takes one argument");
    };
    let texts: StringArray =
        moments.as_primitive::<TimestampMillisecondType>().iter().map(|moment| moment.and_then(moment_text)).collect();
    Ok(Arc::new(texts))
}

fn moment_text(milliseconds: i64) -> Option<String> {
    let form = if milliseconds % 1000 == 0 { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M:%S%.3f" };
    DateTime::from_timestamp_millis(milliseconds).map(|moment| moment.format(form).to_string())
}

fn doubles(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [numbers] = arguments else {
        return exec_err!("the text of a number takes one argument");
    };
    let texts: StringArray =
        numbers.as_primitive::<Float64Type>().iter().map(|number| number.map(|number| number.to_string())).collect();
    Ok(Arc::new(texts))
}

#[cfg(test)]
mod tests {
    use super::moment_text;

    #[test]
    fn a_date_reads_as_odbc_writes_it() {
        assert_eq!(moment_text(1_769_854_272_000).as_deref(), Some("2026-01-31 10:11:12"));
        assert_eq!(moment_text(1_769_854_272_345).as_deref(), Some("2026-01-31 10:11:12.345"));
        assert_eq!(moment_text(-62_135_596_800_000).as_deref(), Some("0001-01-01 00:00:00"));
    }
}
