//! The threads of the driver: one runtime for the network and its timers, one for computing.
//!
//! They are apart so that a query that keeps every computing thread busy cannot hold up a time-out, a cancel or
//! another connection's page. Nothing is started when the library is loaded; the first environment starts both, and the last one stops them.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use exact_client::auth;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::cancel::Limits;
use crate::error::{Error, Result};

/// How long the last connection waits for running tasks before it leaves their threads alone.
const SHUTDOWN: Duration = Duration::from_secs(2);

/// How long it waits before for a refresh token on its way: its answer must be stored, or the sign-in is lost.
const EXCHANGES: Duration = Duration::from_secs(15);

/// The runtimes of this process, shared by its environments and connections. Dropping the last reference stops the threads.
pub struct Engine {
    network: Option<Runtime>,
    computing: Option<Runtime>,
    process: u32,
}

impl Engine {
    /// Gives the running engine of this process, or starts one. In a child made by `fork` the parent's threads do
    /// not exist, so a new engine is started there.
    pub fn start() -> Result<Arc<Engine>> {
        static RUNNING: Mutex<Weak<Engine>> = Mutex::new(Weak::new());
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(engine) = running.upgrade() {
            if engine.is_of_this_process() {
                return Ok(engine);
            }
            // The threads of this engine stayed in the parent: waiting for them here would never end.
            std::mem::forget(engine);
        }
        let engine = Arc::new(Engine {
            network: Some(build(Builder::new_multi_thread().worker_threads(1), "exact-network")?),
            computing: Some(build(&mut Builder::new_multi_thread(), "exact-computing")?),
            process: std::process::id(),
        });
        *running = Arc::downgrade(&engine);
        Ok(engine)
    }

    /// Not one of the parent of a fork, whose threads are not here.
    #[must_use]
    pub fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    pub(crate) fn network(&self) -> Result<&Handle> {
        self.handle(&self.network)
    }

    pub(crate) fn computing(&self) -> Result<&Handle> {
        self.handle(&self.computing)
    }

    /// Runs `work` on the calling thread within `limits`; timers and sockets are served by the network runtime.
    pub(crate) fn block_on<T>(&self, limits: &Limits, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.network()?.block_on(limits.wait(work))
    }

    fn handle<'a>(&self, runtime: &'a Option<Runtime>) -> Result<&'a Handle> {
        if !self.is_of_this_process() {
            return Err(Error::Environment {
                message: "This connection was opened before the process was forked and cannot be used in the child. \
                          Open a new connection there."
                    .into(),
            });
        }
        runtime
            .as_ref()
            .map(Runtime::handle)
            .ok_or_else(|| Error::Internal { message: "The driver's threads have been stopped.".into() })
    }
}

fn build(builder: &mut Builder, name: &str) -> Result<Runtime> {
    builder.enable_all().thread_name(name).build().map_err(|error| Error::Environment {
        message: format!(
            "The driver's threads could not be started: {error}. Check the limits on threads and memory of this \
                 account."
        ),
    })
}

impl Drop for Engine {
    fn drop(&mut self) {
        let here = self.is_of_this_process();
        if let (true, Some(network)) = (here, &self.network) {
            auth::finish_exchanges(network.handle(), EXCHANGES);
        }
        for runtime in [self.computing.take(), self.network.take()].into_iter().flatten() {
            if here {
                runtime.shutdown_timeout(SHUTDOWN);
            } else {
                std::mem::forget(runtime);
            }
        }
    }
}
