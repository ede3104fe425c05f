//! `exact-odbc logout`: forgets a sign-in.

use anyhow::{Result, bail};
use exact_client::auth::{Store, named_store};
use exact_client::settings::Settings;

use super::dsn;
use crate::cli::LogoutArguments;
use crate::output;
use crate::session;

/// Removes what is stored of a sign-in on this machine.
pub fn run(arguments: &LogoutArguments) -> Result<()> {
    let mut pairs = dsn::properties(&arguments.properties, &mut std::io::stdin().lock())?;
    pairs.extend(arguments.dsn.as_deref().map(dsn::pairs).transpose()?.unwrap_or_default());
    let store = match &arguments.store {
        Some(path) => Store::at(path),
        None => {
            let (settings, notices) = Settings::from_pairs(&pairs, &[])?;
            if let Some(notice) = notices.first() {
                bail!("{}", notice.message);
            }
            named_store(&settings)?
        }
    };
    match session::forget(&store)? {
        Ok(None) => output::line(format_args!("Nothing was stored at {}.", store.name())),
        Ok(Some(sign_in)) => output::line(format_args!(
            "The sign-in to {} as {} is forgotten. At Exact Online its access ends within 10 minutes; the app's permission \
             stays there until you take it back.",
            sign_in.base_url,
            sign_in.user_name.as_deref().unwrap_or("an unknown user")
        )),
        Err(_) => output::line(format_args!("The damaged sign-in at {} is removed.", store.name())),
    }
}
