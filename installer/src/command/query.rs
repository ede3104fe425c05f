//! `exact-odbc query`: SQL through the driver manager, like any other application.

use std::io::{self, IsTerminal};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use odbc_api::handles::StatementRef;
use odbc_api::{ConnectionOptions, Cursor, CursorImpl, DataType, Environment, ResultSetMetadata};

use super::dsn;
use crate::cli::{QueryArguments, SourceArguments};
use crate::table::{Column, Csv, Output, Table};

/// Prints the rows of a query on standard output; their number and all warnings on standard error.
pub fn run(arguments: &QueryArguments) -> Result<()> {
    let outcome = execute(arguments);
    WARNINGS.show();
    outcome
}

fn execute(arguments: &QueryArguments) -> Result<()> {
    let connection_string = connection_string(&arguments.source)?;
    let begun = Instant::now();
    let environment = Environment::new().map_err(told)?;
    let connection =
        environment.connect_with_connection_string(&connection_string, ConnectionOptions::default()).map_err(told)?;
    let mut statement = connection.preallocate().map_err(told)?;
    let Some(mut cursor) = statement.execute(&arguments.sql, ()).map_err(told)? else {
        let changed = statement.row_count().map_err(told)?.unwrap_or_default();
        eprintln!("{changed} rows changed, {:.1} s", begun.elapsed().as_secs_f64());
        return Ok(());
    };
    loop {
        let rows = print(&mut cursor, arguments.csv)?;
        eprintln!("{rows} {}, {:.1} s", if rows == 1 { "row" } else { "rows" }, begun.elapsed().as_secs_f64());
        match cursor.more_results().map_err(told)? {
            Some(next) => cursor = next,
            None => return Ok(()),
        }
    }
}

/// What to connect with: a connection string, a data source, or the only one there is.
pub fn connection_string(source: &SourceArguments) -> Result<String> {
    if let Some(text) = &source.connection {
        return Ok(text.clone());
    }
    let name = match &source.dsn {
        Some(name) => name.clone(),
        None => only_source()?,
    };
    Ok(format!("DSN={}", odbc_api::escape_attribute_value(&name)))
}

fn only_source() -> Result<String> {
    let mut names = dsn::names()?;
    match (names.pop(), names.len()) {
        (None, _) => bail!("there is no data source yet; make one with exact-odbc dsn add, or try exact-odbc demo"),
        (Some(name), 0) => Ok(name),
        (Some(name), _) => {
            names.push(name);
            bail!("choose a data source with --dsn: {}", names.join(", "))
        }
    }
}

/// Prints a result; gives the number of its rows.
fn print(cursor: &mut CursorImpl<StatementRef<'_>>, as_csv: bool) -> Result<u64> {
    let columns = columns(cursor)?;
    let count = u16::try_from(columns.len()).context("too many columns")?;
    let stdout = io::stdout();
    let is_terminal = stdout.is_terminal();
    let writer = io::BufWriter::new(stdout.lock());
    let mut output: Box<dyn Output> = match as_csv {
        true => Box::new(Csv::new(writer, &columns)?),
        false => Box::new(Table::new(writer, columns, is_terminal)),
    };
    let printed = print_rows(cursor, count, output.as_mut());
    // What arrived before an error is shown too.
    let finished = output.finish();
    let rows = printed?;
    finished?;
    Ok(rows)
}

fn print_rows(cursor: &mut CursorImpl<StatementRef<'_>>, columns: u16, output: &mut dyn Output) -> Result<u64> {
    let mut buffer = Vec::new();
    let mut values = Vec::with_capacity(usize::from(columns));
    let mut rows = 0;
    while let Some(mut row) = cursor.next_row().map_err(told)? {
        values.clear();
        for column in 1..=columns {
            let is_set = row.get_text(column, &mut buffer).map_err(told)?;
            values.push(is_set.then(|| String::from_utf8_lossy(&buffer).into_owned()));
        }
        output.row(&values)?;
        rows += 1;
    }
    Ok(rows)
}

fn columns(cursor: &mut CursorImpl<StatementRef<'_>>) -> Result<Vec<Column>> {
    let count = u16::try_from(cursor.num_result_cols().map_err(told)?)?;
    (1..=count)
        .map(|column| {
            let name = cursor.col_name(column).map_err(told)?;
            let data_type = cursor.col_data_type(column).map_err(told)?;
            Ok(Column { name, is_number: is_number(data_type) })
        })
        .collect()
}

fn is_number(data_type: DataType) -> bool {
    matches!(
        data_type,
        DataType::TinyInt
            | DataType::SmallInt
            | DataType::Integer
            | DataType::BigInt
            | DataType::Real
            | DataType::Double
            | DataType::Float { .. }
            | DataType::Decimal { .. }
            | DataType::Numeric { .. }
    )
}

/// SQLSTATE and text, without the words that odbc-api puts around them.
pub fn told(error: odbc_api::Error) -> anyhow::Error {
    match error {
        odbc_api::Error::Diagnostics { record, .. } => {
            let text = String::from_utf8_lossy(&record.message);
            // odbc-api logs the record too.
            WARNINGS.forget(&text);
            anyhow!("{}: {text}", record.state.as_str())
        }
        other => anyhow!(other),
    }
}

/// Holds the warnings of driver and driver manager, which odbc-api hands to the log.
pub struct Warnings(Mutex<Vec<String>>);

/// Where the log goes.
pub static WARNINGS: Warnings = Warnings(Mutex::new(Vec::new()));

impl Warnings {
    fn held(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, text: &str) {
        self.held().retain(|warning| !warning.contains(text));
    }

    /// Prints them on standard error.
    pub fn show(&self) {
        self.held().drain(..).for_each(|warning| eprintln!("{warning}"));
    }
}

impl log::Log for Warnings {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("odbc_api") && metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            self.held().push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}
