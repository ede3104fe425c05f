//! SQLSetConnectAttr and SQLGetConnectAttr. Values are 32 bits wide but for pointers.

use exact_engine::Limits;

use super::statement_attributes::{own_number, set_own};
use super::{ConnectionCall, Outcome, Return, put_text};
use crate::abi::memory::Pointer;
use crate::abi::text::{Encoding, TextIn, TextOut};
use crate::handle::condition::{
    Failure, INVALID_ATTRIBUTE_ID, INVALID_ATTRIBUTE_VALUE, INVALID_NULL_POINTER, NOT_CONNECTED, NOT_IMPLEMENTED,
    OPTION_CHANGED,
};
use crate::handle::connection::{Attributes, Core, State, is_text, seconds};
use crate::handle::running::Running;
use crate::spec::attribute::{dbc, stmt, unicode};
use crate::spec::{lifetime, sequence};

const AUTOCOMMIT_ON: u32 = 1;
const READ_COMMITTED: u32 = 2;

/// SQLSetConnectAttr; `text` is the value of the attributes that are texts.
pub fn set_attribute(call: &mut ConnectionCall<'_>, attribute: i32, value: Pointer, text: TextIn) -> Outcome {
    call.refuse_busy()?;
    if is_text(attribute) {
        set_text(call, attribute, text)?;
    } else if is_of_statements(attribute) {
        set_for_statements(call, attribute, value)?;
    } else {
        set_own_attribute(call, attribute, value)?;
    }
    let given = &mut call.state.core.attributes.given;
    if !given.contains(&attribute) {
        given.push(attribute);
    }
    Ok(Return::Done)
}

fn set_own_attribute(call: &mut ConnectionCall<'_>, attribute: i32, value: Pointer) -> Result<(), Failure> {
    let core = &mut call.state.core;
    let number = value.address() as u32;
    let attributes = &mut core.attributes;
    match attribute {
        dbc::ACCESS_MODE if number > 1 => return Err(INVALID_ATTRIBUTE_VALUE.into()),
        dbc::ACCESS_MODE => attributes.access_mode = number,
        dbc::AUTOCOMMIT if number > AUTOCOMMIT_ON => return Err(INVALID_ATTRIBUTE_VALUE.into()),
        dbc::AUTOCOMMIT => apply_autocommit(core, &call.connection.running, number)?,
        dbc::LOGIN_TIMEOUT => attributes.login_timeout = number,
        dbc::CONNECTION_TIMEOUT => attributes.connection_timeout = number,
        dbc::TXN_ISOLATION => set_isolation(call, number)?,
        dbc::ODBC_CURSORS => attributes.odbc_cursors = number,
        dbc::QUIET_MODE => attributes.quiet_mode = value.address(),
        dbc::PACKET_SIZE => attributes.packet_size = number,
        dbc::ANSI_APP => attributes.ansi_application = number == 1,
        dbc::RESET_CONNECTION => {
            reset(attributes);
            if let Some(open) = &core.open {
                let notices = open.engine.rollback();
                core.diagnostics.notices(notices);
                open.engine.set_autocommit(true, &Limits::default())?;
                open.engine.forget_identity();
                open.engine.reset_catalog()?;
            }
        }
        dbc::TRACE | dbc::TRANSLATE_OPTION | dbc::DISCONNECT_BEHAVIOR => {}
        dbc::ASYNC_DBC_FUNCTIONS_ENABLE if number == 0 => {}
        dbc::ASYNC_DBC_FUNCTIONS_ENABLE => {
            return Err(NOT_IMPLEMENTED.because("connections are not asynchronous"));
        }
        dbc::APP_WCHAR_TYPE => match number {
            unicode::UTF16 => core.wide = Encoding::Utf16,
            unicode::UCS4 => core.wide = Encoding::Utf32,
            _ => return Err(INVALID_ATTRIBUTE_VALUE.into()),
        },
        dbc::ENLIST_IN_DTC => return Err(NOT_IMPLEMENTED.because("distributed transactions")),
        dbc::CONNECTION_DEAD | dbc::AUTO_IPD => return Err(INVALID_ATTRIBUTE_ID.because("it can only be read")),
        _ => return Err(INVALID_ATTRIBUTE_ID.into()),
    }
    Ok(())
}

/// Makes the open connection commit as the attribute is to say; where that fails it stays as it was. A connection that only
/// reads has nothing to commit.
pub fn apply_autocommit(core: &mut Core, running: &Running, wanted: u32) -> Result<(), Failure> {
    let on = wanted == AUTOCOMMIT_ON;
    let Some(open) = &core.open else {
        core.attributes.autocommit = wanted;
        return Ok(());
    };
    if open.naming.read_only && !on {
        core.attributes.autocommit = AUTOCOMMIT_ON;
        core.diagnostics.warn(OPTION_CHANGED.because("a read-only connection has no transactions"));
        return Ok(());
    }
    let timeout = seconds(core.attributes.connection_timeout as usize);
    let changed = running.during(|cancel| open.engine.set_autocommit(on, &Limits { cancel, timeout }));
    let notices = changed.map_err(|error| core.note(error.into()))?;
    core.diagnostics.notices(notices);
    core.attributes.autocommit = wanted;
    Ok(())
}

/// Attributes of statements that ODBC 2 applications set on the connection, for all its statements, and the two that
/// ODBC 3 has on both.
fn is_of_statements(attribute: i32) -> bool {
    (stmt::QUERY_TIMEOUT..=stmt::USE_BOOKMARKS).contains(&attribute) || attribute == stmt::METADATA_ID
}

/// Sets the attribute for the statements to come and, where they are not in the midst of something, those there are.
fn set_for_statements(call: &mut ConnectionCall<'_>, attribute: i32, value: Pointer) -> Result<(), Failure> {
    let State { core, statements, descriptors, .. } = &mut *call.state;
    if attribute == stmt::ROW_BIND_TYPE {
        core.attributes.row_bind_type = value.address();
    } else if let Some(warning) = set_own(&mut core.attributes.of_statements, attribute, value)? {
        core.diagnostics.warn(warning);
    }
    for statement in statements.iter_mut() {
        if statement.refuse(&sequence::set_attribute(attribute)).is_err() {
            continue;
        }
        match descriptors.get_mut(statement.descriptors.ard) {
            Some(ard) if attribute == stmt::ROW_BIND_TYPE => ard.header.bind_type = value.address(),
            _ => drop(set_own(&mut statement.attributes, attribute, value)?),
        }
    }
    Ok(())
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

fn set_text(call: &mut ConnectionCall<'_>, attribute: i32, text: TextIn) -> Result<(), Failure> {
    let core = &mut call.state.core;
    let text = text.required(INVALID_NULL_POINTER)?;
    match attribute {
        dbc::CURRENT_CATALOG if core.open.is_none() => core.attributes.catalog = Some(text),
        dbc::CURRENT_CATALOG if text == core.catalog() => {}
        dbc::CURRENT_CATALOG => core.open()?.engine.set_catalog(text.trim().trim_matches('"'))?,
        _ => return Err(NOT_IMPLEMENTED.because("tracing and translation belong to the driver manager")),
    }
    Ok(())
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
    let is_told = lifetime::is_told_before_connecting(attribute) || attributes.given.contains(&attribute);
    if core.open.is_none() && !is_told {
        return Err(NOT_CONNECTED.into());
    }
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
        dbc::ASYNC_DBC_FUNCTIONS_ENABLE | dbc::TRACE | dbc::TRANSLATE_OPTION | dbc::DISCONNECT_BEHAVIOR => 0,
        dbc::APP_WCHAR_TYPE if core.wide == Encoding::Utf32 => unicode::UCS4,
        dbc::APP_WCHAR_TYPE => unicode::UTF16,
        stmt::ROW_BIND_TYPE => attributes.row_bind_type as u32,
        statement if is_of_statements(statement) => {
            own_number(&attributes.of_statements, statement).ok_or_else(|| Failure::from(INVALID_ATTRIBUTE_ID))? as u32
        }
        _ => return Err(INVALID_ATTRIBUTE_ID.into()),
    };
    value.write(number);
    length.write(4_i32);
    Ok(Return::Done)
}
