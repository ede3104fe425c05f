//! The installed program, the simulated company, and a person at the service.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, OnceLock};

use odbc_api::{Connection, ConnectionOptions, Cursor, Environment, ParameterCollectionRef};
use serde_json::Value;

pub const MAIN_DIVISION: &str = "5512";
pub const CALLBACK: &str = "https://example.org/";

pub fn program() -> PathBuf {
    std::env::var_os("EXACT_ODBC").expect("EXACT_ODBC names the installed program").into()
}

/// A folder of the test's own.
pub fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("exact-{}-{}", usize::BITS, name));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs the program with this standard input.
pub fn run(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(program());
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// What the program prints; it must end well.
pub fn done(arguments: &[&str], input: &str) -> String {
    let output = run(arguments, input);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// The address of the simulated company, which is started once.
// It goes on until tests/windows/run ends it.
#[allow(clippy::zombie_processes)]
pub fn base_url() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| {
        let mut command = Command::new(program());
        command.args(["demo", "serve", "--port=0", "--scale=0.1"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.unwrap()).read_line(&mut line).unwrap();
        line.trim().to_owned()
    })
}

/// The simulator's own interface.
pub fn control(command: &str) -> Value {
    let mut answer = ureq::get(format!("{}/_control/{command}", base_url())).call().unwrap();
    serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap()
}

/// A registered app of this name: its client secret and a refresh token, as if a person had consented.
pub fn app(name: &str) -> (String, String) {
    let found = control(&format!("sign-in?client_id={name}"));
    let text = |key: &str| found[key].as_str().unwrap().to_owned();
    (text("client_secret"), text("refresh_token"))
}

/// What a person does at the service: the address that the browser ends at.
pub fn consent(link: &str) -> String {
    let agent: ureq::Agent = ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).build().into();
    let answer = agent.get(link).call().unwrap();
    assert_eq!(answer.status(), 302);
    answer.headers()["location"].to_str().unwrap().to_owned()
}

/// A connection string with a sign-in of its own, stored in a file.
pub fn signed_in(name: &str) -> String {
    let store = folder(name).join("store.json");
    let (secret, token) = app(name);
    let (base, location) = (format!("BaseUrl={}", base_url()), format!("OAuthSettingsLocation={}", store.display()));
    let id = format!("OAuthClientId={name}");
    done(&["login", &base, &location, &id, "--refresh-token-stdin"], &format!("{token}\n{secret}\n"));
    format!("Driver={{Exact Online}};{base};{location};{id};Division={MAIN_DIVISION};")
}

/// Windows has one environment for a process in odbc-api.
fn environment() -> &'static Environment {
    static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| Environment::new().unwrap())
}

pub fn connect(connection_string: &str) -> Connection<'static> {
    environment().connect_with_connection_string(connection_string, ConnectionOptions::default()).unwrap()
}

/// One connection for all tests that only read.
pub fn with_connection<R>(test: impl FnOnce(&Connection<'static>) -> R) -> R {
    static STRING: Mutex<Option<String>> = Mutex::new(None);
    let connection_string = STRING.lock().unwrap().get_or_insert_with(|| signed_in("reader")).clone();
    test(&connect(&connection_string))
}

/// The rows as texts.
pub fn rows(
    connection: &Connection<'_>,
    sql: &str,
    parameters: impl ParameterCollectionRef,
) -> Vec<Vec<Option<String>>> {
    let mut cursor = connection.execute(sql, parameters, None).unwrap().unwrap();
    let columns = odbc_api::ResultSetMetadata::num_result_cols(&mut cursor).unwrap();
    let mut all = Vec::new();
    while let Some(mut row) = cursor.next_row().unwrap() {
        let mut text = Vec::new();
        let mut cell = |column| {
            let is_set = row.get_wide_text(column, &mut text).unwrap();
            is_set.then(|| String::from_utf16(&text).unwrap())
        };
        all.push((1..=u16::try_from(columns).unwrap()).map(&mut cell).collect());
    }
    all
}

/// The only value.
pub fn value(connection: &Connection<'_>, sql: &str) -> String {
    let found = rows(connection, sql, ());
    found[0][0].clone().unwrap()
}
