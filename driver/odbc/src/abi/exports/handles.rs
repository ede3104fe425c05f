//! Handles: allocation, release, cancellation, the end of transactions.

use std::ffi::c_void;

use crate::abi::guard::{self, Handle, token_of};
use crate::abi::memory::Pointer;
use crate::api::{Return, handles, transactions};
use crate::spec::function::Function;
use crate::spec::lifetime::{self, Cell};
use crate::spec::{free_stmt, handle_type, ret};

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLAllocHandle(kind: i16, input: Handle, output: *mut Handle) -> i16 {
    let output = Pointer::new(output);
    output.write(0_usize);
    match kind {
        handle_type::ENV => handles::allocate_environment(output),
        handle_type::DBC => {
            guard::environment(input, Function::AllocHandle, |c| handles::allocate_connection(c, output))
        }
        handle_type::STMT => {
            guard::connection(input, Function::AllocHandle, |c| handles::allocate_statement(c, output))
        }
        handle_type::DESC => {
            guard::connection(input, Function::AllocHandle, |c| handles::allocate_descriptor(c, output))
        }
        _ => ret::ERROR,
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLFreeHandle(kind: i16, handle: Handle) -> i16 {
    match kind {
        handle_type::ENV => guard::environment(handle, Function::FreeHandle, handles::free_environment),
        handle_type::DBC => guard::connection(handle, Function::FreeHandle, handles::free_connection),
        handle_type::STMT => guard::free_statement(handle),
        handle_type::DESC => handles::free_descriptor(token_of(handle)),
        _ => ret::INVALID_HANDLE,
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLFreeStmt(statement: Handle, option: u16) -> i16 {
    match option {
        free_stmt::DROP => guard::free_statement(statement),
        _ => guard::statement(statement, Function::FreeStmt, |c| crate::api::cursor::free(c, option)),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLCancel(statement: Handle) -> i16 {
    guard::cancel(statement)
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLCancelHandle(kind: i16, handle: Handle) -> i16 {
    match kind {
        handle_type::STMT => guard::cancel(handle),
        handle_type::DBC => guard::cancel_commit(handle),
        _ => ret::INVALID_HANDLE,
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLEndTran(kind: i16, handle: Handle, completion: i16) -> i16 {
    match kind {
        handle_type::DBC => {
            guard::connection(handle, Function::EndTran, |c| transactions::end_on_connection(c, completion))
        }
        handle_type::ENV => end_on_environment(handle, completion),
        _ => ret::INVALID_HANDLE,
    }
}

/// Ends the transaction of every open connection; the first failure is the environment's.
fn end_on_environment(handle: Handle, completion: i16) -> i16 {
    let mut connections = Vec::new();
    let code = guard::environment(handle, Function::EndTran, |c| {
        connections = transactions::connections_to_end(c, completion)?;
        Ok(Return::Done)
    });
    let (mut failed, mut warnings) = (None, Vec::new());
    for token in connections {
        let connection = token.0 as Handle;
        guard::connection_by(connection, Function::EndTran, &[Cell::Allowed; 5], |c| {
            if c.state.core.open.is_none() {
                return Ok(Return::Done);
            }
            let ended = transactions::end_on_connection(c, completion);
            warnings.append(&mut c.state.core.diagnostics.records.clone());
            ended.inspect_err(|failure| {
                failed.get_or_insert_with(|| failure.clone());
            })
        });
    }
    if failed.is_none() && warnings.is_empty() {
        return code;
    }
    guard::environment(handle, Function::EndTran, |c| {
        c.state.diagnostics.records.append(&mut warnings);
        failed.map_or(Ok(Return::Done), Err)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLSetEnvAttr(environment: Handle, attribute: i32, value: *mut c_void, _: i32) -> i16 {
    guard::environment_by(environment, Function::SetEnvAttr, &lifetime::set_environment(attribute), |c| {
        crate::api::environment::set_attribute(c, attribute, Pointer::new(value))
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetEnvAttr(
    environment: Handle,
    attribute: i32,
    value: *mut c_void,
    _: i32,
    length: *mut i32,
) -> i16 {
    guard::environment_by(environment, Function::GetEnvAttr, &lifetime::get_environment(attribute), |c| {
        crate::api::environment::get_attribute(c, attribute, Pointer::new(value), Pointer::new(length))
    })
}
