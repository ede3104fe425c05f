//! What a write takes of the calls that may be made (fact sheet 7.1), reckoned before its first request: one that ends half-way
//! because the calls are spent is the worst that can become of it.

use std::collections::BTreeMap;

use exact_client::model::Entity;
use exact_client::writer::Change;

use crate::connection::Shared;
use crate::error::{CallLimit, Error, Result};

/// Calls that are to be made, by the division whose budget they count against.
#[derive(Clone, Debug, Default)]
pub struct Calls(BTreeMap<i32, u64>);

impl Calls {
    /// One for each of these changes.
    pub fn of<'a>(changes: impl Iterator<Item = &'a Change>) -> Calls {
        let mut calls = Calls::default();
        changes.for_each(|change| calls.add(change.entity, change.division, 1));
        calls
    }

    /// Adds calls about an entity; they count where it lives in a division.
    pub fn add(&mut self, entity: &Entity, division: i32, calls: u64) {
        if entity.in_division && calls > 0 {
            *self.0.entry(division).or_default() += calls;
        }
    }

    /// These and others.
    pub fn and(mut self, other: &Calls) -> Calls {
        other.0.iter().for_each(|(division, calls)| *self.0.entry(*division).or_default() += calls);
        self
    }

    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Refuses them where they are more than the property MaxApiCalls or the day allows. `made` calls were made already to find
    /// the rows.
    pub fn afforded(&self, shared: &Shared, statement: &str, made: u64) -> Result<()> {
        let (source, calls) = (&shared.source, self.total());
        let refused = |calls, limit| Err(Error::TooDear { statement: statement.to_owned(), calls, limit });
        if let Some(most) = source.settings.max_api_calls.filter(|most| calls > 0 && calls + made > *most) {
            return refused(calls, CallLimit::Property { most, made });
        }
        let reserve = source.session.budget_reserve();
        for (&division, &calls) in &self.0 {
            let allowance = source.session.allowance(division);
            if !allowance.has_room(calls, reserve) {
                let (left, until_ms) = (allowance.day_left.unwrap_or_default(), allowance.day_ends_ms);
                return refused(calls, CallLimit::Day { division, left, reserve, until_ms });
            }
        }
        Ok(())
    }

    /// What they would be, as a sentence for a DryRun.
    pub fn told(&self, shared: &Shared) -> String {
        let session = &shared.source.session;
        let mut told = format!("nothing was sent; it would take {} calls", self.total());
        for (&division, &calls) in &self.0 {
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
}
