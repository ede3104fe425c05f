//! SQLSetConnectAttr and SQLGetConnectAttr. Values are 32 bits wide but for pointers.

use super::{ConnectionCall, Outcome, Return, put_text};
use crate::abi::memory::Pointer;
use crate::abi::text::{TextIn, TextOut};
use crate::handle::condition::{
    CANNOT_SET_NOW, Failure, INVALID_ATTRIBUTE_ID, INVALID_ATTRIBUTE_VALUE, INVALID_NULL_POINTER, NOT_IMPLEMENTED,
    OPTION_CHANGED,
};
use crate::handle::connection::{Attributes, is_text};
use crate::spec::attribute::{dbc, stmt};

const AUTOCOMMIT_ON: u32 = 1;
const READ_COMMITTED: u32 = 2;

/// SQLSetConnectAttr; `text` is the value of the attributes that are texts.
pub fn set_attribute(call: &mut ConnectionCall<'_>, attribute: i32, value: Pointer, text: TextIn) -> Outcome {
    if is_text(attribute) {
        return set_text(call, attribute, text);
    }
    let core = &mut call.state.core;
    let number = value.address() as u32;
    let attributes = &mut core.attributes;
    match attribute {
        dbc::ACCESS_MODE => attributes.access_mode = number,
        dbc::AUTOCOMMIT if number > AUTOCOMMIT_ON => return Err(INVALID_ATTRIBUTE_VALUE.into()),
        dbc::AUTOCOMMIT => {
            attributes.autocommit = number;
            let read_only = core.open.as_ref().is_some_and(|open| open.naming.read_only);
            if read_only && number != AUTOCOMMIT_ON {
                attributes.autocommit = AUTOCOMMIT_ON;
                core.diagnostics.warn(OPTION_CHANGED.because("a read-only connection has no transactions"));
            }
        }
        dbc::LOGIN_TIMEOUT => attributes.login_timeout = number,
        dbc::CONNECTION_TIMEOUT => attributes.connection_timeout = number,
        dbc::TXN_ISOLATION => set_isolation(call, number)?,
        dbc::ODBC_CURSORS => attributes.odbc_cursors = number,
        dbc::QUIET_MODE => attributes.quiet_mode = value.address(),
        dbc::PACKET_SIZE if core.open.is_some() => return Err(CANNOT_SET_NOW.into()),
        dbc::PACKET_SIZE => attributes.packet_size = number,
        dbc::ANSI_APP => attributes.ansi_application = number == 1,
        dbc::RESET_CONNECTION => {
            reset(attributes);
            if let Some(open) = &core.open {
                open.engine.reset_catalog()?;
            }
        }
        dbc::TRACE | dbc::TRANSLATE_OPTION | dbc::DISCONNECT_BEHAVIOR => {}
        dbc::ASYNC_DBC_FUNCTIONS_ENABLE | stmt::ASYNC_ENABLE if number == 0 => {}
        dbc::ASYNC_DBC_FUNCTIONS_ENABLE | stmt::ASYNC_ENABLE => {
            return Err(NOT_IMPLEMENTED.because("connections are not asynchronous"));
        }
        dbc::ENLIST_IN_DTC => return Err(NOT_IMPLEMENTED.because("distributed transactions")),
        stmt::METADATA_ID => attributes.metadata_id = number,
        dbc::CONNECTION_DEAD | dbc::AUTO_IPD => return Err(INVALID_ATTRIBUTE_ID.because("it can only be read")),
        // ODBC 2 applications set defaults of statements on the connection.
        stmt::MAX_ROWS => attributes.max_rows = value.address(),
        stmt::QUERY_TIMEOUT => attributes.query_timeout = value.address(),
        stmt::NOSCAN..=stmt::USE_BOOKMARKS => core.diagnostics.warn(OPTION_CHANGED),
        _ => return Err(INVALID_ATTRIBUTE_ID.into()),
    }
    Ok(Return::Done)
}

/// A pooled connection is given to its next user as if new (unixODBC sends this).
fn reset(attributes: &mut Attributes) {
    *attributes = Attributes {
        ansi_application: attributes.ansi_application,
        login_timeout: attributes.login_timeout,
        ..Attributes::default()
    };
}

fn set_isolation(call: &mut ConnectionCall<'_>, level: u32) -> Result<(), Failure> {
    match level {
        READ_COMMITTED => {}
        1 | 4 | 8 => call.state.core.diagnostics.warn(OPTION_CHANGED.because("reads are always READ COMMITTED")),
        _ => return Err(INVALID_ATTRIBUTE_VALUE.into()),
    }
    Ok(())
}

fn set_text(call: &mut ConnectionCall<'_>, attribute: i32, text: TextIn) -> Outcome {
    let core = &mut call.state.core;
    let text = text.required(INVALID_NULL_POINTER)?;
    match attribute {
        dbc::CURRENT_CATALOG if core.open.is_none() => core.attributes.catalog = Some(text),
        dbc::CURRENT_CATALOG if text == core.catalog() => {}
        dbc::CURRENT_CATALOG => core.open()?.engine.set_catalog(text.trim().trim_matches('"'))?,
        _ => return Err(NOT_IMPLEMENTED.because("tracing and translation belong to the driver manager")),
    }
    Ok(Return::Done)
}

/// SQLGetConnectAttr; `text` is where a text goes.
pub fn get_attribute(
    call: &mut ConnectionCall<'_>,
    attribute: i32,
    value: Pointer,
    text: &TextOut,
    length: Pointer,
) -> Outcome {
    let core = &mut call.state.core;
    let attributes = &core.attributes;
    let number = match attribute {
        dbc::CURRENT_CATALOG => {
            let catalog = core.catalog();
            put_text(text, &catalog, &mut core.diagnostics)?;
            return Ok(Return::Done);
        }
        dbc::QUIET_MODE => {
            value.write(attributes.quiet_mode);
            return Ok(Return::Done);
        }
        dbc::ACCESS_MODE => attributes.access_mode,
        dbc::AUTOCOMMIT => attributes.autocommit,
        dbc::LOGIN_TIMEOUT => attributes.login_timeout,
        dbc::CONNECTION_TIMEOUT => attributes.connection_timeout,
        dbc::TXN_ISOLATION => attributes.txn_isolation,
        dbc::PACKET_SIZE => attributes.packet_size,
        dbc::ODBC_CURSORS => attributes.odbc_cursors,
        dbc::ANSI_APP => attributes.ansi_application.into(),
        dbc::CONNECTION_DEAD => core.open.as_ref().is_none_or(|open| open.dead).into(),
        dbc::AUTO_IPD => 1,
        stmt::METADATA_ID => attributes.metadata_id,
        dbc::ASYNC_DBC_FUNCTIONS_ENABLE | stmt::ASYNC_ENABLE | dbc::TRACE | dbc::TRANSLATE_OPTION => 0,
        dbc::DISCONNECT_BEHAVIOR => 0,
        stmt::MAX_ROWS => attributes.max_rows as u32,
        stmt::QUERY_TIMEOUT => attributes.query_timeout as u32,
        _ => return Err(INVALID_ATTRIBUTE_ID.into()),
    };
    value.write(number);
    length.write(4_i32);
    Ok(Return::Done)
}
