//! Every function in every state of an environment, a connection and a descriptor, held against the state tables of the
//! specification.

use std::ffi::c_void;
use std::fmt::Write;
use std::process::Command;
use std::ptr::null_mut;

use exactodbc::abi::guard::{connection_state_of, environment_state_of};

use crate::support::*;
use crate::transitions::{Table, invoke, read};

/// The tables of environments, connections and descriptors.
pub fn tables() -> [(&'static str, Table); 3] {
    [
        ("environment", read(include_str!("transitions_environment.txt"))),
        ("connection", read(include_str!("transitions_connection.txt"))),
        ("descriptor", read(include_str!("transitions_descriptor.txt"))),
    ]
}

/// Whose state a table is about.
#[derive(Clone, Copy)]
enum Subject {
    Environment,
    Connection,
    Descriptor,
}

/// Handles, null where there is none.
struct Scene {
    env: Handle,
    dbc: Handle,
    stmt: Handle,
    desc: Handle,
}

const INSERT: &str = "INSERT INTO crm.Accounts (Name) VALUES ('x')";
const AUTOCOMMIT: i32 = 102;
const ROLLBACK: i16 = 1;
/// A data source of the file that [`every_function_in_every_state_of_a_connection`] makes.
const DATA_SOURCE: &str = "lifetimes";

/// Connects without a request to the service.
fn enough() -> String {
    format!("Readonly=false;{OFFLINE}")
}

/// Lacks a sign-in.
fn too_little() -> String {
    let store = std::env::temp_dir().join(format!("no-sign-in-of-lifetimes-{}", std::process::id()));
    format!("Driver=Exact Online;Division=1;OAuthSettingsLocation={}", store.display())
}

impl Scene {
    fn none() -> Scene {
        Scene { env: null_mut(), dbc: null_mut(), stmt: null_mut(), desc: null_mut() }
    }

    fn environment(state: &str, declared: bool) -> Scene {
        let mut scene = Scene::none();
        if state == "E0" {
            return scene;
        }
        scene.env = allocate(ENV, null_mut());
        if declared {
            assert_eq!(unsafe { SQLSetEnvAttr(scene.env, 200, number_argument(3), 0) }, SUCCESS);
        }
        if state == "E2" {
            scene.dbc = allocate(DBC, scene.env);
        }
        scene
    }

    fn connection(state: &str) -> Scene {
        let mut scene = match state {
            "C0" => return Scene::none(),
            "C1" => return Scene::environment("E1", true),
            _ => Scene::environment("E2", true),
        };
        match state {
            "C2" => {}
            "C3" => assert_eq!(scene.browse(&too_little()), NEED_DATA),
            _ => {
                let text = enough();
                let (length, none) = (text.len() as i16, null_mut());
                unsafe {
                    let code = SQLDriverConnect(scene.dbc, none, text.as_ptr(), length, null_mut(), 0, null_mut(), 0);
                    assert_eq!(code, SUCCESS, "{:?}", records(DBC, scene.dbc));
                    assert_eq!(SQLSetConnectAttr(scene.dbc, AUTOCOMMIT, null_mut(), 0), SUCCESS);
                }
                scene.desc = allocate(DESC, scene.dbc);
                if state != "C4" {
                    scene.stmt = allocate(STMT, scene.dbc);
                }
                if state == "C6" {
                    assert_eq!(scene.insert(), SUCCESS);
                }
            }
        }
        scene
    }

    fn descriptor(state: &str) -> Scene {
        let mut scene = Scene::connection("C4");
        if state != "D1e" {
            unsafe { SQLFreeHandle(DESC, scene.desc) };
            scene.desc = null_mut();
        }
        if state == "D1i" {
            scene.stmt = allocate(STMT, scene.dbc);
            scene.take_descriptor();
        }
        scene
    }

    /// The descriptor is the application row descriptor of the statement.
    fn take_descriptor(&mut self) {
        unsafe { SQLGetStmtAttr(self.stmt, 10_010, (&raw mut self.desc).cast(), 0, null_mut()) };
    }

    fn browse(&self, text: &str) -> i16 {
        unsafe { SQLBrowseConnect(self.dbc, text.as_ptr(), text.len() as i16, null_mut(), 0, null_mut()) }
    }

    fn insert(&self) -> i16 {
        unsafe { SQLExecDirect(self.stmt, INSERT.as_ptr(), INSERT.len() as i32) }
    }

    fn state(&self, subject: Subject) -> String {
        let environment = environment_state_of(self.env).map(|state| match format!("{state:?}").as_str() {
            "Undeclared" => "E1".to_owned(),
            other => other.to_owned(),
        });
        match subject {
            Subject::Environment => environment.unwrap_or("E0".to_owned()),
            Subject::Connection => match (environment, connection_state_of(self.dbc)) {
                (None, _) => "C0".to_owned(),
                (_, None) => "C1".to_owned(),
                (_, Some(state)) => format!("{state:?}"),
            },
            Subject::Descriptor => {
                let (mut kind, place) = (0_i16, null_mut());
                let code = unsafe { SQLGetDescField(self.desc, 0, 1099, (&raw mut kind).cast(), 2, place) };
                match (code, kind) {
                    (SUCCESS, 1) => "D1i".to_owned(),
                    (SUCCESS, 2) => "D1e".to_owned(),
                    _ => "D0".to_owned(),
                }
            }
        }
    }

    fn handle(&self, kind: i16) -> Handle {
        match kind {
            ENV => self.env,
            DBC => self.dbc,
            STMT => self.stmt,
            _ => self.desc,
        }
    }

    /// Allocates a handle; it becomes the scene's where there was none of its kind, else it is freed again.
    fn allocate(&mut self, kind: i16) -> i16 {
        let parent = match kind {
            ENV => null_mut(),
            DBC => self.env,
            _ => self.dbc,
        };
        let mut handle = null_mut();
        let code = unsafe { SQLAllocHandle(kind, parent, &raw mut handle) };
        let place = match kind {
            ENV => &mut self.env,
            DBC => &mut self.dbc,
            STMT => &mut self.stmt,
            _ => &mut self.desc,
        };
        if code == SUCCESS && place.is_null() {
            *place = handle;
        } else {
            unsafe { SQLFreeHandle(kind, handle) };
        }
        code
    }

    /// Calls the function of a line; gives its code and the kind of the handle that bears its diagnostics.
    fn call(&mut self, function: &str, subject: Subject) -> (i16, i16) {
        let (name, argument) = function.trim_end_matches(')').split_once('(').unwrap_or((function, ""));
        let kind = match argument {
            "ENV" => ENV,
            "STMT" => STMT,
            "DESC" => DESC,
            _ => DBC,
        };
        let mut number = [0_u64; 2];
        let value: *mut c_void = number.as_mut_ptr().cast();
        let (env, dbc, stmt, desc) = (self.env, self.dbc, self.stmt, self.desc);
        let code = match name {
            "SQLAllocHandle" => {
                let parent = if kind == ENV || kind == DBC { ENV } else { DBC };
                let code = self.allocate(kind);
                if matches!(subject, Subject::Descriptor) && kind == STMT && self.desc.is_null() {
                    self.take_descriptor();
                }
                return (code, parent);
            }
            "SQLBrowseConnect" => self.browse(&match argument {
                "MORE" => too_little(),
                "ENOUGH" => enough(),
                _ => "a text without an equals sign".to_owned(),
            }),
            "SQLConnect" => unsafe {
                let length = DATA_SOURCE.len() as i16;
                SQLConnect(dbc, DATA_SOURCE.as_ptr(), length, std::ptr::null(), 0, std::ptr::null(), 0)
            },
            "SQLDriverConnect" => unsafe {
                let text = enough();
                SQLDriverConnect(dbc, null_mut(), text.as_ptr(), text.len() as i16, null_mut(), 0, null_mut(), 0)
            },
            "SQLDisconnect" => unsafe { SQLDisconnect(dbc) },
            "SQLCancelHandle" => unsafe { SQLCancelHandle(kind, self.handle(kind)) },
            "SQLEndTran" => return (unsafe { SQLEndTran(kind, self.handle(kind), ROLLBACK) }, kind),
            "SQLFreeHandle" if matches!(subject, Subject::Descriptor) && kind == STMT && stmt.is_null() => {
                // A statement that has nothing to do with the descriptor.
                return (unsafe { SQLFreeHandle(STMT, allocate(STMT, dbc)) }, STMT);
            }
            "SQLFreeHandle" => return (unsafe { SQLFreeHandle(kind, self.handle(kind)) }, kind),
            "SQLGetConnectAttr" => {
                let attribute = [("AUTOCOMMIT", 102), ("CURRENT_CATALOG", 109), ("QUIET_MODE", 111)];
                unsafe { SQLGetConnectAttr(dbc, named(attribute, argument), value, 16, null_mut()) }
            }
            "SQLSetConnectAttr" => {
                let attributes = [
                    ("CONNECTION_TIMEOUT", 113),
                    ("ODBC_CURSORS", 110),
                    ("PACKET_SIZE", 112),
                    ("TRANSLATE_OPTION", 107),
                    ("TXN_ISOLATION", 108),
                    ("RESET_CONNECTION", 116),
                ];
                unsafe { SQLSetConnectAttr(dbc, named(attributes, argument), number_argument(2), 0) }
            }
            "SQLGetDiagField" | "SQLGetDiagRec" => {
                let kind = if argument.is_empty() { DESC } else { kind };
                return (diagnostics(name, kind, self.handle(kind)), kind);
            }
            "SQLGetEnvAttr" => return (unsafe { SQLGetEnvAttr(env, 200, value, 4, null_mut()) }, ENV),
            "SQLSetEnvAttr" if argument == "OUTPUT_NTS" => {
                return (unsafe { SQLSetEnvAttr(env, 10_001, number_argument(1), 0) }, ENV);
            }
            "SQLSetEnvAttr" => return (unsafe { SQLSetEnvAttr(env, 200, number_argument(3), 0) }, ENV),
            "SQLGetInfo" if argument == "DRIVER_ODBC_VER" => unsafe { SQLGetInfo(dbc, 77, value, 16, null_mut()) },
            "SQLExecDirect" if argument == "INSERT" => self.insert(),
            _ if name.contains("Desc") && !name.contains("Describe") => {
                return (unsafe { of_descriptor(name, desc, dbc, value) }, DESC);
            }
            // Functions of statements: the tables of statements tell with what they end.
            _ => match unsafe { invoke(env, dbc, stmt, &function.replace("(STMT)", "")) } {
                ERROR | NO_DATA if !["SQLGetFunctions", "SQLGetInfo", "SQLNativeSql"].contains(&name) => SUCCESS,
                code => code,
            },
        };
        (code, DBC)
    }

    /// Calls the function of a line and says in the words of the tables what came of it.
    fn outcome(&mut self, function: &str, subject: Subject) -> String {
        let before = self.state(subject);
        let (code, kind) = self.call(function, subject);
        let state = || records(kind, self.handle(kind)).first().map_or(String::new(), |(state, _)| state.clone());
        let told = match code {
            SUCCESS | WITH_INFO => String::new(),
            INVALID_HANDLE => "IH".to_owned(),
            NEED_DATA => "ND".to_owned(),
            ERROR => state(),
            other => format!("code {other}"),
        };
        let after = self.state(subject);
        match (told.as_str(), before == after) {
            ("", true) => "--".to_owned(),
            ("", false) => after,
            (_, true) => told,
            (_, false) => format!("{told}>{after}"),
        }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        unsafe {
            SQLEndTran(DBC, self.dbc, ROLLBACK);
            SQLDisconnect(self.dbc);
            SQLFreeHandle(DBC, self.dbc);
            SQLFreeHandle(ENV, self.env);
        }
    }
}

fn named<const N: usize>(known: [(&str, i32); N], name: &str) -> i32 {
    known.into_iter().find(|(own, _)| *own == name).map(|(_, number)| number).unwrap()
}

/// SQLGetDiagRec without a record is SQL_NO_DATA: the handle was found.
fn diagnostics(function: &str, kind: i16, handle: Handle) -> i16 {
    let mut count = 0_i32;
    let code = unsafe {
        match function {
            "SQLGetDiagField" => SQLGetDiagField(kind, handle, 0, 2, (&raw mut count).cast(), 4, null_mut()),
            _ => SQLGetDiagRec(kind, handle, 1, null_mut(), null_mut(), null_mut(), 0, null_mut()),
        }
    };
    if code == NO_DATA { SUCCESS } else { code }
}

unsafe fn of_descriptor(function: &str, desc: Handle, dbc: Handle, value: *mut c_void) -> i16 {
    let nothing = null_mut::<i16>();
    unsafe {
        match function {
            "SQLCopyDesc" => {
                let mut target = null_mut();
                SQLAllocHandle(DESC, dbc, &raw mut target);
                let code = SQLCopyDesc(desc, target);
                SQLFreeHandle(DESC, target);
                code
            }
            "SQLGetDescField" => SQLGetDescField(desc, 0, 1001, value, 8, null_mut()),
            "SQLGetDescRec" => {
                SQLGetDescRec(desc, 0, null_mut(), 0, nothing, nothing, nothing, null_mut(), nothing, nothing, nothing)
            }
            "SQLSetDescField" => SQLSetDescField(desc, 0, 20, number_argument(1), 0),
            _ => SQLSetDescRec(desc, 1, C_LONG, 0, 4, 0, 0, null_mut(), null_mut(), null_mut()),
        }
    }
}

/// Plays every pair of a table; `make` brings a scene to a state, with the version declared or not.
fn play(table: &Table, subject: Subject, make: impl Fn(&str, bool) -> Scene) -> usize {
    let (mut pairs, mut wrong) = (0, String::new());
    for (function, cells) in &table.rows {
        for (before, cell) in table.states.iter().zip(cells) {
            let both = cell.split_once('/').map_or(vec![(true, &**cell)], |(a, b)| vec![(true, a), (false, b)]);
            for (declared, expected) in both {
                let mut scene = make(before, declared);
                assert_eq!(scene.state(subject), *before);
                let found = scene.outcome(function, subject);
                if found != expected {
                    writeln!(wrong, "{function} in {before}, declared {declared}: {found}, not {expected}").unwrap();
                }
                pairs += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "of {pairs} pairs:\n{wrong}");
    pairs
}

#[test]
fn every_function_in_every_state_of_an_environment() {
    let [(_, table), ..] = tables();
    assert!(play(&table, Subject::Environment, Scene::environment) > 50);
}

/// In a process of its own, since the place of the data sources is a variable of the process.
#[test]
fn every_function_in_every_state_of_a_connection() {
    const OWN: &str = "EXACT_ABI_LIFETIMES";
    if !cfg!(windows) && std::env::var_os(OWN).is_none() {
        let sources = std::env::temp_dir().join(format!("lifetimes-{}.ini", std::process::id()));
        let properties = enough().replace(';', "\n");
        std::fs::write(&sources, format!("[{DATA_SOURCE}]\n{properties}\n")).unwrap();
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "lifetimes::every_function_in_every_state_of_a_connection", "--nocapture"])
            .envs([(OWN, "1".into()), ("ODBCINI", sources.clone().into_os_string())])
            .output()
            .unwrap();
        std::fs::remove_file(sources).unwrap();
        return assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let [_, (_, mut table), _] = tables();
    if cfg!(windows) {
        // Data sources are those of the registry there.
        table.rows.remove("SQLConnect");
    }
    assert!(play(&table, Subject::Connection, |state, _| Scene::connection(state)) > 500);
}

#[test]
fn every_function_in_every_state_of_a_descriptor() {
    let [.., (_, table)] = tables();
    assert_eq!(play(&table, Subject::Descriptor, |state, _| Scene::descriptor(state)), 33);
}

#[test]
fn every_exported_function_stands_in_the_table_of_connections() {
    let [_, (_, table), _] = tables();
    for export in exactodbc::abi::manifest::EXPORTS {
        let stands = table.rows.keys().any(|line| line.split('(').next() == Some(export.name));
        assert!(stands, "{}", export.name);
    }
}

#[test]
fn an_attribute_that_was_set_is_told_before_there_is_a_connection() {
    let (env, dbc) = unconnected(3);
    let mut value = 0_u32;
    let mut get = |attribute: i32| unsafe {
        let code = SQLGetConnectAttr(dbc, attribute, (&raw mut value).cast(), 4, null_mut());
        (code, value)
    };
    assert_eq!(get(113).0, ERROR);
    assert_eq!(records(DBC, dbc)[0].0, "08003");
    unsafe { assert_eq!(SQLSetConnectAttr(dbc, 113, number_argument(7), 0), SUCCESS) };
    assert_eq!(get(113), (SUCCESS, 7));
    unsafe {
        SQLFreeHandle(DBC, dbc);
        SQLFreeHandle(ENV, env);
    }
}
