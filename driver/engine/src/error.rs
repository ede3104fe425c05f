//! What can go wrong between a statement and its rows, each with the SQLSTATE of product section 8.

use std::time::Duration;

use datafusion::common::{Column, SchemaError};
use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::parser::ParserError;
use exact_client::model;

pub type Result<T> = std::result::Result<T, Error>;

/// An error of the SQL floor. The text is complete in itself and carries no driver prefix.
#[derive(Clone, Debug)]
pub enum Error {
    /// Everything that concerns the service, the sign-in or the connection's properties.
    Client(exact_client::Error),
    Cancelled,
    TimedOut {
        limit: Duration,
    },
    /// The text does not follow the grammar; the parser's message names line and column.
    Syntax {
        message: String,
    },
    TableNotFound {
        name: String,
        nearest: Option<String>,
    },
    ColumnNotFound {
        name: String,
        nearest: Option<String>,
    },
    /// A name that could mean several columns.
    AmbiguousColumn {
        name: String,
    },
    FunctionNotFound {
        name: String,
    },
    /// A function endpoint was read without one of its arguments.
    MissingArgument {
        table: String,
        argument: String,
    },
    /// Understood, but not something that this driver does.
    NotSupported {
        what: String,
    },
    ParameterCount {
        expected: usize,
        given: usize,
    },
    /// A parameter or literal that cannot be what the statement needs.
    InvalidValue {
        message: String,
    },
    DivisionByZero,
    OutOfRange {
        message: String,
    },
    /// The statement is well-formed but means nothing (types that do not fit, a misplaced aggregate ...).
    Invalid {
        message: String,
    },
    OutOfMemory {
        message: String,
    },
    /// Threads could not be started, or a process was forked.
    Environment {
        message: String,
    },
    Internal {
        message: String,
    },
}

impl Error {
    /// The SQLSTATE for ODBC 3 applications.
    pub fn sqlstate(&self) -> &'static str {
        match self {
            Self::Client(error) => error.sqlstate(),
            Self::Cancelled => "HY008",
            Self::TimedOut { .. } => "HYT00",
            Self::TableNotFound { .. } => "42S02",
            Self::ColumnNotFound { .. } => "42S22",
            Self::Syntax { .. }
            | Self::AmbiguousColumn { .. }
            | Self::FunctionNotFound { .. }
            | Self::MissingArgument { .. }
            | Self::Invalid { .. } => "42000",
            Self::NotSupported { .. } => "HYC00",
            Self::ParameterCount { .. } => "07002",
            Self::InvalidValue { .. } => "22018",
            Self::DivisionByZero => "22012",
            Self::OutOfRange { .. } => "22003",
            Self::OutOfMemory { .. } => "HY001",
            Self::Environment { .. } | Self::Internal { .. } => "HY000",
        }
    }

    /// The native error: an HTTP status, or 0.
    pub fn native(&self) -> i32 {
        match self {
            Self::Client(error) => error.native(),
            _ => 0,
        }
    }

    /// Whether the text came from Exact Online itself.
    pub fn is_from_service(&self) -> bool {
        matches!(self, Self::Client(error) if error.is_from_service())
    }
}

impl std::error::Error for Error {}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Client(error) => error.fmt(f),
            Self::Cancelled => f.write_str("The operation was cancelled."),
            Self::TimedOut { limit } => write!(
                f,
                "The query was ended after {} seconds, the time-out that the application has set. Raise the query \
                 time-out, or read fewer rows.",
                limit.as_secs_f32()
            ),
            Self::Syntax { message } => write!(f, "The SQL could not be read: {message}."),
            Self::TableNotFound { name, nearest } => {
                write!(f, "There is no table {name}.")?;
                suggest(f, nearest)
            }
            Self::ColumnNotFound { name, nearest } => {
                write!(f, "There is no column {name} in the tables of this query.")?;
                suggest(f, nearest)
            }
            Self::AmbiguousColumn { name } => write!(
                f,
                "The column {name} stands in more than one table of this query. Put the table's name or alias before \
                 it, as in t.{name}."
            ),
            Self::MissingArgument { table, argument } => {
                write!(f, "{table} needs a value for {argument}. Add a condition such as WHERE {argument} = '...'.")
            }
            Self::NotSupported { what } => write!(f, "{what} is not supported by this driver."),
            Self::ParameterCount { expected, given } => {
                write!(f, "The statement has {expected} parameter markers, but {given} parameters were bound.")
            }
            Self::DivisionByZero => {
                f.write_str("A number was divided by zero. Use NULLIF(divisor, 0) where a divisor can be zero.")
            }
            Self::OutOfMemory { message } => write!(
                f,
                "The query needs more memory than this connection may use: {message}. Raise the property MemoryLimit, \
                 or read fewer rows or columns."
            ),
            Self::FunctionNotFound { name } => {
                write!(f, "There is no function {name}.")
            }
            Self::InvalidValue { message }
            | Self::OutOfRange { message }
            | Self::Invalid { message }
            | Self::Environment { message }
            | Self::Internal { message } => f.write_str(message),
        }
    }
}

fn suggest(f: &mut std::fmt::Formatter<'_>, nearest: &Option<String>) -> std::fmt::Result {
    match nearest {
        Some(name) => write!(f, " Did you mean {name}?"),
        None => Ok(()),
    }
}

impl From<exact_client::Error> for Error {
    fn from(error: exact_client::Error) -> Self {
        Self::Client(error)
    }
}

impl From<ParserError> for Error {
    fn from(error: ParserError) -> Self {
        match error {
            ParserError::TokenizerError(message) | ParserError::ParserError(message) => Self::Syntax { message },
            ParserError::RecursionLimitExceeded => Self::Syntax { message: "it is nested too deeply".into() },
        }
    }
}

/// Errors of ours travel through DataFusion as external errors and come out as they went in.
impl From<Error> for DataFusionError {
    fn from(error: Error) -> Self {
        Self::External(Box::new(error))
    }
}

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        match error.find_root() {
            DataFusionError::External(inner) => from_external(inner.as_ref()),
            DataFusionError::SchemaError(schema, _) => from_schema(schema),
            DataFusionError::ArrowError(arrow, _) => from_arrow(arrow),
            DataFusionError::ResourcesExhausted(message) => Self::OutOfMemory { message: message.clone() },
            DataFusionError::NotImplemented(message) => Self::NotSupported { what: message.clone() },
            DataFusionError::SQL(parser, _) => parser.as_ref().clone().into(),
            DataFusionError::Plan(message) => from_plan(message),
            DataFusionError::Execution(message) => from_execution(message),
            other => Self::Internal {
                message: format!("The query could not be run: {}", other.strip_backtrace().trim_end_matches('.')),
            },
        }
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
        other => Error::Invalid { message: other.to_string() },
    }
}

fn column_not_found(field: &Column, valid: &[Column]) -> Error {
    let nearest = valid
        .iter()
        .map(|column| (strsim::damerau_levenshtein(&column.name, &field.name), column))
        .filter(|(distance, _)| *distance <= 1 + field.name.chars().count() / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, column)| documented_spelling(column));
    Error::ColumnNotFound { name: field.name.clone(), nearest }
}

/// Inside the engine all names are in lower case; a message shows them as they are documented. The table may stand under
/// an alias, and all entities spell a column alike.
fn documented_spelling(column: &Column) -> String {
    let relation = column.relation.as_ref();
    let own = relation.and_then(|relation| model::model().find(relation.schema(), relation.table()));
    own.into_iter()
        .chain(model::model().entities())
        .find_map(|entity| entity.column(&column.name))
        .map_or_else(|| column.name.clone(), |(_, found)| found.name.to_string())
}

fn from_arrow(error: &datafusion::arrow::error::ArrowError) -> Error {
    use datafusion::arrow::error::ArrowError;
    match error {
        ArrowError::DivideByZero => Error::DivisionByZero,
        ArrowError::ArithmeticOverflow(message) => {
            Error::OutOfRange { message: format!("A number became too large: {message}.") }
        }
        ArrowError::CastError(message)
        | ArrowError::ParseError(message)
        | ArrowError::InvalidArgumentError(message) => {
            Error::InvalidValue { message: format!("A value does not fit its type: {message}.") }
        }
        ArrowError::ExternalError(inner) => from_external(inner.as_ref()),
        other => Error::Internal { message: other.to_string() },
    }
}

fn from_plan(message: &str) -> Error {
    if let Some(name) = message.strip_prefix("Invalid function '").and_then(|rest| rest.split('\'').next()) {
        return Error::FunctionNotFound { name: name.to_string() };
    }
    Error::Invalid { message: format!("The SQL cannot be planned: {}.", message.trim_end_matches('.')) }
}

fn from_execution(message: &str) -> Error {
    Error::Invalid { message: format!("The query could not be run: {}.", message.trim_end_matches('.')) }
}
