//! SQLDriverConnect, SQLConnect and SQLDisconnect.

use exact_engine::settings::{self, MapGuid, Settings};
use exact_engine::{Error, Limits};

use super::{ConnectionCall, Outcome, Return, handles, put_text};
use crate::abi::text::{TextIn, TextOut};
use crate::handle::condition::{CONNECTION_IN_USE, Failure, INVALID_COMPLETION, INVALID_LENGTH, NOT_CONNECTED};
use crate::handle::connection::{Open, seconds};
use crate::handle::token;
use crate::info::types::Naming;

type Pairs = Vec<(String, String)>;

/// SQLDriverConnect. No window is ever opened: whatever the completion, the text must suffice. The
/// completed connection string is the one that came in.
pub fn driver_connect(call: &mut ConnectionCall<'_>, text: TextIn, completed: &TextOut, completion: u16) -> Outcome {
    refuse_open(call)?;
    if completion > 3 {
        return Err(INVALID_COMPLETION.into());
    }
    let text = text.read()?.unwrap_or_default();
    let pairs = settings::parse_connection_string(&text).map_err(Error::from)?;
    let data_source = value_of(&pairs, "DSN").unwrap_or_default().to_owned();
    open(call, pairs, data_source)?;
    put_text(completed, &text, &mut call.state.core.diagnostics)?;
    Ok(Return::Done)
}

/// SQLConnect: a DSN, and possibly the client id and secret that the DSN lacks.
pub fn connect(call: &mut ConnectionCall<'_>, data_source: TextIn, user: TextIn, password: TextIn) -> Outcome {
    refuse_open(call)?;
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

fn refuse_open(call: &ConnectionCall<'_>) -> Result<(), Failure> {
    match call.state.core.open {
        Some(_) => Err(CONNECTION_IN_USE.into()),
        None => Ok(()),
    }
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
    let environment = |name: &str| std::env::var(name).ok();
    let dsn = match data_source.as_str() {
        "" => Vec::new(),
        name => settings::read_dsn(name, &environment).map_err(Error::from)?.unwrap_or_default(),
    };
    let (settings, notices) = Settings::from_pairs(&pairs, &dsn).map_err(Error::from)?;
    core.diagnostics.notices(notices);
    let naming = naming(&settings);
    let engine = core.environment.engine()?;
    let limits = Limits { timeout: seconds(core.attributes.login_timeout as usize), ..Limits::default() };
    let (connection, notices) = exact_engine::Connection::open(engine, settings, &limits)?;
    core.diagnostics.notices(notices);
    core.open = Some(Open { engine: connection, data_source, naming, dead: false });
    Ok(())
}

fn naming(settings: &Settings) -> Naming {
    Naming {
        wide_text: settings.map_to_wvarchar,
        guid_type: settings.map_guid == MapGuid::Guid,
        catalogs: settings.catalogs,
        read_only: settings.readonly,
    }
}

/// SQLDisconnect: ends every statement and descriptor, then the connection.
pub fn disconnect(call: &mut ConnectionCall<'_>) -> Outcome {
    let state = &mut *call.state;
    if state.core.open.is_none() {
        return Err(NOT_CONNECTED.into());
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
