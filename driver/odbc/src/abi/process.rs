//! This library as a part of a Windows process: how long it stays, and whether the process is about to end.

use std::ptr::null_mut;

use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
};

#[link(name = "ntdll")]
unsafe extern "system" {
    fn RtlDllShutdownInProgress() -> u8;
}

/// Keeps this library in the process: the driver manager unloads it with the last environment, while threads that were
/// not waited for to the end may still run its code.
pub fn stay_loaded() {
    static HERE: u8 = 0;
    let mut module = null_mut();
    // SAFETY: the address is one of this library; the flags say that it is one, not a name.
    unsafe {
        GetModuleHandleExW(
            GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
            (&raw const HERE).cast(),
            &raw mut module,
        );
    }
}

/// Whether the process is ending: Windows has ended its other threads by then, wherever they were, so that none of them
/// may be waited for.
#[must_use]
pub fn is_ending() -> bool {
    // SAFETY: it takes nothing and changes nothing.
    unsafe { RtlDllShutdownInProgress() != 0 }
}
