//! The style numbers of SQL Server's CONVERT.

use chrono::NaiveDateTime;

use super::cultures::Culture;
use super::{dates, numbers};
use crate::error::Error;

/// Style, its pattern in .NET's terms, and how a text in it is read in chrono's terms.
const STYLES: &[(i64, &str, &str)] = &[
    (0, "MMM d yyyy h:mmtt", "%b %d %Y %I:%M%p"),
    (100, "MMM d yyyy h:mmtt", "%b %d %Y %I:%M%p"),
    (1, "MM/dd/yy", "%m/%d/%y"),
    (101, "MM/dd/yyyy", "%m/%d/%Y"),
    (2, "yy.MM.dd", "%y.%m.%d"),
    (102, "yyyy.MM.dd", "%Y.%m.%d"),
    (3, "dd/MM/yy", "%d/%m/%y"),
    (103, "dd/MM/yyyy", "%d/%m/%Y"),
    (4, "dd.MM.yy", "%d.%m.%y"),
    (104, "dd.MM.yyyy", "%d.%m.%Y"),
    (5, "dd-MM-yy", "%d-%m-%y"),
    (105, "dd-MM-yyyy", "%d-%m-%Y"),
    (6, "dd MMM yy", "%d %b %y"),
    (106, "dd MMM yyyy", "%d %b %Y"),
    (7, "MMM dd, yy", "%b %d, %y"),
    (107, "MMM dd, yyyy", "%b %d, %Y"),
    (8, "HH:mm:ss", "%H:%M:%S"),
    (108, "HH:mm:ss", "%H:%M:%S"),
    (10, "MM-dd-yy", "%m-%d-%y"),
    (110, "MM-dd-yyyy", "%m-%d-%Y"),
    (11, "yy/MM/dd", "%y/%m/%d"),
    (111, "yyyy/MM/dd", "%Y/%m/%d"),
    (12, "yyMMdd", "%y%m%d"),
    (112, "yyyyMMdd", "%Y%m%d"),
    (13, "dd MMM yyyy HH:mm:ss:fff", "%d %b %Y %H:%M:%S:%3f"),
    (113, "dd MMM yyyy HH:mm:ss:fff", "%d %b %Y %H:%M:%S:%3f"),
    (14, "HH:mm:ss:fff", "%H:%M:%S:%3f"),
    (114, "HH:mm:ss:fff", "%H:%M:%S:%3f"),
    (20, "yyyy-MM-dd HH:mm:ss", "%Y-%m-%d %H:%M:%S"),
    (120, "yyyy-MM-dd HH:mm:ss", "%Y-%m-%d %H:%M:%S"),
    (21, "yyyy-MM-dd HH:mm:ss.fff", "%Y-%m-%d %H:%M:%S%.f"),
    (121, "yyyy-MM-dd HH:mm:ss.fff", "%Y-%m-%d %H:%M:%S%.f"),
    (23, "yyyy-MM-dd", "%Y-%m-%d"),
    (126, "yyyy-MM-ddTHH:mm:ss.fff", "%Y-%m-%dT%H:%M:%S%.f"),
    (127, "yyyy-MM-ddTHH:mm:ss.fffZ", "%Y-%m-%dT%H:%M:%S%.fZ"),
];

fn style(number: i64) -> Result<(&'static str, &'static str), Error> {
    let found = STYLES.iter().find(|(style, ..)| *style == number);
    found
        .map(|(_, pattern, form)| (*pattern, *form))
        .ok_or_else(|| Error::NotSupported { what: format!("The style {number} of CONVERT") })
}

/// The pattern of a style.
///
/// # Errors
/// HYC00 for a number that is none.
pub fn pattern(number: i64) -> Result<&'static str, Error> {
    style(number).map(|(pattern, _)| pattern)
}

/// The date that a text in this style says, if it says one.
///
/// # Errors
/// HYC00 for a number that is no style.
pub fn parsed(text: &str, number: i64) -> Result<Option<NaiveDateTime>, Error> {
    let (_, form) = style(number)?;
    Ok(dates::in_form(text, form))
}

/// A number as CONVERT writes it: two decimals, in style 1 with commas; in style 2 four decimals.
pub fn number(number: f64, style: i64) -> String {
    match style {
        1 => numbers::formatted(number, "N2", Culture::named("")),
        2 => numbers::formatted(number, "F4", Culture::named("")),
        _ => number.to_string(),
    }
}
