//! Numbers after the patterns of .NET.

use super::cultures::Culture;

/// After a standard pattern (`N2`, `C`, `P1`, `F0`, `D6`) or one made of `0`, `#`, `,`, `.` and `%`.
pub fn formatted(number: f64, pattern: &str, culture: &Culture) -> String {
    match standard(number, pattern, culture) {
        Some(text) => text,
        None => custom(number, pattern, culture),
    }
}

fn standard(number: f64, pattern: &str, culture: &Culture) -> Option<String> {
    let mut letters = pattern.chars();
    let letter = letters.next()?.to_ascii_uppercase();
    let digits = letters.as_str();
    let decimals: Option<usize> = match digits {
        "" => None,
        digits => Some(digits.parse().ok().filter(|digits| *digits <= 99)?),
    };
    let usual = decimals.unwrap_or(2);
    Some(match letter {
        'N' => signed(number, |size| grouped(size, usual, culture)),
        'F' => signed(number, |size| plain(size, usual, culture)),
        'P' => signed(number * 100.0, |size| format!("{}%", grouped(size, usual, culture))),
        'C' => signed(number, |size| {
            let size = grouped(size, usual, culture);
            if culture.currency_last {
                format!("{size}{}", culture.currency)
            } else {
                format!("{}{size}", culture.currency)
            }
        }),
        'D' => signed(number, |size| format!("{size:0width$.0}", width = decimals.unwrap_or(0))),
        'G' => number.to_string().replace('.', culture.decimal),
        _ => return None,
    })
}

/// The text of the number's size, behind a minus sign where something is left of a negative number.
fn signed(number: f64, text: impl Fn(f64) -> String) -> String {
    let text = text(number.abs());
    let shows_something = text.chars().any(|letter| matches!(letter, '1'..='9'));
    if number < 0.0 && shows_something { format!("-{text}") } else { text }
}

fn plain(size: f64, decimals: usize, culture: &Culture) -> String {
    rounded(size, decimals).replace('.', culture.decimal)
}

/// Rounded as people round, half away from zero, by the shortest text of the number.
fn rounded(size: f64, decimals: usize) -> String {
    let scale = 10_f64.powi(i32::try_from(decimals).unwrap_or(i32::MAX));
    let scaled = size * scale;
    if decimals > 15 || !scaled.is_finite() || scaled > 9.0e15 {
        return format!("{size:.decimals$}");
    }
    // A product that is a hair below a half was a half in the decimal text.
    let nearest = (scaled + scaled * f64::EPSILON).round();
    format!("{:.decimals$}", nearest / scale)
}

fn grouped(size: f64, decimals: usize, culture: &Culture) -> String {
    let text = rounded(size, decimals);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let point = if fraction.is_empty() { "" } else { culture.decimal };
    format!("{}{point}{fraction}", in_groups(whole, culture.group))
}

fn in_groups(digits: &str, separator: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push_str(separator);
        }
        text.push(digit);
    }
    text
}

/// Positive, negative and zero numbers may have a pattern each, separated by `;`.
fn custom(number: f64, pattern: &str, culture: &Culture) -> String {
    let mut sections = pattern.split(';');
    let positive = sections.next().unwrap_or_default();
    let negative = sections.next();
    let zero = sections.next();
    match (negative, zero) {
        (_, Some(zero)) if number == 0.0 => in_section(0.0, zero, culture),
        (Some(negative), _) if number < 0.0 && !negative.is_empty() => in_section(-number, negative, culture),
        _ => signed(number, |size| in_section(size, positive, culture)),
    }
}

fn in_section(size: f64, section: &str, culture: &Culture) -> String {
    let is_digit = |letter: char| matches!(letter, '0' | '#' | '.' | ',');
    let (Some(start), Some(end)) = (section.find(is_digit), section.rfind(is_digit)) else {
        return literal(section);
    };
    let digits = section.get(start..=end).unwrap_or_default();
    let (before, after) = (section.get(..start).unwrap_or_default(), section.get(end + 1..).unwrap_or_default());
    let size = if section.contains('%') { size * 100.0 } else { size };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let most = fraction.chars().filter(|letter| matches!(letter, '0' | '#')).count();
    let least = fraction.chars().filter(|letter| *letter == '0').count();
    let text = rounded(size, most);
    let (int, mut decimals) = text.split_once('.').unwrap_or((&text, ""));
    while decimals.len() > least && decimals.ends_with('0') {
        decimals = decimals.get(..decimals.len() - 1).unwrap_or_default();
    }
    let width = whole.chars().filter(|letter| *letter == '0').count();
    let int = if int == "0" && width == 0 { String::new() } else { format!("{int:0>width$}") };
    let int = if whole.contains(',') { in_groups(&int, culture.group) } else { int };
    let point = if decimals.is_empty() { "" } else { culture.decimal };
    format!("{}{int}{point}{decimals}{}", literal(before), literal(after))
}

fn literal(text: &str) -> String {
    text.replace(['\'', '"', '\\'], "")
}

#[cfg(test)]
mod tests {
    use super::formatted;
    use crate::functions::format::cultures::Culture;

    #[test]
    fn numbers_follow_a_pattern() {
        for (number, pattern, culture, expected) in [
            (1234.5, "N2", "", "1,234.50"),
            (-1_234_567.891, "N2", "nl-NL", "-1.234.567,89"),
            (-0.001, "N2", "", "0.00"),
            (0.215, "P1", "", "21.5%"),
            (1234.5, "C", "nl-NL", "€ 1.234,50"),
            (1234.5, "C2", "de-DE", "1.234,50 €"),
            (42.0, "D6", "", "000042"),
            (2.675, "F2", "", "2.68"),
            (1234.5, "#,##0.00", "", "1,234.50"),
            (0.5, "#.##", "", ".5"),
            (0.5, "0.##", "", "0.5"),
            (7.0, "0000", "", "0007"),
            (0.125, "0.0%", "", "12.5%"),
            (-5.0, "0.00;(0.00)", "", "(5.00)"),
            (0.0, "0;-0;none", "", "none"),
            (12.0, "'EUR' 0.00", "", "EUR 12.00"),
        ] {
            assert_eq!(formatted(number, pattern, Culture::named(culture)), expected, "{number} {pattern}");
        }
    }
}
