//! The client crate against the simulator: paging, sign-in, limits, and a network that fails.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod crash;
mod fair;
mod faults;
mod limits;
mod network;
mod paging;
mod secrets;
mod sign_in;
mod support;
mod switches;
