//! Attributes of connections and statements.

use std::ffi::c_void;

use crate::abi::guard::{self, Handle};
use crate::abi::memory::Pointer;
use crate::abi::text::{Form, TextIn, TextOut};
use crate::api::{connection_attributes, statement_attributes};
use crate::spec::function::Function;
use crate::spec::{lifetime, sequence};

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLSetConnectAttr(
    connection: Handle,
    attribute: i32,
    value: *mut c_void,
    length: i32,
) -> i16 {
    set_connection(connection, attribute, value, length, Form::Narrow)
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLSetConnectAttrW(
    connection: Handle,
    attribute: i32,
    value: *mut c_void,
    length: i32,
) -> i16 {
    set_connection(connection, attribute, value, length, Form::Wide)
}

fn set_connection(connection: Handle, attribute: i32, value: *mut c_void, length: i32, form: Form) -> i16 {
    guard::connection_by(connection, Function::SetConnectAttr, &lifetime::set_connection(attribute), |c| {
        let value = Pointer::new(value);
        let text = TextIn::of_bytes(value, length, form);
        connection_attributes::set_attribute(c, attribute, value, text)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetConnectAttr(
    connection: Handle,
    attribute: i32,
    value: *mut c_void,
    room: i32,
    length: *mut i32,
) -> i16 {
    get_connection(connection, attribute, value, room, length, Form::Narrow)
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetConnectAttrW(
    connection: Handle,
    attribute: i32,
    value: *mut c_void,
    room: i32,
    length: *mut i32,
) -> i16 {
    get_connection(connection, attribute, value, room, length, Form::Wide)
}

fn get_connection(
    connection: Handle,
    attribute: i32,
    value: *mut c_void,
    room: i32,
    length: *mut i32,
    form: Form,
) -> i16 {
    guard::connection(connection, Function::GetConnectAttr, |c| {
        let value = Pointer::new(value);
        let text = TextOut::long_bytes(value, room, length, form);
        connection_attributes::get_attribute(c, attribute, value, &text, Pointer::new(length))
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLSetStmtAttr(statement: Handle, attribute: i32, value: *mut c_void, _: i32) -> i16 {
    guard::statement_by(statement, Function::SetStmtAttr, &sequence::set_attribute(attribute), |c| {
        statement_attributes::set_attribute(c, attribute, Pointer::new(value))
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLSetStmtAttrW(statement: Handle, attribute: i32, value: *mut c_void, _: i32) -> i16 {
    guard::statement_by(statement, Function::SetStmtAttr, &sequence::set_attribute(attribute), |c| {
        statement_attributes::set_attribute(c, attribute, Pointer::new(value))
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetStmtAttr(
    statement: Handle,
    attribute: i32,
    value: *mut c_void,
    _: i32,
    length: *mut i32,
) -> i16 {
    guard::statement_by(statement, Function::GetStmtAttr, &sequence::get_attribute(attribute), |c| {
        statement_attributes::get_attribute(c, attribute, Pointer::new(value), Pointer::new(length))
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetStmtAttrW(
    statement: Handle,
    attribute: i32,
    value: *mut c_void,
    _: i32,
    length: *mut i32,
) -> i16 {
    guard::statement_by(statement, Function::GetStmtAttr, &sequence::get_attribute(attribute), |c| {
        statement_attributes::get_attribute(c, attribute, Pointer::new(value), Pointer::new(length))
    })
}
