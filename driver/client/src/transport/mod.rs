//! One HTTP client per identity, its calls, and the sessions that connections hold.

mod answer;
mod call;
mod change;
mod clock;
mod departure;
mod http;
mod identity;
mod meter;
mod retry;
mod session;
mod turns;
mod verb;

pub use clock::{Clock, Sleep, SystemClock, moment};
pub use meter::Meter;
pub use retry::RetryPolicy;
pub use session::{Session, TokenAges, World};
pub use verb::Verb;

pub(crate) use call::{Call, Decoded, Received};
pub(crate) use departure::{Answered, Departure, Witness};
pub(crate) use retry::Trouble;

#[cfg(test)]
mod tests;

pub(crate) use http::{connection_error, http_client, reason};
