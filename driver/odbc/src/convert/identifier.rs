//! GUIDs.

use super::cell::Cell;
use super::{Effect, Target, parse};
use crate::abi::structs::Guid;
use crate::handle::condition::{Condition, INVALID_CAST, RESTRICTED_TYPE};

/// Writes the value, the text of a GUID, as `SQLGUID`.
pub fn write(cell: Cell<'_>, target: &Target) -> Result<Effect, Condition> {
    let bytes = match cell {
        Cell::Text(text) => parse::guid(text).ok_or(INVALID_CAST)?,
        _ => return Err(RESTRICTED_TYPE),
    };
    target.fixed(structure(bytes));
    Ok(Effect::Whole)
}

/// The structure of a GUID whose bytes stand in the order of the text.
#[must_use]
pub fn structure(bytes: [u8; 16]) -> Guid {
    let [a, b, c, d, e, f, g, h, rest @ ..] = bytes;
    Guid {
        d1: u32::from_be_bytes([a, b, c, d]),
        d2: u16::from_be_bytes([e, f]),
        d3: u16::from_be_bytes([g, h]),
        d4: rest,
    }
}

/// The bytes of a GUID in the order of the text.
#[must_use]
pub fn bytes(guid: Guid) -> [u8; 16] {
    let [a, b, c, d] = guid.d1.to_be_bytes();
    let [e, f] = guid.d2.to_be_bytes();
    let [g, h] = guid.d3.to_be_bytes();
    let [i, j, k, l, m, n, o, p] = guid.d4;
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}
