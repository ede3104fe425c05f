//! Memory, disk, and computations that must end: rows made by the local engine alone, so that no call is made.

use std::time::{Duration, Instant};

use exact_engine::{CancelToken, Connection, Limits};

use crate::company::{Company, rows, try_rows};

/// `n` from 0 to 999, as a table expression.
const THOUSAND: &str = "(SELECT a.d + 10 * b.d + 100 * c.d AS n FROM \
    (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) a(d), \
    (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) b(d), \
    (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) c(d))";

/// A million rows of about 100 bytes.
fn million() -> String {
    format!(
        "(SELECT x.n * 1000 + y.n AS k, \
         REPEAT(CAST((x.n * 7919 + y.n * 104729) % 1000003 AS VARCHAR), 12) AS s FROM {THOUSAND} x, {THOUSAND} y)"
    )
}

fn count_and_last(connection: &Connection, sql: &str) -> (usize, String) {
    let statement = connection.prepare(sql).unwrap().remove(0);
    let limits = Limits::default();
    let mut result = statement.execute(&[], &limits, 0).unwrap().result.unwrap();
    let mut count = 0;
    let mut last = String::new();
    while let Some(batch) = result.next_batch(&limits).unwrap() {
        count += batch.num_rows();
        let column = batch.column(0);
        let format = exact_engine::arrow::util::display::FormatOptions::default();
        let formatter = exact_engine::arrow::util::display::ArrayFormatter::try_new(column, &format).unwrap();
        last = formatter.value(batch.num_rows() - 1).to_string();
    }
    (count, last)
}

#[test]
fn a_sort_beyond_the_memory_limit_goes_to_disk() {
    let company = Company::start();
    let connection = company.connect("MemoryLimit=16 MB");
    let (count, last) =
        count_and_last(&connection, &format!("SELECT k, s FROM {} t WHERE k < 200000 ORDER BY s DESC, k", million()));
    assert_eq!(count, 200_000);
    let plenty = company.connect("MemoryLimit=2 GB");
    let (_, expected) =
        count_and_last(&plenty, &format!("SELECT k, s FROM {} t WHERE k < 200000 ORDER BY s DESC, k", million()));
    assert_eq!(last, expected);
}

#[test]
fn groups_beyond_the_memory_limit_go_to_disk() {
    let company = Company::start();
    let connection = company.connect("MemoryLimit=64 MB");
    let sql = format!(
        "SELECT COUNT(*), SUM(c), SUM(total) FROM (SELECT s, k % 500000 AS g, COUNT(*) AS c, SUM(k) AS total \
                       FROM {} t GROUP BY s, k % 500000) g",
        million()
    );
    let plenty = company.connect("MemoryLimit=2 GB");
    assert_eq!(rows(&connection, &sql), rows(&plenty, &sql));
}

#[test]
fn a_join_beyond_the_memory_limit_fails_with_advice() {
    let company = Company::start();
    let connection = company.connect("MemoryLimit=32 MB");
    let sql = format!("SELECT COUNT(*) FROM {0} a JOIN {0} b ON a.s = b.s AND a.k = b.k", million());
    let error = try_rows(&connection, &sql, &[]).unwrap_err();
    assert_eq!(error.sqlstate(), "HY001", "{error}");
    assert!(error.to_string().contains("Raise the property MemoryLimit"), "{error}");
    // The connection still works.
    assert_eq!(rows(&connection, "SELECT 1"), [["1"]]);
}

/// The smaller side of a join is kept in memory, wherever it stands.
#[test]
fn the_smaller_side_of_a_join_is_kept() {
    let company = Company::start();
    let connection = company.connect("MemoryLimit=20 MB");
    let (lines, accounts) = (million(), format!("(SELECT k FROM {} m WHERE k < 50000)", million()));
    for sides in [format!("{lines} l JOIN {accounts} a"), format!("{accounts} a JOIN {lines} l")] {
        let sql = format!("SELECT COUNT(*), MAX(a.k) FROM {sides} ON a.k = l.k % 50000");
        assert_eq!(rows(&connection, &sql), [["1000000", "49999"]], "{sides}");
    }
}

/// Computations that would take hours and find nothing on the way.
fn endless() -> Vec<String> {
    vec![
        format!("SELECT COUNT(*) FROM {0} a JOIN {0} b ON a.s LIKE b.s || 'x'", million()),
        format!("SELECT a.k FROM {0} a, {0} b WHERE a.s || b.s = 'x'", million()),
        format!("SELECT SUM(a.k + b.k + c.k) FROM {0} a, {0} b, {0} c", million()),
        format!("SELECT COUNT(*) FROM {0} a JOIN {0} b ON a.k % 2 = b.k % 2 AND a.s || b.s = 'x'", million()),
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n FROM t) SELECT COUNT(*) FROM t".into(),
    ]
}

#[test]
fn a_computation_can_be_cancelled() {
    let company = Company::start();
    let connection = company.connect("");
    for sql in endless() {
        let statement = connection.prepare(&sql).unwrap().remove(0);
        let limits = Limits { cancel: CancelToken::new(), timeout: None };
        let cancel = limits.cancel.clone();
        let canceller = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            cancel.cancel();
        });
        let start = Instant::now();
        let error = statement.execute(&[], &limits, 0).map(|_| ()).expect_err(&sql);
        assert_eq!(error.sqlstate(), "HY008", "{sql}");
        assert!(start.elapsed() < Duration::from_secs(5), "{sql}: {:?}", start.elapsed());
        canceller.join().unwrap();
    }
    // The threads are free again: what was cancelled does not go on computing.
    let start = Instant::now();
    assert_eq!(rows(&connection, &format!("SELECT COUNT(*) FROM {} t", million())), [["1000000"]]);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

#[test]
fn a_computation_ends_at_its_time_limit() {
    let company = Company::start();
    let connection = company.connect("");
    for sql in endless() {
        let statement = connection.prepare(&sql).unwrap().remove(0);
        let limits = Limits { timeout: Some(Duration::from_millis(200)), ..Limits::default() };
        let start = Instant::now();
        let error = statement.execute(&[], &limits, 0).map(|_| ()).expect_err(&sql);
        assert_eq!(error.sqlstate(), "HYT00", "{sql}");
        assert!(start.elapsed() < Duration::from_secs(5), "{sql}: {:?}", start.elapsed());
    }
    assert_eq!(rows(&connection, "SELECT 1"), [["1"]]);
}
