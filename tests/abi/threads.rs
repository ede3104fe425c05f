//! Threads: connections apart, and statements of a shared one.

use std::io::Read;
use std::ptr::null_mut;
use std::thread;
use std::time::{Duration, Instant};

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

#[test]
fn cancel_ends_a_wait_for_data_while_another_statement_runs() {
    let (listener, settings) = listening();
    let odbc = Odbc::connect_as(3, &settings);
    let busy = odbc.statement() as usize;
    let mut at_execution = -2_isize;
    odbc.prepare("SELECT ?");
    unsafe {
        let length = &raw mut at_execution;
        assert_eq!(SQLBindParameter(odbc.stmt, 1, 1, C_CHAR, 12, 10, 0, number_argument(7), 0, length), SUCCESS);
        assert_eq!(SQLExecute(odbc.stmt), NEED_DATA);
    }
    thread::scope(|scope| {
        let running = scope.spawn(move || {
            let sql = "SELECT Code FROM crm.Accounts";
            let code = unsafe { SQLExecDirect(busy as Handle, sql.as_ptr(), sql.len() as i32) };
            (code, records(STMT, busy as Handle)[0].0.clone())
        });
        let (mut request, _) = listener.accept().unwrap();
        let begun = Instant::now();
        unsafe {
            assert_eq!(SQLCancel(odbc.stmt), SUCCESS);
            assert_eq!(SQLCancel(busy as Handle), SUCCESS);
        }
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert_eq!(running.join().unwrap(), (ERROR, "HY008".to_owned()));
        request.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        assert!(request.read_to_end(&mut Vec::new()).is_ok(), "the request is given up, not only no longer waited for");
    });
    unsafe {
        let mut token = null_mut();
        assert_eq!(SQLParamData(odbc.stmt, &raw mut token), ERROR);
        assert_eq!(odbc.state(), "HY010");
        assert_eq!(SQLExecute(odbc.stmt), NEED_DATA, "it is prepared as before");
    }
}
