//! No secret leaves its place: not in a log at any verbosity, not in an error, not in what a debugger prints, not in the ledger
//! of calls, not in an address, and not to another host.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use exact_client::error::Result;
use exact_client::settings::Settings;
use exact_client::transport::{RetryPolicy, World};
use exact_client::writer::{Cause, Change, Verb, send};
use exact_client::{ReadRequest, Session};
use exact_simulator::{Action, FORBIDDEN_DIVISION, Fault, MAIN_DIVISION, Options, Simulator};
use tokio::net::TcpListener;
use tokio::runtime::Handle;

use crate::support::{LeapingClock, PAUSE, accounts, batches, entity, lines, unlimited};

/// Parts of every token of the simulator, and the secrets that the test makes up.
const SECRETS: [&str; 5] = ["stampNL001", "simulated-secret", "geheim-van-de-proxy", "geheime-code", "Bearer "];

/// What could carry a secret, by the place where it was found.
struct Traces(Vec<(String, String)>);

impl Traces {
    fn add(&mut self, place: impl Into<String>, text: impl Into<String>) {
        self.0.push((place.into(), text.into()));
    }

    fn add_outcome<T: std::fmt::Debug>(&mut self, place: &str, outcome: Result<T>) {
        let error = outcome.expect_err(place);
        self.add(place, error.to_string());
        self.add(place, format!("{error:?}"));
    }

    fn add_files(&mut self, folder: &Path, except: &str) {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if !path.ends_with(except) {
                self.add(path.display().to_string(), String::from_utf8_lossy(&std::fs::read(&path).unwrap()));
            }
        }
    }

    fn check(&self) {
        for (place, text) in &self.0 {
            for secret in SECRETS {
                let at = text.find(secret).map(|at| text[..at].chars().rev().take(80).collect::<Vec<_>>());
                assert!(
                    at.is_none(),
                    "{place} shows {secret}... after {:?}",
                    at.map(|c| c.iter().rev().collect::<String>())
                );
            }
        }
    }
}

fn settings(simulator: &Simulator, folder: &Path, more: &[(&str, &str)]) -> Settings {
    let sign_in = simulator.sign_in();
    let own = [
        ("BaseUrl", simulator.base_url()),
        ("Division", "5512".to_owned()),
        ("OAuthClientId", sign_in.client_id),
        ("OAuthClientSecret", sign_in.client_secret),
        ("OAuthRefreshToken", sign_in.refresh_token),
        ("OAuthSettingsLocation", folder.join("store.json").display().to_string()),
        ("Logfile", folder.join("driver.log").display().to_string()),
    ];
    let given: Vec<_> = more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let own: Vec<_> = own.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Settings::from_pairs(&given, &own).unwrap().0
}

async fn open(settings: &Settings, clock: Arc<LeapingClock>) -> Result<Arc<Session>> {
    let world = World { clock, retry: RetryPolicy { first_pause: PAUSE, ..RetryPolicy::default() } };
    Ok(Session::open_in(settings, Handle::current(), world).await?.0)
}

/// Everything that can happen to a connection, at one verbosity.
async fn life(verbosity: u32) -> (Traces, Arc<Simulator>) {
    let simulator =
        Arc::new(Simulator::start(Options { scale: 0.01, switches: unlimited(), ..Options::default() }).unwrap());
    let clock = Arc::new(LeapingClock::of(&simulator));
    let folder = tempfile::tempdir().unwrap();
    let mut traces = Traces(Vec::new());
    let settings = settings(&simulator, folder.path(), &[("Verbosity", &verbosity.to_string())]);
    traces.add("settings", format!("{settings:?}"));
    let session = open(&settings, clock.clone()).await.unwrap();
    let read = |request: ReadRequest| batches(&session, request);
    read(accounts(&["ID", "Name"])).await.unwrap();
    // Expired, refused, and renewed.
    clock.leap(Duration::from_secs(601));
    read(accounts(&["ID", "Name"])).await.unwrap();
    simulator.advance_clock(Duration::from_secs(601));
    read(accounts(&["ID", "Name"])).await.unwrap();
    traces.add_outcome(
        "a wrong filter",
        read(ReadRequest { filter: Some("Nothing eq 1".into()), ..accounts(&["ID"]) }).await,
    );
    traces.add_outcome("no access", read(ReadRequest { division: FORBIDDEN_DIVISION, ..accounts(&["ID"]) }).await);
    for action in
        [Action::ResetBeforeHeaders, Action::HtmlPage, Action::BrokenGzip, Action::Status(401), Action::Status(503)]
    {
        simulator.inject(Fault::on("Accounts", action.clone()));
        traces.add_outcome(&format!("{action:?}"), read(accounts(&["Name"])).await);
        simulator.clear_faults();
    }
    // Later than the hour of the errors so far: a service that blocks after ten would refuse the changes.
    clock.leap(Duration::from_secs(3_601));
    write(&session, &simulator, &mut traces).await;
    let stranger = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let elsewhere = format!("http://{}", stranger.local_addr().unwrap());
    simulator.inject(Fault::on("TransactionLines", Action::NextToHost(elsewhere)));
    traces.add_outcome("another host", read(lines(&["ID"])).await);
    let visited = tokio::time::timeout(Duration::from_millis(50), stranger.accept()).await;
    assert!(visited.is_err(), "another host was asked");
    simulator.clear_faults();
    traces.add("session", format!("{session:?}"));
    // The refresh token dies.
    clock.leap(Duration::from_secs(31 * 86_400));
    traces.add_outcome("a dead sign-in", read(accounts(&["ID"])).await);
    let requests = format!("{:?}", session.last_requests());
    assert!(requests.contains("crm/Accounts"));
    traces.add("requests", requests);
    drop(session);
    let log = std::fs::read_to_string(folder.path().join("driver.log")).unwrap();
    assert!(log.contains("crm.Accounts"), "verbosity {verbosity}: nothing is logged: {log}");
    traces.add_files(folder.path(), "store.json");
    let files: Vec<&str> =
        traces.0.iter().filter(|(place, _)| place.contains("exact-changes")).map(|(_, text)| &**text).collect();
    let journal = files.concat();
    assert!(journal.contains("UPDATE Accounts") && journal.contains("Geschreven"), "verbosity {verbosity}: no journal");
    (traces, simulator)
}

/// Changes that are made, refused and lost, each of which the journal keeps with its outcome.
async fn write(session: &Arc<Session>, simulator: &Simulator, traces: &mut Traces) {
    let entity = entity("crm", "Accounts");
    let cause = Cause { statement: 1, sql: "UPDATE Accounts SET Name = 'Geschreven'".into() };
    let change = |name: &str| Change {
        entity,
        division: MAIN_DIVISION,
        verb: Verb::Post,
        key: None,
        body: [("Name".to_owned(), name.into())].into_iter().collect(),
        before: [("Name".to_owned(), "Vroeger".into())].into_iter().collect(),
        cause: Arc::new(cause.clone()),
    };
    send(session, &change("Geschreven")).unwrap().answer().await.unwrap();
    traces.add_outcome("a change without a name", send(session, &change("")).unwrap().answer().await);
    for action in [Action::Status(401), Action::Status(500), Action::HtmlPage, Action::ResetBeforeHeaders] {
        simulator.inject(Fault::on("Accounts", action.clone()));
        let outcome = send(session, &change("Geschreven")).unwrap().answer().await;
        simulator.clear_faults();
        traces.add(format!("a change and {action:?}"), format!("{outcome:?}"));
    }
    let changes = session.journal().unwrap().changes().unwrap();
    let outcomes: BTreeSet<&str> = changes.iter().map(|change| change.outcome.as_str()).collect();
    assert_eq!((changes.len(), outcomes.into_iter().collect::<Vec<_>>()), (6, vec!["made", "refused", "unknown"]));
    traces.add("journal", format!("{changes:?}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_shown_anywhere() {
    for verbosity in [1, 2, 3, 4, 5] {
        let (mut traces, simulator) = life(verbosity).await;
        for request in simulator.requests() {
            traces.add("an address", format!("{} {} {:?}", request.path, request.raw_query, request.headers));
        }
        traces.check();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_connection_string_carries_is_not_shown_either() {
    let simulator =
        Arc::new(Simulator::start(Options { scale: 0.01, switches: unlimited(), ..Options::default() }).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut traces = Traces(Vec::new());
    let proxy = [
        ("ProxyServer", "127.0.0.1"),
        ("ProxyPort", "9"),
        ("ProxyUser", "piet"),
        ("ProxyPassword", "geheim-van-de-proxy"),
        ("Verbosity", "5"),
    ];
    let settings = settings(&simulator, folder.path(), &proxy);
    traces.add("settings", format!("{settings:?}"));
    let session = open(&settings, Arc::new(LeapingClock::of(&simulator))).await.unwrap();
    traces.add("session", format!("{session:?}"));
    traces.add_outcome("a proxy that is not there", batches(&session, accounts(&["ID"])).await);
    let code = [("OAuthVerifier", "geheime-code"), ("OAuthRefreshToken", ""), ("Verbosity", "5")];
    let elsewhere = tempfile::tempdir().unwrap();
    let settings = self::settings(&simulator, elsewhere.path(), &code);
    traces.add("settings", format!("{settings:?}"));
    traces.add_outcome("a wrong code", open(&settings, Arc::new(LeapingClock::of(&simulator))).await);
    traces.add_files(folder.path(), "store.json");
    traces.check();
}
