//! MERGE, and INSERT ... ON CONFLICT as a MERGE: rows of a source change or remove the rows that they match, or become new
//! ones.

use std::collections::HashSet;

use datafusion::common::ScalarValue;
use datafusion::sql::sqlparser::ast::{
    Expr, Join, JoinConstraint, JoinOperator, Merge as Syntax, MergeAction, MergeClauseKind, MergeInsertKind, Query,
    TableFactor, TableWithJoins, Value as Literal,
};
use exact_client::writer::{Change, Verb};

use super::Circumstances;
use super::change::{RowChange, assigned, identity, image, is_needed, target_of};
use super::found::{Found, FoundRow};
use super::insert::{once_each, refuse, wrong_count};
use super::source;
use super::target::{Place, Target};
use super::upsert::Conflict;
use super::values::{self, Problems, Purpose};
use crate::error::{Error, Problem, Result};

/// What a MERGE says.
#[derive(Debug)]
pub struct Merge {
    /// The rows that are matched, as an UPDATE would find them.
    pub rows: RowChange,
    clauses: Vec<Clause>,
    /// For an INSERT ... ON CONFLICT.
    conflict: Option<Conflict>,
}

/// A WHEN clause: the first that applies to a row counts.
#[derive(Debug)]
struct Clause {
    matched: bool,
    verb: Verb,
    places: Vec<Place>,
}

impl Merge {
    /// Reads a MERGE, and the query of its rows: what an UPDATE's has, and per clause whether it applies and its values.
    pub fn read(syntax: Syntax, historic: bool) -> Result<(Merge, Query)> {
        let target = target_of(&syntax.table, historic)?;
        let keys = target.keys()?;
        let mut items = identity(&target, &keys, &syntax.table)?;
        let mut clauses = Vec::with_capacity(syntax.clauses.len());
        let mut problems = Problems::default();
        for (number, clause) in syntax.clauses.into_iter().enumerate() {
            let applies = clause.predicate.unwrap_or_else(|| Expr::Value(Literal::Boolean(true).into()));
            items.push(source::named(applies, &format!("w{number}")));
            let matched = match clause.clause_kind {
                MergeClauseKind::Matched => true,
                MergeClauseKind::NotMatched | MergeClauseKind::NotMatchedByTarget => false,
                MergeClauseKind::NotMatchedBySource => {
                    let instead =
                        "an UPDATE or DELETE of its own with WHERE NOT EXISTS (SELECT 1 FROM source WHERE ...)";
                    return Err(Error::UseInstead {
                        what: "WHEN NOT MATCHED BY SOURCE".into(),
                        instead: instead.into(),
                    });
                }
            };
            let (read, values) = Clause::read(&target, &syntax.table, matched, clause.action, &mut problems)?;
            let value = |(place, value): (usize, Expr)| source::named(value, &format!("v{number}_{place}"));
            items.extend(values.into_iter().enumerate().map(value));
            clauses.push(read);
        }
        problems.check(&format!("MERGE INTO {}", target.table()))?;
        items.extend(image(&target, &syntax.table)?);
        let query = source::select(items, vec![joined(syntax.source, syntax.table, *syntax.on)], None)?;
        let rows = RowChange { target, verb: Verb::Put, keys, places: Vec::new() };
        Ok((Merge { rows, clauses, conflict: None }, query))
    }

    /// Makes it an INSERT ... ON CONFLICT.
    pub fn add_conflict(&mut self, conflict: Conflict) {
        self.conflict = Some(conflict);
    }

    /// The markers of an INSERT ... ON CONFLICT that stand for the value of a column, with that place.
    pub fn markers(&self) -> Vec<(usize, Place)> {
        self.conflict.iter().flat_map(|conflict| &conflict.markers).copied().collect()
    }

    /// The columns of the query that are assigned, and to what.
    pub fn outputs(&self) -> Vec<(String, Place)> {
        let of_clause = |(number, clause): (usize, &Clause)| {
            let named = move |(at, place): (usize, &Place)| (format!("v{number}_{at}"), *place);
            clause.places.iter().enumerate().map(named).collect::<Vec<_>>()
        };
        self.clauses.iter().enumerate().flat_map(of_clause).collect()
    }

    /// Whether a column of the query has to be read.
    pub fn needs(&self, column: &str, whole: bool) -> bool {
        let removes = self.clauses.iter().any(|clause| clause.matched && clause.verb == Verb::Delete);
        let assigned = self.clauses.iter().filter(|clause| clause.matched).flat_map(|clause| &clause.places);
        whole || removes || is_needed(column, assigned)
    }

    /// Whether rows are known by their key, for an INSERT ... ON CONFLICT.
    pub fn knows_rows_by_key(&self) -> bool {
        let Some(conflict) = &self.conflict else { return false };
        self.rows.keys.iter().all(|key| conflict.is_about(&Place::Column(key)))
    }

    /// What tells its new rows apart, for an INSERT ... ON CONFLICT that does not change it. What such a statement does with a row
    /// depends on no other row.
    pub fn conflict(&self) -> Option<&Conflict> {
        let assigned = |place: &&Place| self.conflict.as_ref().is_some_and(|conflict| conflict.is_about(place));
        let mut changed = self.clauses.iter().filter(|clause| clause.matched).flat_map(|clause| &clause.places);
        self.conflict.as_ref().filter(|_| !changed.any(|place| assigned(&place)))
    }

    /// As messages name it.
    pub fn statement(&self) -> String {
        format!("MERGE INTO {}", self.rows.target.table())
    }

    /// The changes that the rows mean, all of them checked.
    pub fn changes(&self, found: &Found, under: Circumstances) -> Result<Vec<Change>> {
        let (mut seen, mut problems, mut changes) = (HashSet::new(), Problems::default(), Vec::new());
        let mut new = HashSet::new();
        if let Some(conflict) = &self.conflict {
            conflict.check(&self.rows.target, under)?;
        }
        for (number, row) in (1..).zip(found.rows()) {
            let matched = !row.named("k0")?.is_null();
            let Some((place, clause)) = self.applying(&row, matched)? else { continue };
            let mut wrong = Problems::default();
            let change = match matched {
                true => self.changed(&row, place, clause, under, &mut wrong)?,
                false => self.inserted(&row, place, clause, under, &mut wrong)?,
            };
            problems.extend(wrong, Some(number));
            if matched && !seen.insert((change.division, change.key.clone())) {
                return Err(self.matched_twice(&change));
            }
            if let (false, Some(conflict)) = (matched, &self.conflict) {
                let known = conflict.known_by(&change);
                let again = known.is_some_and(|known| !new.insert((change.division, known)));
                if again && conflict.does_nothing {
                    continue;
                }
                if again {
                    return Err(self.inserted_twice(number));
                }
            }
            changes.push(change);
        }
        problems.check(&self.statement())?;
        Ok(changes)
    }

    fn applying(&self, row: &FoundRow<'_>, matched: bool) -> Result<Option<(usize, &Clause)>> {
        for (number, clause) in self.clauses.iter().enumerate().filter(|(_, clause)| clause.matched == matched) {
            if row.named(&format!("w{number}"))? == ScalarValue::Boolean(Some(true)) {
                return Ok(Some((number, clause)));
            }
        }
        Ok(None)
    }

    fn changed(
        &self,
        row: &FoundRow<'_>,
        number: usize,
        clause: &Clause,
        under: Circumstances,
        problems: &mut Problems,
    ) -> Result<Change> {
        let own = clause.values(row, number)?;
        let change = self.rows.change_of(row, under.division)?;
        let body = values::body(&self.rows.target, &own, Purpose::Update, problems);
        Ok(Change { verb: clause.verb, body: body.fields, ..change })
    }

    fn inserted(
        &self,
        row: &FoundRow<'_>,
        number: usize,
        clause: &Clause,
        under: Circumstances,
        problems: &mut Problems,
    ) -> Result<Change> {
        let own = clause.values(row, number)?;
        let change = values::new_row(&self.rows.target, &own, under, problems)?;
        if self.conflict.is_some() {
            self.check_division(&change, &own, under, problems);
        }
        Ok(change)
    }

    /// A row that is to be new is so only in the divisions in which was looked.
    fn check_division(
        &self,
        change: &Change,
        own: &[(Place, ScalarValue)],
        under: Circumstances,
        problems: &mut Problems,
    ) {
        let only = self.rows.target.division.or(under.division);
        if own.iter().any(|(place, value)| matches!(place, Place::Division) && value.is_null()) {
            problems.add("23000", "Division must be given, since ON CONFLICT looks there");
        } else if let Some(only) = only.filter(|only| self.rows.target.entity.in_division && *only != change.division) {
            let text = format!("Division: ON CONFLICT looks in {only} alone; the row is to go to {}", change.division);
            problems.add("42000", text);
        }
    }

    fn inserted_twice(&self, number: usize) -> Error {
        let text = format!("row {number} is inserted by an earlier row of the statement already");
        Error::WriteRefused { statement: self.statement(), problems: vec![Problem { sqlstate: "42000", text }] }
    }

    fn matched_twice(&self, change: &Change) -> Error {
        let key = change.key.as_deref().unwrap_or_default();
        let text = format!("the row {key} is matched by more than one row of the source");
        Error::WriteRefused { statement: self.statement(), problems: vec![Problem { sqlstate: "42000", text }] }
    }
}

impl Clause {
    /// Reads a clause, and the values that it gives to its places.
    fn read(
        target: &Target,
        factor: &TableFactor,
        matched: bool,
        action: MergeAction,
        problems: &mut Problems,
    ) -> Result<(Clause, Vec<Expr>)> {
        let methods = target.entity.methods;
        let (verb, given) = match action {
            MergeAction::Delete { .. } if matched => {
                target.allow(methods.delete, "DELETE")?;
                (Verb::Delete, Vec::new())
            }
            MergeAction::Update(update) if matched => {
                refuse(
                    update.update_predicate.is_some() || update.delete_predicate.is_some(),
                    "UPDATE ... WHERE in a MERGE",
                )?;
                target.allow(methods.put, "UPDATE")?;
                let mut given = Vec::with_capacity(update.assignments.len());
                for assignment in update.assignments {
                    if let Some(place) = assigned(target, factor, &assignment, problems)? {
                        given.push((place, assignment.value));
                    }
                }
                (Verb::Put, given)
            }
            MergeAction::Insert(insert) if !matched => {
                target.allow(methods.post, "INSERT")?;
                let names = insert.columns.iter().filter_map(|name| name.0.last()?.as_ident());
                let places: Vec<_> = names.map(|name| target.known(&name.value, problems)).collect();
                let MergeInsertKind::Values(values) = insert.kind else {
                    return Err(Error::NotSupported { what: "INSERT ROW in a MERGE".into() });
                };
                let row = values.rows.into_iter().next().map(|row| row.content).unwrap_or_default();
                if row.len() != places.len() {
                    return Err(wrong_count(places.len(), row.len()));
                }
                (Verb::Post, places.into_iter().zip(row).filter_map(|(place, value)| Some((place?, value))).collect())
            }
            _ => {
                return Err(Error::Invalid {
                    message: "A MERGE inserts what is NOT MATCHED and changes what is.".into(),
                });
            }
        };
        let (places, values): (Vec<_>, Vec<_>) = given.into_iter().unzip();
        once_each(places.iter(), problems);
        Ok((Clause { matched, verb, places }, values))
    }

    fn values(&self, row: &FoundRow<'_>, number: usize) -> Result<Vec<(Place, ScalarValue)>> {
        let value = |(at, place): (usize, &Place)| Ok((*place, row.named(&format!("v{number}_{at}"))?));
        self.places.iter().enumerate().map(value).collect()
    }
}

/// `source LEFT JOIN target ON condition`.
fn joined(source: TableFactor, target: TableFactor, on: Expr) -> TableWithJoins {
    let operator = JoinOperator::LeftOuter(JoinConstraint::On(on));
    TableWithJoins { relation: source, joins: vec![Join { relation: target, global: false, join_operator: operator }] }
}
