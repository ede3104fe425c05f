//! One entity, its columns, and the ways to reach its rows.

use arrow::datatypes::DataType;

use super::types::{EdmType, SqlType, TextClass, sql_type};
use crate::settings::Settings;

/// What an entity is to an SQL user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntityKind {
    Table,
    /// Takes arguments, which are columns of the table (fact sheet 1.9).
    Function,
    /// Takes POST only (fact sheet 6.8): no rows, hidden from the list of tables.
    Action,
    /// The driver's own: its rows are about the driver, and no endpoint has them.
    System,
}

/// The verbs that an entity takes (fact sheet 6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Methods {
    pub get: bool,
    pub post: bool,
    pub put: bool,
    pub delete: bool,
}

/// Where the values of a column come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The service sends it.
    Service,
    /// The driver fills it: the division a row was read from.
    Driver,
    /// An argument of a function, repeated in every row.
    Parameter,
}

/// Columns of type Byte that hold a number, a day or a kind. All others hold yes or no, by their names and descriptions in
/// the reference.
const BYTES_THAT_COUNT: &[&str] = &[
    "AddressSource",
    "BudgetOverrunHours",
    "Calculate",
    "CalculationBasis",
    "ConsolidationScenario",
    "CostPaid",
    "DeliveryAdvice",
    "InvoiceDay",
    "MonthPatternDay",
    "MonthPatternOrdinalDay",
    "MonthPatternOrdinalWeek",
    "PatternFrequency",
    "ProjectPlanningRecurringType",
    "ProlongationType",
    "Source",
    "Status",
    "VatMargin",
    "WeekPatternDay",
];

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The documented spelling.
    pub name: &'static str,
    pub edm: EdmType,
    /// With default settings; [`Column::sql_type`] is the one of a connection.
    pub sql_type: SqlType,
    pub class: TextClass,
    pub key: bool,
    /// Comes padded with blanks at the left to `max_length` (fact sheet 6.5).
    pub padded_left: bool,
    /// Carries the code of an account, so that blanks at the left mean nothing, whether they come along or not.
    pub trimmed_left: bool,
    /// Kept in a fixed-width column, so that blanks at the right mean nothing (fact sheet 6.5).
    pub trimmed_right: bool,
    pub mandatory_on_post: bool,
    /// The reference's text says so, though its table does not: a hint.
    pub perhaps_mandatory: bool,
    pub post: bool,
    pub put: bool,
    /// In characters, where known.
    pub max_length: Option<u32>,
    pub hidden: bool,
    pub obsolete: bool,
    pub origin: Origin,
    /// The entity's parameter that a condition on this column sets.
    pub parameter: Option<usize>,
}

impl Column {
    /// The SQL type under these settings.
    pub fn sql_type(&self, settings: &Settings) -> SqlType {
        sql_type(self.edm, self.class, self.max_length, settings.default_string_size)
    }

    /// Whether yes and no are all that it knows. The service keeps many such values in a Byte.
    pub fn is_yes_no(&self) -> bool {
        match self.edm {
            EdmType::Boolean => true,
            EdmType::Byte => !BYTES_THAT_COUNT.contains(&self.name),
            _ => false,
        }
    }

    /// The Arrow type of the column in a batch.
    pub fn arrow_type(&self) -> DataType {
        self.edm.arrow_type()
    }
}

/// An argument of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: &'static str,
    pub edm: EdmType,
    pub required: bool,
    /// The column that stands for it.
    pub column: usize,
}

/// An argument of `{call ...}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    pub name: &'static str,
    /// The column that it stands for; none where it is a list of rows, as JSON.
    pub column: Option<usize>,
    pub required: bool,
}

/// A property that is not a column: lines of a document, or a nested object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Navigation {
    pub name: &'static str,
    /// Many rows, or one nested object.
    pub collection: bool,
    /// `schema.Name` of the entity of the rows, where it has an endpoint of its own.
    pub target: Option<&'static str>,
    /// This entity's column and the target's column which carries the same value, where known.
    pub join: Option<(&'static str, &'static str)>,
    pub mandatory_on_post: bool,
    pub post: bool,
}

/// The kinds of endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessKind {
    Regular,
    Bulk,
    Sync,
    Function,
}

/// What `$filter` takes on a path. Columns are indices into [`Entity::columns`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterRule {
    /// Every column of the service.
    Any,
    Only(Vec<usize>),
    /// `Timestamp gt nL` and nothing else (fact sheet 5.1); the index of that column.
    Timestamp(usize),
    /// Nothing is known to be accepted.
    None,
}

/// What `$select` must be on a path (fact sheet 3.1). The reader names its columns always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectRule {
    Free,
    Required,
    NoStar,
}

/// One endpoint that delivers rows of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessPath {
    pub kind: AccessKind,
    /// Path template below the base URL, in the documented spelling; `{division}` stands for the division's code.
    pub uri: &'static str,
    /// Rows of a page at most, where known.
    pub page_size: Option<u32>,
    pub filter: FilterRule,
    /// Once the vendor demands filters of a client id, one of these columns must be in `$filter`.
    pub mandatory_any_of: Vec<usize>,
    pub select_rule: SelectRule,
    /// Per column of the entity: whether this path delivers it.
    pub columns: Vec<bool>,
    pub orderable: bool,
    pub countable: bool,
}

/// One logical table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Its place in [`super::Model::entities`].
    pub index: usize,
    pub schema: &'static str,
    pub name: &'static str,
    pub kind: EntityKind,
    pub columns: Vec<Column>,
    pub navigations: Vec<Navigation>,
    pub parameters: Vec<Parameter>,
    pub paths: Vec<AccessPath>,
    /// Indices of the documented key's columns.
    pub keys: Vec<usize>,
    /// The column that identifies a row of a sync entity, whose documented key is `Timestamp` (fact sheet 5.2).
    pub row_id: Option<usize>,
    /// The one that an unqualified name means.
    pub preferred: bool,
    pub methods: Methods,
    /// Its URI names a division.
    pub in_division: bool,
    /// The application scope it needs; empty if unknown or none.
    pub scope: &'static str,
    /// In older references only, perhaps retired.
    pub historic: bool,
    /// Columns are known only once the service's metadata has been read.
    pub columns_unknown: bool,
    /// The same of the parameters of a function.
    pub parameters_unknown: bool,
    /// `schema.Name` of the regular entities whose data this sync or bulk entity carries.
    pub regular_twins: Vec<&'static str>,
    /// `EntityType` of this sync entity's rows in `sync.Deleted` (fact sheet 5.5).
    pub deleted_entity_type: Option<i32>,
}

impl Entity {
    /// The column of that name, compared without case, and its index.
    pub fn column(&self, name: &str) -> Option<(usize, &Column)> {
        self.columns.iter().enumerate().find(|(_, column)| column.name.eq_ignore_ascii_case(name))
    }

    /// The column whose name resembles `name` most, if any does.
    pub fn nearest_column(&self, name: &str) -> Option<&'static str> {
        let wanted = name.to_ascii_lowercase();
        self.columns
            .iter()
            .map(|column| (strsim::jaro_winkler(&wanted, &column.name.to_ascii_lowercase()), column.name))
            .filter(|(likeness, _)| *likeness > 0.8)
            .max_by(|(a, _), (b, _)| a.total_cmp(b))
            .map(|(_, name)| name)
    }

    /// The path of this kind.
    pub fn path(&self, kind: AccessKind) -> Option<&AccessPath> {
        self.paths.iter().find(|path| path.kind == kind)
    }

    pub fn regular(&self) -> Option<&AccessPath> {
        self.path(AccessKind::Regular)
    }

    pub fn bulk(&self) -> Option<&AccessPath> {
        self.path(AccessKind::Bulk)
    }

    pub fn sync(&self) -> Option<&AccessPath> {
        self.path(AccessKind::Sync)
    }

    /// The path over which rows are read when nothing speaks for another: the first one.
    pub fn default_path(&self) -> Option<&AccessPath> {
        self.paths.first()
    }

    /// What a call of it takes, in order: a function's parameters; of an action the columns that it takes, then its lists.
    pub fn arguments(&self) -> Vec<Argument> {
        if self.kind != EntityKind::Action {
            let argument =
                |one: &Parameter| Argument { name: one.name, column: Some(one.column), required: one.required };
            return self.parameters.iter().map(argument).collect();
        }
        let columns = self.columns.iter().enumerate().filter(|(_, column)| column.post);
        let columns = columns.map(|(index, column)| Argument {
            name: column.name,
            column: Some(index),
            required: column.mandatory_on_post || column.key,
        });
        let lists = self.navigations.iter().filter(|list| list.post && list.collection);
        let lists = lists.map(|list| Argument { name: list.name, column: None, required: list.mandatory_on_post });
        columns.chain(lists).collect()
    }

    /// Whether catalog functions list it without further settings: readable, current, and its shape known.
    pub fn is_listed(&self) -> bool {
        self.methods.get && !self.historic && !self.columns_unknown && !self.parameters_unknown
    }
}
