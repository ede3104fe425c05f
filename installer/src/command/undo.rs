//! `exact-odbc undo`: the statements that would revert changes of the journal, and their execution on request.

use std::collections::HashMap;

use anyhow::{Result, anyhow, bail};
use exact_client::journal::{ChangeRow, Revert, revert};
use odbc_api::{Connection, ConnectionOptions, Cursor, Environment, ResultSetMetadata};

use super::query::{self, told};
use crate::cli::UndoArguments;

/// Prints a statement for each change of the range, the latest first, and runs them if that is asked for.
pub fn run(arguments: &UndoArguments) -> Result<()> {
    let outcome = undo(arguments);
    query::WARNINGS.show();
    outcome
}

fn undo(arguments: &UndoArguments) -> Result<()> {
    let (from, to) = (arguments.from, arguments.to.unwrap_or(arguments.from));
    let connection_string = query::connection_string(&arguments.source)?;
    let environment = Environment::new().map_err(told)?;
    let connection =
        environment.connect_with_connection_string(&connection_string, ConnectionOptions::default()).map_err(told)?;
    let changes = changes(&connection, from, to)?;
    if changes.is_empty() {
        bail!("the journal holds no change from {from} to {to}; see SELECT * FROM sys.sys_changes");
    }
    for change in &changes {
        let about = format!("{}: {} {} ({})", change.id, change.method, change.table, change.outcome);
        match revert(change) {
            Revert::Statement(statement) => {
                println!("-- {about}\n{statement};");
                if arguments.run {
                    execute(&connection, change, &statement)?;
                }
            }
            Revert::Nothing(reason) => println!("-- {about}: nothing to do, {reason}"),
            Revert::Impossible(reason) if arguments.run => {
                bail!("change {about} cannot be reverted: {reason}. Changes before it were left as they are")
            }
            Revert::Impossible(reason) => println!("-- {about}: cannot be reverted: {reason}"),
        }
    }
    Ok(())
}

fn execute(connection: &Connection<'_>, change: &ChangeRow, statement: &str) -> Result<()> {
    let mut prepared = connection.preallocate().map_err(told)?;
    prepared.execute(statement, ()).map_err(told)?;
    match prepared.row_count().map_err(told)? {
        Some(1) => Ok(()),
        count => Err(anyhow!("change {}: {} rows were changed instead of one", change.id, count.unwrap_or_default())),
    }
}

/// The changes of that range, the latest first.
fn changes(connection: &Connection<'_>, from: i64, to: i64) -> Result<Vec<ChangeRow>> {
    let sql = format!("SELECT * FROM sys.sys_changes WHERE ID BETWEEN {from} AND {to} ORDER BY ID DESC");
    let Some(mut cursor) = connection.execute(&sql, (), None).map_err(told)? else { return Ok(Vec::new()) };
    let names: Vec<String> = cursor.column_names().map_err(told)?.collect::<Result<_, _>>().map_err(told)?;
    let mut changes = Vec::new();
    let mut buffer = Vec::new();
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
        outcome: text("Outcome"),
        ..ChangeRow::default()
    }
}
