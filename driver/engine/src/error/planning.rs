//! What DataFusion says of a statement, in our words.

use datafusion::arrow::error::ArrowError;
use datafusion::common::{Column, SchemaError};
use datafusion::error::DataFusionError;
use exact_client::model;

use super::{Error, Place};

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        let place = error.diagnostic().and_then(|diagnostic| diagnostic.span).map(Place::from);
        match from_root(error.find_root()) {
            // Placed by its word, where that is more exact.
            error @ Error::Misplaced { .. } if place.is_none_or(|place| place == Place { line: 1, column: 1 }) => error,
            error => error.at(place),
        }
    }
}

fn from_root(root: &DataFusionError) -> Error {
    match root {
        DataFusionError::External(inner) => from_external(inner.as_ref()),
        DataFusionError::SchemaError(schema, _) => from_schema(schema),
        DataFusionError::ArrowError(arrow, _) => from_arrow(arrow),
        DataFusionError::ResourcesExhausted(message) => {
            Error::OutOfMemory { message: first_sentence(message).trim_end_matches(" as:").to_string() }
        }
        DataFusionError::NotImplemented(message) => from_not_implemented(message),
        DataFusionError::SQL(parser, _) => parser.as_ref().clone().into(),
        DataFusionError::Plan(message) => from_plan(message),
        DataFusionError::Execution(message) => from_execution(message),
        other => Error::Internal {
            message: format!("The query could not be run: {}.", first_sentence(&other.strip_backtrace())),
        },
    }
}

fn from_external(inner: &(dyn std::error::Error + Send + Sync + 'static)) -> Error {
    if let Some(error) = inner.downcast_ref::<Error>() {
        return error.clone();
    }
    match inner.downcast_ref::<exact_client::Error>() {
        Some(error) => Error::Client(error.clone()),
        None => Error::Internal { message: inner.to_string() },
    }
}

fn from_schema(error: &SchemaError) -> Error {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => column_not_found(field, valid_fields),
        SchemaError::AmbiguousReference { field } => Error::AmbiguousColumn { name: field.name.clone() },
        SchemaError::DuplicateUnqualifiedField { name } => called_twice(name),
        other => Error::Invalid { message: other.to_string() },
    }
}

fn called_twice(name: &str) -> Error {
    Error::Invalid {
        message: format!("Two columns of a subquery are called {name}. Give one of them another name with AS."),
    }
}

fn from_names(message: &str) -> Option<Error> {
    let (expression, _) = between(message, "require unique expression names but the expression \"", "\" at position")?;
    let word = expression.rsplit('.').next().unwrap_or(expression);
    Some(called_twice(&documented_spelling(&Column::new_unqualified(word))))
}

fn column_not_found(field: &Column, valid: &[Column]) -> Error {
    let tables = || valid.iter().filter_map(|column| column.relation.as_ref()).map(|relation| relation.table());
    let table = field.relation.as_ref().map(|relation| relation.table());
    if let Some(table) = table.filter(|table| !tables().any(|known| known == *table)) {
        let nearest = nearest(table, tables()).map(str::to_string);
        return Error::AliasNotFound { name: table.to_string(), nearest };
    }
    let candidates = valid.iter().filter(|column| {
        table.is_none_or(|table| column.relation.as_ref().is_some_and(|relation| relation.table() == table))
    });
    let closest = candidates
        .map(|column| (strsim::damerau_levenshtein(&column.name, &field.name), column))
        .filter(|(distance, _)| is_near(*distance, &field.name))
        .min_by_key(|(distance, _)| *distance);
    let nearest = closest.map(|(_, column)| documented_spelling(column));
    Error::ColumnNotFound { name: field.name.clone(), nearest }
}

/// A distance up to which one name may have been meant by another.
fn is_near(distance: usize, name: &str) -> bool {
    distance <= 1 + name.chars().count() / 3
}

/// The name that was most likely meant.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(candidate, name), candidate))
        .filter(|(distance, _)| is_near(*distance, name))
        .min_by_key(|(distance, candidate)| (*distance, *candidate))
        .map(|(_, candidate)| candidate)
}

/// Inside the engine all names are in lower case; a message shows them as they are documented. The table may stand under
/// an alias, and all entities spell a column alike.
pub fn documented_spelling(column: &Column) -> String {
    let relation = column.relation.as_ref();
    let own = relation.and_then(|relation| model::model().find(relation.schema(), relation.table()));
    own.into_iter()
        .chain(model::model().entities())
        .find_map(|entity| entity.column(&column.name))
        .map_or_else(|| column.name.clone(), |(_, found)| found.name.to_string())
}

fn from_arrow(error: &ArrowError) -> Error {
    match error {
        ArrowError::DivideByZero => Error::DivisionByZero,
        ArrowError::ArithmeticOverflow(message) => {
            let operation = message.rsplit(": ").next().unwrap_or(message);
            Error::OutOfRange { message: format!("A number became too large: {operation}.") }
        }
        ArrowError::CastError(message) | ArrowError::ParseError(message) => from_cast(message),
        ArrowError::InvalidArgumentError(message) => {
            Error::InvalidValue { message: format!("A value does not fit its type: {message}.") }
        }
        ArrowError::ExternalError(inner) => from_external(inner.as_ref()),
        other => Error::Internal { message: other.to_string() },
    }
}

fn from_cast(message: &str) -> Error {
    if let Some((value, target)) = between(message, "Cannot cast string '", "' to value of ") {
        let target = target.trim_end_matches(" type");
        return match target {
            "Date32" | "Time64(ns)" | "Time64(Nanosecond)" => not_a_moment(value, target),
            target => Error::InvalidValue { message: format!("'{value}' is not {}.", type_in_words(target)) },
        };
    }
    if let Some((value, target)) = between(message, "Can't cast value ", " to type ") {
        return Error::OutOfRange { message: format!("{value} is outside the range of {}.", type_in_words(target)) };
    }
    if let Some((value, _)) = between(message, "Error parsing timestamp from '", "'") {
        return not_a_moment(value, "Timestamp");
    }
    Error::InvalidValue { message: format!("A value does not fit its type: {message}.") }
}

fn not_a_moment(value: &str, target: &str) -> Error {
    let what = if target.starts_with("Time64") { "time" } else { "date" };
    Error::InvalidDateTime { message: crate::coercion::not_a_moment(value, what) }
}

fn from_not_implemented(message: &str) -> Error {
    if let Some(name) = message.strip_prefix("Unsupported SQL type ") {
        let message = match name.to_uppercase() {
            interval if interval.starts_with("SQL_INTERVAL") => {
                format!(
                    "There are no columns of the type {interval}. Use TIMESTAMPADD and TIMESTAMPDIFF, or DATEADD and DATEDIFF."
                )
            }
            name => format!("There is no type {name}."),
        };
        return Error::Misplaced { word: name.to_string(), message };
    }
    let instead = |what: &str, instead: &str| Error::UseInstead { what: what.into(), instead: instead.into() };
    match message {
        message if message.contains("ast node Pivot") => {
            instead("PIVOT", "SUM(CASE WHEN … THEN … END) for each column of the result")
        }
        message if message.contains("ast node Unpivot") => instead("UNPIVOT", "UNION ALL of a SELECT for each column"),
        message if message.contains("CrossApply") || message.contains("OuterApply") => {
            instead("APPLY of anything but a subquery in parentheses", "a JOIN")
        }
        message if message.contains("ScalarSubquery(") || message.contains("OuterReferenceColumn") => {
            instead("This use of a row around a subquery within it", "a JOIN, or a subquery that gives one aggregate")
        }
        // What follows is the parser's own view of the text.
        message => Error::NotSupported { what: message.split(" {").next().unwrap_or(message).to_string() },
    }
}

fn from_execution(message: &str) -> Error {
    Error::Invalid { message: format!("The query could not be run: {}.", first_sentence(message)) }
}

/// What a message says, our sentence for it, and the word of the statement with which the mistake begins.
const SENTENCES: &[(&str, &str, &str)] = &[
    (
        "HAVING clause references",
        "HAVING names a column that is neither in GROUP BY nor in an aggregate. Put the condition in WHERE, or group by \
         the column.",
        "having",
    ),
    (
        "Aggregate functions are not allowed in the WHERE clause",
        "An aggregate cannot stand in WHERE. Put the condition in HAVING.",
        "where",
    ),
    (
        "Aggregate function calls cannot be nested",
        "An aggregate cannot stand in another one. Compute the inner one in a subquery.",
        "",
    ),
    (
        "Too many columns! The subquery should only return one column",
        "A subquery that stands for a value may have one column only.",
        "",
    ),
    (
        "UNION queries have different number of columns",
        "The queries of a UNION have different numbers of columns.",
        "union",
    ),
    (
        "INTERSECT query must have the same number of columns",
        "The queries of an INTERSECT have different numbers of columns.",
        "intersect",
    ),
    (
        "EXCEPT query must have the same number of columns",
        "The queries of an EXCEPT have different numbers of columns.",
        "except",
    ),
    ("SELECT * with no tables specified", "SELECT * needs a FROM clause that names a table.", "select"),
    ("Unsupported compound identifier", "A table's name has at most three parts: division, schema and table.", "from"),
    ("LIMIT must be >= 0", "A number of rows cannot be negative.", "limit"),
    ("OFFSET must be >=", "A number of rows cannot be negative.", "offset"),
];

fn from_plan(message: &str) -> Error {
    if let Some((name, _)) = between(message, "Invalid function '", "'") {
        return Error::FunctionNotFound { name: name.to_string(), nearest: None };
    }
    if let Some(name) = message.strip_prefix("Invalid qualifier ") {
        return Error::AliasNotFound { name: name.to_string(), nearest: None };
    }
    if let Some((_, rest)) = message.split_once("Column in SELECT must be in GROUP BY")
        && let Some((column, _)) = between(rest, "column \"", "\"")
    {
        let name = column.rsplit('.').next().unwrap_or(column);
        return Error::NotGrouped { name: name.to_string() };
    }
    if let Some((_, ours, word)) = SENTENCES.iter().find(|(theirs, ..)| message.contains(theirs)) {
        return Error::Misplaced { word: (*word).to_string(), message: (*ours).to_string() };
    }
    from_arguments(message)
        .or_else(|| from_condition(message))
        .or_else(|| from_operation(message))
        .or_else(|| from_ordinal(message))
        .or_else(|| from_names(message))
        .unwrap_or_else(|| Error::Invalid {
            message: format!("The SQL cannot be planned: {}.", first_sentence(message)),
        })
}

fn from_condition(message: &str) -> Option<Error> {
    let whole = |operator: &str, what: &str| Error::Misplaced {
        word: operator.to_lowercase(),
        message: format!("{operator} takes conditions, not {what}. Compare the value with something, as in … = 1."),
    };
    if let Some((_, found)) = message.split_once("Unary operator 'NOT' requires a boolean expression, got ") {
        return Some(whole("NOT", type_in_words(found)));
    }
    if let Some((_, types)) = message.split_once("argument type for logical boolean operation ") {
        let mut words = types.split(' ');
        let (left, operator, right) = (words.next()?, words.next()?, words.next()?);
        return Some(whole(operator, type_in_words(if left == "Boolean" { right } else { left })));
    }
    let (expression, data_type) = between(message, "non-boolean predicate '", "' returning ")?;
    let word = expression.rsplit('.').next().unwrap_or(expression).to_string();
    let shown = documented_spelling(&Column::new_unqualified(&word));
    let what = type_in_words(data_type.trim_end_matches('.'));
    let message = format!("{shown} is {what} and no condition. Compare it with something, as in {shown} = …");
    Some(Error::Misplaced { word, message })
}

fn from_operation(message: &str) -> Option<Error> {
    let (types, _) = between(message, "Cannot coerce arithmetic expression ", " to valid types")?;
    let (left, rest) = types.split_once(' ')?;
    let (op, right) = rest.split_once(' ')?;
    let (left, right) = (type_in_words(left), type_in_words(right));
    let message = format!("The operation {left} {op} {right} has no meaning. Use CAST to bring both to one type.");
    Some(Error::Invalid { message })
}

fn from_ordinal(message: &str) -> Option<Error> {
    let (given, rest) = between(message, "Order by column out of bounds, specified: ", ", max: ")?;
    let message = format!("ORDER BY {given} means column {given}, but the query has {rest}.");
    Some(Error::Misplaced { word: "order".into(), message })
}

/// A call whose arguments do not fit: their number, or their types.
fn from_arguments(message: &str) -> Option<Error> {
    // A function that fits its arguments by rules of its own tells what another has said.
    let message = message.rsplit_once("Error during planning: ").map_or(message, |(_, told)| told);
    if let Some((name, _)) = between(message, "'", "' does not support zero arguments") {
        let function = name.to_string();
        return Some(Error::Arguments { function, message: "needs an argument".into() });
    }
    if let Some((name, rest)) = between(message, "Function '", "' expects ")
        && let Some((expected, rest)) = rest.split_once(" arguments but received ")
    {
        let given: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let message = format!("takes {expected} argument{}, not {given}", if expected == "1" { "" } else { "s" });
        return Some(Error::Arguments { function: name.to_string(), message });
    }
    let (_, call) = message.split_once("argument types '")?;
    let (name, types) = call.split_once('(')?;
    let (types, _) = types.split_once(")'")?;
    let types: Vec<_> = types.split(", ").filter(|name| !name.is_empty()).map(type_in_words).collect();
    Some(Error::Arguments {
        function: name.to_string(),
        message: format!("cannot be used with {}", types.join(" and ")),
    })
}

/// The text up to `end`, and what follows, of a message that has `start` somewhere before it.
fn between<'a>(message: &'a str, start: &str, end: &str) -> Option<(&'a str, &'a str)> {
    let (_, rest) = message.split_once(start)?;
    rest.split_once(end)
}

/// Without a backtrace, candidate lists and the request to report a bug elsewhere.
fn first_sentence(message: &str) -> &str {
    message.lines().next().unwrap_or_default().trim_end_matches('.')
}

/// The name of an Arrow type as people say it.
fn type_in_words(data_type: &str) -> &'static str {
    match data_type {
        "Boolean" => "a yes/no value",
        "Utf8" | "Utf8View" | "LargeUtf8" => "text",
        "Null" => "NULL",
        "UInt8" => "a TINYINT",
        "Int16" => "a SMALLINT",
        "Int32" => "an INTEGER",
        "Int64" => "a BIGINT",
        "Date32" => "a date",
        "Binary" => "binary data",
        other if other.starts_with("Timestamp") => "a date",
        other if other.starts_with("Time") => "a time",
        other if other.starts_with("Interval") => "an interval",
        other if other.starts_with("Decimal") => "a decimal number",
        _ => "a number",
    }
}
