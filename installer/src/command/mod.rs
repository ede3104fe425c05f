//! What each command does.

pub mod demo;
pub mod doctor;
pub mod dsn;
pub mod explain;
pub mod install;
pub mod login;
pub mod logout;
pub mod query;
pub mod shell;
pub mod undo;
