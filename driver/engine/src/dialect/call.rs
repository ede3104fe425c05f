//! `{call read_financial.RevenueListByYear(2026)}` (ODBC specification, appendix C): a function of the service is a table, and
//! its arguments are conditions on the columns that stand for its parameters. `{call salesinvoice.PrintedSalesInvoices(..)}`: an
//! action takes an INSERT, and its arguments are the columns that it takes, in their order, then its lists as JSON.

use datafusion::sql::sqlparser::tokenizer::Token;
use exact_client::model::{Argument, Entity, EntityKind, model};

use super::tokens::{self, TokenWithSpan, is_significant};
use crate::error::{Error, Result};

/// A call as another statement.
pub struct Call {
    /// The query, or the INSERT, that it stands for.
    pub tokens: Vec<TokenWithSpan>,
    /// For each marker, in order, whether its argument may be left out: then a null is a value that is not given.
    pub omittable: Vec<bool>,
}

/// What a call stands for; `None` for a statement that is no call.
pub fn read(written: &[TokenWithSpan]) -> Result<Option<Call>> {
    let all: Vec<&TokenWithSpan> = written.iter().filter(|token| is_significant(token)).collect();
    let Some(call) = called(&all)? else { return Ok(None) };
    let length = call.iter().take_while(|token| matches!(token.token, Token::Word(_) | Token::Period)).count();
    let (name, rest) = call.split_at(length);
    let entity = function(name)?;
    let arguments = arguments(rest).ok_or_else(|| Error::Invalid {
        message: format!("The call of {} is not of the form {{call name(argument, ...)}}.", spelled(name)),
    })?;
    if entity.kind == EntityKind::Action {
        let tokens = action(name, entity, &arguments)?;
        return Ok(Some(Call { tokens, omittable: omittable(entity, &arguments) }));
    }
    if arguments.len() != entity.parameters.len() {
        let names: Vec<&str> = entity.parameters.iter().map(|parameter| parameter.name).collect();
        return Err(Error::Arguments {
            function: spelled(name),
            message: format!("takes {} arguments ({}), not {}", names.len(), names.join(", "), arguments.len()),
        });
    }
    let mut query = tokens::of("SELECT * FROM ")?;
    query.extend(name.iter().map(|token| (*token).clone()));
    for (number, (parameter, argument)) in entity.parameters.iter().zip(arguments).enumerate() {
        let word = if number == 0 { "WHERE" } else { "AND" };
        query.extend(tokens::of(&format!(" {word} {} = (", parameter.name))?);
        query.extend(argument.iter().map(|token| (*token).clone()));
        query.extend(tokens::of(")")?);
    }
    // A function wants each of its arguments.
    Ok(Some(Call { tokens: query, omittable: Vec::new() }))
}

/// A marker that is an argument by itself may be left out where the action does not need the argument.
fn omittable(entity: &Entity, arguments: &[&[&TokenWithSpan]]) -> Vec<bool> {
    let marker = |token: &&&TokenWithSpan| matches!(&token.token, Token::Placeholder(marker) if marker == "?");
    let known = entity.arguments();
    let of_argument = |(one, tokens): (&Argument, &&[&TokenWithSpan])| {
        let alone = tokens.len() == 1 && !one.required;
        vec![alone; tokens.iter().filter(marker).count()]
    };
    known.iter().zip(arguments).flat_map(of_argument).collect()
}

/// The INSERT of an action's arguments, of which the last ones may be left out.
fn action(name: &[&TokenWithSpan], entity: &Entity, arguments: &[&[&TokenWithSpan]]) -> Result<Vec<TokenWithSpan>> {
    let columns: Vec<&str> = entity.arguments().iter().map(|argument| argument.name).collect();
    let Some(given) = columns.get(..arguments.len()) else {
        let message = format!("takes {} arguments ({}), not {}", columns.len(), columns.join(", "), arguments.len());
        return Err(Error::Arguments { function: spelled(name), message });
    };
    let mut insert = tokens::of("INSERT INTO ")?;
    insert.extend(name.iter().map(|token| (*token).clone()));
    if given.is_empty() {
        insert.extend(tokens::of(" DEFAULT VALUES")?);
        return Ok(insert);
    }
    insert.extend(tokens::of(&format!(" ({}) VALUES (", given.join(", ")))?);
    for (number, argument) in arguments.iter().enumerate() {
        insert.extend(if number == 0 { Vec::new() } else { tokens::of(", ")? });
        insert.extend(argument.iter().map(|token| (*token).clone()));
    }
    insert.extend(tokens::of(")")?);
    Ok(insert)
}

/// What follows the word CALL, without the braces around it.
fn called<'t, 'a>(all: &'a [&'t TokenWithSpan]) -> Result<Option<&'a [&'t TokenWithSpan]>> {
    let inside = match all {
        [open, inside @ .., close] if open.token == Token::LBrace && close.token == Token::RBrace => inside,
        bare => bare,
    };
    match inside {
        [first, rest @ ..] if is_word(first, "CALL") => Ok(Some(rest)),
        [_, equals, call, ..] if equals.token == Token::Eq && is_word(call, "CALL") => Err(Error::NotSupported {
            what: "A return value of {call ...}: functions of Exact Online give rows".into(),
        }),
        _ => Ok(None),
    }
}

fn is_word(token: &TokenWithSpan, word: &str) -> bool {
    matches!(&token.token, Token::Word(found) if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
}

fn spelled(name: &[&TokenWithSpan]) -> String {
    name.iter().map(|token| token.token.to_string()).collect()
}

/// The function or action of that name.
fn function(name: &[&TokenWithSpan]) -> Result<&'static Entity> {
    let mut words = name.iter().rev().filter_map(|token| match &token.token {
        Token::Word(word) => Some(word.value.as_str()),
        _ => None,
    });
    let table = words.next().unwrap_or_default();
    let schema = words.next();
    match model().find(schema, table) {
        Some(entity) => Ok(entity),
        None => Err(Error::FunctionNotFound { nearest: model().nearest_table(&spelled(name)), name: spelled(name) }),
    }
}

/// The arguments in parentheses; none where there are no parentheses.
fn arguments<'t, 'a>(rest: &'a [&'t TokenWithSpan]) -> Option<Vec<&'a [&'t TokenWithSpan]>> {
    let inside = match rest {
        [] => return Some(Vec::new()),
        [open, inside @ .., close] if open.token == Token::LParen && close.token == Token::RParen => inside,
        _ => return None,
    };
    if inside.is_empty() {
        return Some(Vec::new());
    }
    let mut depth = 0_i32;
    let arguments = inside.split(|token| {
        match token.token {
            Token::LParen | Token::LBrace => depth += 1,
            Token::RParen | Token::RBrace => depth -= 1,
            _ => {}
        }
        depth == 0 && token.token == Token::Comma
    });
    let arguments: Vec<_> = arguments.collect();
    (!arguments.iter().any(|argument| argument.is_empty())).then_some(arguments)
}
