//! DataFusion's functions over text, for all that can be shown as text: `LEN(InvoiceNumber)`, `SUBSTRING(Code, 1, 2)` of a
//! number, as other databases take them.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::error::Result;
use datafusion::functions::{string, unicode};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// Each with the number of its first arguments that are text.
pub fn functions() -> Vec<ScalarUDF> {
    let of = |function: Arc<ScalarUDF>, texts: usize| {
        let signature = Signature::user_defined(Volatility::Immutable);
        ScalarUDF::from(Lenient { function, texts, signature })
    };
    vec![
        of(string::ascii(), 1),
        of(string::btrim(), 2),
        of(string::contains(), 2),
        of(string::ends_with(), 2),
        of(string::lower(), 1),
        of(string::ltrim(), 2),
        of(string::repeat(), 1),
        of(string::replace(), 3),
        of(string::rtrim(), 2),
        of(string::split_part(), 2),
        of(string::starts_with(), 2),
        of(string::upper(), 1),
        of(unicode::character_length(), 1),
        of(unicode::initcap(), 1),
        of(unicode::reverse(), 1),
        of(unicode::strpos(), 2),
        of(unicode::substr(), 1),
        of(unicode::translate(), 3),
    ]
}

/// A function whose texts may be given as numbers, dates or truth values.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Lenient {
    function: Arc<ScalarUDF>,
    texts: usize,
    signature: Signature,
}

impl Lenient {
    fn as_given(&self, types: &[DataType]) -> Vec<FieldRef> {
        let is_shown = |data_type: &DataType| {
            data_type.is_numeric() || data_type.is_temporal() || matches!(data_type, DataType::Boolean)
        };
        let given = types.iter().enumerate().map(|(place, data_type)| match data_type {
            shown if place < self.texts && is_shown(shown) => DataType::Utf8,
            other => other.clone(),
        });
        given.map(|data_type| Arc::new(Field::new("", data_type, true))).collect()
    }
}

impl ScalarUDFImpl for Lenient {
    fn name(&self) -> &str {
        self.function.name()
    }

    fn aliases(&self) -> &[String] {
        self.function.aliases()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let fields = fields_with_udf(&self.as_given(types), self.function.as_ref())?;
        Ok(fields.iter().map(|field| field.data_type().clone()).collect())
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.function.return_type(types)
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs) -> Result<FieldRef> {
        self.function.return_field_from_args(arguments)
    }

    fn is_strict(&self) -> bool {
        self.function.is_strict()
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.function.invoke_with_args(arguments)
    }

    fn simplify(&self, arguments: Vec<Expr>, context: &SimplifyContext) -> Result<ExprSimplifyResult> {
        self.function.simplify(arguments, context)
    }
}
