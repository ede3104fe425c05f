//! Results: descriptions, bindings, rows.

use std::ffi::c_void;

use crate::abi::guard::{self, Handle};
use crate::abi::memory::Pointer;
use crate::abi::text::{Form, TextOut};
use crate::api::{bulk, describe, fetch, get_data};
use crate::spec::function::Function;
use crate::spec::sequence;

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLNumResultCols(statement: Handle, count: *mut i16) -> i16 {
    guard::statement(statement, Function::NumResultCols, |c| describe::num_result_cols(c, Pointer::new(count)))
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLDescribeCol(
    statement: Handle,
    number: u16,
    name: *mut u8,
    room: i16,
    name_length: *mut i16,
    data_type: *mut i16,
    size: *mut usize,
    digits: *mut i16,
    nullable: *mut i16,
) -> i16 {
    let name = TextOut::units(name, room, name_length, Form::Narrow);
    describe_column(statement, number, name, data_type, size, digits, nullable)
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLDescribeColW(
    statement: Handle,
    number: u16,
    name: *mut u16,
    room: i16,
    name_length: *mut i16,
    data_type: *mut i16,
    size: *mut usize,
    digits: *mut i16,
    nullable: *mut i16,
) -> i16 {
    let name = TextOut::units(name, room, name_length, Form::Wide);
    describe_column(statement, number, name, data_type, size, digits, nullable)
}

fn describe_column(
    statement: Handle,
    number: u16,
    name: TextOut,
    data_type: *mut i16,
    size: *mut usize,
    digits: *mut i16,
    nullable: *mut i16,
) -> i16 {
    let out = describe::Description {
        name,
        data_type: Pointer::new(data_type),
        size: Pointer::new(size),
        digits: Pointer::new(digits),
        nullable: Pointer::new(nullable),
    };
    guard::statement(statement, Function::DescribeCol, |c| describe::describe_col(c, number, &out))
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLColAttribute(
    statement: Handle,
    number: u16,
    field: u16,
    text: *mut c_void,
    room: i16,
    length: *mut i16,
    numeric: *mut isize,
) -> i16 {
    guard::statement_by(statement, Function::ColAttribute, &sequence::column_attribute(field), |c| {
        let text = TextOut::bytes(Pointer::new(text), room, length, Form::Narrow);
        describe::col_attribute(c, number, field, &text, Pointer::new(numeric))
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLColAttributeW(
    statement: Handle,
    number: u16,
    field: u16,
    text: *mut c_void,
    room: i16,
    length: *mut i16,
    numeric: *mut isize,
) -> i16 {
    guard::statement_by(statement, Function::ColAttribute, &sequence::column_attribute(field), |c| {
        let text = TextOut::bytes(Pointer::new(text), room, length, Form::Wide);
        describe::col_attribute(c, number, field, &text, Pointer::new(numeric))
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLBindCol(
    statement: Handle,
    number: u16,
    c_type: i16,
    data: *mut c_void,
    room: isize,
    length: *mut isize,
) -> i16 {
    guard::statement(statement, Function::BindCol, |c| {
        fetch::bind_col(c, number, c_type, Pointer::new(data), room, Pointer::new(length))
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLFetch(statement: Handle) -> i16 {
    guard::statement(statement, Function::Fetch, |c| fetch::fetch_scroll(c, crate::spec::fetch::NEXT, 0))
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLFetchScroll(statement: Handle, orientation: i16, offset: isize) -> i16 {
    guard::statement(statement, Function::FetchScroll, |c| fetch::fetch_scroll(c, orientation, offset))
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLExtendedFetch(
    statement: Handle,
    orientation: u16,
    offset: isize,
    fetched: *mut usize,
    status: *mut u16,
) -> i16 {
    guard::statement(statement, Function::ExtendedFetch, |c| {
        fetch::extended_fetch(c, orientation, offset, Pointer::new(fetched), Pointer::new(status))
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLSetPos(statement: Handle, row: usize, operation: u16, lock: u16) -> i16 {
    guard::statement(statement, Function::SetPos, |c| fetch::set_pos(c, row, operation, lock))
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLBulkOperations(statement: Handle, operation: i16) -> i16 {
    guard::statement(statement, Function::BulkOperations, |c| bulk::operate(c, operation))
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetData(
    statement: Handle,
    column: u16,
    c_type: i16,
    data: *mut c_void,
    room: isize,
    length: *mut isize,
) -> i16 {
    guard::statement(statement, Function::GetData, |c| {
        let (data, length) = (Pointer::new(data), Pointer::new(length));
        get_data::get_data(c, &get_data::Request { column, c_type, data, room, length })
    })
}
