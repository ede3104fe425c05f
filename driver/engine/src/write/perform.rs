//! The execution of a write.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
use super::queued::{Queued, guid_key, named};
use super::reckon::Calls;
use super::returning::{Returning, key_in, table_rows};
use super::send::Sender;
use super::stated::Stated;
use super::values::Problems;
use super::{Circumstances, Form, Write, stored};
use crate::cancel::Deadline;
use crate::connection::{Context, Shared};
use crate::divisions::Catalog;
use crate::error::{Error, Result};

/// One call of the application that writes, with all of its sets of parameters.
pub struct Run<'a> {
    pub shared: &'a Shared,
    pub context: &'a Context,
    pub deadline: Deadline,
    /// Calls made so far.
    pub calls: Cell<u64>,
}

impl Run<'_> {
    pub fn add_calls(&self, calls: u64) {
        self.calls.set(self.calls.get() + calls);
    }
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
    let under = circumstances(run)?;
    let found = match source {
        Some(plan) => Found::new(collect(needed(write, run, plan)?)?),
        None => Found::default(),
    };
    write.form.changes(parameters, found, under)
}

/// Under what circumstances a write is made now.
pub fn circumstances(run: &Run<'_>) -> Result<Circumstances> {
    let transaction = run.shared.transaction();
    if transaction.failed {
        return Err(Error::TransactionFailed);
    }
    let division = match run.context.catalog {
        Catalog::One(division) => Some(division),
        Catalog::All => None,
    };
    Ok(Circumstances { division, queued: transaction.manual })
}

/// The query behind an UPDATE or a DELETE without the columns that nobody will look at: each may cost a slower path.
pub fn needed(write: &Write, run: &Run<'_>, plan: LogicalPlan) -> Result<LogicalPlan> {
    let queued = run.shared.transaction().manual;
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

/// Makes the changes, or lets them wait for the commit. What they cost and whether their keys are free was found out before.
pub fn perform(write: &Write, run: &Run<'_>, mut changes: Vec<Change>) -> Result<Done> {
    static STATEMENTS: AtomicU64 = AtomicU64::new(1);
    let statement = STATEMENTS.fetch_add(1, Ordering::Relaxed);
    let cause = Arc::new(Cause { statement, sql: write.text.clone() });
    changes.iter_mut().for_each(|change| change.cause = Arc::clone(&cause));
    let row_count = i64::try_from(changes.len()).unwrap_or(i64::MAX);
    if write.dry_run {
        let keys = Stated::of(&run.shared.source.session, changes.iter().filter(|_| !write.has_looked_for_keys()));
        let mut message = Calls::of(changes.iter()).and(&keys.calls()).told(run.shared);
        if run.shared.transaction().manual {
            message.push_str(APART);
        }
        let changes: Vec<_> = changes.into_iter().map(named).collect();
        let result = Some(told(&changes, run.shared.source.session.base_url())?);
        return Ok(Done { row_count, result, notices: vec![Notice { sqlstate: "01000", message }] });
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
    run.add_calls(changes.len() as u64);
    let mut changes: Vec<_> = changes.into_iter().map(Queued::at_once).collect();
    let sender = Sender { engine: &run.shared.engine, session: &run.shared.source.session, deadline: &run.deadline };
    let mut sent = sender.send(&mut changes);
    let notices = std::mem::take(&mut sent.notices);
    let rows = sent.complete(&write.statement(), &changes, false)?;
    let entity = write.target().entity;
    if let Some(key) = rows.iter().rev().flatten().find_map(|row| key_in(entity, row)) {
        run.shared.remember_identity(key);
    }
    let Some(returning) = &write.returning else { return Ok((None, notices)) };
    let keys = changes
        .iter()
        .zip(&rows)
        .filter_map(|(queued, row)| row.as_ref().and_then(|row| key_in(entity, row)).or_else(|| queued.row_key()));
    let keys: Vec<_> = keys.collect();
    let returned = written(returning, run, &changes, rows).and_then(|rows| returning.over(table_rows(entity, &rows)?));
    let failed = |cause| Error::ReturningFailed { statement: write.statement(), keys, cause: Box::new(cause) };
    Ok((Some(returned.map_err(failed)?), notices))
}

/// The rows that were written: new ones as they were answered, changed ones as they are stored now where RETURNING names more
/// than was sent, removed ones as they were.
fn written(
    returning: &Returning,
    run: &Run<'_>,
    changes: &[Queued],
    answers: Vec<Option<RecordBatch>>,
) -> Result<Vec<RecordBatch>> {
    let named = returning.columns()?;
    let is_sent = |change: &Change, name: &str| {
        is_identity(change, name) || change.body.keys().any(|own| own.eq_ignore_ascii_case(name))
    };
    let moved = |change: &Change| change.verb == Verb::Put && !named.iter().all(|name| is_sent(change, name));
    let stale: Vec<_> = changes.iter().map(|queued| &queued.change).filter(|change| moved(change)).collect();
    let reading = async { Ok(stored::rows(&run.shared.source.session, stale.iter().copied()).await?) };
    let stored = match stale.is_empty() {
        true => Default::default(),
        false => run.shared.engine.block_on(&run.deadline.left()?, reading)?,
    };
    let row = |(queued, answer): (&Queued, Option<RecordBatch>)| {
        let change = &queued.change;
        let now = || stored.get(&(change.division, change.key.clone()?)).cloned();
        let known = match change.verb {
            Verb::Post => answer,
            Verb::Put if moved(change) => now(),
            _ => Some(change.row(&image(queued))?),
        };
        known.ok_or_else(|| Error::Invalid { message: "Exact Online did not tell what the row holds.".into() })
    };
    changes.iter().zip(answers).map(row).collect()
}

/// Whether a column of RETURNING says which row it is.
fn is_identity(change: &Change, name: &str) -> bool {
    let key = change.entity.keys.iter().filter_map(|key| change.entity.columns.get(*key));
    name == "division" || key.into_iter().any(|key| key.name.eq_ignore_ascii_case(name))
}

fn wait(write: &Write, run: &Run<'_>, changes: Vec<Change>) -> Result<Option<LogicalPlan>> {
    let entity = write.target().entity;
    if let Some(returning) = &write.returning {
        refuse_unknown(returning, &changes, &write.statement())?;
    }
    let described: Vec<_> = changes
        .iter()
        .map(|change| Queued { change: change.clone(), given: None, stated: false, lines: Vec::new() })
        .collect();
    let mut problems = Problems::default();
    let mut transaction = run.shared.transaction();
    let before = transaction.queue.clone();
    let added = transaction.add(changes, &mut problems);
    if let Err(error) = problems.check(&write.statement()) {
        transaction.queue = before;
        return Err(error);
    }
    drop(transaction);
    if let Some(given) = added.iter().rev().flatten().find_map(|queued| queued.given.clone()) {
        run.shared.remember_identity(given);
    }
    let Some(returning) = &write.returning else { return Ok(None) };
    let shown = described.iter().zip(&added).map(|(described, added)| match added {
        Some(added) if added.change.verb == Verb::Post => image_row(added),
        _ => image_row(described),
    });
    returning.over(table_rows(entity, &shown.collect::<Result<Vec<_>>>()?)?).map(Some)
}

/// The row as it will be, or, of one that goes, as it was.
fn image_row(queued: &Queued) -> Result<RecordBatch> {
    Ok(queued.change.row(&image(queued))?)
}

/// Refuses a RETURNING of what only the service can give, once it has the row.
fn refuse_unknown(returning: &Returning, changes: &[Change], statement: &str) -> Result<()> {
    let is_given = |change: &Change, name: &str| {
        let own = || change.body.keys().any(|own| own.eq_ignore_ascii_case(name));
        // What nobody but the application writes stays as it was read.
        let stays = || change.entity.column(name).is_some_and(|(_, column)| column.post || column.put);
        match change.verb {
            Verb::Post => is_identity(change, name) && guid_key(change.entity).is_some() || own(),
            Verb::Put => is_identity(change, name) || own() || stays(),
            Verb::Delete | Verb::Get => true,
        }
    };
    let mut problems = Problems::default();
    for name in returning.columns()? {
        if let Some(change) = changes.iter().find(|change| !is_given(change, &name)) {
            let shown = change.entity.column(&name).map_or(name.as_str(), |(_, column)| column.name);
            problems
                .add("42000", format!("RETURNING {shown}: Exact Online gives it at the commit; read it afterwards"));
        }
    }
    problems.check(statement)
}

/// A write on a connection whose division nobody has named says where it went.
fn unnamed_division(run: &Run<'_>) -> Vec<Notice> {
    let unset = run.shared.source.settings.division == DivisionSetting::Current;
    let division = run.shared.source.session.division();
    let message = format!("no Division is set: this was written to division {division}");
    if unset { vec![Notice { sqlstate: "01000", message }] } else { Vec::new() }
}

/// What a DryRun adds with autocommit off.
const APART: &str =
    "; DryRun shows each statement on its own: at a commit a document and the lines that carry its key go as one POST";

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
