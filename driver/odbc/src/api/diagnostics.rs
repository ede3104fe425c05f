//! SQLGetDiagRec and SQLGetDiagField.

use crate::abi::memory::Pointer;
use crate::abi::text::{Encoding, TextOut};
use crate::handle::condition::{Failure, odbc2_state};
use crate::handle::diagnostics::{Diagnostics, Record};
use crate::handle::token::{self, Kind, Object, Token};
use crate::spec::{OV_ODBC2, diag, handle_type, ret};

/// What a diagnostic area belongs to.
#[derive(Clone, Debug)]
pub struct Owner {
    pub odbc2: bool,
    /// SQL_DIAG_CONNECTION_NAME and SQL_DIAG_SERVER_NAME.
    pub data_source: String,
    pub is_statement: bool,
    pub wide: Encoding,
}

/// Lets `read` see the diagnostics of a handle; `None` for an invalid one.
pub fn with_area<R>(kind: i16, given: Token, read: impl FnOnce(&Diagnostics, Owner) -> R) -> Option<R> {
    let kind = match kind {
        handle_type::ENV => Kind::Environment,
        handle_type::DBC => Kind::Connection,
        handle_type::STMT => Kind::Statement,
        handle_type::DESC => Kind::Descriptor,
        _ => return None,
    };
    let (connection, index) = match token::find(given, kind)? {
        Object::Environment(environment) => {
            let state = environment.lock();
            let odbc2 = state.version == Some(OV_ODBC2);
            let owner = Owner { odbc2, data_source: String::new(), is_statement: false, wide: state.wide };
            return Some(read(&state.diagnostics, owner));
        }
        Object::Connection(connection) => (connection, 0),
        Object::Statement(found) => (found.connection.clone(), found.index),
        Object::Descriptor(connection, index) => (connection, index),
    };
    let state = connection.lock();
    let area = match kind {
        Kind::Statement => &state.statements.get(index).filter(|one| one.token == given)?.diagnostics,
        Kind::Descriptor => &state.descriptors.get(index).filter(|one| one.token == given)?.diagnostics,
        _ => &state.core.diagnostics,
    };
    let data_source = state.core.open.as_ref().map_or(String::new(), |open| open.data_source.clone());
    let (odbc2, wide) = (state.core.is_odbc2(), state.core.wide);
    let owner = Owner { odbc2, data_source, is_statement: kind == Kind::Statement, wide };
    Some(read(area, owner))
}

fn state_of<'a>(area: &Diagnostics, record: &'a Record, odbc2: bool) -> &'a str {
    if odbc2 { odbc2_state(record.state, area.failed) } else { record.state }
}

fn record(area: &Diagnostics, number: i16) -> Result<Option<&Record>, i16> {
    match usize::try_from(number).ok().and_then(|number| number.checked_sub(1)) {
        Some(index) => Ok(area.records.get(index)),
        None => Err(ret::ERROR),
    }
}

/// SQLGetDiagRec.
pub fn get_record(
    area: &Diagnostics,
    owner: &Owner,
    number: i16,
    state: &TextOut,
    native: Pointer,
    message: &TextOut,
) -> Result<i16, Failure> {
    let record = match record(area, number) {
        Ok(Some(record)) => record,
        Ok(None) => return Ok(ret::NO_DATA),
        Err(code) => return Ok(code),
    };
    state.put(state_of(area, record, owner.odbc2))?;
    native.write(record.native);
    let cut = message.put(&record.message)?;
    Ok(if cut { ret::SUCCESS_WITH_INFO } else { ret::SUCCESS })
}

/// SQLGetDiagField.
pub fn get_field(
    area: &Diagnostics,
    owner: &Owner,
    number: i16,
    field: i16,
    value: Pointer,
    text: &TextOut,
) -> Result<i16, Failure> {
    match field {
        diag::RETURNCODE => value.write(area.return_code),
        diag::NUMBER => value.write(i32::try_from(area.records.len()).unwrap_or(i32::MAX)),
        diag::ROW_COUNT if owner.is_statement => value.write(isize::try_from(area.row_count).unwrap_or(-1)),
        diag::CURSOR_ROW_COUNT if owner.is_statement => {
            value.write(isize::try_from(area.cursor_row_count).unwrap_or(-1));
        }
        diag::DYNAMIC_FUNCTION if owner.is_statement => return put(text, area.dynamic_function.0),
        diag::DYNAMIC_FUNCTION_CODE if owner.is_statement => value.write(area.dynamic_function.1),
        diag::ROW_COUNT | diag::CURSOR_ROW_COUNT | diag::DYNAMIC_FUNCTION | diag::DYNAMIC_FUNCTION_CODE => {
            return Ok(ret::ERROR);
        }
        _ => {
            return match record(area, number) {
                Ok(Some(record)) => record_field(area, record, owner, field, value, text),
                Ok(None) => Ok(ret::NO_DATA),
                Err(code) => Ok(code),
            };
        }
    }
    Ok(ret::SUCCESS)
}

fn record_field(
    area: &Diagnostics,
    record: &Record,
    owner: &Owner,
    field: i16,
    value: Pointer,
    text: &TextOut,
) -> Result<i16, Failure> {
    match field {
        diag::SQLSTATE => return put(text, state_of(area, record, owner.odbc2)),
        diag::MESSAGE_TEXT => return put(text, &record.message),
        diag::CLASS_ORIGIN => return put(text, record.class_origin()),
        diag::SUBCLASS_ORIGIN => return put(text, record.subclass_origin()),
        diag::CONNECTION_NAME | diag::SERVER_NAME => return put(text, &owner.data_source),
        diag::NATIVE => value.write(record.native),
        diag::ROW_NUMBER => value.write(record.row_number()),
        diag::COLUMN_NUMBER => value.write(record.column_number()),
        _ => return Ok(ret::ERROR),
    }
    Ok(ret::SUCCESS)
}

fn put(out: &TextOut, text: &str) -> Result<i16, Failure> {
    Ok(if out.put(text)? { ret::SUCCESS_WITH_INFO } else { ret::SUCCESS })
}
