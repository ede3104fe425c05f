//! Which part of a query Exact Online answers itself. Each rule is a pure function over an expression and what the
//! entity can do; the answer is DataFusion's `Exact`, `Inexact` or `Unsupported`.

pub mod arguments;
pub mod attempt;
pub mod bookmark;
pub mod contradiction;
pub mod division;
pub mod early;
pub mod exists;
pub mod expand;
pub mod extremes;
pub mod filter;
mod in_turn;
pub mod keys;
pub mod late;
mod literals;
pub mod path;
pub mod refusals;
pub mod sharing;
pub mod top;
pub mod twin;

pub use literals::literal_of;
