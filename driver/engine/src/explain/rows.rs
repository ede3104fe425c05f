//! The explanation as rows.

use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::{ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use exact_client::model::SqlType;
use futures::StreamExt;

use super::budget;
use super::estimate::Basis;
use super::steps::{self, Step, Total};

const NAME: SqlType = SqlType::VarChar { length: 128 };
const TEXT: SqlType = SqlType::VarChar { length: 4000 };

/// The columns of an explanation; the last four only of one that was run.
pub const COLUMNS: [(&str, SqlType); 17] = [
    ("Step", SqlType::Integer),
    ("Operation", NAME),
    ("Table", NAME),
    ("AccessPath", NAME),
    ("Divisions", NAME),
    ("Detail", SqlType::LongVarChar { length: 65_536 }),
    ("Pushed", TEXT),
    ("Local", TEXT),
    ("Rows", SqlType::BigInt),
    ("Pages", SqlType::BigInt),
    ("Calls", SqlType::BigInt),
    ("Minutes", SqlType::BigInt),
    ("Basis", TEXT),
    ("ActualCalls", SqlType::BigInt),
    ("ActualRows", SqlType::BigInt),
    ("ActualBytes", SqlType::BigInt),
    ("ActualSeconds", SqlType::Double),
];
const ACTUAL: usize = 4;

/// The columns of an explanation as Arrow has them.
pub fn schema(analyze: bool) -> SchemaRef {
    let shown = if analyze { COLUMNS.len() } else { COLUMNS.len() - ACTUAL };
    let field = |(name, sql_type): &(&str, SqlType)| {
        let data_type = match sql_type {
            SqlType::Integer => DataType::Int32,
            SqlType::BigInt => DataType::Int64,
            SqlType::Double => DataType::Float64,
            _ => DataType::Utf8,
        };
        Field::new(*name, data_type, true)
    };
    Arc::new(Schema::new(COLUMNS.iter().take(shown).map(field).collect::<Vec<_>>()))
}

/// The steps of a plan that is not run.
pub fn planned(plan: &Arc<dyn ExecutionPlan>) -> DataFusionResult<RecordBatch> {
    batch(&steps::of(plan), None)
}

/// Runs a plan to its end, and tells its steps with what they have cost.
pub async fn analyzed(plan: Arc<dyn ExecutionPlan>, context: Arc<TaskContext>) -> DataFusionResult<RecordBatch> {
    // Before it runs: afterwards sizes are known that were not.
    let steps = steps::of(&plan);
    let begun = Instant::now();
    let mut stream = execute_stream(plan, context)?;
    let mut rows = 0;
    while let Some(batch) = stream.next().await {
        rows += batch?.num_rows() as u64;
    }
    batch(&steps, Some((rows, begun.elapsed())))
}

/// A row of the explanation.
#[derive(Default)]
struct Line {
    operation: &'static str,
    table: Option<String>,
    access_path: Option<&'static str>,
    divisions: Option<String>,
    detail: String,
    pushed: Option<String>,
    local: Option<String>,
    rows: Option<u64>,
    pages: Option<u64>,
    calls: Option<u64>,
    minutes: Option<u64>,
    basis: Option<String>,
    actual: Actual,
}

#[derive(Clone, Copy, Default)]
struct Actual {
    calls: Option<u64>,
    rows: Option<u64>,
    bytes: Option<u64>,
    time: Option<Duration>,
}

fn batch(steps: &[Step], ran: Option<(u64, Duration)>) -> DataFusionResult<RecordBatch> {
    let mut lines: Vec<Line> = steps.iter().map(|step| line(step, ran.is_some())).collect();
    lines.push(total(steps, ran));
    let text = |of: fn(&Line) -> Option<&str>| -> ArrayRef { Arc::new(StringArray::from_iter(lines.iter().map(of))) };
    let number = |of: fn(&Line) -> Option<u64>| -> ArrayRef {
        let numbers = lines.iter().map(|line| of(line).map(|number| i64::try_from(number).unwrap_or(i64::MAX)));
        Arc::new(Int64Array::from_iter(numbers))
    };
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(Int32Array::from_iter_values((1..).take(lines.len()))),
        text(|line| Some(line.operation)),
        text(|line| line.table.as_deref()),
        text(|line| line.access_path),
        text(|line| line.divisions.as_deref()),
        text(|line| Some(&line.detail)),
        text(|line| line.pushed.as_deref()),
        text(|line| line.local.as_deref()),
        number(|line| line.rows),
        number(|line| line.pages),
        number(|line| line.calls),
        number(|line| line.minutes),
        text(|line| line.basis.as_deref()),
    ];
    if ran.is_some() {
        let seconds = lines.iter().map(|line| line.actual.time.map(|time| time.as_secs_f64()));
        columns.extend([
            number(|line| line.actual.calls),
            number(|line| line.actual.rows),
            number(|line| line.actual.bytes),
            Arc::new(Float64Array::from_iter(seconds)) as ArrayRef,
        ]);
    }
    Ok(RecordBatch::try_new(schema(ran.is_some()), columns)?)
}

fn line(step: &Step, ran: bool) -> Line {
    let estimate = step.estimate.as_ref();
    let is_count = step.operation == "Count";
    let spent = step.scan.as_ref().filter(|_| ran).map(|scan| scan.spent());
    Line {
        operation: step.operation,
        table: step.table.clone(),
        access_path: step.access_path,
        divisions: step.divisions.clone(),
        detail: step.detail.clone(),
        pushed: step.pushed.clone(),
        local: step.local.clone(),
        rows: estimate.and_then(|estimate| estimate.rows),
        pages: estimate.filter(|_| !is_count).map(|estimate| estimate.calls()),
        calls: estimate.map(|estimate| estimate.calls()),
        minutes: None,
        basis: estimate.map(|estimate| basis(estimate.basis, step.table.as_deref())),
        actual: spent.map_or_else(Actual::default, |spent| Actual {
            calls: Some(spent.calls()),
            rows: Some(spent.rows()),
            bytes: Some(spent.bytes()),
            time: Some(spent.time()),
        }),
    }
}

fn basis(basis: Basis, table: Option<&str>) -> String {
    match basis {
        Basis::Plan => "certain".into(),
        Basis::AtMost => "at most: a limit, or the size that was seen last".into(),
        Basis::AtLeast => {
            let table = table.unwrap_or("the table");
            format!(
                "at least: its size is not known yet; SELECT COUNT(*) FROM {table} tells it for one call per division"
            )
        }
    }
}

fn total(steps: &[Step], ran: Option<(u64, Duration)>) -> Line {
    let total = Total::of(steps);
    let scans = || steps.iter().filter_map(|step| step.scan.as_ref());
    let actual = ran.map_or_else(Actual::default, |(rows, time)| Actual {
        calls: Some(scans().map(|scan| scan.spent().calls()).sum()),
        rows: Some(rows),
        bytes: Some(scans().map(|scan| scan.spent().bytes()).sum()),
        time: Some(time),
    });
    let session = scans().next().map(|scan| scan.read().source.session.as_ref());
    let (minutes, detail) = budget::of(&total, session);
    Line {
        operation: "Total",
        detail,
        calls: Some(total.calls),
        minutes: Some(minutes),
        basis: Some(match total.basis {
            Basis::AtLeast => "at least: not all sizes are known".into(),
            known => basis(known, None),
        }),
        actual,
        ..Line::default()
    }
}
