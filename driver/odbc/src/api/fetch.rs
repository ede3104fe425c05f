//! SQLBindCol, SQLFetch, SQLFetchScroll, SQLExtendedFetch and SQLSetPos.

use exact_engine::Limits;

use super::{Outcome, Return, StatementCall, asynchronous};
use crate::abi::memory::Pointer;
use crate::abi::text::Encoding;
use crate::convert::cell::Cell;
use crate::convert::column::{Segment, write_rows};
use crate::convert::pieces::Progress;
use crate::convert::{Effect, Target, default_c_type, write};
use crate::handle::condition::{
    BEFORE_FIRST_ROWSET, Condition, FRACTION_CUT, Failure, GENERAL_ERROR, INVALID_ATTRIBUTE_ID, INVALID_BOOKMARK,
    INVALID_C_TYPE, INVALID_CURSOR_STATE, INVALID_INDEX, INVALID_LENGTH, INVALID_ORIENTATION, INVALID_POSITION,
    INVALID_ROW, NOT_IMPLEMENTED, TRUNCATED,
};
use crate::handle::connection::seconds;
use crate::handle::cursor::Position;
use crate::handle::descriptor::{Descriptor, Places, Record};
use crate::handle::statement::FetchedBy;
use crate::spec::c_type::CType;
use crate::spec::{fetch, row, sql_type};

/// SQLBindCol writes the ARD record of the column. A null buffer unbinds the data; the length may stay.
pub fn bind_col(
    call: &mut StatementCall<'_>,
    number: u16,
    c_type: i16,
    data: Pointer,
    room: isize,
    length: Pointer,
) -> Outcome {
    if CType::of(c_type).is_none_or(|c_type| c_type == CType::Descriptor) {
        return Err(INVALID_C_TYPE.because(c_type));
    }
    if room < 0 {
        return Err(INVALID_LENGTH.into());
    }
    let number = usize::from(number);
    let ard = call.ard()?;
    if data.is_null() && length.is_null() && number > ard.count() {
        return Ok(Return::Done);
    }
    if let Some(record) = ard.record_mut(number) {
        *record = Record::new(ard_role());
        record.set_concise_type(c_type);
        record.data = data;
        record.octet_length = room;
        record.octet_length_pointer = length;
        record.indicator = length;
    }
    // SQL_DESC_COUNT is the highest bound column.
    while ard.count() > 0 && ard.record(ard.count()).is_some_and(|record| !record.is_bound()) {
        ard.set_count(ard.count() - 1);
    }
    Ok(Return::Done)
}

fn ard_role() -> crate::handle::descriptor::Role {
    crate::handle::descriptor::Role::ApplicationRow
}

/// SQLFetch and SQLFetchScroll.
pub fn fetch_scroll(call: &mut StatementCall<'_>, orientation: i16, offset: isize) -> Outcome {
    let size = call.ard()?.header.array_size.max(1);
    let header = call.ird()?.header;
    let offset = match orientation {
        fetch::BOOKMARK => bookmark(call)?.saturating_add(offset as i64),
        _ => offset as i64,
    };
    rowset(call, FetchedBy::Fetch, orientation, offset, size, header.rows_processed, header.array_status)
}

/// SQLExtendedFetch: as ODBC 2 has it, with its own rowset size.
pub fn extended_fetch(
    call: &mut StatementCall<'_>,
    orientation: u16,
    offset: isize,
    fetched: Pointer,
    status: Pointer,
) -> Outcome {
    let size = call.statement.attributes.rowset_size;
    call.statement.extended_status = status;
    rowset(call, FetchedBy::ExtendedFetch, orientation.cast_signed(), offset as i64, size, fetched, status)
}

/// The row number in the application's bookmark, which SQL_ATTR_FETCH_BOOKMARK_PTR points at.
fn bookmark(call: &StatementCall<'_>) -> Result<i64, Failure> {
    if call.statement.attributes.use_bookmarks == 0 {
        return Err(INVALID_ORIENTATION.because("bookmarks are off; set SQL_ATTR_USE_BOOKMARKS"));
    }
    let pointer = call.statement.attributes.fetch_bookmark;
    pointer.read::<i64>().filter(|number| *number > 0).ok_or_else(|| INVALID_BOOKMARK.into())
}

/// Positions the cursor, delivers the rowset's bound columns, and tells rows and their status.
fn rowset(
    call: &mut StatementCall<'_>,
    by: FetchedBy,
    orientation: i16,
    offset: i64,
    size: usize,
    fetched: Pointer,
    status: Pointer,
) -> Outcome {
    let end = needed(call, orientation, size)?;
    if asynchronous::read_ahead(call, end)? {
        return Ok(Return::StillExecuting);
    }
    call.statement.fetched = Some(by);
    call.statement.reading.begin(0);
    fetched.write(0_usize);
    let Some(first) = destination(call, orientation, offset, size)? else {
        return Ok(Return::NoData);
    };
    let received = load(call, first.saturating_add(size as u64))?;
    let cursor = call.statement.open_cursor()?;
    let rows = usize::try_from(received.saturating_sub(first)).unwrap_or(usize::MAX).min(size);
    cursor.stand_on(first, rows);
    if rows == 0 {
        return Ok(Return::NoData);
    }
    fetched.write(rows);
    let place = |row: usize| status_of(status, row);
    for row in 0..size {
        place(row).write(if row < rows { row::SUCCESS } else { row::NOROW });
    }
    if call.statement.attributes.retrieve_data == 0 {
        return Ok(Return::Done);
    }
    let failed = deliver(call, Span { row: first, place: 0, rows }, &|row, value| place(row).write(value))?;
    Ok(if failed == rows { Return::Failed } else { Return::Done })
}

/// Up to which row (exclusive) a fetch reads. Every orientation but NEXT needs a cursor that scrolls, and all rows.
fn needed(call: &mut StatementCall<'_>, orientation: i16, size: usize) -> Result<u64, Failure> {
    let cursor = call.statement.open_cursor()?;
    if orientation == fetch::NEXT {
        return Ok(next_row(cursor.position).map_or(0, |first| first.saturating_add(size as u64)));
    }
    if !(fetch::FIRST..=fetch::BOOKMARK).contains(&orientation) || orientation == 7 {
        return Err(INVALID_ORIENTATION.into());
    }
    if !cursor.scrolls() {
        return Err(INVALID_ORIENTATION.because("the cursor is forward-only; set SQL_ATTR_CURSOR_TYPE to static"));
    }
    Ok(u64::MAX)
}

/// The row after the rowset.
fn next_row(position: Position) -> Option<u64> {
    match position {
        Position::Before => Some(0),
        Position::On { first, rows } => Some(first + rows as u64),
        Position::After => None,
    }
}

/// Reads on until row `end` is there; gives how many rows there are.
pub fn load(call: &mut StatementCall<'_>, end: u64) -> Result<u64, Failure> {
    let timeout = seconds(call.statement.attributes.query_timeout);
    let running = call.running;
    let cursor = call.statement.open_cursor()?;
    if cursor.has(end) {
        return Ok(cursor.received());
    }
    let loaded = running.during(|cancel| cursor.load(end, &Limits { cancel, timeout }));
    let notices = cursor.take_notices();
    call.statement.diagnostics.notices(notices);
    loaded.map_err(|error| call.core.note(error.into()))
}

/// The first row of the rowset that a fetch asks for, from 0; `None` when it lies outside the result, where
/// the cursor then stands (ODBC: SQLFetchScroll, "Cursor Positioning Rules").
fn destination(
    call: &mut StatementCall<'_>,
    orientation: i16,
    offset: i64,
    size: usize,
) -> Result<Option<u64>, Failure> {
    let position = call.statement.open_cursor()?.position;
    if orientation == fetch::NEXT {
        return Ok(next_row(position));
    }
    let total = load(call, u64::MAX)?.cast_signed();
    let size = size as i64;
    let wanted = match (orientation, position) {
        (fetch::FIRST, _) => 0,
        (fetch::LAST, _) => (total - size).max(0),
        (fetch::PRIOR, Position::Before) => return Ok(None),
        (fetch::PRIOR, Position::On { first: 0, .. }) => -size - 1,
        (fetch::PRIOR, Position::On { first, .. }) => first.cast_signed() - size,
        (fetch::PRIOR, Position::After) => (total - size).max(0),
        (fetch::RELATIVE, Position::On { first: 0, .. }) if offset < 0 => -size - 1,
        (fetch::RELATIVE, Position::On { first, .. }) => first.cast_signed().saturating_add(offset),
        (fetch::RELATIVE, Position::Before) if offset <= 0 => return Ok(None),
        (fetch::RELATIVE, Position::After) if offset >= 0 => return Ok(None),
        (_, _) if offset > 0 => offset - 1,
        (_, _) if offset == 0 => -size - 1,
        (_, _) => total.saturating_add(offset),
    };
    place(call, wanted, size, total)
}

/// A start before the first row but within one rowset of it begins at the first row, with 01S06.
fn place(call: &mut StatementCall<'_>, wanted: i64, size: i64, total: i64) -> Result<Option<u64>, Failure> {
    let outside = if wanted < -size {
        Some(Position::Before)
    } else if wanted >= total {
        Some(Position::After)
    } else {
        None
    };
    if let Some(position) = outside {
        let cursor = call.statement.open_cursor()?;
        cursor.position = position;
        return Ok(None);
    }
    if wanted < 0 {
        call.statement.diagnostics.warn(BEFORE_FIRST_ROWSET);
    }
    Ok(Some(u64::try_from(wanted).unwrap_or(0)))
}

/// What became of the rows of a rowset.
struct Report<'a> {
    set_status: &'a dyn Fn(usize, u16),
    warnings: Vec<(usize, usize, Condition)>,
    errors: Vec<(usize, usize, Condition)>,
}

impl Report<'_> {
    fn hear(&mut self, row: usize, column: usize, done: Result<Effect, Condition>) {
        match done {
            Ok(Effect::Whole) => {}
            Ok(Effect::Cut) => self.warnings.push((row, column, TRUNCATED)),
            Ok(Effect::FractionCut) => self.warnings.push((row, column, FRACTION_CUT)),
            Err(condition) => self.errors.push((row, column, condition)),
        }
    }

    /// Writes statuses and records; gives how many rows failed.
    fn finish(self, diagnostics: &mut crate::handle::diagnostics::Diagnostics) -> usize {
        for (row, column, condition) in self.warnings {
            (self.set_status)(row, row::SUCCESS_WITH_INFO);
            diagnostics.warn_at(condition, row + 1, column);
        }
        let mut failed: Vec<usize> = Vec::new();
        for (row, column, condition) in self.errors {
            (self.set_status)(row, row::ERROR);
            diagnostics.fail(Failure::from(condition).at_column(column), Some(row + 1));
            failed.push(row);
        }
        failed.sort_unstable();
        failed.dedup();
        failed.len()
    }
}

/// Rows of the result and where they stand in the rowset.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The first row of the result, from 0.
    pub row: u64,
    /// Its row in the rowset, from 0.
    pub place: usize,
    pub rows: usize,
}

/// Writes the bound columns of rows, column by column and batch by batch; gives how many rows failed.
pub fn deliver(call: &mut StatementCall<'_>, span: Span, set_status: &dyn Fn(usize, u16)) -> Result<usize, Failure> {
    let StatementCall { core, statement, descriptors, .. } = call;
    let ard = descriptors.get(statement.descriptors.ard).ok_or_else(|| GENERAL_ERROR.because("no row descriptor"))?;
    let columns = &statement.columns;
    let highest = (1..=ard.count()).rev().find(|number| ard.record(*number).is_some_and(Record::is_bound));
    if highest.is_some_and(|highest| highest > columns.len()) {
        return Err(INVALID_INDEX.because("a column is bound that the result does not have"));
    }
    if statement.attributes.use_bookmarks == 0 && ard.record(0).is_some_and(Record::is_bound) {
        return Err(INVALID_INDEX.because("column 0 is bound, but bookmarks are off; set SQL_ATTR_USE_BOOKMARKS"));
    }
    let Some(cursor) = statement.cursor.as_mut() else { return Ok(0) };
    let mut report = Report { set_status, warnings: Vec::new(), errors: Vec::new() };
    deliver_bookmarks(ard, span, &mut report);
    let mut done = 0;
    while done < span.rows {
        let Some(run) = cursor.run_from(span.row + done as u64)? else { break };
        let length = run.rows.min(span.rows - done);
        let segment = Segment { batch_row: run.place, rowset_row: span.place + done, rows: length };
        for (number, described) in columns.iter().enumerate().map(|(index, column)| (index + 1, column)) {
            let Some(record) = ard.record(number).filter(|record| record.is_bound()) else { continue };
            let (target, places) = target(record, ard, described.facts.row.code, core.wide);
            write_rows(run.column(number)?, segment, &target, &places, &mut |row, done| {
                report.hear(row, number, done);
            });
        }
        done += length;
    }
    Ok(report.finish(&mut statement.diagnostics))
}

/// The bookmark column, if it is bound: row numbers from 1.
fn deliver_bookmarks(ard: &Descriptor, span: Span, report: &mut Report<'_>) {
    let Some(record) = ard.record(0).filter(|record| record.is_bound()) else { return };
    let (target, places) = target(record, ard, sql_type::VARBINARY, Encoding::Utf16);
    for row in 0..span.rows {
        let place = span.place + row;
        let number = (span.row + row as u64 + 1).to_ne_bytes();
        let own = Target {
            data: places.data(place),
            octet_length: places.octet_length(place),
            indicator: places.indicator(place),
            ..target
        };
        report.hear(place, 0, write_bookmark(number, &own));
    }
}

/// A bookmark as `SQL_C_VARBOOKMARK`, which is binary, or as the number that it is.
pub fn write_bookmark(number: [u8; 8], target: &Target) -> Result<Effect, Condition> {
    let cell = match target.c_type {
        CType::Binary => Cell::Binary(&number),
        _ => Cell::Int(i64::from_ne_bytes(number)),
    };
    write(cell, target, &mut Progress::default())
}

/// Type, room and places of a bound column.
fn target(record: &Record, ard: &Descriptor, sql_code: i16, wide: Encoding) -> (Target, Places) {
    let c_type = resolved(record, sql_code).spoken_as(wide);
    let places = Places::of(record, &ard.header, ard.offset(), c_type);
    let target = Target {
        c_type,
        sql_code,
        data: Pointer::NULL,
        room: record.octet_length.max(0).unsigned_abs(),
        octet_length: Pointer::NULL,
        indicator: Pointer::NULL,
        numeric: numeric(record),
    };
    (target, places)
}

/// The C type of a record, `SQL_C_DEFAULT` resolved by the column's type.
pub fn resolved(record: &Record, sql_code: i16) -> CType {
    match CType::of(record.concise_type) {
        Some(CType::Default | CType::Descriptor) | None => default_c_type(sql_code),
        Some(c_type) => c_type,
    }
}

/// Precision and scale for `SQL_C_NUMERIC` or the digits of an interval, if the application has set them.
pub fn numeric(record: &Record) -> Option<(u8, i8)> {
    if record.verbose_type == sql_type::INTERVAL {
        let leading = u8::try_from(record.datetime_interval_precision).ok()?;
        return Some((leading, i8::try_from(record.precision).ok()?));
    }
    if record.verbose_type != sql_type::NUMERIC || (record.precision == 0 && record.scale == 0) {
        return None;
    }
    let precision = if record.precision == 0 { 38 } else { record.precision };
    Some((u8::try_from(precision).ok()?, i8::try_from(record.scale).ok()?))
}

/// SQLSetPos: positions within the rowset, or delivers rows of it again.
pub fn set_pos(call: &mut StatementCall<'_>, row: usize, operation: u16, lock: u16) -> Outcome {
    const POSITION: u16 = 0;
    const REFRESH: u16 = 1;
    const DELETE: u16 = 3;
    const EXCLUSIVE: u16 = 1;
    let cursor = call.statement.open_cursor()?;
    let Position::On { first, rows } = cursor.position else {
        return Err(INVALID_CURSOR_STATE.because("the cursor stands on no row"));
    };
    if row > rows {
        return Err(INVALID_ROW.because(format!("the rowset has {rows} rows")));
    }
    match (operation, lock) {
        (POSITION, _) if row == 0 => return Err(INVALID_POSITION.because("a row must be named")),
        (POSITION | REFRESH, 0) => {}
        (POSITION..=DELETE, EXCLUSIVE..=2) => return Err(NOT_IMPLEMENTED.because("locks")),
        (POSITION..=DELETE, 0) => {
            return Err(NOT_IMPLEMENTED.because("positioned changes; use UPDATE or DELETE with the key"));
        }
        _ => return Err(INVALID_ATTRIBUTE_ID.because("operation or lock type")),
    }
    if row > 0 {
        cursor.row_in_rowset = row - 1;
        call.statement.reading = Default::default();
    }
    if operation == REFRESH {
        return refresh(call, first, if row == 0 { 0..rows } else { row - 1..row });
    }
    Ok(Return::Done)
}

/// Delivers rows of the rowset again, but for those that the row operation array excludes.
fn refresh(call: &mut StatementCall<'_>, first: u64, rows: std::ops::Range<usize>) -> Outcome {
    let whole = rows.len() > 1;
    let mut failed = 0;
    let mut asked = 0;
    for place in rows {
        if whole && is_ignored(call, place)? {
            continue;
        }
        let statuses = match call.statement.fetched {
            Some(FetchedBy::ExtendedFetch) => call.statement.extended_status,
            _ => call.ird()?.header.array_status,
        };
        let status = |row: usize, value: u16| status_of(statuses, row).write(value);
        status(place, row::SUCCESS);
        asked += 1;
        failed += deliver(call, Span { row: first + place as u64, place, rows: 1 }, &status)?;
    }
    Ok(if failed > 0 && failed == asked { Return::Failed } else { Return::Done })
}

/// Whether SQL_ATTR_ROW_OPERATION_PTR excludes a row of the rowset from what SQLSetPos and SQLBulkOperations do.
pub fn is_ignored(call: &mut StatementCall<'_>, row: usize) -> Result<bool, Failure> {
    let operations = call.ard()?.header.array_status;
    Ok(status_of(operations, row).read::<u16>() == Some(row::IGNORE))
}

/// The element of a status or operation array.
pub fn status_of(array: Pointer, row: usize) -> Pointer {
    array.at((row * size_of::<u16>()).cast_signed())
}
