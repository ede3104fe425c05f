//! SQLBulkOperations: rows by their bookmarks.

use super::fetch::{Span, deliver, is_ignored, load, status_of};
use super::{Outcome, Return, StatementCall, asynchronous};
use crate::abi::memory::Pointer;
use crate::handle::condition::{Failure, INVALID_ATTRIBUTE_ID, INVALID_BOOKMARK, INVALID_INDEX, NOT_IMPLEMENTED};
use crate::handle::descriptor::Places;
use crate::spec::c_type::CType;
use crate::spec::row;

const ADD: i16 = 4;
const DELETE_BY_BOOKMARK: i16 = 6;
const FETCH_BY_BOOKMARK: i16 = 7;

/// Fetches the rows whose bookmarks stand in the bound column 0; each row has its own status. The operations that
/// change rows are not there: INSERT, UPDATE and DELETE with the key do it.
pub fn operate(call: &mut StatementCall<'_>, operation: i16) -> Outcome {
    match operation {
        FETCH_BY_BOOKMARK => fetch(call),
        ADD..=DELETE_BY_BOOKMARK => {
            Err(NOT_IMPLEMENTED.because("positioned changes; use INSERT, UPDATE or DELETE with the key"))
        }
        _ => Err(INVALID_ATTRIBUTE_ID.because(operation)),
    }
}

fn fetch(call: &mut StatementCall<'_>) -> Outcome {
    if !call.statement.open_cursor()?.scrolls() {
        return Err(NOT_IMPLEMENTED.because("bookmarks of a forward-only cursor; set SQL_ATTR_CURSOR_TYPE to static"));
    }
    if asynchronous::read_ahead(call, u64::MAX)? {
        return Ok(Return::StillExecuting);
    }
    let bookmarks = bookmarks(call)?;
    let total = load(call, u64::MAX)?;
    let header = call.ird()?.header;
    let status = |row: usize, value: u16| status_of(header.array_status, row).write(value);
    call.statement.reading = Default::default();
    let (mut asked, mut failed) = (0_usize, 0);
    for (place, bookmark) in bookmarks.into_iter().enumerate() {
        let Some(bookmark) = bookmark else { continue };
        asked += 1;
        match bookmark.read::<u64>().and_then(|number| number.checked_sub(1)).filter(|row| *row < total) {
            Some(row) => {
                status(place, row::SUCCESS);
                failed += deliver(call, Span { row, place, rows: 1 }, &status)?;
            }
            None => {
                status(place, row::ERROR);
                call.statement.diagnostics.fail(Failure::from(INVALID_BOOKMARK).at_column(0), Some(place + 1));
                failed += 1;
            }
        }
    }
    header.rows_processed.write(asked - failed);
    Ok(if failed > 0 && failed == asked { Return::Failed } else { Return::Done })
}

/// Where the bookmark of each row of the rowset stands; `None` for rows that the row operation array excludes.
fn bookmarks(call: &mut StatementCall<'_>) -> Result<Vec<Option<Pointer>>, Failure> {
    let ard = call.ard()?;
    let (header, offset) = (ard.header, ard.offset());
    let bound = ard.record(0).filter(|record| !record.data.is_null()).map(|record| {
        let c_type = CType::of(record.concise_type).filter(|c_type| *c_type == CType::UBig).unwrap_or(CType::Binary);
        let room = if c_type == CType::Binary { record.octet_length } else { 8 };
        (Places::of(record, &header, offset, c_type), room)
    });
    let Some((places, 8..)) = bound.filter(|_| call.statement.attributes.use_bookmarks != 0) else {
        let hint = "bind column 0 with 8 bytes and set SQL_ATTR_USE_BOOKMARKS before the statement is prepared";
        return Err(INVALID_INDEX.because(hint));
    };
    (0..header.array_size.max(1)).map(|row| Ok((!is_ignored(call, row)?).then(|| places.data(row)))).collect()
}
