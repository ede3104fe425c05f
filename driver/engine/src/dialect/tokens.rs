//! What is done before parsing: ODBC escapes, parameter markers, the case of names.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, Tokenizer, Word};

pub use datafusion::sql::sqlparser::tokenizer::TokenWithSpan;

use super::syntax::ExactSql;
use crate::error::{Error, Place, Result};

/// The tokens of a text, white space and comments included.
pub fn of(text: &str) -> Result<Vec<TokenWithSpan>> {
    Tokenizer::new(&ExactSql, text).tokenize_with_location().map_err(|error| ParserError::from(error).into())
}

pub fn is_separator(token: &TokenWithSpan) -> bool {
    token.token == Token::SemiColon
}

pub fn is_significant(token: &TokenWithSpan) -> bool {
    !matches!(token.token, Token::Whitespace(_) | Token::EOF)
}

/// Replaces ODBC escape clauses (ODBC specification, appendix C) by what they stand for.
pub fn without_escapes(written: &[TokenWithSpan]) -> Result<Vec<TokenWithSpan>> {
    let mut plain = Vec::with_capacity(written.len());
    let mut open: Vec<Location> = Vec::new();
    let mut rest = written.iter();
    while let Some(token) = rest.next() {
        match &token.token {
            Token::LBrace => {
                let clause = rest.by_ref().find(|next| is_significant(next));
                plain.extend(opening(token, clause)?);
                open.push(token.span.start);
            }
            Token::RBrace => {
                open.pop().ok_or_else(|| syntax("a } without its {", token.span.start))?;
            }
            _ => plain.push(token.clone()),
        }
    }
    match open.pop() {
        Some(location) => Err(syntax("an escape clause is not closed by }", location)),
        None => Ok(plain),
    }
}

/// The token, if any, that stands for the beginning of an escape clause.
fn opening(brace: &TokenWithSpan, clause: Option<&TokenWithSpan>) -> Result<Option<TokenWithSpan>> {
    let Some(TokenWithSpan { token: Token::Word(word), .. }) = clause else {
        // `{?= call ...}` has no word here.
        return Err(escape_not_known("this escape clause", brace.span.start));
    };
    let keyword = match word.value.to_ascii_lowercase().as_str() {
        "fn" | "oj" | "guid" => return Ok(None),
        "d" => ("DATE", Keyword::DATE),
        "t" => ("TIME", Keyword::TIME),
        "ts" => ("TIMESTAMP", Keyword::TIMESTAMP),
        "escape" => ("ESCAPE", Keyword::ESCAPE),
        "interval" => ("INTERVAL", Keyword::INTERVAL),
        "call" => {
            return Err(Error::NotSupported { what: "The escape clause {call ...}".into() });
        }
        other => return Err(escape_not_known(&format!("the escape clause {{{other}}}"), brace.span.start)),
    };
    Ok(Some(TokenWithSpan {
        token: Token::Word(Word { value: keyword.0.into(), quote_style: None, keyword: keyword.1 }),
        span: brace.span,
    }))
}

fn escape_not_known(what: &str, location: Location) -> Error {
    syntax(&format!("{what} is not one of d, t, ts, interval, guid, fn, oj, escape, call"), location)
}

fn syntax(what: &str, location: Location) -> Error {
    Error::Syntax { message: format!("{what} at Line: {}, Column: {}", location.line, location.column) }
}

/// Takes off `OPTION (...)` at the end of a query: hints to SQL Server's optimizer.
pub fn without_hints(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut open = 0_usize;
    let last = tokens.iter().rposition(is_significant);
    let hints = tokens.iter().enumerate().rev().filter(|(_, token)| is_significant(token)).find(|(_, token)| {
        match token.token {
            Token::RParen => open += 1,
            Token::LParen => open = open.saturating_sub(1),
            _ => return open == 0,
        }
        false
    });
    let begins =
        hints.filter(|(_, token)| matches!(&token.token, Token::Word(word) if word.keyword == Keyword::OPTION));
    let begins = begins.map(|(place, _)| place);
    let ends = last.and_then(|last| tokens.get(last)).is_some_and(|token| token.token == Token::RParen);
    if let Some(place) = begins.filter(|_| ends) {
        tokens.truncate(place);
    }
    tokens
}

/// Takes off `(NOLOCK)` behind a table, SQL Server's old way to write `WITH (NOLOCK)`, and puts the marker of `TOP ?` into
/// parentheses, since the parser reads it nowhere else.
pub fn without_old_forms(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    /// Words before a parenthesis that are no table.
    const NO_TABLE: [Keyword; 12] = [
        Keyword::WITH,
        Keyword::IN,
        Keyword::VALUES,
        Keyword::ON,
        Keyword::WHERE,
        Keyword::AND,
        Keyword::OR,
        Keyword::NOT,
        Keyword::BY,
        Keyword::SELECT,
        Keyword::DISTINCT,
        Keyword::USING,
    ];
    let mut plain: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let before = |back: usize| plain.iter().rev().filter(|token| is_significant(token)).nth(back);
        let word = |back: usize| {
            before(back).and_then(|token| if let Token::Word(word) = &token.token { Some(word) } else { None })
        };
        let hint = token.token == Token::RParen
            && word(0).is_some_and(|word| word.value.eq_ignore_ascii_case("NOLOCK"))
            && before(1).is_some_and(|token| token.token == Token::LParen)
            && word(2).is_some_and(|word| word.quote_style.is_some() || !NO_TABLE.contains(&word.keyword));
        let count =
            matches!(token.token, Token::Placeholder(_)) && word(0).is_some_and(|word| word.keyword == Keyword::TOP);
        let span = token.span;
        if hint {
            let opening = plain.iter().rposition(|token| token.token == Token::LParen).unwrap_or(plain.len());
            plain.truncate(opening);
        } else if count {
            plain.extend([Token::LParen, token.token, Token::RParen].map(|token| TokenWithSpan { token, span }));
        } else {
            plain.push(token);
        }
    }
    plain
}

/// Numbers the `?` markers `$1` upwards, and makes national strings plain ones.
///
/// # Errors
/// 42000 and HYC00 for the parameters and variables of other products: nothing could be bound to them.
pub fn with_numbered_markers(mut tokens: Vec<TokenWithSpan>) -> Result<(Vec<TokenWithSpan>, usize)> {
    let mut count = 0;
    let mut after_colon = None;
    for token in &mut tokens {
        let colon = after_colon.take();
        match &mut token.token {
            Token::Placeholder(marker) if marker == "?" => {
                count += 1;
                *marker = format!("${count}");
            }
            Token::Placeholder(marker) => return Err(foreign_marker(marker, token.span.start)),
            Token::Colon => after_colon = Some(token.span.start),
            Token::Word(Word { value, quote_style: None, .. }) | Token::Number(value, _) if colon.is_some() => {
                return Err(foreign_marker(&format!(":{value}"), colon.unwrap_or(token.span.start)));
            }
            Token::Word(word) if is_variable(word) => return Err(variable(&word.value, token.span.start)),
            Token::NationalStringLiteral(text) => {
                token.token = Token::SingleQuotedString(std::mem::take(text));
            }
            _ => {}
        }
    }
    Ok((tokens, count))
}

/// `$1`, `:name`, `?1`: the markers of other products.
fn foreign_marker(marker: &str, location: Location) -> Error {
    if marker.eq_ignore_ascii_case("$action") {
        let instead = "columns of inserted, and sys.sys_changes, which tells what was done to each row";
        return Error::UseInstead { what: "$action".into(), instead: instead.into() }.at(Some(place(location)));
    }
    syntax(&format!("a parameter is written ?, not {marker},"), location)
}

/// Whether it is a variable of SQL Server, other than the one that this driver knows.
fn is_variable(word: &Word) -> bool {
    word.quote_style.is_none() && word.value.starts_with('@') && !word.value.eq_ignore_ascii_case("@@IDENTITY")
}

fn variable(name: &str, location: Location) -> Error {
    let instead = match name.to_ascii_uppercase().as_str() {
        "@@ROWCOUNT" => "the row count of the statement (SQLRowCount, cursor.rowcount)",
        system if system.starts_with("@@") => {
            return Error::NotSupported { what: format!("The variable {name}") }.at(Some(place(location)));
        }
        _ => "a value, or ? with a parameter bound to it",
    };
    Error::UseInstead { what: format!("The variable {name}"), instead: instead.into() }.at(Some(place(location)))
}

fn place(location: Location) -> Place {
    Place { line: location.line, column: location.column }
}

/// Quotes FROM where it is a column among those that are selected: after SELECT or a comma, and before a comma, AS or
/// the clause FROM itself. The parser takes every other keyword for a name where one is needed.
pub fn with_quoted_names(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let significant: Vec<usize> =
        tokens.iter().enumerate().filter(|(_, token)| is_significant(token)).map(|(index, _)| index).collect();
    for window in significant.windows(3) {
        let [before, name, after] = window else {
            continue;
        };
        let keyword = |index: &usize| tokens.get(*index).map_or(Keyword::NoKeyword, keyword_of);
        let comma = |index: &usize| tokens.get(*index).is_some_and(|token| token.token == Token::Comma);
        let begins = comma(before) || matches!(keyword(before), Keyword::SELECT | Keyword::DISTINCT | Keyword::ALL);
        let ends = comma(after) || matches!(keyword(after), Keyword::FROM | Keyword::AS);
        if begins
            && ends
            && keyword(name) == Keyword::FROM
            && let Some(TokenWithSpan { token: Token::Word(word), .. }) = tokens.get_mut(*name)
        {
            word.quote_style = Some('"');
            word.keyword = Keyword::NoKeyword;
        }
    }
    tokens
}

fn keyword_of(token: &TokenWithSpan) -> Keyword {
    match &token.token {
        Token::Word(word) => word.keyword,
        _ => Keyword::NoKeyword,
    }
}

/// The same tokens with every name in lower case.
pub fn in_lower_case(tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let mut folded = tokens.to_vec();
    for token in &mut folded {
        if let Token::Word(word) = &mut token.token {
            word.value = word.value.to_lowercase();
        }
    }
    folded
}
