//! A plan told in API calls (product section 6): `EXPLAIN SELECT ...` before anything is fetched, `EXPLAIN ANALYZE` with what it
//! has really cost. The same estimate enforces `MaxApiCalls`.

mod budget;
mod estimate;
mod rows;
mod steps;
mod text;

use std::sync::Arc;

use datafusion::physical_plan::ExecutionPlan;

use crate::error::{Error, Result};
use crate::report::Report;
use estimate::Basis;
use steps::Total;

pub use rows::{COLUMNS, analyzed, planned, schema};

/// Refuses a plan that needs more calls than its execution may make (property `MaxApiCalls`), before any is made.
pub fn refuse_dearer(plan: &Arc<dyn ExecutionPlan>, report: Option<&Report>) -> Result<()> {
    let Some(limit) = report.and_then(|report| report.meter.limit()) else { return Ok(()) };
    let total = Total::of(&steps::of(plan));
    if total.calls <= limit {
        return Ok(());
    }
    Err(Error::TooManyCalls { estimate: total.calls, at_least: total.basis == Basis::AtLeast, limit })
}
