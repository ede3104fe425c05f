//! The set-up entry points for unixODBC's installer library.

use std::ffi::c_void;

use crate::abi::installer::Odbcinst;
use crate::abi::memory::Pointer;
use crate::abi::text::{Form, TextIn, TextOut};
use crate::setup;

/// ConfigDSN: `attributes` are texts that end with a zero each, and with another one together.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn ConfigDSN(_: *mut c_void, request: u16, driver: *const u8, attributes: *const u8) -> i32 {
    const NTS: i32 = -3;
    let mut pairs = Vec::new();
    let mut place = Pointer::new(attributes);
    while let Some(first) = place.read::<u8>()
        && first != 0
    {
        let length = place.terminated_length::<u8>();
        pairs.push(place.with_bytes(length, |bytes| String::from_utf8_lossy(bytes).into_owned()));
        place = place.at(length.cast_signed() + 1);
    }
    let driver = TextIn::narrow(driver, NTS).read().ok().flatten().unwrap_or_default();
    let done = Odbcinst::find().is_some_and(|installer| setup::config_dsn(&installer, request, &driver, &pairs));
    done.into()
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
