//! Cancelling. Wine's driver manager holds a statement's lock during a call, so that SQLCancel waits for the end of what it
//! is to end; this test therefore calls the library itself.

use std::time::{Duration, Instant};

use crate::library::{Handle, Library, STATEMENT};
use crate::support::signed_in;

/// A statement that another thread cancels.
struct Shared(Handle);
unsafe impl Send for Shared {}

#[test]
fn a_long_query_is_cancelled() {
    let library = Library::load();
    let environment = library.environment();
    let connection = library.connect(environment, &signed_in("cancel"));
    let statement = library.alloc(STATEMENT, connection);
    let (handle, cancel) = (Shared(statement), library.cancel);
    let cancelling = std::thread::spawn(move || {
        let handle = handle;
        std::thread::sleep(Duration::from_secs(1));
        unsafe { cancel(handle.0) }
    });
    let sql =
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT COUNT(*) FROM n";
    let begun = Instant::now();
    assert_eq!(library.execute(statement, sql), -1, "after {:?}", begun.elapsed());
    assert_eq!(cancelling.join().unwrap(), 0);
    let (state, text) = library.diagnosis(STATEMENT, statement);
    assert_eq!(state, "HY008", "{text}");
}
