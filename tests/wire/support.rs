//! A simulated company and a session with it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use arrow::array::{AsArray, RecordBatch};
use exact_client::error::Result;
use exact_client::model::{AccessKind, Entity, model};
use exact_client::settings::Settings;
use exact_client::transport::{Clock, RetryPolicy, Sleep, SystemClock, World};
use exact_client::{ReadRequest, Session, read};
use exact_simulator::{MAIN_DIVISION, Options, RequestRecord, Simulator, Switches};
use futures::StreamExt;
use tokio::runtime::Handle;

/// The first pause of a retry in these tests.
pub const PAUSE: Duration = Duration::from_millis(40);
/// Longer waits are leapt over.
const WAITED: Duration = Duration::from_secs(5);

/// The machine's clock, and waits for a window of the limits that take no time: this clock and the simulator's leap
/// instead.
pub struct LeapingClock {
    simulator: Weak<Simulator>,
    leapt_ms: AtomicI64,
    waited_ms: AtomicU64,
}

impl std::fmt::Debug for LeapingClock {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("LeapingClock")
    }
}

impl LeapingClock {
    pub fn of(simulator: &Arc<Simulator>) -> Self {
        Self { simulator: Arc::downgrade(simulator), leapt_ms: AtomicI64::new(0), waited_ms: AtomicU64::new(0) }
    }

    /// How long has been waited in leaps.
    pub fn leapt(&self) -> Duration {
        Duration::from_millis(self.leapt_ms.load(Ordering::SeqCst).try_into().unwrap())
    }

    /// How long the driver has waited of its own accord, in leaps or not: what it cost in time beside the service's replies.
    pub fn waited(&self) -> Duration {
        Duration::from_millis(self.waited_ms.load(Ordering::SeqCst))
    }

    pub fn leap(&self, by: Duration) {
        if let Some(simulator) = self.simulator.upgrade() {
            simulator.advance_clock(by);
        }
        self.leapt_ms.fetch_add(by.as_millis().try_into().unwrap(), Ordering::SeqCst);
    }
}

impl Clock for LeapingClock {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms() + self.leapt_ms.load(Ordering::SeqCst)
    }

    fn sleep(&self, duration: Duration) -> Sleep<'_> {
        Box::pin(async move {
            self.waited_ms.fetch_add(duration.as_millis().try_into().unwrap(), Ordering::SeqCst);
            if duration < WAITED {
                return tokio::time::sleep(duration).await;
            }
            self.leap(duration);
        })
    }
}

/// A running simulator with a signed-in session.
pub struct Service {
    pub simulator: Arc<Simulator>,
    pub session: Arc<Session>,
    pub clock: Arc<LeapingClock>,
}

/// The profile that `EXACT_PROFILE` names, without limits that a test would have to wait for.
pub fn unlimited() -> Switches {
    without_limits(Switches::of_environment().expect("EXACT_PROFILE names a profile"))
}

/// The default profile whatever `EXACT_PROFILE` names, for tests whose outcome or number of calls a disputed behaviour
/// decides.
pub fn pinned() -> Switches {
    without_limits(Switches::default())
}

fn without_limits(switches: Switches) -> Switches {
    Switches { rate_limits: false, minute_limit: 1_000_000, day_limit: 1_000_000, ..switches }
}

impl Service {
    /// The smallest company: 20 accounts, 2,000 ledger lines.
    pub async fn small() -> Service {
        Service::with(0.01, unlimited(), &[]).await
    }

    /// The same under [`pinned`] switches.
    pub async fn pinned() -> Service {
        Service::with(0.01, pinned(), &[]).await
    }

    pub async fn with(scale: f64, switches: Switches, properties: &[(&str, &str)]) -> Service {
        let simulator = Arc::new(Simulator::start(Options { scale, switches, ..Options::default() }).unwrap());
        let clock = Arc::new(LeapingClock::of(&simulator));
        let session = open_in(&simulator, properties, clock.clone()).await.unwrap();
        simulator.reset_requests();
        Service { simulator, session, clock }
    }

    /// Another connection, on the same clock.
    pub async fn open(&self, properties: &[(&str, &str)]) -> Arc<Session> {
        open_in(&self.simulator, properties, self.clock.clone()).await.unwrap()
    }

    /// Another connection, which repeats calls in its own manner.
    pub async fn open_retrying(&self, retry: RetryPolicy) -> Arc<Session> {
        open_with(&self.simulator, &[], World { clock: self.clock.clone(), retry }).await.unwrap()
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
        batches(&self.session, request).await
    }

    /// The number of rows of a read.
    pub async fn rows(&self, request: ReadRequest) -> Result<usize> {
        Ok(self.batches(request).await?.iter().map(RecordBatch::num_rows).sum())
    }
}

/// A session of its own store.
pub async fn open(simulator: &Simulator, properties: &[(&str, &str)]) -> Result<Arc<Session>> {
    open_in(simulator, properties, Arc::new(SystemClock)).await
}

async fn open_in(simulator: &Simulator, properties: &[(&str, &str)], clock: Arc<dyn Clock>) -> Result<Arc<Session>> {
    let retry = RetryPolicy { first_pause: PAUSE, ..RetryPolicy::default() };
    open_with(simulator, properties, World { clock, retry }).await
}

async fn open_with(simulator: &Simulator, properties: &[(&str, &str)], world: World) -> Result<Arc<Session>> {
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
    Ok(Session::open_in(&settings, Handle::current(), world).await?.0)
}

/// All batches of a read over this session.
pub async fn batches(session: &Arc<Session>, request: ReadRequest) -> Result<Vec<RecordBatch>> {
    let mut stream = read(session, request);
    let mut batches = Vec::new();
    while let Some(batch) = stream.next().await {
        batches.push(batch?);
    }
    Ok(batches)
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

/// A condition that every row meets: a strict service demands one (fact sheet 3.2), which is the planner's to give.
pub const EVERY: &str = "ID ne guid'00000000-0000-0000-0000-000000000000'";

/// Accounts over the regular path.
pub fn accounts(columns: &[&str]) -> ReadRequest {
    ReadRequest { filter: Some(EVERY.to_owned()), ..request(entity("crm", "Accounts"), AccessKind::Regular, columns) }
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
