//! The client crate against the simulator, with its fault switches.
