//! Whom a store is shared with.

use std::process::Command;

use anyhow::{Context, Result, bail};
use exact_client::auth::Store;

/// The number of a group.
pub type Grantee = u32;

/// Lets the members of the group use the store.
pub fn share(store: &Store, group: &Grantee) -> Result<()> {
    Ok(store.share(*group)?)
}

/// The group that stands for an account: the group of that name, or the one that the account has to itself.
pub fn find(account: &str) -> Result<Grantee> {
    let group = look_up("group", account)?;
    if let Some(number) = group.as_deref().and_then(|line| field(line, 2)) {
        return Ok(number);
    }
    let Some(user) = look_up("passwd", account)? else {
        bail!("there is no group and no account \"{account}\" on this machine");
    };
    let number: u32 = field(&user, 3).with_context(|| format!("the group of account {account} is not known"))?;
    let name = look_up("group", &number.to_string())?.unwrap_or_default();
    bail!(
        "account {account} has no group of its own (its group is {}); make one, put {account} and yourself into it, and \
         give its name instead: groupadd exact-online && usermod -aG exact-online {account}",
        name.split(':').next().unwrap_or_default()
    )
}

/// A line of one of the system's lists, from wherever the system keeps them.
fn look_up(list: &str, key: &str) -> Result<Option<String>> {
    if key.starts_with('-') {
        bail!("\"{key}\" is no account");
    }
    let found = Command::new("getent").args([list, key]).output().context("the program getent cannot be started")?;
    let text = String::from_utf8_lossy(&found.stdout).lines().next().map(str::to_owned);
    Ok(text.filter(|_| found.status.success()))
}

fn field(line: &str, place: usize) -> Option<u32> {
    line.split(':').nth(place)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_found_by_its_name() {
        assert_eq!(find("root").unwrap(), 0);
        assert!(find("no-such-account").unwrap_err().to_string().contains("no-such-account"));
        assert!(find("--help").is_err());
    }
}
