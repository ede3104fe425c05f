//! Functions that SQL users and ODBC expect and DataFusion lacks.

mod calendar;
mod checked;
mod clock;
mod format;
mod identity;
mod lenient;
mod random;
mod sound;
mod sum;
mod text;

use std::ops::RangeInclusive;
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{ScalarValue, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarFunctionImplementation, ScalarUDF, ScalarUDFImpl, Signature,
    TypeSignature, Volatility,
};

pub use checked::Checked;
pub use clock::now;
pub use identity::{Answer, database};
pub use sum::function as sum;
pub use text::{FOLDED, SEARCHED};

/// All scalar functions, of a connection that answers DATABASE(), USER() and SCOPE_IDENTITY() so.
pub fn scalar(database: Answer, user: Answer, identity: Answer) -> Vec<Arc<ScalarUDF>> {
    calendar::functions()
        .into_iter()
        .chain(clock::functions())
        .chain(format::functions())
        .chain(identity::functions(database, user, identity))
        .chain(lenient::functions())
        .chain([random::function()])
        .chain(sound::functions())
        .chain(text::functions())
        .map(Arc::new)
        .collect()
}

/// Functions that planning and analysis put into a plan.
#[derive(Clone, Debug)]
pub struct Shared {
    pub datediff: Arc<ScalarUDF>,
    pub timestampadd: Arc<ScalarUDF>,
    pub substring: Arc<ScalarUDF>,
    pub folding: Folding,
}

/// How the service compares text, for `StringComparison=Service`.
#[derive(Clone, Debug)]
pub struct Folding {
    pub compared: Arc<ScalarUDF>,
    pub searched: Arc<ScalarUDF>,
    pub replaced: Arc<ScalarUDF>,
}

impl Shared {
    /// They are among `functions`.
    pub fn of(functions: &[Arc<ScalarUDF>]) -> Result<Self> {
        let named = |name: &str| match functions.iter().find(|function| function.name() == name) {
            Some(function) => Ok(Arc::clone(function)),
            None => plan_err!("there is no function {name}"),
        };
        let folding =
            Folding { compared: named(FOLDED)?, searched: named(SEARCHED)?, replaced: named(text::REPLACED)? };
        Ok(Self {
            datediff: named("datediff")?,
            timestampadd: named("timestampadd")?,
            substring: named("substr")?,
            folding,
        })
    }
}

type OverArrays = fn(&[ArrayRef]) -> Result<ArrayRef>;

/// Makes a function over arrays into one over whatever it is given; constants stay constants.
pub fn over_arrays(
    function: impl Fn(&[ArrayRef]) -> Result<ArrayRef> + Send + Sync + 'static,
) -> ScalarFunctionImplementation {
    Arc::new(move |arguments: &[ColumnarValue]| applied(&function, arguments))
}

fn applied(function: impl Fn(&[ArrayRef]) -> Result<ArrayRef>, arguments: &[ColumnarValue]) -> Result<ColumnarValue> {
    let constant = arguments.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
    let arrays = ColumnarValue::values_to_arrays(arguments)?;
    let result = function(&arrays)?;
    if constant {
        return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?));
    }
    Ok(ColumnarValue::Array(result))
}

/// A function whose arguments may have any type.
fn anything(name: &'static str, arguments: RangeInclusive<usize>, result: DataType, function: OverArrays) -> ScalarUDF {
    let signature = TypeSignature::OneOf(arguments.map(TypeSignature::Any).collect());
    ScalarUDF::from(Anything { name, result, function, signature: Signature::new(signature, Volatility::Immutable) })
}

#[derive(Debug)]
struct Anything {
    name: &'static str,
    result: DataType,
    function: OverArrays,
    signature: Signature,
}

impl PartialEq for Anything {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Anything {}

impl std::hash::Hash for Anything {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Anything {
    fn name(&self) -> &'static str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(self.result.clone())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        applied(self.function, &arguments.args)
    }
}
