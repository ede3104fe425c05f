//! Dates after the patterns of .NET and MySQL.

use std::iter::Peekable;
use std::str::Chars;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::cultures::Culture;

/// After a pattern of .NET: one letter is a standard pattern, more make one of their own.
pub fn formatted(moment: NaiveDateTime, pattern: &str, culture: &Culture) -> String {
    let long = match pattern {
        "d" => culture.short_date.to_string(),
        "D" => culture.long_date.to_string(),
        "f" => format!("{} HH:mm", culture.long_date),
        "F" => format!("{} HH:mm:ss", culture.long_date),
        "g" => format!("{} HH:mm", culture.short_date),
        "G" => format!("{} HH:mm:ss", culture.short_date),
        "m" | "M" => "d MMMM".into(),
        "y" | "Y" => "MMMM yyyy".into(),
        "o" | "O" => "yyyy-MM-ddTHH:mm:ss.fff".into(),
        "s" => "yyyy-MM-ddTHH:mm:ss".into(),
        "t" => "HH:mm".into(),
        "T" => "HH:mm:ss".into(),
        "u" => "yyyy-MM-dd HH:mm:ssZ".into(),
        own => own.to_string(),
    };
    let mut text = String::with_capacity(long.len() + 8);
    let mut rest = long.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '\\' => text.extend(rest.next()),
            '\'' | '"' => text.extend(rest.by_ref().take_while(|next| *next != letter)),
            '%' => {}
            'd' | 'M' | 'y' | 'H' | 'h' | 'm' | 's' | 'f' | 'F' | 't' => {
                let count = run_of(letter, &mut rest);
                text.push_str(&part(moment, letter, count, culture));
            }
            other => text.push(other),
        }
    }
    text
}

/// How often the letter stands there in a row, the one that was taken included.
fn run_of(letter: char, rest: &mut Peekable<Chars>) -> usize {
    let mut count = 1;
    while rest.next_if_eq(&letter).is_some() {
        count += 1;
    }
    count
}

fn part(moment: NaiveDateTime, letter: char, count: usize, culture: &Culture) -> String {
    let number = |number: u32| format!("{number:0width$}", width = count.min(2));
    let of = |names: &[&str], index: u32| names.get(index as usize).copied().unwrap_or_default().to_string();
    let weekday = moment.weekday().num_days_from_sunday();
    match (letter, count) {
        ('d', 1 | 2) => number(moment.day()),
        ('d', 3) => of(&culture.short_days, weekday),
        ('d', _) => of(&culture.days, weekday),
        ('M', 1 | 2) => number(moment.month()),
        ('M', 3) => of(&culture.short_months, moment.month0()),
        ('M', _) => of(&culture.months, moment.month0()),
        ('y', 1 | 2) => number(u32::try_from(moment.year().rem_euclid(100)).unwrap_or_default()),
        ('y', width) => format!("{:0width$}", moment.year()),
        ('H', _) => number(moment.hour()),
        ('h', _) => number(moment.hour12().1),
        ('m', _) => number(moment.minute()),
        ('s', _) => number(moment.second()),
        ('f' | 'F', width) => {
            let digits = format!("{:09}", moment.nanosecond());
            let digits = digits.get(..width.min(9)).unwrap_or_default();
            if letter == 'F' { digits.trim_end_matches('0').to_string() } else { digits.to_string() }
        }
        ('t', width) => {
            let half = if moment.hour() < 12 { "AM" } else { "PM" };
            half.get(..width.min(2)).unwrap_or_default().to_string()
        }
        _ => String::new(),
    }
}

/// After a pattern of MySQL.
pub fn after_mysql(moment: NaiveDateTime, pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern.chars();
    while let Some(letter) = rest.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        match rest.next() {
            Some('D') => text.push_str(&ordinal(moment.day())),
            Some('w') => text.push_str(&moment.weekday().num_days_from_sunday().to_string()),
            Some(letter) => match chrono_of(letter) {
                Some(form) => text.push_str(&moment.format(form).to_string()),
                None => text.push(letter),
            },
            None => text.push('%'),
        }
    }
    text
}

fn ordinal(day: u32) -> String {
    let ending = match (day % 10, day % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{day}{ending}")
}

/// A letter of MySQL in chrono's terms.
fn chrono_of(letter: char) -> Option<&'static str> {
    Some(match letter {
        'Y' => "%Y",
        'y' => "%y",
        'm' => "%m",
        'c' => "%-m",
        'd' => "%d",
        'e' => "%-d",
        'H' => "%H",
        'k' => "%-H",
        'h' | 'I' => "%I",
        'l' => "%-I",
        'i' => "%M",
        's' | 'S' => "%S",
        'f' => "%6f",
        'p' => "%p",
        'M' => "%B",
        'b' => "%b",
        'W' => "%A",
        'a' => "%a",
        'j' => "%j",
        'T' => "%H:%M:%S",
        'r' => "%I:%M:%S %p",
        'U' => "%U",
        'u' => "%W",
        'v' => "%V",
        'x' => "%G",
        _ => return None,
    })
}

/// A text that is written after a pattern of MySQL.
pub fn parsed(text: &str, pattern: &str) -> Option<NaiveDateTime> {
    let mut form = String::with_capacity(pattern.len());
    let mut rest = pattern.chars();
    while let Some(letter) = rest.next() {
        match letter {
            '%' => form.push_str(chrono_of(rest.next()?)?),
            other => form.push(other),
        }
    }
    in_form(text, &form)
}

/// A text in a form of chrono; midnight where it says no time.
pub fn in_form(text: &str, form: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    NaiveDateTime::parse_from_str(text, form)
        .ok()
        .or_else(|| NaiveDate::parse_from_str(text, form).ok().map(|date| date.and_time(NaiveTime::MIN)))
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::{after_mysql, formatted, parsed};
    use crate::functions::format::cultures::Culture;

    #[test]
    fn dates_follow_a_pattern() {
        let moment = NaiveDate::from_ymd_opt(2026, 3, 7).unwrap().and_hms_milli_opt(14, 5, 9, 40).unwrap();
        for (pattern, culture, expected) in [
            ("yyyy-MM-dd", "", "2026-03-07"),
            ("dd-MM-yyyy HH:mm:ss", "", "07-03-2026 14:05:09"),
            ("d/M/yy h:m:s tt", "", "7/3/26 2:5:9 PM"),
            ("dddd d MMMM yyyy", "nl-NL", "zaterdag 7 maart 2026"),
            ("ddd dd MMM", "en-US", "Sat 07 Mar"),
            ("MMM", "fr", "mars"),
            ("d", "nl-NL", "7-3-2026"),
            ("d", "de-DE", "07.03.2026"),
            ("D", "es-ES", "sábado, 7 de marzo de 2026"),
            ("s", "", "2026-03-07T14:05:09"),
            ("HH:mm:ss.fff", "", "14:05:09.040"),
            ("'week' \\d", "", "week d"),
            ("yyyyMM", "xx-XX", "202603"),
        ] {
            assert_eq!(formatted(moment, pattern, Culture::named(culture)), expected, "{pattern}");
        }
        for (pattern, expected) in [
            ("%d-%m-%Y %H:%i:%s", "07-03-2026 14:05:09"),
            ("%e %M %y, %W", "7 March 26, Saturday"),
            ("%D %b %l%p 100%%", "7th Mar 2PM 100%"),
            ("%Y-%c", "2026-3"),
        ] {
            assert_eq!(after_mysql(moment, pattern), expected, "{pattern}");
        }
        assert_eq!(parsed("07-03-2026", "%d-%m-%Y"), Some(moment.date().into()));
        assert_eq!(parsed("7 maart", "%d-%m-%Y"), None);
    }
}
