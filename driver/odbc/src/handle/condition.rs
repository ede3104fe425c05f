//! The conditions that this driver itself reports: SQLSTATE and text bound together, once.

use std::ops::{Deref, DerefMut};

use exact_engine::Error;

use crate::spec::function::Function;

macro_rules! prefix {
    () => {
        "[Exact Online][ODBC Driver] "
    };
}

/// What every message begins with: who speaks.
pub const PREFIX: &str = prefix!();

/// A SQLSTATE and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    pub state: &'static str,
    /// With [`PREFIX`], so that a warning that is given for every piece of a long text needs no memory of its own.
    pub message: &'static str,
}

/// Why a call failed: a condition or an error of the engine, ready for a diagnostic record. Behind a pointer, so that
/// what does not fail is cheap to hand on.
#[derive(Clone, Debug)]
pub struct Failure(Box<Details>);

/// What a [`Failure`] tells.
#[derive(Clone, Debug)]
pub struct Details {
    pub state: &'static str,
    pub native: i32,
    pub message: String,
    /// The text came from Exact Online itself.
    pub from_service: bool,
    /// The parameter or column it concerns, from 1.
    pub column: Option<i32>,
    /// The set of parameters it concerns, from 1, where there are several.
    pub row: Option<usize>,
}

impl Condition {
    /// What it means, without who says it.
    #[must_use]
    pub fn text(self) -> &'static str {
        self.message.trim_start_matches(PREFIX)
    }

    /// The condition with what it happened to, and what the user can do.
    #[must_use]
    pub fn because(self, detail: impl std::fmt::Display) -> Failure {
        let mut failure = Failure::from(self);
        failure.message = format!("{}: {detail}", self.text());
        failure
    }
}

impl Failure {
    #[must_use]
    pub fn at_column(mut self, column: usize) -> Failure {
        self.column = i32::try_from(column).ok();
        self
    }

    /// The same under another state.
    #[must_use]
    pub fn under(mut self, state: &'static str) -> Failure {
        self.state = state;
        self
    }
}

impl Deref for Failure {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Failure {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl From<Condition> for Failure {
    #[cold]
    fn from(condition: Condition) -> Self {
        Failure(Box::new(Details {
            state: condition.state,
            native: 0,
            message: condition.text().to_owned(),
            from_service: false,
            column: None,
            row: None,
        }))
    }
}

impl From<Error> for Failure {
    #[cold]
    fn from(error: Error) -> Self {
        Failure(Box::new(Details {
            state: error.sqlstate(),
            native: error.native(),
            message: error.to_string(),
            from_service: error.is_from_service(),
            column: None,
            row: None,
        }))
    }
}

macro_rules! conditions {
    ($($(#[$doc:meta])* $name:ident = $state:literal $text:literal;)*) => {
        $( $(#[$doc])* pub const $name: Condition = Condition { state: $state, message: concat!(prefix!(), $text) }; )*
        #[cfg(test)]
        const ALL: &[Condition] = &[$($name),*];
    };
}

conditions! {
    TRUNCATED = "01004" "Text or binary data was cut because the buffer is too small";
    OPTION_CHANGED = "01S02" "The option value was changed to one that the driver supports";
    BEFORE_FIRST_ROWSET = "01S06" "Attempt to fetch before the result set returned the first rowset";
    FRACTION_CUT = "01S07" "Fractional digits were cut";
    COUNT_WRONG = "07002" "Not every parameter marker is bound";
    NOT_A_CURSOR = "07005" "The prepared statement does not return rows";
    RESTRICTED_TYPE = "07006" "The data cannot be converted to the type that was asked for";
    INVALID_INDEX = "07009" "Invalid descriptor index";
    INVALID_DEFAULT = "07S01" "A parameter cannot have the default value";
    CONNECTION_IN_USE = "08002" "The connection handle is connected already";
    NOT_CONNECTED = "08003" "The connection is not open";
    DATA_CUT = "22001" "The value would lose a part that the parameter's type cannot hold";
    INDICATOR_REQUIRED = "22002" "A NULL value needs an indicator variable, but none was given";
    OUT_OF_RANGE = "22003" "The number is out of range for the type that was asked for";
    INVALID_DATETIME = "22007" "The value is not a valid date, time or timestamp";
    DATETIME_OVERFLOW = "22008" "The date or time loses a part that it must not lose";
    INTERVAL_OVERFLOW = "22015" "The interval field is too small for the value";
    INVALID_CAST = "22018" "The text does not have the form of the type that was asked for";
    INVALID_CURSOR_STATE = "24000" "Invalid cursor state";
    INVALID_CURSOR_NAME = "34000" "Invalid cursor name";
    CURSOR_NAME_IN_USE = "3C000" "The cursor name is used by another statement of this connection";
    GENERAL_ERROR = "HY000" "General error";
    INVALID_C_TYPE = "HY003" "Invalid application buffer type";
    INVALID_SQL_TYPE = "HY004" "Invalid SQL data type";
    NOT_PREPARED = "HY007" "The statement is not prepared";
    INVALID_NULL_POINTER = "HY009" "Invalid use of a null pointer";
    FUNCTION_SEQUENCE = "HY010" "Function sequence error";
    CANNOT_SET_NOW = "HY011" "The attribute cannot be set now";
    INVALID_TRANSACTION_STATE = "25000" "Changes wait for a commit; commit them or roll them back first";
    INVALID_TRANSACTION_CODE = "HY012" "Invalid transaction operation code";
    IRD_IS_READ_ONLY = "HY016" "An implementation row descriptor cannot be changed";
    AUTOMATIC_DESCRIPTOR = "HY017" "Invalid use of an automatically allocated descriptor handle";
    PIECES_NOT_ALLOWED = "HY019" "Only character and binary data can be sent in pieces";
    NULL_IN_PIECES = "HY020" "A NULL value cannot be sent in pieces";
    INCONSISTENT_DESCRIPTOR = "HY021" "Inconsistent descriptor information";
    INVALID_ATTRIBUTE_VALUE = "HY024" "Invalid attribute value";
    INVALID_LENGTH = "HY090" "Invalid string or buffer length";
    INVALID_FIELD = "HY091" "Invalid descriptor field identifier";
    INVALID_ATTRIBUTE_ID = "HY092" "Invalid attribute or option identifier";
    INVALID_FUNCTION_ID = "HY095" "Function type out of range";
    INVALID_INFO_TYPE = "HY096" "Information type out of range";
    INVALID_COLUMN_TYPE = "HY097" "Column type out of range";
    INVALID_SCOPE = "HY098" "Scope type out of range";
    INVALID_NULLABLE = "HY099" "Nullable type out of range";
    INVALID_UNIQUENESS = "HY100" "Uniqueness option type out of range";
    INVALID_ACCURACY = "HY101" "Accuracy option type out of range";
    INVALID_ORIENTATION = "HY106" "Fetch type out of range";
    INVALID_ROW = "HY107" "Row value out of range";
    INVALID_POSITION = "HY109" "Invalid cursor position";
    INVALID_COMPLETION = "HY110" "Invalid driver completion";
    INVALID_PARAMETER_TYPE = "HY105" "Invalid parameter type";
    INVALID_PRECISION = "HY104" "Invalid precision or scale value";
    INVALID_BOOKMARK = "HY111" "Invalid bookmark value";
    NOT_IMPLEMENTED = "HYC00" "Optional feature is not implemented";
}

/// The SQLSTATE that an ODBC 2 application expects for one of ODBC 3 (ODBC appendix A), from the function that failed:
/// a wrong number of a parameter and one of a column, which ODBC 3 joined, had states of their own.
#[must_use]
pub fn odbc2_state(state: &str, failed: Option<Function>) -> &str {
    match state {
        "01S07" => "01004",
        "07005" => "24000",
        "07009" if failed.is_some_and(of_parameter) => "S1093",
        "07009" => "S1002",
        "22007" => "22008",
        "22018" => "22005",
        "42000" => "37000",
        "42S01" => "S0001",
        "42S02" => "S0002",
        "42S11" => "S0011",
        "42S12" => "S0012",
        "42S21" => "S0021",
        "42S22" => "S0022",
        "HY000" => "S1000",
        "HY001" => "S1001",
        "HY003" => "S1003",
        "HY004" => "S1004",
        "HY008" => "S1008",
        "HY009" | "HY024" => "S1009",
        "HY007" | "HY010" => "S1010",
        "HY011" => "S1011",
        "HY012" => "S1012",
        "HY019" => "22003",
        "HY090" => "S1090",
        "HY091" => "S1091",
        "HY092" => "S1092",
        "HY095" => "S1095",
        "HY096" => "S1096",
        "HY097" => "S1097",
        "HY098" => "S1098",
        "HY099" => "S1099",
        "HY100" => "S1100",
        "HY101" => "S1101",
        "HY104" => "S1104",
        "HY105" => "S1105",
        "HY106" => "S1106",
        "HY107" => "S1107",
        "HY109" => "S1109",
        "HY110" => "S1110",
        "HY111" => "S1111",
        "HYC00" => "S1C00",
        "HYT00" => "S1T00",
        other => other,
    }
}

/// Whether a number that the function takes is that of a parameter.
fn of_parameter(function: Function) -> bool {
    matches!(function, Function::BindParameter | Function::DescribeParam | Function::ParamData | Function::PutData)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_has_a_state_of_five_and_a_text_of_its_own() {
        let mut texts = std::collections::HashSet::new();
        for condition in ALL {
            assert_eq!(condition.state.len(), 5, "{condition:?}");
            assert!(texts.insert(condition.text()), "{condition:?}");
        }
    }
}
