//! A faithful Exact Online REST API on loopback.
//!
//! Built from the fact sheet alone; it shares no code with the driver. See the README beside this crate.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod arguments;
mod catalog;
mod clock;
mod company;
mod control;
mod failure;
mod faults;
mod limits;
mod lists;
mod me;
mod oauth;
mod odata;
mod options;
mod reading;
mod records;
mod reply;
mod rights;
mod server;
mod service;
mod sync;
mod tls;
mod wire;
mod world;
mod writing;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

pub use faults::{Action, Fault};
pub use options::{ErrorBody, Options, PROFILES, Switches};
pub use records::{Counter, RequestRecord};
pub use tls::AUTHORITY;
pub use world::{EMPTY_DIVISION, FORBIDDEN_DIVISION};

/// The user's current division.
pub const MAIN_DIVISION: i32 = 5512;

/// What a person's consent leaves behind.
#[derive(Clone, Debug)]
pub struct SignIn {
    pub client_id: String,
    pub client_secret: String,
    pub refresh_token: String,
}

/// A listener on this port, or on one that no other simulator of this process has had: a client keeps what it knows of a
/// service, such as its limits, by its address.
fn listener(port: u16) -> std::io::Result<TcpListener> {
    static HAD: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let mut had = HAD.lock();
    // Those that are passed over stay taken meanwhile, so that each attempt has another.
    let mut passed_over = Vec::new();
    loop {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        if had.insert(listener.local_addr()?.port()) || port != 0 {
            return Ok(listener);
        }
        passed_over.push(listener);
    }
}

/// A running simulator on 127.0.0.1, on threads of its own. It stops when it is dropped.
pub struct Simulator {
    port: u16,
    scheme: &'static str,
    world: Arc<world::World>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Simulator {
    /// Starts a simulator.
    ///
    /// # Errors
    /// When the port is taken or threads cannot be started.
    pub fn start(options: Options) -> std::io::Result<Simulator> {
        let listener = listener(options.port)?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let tls = if options.tls { Some(tls::acceptor()?) } else { None };
        let scheme = if options.tls { "https" } else { "http" };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let world = Arc::new(world::World::new(&options));
        let serving = world.clone();
        let guard = runtime.enter();
        let listener = tokio::net::TcpListener::from_std(listener)?;
        drop(guard);
        runtime.spawn(server::serve(listener, serving, tls));
        Ok(Simulator { port, scheme, world, runtime: Some(runtime) })
    }

    /// `http://127.0.0.1:PORT`, or `https` with [`Options::tls`].
    pub fn base_url(&self) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.port)
    }

    /// A fresh token chain for the registered app, as if a person had consented.
    pub fn sign_in(&self) -> SignIn {
        self.sign_in_as(oauth::CLIENT_ID)
    }

    /// The same for any client id; a new one is registered.
    pub fn sign_in_as(&self, client_id: &str) -> SignIn {
        let now = self.world.clock.now();
        let (client_secret, refresh_token) = self.world.oauth.sign_in(client_id, now, &self.world.switches());
        SignIn { client_id: client_id.to_owned(), client_secret, refresh_token }
    }

    /// All requests since the last reset, in order; those to `/_control` are left out.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.world.records.all()
    }

    pub fn reset_requests(&self) {
        self.world.records.reset();
    }

    /// Milliseconds since 1970 UTC, on the simulator's clock.
    pub fn now(&self) -> i64 {
        self.world.clock.now()
    }

    pub fn advance_clock(&self, by: Duration) {
        self.world.clock.advance(by);
    }

    /// Lets the clock stand still, so that no window ends by itself.
    pub fn freeze_clock(&self, frozen: bool) {
        self.world.clock.freeze(frozen);
    }

    pub fn switches(&self) -> Switches {
        (*self.world.switches()).clone()
    }

    pub fn set_switches(&self, switches: Switches) {
        self.world.set_switches(switches);
    }

    pub fn inject(&self, fault: Fault) {
        self.world.faults.inject(fault);
    }

    pub fn clear_faults(&self) {
        self.world.faults.clear();
    }

    /// Moves a division to another database: Timestamps begin anew. False when there is no such division.
    pub fn move_division(&self, division: i32) -> bool {
        self.world.move_division(division)
    }

    /// Waits for ever; for the binary.
    pub fn run(&self) {
        loop {
            std::thread::park();
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A runtime may not be ended within async code; on a thread of its own it may, and the port is free after that.
            let ending = std::thread::spawn(move || runtime.shutdown_timeout(Duration::from_millis(200)));
            // A panic there has nothing to tell whoever drops the simulator.
            let _ = ending.join();
        }
    }
}
