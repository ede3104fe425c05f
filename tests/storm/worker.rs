//! One of the processes of the storm: eight threads that read until they are killed.
//!
//! Arguments: base URL, store of the sign-in, file with the time, seed. Each read gives a line of output: the time at which
//! it ended, `ok` or the SQLSTATE, and the rows or the error's text, separated by tabs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod clock;

use std::sync::Arc;
use std::time::Duration;

use exact_client::error::Result;
use exact_client::model::{AccessKind, Entity, EntityKind, model};
use exact_client::settings::Settings;
use exact_client::transport::{Clock, RetryPolicy, World};
use exact_client::{ReadRequest, Session, read};
use fastrand::Rng;
use futures::StreamExt;
use tokio::runtime::{Builder, Handle};

use clock::StepClock;

const THREADS: u64 = 8;
const DIVISIONS: [i32; 3] = [5512, 5513, 5515];
/// Endpoints that are read. Errors are counted for each, and a step of the clock can end a token while it is under way.
const ENDPOINTS: usize = 150;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base_url, store, time, seed] = &arguments[..] else { panic!("base URL, store, clock and seed, please") };
    let seed: u64 = seed.parse().unwrap();
    // A request under way survives a step of the clock.
    let properties =
        [("BaseUrl", base_url.as_str()), ("OAuthSettingsLocation", store), ("Division", "5512"), ("Timeout", "3600")];
    let pairs: Vec<_> = properties.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let (settings, _) = Settings::from_pairs(&pairs, &[]).unwrap();
    let clock = Arc::new(StepClock::open(time.as_ref()));
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (settings, clock, handle) = (settings.clone(), Arc::clone(&clock), runtime.handle().clone());
            std::thread::spawn(move || work(&settings, &clock, &handle, Rng::with_seed(seed * THREADS + thread)))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Connects now and then, and reads all the time.
fn work(settings: &Settings, clock: &Arc<StepClock>, handle: &Handle, mut rng: Rng) {
    let entities: Vec<&Entity> = model().entities().iter().filter(|entity| is_read(entity)).take(ENDPOINTS).collect();
    loop {
        let world = World { clock: Arc::clone(clock) as _, retry: RetryPolicy::default() };
        let opened = handle.block_on(Session::open_in(settings, handle.clone(), world));
        let session = match opened {
            Ok((session, _)) => session,
            Err(error) => {
                tell(clock, Err(error));
                continue;
            }
        };
        for _ in 0..rng.u32(1..20) {
            let request = request(rng.choice(&entities).unwrap(), *rng.choice(&DIVISIONS).unwrap(), rng.u64(1..130));
            tell(clock, handle.block_on(rows(&session, request)));
            std::thread::sleep(Duration::from_millis(rng.u64(0..60)));
        }
    }
}

fn is_read(entity: &Entity) -> bool {
    entity.kind == EntityKind::Table && entity.is_listed() && entity.in_division && entity.regular().is_some()
}

fn request(entity: &'static Entity, division: i32, top: u64) -> ReadRequest {
    ReadRequest {
        entity,
        path: entity.path(AccessKind::Regular).unwrap(),
        division,
        columns: entity.keys.clone(),
        filter: None,
        order_by: None,
        top: Some(top),
        parameters: Vec::new(),
        key: None,
    }
}

async fn rows(session: &Arc<Session>, request: ReadRequest) -> Result<usize> {
    let mut stream = read(session, request);
    let mut rows = 0;
    while let Some(batch) = stream.next().await {
        rows += batch?.num_rows();
    }
    Ok(rows)
}

fn tell(clock: &StepClock, outcome: Result<usize>) {
    match outcome {
        Ok(rows) => println!("{}\tok\t{rows}", clock.now_ms()),
        Err(error) => {
            println!("{}\t{}\t{error}", clock.now_ms(), error.sqlstate());
            // Whoever reads this needs a moment to mend it.
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}
