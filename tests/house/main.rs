//! The rules of the house that a compiler does not check: who may use whom, where `unsafe` may stand, how long a file
//! may be, and that README.md tells the same properties as the driver knows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod dependencies;
mod readme;
mod sources;
mod versions;

use std::path::Path;

/// The root of the repository.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
