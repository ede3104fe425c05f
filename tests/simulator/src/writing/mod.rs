//! Writing: POST, PUT and DELETE with the service's own rules (fact sheet 6.7). Each request commits alone.

mod accounts;
mod actions;
mod body;
mod ledger;
mod open_items;
mod rows;
mod totals;

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use crate::catalog::Endpoint;
use crate::clock::{HOUR, Millis};
use crate::company::Company;
use crate::company::value::{Guid, Value};
use crate::failure::Failure;
use crate::lists;
use crate::odata::literal::{Form, Literal};
use crate::options::Switches;
use crate::reply::Reply;
use crate::service::Call;

/// A row that is ready to be stored.
struct Pending {
    endpoint: &'static Endpoint,
    key: Guid,
    values: HashMap<String, Value>,
    lines: Vec<Pending>,
}

/// Writes on one company at one moment.
struct Writer<'a> {
    company: &'a Company,
    switches: &'a Switches,
    now: Millis,
}

/// The user's clock: the service shows Central European time (fact sheet 6.4).
fn service_time(now: Millis) -> Millis {
    now + HOUR
}

/// `POST Entity`: 201 with the new row, of which only the key is filled unless `Prefer` asks for all.
pub fn post(call: &Call<'_>, company: &Company, endpoint: &'static Endpoint) -> Result<Reply, Failure> {
    let body = object(call)?;
    let writer = Writer { company, switches: &call.switches, now: call.world.clock.now() };
    if !endpoint.allows("GET") {
        return Ok(Reply::json(201, writer.act(endpoint, &body)?.to_string().into_bytes()));
    }
    let pending = writer.prepare(endpoint, &body, None)?;
    let key = pending.key;
    writer.commit(pending)?;
    let wants_all = call.request.header("Prefer").is_some_and(|prefer| prefer.contains("return=representation"));
    let key = Literal { value: Value::Guid(key), form: Form::Guid };
    lists::created(call, company, endpoint, &key, wants_all)
}

/// `PUT Entity(key)`: 204; what is not sent stays.
pub fn put(
    call: &Call<'_>,
    company: &Company,
    endpoint: &'static Endpoint,
    keys: &[Literal],
) -> Result<Reply, Failure> {
    let body = object(call)?;
    let row = lists::locate(call, company, endpoint, keys)?;
    let writer = Writer { company, switches: &call.switches, now: call.world.clock.now() };
    writer.update(endpoint, row, &body)?;
    Ok(Reply::empty(204))
}

/// `DELETE Entity(key)`: 204, and a line in the log of deletes.
pub fn delete(
    call: &Call<'_>,
    company: &Company,
    endpoint: &'static Endpoint,
    keys: &[Literal],
) -> Result<Reply, Failure> {
    let row = lists::locate(call, company, endpoint, keys)?;
    let writer = Writer { company, switches: &call.switches, now: call.world.clock.now() };
    writer.remove(endpoint, row)?;
    Ok(Reply::empty(204))
}

/// The body, which must be one JSON object (fact sheet 7.6).
fn object(call: &Call<'_>) -> Result<Map<String, Json>, Failure> {
    match serde_json::from_slice(&call.request.body) {
        Ok(Json::Object(object)) => Ok(object),
        _ => Err(Failure::plain(
            400,
            "Error processing request stream. The request should be a valid top-level resource object.",
        )),
    }
}
