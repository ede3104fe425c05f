//! The default division, asked once per sign-in and stored with it (fact sheet 1.5, 1.6), and the list of divisions.

mod list;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int32Type;

use crate::error::{Error, Notice, Result};
use crate::model::model;
use crate::odata::page::PageDecoder;
use crate::reader::{ReadRequest, call_for};
use crate::transport::Session;
pub use list::{Division, all, known, refresh, remember, rows};

/// Schema and name of the entities that list divisions (fact sheet 1.7), the most complete first. Their rows are the
/// same in whichever division they are read.
pub const ENTITIES: [(&str, &str); 4] = [
    ("system", "Divisions"),
    ("hrm", "Divisions"),
    ("system", "AllDivisions"),
    ("system", "GetMostRecentlyUsedDivisions"),
];

/// The user as `current/Me` tells of him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CurrentUser {
    pub(crate) division: i32,
    pub(crate) name: Option<String>,
}

impl CurrentUser {
    pub(crate) fn notice(&self) -> Notice {
        let message = format!(
            "no Division is set: division {} is used, the user's current one at Exact Online. It is stored with the \
             sign-in and does not follow the browser; set the property Division to choose another",
            self.division
        );
        Notice { sqlstate: "01000", message }
    }
}

/// Asks for the user's current division and name, and stores both.
pub(crate) async fn ask(session: &Session) -> Result<CurrentUser> {
    let request = request().ok_or_else(|| Error::Internal { what: "the model lacks current.Me".into() })?;
    let body = session.send(&call_for(session.base_url(), &request)?).await?;
    let page = PageDecoder::new(&request).decode(&body)?;
    let user = user(&page.batch).ok_or_else(|| Error::NotSignedIn {
        reason: "Exact Online names no current division for this user. Set the property Division".into(),
    })?;
    tracing::info!(target: "exact::division", division = user.division, "current division of the user, stored");
    let remembered = user.clone();
    let change = |sign_in: &mut crate::auth::StoredSignIn| {
        sign_in.division = Some(remembered.division);
        sign_in.user_name = remembered.name;
    };
    session.identity.broker.remember(change).await?;
    Ok(user)
}

fn request() -> Option<ReadRequest> {
    let entity = model().find(Some("current"), "Me")?;
    let columns = ["CurrentDivision", "FullName"].iter().filter_map(|name| entity.column(name).map(|(index, _)| index));
    Some(ReadRequest::all(entity, entity.default_path()?, 0, columns.collect()))
}

fn user(batch: &RecordBatch) -> Option<CurrentUser> {
    let divisions = batch.column_by_name("CurrentDivision")?.as_primitive_opt::<Int32Type>()?;
    let names = batch.column_by_name("FullName")?.as_string_opt::<i32>()?;
    let first = |array: &dyn Array| !array.is_empty() && array.is_valid(0);
    first(divisions)
        .then(|| CurrentUser { division: divisions.value(0), name: first(names).then(|| names.value(0).to_owned()) })
}
