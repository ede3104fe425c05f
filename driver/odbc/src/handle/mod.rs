//! Handles and what they stand for.
//!
//! A handle given to the application is a token, never an address. All objects of a connection (its
//! statements and descriptors) stand behind the connection's one lock; SQLCancel needs none.

pub mod column;
pub mod condition;
pub mod connection;
pub mod cursor;
pub mod descriptor;
pub mod diagnostics;
pub mod environment;
pub mod pending;
pub mod running;
pub mod slab;
pub mod spill;
pub mod statement;
pub mod token;
