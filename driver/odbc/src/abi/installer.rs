//! unixODBC's installer library, which has called us: its functions are looked up in the process, so that the driver
//! links no part of a driver manager.

use std::ffi::{CString, c_char, c_int, c_void};

use crate::setup::{Installer, Refusal};

unsafe extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

type Write = unsafe extern "C" fn(*const c_char, *const c_char) -> c_int;
type Remove = unsafe extern "C" fn(*const c_char) -> c_int;
type WriteValue = unsafe extern "C" fn(*const c_char, *const c_char, *const c_char, *const c_char) -> c_int;
type ReadValue =
    unsafe extern "C" fn(*const c_char, *const c_char, *const c_char, *mut c_char, c_int, *const c_char) -> c_int;
type Post = unsafe extern "C" fn(c_int, *const c_char) -> c_int;

/// The functions of `libodbcinst` that are needed here.
pub struct Odbcinst {
    add: Write,
    remove: Remove,
    is_valid: Remove,
    write: WriteValue,
    read: ReadValue,
    post: Post,
}

impl Odbcinst {
    /// The library that is loaded already; `None` if none is.
    #[must_use]
    pub fn find() -> Option<Odbcinst> {
        const NOW: c_int = 2;
        #[cfg(target_os = "linux")]
        const LOADED_ALREADY: c_int = 4;
        #[cfg(not(target_os = "linux"))]
        const LOADED_ALREADY: c_int = 16;
        let library =
            [c"libodbcinst.so.2", c"libodbcinst.so.1", c"libodbcinst.2.dylib"].into_iter().find_map(|name| {
                // SAFETY: the name ends with a zero; nothing is loaded that is not there.
                let found = unsafe { dlopen(name.as_ptr(), NOW | LOADED_ALREADY) };
                (!found.is_null()).then_some(found)
            })?;
        // SAFETY: the types are those that `odbcinst.h` declares under these names.
        unsafe {
            Some(Odbcinst {
                add: function(library, c"SQLWriteDSNToIni".as_ptr())?,
                remove: function(library, c"SQLRemoveDSNFromIni".as_ptr())?,
                is_valid: function(library, c"SQLValidDSN".as_ptr())?,
                write: function(library, c"SQLWritePrivateProfileString".as_ptr())?,
                read: function(library, c"SQLGetPrivateProfileString".as_ptr())?,
                post: function(library, c"SQLPostInstallerError".as_ptr())?,
            })
        }
    }
}

/// # Safety
/// `T` must be the type of a pointer to the function of that name.
unsafe fn function<T: Copy>(library: *mut c_void, name: *const c_char) -> Option<T> {
    debug_assert_eq!(size_of::<T>(), size_of::<*mut c_void>());
    // SAFETY: the name ends with a zero; the address is one of a function of type `T`.
    unsafe {
        let address = dlsym(library, name);
        (!address.is_null()).then(|| std::mem::transmute_copy(&address))
    }
}

fn text(text: &str) -> CString {
    let bytes: Vec<u8> = text.bytes().filter(|byte| *byte != 0).collect();
    CString::new(bytes).unwrap_or_default()
}

impl Installer for Odbcinst {
    fn add(&self, data_source: &str, driver: &str) -> bool {
        // SAFETY: texts that end with a zero, as of every call here.
        unsafe { (self.add)(text(data_source).as_ptr(), text(driver).as_ptr()) != 0 }
    }

    fn remove(&self, data_source: &str) -> bool {
        unsafe { (self.remove)(text(data_source).as_ptr()) != 0 }
    }

    fn is_valid(&self, data_source: &str) -> bool {
        unsafe { (self.is_valid)(text(data_source).as_ptr()) != 0 }
    }

    fn write(&self, data_source: &str, key: &str, value: &str) -> bool {
        let (section, key, value) = (text(data_source), text(key), text(value));
        unsafe { (self.write)(section.as_ptr(), key.as_ptr(), value.as_ptr(), c"odbc.ini".as_ptr()) != 0 }
    }

    fn read(&self, data_source: &str, key: &str) -> String {
        const LONGEST: u16 = 4096;
        let (section, key) = (text(data_source), text(key));
        let mut value = vec![0_u8; usize::from(LONGEST)];
        let place = value.as_mut_ptr().cast();
        unsafe {
            let room = c_int::from(LONGEST);
            (self.read)(section.as_ptr(), key.as_ptr(), c"".as_ptr(), place, room, c"odbc.ini".as_ptr());
        }
        let end = value.iter().position(|byte| *byte == 0).unwrap_or_default();
        String::from_utf8_lossy(value.get(..end).unwrap_or_default()).into_owned()
    }

    fn refuse(&self, error: Refusal, message: &str) {
        unsafe { (self.post)(error as c_int, text(message).as_ptr()) };
    }
}
