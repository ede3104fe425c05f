//! Arithmetic whose overflow and division by zero are errors (product section 6). DataFusion's own wraps around.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{ArrayRef, AsArray, Datum};
use datafusion::arrow::compute::kernels::numeric::{add, div, mul, rem, sub};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::arrow::error::ArrowError;
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr_common::datum::apply;

use crate::error::Error;

/// One of the five operations, over two numbers of the same type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Checked {
    Plus,
    Minus,
    Multiply,
    Divide,
    Modulo,
}

impl Checked {
    pub fn of(op: Operator) -> Option<Self> {
        Some(match op {
            Operator::Plus => Self::Plus,
            Operator::Minus => Self::Minus,
            Operator::Multiply => Self::Multiply,
            Operator::Divide => Self::Divide,
            Operator::Modulo => Self::Modulo,
            _ => return None,
        })
    }

    /// Whether DataFusion would hide a failure over numbers of this type. It divides integers and decimals checked.
    pub fn can_fail(self, data_type: &DataType) -> bool {
        match self {
            Self::Plus | Self::Minus | Self::Multiply => data_type.is_integer() || *data_type == DataType::Float64,
            Self::Divide | Self::Modulo => *data_type == DataType::Float64,
        }
    }

    pub fn function(self) -> Arc<ScalarUDF> {
        static FUNCTIONS: LazyLock<[(Checked, Arc<ScalarUDF>); 5]> = LazyLock::new(|| {
            use Checked as C;
            [C::Plus, C::Minus, C::Multiply, C::Divide, C::Modulo].map(|operation| {
                let signature = Signature::any(2, Volatility::Immutable);
                (operation, Arc::new(ScalarUDF::from(CheckedFunction { operation, signature })))
            })
        });
        let [(_, first), ..] = &*FUNCTIONS;
        let found = FUNCTIONS.iter().find(|(operation, _)| *operation == self);
        Arc::clone(found.map_or(first, |(_, function)| function))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Plus => "checked_plus",
            Self::Minus => "checked_minus",
            Self::Multiply => "checked_multiply",
            Self::Divide => "checked_divide",
            Self::Modulo => "checked_modulo",
        }
    }

    fn kernel(self) -> fn(&dyn Datum, &dyn Datum) -> Result<ArrayRef, ArrowError> {
        match self {
            Self::Plus => add,
            Self::Minus => sub,
            Self::Multiply => mul,
            Self::Divide => div,
            Self::Modulo => rem,
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CheckedFunction {
    operation: Checked,
    signature: Signature,
}

impl ScalarUDFImpl for CheckedFunction {
    fn name(&self) -> &'static str {
        self.operation.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match arguments {
            [left, _] => Ok(left.clone()),
            _ => exec_err!("{} takes two arguments", self.name()),
        }
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [left, right] = arguments.args.as_slice() else {
            return exec_err!("{} takes two arguments", self.name());
        };
        let result = apply(left, right, self.operation.kernel())?;
        if result.data_type() == DataType::Float64 {
            self.check_doubles(left, right, &result)?;
        }
        Ok(result)
    }
}

impl CheckedFunction {
    /// Doubles overflow to infinity, and divided by zero they are infinite or no number at all.
    fn check_doubles(&self, left: &ColumnarValue, right: &ColumnarValue, result: &ColumnarValue) -> Result<()> {
        if !any_double(result, |value| !value.is_finite())? {
            return Ok(());
        }
        if matches!(self.operation, Checked::Divide | Checked::Modulo) && any_double(right, |value| value == 0.0)? {
            return Err(Error::DivisionByZero.into());
        }
        if any_double(left, |value| !value.is_finite())? || any_double(right, |value| !value.is_finite())? {
            return Ok(());
        }
        Err(Error::OutOfRange { message: "A number became too large for a double.".into() }.into())
    }
}

fn any_double(values: &ColumnarValue, test: fn(f64) -> bool) -> Result<bool> {
    let array = values.to_array(1)?;
    let doubles = array.as_primitive::<Float64Type>();
    // Slots without a value may hold anything.
    Ok(doubles.values().iter().any(|value| test(*value)) && doubles.iter().flatten().any(test))
}
