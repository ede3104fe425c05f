//! Prepare → describe → execute.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::common::{DFSchema, ParamValues};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::{SendableRecordBatchStream, displayable, execute_stream};
use datafusion::sql::parser::Statement as Planned;
use datafusion::sql::sqlparser::ast::Statement as Syntax;
use exact_client::model::SqlType;
use exact_client::{Gate, Notice};

use crate::cancel::{CancelToken, Limits};
use crate::connection::Shared;
use crate::dialect::{self, Labels, Parsed};
use crate::error::{self, Error, Place, Result};
use crate::interrupt::interruptible;
use crate::parameters;
use crate::rows::Rows;
use crate::types;
use crate::value::Value;

/// A planned statement, which may be executed many times.
pub struct Statement {
    shared: Arc<Shared>,
    plan: LogicalPlan,
    columns: Vec<ColumnDescription>,
    schema: SchemaRef,
    parameters: Vec<FieldRef>,
    described: Vec<ParameterDescription>,
}

/// A column of a result, as SQLDescribeCol and SQLColAttribute show it.
#[derive(Clone, Debug)]
pub struct ColumnDescription {
    pub label: String,
    /// The base column, or empty for one that is computed. The same of table, schema and catalog.
    pub name: String,
    pub table: String,
    pub schema: String,
    pub catalog: String,
    pub sql_type: SqlType,
    pub nullable: bool,
    pub updatable: bool,
    pub case_sensitive: bool,
}

/// The type that a `?` marker takes from what surrounds it.
#[derive(Clone, Debug)]
pub struct ParameterDescription {
    pub sql_type: SqlType,
    pub nullable: bool,
}

/// What an execution gave.
pub struct Execution {
    pub result: Option<Rows>,
    /// Rows that a write changed.
    pub row_count: Option<i64>,
    pub notices: Vec<Notice>,
}

impl Statement {
    pub(crate) fn prepare(shared: Arc<Shared>, parsed: Parsed) -> Result<Statement> {
        let labels = parsed.labels;
        let plan = plan(&shared, parsed.syntax).map_err(|error| told(error, &labels, &shared))?;
        let parameters = parameters::fields(&plan, parsed.parameters)?;
        let plan = parameters::typed(plan, &parameters)?;
        let coerced = coerced(&shared, &plan).map_err(|error| told(error, &labels, &shared))?;
        let columns = describe_columns(&shared, coerced.schema(), &labels);
        let schema = delivered_schema(coerced.schema(), &columns);
        let described = parameters
            .iter()
            .map(|field| ParameterDescription {
                sql_type: types::sql_type(field, &shared.source.settings),
                nullable: true,
            })
            .collect();
        Ok(Statement { shared, plan, columns, schema, parameters, described })
    }

    /// The result's columns; none where the statement gives no result.
    pub fn columns(&self) -> &[ColumnDescription] {
        &self.columns
    }

    pub fn parameters(&self) -> &[ParameterDescription] {
        &self.described
    }

    /// Runs the statement and waits for its first page. `max_rows` 0 means all.
    pub fn execute(&self, parameters: &[Value], limits: &Limits, max_rows: u64) -> Result<Execution> {
        let plan = self.bound(parameters)?;
        let plan = limited(plan, max_rows)?;
        let mut state = self.shared.state.clone();
        state.mark_start_execution();
        let gate = Arc::new(Gate::default());
        state.config_mut().set_extension(Arc::clone(&gate));
        let engine = &self.shared.engine;
        let stop = CancelToken::new();
        let stream = engine.block_on(limits, async { Ok(start(&state, plan, &stop).await?) })?;
        let rows = Rows::start(Arc::clone(engine), Arc::clone(&self.schema), stream, stop, gate, limits, max_rows)?;
        Ok(Execution { result: Some(rows), row_count: None, notices: Vec::new() })
    }

    fn bound(&self, values: &[Value]) -> Result<LogicalPlan> {
        if values.len() != self.parameters.len() {
            return Err(Error::ParameterCount { expected: self.parameters.len(), given: values.len() });
        }
        if values.is_empty() {
            return Ok(self.plan.clone());
        }
        let fitted = values
            .iter()
            .zip(&self.parameters)
            .zip(1..)
            .map(|((value, field), number)| Ok(value.fitted(field, number)?.into()))
            .collect::<Result<Vec<_>>>()?;
        let plan = self.plan.clone();
        Ok(plan.replace_params_with_values(&ParamValues::List(fitted))?)
    }
}

async fn start(
    state: &SessionState,
    plan: LogicalPlan,
    stop: &CancelToken,
) -> datafusion::error::Result<SendableRecordBatchStream> {
    let physical = state.create_physical_plan(&plan).await?;
    tracing::debug!(target: "exact::plan", "\n{}", displayable(physical.as_ref()).indent(false));
    execute_stream(interruptible(physical, stop)?, state.task_ctx())
}

/// A plan of a query. Planning asks the model only, so it never waits.
fn plan(shared: &Shared, syntax: Syntax) -> Result<LogicalPlan> {
    if !matches!(syntax, Syntax::Query(_)) {
        return Err(Error::NotSupported { what: format!("The statement {}", keyword(&syntax)) });
    }
    let statement = Planned::Statement(Box::new(syntax));
    let plan =
        shared.engine.block_on(&Limits::default(), async { Ok(shared.state.statement_to_plan(statement).await?) })?;
    match plan {
        LogicalPlan::Ddl(_) | LogicalPlan::Dml(_) | LogicalPlan::Copy(_) => {
            Err(Error::NotSupported { what: "Creating or changing tables".into() })
        }
        query => Ok(query),
    }
}

/// Finds what does not fit in types, which execution would find otherwise.
/// Its columns have the types of the rows: `CASE … THEN 0 ELSE AmountDC END` is a whole number only until then.
fn coerced(shared: &Shared, plan: &LogicalPlan) -> Result<LogicalPlan> {
    let state = &shared.state;
    Ok(state.analyzer().execute_and_check(plan.clone(), state.config_options(), |_, _| {})?)
}

fn keyword(syntax: &Syntax) -> String {
    let text = syntax.to_string();
    text.split_whitespace().next().unwrap_or_default().to_uppercase()
}

fn limited(plan: LogicalPlan, max_rows: u64) -> Result<LogicalPlan> {
    match usize::try_from(max_rows) {
        Ok(0) | Err(_) => Ok(plan),
        Ok(rows) => Ok(LogicalPlanBuilder::from(plan).limit(0, Some(rows))?.build()?),
    }
}

fn describe_columns(shared: &Shared, schema: &DFSchema, labels: &Labels) -> Vec<ColumnDescription> {
    let settings = &shared.source.settings;
    let division = shared.source.session.division().to_string();
    schema
        .iter()
        .map(|(relation, field)| {
            let origin = types::origin(field);
            let documented = origin.map(|(_, column)| column.name);
            let catalog = relation.and_then(|relation| relation.catalog()).unwrap_or(&division);
            let of_origin = |text: &str| origin.map(|_| text.to_string()).unwrap_or_default();
            ColumnDescription {
                label: labels.label(field.name(), documented),
                name: of_origin(documented.unwrap_or_default()),
                table: of_origin(origin.map(|(entity, _)| entity.name).unwrap_or_default()),
                schema: of_origin(origin.map(|(entity, _)| entity.schema).unwrap_or_default()),
                catalog: of_origin(catalog),
                sql_type: types::sql_type(field, settings),
                nullable: field.is_nullable(),
                updatable: origin.is_some_and(|(entity, column)| entity.methods.put && column.put),
                case_sensitive: *field.data_type() == DataType::Utf8,
            }
        })
        .collect()
}

fn delivered_schema(schema: &DFSchema, columns: &[ColumnDescription]) -> SchemaRef {
    let fields: Vec<_> = schema
        .fields()
        .iter()
        .zip(columns)
        .map(|(field, column)| Field::new(&column.label, types::delivered(field.data_type()), true))
        .collect();
    Arc::new(Schema::new(fields))
}

/// An error with its names as the application wrote them, the place of the one that is wrong, and what is near to a
/// function's name.
fn told(error: Error, labels: &Labels, shared: &Shared) -> Error {
    let written = |name: &str| {
        let parts: Vec<_> = name.split('.').map(|part| labels.spelled(part)).collect();
        parts.join(".")
    };
    let place = |name: &str| labels.place(name.rsplit('.').next().unwrap_or(name));
    match error {
        Error::Located { place, error } => told(*error, labels, shared).moved_to(place),
        Error::TableNotFound { name, nearest } => {
            Error::TableNotFound { name: written(&name), nearest }.at(place(&name))
        }
        Error::AliasNotFound { name, nearest } => {
            let nearest = nearest.map(|nearest| written(&nearest));
            Error::AliasNotFound { name: written(&name), nearest }.at(place(&name))
        }
        Error::ColumnNotFound { name, nearest: None } if labels.is_quoted(&name) => {
            Error::QuotedText { name: written(&name) }.at(place(&name))
        }
        Error::ColumnNotFound { name, nearest } => {
            Error::ColumnNotFound { name: written(&name), nearest }.at(place(&name))
        }
        Error::AmbiguousColumn { name } => Error::AmbiguousColumn { name: written(&name) }.at(place(&name)),
        Error::Misplaced { word, message } => {
            let place = place(&word);
            Error::Misplaced { word, message }.at(place)
        }
        Error::InvalidValue { message } => {
            let place = place_of_text(&message, labels);
            Error::InvalidValue { message }.at(place)
        }
        Error::InvalidDateTime { message } => {
            let place = place_of_text(&message, labels);
            Error::InvalidDateTime { message }.at(place)
        }
        Error::NotGrouped { name } => Error::NotGrouped { name: written(&name) }.at(place(&name)),
        Error::FunctionNotFound { name, .. } => {
            let nearest = nearest_function(&name, shared);
            Error::FunctionNotFound { name: written(&name), nearest }.at(place(&name))
        }
        Error::Arguments { function, message } => {
            let name = written(&function).to_uppercase();
            Error::Arguments { function: name, message }.at(place(&function))
        }
        other => other,
    }
}

/// Where the text stands that a message names at its beginning: `'31-01' is not a date …`.
fn place_of_text(message: &str, labels: &Labels) -> Option<Place> {
    let (text, _) = message.split_once(" is not ")?;
    labels.place(text)
}

fn nearest_function(name: &str, shared: &Shared) -> Option<String> {
    let state = &shared.state;
    let ours = dialect::function_names().map(|name| -> &str { name });
    let scalar = state.scalar_functions().keys().map(String::as_str);
    let aggregate = state.aggregate_functions().keys().map(String::as_str);
    let window = state.window_functions().keys().map(String::as_str);
    error::nearest(name, ours.chain(scalar).chain(aggregate).chain(window)).map(str::to_uppercase)
}
