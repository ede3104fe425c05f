//! Reading: from an address and its options to a page of rows.

pub mod atom;
mod candidates;
pub mod json;
pub mod metadata;
pub mod page;
pub mod plan;

pub use candidates::by_guid;
