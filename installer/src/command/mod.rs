//! What each command does.

pub mod demo;
pub mod dsn;
pub mod install;
pub mod login;
pub mod query;
