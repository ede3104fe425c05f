//! Cancelling. Wine's driver manager holds a statement's lock during a call, so that SQLCancel waits for the end of what it
//! is to end; this test therefore calls the library itself.

use std::ffi::{CStr, c_void};
use std::ptr::null_mut;
use std::time::{Duration, Instant};

use windows_registry::LOCAL_MACHINE;

use crate::support::signed_in;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn LoadLibraryW(name: *const u16) -> *mut c_void;
    fn GetProcAddress(library: *mut c_void, name: *const i8) -> *mut c_void;
}

type Alloc = unsafe extern "system" fn(i16, *mut c_void, *mut *mut c_void) -> i16;
type SetEnvironment = unsafe extern "system" fn(*mut c_void, i32, *mut c_void, i32) -> i16;
type DriverConnect =
    unsafe extern "system" fn(*mut c_void, *mut c_void, *const u16, i16, *mut u16, i16, *mut i16, u16) -> i16;
type ExecDirect = unsafe extern "system" fn(*mut c_void, *const u16, i32) -> i16;
type Cancel = unsafe extern "system" fn(*mut c_void) -> i16;
type DiagRec = unsafe extern "system" fn(i16, *mut c_void, i16, *mut u16, *mut i32, *mut u16, i16, *mut i16) -> i16;

const NTS: i16 = -3;

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// A statement that another thread cancels.
struct Handle(*mut c_void);
unsafe impl Send for Handle {}

#[test]
fn a_long_query_is_cancelled() {
    let entry = LOCAL_MACHINE.open(r"SOFTWARE\ODBC\ODBCINST.INI\Exact Online").unwrap();
    let connection_string = wide(&signed_in("cancel"));
    unsafe {
        let library = LoadLibraryW(wide(&entry.get_string("Driver").unwrap()).as_ptr());
        let find = |name: &CStr| GetProcAddress(library, name.as_ptr().cast());
        let alloc: Alloc = std::mem::transmute(find(c"SQLAllocHandle"));
        let set_environment: SetEnvironment = std::mem::transmute(find(c"SQLSetEnvAttr"));
        let connect: DriverConnect = std::mem::transmute(find(c"SQLDriverConnectW"));
        let execute: ExecDirect = std::mem::transmute(find(c"SQLExecDirectW"));
        let cancel: Cancel = std::mem::transmute(find(c"SQLCancel"));
        let diagnose: DiagRec = std::mem::transmute(find(c"SQLGetDiagRecW"));
        let (mut environment, mut connection, mut statement) = (null_mut(), null_mut(), null_mut());
        assert_eq!(alloc(1, null_mut(), &raw mut environment), 0);
        assert_eq!(set_environment(environment, 200, 380 as *mut c_void, 0), 0);
        assert_eq!(alloc(2, environment, &raw mut connection), 0);
        let text = connection_string.as_ptr();
        let connected = connect(connection, null_mut(), text, NTS, null_mut(), 0, null_mut(), 0);
        assert!(connected == 0 || connected == 1, "{connected}");
        assert_eq!(alloc(3, connection, &raw mut statement), 0);
        let handle = Handle(statement);
        let cancelling = std::thread::spawn(move || {
            let handle = handle;
            std::thread::sleep(Duration::from_secs(1));
            cancel(handle.0)
        });
        let sql = wide(
            "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT COUNT(*) FROM n",
        );
        let begun = Instant::now();
        assert_eq!(execute(statement, sql.as_ptr(), NTS.into()), -1, "after {:?}", begun.elapsed());
        assert_eq!(cancelling.join().unwrap(), 0);
        let (mut state, mut native, mut message, mut length) = ([0; 6], 0, [0; 512], 0);
        let state_at = state.as_mut_ptr();
        diagnose(3, statement, 1, state_at, &raw mut native, message.as_mut_ptr(), 512, &raw mut length);
        assert_eq!(String::from_utf16_lossy(&state[..5]), "HY008", "{}", String::from_utf16_lossy(&message));
    }
}
