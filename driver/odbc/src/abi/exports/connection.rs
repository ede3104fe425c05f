//! Connecting, and questions about the connection and the driver.

use std::ffi::c_void;

use crate::abi::guard::{self, Handle};
use crate::abi::memory::Pointer;
use crate::abi::text::{Form, TextIn, TextOut};
use crate::api::{connect, execute, information};
use crate::spec::function::Function;
use crate::spec::lifetime;

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLDriverConnect(
    connection: Handle,
    window: *mut c_void,
    text: *const u8,
    length: i16,
    completed: *mut u8,
    room: i16,
    completed_length: *mut i16,
    completion: u16,
) -> i16 {
    guard::connection(connection, Function::DriverConnect, |c| {
        let out = TextOut::units(completed, room, completed_length, Form::Narrow);
        connect::driver_connect(c, TextIn::narrow(text, length), &out, completion, !window.is_null())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLDriverConnectW(
    connection: Handle,
    window: *mut c_void,
    text: *const u16,
    length: i16,
    completed: *mut u16,
    room: i16,
    completed_length: *mut i16,
    completion: u16,
) -> i16 {
    guard::connection(connection, Function::DriverConnect, |c| {
        let out = TextOut::units(completed, room, completed_length, Form::Wide);
        connect::driver_connect(c, TextIn::wide(text, length), &out, completion, !window.is_null())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLBrowseConnect(
    connection: Handle,
    text: *const u8,
    length: i16,
    browse: *mut u8,
    room: i16,
    browse_length: *mut i16,
) -> i16 {
    guard::connection(connection, Function::BrowseConnect, |c| {
        let out = TextOut::units(browse, room, browse_length, Form::Narrow);
        connect::browse_connect(c, TextIn::narrow(text, length), &out)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLBrowseConnectW(
    connection: Handle,
    text: *const u16,
    length: i16,
    browse: *mut u16,
    room: i16,
    browse_length: *mut i16,
) -> i16 {
    guard::connection(connection, Function::BrowseConnect, |c| {
        let out = TextOut::units(browse, room, browse_length, Form::Wide);
        connect::browse_connect(c, TextIn::wide(text, length), &out)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLConnect(
    connection: Handle,
    name: *const u8,
    name_length: i16,
    user: *const u8,
    user_length: i16,
    password: *const u8,
    password_length: i16,
) -> i16 {
    guard::connection(connection, Function::Connect, |c| {
        let (user, password) = (TextIn::narrow(user, user_length), TextIn::narrow(password, password_length));
        connect::connect(c, TextIn::narrow(name, name_length), user, password)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLConnectW(
    connection: Handle,
    name: *const u16,
    name_length: i16,
    user: *const u16,
    user_length: i16,
    password: *const u16,
    password_length: i16,
) -> i16 {
    guard::connection(connection, Function::Connect, |c| {
        let (user, password) = (TextIn::wide(user, user_length), TextIn::wide(password, password_length));
        connect::connect(c, TextIn::wide(name, name_length), user, password)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLDisconnect(connection: Handle) -> i16 {
    guard::connection(connection, Function::Disconnect, connect::disconnect)
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetInfo(
    connection: Handle,
    kind: u16,
    value: *mut c_void,
    room: i16,
    length: *mut i16,
) -> i16 {
    info(connection, kind, value, room, length, Form::Narrow)
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetInfoW(
    connection: Handle,
    kind: u16,
    value: *mut c_void,
    room: i16,
    length: *mut i16,
) -> i16 {
    info(connection, kind, value, room, length, Form::Wide)
}

fn info(connection: Handle, kind: u16, value: *mut c_void, room: i16, length: *mut i16, form: Form) -> i16 {
    guard::connection_by(connection, Function::GetInfo, &lifetime::get_info(kind), |c| {
        let value = Pointer::new(value);
        let text = TextOut::bytes(value, room, length, form);
        information::get_info(c, kind, value, &text, Pointer::new(length))
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetFunctions(connection: Handle, function: u16, supported: *mut u16) -> i16 {
    guard::connection(connection, Function::GetFunctions, |c| {
        information::get_functions(c, function, Pointer::new(supported))
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLNativeSql(
    connection: Handle,
    text: *const u8,
    length: i32,
    out: *mut u8,
    room: i32,
    out_length: *mut i32,
) -> i16 {
    guard::connection(connection, Function::NativeSql, |c| {
        let out = TextOut::long_units(out, room, out_length, Form::Narrow);
        execute::native_sql(c, TextIn::narrow(text, length), &out)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLNativeSqlW(
    connection: Handle,
    text: *const u16,
    length: i32,
    out: *mut u16,
    room: i32,
    out_length: *mut i32,
) -> i16 {
    guard::connection(connection, Function::NativeSql, |c| {
        let out = TextOut::long_units(out, room, out_length, Form::Wide);
        execute::native_sql(c, TextIn::wide(text, length), &out)
    })
}
