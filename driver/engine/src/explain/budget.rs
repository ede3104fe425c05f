//! What the calls of a query mean for the budget of the service (fact sheet 7.1).

use super::steps::Total;

/// Calls that the service allows in a minute.
const MINUTE_CALLS: u64 = 60;

/// The minutes that a query takes, and a sentence about them.
pub fn of(total: &Total) -> (u64, String) {
    let Some((division, most)) = total.most_in_division else {
        return (0, "no call is made".into());
    };
    let minutes = most.saturating_sub(1) / MINUTE_CALLS;
    (minutes, format!("{most} calls to division {division}, which allows {MINUTE_CALLS} a minute"))
}
