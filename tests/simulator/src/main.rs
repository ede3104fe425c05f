//! The simulator as a program.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use exact_simulator::{AUTHORITY, MAIN_DIVISION, Options, PROFILES, Simulator, Switches};

/// Runs a simulated Exact Online on 127.0.0.1, with a company to query.
///
/// Nothing leaves this machine and nothing is stored: all data follow from the seed, and what is written is forgotten
/// when the program ends. The first line that it prints is a JSON object with the address and a sign-in.
#[derive(Parser)]
#[command(version, after_help = after_help())]
struct Arguments {
    /// The port to listen on; 0 takes any free one.
    #[arg(long, default_value_t = 8722)]
    port: u16,
    /// The size of the company: 1 is 2,000 accounts, 20,000 invoices and 200,000 ledger lines.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// The number that all data follow from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many divisions the user sees; 1000 is an accountant's.
    #[arg(long, default_value_t = 4)]
    divisions: u32,
    /// A named set of switches; see below.
    #[arg(long, default_value = "default")]
    profile: String,
    /// Milliseconds that every answer waits.
    #[arg(long, default_value_t = 0)]
    latency: u64,
    /// Do not enforce the limits of 60 calls a minute and 5,000 a day.
    #[arg(long)]
    no_rate_limits: bool,
    /// Serve over TLS, and write the authority that clients have to trust to this file (PEM).
    #[arg(long, value_name = "FILE")]
    tls: Option<PathBuf>,
    /// Print every request as a line of JSON.
    #[arg(long)]
    log: bool,
}

fn after_help() -> String {
    let profiles: Vec<String> = PROFILES.iter().map(|(name, text)| format!("  {name:<8} {text}")).collect();
    format!(
        "Profiles:\n{}\n\nSwitches, faults, the clock and the request log are reached under /_control; see the README.",
        profiles.join("\n")
    )
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let Some(mut switches) = Switches::profile(&arguments.profile) else {
        eprintln!("There is no profile '{}'. {}", arguments.profile, after_help());
        return ExitCode::FAILURE;
    };
    switches.page_latency_ms = arguments.latency;
    switches.rate_limits &= !arguments.no_rate_limits;
    let options = Options {
        port: arguments.port,
        scale: arguments.scale,
        seed: arguments.seed,
        divisions: arguments.divisions,
        switches,
        print_requests: arguments.log,
        tls: arguments.tls.is_some(),
    };
    if let Some(file) = &arguments.tls
        && let Err(error) = std::fs::write(file, AUTHORITY)
    {
        eprintln!("Cannot write {}: {error}.", file.display());
        return ExitCode::FAILURE;
    }
    match Simulator::start(options) {
        Ok(simulator) => {
            let sign_in = simulator.sign_in();
            let greeting = serde_json::json!({
                "base_url": simulator.base_url(),
                "division": MAIN_DIVISION,
                "client_id": sign_in.client_id,
                "client_secret": sign_in.client_secret,
                "refresh_token": sign_in.refresh_token,
            });
            println!("{greeting}");
            simulator.run();
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("Cannot listen on port {}: {error}. Choose another with --port.", arguments.port);
            ExitCode::FAILURE
        }
    }
}
