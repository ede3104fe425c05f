//! Diagnostics.

use std::ffi::c_void;

use crate::abi::guard::{self, Handle};
use crate::abi::memory::Pointer;
use crate::abi::text::{Form, TextOut};
use crate::api::diagnostics;

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetDiagRec(
    kind: i16,
    handle: Handle,
    number: i16,
    state: *mut u8,
    native: *mut i32,
    message: *mut u8,
    room: i16,
    length: *mut i16,
) -> i16 {
    let state = TextOut::units(state, 6, std::ptr::null_mut(), Form::Narrow);
    let message = TextOut::units(message, room, length, Form::Narrow);
    get_record(kind, handle, number, &state, native, &message)
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetDiagRecW(
    kind: i16,
    handle: Handle,
    number: i16,
    state: *mut u16,
    native: *mut i32,
    message: *mut u16,
    room: i16,
    length: *mut i16,
) -> i16 {
    let state = TextOut::units(state, 6, std::ptr::null_mut(), Form::Wide);
    let message = TextOut::units(message, room, length, Form::Wide);
    get_record(kind, handle, number, &state, native, &message)
}

fn get_record(kind: i16, handle: Handle, number: i16, state: &TextOut, native: *mut i32, message: &TextOut) -> i16 {
    guard::diagnostics(kind, handle, |area, owner| {
        diagnostics::get_record(area, &owner, number, state, Pointer::new(native), message)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetDiagField(
    kind: i16,
    handle: Handle,
    number: i16,
    field: i16,
    value: *mut c_void,
    room: i16,
    length: *mut i16,
) -> i16 {
    get_field(kind, handle, number, field, value, room, length, Form::Narrow)
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetDiagFieldW(
    kind: i16,
    handle: Handle,
    number: i16,
    field: i16,
    value: *mut c_void,
    room: i16,
    length: *mut i16,
) -> i16 {
    get_field(kind, handle, number, field, value, room, length, Form::Wide)
}

fn get_field(
    kind: i16,
    handle: Handle,
    number: i16,
    field: i16,
    value: *mut c_void,
    room: i16,
    length: *mut i16,
    form: Form,
) -> i16 {
    guard::diagnostics(kind, handle, |area, owner| {
        let value = Pointer::new(value);
        let text = TextOut::bytes(value, room, length, form);
        diagnostics::get_field(area, &owner, number, field, value, &text)
    })
}
