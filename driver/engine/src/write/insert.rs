//! INSERT: rows of values, or the rows of a query.

use std::collections::HashSet;

use datafusion::arrow::datatypes::DECIMAL128_MAX_PRECISION;
use datafusion::common::ScalarValue;
use datafusion::sql::sqlparser::ast::{
    Expr, Insert as Syntax, Query, SetExpr, TableObject, UnaryOperator, Value as Literal,
};

use super::found::Found;
use super::source::select_of;
use super::target::{Place, Target};
use super::values::{self, Problems, Purpose};
use crate::error::{Error, Result};

/// Where the value of one place in one row comes from.
#[derive(Clone, Debug)]
pub enum Cell {
    Literal(ScalarValue),
    /// The number of a marker, from 1.
    Marker(usize),
    /// A column of the one row that the query behind the statement computes.
    Computed(usize),
}

/// Where the rows come from.
#[derive(Debug)]
pub enum Origin {
    /// Each row a cell for every place.
    Values(Vec<Vec<Cell>>),
    /// A query whose columns are the places.
    Query,
}

/// What an INSERT says.
#[derive(Debug)]
pub struct Insert {
    pub target: Target,
    pub places: Vec<Place>,
    pub origin: Origin,
}

impl Insert {
    /// Reads an INSERT, and the query behind it: of its rows, or of the computed cells of all rows as one row.
    pub fn read(syntax: Syntax, historic: bool) -> Result<(Insert, Option<Query>)> {
        let conflict = "INSERT ... ON CONFLICT (column) DO UPDATE SET ..., or UPSERT INTO";
        use_instead(syntax.or.is_some() || syntax.replace_into, "INSERT OR REPLACE", conflict)?;
        use_instead(syntax.ignore, "INSERT IGNORE", "INSERT ... ON CONFLICT (column) DO NOTHING")?;
        refuse(syntax.overwrite, "INSERT OVERWRITE")?;
        refuse(syntax.partitioned.is_some(), "INSERT ... PARTITION")?;
        let TableObject::TableName(name) = &syntax.table else {
            return Err(Error::NotSupported { what: "INSERT into something other than a table".into() });
        };
        let target = Target::find(name, historic)?;
        target.allow(target.entity.methods.post, "INSERT")?;
        let (named, source) = if syntax.assignments.is_empty() {
            let names =
                syntax.columns.iter().filter_map(|name| name.0.last()?.as_ident()).map(|ident| ident.value.clone());
            (names.collect::<Vec<_>>(), syntax.source)
        } else {
            return Err(Error::UseInstead { what: "INSERT ... SET".into(), instead: "INSERT ... VALUES".into() });
        };
        let mut problems = Problems::default();
        let places: Vec<Option<Place>> = match named.as_slice() {
            [] if source.is_some() => target.places().into_iter().map(Some).collect(),
            names => names.iter().map(|name| target.known(name, &mut problems)).collect(),
        };
        once_each(places.iter().flatten(), &mut problems);
        let (origin, query) = match source {
            None => (Origin::Values(vec![Vec::new()]), None),
            Some(query) => rows(*query, places.len())?,
        };
        if !problems.is_empty() {
            wrong_values(&target, &named, &places, &origin, &mut problems);
        }
        problems.check(&format!("INSERT INTO {}", target.table()))?;
        Ok((Insert { target, places: places.into_iter().flatten().collect(), origin }, query))
    }

    /// Refuses a query with more or fewer columns than are named.
    pub fn check_width(&self, columns: usize) -> Result<()> {
        match self.origin {
            Origin::Query if columns != self.places.len() => Err(wrong_count(self.places.len(), columns)),
            _ => Ok(()),
        }
    }

    /// The markers that stand for the value of a column, with that place.
    pub fn markers(&self) -> Vec<(usize, Place)> {
        let Origin::Values(rows) = &self.origin else { return Vec::new() };
        let marker = |(cell, place): (&Cell, &Place)| match cell {
            Cell::Marker(number) => Some((*number, *place)),
            _ => None,
        };
        rows.iter().flat_map(|row| row.iter().zip(&self.places).filter_map(marker)).collect()
    }

    /// The computed cells by their names in the query behind them, with their places.
    pub fn outputs(&self) -> Vec<(String, Place)> {
        let Origin::Values(rows) = &self.origin else { return Vec::new() };
        let computed = |(cell, place): (&Cell, &Place)| match cell {
            Cell::Computed(index) => Some((format!("c{index}"), *place)),
            _ => None,
        };
        rows.iter().flat_map(|row| row.iter().zip(&self.places).filter_map(computed)).collect()
    }

    /// The rows of values, from the parameters and the rows that the source gave.
    pub fn rows(&self, parameters: &[ScalarValue], found: &Found) -> Result<Vec<Vec<(Place, ScalarValue)>>> {
        let Origin::Values(rows) = &self.origin else {
            let places = || self.places.iter().copied();
            return found.rows().map(|row| Ok(places().zip(row.values()?).collect())).collect();
        };
        let computed = found.rows().next().map(|row| row.values()).transpose()?.unwrap_or_default();
        let value = |cell: &Cell| match cell {
            Cell::Literal(value) => value.clone(),
            Cell::Marker(number) => parameters.get(number - 1).cloned().unwrap_or(ScalarValue::Null),
            Cell::Computed(index) => computed.get(*index).cloned().unwrap_or(ScalarValue::Null),
        };
        Ok(rows.iter().map(|row| self.places.iter().copied().zip(row.iter().map(value)).collect()).collect())
    }
}

pub fn refuse(present: bool, what: &str) -> Result<()> {
    if present { Err(Error::NotSupported { what: what.into() }) } else { Ok(()) }
}

pub fn use_instead(present: bool, what: &str, instead: &str) -> Result<()> {
    if present { Err(Error::UseInstead { what: what.into(), instead: instead.into() }) } else { Ok(()) }
}

/// Refuses a name that is given twice.
pub fn once_each<'a>(places: impl Iterator<Item = &'a Place>, problems: &mut Problems) {
    let mut seen = HashSet::new();
    for place in places.filter(|place| !seen.insert(place.name())) {
        problems.add("42000", format!("the column {} is named twice", place.name()));
    }
}

/// What is wrong with the values beside columns that are not there: a statement that cannot be sent tells all at once.
fn wrong_values(target: &Target, named: &[String], places: &[Option<Place>], origin: &Origin, problems: &mut Problems) {
    let Origin::Values(rows) = origin else { return };
    let several = rows.len() > 1;
    // A column that is spelled wrongly may be one that seems to lack.
    let unknown = named.iter().zip(places).filter(|(_, place)| place.is_none());
    let meant: Vec<_> = unknown.filter_map(|(name, _)| target.entity.nearest_column(name)).collect();
    for (number, row) in (1..).zip(rows) {
        let mut wrong = Problems::default();
        let (mut written, mut other) = (Vec::new(), HashSet::new());
        for (cell, place) in row.iter().zip(places).filter_map(|(cell, place)| Some((cell, (*place)?))) {
            match cell {
                Cell::Literal(value) => written.push((place, value.clone())),
                Cell::Marker(_) | Cell::Computed(_) => _ = other.insert(place.name()),
            }
        }
        let fields = values::body(target, &written, Purpose::InsertLater, &mut wrong).fields;
        values::lacking(target.entity, &fields, |name| other.contains(name) || meant.contains(&name), &mut wrong);
        problems.extend(wrong, several.then_some(number));
    }
}

/// What a literal is worth, that needs neither the engine nor a parameter.
pub fn literal_value(expr: &Expr) -> Option<ScalarValue> {
    match literal(expr) {
        Some(Cell::Literal(value)) => Some(value),
        _ => None,
    }
}

fn rows(query: Query, width: usize) -> Result<(Origin, Option<Query>)> {
    let plain = query.with.is_none() && query.order_by.is_none() && query.limit_clause.is_none();
    let values = match *query.body {
        SetExpr::Values(values) if plain => values,
        body => return Ok((Origin::Query, Some(Query { body: Box::new(body), ..query }))),
    };
    let mut computed = Vec::new();
    let rows = values.rows.into_iter().map(|row| {
        let row = row.content;
        if row.len() != width {
            return Err(wrong_count(width, row.len()));
        }
        Ok(row.into_iter().map(|expr| cell(expr, &mut computed)).collect())
    });
    let rows = rows.collect::<Result<Vec<_>>>()?;
    let query = if computed.is_empty() { None } else { Some(select_of(computed)?) };
    Ok((Origin::Values(rows), query))
}

/// 21S01 of the ODBC specification.
pub fn wrong_count(places: usize, values: usize) -> Error {
    Error::ValueCount { message: format!("The statement names {places} columns and gives {values} values.") }
}

fn cell(expr: Expr, computed: &mut Vec<Expr>) -> Cell {
    match literal(&expr) {
        Some(cell) => cell,
        None => {
            computed.push(expr);
            Cell::Computed(computed.len() - 1)
        }
    }
}

/// What needs no engine: literals, markers, and DEFAULT, which is a value that is not given.
fn literal(expr: &Expr) -> Option<Cell> {
    let value = match expr {
        Expr::Value(value) => match &value.value {
            Literal::Null => ScalarValue::Null,
            Literal::Boolean(truth) => ScalarValue::from(*truth),
            Literal::SingleQuotedString(text) => ScalarValue::from(text.as_str()),
            Literal::Number(digits, _) => number(digits)?,
            Literal::Placeholder(marker) => return Some(Cell::Marker(marker.strip_prefix('$')?.parse().ok()?)),
            _ => return None,
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match expr.as_ref() {
            Expr::Value(value) => match &value.value {
                Literal::Number(digits, _) => number(&format!("-{digits}"))?,
                _ => return None,
            },
            _ => return None,
        },
        Expr::Identifier(name) if name.quote_style.is_none() && name.value == "default" => ScalarValue::Null,
        _ => return None,
    };
    Some(Cell::Literal(value))
}

/// A number with all of its digits as far as any type has room for them: it may be meant for a column of text.
fn number(digits: &str) -> Option<ScalarValue> {
    let whole = || digits.parse().ok().map(|number: i64| ScalarValue::from(number));
    let double = || digits.parse().ok().filter(|number: &f64| number.is_finite()).map(ScalarValue::from);
    whole().or_else(|| decimal(digits)).or_else(double)
}

fn decimal(digits: &str) -> Option<ScalarValue> {
    let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
    let number: i128 = format!("{before}{after}").parse().ok()?;
    let precision = before.trim_start_matches('-').len() + after.len();
    let (precision, scale) = (u8::try_from(precision).ok()?, i8::try_from(after.len()).ok()?);
    (precision <= DECIMAL128_MAX_PRECISION).then_some(ScalarValue::Decimal128(Some(number), precision, scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        for (digits, expected) in [
            ("12", ScalarValue::from(12_i64)),
            ("-12.10", ScalarValue::Decimal128(Some(-1210), 4, 2)),
            (".5", ScalarValue::Decimal128(Some(5), 1, 1)),
            ("12345678901234567890", ScalarValue::Decimal128(Some(12_345_678_901_234_567_890), 20, 0)),
            ("1e3", ScalarValue::from(1000.0)),
        ] {
            assert_eq!(number(digits), Some(expected), "{digits}");
        }
        assert_eq!(number("1e999"), None);
    }
}
