//! Writes against a simulated company: what is sent, what is refused before, and what the next read shows.

mod arrays;
mod behind;
mod calls;
mod forms;
mod journal;
mod keys;
mod kinds;
mod lost;
mod merging;
mod order;
mod refusals;
mod rows;
mod stored;
mod transactions;

use exact_engine::{Connection, Error, Execution, Limits, Value};
use exact_simulator::{RequestRecord, Switches};

use crate::company::{Company, rows};

/// Executes one statement.
fn execute(connection: &Connection, sql: &str, parameters: &[Value]) -> Result<Execution, Error> {
    connection.prepare(sql)?.first().expect("a statement").execute(parameters, &Limits::default(), 0)
}

/// Executes one statement; gives the number of rows that it changed.
fn change(connection: &Connection, sql: &str) -> i64 {
    let done = execute(connection, sql, &[]).unwrap_or_else(|error| panic!("{sql}\n{error}"));
    done.row_count.expect("a row count")
}

/// `METHOD path body` of the data requests that `work` caused; keys are told as they are.
fn sent(company: &Company, work: impl FnOnce()) -> Vec<String> {
    company.simulator.reset_requests();
    work();
    let told = |request: RequestRecord| {
        let path = request.path.rsplit("/5512/").next().unwrap_or_default().to_string();
        format!("{} {path} {}", request.method, request.body).trim_end().to_string()
    };
    let requests = company.simulator.requests().into_iter();
    requests.filter(|request| !request.is_token && !request.is_me).map(told).collect()
}

/// The writes among them.
fn written(company: &Company, work: impl FnOnce()) -> Vec<String> {
    sent(company, work).into_iter().filter(|request| !request.starts_with("GET")).collect()
}

/// A connection with autocommit off.
fn manual(company: &Company) -> Connection {
    let connection = company.connect("");
    connection.set_autocommit(false, &Limits::default()).unwrap();
    connection
}

/// Whether the service keeps the keys that a client sends.
fn kept(company: &Company, kept: bool) {
    let mut switches = Switches::of_environment().unwrap();
    switches.client_keys_kept = kept;
    // As the company has them from its start: the driver obeys the limits that the replies tell.
    switches.rate_limits = false;
    switches.minute_limit = 1_000_000;
    switches.day_limit = 1_000_000;
    company.simulator.set_switches(switches);
}

fn one(connection: &Connection, sql: &str) -> String {
    rows(connection, sql)[0][0].clone()
}

/// The keys of what an invoice and its lines need: a customer, an item, a ledger account.
fn sale(connection: &Connection) -> [String; 3] {
    [
        one(connection, "SELECT TOP 1 ID FROM Accounts ORDER BY ID"),
        one(connection, "SELECT TOP 1 ID FROM Items ORDER BY ID"),
        one(connection, "SELECT ID FROM GLAccounts WHERE Code = '8000'"),
    ]
}
