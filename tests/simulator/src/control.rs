//! `/_control/...`: the simulator's own interface, which no real service has.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::oauth::CLIENT_ID;
use crate::odata::options::QueryOptions;
use crate::options::{PROFILES, Switches};
use crate::reply::Reply;
use crate::service::Request;
use crate::world::World;

/// What the clock endpoint takes; all optional.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    advance_ms: Option<u64>,
    /// Milliseconds since 1970 UTC.
    set: Option<i64>,
    frozen: Option<bool>,
}

/// Answers a control request; errors are 400 with a text.
pub fn answer(world: &World, request: &Request, path: &str) -> Reply {
    let command = path.trim_start_matches("/_control").trim_matches('/');
    let outcome = match (request.method.as_str(), command) {
        ("GET" | "POST", "sign-in") => Ok(sign_in(world, request)),
        ("GET", "requests") => serde_json::to_value(world.records.all()).map_err(|error| error.to_string()),
        ("GET", "counters") => serde_json::to_value(world.records.counters()).map_err(|error| error.to_string()),
        ("POST" | "DELETE", "reset" | "requests") => {
            world.records.reset();
            Ok(json!({}))
        }
        ("GET", "clock") => Ok(clock(world)),
        ("POST", "clock") => move_clock(world, &request.body),
        ("GET", "switches") => serde_json::to_value(&*world.switches()).map_err(|error| error.to_string()),
        ("POST", "switches") => set_switches(world, request),
        ("POST", "move-division") => move_division(world, &request.body),
        ("GET", "faults") => serde_json::to_value(world.faults.all()).map_err(|error| error.to_string()),
        ("POST", "faults") => inject(world, &request.body),
        ("DELETE", "faults") => {
            world.faults.clear();
            Ok(json!({}))
        }
        _ => return Reply::json(404, json!({"error": "no such control command"}).to_string().into_bytes()),
    };
    match outcome {
        Ok(value) => Reply::json(200, value.to_string().into_bytes()),
        Err(text) => Reply::json(400, json!({"error": text}).to_string().into_bytes()),
    }
}

fn sign_in(world: &World, request: &Request) -> Value {
    let options = QueryOptions::parse(&request.raw_query);
    let client = options.get("client_id").unwrap_or(CLIENT_ID);
    let (secret, refresh_token) = world.oauth.sign_in(client, world.clock.now(), &world.switches());
    json!({"client_id": client, "client_secret": secret, "refresh_token": refresh_token})
}

fn clock(world: &World) -> Value {
    json!({"now": world.clock.now()})
}

fn move_clock(world: &World, body: &[u8]) -> Result<Value, String> {
    let change: ClockChange = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if let Some(now) = change.set {
        world.clock.set(now);
    }
    if let Some(millis) = change.advance_ms {
        world.clock.advance(Duration::from_millis(millis));
    }
    if let Some(frozen) = change.frozen {
        world.clock.freeze(frozen);
    }
    Ok(clock(world))
}

/// Takes `{"profile": "strict"}`, switches by name, or both; what is not named stays.
fn set_switches(world: &World, request: &Request) -> Result<Value, String> {
    let mut changes: serde_json::Map<String, Value> =
        serde_json::from_slice(&request.body).map_err(|error| error.to_string())?;
    let mut switches = (*world.switches()).clone();
    if let Some(profile) = changes.remove("profile") {
        let names: Vec<&str> = PROFILES.iter().map(|(name, _)| *name).collect();
        let name = profile.as_str().unwrap_or_default();
        switches = Switches::profile(name)
            .ok_or_else(|| format!("There is no profile {profile}; there are: {}.", names.join(", ")))?;
    }
    let mut all = serde_json::to_value(&switches).map_err(|error| error.to_string())?;
    if let Some(all) = all.as_object_mut() {
        all.extend(changes);
    }
    let switches: Switches = serde_json::from_value(all.clone()).map_err(|error| error.to_string())?;
    world.set_switches(switches);
    Ok(all)
}

/// Moves a division to another database: its Timestamps begin anew, and DivisionMoveDate is set (fact sheet 5.6).
fn move_division(world: &World, body: &[u8]) -> Result<Value, String> {
    #[derive(Deserialize)]
    struct Move {
        division: i32,
    }
    let moved: Move = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    match world.move_division(moved.division) {
        true => Ok(json!({})),
        false => Err(format!("There is no division {}.", moved.division)),
    }
}

/// Takes a fault, or a list of faults.
fn inject(world: &World, body: &[u8]) -> Result<Value, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let list = if value.is_array() { value } else { json!([value]) };
    let faults: Vec<Fault> = serde_json::from_value(list).map_err(|error| error.to_string())?;
    for fault in faults {
        world.faults.inject(fault);
    }
    Ok(json!({}))
}
