//! What can go wrong between a statement and its rows, each with the SQLSTATE of product section 8.

mod planning;

use std::time::Duration;

use datafusion::common::Span;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::Expr;
use datafusion::sql::sqlparser::parser::ParserError;
use exact_client::transport::moment;

pub use planning::{documented_spelling, nearest};

pub type Result<T> = std::result::Result<T, Error>;

/// A place in the text of a statement, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub line: u64,
    pub column: u64,
}

impl Place {
    /// Where the first column of an expression stands.
    pub fn of_expr(expr: &Expr) -> Option<Self> {
        use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
        let mut first = None;
        // The closure never fails.
        let _ = expr.apply(|part| {
            first = part.spans().and_then(|spans| spans.first()).map(Self::from);
            Ok(if first.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        });
        first
    }
}

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        Self { line: span.start.line, column: span.start.column }
    }
}

/// An error of the SQL floor. The text is complete in itself and carries no driver prefix.
#[derive(Clone, Debug)]
pub enum Error {
    /// Everything that concerns the service, the sign-in or the connection's properties.
    Client(exact_client::Error),
    Cancelled,
    TimedOut {
        limit: Duration,
    },
    /// The application's time limit has passed while the driver waited until calls are allowed again.
    TimedOutWaiting {
        limit: Duration,
        /// In milliseconds since 1970.
        until_ms: i64,
    },
    /// `signs_in`: the wait may have been for a person in front of a browser.
    ConnectTimedOut {
        limit: Duration,
        signs_in: bool,
    },
    /// The text does not follow the grammar; the parser's message names line and column.
    Syntax {
        message: String,
    },
    TableNotFound {
        name: String,
        nearest: Option<String>,
    },
    /// A catalog that is neither a division's code nor `ALL`.
    CatalogNotFound {
        name: String,
    },
    ColumnNotFound {
        name: String,
        nearest: Option<String>,
    },
    /// A table's name or alias before a column, or before `.*`, that the query has not.
    AliasNotFound {
        name: String,
        nearest: Option<String>,
    },
    /// Something that means nothing where it stands; `word` is the word of the statement with which it begins.
    Misplaced {
        word: String,
        message: String,
    },
    /// A column beside aggregates that is not grouped by.
    NotGrouped {
        name: String,
    },
    /// Any other error, with the place in the statement that caused it.
    Located {
        place: Place,
        error: Box<Error>,
    },
    /// A column that is not there, in the double quotes in which other products write text.
    QuotedText {
        name: String,
    },
    /// A name that could mean several columns.
    AmbiguousColumn {
        name: String,
    },
    FunctionNotFound {
        name: String,
        nearest: Option<String>,
    },
    /// A function was given too many or too few arguments, or of types that it does not take.
    Arguments {
        function: String,
        message: String,
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
    /// The same, where the driver does what is wanted in another way.
    UseInstead {
        what: String,
        instead: String,
    },
    /// An endpoint that takes rows and gives none: an action.
    TakesRowsOnly {
        table: String,
    },
    ParameterCount {
        expected: usize,
        given: usize,
    },
    /// A parameter or literal that cannot be what the statement needs.
    InvalidValue {
        message: String,
    },
    /// Text that is no date or time.
    InvalidDateTime {
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
    /// A query needs more calls than the property `MaxApiCalls` allows.
    TooManyCalls {
        estimate: u64,
        at_least: bool,
        limit: u64,
    },
    /// A write that takes more calls than may be made; nothing was sent.
    TooDear {
        statement: String,
        calls: u64,
        limit: CallLimit,
    },
    /// A write on a connection that only reads.
    ReadOnly {
        statement: String,
    },
    /// A write that cannot succeed; nothing was sent.
    WriteRefused {
        statement: String,
        problems: Vec<Problem>,
    },
    /// An INSERT with more or fewer values than columns.
    ValueCount {
        message: String,
    },
    /// Of several changes only the first were made.
    WriteIncomplete(Box<Incomplete>),
    /// Rows were written, but what RETURNING makes of them could not be computed.
    ReturningFailed {
        statement: String,
        keys: Vec<String>,
        cause: Box<Error>,
    },
    /// A row that was found and is there no more when it is to be changed or removed.
    RowGone {
        table: String,
        key: String,
    },
    /// A set of parameters that is sound, beside one that is not.
    OtherSetRefused,
    /// A statement within a transaction whose commit ended half-way.
    TransactionFailed,
    /// Threads could not be started, or a process was forked.
    Environment {
        message: String,
    },
    Internal {
        message: String,
    },
}

/// What keeps a write from making its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallLimit {
    /// The property `MaxApiCalls`; `made` calls have found the rows.
    Property { most: u64, made: u64 },
    /// The rest of the day's calls in a division, beside those that are reserved. `until_ms` is in milliseconds since 1970.
    Day { division: i32, left: u32, reserve: u32, until_ms: i64 },
}

/// One thing that is wrong with a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub sqlstate: &'static str,
    pub text: String,
}

impl Problem {
    /// What the text begins with that says which column is not there.
    const NO_COLUMN: &str = "there is no column ";

    /// A column that the table has not.
    pub fn no_column(name: &str, nearest: Option<&str>) -> Problem {
        let nearest = nearest.map(|nearest| format!(", perhaps {nearest} is meant")).unwrap_or_default();
        Problem { sqlstate: "42S22", text: format!("{}{name}{nearest}", Self::NO_COLUMN) }
    }

    /// The column that is not there, and what the text says after it.
    pub fn missing_column(&self) -> Option<(&str, &str)> {
        let name = self.text.strip_prefix(Self::NO_COLUMN)?;
        Some(name.find(", perhaps ").map_or((name, ""), |end| name.split_at(end)))
    }

    /// The same, with the name as it was written and where that stands.
    #[must_use]
    pub fn spelled(self, name: &str, place: Option<Place>) -> Problem {
        let Some((_, rest)) = self.missing_column() else { return self };
        let place = place.map(|Place { line, column }| format!(" (Line: {line}, Column: {column})"));
        let text = format!("{}{name}{rest}{}", Self::NO_COLUMN, place.unwrap_or_default());
        Problem { text, ..self }
    }
}

/// What became of a list of changes that ended half-way.
#[derive(Clone, Debug)]
pub struct Incomplete {
    /// What was to be done.
    pub statement: String,
    /// The changes that were made, as messages name them.
    pub written: Vec<String>,
    /// The one that failed.
    pub failed: String,
    /// Whether it may have been made all the same.
    pub unknown: bool,
    /// Those that were not sent.
    pub unsent: Vec<String>,
    pub cause: Error,
    /// They were the changes of a transaction.
    pub commit: bool,
}

impl Error {
    /// The SQLSTATE for ODBC 3 applications.
    pub fn sqlstate(&self) -> &'static str {
        match self {
            Self::Client(error) => error.sqlstate(),
            Self::Located { error, .. } => error.sqlstate(),
            Self::Cancelled => "HY008",
            Self::TimedOut { .. } | Self::TimedOutWaiting { .. } | Self::ConnectTimedOut { .. } => "HYT00",
            Self::TableNotFound { .. } | Self::AliasNotFound { .. } => "42S02",
            Self::CatalogNotFound { .. } => "3D000",
            Self::ColumnNotFound { .. } | Self::QuotedText { .. } => "42S22",
            Self::Syntax { .. }
            | Self::AmbiguousColumn { .. }
            | Self::Misplaced { .. }
            | Self::NotGrouped { .. }
            | Self::Arguments { .. }
            | Self::FunctionNotFound { .. }
            | Self::MissingArgument { .. }
            | Self::Invalid { .. } => "42000",
            Self::NotSupported { .. } | Self::UseInstead { .. } | Self::TakesRowsOnly { .. } => "HYC00",
            Self::ParameterCount { .. } => "07002",
            Self::InvalidValue { .. } => "22018",
            Self::InvalidDateTime { .. } => "22007",
            Self::DivisionByZero => "22012",
            Self::OutOfRange { .. } => "22003",
            Self::OutOfMemory { .. } => "HY001",
            Self::ReadOnly { .. } => "42000",
            Self::WriteRefused { problems, .. } => problems.first().map_or("HY000", |problem| problem.sqlstate),
            Self::ValueCount { .. } => "21S01",
            Self::WriteIncomplete(incomplete) if incomplete.commit && incomplete.unknown => "25S01",
            Self::WriteIncomplete(incomplete) if incomplete.commit => "HY000",
            Self::WriteIncomplete(incomplete) => incomplete.cause.sqlstate(),
            Self::OtherSetRefused | Self::ReturningFailed { .. } | Self::RowGone { .. } => "HY000",
            Self::TransactionFailed => "25000",
            Self::TooManyCalls { .. } | Self::TooDear { .. } | Self::Environment { .. } | Self::Internal { .. } => {
                "HY000"
            }
        }
    }

    /// The native error: an HTTP status, or 0.
    pub fn native(&self) -> i32 {
        match self {
            Self::Client(error) => error.native(),
            Self::WriteIncomplete(incomplete) => incomplete.cause.native(),
            _ => 0,
        }
    }

    /// The same error, with the place that caused it where one is known and it has none yet.
    #[must_use]
    pub fn at(self, place: Option<Place>) -> Self {
        match (place, self) {
            (Some(place), error) if !matches!(error, Self::Located { .. } | Self::Client(_) | Self::Syntax { .. }) => {
                Self::Located { place, error: Box::new(error) }
            }
            (_, error) => error,
        }
    }

    /// The same error at this place, whichever it had.
    #[must_use]
    pub fn moved_to(self, place: Place) -> Self {
        match self {
            Self::Located { error, .. } => Self::Located { place, error },
            error => error.at(Some(place)),
        }
    }

    /// Whether it is about the one row that was written, so that others can be all the same.
    pub fn concerns_row(&self) -> bool {
        match self {
            Self::Client(error) => matches!(error, exact_client::Error::Rejected { .. }),
            Self::WriteRefused { .. }
            | Self::RowGone { .. }
            | Self::InvalidValue { .. }
            | Self::InvalidDateTime { .. }
            | Self::OutOfRange { .. } => true,
            _ => false,
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
            Self::Located { place, error } => write!(f, "{error} (Line: {}, Column: {})", place.line, place.column),
            Self::Cancelled => f.write_str("The operation was cancelled."),
            Self::TimedOut { limit } => write!(
                f,
                "The query was ended after {} seconds, the time-out that the application has set. Raise the query \
                 time-out, or read fewer rows.",
                limit.as_secs_f32()
            ),
            Self::TimedOutWaiting { limit, until_ms } => write!(
                f,
                "The query was ended after {} seconds, the time-out that the application has set: the calls that Exact \
                 Online allows in this minute are spent or shared with other programs, and the next one may be sent at {}. \
                 Raise the query time-out, or make fewer calls: EXPLAIN tells what a query takes, sys.sys_budget what is left.",
                limit.as_secs_f32(),
                moment(*until_ms)
            ),
            Self::ConnectTimedOut { limit, signs_in } => write!(
                f,
                "The connection was not made within {} seconds, the login time-out that the application has set. {}",
                limit.as_secs_f32(),
                if *signs_in {
                    "If a browser asks you to sign in, finish there, then connect again."
                } else {
                    "Raise the login time-out, or check the network and the proxy settings."
                }
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
            Self::QuotedText { name } => write!(
                f,
                "There is no column {name} in the tables of this query. Text stands in single quotes, as in '{name}'."
            ),
            Self::CatalogNotFound { name } => write!(
                f,
                "There is no catalog {name}. A catalog is the code of a division in quotes, as in \"5512\".crm.Accounts, \
                 or \"ALL\" for all of the connection's divisions."
            ),
            Self::AmbiguousColumn { name } => write!(
                f,
                "The column {name} stands in more than one table of this query. Put the table's name or alias before \
                 it, as in t.{name}."
            ),
            Self::MissingArgument { table, argument } => {
                write!(f, "{table} needs a value for {argument}. Add a condition such as WHERE {argument} = '...'.")
            }
            Self::NotSupported { what } => write!(f, "{what} is not supported by this driver."),
            Self::TakesRowsOnly { table } => write!(
                f,
                "{table} is an action of Exact Online: it takes rows, by INSERT or {{call}}, and has none to read."
            ),
            Self::UseInstead { what, instead } => write!(f, "{what} is not supported by this driver: use {instead}."),
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
            Self::TooManyCalls { estimate, at_least, limit } => {
                let about = if *at_least { "at least" } else { "up to" };
                write!(
                    f,
                    "The query would take {about} {estimate} calls, MaxApiCalls allows {limit}; none was made. Restrict its \
                     rows or divisions, name fewer tables, or raise MaxApiCalls. EXPLAIN before the query tells its calls."
                )
            }
            Self::TooDear { statement, calls, limit } => {
                write!(f, "{statement} was not sent: it takes {calls} calls, {limit}")
            }
            Self::ReadOnly { statement } => write!(
                f,
                "{statement} was refused: this connection only reads. Set the property Readonly to false in the data \
                 source or the connection string to allow writes."
            ),
            Self::WriteRefused { statement, problems } => {
                let told: Vec<_> = problems.iter().map(|problem| problem.text.as_str()).collect();
                write!(f, "{statement} was not sent: {}.", told.join("; "))
            }
            Self::WriteIncomplete(incomplete) => incomplete.fmt(f),
            Self::ReturningFailed { statement, keys, cause } => {
                write!(f, "{statement}: the rows are written and must not be sent again")?;
                if !keys.is_empty() {
                    write!(f, " (keys: {})", Told(keys))?;
                }
                write!(f, ", but RETURNING failed: {cause}")
            }
            Self::RowGone { table, key } => write!(
                f,
                "The row {key} of {table} no longer exists; somebody has removed it since it was looked up. Nothing was \
                 changed."
            ),
            Self::OtherSetRefused => f.write_str("Not sent, because another row of the same statement cannot be."),
            Self::TransactionFailed => f.write_str(
                "The last commit ended half-way. Roll the transaction back before going on; what was written stays \
                 written.",
            ),
            Self::FunctionNotFound { name, nearest } => {
                write!(f, "There is no function {name}.")?;
                suggest(f, nearest)
            }
            Self::AliasNotFound { name, nearest } => {
                write!(f, "There is no table or alias {name} in this query.")?;
                suggest(f, nearest)
            }
            Self::NotGrouped { name } => write!(
                f,
                "{name} stands beside an aggregate without being grouped. Add it to GROUP BY, or take MIN({name}) or \
                 MAX({name})."
            ),
            Self::Arguments { function, message } => write!(f, "The function {function} {message}."),
            Self::InvalidValue { message }
            | Self::InvalidDateTime { message }
            | Self::OutOfRange { message }
            | Self::Invalid { message }
            | Self::Misplaced { message, .. }
            | Self::ValueCount { message }
            | Self::Environment { message }
            | Self::Internal { message } => f.write_str(message),
        }
    }
}

/// Changes that are named in a message; of more the number must do.
const TOLD_SINGLY: usize = 10;

/// `a, b and 3 more`.
struct Told<'a>(&'a [String]);

impl std::fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let named: Vec<_> = self.0.iter().take(TOLD_SINGLY).map(String::as_str).collect();
        f.write_str(&named.join(", "))?;
        match self.0.len().saturating_sub(TOLD_SINGLY) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl std::fmt::Display for CallLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Property { most, made } => {
                write!(f, "and MaxApiCalls allows {most}")?;
                if *made > 0 {
                    write!(f, ", {made} of which have found the rows")?;
                }
                f.write_str(". Raise MaxApiCalls, or change fewer rows at a time.")
            }
            Self::Day { division, left, reserve, until_ms } => {
                let until = moment(*until_ms);
                write!(f, "and division {division} has {left} left until {until}")?;
                if *reserve > 0 {
                    write!(f, ", of which BudgetReserve keeps {reserve}")?;
                }
                f.write_str(". Change fewer rows at a time, or wait until then; sys.sys_budget tells what is left.")
            }
        }
    }
}

impl std::fmt::Display for Incomplete {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Incomplete { statement, written, failed, unknown, unsent, cause, .. } = self;
        let all = written.len() + 1 + unsent.len();
        write!(f, "{statement} ended after {} of {all} changes. ", written.len())?;
        write!(f, "{}: {failed}: {cause}", if *unknown { "Not known to be written" } else { "Not written" })?;
        if !written.is_empty() {
            write!(f, " Written: {}.", Told(written))?;
        }
        if !unsent.is_empty() {
            write!(f, " Not sent: {}.", Told(unsent))?;
        }
        Ok(())
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
