//! A simulated company and a session with it.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arrow::array::{AsArray, RecordBatch};
use exact_client::error::Result;
use exact_client::model::{AccessKind, Entity, model};
use exact_client::settings::Settings;
use exact_client::{ReadRequest, Session, read};
use exact_simulator::{MAIN_DIVISION, Options, RequestRecord, Simulator, Switches};
use futures::StreamExt;
use tokio::runtime::Handle;

/// A running simulator with a signed-in session.
pub struct Service {
    pub simulator: Simulator,
    pub session: Arc<Session>,
}

/// No limits that a test would have to wait for.
pub fn unlimited() -> Switches {
    Switches { rate_limits: false, minute_limit: 1_000_000, day_limit: 1_000_000, ..Switches::default() }
}

impl Service {
    /// The smallest company: 20 accounts, 2,000 ledger lines.
    pub async fn small() -> Service {
        Service::with(0.01, unlimited(), &[]).await
    }

    pub async fn with(scale: f64, switches: Switches, properties: &[(&str, &str)]) -> Service {
        let simulator = Simulator::start(Options { scale, switches, ..Options::default() }).unwrap();
        let session = open(&simulator, properties).await.unwrap();
        simulator.reset_requests();
        Service { simulator, session }
    }

    /// What was asked of the service, sign-in left out.
    pub fn data_requests(&self) -> Vec<RequestRecord> {
        self.simulator.requests().into_iter().filter(|request| !request.is_token).collect()
    }

    pub fn token_requests(&self) -> usize {
        self.simulator.requests().iter().filter(|request| request.is_token).count()
    }

    /// All batches of a read.
    pub async fn batches(&self, request: ReadRequest) -> Result<Vec<RecordBatch>> {
        let mut stream = read(&self.session, request);
        let mut batches = Vec::new();
        while let Some(batch) = stream.next().await {
            batches.push(batch?);
        }
        Ok(batches)
    }

    /// The number of rows of a read.
    pub async fn rows(&self, request: ReadRequest) -> Result<usize> {
        Ok(self.batches(request).await?.iter().map(RecordBatch::num_rows).sum())
    }
}

/// A session of its own store.
pub async fn open(simulator: &Simulator, properties: &[(&str, &str)]) -> Result<Arc<Session>> {
    static STORES: AtomicU32 = AtomicU32::new(0);
    let sign_in = simulator.sign_in();
    let store = format!("memory://wire-{}", STORES.fetch_add(1, Ordering::Relaxed));
    let own = [
        ("BaseUrl", simulator.base_url()),
        ("Division", MAIN_DIVISION.to_string()),
        ("OAuthClientId", sign_in.client_id),
        ("OAuthClientSecret", sign_in.client_secret),
        ("OAuthRefreshToken", sign_in.refresh_token),
        ("OAuthSettingsLocation", store),
    ];
    let given: Vec<_> = properties.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let own: Vec<_> = own.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let (settings, notices) = Settings::from_pairs(&given, &own)?;
    assert!(notices.is_empty(), "{notices:?}");
    Ok(Session::open(&settings, Handle::current()).await?.0)
}

pub fn entity(schema: &str, name: &str) -> &'static Entity {
    model().find(Some(schema), name).unwrap()
}

/// A read of some columns in the main division.
pub fn request(entity: &'static Entity, kind: AccessKind, columns: &[&str]) -> ReadRequest {
    ReadRequest {
        entity,
        path: entity.path(kind).unwrap_or_else(|| panic!("{} has no {kind:?} path", entity.name)),
        division: MAIN_DIVISION,
        columns: columns.iter().map(|name| entity.column(name).unwrap().0).collect(),
        filter: None,
        order_by: None,
        top: None,
        parameters: Vec::new(),
        key: None,
    }
}

/// Accounts over the regular path.
pub fn accounts(columns: &[&str]) -> ReadRequest {
    request(entity("crm", "Accounts"), AccessKind::Regular, columns)
}

/// Ledger lines over the regular path.
pub fn lines(columns: &[&str]) -> ReadRequest {
    request(entity("financialtransaction", "TransactionLines"), AccessKind::Regular, columns)
}

/// The texts of a column; panics if one comes twice.
pub fn distinct(batches: &[RecordBatch], column: usize) -> HashSet<String> {
    let mut found = HashSet::new();
    for batch in batches {
        for text in batch.column(column).as_string::<i32>() {
            let text = text.expect("a key is NULL");
            assert!(found.insert(text.to_owned()), "{text} comes twice");
        }
    }
    found
}
