//! What a sign-in needs and was not given is asked for, where a person sits at a terminal.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::{Context, Result, bail};
use exact_client::auth::{self, StoredSignIn};
use exact_client::settings::Settings;

use super::settings;
use crate::manager::Pairs;

/// Whom questions are put to.
pub trait Person {
    /// Whether there is anybody.
    fn is_there(&self) -> bool;
    fn asked(&mut self, question: &str) -> Result<String>;
    /// The answer is not shown while it is typed.
    fn asked_in_secret(&mut self, question: &str) -> Result<String>;
}

/// The person at the terminal.
pub struct Terminal;

impl Person for Terminal {
    fn is_there(&self) -> bool {
        std::io::stdin().is_terminal()
    }

    fn asked(&mut self, question: &str) -> Result<String> {
        let mut errors = std::io::stderr();
        write!(errors, "{question}: ").and_then(|()| errors.flush()).context("the terminal cannot be written")?;
        let mut text = String::new();
        if std::io::stdin().lock().read_line(&mut text).context("the terminal cannot be read")? == 0 {
            bail!("the sign-in was broken off");
        }
        Ok(text.trim().to_owned())
    }

    fn asked_in_secret(&mut self, question: &str) -> Result<String> {
        let text =
            rpassword::prompt_password(format!("{question} (not shown): ")).context("the terminal cannot be read")?;
        Ok(text.trim().to_owned())
    }
}

/// A line of standard input; `None` if it is empty.
pub fn line(input: &mut dyn BufRead) -> Result<Option<String>> {
    let mut text = String::new();
    input.read_line(&mut text).context("standard input cannot be read")?;
    Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// The settings of a sign-in: as given, else as stored by the last one, else asked for.
pub fn missing(given: &Pairs, person: &mut dyn Person) -> Result<Settings> {
    let mut pairs = given.clone();
    let names = |pairs: &Pairs, name: &str| {
        pairs.iter().any(|(key, value)| {
            let property = exact_client::settings::find(key);
            property.is_some_and(|property| property.name == name) && !value.trim().is_empty()
        })
    };
    if person.is_there() && !names(&pairs, "Region") && !names(&pairs, "BaseUrl") {
        let region = asked(person, "Country of your Exact Online: NL, BE, DE, UK, US, ES or FR", Some("NL"))?;
        pairs.push(("Region".to_owned(), region));
    }
    let stored = stored(&settings(&pairs)?)?;
    if !names(&pairs, "OAuthClientId") {
        let known = stored.as_ref().map(|stored| stored.client_id.as_str());
        let id = required(person, "OAuthClientId", "Client id of your app registration", known)?;
        pairs.push(("OAuthClientId".to_owned(), id));
    }
    let found = settings(&pairs)?;
    let stored = stored.filter(|stored| Some(&stored.client_id) == found.oauth_client_id.as_ref());
    if found.oauth_client_secret.is_none() {
        let secret = secret(person, stored.as_ref())?;
        pairs.extend(secret.map(|secret| ("OAuthClientSecret".to_owned(), secret)));
    }
    if found.callback_url.is_none() {
        let known = stored.as_ref().and_then(|stored| stored.callback_url.as_deref());
        let address = required(person, "CallbackURL", "Redirect address, exactly as it is registered", known)?;
        pairs.push(("CallbackURL".to_owned(), address));
    }
    settings(&pairs)
}

/// What the last sign-in left, if there is one that these settings lead to.
fn stored(settings: &Settings) -> Result<Option<StoredSignIn>> {
    // Of several sign-ins none is meant until a client id is given.
    auth::named_store(settings).map_or(Ok(None), |store| Ok(store.load()?))
}

fn asked(person: &mut dyn Person, question: &str, known: Option<&str>) -> Result<String> {
    let question = known.map_or_else(|| question.to_owned(), |known| format!("{question} [{known}]"));
    loop {
        let answer = person.asked(&question)?;
        match (answer.is_empty(), known) {
            (false, _) => return Ok(answer),
            (true, Some(known)) => return Ok(known.to_owned()),
            (true, None) => {}
        }
    }
}

/// Asked for, else as it is known, else an error that names the property.
fn required(person: &mut dyn Person, property: &str, question: &str, known: Option<&str>) -> Result<String> {
    match known {
        _ if person.is_there() => asked(person, question, known),
        Some(known) => Ok(known.to_owned()),
        None => bail!("{property} is needed and there is no terminal to ask at; give {property}=..."),
    }
}

/// The client secret; `None` if that of the last sign-in serves.
fn secret(person: &mut dyn Person, stored: Option<&StoredSignIn>) -> Result<Option<String>> {
    match (person.is_there(), stored) {
        (true, Some(_)) => {
            let answer = person.asked_in_secret("Client secret [Enter: the one stored]")?;
            Ok(Some(answer).filter(|answer| !answer.is_empty()))
        }
        (true, None) => loop {
            let answer = person.asked_in_secret("Client secret")?;
            if !answer.is_empty() {
                return Ok(Some(answer));
            }
        },
        (false, Some(_)) => Ok(None),
        (false, None) => bail!(
            "OAuthClientSecret is needed and there is no terminal to ask at; give OAuthClientSecret=- and the secret on \
             standard input"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers from a list, and remembers the questions.
    struct Script {
        there: bool,
        answers: Vec<&'static str>,
        questions: Vec<String>,
    }

    impl Person for Script {
        fn is_there(&self) -> bool {
            self.there
        }

        fn asked(&mut self, question: &str) -> Result<String> {
            self.questions.push(question.to_owned());
            Ok(self.answers.remove(0).to_owned())
        }

        fn asked_in_secret(&mut self, question: &str) -> Result<String> {
            self.asked(&format!("{question} in secret"))
        }
    }

    fn run(there: bool, answers: &[&'static str], given: &[(&str, &str)]) -> (Result<Settings>, Vec<String>) {
        let given = given.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let mut person = Script { there, answers: answers.to_vec(), questions: Vec::new() };
        (missing(&given, &mut person), person.questions)
    }

    #[test]
    fn what_is_missing_is_asked_for() {
        let store = ("OAuthSettingsLocation", "memory://ask");
        let (found, questions) = run(true, &["be", "", "my-id", "", "geheim", "https://example.org/back"], &[store]);
        let found = found.unwrap();
        assert_eq!(found.base_url, "https://start.exactonline.be");
        assert_eq!(found.oauth_client_id.as_deref(), Some("my-id"));
        assert_eq!(found.oauth_client_secret.unwrap().reveal(), "geheim");
        assert_eq!(found.callback_url.as_deref(), Some("https://example.org/back"));
        assert_eq!(questions.len(), 6, "an empty answer is asked again: {questions:?}");
    }

    #[test]
    fn what_is_given_is_not_asked_for() {
        let all = [
            ("OAuthSettingsLocation", "memory://ask"),
            ("Region", "FR"),
            ("UID", "my-id"),
            ("PWD", "geheim"),
            ("CallbackURL", "http://localhost:8415/"),
        ];
        for there in [true, false] {
            let (found, questions) = run(there, &[], &all);
            assert_eq!((found.unwrap().region, questions.len()), ("France", 0));
        }
        for (missing, property) in [(2, "OAuthClientId"), (3, "OAuthClientSecret"), (4, "CallbackURL")] {
            let given: Vec<_> =
                all.iter().enumerate().filter(|(at, _)| *at != missing).map(|(_, pair)| *pair).collect();
            let text = run(false, &[], &given).0.unwrap_err().to_string();
            assert!(text.starts_with(property), "{text}");
        }
    }
}
