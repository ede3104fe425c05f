//! The C ABI of the driver, called directly and without a driver manager.
//!
//! The connection needs no service: nothing here reads a table.

#![allow(unsafe_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod allocations;
mod asynchronous;
mod catalog;
mod connecting;
mod connectors;
mod cursors;
mod data;
mod descriptors;
mod exports;
mod information;
mod lifetimes;
mod nulls;
mod parameters;
mod privileges;
mod procedures;
#[cfg(target_os = "linux")]
mod processes;
mod readme;
mod states;
mod support;
mod threads;
mod transactions;
mod transitions;
