//! What a write takes of the calls that may be made (fact sheet 7.1), reckoned before its first request: one that ends half-way
//! because the calls are spent is the worst that can become of it.

use std::collections::BTreeMap;

use exact_client::writer::Change;

use crate::connection::Shared;
use crate::error::{CallLimit, Error, Result};

/// Refuses changes that take more calls than the property MaxApiCalls or the day allows. `made` calls were made already to
/// find the rows.
pub fn refuse_dearer<'a>(
    shared: &Shared,
    statement: &str,
    changes: impl Iterator<Item = &'a Change>,
    made: u64,
) -> Result<()> {
    let source = &shared.source;
    let by_division = by_division(changes);
    let calls: u64 = by_division.values().sum();
    let refused = |calls, limit| Err(Error::TooDear { statement: statement.to_owned(), calls, limit });
    if let Some(most) = source.settings.max_api_calls.filter(|most| calls > 0 && calls + made > *most) {
        return refused(calls, CallLimit::Property { most, made });
    }
    let reserve = source.session.budget_reserve();
    for (division, calls) in by_division {
        let allowance = source.session.allowance(division);
        if !allowance.has_room(calls, reserve) {
            let (left, until_ms) = (allowance.day_left.unwrap_or_default(), allowance.day_ends_ms);
            return refused(calls, CallLimit::Day { division, left, reserve, until_ms });
        }
    }
    Ok(())
}

/// What changes would take, as a sentence for a DryRun.
pub fn told<'a>(shared: &Shared, changes: impl Iterator<Item = &'a Change>) -> String {
    let session = &shared.source.session;
    let by_division = by_division(changes);
    let calls: u64 = by_division.values().sum();
    let mut told = format!("nothing was sent; it would take {calls} calls");
    for (division, calls) in by_division {
        let allowance = session.allowance(division);
        let minutes = match allowance.minutes(calls) {
            0 => String::new(),
            minutes => format!(", {minutes} minutes or more"),
        };
        let left = match (allowance.day_left, allowance.day_limit) {
            (Some(left), Some(limit)) => format!("{left} of {limit} are left today"),
            _ => "how many are left today is not known yet".into(),
        };
        let warning = if allowance.has_room(calls, session.budget_reserve()) { "" } else { ": too few" };
        told.push_str(&format!("; {calls} in division {division}{minutes}, where {left}{warning}"));
    }
    told
}

/// Calls by the division whose budget they count against.
fn by_division<'a>(changes: impl Iterator<Item = &'a Change>) -> BTreeMap<i32, u64> {
    let mut calls = BTreeMap::new();
    for change in changes.filter(|change| change.entity.in_division) {
        *calls.entry(change.division).or_default() += 1;
    }
    calls
}
