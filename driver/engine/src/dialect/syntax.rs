//! The rules of the SQL that applications send, where they differ from the parser's generic ones.

use std::any::TypeId;

use datafusion::sql::sqlparser::ast::{Expr, ObjectName};
use datafusion::sql::sqlparser::dialect::{Dialect, GenericDialect};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

use super::types;

/// The parser's generic dialect, with `[x]` and `` `x` `` beside `"x"` as quoted names.
#[derive(Debug)]
pub struct ExactSql;

impl Dialect for ExactSql {
    /// The parser asks here whether a construct that it knows from several products is allowed.
    fn dialect(&self) -> TypeId {
        TypeId::of::<GenericDialect>()
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        matches!(ch, '"' | '`' | '[')
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_alphabetic() || matches!(ch, '_' | '#' | '@')
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_alphanumeric() || matches!(ch, '_' | '#' | '@' | '$')
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    fn supports_within_after_array_aggregation(&self) -> bool {
        true
    }

    fn supports_group_by_expr(&self) -> bool {
        true
    }

    fn supports_group_by_with_modifier(&self) -> bool {
        true
    }

    fn supports_limit_comma(&self) -> bool {
        true
    }

    fn supports_window_clause_named_window_reference(&self) -> bool {
        true
    }

    fn supports_parens_around_table_factor(&self) -> bool {
        true
    }

    fn supports_nested_comments(&self) -> bool {
        true
    }

    fn supports_try_convert(&self) -> bool {
        true
    }

    fn supports_table_hints(&self) -> bool {
        true
    }

    fn supports_comma_separated_trim(&self) -> bool {
        true
    }

    /// Words that begin an expression of their own and are no columns: a mistake in one is told where it is.
    fn is_reserved_for_identifier(&self, keyword: Keyword) -> bool {
        use Keyword as K;
        matches!(keyword, K::CASE | K::CAST | K::EXISTS | K::INTERVAL | K::NOT | K::STRUCT | K::TRIM | K::TRY_CAST)
    }

    /// `CONVERT(type, value)`, and `User` as a column.
    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        let [first, second] = parser.peek_tokens_with_location::<2>();
        let Token::Word(word) = &first.token else {
            return None;
        };
        if word.quote_style.is_some() {
            return None;
        }
        let called = second.token == Token::LParen;
        match word.keyword {
            Keyword::USER => {
                let name = word.to_ident(first.span);
                parser.next_token();
                Some(if called {
                    parser.parse_function(ObjectName::from(vec![name]))
                } else {
                    Ok(Expr::Identifier(name))
                })
            }
            Keyword::CONVERT | Keyword::TRY_CONVERT if called => {
                let is_try = word.keyword == Keyword::TRY_CONVERT;
                parser.maybe_parse(|parser| convert_to_first(parser, is_try)).transpose()
            }
            _ => None,
        }
    }
}

/// `CONVERT(type, value[, style])` of SQL Server. ODBC has the value first, and names types `SQL_…`.
fn convert_to_first(parser: &mut Parser, is_try: bool) -> Result<Expr, ParserError> {
    let other = || ParserError::ParserError("the value comes first".into());
    parser.next_token();
    parser.expect_token(&Token::LParen)?;
    let data_type = parser.parse_data_type()?;
    if !types::is_type(&data_type) {
        return Err(other());
    }
    parser.expect_token(&Token::Comma)?;
    if let Token::Word(word) = &parser.peek_token_ref().token
        && word.value.to_ascii_lowercase().starts_with("sql_")
    {
        return Err(other());
    }
    let expr = Box::new(parser.parse_expr()?);
    let mut styles = Vec::new();
    if parser.consume_token(&Token::Comma) {
        styles.push(parser.parse_expr()?);
    }
    parser.expect_token(&Token::RParen)?;
    Ok(Expr::Convert { is_try, expr, data_type: Some(data_type), charset: None, target_before_value: true, styles })
}
