//! Dates, times and timestamps as the C structures.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{Datelike, NaiveDate};

use super::cell::Cell;
use super::{Effect, Target, parse};
use crate::abi::structs::{Date, Time, Timestamp};
use crate::handle::condition::{Condition, INVALID_DATETIME, RESTRICTED_TYPE};
use crate::spec::c_type::CType;
use crate::spec::sql_type;

pub const SECONDS_OF_DAY: i64 = 86_400;

/// A moment taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// `None` for a time without a date.
    pub day: Option<NaiveDate>,
    /// `None` for a date without a time.
    pub seconds_of_day: Option<i64>,
    pub nanos: u32,
}

/// The calendar day that lies `days` after 1970-01-01.
#[must_use]
pub fn day(days: i32) -> Option<NaiveDate> {
    NaiveDate::from_epoch_days(days)
}

/// The calendar day and the second within it.
#[must_use]
pub fn split(seconds: i64) -> Option<(NaiveDate, i64)> {
    let days = i32::try_from(seconds.div_euclid(SECONDS_OF_DAY)).ok()?;
    Some((day(days)?, seconds.rem_euclid(SECONDS_OF_DAY)))
}

/// Writes the value as the date or time structure of the target.
pub fn write(cell: Cell<'_>, target: &Target) -> Result<Effect, Condition> {
    if target.sql_code == sql_type::GUID {
        return Err(RESTRICTED_TYPE);
    }
    let moment = moment_of(cell)?;
    let lost = match target.c_type {
        CType::Date => {
            let day = moment.day.ok_or(RESTRICTED_TYPE)?;
            target.fixed(date(day)?);
            moment.seconds_of_day.is_some_and(|seconds| seconds != 0) || moment.nanos != 0
        }
        CType::Time => {
            let seconds = moment.seconds_of_day.ok_or(RESTRICTED_TYPE)?;
            target.fixed(time(seconds));
            moment.nanos != 0
        }
        _ => {
            let day = moment.day.or_else(today).ok_or(INVALID_DATETIME)?;
            target.fixed(timestamp(day, moment.seconds_of_day.unwrap_or(0), moment.nanos)?);
            false
        }
    };
    Ok(if lost { Effect::FractionCut } else { Effect::Whole })
}

/// A date that lies `days` after 1970-01-01.
pub fn date_of_days(days: i32) -> Result<Date, Condition> {
    date(day(days).ok_or(INVALID_DATETIME)?)
}

/// A timestamp in seconds since 1970-01-01 and nanoseconds within the second.
pub fn timestamp_of((seconds, nanos): (i64, u32)) -> Result<Timestamp, Condition> {
    let (day, seconds) = split(seconds).ok_or(INVALID_DATETIME)?;
    timestamp(day, seconds, nanos)
}

/// The value as a moment; text must read as one (22018).
fn moment_of(cell: Cell<'_>) -> Result<Moment, Condition> {
    match cell {
        Cell::Date(days) => {
            let day = day(days).ok_or(INVALID_DATETIME)?;
            Ok(Moment { day: Some(day), seconds_of_day: None, nanos: 0 })
        }
        Cell::Time(nanos) => Ok(Moment {
            day: None,
            seconds_of_day: Some(nanos.div_euclid(1_000_000_000)),
            nanos: u32::try_from(nanos.rem_euclid(1_000_000_000)).unwrap_or(0),
        }),
        Cell::Timestamp { seconds, nanos, .. } => {
            let (day, seconds) = split(seconds).ok_or(INVALID_DATETIME)?;
            Ok(Moment { day: Some(day), seconds_of_day: Some(seconds), nanos })
        }
        Cell::Text(text) => parse::moment(text),
        _ => Err(RESTRICTED_TYPE),
    }
}

fn date(day: NaiveDate) -> Result<Date, Condition> {
    Ok(Date {
        year: i16::try_from(day.year()).map_err(|_| INVALID_DATETIME)?,
        month: part(day.month()),
        day: part(day.day()),
    })
}

fn time(seconds: i64) -> Time {
    Time { hour: part(seconds / 3600), minute: part(seconds / 60 % 60), second: part(seconds % 60) }
}

fn timestamp(day: NaiveDate, seconds: i64, nanos: u32) -> Result<Timestamp, Condition> {
    let (date, time) = (date(day)?, time(seconds));
    Ok(Timestamp {
        year: date.year,
        month: date.month,
        day: date.day,
        hour: time.hour,
        minute: time.minute,
        second: time.second,
        fraction: nanos,
    })
}

fn part(value: impl TryInto<u16>) -> u16 {
    value.try_into().unwrap_or(0)
}

/// A time read as a timestamp has today's date (ODBC: "SQL to C: Time").
pub fn today() -> Option<NaiveDate> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    split(seconds.cast_signed()).map(|(day, _)| day)
}
