//! What each command does.

pub mod demo;
pub mod doctor;
pub mod dsn;
pub mod explain;
#[cfg_attr(windows, path = "install_windows.rs")]
pub mod install;
pub mod login;
pub mod logout;
pub mod query;
pub mod shell;
pub mod undo;
