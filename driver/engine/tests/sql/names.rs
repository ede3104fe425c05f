//! Names: keywords as columns, every way to quote, aliases wherever they may stand, columns with one name or none.

use std::collections::BTreeMap;

use exact_engine::Connection;
use exact_engine::model::model;

use crate::company::{Company, rows};

fn labels(connection: &Connection, sql: &str) -> Vec<String> {
    let statement = connection.prepare(sql).unwrap_or_else(|error| panic!("{sql}\n{error}")).remove(0);
    statement.columns().iter().map(|column| column.label.clone()).collect()
}

/// Exact Online has columns called Date, Type, From, To, User, Current, Timestamp ...: none needs a quote.
#[test]
fn every_column_can_be_named_bare() {
    let company = Company::start();
    let connection = company.connect("HistoricTables=on");
    let mut columns = BTreeMap::new();
    for entity in model().entities().iter().filter(|entity| entity.parameters.is_empty() && !entity.columns_unknown) {
        for column in &entity.columns {
            columns.entry(column.name).or_insert(entity);
        }
    }
    assert!(columns.len() > 1_000, "{}", columns.len());
    let calls = company.requests_of(|| {
        for (column, entity) in &columns {
            let sql = format!(
                "SELECT {column}, t.{column}, COUNT({column}) AS {column}s FROM {}.{} t WHERE {column} IS NOT NULL AND \
                 t.{column} IS NOT NULL GROUP BY {column} HAVING {column} IS NOT NULL ORDER BY {column}",
                entity.schema, entity.name
            );
            assert_eq!(labels(&connection, &sql), [*column, *column, &format!("{column}s")], "{sql}");
        }
    });
    assert_eq!(calls, Vec::<String>::new());
}

#[test]
fn reserved_words_can_be_columns_of_a_subquery() {
    let company = Company::start();
    let connection = company.connect("");
    let sql = "SELECT Order, Group, t.Select, [Where], `From`, \"Table\", User, Date, Key FROM (SELECT 1 AS Order, \
               2 AS [Group], 3 AS \"Select\", 4 AS [where], 5 AS [from], 6 AS \"table\", 7 AS User, 8 AS Date, 9 AS Key) t \
               ORDER BY Order";
    assert_eq!(labels(&connection, sql), ["Order", "Group", "Select", "Where", "From", "Table", "User", "Date", "Key"]);
    assert_eq!(rows(&connection, sql), [["1", "2", "3", "4", "5", "6", "7", "8", "9"]]);
}

#[test]
fn aliases_stand_wherever_they_may() {
    let company = Company::start();
    let connection = company.connect("");
    for (sql, first) in [
        (
            "SELECT n % 2 AS Odd, COUNT(*) AS Number FROM (VALUES (1), (2), (3)) t(n) GROUP BY Odd HAVING Number > 1 ORDER BY Number DESC",
            "1",
        ),
        ("SELECT n AS \"My Number\" FROM (VALUES (1), (2)) t(n) ORDER BY [My Number] DESC", "2"),
        ("SELECT n * 2 AS Twice FROM (VALUES (1), (2)) t(n) ORDER BY Twice DESC", "4"),
        ("SELECT n AS A, n AS B FROM (VALUES (1), (2)) t(n) ORDER BY B DESC, A", "2"),
        ("SELECT UPPER(s) AS s FROM (VALUES ('b'), ('a')) t(s) ORDER BY s", "A"),
        ("SELECT n FROM (VALUES (1), (2)) t(n) ORDER BY 1 DESC", "2"),
        ("SELECT t.N AS n FROM (VALUES (1), (2)) T(n) ORDER BY T.n DESC", "2"),
        ("SELECT n AS größe FROM (VALUES (1), (2)) t(n) ORDER BY GRÖßE DESC", "2"),
    ] {
        assert_eq!(rows(&connection, sql)[0][0], first, "{sql}");
    }
}

#[test]
fn columns_may_share_a_name_or_have_none() {
    let company = Company::start();
    let connection = company.connect("");
    for (sql, expected, row) in [
        ("SELECT 1, 1, 2 AS a, 3 AS a", &["1", "1", "a", "a"][..], &["1", "1", "2", "3"][..]),
        ("SELECT t.n, u.n FROM (SELECT 1 AS n) t, (SELECT 2 AS n) u", &["n", "n"], &["1", "2"]),
        ("SELECT t.*, u.* FROM (SELECT 1 AS n) t, (SELECT 2 AS n) u", &["n", "n"], &["1", "2"]),
        ("SELECT *, n, n + 1 FROM (SELECT 1 AS n) t", &["n", "n", "n + 1"], &["1", "1", "2"]),
        ("SELECT 1, 1 UNION ALL SELECT 1, 1", &["1", "1"], &["1", "1"]),
        ("SELECT COUNT(*), COUNT(*) FROM (SELECT 1 AS n) t", &["COUNT(*)", "COUNT(*)"], &["1", "1"]),
        ("SELECT * FROM (SELECT 1 AS A, 2 AS B) t", &["A", "B"], &["1", "2"]),
        ("SELECT x.Total FROM (SELECT SUM(n) AS Total FROM (SELECT 1 AS n) t) x", &["Total"], &["1"]),
        ("SELECT 'Naïef' AS \"Café €\"", &["Café €"], &["Naïef"]),
        ("SELECT GRÖSSE, N'Ω' AS Ωmega FROM (SELECT 1 AS GRÖSSE) x", &["GRÖSSE", "Ωmega"], &["1", "Ω"]),
        ("SELECT (SELECT 1), (SELECT 1)", &["(SELECT 1)", "(SELECT 1)"], &["1", "1"]),
    ] {
        assert_eq!(labels(&connection, sql), expected, "{sql}");
        assert_eq!(rows(&connection, sql)[0], row, "{sql}");
    }
}

#[test]
fn statements_and_comments_are_told_apart() {
    let company = Company::start();
    let connection = company.connect("");
    let text = "SELECT ';' AS a; -- one; two\n SELECT 2 /* ; /* nested; */ */ AS b;; SELECT \"a;b\" FROM (SELECT 3 AS \"a;b\") t;";
    let statements = connection.prepare(text).unwrap();
    let found: Vec<_> = statements.iter().map(|statement| statement.columns()[0].label.clone()).collect();
    assert_eq!(found, ["a", "b", "a;b"]);
    assert!(connection.prepare(" ; -- nothing\n").unwrap().is_empty());
}

#[test]
fn rows_are_limited_in_every_spelling() {
    let company = Company::start();
    let connection = company.connect("");
    let numbers = "(VALUES (1, 'a'), (2, 'a'), (3, 'b'), (4, 'c'), (5, 'c')) t(n, s)";
    for (sql, expected) in [
        (format!("SELECT TOP 2 n FROM {numbers} ORDER BY n"), "1 2"),
        (format!("SELECT TOP (2) n FROM {numbers} ORDER BY n DESC"), "5 4"),
        (format!("SELECT n FROM {numbers} ORDER BY n LIMIT 2"), "1 2"),
        (format!("SELECT n FROM {numbers} ORDER BY n LIMIT 1, 2"), "2 3"),
        (format!("SELECT n FROM {numbers} ORDER BY n LIMIT 2 OFFSET 3"), "4 5"),
        (format!("SELECT n FROM {numbers} ORDER BY n OFFSET 3 ROWS"), "4 5"),
        (format!("SELECT n FROM {numbers} ORDER BY n OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY"), "2 3"),
        (format!("SELECT n FROM {numbers} ORDER BY n FETCH FIRST 1 ROW ONLY"), "1"),
        (format!("SELECT TOP 0 n FROM {numbers}"), ""),
        (format!("SELECT TOP 40 PERCENT n FROM {numbers} ORDER BY n"), "1 2"),
        (format!("SELECT TOP (50) PERCENT n FROM {numbers} ORDER BY n DESC"), "5 4 3"),
        (format!("SELECT TOP 1 WITH TIES n FROM {numbers} ORDER BY s"), "1 2"),
        (format!("SELECT TOP 3 WITH TIES n AS x FROM {numbers} ORDER BY s DESC, n % 1"), "3 4 5"),
        (format!("SELECT TOP 1 WITH TIES s AS x, COUNT(*) AS c FROM {numbers} GROUP BY s ORDER BY c DESC, x"), "a"),
        (format!("SELECT TOP 1 n FROM {numbers} UNION ALL SELECT TOP 1 9 FROM {numbers}"), "1 9"),
        (format!("SELECT n FROM (SELECT TOP 2 n FROM {numbers} ORDER BY n DESC) x ORDER BY n"), "4 5"),
    ] {
        let mut found: Vec<_> = rows(&connection, &sql).into_iter().map(|row| row[0].clone()).collect();
        if sql.contains("TIES") {
            found.sort();
        }
        assert_eq!(found.join(" "), expected, "{sql}");
    }
}

#[test]
fn null_comes_first() {
    let company = Company::start();
    let connection = company.connect("");
    let values = "(VALUES (2), (NULL), (1)) t(n)";
    for (order, expected) in
        [("n", "NULL 1 2"), ("n DESC", "2 1 NULL"), ("n NULLS LAST", "1 2 NULL"), ("n DESC NULLS FIRST", "NULL 2 1")]
    {
        let found: Vec<_> = rows(&connection, &format!("SELECT n FROM {values} ORDER BY {order}")).concat();
        assert_eq!(found.join(" "), expected, "{order}");
    }
}

#[test]
fn dual_is_there_where_it_is_asked_for() {
    let company = Company::start();
    let with = company.connect("IncludeDualTable=true");
    let calls = company.requests_of(|| {
        assert_eq!(rows(&with, "SELECT 1 + 1, SYSDATE() FROM DUAL")[0][0], "2");
        assert_eq!(labels(&with, "SELECT * FROM dual"), ["dummy"]);
    });
    assert_eq!(calls, Vec::<String>::new());
    let error = company.connect("").prepare("SELECT 1 FROM DUAL").err().unwrap();
    assert_eq!(error.sqlstate(), "42S02");
}

/// `SELECT *` of each table gives its documented columns, however many, and describing them costs no call.
#[test]
fn every_table_can_be_selected_whole() {
    let company = Company::start();
    let connection = company.connect("");
    let calls = company.requests_of(|| {
        for entity in model().entities().iter().filter(|entity| entity.is_listed() && entity.parameters.is_empty()) {
            let sql = format!("SELECT * FROM {}.{}", entity.schema, entity.name);
            let found = labels(&connection, &sql);
            let documented: Vec<_> = entity.columns.iter().map(|column| column.name).collect();
            assert_eq!(found, documented, "{sql}");
        }
    });
    assert_eq!(calls, Vec::<String>::new());
}
