//! Values that break things (quotes, wildcards, characters outside the BMP, extreme dates and numbers), put where no
//! sum depends on them.

use super::facts::Facts;
use super::value::Value;

/// Names of the first accounts of a company.
pub const NAMES: &[&str] = &[
    "O'Neill & Zonen \"De Zwaan\" BV",
    "100% Natuurlijk_Vers",
    "Bakkerij 🥐 De Croissant 👨‍👩‍👧‍👦",
    "شركة النور للتجارة",
    "Trailing Blanks BV   ",
    "Jansen BV",
    "Jansen BV",
    "JANSEN BV",
    "Ångström Über Çelik ŁÓDŹ",
    "Back\\slash; -- DROP TABLE {x} [y] `z`",
    "Tab\tNew\nline\r\nBV",
    "日本商事株式会社",
    " Leading Blank",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝒜𝒢",
    "e\u{301} combining café",
    "null",
];

/// Days of 1753, 1900 and 9999, a leap day, and the last moment before 1970.
const DATES: &[i64] =
    &[-6_847_804_800_000, -2_208_988_800_000, 253_402_214_400_000, 1_709_164_800_000, -1, 0, -2_208_988_800_000];

const NUMBERS: &[f64] =
    &[0.1, 1e15, -0.01, 0.300_000_000_000_000_04, 1e-7, 9_075.0, -1_234_567.891, 0.0, 1.5, 33.333_333];

/// A text of 20,000 characters, with every kind of trouble in it.
pub fn long_text() -> Value {
    let sentence =
        "Zeer lange notitie met 'quotes', \"dubbele\", <tags> & entiteiten, 🚀 en regel\u{2028}scheiding.\r\n";
    Value::text(sentence.chars().cycle().take(20_000).collect::<String>())
}

/// An odd date for the first rows and some others, null for the rest.
pub fn date(facts: &Facts, shift: u32) -> Value {
    pick(DATES, facts, shift, 16).map_or(Value::Null, |millis| Value::Date(*millis))
}

/// An odd number, likewise.
pub fn number(facts: &Facts, shift: u32) -> Value {
    pick(NUMBERS, facts, shift, 12).map_or(Value::Null, |number| Value::Double(*number))
}

/// An empty string, blanks, or null: the three that are not the same.
pub fn emptiness(facts: &Facts, shift: u32) -> Value {
    pick(&["", "  ", "x"], facts, shift, 4).map_or(Value::Null, |text| Value::text(*text))
}

/// The first rows take the list in turn, so that the smallest company has all; others one of `chances`.
fn pick<'a, T>(list: &'a [T], facts: &Facts, shift: u32, chances: u64) -> Option<&'a T> {
    let at = if facts.ordinal < list.len() as u64 { facts.ordinal } else { (facts.hash >> shift) % chances };
    list.get(usize::try_from(at).unwrap_or(usize::MAX))
}
