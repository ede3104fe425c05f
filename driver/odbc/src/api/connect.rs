//! SQLDriverConnect, SQLConnect, SQLBrowseConnect and SQLDisconnect.

use std::sync::Arc;

use exact_engine::settings::{self, MapGuid, Property, Settings};
use exact_engine::{Error, Limits};

use super::{ConnectionCall, Outcome, Return, connection_attributes, handles, put_text};
use crate::abi::text::{Encoding, TextIn, TextOut, speak};
use crate::handle::condition::{Failure, INVALID_COMPLETION, INVALID_LENGTH};
use crate::handle::connection::{Open, seconds};
use crate::handle::environment;
use crate::handle::spill::Budget;
use crate::handle::token;
use crate::info::types::Naming;
use crate::setup::dialog::{self, Ask, Pairs};

/// Values of `DriverCompletion`.
const NO_PROMPT: u16 = 0;
const PROMPT: u16 = 2;
const COMPLETE_REQUIRED: u16 = 3;

/// SQLDriverConnect. Where the application gives a window and the system has the dialog, a person may complete the
/// attributes: always if it is to prompt, else if they do not suffice to sign in. The completed connection string is the
/// one that came in, or what was entered.
pub fn driver_connect(
    call: &mut ConnectionCall<'_>,
    text: TextIn,
    completed: &TextOut,
    completion: u16,
    has_window: bool,
) -> Outcome {
    // No connection string has a single letter.
    listen(call, text, |_| Encoding::Utf32);
    if completion > COMPLETE_REQUIRED {
        return Err(INVALID_COMPLETION.into());
    }
    let text = text.read()?.unwrap_or_default();
    let pairs = settings::parse_connection_string(&text).map_err(Error::from)?;
    let ask = if has_window && completion != NO_PROMPT { dialog::open() } else { None };
    let opened = if ask.is_some() && completion == PROMPT { None } else { Some(open_as_named(call, &pairs)) };
    let entered = match (opened, ask) {
        (Some(Err(failure)), Some(_)) if failure.state != "28000" => return Err(failure),
        (Some(Ok(())), _) => None,
        (Some(Err(failure)), None) => return Err(failure),
        (_, Some(ask)) => {
            let Some(entered) = completed_by(ask, &pairs)? else {
                return Ok(Return::NoData);
            };
            open_as_named(call, &entered)?;
            Some(settings::connection_string(&entered))
        }
        (None, None) => None,
    };
    put_text(completed, entered.as_deref().unwrap_or(&text), &mut call.state.core.diagnostics)?;
    Ok(Return::Done)
}

fn open_as_named(call: &mut ConnectionCall<'_>, pairs: &Pairs) -> Result<(), Failure> {
    let data_source = value_of(pairs, "DSN").unwrap_or_default().to_owned();
    open(call, pairs.clone(), data_source)
}

/// What a person makes of the attributes and those of their data source; the driver and the data source stay as the
/// application names them.
fn completed_by(ask: Ask<'_>, pairs: &Pairs) -> Result<Option<Pairs>, Failure> {
    let is_property = |(key, _): &(String, String)| settings::find(key).is_some();
    let (known, mut whole): (Pairs, Pairs) = with_stored(pairs)?.into_iter().partition(is_property);
    let entered = ask(&known).map_err(|message| Error::Environment { message })?;
    Ok(entered.map(|entered| {
        whole.extend(entered.into_iter().filter(is_property));
        whole
    }))
}

/// The attributes, and behind them those of their data source.
fn with_stored(pairs: &Pairs) -> Result<Pairs, Failure> {
    let name = value_of(pairs, "DSN").unwrap_or_default();
    let stored = settings::read_dsn(name, &variable).map_err(Error::from)?;
    let is_given = |key: &str| {
        let same = |one: &str| settings::find(one).map(|one| one.name) == settings::find(key).map(|one| one.name);
        settings::find(key).is_none() || pairs.iter().any(|(one, _)| same(one))
    };
    let stored = stored.unwrap_or_default().into_iter().filter(|(key, _)| !is_given(key));
    Ok(pairs.iter().cloned().chain(stored).collect())
}

/// SQLConnect: a DSN, and possibly the client id and secret that the DSN lacks.
pub fn connect(call: &mut ConnectionCall<'_>, data_source: TextIn, user: TextIn, password: TextIn) -> Outcome {
    listen(call, data_source, of_name);
    let data_source = data_source.read()?.unwrap_or_default();
    let mut pairs = vec![("DSN".to_owned(), data_source.clone())];
    for (key, text) in [("UID", user), ("PWD", password)] {
        if let Some(value) = text.read()?.filter(|value| !value.is_empty()) {
            pairs.push((key.to_owned(), value));
        }
    }
    open(call, pairs, data_source)?;
    Ok(Return::Done)
}

/// Attributes that SQLBrowseConnect asks for where no sign-in is stored, and what a form calls them. `*` marks those
/// that may stay away.
const ASKED: [(&str, &str, &str); 5] = [
    ("", "OAuthClientId", "Client id"),
    ("", "OAuthClientSecret", "Client secret"),
    ("", "OAuthRefreshToken", "Refresh token"),
    ("*", "Region", "Country"),
    ("*", "Division", "Division code"),
];

/// SQLBrowseConnect: connects if what was given by this and the earlier calls suffices. If a sign-in is missing, it
/// answers SQL_NEED_DATA and the attributes to ask for.
pub fn browse_connect(call: &mut ConnectionCall<'_>, text: TextIn, browse: &TextOut) -> Outcome {
    listen(call, text, |_| Encoding::Utf32);
    let mut pairs = call.state.core.browsing.take().unwrap_or_default();
    let text = text.read()?.unwrap_or_default();
    for (key, value) in settings::parse_connection_string(&text).map_err(Error::from)? {
        pairs.retain(|(known, _)| !known.eq_ignore_ascii_case(&key));
        pairs.push((key, value));
    }
    let data_source = value_of(&pairs, "DSN").unwrap_or_default().to_owned();
    let wanted = missing(&pairs);
    match open(call, pairs.clone(), data_source) {
        Ok(()) => {
            put_text(browse, &settings::connection_string(&pairs), &mut call.state.core.diagnostics)?;
            Ok(Return::Done)
        }
        Err(failure) if failure.state == "28000" && wanted.contains("=?") => {
            call.state.core.browsing = Some(pairs);
            put_text(browse, &wanted, &mut call.state.core.diagnostics)?;
            Ok(Return::NeedData)
        }
        Err(failure) => Err(failure),
    }
}

/// The browse result connection string: `attribute:name=?`, or the values to choose from.
fn missing(pairs: &Pairs) -> String {
    let given = |property: &Property| {
        pairs
            .iter()
            .any(|(key, value)| !value.is_empty() && settings::find(key).is_some_and(|one| one.name == property.name))
    };
    let asked = ASKED.iter().filter_map(|(mark, name, label)| Some((mark, settings::find(name)?, label)));
    asked
        .filter(|(_, property, _)| !given(property))
        .map(|(mark, property, label)| match property.allowed {
            [] => format!("{mark}{}:{label}=?;", property.name),
            values => format!("{mark}{}:{label}={{{}}};", property.name, values.join(",")),
        })
        .collect()
}

/// Finds out from the first text of a connection how wide the application's wide characters are. `of_letter` tells it of
/// a text that may be this single letter or a longer one.
fn listen(call: &mut ConnectionCall<'_>, text: TextIn, of_letter: impl FnOnce(char) -> Encoding) {
    let Some(encoding) = text.betrayed_encoding(of_letter) else { return };
    let core = &mut call.state.core;
    core.wide = encoding;
    if let Some(environment) = token::environment(core.environment) {
        environment.lock().wide = encoding;
    }
    speak(encoding);
}

/// A data source may have the name of a single letter; then the driver manager tells. Where there is none, the name is a
/// longer one of wider characters.
fn of_name(letter: char) -> Encoding {
    match settings::read_dsn(&letter.to_string(), &variable) {
        Ok(None) => Encoding::Utf32,
        _ => Encoding::of_manager().unwrap_or_default(),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn value_of<'a>(pairs: &'a Pairs, key: &str) -> Option<&'a str> {
    pairs.iter().find(|(one, _)| one.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
}

fn open(call: &mut ConnectionCall<'_>, mut pairs: Pairs, data_source: String) -> Result<(), Failure> {
    if data_source.len() > 255 {
        return Err(INVALID_LENGTH.because("the data source name is longer than 255"));
    }
    let core = &mut call.state.core;
    // A catalog chosen before connecting is a division; the connection string wins over it.
    if let Some(catalog) = core.attributes.catalog.clone() {
        pairs.push(("Division".to_owned(), catalog));
    }
    let dsn = match data_source.as_str() {
        "" => Vec::new(),
        name => settings::read_dsn(name, &variable).map_err(Error::from)?.unwrap_or_default(),
    };
    let (settings, notices) = Settings::from_pairs(&pairs, &dsn).map_err(Error::from)?;
    core.diagnostics.notices(notices);
    let naming = naming(&settings);
    let engine = environment::engine()?;
    let limits = Limits { timeout: seconds(core.attributes.login_timeout as usize), ..Limits::default() };
    let (connection, notices) = exact_engine::Connection::open(engine, settings, &limits)?;
    core.diagnostics.notices(notices);
    let cursor_memory = Arc::new(Budget::new(connection.settings().memory_limit));
    core.open = Some(Open { engine: connection, data_source, naming, cursor_memory, dead: false });
    connection_attributes::apply_autocommit(core, &call.connection.running, core.attributes.autocommit)
}

fn naming(settings: &Settings) -> Naming {
    Naming {
        wide_text: settings.map_to_wvarchar,
        guid_type: settings.map_guid == MapGuid::Guid,
        catalogs: settings.catalogs,
        read_only: settings.readonly,
        upper_case: settings.upper_case_identifiers,
        bigint_as_text: settings.map_bigint_to_varchar,
        longest_key: settings.limit_key_size,
    }
}

/// SQLDisconnect: ends every statement and descriptor, then the connection.
pub fn disconnect(call: &mut ConnectionCall<'_>) -> Outcome {
    call.refuse_busy()?;
    let state = &mut *call.state;
    if state.core.browsing.take().is_some() {
        return Ok(Return::Done);
    }
    let statements: Vec<usize> = state.statements.iter().map(|(index, _)| index).collect();
    for index in statements {
        handles::remove_statement(state, index);
    }
    let descriptors: Vec<usize> = state.descriptors.iter().map(|(index, _)| index).collect();
    for index in descriptors {
        if let Some(descriptor) = state.descriptors.remove(index) {
            token::forget(descriptor.token);
        }
    }
    state.core.open = None;
    Ok(Return::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_completes_the_properties_and_the_application_names_the_driver() {
        let pairs = |text: &str| settings::parse_connection_string(text).unwrap();
        let ask = |known: &Pairs| {
            assert_eq!(*known, pairs("Division=1"));
            Ok(Some(pairs("Division=5512;Readonly=true;DSN=Other;Description=x")))
        };
        let completed = completed_by(&ask, &pairs("Driver={Exact Online};Division=1")).unwrap();
        assert_eq!(completed, Some(pairs("Driver={Exact Online};Division=5512;Readonly=true")));
        assert_eq!(completed_by(&|_| Ok(None), &pairs("Division=1")).unwrap(), None);
        let failure = completed_by(&|_| Err("no window".to_owned()), &Pairs::new()).unwrap_err();
        assert!(failure.message.contains("no window"), "{}", failure.message);
    }
}
