//! The exported functions. Each turns its arguments into views of application memory and forwards
//! through the guard to the function of the same family in `api`.
//!
//! # Safety
//! What every function demands is what the ODBC specification demands of applications: handles are those
//! that the driver gave, pointers are null or valid for the lengths passed with them, and bound
//! buffers stay valid until they are unbound. Invalid handles are recognised without following them.

#![allow(non_snake_case, clippy::missing_safety_doc, clippy::too_many_arguments)]

mod attributes;
mod catalog;
mod connection;
mod descriptors;
mod diagnostics;
mod handles;
mod results;
mod setup;
mod statement;

pub use attributes::*;
pub use catalog::*;
pub use connection::*;
pub use descriptors::*;
pub use diagnostics::*;
pub use handles::*;
pub use results::*;
pub use setup::*;
pub use statement::*;

pub use super::guard::Handle;
