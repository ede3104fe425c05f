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
        assert_eq!(SQLFetch(odbc.stmt), ERROR);
        assert_eq!(odbc.state(), "S1010");
    }
}
