//! The statement that reverts a change, as far as the journal knows what was there before.

use serde_json::{Map, Value};

use super::ChangeRow;
use crate::model::{Entity, model};

/// What it takes to revert a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revert {
    /// This statement.
    Statement(String),
    /// Nothing: the change was not made. With the reason.
    Nothing(String),
    /// It cannot be told, with the reason.
    Impossible(String),
}

/// How to revert a change. Statements are those of this driver, with the division as the table's catalog.
pub fn revert(change: &ChangeRow) -> Revert {
    match change.outcome.as_str() {
        "made" => made(change).map_or_else(Revert::Impossible, Revert::Statement),
        "refused" | "not sent" => Revert::Nothing(format!("it was {}", change.outcome)),
        _ => Revert::Impossible("nobody knows whether it was made: look at the row".into()),
    }
}

fn made(change: &ChangeRow) -> Result<String, String> {
    let name = change.table.split_once('.');
    let found = name.and_then(|(schema, name)| model().find(Some(schema), name));
    let entity = found.ok_or_else(|| format!("this version knows no table {}", change.table))?;
    let before = change.before.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    match change.method.as_str() {
        "POST" if !entity.methods.delete => Err(format!("Exact Online deletes no rows of {}", change.table)),
        "POST" => Ok(format!("DELETE FROM {} WHERE {}", table(change), condition(entity, change.key.as_deref())?)),
        "PUT" => put_back(entity, change, &before),
        "DELETE" => made_again(entity, change, &before),
        other => Err(format!("{other} has no opposite")),
    }
}

fn put_back(entity: &Entity, change: &ChangeRow, before: &Map<String, Value>) -> Result<String, String> {
    let body: Map<String, Value> = serde_json::from_str(&change.body).map_err(|_| "its body cannot be read")?;
    let set = body.keys().map(|name| {
        let was = before.get(name).ok_or_else(|| format!("what {name} was before is not known"))?;
        Ok(format!("{} = {}", quoted(name), literal(was)?))
    });
    let set = set.collect::<Result<Vec<_>, String>>()?.join(", ");
    Ok(format!("UPDATE {} SET {set} WHERE {}", table(change), condition(entity, change.key.as_deref())?))
}

/// The row of before, with the columns that a new one may have. Its key may be another one.
fn made_again(entity: &Entity, change: &ChangeRow, before: &Map<String, Value>) -> Result<String, String> {
    if !entity.methods.post {
        return Err(format!("Exact Online takes no new rows of {}", change.table));
    }
    let written = entity.columns.iter().filter(|column| column.post);
    let values = written.filter_map(|column| Some((column.name, before.get(column.name)?)));
    let values: Vec<_> = values.filter(|(_, value)| !value.is_null()).collect();
    let lacking: Vec<&str> = entity
        .columns
        .iter()
        .filter(|column| column.mandatory_on_post && !values.iter().any(|(name, _)| *name == column.name))
        .map(|column| column.name)
        .collect();
    if values.is_empty() || !lacking.is_empty() {
        let lacking = if lacking.is_empty() { "its row".to_owned() } else { lacking.join(", ") };
        return Err(format!("what it was before is not known: {lacking}"));
    }
    let names: Vec<String> = values.iter().map(|(name, _)| quoted(name)).collect();
    let literals = values.iter().map(|(_, value)| literal(value)).collect::<Result<Vec<_>, _>>()?;
    Ok(format!("INSERT INTO {} ({}) VALUES ({})", table(change), names.join(", "), literals.join(", ")))
}

fn table(change: &ChangeRow) -> String {
    match change.division {
        Some(division) => format!("\"{division}\".{}", change.table),
        None => change.table.clone(),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The condition that a key makes: `guid'6f..'`, `123L`, `'EUR'` or `Journal='10',Period=6` (fact sheet 1.8).
fn condition(entity: &Entity, key: Option<&str>) -> Result<String, String> {
    let key = key.ok_or("the key of its row is not known")?;
    let parts = parts(key);
    let conditions = parts.iter().enumerate().map(|(place, part)| {
        let column = || entity.keys.get(place).and_then(|index| entity.columns.get(*index)).map(|column| column.name);
        let named = part
            .split_once('=')
            .filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
        let (name, value) = match named {
            Some((name, value)) => (name, value),
            None => (column().ok_or_else(|| format!("{key} is no key of {}", entity.name))?, part.as_str()),
        };
        Ok(format!("{} = {}", quoted(name), key_literal(value)))
    });
    Ok(conditions.collect::<Result<Vec<_>, String>>()?.join(" AND "))
}

/// The parts of a key, at the commas that stand outside of texts.
fn parts(key: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut in_text = false;
    for character in key.chars() {
        in_text ^= character == '\'';
        match (character, parts.last_mut()) {
            (',', _) if !in_text => parts.push(String::new()),
            (character, Some(part)) => part.push(character),
            (_, None) => {}
        }
    }
    parts
}

/// A literal of an address as one of SQL.
fn key_literal(value: &str) -> String {
    match value.find('\'') {
        Some(start) => value.get(start..).unwrap_or(value).to_owned(),
        None => value.trim_end_matches(['L', 'd']).to_owned(),
    }
}

fn literal(value: &Value) -> Result<String, String> {
    Ok(match value {
        Value::Null => "NULL".into(),
        Value::Bool(value) => if *value { "TRUE" } else { "FALSE" }.into(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Array(_) | Value::Object(_) => return Err("lines cannot be put back".into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(method: &str, key: Option<&str>, body: &str, before: Option<&str>) -> ChangeRow {
        ChangeRow {
            division: Some(5512),
            table: "crm.Accounts".into(),
            method: method.into(),
            body: body.into(),
            key: key.map(str::to_owned),
            before: before.map(str::to_owned),
            outcome: "made".into(),
            ..ChangeRow::default()
        }
    }

    #[test]
    fn each_verb_has_its_opposite() {
        let guid = Some("guid'6f7b0000-0000-0000-0000-000000000001'");
        let cases = [
            (
                change("POST", guid, r#"{"Name":"New"}"#, None),
                r#"DELETE FROM "5512".crm.Accounts WHERE "ID" = '6f7b0000-0000-0000-0000-000000000001'"#,
            ),
            (
                change(
                    "PUT",
                    guid,
                    r#"{"Name":"New","IsSales":true,"Phone":null}"#,
                    Some(r#"{"Name":"O'Neil","IsSales":false,"Phone":"1","Other":5}"#),
                ),
                "UPDATE \"5512\".crm.Accounts SET \"IsSales\" = FALSE, \"Name\" = 'O''Neil', \"Phone\" = '1' WHERE \"ID\" = \
                 '6f7b0000-0000-0000-0000-000000000001'",
            ),
            (
                change(
                    "DELETE",
                    guid,
                    "",
                    Some(r#"{"Name":"Old","Phone":null,"CreditLineSales":1.5,"Modified":"2026-01-31T00:00:00"}"#),
                ),
                r#"INSERT INTO "5512".crm.Accounts ("CreditLineSales", "Name") VALUES (1.5, 'Old')"#,
            ),
        ];
        for (change, expected) in cases {
            assert_eq!(revert(&change), Revert::Statement(expected.into()));
        }
    }

    #[test]
    fn what_cannot_be_reverted_says_why() {
        let guid = Some("guid'6f7b0000-0000-0000-0000-000000000001'");
        let put = || change("PUT", guid, r#"{"Name":"New"}"#, Some(r#"{"Phone":"1"}"#));
        let cases = [
            (put(), "what Name was before"),
            (change("POST", None, "{}", None), "the key of its row is not known"),
            (change("DELETE", guid, "", None), "what it was before is not known: Name"),
            (ChangeRow { table: "crm.Nothing".into(), ..put() }, "no table crm.Nothing"),
            (ChangeRow { outcome: "sent".into(), ..put() }, "nobody knows"),
            (ChangeRow { outcome: "unknown".into(), ..put() }, "nobody knows"),
        ];
        for (change, words) in cases {
            let Revert::Impossible(reason) = revert(&change) else { panic!("{change:?}") };
            assert!(reason.contains(words), "{reason}");
        }
        let refused = ChangeRow { outcome: "refused".into(), ..put() };
        assert_eq!(revert(&refused), Revert::Nothing("it was refused".into()));
    }

    #[test]
    fn a_key_is_a_condition_on_its_columns() {
        let accounts = model().find(Some("crm"), "Accounts").unwrap();
        let condition = |key: &str| condition(accounts, Some(key)).unwrap();
        assert_eq!(condition("guid'1'"), "\"ID\" = '1'");
        assert_eq!(condition("123L"), "\"ID\" = 123");
        assert_eq!(condition("'a,''b=c'"), "\"ID\" = 'a,''b=c'");
        assert_eq!(condition("Journal='10',Period=6"), "\"Journal\" = '10' AND \"Period\" = 6");
    }
}
