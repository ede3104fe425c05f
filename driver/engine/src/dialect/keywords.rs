//! Words that are no names unless they are quoted.

/// Those that ODBC does not reserve itself (its appendix C, SQL_ODBC_KEYWORDS): the answer to SQL_KEYWORDS.
pub const KEYWORDS: &str = "\
    ANALYZE,ANTI,ARRAY,ASOF,CLUSTER,CUBE,DISTRIBUTE,EXPLAIN,FORMAT,LATERAL,LIMIT,MATCH_CONDITION,\
    MATCH_RECOGNIZE,MINUS,OFFSET,PARTITION,PIVOT,PREWHERE,QUALIFY,RETURNING,ROLLUP,SAMPLE,SEMI,SETTINGS,SORT,\
    START,TABLESAMPLE,TOP,TRY_CAST,UNNEST,UNPIVOT,WINDOW";

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::ast::{Expr, SelectItem, SetExpr, Statement};
    use datafusion::sql::sqlparser::keywords::ALL_KEYWORDS;

    use super::KEYWORDS;
    use crate::dialect::read;

    /// SQL_ODBC_KEYWORDS of the specification.
    const OF_ODBC: &str = "ABSOLUTE ACTION ADA ADD ALL ALLOCATE ALTER AND ANY ARE AS ASC ASSERTION AT AUTHORIZATION AVG \
        BEGIN BETWEEN BIT BIT_LENGTH BOTH BY CASCADE CASCADED CASE CAST CATALOG CHAR CHAR_LENGTH CHARACTER CHARACTER_LENGTH \
        CHECK CLOSE COALESCE COLLATE COLLATION COLUMN COMMIT CONNECT CONNECTION CONSTRAINT CONSTRAINTS CONTINUE CONVERT \
        CORRESPONDING COUNT CREATE CROSS CURRENT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURSOR DATE DAY \
        DEALLOCATE DEC DECIMAL DECLARE DEFAULT DEFERRABLE DEFERRED DELETE DESC DESCRIBE DESCRIPTOR DIAGNOSTICS DISCONNECT \
        DISTINCT DOMAIN DOUBLE DROP ELSE END END-EXEC ESCAPE EXCEPT EXCEPTION EXEC EXECUTE EXISTS EXTERNAL EXTRACT FALSE \
        FETCH FIRST FLOAT FOR FOREIGN FORTRAN FOUND FROM FULL GET GLOBAL GO GOTO GRANT GROUP HAVING HOUR IDENTITY IMMEDIATE \
        IN INCLUDE INDEX INDICATOR INITIALLY INNER INPUT INSENSITIVE INSERT INT INTEGER INTERSECT INTERVAL INTO IS ISOLATION \
        JOIN KEY LANGUAGE LAST LEADING LEFT LEVEL LIKE LOCAL LOWER MATCH MAX MIN MINUTE MODULE MONTH NAMES NATIONAL NATURAL \
        NCHAR NEXT NO NONE NOT NULL NULLIF NUMERIC OCTET_LENGTH OF ON ONLY OPEN OPTION OR ORDER OUTER OUTPUT OVERLAPS PAD \
        PARTIAL PASCAL POSITION PRECISION PREPARE PRESERVE PRIMARY PRIOR PRIVILEGES PROCEDURE PUBLIC READ REAL REFERENCES \
        RELATIVE RESTRICT REVOKE RIGHT ROLLBACK ROWS SCHEMA SCROLL SECOND SECTION SELECT SESSION SESSION_USER SET SIZE \
        SMALLINT SOME SPACE SQL SQLCA SQLCODE SQLERROR SQLSTATE SQLWARNING SUBSTRING SUM SYSTEM_USER TABLE TEMPORARY THEN \
        TIME TIMESTAMP TIMEZONE_HOUR TIMEZONE_MINUTE TO TRAILING TRANSACTION TRANSLATE TRANSLATION TRIM TRUE UNION UNIQUE \
        UNKNOWN UPDATE UPPER USAGE USER USING VALUE VALUES VARCHAR VARYING VIEW WHEN WHENEVER WHERE WITH WORK WRITE YEAR ZONE";

    /// Whether a statement is read, and its first item is a plain column or has an alias.
    fn is_name(sql: &str, word: &str) -> bool {
        let Ok(statements) = read(sql) else { return false };
        let [one] = &*statements else { return false };
        let Statement::Query(query) = &one.syntax else { return false };
        let SetExpr::Select(select) = &*query.body else { return false };
        match select.projection.first() {
            Some(SelectItem::UnnamedExpr(Expr::Identifier(name))) => name.value.eq_ignore_ascii_case(word),
            Some(SelectItem::ExprWithAlias { .. } | SelectItem::UnnamedExpr(Expr::CompoundIdentifier(_))) => true,
            _ => false,
        }
    }

    /// Whether the word fails somewhere where a name may stand.
    fn is_reserved(word: &str) -> bool {
        let places = [
            format!("SELECT {word} FROM t"),
            format!("SELECT t.{word} FROM t"),
            format!("SELECT {word}.a FROM {word} WHERE {word}.a = 1 ORDER BY {word}.a"),
            format!("SELECT a AS {word} FROM t"),
            format!("SELECT t.a FROM t {word}"),
            format!("SELECT {word}, b FROM s.{word} AS {word} WHERE {word} = 1 AND 1 < {word} GROUP BY {word}"),
        ];
        !places.iter().all(|sql| is_name(sql, word))
    }

    #[test]
    fn the_keywords_that_are_told_are_those_that_the_parser_reserves() {
        let of_odbc: Vec<&str> = OF_ODBC.split_whitespace().collect();
        assert_eq!(of_odbc.len(), 235);
        let reserved = ALL_KEYWORDS.iter().filter(|word| !of_odbc.contains(word) && is_reserved(word));
        let reserved: Vec<&str> = reserved.copied().collect();
        assert_eq!(reserved.join(","), KEYWORDS);
    }
}
