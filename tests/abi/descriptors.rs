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

#[test]
fn the_parameter_descriptor_is_populated_by_prepare() {
    let odbc = Odbc::connect();
    let ipd = odbc.get(10_013) as Handle;
    odbc.prepare("SELECT Code FROM crm.Accounts WHERE Country = ? AND Created > ?");
    assert_eq!(number(ipd, 0, 1001), 2);
    for parameter in [1_u16, 2] {
        let (mut kind, mut size, mut digits, mut nullable) = (0_i16, 0_usize, 0_i16, 0_i16);
        let (k, s, d, n) = (&raw mut kind, &raw mut size, &raw mut digits, &raw mut nullable);
        assert_eq!(unsafe { SQLDescribeParam(odbc.stmt, parameter, k, s, d, n) }, SUCCESS);
        let fields = [1003, 1008, 33].map(|field| number(ipd, parameter as i16, field));
        assert_eq!(fields, [size as i64, nullable.into(), 1], "{parameter}");
        assert_eq!(number(ipd, parameter as i16, 2) as i16, kind, "{parameter}");
    }
    assert_eq!((number(ipd, 1, 2) as i16, number(ipd, 2, 1002), number(ipd, 2, 1007)), (-9, 9, 3));
    // What the application says counts more, and nothing is inferred where it does not want that.
    let mut value = 7_i32;
    let data = (&raw mut value).cast();
    let code = unsafe { SQLBindParameter(odbc.stmt, 1, 1, C_LONG, 4, 10, 0, data, 4, null_mut()) };
    assert_eq!((code, number(ipd, 1, 2), number(ipd, 0, 1001)), (SUCCESS, 4, 2));
    assert_eq!(odbc.set(15, 0), SUCCESS);
    assert_eq!((number(ipd, 1, 2), number(ipd, 0, 1001)), (4, 1));
}

/// A line of `descriptor_fields.txt`: name, number, and for ARD/APD, IRD and IPD the rights and the default.
type FieldLine = (String, i16, [(String, String); 3]);

fn fields() -> Vec<FieldLine> {
    let lines = include_str!("descriptor_fields.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let mut words = line.split_whitespace();
            let (name, number) = (words.next().unwrap().to_owned(), words.next().unwrap().parse().unwrap());
            let mut cell = |defaults: bool| {
                let rights = words.next().unwrap().to_owned();
                let default = if rights == "-" || !defaults { "ND" } else { words.next().unwrap() };
                (rights, default.to_owned())
            };
            (name, number, [cell(true), cell(false), cell(true)])
        })
        .collect()
}

#[test]
fn every_field_has_its_default_and_its_permission() {
    let header = [1099, 20, 21, 24, 25, 1001, 34];
    for (name, field, cells) in fields() {
        let odbc = Odbc::connect();
        odbc.prepare("SELECT 'x' AS a");
        let (ard, apd) = (odbc.get(10_010) as Handle, odbc.get(10_011) as Handle);
        let (ird, ipd) = (odbc.get(10_012) as Handle, odbc.get(10_013) as Handle);
        let explicit = allocate(DESC, odbc.dbc);
        for (descriptor, index) in [(ard, 0), (apd, 0), (explicit, 0), (ird, 1), (ipd, 2)] {
            let (rights, default) = &cells[index];
            let record = i16::from(!header.contains(&field));
            if index != 1 {
                // A record that nothing has been set in.
                assert_eq!(
                    unsafe { SQLSetDescField(descriptor, 0, 1001, std::ptr::without_provenance_mut(1), 0) },
                    SUCCESS
                );
            }
            let mut value = [0_u8; 64];
            let read = unsafe { SQLGetDescField(descriptor, record, field, value.as_mut_ptr().cast(), 64, null_mut()) };
            let context = format!("{name} of descriptor {index}: {:?}", records(DESC, descriptor));
            assert_eq!(read == SUCCESS, rights.starts_with('R'), "{context}");
            if read != SUCCESS {
                assert_eq!(records(DESC, descriptor)[0].0, "HY091", "{context}");
            }
            let number = i64::from_ne_bytes(value[..8].try_into().unwrap());
            let is_explicit_alloc = field == 1099 && descriptor == explicit;
            match default.parse::<i64>() {
                // The record itself was counted.
                Ok(_) if field == 1001 => assert_eq!(number, 1, "{context}"),
                Ok(_) if is_explicit_alloc => assert_eq!(number, 2, "{context}"),
                Ok(expected) => assert_eq!(number, expected, "{context}"),
                Err(_) => {}
            }
            let plain = [2, 1002].contains(&field);
            let given = if plain { 4 } else { usize::from([20, 33, 1001, 1012].contains(&field)) };
            let written =
                unsafe { SQLSetDescField(descriptor, record, field, std::ptr::without_provenance_mut(given), 0) };
            let context = format!("set {name} of descriptor {index}: {:?}", records(DESC, descriptor));
            let may_write = rights.ends_with('W') || (field == 1010 && index == 2);
            assert_eq!(written == SUCCESS, may_write, "{context}");
            if written != SUCCESS {
                let expected = if index == 1 { "HY016" } else { "HY091" };
                assert_eq!(records(DESC, descriptor)[0].0, expected, "{context}");
            }
        }
    }
}

#[test]
fn types_bring_their_defaults_and_inconsistent_ones_are_hy021() {
    let odbc = Odbc::connect();
    let descriptor = allocate(DESC, odbc.dbc);
    let set = |field: i16, value: i64| unsafe { SQLSetDescField(descriptor, 1, field, value as *mut c_void, 0) };
    // An interval of days to seconds: two digits of days, six of the fraction.
    assert_eq!((set(1002, 10), set(1007, 10)), (SUCCESS, SUCCESS));
    assert_eq!((number(descriptor, 1, 2), number(descriptor, 1, 26), number(descriptor, 1, 1005)), (110, 2, 6));
    assert_eq!(set(1007, 99), ERROR);
    assert_eq!(records(DESC, descriptor)[0].0, "HY021");
    let mut memory = [0_u64; 4];
    let data = memory.as_mut_ptr() as i64;
    for (field, value) in [(26, 10), (1005, 11)] {
        assert_eq!((set(2, 110), set(field, value)), (SUCCESS, SUCCESS));
        assert_eq!(set(1010, data), ERROR, "{field}");
        assert_eq!(records(DESC, descriptor)[0].0, "HY021");
    }
    for (kind, precision, scale, code) in
        [(2, 10, 2, SUCCESS), (2, 39, 0, ERROR), (2, 5, 40, ERROR), (4242, 0, 0, ERROR)]
    {
        assert_eq!((set(2, kind), set(1005, precision), set(1006, scale)), (SUCCESS, SUCCESS, SUCCESS));
        assert_eq!(set(1010, data), code, "{kind} {precision} {scale}");
    }
    // Setting a type unbinds.
    assert_eq!((set(2, 4), set(1010, data), set(2, 5)), (SUCCESS, SUCCESS, SUCCESS));
    assert_eq!(number(descriptor, 1, 1010), 0);
}
