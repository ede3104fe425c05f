//! SQL against a simulated company: descriptions, calls, and the same rows with pushdown on and off.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod accounting;
mod apply;
mod calls;
mod canned;
mod company;
mod describe;
mod differential;
mod divisions;
mod explain;
mod functions;
mod generator;
mod mistakes;
mod names;
mod resources;
mod sync;
mod system;
mod values;
mod writing;
