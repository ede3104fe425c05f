//! Handles: allocation, release, cancellation, the end of transactions.

use std::ffi::c_void;

use crate::abi::guard::{self, Handle, token_of};
use crate::abi::memory::Pointer;
use crate::api::{handles, transactions};
use crate::spec::{free_stmt, handle_type, ret};

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLAllocHandle(kind: i16, input: Handle, output: *mut Handle) -> i16 {
    let output = Pointer::new(output);
    match kind {
        handle_type::ENV => handles::allocate_environment(output),
        handle_type::DBC => guard::environment(input, "SQLAllocHandle", |c| handles::allocate_connection(c, output)),
        handle_type::STMT => guard::connection(input, "SQLAllocHandle", |c| handles::allocate_statement(c, output)),
        handle_type::DESC => guard::connection(input, "SQLAllocHandle", |c| handles::allocate_descriptor(c, output)),
        _ => ret::ERROR,
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLFreeHandle(kind: i16, handle: Handle) -> i16 {
    match kind {
        handle_type::ENV => guard::environment(handle, "SQLFreeHandle", handles::free_environment),
        handle_type::DBC => guard::connection(handle, "SQLFreeHandle", handles::free_connection),
        handle_type::STMT => handles::free_statement(token_of(handle)),
        handle_type::DESC => handles::free_descriptor(token_of(handle)),
        _ => ret::INVALID_HANDLE,
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLFreeStmt(statement: Handle, option: u16) -> i16 {
    match option {
        free_stmt::DROP => handles::free_statement(token_of(statement)),
        _ => guard::statement(statement, "SQLFreeStmt", |c| crate::api::cursor::free(c, option)),
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
        // Connection functions are not asynchronous: there is nothing to cancel.
        handle_type::DBC => guard::connection(handle, "SQLCancelHandle", |_| Ok(crate::api::Return::Done)),
        _ => ret::INVALID_HANDLE,
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLEndTran(kind: i16, handle: Handle, completion: i16) -> i16 {
    match kind {
        handle_type::DBC => guard::connection(handle, "SQLEndTran", |c| transactions::end_on_connection(c, completion)),
        handle_type::ENV => {
            guard::environment(handle, "SQLEndTran", |c| transactions::end_on_environment(c, completion))
        }
        _ => ret::INVALID_HANDLE,
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLSetEnvAttr(environment: Handle, attribute: i32, value: *mut c_void, _: i32) -> i16 {
    guard::environment(environment, "SQLSetEnvAttr", |c| {
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
    guard::environment(environment, "SQLGetEnvAttr", |c| {
        crate::api::environment::get_attribute(c, attribute, Pointer::new(value), Pointer::new(length))
    })
}
