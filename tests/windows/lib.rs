//! The driver as it is installed on Windows, through Windows' driver manager: tests/windows/run starts these under Wine.
//!
//! `EXACT_ODBC` is the installed program; the simulated company is the one that it brings along.

#![cfg(all(test, windows))]
#![allow(unsafe_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cancel;
mod commands;
mod data;
mod dialog;
mod library;
mod process;
mod set_up;
mod sign_in;
mod support;
