//! From the text of an application to statements that DataFusion can plan.
//!
//! Every clean-up that needs no types happens here, on tokens where that suffices ([`tokens`]) and on the syntax tree
//! where it does not ([`rewrite`]). All names are brought to lower case, quoted ones too: identifiers are compared
//! without regard to case, and results carry the documented spelling (product section 4), which [`labels`] restores.

mod call;
mod clauses;
mod functions;
mod keywords;
mod labels;
mod leading;
mod limits;
mod rewrite;
mod rows;
mod syntax;
mod tokens;
mod types;
mod units;

use datafusion::sql::sqlparser::ast::{Query, Statement as Syntax, With};
use datafusion::sql::sqlparser::dialect::{Dialect, MsSqlDialect};
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Location, Token};

use crate::error::{Error, Result};
use crate::write;
pub use functions::{filled, names as function_names};
pub use keywords::KEYWORDS;
pub use labels::Labels;
pub use leading::Explain;

/// Nested expressions deeper than this are refused instead of exhausting the caller's stack.
const RECURSION_LIMIT: usize = 200;

/// One statement of a text, ready to be planned.
#[derive(Debug)]
pub struct Parsed {
    pub syntax: Syntax,
    pub labels: Labels,
    /// How many `?` markers it has; they are numbered `$1` upwards in the order of the text.
    pub parameters: usize,
    /// For each marker of `{call ...}` whether its argument may be left out.
    pub omittable: Vec<bool>,
    pub explain: Explain,
    /// An INSERT that was written as `UPSERT INTO`.
    pub upserts: bool,
    /// As it was written.
    pub text: String,
    /// The query of a write's RETURNING.
    pub returning: Option<Query>,
    /// What stands before a write.
    pub with: Option<With>,
}

/// Reads a text of one or more statements separated by `;`.
pub fn read(text: &str) -> Result<Vec<Parsed>> {
    let written = tokens::of(text)?;
    written
        .split(tokens::is_separator)
        .map(leading::without_nocount)
        .filter(|statement| statement.iter().any(tokens::is_significant))
        .map(read_statement)
        .collect()
}

/// The text as it goes to the parser: escapes resolved, names unchanged (SQLNativeSql).
pub fn native(text: &str) -> Result<String> {
    let written = tokens::of(text)?;
    let call = call::read(&written)?;
    let spelled = tokens::without_escapes(call.as_ref().map_or(&written, |call| &call.tokens))?;
    Ok(spelled.iter().map(|token| token.token.to_string()).collect())
}

fn read_statement(written: &[tokens::TokenWithSpan]) -> Result<Parsed> {
    let text: String = written.iter().map(|token| token.token.to_string()).collect();
    let text = text.trim().to_string();
    let (explain, written) = leading::explain(written);
    let upsert = leading::upsert(written);
    leading::refuse_top(written)?;
    let call = call::read(written)?;
    let written = upsert.as_deref().or(call.as_ref().map(|call| &*call.tokens)).unwrap_or(written);
    let spelled = tokens::without_hints(leading::with_named_division(tokens::without_escapes(written)?));
    let (numbered, parameters) = tokens::with_numbered_markers(tokens::without_old_forms(spelled))?;
    let numbered = tokens::with_quoted_names(numbered);
    let folded = tokens::in_lower_case(&numbered);
    let mut labels = Labels::new(&numbered);
    // First as it was written, so that a mistake is told in the application's words.
    let spelled = parse(numbered)?;
    let mut syntax = parse(folded)?;
    labels.name_items(&mut syntax, &spelled);
    rewrite::apply(&mut syntax)?;
    let ((syntax, with), (spelled, _)) = (leading::with_of_write(syntax), leading::with_of_write(spelled));
    let returning = returning(&syntax, &spelled, &mut labels)?;
    let omittable = call.map(|call| call.omittable).unwrap_or_default();
    Ok(Parsed { syntax, labels, parameters, omittable, explain, upserts: upsert.is_some(), text, returning, with })
}

/// The query of a write's RETURNING, with its labels remembered.
fn returning(syntax: &Syntax, spelled: &Syntax, labels: &mut Labels) -> Result<Option<Query>> {
    let (Some(query), Some(spelled)) = (write::returning_query(syntax)?, write::returning_query(spelled)?) else {
        return Ok(None);
    };
    let mut syntax = Syntax::Query(Box::new(query));
    labels.name_items(&mut syntax, &Syntax::Query(Box::new(spelled)));
    Ok(if let Syntax::Query(query) = syntax { Some(*query) } else { None })
}

fn parse(tokens: Vec<tokens::TokenWithSpan>) -> Result<Syntax> {
    // The parser knows this form of SQL Server alone.
    let dialect: &dyn Dialect = if leading::is_named_delete(&tokens) { &MsSqlDialect {} } else { &syntax::ExactSql };
    let mut parser =
        Parser::new(dialect).with_recursion_limit(RECURSION_LIMIT).with_tokens_with_locations(tokens.clone());
    let statement = parser.parse_statement().and_then(|statement| parser.expect_token(&Token::EOF).map(|_| statement));
    statement.map_err(|error| match Error::from(error) {
        // The parser does not always say where it stopped.
        Error::Syntax { message } if !message.contains("Line: ") => {
            let place = place_of_mistake(&message, &tokens);
            Error::Syntax { message: format!("{message} at Line: {}, Column: {}", place.line, place.column) }
        }
        other => other,
    })
}

/// The place of the token that the parser's message says it found; the end of the text for none.
fn place_of_mistake(message: &str, tokens: &[tokens::TokenWithSpan]) -> Location {
    let found = message.rsplit("found: ").next().unwrap_or_default();
    let token = tokens.iter().find(|token| token.token.to_string() == found);
    match (token, tokens.last()) {
        (Some(token), _) => token.span.start,
        (None, Some(last)) => last.span.end,
        (None, None) => Location::new(1, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    fn rewritten(text: &str) -> String {
        read(text).unwrap()[0].syntax.to_string()
    }

    #[test]
    fn statements_are_brought_to_one_spelling() {
        for (written, expected) in [
            ("SELECT [Name] FROM `Accounts`", "SELECT [name] FROM `accounts`"),
            ("SELECT TOP 5 Name FROM Accounts", "SELECT name FROM accounts LIMIT 5"),
            ("SELECT TOP (5) Name FROM A ORDER BY 1", "SELECT name FROM a ORDER BY 1 LIMIT 5"),
            ("SELECT Name FROM A OFFSET 2 ROWS FETCH NEXT 3 ROWS ONLY", "SELECT name FROM a LIMIT 3 OFFSET 2 ROWS"),
            ("SELECT Name FROM A LIMIT 2, 3", "SELECT name FROM a LIMIT 3 OFFSET 2"),
            ("SELECT a FROM T WHERE b IN (1) OPTION (MAXDOP 1, HASH JOIN)", "SELECT a FROM t WHERE b IN (1)"),
            ("SELECT X FROM Items (NOLOCK), B b (nolock)", "SELECT x FROM items, b b"),
            ("SELECT TOP ? X FROM A", "SELECT x FROM a LIMIT $1"),
            (
                "SELECT ROW_NUMBER() OVER (ORDER BY (SELECT 0)) N FROM A",
                "SELECT row_number() OVER (ORDER BY NULL) AS \"n\" FROM a",
            ),
            (
                "SELECT RANK() OVER (ORDER BY (SELECT X)) N FROM A",
                "SELECT rank() OVER (ORDER BY (SELECT x)) AS \"n\" FROM a",
            ),
            ("SELECT option(1) AS A FROM T", "SELECT option(1) AS \"a\" FROM t"),
            (
                "SELECT COUNT(DISTINCT A, B) AS N FROM T",
                "SELECT count(DISTINCT (CASE WHEN (a IS NOT NULL) AND (b IS NOT NULL) THEN struct(a, b) END)) AS \"n\" FROM t",
            ),
            ("SELECT a FROM T GROUP BY a, b WITH ROLLUP", "SELECT a FROM t GROUP BY ROLLUP (a, b)"),
            (
                "SELECT a FROM T OUTER APPLY (SELECT 1 AS n) x",
                "SELECT a FROM t LEFT JOIN LATERAL (SELECT 1 AS n) x ON true",
            ),
            ("SELECT -? FROM T", "SELECT -(CAST($1 AS DOUBLE PRECISION)) AS \"-$1\" FROM t"),
            ("SELECT ID, ID FROM A", "SELECT id, id AS \"id:2\" FROM a"),
            ("SELECT {fn UCASE({fn LCASE(Name)})} AS N FROM A", "SELECT (upper(((lower(name))))) AS \"n\" FROM a"),
            ("SELECT * FROM A WHERE D = {D '2026-01-31'}", "SELECT * FROM a WHERE d = DATE '2026-01-31'"),
            (
                "SELECT * FROM A WHERE D = {ts '2026-01-31 10:00:00'}",
                "SELECT * FROM a WHERE d = TIMESTAMP(3) '2026-01-31 10:00:00'",
            ),
            ("SELECT '{fn x}', \"A{\" FROM A", "SELECT '{fn x}' AS \"'{fn x}'\", \"a{\" FROM a"),
            (
                "SELECT a.X FROM {oj A LEFT OUTER JOIN B ON A.I = B.I}",
                "SELECT a.x FROM a LEFT OUTER JOIN b ON a.i = b.i",
            ),
            ("SELECT X FROM A WHERE I = ? AND J = ?", "SELECT x FROM a WHERE i = $1 AND j = $2"),
            ("SELECT X FROM A WHERE (I, J) = (1, ?)", "SELECT x FROM a WHERE (i = 1 AND j = $1)"),
            ("SELECT X FROM A WHERE (I, J) <> (1, 2)", "SELECT x FROM a WHERE NOT (i = 1 AND j = 2)"),
            (
                "SELECT X FROM A WHERE (I, J) IN ((1, 2), (3, 4))",
                "SELECT x FROM a WHERE (i = 1 AND j = 2 OR i = 3 AND j = 4)",
            ),
            (
                "SELECT X FROM A WHERE (I, J) IN (SELECT K, L FROM B)",
                "SELECT x FROM a WHERE EXISTS (SELECT 1 FROM (SELECT k, l FROM b) AS \"row:\" (\"row:1\", \"row:2\") \
                 WHERE (\"row:1\" = i AND \"row:2\" = j))",
            ),
            (
                "{call read_financial.RevenueListByYear(?)}",
                "SELECT * FROM read_financial.revenuelistbyyear WHERE year = ($1)",
            ),
            (
                "{ CALL ReceivablesListByAccountAndAgeGroup({guid '1'}, {fn MOD(5, 3)}) }",
                "SELECT * FROM receivableslistbyaccountandagegroup WHERE accountid = ('1') AND agegroup = ((5 % 3))",
            ),
            (
                "{call salesinvoice.PrintedSalesInvoices()}",
                "INSERT INTO salesinvoice.printedsalesinvoices DEFAULT VALUES",
            ),
            ("call read_financial.ProfitLossOverview()", "SELECT * FROM read_financial.profitlossoverview"),
            ("SELECT N'é' AS Q", "SELECT 'é' AS \"q\""),
            ("SELECT Date, From, User FROM A ORDER BY Date", "SELECT date, \"from\", user FROM a ORDER BY date"),
            ("SELECT X FROM A WHERE USER() = X", "SELECT x FROM a WHERE user() = x"),
            ("SELECT X FROM A WHERE CONVERT(INT, X) = 1", "SELECT x FROM a WHERE CAST(x AS INT) = 1"),
            ("SELECT X FROM A WHERE CONVERT(X, SQL_INTEGER) = 1", "SELECT x FROM a WHERE CAST(x AS INTEGER) = 1"),
            ("SELECT X FROM A WHERE CONVERT(Date, SQL_BIGINT) = 1", "SELECT x FROM a WHERE CAST(date AS BIGINT) = 1"),
            (
                "SELECT X FROM A WHERE CAST(X AS CHAR(3)) = 'b'",
                "SELECT x FROM a WHERE (left((CAST(x AS VARCHAR)), 3)) = 'b'",
            ),
            (
                "SELECT TOP 5 PERCENT X AS Y FROM A ORDER BY Y DESC",
                "SELECT x AS \"y\" FROM a QUALIFY (row_number() OVER (ORDER BY x DESC) <= \
                 CEIL(count(*) OVER () * 5 / 100.0)) ORDER BY y DESC",
            ),
            (
                "SELECT TOP 2 WITH TIES X FROM A ORDER BY 1",
                "SELECT x FROM a QUALIFY (rank() OVER (ORDER BY x) <= 2) ORDER BY 1",
            ),
            (
                "SELECT X FROM A ORDER BY X FETCH FIRST ? ROWS WITH TIES",
                "SELECT x FROM a QUALIFY (rank() OVER (ORDER BY x) <= $1) ORDER BY x",
            ),
            (
                "SELECT X FROM A ORDER BY X FETCH FIRST 5 PERCENT ROWS ONLY",
                "SELECT x FROM a QUALIFY (row_number() OVER (ORDER BY x) <= \
                 CEIL(count(*) OVER () * 5 / 100.0)) ORDER BY x",
            ),
        ] {
            assert_eq!(rewritten(written), expected, "{written}");
        }
    }

    #[test]
    fn a_text_may_hold_several_statements() {
        let parsed = read("SELECT 1 AS A; ; SELECT ';' AS B;").unwrap();
        assert_eq!(parsed.len(), 2);
        assert!(read(" -- nothing\n ; ").unwrap().is_empty());
        assert_eq!(read("SET NOCOUNT ON; SELECT 1 AS A; set nocount off").unwrap().len(), 1);
        assert_eq!(read("SET NOCOUNT ON\nSELECT 1 AS A").unwrap()[0].text, "SELECT 1 AS A");
    }

    #[test]
    fn mistakes_are_located() {
        for (text, state, part) in [
            ("SELECT FROM WHERE", "42000", "Line: 1, Column: "),
            ("SELECT\nFROM A", "42000", "Line: 2, Column: "),
            ("SELECT\n  FROM", "42000", "Line: 2, Column: 3"),
            ("SELECT Name\nFROM A WHERE )", "42000", "Line: 2, Column: 14"),
            ("SELECT Name FROM A WHERE", "42000", "Line: 1, Column: 25"),
            ("SELECT 'open", "42000", "Line: 1, Column: 8"),
            ("SELECT {fn UCASE(Name) FROM A", "42000", "Line: 1, Column: 8"),
            ("SELECT {unknown 1}", "42000", "unknown"),
            ("SELECT DISTINCT TOP 5 PERCENT Name FROM A", "HYC00", "PERCENT"),
            (
                "SELECT Name FROM A ORDER BY 1 OFFSET 1 ROWS FETCH NEXT 5 ROWS WITH TIES",
                "HYC00",
                "WITH TIES beside OFFSET",
            ),
            ("SELECT COUNT(*) FROM A TABLESAMPLE BERNOULLI (1)", "HYC00", "TABLESAMPLE"),
            ("SELECT 1 FROM (SELECT 1 FROM A) B TABLESAMPLE SYSTEM (1)", "HYC00", "TABLESAMPLE"),
            ("{call Something(1)}", "42000", "Something"),
            ("{? = call read_financial.RevenueListByYear(2026)}", "HYC00", "return value"),
            ("{call read_financial.RevenueListByYear}", "42000", "year"),
            ("{call read_financial.RevenueListByYear(2025, 2026)}", "42000", "year"),
            ("{call read_financial.RevenueListByYear(,)}", "42000", "{call name(argument, ...)}"),
            ("{call crm.ReopenQuotation(1, 2, 3, 4, 5, 6, 7)}", "42000", "arguments"),
            ("SELECT 1 FROM A WHERE (I, J) = (1, 2, 3)", "42000", "2 values"),
            ("SELECT 1 SELECT 2", "42000", "Line: 1, Column: 10"),
            ("SELECT $1", "42000", "a parameter is written ?, not $1, at Line: 1, Column: 8"),
            ("SELECT ?\n, $x", "42000", "not $x, at Line: 2, Column: 3"),
            ("SELECT ?2", "42000", "not ?2, at Line: 1, Column: 8"),
            ("SELECT X FROM A WHERE X = :name", "42000", "not :name, at Line: 1, Column: 27"),
            ("SELECT X FROM A WHERE X = :1", "42000", "not :1, at Line: 1, Column: 27"),
            ("SELECT @x", "HYC00", "? with a parameter bound to it. (Line: 1, Column: 8)"),
            ("SELECT @@ROWCOUNT", "HYC00", "SQLRowCount"),
            ("SELECT @@VERSION", "HYC00", "The variable @@VERSION is not supported"),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.sqlstate(), state, "{text}: {error}");
            assert!(error.to_string().contains(part), "{text}: {error}");
        }
    }
}
