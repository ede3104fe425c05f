//! Signing in: the store of the sign-in, the token endpoint, and the broker that hands out access tokens.

mod broker;
mod exchange;
mod import;
mod refusal;
mod resolve;
mod sign_in;
mod store;

use std::sync::Arc;

use tokio::runtime::Handle;

pub use import::{import_code, import_refresh_token};
pub use sign_in::{DEFAULT_LIFE_S, REFRESH_AFTER_S, StoredSignIn};
pub use store::{Store, StoreLock};

pub(crate) use broker::Broker;
pub(crate) use refusal::LOGIN;
pub(crate) use resolve::{Resolved, resolve};

use crate::settings::{InitiateOAuth, Settings};
use crate::transport::Clock;
use exchange::TokenEndpoint;

/// The broker of this sign-in over this HTTP client.
pub(crate) fn broker(
    resolved: Resolved,
    settings: &Settings,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    runtime: Handle,
) -> Broker {
    let endpoint = TokenEndpoint { http, timeout: settings.timeout };
    let may_refresh = settings.initiate_oauth != InitiateOAuth::Off;
    Broker::new(resolved.store, resolved.sign_in, endpoint, clock, may_refresh, runtime)
}
