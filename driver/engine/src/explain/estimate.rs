//! How many rows and calls a read will take, as far as can be known without a call.

use std::collections::BTreeMap;

use exact_client::ReadRequest;

use crate::table::EntityScan;

/// Rows of a page where the service does not say (fact sheet 3.3).
const PAGE: u64 = 60;

/// What an estimate rests on, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// The plan itself: a count, a limit within a page.
    Plan,
    /// Rows that can be there at most: a limit, or the size that was seen last.
    AtMost,
    /// No size is known: it is at least so much.
    AtLeast,
}

/// The expected cost of a read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    pub rows: Option<u64>,
    /// Calls of each division.
    pub calls: BTreeMap<i32, u64>,
    pub basis: Basis,
}

impl Estimate {
    pub fn calls(&self) -> u64 {
        self.calls.values().sum()
    }
}

/// What a scan is expected to take.
pub fn of(scan: &EntityScan) -> Estimate {
    if scan.is_count() {
        let calls = scan.divisions().iter().map(|division| (*division, 1)).collect();
        return Estimate { rows: None, calls, basis: Basis::Plan };
    }
    let mut whole = Estimate { rows: Some(0), calls: BTreeMap::new(), basis: Basis::Plan };
    let mut wanted = scan.limit();
    for division in scan.divisions().iter().copied() {
        if wanted == Some(0) {
            break;
        }
        let read = scan.read_of(division);
        let request = scan.request_of(&read);
        let rows = read.expected_rows();
        wanted = wanted.map(|wanted| wanted.saturating_sub(rows.unwrap_or(wanted)));
        whole.calls.insert(division, calls(&request, rows));
        whole.rows = whole.rows.zip(rows).map(|(all, rows)| all + rows);
        whole.basis = whole.basis.max(basis(&request, rows));
    }
    whole
}

fn basis(request: &ReadRequest, rows: Option<u64>) -> Basis {
    match rows {
        Some(rows) if rows <= page(request) => Basis::Plan,
        Some(_) => Basis::AtMost,
        None => Basis::AtLeast,
    }
}

/// A page is asked for even if there are no rows.
fn calls(request: &ReadRequest, rows: Option<u64>) -> u64 {
    rows.map_or(1, |rows| rows.div_ceil(page(request)).max(1))
}

fn page(request: &ReadRequest) -> u64 {
    request.path.page_size.map_or(PAGE, u64::from).max(1)
}
