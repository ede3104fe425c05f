//! The execution of a statement that writes: the query behind it, its sets of parameters, and what it gives back.

use std::cell::Cell;
use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::logical_expr::LogicalPlan;
use exact_client::Notice;
use exact_client::writer::Change;
use futures::TryStreamExt;
use tokio_util::task::AbortOnDropHandle;

use super::{Run, Write, check, perform, reckon};
use crate::cancel::{CancelToken, Deadline, Limits};
use crate::complete;
use crate::error::{Error, Result};
use crate::report::Report;
use crate::statement::{Execution, Statement, rows};
use crate::value::Value;

impl Statement {
    fn run(&self, limits: &Limits) -> Run<'_> {
        let deadline = Deadline::from_now(limits);
        Run { shared: &self.shared, context: &self.context, deadline, calls: Cell::new(0) }
    }

    /// Executes a write with one set of parameters.
    pub(crate) fn execute_write(&self, write: &Write, values: &[Value], limits: &Limits) -> Result<Execution> {
        let run = self.run(limits);
        let changes = self.checked(write, values, &run)?;
        self.changed(write, changes, &run)
    }

    /// Executes a write with several sets of parameters. All of them are checked before the first is sent, unless a query
    /// stands behind the write: what it finds may depend on the sets before. `alone`: a set that fails does not keep the
    /// others from being sent; else nothing is sent after it, and nothing at all where one fails its check. Gives what
    /// became of each set, as far as it came, and the rows that it changed.
    pub fn execute_sets(&self, sets: &[Vec<Value>], limits: &Limits, alone: bool) -> Vec<Result<Execution>> {
        let Some(write) = self.as_write() else {
            return sets.iter().map(|values| self.execute(values, limits, 0)).collect();
        };
        let run = self.run(limits);
        let in_turn = sets.iter().map(|values| self.checked(write, values, &run));
        let checked: Box<dyn Iterator<Item = _>> = if write.source.is_some() {
            Box::new(in_turn)
        } else {
            let all: Vec<_> = in_turn.collect();
            if !alone && all.iter().any(Result::is_err) {
                return all.into_iter().map(|checked| checked.and(Err(Error::OtherSetRefused))).collect();
            }
            if let Err(error) = self.affordable(write, all.iter().flatten().flatten()) {
                let others = std::iter::repeat_with(|| Err(Error::OtherSetRefused));
                return std::iter::once(Err(error)).chain(others).take(all.len()).collect();
            }
            Box::new(all.into_iter())
        };
        let mut outcomes = Vec::with_capacity(sets.len());
        for changes in checked {
            let outcome = changes.and_then(|changes| self.changed(write, changes, &run));
            let ends = match &outcome {
                Ok(_) => false,
                Err(error) => !alone || !error.concerns_row(),
            };
            outcomes.push(outcome);
            if ends {
                break;
            }
        }
        outcomes
    }

    /// Refuses all sets before the first is sent where they take more calls than may be made.
    fn affordable<'a>(&self, write: &Write, changes: impl Iterator<Item = &'a Change>) -> Result<()> {
        if write.dry_run || self.shared.transaction().manual {
            return Ok(());
        }
        reckon::refuse_dearer(&self.shared, &write.statement(), changes, 0)
    }

    fn checked(&self, write: &Write, values: &[Value], run: &Run<'_>) -> Result<Vec<Change>> {
        let parameters = self.fitted(values)?;
        let source = match &write.source {
            Some(plan) => Some(self.bound_to(plan, &parameters)?),
            None => None,
        };
        check(write, run, &parameters, source, |plan| self.collected(plan, &write.statement(), run))
    }

    fn changed(&self, write: &Write, changes: Vec<Change>, run: &Run<'_>) -> Result<Execution> {
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
    fn collected(&self, plan: LogicalPlan, statement: &str, run: &Run<'_>) -> Result<Vec<RecordBatch>> {
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
