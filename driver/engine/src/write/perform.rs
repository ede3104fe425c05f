//! The execution of a write.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use datafusion::arrow::array::{ArrayRef, StringArray};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::ScalarValue;
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, col};
use exact_client::Notice;
use exact_client::settings::{DivisionSetting, Journal};
use exact_client::writer::{Cause, Change, Verb};

use super::found::Found;
use super::overlay::image;
use super::returning::{Returning, table_rows};
use super::send::Sender;
use super::transaction::{Queued, guid_key, key_in};
use super::values::Problems;
use super::{Circumstances, Form, Write};
use crate::cancel::Limits;
use crate::connection::{Context, Shared};
use crate::divisions::Catalog;
use crate::error::{Error, Result};

/// One execution of a write.
pub struct Run<'a> {
    pub shared: &'a Shared,
    pub context: &'a Context,
    pub limits: &'a Limits,
}

/// What an execution gave.
pub struct Done {
    pub row_count: i64,
    /// What RETURNING or DryRun tells.
    pub result: Option<LogicalPlan>,
    pub notices: Vec<Notice>,
}

/// The changes that a write means, all of them checked; nothing is sent. `collect` runs the query behind it.
pub fn check(
    write: &Write,
    run: &Run<'_>,
    parameters: &[ScalarValue],
    source: Option<LogicalPlan>,
    collect: impl FnOnce(LogicalPlan) -> Result<Vec<RecordBatch>>,
) -> Result<Vec<Change>> {
    let queued = {
        let transaction = run.shared.transaction();
        if transaction.failed {
            return Err(Error::TransactionFailed);
        }
        transaction.manual
    };
    let found = match source {
        Some(plan) => Found::new(collect(needed(write, run, plan, queued)?)?),
        None => Found::default(),
    };
    let division = match run.context.catalog {
        Catalog::One(division) => Some(division),
        Catalog::All => None,
    };
    write.form.changes(parameters, found, Circumstances { division, queued })
}

/// The query behind an UPDATE or a DELETE without the columns that nobody will look at: each may cost a slower path.
fn needed(write: &Write, run: &Run<'_>, plan: LogicalPlan, queued: bool) -> Result<LogicalPlan> {
    let keeps = run.shared.source.settings.journal != Journal::Off;
    let whole = queued || write.returning.is_some();
    let needs = |name: &String| match &write.form {
        Form::Insert(_) => true,
        Form::Change(change) => change.needs(name, whole || (keeps && change.verb == Verb::Delete)),
        Form::Merge(merge) => merge.needs(name, whole),
    };
    if matches!(write.form, Form::Insert(_)) {
        return Ok(plan);
    }
    let wanted = plan.schema().iter().map(|(_, field)| field.name()).filter(|name| needs(name));
    let wanted: Vec<Expr> = wanted.map(|name| col(format!("\"{name}\""))).collect();
    Ok(LogicalPlanBuilder::from(plan).project(wanted)?.build()?)
}

/// Makes the changes, or lets them wait for the commit.
pub fn perform(write: &Write, run: &Run<'_>, mut changes: Vec<Change>) -> Result<Done> {
    static STATEMENTS: AtomicU64 = AtomicU64::new(1);
    let statement = STATEMENTS.fetch_add(1, Ordering::Relaxed);
    let cause = Arc::new(Cause { statement, sql: write.text.clone() });
    changes.iter_mut().for_each(|change| change.cause = Arc::clone(&cause));
    let row_count = i64::try_from(changes.len()).unwrap_or(i64::MAX);
    if write.dry_run {
        let result = Some(told(&changes, run.shared.source.session.base_url())?);
        return Ok(Done { row_count, result, notices: Vec::new() });
    }
    let notices = if changes.is_empty() { Vec::new() } else { unnamed_division(run) };
    let manual = run.shared.transaction().manual;
    let (result, found) = match manual {
        true => (wait(write, run, changes)?, Vec::new()),
        false => send(write, run, changes)?,
    };
    let notices = notices.into_iter().chain(found).collect();
    Ok(Done { row_count, result, notices })
}

fn send(write: &Write, run: &Run<'_>, changes: Vec<Change>) -> Result<(Option<LogicalPlan>, Vec<Notice>)> {
    let mut changes: Vec<_> = changes.into_iter().map(|change| Queued::at_once(change, write.states_keys())).collect();
    let sender = Sender {
        engine: &run.shared.engine,
        session: &run.shared.source.session,
        limits: run.limits,
        begun: Instant::now(),
    };
    let mut sent = sender.send(&mut changes);
    let notices = std::mem::take(&mut sent.notices);
    let rows = sent.complete(&write.statement(), &changes, false)?;
    let entity = write.target().entity;
    if let Some(key) = rows.iter().rev().flatten().find_map(|row| key_in(entity, row)) {
        run.shared.remember_identity(key);
    }
    let Some(returning) = &write.returning else { return Ok((None, notices)) };
    let written = match write.verb() {
        Verb::Post => {
            let lost = || Error::Invalid {
                message: format!(
                    "{}: the row was written, but Exact Online did not tell what it holds.",
                    write.statement()
                ),
            };
            rows.into_iter().map(|row| row.ok_or_else(lost)).collect::<Result<Vec<_>>>()?
        }
        _ => images(&changes)?,
    };
    Ok((Some(returning.over(table_rows(entity, &written)?)?), notices))
}

fn wait(write: &Write, run: &Run<'_>, changes: Vec<Change>) -> Result<Option<LogicalPlan>> {
    let entity = write.target().entity;
    if let (Some(returning), Verb::Post) = (&write.returning, write.verb()) {
        refuse_unknown(returning, &changes, &write.statement())?;
    }
    let described: Vec<_> = changes.iter().cloned().map(|change| Queued::at_once(change, false)).collect();
    let mut problems = Problems::default();
    let mut transaction = run.shared.transaction();
    let before = transaction.queue.clone();
    let added = transaction.add(changes, write.states_keys(), &mut problems);
    if let Err(error) = problems.check(&write.statement()) {
        transaction.queue = before;
        return Err(error);
    }
    drop(transaction);
    if let Some(given) = added.iter().rev().find_map(|queued| queued.given.clone()) {
        run.shared.remember_identity(given);
    }
    let Some(returning) = &write.returning else { return Ok(None) };
    let rows = if write.verb() == Verb::Post { images(&added)? } else { images(&described)? };
    returning.over(table_rows(entity, &rows)?).map(Some)
}

/// Refuses a RETURNING of what only the service can give, once it has the row.
fn refuse_unknown(returning: &Returning, changes: &[Change], statement: &str) -> Result<()> {
    let Some(change) = changes.first() else { return Ok(()) };
    let key = guid_key(change.entity).map(|key| key.name.to_lowercase());
    let mut problems = Problems::default();
    for name in returning.columns()? {
        let given = changes.iter().all(|change| change.body.keys().any(|own| own.eq_ignore_ascii_case(&name)));
        if !given && Some(&name) != key.as_ref() && name != "division" {
            let shown = change.entity.column(&name).map_or(name.as_str(), |(_, column)| column.name);
            problems
                .add("42000", format!("RETURNING {shown}: Exact Online gives it at the commit; read it afterwards"));
        }
    }
    problems.check(statement)
}

/// The rows as they will be, or, of those that go, as they were.
fn images(changes: &[Queued]) -> Result<Vec<RecordBatch>> {
    changes.iter().map(|queued| Ok(queued.change.row(&image(queued))?)).collect()
}

/// A write on a connection whose division nobody has named says where it went.
fn unnamed_division(run: &Run<'_>) -> Vec<Notice> {
    let unset = run.shared.source.settings.division == DivisionSetting::Current;
    let division = run.shared.source.session.division();
    let message = format!("no Division is set: this was written to division {division}");
    if unset { vec![Notice { sqlstate: "01000", message }] } else { Vec::new() }
}

/// The columns of a DryRun's result.
pub const DRY_RUN: [&str; 3] = ["Method", "URL", "Body"];

/// The changes as rows.
fn told(changes: &[Change], base_url: &str) -> Result<LogicalPlan> {
    let mut columns: [Vec<String>; 3] = Default::default();
    for change in changes {
        let row = [change.verb.name().to_string(), change.url(base_url)?, change.text()];
        tracing::info!(target: "exact::write", method = row[0], url = row[1], body = row[2], "dry run");
        columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
    }
    let arrays = DRY_RUN.into_iter().zip(columns.map(|column| Arc::new(StringArray::from(column)) as ArrayRef));
    let rows = RecordBatch::try_from_iter(arrays).map_err(DataFusionError::from)?;
    let table = MemTable::try_new(rows.schema(), vec![vec![rows]])?;
    Ok(LogicalPlanBuilder::scan("dry_run", provider_as_source(Arc::new(table)), None)?.build()?)
}
