//! Requirement 24: faults on demand, and the control interface that injects them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(dead_code)]

mod common;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use common::{Client, column, small};
use exact_simulator::{Action, Fault, Options, Simulator};
use serde_json::{Value, json};

const PATH: &str = "crm/Accounts?$select=ID,Name";
const LINES: &str = "financialtransaction/TransactionLines?$select=ID";

/// A raw exchange: all bytes until the connection ends, and whether it was reset.
fn raw(client: &Client, path: &str) -> (Vec<u8>, bool) {
    let host = client.simulator.base_url().replace("http://", "");
    let mut stream = TcpStream::connect(&host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let request = format!(
        "GET /api/v1/5512/{path} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\nAuthorization: {}\r\nConnection: close\r\n\r\n",
        client.bearer()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    let outcome = stream.read_to_end(&mut bytes);
    (bytes, outcome.is_err())
}

fn body(reply: &[u8]) -> &[u8] {
    let start = reply.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    &reply[start + 4..]
}

#[test]
fn r24_statuses_and_bodies() {
    let client = Client::small();
    for status in [500, 503, 504, 408, 429] {
        client.simulator.inject(Fault::on("crm/Accounts", Action::Status(status)).times(1));
        assert_eq!(client.get(PATH).status, status);
        assert_eq!(client.get(PATH).status, 200, "once");
    }
    client.simulator.inject(Fault::on("crm/Accounts", Action::HtmlPage).after(1).times(1));
    assert_eq!(client.get(PATH).rows().len(), 20);
    let page = client.get(PATH);
    assert!(page.status == 200 && page.text().starts_with("<!DOCTYPE html>"));
    client.simulator.inject(Fault::on("", Action::EmptyBody));
    assert_eq!(client.get(PATH).body.len(), 0);
    client.simulator.clear_faults();
    client.simulator.inject(Fault { probability: 0.5, ..Fault::on("", Action::Status(500)) });
    let failed = (0..200).filter(|_| client.get(PATH).status == 500).count();
    assert!((60..140).contains(&failed), "{failed}");
}

#[test]
fn r24_broken_connections() {
    let client = Client::small();
    let whole = raw(&client, PATH);
    assert!(!whole.1);
    let length = body(&whole.0).len();
    let strike = |action: Action| {
        client.simulator.inject(Fault::on("crm/Accounts", action).times(1));
        raw(&client, PATH)
    };
    let (bytes, reset) = strike(Action::ResetBeforeHeaders);
    assert!(reset && bytes.is_empty(), "{reset} {}", bytes.len());
    let (bytes, _) = strike(Action::ResetInHeaders);
    assert!(bytes.len() <= 20);
    let (bytes, _) = strike(Action::ResetInBody(100));
    assert!(bytes.starts_with(b"HTTP/1.1 200") && body(&bytes).len() <= 100);
    let (bytes, reset) = strike(Action::ResetInBody(0));
    assert!(reset && bytes.starts_with(b"HTTP/1.1 200") && body(&bytes).is_empty(), "after the headers");
    let (bytes, _) = strike(Action::WrongContentLength(10));
    assert_eq!(body(&bytes).len(), length, "ten bytes too few");
    let (bytes, _) = strike(Action::TruncatedBody(40));
    assert!(serde_json::from_slice::<Value>(body(&bytes)).is_err());
    assert_eq!(body(&bytes).len(), length - 40);
    let (bytes, _) = strike(Action::TrailingBytes("<!-- -->".to_owned()));
    assert!(body(&bytes).ends_with(b"}}<!-- -->"));
    assert_eq!(raw(&client, PATH).0.len(), whole.0.len(), "well again");
}

#[test]
fn r24_slow_replies() {
    let client = Client::small();
    let timed = |action: Action| {
        client.simulator.inject(Fault::on("crm/Accounts", action).times(1));
        let begun = Instant::now();
        assert_eq!(client.get(PATH).rows().len(), 20);
        begun.elapsed()
    };
    assert!(timed(Action::Stall(300)) >= Duration::from_millis(300));
    assert!(timed(Action::StallInBody(300)) >= Duration::from_millis(300));
    assert!(timed(Action::SlowDrip(150)) >= Duration::from_millis(200));
    client.simulator.set_switches(exact_simulator::Switches { page_latency_ms: 150, ..client.simulator.switches() });
    let begun = Instant::now();
    client.get(PATH);
    assert!(begun.elapsed() >= Duration::from_millis(150));
}

#[test]
fn r24_compression() {
    let client = Client::small();
    let url = format!("{}/api/v1/5512/{PATH}", client.simulator.base_url());
    let bearer = client.bearer();
    let encoding = |accepted: &str| {
        let headers =
            [("accept", "application/json"), ("authorization", bearer.as_str()), ("accept-encoding", accepted)];
        client.send("GET", &url, &headers, None).rows().len();
        client.simulator.requests().pop().unwrap().bytes
    };
    assert_eq!(encoding("gzip"), encoding("identity"), "recorded before compression");
    client.simulator.inject(Fault::on("crm/Accounts", Action::BrokenGzip).times(1));
    let headers = [("accept", "application/json"), ("authorization", bearer.as_str())];
    assert!(client.try_send("GET", &url, &headers, None).is_err());
    client.simulator.inject(Fault::on("crm/Accounts", Action::Gzip(true)).times(1));
    let identity =
        [("accept", "application/json"), ("authorization", bearer.as_str()), ("accept-encoding", "identity")];
    assert_eq!(client.send("GET", &url, &identity, None).rows().len(), 20, "compressed though not asked");
}

#[test]
fn r24_rows_between_pages() {
    let client = Client::small();
    client.simulator.inject(Fault::on("TransactionLines", Action::MissingRow).times(1));
    let (rows, _) = client.all(LINES);
    assert_eq!(rows.len(), 1_999);
    client.simulator.clear_faults();
    client.simulator.inject(Fault::on("TransactionLines", Action::DuplicateRow).after(1).times(1));
    let (rows, _) = client.all(LINES);
    let distinct: BTreeSet<String> = column(&rows, "ID").into_iter().collect();
    assert_eq!((rows.len(), distinct.len()), (2_001, 2_000));
    client.simulator.clear_faults();
    client.simulator.inject(Fault::on("TransactionLines", Action::ShortPage(7)).times(1));
    let answer = client.get(LINES);
    assert_eq!(answer.rows().len(), 7);
    assert!(answer.next().is_some());
    assert_eq!(client.all(LINES).0.len(), 2_000);
}

#[test]
fn r24_columns_and_next() {
    let client = Client::small();
    let row = |action: Action| {
        client.simulator.clear_faults();
        client.simulator.inject(Fault::on("crm/Accounts", action));
        client.rows(PATH)[0].clone()
    };
    assert!(row(Action::ExtraColumn("Surprise".to_owned()))["Surprise"].is_object());
    assert!(row(Action::MissingColumn("Name".to_owned())).get("Name").is_none());
    assert_eq!(row(Action::ChangedColumn("ID".to_owned()))["ID"], "changed");
    client.simulator.clear_faults();
    client.simulator.inject(Fault::on("TransactionLines", Action::NextToItself));
    let answer = client.get(LINES);
    assert!(answer.next().unwrap().ends_with("/financialtransaction/TransactionLines?$select=ID"));
    client.simulator.clear_faults();
    client.simulator.inject(Fault::on("TransactionLines", Action::NextToHost("https://evil.example".to_owned())));
    assert!(client.get(LINES).next().unwrap().starts_with("https://evil.example/api/v1/5512/"));
    client.simulator.clear_faults();
    client.simulator.inject(Fault::on("", Action::ClockSkew(86_400_000)));
    assert_ne!(client.get(PATH).header("date"), raw_date(&client).as_deref());
}

fn raw_date(client: &Client) -> Option<String> {
    client.simulator.clear_faults();
    client.get(PATH).header("date").map(str::to_owned)
}

fn control(client: &Client, method: &str, path: &str, body: Option<Value>) -> Value {
    let url = format!("{}/_control/{path}", client.simulator.base_url());
    let text = body.map(|body| body.to_string());
    let answer = client.send(method, &url, &[], text.as_ref().map(|text| text.as_bytes()));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[test]
fn control_over_http() {
    let client = Client::small();
    let sign_in = control(&client, "GET", "sign-in?client_id=my%20app", None);
    assert_eq!(sign_in["client_id"], "my app");
    assert!(sign_in["refresh_token"].as_str().unwrap().len() > 20);
    control(&client, "POST", "reset", None);
    client.get("crm/Accounts?$select=ID&$filter=Name%20eq%20'a'");
    let requests = control(&client, "GET", "requests", None);
    assert_eq!(requests.as_array().unwrap().len(), 1, "control requests are left out: {requests}");
    let request = &requests[0];
    assert_eq!(request["path"], "/api/v1/5512/crm/Accounts");
    assert_eq!(request["query"], "$select=ID&$filter=Name eq 'a'");
    assert_eq!(request["raw_query"], "$select=ID&$filter=Name%20eq%20'a'");
    assert_eq!(
        (request["division"].as_i64(), request["status"].as_i64(), request["rows"].as_i64()),
        (Some(5512), Some(200), Some(0))
    );
    assert!(!request.to_string().contains("Bearer"), "no secrets");
    let counters = control(&client, "GET", "counters", None);
    assert_eq!(counters["/api/v1/5512/crm/Accounts"]["requests"], 1);

    let switches = control(&client, "POST", "switches", Some(json!({"profile": "strict", "rate_limits": false})));
    assert_eq!((switches["language"].as_str(), switches["rate_limits"].as_bool()), (Some("nl"), Some(false)));
    let before = control(&client, "GET", "clock", None)["now"].as_i64().unwrap();
    let after =
        control(&client, "POST", "clock", Some(json!({"advance_ms": 60_000, "frozen": true})))["now"].as_i64().unwrap();
    assert!((60_000..61_000).contains(&(after - before)));
    control(&client, "POST", "faults", Some(json!({"path": "crm", "count": 1, "action": {"status": 503}})));
    assert_eq!(client.get("crm/Contacts?$select=ID").status, 503);
    assert_eq!(client.get("crm/Contacts?$select=ID").status, 200);
    control(&client, "POST", "faults", Some(json!([{"action": "html_page"}, {"action": {"reset_in_body": 5}}])));
    assert_eq!(control(&client, "GET", "faults", None).as_array().unwrap().len(), 3);
    control(&client, "DELETE", "faults", None);
    control(&client, "POST", "move-division", Some(json!({"division": 5512})));
}

#[test]
fn a_simulator_may_live_and_die_in_async_code() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let url = runtime.block_on(async {
        let simulator = exact_simulator::Simulator::start(common::small()).unwrap();
        let second = exact_simulator::Simulator::start(common::small()).unwrap();
        assert_ne!(simulator.base_url(), second.base_url());
        second.base_url()
    });
    assert!(TcpStream::connect(url.replace("http://", "")).is_err(), "gone when dropped");
}

/// A request over TLS, with or without trust in the simulator's authority.
fn over_tls(simulator: &Simulator, trusted: bool, path: &str, headers: &str) -> std::io::Result<Vec<u8>> {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, ServerName};

    let mut roots = rustls::RootCertStore::empty();
    if trusted {
        roots.add(CertificateDer::from_pem_slice(exact_simulator::AUTHORITY.as_bytes()).unwrap()).unwrap();
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = std::sync::Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    let address = simulator.base_url().strip_prefix("https://").unwrap().to_owned();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connection = rustls::ClientConnection::new(config, name).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, TcpStream::connect(&address)?);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n")?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        // The server ends the connection without a farewell.
        Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => Err(error),
        _ => Ok(answer),
    }
}

#[test]
fn r24_tls_with_an_authority_of_its_own() {
    let simulator = Simulator::start(Options { tls: true, ..small() }).unwrap();
    let answer = over_tls(&simulator, true, "/_control/sign-in", "").unwrap();
    assert!(String::from_utf8_lossy(&answer).starts_with("HTTP/1.1 200 OK"));
    assert!(over_tls(&simulator, false, "/_control/sign-in", "").is_err(), "who does not know the authority");
    let plain = simulator.base_url().replace("https", "http");
    assert!(ureq::get(&format!("{plain}/_control/sign-in")).call().is_err());
}
