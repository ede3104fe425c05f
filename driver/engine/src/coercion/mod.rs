//! Values of different types beside each other, as people expect them to behave (product section 5): 'True' for a yes/no
//! column, a guid in braces, dates as text, numbers beside text, days added to a date.
//!
//! [`literals`] fits one value, [`comparisons`] a comparison, [`arithmetic`] what is added and multiplied.

pub mod arithmetic;
mod collation;
pub mod comparisons;
mod literals;
mod null_safe;
mod patterns;
pub mod texts;

pub use literals::{canonical_guid, fit, not_a_moment, parse_moment};
