//! The library as a part of a process: loaded again and again, and in one that ends without a word.

use std::ffi::c_void;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::library::{ENVIRONMENT, Library, STATEMENT};
use crate::support::signed_in;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn CreateToolhelp32Snapshot(what: u32, process: u32) -> *mut c_void;
    fn Thread32First(snapshot: *mut c_void, entry: *mut ThreadEntry) -> i32;
    fn Thread32Next(snapshot: *mut c_void, entry: *mut ThreadEntry) -> i32;
    fn CloseHandle(handle: *mut c_void) -> i32;
    fn GetCurrentProcess() -> *mut c_void;
    fn GetProcessHandleCount(process: *mut c_void, count: *mut u32) -> i32;
}

/// THREADENTRY32.
#[repr(C)]
#[derive(Default)]
struct ThreadEntry {
    size: u32,
    usage: u32,
    thread: u32,
    process: u32,
    priorities: [i32; 2],
    flags: u32,
}

/// Threads and handles of this process.
fn held() -> (usize, u32) {
    let mut entry = ThreadEntry { size: size_of::<ThreadEntry>().try_into().unwrap(), ..ThreadEntry::default() };
    let (mut threads, mut handles) = (0, 0);
    unsafe {
        let snapshot = CreateToolhelp32Snapshot(4, 0);
        let mut more = Thread32First(snapshot, &raw mut entry);
        while more != 0 {
            threads += usize::from(entry.process == std::process::id());
            more = Thread32Next(snapshot, &raw mut entry);
        }
        CloseHandle(snapshot);
        assert_ne!(GetProcessHandleCount(GetCurrentProcess(), &raw mut handles), 0);
    }
    (threads, handles)
}

fn connect_and_ask(connection_string: &str) {
    let library = Library::load();
    let environment = library.environment();
    let connection = library.connect(environment, connection_string);
    let statement = library.alloc(STATEMENT, connection);
    assert_eq!(library.execute(statement, "SELECT TOP 1 Name FROM Accounts"), 0);
    library.free(STATEMENT, statement);
    library.disconnect(connection);
    library.free(ENVIRONMENT, environment);
}

#[test]
fn it_is_loaded_and_unloaded_again_and_again() {
    let connection_string = signed_in("unloaded");
    // What is built once stays.
    connect_and_ask(&connection_string);
    let first = held();
    for _ in 0..30 {
        connect_and_ask(&connection_string);
    }
    let (threads, handles) = held();
    assert!(threads <= first.0, "{threads} threads, {} at first", first.0);
    assert!(handles < first.1 + 30, "{handles} handles, {} at first", first.1);
}

const CONNECTION: &str = "EXACT_TEST_CONNECTION";

#[test]
#[ignore = "a process that another test starts"]
fn ends_in_the_middle_of_a_read() {
    let library = Library::load();
    let connection = library.connect(library.environment(), &std::env::var(CONNECTION).unwrap());
    let statement = library.alloc(STATEMENT, connection);
    assert_eq!(library.execute(statement, "SELECT * FROM TransactionLines"), 0);
    assert_eq!(unsafe { (library.fetch)(statement) }, 0);
    std::process::exit(7);
}

#[test]
fn a_process_that_ends_in_the_middle_of_a_read_does_not_hang() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "process::ends_in_the_middle_of_a_read"]).stdout(Stdio::null());
    let mut child = command.env(CONNECTION, signed_in("ending")).spawn().unwrap();
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(status.code(), Some(7));
}
