//! Statements: text, parameters, execution.

use std::ffi::c_void;

use crate::abi::guard::{self, Handle};
use crate::abi::memory::Pointer;
use crate::abi::text::{Form, TextIn, TextOut};
use crate::api::{cursor, execute, parameters};
use crate::spec::function::Function;

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLPrepare(statement: Handle, text: *const u8, length: i32) -> i16 {
    guard::statement(statement, Function::Prepare, |c| execute::prepare(c, TextIn::narrow(text, length)))
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLPrepareW(statement: Handle, text: *const u16, length: i32) -> i16 {
    guard::statement(statement, Function::Prepare, |c| execute::prepare(c, TextIn::wide(text, length)))
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLExecDirect(statement: Handle, text: *const u8, length: i32) -> i16 {
    guard::statement(statement, Function::ExecDirect, |c| execute::exec_direct(c, TextIn::narrow(text, length)))
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLExecDirectW(statement: Handle, text: *const u16, length: i32) -> i16 {
    guard::statement(statement, Function::ExecDirect, |c| execute::exec_direct(c, TextIn::wide(text, length)))
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLExecute(statement: Handle) -> i16 {
    guard::statement(statement, Function::Execute, execute::execute)
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLMoreResults(statement: Handle) -> i16 {
    guard::statement(statement, Function::MoreResults, execute::more_results)
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLRowCount(statement: Handle, count: *mut isize) -> i16 {
    guard::statement(statement, Function::RowCount, |c| execute::row_count(c, Pointer::new(count)))
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLNumParams(statement: Handle, count: *mut i16) -> i16 {
    guard::statement(statement, Function::NumParams, |c| execute::num_params(c, Pointer::new(count)))
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLDescribeParam(
    statement: Handle,
    number: u16,
    data_type: *mut i16,
    size: *mut usize,
    digits: *mut i16,
    nullable: *mut i16,
) -> i16 {
    guard::statement(statement, Function::DescribeParam, |c| {
        let (data_type, size) = (Pointer::new(data_type), Pointer::new(size));
        parameters::describe(c, number, data_type, size, Pointer::new(digits), Pointer::new(nullable))
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLBindParameter(
    statement: Handle,
    number: u16,
    direction: i16,
    c_type: i16,
    sql_type: i16,
    column_size: usize,
    digits: i16,
    data: *mut c_void,
    room: isize,
    length: *mut isize,
) -> i16 {
    guard::statement(statement, Function::BindParameter, |c| {
        let (data, length) = (Pointer::new(data), Pointer::new(length));
        let binding =
            parameters::Binding { number, direction, c_type, sql_type, column_size, digits, data, room, length };
        parameters::bind(c, &binding)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLParamData(statement: Handle, value: *mut *mut c_void) -> i16 {
    guard::statement(statement, Function::ParamData, |c| parameters::param_data(c, Pointer::new(value)))
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLPutData(statement: Handle, data: *mut c_void, length: isize) -> i16 {
    guard::statement(statement, Function::PutData, |c| parameters::put_data(c, Pointer::new(data), length))
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLCloseCursor(statement: Handle) -> i16 {
    guard::statement(statement, Function::CloseCursor, cursor::close)
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetCursorName(statement: Handle, name: *mut u8, room: i16, length: *mut i16) -> i16 {
    guard::statement(statement, Function::GetCursorName, |c| {
        cursor::get_name(c, &TextOut::units(name, room, length, Form::Narrow))
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetCursorNameW(statement: Handle, name: *mut u16, room: i16, length: *mut i16) -> i16 {
    guard::statement(statement, Function::GetCursorName, |c| {
        cursor::get_name(c, &TextOut::units(name, room, length, Form::Wide))
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLSetCursorName(statement: Handle, name: *const u8, length: i16) -> i16 {
    guard::statement_among(statement, Function::SetCursorName, |c, token| {
        cursor::set_name(c, token, TextIn::narrow(name, length))
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLSetCursorNameW(statement: Handle, name: *const u16, length: i16) -> i16 {
    guard::statement_among(statement, Function::SetCursorName, |c, token| {
        cursor::set_name(c, token, TextIn::wide(name, length))
    })
}
