//! The simulated company's books as its REST interface gives them, read without the driver.

use std::collections::BTreeMap;

use exact_simulator::{Options, Simulator};
use serde_json::Value;

use crate::company::{Company, Table, rows};

/// Cents.
pub type Cents = i64;

pub struct Books {
    pub company: Company,
    token: String,
}

impl Books {
    /// A company of two cycles: 40 accounts, 400 invoices, 4,000 ledger lines.
    pub fn open() -> Books {
        let company = Company::with(Options { scale: 0.02, ..Options::default() });
        let token = sign_in(&company.simulator);
        Books { company, token }
    }

    /// All rows of an endpoint, page by page.
    pub fn all(&self, path: &str) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut next = Some(format!("{}/api/v1/5512/{path}", self.company.simulator.base_url()));
        while let Some(url) = next {
            let request = ureq::get(url.replace(' ', "%20"));
            let request = request.header("Authorization", &self.token).header("Accept", "application/json");
            let page = json(request.call().unwrap());
            rows.extend(page["d"]["results"].as_array().unwrap().iter().cloned().map(Row));
            next = page["d"]["__next"].as_str().map(str::to_owned);
        }
        rows
    }

    /// The rows of an endpoint by their key.
    pub fn by(&self, path: &str, key: &str) -> BTreeMap<String, Row> {
        self.all(path).into_iter().map(|row| (row.text(key), row)).collect()
    }

    /// What the driver answers.
    pub fn ask(&self, sql: &str) -> Table {
        rows(&self.company.connect(""), sql)
    }
}

fn sign_in(simulator: &Simulator) -> String {
    let sign_in = simulator.sign_in_as("books");
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &sign_in.refresh_token),
        ("client_id", &sign_in.client_id),
        ("client_secret", &sign_in.client_secret),
    ];
    let answer = ureq::post(format!("{}/api/oauth2/token", simulator.base_url())).send_form(form).unwrap();
    format!("Bearer {}", json(answer)["access_token"].as_str().unwrap())
}

fn json(mut answer: ureq::http::Response<ureq::Body>) -> Value {
    serde_json::from_str(&answer.body_mut().with_config().limit(1 << 30).read_to_string().unwrap()).unwrap()
}

/// A row of the service.
#[derive(Clone, Debug)]
pub struct Row(Value);

impl Row {
    /// Without the blanks that pad fixed-width columns; empty for null.
    pub fn text(&self, column: &str) -> String {
        self.0[column].as_str().unwrap_or_default().trim().to_owned()
    }

    pub fn number(&self, column: &str) -> i64 {
        self.0[column].as_i64().unwrap_or_else(|| panic!("{column} in {}", self.0))
    }

    pub fn cents(&self, column: &str) -> Cents {
        self.0[column].as_f64().map_or(0, |amount| (amount * 100.0).round() as Cents)
    }

    /// Days since 1970 of `/Date(ms)/`.
    pub fn day(&self, column: &str) -> i64 {
        let text = self.0[column].as_str().unwrap_or_else(|| panic!("{column} in {}", self.0));
        let millis: i64 = text.trim_start_matches("/Date(").trim_end_matches(")/").parse().unwrap();
        millis.div_euclid(86_400_000)
    }

    /// Year and month.
    pub fn month(&self, column: &str) -> (i64, i64) {
        let (year, month, _) = civil(self.day(column));
        (year, month)
    }
}

/// Year, month and day of a number of days since 1970, counted out.
pub fn civil(mut days: i64) -> (i64, i64, i64) {
    let is_leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let mut year = 1970;
    while days >= 365 + i64::from(is_leap(year)) {
        days -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    let lengths = [31, 28 + i64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days + 1)
}

/// Days since 1970 of a date.
pub fn day(year: i64, month: i64, day: i64) -> i64 {
    (0..).find(|days| civil(*days) == (year, month, day)).unwrap()
}

/// Sums by a key.
pub fn sums<K: Ord>(pairs: impl Iterator<Item = (K, Cents)>) -> BTreeMap<K, Cents> {
    let mut sums = BTreeMap::new();
    for (key, amount) in pairs {
        *sums.entry(key).or_default() += amount;
    }
    sums
}

/// Cents of an amount as the driver shows it.
pub fn cents(text: &str) -> Cents {
    (text.parse::<f64>().unwrap_or_else(|_| panic!("{text} is no amount")) * 100.0).round() as Cents
}

/// An answer of the driver: all columns but the last without the blanks that pad them, the last as an amount.
pub fn amounts(table: &Table) -> BTreeMap<Vec<String>, Cents> {
    let split = table.iter().map(|row| {
        let (amount, key) = row.split_last().unwrap();
        (key.iter().map(|text| text.trim().to_owned()).collect(), cents(amount))
    });
    let read: BTreeMap<_, _> = split.collect();
    assert_eq!(read.len(), table.len(), "a key comes twice");
    read
}

/// Texts of a key.
pub fn key(parts: &[&dyn std::fmt::Display]) -> Vec<String> {
    parts.iter().map(ToString::to_string).collect()
}
