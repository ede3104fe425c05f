//! UPDATE and DELETE: the rows are found by a query, with the fewest calls that it needs, and then changed by their keys.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::sql::sqlparser::ast::Query;
use datafusion::sql::sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, Expr, FromTable, ObjectName, SelectItem, TableFactor, TableWithJoins, Update,
    UpdateTableFromKind, Value as Literal,
};
use exact_client::model::{Column, EdmType, Entity, Origin};
use exact_client::writer::{self, Change, Verb};
use serde_json::{Map, Value as Json};

use super::found::{Found, FoundRow};
use super::insert::{literal_value, once_each, refuse, use_instead};
use super::source;
use super::target::{Place, Target};
use super::values::{self, Problems, Purpose};
use crate::error::{Error, Problem, Result};
use crate::pushdown::literal_of;

/// What says which rows are meant, where only some of those that a condition finds are.
const LIMITED: &str = "WHERE ID IN (SELECT ID FROM ... ORDER BY ... LIMIT n)";

/// What an UPDATE or a DELETE says.
#[derive(Debug)]
pub struct RowChange {
    pub target: Target,
    pub verb: Verb,
    pub keys: Vec<&'static Column>,
    /// The columns that get new values; none for a DELETE.
    pub places: Vec<Place>,
}

impl RowChange {
    /// Reads an UPDATE, and the query of its rows: keys, division, new values, and the row as it is.
    pub fn update(syntax: Update, historic: bool) -> Result<(RowChange, Query)> {
        use_instead(syntax.limit.is_some() || !syntax.order_by.is_empty(), "UPDATE ... LIMIT", LIMITED)?;
        refuse(syntax.or.is_some(), "UPDATE OR")?;
        let factor = changed_table(&syntax);
        let target = target_of(&factor, historic)?;
        target.allow(target.entity.methods.put, "UPDATE")?;
        let keys = target.keys()?;
        let (mut places, mut items) = (Vec::new(), identity(&target, &keys, &factor)?);
        let mut problems = Problems::default();
        for assignment in syntax.assignments {
            let Some(place) = assigned(&target, &factor, &assignment, &mut problems)? else { continue };
            items.push(source::named(assignment.value, &format!("n{}", places.len())));
            places.push(place);
        }
        once_each(places.iter(), &mut problems);
        problems.check(&format!("UPDATE of {}", target.table()))?;
        let mut from = vec![syntax.table];
        match syntax.from {
            Some(UpdateTableFromKind::BeforeSet(tables) | UpdateTableFromKind::AfterSet(tables)) => {
                // SQL Server names the changed table, or its alias, again in FROM.
                from.retain(|own| !factors(&tables).any(|table| *table == factor || *table == own.relation));
                from.extend(tables);
            }
            None => {}
        }
        told_apart(&target, &factor, &from, syntax.selection.as_ref(), "UPDATE")?;
        items.extend(image(&target, &factor)?);
        let query = source::select(items, from, syntax.selection)?;
        Ok((RowChange { target, verb: Verb::Put, keys, places }, query))
    }

    /// Reads a DELETE, and the query of its rows.
    pub fn delete(syntax: Delete, historic: bool) -> Result<(RowChange, Query)> {
        use_instead(syntax.limit.is_some() || !syntax.order_by.is_empty(), "DELETE ... LIMIT", LIMITED)?;
        refuse(syntax.tables.len() > 1, "DELETE from several tables")?;
        let Some(factor) = deleted_table(&syntax).cloned() else {
            return Err(Error::Invalid { message: "DELETE names no table of its FROM.".into() });
        };
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = syntax.from;
        let mut from = from;
        refuse(syntax.tables.is_empty() && from.len() > 1, "DELETE from several tables")?;
        from.extend(syntax.using.unwrap_or_default());
        let target = target_of(&factor, historic)?;
        target.allow(target.entity.methods.delete, "DELETE")?;
        told_apart(&target, &factor, &from, syntax.selection.as_ref(), "DELETE")?;
        let keys = target.keys()?;
        let mut items = identity(&target, &keys, &factor)?;
        items.extend(image(&target, &factor)?);
        let query = source::select(items, from, syntax.selection)?;
        Ok((RowChange { target, verb: Verb::Delete, keys, places: Vec::new() }, query))
    }

    /// The columns of the query that are assigned, and to what.
    pub fn outputs(&self) -> Vec<(String, Place)> {
        self.places.iter().enumerate().map(|(number, place)| (format!("n{number}"), *place)).collect()
    }

    /// As messages name it.
    pub fn statement(&self) -> String {
        match self.verb {
            Verb::Delete => format!("DELETE FROM {}", self.target.table()),
            _ => format!("UPDATE of {}", self.target.table()),
        }
    }

    /// Whether a column of the query has to be read: with the whole row as it is, or with what is assigned alone.
    pub fn needs(&self, column: &str, whole: bool) -> bool {
        whole || is_needed(column, self.places.iter())
    }

    /// The changes of the rows that were found, each row once however often a join brought it.
    pub fn changes(&self, found: &Found, default_division: Option<i32>) -> Result<Vec<Change>> {
        let mut seen: HashMap<_, Map<String, Json>> = HashMap::new();
        let mut problems = Problems::default();
        let mut changes = Vec::new();
        for row in found.rows() {
            // An outer join brings rows beside which there is none to be changed.
            if row.named("k0")?.is_null() {
                continue;
            }
            let change = self.change_of(&row, default_division)?;
            let new = |(number, place): (usize, &Place)| Ok((*place, row.named(&format!("n{number}"))?));
            let values = self.places.iter().enumerate().map(new).collect::<Result<Vec<_>>>()?;
            let body = values::body(&self.target, &values, Purpose::Update, &mut problems).fields;
            match seen.entry((change.division, change.key.clone())) {
                Entry::Vacant(first) => _ = first.insert(body.clone()),
                Entry::Occupied(earlier) if *earlier.get() == body => continue,
                Entry::Occupied(_) => return Err(self.meant_twice(&change)),
            }
            changes.push(Change { body, ..change });
        }
        problems.check(&self.statement())?;
        Ok(changes)
    }

    fn meant_twice(&self, change: &Change) -> Error {
        let key = change.key.as_deref().unwrap_or_default();
        let text = format!("the joined tables give the row {key} several new values, of which none is the right one");
        Error::WriteRefused { statement: self.statement(), problems: vec![Problem { sqlstate: "21000", text }] }
    }

    /// The change of this row, without its new values.
    pub fn change_of(&self, row: &FoundRow<'_>, default_division: Option<i32>) -> Result<Change> {
        let division = match row.named("division")? {
            ScalarValue::Int32(Some(division)) => division,
            _ => self.target.division.or(default_division).unwrap_or_default(),
        };
        let (entity, verb, key) = (self.target.entity, self.verb, Some(self.key(row)?));
        let (body, before) = (Map::new(), before(entity, row)?);
        Ok(Change { entity, division, verb, key, body, before, cause: Arc::default() })
    }

    /// What stands in the parentheses of `Entity(..)` (fact sheet 1.8).
    fn key(&self, row: &FoundRow<'_>) -> Result<String> {
        let literal = |(number, column): (usize, &&Column)| {
            let value = row.named(&format!("k{number}"))?;
            let lost = || Error::Internal { message: format!("{value} is no key of {}.", self.target.table()) };
            Ok((column.name, literal_of(column.edm, &value).ok_or_else(lost)?))
        };
        let literals = self.keys.iter().enumerate().map(literal).collect::<Result<Vec<_>>>()?;
        Ok(match literals.as_slice() {
            [(_, only)] => only.clone(),
            several => several.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(","),
        })
    }
}

/// What the names of the columns begin with that hold the row as it is.
const IMAGE: &str = "b_";

/// Whether a column of the query is more than the picture of one that is not assigned.
pub fn is_needed<'a>(column: &str, mut assigned: impl Iterator<Item = &'a Place>) -> bool {
    match column.strip_prefix(IMAGE) {
        Some(name) => assigned.any(|place| place.name().eq_ignore_ascii_case(name)),
        None => true,
    }
}

/// The items that say what the row is now.
pub fn image(target: &Target, factor: &TableFactor) -> Result<Vec<SelectItem>> {
    let item = |column: &Column| {
        let name = format!("{IMAGE}{}", column.name.to_lowercase());
        Ok(source::named(source::column(factor, column.name)?, &name))
    };
    pictured(target.entity).map(item).collect()
}

/// The columns of a row that are worth keeping: attachments are too large.
fn pictured(entity: &Entity) -> impl Iterator<Item = &Column> {
    entity.columns.iter().filter(|column| column.origin == Origin::Service && column.edm != EdmType::Binary)
}

fn before(entity: &Entity, row: &FoundRow<'_>) -> Result<Map<String, Json>> {
    let mut before = Map::new();
    for column in pictured(entity) {
        if let Some((array, place)) = row.array(&format!("{IMAGE}{}", column.name.to_lowercase())) {
            let value = writer::value(entity.name, column, array.as_ref(), place)?;
            before.insert(column.name.to_owned(), value);
        }
    }
    Ok(before)
}

/// Refuses a statement that names its table twice and no condition that joins the two: it would change every row.
fn told_apart(
    target: &Target,
    own: &TableFactor,
    from: &Vec<TableWithJoins>,
    condition: Option<&Expr>,
    verb: &str,
) -> Result<()> {
    let twin = |factor: &&TableFactor| match factor {
        TableFactor::Table { name, .. } => {
            *factor != own && Target::find(name, true).is_ok_and(|found| found.entity == target.entity)
        }
        _ => false,
    };
    let (Some(twin), Some(name)) = (factors(from).find(twin), source::known_as(own)) else { return Ok(()) };
    let other = source::known_as(twin).map(|name| name.value.as_str()).unwrap_or_default();
    let joined = source::mentions(from, name) || condition.is_some_and(|condition| source::mentions(condition, name));
    if joined && !other.eq_ignore_ascii_case(&name.value) {
        return Ok(());
    }
    let table = target.table();
    Err(Error::Invalid {
        message: format!(
            "{verb} names {table} twice, as {name} and as {other}, and no condition says which rows belong together. \
             Name the table once, as in UPDATE a SET ... FROM {table} a or DELETE FROM {table} a USING ..., or name columns of {name} in the condition."
        ),
    })
}

/// All tables of a FROM.
fn factors(tables: &[TableWithJoins]) -> impl Iterator<Item = &TableFactor> {
    tables
        .iter()
        .flat_map(|table| std::iter::once(&table.relation).chain(table.joins.iter().map(|join| &join.relation)))
}

/// The table that an UPDATE changes: the one of FROM that bears its name or alias, if there is one.
fn changed_table(syntax: &Update) -> TableFactor {
    let own = &syntax.table.relation;
    let (
        Some(UpdateTableFromKind::BeforeSet(tables) | UpdateTableFromKind::AfterSet(tables)),
        TableFactor::Table { name, alias: None, .. },
    ) = (&syntax.from, own)
    else {
        return own.clone();
    };
    let meant =
        |factor: &&TableFactor| matches!(factor, TableFactor::Table { alias: Some(_), .. }) && is_called(factor, name);
    factors(tables).find(meant).unwrap_or(own).clone()
}

/// The table that a DELETE removes rows of: the first of FROM, or the one that is named before it.
pub fn deleted_table(syntax: &Delete) -> Option<&TableFactor> {
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &syntax.from;
    match syntax.tables.first() {
        Some(name) => factors(from).find(|factor| is_called(factor, name)),
        None => from.first().map(|table| &table.relation),
    }
}

/// Whether the statement knows the table by the last part of `name`.
fn is_called(factor: &TableFactor, name: &ObjectName) -> bool {
    let own = source::known_as(factor).map(|own| own.value.as_str());
    let last = name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.as_str());
    own.zip(last).is_some_and(|(own, last)| own.eq_ignore_ascii_case(last))
}

/// The service knows defaults of new rows only.
fn refuse_default(value: &Expr, place: &Place) -> Result<()> {
    let is_default = matches!(value, Expr::Identifier(name) if name.quote_style.is_none() && name.value == "default");
    use_instead(is_default, &format!("SET {} = DEFAULT", place.name()), "a value, or NULL")
}

pub fn target_of(factor: &TableFactor, historic: bool) -> Result<Target> {
    match factor {
        TableFactor::Table { name, .. } => Target::find(name, historic),
        _ => Err(Error::NotSupported { what: "Changing the rows of something other than a table".into() }),
    }
}

/// The items that say which row it is.
pub fn identity(target: &Target, keys: &[&Column], factor: &TableFactor) -> Result<Vec<SelectItem>> {
    let mut items = Vec::with_capacity(keys.len() + 1);
    for (number, key) in keys.iter().enumerate() {
        items.push(source::named(source::column(factor, key.name)?, &format!("k{number}")));
    }
    let division = match target.entity.in_division {
        true => source::column(factor, Place::Division.name())?,
        false => Expr::Value(Literal::Null.into()),
    };
    items.push(source::named(division, "division"));
    Ok(items)
}

/// The place that an assignment names, if the table has it, and what is wrong with giving it that value; `factor` is the
/// table that is changed.
pub fn assigned(
    target: &Target,
    factor: &TableFactor,
    assignment: &Assignment,
    problems: &mut Problems,
) -> Result<Option<Place>> {
    let Some(place) = place_of(target, factor, &assignment.target, problems)? else { return Ok(None) };
    refuse_default(&assignment.value, &place)?;
    let mut wrong = writable(&place);
    if wrong.is_empty()
        && let Some(value) = literal_value(&assignment.value)
    {
        values::body(target, &[(place, value)], Purpose::Update, &mut wrong);
    }
    problems.extend(wrong, None);
    Ok(Some(place))
}

fn place_of(
    target: &Target,
    factor: &TableFactor,
    assigned: &AssignmentTarget,
    problems: &mut Problems,
) -> Result<Option<Place>> {
    match assigned {
        AssignmentTarget::ColumnName(name) => {
            let mut parts = name.0.iter().rev().filter_map(|part| part.as_ident()).map(|ident| ident.value.as_str());
            let column = parts.next().unwrap_or_default();
            let own = source::known_as(factor).map(|own| own.value.as_str()).unwrap_or_default();
            if parts.next().is_some_and(|qualifier| !qualifier.eq_ignore_ascii_case(own)) {
                let message = format!("{name} cannot be assigned: the statement changes {own}, {}.", target.table());
                return Err(Error::Invalid { message });
            }
            Ok(target.known(column, problems))
        }
        AssignmentTarget::Tuple(_) => Err(Error::NotSupported { what: "Assigning to several columns at once".into() }),
    }
}

/// Whether an UPDATE can change it.
fn writable(place: &Place) -> Problems {
    let mut problems = Problems::default();
    match place {
        Place::Column(column) if column.key => {
            problems.add("42000", format!("{} is the key of the row and cannot be changed", column.name));
        }
        Place::Column(column) if !column.put => {
            problems
                .add("42000", format!("{} cannot be changed by an UPDATE: Exact Online would ignore it", column.name));
        }
        Place::Division => problems.add("42000", "a row cannot be moved to another Division"),
        Place::Column(_) | Place::Lines(_) => {}
    }
    problems
}
