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
