//! The set-up entry points for the installer library.

use std::ffi::c_void;

use crate::abi::installer::Odbcinst;
use crate::abi::memory::Pointer;
use crate::abi::text::{Form, TextIn, TextOut};
use crate::setup::{self, dialog};
use crate::spec::NTS;

/// ConfigDSN: `attributes` are texts that end with a zero each, and with another one together.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn ConfigDSN(
    window: *mut c_void,
    request: u16,
    driver: *const u8,
    attributes: *const u8,
) -> i32 {
    let mut texts = Vec::new();
    let mut place = Pointer::new(attributes);
    while let Some(first) = place.read::<u8>()
        && first != 0
    {
        let length = place.terminated_length::<u8>();
        texts.push(place.with_bytes(length, |bytes| String::from_utf8_lossy(bytes).into_owned()));
        place = place.at(length.cast_signed() + 1);
    }
    configure(window, request, TextIn::narrow(driver, NTS), &texts)
}

/// The same in UTF-16, which Windows' installer library prefers.
#[cfg(windows)]
#[unsafe(no_mangle)]
pub unsafe extern "system" fn ConfigDSNW(
    window: *mut c_void,
    request: u16,
    driver: *const u16,
    attributes: *const u16,
) -> i32 {
    let mut texts = Vec::new();
    let mut place = Pointer::new(attributes);
    while let Some(first) = place.read::<u16>()
        && first != 0
    {
        let bytes = 2 * place.terminated_length::<u16>();
        texts.push(place.with_bytes(bytes, |bytes| crate::abi::text::Encoding::Utf16.decode(bytes)));
        place = place.at(bytes.cast_signed() + 2);
    }
    configure(window, request, TextIn::wide(driver, NTS), &texts)
}

/// Without a window no dialog may be opened: all that is to be set stands in the attributes then.
fn configure(window: *mut c_void, request: u16, driver: TextIn, attributes: &[String]) -> i32 {
    let driver = driver.read().ok().flatten().unwrap_or_default();
    let ask = if window.is_null() { None } else { dialog::open() };
    let installer = Odbcinst::find();
    installer.is_some_and(|installer| setup::config_dsn(&installer, request, &driver, attributes, ask)).into()
}

/// ConfigDriver.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn ConfigDriver(
    _: *mut c_void,
    request: u16,
    _: *const u8,
    _: *const u8,
    message: *mut u8,
    room: u16,
    length: *mut u16,
) -> i32 {
    let room = i16::try_from(room).unwrap_or(i16::MAX);
    // There is nothing to tell.
    let _ = TextOut::units(message, room, length.cast(), Form::Narrow).put("");
    setup::config_driver(request).into()
}

/// The same in UTF-16.
#[cfg(windows)]
#[unsafe(no_mangle)]
pub unsafe extern "system" fn ConfigDriverW(
    _: *mut c_void,
    request: u16,
    _: *const u16,
    _: *const u16,
    message: *mut u16,
    room: u16,
    length: *mut u16,
) -> i32 {
    let room = i16::try_from(room).unwrap_or(i16::MAX);
    let _ = TextOut::units(message, room, length.cast(), Form::Wide).put("");
    setup::config_driver(request).into()
}
