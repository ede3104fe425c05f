//! INSERT, UPDATE, DELETE and MERGE (product section 7).
//!
//! A statement becomes a list of changes, one for each row. All of them are checked against the model before the first
//! is sent, and everything that is wrong is told at once. With autocommit they are sent when the statement is executed,
//! else they wait for the commit ([`transaction`]).

mod arrays;
mod change;
mod commit;
mod documents;
mod execution;
mod filled;
mod found;
mod insert;
mod keys;
mod lines;
mod markers;
mod merge;
mod order;
mod overlay;
mod perform;
mod queued;
mod reckon;
mod returning;
mod send;
mod source;
mod stated;
mod stored;
mod target;
mod together;
mod transaction;
mod upsert;
mod values;

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::ast::{Query, Statement as Syntax};
use exact_client::settings::Settings;
use exact_client::writer::Change;

use change::RowChange;
use found::Found;
use insert::{Insert, Origin};
use markers::Markers;
use merge::Merge;
use target::{Place, Target};
use values::Problems;

use crate::error::{Error, Result};
use crate::table::field as field_of;

pub use commit::{commit, rollback, set_manual};
pub use keys::Keys;
pub use overlay::laid_over;
pub use perform::{DRY_RUN, Run, check, perform};
pub use returning::{Returning, query as returning_query};
pub use source::{unless_named, within};
pub use transaction::Transaction;

/// A write that was read and checked as far as that goes without its values.
#[derive(Debug)]
pub struct Write {
    form: Form,
    /// The query behind it: the rows that it inserts or changes.
    pub source: Option<LogicalPlan>,
    pub returning: Option<Returning>,
    /// Tells what would be sent instead of sending it.
    pub dry_run: bool,
    /// The statement as it was written, for the journal.
    pub text: String,
}

#[derive(Debug)]
enum Form {
    Insert(Insert),
    Change(RowChange),
    Merge(Merge),
}

/// Whether a statement of this form writes.
pub fn is_write(syntax: &Syntax) -> bool {
    matches!(syntax, Syntax::Insert(_) | Syntax::Update(_) | Syntax::Delete(_) | Syntax::Merge(_))
}

impl Write {
    /// Reads a write; `plan` plans the query behind it. `upserts`: an INSERT that changes the rows that exist.
    ///
    /// # Errors
    /// What can be known to fail without values: unknown and read-only columns, verbs that the entity does not take, a
    /// connection that only reads.
    pub fn read(
        syntax: Syntax,
        upserts: bool,
        settings: &Settings,
        plan: impl Fn(Query) -> Result<LogicalPlan>,
    ) -> Result<Write> {
        let historic = settings.historic_tables;
        let (form, query) = match syntax {
            Syntax::Insert(mut insert) if insert.on.is_some() || upserts => {
                if upserts {
                    insert.on = Some(upsert::of_upsert(&insert, historic)?);
                }
                let (syntax, conflict) = upsert::as_merge(insert, historic)?;
                let (mut merge, query) = Merge::read(syntax, historic)?;
                merge.add_conflict(conflict);
                (Form::Merge(merge), Some(query))
            }
            Syntax::Merge(syntax) => {
                let (merge, query) = Merge::read(syntax, historic)?;
                (Form::Merge(merge), Some(query))
            }
            Syntax::Insert(insert) => {
                let (insert, query) = Insert::read(insert, historic)?;
                (Form::Insert(insert), query)
            }
            Syntax::Update(update) => {
                let (change, query) = RowChange::update(update, historic)?;
                (Form::Change(change), Some(query))
            }
            Syntax::Delete(delete) => {
                let (change, query) = RowChange::delete(delete, historic)?;
                (Form::Change(change), Some(query))
            }
            other => return Err(Error::NotSupported { what: format!("The statement {other}") }),
        };
        if settings.readonly {
            return Err(Error::ReadOnly { statement: form.statement() });
        }
        let source = query.map(plan).transpose()?;
        if let (Form::Insert(insert), Some(source)) = (&form, &source) {
            insert.check_width(source.schema().fields().len())?;
        }
        Ok(Write { form, source, returning: None, dry_run: settings.dry_run, text: String::new() })
    }

    /// The fields of markers that stand for a column's value, or are compared with one in a join.
    pub fn markers(&self) -> Result<Markers> {
        let target = self.target();
        let own = match &self.form {
            Form::Insert(insert) => insert.markers(),
            Form::Change(_) => Vec::new(),
            Form::Merge(merge) => merge.markers(),
        };
        let mut found: Markers = own.into_iter().map(|(number, place)| (number, field(target, &place))).collect();
        let Some(source) = &self.source else { return Ok(found) };
        let outputs = match &self.form {
            Form::Insert(insert) => insert.outputs(),
            Form::Change(change) => change.outputs(),
            Form::Merge(merge) => merge.outputs(),
        };
        if let Form::Insert(Insert { origin: Origin::Query, places, .. }) = &self.form {
            for (index, place) in places.iter().enumerate() {
                markers::of_output(source, index, &field(target, place), &mut found);
            }
        }
        for (name, place) in outputs {
            if let Some(index) = source.schema().index_of_column_by_name(None, &name) {
                markers::of_output(source, index, &field(target, &place), &mut found);
            }
        }
        markers::of_joins(source, &mut found)?;
        Ok(found)
    }

    /// The table that is written to.
    pub fn target(&self) -> &Target {
        match &self.form {
            Form::Insert(insert) => &insert.target,
            Form::Change(change) => &change.target,
            Form::Merge(merge) => &merge.rows.target,
        }
    }

    /// What is written to, as messages name it: `INSERT INTO crm.Accounts`.
    pub fn statement(&self) -> String {
        self.form.statement()
    }

    /// Whether its new rows are those for whose key the query behind it has looked in vain.
    fn has_looked_for_keys(&self) -> bool {
        matches!(&self.form, Form::Merge(merge) if merge.knows_rows_by_key())
    }
}

/// Under what circumstances changes are made.
#[derive(Clone, Copy, Debug)]
struct Circumstances {
    /// Where rows go that name no division; none where the connection has several.
    division: Option<i32>,
    /// They wait for a commit, so that lines may still follow their document.
    queued: bool,
}

impl Form {
    fn statement(&self) -> String {
        match self {
            Form::Insert(insert) => format!("INSERT INTO {}", insert.target.table()),
            Form::Change(change) => change.statement(),
            Form::Merge(merge) => merge.statement(),
        }
    }

    /// The changes that the statement means, all of them checked.
    fn changes(
        &self,
        parameters: &[datafusion::common::ScalarValue],
        found: Found,
        under: Circumstances,
    ) -> Result<Vec<Change>> {
        match self {
            Form::Insert(insert) => inserted(insert, parameters, &found, under),
            Form::Change(change) => change.changes(&found, under.division),
            Form::Merge(merge) => merge.changes(&found, under),
        }
    }
}

fn inserted(
    insert: &Insert,
    parameters: &[datafusion::common::ScalarValue],
    found: &Found,
    under: Circumstances,
) -> Result<Vec<Change>> {
    let target = &insert.target;
    let rows = insert.rows(parameters, found)?;
    let several = rows.len() > 1;
    let mut problems = Problems::default();
    let mut changes = Vec::with_capacity(rows.len());
    for (number, row) in (1..).zip(&rows) {
        let mut wrong = Problems::default();
        changes.push(values::new_row(target, row, under, &mut wrong)?);
        problems.extend(wrong, several.then_some(number));
    }
    problems.check(&format!("INSERT INTO {}", target.table()))?;
    Ok(changes)
}

fn field(target: &Target, place: &Place) -> FieldRef {
    Arc::new(match place {
        Place::Column(column) => field_of(target.entity, column),
        Place::Division => Field::new(place.name(), DataType::Int32, true),
        Place::Lines(_) => Field::new(place.name(), DataType::Utf8, true),
    })
}
