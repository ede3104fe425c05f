//! Facts about the driver as data: its types, its SQLGetInfo answers, what SQL it runs.

pub mod capabilities;
pub mod conversions;
pub mod types;
pub mod values;
