//! `exact-odbc demo`: a simulated company on this machine, with a data source and a sign-in.

use anyhow::{Context, Result, bail};
use exact_client::auth::Store;
use exact_client::settings::{Secret, Settings};
use exact_simulator::{MAIN_DIVISION, Options, PROFILES, Simulator};

use super::{dsn, install};
use crate::cli::{DemoArguments, DemoCommand, StartArguments};
use crate::demo_process::{DemoProcess, Running};
use crate::manager::{self, Pairs, Scope};
use crate::output;
use crate::session;

/// The data source of the simulated company.
const DSN: &str = "ExactDemo";
const TRY: &str = "\
Try:
  isql -v ExactDemo
  exact-odbc query --dsn ExactDemo \"SELECT TOP 5 Code, Name, City FROM Accounts WHERE Country = 'NL' ORDER BY Name\"
  python3 -c 'import pyodbc; print(pyodbc.connect(\"DSN=ExactDemo\").execute(\"SELECT COUNT(*) FROM Accounts\").fetchval())'
End it with:
  exact-odbc demo stop";

/// Runs a demo command; without one, starts.
pub fn run(arguments: &DemoArguments) -> Result<()> {
    match &arguments.command {
        None => start(&arguments.start),
        Some(DemoCommand::Stop) => stop(),
        Some(DemoCommand::Status) => status(),
        Some(DemoCommand::Serve(start)) => serve(start),
    }
}

fn process() -> Result<DemoProcess> {
    Ok(DemoProcess::in_folder(Store::folder()?))
}

/// Starts the simulator unless it runs, signs in, and writes the data source.
fn start(arguments: &StartArguments) -> Result<()> {
    options(arguments)?;
    let process = process()?;
    let running = match process.running()? {
        Some(running) => running,
        None => process.start(&serve_arguments(arguments))?,
    };
    sign_in(&running)?;
    output::line(format_args!(
        "The simulated Exact Online answers at {}; data source {DSN}, division {MAIN_DIVISION}.",
        running.base_url
    ))?;
    if !install::is_installed()? {
        output::line(format_args!("The driver is not registered yet. Do that once with:  exact-odbc install"))?;
    }
    output::line(format_args!("{TRY}"))?;
    Ok(())
}

fn serve_arguments(arguments: &StartArguments) -> Vec<String> {
    let StartArguments { port, scale, profile } = arguments;
    [
        "demo".into(),
        "serve".into(),
        format!("--port={port}"),
        format!("--scale={scale}"),
        format!("--profile={profile}"),
    ]
    .into()
}

fn options(arguments: &StartArguments) -> Result<Options> {
    let names: Vec<&str> = PROFILES.iter().map(|(name, _)| *name).collect();
    let options = Options::profile(&arguments.profile)
        .with_context(|| format!("there is no profile {}; there are {}", arguments.profile, names.join(", ")))?;
    Ok(Options { port: arguments.port, scale: arguments.scale, ..options })
}

/// The simulator itself, in the foreground. The first line on standard output is its address.
fn serve(arguments: &StartArguments) -> Result<()> {
    let simulator = Simulator::start(options(arguments)?)
        .with_context(|| format!("port {} of 127.0.0.1 cannot be used; choose another with --port", arguments.port))?;
    output::line(format_args!("{}", simulator.base_url()))?;
    simulator.run();
    Ok(())
}

/// Stores a fresh sign-in of the simulated person, and the data source that uses it.
fn sign_in(running: &Running) -> Result<()> {
    let consent = running.sign_in()?;
    let mut pairs: Pairs = vec![
        ("Description".into(), "A simulated company on this machine".into()),
        ("BaseUrl".into(), running.base_url.clone()),
        ("Division".into(), MAIN_DIVISION.to_string()),
        ("OAuthClientId".into(), consent.client_id),
    ];
    let secret = ("OAuthClientSecret".to_owned(), consent.client_secret);
    let (settings, _) = Settings::from_pairs(&[secret], &pairs)?;
    session::import_refresh_token(&settings, Secret::new(consent.refresh_token))?;
    running.reset_counters()?;
    pairs.push(("Readonly".into(), "true".into()));
    manager::write_source(Scope::User, DSN, &pairs, true)?;
    Ok(())
}

/// Ends the simulator; removes its sign-in and the data source.
fn stop() -> Result<()> {
    let was_running = process()?.stop()?;
    if let Ok(pairs) = dsn::pairs(DSN) {
        let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        if let (Some(base_url), Some(client_id)) = (value("BaseUrl"), value("OAuthClientId")) {
            let _ = session::forget(&Store::at(Store::default_path(base_url, client_id)?))?;
        }
        manager::remove_source(Scope::User, DSN)?;
    }
    output::line(format_args!(
        "{}",
        if was_running { "The simulated company has ended." } else { "The simulated company was not running." }
    ))?;
    Ok(())
}

/// Prints whether the simulator runs and what it was asked.
fn status() -> Result<()> {
    let Some(running) = process()?.running()? else {
        bail!("the simulated company is not running; start it with: exact-odbc demo");
    };
    output::line(format_args!(
        "The simulated Exact Online answers at {} (process {}).",
        running.base_url, running.pid
    ))?;
    let counters = running.counters()?;
    for (path, counter) in &counters {
        output::line(format_args!("{:>7} calls  {:>9} rows  {path}", counter.requests, counter.rows))?;
    }
    let is_data = |path: &str| path.starts_with("/api/v1/");
    let calls: u64 = counters.iter().filter(|(path, _)| is_data(path)).map(|(_, counter)| counter.requests).sum();
    output::line(format_args!("{calls} API calls in all since the demo was signed in."))?;
    Ok(())
}
