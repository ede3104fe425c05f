//! What the service says of the company: clock, divisions, scopes, modules, budget.

use std::sync::Arc;

use anyhow::Result;
use exact_client::checks;
use exact_client::error::{DeniedBecause, Error};
use exact_client::limits::Allowance;
use exact_client::model::model;
use exact_client::settings::{DivisionSetting, Settings};
use exact_client::transport::{Session, moment};
use tokio::runtime::Handle;

use super::{Finding, Page};

/// From this difference on the clock is worth a word: tokens are renewed by it.
const CLOCK_MS: u64 = 20_000;

/// A table for each module of Exact Online, by which one sees whether it can be read.
const MODULES: [(&str, &str, &str); 12] = [
    ("relations", "crm", "Accounts"),
    ("general ledger", "financialtransaction", "TransactionLines"),
    ("ledger accounts", "financial", "GLAccounts"),
    ("sales invoices", "salesinvoice", "SalesInvoices"),
    ("sales orders", "salesorder", "SalesOrders"),
    ("purchase orders", "purchaseorder", "PurchaseOrders"),
    ("items", "logistics", "Items"),
    ("stock", "inventory", "ItemWarehouses"),
    ("projects", "project", "Projects"),
    ("employees", "payroll", "Employees"),
    ("manufacturing", "manufacturing", "ShopOrders"),
    ("documents", "documents", "Documents"),
];

/// Asks the service; some fifteen calls.
pub async fn check(settings: &Settings, runtime: Handle, page: &mut Page) -> Result<()> {
    let session = match Session::open(settings, runtime).await {
        Ok((session, _)) => session,
        Err(error) => return page.add([Finding::error("Connection", &error)]),
    };
    let ahead = checks::clock_ahead_ms(&session).await;
    let goes_on = ahead.is_ok();
    page.add([clock(ahead)])?;
    if goes_on {
        page.add([divisions(settings, &session).await])?;
        page.add(modules(&session).await)?;
        page.add([budget(session.allowance(session.division()))])?;
    }
    Ok(())
}

fn clock(ahead: exact_client::Result<Option<i64>>) -> Finding {
    const WHAT: &str = "Clock";
    match ahead {
        Err(error) => Finding::error("Access token", &error),
        Ok(None) => {
            Finding::warn(WHAT, "the service does not tell its time", "nothing, if this machine's clock is right")
        }
        Ok(Some(ms)) if ms.unsigned_abs() < CLOCK_MS => Finding::ok(WHAT, "agrees with the service's"),
        Ok(Some(ms)) => Finding::warn(
            WHAT,
            format!("{} s {} the service's", ms.unsigned_abs() / 1000, if ms > 0 { "ahead of" } else { "behind" }),
            "set this machine's clock, by a time server if you can: tokens are renewed by it",
        ),
    }
}

async fn divisions(settings: &Settings, session: &Arc<Session>) -> Finding {
    const WHAT: &str = "Divisions";
    let all = match exact_client::division::all(session).await {
        Ok(all) => all,
        Err(error) => {
            return Finding::warn(
                WHAT,
                format!("the list cannot be read: {error}"),
                "the scope Organization administration of the app registration lets it be read",
            );
        }
    };
    let asked = match &settings.division {
        DivisionSetting::Codes(codes) => codes.clone(),
        DivisionSetting::Current | DivisionSetting::All => vec![session.division()],
    };
    let is_open = |code: &i32| all.iter().any(|division| division.code == *code);
    let closed: Vec<String> = asked.iter().filter(|code| !is_open(code)).map(ToString::to_string).collect();
    if closed.is_empty() {
        return Finding::ok(WHAT, format!("{} of {} that can be opened", asked.len(), all.len()));
    }
    let some = all.iter().take(20).map(|division| division.code.to_string()).collect::<Vec<_>>().join(", ");
    Finding::fail(
        WHAT,
        format!("{} cannot be opened by this user and app", closed.join(", ")),
        format!("choose another Division ({some}), or give the app permission for it at the next sign-in"),
    )
}

/// Which modules can be read; else whether it is the scope or the right that is missing.
async fn modules(session: &Arc<Session>) -> Vec<Finding> {
    let (mut readable, mut without_scope, mut closed, mut failed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (module, schema, name) in MODULES {
        match checks::read_a_row(session, schema, name).await {
            Ok(()) => readable.push(module),
            Err(Error::Denied { because: DeniedBecause::Scope, .. }) => {
                let scope = model().find(Some(schema), name).map(|entity| entity.scope).unwrap_or_default();
                without_scope.push(format!("{module} ({scope})"));
            }
            Err(Error::Denied { .. } | Error::NotFound { .. }) => closed.push(module),
            Err(error) => failed.push(format!("{module}: {error}")),
        }
    }
    let scopes = if without_scope.is_empty() {
        Finding::ok("Scopes", "all that were tried are given")
    } else {
        Finding::warn(
            "Scopes",
            format!("missing for {}", without_scope.join(", ")),
            "add those that you need to the app registration, then sign in again with: exact-odbc login",
        )
    };
    let modules = match (readable.is_empty(), closed.is_empty()) {
        (true, _) => Finding::fail("Modules", "none can be read", "see the lines around this one"),
        (false, true) => Finding::ok("Modules", format!("can be read: {}", readable.join(", "))),
        (false, false) => Finding::warn(
            "Modules",
            format!("can be read: {}; not: {}", readable.join(", "), closed.join(", ")),
            "for the others the user lacks the right, or the company's subscription does not include them",
        ),
    };
    let failed = failed.iter().map(|text| Finding::error("Modules", text));
    [scopes, modules].into_iter().chain(failed).collect()
}

/// What is left of the day's calls, as the service has just told.
fn budget(allowance: Allowance) -> Finding {
    const WHAT: &str = "Budget";
    let (Some(left), Some(limit)) = (allowance.day_left, allowance.day_limit) else {
        return Finding::ok(WHAT, "the service tells of no limit to the day's calls");
    };
    let text = format!("{left} of the day's {limit} calls are left for this division");
    let until = format!("new ones come at {}", moment(allowance.day_ends_ms));
    if left == 0 {
        Finding::fail(WHAT, text, until)
    } else if left < limit / 10 {
        Finding::warn(WHAT, text, format!("{until}; other programs with this app registration spend them as well"))
    } else {
        Finding::ok(WHAT, text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_day_that_is_spent_or_nearly_so_is_told() {
        let found = |day_left, day_limit| {
            budget(Allowance {
                minute_limit: None,
                minute_left: None,
                minute_ends_ms: 0,
                day_limit,
                day_left,
                day_ends_ms: 86_400_000,
            })
        };
        let cases = [
            (Some(4_000), Some(5_000), State::Ok),
            (Some(499), Some(5_000), State::Warn),
            (Some(0), Some(5_000), State::Fail),
            (None, None, State::Ok),
        ];
        for (left, limit, state) in cases {
            assert_eq!(found(left, limit).state, state, "{left:?}");
        }
        assert_eq!(found(Some(0), Some(1)).remedy.unwrap(), "new ones come at 1970-01-02 00:00:00 UTC");
    }
}
