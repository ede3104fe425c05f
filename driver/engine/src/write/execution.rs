//! The execution of a statement that writes: the query behind it, what is found out before it is sent, and what it gives back.

use std::cell::Cell;
use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::logical_expr::LogicalPlan;
use exact_client::settings::Journal;
use exact_client::writer::Change;
use exact_client::{Error as ClientError, Notice};
use futures::TryStreamExt;
use tokio_util::task::AbortOnDropHandle;

use super::lines::Documents;
use super::reckon::Calls;
use super::stated::Stated;
use super::values::Problems;
use super::{Run, Write, check, perform};
use crate::cancel::{CancelToken, Deadline, Limits};
use crate::complete;
use crate::error::{Error, Result};
use crate::report::Report;
use crate::statement::{Execution, Statement, rows};
use crate::value::Value;

impl Statement {
    pub(super) fn run(&self, limits: &Limits) -> Run<'_> {
        let deadline = Deadline::from_now(limits);
        Run { shared: &self.shared, context: &self.context, deadline, calls: Cell::new(0) }
    }

    /// Executes a write with one set of parameters.
    pub(crate) fn execute_write(&self, write: &Write, values: &[Value], limits: &Limits) -> Result<Execution> {
        let run = self.run(limits);
        let changes = self.checked(write, values, &run)?;
        let changes = self.ready_alone(write, changes, &run)?;
        self.changed(write, changes, &run)
    }

    /// The changes that one set of parameters means, all of them checked.
    pub(super) fn checked(&self, write: &Write, values: &[Value], run: &Run<'_>) -> Result<Vec<Change>> {
        let parameters = self.fitted(values)?;
        let source = match &write.source {
            Some(plan) => Some(self.bound_to(plan, &parameters)?),
            None => None,
        };
        check(write, run, &parameters, source, |plan| self.collected(plan, &write.statement(), run))
    }

    /// What has to be known of the changes of all sets before the first is sent. A set whose new rows have keys that they
    /// cannot have becomes an error. `more` calls will be made beside.
    ///
    /// # Errors
    /// HY000: all of it takes more calls than may be made.
    pub(super) fn ready(
        &self,
        write: &Write,
        sets: &mut [Result<Vec<Change>>],
        more: &Calls,
        run: &Run<'_>,
    ) -> Result<()> {
        if write.dry_run {
            return Ok(());
        }
        let keeps = self.shared.source.settings.journal != Journal::Off;
        let documents = Documents::of(sets.iter().flatten().flatten().filter(|_| keeps));
        let mut more = more.clone();
        documents.calls().for_each(|(entity, division, calls)| more.add(entity, division, calls));
        if !self.shared.transaction().manual {
            self.affordable(write, sets, &more, run)?;
        }
        self.with_lines(documents, sets, run)
    }

    /// Adds to the pictures of documents that are to be removed those of their lines, for the journal. Who may not read the lines
    /// may remove the document all the same; undo says then what it lacks.
    fn with_lines(&self, documents: Documents, sets: &mut [Result<Vec<Change>>], run: &Run<'_>) -> Result<()> {
        let calls: u64 = documents.calls().map(|(_, _, calls)| calls).sum();
        if calls == 0 {
            return Ok(());
        }
        run.add_calls(calls);
        let reading = async { Ok(documents.lines(&self.shared.source.session).await?) };
        let mut lines = match self.shared.engine.block_on(&run.deadline.left()?, reading) {
            Err(Error::Client(
                error @ (ClientError::Denied { .. } | ClientError::NotFound { .. } | ClientError::Refused { .. }),
            )) => {
                tracing::warn!(target: "exact::journal", %error, "the lines of a document are not in the journal");
                return Ok(());
            }
            read => read?,
        };
        for change in sets.iter_mut().flatten().flatten() {
            let own = change.key.clone().and_then(|key| lines.remove(&(change.division, key)));
            change.before.extend(own.unwrap_or_default());
        }
        Ok(())
    }

    /// Refuses what takes more calls than may be made, and keys of new rows that are taken.
    fn affordable(&self, write: &Write, sets: &mut [Result<Vec<Change>>], more: &Calls, run: &Run<'_>) -> Result<()> {
        let all = || sets.iter().flatten().flatten();
        let keys = Stated::of(&self.shared.source.session, all().filter(|_| !write.has_looked_for_keys()));
        let asking = keys.calls();
        let calls = Calls::of(all()).and(&asking).and(more);
        calls.afforded(&self.shared, &write.statement(), run.calls.get())?;
        run.add_calls(asking.total());
        let asked = async { Ok(keys.taken().await?) };
        let mut taken = self.shared.engine.block_on(&run.deadline.left()?, asked)?;
        for set in sets {
            let Ok(changes) = set else { continue };
            let mut problems = Problems::default();
            let several = changes.len() > 1;
            for (number, change) in (1..).zip(changes.iter()) {
                let mut wrong = Problems::default();
                taken.refuses(change).into_iter().for_each(|problem| wrong.add(problem.sqlstate, problem.text));
                problems.extend(wrong, several.then_some(number));
            }
            if let Err(error) = problems.check(&write.statement()) {
                *set = Err(error);
            }
        }
        Ok(())
    }

    /// The same of a single set.
    pub(super) fn ready_alone(&self, write: &Write, changes: Vec<Change>, run: &Run<'_>) -> Result<Vec<Change>> {
        let mut only = [Ok(changes)];
        self.ready(write, &mut only, &Calls::default(), run)?;
        let [changes] = only;
        changes
    }

    pub(super) fn changed(&self, write: &Write, changes: Vec<Change>, run: &Run<'_>) -> Result<Execution> {
        let (before, manual) = {
            let transaction = self.shared.transaction();
            let keeps = transaction.manual && write.returning.is_some();
            (keeps.then(|| transaction.queue.clone()), transaction.manual)
        };
        let done = perform(write, run, changes)?;
        let returned = |plan: LogicalPlan| {
            let shown = plan.clone();
            let start =
                |limits| self.started(&limits, 0, |state, stop| async move { rows(&state, &plan, &stop).await });
            run.deadline.left().and_then(start).map_err(|error| match before {
                Some(before) => {
                    self.shared.transaction().queue = before;
                    error
                }
                None if manual || write.dry_run => error,
                None => self.written(write, &shown, error),
            })
        };
        let mut execution = done.result.map_or_else(|| Ok(Execution::default()), returned)?;
        execution.row_count = Some(done.row_count);
        execution.notices.extend::<Vec<Notice>>(done.notices);
        Ok(execution)
    }

    /// The error of a RETURNING after its rows were written, which must not look as if they were not.
    fn written(&self, write: &Write, returning: &LogicalPlan, cause: Error) -> Error {
        let entity = write.target().entity;
        let key = entity.keys.first().and_then(|key| entity.columns.get(*key)).map_or("", |key| key.name);
        let keys = complete::keys(returning, key).and_then(|plan| match plan {
            Some(plan) => self.collected(plan, &write.statement(), &self.run(&Limits::default())),
            None => Ok(Vec::new()),
        });
        let keys = keys.unwrap_or_default().iter().flat_map(complete::texts).collect();
        Error::ReturningFailed { statement: write.statement(), keys, cause: Box::new(cause) }
    }

    /// All rows of the query behind a write, none from memory and none left out: what is read here is written or removed.
    pub(super) fn collected(&self, plan: LogicalPlan, statement: &str, run: &Run<'_>) -> Result<Vec<RecordBatch>> {
        let most = self.shared.source.settings.max_api_calls.map(|most| most.saturating_sub(run.calls.get()));
        let report = Arc::new(Report::of_write(most));
        report.gate.open();
        let state = self.context.state_for(&report);
        let stop = CancelToken::new();
        let ended = stop.clone();
        let (planner, read) = (state.clone(), plan.clone());
        let reading = async move {
            let stream = rows(&state, &plan, &stop).await?;
            Ok(stream.try_collect().await?)
        };
        let limits = run.deadline.left()?;
        let task = AbortOnDropHandle::new(self.shared.engine.computing()?.spawn(reading));
        let lost = |error: tokio::task::JoinError| Err(Error::Internal { message: error.to_string() });
        let collected = self.shared.engine.block_on(&limits, async { task.await.unwrap_or_else(lost) });
        ended.cancel();
        run.add_calls(report.meter.calls());
        let collected = collected.map_err(|error| run.deadline.told(report.explained(error)))?;
        complete::without_lacking(collected, &report.lacking(), read, &planner, statement)
    }
}
