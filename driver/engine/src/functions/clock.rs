//! The time of the query.

use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use chrono::{DateTime, Local, Utc};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{ScalarValue, internal_err};
use datafusion::error::Result;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// `local_now()` and `utc_now()`.
pub fn functions() -> Vec<ScalarUDF> {
    vec![Now::new(true), Now::new(false)].into_iter().map(ScalarUDF::from).collect()
}

/// `local_now()`.
pub fn now() -> Expr {
    static LOCAL: LazyLock<ScalarUDF> = LazyLock::new(|| ScalarUDF::from(Now::new(true)));
    LOCAL.call(Vec::new())
}

/// The moment at which the statement was executed, the same wherever it stands in the statement. Columns of Exact Online hold
/// the time of the company's place (fact sheet 6.4), so the usual one is the time of this machine's place.
#[derive(Debug, PartialEq, Eq)]
struct Now {
    local: bool,
    signature: Signature,
}

impl Now {
    fn new(local: bool) -> Self {
        Self { local, signature: Signature::nullary(Volatility::Stable) }
    }
}

impl Hash for Now {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.local.hash(state);
    }
}

impl ScalarUDFImpl for Now {
    fn name(&self) -> &'static str {
        if self.local { "local_now" } else { "utc_now" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Timestamp(TimeUnit::Millisecond, None))
    }

    fn invoke_with_args(&self, _arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        internal_err!("{} is replaced when the query is planned", self.name())
    }

    fn simplify(&self, _arguments: Vec<Expr>, context: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let now: DateTime<Utc> = context.query_execution_start_time().unwrap_or_else(Utc::now);
        let shown = if self.local { now.with_timezone(&Local).naive_local() } else { now.naive_utc() };
        let milliseconds = shown.and_utc().timestamp_millis();
        let value = ScalarValue::TimestampMillisecond(Some(milliseconds), None);
        Ok(ExprSimplifyResult::Simplified(Expr::Literal(value, None)))
    }
}
