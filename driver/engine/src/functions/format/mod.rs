//! Values as text after a pattern: FORMAT of SQL Server and .NET, DATE_FORMAT of MySQL, the styles of CONVERT.

mod cultures;
mod dates;
mod numbers;
mod styles;

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringArray, TimestampMillisecondArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type, TimestampMillisecondType};
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::logical_expr::{ScalarUDF, Volatility, create_udf};

use super::{anything, over_arrays};
use crate::coercion::parse_moment;
use crate::coercion::texts::MOMENT;
use crate::error::Error;
use cultures::Culture;

pub fn functions() -> Vec<ScalarUDF> {
    let text = || DataType::Utf8;
    vec![
        anything("format", 2..=3, text(), format),
        anything("styled_text", 2..=2, text(), styled_text),
        anything("styled_moment", 2..=2, MOMENT, styled_moment),
        create_udf("date_format", vec![MOMENT, text()], text(), Volatility::Immutable, over_arrays(date_format)),
        create_udf("parsed_date", vec![text(), text()], MOMENT, Volatility::Immutable, over_arrays(parsed_date)),
    ]
}

/// `FORMAT(value, pattern[, culture])`; MySQL gives the number of decimals in place of the pattern.
fn format(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let (values, patterns, cultures) = match arguments {
        [values, patterns] => (values, patterns, None),
        [values, patterns, cultures] => (values, patterns, Some(cast(cultures, &DataType::Utf8)?)),
        _ => return exec_err!("format takes two or three arguments"),
    };
    let is_number = patterns.data_type().is_numeric();
    let given = cast(patterns, &DataType::Utf8)?;
    let patterns = match is_number {
        true => texts(given.as_string::<i32>().iter().map(|decimals| Some(format!("N{}", decimals?)))),
        false => given,
    };
    let rows = patterns.as_string::<i32>().iter().enumerate().map(|(row, pattern)| {
        let culture = cultures.as_ref().map(|cultures| cultures.as_string::<i32>());
        let culture = culture.filter(|cultures| cultures.is_valid(row)).map_or("", |cultures| cultures.value(row));
        pattern.map(|pattern| (pattern, Culture::named(culture)))
    });
    match Formattable::of(values)? {
        Formattable::Moments(moments) => Ok(texts(rows.zip(moments).map(|(row, moment)| {
            let (pattern, culture) = row?;
            Some(dates::formatted(moment?, pattern, culture))
        }))),
        Formattable::Numbers(numbers) => Ok(texts(rows.zip(numbers).map(|(row, number)| {
            let (pattern, culture) = row?;
            Some(numbers::formatted(number?, pattern, culture))
        }))),
    }
}

/// What FORMAT can say: dates, and numbers of all kinds.
enum Formattable {
    Moments(Vec<Option<NaiveDateTime>>),
    Numbers(Vec<Option<f64>>),
}

impl Formattable {
    fn of(values: &ArrayRef) -> Result<Self> {
        match values.data_type() {
            DataType::Timestamp(..) | DataType::Date32 | DataType::Time64(_) => {
                let moments = moments_of(values)?;
                Ok(Self::Moments(moments))
            }
            other if other.is_numeric() || *other == DataType::Null => {
                let numbers = cast(values, &DataType::Float64)?;
                Ok(Self::Numbers(numbers.as_primitive::<Float64Type>().iter().collect()))
            }
            other => Err(Error::InvalidValue {
                message: format!("FORMAT takes a date or a number, not {other}. Use CAST to make one of it."),
            }
            .into()),
        }
    }
}

fn moments_of(values: &ArrayRef) -> Result<Vec<Option<NaiveDateTime>>> {
    let values = match values.data_type() {
        // A time is one of the first day.
        DataType::Time64(_) => {
            let nanoseconds = cast(values, &DataType::Int64)?;
            let of_day = |nanoseconds: Option<i64>| nanoseconds.map(|nanoseconds| nanoseconds / 1_000_000);
            let moments: TimestampMillisecondArray =
                nanoseconds.as_primitive::<Int64Type>().iter().map(of_day).collect();
            Arc::new(moments) as ArrayRef
        }
        _ => cast(values, &MOMENT)?,
    };
    let moment = |milliseconds: i64| DateTime::from_timestamp_millis(milliseconds).map(|moment| moment.naive_utc());
    Ok(values.as_primitive::<TimestampMillisecondType>().iter().map(|value| value.and_then(moment)).collect())
}

fn texts(texts: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(texts.collect::<StringArray>())
}

/// `DATE_FORMAT(date, '%d-%m-%Y')`.
fn date_format(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [moments, patterns] = arguments else {
        return exec_err!("date_format takes two arguments");
    };
    let patterns = patterns.as_string::<i32>().iter();
    let rows = moments_of(moments)?.into_iter().zip(patterns);
    Ok(texts(rows.map(|(moment, pattern)| Some(dates::after_mysql(moment?, pattern?)))))
}

/// `STR_TO_DATE(text, '%d-%m-%Y')`.
fn parsed_date(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [values, patterns] = arguments else {
        return exec_err!("parsed_date takes two arguments");
    };
    let rows = values.as_string::<i32>().iter().zip(patterns.as_string::<i32>());
    // As in MySQL, a text that does not fit gives NULL.
    let parsed = rows.map(|(text, pattern)| Some(dates::parsed(text?, pattern?)?.and_utc().timestamp_millis()));
    Ok(Arc::new(parsed.collect::<TimestampMillisecondArray>()))
}

/// `CONVERT(VARCHAR, value, style)`.
fn styled_text(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [values, numbers] = arguments else {
        return exec_err!("styled_text takes two arguments");
    };
    let styles = cast(numbers, &DataType::Int64)?;
    let styles = styles.as_primitive::<Int64Type>().iter();
    if matches!(values.data_type(), DataType::Timestamp(..) | DataType::Date32 | DataType::Time64(_)) {
        let rows = moments_of(values)?.into_iter().zip(styles).map(|(moment, style)| {
            let (Some(moment), Some(style)) = (moment, style) else {
                return Ok(None);
            };
            Ok(Some(dates::formatted(moment, styles::pattern(style)?, Culture::named(""))))
        });
        return Ok(Arc::new(rows.collect::<Result<StringArray, Error>>()?));
    }
    if values.data_type().is_floating() || matches!(values.data_type(), DataType::Decimal128(..)) {
        let numbers = cast(values, &DataType::Float64)?;
        let rows = numbers.as_primitive::<Float64Type>().iter().zip(styles);
        return Ok(texts(rows.map(|(number, style)| Some(styles::number(number?, style?)))));
    }
    Ok(cast(values, &DataType::Utf8)?)
}

/// `CONVERT(DATETIME, value, style)`: the style says how a text is written, and nothing about other values.
fn styled_moment(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [values, numbers] = arguments else {
        return exec_err!("styled_moment takes two arguments");
    };
    if *values.data_type() != DataType::Utf8 {
        return Ok(cast(values, &MOMENT)?);
    }
    let styles = cast(numbers, &DataType::Int64)?;
    let rows = values.as_string::<i32>().iter().zip(styles.as_primitive::<Int64Type>()).map(|(text, style)| {
        let (Some(text), Some(style)) = (text, style) else {
            return Ok(None);
        };
        let moment = styles::parsed(text, style)?.or_else(|| parse_moment(text));
        match moment {
            Some(moment) => Ok(Some(moment.and_utc().timestamp_millis())),
            None => Err(Error::InvalidDateTime { message: format!("'{text}' is not a date in style {style}.") }),
        }
    });
    Ok(Arc::new(rows.collect::<Result<TimestampMillisecondArray, Error>>()?))
}
