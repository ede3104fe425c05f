//! Functions that SQL users and ODBC expect and DataFusion lacks.

mod calendar;
mod clock;
mod sound;
mod sum;

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionImplementation, ScalarUDF};

pub use sum::function as sum;

/// All scalar functions.
pub fn scalar() -> Vec<Arc<ScalarUDF>> {
    calendar::functions().into_iter().chain(clock::functions()).chain(sound::functions()).map(Arc::new).collect()
}

/// Makes a function over arrays into one over whatever it is given; constants stay constants.
fn over_arrays(
    function: impl Fn(&[ArrayRef]) -> Result<ArrayRef> + Send + Sync + 'static,
) -> ScalarFunctionImplementation {
    Arc::new(move |arguments: &[ColumnarValue]| {
        let constant = arguments.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
        let arrays = ColumnarValue::values_to_arrays(arguments)?;
        let result = function(&arrays)?;
        if constant {
            let value = datafusion::common::ScalarValue::try_from_array(&result, 0)?;
            return Ok(ColumnarValue::Scalar(value));
        }
        Ok(ColumnarValue::Array(result))
    })
}
