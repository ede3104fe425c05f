//! Prepare → describe → execute.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::common::{DFSchema, ParamValues, ScalarValue};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream, displayable, execute_stream};
use datafusion::sql::parser::Statement as Planned;
use datafusion::sql::sqlparser::ast::{Query, Statement as Syntax, Use};
use exact_client::Notice;
use exact_client::model::{LONG_LENGTH, SqlType};
use futures::FutureExt;

use crate::cancel::{CancelToken, Limits};
use crate::connection::{Context, Shared};
use crate::dialect::{self, Explain, Labels, Parsed};
use crate::divisions::Catalog;
use crate::error::{self, Error, Place, Problem, Result};
use crate::explain;
use crate::interrupt::interruptible;
use crate::parameters;
use crate::report::Report;
use crate::rows::Rows;
use crate::types;
use crate::value::Value;
use crate::write::{self, Keys, Returning, Write};

/// A planned statement, which may be executed many times.
pub struct Statement {
    pub(crate) shared: Arc<Shared>,
    pub(crate) context: Arc<Context>,
    work: Work,
    columns: Vec<ColumnDescription>,
    schema: SchemaRef,
    parameters: Vec<FieldRef>,
    described: Vec<ParameterDescription>,
}

/// What a statement does.
enum Work {
    Query(LogicalPlan),
    /// Tells of a query instead of its rows; `true` runs it.
    Explain(LogicalPlan, bool),
    /// Changes the current catalog.
    Use(Catalog),
    Write(Box<Write>),
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
    /// An argument of `{call ...}` that may be left out, by a null.
    pub omittable: bool,
}

/// What an execution gave.
#[derive(Default)]
pub struct Execution {
    pub result: Option<Rows>,
    /// Rows that a write changed.
    pub row_count: Option<i64>,
    pub notices: Vec<Notice>,
}

impl Statement {
    pub(crate) fn prepare(shared: Arc<Shared>, context: Arc<Context>, parsed: Parsed) -> Result<Statement> {
        if let Syntax::Use(change) = &parsed.syntax {
            let work = Work::Use(named_catalog(change)?);
            let (columns, schema) = (Vec::new(), Arc::new(Schema::empty()));
            return Ok(Statement { shared, context, work, columns, schema, parameters: vec![], described: vec![] });
        }
        if write::is_write(&parsed.syntax) {
            return Self::prepare_write(shared, context, parsed);
        }
        let labels = parsed.labels;
        let plan = plan(&shared, &context, parsed.syntax).map_err(|error| told(error, &labels, &context))?;
        let parameters = parameters::fields(&plan, parsed.parameters)?;
        let plan = parameters::typed(plan, &parameters)?;
        let coerced = coerced(&context, &plan).map_err(|error| told(error, &labels, &context))?;
        let (work, columns, schema) = match parsed.explain {
            Explain::No => {
                let columns = describe_columns(&shared, &context, coerced.schema(), &labels);
                let schema = delivered_schema(coerced.schema(), &columns);
                (Work::Query(plan), columns, schema)
            }
            wanted => {
                let schema = explain::schema(wanted == Explain::Analyze);
                let columns = explain::COLUMNS.iter().take(schema.fields().len());
                let columns = columns.map(|(name, sql_type)| computed(name, *sql_type)).collect();
                (Work::Explain(plan, wanted == Explain::Analyze), columns, schema)
            }
        };
        let described = described(&shared, &parameters, &parsed.omittable);
        Ok(Statement { shared, context, work, columns, schema, parameters, described })
    }

    fn prepare_write(shared: Arc<Shared>, context: Arc<Context>, parsed: Parsed) -> Result<Statement> {
        let labels = parsed.labels;
        let with = parsed.with;
        let planned = |query: Query| {
            let query = Syntax::Query(Box::new(write::within(with.as_ref(), query)?));
            plan(&shared, &context, query).map_err(|error| told(error, &labels, &context))
        };
        if parsed.explain != Explain::No {
            return Err(Error::UseInstead {
                what: "EXPLAIN of a write".into(),
                instead: "DryRun=true, which tells what it would send and how many calls that takes".into(),
            });
        }
        let read = Write::read(parsed.syntax, parsed.upserts, &shared.source.settings, planned);
        let read = read.map_err(|error| write::unless_named(with.as_ref(), error));
        let mut write = read.map_err(|error| told(error, &labels, &context))?;
        write.text = parsed.text;
        let parameters = parameters::of_write(write.source.as_ref(), &write.markers()?, parsed.parameters)?;
        if let Some(plan) = write.source.take() {
            let plan = parameters::typed(plan, &parameters)?;
            coerced(&context, &plan).map_err(|error| told(error, &labels, &context))?;
            write.source = Some(plan);
        }
        let (mut columns, mut schema) = (Vec::new(), Arc::new(Schema::empty()));
        if let Some(query) = parsed.returning {
            let plan = planned(query)?;
            let coerced = coerced(&context, &plan).map_err(|error| told(error, &labels, &context))?;
            if !plan.get_parameter_names()?.is_empty() {
                let (what, instead) = ("A parameter in RETURNING or OUTPUT", "columns and values");
                return Err(Error::UseInstead { what: what.into(), instead: instead.into() });
            }
            columns = describe_columns(&shared, &context, coerced.schema(), &labels);
            schema = delivered_schema(coerced.schema(), &columns);
            write.returning = Some(Returning { plan });
        }
        if write.dry_run {
            let text = SqlType::LongVarChar { length: LONG_LENGTH };
            columns = write::DRY_RUN.into_iter().map(|name| computed(name, text)).collect();
            schema = Arc::new(Schema::new(write::DRY_RUN.map(|name| Field::new(name, DataType::Utf8, true)).to_vec()));
        }
        let described = described(&shared, &parameters, &parsed.omittable);
        let work = Work::Write(Box::new(write));
        Ok(Statement { shared, context, work, columns, schema, parameters, described })
    }

    /// The catalog that becomes the current one when this is executed.
    pub(crate) fn chooses(&self) -> Option<Catalog> {
        match self.work {
            Work::Use(catalog) => Some(catalog),
            Work::Query(_) | Work::Explain(..) | Work::Write(_) => None,
        }
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
        match &self.work {
            Work::Use(catalog) => {
                self.shared.choose(*catalog)?;
                Ok(Execution { result: None, row_count: None, notices: Vec::new() })
            }
            Work::Write(write) => self.execute_write(write, parameters, limits),
            Work::Query(plan) => {
                let plan = limited(self.bound(plan, parameters)?, max_rows)?;
                self.started(limits, max_rows, |state, stop| async move { rows(&state, &plan, &stop).await })
            }
            Work::Explain(plan, analyze) => {
                let (plan, analyze) = (self.bound(plan, parameters)?, *analyze);
                self.started(
                    limits,
                    max_rows,
                    |state, stop| async move { explanation(state, &plan, analyze, &stop).await },
                )
            }
        }
    }

    /// Starts the stream that `start` gives and waits for its first batch.
    pub(crate) fn started<S>(
        &self,
        limits: &Limits,
        max_rows: u64,
        start: impl FnOnce(SessionState, CancelToken) -> S,
    ) -> Result<Execution>
    where
        S: Future<Output = Result<SendableRecordBatchStream>>,
    {
        let report = Arc::new(Report::limited(self.shared.source.settings.max_api_calls));
        let engine = &self.shared.engine;
        let stop = CancelToken::new();
        let stream = engine.block_on(limits, start(self.context.state_for(&report), stop.clone()));
        let stream = stream.map_err(|error| report.explained(error))?;
        let rows = Rows::start(Arc::clone(engine), Arc::clone(&self.schema), stream, stop, limits, max_rows, report)?;
        let notices = rows.take_notices();
        Ok(Execution { result: Some(rows), row_count: None, notices })
    }

    /// Whether it changes rows.
    pub fn is_write(&self) -> bool {
        matches!(self.work, Work::Write(_))
    }

    /// The write that it is, if it is one.
    pub(crate) fn as_write(&self) -> Option<&Write> {
        match &self.work {
            Work::Write(write) => Some(write),
            _ => None,
        }
    }

    pub(crate) fn fitted(&self, values: &[Value]) -> Result<Vec<ScalarValue>> {
        if values.len() != self.parameters.len() {
            return Err(Error::ParameterCount { expected: self.parameters.len(), given: values.len() });
        }
        let numbered = values.iter().zip(&self.parameters).zip(1..);
        numbered.map(|((value, field), number)| value.fitted(field, number)).collect()
    }

    fn bound(&self, plan: &LogicalPlan, values: &[Value]) -> Result<LogicalPlan> {
        self.bound_to(plan, &self.fitted(values)?)
    }

    /// The plan with these parameters, over the rows as this connection sees them.
    pub(crate) fn bound_to(&self, plan: &LogicalPlan, values: &[ScalarValue]) -> Result<LogicalPlan> {
        let mut plan = plan.clone();
        if !values.is_empty() {
            let values = values.iter().cloned().map(Into::into).collect();
            plan = plan.replace_params_with_values(&ParamValues::List(values))?;
        }
        let plan = Keys::of_plan(&self.shared.source.session, &plan)?.honoured_in(plan)?;
        write::laid_over(plan, &self.shared.transaction())
    }
}

fn described(shared: &Shared, parameters: &[FieldRef], omittable: &[bool]) -> Vec<ParameterDescription> {
    let settings = &shared.source.settings;
    let described = |(field, omittable): (&FieldRef, &bool)| ParameterDescription {
        sql_type: types::sql_type(field, settings),
        nullable: true,
        omittable: *omittable,
    };
    parameters.iter().zip(omittable.iter().chain(std::iter::repeat(&false))).map(described).collect()
}

/// The catalog that USE names.
fn named_catalog(change: &Use) -> Result<Catalog> {
    let name = match change {
        Use::Object(name) | Use::Database(name) | Use::Catalog(name) => name,
        other => {
            return Err(Error::NotSupported { what: format!("The statement {}", other.to_string().to_uppercase()) });
        }
    };
    let single = name.0.as_slice();
    let name = match single {
        [part] => part.as_ident().map_or_else(|| part.to_string(), |ident| ident.value.clone()),
        _ => name.to_string(),
    };
    Catalog::named(&name).ok_or(Error::CatalogNotFound { name })
}

/// The rows of a query, unless it needs more calls than are allowed.
pub(crate) async fn rows(
    state: &SessionState,
    plan: &LogicalPlan,
    stop: &CancelToken,
) -> Result<SendableRecordBatchStream> {
    let physical = state.create_physical_plan(plan).await?;
    tell(&physical);
    explain::refuse_dearer(&physical, state.config().get_extension::<Report>().as_deref())?;
    Ok(execute_stream(interruptible(physical, stop)?, state.task_ctx())?)
}

/// Logs a plan.
fn tell(plan: &Arc<dyn ExecutionPlan>) {
    tracing::debug!(target: "exact::plan", "\n{}", displayable(plan.as_ref()).indent(false));
}

/// The explanation of a query.
async fn explanation(
    state: SessionState,
    plan: &LogicalPlan,
    analyze: bool,
    stop: &CancelToken,
) -> Result<SendableRecordBatchStream> {
    let physical = state.create_physical_plan(plan).await?;
    tell(&physical);
    let batch = match analyze {
        false => futures::future::ready(explain::planned(&physical)).boxed(),
        true => {
            explain::refuse_dearer(&physical, state.config().get_extension::<Report>().as_deref())?;
            explain::analyzed(interruptible(physical, stop)?, state.task_ctx()).boxed()
        }
    };
    Ok(Box::pin(RecordBatchStreamAdapter::new(explain::schema(analyze), futures::stream::once(batch))))
}

/// A column that stands for no column of a table.
fn computed(name: &str, sql_type: SqlType) -> ColumnDescription {
    ColumnDescription {
        label: name.to_string(),
        name: String::new(),
        table: String::new(),
        schema: String::new(),
        catalog: String::new(),
        sql_type,
        nullable: true,
        updatable: false,
        case_sensitive: true,
    }
}

/// A plan of a query. Planning asks the model only, so it never waits.
fn plan(shared: &Shared, context: &Context, syntax: Syntax) -> Result<LogicalPlan> {
    if !matches!(syntax, Syntax::Query(_)) {
        return Err(Error::NotSupported { what: format!("The statement {}", keyword(&syntax)) });
    }
    let statement = Planned::Statement(Box::new(syntax));
    let plan =
        shared.engine.block_on(&Limits::default(), async { Ok(context.state.statement_to_plan(statement).await?) })?;
    match plan {
        LogicalPlan::Ddl(_) | LogicalPlan::Dml(_) | LogicalPlan::Copy(_) => {
            Err(Error::NotSupported { what: "Creating or changing tables".into() })
        }
        query => Ok(query),
    }
}

/// Finds what does not fit in types, which execution would find otherwise.
/// Its columns have the types of the rows: `CASE … THEN 0 ELSE AmountDC END` is a whole number only until then.
fn coerced(context: &Context, plan: &LogicalPlan) -> Result<LogicalPlan> {
    let state = &context.state;
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

fn describe_columns(shared: &Shared, context: &Context, schema: &DFSchema, labels: &Labels) -> Vec<ColumnDescription> {
    let settings = &shared.source.settings;
    schema
        .iter()
        .map(|(relation, field)| {
            let origin = types::origin(field);
            let documented = origin.map(|(_, column)| column.name);
            let named = relation.and_then(|relation| relation.catalog()).and_then(Catalog::named);
            let catalog = named.unwrap_or(context.catalog).to_string();
            let of_origin = |text: &str| origin.map(|_| text.to_string()).unwrap_or_default();
            ColumnDescription {
                label: labels.label(field.name(), documented),
                name: of_origin(documented.unwrap_or_default()),
                table: of_origin(origin.map(|(entity, _)| entity.name).unwrap_or_default()),
                schema: of_origin(origin.map(|(entity, _)| entity.schema).unwrap_or_default()),
                catalog: of_origin(&catalog),
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
fn told(error: Error, labels: &Labels, context: &Context) -> Error {
    let written = |name: &str| {
        let parts: Vec<_> = name.split('.').map(|part| labels.spelled(part)).collect();
        parts.join(".")
    };
    let place = |name: &str| labels.place(name.rsplit('.').next().unwrap_or(name));
    match error {
        Error::Located { place, error } => told(*error, labels, context).moved_to(place),
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
        Error::WriteRefused { statement, problems } => {
            let spelled = |problem: Problem| match problem.missing_column().map(|(name, _)| name.to_string()) {
                Some(name) => problem.spelled(&written(&name), place(&name)),
                None => problem,
            };
            Error::WriteRefused { statement, problems: problems.into_iter().map(spelled).collect() }
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
            let nearest = nearest_function(&name, context);
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

fn nearest_function(name: &str, context: &Context) -> Option<String> {
    let state = &context.state;
    let ours = dialect::function_names().map(|name| -> &str { name });
    let scalar = state.scalar_functions().keys().map(String::as_str);
    let aggregate = state.aggregate_functions().keys().map(String::as_str);
    let window = state.window_functions().keys().map(String::as_str);
    error::nearest(name, ours.chain(scalar).chain(aggregate).chain(window)).map(str::to_uppercase)
}
