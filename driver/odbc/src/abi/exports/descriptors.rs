//! Descriptors.

use std::ffi::c_void;

use crate::abi::guard::{self, Handle};
use crate::abi::memory::Pointer;
use crate::abi::text::{Form, TextIn, TextOut};
use crate::api::{Return, descriptors};
use crate::spec::function::Function;
use crate::spec::ret;

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetDescField(
    descriptor: Handle,
    number: i16,
    field: i16,
    value: *mut c_void,
    room: i32,
    length: *mut i32,
) -> i16 {
    get_field(descriptor, number, field, value, room, length, Form::Narrow)
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetDescFieldW(
    descriptor: Handle,
    number: i16,
    field: i16,
    value: *mut c_void,
    room: i32,
    length: *mut i32,
) -> i16 {
    get_field(descriptor, number, field, value, room, length, Form::Wide)
}

fn get_field(
    descriptor: Handle,
    number: i16,
    field: i16,
    value: *mut c_void,
    room: i32,
    length: *mut i32,
    form: Form,
) -> i16 {
    guard::descriptor(descriptor, Function::GetDescField, |c| {
        let value = Pointer::new(value);
        let text = TextOut::long_bytes(value, room, length, form);
        descriptors::get_field(c, number, field, value, &text, Pointer::new(length))
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLSetDescField(
    descriptor: Handle,
    number: i16,
    field: i16,
    value: *mut c_void,
    length: i32,
) -> i16 {
    set_field(descriptor, number, field, value, length, Form::Narrow)
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLSetDescFieldW(
    descriptor: Handle,
    number: i16,
    field: i16,
    value: *mut c_void,
    length: i32,
) -> i16 {
    set_field(descriptor, number, field, value, length, Form::Wide)
}

fn set_field(descriptor: Handle, number: i16, field: i16, value: *mut c_void, length: i32, form: Form) -> i16 {
    guard::descriptor(descriptor, Function::SetDescField, |c| {
        let value = Pointer::new(value);
        descriptors::set_field(c, number, field, value, TextIn::of_bytes(value, length, form))
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetDescRec(
    descriptor: Handle,
    number: i16,
    name: *mut u8,
    room: i16,
    name_length: *mut i16,
    kind: *mut i16,
    sub_code: *mut i16,
    length: *mut isize,
    precision: *mut i16,
    scale: *mut i16,
    nullable: *mut i16,
) -> i16 {
    let name = TextOut::units(name, room, name_length, Form::Narrow);
    get_record(descriptor, number, name, kind, sub_code, length, precision, scale, nullable)
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetDescRecW(
    descriptor: Handle,
    number: i16,
    name: *mut u16,
    room: i16,
    name_length: *mut i16,
    kind: *mut i16,
    sub_code: *mut i16,
    length: *mut isize,
    precision: *mut i16,
    scale: *mut i16,
    nullable: *mut i16,
) -> i16 {
    let name = TextOut::units(name, room, name_length, Form::Wide);
    get_record(descriptor, number, name, kind, sub_code, length, precision, scale, nullable)
}

fn get_record(
    descriptor: Handle,
    number: i16,
    name: TextOut,
    kind: *mut i16,
    sub_code: *mut i16,
    length: *mut isize,
    precision: *mut i16,
    scale: *mut i16,
    nullable: *mut i16,
) -> i16 {
    let out = descriptors::RecordOut {
        name,
        kind: Pointer::new(kind),
        sub_code: Pointer::new(sub_code),
        length: Pointer::new(length),
        precision: Pointer::new(precision),
        scale: Pointer::new(scale),
        nullable: Pointer::new(nullable),
    };
    guard::descriptor(descriptor, Function::GetDescRec, |c| descriptors::get_record(c, number, &out))
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLSetDescRec(
    descriptor: Handle,
    number: i16,
    kind: i16,
    sub_code: i16,
    length: isize,
    precision: i16,
    scale: i16,
    data: *mut c_void,
    octet_length: *mut isize,
    indicator: *mut isize,
) -> i16 {
    guard::descriptor(descriptor, Function::SetDescRec, |c| {
        let (data, octet_length) = (Pointer::new(data), Pointer::new(octet_length));
        let indicator = Pointer::new(indicator);
        let record =
            descriptors::RecordIn { number, kind, sub_code, length, precision, scale, data, octet_length, indicator };
        descriptors::set_record(c, &record)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLCopyDesc(source: Handle, target: Handle) -> i16 {
    let mut copied = None;
    let read = guard::descriptor(source, Function::CopyDesc, |c| {
        copied = Some(descriptors::copy_from(c)?);
        Ok(Return::Done)
    });
    match copied {
        Some(copied) => guard::descriptor(target, Function::CopyDesc, |c| descriptors::copy_to(c, copied)),
        None if read == ret::SUCCESS => ret::ERROR,
        None => read,
    }
}
