//! Processes that are killed (kill -9) while they renew a sign-in: the store works afterwards, or it says what happened.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use exact_client::auth::{Store, StoredSignIn};
use exact_client::error::Error;
use exact_client::settings::Settings;
use exact_client::{Session, read};
use exact_simulator::{Action, Fault, MAIN_DIVISION, Options, Simulator, Switches};
use futures::StreamExt;
use tokio::runtime::Handle;

use crate::support::{accounts, pinned, unlimited};

/// How the settings reach the process that is to be killed.
const SETTINGS: &str = "EXACT_TEST_CONNECTION";

/// The process that is to be killed: it connects and reads, as an application does.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a process that other tests start"]
async fn reader() {
    let text = std::env::var(SETTINGS).unwrap();
    let pairs = exact_client::settings::parse_connection_string(&text).unwrap();
    let settings = Settings::from_pairs(&pairs, &[]).unwrap().0;
    match rows(&settings).await {
        Ok(rows) => println!("rows={rows}"),
        Err(error) => println!("error={error}"),
    }
}

async fn rows(settings: &Settings) -> Result<usize, Error> {
    let (session, _) = Session::open(settings, Handle::current()).await?;
    let mut stream = read(&session, accounts(&["ID"]));
    let mut rows = 0;
    while let Some(batch) = stream.next().await {
        rows += batch?.num_rows();
    }
    Ok(rows)
}

/// A company, and a store on disk with a sign-in to it that has not been renewed yet.
struct Place {
    simulator: Simulator,
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Place {
    async fn new(switches: Switches) -> Place {
        let simulator = Simulator::start(Options { scale: 0.01, switches, ..Options::default() }).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sign-in.json");
        let consent = simulator.sign_in();
        let secret = exact_client::settings::Secret::new(consent.client_secret);
        let token = exact_client::settings::Secret::new(consent.refresh_token);
        let sign_in = StoredSignIn::begin(&simulator.base_url(), &consent.client_id, secret, Some(token));
        Store::at(&path).lock().await.unwrap().save(&sign_in).unwrap();
        Place { simulator, _folder: folder, path }
    }

    fn text(&self) -> String {
        format!(
            "BaseUrl={};Division={MAIN_DIVISION};OAuthSettingsLocation={};Timeout=30",
            self.simulator.base_url(),
            self.path.display()
        )
    }

    async fn rows(&self) -> Result<usize, Error> {
        let pairs = exact_client::settings::parse_connection_string(&self.text()).unwrap();
        rows(&Settings::from_pairs(&pairs, &[]).unwrap().0).await
    }

    fn start(&self) -> Child {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::reader", "--ignored", "--nocapture"])
            .env(SETTINGS, self.text())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn stored(&self) -> StoredSignIn {
        Store::at(&self.path).load().unwrap().unwrap()
    }

    fn token_calls(&self) -> usize {
        self.simulator.requests().iter().filter(|request| request.is_token).count()
    }

    /// Starts a reader, waits until it has come so far, and kills it.
    async fn killed_when(&self, so_far: impl Fn(&Place) -> bool) -> u32 {
        let mut child = self.start();
        let begun = Instant::now();
        while !so_far(self) {
            assert!(begun.elapsed() < Duration::from_secs(60), "the reader did not come so far");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let process = child.id();
        child.kill().unwrap();
        child.wait().unwrap();
        // It may have been killed before its request came to the fault.
        self.simulator.clear_faults();
        process
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_before_the_service_has_taken_the_token_costs_nothing() {
    let place = Place::new(unlimited()).await;
    place.simulator.inject(Fault::on("oauth2/token", Action::Stall(60_000)).times(1));
    let process = place.killed_when(|place| place.stored().renewal.is_some()).await;
    assert_eq!(place.stored().renewal.map(|renewal| renewal.process), Some(process), "the marker names who was killed");
    assert_eq!(place.rows().await.unwrap(), 20);
    assert_eq!((place.stored().renewal, place.stored().ended), (None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_sending_and_storing_is_told_as_such_and_not_tried_again() {
    let place = Place::new(pinned()).await;
    place.simulator.inject(Fault::on("oauth2/token", Action::StallInBody(60_000)).times(1));
    let process = place.killed_when(|place| place.token_calls() == 1).await;
    let error = place.rows().await.unwrap_err();
    assert_eq!(error.sqlstate(), "28000");
    let text = error.to_string();
    let sent = text.split_once("sent its refresh token at ").unwrap().1.split_once(" UTC").unwrap().0;
    assert_eq!(
        text,
        format!(
            "the sign-in was lost: process {process} sent its refresh token at {sent} UTC and was ended, or lost the \
             connection, before it could store the answer (HTTP status 401: unauthorized_client; Old refresh token \
             used.). Sign in again with: exact-odbc login"
        )
    );
    let asked = place.token_calls();
    assert_eq!(place.rows().await.unwrap_err().to_string(), text, "what is known to fail is told again");
    assert_eq!(place.token_calls(), asked, "and not sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_previous_token_is_taken_once_even_that_kill_costs_nothing() {
    let place = Place::new(Switches { previous_refresh_token_once: true, ..unlimited() }).await;
    place.simulator.inject(Fault::on("oauth2/token", Action::StallInBody(60_000)).times(1));
    place.killed_when(|place| place.token_calls() == 1).await;
    assert_eq!(place.rows().await.unwrap(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_after_storing_leaves_a_token_that_is_used() {
    let place = Place::new(unlimited()).await;
    place.simulator.inject(Fault::on("crm/Accounts", Action::Stall(60_000)).times(1));
    place.killed_when(|place| place.stored().access_token.is_some()).await;
    assert_eq!(place.stored().renewal, None);
    assert_eq!(place.rows().await.unwrap(), 20);
    assert_eq!(place.token_calls(), 1, "connecting again costs no call");
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_share_one_renewal() {
    let place = Place::new(unlimited()).await;
    let children: Vec<Child> = (0..4).map(|_| place.start()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(said(&output).contains("rows=20"), "{}", said(&output));
    }
    assert_eq!(place.token_calls(), 1);
}

/// Kills at many moments, with no stalls: those in between are met as well. After each the store works.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_moment_leaves_a_store_that_works() {
    let place = Place::new(Switches { previous_refresh_token_once: true, ..unlimited() }).await;
    for round in 0..24_u64 {
        let mut child = place.start();
        // The process is up after some ten milliseconds; its renewal takes a few.
        tokio::time::sleep(Duration::from_millis(4 + round * 3)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(place.rows().await.unwrap(), 20, "round {round}: {:?}", place.stored());
        place.simulator.advance_clock(Duration::from_secs(580));
        // Our own clock does not go with the simulator's.
        let stored = StoredSignIn { issued_ms: place.stored().issued_ms - 580_000, ..place.stored() };
        Store::at(&place.path).lock().await.unwrap().save(&stored).unwrap();
    }
    let beside = std::fs::read_dir(place.path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = beside.filter(|name| name.to_string_lossy().ends_with(".new")).collect();
    assert!(left.is_empty(), "{left:?}");
}
