//! Static cursors: every orientation, positions within a rowset, bookmarks.

use crate::support::*;

const NUMBERS: &str = "SELECT * FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) t(n) ORDER BY n";
const NEXT: i16 = 1;
const FIRST: i16 = 2;
const LAST: i16 = 3;
const PRIOR: i16 = 4;
const ABSOLUTE: i16 = 5;
const RELATIVE: i16 = 6;

#[test]
fn a_static_cursor_follows_the_positioning_rules() {
    let odbc = Odbc::connect();
    odbc.set(6, 3);
    odbc.set(27, 3);
    odbc.execute(NUMBERS);
    let mut numbers = [0_i64; 3];
    unsafe { SQLBindCol(odbc.stmt, 1, C_SBIGINT, numbers.as_mut_ptr().cast(), 0, std::ptr::null_mut()) };
    // Orientation, offset, return code, first number of the rowset.
    let steps = [
        (PRIOR, 0, NO_DATA, 0),
        (NEXT, 0, SUCCESS, 1),
        (NEXT, 0, SUCCESS, 4),
        (PRIOR, 0, SUCCESS, 1),
        (RELATIVE, 1, SUCCESS, 2),
        (PRIOR, 0, WITH_INFO, 1),
        (PRIOR, 0, NO_DATA, 0),
        (LAST, 0, SUCCESS, 8),
        (NEXT, 0, NO_DATA, 0),
        (PRIOR, 0, SUCCESS, 8),
        (ABSOLUTE, 10, SUCCESS, 10),
        (ABSOLUTE, -10, SUCCESS, 1),
        (ABSOLUTE, -11, WITH_INFO, 1),
        (ABSOLUTE, -20, NO_DATA, 0),
        (ABSOLUTE, 0, NO_DATA, 0),
        (ABSOLUTE, 11, NO_DATA, 0),
        (RELATIVE, -1, SUCCESS, 10),
        (RELATIVE, -2, SUCCESS, 8),
        (FIRST, 0, SUCCESS, 1),
        (RELATIVE, -1, NO_DATA, 0),
    ];
    for (step, (orientation, offset, code, first)) in steps.into_iter().enumerate() {
        assert_eq!(unsafe { SQLFetchScroll(odbc.stmt, orientation, offset) }, code, "step {step}");
        if code == WITH_INFO {
            assert_eq!(odbc.state(), "01S06");
        }
        if code != NO_DATA {
            assert_eq!(numbers[0], first, "step {step}");
        }
    }
}

#[test]
fn set_pos_chooses_the_row_that_get_data_reads() {
    let odbc = Odbc::connect();
    odbc.set(27, 4);
    odbc.execute(NUMBERS);
    unsafe {
        assert_eq!(SQLFetch(odbc.stmt), SUCCESS);
        assert_eq!(odbc.text(1).as_deref(), Some("1"));
        assert_eq!(SQLSetPos(odbc.stmt, 3, 0, 0), SUCCESS);
        assert_eq!((odbc.text(1).as_deref(), odbc.get(14)), (Some("3"), 3));
        assert_eq!(SQLSetPos(odbc.stmt, 5, 0, 0), ERROR);
        assert_eq!(odbc.state(), "HY107");
        assert_eq!(SQLSetPos(odbc.stmt, 1, 2, 0), ERROR);
        assert_eq!(odbc.state(), "HYC00");
    }
}

#[test]
fn bookmarks_are_row_numbers() {
    let odbc = Odbc::connect();
    odbc.set(6, 3);
    odbc.set(12, 2);
    let mut bookmark = 0_i64;
    odbc.set(16, (&raw mut bookmark) as usize);
    odbc.execute(NUMBERS);
    let mut read = 0_i64;
    unsafe {
        assert_eq!(SQLFetchScroll(odbc.stmt, ABSOLUTE, 7), SUCCESS);
        assert_eq!(SQLGetData(odbc.stmt, 0, -2, (&raw mut read).cast(), 8, std::ptr::null_mut()), SUCCESS);
        assert_eq!(read, 7);
        bookmark = std::hint::black_box(read);
        assert_eq!(SQLFetchScroll(odbc.stmt, FIRST, 0), SUCCESS);
        assert_eq!(SQLFetchScroll(odbc.stmt, 8, 1), SUCCESS);
    }
    assert_eq!((odbc.text(1).as_deref(), bookmark), (Some("8"), 7));
}

#[test]
fn extended_fetch_has_its_own_rowset() {
    let odbc = Odbc::connect_as(2, "");
    odbc.set(9, 4);
    odbc.execute(NUMBERS);
    let (mut numbers, mut fetched, mut status) = ([0_i64; 4], 0_usize, [9_u16; 4]);
    unsafe {
        SQLBindCol(odbc.stmt, 1, C_SBIGINT, numbers.as_mut_ptr().cast(), 0, std::ptr::null_mut());
        for expected in [4, 4, 2] {
            let code = SQLExtendedFetch(odbc.stmt, 1, 0, &raw mut fetched, status.as_mut_ptr());
            assert_eq!((code, fetched), (SUCCESS, expected));
        }
        assert_eq!((numbers[..2].to_vec(), status), (vec![9, 10], [0, 0, 3, 3]));
        // Its status array is also that of SQLSetPos, whatever SQL_ATTR_ROW_STATUS_PTR says.
        let mut other = [9_u16; 4];
        odbc.set(25, other.as_mut_ptr() as usize);
        (numbers, status) = ([0; 4], [9; 4]);
        std::hint::black_box((&numbers, &status));
        assert_eq!(SQLSetPos(odbc.stmt, 2, 1, 0), SUCCESS);
        assert_eq!((numbers, status, other), ([0, 10, 0, 0], [9, 0, 9, 9], [9; 4]));
        assert_eq!(SQLFetch(odbc.stmt), ERROR);
        assert_eq!(odbc.state(), "S1010");
    }
}

#[test]
fn column_0_is_described_where_bookmarks_are_on() {
    for (kind, sql_type, size, octets) in [(2, -2, 8, 8), (1, 4, 10, 4)] {
        let odbc = Odbc::connect();
        odbc.set(12, kind);
        odbc.execute(NUMBERS);
        let (mut code, mut columns, mut nullable) = (0_i16, 0_usize, 9_i16);
        let (mut number, none) = (0_isize, std::ptr::null_mut());
        unsafe {
            let (t, s, n) = (&raw mut code, &raw mut columns, &raw mut nullable);
            assert_eq!(SQLDescribeCol(odbc.stmt, 0, none, 0, none.cast(), t, s, none.cast(), n), SUCCESS);
            assert_eq!((code, columns, nullable), (sql_type, size, 0));
            for (field, expected) in [(1002, isize::from(sql_type)), (1013, octets)] {
                let value = &raw mut number;
                assert_eq!(SQLColAttribute(odbc.stmt, 0, field, none.cast(), 0, none.cast(), value), SUCCESS);
                assert_eq!(number, expected);
            }
            let ird = odbc.get(10_012) as Handle;
            let (value, room) = ((&raw mut code).cast(), std::ptr::null_mut());
            assert_eq!(SQLGetDescField(ird, 0, 2, value, 0, room), SUCCESS);
            assert_eq!(code, sql_type);
        }
    }
    let odbc = Odbc::connect();
    odbc.execute(NUMBERS);
    let nothing = std::ptr::null_mut::<i16>();
    let code =
        unsafe { SQLDescribeCol(odbc.stmt, 0, nothing.cast(), 0, nothing, nothing, nothing.cast(), nothing, nothing) };
    assert_eq!(code, ERROR);
    assert_eq!(odbc.state(), "07009");
}

const FETCH_BY_BOOKMARK: i16 = 7;

#[test]
fn rows_are_fetched_by_their_bookmarks() {
    let odbc = Odbc::connect();
    odbc.set(6, 3);
    odbc.set(12, 2);
    odbc.set(27, 4);
    let (mut fetched, mut status, mut operation) = (99_usize, [9_u16; 4], [0_u16, 0, 1, 0]);
    odbc.set(26, (&raw mut fetched) as usize);
    odbc.set(25, status.as_mut_ptr() as usize);
    odbc.execute(NUMBERS);
    let (mut bookmarks, mut numbers) = ([9_u64, 2, 77, 5], [0_i64; 4]);
    unsafe {
        SQLBindCol(odbc.stmt, 1, C_SBIGINT, numbers.as_mut_ptr().cast(), 0, std::ptr::null_mut());
        assert_eq!(SQLBulkOperations(odbc.stmt, FETCH_BY_BOOKMARK), ERROR);
        assert_eq!(odbc.state(), "07009");
        SQLBindCol(odbc.stmt, 0, -2, bookmarks.as_mut_ptr().cast(), 8, std::ptr::null_mut());
        odbc.set(24, operation.as_mut_ptr() as usize);
        assert_eq!(SQLBulkOperations(odbc.stmt, FETCH_BY_BOOKMARK), SUCCESS, "{:?}", records(STMT, odbc.stmt));
        assert_eq!((numbers, status, fetched), ([9, 2, 0, 5], [0, 0, 9, 0], 3));
        operation[2] = 0;
        std::hint::black_box(&mut operation);
        assert_eq!(SQLBulkOperations(odbc.stmt, FETCH_BY_BOOKMARK), WITH_INFO);
        assert_eq!((odbc.state().as_str(), status, fetched), ("HY111", [0, 0, 5, 0], 3));
        assert_eq!(SQLBulkOperations(odbc.stmt, 4), ERROR);
        assert_eq!(odbc.state(), "HYC00");
        assert_eq!(SQLBulkOperations(odbc.stmt, 99), ERROR);
        assert_eq!(odbc.state(), "HY092");
    }
}

#[test]
fn bookmarks_are_bound_within_their_room_and_only_when_they_are_on() {
    let odbc = Odbc::connect();
    let (mut bookmark, mut length) = ([0xAA_u8; 8], 0_isize);
    unsafe {
        assert_eq!(SQLBindCol(odbc.stmt, 0, -2, bookmark.as_mut_ptr().cast(), 4, &raw mut length), SUCCESS);
        odbc.execute(NUMBERS);
        assert_eq!(SQLFetch(odbc.stmt), ERROR);
        assert_eq!(odbc.state(), "07009");
        odbc.close();
        assert_eq!(odbc.set(12, 2), SUCCESS);
        odbc.execute(NUMBERS);
        assert_eq!(SQLFetch(odbc.stmt), WITH_INFO);
        assert_eq!((odbc.state().as_str(), length, bookmark), ("01004", 8, [1, 0, 0, 0, 0xAA, 0xAA, 0xAA, 0xAA]));
        assert_eq!(SQLFetchScroll(odbc.stmt, 8, 0), ERROR);
        assert_eq!(odbc.state(), "HY111");
    }
}

#[test]
fn set_pos_delivers_rows_again_but_for_those_that_are_excluded() {
    let odbc = Odbc::connect();
    odbc.set(27, 3);
    let (mut numbers, mut operation, mut status) = ([0_i64; 3], [0_u16, 1, 0], [9_u16; 3]);
    odbc.set(24, operation.as_mut_ptr() as usize);
    odbc.set(25, status.as_mut_ptr() as usize);
    odbc.execute(NUMBERS);
    unsafe {
        SQLBindCol(odbc.stmt, 1, C_SBIGINT, numbers.as_mut_ptr().cast(), 0, std::ptr::null_mut());
        assert_eq!(SQLFetch(odbc.stmt), SUCCESS);
        (numbers, status) = ([0; 3], [9; 3]);
        std::hint::black_box((&mut numbers, &mut status));
        assert_eq!(SQLSetPos(odbc.stmt, 0, 1, 0), SUCCESS);
        assert_eq!((numbers, status), ([1, 0, 3], [0, 9, 0]));
        assert_eq!(SQLSetPos(odbc.stmt, 2, 1, 0), SUCCESS);
        assert_eq!((numbers, status), ([1, 2, 3], [0, 0, 0]));
        assert_eq!(SQLSetPos(odbc.stmt, 1, 1, 1), ERROR);
        assert_eq!(odbc.state(), "HYC00");
        assert_eq!(SQLSetPos(odbc.stmt, 1, 9, 0), ERROR);
        assert_eq!(odbc.state(), "HY092");
    }
}

#[test]
fn retrieve_data_off_positions_without_delivering() {
    let odbc = Odbc::connect();
    let mut number = 77_i64;
    odbc.execute(NUMBERS);
    odbc.set(11, 0);
    unsafe {
        SQLBindCol(odbc.stmt, 1, C_SBIGINT, (&raw mut number).cast(), 0, std::ptr::null_mut());
        assert_eq!(SQLFetch(odbc.stmt), SUCCESS);
        assert_eq!(std::hint::black_box(number), 77);
        assert_eq!(odbc.text(1).as_deref(), Some("1"));
        assert_eq!(odbc.set(11, 1), SUCCESS);
        assert_eq!(SQLFetch(odbc.stmt), SUCCESS);
    }
    assert_eq!(number, 2);
    assert_eq!(odbc.set(11, 5), ERROR);
    assert_eq!(odbc.state(), "HY024");
}

#[test]
fn max_length_cuts_text_and_binary_data_without_a_warning() {
    let odbc = Odbc::connect();
    odbc.set(3, 4);
    odbc.execute("SELECT 'é😀 Jansen' AS a, 1234567 AS b, CAST(NULL AS VARCHAR) AS c");
    assert_eq!(odbc.rows(), [[Some("é😀 J".to_owned()), Some("1234567".to_owned()), None]]);
    odbc.close();
    odbc.set(3, 0);
    odbc.execute("SELECT 'Jansen' AS a");
    assert_eq!(odbc.rows(), [[Some("Jansen".to_owned())]]);
}

#[test]
fn a_static_cursor_puts_rows_aside_that_the_memory_limit_does_not_hold() {
    let odbc = Odbc::connect_as(3, "MemoryLimit=1MB");
    odbc.set(6, 3);
    let ten = "(VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))";
    odbc.execute(&format!(
        "SELECT a.n * 1000 + b.n * 100 + c.n * 10 + d.n AS number, REPEAT('x', 400) AS text
         FROM {ten} a(n) CROSS JOIN {ten} b(n) CROSS JOIN {ten} c(n) CROSS JOIN {ten} d(n)"
    ));
    let mut seen = Vec::new();
    let fetch = |orientation: i16, offset: isize| unsafe { SQLFetchScroll(odbc.stmt, orientation, offset) };
    while fetch(NEXT, 0) == SUCCESS {
        seen.push(odbc.text(1).unwrap());
        assert_eq!(odbc.text(2).map(|text| text.len()), Some(400));
    }
    assert_eq!(seen.len(), 10_000);
    assert!(temporary_files() > 0, "4 MB were kept in memory");
    for row in [1, 10_000, 5_000, 9_999, 2, 1_001, 1_000, 7_777, 1] {
        assert_eq!(fetch(ABSOLUTE, row), SUCCESS);
        assert_eq!(odbc.text(1).as_ref(), Some(&seen[row as usize - 1]));
    }
    odbc.close();
    assert_eq!(temporary_files(), 0);
}

/// Files that have no name any more but are open still.
fn temporary_files() -> usize {
    let files = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    files
        .filter(|file| std::fs::read_link(file.path()).is_ok_and(|to| to.to_string_lossy().contains("(deleted)")))
        .count()
}
