//! From the JSON of a request to values.

use std::collections::HashMap;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Map, Value as Json};

use crate::catalog::{Edm, Endpoint, Property};
use crate::clock::HOUR;
use crate::company::value::{Guid, Value};
use crate::failure::Failure;
use crate::odata::literal;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Post,
    Put,
}

/// What was sent, as far as the endpoint takes it.
pub struct Fields<'a> {
    pub values: HashMap<String, Value>,
    pub collections: Vec<(&'static Property, Vec<&'a Map<String, Json>>)>,
}

/// Reads a body. Columns that are read-only are silently dropped; unknown ones are refused.
pub fn fields<'a>(endpoint: &'static Endpoint, body: &'a Map<String, Json>, verb: Verb) -> Result<Fields<'a>, Failure> {
    let mut fields = Fields { values: HashMap::new(), collections: Vec::new() };
    for (name, json) in body.iter().filter(|(name, _)| *name != "__metadata") {
        let Some(property) = endpoint.property(name) else {
            let type_name = endpoint.type_name();
            let text = format!("The property '{name}' does not exist on type '{type_name}'.");
            return Err(Failure::plain(400, text));
        };
        let is_writable = if verb == Verb::Post { property.post } else { property.put };
        if property.edm == Edm::Collection {
            fields.collections.push((property, elements(name, json)?));
        } else if is_writable && property.edm != Edm::Complex {
            let wrong = || Failure::plain(400, format!("Error processing request stream. Wrong value for '{name}'."));
            fields.values.insert(name.clone(), value(json, property.edm).ok_or_else(wrong)?);
        }
    }
    Ok(fields)
}

fn elements<'a>(name: &str, json: &'a Json) -> Result<Vec<&'a Map<String, Json>>, Failure> {
    let wrong = || Failure::plain(400, format!("Error processing request stream. '{name}' is not a list of objects."));
    let list = json.get("results").unwrap_or(json);
    match list {
        Json::Null => Ok(Vec::new()),
        Json::Array(list) => list.iter().map(|element| element.as_object().ok_or_else(wrong)).collect(),
        _ => Err(wrong()),
    }
}

fn value(json: &Json, edm: Edm) -> Option<Value> {
    Some(match (edm, json) {
        (_, Json::Null) => Value::Null,
        (Edm::String, Json::String(text)) => Value::text(text.clone()),
        (Edm::Guid, Json::String(text)) => Value::Guid(Guid::parse(text)?),
        (Edm::Int64, Json::String(text)) => Value::Int(text.parse().ok()?),
        (Edm::Int16, _) => integer(json, i64::from(i16::MIN), i64::from(i16::MAX))?,
        (Edm::Byte, Json::Bool(flag)) => Value::Int(i64::from(*flag)),
        (Edm::Byte, _) => integer(json, 0, 255)?,
        (Edm::Int32, _) => integer(json, i64::from(i32::MIN), i64::from(i32::MAX))?,
        (Edm::Int64, _) => integer(json, i64::MIN, i64::MAX)?,
        (Edm::Double, Json::Number(number)) => Value::Double(number.as_f64()?),
        (Edm::Boolean, Json::Bool(flag)) => Value::Bool(*flag),
        (Edm::DateTime, Json::String(text)) => Value::Date(date(text)?),
        (Edm::Binary, Json::String(text)) => Value::Binary(BASE64_STANDARD.decode(text).ok()?),
        _ => return None,
    })
}

fn integer(json: &Json, low: i64, high: i64) -> Option<Value> {
    json.as_i64().filter(|number| (low..=high).contains(number)).map(Value::Int)
}

/// ISO 8601 without zone. A trailing Z is taken and shifted, which moves dates by a day (fact sheet 6.4).
fn date(text: &str) -> Option<i64> {
    if let Some(millis) = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")) {
        return millis.parse().ok();
    }
    let shift = if text.ends_with('Z') { HOUR } else { 0 };
    literal::datetime(text).map(|millis| millis - shift)
}
