//! Descriptors: bindings are their records.

use std::ffi::c_void;
use std::ptr::null_mut;

use crate::support::*;

fn number(descriptor: Handle, record: i16, field: i16) -> i64 {
    let mut value = 0_i64;
    let code = unsafe { SQLGetDescField(descriptor, record, field, (&raw mut value).cast(), 8, null_mut()) };
    assert_eq!(code, SUCCESS, "{field}: {:?}", records(DESC, descriptor));
    value
}

#[test]
fn a_binding_is_a_record_of_the_row_descriptor() {
    let odbc = Odbc::connect();
    let ard = odbc.get(10_010) as Handle;
    let mut value = 0_i32;
    unsafe {
        SQLBindCol(odbc.stmt, 3, C_LONG, (&raw mut value).cast(), 4, null_mut());
        assert_eq!((number(ard, 0, 1001), number(ard, 3, 2), number(ard, 0, 1099)), (3, i64::from(C_LONG), 1));
        assert_eq!(number(ard, 3, 1010), (&raw mut value) as i64);
        SQLBindCol(odbc.stmt, 3, C_LONG, null_mut(), 0, null_mut());
        assert_eq!(number(ard, 0, 1001), 0);
        assert_eq!(SQLFreeHandle(DESC, ard), ERROR);
        assert_eq!(records(DESC, ard)[0].0, "HY017");
    }
}

#[test]
fn an_explicit_descriptor_serves_two_statements() {
    let odbc = Odbc::connect();
    let descriptor = allocate(DESC, odbc.dbc);
    let (mut value, mut length) = (0_i64, 0_isize);
    assert_eq!(odbc.set(10_010, descriptor as usize), SUCCESS);
    odbc.execute("SELECT 5 AS a");
    unsafe {
        let (data, indicator) = ((&raw mut value).cast(), &raw mut length);
        assert_eq!(SQLSetDescRec(descriptor, 1, C_SBIGINT, 0, 8, 0, 0, data, indicator, indicator), SUCCESS);
        assert_eq!(SQLFetch(odbc.stmt), SUCCESS);
        assert_eq!((value, length), (5, 8));
        assert_eq!(SQLFreeHandle(DESC, descriptor), SUCCESS);
    }
    assert_ne!(odbc.get(10_010), descriptor as usize, "the statement's own again");
    assert_eq!(odbc.set(10_010, odbc.get(10_012)), ERROR);
    assert_eq!(odbc.state(), "HY017");
}

#[test]
fn the_implementation_row_descriptor_is_computed_and_read_only() {
    let odbc = Odbc::connect();
    let ird = odbc.get(10_012) as Handle;
    let mut value = 0_i64;
    unsafe {
        assert_eq!(SQLGetDescField(ird, 1, 2, (&raw mut value).cast(), 8, null_mut()), ERROR);
        assert_eq!(records(DESC, ird)[0].0, "HY010");
        odbc.prepare("SELECT 'x' AS label");
        assert_eq!((number(ird, 0, 1001), number(ird, 1, 2) as i16), (1, -9));
        let mut name = [0_u16; 8];
        let mut length = 0_i16;
        let nothing = null_mut();
        let code = SQLGetDescRecW(
            ird,
            1,
            name.as_mut_ptr(),
            8,
            &raw mut length,
            nothing,
            nothing,
            null_mut(),
            nothing,
            nothing,
            nothing,
        );
        assert_eq!((code, length, String::from_utf16_lossy(&name[..5])), (SUCCESS, 5, "label".to_owned()));
        assert_eq!(SQLSetDescField(ird, 1, 2, null_mut(), 0), ERROR);
        assert_eq!(records(DESC, ird)[0].0, "HY016");
        assert_eq!(SQLGetDescField(ird, 2, 2, (&raw mut value).cast(), 8, null_mut()), NO_DATA);
    }
}

#[test]
fn numeric_parameters_take_precision_and_scale_from_the_descriptor() {
    let odbc = Odbc::connect();
    odbc.execute("SELECT CAST(12.345 AS DECIMAL(10, 3)) AS d");
    let ard = odbc.get(10_010) as Handle;
    let mut numeric = [0_u8; 19];
    let as_pointer = |value: usize| value as *mut c_void;
    unsafe {
        // The order in which clients set them: type, precision, scale, data.
        for (field, value) in [(1002, 2), (1005, 10), (1006, 2), (1010, numeric.as_mut_ptr() as usize)] {
            assert_eq!(SQLSetDescField(ard, 1, field, as_pointer(value), 0), SUCCESS);
        }
        assert_eq!(SQLFetch(odbc.stmt), WITH_INFO);
    }
    assert_eq!(odbc.state(), "01S07");
    assert_eq!((numeric[..3].to_vec(), i16::from_le_bytes([numeric[3], numeric[4]])), (vec![10, 2, 1], 1234));
}

#[test]
fn inconsistent_records_are_refused_and_copies_are_equal() {
    let odbc = Odbc::connect();
    let (one, two) = (allocate(DESC, odbc.dbc), allocate(DESC, odbc.dbc));
    let mut value = 0_i32;
    let data: *mut c_void = (&raw mut value).cast();
    unsafe {
        assert_eq!(SQLSetDescRec(one, 1, 1234, 0, 4, 0, 0, data, null_mut(), null_mut()), ERROR);
        assert_eq!(records(DESC, one)[0].0, "HY021");
        assert_eq!(SQLSetDescRec(one, 1, 9, 3, 16, 0, 0, data, null_mut(), null_mut()), SUCCESS);
        assert_eq!(SQLCopyDesc(one, two), SUCCESS);
        assert_eq!((number(two, 1, 2), number(two, 1, 1007)), (93, 3));
        let ird = odbc.get(10_012) as Handle;
        assert_eq!(SQLCopyDesc(one, ird), ERROR);
        assert_eq!(records(DESC, ird)[0].0, "HY016");
        assert_eq!(SQLSetDescField(one, 1, 31_000, null_mut(), 0), ERROR);
        assert_eq!(records(DESC, one)[0].0, "HY091");
    }
}
