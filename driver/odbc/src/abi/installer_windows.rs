//! Windows' installer library, which has called us: its functions are looked up in the process, so that the driver links
//! no part of a driver manager.

use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleW, GetProcAddress};
use windows_sys::core::{PCSTR, w};

use crate::setup::{Installer, Refusal};

type Write = unsafe extern "system" fn(*const u16, *const u16) -> i32;
type Remove = unsafe extern "system" fn(*const u16) -> i32;
type WriteValue = unsafe extern "system" fn(*const u16, *const u16, *const u16, *const u16) -> i32;
type ReadValue = unsafe extern "system" fn(*const u16, *const u16, *const u16, *mut u16, i32, *const u16) -> i32;
type Post = unsafe extern "system" fn(u32, *const u16) -> i16;

/// The functions of `odbccp32.dll` that are needed here.
pub struct Odbcinst {
    add: Write,
    remove: Remove,
    is_valid: Remove,
    write: WriteValue,
    read: ReadValue,
    post: Post,
}

impl Odbcinst {
    /// The library that is loaded already; `None` if it is not.
    #[must_use]
    pub fn find() -> Option<Odbcinst> {
        // SAFETY: the types are those that `odbcinst.h` declares under these names.
        unsafe {
            Some(Odbcinst {
                add: function(c"SQLWriteDSNToIniW".as_ptr().cast())?,
                remove: function(c"SQLRemoveDSNFromIniW".as_ptr().cast())?,
                is_valid: function(c"SQLValidDSNW".as_ptr().cast())?,
                write: function(c"SQLWritePrivateProfileStringW".as_ptr().cast())?,
                read: function(c"SQLGetPrivateProfileStringW".as_ptr().cast())?,
                post: function(c"SQLPostInstallerErrorW".as_ptr().cast())?,
            })
        }
    }
}

/// # Safety
/// `T` must be the type of a pointer to the function of that name, which ends with a zero.
unsafe fn function<T: Copy>(name: PCSTR) -> Option<T> {
    debug_assert_eq!(size_of::<T>(), size_of::<usize>());
    // SAFETY: the address is one of a function of type `T`.
    unsafe {
        let library = GetModuleHandleW(w!("odbccp32.dll"));
        let address = GetProcAddress(library, name)?;
        Some(std::mem::transmute_copy(&address))
    }
}

fn text(text: &str) -> Vec<u16> {
    text.encode_utf16().filter(|unit| *unit != 0).chain([0]).collect()
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
        unsafe { (self.write)(section.as_ptr(), key.as_ptr(), value.as_ptr(), w!("odbc.ini")) != 0 }
    }

    fn read(&self, data_source: &str, key: &str) -> String {
        const LONGEST: u16 = 4096;
        let (section, key) = (text(data_source), text(key));
        let mut value = vec![0; usize::from(LONGEST)];
        let (place, room) = (value.as_mut_ptr(), i32::from(LONGEST));
        let length = unsafe { (self.read)(section.as_ptr(), key.as_ptr(), w!(""), place, room, w!("odbc.ini")) };
        let value = value.get(..usize::try_from(length).unwrap_or_default()).unwrap_or_default();
        String::from_utf16_lossy(value)
    }

    fn refuse(&self, error: Refusal, message: &str) {
        unsafe { (self.post)(error as u32, text(message).as_ptr()) };
    }
}
