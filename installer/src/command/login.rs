//! `exact-odbc login`: stores a sign-in.

use std::io::BufRead;

use anyhow::{Context, Result, bail};
use exact_client::settings::{self, Secret, Settings};

use super::dsn;
use crate::cli::LoginArguments;
use crate::ini::Pairs;
use crate::output;
use crate::session;

/// Imports a refresh token: exchanges it at once, asks whose it is, and stores both.
pub fn run(arguments: &LoginArguments) -> Result<()> {
    let mut input = std::io::stdin().lock();
    let refresh_token = line(&mut input)?.context("standard input holds no refresh token")?;
    let secret = line(&mut input)?;
    let source = arguments.dsn.as_deref().map(dsn::pairs).transpose()?.unwrap_or_default();
    let settings = settings(&arguments.properties, secret, &source)?;
    let stored = session::import(&settings, Secret::new(refresh_token))?;
    let user = stored.user_name.as_deref().unwrap_or("the user of this token");
    output::line(format_args!("Signed in to {} as {user}.", stored.base_url))?;
    if let Some(division) = stored.division {
        output::line(format_args!(
            "The current division is {division}. Make a data source with:  exact-odbc dsn add NAME Division={division}"
        ))?;
    }
    Ok(())
}

fn line(input: &mut dyn BufRead) -> Result<Option<String>> {
    let mut text = String::new();
    input.read_line(&mut text).context("standard input cannot be read")?;
    Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

fn settings(arguments: &[String], secret: Option<String>, source: &Pairs) -> Result<Settings> {
    let mut pairs = Pairs::new();
    for argument in arguments {
        let (key, value) = argument.split_once('=').with_context(|| format!("\"{argument}\" is not KEY=VALUE"))?;
        if settings::find(key).is_some_and(|property| property.secret) {
            bail!(
                "{key} is a secret and does not belong on a command line; give it on the second line of standard input"
            );
        }
        pairs.push((key.to_owned(), value.to_owned()));
    }
    pairs.extend(secret.map(|secret| ("OAuthClientSecret".to_owned(), secret)));
    let (settings, notices) = Settings::from_pairs(&pairs, source)?;
    match notices.first() {
        Some(notice) => bail!("{}", notice.message),
        None => Ok(settings),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_comes_from_standard_input_only() {
        let source = vec![("OAuthClientId".to_owned(), "abc".to_owned())];
        let found = settings(&["Region=BE".to_owned()], Some("geheim".to_owned()), &source).unwrap();
        assert_eq!(found.oauth_client_id.as_deref(), Some("abc"));
        assert_eq!(found.oauth_client_secret, Some(Secret::new("geheim")));
        let text = settings(&["PWD=geheim".to_owned()], None, &source).unwrap_err().to_string();
        assert!(text.contains("second line") && !text.contains("geheim"), "{text}");
    }
}
