//! One change of one row: POST, PUT or DELETE (fact sheet 6.7).
//!
//! The service has no transactions: each change stands alone the moment it is answered. So a change is never repeated
//! unless it is certain that the service has not begun it, or that doing it twice is the same as once.

mod look_up;
mod recent;
mod recorded;
mod settle;
mod value;

use std::sync::Arc;

use arrow::array::RecordBatch;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use tokio::task::JoinHandle;

use crate::error::{Error, Result};
use crate::model::{AccessPath, Column, Entity, Origin, mandatory};
use crate::odata::page::PageDecoder;
use crate::odata::url;
use crate::reader::{ReadRequest, ended};
use crate::transport::{Call, Departure, Received, Session, Witness};

pub use crate::transport::Verb;
pub use look_up::LookedUp;
use recent::Recent;
use recorded::Recorded;
pub use value::json as value;

/// What is to be done to one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub entity: &'static Entity,
    pub division: i32,
    pub verb: Verb,
    /// What stands between the parentheses of `Entity(..)`; none for a new row.
    pub key: Option<String>,
    /// Values by the documented names of columns and collections.
    pub body: Map<String, Value>,
    /// The row before the change, as far as it was read.
    pub before: Map<String, Value>,
    /// The statement that it belongs to, for the journal.
    pub cause: Arc<Cause>,
}

/// A statement that writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cause {
    /// Tells the statements of a process apart.
    pub statement: u64,
    pub sql: String,
}

impl Change {
    fn path(&self) -> Result<&'static AccessPath> {
        let found = self.entity.regular().or(self.entity.default_path());
        found.ok_or_else(|| Error::NotCapable { what: format!("writing to {}", self.table()) })
    }

    /// `schema.Name` of the entity.
    pub fn table(&self) -> String {
        format!("{}.{}", self.entity.schema, self.entity.name)
    }

    /// The address that the change is sent to.
    pub fn url(&self, base_url: &str) -> Result<String> {
        Ok(url::of_row(base_url, self.path()?.uri, self.division, self.key.as_deref()))
    }

    /// The JSON that is sent, or nothing for a DELETE.
    pub fn text(&self) -> String {
        match self.verb {
            Verb::Delete | Verb::Get => String::new(),
            Verb::Post | Verb::Put => Value::Object(self.body.clone()).to_string(),
        }
    }

    fn call(&self, base_url: &str, departure: &Arc<Departure>) -> Result<Call> {
        let address = self.url(base_url)?;
        let url = reqwest::Url::parse(&address)
            .map_err(|error| Error::Internal { what: format!("no URL can be made for {}: {error}", self.table()) })?;
        let division = self.entity.in_division.then_some(self.division);
        let target = match division {
            Some(division) => format!("{} in division {division}", self.table()),
            None => self.table(),
        };
        let (verb, body, departure) = (self.verb, self.text().into(), Some(Arc::clone(departure)));
        Ok(Call { verb, body, departure, ..Call::to_read(url, target, division) })
    }

    /// The read of rows that meet a filter on the columns `used`, in the columns of [`answered`].
    fn rows_where(&self, filter: String, used: &[usize]) -> Result<ReadRequest> {
        let path = self.path()?;
        let demanded = mandatory::condition(path, self.entity, used).map(|more| format!("{filter} and {more}"));
        let columns = answered(self.entity).collect();
        let request = ReadRequest::all(self.entity, path, self.division, columns);
        Ok(ReadRequest { filter: Some(demanded.unwrap_or(filter)), ..request })
    }

    /// Decodes the row that a POST answers with.
    fn decoder(&self) -> Result<PageDecoder> {
        let columns = answered(self.entity).collect();
        Ok(PageDecoder::new(&ReadRequest::all(self.entity, self.path()?, self.division, columns)))
    }

    /// The row that a POST made, as it was answered; else as it is read at the address that was answered. Nothing where
    /// that is not told: the row is there, only what it looks like is not known.
    async fn new_row(&self, session: &Arc<Session>, received: &Received) -> Option<RecordBatch> {
        if self.verb != Verb::Post {
            return None;
        }
        let page = self.decoder().and_then(|decoder| decoder.decode(&received.body));
        let told = page.ok().map(|page| page.batch).filter(|batch| batch.num_rows() == 1);
        match (told, self.key_in(received.location.as_deref())) {
            (None, Some(key)) if self.entity.methods.get => settle::row(session, self, &key).await.ok().flatten(),
            (told, _) => told,
        }
    }

    /// The key in the address of a new row: `https://../crm/Accounts(guid'6f..')` (fact sheet 6.7).
    fn key_in(&self, location: Option<&str>) -> Option<String> {
        let (path, key) = location?.strip_suffix(')')?.rsplit_once('(')?;
        let is_own = path.rsplit_once('/')?.1.eq_ignore_ascii_case(self.entity.name);
        is_own.then(|| percent_decode_str(key).decode_utf8_lossy().into_owned())
    }

    /// A row of the entity with these values, in the columns of [`answered`]; what is not given is null.
    ///
    /// # Errors
    /// 22018 for a value that its column cannot hold.
    pub fn row(&self, values: &Map<String, Value>) -> Result<RecordBatch> {
        let columns = self
            .entity
            .columns
            .iter()
            .filter_map(|column| Some((column.name.to_owned(), values.get(column.name)?.clone())));
        let text = json!({"d": Value::Object(columns.collect())}).to_string();
        Ok(self.decoder()?.decode(text.as_bytes())?.batch)
    }
}

/// The columns of the row that a POST answers with, in the order of the batch: all of the entity but arguments.
pub fn answered(entity: &Entity) -> impl Iterator<Item = usize> + '_ {
    let told = |column: &Column| column.origin != Origin::Parameter;
    entity.columns.iter().enumerate().filter(move |(_, column)| told(column)).map(|(index, _)| index)
}

/// A change on its way. Dropping it takes the change back if it has not left yet; one that has left runs to its end.
#[derive(Debug)]
pub struct Sending {
    task: JoinHandle<Result<Option<RecordBatch>>>,
    departure: Arc<Departure>,
    change: Arc<Change>,
    recorded: Arc<Recorded>,
    /// For a new row.
    recent: Option<Recent>,
}

impl Sending {
    /// Waits for the answer. A new row is given back as the service stored it: one row of the columns in [`answered`];
    /// nothing where it did not say.
    ///
    /// # Errors
    /// [`Error::OutcomeUnknown`] where the service may have made the change without saying so.
    pub async fn answer(&mut self) -> Result<Option<RecordBatch>> {
        (&mut self.task).await.unwrap_or_else(|error| Err(ended(&error)))
    }

    /// What became of a change whose answer was lost (`refused`: or of one that the service refused in words that leave
    /// open how far it came). A new row is looked for by what was sent, any other by its key.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn look_up(&self, session: &Arc<Session>, refused: bool) -> Result<LookedUp> {
        let Some(recent) = &self.recent else { return settle::settle(session, &self.change, refused).await };
        let looked_up = match recent.others() {
            Some(others) => look_up::look_up(session, &self.change, self.recorded.left_ms(), &others).await,
            None => Ok(LookedUp::Unclear),
        };
        if refused && !matches!(looked_up, Ok(LookedUp::Made(_))) {
            recent.not_made();
        }
        looked_up
    }

    /// Enters into the journal that a change with an unknown outcome was made. `row`: the new row.
    pub fn found(&self, row: Option<&RecordBatch>) {
        if let Some(row) = row {
            made(self.recent.as_ref(), &self.change, row);
        }
        self.recorded.made(row, None);
    }

    /// Gives up. True if the change has left, so that nobody knows what became of it.
    pub fn withdraw(&self) -> bool {
        self.departure.withdraw()
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        if !self.departure.withdraw() && !self.task.is_finished() {
            self.task.abort();
            self.recent.iter().for_each(Recent::not_made);
            self.recorded.taken_back();
        }
    }
}

/// Sends a change. It is written down in the journal before it leaves.
///
/// # Errors
/// HYC00 for an entity that has no address.
pub fn send(session: &Arc<Session>, change: &Change) -> Result<Sending> {
    let change = Arc::new(change.clone());
    let recorded = Arc::new(Recorded::of(session, &change)?);
    let departure = Arc::new(Departure::new(Arc::clone(&recorded) as Arc<dyn Witness>));
    let call = change.call(session.base_url(), &departure)?;
    let address = change.url(session.base_url())?;
    let recent = (change.verb == Verb::Post).then(|| Recent::begin(address));
    let (sender, own, entered, journal) =
        (Arc::clone(session), Arc::clone(&change), recent.clone(), Arc::clone(&recorded));
    let task = session.runtime.spawn(async move {
        let answer = sender.send_change(&call).await;
        // Also after an error: it may have been made all the same.
        sender.forget_reads();
        let answer = match answer {
            Ok(received) => Ok(own.new_row(&sender, &received).await),
            Err(error) => Err(error),
        };
        match &answer {
            Ok(Some(row)) => made(entered.as_ref(), &own, row),
            Ok(None) | Err(Error::OutcomeUnknown { .. } | Error::Rejected { certain: false, .. }) => {}
            Err(_) => entered.iter().for_each(Recent::not_made),
        }
        let answered = call.departure.as_ref().and_then(|departure| departure.answer());
        let entered = tokio::task::spawn_blocking(move || {
            journal.end(&answer, answered.as_ref());
            answer
        });
        entered.await.unwrap_or_else(|error| Err(ended(&error)))
    });
    Ok(Sending { task, departure, change, recorded, recent })
}

fn made(recent: Option<&Recent>, change: &Change, row: &RecordBatch) {
    if let (Some(recent), Some(key)) = (recent, key_of(change.entity, row)) {
        recent.made(key);
    }
}

/// The key of a row in the columns of [`answered`], as it stands between the parentheses of `Entity(..)` (fact sheet 1.8).
pub fn key_of(entity: &Entity, row: &RecordBatch) -> Option<String> {
    let literal = |index: &usize| {
        let column = entity.columns.get(*index)?;
        let place = answered(entity).position(|answered| answered == *index)?;
        Some((column.name, value::key(column, row.column(place).as_ref())?))
    };
    let parts = entity.keys.iter().map(literal).collect::<Option<Vec<_>>>()?;
    match parts.as_slice() {
        [] => None,
        [(_, only)] => Some(only.clone()),
        several => Some(several.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")),
    }
}
