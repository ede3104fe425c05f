//! SQLCloseCursor, SQLFreeStmt and cursor names.

use super::{ConnectionCall, Outcome, Return, StatementCall, put_text};
use crate::abi::text::{TextIn, TextOut};
use crate::handle::condition::{CURSOR_NAME_IN_USE, INVALID_ATTRIBUTE_ID, INVALID_CURSOR_NAME, INVALID_NULL_POINTER};
use crate::handle::token::Token;
use crate::spec::free_stmt;

pub fn close(call: &mut StatementCall<'_>) -> Outcome {
    call.statement.close();
    Ok(Return::Done)
}

/// SQLFreeStmt, but for SQL_DROP, which is SQLFreeHandle.
pub fn free(call: &mut StatementCall<'_>, option: u16) -> Outcome {
    match option {
        free_stmt::CLOSE => call.statement.close(),
        free_stmt::UNBIND => call.ard()?.set_count(0),
        free_stmt::RESET_PARAMS => {
            call.apd()?.set_count(0);
            call.ipd()?.set_count(0);
        }
        _ => return Err(INVALID_ATTRIBUTE_ID.into()),
    }
    Ok(Return::Done)
}

pub fn get_name(call: &mut StatementCall<'_>, out: &TextOut) -> Outcome {
    put_text(out, &call.statement.cursor_name, &mut call.statement.diagnostics)?;
    Ok(Return::Done)
}

/// SQLSetCursorName, with the whole connection at hand: names are unique within it.
pub fn set_name(call: &mut ConnectionCall<'_>, statement: Token, name: TextIn) -> Outcome {
    let name = name.required(INVALID_NULL_POINTER)?;
    let reserved = ["SQLCUR", "SQL_CUR"].iter().any(|start| name.to_ascii_uppercase().starts_with(start));
    if name.is_empty() || name.len() > 128 || reserved {
        return Err(INVALID_CURSOR_NAME.because("it must have 1 to 128 characters and not begin with SQL_CUR"));
    }
    let statements = &mut call.state.statements;
    if statements.iter().any(|(_, one)| one.token != statement && one.cursor_name.eq_ignore_ascii_case(&name)) {
        return Err(CURSOR_NAME_IN_USE.into());
    }
    if let Some(found) = statements.iter_mut().find(|one| one.token == statement) {
        found.cursor_name = name;
    }
    Ok(Return::Done)
}
