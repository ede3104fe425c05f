//! The statement that reverts a change, as far as the journal knows what was there before.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::ChangeRow;
use crate::model::{Column, EdmType, Entity, EntityKind, Navigation, model};

/// By how much an amount may have been rounded.
const ROUNDED: f64 = 0.005;

/// What it takes to revert a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revert {
    /// This statement. `lost`: what it does not bring back.
    Statement { sql: String, lost: Option<String> },
    /// Nothing: the change was not made. With the reason.
    Nothing(String),
    /// It cannot be told, with the reason.
    Impossible(String),
}

/// How to revert a change. Statements are those of this driver, with the division as the table's catalog; each begins with a
/// comment by which the journal knows later what it reverted. One that puts values back does so only while the row holds
/// what the change wrote, unless `forced`.
pub fn revert(change: &ChangeRow, forced: bool) -> Revert {
    match change.outcome.as_str() {
        "made" => made(change, forced).unwrap_or_else(Revert::Impossible),
        "refused" | "not sent" => Revert::Nothing(format!("it was {}", change.outcome)),
        _ => Revert::Impossible("nobody knows whether it was made: look at the row".into()),
    }
}

/// The change that a statement reverts, if it is one of [`revert`]'s.
pub(super) fn reverts(sql: &str) -> Option<i64> {
    sql.trim_start().strip_prefix("/* undo ")?.split_once(" */")?.0.parse().ok()
}

/// The change that takes this one back at present, among all that revert any: one that was made or may have been, and that was
/// not reverted in turn.
pub fn reverted_by(id: i64, all: &[ChangeRow]) -> Option<&ChangeRow> {
    let stands = |change: &&ChangeRow| {
        let may_be = matches!(change.outcome.as_str(), "made" | "unknown" | "sent");
        // Changes come after what they revert, so this ends.
        may_be && change.reverts == Some(id) && change.id > id && reverted_by(change.id, all).is_none()
    };
    all.iter().find(stands)
}

fn made(change: &ChangeRow, forced: bool) -> Result<Revert, String> {
    let name = change.table.split_once('.');
    let found = name.and_then(|(schema, name)| model().find(Some(schema), name));
    let entity = found.ok_or_else(|| format!("this version knows no table {}", change.table))?;
    let before = change.before.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let (sql, lost) = match change.method.as_str() {
        "POST" if entity.kind == EntityKind::Action => return Err("what an action does has no opposite".into()),
        "POST" if !entity.methods.delete => return Err(format!("Exact Online deletes no rows of {}", change.table)),
        "POST" => (format!("DELETE FROM {} WHERE {}", table(change), condition(entity, change.key.as_deref())?), None),
        "PUT" => (put_back(entity, change, &before, forced)?, None),
        "DELETE" => (made_again(entity, change, &before)?, what_went_along(entity, &before)),
        other => return Err(format!("{other} has no opposite")),
    };
    Ok(Revert::Statement { sql: format!("/* undo {} */ {sql}", change.id), lost })
}

fn put_back(entity: &Entity, change: &ChangeRow, before: &Map<String, Value>, forced: bool) -> Result<String, String> {
    let body: Map<String, Value> = serde_json::from_str(&change.body).map_err(|_| "its body cannot be read")?;
    let (mut set, mut conditions) = (Vec::new(), vec![condition(entity, change.key.as_deref())?]);
    for (name, written) in &body {
        let (_, column) = entity.column(name).ok_or_else(|| format!("{name} holds lines, which cannot be put back"))?;
        let was = before.get(name).ok_or_else(|| format!("what {name} was before is not known"))?;
        set.push(format!("{} = {}", quoted(name), literal(column, was)?));
        conditions.extend(holds(column, written)?.filter(|_| !forced));
    }
    Ok(format!("UPDATE {} SET {} WHERE {}", table(change), set.join(", "), conditions.join(" AND ")))
}

/// The condition that a column still holds what was written. The service trims texts, rounds amounts, and keeps no text as
/// an empty one; long binary values are not compared.
fn holds(column: &Column, written: &Value) -> Result<Option<String>, String> {
    let name = quoted(column.name);
    let is_empty = |text: &str| text.trim().is_empty();
    Ok(Some(match (column.edm, written) {
        (EdmType::Binary, _) => return Ok(None),
        (EdmType::String, Value::Null) => format!("COALESCE(TRIM({name}), '') = ''"),
        (EdmType::String, Value::String(text)) if is_empty(text) => format!("COALESCE(TRIM({name}), '') = ''"),
        (EdmType::String, Value::String(text)) => format!("TRIM({name}) = {}", quoted_text(text.trim())),
        (_, Value::Null) => format!("{name} IS NULL"),
        (EdmType::Double, Value::Number(number)) => format!("ABS({name} - {number}) < {ROUNDED}"),
        (_, written) => format!("{name} = {}", literal(column, written)?),
    }))
}

/// The row of before, with the columns that a new one may have, and with the lines without which it is not taken. Its key may
/// be another one.
fn made_again(entity: &Entity, change: &ChangeRow, before: &Map<String, Value>) -> Result<String, String> {
    if !entity.methods.post {
        return Err(format!("Exact Online takes no new rows of {}", change.table));
    }
    let wanted = collections(entity).filter(|lines| lines.post && lines.mandatory_on_post);
    let (known, unknown): (Vec<_>, Vec<_>) = wanted.partition(|lines| before.contains_key(lines.name));
    if !unknown.is_empty() {
        let unknown: Vec<&str> = unknown.iter().map(|lines| lines.name).collect();
        return Err(format!("its lines ({}) are not in the journal", unknown.join(", ")));
    }
    let written = entity.columns.iter().filter(|column| column.post);
    let values = written.filter_map(|column| Some((column, before.get(column.name)?)));
    let values: Vec<_> = values.filter(|(_, value)| !value.is_null()).collect();
    let lacking: Vec<&str> = entity
        .columns
        .iter()
        .filter(|column| column.mandatory_on_post && !values.iter().any(|(known, _)| known.name == column.name))
        .map(|column| column.name)
        .collect();
    if values.is_empty() || !lacking.is_empty() {
        let lacking = if lacking.is_empty() { "its row".to_owned() } else { lacking.join(", ") };
        return Err(format!("what it was before is not known: {lacking}"));
    }
    let mut names: Vec<String> = values.iter().map(|(column, _)| quoted(column.name)).collect();
    let mut literals = values.iter().map(|(column, value)| literal(column, value)).collect::<Result<Vec<_>, _>>()?;
    for navigation in known {
        names.push(quoted(navigation.name));
        literals.push(quoted_text(&lines_again(navigation, before)?.to_string()));
    }
    Ok(format!("INSERT INTO {} ({}) VALUES ({})", table(change), names.join(", "), literals.join(", ")))
}

fn collections(entity: &Entity) -> impl Iterator<Item = &Navigation> {
    entity.navigations.iter().filter(|navigation| navigation.collection)
}

/// The lines of before, in their order and with the columns that a new one may have.
fn lines_again(navigation: &Navigation, before: &Map<String, Value>) -> Result<Value, String> {
    let target = navigation.target.and_then(|target| target.split_once('.'));
    let line = target.and_then(|(schema, name)| model().find(Some(schema), name));
    let line = line.ok_or_else(|| format!("this version knows no table of {}", navigation.name))?;
    let document = navigation.join.map(|(_, child)| child);
    let is_given = |name: &String| {
        let takes = |column: &Column| column.post && !column.key && Some(column.name) != document;
        line.column(name).is_some_and(|(_, column)| takes(column))
    };
    let mut lines = before.get(navigation.name).and_then(Value::as_array).cloned().unwrap_or_default();
    lines.sort_by_key(|line| line.get("LineNumber").and_then(Value::as_i64));
    for fields in lines.iter_mut().filter_map(Value::as_object_mut) {
        fields.retain(|name, _| is_given(name));
    }
    Ok(Value::Array(lines))
}

/// What Exact Online removes with a row, and the journal does not have.
fn what_went_along(entity: &Entity, before: &Map<String, Value>) -> Option<String> {
    let is_key = |name| entity.column(name).is_some_and(|(_, column)| column.key);
    let is_lost =
        |lines: &&Navigation| lines.join.is_some_and(|(parent, _)| is_key(parent)) && !before.contains_key(lines.name);
    let own = collections(entity).filter(is_lost);
    let names: Vec<&str> = own.map(|lines| lines.name).collect();
    (!names.is_empty()).then(|| names.join(", "))
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

fn literal(column: &Column, value: &Value) -> Result<String, String> {
    Ok(match (column.edm, value) {
        (_, Value::Null) => "NULL".into(),
        (_, Value::Bool(value)) => if *value { "TRUE" } else { "FALSE" }.into(),
        (_, Value::Number(number)) => number.to_string(),
        (EdmType::Int64, Value::String(digits)) => digits.clone(),
        (EdmType::Binary, Value::String(text)) => {
            let bytes = STANDARD.decode(text).map_err(|_| format!("{} is not in base64", column.name))?;
            format!("X'{}'", bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>())
        }
        (_, Value::String(text)) => quoted_text(text),
        (_, Value::Array(_) | Value::Object(_)) => return Err("lines cannot be put back".into()),
    })
}

fn quoted_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(method: &str, key: Option<&str>, body: &str, before: Option<&str>) -> ChangeRow {
        ChangeRow {
            id: 17,
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
                None,
            ),
            (
                change(
                    "PUT",
                    guid,
                    r#"{"Name":"New ","IsSales":true,"Phone":null,"CreditLineSales":1.5}"#,
                    Some(r#"{"Name":"O'Neil","IsSales":false,"Phone":"1","CreditLineSales":null,"Other":5}"#),
                ),
                "UPDATE \"5512\".crm.Accounts SET \"CreditLineSales\" = NULL, \"IsSales\" = FALSE, \"Name\" = 'O''Neil', \
                 \"Phone\" = '1' WHERE \"ID\" = '6f7b0000-0000-0000-0000-000000000001' AND \
                 ABS(\"CreditLineSales\" - 1.5) < 0.005 AND \"IsSales\" = TRUE AND TRIM(\"Name\") = 'New' AND \
                 COALESCE(TRIM(\"Phone\"), '') = ''",
                None,
            ),
            (
                change(
                    "DELETE",
                    guid,
                    "",
                    Some(r#"{"Name":"Old","Phone":null,"CreditLineSales":1.5,"Modified":"2026-01-31T00:00:00"}"#),
                ),
                r#"INSERT INTO "5512".crm.Accounts ("CreditLineSales", "Name") VALUES (1.5, 'Old')"#,
                Some("BankAccounts"),
            ),
        ];
        for (change, expected, lost) in cases {
            let sql = format!("/* undo 17 */ {expected}");
            assert_eq!(reverts(&sql), Some(17));
            assert_eq!(revert(&change, false), Revert::Statement { sql, lost: lost.map(str::to_owned) });
        }
        let forced = revert(&change("PUT", guid, r#"{"Name":"New"}"#, Some(r#"{"Name":"Old"}"#)), true);
        let Revert::Statement { sql, .. } = forced else { panic!("{forced:?}") };
        assert!(sql.ends_with(r#"SET "Name" = 'Old' WHERE "ID" = '6f7b0000-0000-0000-0000-000000000001'"#), "{sql}");
    }

    #[test]
    fn a_document_comes_back_with_its_lines() {
        let before = r#"{"InvoiceID":"6f7b0000-0000-0000-0000-000000000001","OrderedBy":"6f7b0000-0000-0000-0000-000000000002",
            "Journal":"70","Modified":"2026-01-31T00:00:00","SalesInvoiceLines":[
            {"ID":"6f7b0000-0000-0000-0000-000000000004","InvoiceID":"6f7b0000-0000-0000-0000-000000000001","LineNumber":2,
             "GLAccount":"6f7b0000-0000-0000-0000-000000000005","Description":"O'Neil","Modified":"2026-01-31T00:00:00"},
            {"LineNumber":1,"GLAccount":"6f7b0000-0000-0000-0000-000000000005","Quantity":1.5}]}"#;
        let deleted = change("DELETE", Some("guid'6f7b0000-0000-0000-0000-000000000001'"), "", Some(before));
        let deleted = ChangeRow { table: "salesinvoice.SalesInvoices".into(), ..deleted };
        let Revert::Statement { sql, lost } = revert(&deleted, false) else { panic!("{deleted:?}") };
        let lines = sql.split_once(", '[").unwrap().1;
        let (first, second) =
            (lines.find("\"Quantity\":1.5").unwrap(), lines.find("\"Description\":\"O''Neil\"").unwrap());
        assert!(
            first < second && !lines.contains("Modified") && !lines.contains("InvoiceID") && !lines.contains("\"ID\""),
            "{sql}"
        );
        assert_eq!(lost.as_deref(), Some("SalesInvoiceOrderChargeLines"), "{sql}");
        let names = sql.split_once(") VALUES").unwrap().0;
        assert!(names.contains("\"SalesInvoiceLines\"") && !names.contains("Modified"), "{sql}");
    }

    #[test]
    fn every_type_is_written_as_it_is_read() {
        let attachments = model().find(Some("documents"), "DocumentAttachments").unwrap();
        let column = |name: &str| attachments.column(name).unwrap().1;
        let written = |name: &str, value: Value| literal(column(name), &value).unwrap();
        assert_eq!(written("Attachment", "YWI=".into()), "X'6162'");
        assert_eq!(written("FileName", "O'Neil".into()), "'O''Neil'");
        assert_eq!(holds(column("Attachment"), &"YWI=".into()), Ok(None));
        let mut columns = model().entities().iter().flat_map(|entity| &entity.columns);
        let count = columns.find(|column| column.edm == EdmType::Int64).unwrap();
        assert_eq!(literal(count, &"12".into()).unwrap(), "12");
    }

    #[test]
    fn what_reverts_a_change_may_be_reverted_itself() {
        let by = |id: i64, reverts: i64, outcome: &str| ChangeRow {
            id,
            reverts: Some(reverts),
            outcome: outcome.into(),
            ..ChangeRow::default()
        };
        let all = [by(20, 17, "refused"), by(23, 17, "made"), by(30, 23, "made"), by(31, 18, "unknown")];
        let of = |id: i64, all: &[ChangeRow]| reverted_by(id, all).map(|change| change.id);
        assert_eq!(of(17, &all[..2]), Some(23));
        assert_eq!(of(17, &all), None, "17 is in force again");
        assert_eq!((of(18, &all), of(23, &all), of(5, &all)), (Some(31), Some(30), None));
        assert_eq!(reverts("UPDATE x SET y = '/* undo 17 */'"), None);
    }

    #[test]
    fn what_cannot_be_reverted_says_why() {
        let guid = Some("guid'6f7b0000-0000-0000-0000-000000000001'");
        let put = || change("PUT", guid, r#"{"Name":"New"}"#, Some(r#"{"Phone":"1"}"#));
        let cases = [
            (put(), "what Name was before"),
            (change("POST", None, "{}", None), "the key of its row is not known"),
            (change("DELETE", guid, "", None), "what it was before is not known: Name"),
            (
                ChangeRow { table: "salesinvoice.SalesInvoices".into(), ..change("DELETE", guid, "", Some("{}")) },
                "its lines (SalesInvoiceLines) are not in the journal",
            ),
            (ChangeRow { table: "crm.Nothing".into(), ..put() }, "no table crm.Nothing"),
            (ChangeRow { outcome: "sent".into(), ..put() }, "nobody knows"),
            (ChangeRow { outcome: "unknown".into(), ..put() }, "nobody knows"),
        ];
        for (change, words) in cases {
            let Revert::Impossible(reason) = revert(&change, false) else { panic!("{change:?}") };
            assert!(reason.contains(words), "{reason}");
        }
        let refused = ChangeRow { outcome: "refused".into(), ..put() };
        assert_eq!(revert(&refused, false), Revert::Nothing("it was refused".into()));
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
