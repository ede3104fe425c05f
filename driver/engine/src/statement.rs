//! Prepare → describe → execute.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, ParamValues};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::expr::Placeholder;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::execute_stream;
use datafusion::sql::parser::Statement as Planned;
use datafusion::sql::sqlparser::ast::Statement as Syntax;
use exact_client::Notice;
use exact_client::model::SqlType;

use crate::cancel::Limits;
use crate::connection::Shared;
use crate::dialect::{Labels, Parsed};
use crate::error::{Error, Result};
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
        let plan = plan(&shared, parsed.syntax).map_err(|error| spelled(error, &labels))?;
        let parameters = parameter_fields(&plan, parsed.parameters)?;
        let plan = with_typed_markers(plan, &parameters)?;
        let columns = describe_columns(&shared, plan.schema(), &labels);
        let schema = delivered_schema(plan.schema(), &columns);
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
        let engine = &self.shared.engine;
        let stream = engine.block_on(limits, async { Ok(start(&state, plan).await?) })?;
        let rows = Rows::start(Arc::clone(engine), Arc::clone(&self.schema), stream, limits, max_rows)?;
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
) -> datafusion::error::Result<datafusion::physical_plan::SendableRecordBatchStream> {
    let physical = state.create_physical_plan(&plan).await?;
    execute_stream(physical, state.task_ctx())
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

fn keyword(syntax: &Syntax) -> String {
    let text = syntax.to_string();
    text.split_whitespace().next().unwrap_or_default().to_uppercase()
}

/// The field of every marker: of the column it is compared with, else text, or a number of rows in a LIMIT.
fn parameter_fields(plan: &LogicalPlan, count: usize) -> Result<Vec<FieldRef>> {
    let found = plan.get_parameter_fields()?;
    let in_limits = markers_in_limits(plan)?;
    Ok((1..=count)
        .map(|number| {
            let marker = format!("${number}");
            match found.get(&marker) {
                Some(Some(field)) if *field.data_type() != DataType::Null => Arc::clone(field),
                _ if in_limits.contains(&marker) => field(&marker, DataType::Int64),
                _ => field(&marker, DataType::Utf8),
            }
        })
        .collect())
}

fn field(name: &str, data_type: DataType) -> FieldRef {
    Arc::new(Field::new(name, data_type, true))
}

fn markers_in_limits(plan: &LogicalPlan) -> Result<Vec<String>> {
    let mut markers = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Limit(limit) = node {
            for expr in limit.skip.iter().chain(&limit.fetch) {
                if let Expr::Placeholder(marker) = expr.as_ref() {
                    markers.push(marker.id.clone());
                }
            }
        }
        Ok(datafusion::common::tree_node::TreeNodeRecursion::Continue)
    })?;
    Ok(markers)
}

/// Gives every marker its type, so that the result's columns have theirs.
fn with_typed_markers(plan: LogicalPlan, fields: &[FieldRef]) -> Result<LogicalPlan> {
    if fields.is_empty() {
        return Ok(plan);
    }
    let by_marker: HashMap<String, &FieldRef> =
        (1..).zip(fields).map(|(number, field)| (format!("${number}"), field)).collect();
    let typed = plan.transform_up_with_subqueries(|node| {
        let node = node.map_expressions(|expr| {
            expr.transform_up(|expr| match expr {
                Expr::Placeholder(Placeholder { id, field: None }) => {
                    let field = by_marker.get(&id).map(|field| Arc::clone(field));
                    Ok(Transformed::yes(Expr::Placeholder(Placeholder { id, field })))
                }
                other => Ok(Transformed::no(other)),
            })
        })?;
        node.map_data(LogicalPlan::recompute_schema)
    })?;
    Ok(typed.data)
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

/// Names in a message as the application wrote them.
fn spelled(error: Error, labels: &Labels) -> Error {
    let written = |name: String| {
        let parts: Vec<_> = name.split('.').map(|part| labels.spelled(part)).collect();
        parts.join(".")
    };
    match error {
        Error::TableNotFound { name, nearest } => Error::TableNotFound { name: written(name), nearest },
        Error::ColumnNotFound { name, nearest } => Error::ColumnNotFound { name: written(name), nearest },
        Error::AmbiguousColumn { name } => Error::AmbiguousColumn { name: written(name) },
        Error::FunctionNotFound { name } => Error::FunctionNotFound { name: written(name) },
        other => other,
    }
}
