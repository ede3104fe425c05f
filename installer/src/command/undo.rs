//! `exact-odbc undo`: the statements that would revert changes of the journal, and their execution on request.

use std::collections::HashMap;

use anyhow::{Result, anyhow, bail};
use exact_client::journal::{ChangeRow, Revert, revert, reverted_by};
use odbc_api::{Connection, ConnectionOptions, Cursor, Environment, ResultSetMetadata};

use super::query::{self, told};
use crate::cli::UndoArguments;
use crate::output;

/// Prints a statement for each change of the range, the latest first, and runs them if that is asked for.
pub fn run(arguments: &UndoArguments) -> Result<()> {
    let outcome = undo(arguments);
    query::WARNINGS.show();
    outcome
}

/// What is to be done about one change.
enum Step {
    Revert(Revert),
    /// It was reverted already, by the change of this number and with this outcome.
    Reverted(i64, String),
}

fn undo(arguments: &UndoArguments) -> Result<()> {
    let (from, to) = (arguments.from, arguments.to.unwrap_or(arguments.from));
    let connection_string = query::connection_string(&arguments.source)?;
    let environment = Environment::new().map_err(told)?;
    let connection =
        environment.connect_with_connection_string(&connection_string, ConnectionOptions::default()).map_err(told)?;
    let range = changes(&connection, &format!("ID BETWEEN {from} AND {to}"))?;
    if range.is_empty() {
        bail!("the journal holds no change from {from} to {to}; see SELECT * FROM sys.sys_changes");
    }
    let journal = undone(&connection)?;
    let steps: Vec<Step> = range.iter().map(|change| step(change, &journal, arguments.force)).collect();
    if arguments.run {
        refuse(&range, &steps)?;
    }
    for (change, step) in range.iter().zip(&steps) {
        show(change, step);
        if arguments.run && matches!(step, Step::Revert(Revert::Statement { .. })) {
            execute(&connection, change, arguments.force)?;
        }
    }
    Ok(())
}

fn step(change: &ChangeRow, undone: &[ChangeRow], forced: bool) -> Step {
    match reverted_by(change.id, undone).filter(|_| !forced) {
        Some(by) => Step::Reverted(by.id, by.outcome.clone()),
        None => Step::Revert(revert(&at_its_key(change, undone), forced)),
    }
}

/// Nothing is run where a part of it cannot be, or where it was all done before.
fn refuse(range: &[ChangeRow], steps: &[Step]) -> Result<()> {
    for (change, step) in range.iter().zip(steps) {
        if let Step::Revert(Revert::Impossible(reason)) = step {
            bail!("change {} cannot be reverted: {reason}. Nothing was changed", about(change));
        }
    }
    let done: Vec<String> = range
        .iter()
        .zip(steps)
        .filter_map(|(change, step)| match step {
            Step::Reverted(by, outcome) => Some(format!("change {} {}", change.id, reverted(*by, outcome))),
            Step::Revert(_) => None,
        })
        .collect();
    if done.len() == steps.len() {
        bail!("{}. Nothing was changed; --force does it once more", done.join("; "));
    }
    Ok(())
}

fn show(change: &ChangeRow, step: &Step) {
    let about = about(change);
    match step {
        Step::Reverted(by, outcome) => println!("-- {about}: {}", reverted(*by, outcome)),
        Step::Revert(Revert::Nothing(reason)) => println!("-- {about}: nothing to do, {reason}"),
        Step::Revert(Revert::Impossible(reason)) => println!("-- {about}: cannot be reverted: {reason}"),
        Step::Revert(Revert::Statement { sql, lost }) => {
            println!("-- {about}");
            if let Some(lost) = lost {
                println!("-- what it had of {lost} does not come back");
            }
            println!("{sql};");
        }
    }
}

fn about(change: &ChangeRow) -> String {
    format!("{}: {} {} ({})", change.id, change.method, change.table, change.outcome)
}

fn reverted(by: i64, outcome: &str) -> String {
    match outcome {
        "made" => format!("was reverted already by change {by}"),
        _ => format!("may have been reverted already by change {by}, whose outcome is not known: look at the row"),
    }
}

/// Reverts a change. Its statement is made now, since a row that was just made again has another key.
fn execute(connection: &Connection<'_>, change: &ChangeRow, forced: bool) -> Result<()> {
    let change = at_its_key(change, &undone(connection)?);
    let Revert::Statement { sql, .. } = revert(&change, forced) else { return Ok(()) };
    let mut prepared = connection.preallocate().map_err(told)?;
    let waiting = output::progress("waiting for Exact Online");
    let executed = prepared.execute(&sql, ()).map(|_| ());
    waiting.finish_and_clear();
    executed.map_err(told)?;
    match prepared.row_count().map_err(told)? {
        Some(1) => Ok(()),
        Some(0) if change.method == "PUT" && !forced => Err(anyhow!(
            "change {}: the row no longer holds what this change wrote, or is gone: somebody has changed it since. It was left \
             as it is, and so were the changes before; --force puts the old values back all the same",
            change.id
        )),
        Some(0) => Err(anyhow!("change {}: its row is gone; the changes before were left as they are", change.id)),
        count => Err(anyhow!("change {}: {} rows were changed instead of one", change.id, count.unwrap_or_default())),
    }
}

/// All changes that revert others, and those that they revert.
fn undone(connection: &Connection<'_>) -> Result<Vec<ChangeRow>> {
    changes(connection, "Reverts IS NOT NULL OR ID IN (SELECT Reverts FROM sys.sys_changes)")
}

/// The change with the key that its row has now: one that was removed and made again has got another.
fn at_its_key(change: &ChangeRow, undone: &[ChangeRow]) -> ChangeRow {
    let mut key = change.key.clone();
    let mut in_order = undone.iter().collect::<Vec<_>>();
    in_order.sort_by_key(|change| change.id);
    for again in in_order.into_iter().filter(|again| again.method == "POST" && again.outcome == "made") {
        let is_row = |removed: &&ChangeRow| {
            Some(removed.id) == again.reverts
                && removed.id > change.id
                && (removed.method.as_str(), removed.division, &removed.table, &removed.key)
                    == ("DELETE", change.division, &change.table, &key)
        };
        if again.key.is_some() && undone.iter().any(|removed| is_row(&removed)) {
            key = again.key.clone();
        }
    }
    ChangeRow { key, ..change.clone() }
}

/// The changes that meet a condition, the latest first.
fn changes(connection: &Connection<'_>, condition: &str) -> Result<Vec<ChangeRow>> {
    let sql = format!("SELECT * FROM sys.sys_changes WHERE {condition} ORDER BY ID DESC");
    let Some(mut cursor) = connection.execute(&sql, (), None).map_err(told)? else { return Ok(Vec::new()) };
    let names: Vec<String> = cursor.column_names().map_err(told)?.collect::<Result<_, _>>().map_err(told)?;
    let mut changes = Vec::new();
    // A text that does not fit would be warned of.
    let mut buffer = Vec::with_capacity(1 << 17);
    while let Some(mut row) = cursor.next_row().map_err(told)? {
        let mut values = HashMap::new();
        for (name, column) in names.iter().zip(1_u16..) {
            if row.get_text(column, &mut buffer).map_err(told)? {
                values.insert(name.clone(), String::from_utf8_lossy(&buffer).into_owned());
            }
        }
        changes.push(change(&values));
    }
    Ok(changes)
}

/// What is needed of a row of sys.sys_changes.
fn change(values: &HashMap<String, String>) -> ChangeRow {
    let text = |name: &str| values.get(name).cloned().unwrap_or_default();
    ChangeRow {
        id: text("ID").parse().unwrap_or_default(),
        division: values.get("Division").and_then(|division| division.parse().ok()),
        table: text("TableName"),
        method: text("Method"),
        body: text("Body"),
        key: values.get("Key").cloned(),
        before: values.get("Before").cloned(),
        reverts: values.get("Reverts").and_then(|reverts| reverts.parse().ok()),
        outcome: text("Outcome"),
        ..ChangeRow::default()
    }
}
