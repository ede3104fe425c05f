//! The SQL floor of the driver: text goes in, Arrow record batches come out.
//!
//! A statement is read by [`dialect`], planned by the DataFusion session of its connection ([`session`]) over one
//! table provider for every entity ([`table`]), its conditions are turned into OData by [`pushdown`], and its rows
//! are handed over as a forward stream ([`Rows`]). Nothing here knows about ODBC, and preparing makes no HTTP call.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod apply;
mod cancel;
mod coercion;
mod complete;
mod connection;
mod dialect;
mod divisions;
mod error;
mod explain;
mod first_row;
mod functions;
mod interrupt;
mod parameters;
mod pushdown;
mod report;
mod rows;
mod runtime;
mod session;
mod sizes;
mod statement;
mod statistics;
mod system;
mod table;
mod types;
mod value;
mod write;

pub use cancel::{CancelToken, Deadline, Limits};
pub use connection::Connection;
pub use datafusion::arrow;
pub use dialect::KEYWORDS;
pub use error::{CallLimit, Error, Place, Result};
pub use exact_client::auth::program;
pub use exact_client::{Notice, model, settings};
pub use rows::Rows;
pub use runtime::Engine;
pub use statement::{ColumnDescription, Execution, ParameterDescription, Statement};
pub use value::Value;
