//! Threads: connections apart, and statements of a shared one.

use std::thread;

use crate::support::*;

#[test]
fn many_threads_on_their_own_connections() {
    let threads: Vec<_> = (0..64)
        .map(|number| {
            thread::spawn(move || {
                for _ in 0..3 {
                    let odbc = Odbc::connect();
                    odbc.execute(&format!("SELECT {number} AS n"));
                    assert_eq!(odbc.rows(), [[Some(number.to_string())]]);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn many_threads_on_statements_of_one_connection() {
    let odbc = Odbc::connect();
    let statements: Vec<usize> = (0..64).map(|_| odbc.statement() as usize).collect();
    thread::scope(|scope| {
        for statement in &statements {
            let statement = *statement;
            let dbc = odbc.dbc as usize;
            scope.spawn(move || {
                let own = std::mem::ManuallyDrop::new(Odbc {
                    env: std::ptr::null_mut(),
                    dbc: dbc as Handle,
                    stmt: statement as Handle,
                });
                for _ in 0..5 {
                    own.execute(&format!("SELECT {statement} AS n"));
                    assert_eq!(own.rows(), [[Some(statement.to_string())]]);
                    own.close();
                    assert_eq!(unsafe { SQLCancel(own.stmt) }, SUCCESS);
                }
            });
        }
    });
}
