//! RAND with a seed (ODBC specification, appendix E).

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::error::Result;
use datafusion::logical_expr::{ScalarUDF, Volatility, create_udf};

use super::over_arrays;

/// `seeded_random(seed)`: from 0 to below 1, and as in SQL Server the same number for the same seed.
pub fn function() -> ScalarUDF {
    let types = vec![DataType::Int64];
    create_udf("seeded_random", types, DataType::Float64, Volatility::Immutable, over_arrays(numbers))
}

fn numbers(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [seeds] = arguments else {
        return datafusion::common::exec_err!("seeded_random takes one argument");
    };
    let number = |seed: i64| fastrand::Rng::with_seed(seed.cast_unsigned()).f64();
    let numbers: Float64Array = seeds.as_primitive::<Int64Type>().iter().map(|seed| seed.map(number)).collect();
    Ok(Arc::new(numbers))
}
