//! One literal or parameter, brought to the type of the column that it meets.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use datafusion::arrow::datatypes::{DataType, Field, TimeUnit};
use datafusion::common::ScalarValue;
use exact_client::model::EdmType;

use crate::error::Error;
use crate::types::origin;

/// The literal as the type of `target` needs it; `None` where it already fits or nothing is known to do.
pub fn fit(target: &Field, literal: &ScalarValue) -> Result<Option<ScalarValue>, Error> {
    match target.data_type() {
        DataType::Boolean => truth(literal).map(|found| found.map(|value| ScalarValue::Boolean(Some(value)))),
        // Most are yes or no, some have more values than two.
        DataType::UInt8 if !is_number(literal) => {
            if let Some(small) = literal.try_as_str().flatten().and_then(|text| text.trim().parse().ok()) {
                return Ok(Some(ScalarValue::UInt8(Some(small))));
            }
            truth(literal).map(|found| found.map(|value| ScalarValue::UInt8(Some(value.into()))))
        }
        DataType::Utf8 if is_guid(target) => {
            Ok(literal.try_as_str().flatten().and_then(canonical_guid).map(|text| ScalarValue::Utf8(Some(text))))
        }
        // Not the column as a decimal: an amount such as 1e15 does not fit beside the digits of 0.1.
        DataType::Float64 if literal.data_type().is_decimal() => {
            Ok(double(literal).map(|number| ScalarValue::Float64(Some(number))))
        }
        data_type => match literal.try_as_str().flatten() {
            Some(text) if data_type.is_numeric() => number(text, data_type).map(Some),
            Some(text) => moment(text, data_type),
            None => Ok(None),
        },
    }
}

/// The double that is nearest to a decimal number.
fn double(literal: &ScalarValue) -> Option<f64> {
    let (digits, scale) = match literal {
        ScalarValue::Decimal128(Some(digits), _, scale) => (digits.to_string(), *scale),
        ScalarValue::Decimal256(Some(digits), _, scale) => (digits.to_string(), *scale),
        _ => return None,
    };
    format!("{digits}e{}", -i32::from(scale)).parse().ok()
}

/// Text beside a number: a whole number where it is one, so that the service can compare it.
fn number(text: &str, target: &DataType) -> Result<ScalarValue, Error> {
    let bare = text.trim();
    if target.is_integer()
        && let Ok(whole) = bare.parse::<i64>()
    {
        return Ok(ScalarValue::Int64(Some(whole)));
    }
    match bare.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(ScalarValue::Float64(Some(number))),
        _ => Err(Error::InvalidValue { message: format!("'{text}' is not a number.") }),
    }
}

/// The sentence for a text that is no `what`, a date or a time.
pub fn not_a_moment(text: &str, what: &str) -> String {
    let form = if what == "time" { "13:45:00" } else { "2026-01-31 or 2026-01-31 13:45:00" };
    format!("'{text}' is not a {what}. Write it as {form}.")
}

/// Text beside a date or a time.
fn moment(text: &str, target: &DataType) -> Result<Option<ScalarValue>, Error> {
    let invalid = |what| Error::InvalidDateTime { message: not_a_moment(text, what) };
    match target {
        DataType::Timestamp(unit, _) => {
            let moment = parse_moment(text).ok_or_else(|| invalid("date"))?;
            let milliseconds = ScalarValue::TimestampMillisecond(Some(moment.and_utc().timestamp_millis()), None);
            // Finer columns are computed ones only.
            Ok(match unit {
                TimeUnit::Second | TimeUnit::Millisecond => Some(milliseconds),
                _ => milliseconds.cast_to(target).ok(),
            })
        }
        DataType::Date32 => {
            let moment = parse_moment(text).ok_or_else(|| invalid("date"))?;
            if moment.time() == NaiveTime::MIN {
                let days = moment.date().signed_duration_since(NaiveDate::default()).num_days();
                return Ok(i32::try_from(days).ok().map(|days| ScalarValue::Date32(Some(days))));
            }
            Ok(Some(ScalarValue::TimestampMillisecond(Some(moment.and_utc().timestamp_millis()), None)))
        }
        DataType::Time32(_) | DataType::Time64(_) => {
            let time = parse_time(text.trim()).ok_or_else(|| invalid("time"))?;
            let nanoseconds = time.signed_duration_since(NaiveTime::MIN).num_nanoseconds();
            Ok(Some(ScalarValue::Time64Nanosecond(nanoseconds)))
        }
        _ => Ok(None),
    }
}

/// A date, with or without a time, in the forms of ISO 8601 and ODBC.
pub fn parse_moment(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim().trim_end_matches('Z');
    let (date, time) = match text.find([' ', 'T']) {
        Some(place) => (text.get(..place)?, text.get(place + 1..)?.trim()),
        None => (text, ""),
    };
    let date = ["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d"].iter().find_map(|form| NaiveDate::parse_from_str(date, form).ok())?;
    let time = if time.is_empty() { NaiveTime::MIN } else { parse_time(time)? };
    Some(date.and_time(time))
}

fn parse_time(text: &str) -> Option<NaiveTime> {
    ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok())
}

/// Whether a column holds guids, which are compared as lower-case text.
pub fn is_guid(field: &Field) -> bool {
    origin(field).is_some_and(|(_, column)| column.edm == EdmType::Guid)
}

/// `{6F7B…}` and `6F7B…` as the driver shows them: 36 characters in lower case.
pub fn canonical_guid(text: &str) -> Option<String> {
    let bare = text.trim().trim_start_matches('{').trim_end_matches('}');
    let shaped = bare.len() == 36
        && bare.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    shaped.then(|| bare.to_ascii_lowercase())
}

fn is_number(literal: &ScalarValue) -> bool {
    literal.data_type().is_numeric() || literal.is_null()
}

fn truth(literal: &ScalarValue) -> Result<Option<bool>, Error> {
    if literal.is_null() || matches!(literal, ScalarValue::Boolean(_)) {
        return Ok(match literal {
            ScalarValue::Boolean(value) => *value,
            _ => None,
        });
    }
    let text = literal.to_string();
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "-1" | "yes" => Ok(Some(true)),
        "false" | "0" | "no" => Ok(Some(false)),
        _ if literal.try_as_str().is_none() && !is_number(literal) => Ok(None),
        _ => Err(Error::InvalidValue {
            message: format!("'{text}' is not a yes/no value. Use TRUE, FALSE, 'True', 'False', 1 or 0."),
        }),
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::{DataType, Field};
    use datafusion::common::ScalarValue;

    use datafusion::arrow::datatypes::TimeUnit;

    use super::{canonical_guid, fit};

    #[test]
    fn yes_and_no_come_in_many_forms() {
        let boolean = Field::new("b", DataType::Boolean, true);
        let byte = Field::new("b", DataType::UInt8, true);
        for (literal, expected) in [
            (ScalarValue::from("True"), true),
            (ScalarValue::from("FALSE"), false),
            (ScalarValue::from(1_i64), true),
            (ScalarValue::from(0_i64), false),
            (ScalarValue::from("1"), true),
        ] {
            let fitted = fit(&boolean, &literal).unwrap();
            assert_eq!(fitted, Some(ScalarValue::from(expected)), "{literal}");
        }
        let fitted = fit(&byte, &ScalarValue::from("False")).unwrap();
        assert_eq!(fitted, Some(ScalarValue::UInt8(Some(0))));
        assert_eq!(fit(&byte, &ScalarValue::from(20_i64)).unwrap(), None);
        assert_eq!(fit(&byte, &ScalarValue::from(" 2")).unwrap(), Some(ScalarValue::UInt8(Some(2))));
        let error = fit(&boolean, &ScalarValue::from("perhaps")).unwrap_err();
        assert_eq!(error.sqlstate(), "22018");
    }

    #[test]
    fn guids_have_one_form() {
        let canonical = "6f7b0000-0000-0000-0000-00000000000a";
        for written in ["{6F7B0000-0000-0000-0000-00000000000A}", " 6f7b0000-0000-0000-0000-00000000000a"] {
            assert_eq!(canonical_guid(written).as_deref(), Some(canonical));
        }
        assert_eq!(canonical_guid("6f7b0000"), None);
        assert_eq!(canonical_guid("6f7b0000-0000-0000-0000-00000000000g"), None);
    }

    #[test]
    fn dates_are_read_as_iso_and_odbc_write_them() {
        let column = Field::new("d", DataType::Timestamp(TimeUnit::Millisecond, None), true);
        for (text, expected) in [
            ("2026-01-31", 1_769_817_600_000),
            ("20260131", 1_769_817_600_000),
            (" 2026-01-31 00:00 ", 1_769_817_600_000),
            ("2026-01-31T10:11:12", 1_769_854_272_000),
            ("2026-01-31 10:11:12.345", 1_769_854_272_345),
            ("2026-01-31T10:11:12Z", 1_769_854_272_000),
        ] {
            let fitted = fit(&column, &ScalarValue::from(text)).unwrap();
            assert_eq!(fitted, Some(ScalarValue::TimestampMillisecond(Some(expected), None)), "{text}");
        }
        for text in ["31-01-2026", "2026-02-30", "tomorrow", ""] {
            let error = fit(&column, &ScalarValue::from(text)).unwrap_err();
            assert_eq!(error.sqlstate(), "22007", "{text}");
        }
        let date = Field::new("d", DataType::Date32, true);
        assert_eq!(fit(&date, &ScalarValue::from("1970-01-03")).unwrap(), Some(ScalarValue::Date32(Some(2))));
        let noon = ScalarValue::TimestampMillisecond(Some(43_200_000), None);
        assert_eq!(fit(&date, &ScalarValue::from("1970-01-01 12:00")).unwrap(), Some(noon));
    }

    #[test]
    fn text_beside_a_number_is_a_number() {
        let whole = Field::new("n", DataType::Int32, true);
        for (text, expected) in [("12", ScalarValue::from(12_i64)), (" 1.5", ScalarValue::from(1.5))] {
            assert_eq!(fit(&whole, &ScalarValue::from(text)).unwrap(), Some(expected), "{text}");
        }
        assert_eq!(fit(&whole, &ScalarValue::from("twelve")).unwrap_err().sqlstate(), "22018");
    }
}
