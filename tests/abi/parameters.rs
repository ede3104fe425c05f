//! Parameters: types, null, data at execution, arrays.

use std::ffi::c_void;
use std::ptr::null_mut;

use crate::support::*;

const VARCHAR: i16 = 12;
const WVARCHAR: i16 = -9;
const INTEGER: i16 = 4;
const DATA_AT_EXEC: isize = -2;

fn bind(odbc: &Odbc, number: u16, c_type: i16, sql_type: i16, data: *mut c_void, length: *mut isize) -> i16 {
    unsafe { SQLBindParameter(odbc.stmt, number, 1, c_type, sql_type, 100, 0, data, 0, length) }
}

#[test]
fn parameters_are_described_bound_and_executed_again() {
    let odbc = Odbc::connect();
    odbc.prepare("SELECT ?, ?");
    let (mut count, mut kind, mut size) = (0_i16, 0_i16, 0_usize);
    unsafe {
        assert_eq!(SQLNumParams(odbc.stmt, &raw mut count), SUCCESS);
        assert_eq!(count, 2);
        assert_eq!(SQLDescribeParam(odbc.stmt, 2, &raw mut kind, &raw mut size, null_mut(), null_mut()), SUCCESS);
        assert!(kind != 0 && size > 0);
        assert_eq!(SQLDescribeParam(odbc.stmt, 3, &raw mut kind, &raw mut size, null_mut(), null_mut()), ERROR);
        assert_eq!(odbc.state(), "07009");
        assert_eq!(SQLExecute(odbc.stmt), ERROR);
        assert_eq!(odbc.state(), "07002");
    }
    let mut wide: Vec<u16> = "grün".encode_utf16().collect();
    let (mut length, mut number, mut null) = (8_isize, 41_i32, 0_isize);
    assert_eq!(bind(&odbc, 1, C_WCHAR, WVARCHAR, wide.as_mut_ptr().cast(), &raw mut length), SUCCESS);
    assert_eq!(bind(&odbc, 2, C_LONG, VARCHAR, (&raw mut number).cast(), &raw mut null), SUCCESS);
    for (value, indicator, expected) in [(42, 0, Some("42")), (-7, 0, Some("-7")), (0, -1, None)] {
        (number, null) = (value, indicator);
        std::hint::black_box((&number, &null));
        assert_eq!(unsafe { SQLExecute(odbc.stmt) }, SUCCESS, "{:?}", records(STMT, odbc.stmt));
        assert_eq!(odbc.rows(), [[Some("grün".to_owned()), expected.map(str::to_owned)]]);
        odbc.close();
    }
}

#[test]
fn wrong_bindings_are_refused() {
    let odbc = Odbc::connect();
    let mut number = 1_i32;
    let data: *mut c_void = (&raw mut number).cast();
    let cases = [
        (0_u16, 1_i16, C_LONG, INTEGER, "07009"),
        (1, 1, 1234, INTEGER, "HY003"),
        (1, 1, C_LONG, 1234, "HY004"),
        (1, 9, C_LONG, INTEGER, "HY105"),
        (1, 4, C_LONG, INTEGER, "HYC00"),
    ];
    for (index, direction, c_type, sql_type, state) in cases {
        let code =
            unsafe { SQLBindParameter(odbc.stmt, index, direction, c_type, sql_type, 10, 0, data, 0, null_mut()) };
        assert_eq!((code, odbc.state().as_str()), (ERROR, state));
    }
    let mut text = *b"abc\0";
    odbc.prepare("SELECT ?");
    assert_eq!(bind(&odbc, 1, C_CHAR, INTEGER, text.as_mut_ptr().cast(), null_mut()), SUCCESS);
    assert_eq!(unsafe { SQLExecute(odbc.stmt) }, ERROR);
    assert_eq!(odbc.state(), "22018");
}

#[test]
fn data_at_execution_in_pieces() {
    let odbc = Odbc::connect();
    odbc.prepare("SELECT ?, ?");
    let mut later = [DATA_AT_EXEC, -105];
    let (one, two) = (11 as *mut c_void, 22 as *mut c_void);
    bind(&odbc, 1, C_CHAR, VARCHAR, one, &raw mut later[0]);
    bind(&odbc, 2, C_WCHAR, WVARCHAR, two, &raw mut later[1]);
    let mut token: *mut c_void = null_mut();
    unsafe {
        assert_eq!(SQLExecute(odbc.stmt), NEED_DATA);
        assert_eq!(SQLFetch(odbc.stmt), ERROR);
        assert_eq!(odbc.state(), "HY010");
        assert_eq!(SQLParamData(odbc.stmt, &raw mut token), NEED_DATA);
        assert_eq!(token, one);
        for piece in ["Jan", "sen"] {
            assert_eq!(SQLPutData(odbc.stmt, piece.as_ptr().cast_mut().cast(), 3), SUCCESS);
        }
        assert_eq!(SQLParamData(odbc.stmt, &raw mut token), NEED_DATA);
        assert_eq!(token, two);
        let mut wide: Vec<u16> = "é😀".encode_utf16().collect();
        // Even a pair of surrogates may be sent in two pieces.
        assert_eq!(SQLPutData(odbc.stmt, wide.as_mut_ptr().cast(), 4), SUCCESS);
        assert_eq!(SQLPutData(odbc.stmt, wide.as_mut_ptr().add(2).cast(), 2), SUCCESS);
        assert_eq!(SQLPutData(odbc.stmt, null_mut(), -1), ERROR);
        assert_eq!(odbc.state(), "HY020");
        assert_eq!(SQLParamData(odbc.stmt, &raw mut token), SUCCESS, "{:?}", records(STMT, odbc.stmt));
    }
    assert_eq!(odbc.rows(), [[Some("Jansen".to_owned()), Some("é😀".to_owned())]]);
    odbc.close();
    unsafe {
        assert_eq!(SQLExecute(odbc.stmt), NEED_DATA);
        assert_eq!(SQLCancel(odbc.stmt), SUCCESS);
        assert_eq!(SQLParamData(odbc.stmt, &raw mut token), ERROR);
        assert_eq!(odbc.state(), "HY010");
    }
}

#[test]
fn arrays_of_parameters_give_a_result_for_each_set() {
    let odbc = Odbc::connect();
    odbc.prepare("SELECT ?");
    let (mut numbers, mut lengths) = ([1_i32, 2, 3], [0_isize, -1, 0]);
    let (mut processed, mut status, mut operation) = (0_usize, [9_u16; 3], [0_u16, 0, 1]);
    odbc.set(22, 3);
    odbc.set(21, (&raw mut processed) as usize);
    odbc.set(20, status.as_mut_ptr() as usize);
    odbc.set(19, operation.as_mut_ptr() as usize);
    bind(&odbc, 1, C_LONG, INTEGER, numbers.as_mut_ptr().cast(), lengths.as_mut_ptr());
    assert_eq!(unsafe { SQLExecute(odbc.stmt) }, SUCCESS, "{:?}", records(STMT, odbc.stmt));
    assert_eq!((processed, status), (3, [0, 0, 7]));
    assert_eq!(odbc.rows(), [[Some("1".to_owned())]]);
    assert_eq!(unsafe { SQLMoreResults(odbc.stmt) }, SUCCESS);
    assert_eq!(odbc.rows(), [[None]]);
    assert_eq!(unsafe { SQLMoreResults(odbc.stmt) }, NO_DATA);
    assert_eq!((numbers.len(), operation.len()), (3, 3));
}

#[test]
fn a_set_that_cannot_be_converted_is_told_by_its_row() {
    let odbc = Odbc::connect();
    odbc.prepare("SELECT ?");
    let mut texts = *b"1\0\0\0x\0\0\x003\0\0\0";
    let (mut processed, mut status) = (0_usize, [9_u16; 3]);
    odbc.set(22, 3);
    odbc.set(21, (&raw mut processed) as usize);
    odbc.set(20, status.as_mut_ptr() as usize);
    let data = texts.as_mut_ptr().cast();
    assert_eq!(unsafe { SQLBindParameter(odbc.stmt, 1, 1, C_CHAR, INTEGER, 10, 0, data, 4, null_mut()) }, SUCCESS);
    assert_eq!(unsafe { SQLExecute(odbc.stmt) }, ERROR);
    let (mut row, mut column) = (0_isize, 0_i32);
    unsafe {
        SQLGetDiagField(STMT, odbc.stmt, 1, -1248, (&raw mut row).cast(), 0, null_mut());
        SQLGetDiagField(STMT, odbc.stmt, 1, -1247, (&raw mut column).cast(), 0, null_mut());
    }
    assert_eq!((odbc.state().as_str(), row, column, processed, status), ("22018", 2, 1, 2, [1, 5, 7]));
}

#[test]
fn row_wise_arrays_of_parameters_have_an_offset() {
    #[repr(C)]
    struct Set {
        number: i32,
        length: isize,
    }
    let odbc = Odbc::connect();
    odbc.prepare("SELECT ?");
    let mut sets = [1, 2, 3, 4].map(|number| Set { number, length: 0 });
    let mut offset = size_of::<Set>() as isize;
    odbc.set(22, 2);
    odbc.set(18, size_of::<Set>());
    odbc.set(17, (&raw mut offset) as usize);
    let first = &raw mut sets[0];
    unsafe {
        assert_eq!(
            bind(&odbc, 1, C_LONG, INTEGER, (&raw mut (*first).number).cast(), &raw mut (*first).length),
            SUCCESS
        );
        assert_eq!(SQLExecute(odbc.stmt), SUCCESS, "{:?}", records(STMT, odbc.stmt));
        assert_eq!(odbc.rows(), [[Some("2".to_owned())]]);
        assert_eq!(SQLMoreResults(odbc.stmt), SUCCESS);
        assert_eq!(odbc.rows(), [[Some("3".to_owned())]]);
    }
    assert_eq!(sets[3].number, 4);
}

#[test]
fn data_at_execution_for_every_set_of_an_array() {
    let odbc = Odbc::connect();
    odbc.prepare("SELECT ?");
    let mut later = [DATA_AT_EXEC, -1, -103];
    let mut places = [0_u8; 30];
    odbc.set(22, 3);
    let data: *mut c_void = places.as_mut_ptr().cast();
    assert_eq!(
        unsafe { SQLBindParameter(odbc.stmt, 1, 1, C_CHAR, VARCHAR, 10, 0, data, 10, later.as_mut_ptr()) },
        SUCCESS
    );
    let mut token: *mut c_void = null_mut();
    unsafe {
        assert_eq!(SQLExecute(odbc.stmt), NEED_DATA);
        for (set, text) in [(0, "one"), (2, "three")] {
            assert_eq!(SQLParamData(odbc.stmt, &raw mut token), NEED_DATA);
            assert_eq!(token as usize, data as usize + set * 10, "the place of the set");
            assert_eq!(SQLPutData(odbc.stmt, text.as_ptr().cast_mut().cast(), text.len() as isize), SUCCESS);
        }
        assert_eq!(SQLParamData(odbc.stmt, &raw mut token), SUCCESS);
    }
    for expected in [Some("one"), None, Some("three")] {
        assert_eq!(odbc.rows(), [[expected.map(str::to_owned)]]);
        unsafe { SQLMoreResults(odbc.stmt) };
    }
}

#[test]
fn a_default_is_refused_and_a_null_needs_no_buffer() {
    let odbc = Odbc::connect();
    odbc.prepare("SELECT ?");
    let (mut number, mut length) = (5_i32, -5_isize);
    assert_eq!(bind(&odbc, 1, C_LONG, INTEGER, (&raw mut number).cast(), &raw mut length), SUCCESS);
    assert_eq!(unsafe { SQLExecute(odbc.stmt) }, ERROR);
    assert_eq!(odbc.state(), "07S01");
    let mut null = -1_isize;
    assert_eq!(bind(&odbc, 1, 99, INTEGER, null_mut(), &raw mut null), SUCCESS);
    assert_eq!(unsafe { SQLExecute(odbc.stmt) }, SUCCESS);
    assert_eq!(odbc.rows(), [[None]]);
}

#[test]
fn numeric_structures_have_the_scale_of_the_descriptor() {
    let odbc = Odbc::connect();
    odbc.prepare("SELECT ?");
    let apd = odbc.get(10_011) as Handle;
    // 12345 with a scale of its own of 1.
    let mut numeric = [0_u8; 19];
    (numeric[0], numeric[1], numeric[2], numeric[3], numeric[4]) = (10, 1, 1, 0x39, 0x30);
    let data: *mut c_void = numeric.as_mut_ptr().cast();
    assert_eq!(unsafe { SQLBindParameter(odbc.stmt, 1, 1, 2, 3, 10, 0, data, 0, null_mut()) }, SUCCESS);
    let run = || {
        assert_eq!(unsafe { SQLExecute(odbc.stmt) }, SUCCESS, "{:?}", records(STMT, odbc.stmt));
        let text = odbc.rows().remove(0).remove(0).unwrap();
        odbc.close();
        text.parse::<f64>().unwrap()
    };
    assert_eq!(run(), 1234.5, "the scale of the structure where the descriptor has none");
    for (field, value) in [(1002, 2), (1005, 10), (1006, 3), (1010, data as usize)] {
        assert_eq!(unsafe { SQLSetDescField(apd, 1, field, value as *mut c_void, 0) }, SUCCESS);
    }
    assert_eq!(run(), 12.345);
}

/// A C type with the bytes of a value, and what the value is as each SQL type: its text as the engine writes it where
/// nothing gives the marker a type, or the SQLSTATE.
type Converted<'a> = (i16, &'a [u8], &'a [(i16, &'a str)]);

#[test]
fn every_c_type_becomes_the_sql_types_that_it_may() {
    let date: Vec<u8> = [2026_u16, 1, 31].iter().flat_map(|part| part.to_ne_bytes()).collect();
    let time: Vec<u8> = [10_u16, 11, 12].iter().flat_map(|part| part.to_ne_bytes()).collect();
    let moment = |nanos: u32| {
        let parts = [2026_u16, 1, 31, 0, 0, 0].iter().flat_map(|part| part.to_ne_bytes());
        parts.chain(nanos.to_ne_bytes()).collect::<Vec<u8>>()
    };
    let (whole, half) = (moment(0), moment(500_000_000));
    let (days, mixed) = (interval(3, true, [5, 0, 0, 0, 0]), interval(10, true, [5, 4, 3, 2, 0]));
    let guid = [0xff, 0x19, 0x96, 0x6f, 0x86, 0x8b, 0x11, 0xd0, 0xb4, 0x2d, 0, 0xc0, 0x4f, 0xc9, 0x64, 0xff];
    let (real, small) = (2.5_f64.to_ne_bytes(), 300_i16.to_ne_bytes());
    let cases: [Converted<'_>; 14] = [
        (C_CHAR, b"42", &[(12, "42"), (4, "42"), (8, "42.0"), (-2, "B"), (-7, "22003"), (91, "22018"), (-11, "22018")]),
        (C_CHAR, b"2026-01-31", &[(91, "2026-01-31"), (93, "2026-01-31T00:00:00"), (4, "22018")]),
        (-7, &[1], &[(-7, "true"), (4, "1"), (12, "1"), (91, "07006"), (-2, "07006")]),
        (-15, &small, &[(5, "300"), (-6, "22003"), (-7, "22003"), (12, "300"), (92, "07006")]),
        (8, &real, &[(8, "2.5"), (12, "2.5"), (4, "22001"), (-7, "22003"), (93, "07006"), (-11, "07006")]),
        (-18, &7_u32.to_ne_bytes(), &[(4, "7"), (-5, "7"), (-6, "7"), (7, "7.0")]),
        (
            91,
            &date,
            &[(91, "2026-01-31"), (12, "2026-01-31"), (93, "2026-01-31T00:00:00"), (92, "07006"), (4, "07006")],
        ),
        (92, &time, &[(92, "10:11:12"), (12, "10:11:12"), (91, "07006"), (8, "07006")]),
        (93, &whole, &[(93, "2026-01-31T00:00:00"), (91, "2026-01-31"), (92, "00:00:00")]),
        (93, &half, &[(93, "2026-01-31T00:00:00.500"), (91, "22008"), (92, "22008")]),
        (-2, &[0x31, 0x32], &[(-2, "12"), (12, "12"), (4, "22003"), (5, "12849")]),
        (
            -11,
            &guid,
            &[
                (-11, "6f9619ff-8b86-d011-b42d-00c04fc964ff"),
                (12, "6f9619ff-8b86-d011-b42d-00c04fc964ff"),
                (4, "07006"),
            ],
        ),
        (103, &days, &[(12, "-5"), (4, "-5"), (3, "-5"), (8, "07006"), (91, "07006")]),
        (110, &mixed, &[(12, "-5 04:03:02"), (4, "07006")]),
    ];
    let odbc = Odbc::connect();
    odbc.prepare("SELECT ?");
    let mut wrong = Vec::new();
    for (c_type, bytes, outcomes) in cases {
        for (sql_type, expected) in outcomes {
            let mut memory = bytes.to_vec();
            let mut length = bytes.len() as isize;
            let data: *mut c_void = memory.as_mut_ptr().cast();
            let code =
                unsafe { SQLBindParameter(odbc.stmt, 1, 1, c_type, *sql_type, 30, 3, data, length, &raw mut length) };
            assert_eq!(code, SUCCESS, "{c_type} {sql_type}: {:?}", records(STMT, odbc.stmt));
            let found = match unsafe { SQLExecute(odbc.stmt) } {
                SUCCESS => odbc.rows().remove(0).remove(0).unwrap_or("NULL".to_owned()),
                _ => odbc.state(),
            };
            if found != *expected {
                wrong.push(format!("{c_type} as {sql_type}: {found}, not {expected}"));
            }
            odbc.close();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A `SQL_INTERVAL_STRUCT`.
fn interval(kind: i32, negative: bool, fields: [u32; 5]) -> Vec<u8> {
    let words = fields.iter().flat_map(|field| field.to_ne_bytes());
    kind.to_ne_bytes().into_iter().chain([u8::from(negative), 0, 0, 0]).chain(words).collect()
}

/// Binds one parameter, executes, and gives the value of the only column, or the state.
fn answer(odbc: &Odbc, sql: &str, c_type: i16, sql_type: i16, bytes: &[u8]) -> String {
    odbc.close();
    odbc.prepare(sql);
    let (mut memory, mut length) = (bytes.to_vec(), bytes.len() as isize);
    let data: *mut c_void = memory.as_mut_ptr().cast();
    let code = unsafe { SQLBindParameter(odbc.stmt, 1, 1, c_type, sql_type, 30, 6, data, length, &raw mut length) };
    assert_eq!(code, SUCCESS, "{c_type} {sql_type}: {:?}", records(STMT, odbc.stmt));
    match unsafe { SQLExecute(odbc.stmt) } {
        SUCCESS => odbc.rows().remove(0).remove(0).unwrap_or("NULL".to_owned()),
        _ => odbc.state(),
    }
}

#[test]
fn intervals_are_parameters() {
    let odbc = Odbc::connect();
    let (days, mixed) = (interval(3, true, [5, 0, 0, 0, 0]), interval(10, false, [5, 4, 3, 2, 500_000]));
    let cases: [(i16, &[u8], i16, &str); 14] = [
        (103, &days, 103, "-5"),
        (103, &days, 110, "-5 00:00:00"),
        (103, &days, 102, "07006"),
        (110, &mixed, 110, "5 04:03:02.500000"),
        (110, &mixed, 103, "22015"),
        (99, &days, 103, "-5"),
        (-2, &days, 103, "-5"),
        (-2, &days[..20], 103, "22003"),
        (C_CHAR, b"1-6", 107, "1-06"),
        (C_CHAR, b"x", 107, "22018"),
        (C_LONG, &90_i32.to_ne_bytes(), 103, "90"),
        (C_LONG, &100_i32.to_ne_bytes(), 103, "22015"),
        (C_LONG, &1_i32.to_ne_bytes(), 110, "07006"),
        (8, &1.0_f64.to_ne_bytes(), 103, "07006"),
    ];
    for (c_type, bytes, sql_type, expected) in cases {
        assert_eq!(answer(&odbc, "SELECT ?", c_type, sql_type, bytes), expected, "{c_type} as {sql_type}");
    }
    // More digits of the leading field, where the descriptor says so.
    let ipd = odbc.get(10_013) as Handle;
    let (mut hundred, mut length) = (100_i32, 4_isize);
    odbc.close();
    odbc.prepare("SELECT ?");
    let data = (&raw mut hundred).cast();
    unsafe {
        assert_eq!(SQLBindParameter(odbc.stmt, 1, 1, C_LONG, 103, 0, 0, data, 4, &raw mut length), SUCCESS);
        assert_eq!(SQLSetDescField(ipd, 1, 26, number_argument(3), 0), SUCCESS);
        assert_eq!(SQLExecute(odbc.stmt), SUCCESS, "{:?}", records(STMT, odbc.stmt));
    }
    assert_eq!(odbc.rows()[0][0].as_deref(), Some("100"));
}

#[test]
fn intervals_are_added_to_dates() {
    let odbc = Odbc::connect();
    let days = interval(3, false, [40, 0, 0, 0, 0]);
    let months = interval(2, false, [0, 1, 0, 0, 0]);
    let hours = interval(4, true, [0, 1, 0, 0, 0]);
    assert_eq!(answer(&odbc, "SELECT {d '2026-01-31'} + ?", 103, 103, &days), "2026-03-12");
    let cast = "SELECT {ts '2026-01-31 00:30:00'} + CAST(? AS INTERVAL)";
    assert_eq!(answer(&odbc, cast, 102, 102, &months), "2026-02-28 00:30:00.000");
    assert_eq!(answer(&odbc, cast, 104, 104, &hours), "2026-01-30 23:30:00.000");
    // Months are no number of days.
    assert_eq!(answer(&odbc, "SELECT {d '2026-01-31'} + ?", 102, 102, &months), "22003");
}

/// A C type and the bytes of a value that fits every SQL type which may be made of it.
fn c_values() -> Vec<(i16, Vec<u8>)> {
    let words = |parts: &[u16]| parts.iter().flat_map(|part| part.to_ne_bytes()).collect::<Vec<u8>>();
    let mut numeric = vec![1, 0, 1, 1];
    numeric.resize(19, 0);
    let timestamp = [words(&[2026, 1, 31, 0, 0, 0]), vec![0; 4]].concat();
    let whole = [(-7, 1), (-26, 1), (-28, 1), (-15, 2), (-17, 2), (-16, 4), (-18, 4), (-25, 8), (-27, 8)];
    let mut values = vec![
        (7, 1_f32.to_ne_bytes().to_vec()),
        (8, 1_f64.to_ne_bytes().to_vec()),
        (2, numeric),
        (91, words(&[2026, 1, 31])),
        (92, words(&[0, 0, 0])),
        (93, timestamp),
        (-11, vec![7; 16]),
    ];
    values.extend(whole.map(|(code, size)| (code, 1_u64.to_le_bytes()[..size].to_vec())));
    values.extend((1..=13).map(|kind| (100 + kind, interval(kind.into(), false, [1, 1, 1, 1, 0]))));
    values
}

/// Whether the specification makes the SQL type of the C type ("Converting Data from C to SQL Data Types"); text and binary
/// data become every type.
fn may_become(c_type: i16, sql_type: i16) -> bool {
    let is_text = [1, 12, -1, -8, -9, -10].contains(&sql_type);
    let is_exact = [2, 3, 4, 5, -5, -6].contains(&sql_type);
    let is_number = is_exact || [6, 7, 8, -7].contains(&sql_type);
    let is_year_month = |code: i16| [101, 102, 107].contains(&code);
    is_text
        || match c_type {
            91 => [91, 93].contains(&sql_type),
            92 => [92, 93].contains(&sql_type),
            93 => (91..=93).contains(&sql_type),
            -11 => sql_type == -11,
            -7 | 7 | 8 => is_number,
            101..=106 if is_exact => true,
            101..=113 => sql_type > 100 && is_year_month(c_type) == is_year_month(sql_type),
            _ => is_number || (101..=106).contains(&sql_type),
        }
}

#[test]
fn every_pair_of_types_is_converted_or_07006() {
    let odbc = Odbc::connect();
    odbc.prepare("SELECT ?");
    let mut wrong = Vec::new();
    let sql_types = [1, 12, -1, -8, -9, -10, 2, 3, 4, 5, 6, 7, 8, -5, -6, -7, -2, -3, -4, 91, 92, 93, -11];
    for (c_type, bytes) in c_values() {
        for sql_type in sql_types.into_iter().chain(101..=113) {
            let (mut memory, mut length) = (bytes.clone(), bytes.len() as isize);
            let (data, room) = (memory.as_mut_ptr().cast(), length);
            let code =
                unsafe { SQLBindParameter(odbc.stmt, 1, 1, c_type, sql_type, 30, 0, data, room, &raw mut length) };
            assert_eq!(code, SUCCESS, "{c_type} {sql_type}: {:?}", records(STMT, odbc.stmt));
            let state = if unsafe { SQLExecute(odbc.stmt) } == SUCCESS { String::new() } else { odbc.state() };
            // A whole interval need not fit one with fewer fields.
            let is_interval = c_type > 100 && sql_type > 100;
            let good = match may_become(c_type, sql_type) {
                true => state.is_empty() || (is_interval && state == "22015"),
                false => state == "07006",
            };
            if !good {
                wrong.push(format!("{c_type} as {sql_type}: {state:?}"));
            }
            odbc.close();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
