//! The C boundary, and the only place of the project with `unsafe` code.
//!
//! * `exports`: every exported `SQL*` symbol, a line or two each,
//! * `manifest`: the same list as data, for SQLGetFunctions and for the tests,
//! * `guard`: what happens around each call,
//! * `installer`: the installer library of the system, for the set-up entry points,
//! * `memory`, `text`: application memory as values that safe code may use,
//! * `process`: this library in a process of Windows,
//! * `structs`: the structures of `sqltypes.h`.

#![allow(unsafe_code)]

pub mod exports;
pub mod guard;
#[cfg_attr(windows, path = "installer_windows.rs")]
pub mod installer;
pub mod manifest;
pub mod memory;
#[cfg(windows)]
pub mod process;
pub mod structs;
pub mod text;
