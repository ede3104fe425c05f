//! What the calls of a query mean for the budget of the service (fact sheet 7.1).

use exact_client::Session;

use super::steps::Total;

/// The minutes that a query takes at least, and a sentence about what is left of the budget.
pub fn of(total: &Total, session: Option<&Session>) -> (u64, String) {
    let (Some((division, most)), Some(session)) = (total.most_in_division, session) else {
        return (0, "no call is made".into());
    };
    let allowance = session.allowance(division);
    let left = match (allowance.day_left, allowance.day_limit) {
        (Some(left), Some(limit)) => format!("{left} of {limit} calls are left today"),
        _ => "the service has not told yet how many calls are left today".into(),
    };
    let warning = match allowance.has_room(most, session.budget_reserve()) {
        true => "",
        false => ": too few",
    };
    (allowance.minutes(most), format!("{most} of the calls go to division {division}, where {left}{warning}"))
}
