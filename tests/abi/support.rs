//! Handles that free themselves, and short names for what every test does.

use std::ffi::c_void;
use std::net::TcpListener;
use std::ptr::{null, null_mut};

pub use exactodbc::abi::exports::*;

pub const SUCCESS: i16 = 0;
pub const WITH_INFO: i16 = 1;
pub const STILL_EXECUTING: i16 = 2;
pub const NO_DATA: i16 = 100;
pub const NEED_DATA: i16 = 99;
pub const ERROR: i16 = -1;
pub const INVALID_HANDLE: i16 = -2;

pub const C_CHAR: i16 = 1;
pub const C_WCHAR: i16 = -8;
pub const C_LONG: i16 = 4;
pub const C_SBIGINT: i16 = -25;

pub const ENV: i16 = 1;
pub const DBC: i16 = 2;
pub const STMT: i16 = 3;
pub const DESC: i16 = 4;

/// Signs in with a token that is never used: connecting makes no call.
pub const OFFLINE: &str = "Driver=Exact Online;BaseUrl=http://127.0.0.1:1;InitiateOAuth=OFF;\
                           OAuthAccessToken=x;OAuthClientId=x;Division=1;";

/// An environment with a connection and a statement.
pub struct Odbc {
    pub env: Handle,
    pub dbc: Handle,
    pub stmt: Handle,
}

impl Odbc {
    pub fn connect() -> Odbc {
        Odbc::connect_as(3, "")
    }

    pub fn connect_as(version: usize, more: &str) -> Odbc {
        let (env, dbc) = unconnected(version);
        // Of a property that occurs twice the first one counts.
        let text = format!("{more};{OFFLINE}");
        let code = unsafe {
            SQLDriverConnect(dbc, null_mut(), text.as_ptr(), text.len() as i16, null_mut(), 0, null_mut(), 0)
        };
        assert!(code == SUCCESS || code == WITH_INFO, "{:?}", records(DBC, dbc));
        let stmt = allocate(STMT, dbc);
        Odbc { env, dbc, stmt }
    }

    pub fn statement(&self) -> Handle {
        allocate(STMT, self.dbc)
    }

    /// Executes and gives the return code.
    pub fn run(&self, sql: &str) -> i16 {
        unsafe { SQLExecDirect(self.stmt, sql.as_ptr(), sql.len() as i32) }
    }

    /// Executes what must succeed.
    pub fn execute(&self, sql: &str) {
        let code = self.run(sql);
        assert!(code == SUCCESS || code == WITH_INFO, "{sql}: {:?}", records(STMT, self.stmt));
    }

    pub fn prepare(&self, sql: &str) {
        let code = unsafe { SQLPrepare(self.stmt, sql.as_ptr(), sql.len() as i32) };
        assert_eq!(code, SUCCESS, "{sql}: {:?}", records(STMT, self.stmt));
    }

    pub fn close(&self) {
        assert_eq!(unsafe { SQLFreeStmt(self.stmt, 0) }, SUCCESS);
    }

    pub fn set(&self, attribute: i32, value: usize) -> i16 {
        unsafe { SQLSetStmtAttr(self.stmt, attribute, value as *mut c_void, 0) }
    }

    pub fn get(&self, attribute: i32) -> usize {
        let mut value = 0_usize;
        let code = unsafe { SQLGetStmtAttr(self.stmt, attribute, (&raw mut value).cast(), 0, null_mut()) };
        assert_eq!(code, SUCCESS, "{:?}", records(STMT, self.stmt));
        value
    }

    /// The state of the statement's first record.
    pub fn state(&self) -> String {
        records(STMT, self.stmt).first().map_or(String::new(), |(state, _)| state.clone())
    }

    /// A column of the current row as text; `None` for NULL.
    pub fn text(&self, column: u16) -> Option<String> {
        let mut buffer = vec![0_u8; 70_000];
        let mut length = 0_isize;
        let (data, room) = (buffer.as_mut_ptr().cast(), buffer.len() as isize);
        let code = unsafe { SQLGetData(self.stmt, column, C_CHAR, data, room, &raw mut length) };
        assert_eq!(code, SUCCESS, "{:?}", records(STMT, self.stmt));
        let length = usize::try_from(length).ok()?;
        Some(String::from_utf8(buffer[..length].to_vec()).unwrap())
    }

    /// All rows of the open cursor as text.
    pub fn rows(&self) -> Vec<Vec<Option<String>>> {
        let mut columns = 0_i16;
        assert_eq!(unsafe { SQLNumResultCols(self.stmt, &raw mut columns) }, SUCCESS);
        let mut rows = Vec::new();
        loop {
            match unsafe { SQLFetch(self.stmt) } {
                SUCCESS => rows.push((1..=columns as u16).map(|column| self.text(column)).collect()),
                NO_DATA => return rows,
                code => panic!("{code}: {:?}", records(STMT, self.stmt)),
            }
        }
    }
}

impl Drop for Odbc {
    fn drop(&mut self) {
        unsafe {
            SQLDisconnect(self.dbc);
            SQLFreeHandle(DBC, self.dbc);
            SQLFreeHandle(ENV, self.env);
        }
    }
}

/// A service that takes requests and never answers, and the setting that names it.
pub fn listening() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = format!("BaseUrl=http://{};", listener.local_addr().unwrap());
    (listener, settings)
}

/// A number in a pointer argument.
pub fn number_argument(number: usize) -> *mut c_void {
    std::ptr::without_provenance_mut(number)
}

pub fn unconnected(version: usize) -> (Handle, Handle) {
    let env = allocate(ENV, null_mut());
    assert_eq!(unsafe { SQLSetEnvAttr(env, 200, version as *mut c_void, 0) }, SUCCESS);
    (env, allocate(DBC, env))
}

pub fn allocate(kind: i16, parent: Handle) -> Handle {
    let mut handle = null_mut();
    let code = unsafe { SQLAllocHandle(kind, parent, &raw mut handle) };
    assert_eq!(code, SUCCESS);
    assert!(!handle.is_null());
    handle
}

/// State and message of every record of a handle.
pub fn records(kind: i16, handle: Handle) -> Vec<(String, String)> {
    let mut found = Vec::new();
    loop {
        let (mut state, mut message) = ([0_u8; 6], [0_u8; 2048]);
        let (mut native, mut length) = (0, 0);
        let code = unsafe {
            SQLGetDiagRec(
                kind,
                handle,
                found.len() as i16 + 1,
                state.as_mut_ptr(),
                &raw mut native,
                message.as_mut_ptr(),
                2048,
                &raw mut length,
            )
        };
        if code != SUCCESS {
            return found;
        }
        let text = String::from_utf8(message[..length as usize].to_vec()).unwrap();
        found.push((String::from_utf8(state[..5].to_vec()).unwrap(), text));
    }
}

/// A text argument: its address and length; a null pointer for `None`.
pub fn argument(text: Option<&str>) -> (*const u8, i16) {
    text.map_or((null(), 0), |text| (text.as_ptr(), text.len() as i16))
}
