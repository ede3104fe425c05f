//! The patterns of LIKE. As in ODBC and SQL Server, no character is an escape character but the one that ESCAPE names;
//! DataFusion knows the backslash alone, and takes it for one in any case.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{ArrayRef, AsArray, StringArray};
use datafusion::arrow::datatypes::DataType::Utf8;
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::functions::expr_fn::replace;
use datafusion::logical_expr::{Expr, Like, ScalarUDF, Volatility, create_udf, lit};

use crate::functions::over_arrays;

const ESCAPE: char = '\\';

/// The same condition with the backslash as its escape character.
pub fn with_backslash(like: Like) -> Like {
    let known = match like.pattern.as_ref() {
        Expr::Literal(value, _) => value.try_as_str().flatten(),
        _ => None,
    };
    let pattern = match (like.escape_char, known) {
        (Some(ESCAPE), _) => return like,
        (escape, Some(pattern)) => lit(respelled(pattern, escape)),
        // Of a pattern that is not known yet only what stands for itself can be spelled anew.
        (None, None) => replace(*like.pattern, lit("\\"), lit("\\\\")),
        (Some(escape), None) => RESPELLED.call(vec![*like.pattern, lit(escape.to_string())]),
    };
    Like { pattern: Box::new(pattern), escape_char: Some(ESCAPE), ..like }
}

/// [`respelled`] for a pattern that is computed, as `'%' || ? || '%'` is.
static RESPELLED: LazyLock<ScalarUDF> = LazyLock::new(|| {
    let body = over_arrays(respelled_patterns);
    create_udf("pattern_with_backslash", vec![Utf8, Utf8], Utf8, Volatility::Immutable, body)
});

fn respelled_patterns(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [patterns, escapes] = arguments else {
        return exec_err!("a pattern and its escape character are needed");
    };
    let rows = patterns.as_string::<i32>().iter().zip(escapes.as_string::<i32>());
    let texts: StringArray = rows.map(|(pattern, escape)| Some(respelled(pattern?, escape?.chars().next()))).collect();
    Ok(Arc::new(texts))
}

fn respelled(pattern: &str, escape: Option<char>) -> String {
    let mut respelled = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        let escaped = if Some(character) == escape { characters.next() } else { None };
        match escaped {
            Some(literal @ ('%' | '_' | ESCAPE)) => respelled.extend([ESCAPE, literal]),
            Some(literal) => respelled.push(literal),
            None if character == ESCAPE => respelled.extend([ESCAPE, ESCAPE]),
            None => respelled.push(character),
        }
    }
    respelled
}

#[cfg(test)]
mod tests {
    use super::respelled;

    #[test]
    fn escapes_are_those_of_the_pattern() {
        for (pattern, escape, expected) in [
            (r"a%b_c", None, r"a%b_c"),
            (r"50\%", None, r"50\\%"),
            (r"a!%b!_!!c", Some('!'), r"a\%b\_!c"),
            (r"\!\", Some('!'), r"\\\\"),
            (r"ends with !", Some('!'), r"ends with !"),
        ] {
            assert_eq!(respelled(pattern, escape), expected, "{pattern}");
        }
    }
}
