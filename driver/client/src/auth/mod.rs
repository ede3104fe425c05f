//! Signing in: the store of the sign-in, the token endpoint, and the broker that hands out access tokens.

mod authorise;
mod broker;
mod desktop;
mod exchange;
mod file;
mod import;
mod pending;
mod protection;
mod refusal;
mod resolve;
mod sign_in;
mod store;
mod under_way;

use std::sync::Arc;

use tokio::runtime::Handle;

pub use authorise::{Authorisation, code_of};
pub use desktop::program;
pub use import::{import_code, import_refresh_token};
pub use pending::PendingSignIn;
pub use resolve::{find_store, named_store};
pub use sign_in::{DEFAULT_LIFE_S, End, Ended, REFRESH_AFTER_S, Renewal, StoredSignIn};
pub use store::{Store, StoreLock};
pub use under_way::finish_exchanges;

pub(crate) use broker::Broker;
pub(crate) use desktop::sign_in_from_application;
pub(crate) use file::create_private;
pub(crate) use refusal::LOGIN;
pub(crate) use resolve::{Resolved, resolve};

use crate::limits::Limits;
use crate::settings::{InitiateOAuth, Settings};
use crate::transport::{Clock, RetryPolicy};
use broker::Renewer;
use exchange::TokenEndpoint;

/// The broker of this sign-in over this HTTP client, which counts its calls there.
pub(crate) fn broker(
    resolved: Resolved,
    settings: &Settings,
    (http, limits): (reqwest::Client, Arc<Limits>),
    (clock, retry): (Arc<dyn Clock>, RetryPolicy),
    runtime: Handle,
) -> Broker {
    let endpoint = TokenEndpoint { http, timeout: settings.timeout, limits };
    let may_refresh = settings.initiate_oauth != InitiateOAuth::Off;
    let renewer = Renewer { store: resolved.store, endpoint, clock, retry, may_refresh };
    Broker::new(renewer, resolved.sign_in, runtime)
}
