//! SQLSetStmtAttr and SQLGetStmtAttr. Values are as wide as a pointer; many are fields of descriptors.

use super::{Outcome, Return, StatementCall};
use crate::abi::memory::Pointer;
use crate::handle::condition::{
    AUTOMATIC_DESCRIPTOR, Failure, INVALID_ATTRIBUTE_ID, INVALID_ATTRIBUTE_VALUE, OPTION_CHANGED,
};
use crate::handle::descriptor::Role;
use crate::handle::statement::Attributes;
use crate::handle::token::Token;
use crate::spec::attribute::stmt;

pub fn set_attribute(call: &mut StatementCall<'_>, attribute: i32, value: Pointer) -> Outcome {
    if set_descriptor_field(call, attribute, value)? {
        return Ok(Return::Done);
    }
    match attribute {
        stmt::APP_ROW_DESC | stmt::APP_PARAM_DESC => set_descriptor(call, attribute, Token(value.address()))?,
        stmt::IMP_ROW_DESC | stmt::IMP_PARAM_DESC => return Err(AUTOMATIC_DESCRIPTOR.into()),
        _ => {
            if let Some(warning) = set_own(&mut call.statement.attributes, attribute, value)? {
                call.statement.diagnostics.warn(warning);
            }
        }
    }
    Ok(Return::Done)
}

/// Sets an attribute that is no field of a descriptor; gives 01S02 where another value than the one given was set.
pub fn set_own(attributes: &mut Attributes, attribute: i32, value: Pointer) -> Result<Option<Failure>, Failure> {
    let number = value.address();
    let flag = |place: &mut usize| match number {
        0 | 1 => {
            *place = number;
            Ok(None)
        }
        _ => Err(Failure::from(INVALID_ATTRIBUTE_VALUE)),
    };
    // Accepts one value and answers every other with 01S02.
    let only = |accepted: usize, what: &str| Ok((number != accepted).then(|| OPTION_CHANGED.because(what)));
    match attribute {
        stmt::QUERY_TIMEOUT => attributes.query_timeout = number,
        stmt::MAX_ROWS => attributes.max_rows = number,
        stmt::MAX_LENGTH => attributes.max_length = number,
        stmt::ROWSET_SIZE => attributes.rowset_size = number.max(1),
        stmt::FETCH_BOOKMARK_PTR => attributes.fetch_bookmark = value,
        stmt::NOSCAN => return flag(&mut attributes.noscan),
        stmt::RETRIEVE_DATA => return flag(&mut attributes.retrieve_data),
        stmt::METADATA_ID => return flag(&mut attributes.metadata_id),
        stmt::ENABLE_AUTO_IPD => return flag(&mut attributes.enable_auto_ipd),
        stmt::ASYNC_ENABLE if number > 1 => return Err(INVALID_ATTRIBUTE_VALUE.into()),
        stmt::ASYNC_ENABLE => attributes.asynchronous = number == 1,
        // Bookmarks have the variable length of ODBC 3 even where ODBC 2's fixed length is asked for.
        stmt::USE_BOOKMARKS if number > 2 => return Err(INVALID_ATTRIBUTE_VALUE.into()),
        stmt::USE_BOOKMARKS => attributes.use_bookmarks = number,
        stmt::CURSOR_TYPE => return set_cursor_type(attributes, number),
        stmt::CURSOR_SCROLLABLE | stmt::CURSOR_SENSITIVITY if number > 2 => return Err(INVALID_ATTRIBUTE_VALUE.into()),
        stmt::CURSOR_SCROLLABLE => {
            attributes.cursor_type = if number == 0 { stmt::CURSOR_FORWARD_ONLY } else { stmt::CURSOR_STATIC };
        }
        // Unspecified and insensitive are what we are.
        stmt::CURSOR_SENSITIVITY => {
            return Ok((number > 1).then(|| OPTION_CHANGED.because("cursors do not see changes")));
        }
        stmt::CONCURRENCY if !(1..=4).contains(&number) => return Err(INVALID_ATTRIBUTE_VALUE.into()),
        stmt::CONCURRENCY => return only(stmt::CONCUR_READ_ONLY, "cursors only read"),
        stmt::KEYSET_SIZE => return only(0, "there are no keyset-driven cursors"),
        stmt::SIMULATE_CURSOR => return only(0, "there are no positioned changes to simulate"),
        _ => return Err(INVALID_ATTRIBUTE_ID.into()),
    }
    Ok(None)
}

fn set_cursor_type(attributes: &mut Attributes, kind: usize) -> Result<Option<Failure>, Failure> {
    const KEYSET_DRIVEN: usize = 1;
    const DYNAMIC: usize = 2;
    let (becomes, warning) = match kind {
        stmt::CURSOR_FORWARD_ONLY | stmt::CURSOR_STATIC => (kind, None),
        KEYSET_DRIVEN | DYNAMIC => (stmt::CURSOR_STATIC, Some(OPTION_CHANGED.because("the cursor is a static one"))),
        _ => return Err(INVALID_ATTRIBUTE_VALUE.into()),
    };
    attributes.cursor_type = becomes;
    Ok(warning)
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
    Ok(match attribute {
        stmt::ROW_ARRAY_SIZE => call.ard()?.header.array_size,
        stmt::ROW_BIND_TYPE => call.ard()?.header.bind_type,
        stmt::PARAMSET_SIZE => call.apd()?.header.array_size,
        stmt::PARAM_BIND_TYPE => call.apd()?.header.bind_type,
        stmt::ROW_NUMBER => call.statement.row_number(),
        stmt::APP_ROW_DESC => token(call, numbers.ard),
        stmt::APP_PARAM_DESC => token(call, numbers.apd),
        stmt::IMP_ROW_DESC => token(call, numbers.ird),
        stmt::IMP_PARAM_DESC => token(call, numbers.ipd),
        _ => own_number(&call.statement.attributes, attribute).ok_or_else(|| Failure::from(INVALID_ATTRIBUTE_ID))?,
    })
}

/// The value of an attribute that is a number and no field of a descriptor.
#[must_use]
pub fn own_number(attributes: &Attributes, attribute: i32) -> Option<usize> {
    let scrolls = attributes.cursor_type == stmt::CURSOR_STATIC;
    Some(match attribute {
        stmt::QUERY_TIMEOUT => attributes.query_timeout,
        stmt::MAX_ROWS => attributes.max_rows,
        stmt::NOSCAN => attributes.noscan,
        stmt::MAX_LENGTH => attributes.max_length,
        stmt::CURSOR_TYPE => attributes.cursor_type,
        stmt::CURSOR_SCROLLABLE | stmt::CURSOR_SENSITIVITY => scrolls.into(),
        stmt::CONCURRENCY => stmt::CONCUR_READ_ONLY,
        stmt::KEYSET_SIZE | stmt::SIMULATE_CURSOR => 0,
        stmt::ROWSET_SIZE => attributes.rowset_size,
        stmt::RETRIEVE_DATA => attributes.retrieve_data,
        stmt::USE_BOOKMARKS => attributes.use_bookmarks,
        stmt::METADATA_ID => attributes.metadata_id,
        stmt::ENABLE_AUTO_IPD => attributes.enable_auto_ipd,
        stmt::ASYNC_ENABLE => attributes.asynchronous.into(),
        _ => return None,
    })
}
