//! Names of intervals and parts of a date, as ODBC, SQL Server and MySQL write them.

use crate::error::{Error, Result};

/// The one name of every interval, and what else it is called.
const UNITS: &[(&str, &[&str])] = &[
    ("year", &["yy", "yyyy", "sql_tsi_year"]),
    ("quarter", &["qq", "q", "sql_tsi_quarter"]),
    ("month", &["mm", "m", "sql_tsi_month"]),
    ("week", &["wk", "ww", "sql_tsi_week"]),
    ("day", &["dd", "d", "sql_tsi_day"]),
    ("hour", &["hh", "sql_tsi_hour"]),
    ("minute", &["mi", "n", "sql_tsi_minute"]),
    ("second", &["ss", "s", "sql_tsi_second"]),
    ("millisecond", &["ms"]),
    ("fraction", &["ns", "nanosecond", "frac_second", "sql_tsi_frac_second"]),
    ("dayofyear", &["dy", "y", "doy"]),
    ("weekday", &["dw", "w", "dow"]),
    ("isoweek", &["iso_week", "isowk", "isoww"]),
];

/// The one name of an interval.
///
/// # Errors
/// 42000 for a word that is none.
pub fn named(word: &str) -> Result<&'static str> {
    let word = word.to_lowercase();
    UNITS
        .iter()
        .find(|(name, others)| *name == word || others.contains(&word.as_str()))
        .map(|(name, _)| *name)
        .ok_or_else(|| Error::Invalid {
            message: format!(
                "{word} is not an interval. Use YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE or SECOND, or their ODBC \
                 names such as SQL_TSI_DAY."
            ),
        })
}
