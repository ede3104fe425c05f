//! Whom a store is shared with.

use anyhow::{Result, bail};
use exact_client::auth::Store;

/// The name of an account or a group.
pub type Grantee = String;

/// Whether there is such an account, Windows says when it is given its right.
pub fn find(account: &str) -> Result<Grantee> {
    if account.is_empty() || account.starts_with(['/', '-']) {
        bail!("\"{account}\" is no account");
    }
    Ok(account.to_owned())
}

/// Lets the account use the store.
pub fn share(store: &Store, account: &Grantee) -> Result<()> {
    Ok(store.share(account)?)
}
