//! SQLSetEnvAttr and SQLGetEnvAttr.

use super::{EnvironmentCall, Outcome, Return};
use crate::abi::memory::Pointer;
use crate::abi::text::Encoding;
use crate::handle::condition::{INVALID_ATTRIBUTE_ID, INVALID_ATTRIBUTE_VALUE, NOT_IMPLEMENTED, OPTION_CHANGED};
use crate::spec::attribute::{env, unicode};
use crate::spec::{OV_ODBC2, OV_ODBC3, OV_ODBC3_80};

pub fn set_attribute(call: &mut EnvironmentCall<'_>, attribute: i32, value: Pointer) -> Outcome {
    let number = value.address() as u32;
    match attribute {
        env::ODBC_VERSION => match number.cast_signed() {
            version @ (OV_ODBC2 | OV_ODBC3 | OV_ODBC3_80) => call.state.version = Some(version),
            _ => return Err(INVALID_ATTRIBUTE_VALUE.because("the ODBC version must be 2, 3 or 3.80")),
        },
        env::CONNECTION_POOLING => call.state.pooling = number,
        env::CP_MATCH => call.state.pool_match = number,
        env::OUTPUT_NTS if number == 0 => return Err(NOT_IMPLEMENTED.because("text always ends with a zero")),
        env::OUTPUT_NTS => {}
        // unixODBC names environment variables for the driver; ours come from the process.
        env::UNIXODBC_ENVATTR => call.state.diagnostics.warn(OPTION_CHANGED),
        _ => return Err(INVALID_ATTRIBUTE_ID.into()),
    }
    Ok(Return::Done)
}

pub fn get_attribute(call: &mut EnvironmentCall<'_>, attribute: i32, value: Pointer, length: Pointer) -> Outcome {
    let number = match attribute {
        env::ODBC_VERSION => call.state.version.unwrap_or(OV_ODBC3).unsigned_abs(),
        env::CONNECTION_POOLING => call.state.pooling,
        env::CP_MATCH => call.state.pool_match,
        env::OUTPUT_NTS => 1,
        // A driver manager that asks takes what it is told.
        env::DRIVER_UNICODE_TYPE => {
            call.state.wide = Encoding::Utf16;
            unicode::UTF16
        }
        _ => return Err(INVALID_ATTRIBUTE_ID.into()),
    };
    value.write(number);
    length.write(4_i32);
    Ok(Return::Done)
}
