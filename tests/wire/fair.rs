//! Two processes share a minute: one that is greedy leaves the other its half.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use exact_client::auth::{Store, StoredSignIn};
use exact_client::settings::{Secret, Settings, parse_connection_string};
use exact_client::{ReadRequest, Session, read};
use exact_simulator::{MAIN_DIVISION, Options, Simulator, Switches};
use futures::StreamExt;
use tokio::runtime::Handle;

use crate::support::accounts;

const SETTINGS: &str = "EXACT_TEST_CALLER";
const MINUTE_LIMIT: u32 = 20;
const HALF: usize = 10;

/// A process that calls as fast as it may.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a process that another test starts"]
async fn caller() {
    let pairs = parse_connection_string(&std::env::var(SETTINGS).unwrap()).unwrap();
    let settings = Settings::from_pairs(&pairs, &[]).unwrap().0;
    let (session, _) = Session::open(&settings, Handle::current()).await.unwrap();
    loop {
        let one = ReadRequest { top: Some(1), ..accounts(&["ID"]) };
        read(&session, one).next().await.unwrap().unwrap();
        println!("called");
    }
}

/// A running caller, and how many calls it has made.
struct Caller(Child, Arc<AtomicUsize>);

impl Caller {
    fn start(simulator: &Simulator, store: &Path) -> Caller {
        let base_url = simulator.base_url();
        let text = format!("BaseUrl={base_url};Division={MAIN_DIVISION};OAuthSettingsLocation={}", store.display());
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "fair::caller", "--ignored", "--nocapture"])
            .env(SETTINGS, text)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (output, calls) = (child.stdout.take().unwrap(), Arc::<AtomicUsize>::default());
        let counted = Arc::clone(&calls);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                counted.fetch_add(usize::from(line.contains("called")), Ordering::SeqCst);
            }
        });
        Caller(child, calls)
    }

    fn calls(&self) -> usize {
        self.1.load(Ordering::SeqCst)
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn wait_until(what: &str, so_far: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so_far() {
        assert!(begun.elapsed() < Duration::from_secs(90), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_waits_has_its_half_of_the_next_minute() {
    let switches = Switches { minute_limit: MINUTE_LIMIT, ..Switches::default() };
    let simulator = Simulator::start(Options { scale: 0.01, switches, ..Options::default() }).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.json");
    let consent = simulator.sign_in();
    let (secret, token) = (Secret::new(consent.client_secret), Secret::new(consent.refresh_token));
    let sign_in = StoredSignIn::begin(&simulator.base_url(), &consent.client_id, secret, Some(token));
    Store::at(&store).lock().await.unwrap().save(&sign_in).unwrap();
    // Twenty seconds of the minute are left.
    let into_minute = u64::try_from(simulator.now()).unwrap() % 60_000;
    simulator.advance_clock(Duration::from_millis((100_000 - into_minute) % 60_000));

    let greedy = Caller::start(&simulator, &store);
    let limit = MINUTE_LIMIT as usize;
    wait_until("the greedy one takes the whole minute", || greedy.calls() == limit).await;
    let other = Caller::start(&simulator, &store);
    wait_until("the next minute is taken", || greedy.calls() + other.calls() >= 2 * limit).await;
    let calls = (greedy.calls() - limit, other.calls());
    assert!(calls.0.abs_diff(HALF) <= 1 && calls.1.abs_diff(HALF) <= 1, "{calls:?}");
    let refused = simulator.requests().iter().filter(|request| request.status == 429).count();
    assert_eq!(refused, 0);
}
