//! DATABASE() and USER() (ODBC specification, appendix E), and SCOPE_IDENTITY() as SQL Server has it.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{ScalarValue, internal_err};
use datafusion::error::Result;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// What a connection answers when it is asked who and where it is.
pub type Answer = Arc<dyn Fn() -> Option<String> + Send + Sync>;

pub fn functions(database: Answer, user: Answer, identity: Answer) -> Vec<ScalarUDF> {
    vec![self::database(database), function("user", user), function("scope_identity", identity)]
}

/// DATABASE() alone: it changes with the current catalog.
pub fn database(answer: Answer) -> ScalarUDF {
    function("database", answer)
}

fn function(name: &'static str, answer: Answer) -> ScalarUDF {
    ScalarUDF::from(Identity { name, answer, signature: Signature::nullary(Volatility::Stable) })
}

struct Identity {
    name: &'static str,
    answer: Answer,
    signature: Signature,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && Arc::ptr_eq(&self.answer, &other.answer)
    }
}

impl Eq for Identity {}

impl std::hash::Hash for Identity {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Identity {
    fn name(&self) -> &'static str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, _arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        internal_err!("{} is replaced when the query is planned", self.name)
    }

    fn simplify(&self, _arguments: Vec<Expr>, _context: &SimplifyContext) -> Result<ExprSimplifyResult> {
        Ok(ExprSimplifyResult::Simplified(Expr::Literal(ScalarValue::Utf8((self.answer)()), None)))
    }
}
