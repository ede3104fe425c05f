//! The C boundary, and the only place of the project with `unsafe` code.
//!
//! * `exports`: every exported `SQL*` symbol, a line or two each,
//! * `manifest`: the same list as data, for SQLGetFunctions and for the tests,
//! * `guard`: what happens around each call,
//! * `installer`: unixODBC's installer library, for the set-up entry points,
//! * `memory`, `text`: application memory as values that safe code may use,
//! * `structs`: the structures of `sqltypes.h`.

#![allow(unsafe_code)]

pub mod exports;
pub mod guard;
#[cfg(unix)]
pub mod installer;
pub mod manifest;
pub mod memory;
pub mod structs;
pub mod text;
