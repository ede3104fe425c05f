//! SQLGetData: any column, in any order, bound or not, in pieces.

use super::fetch::{numeric, resolved, write_bookmark};
use super::{Outcome, Return, StatementCall};
use crate::abi::memory::Pointer;
use crate::convert::{Effect, Target, default_c_type, write};
use crate::handle::condition::{
    FRACTION_CUT, Failure, GENERAL_ERROR, INVALID_C_TYPE, INVALID_CURSOR_STATE, INVALID_INDEX, INVALID_LENGTH,
    INVALID_NULL_POINTER, TRUNCATED,
};
use crate::spec::c_type::CType;
use crate::spec::sql_type;

/// The arguments of SQLGetData.
pub struct Request {
    pub column: u16,
    pub c_type: i16,
    pub data: Pointer,
    pub room: isize,
    pub length: Pointer,
}

pub fn get_data(call: &mut StatementCall<'_>, request: &Request) -> Outcome {
    let row = call.statement.open_cursor()?.current_row();
    let Some(row) = row else {
        return Err(INVALID_CURSOR_STATE.because("the cursor stands on no row; call SQLFetch first"));
    };
    if request.data.is_null() {
        return Err(INVALID_NULL_POINTER.into());
    }
    if request.column == 0 {
        return bookmark(call, request, row);
    }
    let (c_type, sql_code, numeric) = conversion(call, request)?;
    let target = Target {
        c_type,
        sql_code,
        data: request.data,
        room: request.room.max(0).unsigned_abs(),
        octet_length: request.length,
        indicator: request.length,
        numeric,
    };
    let StatementCall { statement, .. } = call;
    if statement.reading.column != request.column {
        statement.reading.begin(request.column);
    }
    if statement.reading.progress.finished {
        return Ok(Return::NoData);
    }
    let run = statement.cursor.as_mut().map_or(Ok(None), |cursor| cursor.run_from(row))?;
    let Some(run) = run else {
        return Err(GENERAL_ERROR.because("the row is not there any more"));
    };
    let cell = run.column(request.column.into())?.cell(run.place);
    let written = write(cell, &target, &mut statement.reading.progress);
    match written.map_err(|condition| Failure::from(condition).at_column(request.column.into()))? {
        Effect::Whole => {}
        Effect::Cut => statement.diagnostics.warn_at(TRUNCATED, 1, request.column.into()),
        Effect::FractionCut => statement.diagnostics.warn_at(FRACTION_CUT, 1, request.column.into()),
    }
    Ok(Return::Done)
}

/// To which C type, from which SQL type, and the precision of the descriptor where the request goes by it.
type Conversion = (CType, i16, Option<(u8, i8)>);

/// What the request asks for, checked.
#[inline]
fn conversion(call: &mut StatementCall<'_>, request: &Request) -> Result<Conversion, Failure> {
    let number = usize::from(request.column);
    let Some(sql_code) = call.statement.columns.get(number - 1).map(|column| column.facts.row.code) else {
        let count = call.statement.columns.len();
        return Err(INVALID_INDEX.because(format!("there are {count} columns, not {number}")));
    };
    let wide = call.core.wide;
    let asked = CType::of(request.c_type).ok_or_else(|| INVALID_C_TYPE.because(request.c_type))?;
    let (c_type, numeric) = match asked {
        CType::Descriptor => match call.ard()?.record(number) {
            Some(record) => (resolved(record, sql_code), numeric(record)),
            None => (default_c_type(sql_code), None),
        },
        CType::Default => (default_c_type(sql_code), None),
        asked => (asked, None),
    };
    let c_type = c_type.spoken_as(wide);
    if c_type.size() == 0 && request.room < 0 {
        return Err(INVALID_LENGTH.into());
    }
    Ok((c_type, sql_code, numeric))
}

/// Column 0: the number of the row, from 1.
fn bookmark(call: &mut StatementCall<'_>, request: &Request, row: u64) -> Outcome {
    if call.statement.attributes.use_bookmarks == 0 {
        return Err(INVALID_INDEX.because("bookmarks are off; set SQL_ATTR_USE_BOOKMARKS"));
    }
    let c_type = CType::of(request.c_type).filter(|c_type| *c_type != CType::Default).unwrap_or(CType::Binary);
    if c_type.size() == 0 && request.room < 0 {
        return Err(INVALID_LENGTH.into());
    }
    let target = Target {
        c_type,
        sql_code: sql_type::VARBINARY,
        data: request.data,
        room: request.room.max(0).unsigned_abs(),
        octet_length: request.length,
        indicator: request.length,
        numeric: None,
    };
    if write_bookmark((row + 1).to_ne_bytes(), &target)? == Effect::Cut {
        call.statement.diagnostics.warn_at(TRUNCATED, 1, 0);
    }
    Ok(Return::Done)
}
