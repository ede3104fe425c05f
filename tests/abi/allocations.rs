//! SQLGetData asks for no memory, whatever the type and also where a value is read in pieces.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use crate::support::*;

/// The system's allocator, which counts what each thread asks for.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

fn count() {
    // A thread that ends may still allocate.
    let _ = COUNT.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: the system's allocator does it all.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const ROWS: &str = "SELECT n, 'short' AS a, {fn REPEAT('Größe 😀 ', 500)} AS b, CAST(12.5 AS DECIMAL(10, 2)) AS c, \
                    CAST(n AS DOUBLE) / 8 AS d, {ts '2026-01-31 23:59:58.123'} AS e, {d '2026-01-31'} AS f, \
                    {t '23:59:58'} AS g, X'00FF41' AS h, n = 1 AS i, CAST(NULL AS VARCHAR) AS j \
                    FROM (VALUES (1), (2)) v(n) ORDER BY n";

/// The natural C type of each column of [`ROWS`].
const NATURAL: [i16; 11] = [C_LONG, C_WCHAR, C_WCHAR, 2, 8, 93, 91, 92, -2, -7, C_WCHAR];

/// Reads every column of the current row as text of both widths and as its natural type, in pieces of 128 bytes; gives how
/// many pieces there were.
fn read(odbc: &Odbc, buffer: &mut [u64; 16]) -> usize {
    let mut pieces = 0;
    for (natural, column) in NATURAL.into_iter().zip(1_u16..) {
        for c_type in [C_CHAR, C_WCHAR, natural] {
            let (mut code, mut length) = (SUCCESS, 0_isize);
            // Another column in between, so that each way of reading begins at the beginning.
            let other = if column == 1 { 2 } else { 1 };
            unsafe { SQLGetData(odbc.stmt, other, C_CHAR, buffer.as_mut_ptr().cast(), 128, &raw mut length) };
            while code != NO_DATA {
                assert_ne!(code, ERROR, "{column} as {c_type}");
                code =
                    unsafe { SQLGetData(odbc.stmt, column, c_type, buffer.as_mut_ptr().cast(), 128, &raw mut length) };
                pieces += 1;
            }
        }
    }
    pieces
}

#[test]
fn get_data_asks_for_no_memory() {
    let odbc = Odbc::connect();
    odbc.execute(ROWS);
    let mut buffer = [0_u64; 16];
    // The first row makes room for diagnostic records.
    assert_eq!(unsafe { SQLFetch(odbc.stmt) }, SUCCESS);
    let pieces = read(&odbc, &mut buffer);
    assert_eq!(unsafe { SQLFetch(odbc.stmt) }, SUCCESS);
    let before = COUNT.get();
    assert_eq!(read(&odbc, &mut buffer), pieces);
    let asked = COUNT.get() - before;
    assert!(pieces > 150, "{pieces}");
    assert_eq!(asked, 0, "in {pieces} calls");
}
