//! SOUNDEX and DIFFERENCE (ODBC specification, appendix E).

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Int32Array, StringArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{ScalarUDF, Volatility, create_udf};

use super::over_arrays;

pub fn functions() -> Vec<ScalarUDF> {
    let text = DataType::Utf8;
    vec![
        create_udf("soundex", vec![text.clone()], text.clone(), Volatility::Immutable, over_arrays(soundex)),
        create_udf(
            "difference",
            vec![text.clone(), text],
            DataType::Int32,
            Volatility::Immutable,
            over_arrays(difference),
        ),
    ]
}

fn soundex(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [words] = arguments else {
        return datafusion::common::exec_err!("soundex takes one argument");
    };
    let codes: StringArray = words.as_string::<i32>().iter().map(|word| word.map(code)).collect();
    Ok(Arc::new(codes))
}

/// How many of the four characters of the two codes agree.
fn difference(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [left, right] = arguments else {
        return datafusion::common::exec_err!("difference takes two arguments");
    };
    let agreeing = |(left, right): (Option<&str>, Option<&str>)| -> Option<i32> {
        let (left, right) = (code(left?), code(right?));
        let same = left.chars().zip(right.chars()).filter(|(a, b)| a == b);
        i32::try_from(same.count()).ok()
    };
    let pairs = left.as_string::<i32>().iter().zip(right.as_string::<i32>());
    let result: Int32Array = pairs.map(agreeing).collect();
    Ok(Arc::new(result))
}

/// The first letter and three digits for the consonants that follow.
fn code(word: &str) -> String {
    let mut letters = word.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_uppercase());
    let Some(first) = letters.next() else {
        return "0000".into();
    };
    let mut code = String::from(first);
    let mut previous = digit(first);
    for letter in letters {
        let current = digit(letter);
        if code.len() < 4 && current.is_some() && current != previous {
            code.extend(current);
        }
        // H and W do not part two consonants of the same group; vowels do.
        if !matches!(letter, 'H' | 'W') {
            previous = current;
        }
    }
    format!("{code:0<4}")
}

fn digit(letter: char) -> Option<char> {
    match letter {
        'B' | 'F' | 'P' | 'V' => Some('1'),
        'C' | 'G' | 'J' | 'K' | 'Q' | 'S' | 'X' | 'Z' => Some('2'),
        'D' | 'T' => Some('3'),
        'L' => Some('4'),
        'M' | 'N' => Some('5'),
        'R' => Some('6'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn words_that_sound_alike_have_one_code() {
        for (word, expected) in [
            ("Robert", "R163"),
            ("Rupert", "R163"),
            ("Ashcraft", "A261"),
            ("Tymczak", "T522"),
            ("Pfister", "P236"),
            ("Honeyman", "H555"),
            ("", "0000"),
            ("123", "0000"),
        ] {
            assert_eq!(code(word), expected, "{word}");
        }
    }
}
