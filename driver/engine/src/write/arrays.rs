//! Several sets of parameters: what they mean is looked up together and reckoned together, before the first is sent.

use std::collections::HashSet;

use datafusion::common::ScalarValue;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::{Expr, LogicalPlan};
use exact_client::model::{EdmType, Entity};
use exact_client::writer::Change;

use super::found::Found;
use super::perform::{circumstances, needed};
use super::reckon::Calls;
use super::target::Place;
use super::{Form, Run, Write, together};
use crate::cancel::Limits;
use crate::divisions::Catalog;
use crate::error::{Error, Result};
use crate::statement::{Execution, Statement};
use crate::table::EntityTable;
use crate::value::Value;

/// So many sets are looked up by one query; their rows are one page, if each means one.
const TOGETHER: usize = 60;

/// Calls for a set, where it is not worth looking how many it takes.
const EACH: u64 = 10;

impl Statement {
    /// Executes a write with several sets of parameters. All of them are looked up, checked and reckoned before the first is
    /// sent. `alone`: a set that fails does not keep the others from being sent; else nothing is sent after it, and nothing
    /// at all where one fails its check. Gives what became of each set, as far as it came, and the rows that it changed.
    pub fn execute_sets(&self, sets: &[Vec<Value>], limits: &Limits, alone: bool) -> Vec<Result<Execution>> {
        let Some(write) = self.as_write() else {
            return sets.iter().map(|values| self.execute(values, limits, 0)).collect();
        };
        let run = self.run(limits);
        let checked = self.all_ready(write, sets, &run, alone);
        let (mut checked, in_turn) = match checked {
            Ok(ready) => ready,
            Err(error) => return std::iter::once(Err(error)).chain(others()).take(sets.len()).collect(),
        };
        if !alone && checked.iter().any(Result::is_err) {
            return checked.into_iter().map(|checked| checked.and(Err(Error::OtherSetRefused))).collect();
        }
        let mut outcomes = Vec::with_capacity(sets.len());
        let mut earlier = Earlier::default();
        for (place, values) in sets.iter().enumerate() {
            let Some(mut changes) = checked.get_mut(place).map(|checked| std::mem::replace(checked, Ok(Vec::new())))
            else {
                break;
            };
            if (in_turn && place > 0) || changes.as_ref().is_ok_and(|changes| earlier.concern(write, changes)) {
                changes = self.checked(write, values, &run).and_then(|changes| self.ready_alone(write, changes, &run));
            }
            let outcome = changes.and_then(|changes| {
                earlier.add(write, &changes);
                self.changed(write, changes, &run)
            });
            let ends = outcome.as_ref().is_err_and(|error| !alone || !error.concerns_row());
            outcomes.push(outcome);
            if ends {
                break;
            }
        }
        outcomes
    }

    /// The changes of all sets, with what is wrong with one in its place, and whether those of a set are to be looked up again
    /// when those before it are made.
    ///
    /// # Errors
    /// What keeps all of them from being sent.
    fn all_ready(
        &self,
        write: &Write,
        sets: &[Vec<Value>],
        run: &Run<'_>,
        alone: bool,
    ) -> Result<(Vec<Result<Vec<Change>>>, bool)> {
        let in_turn = !write.dry_run && depends_on_others(write)?;
        let mut checked = match &write.source {
            // Each is looked up when those before it are made.
            Some(_) if in_turn && !self.may_run_out(sets.len()) => {
                let first = sets.first().map(|values| self.checked(write, values, run));
                first.into_iter().chain(sets.iter().skip(1).map(|_| Ok(Vec::new()))).collect()
            }
            Some(plan) => self.looked_up(write, plan, sets, run)?,
            None => sets.iter().map(|values| self.checked(write, values, run)).collect(),
        };
        if !alone && checked.iter().any(Result::is_err) {
            return Ok((checked, in_turn));
        }
        let mut again = Calls::default();
        if let (true, Catalog::One(division)) = (in_turn, run.context.catalog) {
            again.add(write.target().entity, division, sets.len().saturating_sub(1) as u64);
        }
        self.ready(write, &mut checked, &again, run)?;
        Ok((checked, in_turn))
    }

    /// Whether so many sets, each with some rows, may take more calls than may be made.
    fn may_run_out(&self, sets: usize) -> bool {
        let (source, division) = (&self.shared.source, self.shared.source.session.division());
        let room = || source.session.allowance(division).has_room(sets as u64 * EACH, source.session.budget_reserve());
        !self.shared.transaction().manual && (source.settings.max_api_calls.is_some() || !room())
    }

    /// The changes of sets with a query behind them, which is run for many of them at once.
    fn looked_up(
        &self,
        write: &Write,
        plan: &LogicalPlan,
        sets: &[Vec<Value>],
        run: &Run<'_>,
    ) -> Result<Vec<Result<Vec<Change>>>> {
        let mut all = Vec::with_capacity(sets.len());
        for some in sets.chunks(TOGETHER) {
            match self.of_some(write, plan, some, run) {
                Ok(changes) => all.extend(changes),
                // One of them is what cannot be computed.
                Err(Error::InvalidValue { .. } | Error::InvalidDateTime { .. } | Error::OutOfRange { .. })
                    if some.len() > 1 =>
                {
                    all.extend(some.iter().map(|values| self.checked(write, values, run)));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }

    fn of_some(
        &self,
        write: &Write,
        plan: &LogicalPlan,
        sets: &[Vec<Value>],
        run: &Run<'_>,
    ) -> Result<Vec<Result<Vec<Change>>>> {
        let under = circumstances(run)?;
        let parameters: Vec<Result<Vec<ScalarValue>>> = sets.iter().map(|values| self.fitted(values)).collect();
        let mut parts = Vec::with_capacity(sets.len());
        for (number, parameters) in (0_i32..).zip(&parameters) {
            if let Ok(parameters) = parameters {
                parts.push((number, needed(write, run, self.bound_to(plan, parameters)?)?));
            }
        }
        let found = match together::query(plan, parts, matches!(write.form, Form::Insert(_)))? {
            Some(all) => self.collected(all, &write.statement(), run)?,
            None => Vec::new(),
        };
        let changes = |(number, parameters): (i32, Result<Vec<ScalarValue>>)| {
            let own = found.iter().map(|batch| together::rows_of(batch, number)).collect::<Result<Vec<_>>>()?;
            write.form.changes(&parameters?, Found::new(own), under)
        };
        Ok((0_i32..).zip(parameters).map(changes).collect())
    }
}

/// What is said of sets that are not sent because of another.
fn others() -> impl Iterator<Item = Result<Execution>> {
    std::iter::repeat_with(|| Err(Error::OtherSetRefused))
}

/// Whether what a set means may depend on the sets before it beyond the rows that both change.
fn depends_on_others(write: &Write) -> Result<bool> {
    let Some(plan) = &write.source else { return Ok(false) };
    let reads = entities(plan)?;
    let alone = reads.as_slice() == [write.target().entity];
    Ok(match &write.form {
        Form::Insert(_) => !reads.is_empty(),
        Form::Merge(merge) => !alone || merge.conflict().is_none(),
        Form::Change(change) => {
            let assigned = |name: &str| change.places.iter().any(|place| place.name().eq_ignore_ascii_case(name));
            let settled = |name: &String| is_settled(write.target().entity, name) && !assigned(name);
            !alone || !deciding(plan)?.is_some_and(|names| names.iter().all(settled))
        }
    })
}

/// The entities that a plan reads, each as often as it does.
fn entities(plan: &LogicalPlan) -> Result<Vec<&'static Entity>> {
    let mut found = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Some(table) = source_as_provider(&scan.source)?.downcast_ref::<EntityTable>()
        {
            found.push(table.entity());
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

/// The columns by which the query of an UPDATE or a DELETE finds its rows and computes new values; nothing where that cannot be
/// told.
fn deciding(plan: &LogicalPlan) -> Result<Option<HashSet<String>>> {
    let LogicalPlan::Projection(items) = plan else { return Ok(None) };
    let mut names = HashSet::new();
    let mut add = |expr: &Expr| names.extend(expr.column_refs().into_iter().map(|column| column.name.clone()));
    let is_value = |expr: &&Expr| matches!(expr, Expr::Alias(alias) if alias.name.starts_with('n'));
    items.expr.iter().filter(is_value).for_each(&mut add);
    let mut is_plain = true;
    items.input.apply_with_subqueries(|node| {
        match node {
            LogicalPlan::Filter(filter) => add(&filter.predicate),
            LogicalPlan::SubqueryAlias(_) | LogicalPlan::TableScan(_) => {}
            _ => is_plain = false,
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(is_plain.then_some(names))
}

/// Whether a column of a row stays as it is when others are written: users write it, and it is no amount that follows another.
fn is_settled(entity: &Entity, name: &str) -> bool {
    let is_one = |column: &exact_client::model::Column| {
        column.key || ((column.post || column.put) && matches!(column.edm, EdmType::String | EdmType::Guid))
    };
    name.eq_ignore_ascii_case(Place::Division.name()) || entity.column(name).is_some_and(|(_, column)| is_one(column))
}

/// The rows that sets of parameters have changed so far.
#[derive(Default)]
struct Earlier(HashSet<(i32, Vec<String>)>);

impl Earlier {
    fn add(&mut self, write: &Write, changes: &[Change]) {
        if write.source.is_some() {
            self.0.extend(changes.iter().filter_map(|change| row(write, change)));
        }
    }

    /// Whether one of these changes is of such a row.
    fn concern(&self, write: &Write, changes: &[Change]) -> bool {
        !self.0.is_empty() && changes.iter().filter_map(|change| row(write, change)).any(|row| self.0.contains(&row))
    }
}

/// Tells the row of a change from others of its table.
fn row(write: &Write, change: &Change) -> Option<(i32, Vec<String>)> {
    let known = || match &write.form {
        Form::Merge(merge) => merge.conflict()?.known_by(change),
        _ => None,
    };
    let key = change.key.clone().map(|key| vec![key]).or_else(known)?;
    Some((change.division, key))
}
