//! What the service says of the company: clock, divisions, scopes, modules, budget.

use std::sync::Arc;

use anyhow::Result;
use exact_client::checks;
use exact_client::error::{DeniedBecause, Error};
use exact_client::model::model;
use exact_client::settings::Settings;
use exact_client::transport::Session;
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
        page.add(modules(&session).await)?;
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
