//! Rows: SQLGetData in pieces, bound columns, several results.

use std::ptr::null_mut;

use crate::support::*;

#[test]
fn values_come_as_text_and_null_as_null() {
    let odbc = Odbc::connect();
    odbc.execute("SELECT 1 AS a, 'x' AS b, NULL AS c, 1.50 AS d, CAST('2026-01-31 10:00:00' AS TIMESTAMP) AS e");
    let rows = odbc.rows();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0][..3], [Some("1".to_owned()), Some("x".to_owned()), None]);
    assert!(rows[0][3].as_deref().unwrap().starts_with("1.5"));
    assert!(rows[0][4].as_deref().unwrap().starts_with("2026-01-31 10:00:00"));
}

#[test]
fn get_data_gives_wide_text_in_pieces_and_then_no_data() {
    let odbc = Odbc::connect();
    let text = "Größe 😀 漢字 ".repeat(200);
    odbc.execute(&format!("SELECT '{text}' AS a"));
    assert_eq!(unsafe { SQLFetch(odbc.stmt) }, SUCCESS);
    let total = text.encode_utf16().count() as isize * 2;
    let (mut length, mut probe) = (0_isize, [0_u16; 1]);
    let probed = unsafe { SQLGetData(odbc.stmt, 1, C_WCHAR, probe.as_mut_ptr().cast(), 0, &raw mut length) };
    assert_eq!((probed, length), (WITH_INFO, total));
    let mut whole: Vec<u16> = Vec::new();
    let mut buffer = [0_u16; 128];
    loop {
        let (data, room) = (buffer.as_mut_ptr().cast(), 256);
        let code = unsafe { SQLGetData(odbc.stmt, 1, C_WCHAR, data, room, &raw mut length) };
        if code == NO_DATA {
            break;
        }
        assert_eq!(length, total - whole.len() as isize * 2, "the indicator is what remains");
        let end = buffer.iter().position(|unit| *unit == 0).unwrap();
        whole.extend(&buffer[..end]);
        assert_eq!(code == WITH_INFO, (whole.len() as isize) * 2 < total);
    }
    assert_eq!(String::from_utf16(&whole).unwrap(), text);
}

#[test]
fn pieces_of_one_value_may_be_read_as_different_types() {
    let odbc = Odbc::connect();
    let text = "Größe 😀 漢字".repeat(3);
    odbc.execute(&format!("SELECT '{text}' AS a"));
    assert_eq!(unsafe { SQLFetch(odbc.stmt) }, SUCCESS);
    let (mut wide, mut narrow, mut length) = ([0_u16; 64], [0_u8; 64], 0_isize);
    let piece = |c_type: i16, data: *mut std::ffi::c_void, room: isize, length: &mut isize| unsafe {
        SQLGetData(odbc.stmt, 1, c_type, data, room, length)
    };
    assert_eq!(piece(C_WCHAR, wide.as_mut_ptr().cast(), 8, &mut length), WITH_INFO);
    assert_eq!(piece(C_CHAR, narrow.as_mut_ptr().cast(), 5, &mut length), WITH_INFO);
    assert_eq!(length, text.len() as isize - 4, "what remains in bytes");
    let begun = String::from_utf16(&wide[..3]).unwrap() + std::str::from_utf8(&narrow[..4]).unwrap();
    assert_eq!(piece(C_WCHAR, wide.as_mut_ptr().cast(), 128, &mut length), SUCCESS);
    assert_eq!(begun + &String::from_utf16(&wide[..length as usize / 2]).unwrap(), text);
    assert_eq!(piece(C_CHAR, narrow.as_mut_ptr().cast(), 64, &mut length), NO_DATA);
}

#[test]
fn get_data_takes_any_order_and_bound_columns_too() {
    let odbc = Odbc::connect();
    let (mut bound, mut length) = (0_i64, 0_isize);
    odbc.execute("SELECT 1 AS a, 2 AS b, 3 AS c");
    unsafe {
        assert_eq!(SQLBindCol(odbc.stmt, 2, C_SBIGINT, (&raw mut bound).cast(), 0, &raw mut length), SUCCESS);
        assert_eq!(SQLFetch(odbc.stmt), SUCCESS);
    }
    assert_eq!((bound, length), (2, 8));
    let order: Vec<_> = [3, 1, 2, 3].into_iter().map(|column| odbc.text(column).unwrap()).collect();
    assert_eq!(order, ["3", "1", "2", "3"]);
}

#[test]
fn the_default_c_type_is_that_of_the_column() {
    let odbc = Odbc::connect();
    odbc.execute(
        "SELECT CAST(7 AS INTEGER) AS a, CAST(8 AS BIGINT) AS b, 2.5E0 AS c, 'é' AS d, {d '2026-01-31'} AS e, X'00FF' AS f, 1 = 1 AS g, \
         CAST(12.50 AS DECIMAL(5, 2)) AS h",
    );
    assert_eq!(unsafe { SQLFetch(odbc.stmt) }, SUCCESS);
    let expected: [&[u8]; 8] = [
        &7_i32.to_ne_bytes(),
        &8_i64.to_ne_bytes(),
        &2.5_f64.to_ne_bytes(),
        &u16::try_from('é').unwrap().to_ne_bytes(),
        &[2026_u16, 1, 31].map(u16::to_ne_bytes).concat(),
        &[0, 0xFF],
        &[1],
        b"12.50",
    ];
    for (bytes, column) in expected.into_iter().zip(1_u16..) {
        let (mut buffer, mut length) = ([0xAA_u8; 32], 0_isize);
        let code = unsafe { SQLGetData(odbc.stmt, column, 99, buffer.as_mut_ptr().cast(), 32, &raw mut length) };
        assert_eq!((code, length), (SUCCESS, bytes.len() as isize), "{column}");
        assert_eq!(&buffer[..bytes.len()], bytes, "{column}");
    }
}

#[test]
fn a_length_may_be_bound_without_a_buffer_whatever_the_offset() {
    let odbc = Odbc::connect();
    let (mut lengths, mut offset) = ([0_isize; 2], size_of::<isize>() as isize);
    odbc.set(23, (&raw mut offset) as usize);
    odbc.execute("SELECT 'abc' AS a");
    unsafe {
        assert_eq!(SQLBindCol(odbc.stmt, 1, C_CHAR, null_mut(), 0, lengths.as_mut_ptr()), SUCCESS);
        assert_eq!(SQLFetch(odbc.stmt), SUCCESS, "{:?}", records(STMT, odbc.stmt));
    }
    assert_eq!((std::hint::black_box(lengths), offset), ([0, 3], 8));
}

const UNION: &str =
    "SELECT * FROM (VALUES (1, 'one'), (2, 'two'), (3, NULL), (4, 'four'), (5, 'a longer text')) t(n, s) ORDER BY n";

#[test]
fn column_wise_arrays_with_status_and_short_last_rowset() {
    let odbc = Odbc::connect();
    let (mut numbers, mut number_lengths) = ([0_i32; 3], [0_isize; 3]);
    let (mut texts, mut text_lengths) = ([[0xAA_u8; 8]; 3], [0_isize; 3]);
    let (mut fetched, mut status) = (0_usize, [99_u16; 3]);
    odbc.set(27, 3);
    odbc.set(26, (&raw mut fetched) as usize);
    odbc.set(25, status.as_mut_ptr() as usize);
    odbc.execute(UNION);
    unsafe {
        SQLBindCol(odbc.stmt, 1, C_LONG, numbers.as_mut_ptr().cast(), 0, number_lengths.as_mut_ptr());
        SQLBindCol(odbc.stmt, 2, C_CHAR, texts.as_mut_ptr().cast(), 8, text_lengths.as_mut_ptr());
        assert_eq!(SQLFetch(odbc.stmt), SUCCESS);
        assert_eq!((fetched, numbers, status), (3, [1, 2, 3], [0, 0, 0]));
        assert_eq!((&texts[1][..4], text_lengths), (&b"two\0"[..], [3, 3, -1]));
        assert_eq!(SQLFetchScroll(odbc.stmt, 1, 0), WITH_INFO);
        assert_eq!((fetched, numbers, status), (2, [4, 5, 3], [0, 6, 3]));
        assert_eq!((&texts[1], text_lengths[1]), (b"a longe\0", 13));
        assert_eq!(odbc.state(), "01004");
        assert_eq!(SQLFetch(odbc.stmt), NO_DATA);
        assert_eq!(fetched, 0);
    }
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Row {
    number: i32,
    number_length: isize,
    text: [u8; 8],
    text_length: isize,
}

#[test]
fn row_wise_arrays_with_a_bind_offset() {
    let odbc = Odbc::connect();
    let mut rows = [Row::default(); 6];
    let mut offset = 0_isize;
    odbc.set(27, 3);
    odbc.set(5, size_of::<Row>());
    odbc.set(23, (&raw mut offset) as usize);
    odbc.execute(UNION);
    let first = &raw mut rows[0];
    unsafe {
        SQLBindCol(odbc.stmt, 1, C_LONG, (&raw mut (*first).number).cast(), 0, &raw mut (*first).number_length);
        SQLBindCol(odbc.stmt, 2, C_CHAR, (&raw mut (*first).text).cast(), 8, &raw mut (*first).text_length);
        assert_eq!(SQLFetch(odbc.stmt), SUCCESS);
        (&raw mut offset).write_volatile(3 * size_of::<Row>() as isize);
        assert_eq!(SQLFetch(odbc.stmt), WITH_INFO);
    }
    let rows = std::hint::black_box(rows);
    assert_eq!(rows.map(|row| row.number), [1, 2, 3, 4, 5, 0]);
    assert_eq!((rows[2].text_length, &rows[3].text[..5]), (-1, &b"four\0"[..]));
}

#[test]
fn a_row_that_does_not_fit_fails_alone() {
    let odbc = Odbc::connect();
    let (mut small, mut lengths, mut status) = ([0_i8; 3], [0_isize; 3], [9_u16; 3]);
    odbc.set(27, 3);
    odbc.set(25, status.as_mut_ptr() as usize);
    odbc.execute("SELECT * FROM (VALUES (1), (1000), (3)) t(n)");
    unsafe {
        SQLBindCol(odbc.stmt, 1, -26, small.as_mut_ptr().cast(), 0, lengths.as_mut_ptr());
        assert_eq!(SQLFetch(odbc.stmt), WITH_INFO);
        let mut row = 0_isize;
        assert_eq!(SQLGetDiagField(STMT, odbc.stmt, 1, -1248, (&raw mut row).cast(), 0, null_mut()), SUCCESS);
        assert_eq!((odbc.state(), row), ("22003".to_owned(), 2));
    }
    assert_eq!((small, status), ([1, 0, 3], [0, 5, 0]));
}

#[test]
fn null_without_an_indicator_is_22002() {
    let odbc = Odbc::connect();
    let mut number = 0_i32;
    odbc.execute("SELECT CAST(NULL AS INTEGER) AS n");
    unsafe {
        SQLBindCol(odbc.stmt, 1, C_LONG, (&raw mut number).cast(), 0, null_mut());
        assert_eq!(SQLFetch(odbc.stmt), ERROR);
    }
    assert_eq!(odbc.state(), "22002");
}

#[test]
fn several_statements_give_several_results() {
    let odbc = Odbc::connect();
    odbc.execute("SELECT 1 AS a; SELECT 'x' AS b, 'y' AS c");
    assert_eq!(odbc.rows(), [[Some("1".to_owned())]]);
    assert_eq!(unsafe { SQLMoreResults(odbc.stmt) }, SUCCESS);
    assert_eq!(odbc.rows(), [[Some("x".to_owned()), Some("y".to_owned())]]);
    assert_eq!(unsafe { SQLMoreResults(odbc.stmt) }, NO_DATA);
    odbc.execute("SELECT 2");
}

#[test]
fn max_rows_limits_every_result() {
    let odbc = Odbc::connect();
    odbc.set(1, 2);
    odbc.execute(UNION);
    assert_eq!(odbc.rows().len(), 2);
    odbc.close();
    assert_eq!(unsafe { SQLGetTypeInfo(odbc.stmt, 0) }, SUCCESS);
    assert_eq!(odbc.rows().len(), 2);
}
