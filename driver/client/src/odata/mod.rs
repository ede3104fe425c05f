//! The service's dialect of OData v2, without any I/O: literals, URLs, error bodies, pages.

pub mod error;
pub mod literal;
pub(crate) mod metadata;
pub mod page;
pub mod url;
