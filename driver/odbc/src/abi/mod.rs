//! The C boundary, and the only place of the project with `unsafe` code.
//!
//! * `exports`: every exported `SQL*` symbol, a line or two each,
//! * `manifest`: the same list as data, for SQLGetFunctions and for the tests,
//! * `guard`: what happens around each call,
//! * `memory`, `text`: application memory as values that safe code may use,
//! * `structs`: the structures of `sqltypes.h`.

#![allow(unsafe_code)]

pub mod exports;
pub mod guard;
pub mod manifest;
pub mod memory;
pub mod structs;
pub mod text;
