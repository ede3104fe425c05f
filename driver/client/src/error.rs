//! What can go wrong, told so that the user can act on it, with the SQLSTATE of the ODBC specification.
//!
//! Every message is complete in itself: what happened, to what, and what can be done about it.

/// Which of the three reasons behind a refusal (HTTP 403) the answer tells of (fact sheet 2.11, 2.12, 5.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeniedBecause {
    /// The app registration lacks a scope, or it was not consented to.
    Scope,
    /// The division is not open to the user or to the app.
    Division,
    /// The module is not in the company's subscription.
    Subscription,
    /// The user has no right, or the answer does not tell which it is.
    Right,
}

/// One situation of the driver's error table each.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "cannot reach {target}: {reason}. Check the network, the proxy settings and the property Region or BaseUrl"
    )]
    CannotConnect { target: String, reason: String },
    #[error("the connection to Exact Online was lost while reading {target}: {reason}. Run the query again")]
    ConnectionLost { target: String, reason: String },
    #[error(
        "Exact Online did not answer within {seconds} s for {target}. Raise the property Timeout, or ask for fewer columns or rows"
    )]
    TimedOut { target: String, seconds: u64 },
    #[error("the operation was cancelled")]
    Cancelled,
    #[error("{reason}")]
    NotSignedIn { reason: String },
    #[error("{text}")]
    Denied { because: DeniedBecause, status: u16, text: String },
    #[error("{text}")]
    Refused { status: u16, text: String },
    #[error("{text}")]
    NotFound { status: u16, text: String },
    #[error("{text}")]
    ServiceFailed { status: u16, text: String },
    #[error(
        "Exact Online sent {what} where JSON rows were expected, for {target} (HTTP status {status}). The read was stopped so that no row is missed; run the query again"
    )]
    UnexpectedAnswer { what: String, target: String, status: u16 },
    /// A change that breaks a rule of the service.
    #[error("{text}")]
    Rejected {
        sqlstate: &'static str,
        status: u16,
        text: String,
        /// Whether the words are those of a broken rule. Else the service may have failed at the end of its work.
        certain: bool,
    },
    #[error(
        "whether the change of {target} was made is not known: {reason}. Look at its rows before you repeat the statement"
    )]
    OutcomeUnknown { target: String, reason: String, sqlstate: &'static str },
    #[error("{text}")]
    BudgetSpent { status: u16, text: String },
    #[error(
        "the query has made {most} calls, as many as MaxApiCalls allows, and is not at its end. Raise MaxApiCalls, or read fewer rows or columns; EXPLAIN tells what a query takes"
    )]
    CallsSpent { most: u64 },
    #[error("column {column} of {table}: the service sent {value}, which does not fit {type_name}")]
    OutOfRange { table: String, column: String, value: String, type_name: &'static str },
    #[error("column {column} of {table}: the service sent {value}, which cannot be read as {type_name}")]
    InvalidValue { table: String, column: String, value: String, type_name: &'static str },
    #[error("property {property}: {reason}")]
    InvalidProperty { property: String, reason: String, sqlstate: &'static str },
    #[error("{reason}")]
    InvalidConnectionString { reason: String },
    #[error("sign-in store {path}: {reason}")]
    Store { path: String, reason: String },
    #[error(
        "the journal of writes {path} cannot be used: {reason}. A change that cannot be written down is not sent, so nothing was sent. Free the file or the disk, name another file by the property Journal, or do without: Journal=off"
    )]
    Journal { path: String, reason: String },
    #[error("not supported: {what}")]
    NotCapable { what: String },
    #[error("internal error: {what}")]
    Internal { what: String },
}

impl Error {
    /// The SQLSTATE of this situation (ODBC specification, appendix A).
    pub fn sqlstate(&self) -> &'static str {
        match self {
            Self::CannotConnect { .. } => "08001",
            Self::ConnectionLost { .. } => "08S01",
            Self::TimedOut { .. } => "HYT00",
            Self::Cancelled => "HY008",
            Self::NotSignedIn { .. } => "28000",
            Self::Denied { .. } => "42000",
            Self::NotFound { .. } => "42S02",
            Self::OutOfRange { .. } => "22003",
            Self::InvalidValue { .. } => "22018",
            Self::InvalidProperty { sqlstate, .. }
            | Self::Rejected { sqlstate, .. }
            | Self::OutcomeUnknown { sqlstate, .. } => sqlstate,
            Self::NotCapable { .. } => "HYC00",
            Self::UnexpectedAnswer { .. } => "08S01",
            Self::Refused { .. }
            | Self::ServiceFailed { .. }
            | Self::BudgetSpent { .. }
            | Self::CallsSpent { .. }
            | Self::InvalidConnectionString { .. }
            | Self::Store { .. }
            | Self::Journal { .. }
            | Self::Internal { .. } => "HY000",
        }
    }

    /// The native error: the HTTP status that the service answered, else 0.
    pub fn native(&self) -> i32 {
        match self {
            Self::Denied { status, .. }
            | Self::Refused { status, .. }
            | Self::NotFound { status, .. }
            | Self::ServiceFailed { status, .. }
            | Self::Rejected { status, .. }
            | Self::UnexpectedAnswer { status, .. }
            | Self::BudgetSpent { status, .. } => i32::from(*status),
            _ => 0,
        }
    }

    /// Whether it may be the fault of the division that was read, so that others can be read all the same: not of the query, the
    /// sign-in, the app registration or the network.
    pub fn concerns_division(&self) -> bool {
        match self {
            Self::Denied { because, .. } => *because != DeniedBecause::Scope,
            Self::NotFound { .. }
            | Self::ServiceFailed { .. }
            | Self::TimedOut { .. }
            | Self::UnexpectedAnswer { .. }
            | Self::BudgetSpent { .. } => true,
            _ => false,
        }
    }

    /// Whether the message carries text of the service and so gets the `[Service]` prefix.
    pub fn is_from_service(&self) -> bool {
        matches!(
            self,
            Self::Denied { .. }
                | Self::Refused { .. }
                | Self::NotFound { .. }
                | Self::ServiceFailed { .. }
                | Self::Rejected { .. }
        )
    }
}

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// A warning for the application: the call succeeded, and there is something to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub sqlstate: &'static str,
    pub message: String,
}
