//! SQLGetInfo, SQLGetFunctions and SQLGetTypeInfo.

use super::{ConnectionCall, Outcome, Return, StatementCall, put_text};
use crate::abi::manifest;
use crate::abi::memory::Pointer;
use crate::abi::text::TextOut;
use crate::catalog;
use crate::handle::condition::{INVALID_FUNCTION_ID, INVALID_INFO_TYPE, INVALID_SQL_TYPE};
use crate::info::types::type_row;
use crate::info::values::{self, Value};
use crate::spec::sql_type;

/// SQLGetInfo. Numbers go to `value`, texts to `text`; both are the same memory.
pub fn get_info(
    call: &mut ConnectionCall<'_>,
    info_type: u16,
    value: Pointer,
    text: &TextOut,
    length: Pointer,
) -> Outcome {
    let core = &mut call.state.core;
    let found = values::answer(info_type, core).ok_or_else(|| INVALID_INFO_TYPE.because(info_type))?;
    match found {
        Value::Text(answer) => put_text(text, &answer, &mut core.diagnostics)?,
        Value::Short(number) => {
            value.write(number);
            length.write(2_i16);
        }
        Value::Long(number) => {
            value.write(number);
            length.write(4_i16);
        }
    }
    Ok(Return::Done)
}

/// SQLGetFunctions: from the manifest of exports, in the three forms of the specification.
pub fn get_functions(_: &mut ConnectionCall<'_>, function: u16, supported: Pointer) -> Outcome {
    const ALL: u16 = 0;
    const ODBC3_ALL: u16 = 999;
    match function {
        ALL => {
            for id in 0..100_u16 {
                supported.at(id as isize * 2).write(u16::from(manifest::supports(id)));
            }
        }
        ODBC3_ALL => {
            for word in 0..250_u16 {
                let bits =
                    (0..16).filter(|bit| manifest::supports(word * 16 + bit)).fold(0_u16, |bits, bit| bits | 1 << bit);
                supported.at(word as isize * 2).write(bits);
            }
        }
        id if id < 4000 => supported.write(u16::from(manifest::supports(id))),
        _ => return Err(INVALID_FUNCTION_ID.into()),
    }
    Ok(Return::Done)
}

/// SQLGetTypeInfo: the rows of one type, or of all.
pub fn get_type_info(call: &mut StatementCall<'_>, code: i16) -> Outcome {
    let code = sql_type::odbc3(code);
    let known = code == sql_type::UNKNOWN || type_row(code).is_some() || (-97..=113).contains(&code);
    if !known {
        return Err(INVALID_SQL_TYPE.because(code));
    }
    let odbc2 = call.core.is_odbc2();
    super::catalog::open(call, |_| Ok(catalog::type_info::rows(code, odbc2)))
}
