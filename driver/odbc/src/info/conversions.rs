//! SQL_CONVERT_*: which type CONVERT and CAST make of which.

/// Types that convert alike.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Text,
    Number,
    /// As numbers, but not to and from bits.
    Decimal,
    Bit,
    Date,
    Time,
    Timestamp,
    Binary,
    Guid,
}

/// The info type that asks about a type, its bit in the answers, and its family.
const TYPES: &[(u16, u32, Family)] = &[
    (56, 0x1, Family::Text),
    (63, 0x2, Family::Decimal),
    (58, 0x4, Family::Decimal),
    (61, 0x8, Family::Number),
    (65, 0x10, Family::Number),
    (60, 0x20, Family::Number),
    (64, 0x40, Family::Number),
    (59, 0x80, Family::Number),
    (70, 0x100, Family::Text),
    (62, 0x200, Family::Text),
    (54, 0x400, Family::Binary),
    (69, 0x800, Family::Binary),
    (55, 0x1000, Family::Bit),
    (68, 0x2000, Family::Number),
    (53, 0x4000, Family::Number),
    (57, 0x8000, Family::Date),
    (66, 0x1_0000, Family::Time),
    (67, 0x2_0000, Family::Timestamp),
    (71, 0x4_0000, Family::Binary),
    (122, 0x20_0000, Family::Text),
    (125, 0x40_0000, Family::Text),
    (126, 0x80_0000, Family::Text),
    (173, 0x100_0000, Family::Guid),
];

/// The types that a type converts to, if the info type asks about one.
#[must_use]
pub fn converts(info_type: u16) -> Option<u32> {
    let (.., from) = TYPES.iter().find(|(asks, ..)| *asks == info_type)?;
    Some(TYPES.iter().filter(|(.., to)| can(*from, *to)).fold(0, |bits, (_, bit, _)| bits | bit))
}

fn can(from: Family, to: Family) -> bool {
    let related = matches!(
        (from, to),
        (Family::Date, Family::Timestamp)
            | (Family::Timestamp, Family::Date | Family::Time)
            | (Family::Number, Family::Decimal | Family::Bit)
            | (Family::Decimal | Family::Bit, Family::Number)
    );
    from == to || from == Family::Text || to == Family::Text || related
}
