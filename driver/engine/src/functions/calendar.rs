//! Arithmetic with intervals and parts of dates (ODBC specification, appendix E; names as in SQL Server).
//!
//! The interval comes as one of the names of `dialect::units`. Weeks begin on Sunday, and the first week of a year is
//! the one with the first of January.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Days, Months, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Int32Array, Int64Array, StringArray, TimestampMillisecondArray,
};
use datafusion::arrow::datatypes::{DataType, Int64Type, TimeUnit, TimestampMillisecondType};
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::logical_expr::{ScalarUDF, Volatility, create_udf};

use super::over_arrays;
use crate::error::Error;

pub fn functions() -> Vec<ScalarUDF> {
    let moment = DataType::Timestamp(TimeUnit::Millisecond, None);
    let two_moments = || vec![DataType::Utf8, moment.clone(), moment.clone()];
    let one_moment = || vec![DataType::Utf8, moment.clone()];
    vec![
        // DataFusion's own computes with nanoseconds, which end in 2262; many a date at Exact is in 9999.
        create_udf("date_trunc", one_moment(), moment.clone(), Volatility::Immutable, over_arrays(date_trunc)),
        create_udf(
            "timestampadd",
            vec![DataType::Utf8, DataType::Int64, moment.clone()],
            moment.clone(),
            Volatility::Immutable,
            over_arrays(timestampadd),
        ),
        create_udf(
            "timestampdiff",
            two_moments(),
            DataType::Int64,
            Volatility::Immutable,
            over_arrays(|arguments| differences(arguments, complete)),
        ),
        create_udf(
            "datediff",
            two_moments(),
            DataType::Int64,
            Volatility::Immutable,
            over_arrays(|arguments| differences(arguments, crossed)),
        ),
        create_udf(
            "datepart",
            one_moment(),
            DataType::Int32,
            Volatility::Immutable,
            over_arrays(|arguments| Ok(Arc::new(parts(arguments, part)?.collect::<Int32Array>()))),
        ),
        create_udf(
            "datename",
            one_moment(),
            DataType::Utf8,
            Volatility::Immutable,
            over_arrays(|arguments| Ok(Arc::new(parts(arguments, name)?.collect::<StringArray>()))),
        ),
    ]
}

fn moment(milliseconds: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_millis(milliseconds).map(|moment| moment.naive_utc())
}

fn date_trunc(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [units, moments] = arguments else {
        return exec_err!("date_trunc takes two arguments");
    };
    let moments = moments.as_primitive::<TimestampMillisecondType>().iter();
    let starts = units.as_string::<i32>().iter().zip(moments).map(|(unit, milliseconds)| {
        let (Some(unit), Some(milliseconds)) = (unit, milliseconds) else {
            return Ok(None);
        };
        let unit = unit.to_ascii_lowercase();
        match moment(milliseconds).and_then(|moment| start_of(&unit, moment)) {
            Some(start) => Ok(Some(start.and_utc().timestamp_millis())),
            None => {
                let message = format!("knows no interval '{unit}'");
                Err(Error::Arguments { function: "DATE_TRUNC".into(), message }.into())
            }
        }
    });
    Ok(Arc::new(starts.collect::<Result<TimestampMillisecondArray>>()?))
}

/// When the interval began in which a moment lies. Weeks begin on Monday here, as in PostgreSQL.
fn start_of(unit: &str, moment: NaiveDateTime) -> Option<NaiveDateTime> {
    let (day, milliseconds) = (moment.date(), moment.and_utc().timestamp_millis());
    let first = match unit {
        "year" => day.with_ordinal(1),
        "quarter" => day.with_day(1)?.with_month0(day.month0() / 3 * 3),
        "month" => day.with_day(1),
        "week" | "isoweek" => day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into())),
        "millisecond" | "microsecond" => return Some(moment),
        _ => {
            let length = length(unit)?;
            let start = milliseconds.div_euclid(length).checked_mul(length)?;
            return Some(DateTime::from_timestamp_millis(start)?.naive_utc());
        }
    };
    Some(first?.and_time(NaiveTime::MIN))
}

fn timestampadd(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [units, counts, moments] = arguments else {
        return exec_err!("timestampadd takes three arguments");
    };
    let units = units.as_string::<i32>().iter();
    let counts = counts.as_primitive::<Int64Type>().iter();
    let moments = moments.as_primitive::<TimestampMillisecondType>().iter();
    let sums = units.zip(counts).zip(moments).map(|((unit, count), start)| {
        let (Some(unit), Some(count), Some(start)) = (unit, count, start) else {
            return Ok(None);
        };
        let sum = moment(start).and_then(|start| added(unit, count, start));
        match sum {
            Some(sum) => Ok(Some(sum.and_utc().timestamp_millis())),
            None => Err(Error::OutOfRange {
                message: format!("A date became too large when {count} times {unit} was added."),
            }
            .into()),
        }
    });
    let sums: TimestampMillisecondArray = sums.collect::<Result<_>>()?;
    Ok(Arc::new(sums))
}

fn added(unit: &str, count: i64, start: NaiveDateTime) -> Option<NaiveDateTime> {
    let months = |each: i64| {
        let count = count.checked_mul(each)?;
        let months = Months::new(u32::try_from(count.unsigned_abs()).ok()?);
        if count < 0 { start.checked_sub_months(months) } else { start.checked_add_months(months) }
    };
    match unit {
        "year" => months(12),
        "quarter" => months(3),
        "month" => months(1),
        "fraction" => start.checked_add_signed(TimeDelta::nanoseconds(count)),
        "millisecond" => start.checked_add_signed(TimeDelta::try_milliseconds(count)?),
        _ => {
            let milliseconds = count.checked_mul(length(unit)?)?;
            start.checked_add_signed(TimeDelta::try_milliseconds(milliseconds)?)
        }
    }
}

/// Milliseconds of the intervals that always have the same length.
fn length(unit: &str) -> Option<i64> {
    Some(match unit {
        "millisecond" => 1,
        "second" => 1_000,
        "minute" => 60_000,
        "hour" => 3_600_000,
        "day" | "weekday" | "dayofyear" => 86_400_000,
        "week" | "isoweek" => 604_800_000,
        _ => return None,
    })
}

fn differences(
    arguments: &[ArrayRef],
    between: fn(&str, NaiveDateTime, NaiveDateTime) -> Option<i64>,
) -> Result<ArrayRef> {
    let [units, starts, ends] = arguments else {
        return exec_err!("the difference of two dates takes three arguments");
    };
    let units = units.as_string::<i32>().iter();
    let starts = starts.as_primitive::<TimestampMillisecondType>().iter();
    let ends = ends.as_primitive::<TimestampMillisecondType>().iter();
    let result: Int64Array = units
        .zip(starts)
        .zip(ends)
        .map(|((unit, start), end)| between(unit?, moment(start?)?, moment(end?)?))
        .collect();
    Ok(Arc::new(result))
}

/// Whole intervals from `start` to `end`, as ODBC's TIMESTAMPDIFF counts.
fn complete(unit: &str, start: NaiveDateTime, end: NaiveDateTime) -> Option<i64> {
    let elapsed = end - start;
    match unit {
        "year" => Some(complete_months(start, end) / 12),
        "quarter" => Some(complete_months(start, end) / 3),
        "month" => Some(complete_months(start, end)),
        "fraction" => elapsed.num_nanoseconds(),
        _ => Some(elapsed.num_milliseconds() / length(unit)?),
    }
}

fn complete_months(start: NaiveDateTime, end: NaiveDateTime) -> i64 {
    let months = months_since_zero(end) - months_since_zero(start);
    let position = |moment: NaiveDateTime| (moment.day(), moment.time());
    if months > 0 && position(end) < position(start) {
        months - 1
    } else if months < 0 && position(end) > position(start) {
        months + 1
    } else {
        months
    }
}

fn months_since_zero(moment: NaiveDateTime) -> i64 {
    i64::from(moment.year()) * 12 + i64::from(moment.month0())
}

/// Boundaries of the interval between `start` and `end`, as SQL Server's DATEDIFF counts.
fn crossed(unit: &str, start: NaiveDateTime, end: NaiveDateTime) -> Option<i64> {
    let months = months_since_zero(end) - months_since_zero(start);
    let since_epoch = |moment: NaiveDateTime, unit: i64| moment.and_utc().timestamp_millis().div_euclid(unit);
    Some(match unit {
        "year" => i64::from(end.year()) - i64::from(start.year()),
        "quarter" => months_since_zero(end).div_euclid(3) - months_since_zero(start).div_euclid(3),
        "month" => months,
        "fraction" => (end - start).num_nanoseconds()?,
        "week" | "isoweek" => {
            // The epoch was a Thursday: four days after a Sunday.
            let week = |moment| (since_epoch(moment, 86_400_000) + 4).div_euclid(7);
            week(end) - week(start)
        }
        _ => since_epoch(end, length(unit)?) - since_epoch(start, length(unit)?),
    })
}

/// Applies `part` to every moment; the kinds of part come as text beside them.
fn parts<'a, T: 'a>(
    arguments: &'a [ArrayRef],
    part: fn(&str, NaiveDateTime) -> Option<T>,
) -> Result<impl Iterator<Item = Option<T>> + 'a> {
    let [units, moments] = arguments else {
        return exec_err!("a part of a date takes two arguments");
    };
    let units = units.as_string::<i32>();
    let moments = moments.as_primitive::<TimestampMillisecondType>();
    debug_assert_eq!(units.len(), moments.len());
    Ok(units.iter().zip(moments.iter()).map(move |(unit, milliseconds)| part(unit?, moment(milliseconds?)?)))
}

fn part(unit: &str, moment: NaiveDateTime) -> Option<i32> {
    let number = match unit {
        "year" => return Some(moment.year()),
        "quarter" => moment.month0() / 3 + 1,
        "month" => moment.month(),
        "week" => {
            let first = moment.with_ordinal(1)?.weekday().num_days_from_sunday();
            (moment.ordinal0() + first) / 7 + 1
        }
        "isoweek" => moment.iso_week().week(),
        "day" => moment.day(),
        "dayofyear" => moment.ordinal(),
        "weekday" => moment.weekday().num_days_from_sunday() + 1,
        "hour" => moment.hour(),
        "minute" => moment.minute(),
        "second" => moment.second(),
        "millisecond" => moment.nanosecond() / 1_000_000,
        "fraction" => moment.nanosecond(),
        _ => return None,
    };
    i32::try_from(number).ok()
}

fn name(unit: &str, moment: NaiveDateTime) -> Option<String> {
    match unit {
        "month" => Some(moment.format("%B").to_string()),
        "weekday" => Some(moment.format("%A").to_string()),
        _ => part(unit, moment).map(|number| number.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;

    use super::{added, complete, crossed, part};

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
    }

    #[test]
    fn intervals_are_added() {
        for (unit, count, start, expected) in [
            ("month", 1, "2026-01-31 10:00:00", "2026-02-28 10:00:00"),
            ("month", -1, "2026-03-31 10:00:00", "2026-02-28 10:00:00"),
            ("quarter", 2, "2026-01-15 00:00:00", "2026-07-15 00:00:00"),
            ("year", 1, "2024-02-29 00:00:00", "2025-02-28 00:00:00"),
            ("week", 1, "2026-12-28 00:00:00", "2027-01-04 00:00:00"),
            ("second", -1, "2026-01-01 00:00:00", "2025-12-31 23:59:59"),
        ] {
            assert_eq!(added(unit, count, at(start)), Some(at(expected)), "{unit} {count}");
        }
        assert_eq!(added("year", i64::MAX, at("2026-01-01 00:00:00")), None);
        assert_eq!(added("day", i64::MAX, at("2026-01-01 00:00:00")), None);
    }

    #[test]
    fn differences_count_intervals_or_boundaries() {
        for (unit, start, end, whole, boundaries) in [
            ("year", "2025-12-31 00:00:00", "2026-01-01 00:00:00", 0, 1),
            ("month", "2026-01-31 00:00:00", "2026-02-28 00:00:00", 0, 1),
            ("month", "2026-02-28 00:00:00", "2026-01-31 00:00:00", 0, -1),
            ("day", "2026-01-01 23:00:00", "2026-01-02 01:00:00", 0, 1),
            ("day", "2026-01-01 00:00:00", "2026-03-01 00:00:00", 59, 59),
            ("week", "2026-01-03 00:00:00", "2026-01-04 00:00:00", 0, 1),
            ("hour", "2026-01-01 23:59:00", "2026-01-02 00:01:00", 0, 1),
            ("quarter", "2026-03-31 00:00:00", "2026-07-01 00:00:00", 1, 2),
        ] {
            assert_eq!(complete(unit, at(start), at(end)), Some(whole), "{unit} {start}");
            assert_eq!(crossed(unit, at(start), at(end)), Some(boundaries), "{unit} {start}");
        }
    }

    #[test]
    fn parts_are_numbered_as_in_sql_server() {
        for (unit, moment, expected) in [
            ("weekday", "2026-11-22 00:00:00", 1),
            ("week", "2026-01-01 00:00:00", 1),
            ("week", "2026-01-04 00:00:00", 2),
            ("isoweek", "2026-01-01 00:00:00", 1),
            ("isoweek", "2027-01-01 00:00:00", 53),
            ("dayofyear", "2024-12-31 00:00:00", 366),
        ] {
            assert_eq!(part(unit, at(moment)), Some(expected), "{unit} {moment}");
        }
    }
}
