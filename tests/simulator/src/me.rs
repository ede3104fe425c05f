//! `current/Me`: the user, as a list of one row (fact sheet 1.5).

use serde_json::{Map, Value, json};

use crate::MAIN_DIVISION;
use crate::catalog::Catalog;
use crate::clock::HOUR;
use crate::company::user_guid;
use crate::failure::Failure;
use crate::faults::Action;
use crate::odata::literal;
use crate::reading::plan::Plan;
use crate::reply::Reply;
use crate::service::Call;

/// Answers `GET current/Me`.
pub fn answer(call: &Call<'_>) -> Result<Reply, Failure> {
    if call.request.method != "GET" {
        return Err(Failure::new(405, "Method Not Allowed", "Methode niet toegestaan"));
    }
    let endpoint = Catalog::get().find("current/Me").ok_or_else(Failure::not_found)?;
    let plan = Plan::new(endpoint, &call.options, &call.switches, true)?;
    let user = user_guid(0);
    let mut row = Map::new();
    let uri = format!("{}/api/v1/current/Me(guid'{user}')", call.request.origin());
    row.insert("__metadata".to_owned(), json!({"uri": uri, "type": endpoint.type_name()}));
    for column in &plan.columns {
        if let Some(property) = endpoint.properties.get(*column) {
            row.insert(property.name.clone(), value(call, &property.name));
        }
    }
    let body = json!({"d": {"results": [row]}});
    Ok(Reply::json(200, body.to_string().into_bytes()).rows(1))
}

fn value(call: &Call<'_>, column: &str) -> Value {
    let skew = call.faults.iter().find_map(|fault| match fault {
        Action::ClockSkew(millis) => Some(*millis),
        _ => None,
    });
    match column {
        "UserID" => json!(user_guid(0).to_string()),
        "CurrentDivision" | "AccountingDivision" => json!(MAIN_DIVISION),
        "FullName" => json!("Noor Bakker"),
        "FirstName" => json!("Noor"),
        "LastName" => json!("Bakker"),
        "Initials" => json!("N."),
        "Email" | "UserName" => json!("noor@example.org"),
        "Gender" => json!("V"),
        "Language" => json!(call.switches.language),
        "LanguageCode" => json!(if call.switches.language == "nl" { "NL-NL" } else { "EN-US" }),
        "Legislation" => json!("1"),
        "ServerTime" => {
            // Central European time, winter's offset all year: the fact sheet knows no more.
            json!(literal::iso(call.world.clock.now() + HOUR + skew.unwrap_or(0)))
        }
        "ServerUtcOffset" => json!(1),
        name if name.starts_with("Is") => json!(false),
        _ => Value::Null,
    }
}
