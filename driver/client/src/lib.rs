//! Floor 1: what Exact Online is and how to talk to it.
//!
//! A [`Session`] is one signed-in identity; [`read`] streams the rows of an entity from it as Arrow batches. No SQL and
//! no ODBC here.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::unreachable)
)]

pub mod auth;
pub mod checks;
pub mod division;
pub mod error;
pub mod journal;
pub mod limits;
mod log;
pub mod model;
pub mod odata;
pub mod reader;
pub mod settings;
pub mod transport;
pub mod writer;

pub use error::{Error, Notice, Result};
pub use reader::{Expansion, Gate, Manner, PageStream, ReadRequest, count, count_so, read, read_so, read_with};
pub use settings::Settings;
pub use transport::{Meter, Session};
