//! SQLGetInfo: shapes, neutral answers, and one statement for every claimed bit.

use std::ptr::null_mut;

use exactodbc::info_facts::BITMAPS;

use crate::support::*;

fn text(odbc: &Odbc, kind: u16) -> String {
    let mut buffer = [0_u8; 512];
    let mut length = 0_i16;
    let code = unsafe { SQLGetInfo(odbc.dbc, kind, buffer.as_mut_ptr().cast(), 512, &raw mut length) };
    assert_eq!(code, SUCCESS, "{kind}");
    String::from_utf8(buffer[..length as usize].to_vec()).unwrap()
}

fn long(odbc: &Odbc, kind: u16) -> u32 {
    let mut value = 0xAAAA_AAAA_u32;
    assert_eq!(unsafe { SQLGetInfo(odbc.dbc, kind, (&raw mut value).cast(), 4, null_mut()) }, SUCCESS, "{kind}");
    value
}

fn short(odbc: &Odbc, kind: u16) -> u16 {
    let mut value = [0xAAAA_u16; 2];
    assert_eq!(unsafe { SQLGetInfo(odbc.dbc, kind, value.as_mut_ptr().cast(), 2, null_mut()) }, SUCCESS, "{kind}");
    assert_eq!(value[1], 0xAAAA, "only 16 bits are written for {kind}");
    value[0]
}

#[test]
fn what_clients_depend_on() {
    let odbc = Odbc::connect();
    assert_eq!(text(&odbc, 77), "03.80");
    assert_eq!(text(&odbc, 17), "Exact Online");
    assert!(text(&odbc, 18).split('.').all(|part| part.parse::<u32>().is_ok()));
    assert_eq!((text(&odbc, 29), text(&odbc, 14)), ("\"".to_owned(), "\\".to_owned()));
    assert_eq!((text(&odbc, 10_002), text(&odbc, 111)), ("Y".to_owned(), "N".to_owned()));
    assert_eq!((text(&odbc, 16), text(&odbc, 42)), ("1".to_owned(), "division".to_owned()));
    assert_eq!((short(&odbc, 88), short(&odbc, 30), short(&odbc, 23)), (3, 128, 2));
    assert_eq!((long(&odbc, 81), long(&odbc, 132), long(&odbc, 169)), (0xF, 0, 0x7F));
    for converts in (53..=71).chain([122, 125, 126, 173]) {
        assert_ne!(long(&odbc, converts), 0, "{converts}");
    }
}

#[test]
fn the_driver_version_is_told_before_a_connection_exists() {
    let (env, dbc) = unconnected(3);
    let mut buffer = [0_u8; 16];
    assert_eq!(unsafe { SQLGetInfo(dbc, 77, buffer.as_mut_ptr().cast(), 16, null_mut()) }, SUCCESS);
    assert_eq!(&buffer[..6], b"03.80\0");
    unsafe {
        SQLFreeHandle(DBC, dbc);
        SQLFreeHandle(ENV, env);
    }
}

#[test]
fn unknown_types_are_neutral_inside_the_assigned_ranges_and_refused_outside() {
    let odbc = Odbc::connect();
    assert_eq!((long(&odbc, 180), long(&odbc, 1750), long(&odbc, 10_024)), (0, 0, 0));
    let mut value = 0_u32;
    for kind in [300, 999, 1001, 20_000] {
        assert_eq!(unsafe { SQLGetInfo(odbc.dbc, kind, (&raw mut value).cast(), 4, null_mut()) }, ERROR);
        assert_eq!(records(DBC, odbc.dbc)[0].0, "HY096");
    }
}

#[test]
fn wide_answers_count_bytes_and_are_cut_with_01004() {
    let odbc = Odbc::connect();
    let mut buffer = [0_u16; 8];
    let mut length = 0_i16;
    assert_eq!(unsafe { SQLGetInfoW(odbc.dbc, 17, buffer.as_mut_ptr().cast(), 12, &raw mut length) }, WITH_INFO);
    assert_eq!((length, String::from_utf16_lossy(&buffer)), (24, "Exact\0\0\0".to_owned()));
    assert_eq!(records(DBC, odbc.dbc)[0].0, "01004");
}

#[test]
fn every_claimed_bit_runs() {
    let odbc = Odbc::connect();
    let mut failures = Vec::new();
    for bitmap in BITMAPS {
        assert_eq!(long(&odbc, bitmap.info_type), bitmap.value());
        for (bit, sql) in bitmap.bits {
            let runs = odbc.run(sql) == SUCCESS && unsafe { SQLFetch(odbc.stmt) } != ERROR;
            if !runs {
                failures.push(format!("{}/{bit:#x} {sql}: {:?}", bitmap.info_type, records(STMT, odbc.stmt)));
            }
            unsafe { SQLFreeStmt(odbc.stmt, 0) };
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
