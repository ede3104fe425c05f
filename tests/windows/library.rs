//! The driver's library itself, as a driver manager loads it.

use std::ffi::{CStr, c_void};
use std::ptr::null_mut;

use windows_registry::LOCAL_MACHINE;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn LoadLibraryW(name: *const u16) -> *mut c_void;
    fn FreeLibrary(library: *mut c_void) -> i32;
    fn GetProcAddress(library: *mut c_void, name: *const i8) -> *mut c_void;
}

pub type Handle = *mut c_void;
type Alloc = unsafe extern "system" fn(i16, Handle, *mut Handle) -> i16;
type Free = unsafe extern "system" fn(i16, Handle) -> i16;
type SetEnvironment = unsafe extern "system" fn(Handle, i32, *mut c_void, i32) -> i16;
type DriverConnect = unsafe extern "system" fn(Handle, Handle, *const u16, i16, *mut u16, i16, *mut i16, u16) -> i16;
type Of1 = unsafe extern "system" fn(Handle) -> i16;
type ExecDirect = unsafe extern "system" fn(Handle, *const u16, i32) -> i16;
type DiagRec = unsafe extern "system" fn(i16, Handle, i16, *mut u16, *mut i32, *mut u16, i16, *mut i16) -> i16;

pub const ENVIRONMENT: i16 = 1;
pub const CONNECTION: i16 = 2;
pub const STATEMENT: i16 = 3;
const NTS: i16 = -3;

pub fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// Its functions by their ODBC names; unloaded when it is dropped.
pub struct Library {
    module: *mut c_void,
    alloc: Alloc,
    free: Free,
    set_environment: SetEnvironment,
    connect: DriverConnect,
    disconnect: Of1,
    execute: ExecDirect,
    pub fetch: Of1,
    pub cancel: Of1,
    diagnose: DiagRec,
}

impl Library {
    pub fn load() -> Library {
        let entry = LOCAL_MACHINE.open(r"SOFTWARE\ODBC\ODBCINST.INI\Exact Online").unwrap();
        let path = wide(&entry.get_string("Driver").unwrap());
        unsafe {
            let module = LoadLibraryW(path.as_ptr());
            assert!(!module.is_null());
            Library {
                module,
                alloc: find(module, c"SQLAllocHandle"),
                free: find(module, c"SQLFreeHandle"),
                set_environment: find(module, c"SQLSetEnvAttr"),
                connect: find(module, c"SQLDriverConnectW"),
                disconnect: find(module, c"SQLDisconnect"),
                execute: find(module, c"SQLExecDirectW"),
                fetch: find(module, c"SQLFetch"),
                cancel: find(module, c"SQLCancel"),
                diagnose: find(module, c"SQLGetDiagRecW"),
            }
        }
    }

    pub fn alloc(&self, kind: i16, parent: Handle) -> Handle {
        let mut handle = null_mut();
        unsafe { assert_eq!((self.alloc)(kind, parent, &raw mut handle), 0) };
        handle
    }

    pub fn free(&self, kind: i16, handle: Handle) {
        unsafe { assert_eq!((self.free)(kind, handle), 0) };
    }

    /// An environment of ODBC 3.80.
    pub fn environment(&self) -> Handle {
        let environment = self.alloc(ENVIRONMENT, null_mut());
        unsafe { assert_eq!((self.set_environment)(environment, 200, 380 as *mut c_void, 0), 0) };
        environment
    }

    pub fn connect(&self, environment: Handle, connection_string: &str) -> Handle {
        let (connection, text) = (self.alloc(CONNECTION, environment), wide(connection_string));
        let outcome =
            unsafe { (self.connect)(connection, null_mut(), text.as_ptr(), NTS, null_mut(), 0, null_mut(), 0) };
        assert!(outcome == 0 || outcome == 1, "{:?}", self.diagnosis(CONNECTION, connection));
        connection
    }

    pub fn disconnect(&self, connection: Handle) {
        unsafe { assert_eq!((self.disconnect)(connection), 0) };
        self.free(CONNECTION, connection);
    }

    pub fn execute(&self, statement: Handle, sql: &str) -> i16 {
        unsafe { (self.execute)(statement, wide(sql).as_ptr(), NTS.into()) }
    }

    /// SQLSTATE and text of the first record.
    pub fn diagnosis(&self, kind: i16, handle: Handle) -> (String, String) {
        let (mut state, mut native, mut message, mut length) = ([0; 6], 0, [0; 512], 0);
        let state_at = state.as_mut_ptr();
        unsafe {
            (self.diagnose)(kind, handle, 1, state_at, &raw mut native, message.as_mut_ptr(), 512, &raw mut length)
        };
        let length = usize::try_from(length).unwrap_or(0).min(511);
        (String::from_utf16_lossy(&state[..5]), String::from_utf16_lossy(&message[..length]))
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        unsafe { FreeLibrary(self.module) };
    }
}

/// A function by its name; `F` is its type.
unsafe fn find<F: Copy>(module: *mut c_void, name: &CStr) -> F {
    unsafe {
        let address = GetProcAddress(module, name.as_ptr().cast());
        assert!(!address.is_null(), "{name:?}");
        std::mem::transmute_copy(&address)
    }
}
