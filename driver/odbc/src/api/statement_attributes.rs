//! SQLSetStmtAttr and SQLGetStmtAttr. Values are as wide as a pointer; many are fields of descriptors.

use super::{Outcome, Return, StatementCall};
use crate::abi::memory::Pointer;
use crate::handle::condition::{
    AUTOMATIC_DESCRIPTOR, CANNOT_SET_NOW, Condition, Failure, INVALID_ATTRIBUTE_ID, INVALID_ATTRIBUTE_VALUE,
    INVALID_CURSOR_STATE, NOT_IMPLEMENTED, OPTION_CHANGED,
};
use crate::handle::descriptor::Role;
use crate::handle::token::Token;
use crate::spec::attribute::stmt;

pub fn set_attribute(call: &mut StatementCall<'_>, attribute: i32, value: Pointer) -> Outcome {
    call.statement.refuse_need_data()?;
    refuse_while_open(call, attribute)?;
    if set_descriptor_field(call, attribute, value)? {
        return Ok(Return::Done);
    }
    let number = value.address();
    let attributes = &mut call.statement.attributes;
    match attribute {
        stmt::QUERY_TIMEOUT => attributes.query_timeout = number,
        stmt::MAX_ROWS => attributes.max_rows = number,
        stmt::NOSCAN => attributes.noscan = number,
        stmt::RETRIEVE_DATA => attributes.retrieve_data = number,
        stmt::METADATA_ID => attributes.metadata_id = number,
        stmt::FETCH_BOOKMARK_PTR => attributes.fetch_bookmark = value,
        stmt::USE_BOOKMARKS => attributes.use_bookmarks = number,
        stmt::ROWSET_SIZE => attributes.rowset_size = number.max(1),
        stmt::CURSOR_TYPE => set_cursor_type(call, number)?,
        stmt::CURSOR_SCROLLABLE => {
            attributes.cursor_type = if number == 0 { stmt::CURSOR_FORWARD_ONLY } else { stmt::CURSOR_STATIC };
        }
        stmt::MAX_LENGTH => only(call, number, 0, OPTION_CHANGED),
        stmt::CONCURRENCY => only(call, number, stmt::CONCUR_READ_ONLY, OPTION_CHANGED),
        stmt::KEYSET_SIZE | stmt::SIMULATE_CURSOR => only(call, number, 0, OPTION_CHANGED),
        // Unspecified and insensitive are what we are.
        stmt::CURSOR_SENSITIVITY if number > 1 => call.statement.diagnostics.warn(OPTION_CHANGED),
        stmt::CURSOR_SENSITIVITY | stmt::ENABLE_AUTO_IPD => {}
        stmt::ASYNC_ENABLE if number == 0 => {}
        stmt::ASYNC_ENABLE => return Err(NOT_IMPLEMENTED.because("asynchronous statements")),
        stmt::APP_ROW_DESC | stmt::APP_PARAM_DESC => set_descriptor(call, attribute, Token(number))?,
        stmt::IMP_ROW_DESC | stmt::IMP_PARAM_DESC => return Err(AUTOMATIC_DESCRIPTOR.into()),
        _ => return Err(INVALID_ATTRIBUTE_ID.into()),
    }
    Ok(Return::Done)
}

/// Accepts one value and answers every other with `condition`.
fn only(call: &mut StatementCall<'_>, number: usize, accepted: usize, condition: Condition) {
    if number != accepted {
        call.statement.diagnostics.warn(condition);
    }
}

/// The kind of cursor is decided before it opens (24000, HY011).
fn refuse_while_open(call: &StatementCall<'_>, attribute: i32) -> Result<(), Failure> {
    let decides = [
        stmt::CURSOR_TYPE,
        stmt::CURSOR_SCROLLABLE,
        stmt::CURSOR_SENSITIVITY,
        stmt::CONCURRENCY,
        stmt::SIMULATE_CURSOR,
        stmt::USE_BOOKMARKS,
    ]
    .contains(&attribute);
    if !decides {
        return Ok(());
    }
    if call.statement.cursor.is_some() {
        return Err(INVALID_CURSOR_STATE.because("a cursor is open"));
    }
    if call.statement.prepared.is_some() && attribute == stmt::SIMULATE_CURSOR {
        return Err(CANNOT_SET_NOW.into());
    }
    Ok(())
}

fn set_cursor_type(call: &mut StatementCall<'_>, kind: usize) -> Result<(), Failure> {
    call.statement.attributes.cursor_type = match kind {
        stmt::CURSOR_FORWARD_ONLY => stmt::CURSOR_FORWARD_ONLY,
        stmt::CURSOR_STATIC => stmt::CURSOR_STATIC,
        1 | 2 => {
            call.statement.diagnostics.warn(OPTION_CHANGED.because("the cursor is a static one"));
            stmt::CURSOR_STATIC
        }
        _ => return Err(INVALID_ATTRIBUTE_VALUE.into()),
    };
    Ok(())
}

/// Attributes that are header fields of the descriptors; `false` for any other.
fn set_descriptor_field(call: &mut StatementCall<'_>, attribute: i32, value: Pointer) -> Result<bool, Failure> {
    let number = value.address();
    match attribute {
        stmt::ROW_ARRAY_SIZE | stmt::PARAMSET_SIZE if number == 0 => return Err(INVALID_ATTRIBUTE_VALUE.into()),
        stmt::ROW_ARRAY_SIZE => call.ard()?.header.array_size = number,
        stmt::ROW_BIND_TYPE => call.ard()?.header.bind_type = number,
        stmt::ROW_BIND_OFFSET_PTR => call.ard()?.header.bind_offset = value,
        stmt::ROW_OPERATION_PTR => call.ard()?.header.array_status = value,
        stmt::ROW_STATUS_PTR => call.ird()?.header.array_status = value,
        stmt::ROWS_FETCHED_PTR => call.ird()?.header.rows_processed = value,
        stmt::PARAMSET_SIZE => call.apd()?.header.array_size = number,
        stmt::PARAM_BIND_TYPE => call.apd()?.header.bind_type = number,
        stmt::PARAM_BIND_OFFSET_PTR => call.apd()?.header.bind_offset = value,
        stmt::PARAM_OPERATION_PTR => call.apd()?.header.array_status = value,
        stmt::PARAM_STATUS_PTR => call.ipd()?.header.array_status = value,
        stmt::PARAMS_PROCESSED_PTR => call.ipd()?.header.rows_processed = value,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Sets an explicit descriptor, or with 0 or its own token the statement's own again.
fn set_descriptor(call: &mut StatementCall<'_>, attribute: i32, token: Token) -> Result<(), Failure> {
    let numbers = call.statement.descriptors;
    let own = if attribute == stmt::APP_ROW_DESC { numbers.own_ard } else { numbers.own_apd };
    let found = call.descriptors.iter().find(|(_, descriptor)| descriptor.token == token);
    let number = match found {
        _ if token == Token::default() => own,
        Some((number, descriptor)) if descriptor.role == Role::Explicit || number == own => number,
        Some(_) => return Err(AUTOMATIC_DESCRIPTOR.into()),
        None => return Err(INVALID_ATTRIBUTE_VALUE.because("not a descriptor of this connection")),
    };
    match attribute {
        stmt::APP_ROW_DESC => call.statement.descriptors.ard = number,
        _ => call.statement.descriptors.apd = number,
    }
    Ok(())
}

pub fn get_attribute(call: &mut StatementCall<'_>, attribute: i32, value: Pointer, length: Pointer) -> Outcome {
    if let Some(pointer) = pointer_attribute(call, attribute)? {
        value.write(pointer.address());
    } else {
        value.write(number_attribute(call, attribute)?);
    }
    length.write(i32::try_from(size_of::<usize>()).unwrap_or(0));
    Ok(Return::Done)
}

fn pointer_attribute(call: &mut StatementCall<'_>, attribute: i32) -> Result<Option<Pointer>, Failure> {
    Ok(Some(match attribute {
        stmt::ROW_BIND_OFFSET_PTR => call.ard()?.header.bind_offset,
        stmt::ROW_OPERATION_PTR => call.ard()?.header.array_status,
        stmt::ROW_STATUS_PTR => call.ird()?.header.array_status,
        stmt::ROWS_FETCHED_PTR => call.ird()?.header.rows_processed,
        stmt::PARAM_BIND_OFFSET_PTR => call.apd()?.header.bind_offset,
        stmt::PARAM_OPERATION_PTR => call.apd()?.header.array_status,
        stmt::PARAM_STATUS_PTR => call.ipd()?.header.array_status,
        stmt::PARAMS_PROCESSED_PTR => call.ipd()?.header.rows_processed,
        stmt::FETCH_BOOKMARK_PTR => call.statement.attributes.fetch_bookmark,
        _ => return Ok(None),
    }))
}

fn number_attribute(call: &mut StatementCall<'_>, attribute: i32) -> Result<usize, Failure> {
    let token = |call: &StatementCall<'_>, number: usize| call.descriptors.get(number).map_or(0, |one| one.token.0);
    let numbers = call.statement.descriptors;
    let scrolls = call.statement.attributes.cursor_type == stmt::CURSOR_STATIC;
    Ok(match attribute {
        stmt::ROW_ARRAY_SIZE => call.ard()?.header.array_size,
        stmt::ROW_BIND_TYPE => call.ard()?.header.bind_type,
        stmt::PARAMSET_SIZE => call.apd()?.header.array_size,
        stmt::PARAM_BIND_TYPE => call.apd()?.header.bind_type,
        stmt::QUERY_TIMEOUT => call.statement.attributes.query_timeout,
        stmt::MAX_ROWS => call.statement.attributes.max_rows,
        stmt::NOSCAN => call.statement.attributes.noscan,
        stmt::MAX_LENGTH => call.statement.attributes.max_length,
        stmt::CURSOR_TYPE => call.statement.attributes.cursor_type,
        stmt::CURSOR_SCROLLABLE => scrolls.into(),
        stmt::CURSOR_SENSITIVITY => scrolls.into(),
        stmt::CONCURRENCY => stmt::CONCUR_READ_ONLY,
        stmt::KEYSET_SIZE => call.statement.attributes.keyset_size,
        stmt::SIMULATE_CURSOR => call.statement.attributes.simulate_cursor,
        stmt::ROWSET_SIZE => call.statement.attributes.rowset_size,
        stmt::RETRIEVE_DATA => call.statement.attributes.retrieve_data,
        stmt::USE_BOOKMARKS => call.statement.attributes.use_bookmarks,
        stmt::METADATA_ID => call.statement.attributes.metadata_id,
        stmt::ENABLE_AUTO_IPD => 1,
        stmt::ASYNC_ENABLE => 0,
        stmt::ROW_NUMBER => call.statement.row_number(),
        stmt::APP_ROW_DESC => token(call, numbers.ard),
        stmt::APP_PARAM_DESC => token(call, numbers.apd),
        stmt::IMP_ROW_DESC => token(call, numbers.ird),
        stmt::IMP_PARAM_DESC => token(call, numbers.ipd),
        _ => return Err(INVALID_ATTRIBUTE_ID.into()),
    })
}
