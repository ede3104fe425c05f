//! What all connections of one signed-in user share: token broker and HTTP client.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use tokio::runtime::{Handle, Id};

use super::turns::Turns;
use super::{Clock, RetryPolicy, http_client};
use crate::auth::{self, Broker, Resolved};
use crate::error::Result;
use crate::limits::Limits;
use crate::reader::Reuse;
use crate::settings::{InitiateOAuth, Settings, StoreLocation};

/// One signed-in identity of this process.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) base_url: String,
    pub(crate) limits: Arc<Limits>,
    pub(crate) http: reqwest::Client,
    pub(crate) broker: Broker,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) retry: RetryPolicy,
    pub(crate) reuse: Reuse,
    pub(crate) turns: Turns,
}

/// What makes two connections one identity. The network settings belong to it, since they shape the HTTP client.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    base_url: String,
    client_id: String,
    store: StoreLocation,
    may_refresh: bool,
    network: String,
    runtime: Id,
}

type Registry = Mutex<HashMap<Key, Weak<Identity>>>;

impl Identity {
    /// The identity of this sign-in: the one that another connection has opened, or a new one.
    pub(crate) fn shared(
        settings: &Settings,
        resolved: Resolved,
        runtime: &Handle,
        clock: Arc<dyn Clock>,
        retry: RetryPolicy,
    ) -> Result<Arc<Self>> {
        static REGISTRY: OnceLock<Registry> = OnceLock::new();
        let key = Key {
            base_url: settings.base_url.clone(),
            client_id: resolved.sign_in.client_id.clone(),
            store: resolved.store.location(),
            may_refresh: settings.initiate_oauth != InitiateOAuth::Off,
            network: network(settings),
            runtime: runtime.id(),
        };
        let mut registry = REGISTRY.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(identity) = registry.get(&key).and_then(Weak::upgrade) {
            return Ok(identity);
        }
        registry.retain(|_, identity| identity.strong_count() > 0);
        // The HTTP client makes its timers where it is made.
        let _entered = runtime.enter();
        let http = http_client(settings)?;
        let limits = Arc::new(Limits::new(&key.store, &key.base_url, &key.client_id, Arc::clone(&clock)));
        let there = (http.clone(), Arc::clone(&limits));
        let broker = auth::broker(resolved, settings, there, (Arc::clone(&clock), retry), runtime.clone());
        let base_url = settings.base_url.clone();
        let (reuse, turns) = (Reuse::default(), Turns::default());
        let identity = Arc::new(Self { base_url, limits, http, broker, clock, retry, reuse, turns });
        registry.insert(key, Arc::downgrade(&identity));
        Ok(identity)
    }
}

fn network(settings: &Settings) -> String {
    let password = settings.proxy.password.as_ref().map(crate::settings::Secret::reveal);
    format!("{:?} {:?} {:?}", settings.ssl_server_cert, settings.proxy, password)
}
