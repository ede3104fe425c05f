//! A simulated company and connections to it, for the tests of this folder.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use exact_engine::arrow::util::display::{ArrayFormatter, FormatOptions};
use exact_engine::settings::{Settings, parse_connection_string};
use exact_engine::{Connection, Engine, Error, Limits, Value};
use exact_simulator::{Options, Simulator, Switches};

pub struct Company {
    pub simulator: Simulator,
    pub engine: Arc<Engine>,
}

/// Rows as text, as a person would compare them; NULL is the text `NULL`.
pub type Table = Vec<Vec<String>>;

impl Company {
    /// The smallest company, under the profile that `EXACT_PROFILE` names.
    pub fn start() -> Self {
        let switches = Switches::of_environment().expect("EXACT_PROFILE names a profile");
        Self::with(Options { scale: 0.01, switches, ..Options::default() })
    }

    pub fn with(mut options: Options) -> Self {
        // The driver obeys the limits that the replies tell, so that they must not be reached.
        options.switches.minute_limit = 1_000_000;
        options.switches.day_limit = 1_000_000;
        Self::limited(options)
    }

    /// A company that tells of its own limits, of which none is enforced.
    pub fn limited(mut options: Options) -> Self {
        options.switches.rate_limits = false;
        // What the driver knows of a service it keeps under its address, so that no two companies may have the same one.
        static ADDRESSES: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
        let simulator = loop {
            let simulator = Simulator::start(options.clone()).unwrap();
            if ADDRESSES.lock().unwrap().insert(simulator.base_url()) {
                break simulator;
            }
        };
        Self { simulator, engine: Engine::start().unwrap() }
    }

    /// A connection with a sign-in of its own and `extra` properties.
    pub fn connect(&self, extra: &str) -> Connection {
        self.try_connect(extra).unwrap()
    }

    pub fn try_connect(&self, extra: &str) -> Result<Connection, Error> {
        static STORES: AtomicUsize = AtomicUsize::new(0);
        let number = STORES.fetch_add(1, Ordering::Relaxed);
        // A second sign-in of the same app may end the first one.
        let sign_in = self.simulator.sign_in_as(&format!("client-{number}"));
        let text = format!(
            "BaseUrl={};{extra};Division=5512;OAuthClientId={};OAuthClientSecret={};OAuthRefreshToken={};\
             OAuthSettingsLocation=memory://engine-{}",
            self.simulator.base_url(),
            sign_in.client_id,
            sign_in.client_secret,
            sign_in.refresh_token,
            number,
        );
        let (settings, _) = Settings::from_pairs(&parse_connection_string(&text)?, &[])?;
        let (connection, _) = Connection::open(Arc::clone(&self.engine), settings, &Limits::default())?;
        Ok(connection)
    }

    /// The data requests, decoded, that `work` caused: sign-in and current/Me are left out.
    pub fn requests_of(&self, work: impl FnOnce()) -> Vec<String> {
        self.simulator.reset_requests();
        work();
        self.simulator
            .requests()
            .into_iter()
            .filter(|request| !request.is_token && !request.is_me)
            .map(|request| match request.query.is_empty() {
                true => request.path,
                false => format!("{}?{}", request.path, request.query),
            })
            .collect()
    }
}

pub fn rows(connection: &Connection, sql: &str) -> Table {
    try_rows(connection, sql, &[]).unwrap_or_else(|error| panic!("{sql}\n{error}"))
}

pub fn try_rows(connection: &Connection, sql: &str, parameters: &[Value]) -> Result<Table, Error> {
    let statements = connection.prepare(sql)?;
    let statement = statements.first().expect("a statement");
    let limits = Limits::default();
    let mut result = statement.execute(parameters, &limits, 0)?.result.expect("a result");
    let format = FormatOptions::default().with_null("NULL");
    let mut table = Table::new();
    while let Some(batch) = result.next_batch(&limits)? {
        let columns: Vec<_> =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &format).unwrap()).collect();
        for row in 0..batch.num_rows() {
            table.push(columns.iter().map(|column| column.value(row).to_string()).collect());
        }
    }
    Ok(table)
}

/// The same rows in an order that does not depend on how they were read.
pub fn sorted(mut table: Table) -> Table {
    table.sort();
    table
}
