//! One row of values on its way to the service: fitted to its columns, checked, written as JSON.

use std::sync::Arc;

use datafusion::arrow::compute::CastOptions;
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::ScalarValue;
use exact_client::model::{Column, EdmType, Entity, Navigation, model};
use exact_client::writer::{self, Change, Verb};
use serde_json::{Map, Value as Json};

use super::Circumstances;
use super::documents::is_parent_only;
use super::filled::{filled_from, is_of_line};
use super::target::{Place, Target};
use crate::coercion;
use crate::error::{Error, Problem, Result};
use crate::table::field as field_of;

/// A row as it will be sent.
#[derive(Debug, Default)]
pub struct Body {
    pub fields: Map<String, Json>,
    /// The division that the row names itself.
    pub division: Option<i32>,
}

/// Which statement gives the values: what a null means and which columns are read-only depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Insert,
    /// An INSERT that waits: a line may name a document that waits too.
    InsertLater,
    Update,
}

/// Collects what is wrong with a statement, so that all of it is told at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

/// More problems than these are counted, not told.
const MOST_PROBLEMS: usize = 20;

impl Problems {
    /// Takes over the problems of one row of several.
    pub fn extend(&mut self, found: Problems, row: Option<usize>) {
        let told = |problem: Problem| match row {
            Some(row) => Problem { text: format!("row {row}: {}", problem.text), ..problem },
            None => problem,
        };
        self.0.extend(found.0.into_iter().map(told));
    }

    /// Takes over the problems of a row of `table`.
    pub fn extend_of(&mut self, found: Problems, table: &str) {
        self.0.extend(
            found.0.into_iter().map(|problem| Problem { text: format!("{table}: {}", problem.text), ..problem }),
        );
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    pub fn add(&mut self, sqlstate: &'static str, text: impl Into<String>) {
        self.0.push(Problem { sqlstate, text: text.into() });
    }

    /// Fails if there is a problem. `statement` says what was not done.
    pub fn check(mut self, statement: &str) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let more = self.0.len().saturating_sub(MOST_PROBLEMS);
        self.0.truncate(MOST_PROBLEMS);
        if more > 0 {
            self.add("HY000", format!("and {more} more"));
        }
        Err(Error::WriteRefused { statement: statement.to_string(), problems: self.0 })
    }
}

/// The body of one row. In an INSERT a null is a value that is not given: the service takes its default.
pub fn body(target: &Target, values: &[(Place, ScalarValue)], purpose: Purpose, problems: &mut Problems) -> Body {
    let mut body = Body::default();
    for (place, value) in values {
        if value.is_null() && purpose != Purpose::Update {
            continue;
        }
        match place {
            Place::Division => match whole(value) {
                Some(division) => body.division = Some(division),
                None => problems.add("22018", format!("Division: {value} is not a division's code")),
            },
            Place::Column(column) => match cell(target.entity, column, value, purpose) {
                Ok(json) => {
                    body.fields.insert(column.name.to_string(), json);
                }
                Err(problem) => problems.0.push(problem),
            },
            Place::Lines(navigation) => match lines(navigation, value, purpose) {
                Ok(json) => {
                    body.fields.insert(navigation.name.to_string(), json);
                }
                Err(found) => problems.0.extend(found),
            },
        }
    }
    body
}

fn whole(value: &ScalarValue) -> Option<i32> {
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    match value.cast_to_with_options(&DataType::Int32, &strict) {
        Ok(ScalarValue::Int32(number)) => number,
        _ => None,
    }
}

fn cell(entity: &Entity, column: &Column, value: &ScalarValue, purpose: Purpose) -> std::result::Result<Json, Problem> {
    let (takes, verb) = match purpose {
        Purpose::Insert => (column.post, "set in an INSERT"),
        Purpose::InsertLater => (column.post || is_parent_only(entity, column.name), "set in an INSERT"),
        Purpose::Update => (column.put, "changed by an UPDATE"),
    };
    if !takes && purpose == Purpose::Insert && is_parent_only(entity, column.name) {
        let text = format!(
            "{} cannot be set: Exact Online takes these lines with their document only. Give them in it as JSON, or insert \
             both in one transaction",
            column.name
        );
        return Err(Problem { sqlstate: "42000", text });
    }
    if !takes {
        let text = format!("{} cannot be {verb}: Exact Online would ignore it", column.name);
        return Err(Problem { sqlstate: "42000", text });
    }
    let fitted = fitted(entity, column, value)?;
    if let (Some(most), Some(Some(text))) = (column.max_length, fitted.try_as_str())
        && text.chars().count() > most as usize
    {
        let text = format!("{} takes {most} characters at most, '{text}' has more", column.name);
        return Err(Problem { sqlstate: "22001", text });
    }
    let array = fitted.to_array().map_err(|error| unfit(column, value, &error.to_string()))?;
    writer::value(entity.name, column, array.as_ref(), 0)
        .map_err(|error| Problem { sqlstate: error.sqlstate(), text: error.to_string() })
}

/// The value in the column's own type.
fn fitted(entity: &Entity, column: &Column, value: &ScalarValue) -> std::result::Result<ScalarValue, Problem> {
    let field: Field = field_of(entity, column);
    if value.is_null() {
        return ScalarValue::try_from(field.data_type()).map_err(|error| unfit(column, value, &error.to_string()));
    }
    let fitted = coercion::fit(&field, value).map_err(|error| {
        let text = format!("{}: {}", column.name, error.to_string().trim_end_matches('.'));
        Problem { sqlstate: error.sqlstate(), text }
    })?;
    if fitted.is_none() && column.edm == EdmType::Guid {
        return Err(unfit(column, value, "a guid has 36 characters"));
    }
    // Text beside numbers is a number then, but not always of the column's own width.
    let value = fitted.as_ref().unwrap_or(value);
    if value.data_type() == *field.data_type() {
        return Ok(value.clone());
    }
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    let cast = value
        .cast_to_with_options(field.data_type(), &strict)
        .map_err(|_| unfit(column, value, &format!("the column holds {}", column.edm.name())))?;
    if cast.data_type().is_integer() && loses_fraction(value, &cast) {
        return Err(unfit(column, value, "the column holds whole numbers"));
    }
    Ok(cast)
}

fn loses_fraction(value: &ScalarValue, whole: &ScalarValue) -> bool {
    let float = |value: &ScalarValue| value.cast_to(&DataType::Float64).ok();
    !value.data_type().is_integer() && value.data_type().is_numeric() && float(value) != float(whole)
}

fn unfit(column: &Column, value: &ScalarValue, why: &str) -> Problem {
    let sqlstate = if value.data_type().is_numeric() { "22003" } else { "22018" };
    Problem { sqlstate, text: format!("{}: '{value}' cannot be stored; {why}", column.name) }
}

/// The lines of a document: a JSON array of objects whose names are columns that the service takes.
fn lines(navigation: &Navigation, value: &ScalarValue, purpose: Purpose) -> std::result::Result<Json, Vec<Problem>> {
    let name = navigation.name;
    let problem = |sqlstate, text: String| vec![Problem { sqlstate, text }];
    if purpose == Purpose::Update || !navigation.post {
        return Err(problem("42000", format!("{name} cannot be set here; change the rows of the lines' own table")));
    }
    let parsed = value.try_as_str().flatten().map(serde_json::from_str::<Vec<Map<String, Json>>>);
    let Some(Ok(elements)) = parsed else {
        return Err(problem("22018", format!("{name} takes a JSON array of objects, one for each line")));
    };
    let target = navigation.target.and_then(|target| target.split_once('.'));
    let Some(entity) = target.and_then(|(schema, table)| model().find(Some(schema), table)) else {
        return Ok(Json::Array(elements.into_iter().map(Json::Object).collect()));
    };
    let mut found = Problems::default();
    let child = navigation.join.map(|(_, child)| child);
    let given = |column: &str| child == Some(column) || is_of_line(entity, column);
    let mut checked = Vec::with_capacity(elements.len());
    for (number, element) in (1..).zip(elements) {
        let mut wrong = Problems::default();
        let fields = line(entity, element, &mut wrong);
        lacking(entity, &fields, given, &mut wrong);
        found.extend_of(wrong, &format!("{name}, line {number}"));
        checked.push(Json::Object(fields));
    }
    if found.0.is_empty() { Ok(Json::Array(checked)) } else { Err(found.0) }
}

/// One line, with the documented names of its columns.
fn line(entity: &'static Entity, element: Map<String, Json>, problems: &mut Problems) -> Map<String, Json> {
    let target = Target::of(entity);
    let mut values = Vec::with_capacity(element.len());
    for (key, json) in element {
        match target.place(&key) {
            Some(place) if place_takes(&place) => values.push((place, scalar(json))),
            _ => problems.add("42S22", format!("{key} cannot be set in {}", target.table())),
        }
    }
    body(&target, &values, Purpose::Insert, problems).fields
}

fn place_takes(place: &Place) -> bool {
    match place {
        Place::Column(column) => column.post,
        Place::Lines(navigation) => navigation.post,
        Place::Division => false,
    }
}

fn scalar(json: Json) -> ScalarValue {
    match json {
        Json::Null => ScalarValue::Null,
        Json::Bool(truth) => ScalarValue::from(truth),
        Json::String(text) => ScalarValue::from(text),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => ScalarValue::from(whole),
            (None, double) => ScalarValue::Float64(double),
        },
        nested => ScalarValue::from(nested.to_string()),
    }
}

/// A new row of these values, checked.
pub fn new_row(
    target: &Target,
    values: &[(Place, ScalarValue)],
    under: Circumstances,
    problems: &mut Problems,
) -> Result<Change> {
    let purpose = if under.queued { Purpose::InsertLater } else { Purpose::Insert };
    let body = body(target, values, purpose, problems);
    missing(target, &body.fields, under.queued, problems);
    let division = body.division.or(target.division).or(under.division);
    if division.is_none() && target.entity.in_division {
        problems.add("23000", "Division must be given, since the connection has several");
    }
    let (entity, division) = (target.entity, division.unwrap_or_default());
    let (verb, body, before) = (Verb::Post, body.fields, Map::new());
    Ok(Change { entity, division, verb, key: None, body, before, cause: Arc::default() })
}

/// The mandatory values that a new row lacks. `lines_may_follow`: within a transaction lines may be inserted on their own.
pub fn missing(target: &Target, fields: &Map<String, Json>, lines_may_follow: bool, problems: &mut Problems) {
    lacking(target.entity, fields, |_| false, problems);
    let lines = target.entity.navigations.iter().filter(|one| one.mandatory_on_post && one.post);
    for navigation in lines.filter(|one| !lines_may_follow && !has_lines(fields, one.name)) {
        let text = format!(
            "{} must be given: a JSON array with at least one line, or rows inserted in the same transaction",
            navigation.name
        );
        problems.add("23000", text);
    }
}

fn has_lines(fields: &Map<String, Json>, name: &str) -> bool {
    fields.get(name).and_then(Json::as_array).is_some_and(|lines| !lines.is_empty())
}

/// The same without lines; `given` says which columns come from elsewhere.
pub fn lacking(entity: &Entity, fields: &Map<String, Json>, given: impl Fn(&str) -> bool, problems: &mut Problems) {
    let lacks = |name: &str| fields.get(name).is_none_or(|value| value.is_null() || value.as_str() == Some(""));
    let is_filled = |name: &str| filled_from(entity, name).is_some_and(|source| !lacks(source));
    let wanted = |column: &&Column| column.mandatory_on_post && column.post && !column.key && lacks(column.name);
    for column in entity.columns.iter().filter(wanted) {
        let is_division = column.name.eq_ignore_ascii_case(Place::Division.name());
        if !is_division && !given(column.name) && !is_filled(column.name) {
            problems.add("23000", format!("{} must be given", column.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::ast::{Ident, ObjectName};
    use serde_json::json;

    use super::*;

    fn target(name: &str) -> Target {
        Target::find(&ObjectName::from(vec![Ident::new(name)]), false).unwrap()
    }

    fn written(table: &str, column: &str, value: ScalarValue, purpose: Purpose) -> std::result::Result<Json, String> {
        let target = target(table);
        let place = target.place(column).unwrap();
        let mut problems = Problems::default();
        let body = body(&target, &[(place, value)], purpose, &mut problems);
        match problems.check("x") {
            Ok(()) => Ok(body.fields.get(place.name()).cloned().unwrap_or(Json::Null)),
            Err(error) => Err(format!("{} {error}", error.sqlstate())),
        }
    }

    #[test]
    fn values_fit_their_columns_or_are_named() {
        let insert = |column, value: ScalarValue| written("accounts", column, value, Purpose::Insert);
        for (column, value, expected) in [
            ("name", ScalarValue::from("A"), json!("A")),
            ("iscompetitor", ScalarValue::from("False"), json!(0)),
            ("blocked", ScalarValue::from(1_i64), json!(true)),
            ("startdate", ScalarValue::from("2026-01-31"), json!("2026-01-31T00:00:00")),
            ("creditlinesales", ScalarValue::Decimal128(Some(1210), 10, 2), json!(12.1)),
            (
                "parent",
                ScalarValue::from("{6F7B0000-0000-0000-0000-00000000000A}"),
                json!("6f7b0000-0000-0000-0000-00000000000a"),
            ),
            ("name", ScalarValue::Utf8(None), Json::Null),
            ("modified", ScalarValue::Utf8(None), Json::Null),
        ] {
            assert_eq!(insert(column, value.clone()).unwrap(), expected, "{column} {value}");
        }
        for (column, value, state) in [
            ("iscompetitor", ScalarValue::from("perhaps"), "22018"),
            ("startdate", ScalarValue::from("tomorrow"), "22007"),
            ("parent", ScalarValue::from("x"), "22018"),
            ("salesvatcode", ScalarValue::from("123"), ""),
            ("modified", ScalarValue::from("2026-01-31"), "42000"),
            ("longitude", ScalarValue::from("east"), "22018"),
        ] {
            let outcome = insert(column, value);
            assert_eq!(outcome.is_err(), !state.is_empty(), "{column} {outcome:?}");
            assert!(outcome.err().unwrap_or_default().starts_with(state), "{column}");
        }
    }

    #[test]
    fn numbers_in_quotes_take_the_width_of_their_column() {
        let invoice = |column, value: &str| written("salesinvoices", column, value.into(), Purpose::Insert);
        assert_eq!(invoice("type", " 8020 ").unwrap(), json!(8020));
        assert_eq!(invoice("type", "8020.0").unwrap(), json!(8020));
        for wrong in ["1.5", "3000000000", "9223372036854775808"] {
            assert!(invoice("type", wrong).unwrap_err().starts_with("22003"), "{wrong}");
        }
        assert!(invoice("type", "many").unwrap_err().starts_with("22018"));
        let small = written("accounts", "securitylevel", "10".into(), Purpose::Update);
        assert_eq!(small.unwrap(), json!(10));
    }

    #[test]
    fn lines_are_checked_against_their_own_table() {
        let lines =
            |text: &str| written("salesinvoices", "salesinvoicelines", ScalarValue::from(text), Purpose::Insert);
        let guid = "6f7b0000-0000-0000-0000-00000000000a";
        let expected = json!([{"GLAccount": guid, "Item": guid, "Quantity": 2.0}]);
        let written = format!(r#"[{{"item":"{{{guid}}}","Quantity":"2","GLAccount":"{guid}"}}]"#);
        assert_eq!(lines(&written).unwrap(), expected);
        assert!(lines("[{}]").unwrap_err().contains("line 1: GLAccount must be given"));
        let written = format!(r#"[{{"Item":"{guid}","Quantity":2}}]"#);
        assert_eq!(lines(&written).unwrap(), json!([{"Item": guid, "Quantity": 2.0}]), "the item has an account");
        assert!(lines(r#"[{"Itm":"x"}]"#).unwrap_err().contains("line 1: Itm"));
        assert!(lines("{}").unwrap_err().starts_with("22018"));
    }
}
