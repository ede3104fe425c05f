//! Measures how many pages of 1,000 rows and 40 columns the simulator serves per second at scale 10.
//!
//! Run with `cargo run -p exact-simulator --example throughput`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use exact_simulator::{MAIN_DIVISION, Options, Simulator, Switches};

const COLUMNS: &str = "ID,Account,AccountCode,AccountName,AmountDC,AmountFC,AmountVATBaseFC,AmountVATFC,Asset,\
    AssetCode,AssetDescription,CostCenter,CostCenterDescription,CostUnit,CostUnitDescription,Created,Creator,\
    CreatorFullName,Currency,CustomField,Date,Description,Division,Document,DocumentNumber,DocumentSubject,DueDate,\
    EntryID,EntryNumber,ExchangeRate,ExternalLinkDescription,ExternalLinkReference,ExtraDutyAmountFC,\
    ExtraDutyPercentage,FinancialPeriod,FinancialYear,GLAccount,GLAccountCode,GLAccountDescription,InvoiceNumber";

fn main() {
    let switches = Switches { rate_limits: false, ..Switches::default() };
    let begun = Instant::now();
    let simulator = Simulator::start(Options { scale: 10.0, switches, ..Options::default() }).unwrap();
    println!("started in {:?}", begun.elapsed());
    let token = sign_in(&simulator);
    let host = simulator.base_url().replace("http://", "");
    for (connections, encoding) in [(1, "identity"), (8, "identity"), (1, "gzip"), (8, "gzip")] {
        let begun = Instant::now();
        let workers: Vec<_> = (0..connections)
            .map(|number| {
                let (host, token) = (host.clone(), token.clone());
                std::thread::spawn(move || read_pages(&host, &token, encoding, number, Duration::from_secs(4)))
            })
            .collect();
        let (mut pages, mut bytes) = (0, 0);
        for worker in workers {
            let (worker_pages, worker_bytes) = worker.join().unwrap();
            pages += worker_pages;
            bytes += worker_bytes;
        }
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "{connections} connections, {encoding}: {:.0} pages/s, {:.0} MB/s on the wire, {:.1} ms per page and connection",
            pages as f64 / seconds,
            bytes as f64 / seconds / 1e6,
            seconds * 1e3 * f64::from(connections) / pages as f64
        );
    }
}

fn sign_in(simulator: &Simulator) -> String {
    let sign_in = simulator.sign_in();
    let body = format!(
        "grant_type=refresh_token&refresh_token={}&client_id={}&client_secret={}",
        sign_in.refresh_token, sign_in.client_id, sign_in.client_secret
    );
    let mut response = ureq::post(format!("{}/api/oauth2/token", simulator.base_url()))
        .header("content-type", "application/x-www-form-urlencoded")
        .send(body)
        .unwrap();
    let reply: serde_json::Value = serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap();
    reply["access_token"].as_str().unwrap().to_owned()
}

/// Reads pages from all over the table on one connection; gives their number and bytes.
fn read_pages(host: &str, token: &str, encoding: &str, number: u32, time: Duration) -> (u64, u64) {
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::with_capacity(1 << 20, stream.try_clone().unwrap());
    let begun = Instant::now();
    let (mut pages, mut bytes) = (0u64, 0u64);
    while begun.elapsed() < time {
        let place = (pages * 7_919 + u64::from(number) * 104_729) % 0xFFFF;
        let request = format!(
            "GET /api/v1/{MAIN_DIVISION}/bulk/Financial/TransactionLines?$select={COLUMNS}&$skiptoken=guid'{place:04x}0000-0000-0000-0000-000000000000' HTTP/1.1\r\n\
             Host: {host}\r\nAccept: application/json\r\nAccept-Encoding: {encoding}\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        bytes += read_reply(&mut reader);
        pages += 1;
    }
    (pages, bytes)
}

fn read_reply(reader: &mut BufReader<TcpStream>) -> u64 {
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).unwrap()
}
