//! `exact-odbc query`: SQL through the driver manager, like any other application.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use indicatif::ProgressBar;
use odbc_api::handles::StatementRef;
use odbc_api::{Connection, ConnectionOptions, Cursor, CursorImpl, Environment, ResultSetMetadata};
use tempfile::NamedTempFile;

use super::dsn;
use crate::cli::{NameArguments, QueryArguments, SourceArguments};
use crate::format::{self, Column, Format, Output};
use crate::output;

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
    let outcome = run_sql(&connection, arguments);
    let calls = calls(&connection).map(|calls| format!(", {calls}")).unwrap_or_default();
    let spent = format!("{:.1} s{calls}", begun.elapsed().as_secs_f64());
    match outcome {
        Ok(said) => said.iter().for_each(|told| eprintln!("{told}, {spent}")),
        Err(error) if output::is_closed(&error) => return Err(error),
        Err(error) => {
            eprintln!("Ended after {spent}");
            return Err(error);
        }
    }
    Ok(())
}

/// Prints every result; gives what is to be said of each.
fn run_sql(connection: &Connection<'_>, arguments: &QueryArguments) -> Result<Vec<String>> {
    let mut statement = connection.preallocate().map_err(told)?;
    let waiting = output::progress("waiting for Exact Online");
    let executed = statement.execute(&arguments.sql, ());
    waiting.finish_and_clear();
    let Some(mut cursor) = executed.map_err(told)? else {
        let changed = statement.row_count().map_err(told)?.unwrap_or_default();
        return Ok(vec![format!("{changed} rows changed")]);
    };
    let mut said = Vec::new();
    loop {
        if !said.is_empty() && arguments.output.is_some() {
            bail!("the SQL has several results, and one file holds one: give them one by one");
        }
        let rows = print(&mut cursor, arguments)?;
        said.push(format!("{rows} {}", if rows == 1 { "row" } else { "rows" }));
        match cursor.more_results().map_err(told)? {
            Some(next) => cursor = next,
            None => return Ok(said),
        }
    }
}

/// The calls of this process, as far back as the driver keeps them.
fn calls(connection: &Connection<'_>) -> Option<String> {
    let sql = format!("SELECT COUNT(*) FROM sys.sys_requests WHERE Process = {}", std::process::id());
    let mut cursor = connection.execute(&sql, (), None).ok()??;
    let mut count = Vec::new();
    cursor.next_row().ok()??.get_text(1, &mut count).ok()?;
    Some(match String::from_utf8(count).ok()?.as_str() {
        "1" => "1 API call".to_owned(),
        LAST_REQUESTS => format!("{LAST_REQUESTS} API calls or more"),
        count => format!("{count} API calls"),
    })
}

/// As many requests as `sys_requests` shows.
const LAST_REQUESTS: &str = "1000";

/// Connects as any application would, and asks who is signed in.
pub fn test(arguments: &NameArguments) -> Result<()> {
    let outcome = who(&by_name(&arguments.name));
    WARNINGS.show();
    output::line(format_args!("Data source \"{}\" works: {}", arguments.name, outcome?))
}

/// Who is signed in, and the division: one call.
pub fn who(connection_string: &str) -> Result<String> {
    let environment = Environment::new().map_err(told)?;
    let connection =
        environment.connect_with_connection_string(connection_string, ConnectionOptions::default()).map_err(told)?;
    let sql = "SELECT TOP 1 FullName FROM \"current\".Me";
    let mut cursor = connection.execute(sql, (), None).map_err(told)?.context("the driver gives no rows")?;
    let mut user = Vec::new();
    let mut row = cursor.next_row().map_err(told)?.context("Exact Online does not say who is signed in")?;
    row.get_text(1, &mut user).map_err(told)?;
    let division = connection.current_catalog().map_err(told)?;
    Ok(format!("{} is signed in, division {division}", String::from_utf8_lossy(&user)))
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
    Ok(by_name(&name))
}

/// It ends with a semicolon: Wine's manager takes a name that ends with the string for one that ends with the first zero behind it.
fn by_name(name: &str) -> String {
    format!("DSN={};", odbc_api::escape_attribute_value(name))
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
fn print(cursor: &mut CursorImpl<StatementRef<'_>>, arguments: &QueryArguments) -> Result<u64> {
    let columns = columns(cursor)?;
    let count = u16::try_from(columns.len()).context("too many columns")?;
    let file = arguments.output.as_deref();
    let format = arguments.format.or(file.and_then(Format::of)).unwrap_or(Format::Table);
    let is_seen = file.is_none() && io::stdout().is_terminal();
    if is_seen && format == Format::Parquet {
        bail!("Parquet is nothing to look at: name a file with --output");
    }
    let target = file.map(Target::beside).transpose()?;
    let writer: Box<dyn Write + Send> = match &target {
        Some(target) => Box::new(target.file.reopen()?),
        None => Box::new(io::stdout()),
    };
    let mut rows_out = format::output(format, writer, columns, is_seen)?;
    let progress = if is_seen { ProgressBar::hidden() } else { output::progress("{human_pos} rows") };
    let printed = print_rows(cursor, count, rows_out.as_mut(), &progress);
    progress.finish_and_clear();
    // What arrived before an error is shown too.
    let finished = rows_out.finish();
    let rows = printed?;
    finished?;
    target.map(Target::keep).transpose()?;
    Ok(rows)
}

/// A file that gets its name once it is whole.
struct Target {
    file: NamedTempFile,
    path: PathBuf,
}

impl Target {
    fn beside(path: &Path) -> Result<Target> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        #[cfg_attr(windows, allow(unused_mut))]
        let mut builder = tempfile::Builder::new();
        // As any new file: readable as far as the user's mask allows.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(Target { file, path: path.to_owned() })
    }

    fn keep(self) -> Result<()> {
        self.file.persist(&self.path).with_context(|| format!("{} cannot be written", self.path.display()))?;
        Ok(())
    }
}

fn print_rows(
    cursor: &mut CursorImpl<StatementRef<'_>>,
    columns: u16,
    output: &mut dyn Output,
    progress: &ProgressBar,
) -> Result<u64> {
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
        progress.set_position(rows);
    }
    Ok(rows)
}

fn columns(cursor: &mut CursorImpl<StatementRef<'_>>) -> Result<Vec<Column>> {
    let count = u16::try_from(cursor.num_result_cols().map_err(told)?)?;
    (1..=count)
        .map(|column| {
            let name = cursor.col_name(column).map_err(told)?;
            Ok(Column::new(name, cursor.col_data_type(column).map_err(told)?.into()))
        })
        .collect()
}

/// SQLSTATE and text, without the words that odbc-api puts around them.
pub fn told(error: odbc_api::Error) -> anyhow::Error {
    match error {
        odbc_api::Error::Diagnostics { record, .. } => {
            let text = odbc_api::handles::slice_to_cow_utf8(&record.message);
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
