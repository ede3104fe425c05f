//! Parameters: C values of the application as values for the engine (ODBC appendix D, "C to SQL").

use chrono::NaiveDate;
use exact_engine::Value;

use super::moment::{Moment, SECONDS_OF_DAY};
use super::number::{self, Number};
use super::render::Rendered;
use super::{identifier, interval, parse};
use crate::abi::memory::Pointer;
use crate::abi::structs::Guid;
use crate::handle::condition::{
    Condition, DATA_CUT, DATETIME_OVERFLOW, INVALID_CAST, INVALID_DATETIME, INVALID_LENGTH, INVALID_NULL_POINTER,
    OUT_OF_RANGE, RESTRICTED_TYPE,
};
use crate::spec::c_type::{CType, Interval};
use crate::spec::{NTS, sql_type};

/// What a parameter is declared as.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// The SQL type.
    pub code: i16,
    /// Digits of the leading field of an interval.
    pub leading: u8,
}

/// The value that stands at `data`, for a parameter that is declared so. `length` is in bytes; `None` and `SQL_NTS`
/// mean text that ends with a zero, and are irrelevant for types of fixed length.
pub fn read(c_type: CType, data: Pointer, length: Option<isize>, declared: Declared) -> Result<Value, Condition> {
    let bytes = match c_type {
        CType::Char | CType::WChar | CType::WChar32 | CType::Binary => match length {
            Some(length) if length >= 0 => length.unsigned_abs(),
            Some(length) if length != NTS as isize => return Err(INVALID_LENGTH),
            _ if c_type == CType::Binary => return Err(INVALID_LENGTH),
            _ => c_type.encoding().terminated_length(data) * c_type.encoding().unit(),
        },
        fixed => fixed.size(),
    };
    if data.is_null() && bytes > 0 {
        return Err(INVALID_NULL_POINTER);
    }
    data.with_bytes(bytes, |bytes| for_type(c_type, bytes, declared))
}

/// The value in the bytes of a buffer.
pub fn value_of(c_type: CType, bytes: &[u8]) -> Result<Value, Condition> {
    Ok(match c_type {
        CType::Char | CType::WChar | CType::WChar32 => Value::Text(c_type.encoding().decode(bytes)),
        CType::Binary => Value::Binary(bytes.to_vec()),
        CType::Bit => Value::Boolean(u8::from_ne_bytes(fixed(bytes)?) != 0),
        CType::Tiny => Value::Integer(i8::from_ne_bytes(fixed(bytes)?).into()),
        CType::UTiny => Value::Integer(u8::from_ne_bytes(fixed(bytes)?).into()),
        CType::Short => Value::Integer(i16::from_ne_bytes(fixed(bytes)?).into()),
        CType::UShort => Value::Integer(u16::from_ne_bytes(fixed(bytes)?).into()),
        CType::Long => Value::Integer(i32::from_ne_bytes(fixed(bytes)?).into()),
        CType::ULong => Value::Integer(u32::from_ne_bytes(fixed(bytes)?).into()),
        CType::Big => Value::Integer(i64::from_ne_bytes(fixed(bytes)?)),
        CType::UBig => Value::Unsigned(u64::from_ne_bytes(fixed(bytes)?)),
        CType::Float => Value::Real(f32::from_ne_bytes(fixed(bytes)?).into()),
        CType::Double => Value::Real(f64::from_ne_bytes(fixed(bytes)?)),
        CType::Numeric => numeric(fixed(bytes)?)?,
        CType::Date => date_value(Moment { day: Some(day(bytes)?), seconds_of_day: None, nanos: 0 })?,
        CType::Time => Value::Time(seconds(bytes, 0)? * 1_000_000_000),
        CType::Timestamp => timestamp_value(Moment {
            day: Some(day(bytes)?),
            seconds_of_day: Some(seconds(bytes, 6)?),
            nanos: fraction(bytes)?,
        })?,
        CType::Guid => Value::Guid(guid(fixed(bytes)?)),
        CType::Interval(_) | CType::Default | CType::Descriptor => return Err(RESTRICTED_TYPE),
    })
}

/// The value of a buffer for a parameter that is declared so. A value of a SQL type's own representation may come as
/// `SQL_C_BINARY`.
pub fn for_type(c_type: CType, bytes: &[u8], declared: Declared) -> Result<Value, Condition> {
    if let CType::Interval(interval) = super::default_c_type(declared.code) {
        return interval_from(c_type, bytes, interval, declared.leading);
    }
    match c_type {
        CType::Interval(interval) => from_interval(interval, bytes, declared.code),
        CType::Binary => from_binary(bytes, declared.code),
        _ => value_of(c_type, bytes),
    }
}

/// A value for a parameter of an interval type: text, exact numbers and intervals can be one.
fn interval_from(c_type: CType, bytes: &[u8], interval: Interval, leading: u8) -> Result<Value, Condition> {
    let source = match c_type {
        CType::Char | CType::WChar | CType::WChar32 => {
            let text = c_type.encoding().decode(bytes);
            return interval::parameter(interval::Source::Text(&text), interval, leading);
        }
        CType::Binary if bytes.len() != CType::Interval(interval).size() => return Err(OUT_OF_RANGE),
        CType::Binary => fields_of(interval, bytes)?,
        CType::Interval(of) => fields_of(of, bytes)?,
        CType::Bit | CType::Float | CType::Double => return Err(RESTRICTED_TYPE),
        _ => interval::Source::Number(number_of(value_of(c_type, bytes)?)?),
    };
    interval::parameter(source, interval, leading)
}

fn fields_of(interval: Interval, bytes: &[u8]) -> Result<interval::Source<'static>, Condition> {
    let (fields, negative) = interval_fields(bytes)?;
    Ok(interval::Source::Fields(interval, fields, negative))
}

/// The fields of a `SQL_INTERVAL_STRUCT`, and whether it is negative.
fn interval_fields(bytes: &[u8]) -> Result<([u32; 5], bool), Condition> {
    let word = |at: usize| {
        bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().map(u32::from_ne_bytes).ok_or(INVALID_LENGTH)
    };
    let mut fields = [0; 5];
    for (place, field) in fields.iter_mut().enumerate() {
        *field = word(8 + place * 4)?;
    }
    Ok((fields, short(bytes, 4)? == 1))
}

/// Intervals become text, or a number if they have a single field.
fn from_interval(interval: Interval, bytes: &[u8], code: i16) -> Result<Value, Condition> {
    let (fields, negative) = interval_fields(bytes)?;
    Ok(match super::default_c_type(code) {
        CType::Char | CType::WChar if !is_exact(code) => {
            Value::Text(interval::text(interval, fields, negative).text().to_owned())
        }
        CType::Float | CType::Double | CType::Bit => return Err(RESTRICTED_TYPE),
        _ => match interval::number(interval, fields, negative)? {
            Number::Decimal { unscaled, scale } => Value::Decimal { unscaled, scale },
            Number::Whole(whole) => Value::Decimal { unscaled: whole, scale: 0 },
            Number::Real(real) => Value::Real(real),
        },
    })
}

fn is_exact(code: i16) -> bool {
    matches!(code, sql_type::DECIMAL | sql_type::NUMERIC)
}

/// Binary data for a SQL type: text is text, every other type has as many bytes as its C type.
fn from_binary(bytes: &[u8], code: i16) -> Result<Value, Condition> {
    let own = if is_exact(code) { CType::Numeric } else { super::default_c_type(code) };
    match own {
        CType::Binary => Ok(Value::Binary(bytes.to_vec())),
        CType::Char | CType::WChar => value_of(own, bytes),
        _ if bytes.len() == own.size() => value_of(own, bytes),
        _ => Err(OUT_OF_RANGE),
    }
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Condition> {
    bytes.first_chunk().copied().ok_or(INVALID_LENGTH)
}

fn short(bytes: &[u8], at: usize) -> Result<u16, Condition> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().map(u16::from_ne_bytes).ok_or(INVALID_LENGTH)
}

fn numeric(bytes: [u8; 19]) -> Result<Value, Condition> {
    let [_, scale, sign, magnitude @ ..] = bytes;
    let magnitude = i128::try_from(u128::from_le_bytes(magnitude)).map_err(|_| OUT_OF_RANGE)?;
    let unscaled = if sign == 0 { -magnitude } else { magnitude };
    Ok(Value::Decimal { unscaled, scale: scale.cast_signed() })
}

fn day(bytes: &[u8]) -> Result<NaiveDate, Condition> {
    let year = i32::from(short(bytes, 0)?.cast_signed());
    NaiveDate::from_ymd_opt(year, short(bytes, 2)?.into(), short(bytes, 4)?.into()).ok_or(INVALID_DATETIME)
}

fn seconds(bytes: &[u8], at: usize) -> Result<i64, Condition> {
    let (hour, minute, second) = (short(bytes, at)?, short(bytes, at + 2)?, short(bytes, at + 4)?);
    if hour > 23 || minute > 59 || second > 59 {
        return Err(INVALID_DATETIME);
    }
    Ok(i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second))
}

fn fraction(bytes: &[u8]) -> Result<u32, Condition> {
    let nanos = bytes.get(12..).and_then(|rest| rest.first_chunk()).copied().map(u32::from_ne_bytes);
    match nanos.ok_or(INVALID_LENGTH)? {
        nanos if nanos < 1_000_000_000 => Ok(nanos),
        _ => Err(INVALID_DATETIME),
    }
}

fn guid(bytes: [u8; 16]) -> [u8; 16] {
    let [a, b, c, d, e, f, g, h, rest @ ..] = bytes;
    identifier::bytes(Guid {
        d1: u32::from_ne_bytes([a, b, c, d]),
        d2: u16::from_ne_bytes([e, f]),
        d3: u16::from_ne_bytes([g, h]),
        d4: rest,
    })
}

/// The value as the SQL type that SQLBindParameter declared for it.
pub fn coerce(value: Value, code: i16) -> Result<Value, Condition> {
    if value == Value::Null {
        return Ok(value);
    }
    match sql_type::odbc3(code) {
        sql_type::CHAR
        | sql_type::VARCHAR
        | sql_type::LONGVARCHAR
        | sql_type::WCHAR
        | sql_type::WVARCHAR
        | sql_type::WLONGVARCHAR => text(value),
        sql_type::TINYINT => integer(value, 0, 255),
        sql_type::SMALLINT => integer(value, i16::MIN.into(), i16::MAX.into()),
        sql_type::INTEGER => integer(value, i32::MIN.into(), i32::MAX.into()),
        sql_type::BIGINT => integer(value, i64::MIN.into(), i64::MAX.into()),
        sql_type::REAL | sql_type::FLOAT | sql_type::DOUBLE => Ok(Value::Real(number::real(number_of(value)?))),
        sql_type::DECIMAL | sql_type::NUMERIC => decimal(value),
        sql_type::BIT => boolean(value),
        sql_type::BINARY | sql_type::VARBINARY | sql_type::LONGVARBINARY => binary(value),
        sql_type::GUID => match value {
            Value::Text(text) => parse::guid(&text).map(Value::Guid).ok_or(INVALID_CAST),
            Value::Guid(_) => Ok(value),
            _ => Err(RESTRICTED_TYPE),
        },
        sql_type::TYPE_DATE if matches!(value, Value::Time(_)) => Err(RESTRICTED_TYPE),
        sql_type::TYPE_DATE => date_value(moment_of(value)?),
        sql_type::TYPE_TIME if matches!(value, Value::Date(_)) => Err(RESTRICTED_TYPE),
        sql_type::TYPE_TIME => time_value(moment_of(value)?),
        sql_type::TYPE_TIMESTAMP => timestamp_value(moment_of(value)?),
        _ => Ok(value),
    }
}

fn text(value: Value) -> Result<Value, Condition> {
    let mut rendered = Rendered::default();
    match value {
        Value::Boolean(value) => rendered.integer(value.into()),
        Value::Integer(value) => rendered.integer(value),
        Value::Unsigned(value) => rendered.decimal(value.into(), 0),
        Value::Real(value) => rendered.double(value),
        Value::Decimal { unscaled, scale } => rendered.decimal(unscaled, scale),
        Value::Binary(bytes) => return Ok(Value::Text(String::from_utf8_lossy(&bytes).into_owned())),
        // The engine knows how its own moments and GUIDs look as text.
        other => return Ok(other),
    }
    Ok(Value::Text(rendered.text().to_owned()))
}

fn number_of(value: Value) -> Result<Number, Condition> {
    match value {
        Value::Boolean(value) => Ok(Number::Whole(value.into())),
        Value::Integer(value) => Ok(Number::Whole(value.into())),
        Value::Unsigned(value) => Ok(Number::Whole(value.into())),
        Value::Real(value) => Ok(Number::Real(value)),
        Value::Decimal { unscaled, scale } => Ok(Number::Decimal { unscaled, scale }),
        Value::Text(text) => truth(&text).map_or_else(|| parse::number(&text), |value| Ok(Number::Whole(value.into()))),
        _ => Err(RESTRICTED_TYPE),
    }
}

/// `True` and `False`, which people give for yes/no columns of every type (product.md section 5).
fn truth(text: &str) -> Option<bool> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn integer(value: Value, least: i128, greatest: i128) -> Result<Value, Condition> {
    let (whole, lost) = number::whole(number_of(value)?)?;
    if whole < least || whole > greatest {
        return Err(OUT_OF_RANGE);
    }
    if lost {
        return Err(DATA_CUT);
    }
    i64::try_from(whole).map(Value::Integer).map_err(|_| OUT_OF_RANGE)
}

fn decimal(value: Value) -> Result<Value, Condition> {
    Ok(match number_of(value)? {
        Number::Whole(unscaled) => Value::Decimal { unscaled, scale: 0 },
        Number::Decimal { unscaled, scale } => Value::Decimal { unscaled, scale },
        Number::Real(value) => {
            let (unscaled, scale) = parse::decimal(Rendered::of(|out| out.double(value)).text()).ok_or(OUT_OF_RANGE)?;
            Value::Decimal { unscaled, scale }
        }
    })
}

fn boolean(value: Value) -> Result<Value, Condition> {
    let number = number_of(value)?;
    match number::whole(number)? {
        (0, false) => Ok(Value::Boolean(false)),
        (1, false) => Ok(Value::Boolean(true)),
        (0 | 1, true) if number::real(number) > 0.0 => Err(DATA_CUT),
        _ => Err(OUT_OF_RANGE),
    }
}

/// Text stands for its bytes as hexadecimal digits.
fn binary(value: Value) -> Result<Value, Condition> {
    let text = match value {
        Value::Binary(_) => return Ok(value),
        Value::Text(text) => text,
        _ => return Err(RESTRICTED_TYPE),
    };
    if text.len() % 2 != 0 || !text.is_ascii() {
        return Err(INVALID_CAST);
    }
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).unwrap_or_default(), 16);
    let bytes: Result<Vec<u8>, _> = text.as_bytes().as_chunks::<2>().0.iter().map(byte).collect();
    bytes.map(Value::Binary).map_err(|_| INVALID_CAST)
}

fn moment_of(value: Value) -> Result<Moment, Condition> {
    match value {
        Value::Text(text) => parse::moment(&text),
        Value::Date(days) => {
            Ok(Moment { day: Some(super::moment::day(days).ok_or(INVALID_DATETIME)?), seconds_of_day: None, nanos: 0 })
        }
        Value::Time(nanos) => Ok(Moment {
            day: None,
            seconds_of_day: Some(nanos / 1_000_000_000),
            nanos: u32::try_from(nanos % 1_000_000_000).unwrap_or(0),
        }),
        Value::Timestamp(seconds, nanos) => {
            let (day, seconds) = super::moment::split(seconds).ok_or(INVALID_DATETIME)?;
            Ok(Moment { day: Some(day), seconds_of_day: Some(seconds), nanos })
        }
        _ => Err(RESTRICTED_TYPE),
    }
}

fn date_value(moment: Moment) -> Result<Value, Condition> {
    if moment.seconds_of_day.is_some_and(|seconds| seconds != 0) || moment.nanos != 0 {
        return Err(DATETIME_OVERFLOW);
    }
    moment.day.map(|day| Value::Date(day.to_epoch_days())).ok_or(INVALID_CAST)
}

/// A timestamp loses its date only.
fn time_value(moment: Moment) -> Result<Value, Condition> {
    if moment.day.is_some() && moment.nanos != 0 {
        return Err(DATETIME_OVERFLOW);
    }
    let seconds = moment.seconds_of_day.ok_or(INVALID_CAST)?;
    Ok(Value::Time(seconds * 1_000_000_000 + i64::from(moment.nanos)))
}

fn timestamp_value(moment: Moment) -> Result<Value, Condition> {
    // A time without a date is of today (ODBC: "C to SQL: Time").
    let day = moment.day.or_else(super::moment::today).ok_or(INVALID_CAST)?;
    let seconds = i64::from(day.to_epoch_days()) * SECONDS_OF_DAY + moment.seconds_of_day.unwrap_or(0);
    Ok(Value::Timestamp(seconds, moment.nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_as(text: &str, code: i16) -> Result<Value, Condition> {
        coerce(Value::Text(text.to_owned()), code)
    }

    #[test]
    fn text_becomes_what_the_parameter_is() {
        assert_eq!(text_as("12", sql_type::INTEGER), Ok(Value::Integer(12)));
        assert_eq!(text_as("12.5", sql_type::INTEGER), Err(DATA_CUT));
        assert_eq!(text_as("0.5", sql_type::BIT), Err(DATA_CUT));
        assert_eq!(text_as("-0.5", sql_type::BIT), Err(OUT_OF_RANGE));
        assert_eq!(text_as("3000000000", sql_type::INTEGER), Err(OUT_OF_RANGE));
        assert_eq!(text_as("x", sql_type::INTEGER), Err(INVALID_CAST));
        assert_eq!(text_as("True", sql_type::BIT), Ok(Value::Boolean(true)));
        assert_eq!(text_as("False", sql_type::TINYINT), Ok(Value::Integer(0)));
        assert_eq!(text_as("1.10", sql_type::DECIMAL), Ok(Value::Decimal { unscaled: 110, scale: 2 }));
        assert_eq!(text_as("1970-01-02", sql_type::TYPE_DATE), Ok(Value::Date(1)));
        assert_eq!(text_as("1970-01-02 00:00:01", sql_type::TYPE_DATE), Err(DATETIME_OVERFLOW));
        assert_eq!(text_as("1970-01-02", sql_type::TYPE_TIMESTAMP), Ok(Value::Timestamp(86_400, 0)));
        assert_eq!(text_as("4a4B", sql_type::VARBINARY), Ok(Value::Binary(vec![0x4a, 0x4b])));
        assert_eq!(text_as("4a4", sql_type::VARBINARY), Err(INVALID_CAST));
    }

    #[test]
    fn structures_are_read() {
        let mut timestamp = Vec::new();
        for part in [1969_u16, 12, 31, 23, 59, 59] {
            timestamp.extend(part.to_ne_bytes());
        }
        timestamp.extend(500_000_000_u32.to_ne_bytes());
        assert_eq!(value_of(CType::Timestamp, &timestamp), Ok(Value::Timestamp(-1, 500_000_000)));
        let mut numeric = vec![5, 2, 0, 0x39, 0x30];
        numeric.resize(19, 0);
        assert_eq!(value_of(CType::Numeric, &numeric), Ok(Value::Decimal { unscaled: -12345, scale: 2 }));
        assert_eq!(value_of(CType::Long, &[1, 0]), Err(INVALID_LENGTH));
    }
}
