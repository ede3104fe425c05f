//! The library in a process: loaded and unloaded, forked, used by many threads at once. Each scene has a process of its
//! own, so that threads, files and locks are those of the scene.

use std::collections::HashMap;
use std::ffi::{CString, c_char, c_int, c_void};
use std::process::Command;
use std::ptr::null_mut;

use crate::exports::library;
use crate::support::*;

unsafe extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    fn dlclose(library: *mut c_void) -> c_int;
    fn fork() -> c_int;
    fn waitpid(process: c_int, status: *mut c_int, options: c_int) -> c_int;
    fn _exit(code: c_int) -> !;
    fn alarm(seconds: u32) -> u32;
}

const SCENE: &str = "EXACT_ABI_SCENE";

/// Plays a scene in a process of its own; a scene that hangs is ended by a signal.
fn play(scene: &str) {
    let own = format!("processes::{scene}");
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &own, "--nocapture", "--test-threads=1"])
        .env(SCENE, "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn is_own_process() -> bool {
    std::env::var_os(SCENE).is_some()
}

/// Threads, open files, and mappings of the driver's library.
fn held() -> (usize, usize, usize) {
    let count = |folder: &str| std::fs::read_dir(folder).unwrap().count();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mapped = maps.lines().filter(|line| line.contains("libexactodbc")).count();
    (count("/proc/self/task"), count("/proc/self/fd"), mapped)
}

/// Memory of this process in kB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// What is held once threads that have ended are gone from the system's list, too.
fn settled(expected: (usize, usize, usize)) -> (usize, usize, usize) {
    for _ in 0..500 {
        if held() == expected {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    held()
}

/// The driver as a driver manager holds it.
struct Loaded {
    library: *mut c_void,
    symbols: HashMap<&'static str, *mut c_void>,
}

// SAFETY: addresses of functions, which any thread may call.
unsafe impl Sync for Loaded {}

impl Loaded {
    fn open(path: &CString) -> Loaded {
        const NOW: c_int = 2;
        let library = unsafe { dlopen(path.as_ptr(), NOW) };
        assert!(!library.is_null());
        let names =
            ["SQLAllocHandle", "SQLFreeHandle", "SQLSetEnvAttr", "SQLDriverConnect", "SQLDisconnect", "SQLExecDirect"];
        let symbol = |name: &'static str| {
            let text = CString::new(name).unwrap();
            (name, unsafe { dlsym(library, text.as_ptr()) })
        };
        Loaded { library, symbols: names.map(symbol).into() }
    }

    unsafe fn function<T: Copy>(&self, name: &str) -> T {
        unsafe { std::mem::transmute_copy(&self.symbols[name]) }
    }

    /// An environment, a connection, a statement that runs, and all of it freed.
    fn work(&self) {
        type Alloc = unsafe extern "system" fn(i16, Handle, *mut Handle) -> i16;
        type Free = unsafe extern "system" fn(i16, Handle) -> i16;
        type Set = unsafe extern "system" fn(Handle, i32, *mut c_void, i32) -> i16;
        type Connect =
            unsafe extern "system" fn(Handle, *mut c_void, *const u8, i16, *mut u8, i16, *mut i16, u16) -> i16;
        type Disconnect = unsafe extern "system" fn(Handle) -> i16;
        type Execute = unsafe extern "system" fn(Handle, *const u8, i32) -> i16;
        unsafe {
            let (alloc, free) = (self.function::<Alloc>("SQLAllocHandle"), self.function::<Free>("SQLFreeHandle"));
            let (mut env, mut dbc, mut stmt) = (null_mut(), null_mut(), null_mut());
            assert_eq!(alloc(ENV, null_mut(), &raw mut env), SUCCESS);
            assert_eq!(self.function::<Set>("SQLSetEnvAttr")(env, 200, number_argument(3), 0), SUCCESS);
            assert_eq!(alloc(DBC, env, &raw mut dbc), SUCCESS);
            let connect = self.function::<Connect>("SQLDriverConnect");
            let code = connect(dbc, null_mut(), OFFLINE.as_ptr(), OFFLINE.len() as i16, null_mut(), 0, null_mut(), 0);
            assert_eq!(code, SUCCESS);
            assert_eq!(alloc(STMT, dbc, &raw mut stmt), SUCCESS);
            assert_eq!(self.function::<Execute>("SQLExecDirect")(stmt, b"SELECT 1".as_ptr(), 8), SUCCESS);
            assert_eq!(free(STMT, stmt), SUCCESS);
            assert_eq!(self.function::<Disconnect>("SQLDisconnect")(dbc), SUCCESS);
            assert_eq!(free(DBC, dbc), SUCCESS);
            assert_eq!(free(ENV, env), SUCCESS);
        }
    }
}

#[test]
fn the_library_is_loaded_and_unloaded_a_thousand_times() {
    if !is_own_process() {
        return play("the_library_is_loaded_and_unloaded_a_thousand_times");
    }
    let path = CString::new(library().to_str().unwrap()).unwrap();
    let round = || {
        let loaded = Loaded::open(&path);
        // A thread of its own works, since what a thread keeps of a library holds the library until the thread has ended.
        std::thread::scope(|scope| {
            scope.spawn(|| loaded.work());
        });
        assert_eq!(unsafe { dlclose(loaded.library) }, 0);
    };
    let (threads, files, _) = held();
    round();
    let mapped = held().2;
    for _ in 0..20 {
        round();
    }
    let memory = resident();
    for _ in 0..1_000 {
        round();
    }
    let before = (threads, files, mapped);
    assert_eq!(settled(before), before, "threads, files, mappings");
    assert!(resident() < memory + 30_000, "{memory} kB have become {}", resident());
}

#[test]
fn the_threads_end_with_the_last_environment() {
    if !is_own_process() {
        return play("the_threads_end_with_the_last_environment");
    }
    let before = held();
    let threads = before.0;
    let first = allocate(ENV, null_mut());
    assert!(held().0 > threads, "the runtime starts with the first environment");
    let (one, two) = (Odbc::connect(), Odbc::connect());
    one.execute("SELECT 1");
    assert!(held().0 > threads);
    drop(one);
    two.execute("SELECT 1");
    drop(two);
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert!(held().0 > threads, "an environment is there, though it never was connected");
    assert_eq!(unsafe { SQLFreeHandle(ENV, first) }, SUCCESS);
    assert_eq!(settled(before), before);
    // And once more from nothing.
    drop(Odbc::connect());
    assert_eq!(settled(before), before);
}

#[test]
fn a_fork_after_connecting_does_not_hang() {
    if !is_own_process() {
        return play("a_fork_after_connecting_does_not_hang");
    }
    let odbc = Odbc::connect();
    odbc.execute("SELECT 1 AS a");
    let child = unsafe { fork() };
    if child == 0 {
        unsafe { alarm(60) };
        // The parent's connection says why it cannot be used, and ends without waiting for threads that are not there.
        let refused = unsafe { SQLFreeStmt(odbc.stmt, 0) } == SUCCESS && odbc.run("SELECT 1") == ERROR;
        let told = records(STMT, odbc.stmt).first().is_some_and(|(_, text)| text.contains("fork"));
        drop(odbc);
        let own = Odbc::connect();
        own.execute("SELECT 2 AS a");
        let rows = own.rows();
        drop(own);
        let good = refused && told && rows == [[Some("2".to_owned())]];
        unsafe { _exit(if good { 0 } else { 1 }) }
    }
    let mut status = -1;
    assert_eq!(unsafe { waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0, "the child's exit code or signal");
    assert_eq!(odbc.rows(), [[Some("1".to_owned())]], "the parent goes on");
}

/// A program may have iODBC linked into it: then nothing but the name of the data source tells how wide its characters are.
#[test]
fn a_data_source_name_tells_the_width_of_characters() {
    if !is_own_process() {
        return play("a_data_source_name_tells_the_width_of_characters");
    }
    let sources = std::env::temp_dir().join(format!("widths-{}.ini", std::process::id()));
    let settings = OFFLINE.replace(';', "\n");
    let sections = ["Books", "Äffchen", "😀", "X"].map(|name| format!("[{name}]\n{settings}\n"));
    std::fs::write(&sources, sections.concat()).unwrap();
    unsafe { std::env::set_var("ODBCINI", &sources) };
    let connect = |name: *const u16, length: i16| unsafe {
        let (env, dbc) = unconnected(3);
        let code = SQLConnectW(dbc, name, length, std::ptr::null(), 0, std::ptr::null(), 0);
        let mut width = 0_u32;
        SQLGetConnectAttr(dbc, 1061, (&raw mut width).cast(), 0, null_mut());
        let told = records(DBC, dbc);
        SQLDisconnect(dbc);
        SQLFreeHandle(DBC, dbc);
        SQLFreeHandle(ENV, env);
        (code, width, told)
    };
    const UTF16: u32 = 1;
    const UTF32: u32 = 3;
    for name in ["Books", "Äffchen", "😀", "X"] {
        let two: Vec<u16> = name.encode_utf16().chain([0]).collect();
        let (code, width, told) = connect(two.as_ptr(), -3);
        assert_eq!((code, width), (SUCCESS, UTF16), "{name}: {told:?}");
        if name == "X" {
            continue;
        }
        let four = crate::connecting::utf32(name);
        let (code, width, told) = connect(four.as_ptr().cast(), -3);
        assert_eq!((code, width), (SUCCESS, UTF32), "{name}: {told:?}");
    }
    std::fs::remove_file(&sources).unwrap();
}

/// What unixODBC's `SQLConfigDataSource` does: it calls ConfigDSN in the library that `Setup` names.
#[test]
fn the_installer_library_sets_up_a_data_source() {
    if !is_own_process() {
        return play("the_installer_library_sets_up_a_data_source");
    }
    type Configure = unsafe extern "C" fn(*mut c_void, u16, *const u8, *const u8) -> c_int;
    type Told = unsafe extern "C" fn(u16, *mut u32, *mut u8, u16, *mut u16) -> i16;
    let folder = std::env::temp_dir().join(format!("set-up-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (sources, path) = (folder.join("user.ini"), library());
    let drivers = format!("[Exact Online]\nDriver={0}\nSetup={0}\n", path.display());
    std::fs::write(folder.join("odbcinst.ini"), drivers).unwrap();
    std::fs::write(&sources, "").unwrap();
    unsafe {
        std::env::set_var("ODBCSYSINI", &folder);
        std::env::set_var("ODBCINI", &sources);
        let installer = dlopen(c"libodbcinst.so.2".as_ptr(), 2);
        assert!(!installer.is_null(), "unixODBC's installer library is needed");
        let configure: Configure = std::mem::transmute(dlsym(installer, c"SQLConfigDataSource".as_ptr()));
        let told: Told = std::mem::transmute(dlsym(installer, c"SQLInstallerError".as_ptr()));
        let run = |request: u16, attributes: &str| {
            configure(null_mut(), request, c"Exact Online".as_ptr().cast(), format!("{attributes}\0\0").as_ptr())
        };
        assert_eq!(run(1, "DSN=Books\0Division=5512"), 1);
        let written = std::fs::read_to_string(&sources).unwrap().replace(' ', "");
        for line in ["[Books]", "Driver=ExactOnline", "Division=5512", "Readonly=true"] {
            assert!(written.contains(line), "{written}");
        }
        assert_eq!(run(2, "DSN=Books\0Colour=red"), 0);
        let (mut code, mut message, mut length) = (0_u32, [0_u8; 256], 0_u16);
        told(1, &raw mut code, message.as_mut_ptr(), 256, &raw mut length);
        assert_eq!(code, 8, "{}", String::from_utf8_lossy(&message));
        assert_eq!(run(3, "DSN=Books"), 1);
        assert!(!std::fs::read_to_string(&sources).unwrap().contains("[Books]"));
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
