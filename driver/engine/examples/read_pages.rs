//! How much of a long read is the driver's own: 200 pages of 1,000 ledger lines, the time of the whole beside the sum of
//! the simulator's reply times.
//!
//! `cargo run --release --example read_pages`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

use std::sync::Arc;
use std::time::Instant;

use exact_engine::settings::{Settings, parse_connection_string};
use exact_engine::{Connection, Engine, Limits};
use exact_simulator::{Options, Simulator};

const SQL: &str = "SELECT ID, EntryID, Account, AccountCode, AccountName, AmountDC, AmountFC, Currency, Date, Description, \
                   Division, DueDate, EntryNumber, FinancialPeriod, FinancialYear, GLAccount, GLAccountCode, JournalCode, \
                   Modified, Quantity FROM TransactionLines";

fn main() {
    let mut options = Options { scale: 1.0, ..Options::default() };
    options.switches.rate_limits = false;
    (options.switches.minute_limit, options.switches.day_limit) = (1_000_000, 1_000_000);
    let simulator = Simulator::start(options).expect("a simulator");
    let sign_in = simulator.sign_in();
    let text = format!(
        "BaseUrl={};Division=5512;OAuthClientId={};OAuthClientSecret={};OAuthRefreshToken={};OAuthSettingsLocation=memory://pages",
        simulator.base_url(),
        sign_in.client_id,
        sign_in.client_secret,
        sign_in.refresh_token,
    );
    let (settings, _) = Settings::from_pairs(&parse_connection_string(&text).unwrap(), &[]).unwrap();
    let limits = Limits::default();
    let engine = Engine::start().unwrap();
    let (connection, _) = Connection::open(Arc::clone(&engine), settings, &limits).unwrap();
    for round in 1..=3 {
        connection.forget_reads();
        simulator.reset_requests();
        let started = Instant::now();
        let statement = &connection.prepare(SQL).unwrap()[0];
        let mut result = statement.execute(&[], &limits, 0).unwrap().result.unwrap();
        let mut rows = 0;
        let mut first = None;
        while let Some(batch) = result.next_batch(&limits).unwrap() {
            rows += batch.num_rows();
            first.get_or_insert_with(|| started.elapsed());
        }
        let elapsed = started.elapsed().as_secs_f64() * 1000.0;
        let mut requests = simulator.requests();
        requests.retain(|request| !request.is_token && !request.is_me);
        let replies: f64 = requests.iter().map(|request| request.duration.as_secs_f64() * 1000.0).sum();
        println!(
            "round {round}: {rows} rows in {} calls, {elapsed:.0} ms in all, first rows after {:.1} ms; replies {replies:.0} ms; \
             the driver's own {:.0} ms, {:.1} ms a page, {:.2} of the reply times",
            requests.len(),
            first.unwrap_or_default().as_secs_f64() * 1000.0,
            elapsed - replies,
            (elapsed - replies) / requests.len() as f64,
            (elapsed - replies) / replies,
        );
    }
}
