//! The ODBC driver for Exact Online: floor 3, the C world.
//!
//! A call enters through `abi` (the only `unsafe` code), which turns handles into checked objects and
//! application memory into safe views, and is answered by the function of the same family in `api`.
//! Rows arrive from the engine as Arrow batches; `convert` writes them into application memory.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod abi;
mod api;
mod catalog;
mod convert;
mod handle;
mod info;
mod setup;
mod spec;

/// What SQLGetInfo claims about SQL, for the test that runs every claim.
pub use info::capabilities as info_facts;
/// The functions, for the tests that call every one of them in every state.
pub use spec::function::Function;
