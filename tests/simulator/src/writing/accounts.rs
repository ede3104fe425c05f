//! The ledger account of a line that names none: the revenue account of its item.

use std::collections::HashMap;

use super::Writer;
use crate::catalog::{Catalog, Endpoint};
use crate::company::lists::GL_ACCOUNTS;
use crate::company::value::Value;
use crate::failure::Failure;

/// The revenue account of items that name none themselves.
const REVENUE: &str = "8000";

impl Writer<'_> {
    /// Fills in the ledger account of an invoice's line from its item, where the switch says so.
    pub fn fill_ledger_account(
        &self,
        endpoint: &'static Endpoint,
        values: &mut HashMap<String, Value>,
    ) -> Result<(), Failure> {
        let is_given = values.get("GLAccount").is_some_and(|account| !account.is_null());
        let fills = self.switches.ledger_account_of_item && endpoint.path == "salesinvoice/SalesInvoiceLines";
        let Some(Value::Guid(item)) = values.get("Item").filter(|_| fills && !is_given) else { return Ok(()) };
        let Some(items) = Catalog::get().find("logistics/Items") else { return Ok(()) };
        let Some(item) = self.rows_where(items, "ID", *item)?.pop() else { return Ok(()) };
        let account = match item.get("GLRevenue") {
            Some(account @ Value::Guid(_)) => account.clone(),
            _ => self.revenue_account()?,
        };
        values.insert("GLAccount".to_owned(), account);
        Ok(())
    }

    fn revenue_account(&self) -> Result<Value, Failure> {
        let accounts = Catalog::get().find("financial/GLAccounts").ok_or_else(Failure::not_found)?;
        let ordinal = GL_ACCOUNTS.iter().position(|account| account.0 == REVENUE).unwrap_or_default();
        Ok(Value::Guid(self.table(accounts)?.guid(ordinal as u64)))
    }
}
