//! What stands before a query, or names a division where SQL expects a word: EXPLAIN, UPSERT and USE.

use datafusion::sql::sqlparser::ast::{Query, SetExpr, Statement as Syntax, With};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Word};

use super::tokens::{TokenWithSpan, is_significant};
use crate::error::{Error, Result};

/// What is wanted of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Explain {
    /// Its rows.
    No,
    /// Its plan.
    Plan,
    /// Its plan and what it has cost, without its rows.
    Analyze,
}

/// Takes `EXPLAIN`, `EXPLAIN ANALYZE` and the word VERBOSE, which adds nothing here, off a statement.
pub fn explain(tokens: &[TokenWithSpan]) -> (Explain, &[TokenWithSpan]) {
    let Some(rest) = after(tokens, "EXPLAIN") else { return (Explain::No, tokens) };
    let (explain, rest) = match after(rest, "ANALYZE") {
        Some(rest) => (Explain::Analyze, rest),
        None => (Explain::Plan, rest),
    };
    (explain, after(rest, "VERBOSE").unwrap_or(rest))
}

/// `SET NOCOUNT ON`, which scripts for SQL Server begin with, has nothing to do here.
pub fn without_nocount(tokens: &[TokenWithSpan]) -> &[TokenWithSpan] {
    let rest = after(tokens, "SET").and_then(|rest| after(rest, "NOCOUNT"));
    rest.and_then(|rest| after(rest, "ON").or_else(|| after(rest, "OFF"))).unwrap_or(tokens)
}

/// What follows `word`, if the tokens begin with it.
fn after<'a>(tokens: &'a [TokenWithSpan], word: &str) -> Option<&'a [TokenWithSpan]> {
    let place = tokens.iter().position(is_significant)?;
    let (before, rest) = tokens.split_at_checked(place + 1)?;
    matches!(&before.last()?.token, Token::Word(found) if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
        .then_some(rest)
}

/// `UPSERT INTO` as the INSERT that it begins as, if the tokens are one.
pub fn upsert(tokens: &[TokenWithSpan]) -> Option<Vec<TokenWithSpan>> {
    after(tokens, "UPSERT")?;
    let mut insert = tokens.to_vec();
    let word = insert.iter_mut().find(|token| is_significant(token))?;
    word.token = Token::make_word("INSERT", None);
    Some(insert)
}

/// Refuses `UPDATE TOP (n)` and `DELETE TOP (n)`: which rows they mean is left to chance.
pub fn refuse_top(tokens: &[TokenWithSpan]) -> Result<()> {
    let verb = ["UPDATE", "DELETE"].into_iter().find_map(|verb| Some((verb, after(after(tokens, verb)?, "TOP")?)));
    let Some((verb, rest)) = verb else { return Ok(()) };
    let next = rest.iter().find(|token| is_significant(token)).map(|token| &token.token);
    if !matches!(next, Some(Token::LParen | Token::Number(..) | Token::Placeholder(_))) {
        return Ok(());
    }
    let instead = "WHERE ID IN (SELECT TOP (n) ID FROM ... ORDER BY ...), which says which rows are meant";
    Err(Error::UseInstead { what: format!("{verb} TOP"), instead: instead.into() })
}

/// A write, and the WITH before it: the parser takes both for a query.
pub fn with_of_write(syntax: Syntax) -> (Syntax, Option<With>) {
    let Syntax::Query(query) = syntax else { return (syntax, None) };
    match *query.body {
        SetExpr::Insert(write) | SetExpr::Update(write) | SetExpr::Delete(write) | SetExpr::Merge(write) => {
            (write, query.with)
        }
        body => (Syntax::Query(Box::new(Query { body: Box::new(body), ..*query })), None),
    }
}

/// Whether it is a DELETE that names its table before FROM, as SQL Server and MySQL have it: `DELETE a FROM Accounts a ..`.
pub fn is_named_delete(tokens: &[TokenWithSpan]) -> bool {
    let Some(rest) = after(tokens, "DELETE") else { return false };
    let named = rest.iter().filter(|token| is_significant(token)).take_while(|token| {
        matches!(&token.token, Token::Period)
            || matches!(&token.token, Token::Word(word) if word.quote_style.is_some() || word.keyword == Keyword::NoKeyword)
    });
    let length = named.count();
    let next = rest.iter().filter(|token| is_significant(token)).nth(length);
    length > 0 && matches!(next.map(|token| &token.token), Some(Token::Word(word)) if word.keyword == Keyword::FROM)
}

/// `USE 5513` names its division as `USE "5513"` does.
pub fn with_named_division(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    if after(&tokens, "USE").is_some()
        && let Some(name) = tokens.iter_mut().filter(|token| is_significant(token)).nth(1)
        && let Token::Number(value, _) | Token::SingleQuotedString(value) = &name.token
    {
        name.token = Token::Word(Word { value: value.clone(), quote_style: Some('"'), keyword: Keyword::NoKeyword });
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::super::tokens;
    use super::*;

    fn text(tokens: &[TokenWithSpan]) -> String {
        tokens.iter().map(|token| token.token.to_string()).collect::<String>().trim().to_owned()
    }

    #[test]
    fn explain_is_taken_off() {
        for (written, expected, rest) in [
            ("SELECT 1", Explain::No, "SELECT 1"),
            (" explain SELECT 1", Explain::Plan, "SELECT 1"),
            ("EXPLAIN /* now */ ANALYZE\nSELECT 1", Explain::Analyze, "SELECT 1"),
            ("EXPLAIN VERBOSE SELECT 1", Explain::Plan, "SELECT 1"),
            ("\"EXPLAIN\" SELECT 1", Explain::No, "\"EXPLAIN\" SELECT 1"),
            ("EXPLAIN", Explain::Plan, ""),
        ] {
            let tokens = tokens::of(written).unwrap();
            let (explain, left) = explain(&tokens);
            assert_eq!((explain, text(left).as_str()), (expected, rest), "{written}");
        }
    }

    #[test]
    fn a_division_may_be_named_by_its_bare_code() {
        for (written, expected) in [
            ("USE 5513", "USE \"5513\""),
            ("use '5513'", "use \"5513\""),
            ("USE \"5513\"", "USE \"5513\""),
            ("USE ALL", "USE ALL"),
            ("SELECT 5513", "SELECT 5513"),
        ] {
            assert_eq!(text(&with_named_division(tokens::of(written).unwrap())), expected);
        }
    }
}
