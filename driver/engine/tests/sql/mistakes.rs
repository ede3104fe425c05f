//! What people get wrong, and the exact words in which they are told: state, what is wrong, where, and what is near.

use crate::company::{Company, try_rows};

/// Statement, SQLSTATE, text.
const MISTAKES: &[(&str, &str, &str)] = &[
    // What is understood and not done.
    (
        "SELECT * FROM (SELECT Country, Status FROM Accounts) p PIVOT (COUNT(Status) FOR Country IN ('NL', 'BE')) AS v",
        "HYC00",
        "PIVOT is not supported by this driver: use SUM(CASE WHEN … THEN … END) for each column of the result.",
    ),
    (
        "SELECT COUNT(*) FROM PrintedSalesInvoices",
        "HYC00",
        "salesinvoice.PrintedSalesInvoices is an action of Exact Online: it takes rows, by INSERT or {call}, and has none \
         to read.",
    ),
    (
        "SELECT Name FROM Accounts WHERE Name COLLATE Latin1_General_CI_AS = 'a'",
        "HYC00",
        "COLLATE is not supported by this driver: use UPPER on both sides, or StringComparison=Service in the data source.",
    ),
    (
        "SELECT a.Name FROM Accounts a CROSS APPLY (SELECT TOP 1 WITH TIES c.LastName FROM Contacts c WHERE c.Account = a.ID \
         ORDER BY c.LastName) x",
        "HYC00",
        "A window function, WITH TIES or PERCENT in a subquery that refers to the row around it is not supported by this \
         driver: use a JOIN with a subquery that has PARTITION BY.",
    ),
    (
        "SELECT CONVERT(Code, SQL_INTERVAL_DAY) FROM Accounts",
        "42000",
        "There are no columns of the type SQL_INTERVAL_DAY. Use TIMESTAMPADD and TIMESTAMPDIFF, or DATEADD and DATEDIFF. \
         (Line: 1, Column: 22)",
    ),
    (
        "SELECT Name FROM Accounts WHERE NOT IsCompetitor",
        "42000",
        "NOT takes conditions, not a TINYINT. Compare the value with something, as in … = 1. (Line: 1, Column: 37)",
    ),
    (
        "SELECT Name FROM Accounts WHERE Country = 'NL' AND IsCompetitor",
        "42000",
        "AND takes conditions, not a TINYINT. Compare the value with something, as in … = 1. (Line: 1, Column: 48)",
    ),
    // Names.
    ("SELECT * FROM Acounts", "42S02", "There is no table Acounts. Did you mean crm.Accounts? (Line: 1, Column: 15)"),
    (
        "SELECT *\nFROM crm.Acounts",
        "42S02",
        "There is no table crm.Acounts. Did you mean crm.Accounts? (Line: 2, Column: 10)",
    ),
    (
        "SELECT * FROM 9999.crm.Accounts",
        "42000",
        "The SQL could not be read: Expected: identifier, found: 9999. at Line: 1, Column: 15.",
    ),
    (
        "SELECT * FROM nowhere.Accounts",
        "42S02",
        "There is no table nowhere.Accounts. Did you mean crm.Accounts? (Line: 1, Column: 23)",
    ),
    (
        "SELECT * FROM a.b.c.d",
        "42000",
        "A table's name has at most three parts: division, schema and table. (Line: 1, Column: 10)",
    ),
    (
        "SELECT Nme FROM Accounts",
        "42S22",
        "There is no column Nme in the tables of this query. Did you mean Name? (Line: 1, Column: 8)",
    ),
    (
        "SELECT ID,\n       a.Nme\nFROM Accounts a",
        "42S22",
        "There is no column Nme in the tables of this query. Did you mean Name? (Line: 2, Column: 8)",
    ),
    (
        "SELECT b.Name FROM Accounts a",
        "42S02",
        "There is no table or alias b in this query. Did you mean a? (Line: 1, Column: 8)",
    ),
    (
        "SELECT Name FROM Accounts WHERE Contry = 'NL'",
        "42S22",
        "There is no column Contry in the tables of this query. Did you mean Country? (Line: 1, Column: 33)",
    ),
    (
        "SELECT Name FROM Accounts ORDER BY Nam",
        "42S22",
        "There is no column Nam in the tables of this query. Did you mean Name? (Line: 1, Column: 36)",
    ),
    (
        "SELECT Country, COUNT(*) FROM Accounts GROUP BY Contry",
        "42S22",
        "There is no column Contry in the tables of this query. Did you mean Country? (Line: 1, Column: 49)",
    ),
    (
        "SELECT x.Name FROM (SELECT ID FROM Accounts) x",
        "42S22",
        "There is no column Name in the tables of this query. (Line: 1, Column: 8)",
    ),
    (
        "WITH t AS (SELECT ID FROM Accounts) SELECT Name FROM t",
        "42S22",
        "There is no column Name in the tables of this query. (Line: 1, Column: 44)",
    ),
    (
        "SELECT ID FROM Accounts a JOIN Contacts c ON a.ID = c.Account",
        "42000",
        "The column ID stands in more than one table of this query. Put the table's name or alias before it, as in t.ID. (Line: 1, Column: 8)",
    ),
    ("SELECT UPER(Name) FROM Accounts", "42000", "There is no function UPER. Did you mean UPPER? (Line: 1, Column: 8)"),
    (
        "SELECT Name,\n  NoSuchFunction(Name) FROM Accounts",
        "42000",
        "There is no function NoSuchFunction. (Line: 2, Column: 3)",
    ),
    (
        "SELECT Name FROM Accounts WHERE Country = \"NL\"",
        "42S22",
        "There is no column NL in the tables of this query. Text stands in single quotes, as in 'NL'. (Line: 1, Column: 43)",
    ),
    // Syntax.
    (
        "SELECT FROM Accounts WHERE",
        "42000",
        "The SQL could not be read: Expected an expression, found: FROM at Line: 1, Column: 13.",
    ),
    (
        "SELCT Name FROM Accounts",
        "42000",
        "The SQL could not be read: Expected: an SQL statement, found: SELCT at Line: 1, Column: 1.",
    ),
    (
        "SELECT Name FRM Accounts",
        "42000",
        "The SQL could not be read: Expected: EOF, found: Accounts at Line: 1, Column: 17.",
    ),
    (
        "SELECT Name, FROM Accounts",
        "42000",
        "The SQL could not be read: Expected an expression, found: FROM at Line: 1, Column: 19.",
    ),
    (
        "SELECT Name FROM Accounts WHERE",
        "42000",
        "The SQL could not be read: Expected: an expression, found: EOF at Line: 1, Column: 32.",
    ),
    (
        "SELECT Name FROM Accounts WHERE Name =",
        "42000",
        "The SQL could not be read: Expected: an expression, found: EOF at Line: 1, Column: 39.",
    ),
    (
        "SELECT Name FROM Accounts WHERE (Name = 'x'",
        "42000",
        "The SQL could not be read: Expected: ), found: EOF at Line: 1, Column: 44.",
    ),
    (
        "SELECT Name FROM Accounts WHERE Name = 'x",
        "42000",
        "The SQL could not be read: Unterminated string literal at Line: 1, Column: 40.",
    ),
    (
        "SELECT Name FROM Accounts ORDER Name",
        "42000",
        "The SQL could not be read: Expected: EOF, found: ORDER at Line: 1, Column: 27.",
    ),
    (
        "SELECT Name FROM Accounts GROUP BY",
        "42000",
        "The SQL could not be read: Expected: an expression, found: EOF at Line: 1, Column: 35.",
    ),
    (
        "SELECT TOP Name FROM Accounts",
        "42000",
        "The SQL could not be read: Expected: literal int, found: Name at Line: 1, Column: 12.",
    ),
    (
        "SELECT Name FROM Accounts LIMIT x",
        "42S22",
        "There is no column x in the tables of this query. (Line: 1, Column: 33)",
    ),
    (
        "SELECT CASE WHEN 1 = 1 THEN 2",
        "42000",
        "The SQL could not be read: Expected: END, found: EOF at Line: 1, Column: 30.",
    ),
    (
        "SELECT CAST(Name AS) FROM Accounts",
        "42000",
        "The SQL could not be read: Expected: a data type name, found: ) at Line: 1, Column: 20.",
    ),
    ("SELECT CAST(Name AS NOSUCHTYPE) FROM Accounts", "42000", "There is no type NOSUCHTYPE. (Line: 1, Column: 21)"),
    (
        "SELECT {fn UCASE(Name) FROM Accounts",
        "42000",
        "The SQL could not be read: an escape clause is not closed by } at Line: 1, Column: 8.",
    ),
    (
        "SELECT {unknown 1}",
        "42000",
        "The SQL could not be read: the escape clause {unknown} is not one of d, t, ts, interval, guid, fn, oj, escape, call at Line: 1, Column: 8.",
    ),
    (
        "SELECT 1 /* open",
        "42000",
        "The SQL could not be read: Unexpected EOF while in a multi-line comment at Line: 1, Column: 17.",
    ),
    (
        "SELECT [Name FROM Accounts",
        "42000",
        "The SQL could not be read: Expected close delimiter ']' before EOF. at Line: 1, Column: 8.",
    ),
    ("SELECT 1 SELECT 2", "42000", "The SQL could not be read: Expected: EOF, found: SELECT at Line: 1, Column: 10."),
    // Meaning.
    (
        "SELECT Name, COUNT(*) FROM Accounts",
        "42000",
        "Name stands beside an aggregate without being grouped. Add it to GROUP BY, or take MIN(Name) or MAX(Name). (Line: 1, Column: 8)",
    ),
    (
        "SELECT Name FROM Accounts GROUP BY Country",
        "42000",
        "Name stands beside an aggregate without being grouped. Add it to GROUP BY, or take MIN(Name) or MAX(Name). (Line: 1, Column: 8)",
    ),
    (
        "SELECT Name FROM Accounts WHERE COUNT(*) > 1",
        "42000",
        "An aggregate cannot stand in WHERE. Put the condition in HAVING. (Line: 1, Column: 27)",
    ),
    (
        "SELECT SUM(COUNT(*)) FROM Accounts",
        "42000",
        "An aggregate cannot stand in another one. Compute the inner one in a subquery.",
    ),
    (
        "SELECT Name FROM Accounts HAVING Name = 'x'",
        "42000",
        "HAVING names a column that is neither in GROUP BY nor in an aggregate. Put the condition in WHERE, or group by the column. (Line: 1, Column: 27)",
    ),
    ("SELECT UPPER() FROM Accounts", "42000", "The function UPPER needs an argument. (Line: 1, Column: 8)"),
    (
        "SELECT UPPER(Name, Code) FROM Accounts",
        "42000",
        "The function UPPER takes 1 argument, not 2. (Line: 1, Column: 8)",
    ),
    ("SELECT SUM(Name) FROM Accounts", "42000", "The function SUM cannot be used with text. (Line: 1, Column: 8)"),
    (
        "SELECT Name FROM Accounts WHERE Name",
        "42000",
        "Name is text and no condition. Compare it with something, as in Name = … (Line: 1, Column: 8)",
    ),
    (
        "SELECT Name FROM Accounts WHERE Blocked > Modified",
        "42000",
        "Blocked is a yes/no value and cannot be compared with Modified, which is a date. Use CAST to bring both to one type. (Line: 1, Column: 33)",
    ),
    (
        "SELECT Name FROM Accounts WHERE Modified = 5",
        "42000",
        "Modified is a date and cannot be compared with 5, which is a number. Use CAST to bring both to one type. (Line: 1, Column: 33)",
    ),
    (
        "SELECT Modified + Name FROM Accounts",
        "42000",
        "The operation a date + text has no meaning. Use CAST to bring both to one type. (Line: 1, Column: 8)",
    ),
    (
        "SELECT ID FROM Accounts UNION SELECT ID, Name FROM Accounts",
        "42000",
        "The queries of a UNION have different numbers of columns. (Line: 1, Column: 25)",
    ),
    (
        "SELECT Name FROM Accounts WHERE ID = (SELECT ID, Name FROM Contacts)",
        "42000",
        "A subquery that stands for a value may have one column only.",
    ),
    (
        "SELECT Name FROM Accounts ORDER BY 5",
        "42000",
        "ORDER BY 5 means column 5, but the query has 1. (Line: 1, Column: 27)",
    ),
    ("SELECT Name FROM Accounts LIMIT -1", "42000", "A number of rows cannot be negative."),
    (
        "SELECT TOP 5 Name FROM Accounts LIMIT 3",
        "42000",
        "The number of rows is limited twice. Keep one of TOP, LIMIT and FETCH.",
    ),
    (
        "SELECT DATEADD(fortnight, 1, Modified) FROM Accounts",
        "42000",
        "fortnight is not an interval. Use YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE or SECOND, or their ODBC names such as SQL_TSI_DAY. (Line: 1, Column: 16)",
    ),
    (
        "SELECT EXTRACT(fortnight FROM Modified) FROM Accounts",
        "42000",
        "The SQL could not be read: Expected: date/time field, found: fortnight at Line: 1, Column: 16.",
    ),
    (
        "SELECT * FROM read_crm.AccountDocuments",
        "42000",
        "read_crm.AccountDocuments needs a value for accountId. Add a condition such as WHERE accountId = '...'.",
    ),
    ("SELECT *", "42000", "SELECT * needs a FROM clause that names a table. (Line: 1, Column: 1)"),
    ("SELECT t.* FROM Accounts a", "42S02", "There is no table or alias t in this query. (Line: 1, Column: 8)"),
    // Values.
    (
        "SELECT Name FROM Accounts WHERE Blocked = 'perhaps'",
        "22018",
        "'perhaps' is not a yes/no value. Use TRUE, FALSE, 'True', 'False', 1 or 0. (Line: 1, Column: 43)",
    ),
    (
        "SELECT Name FROM Accounts WHERE Modified > '31-01-2026'",
        "22007",
        "'31-01-2026' is not a date. Write it as 2026-01-31 or 2026-01-31 13:45:00. (Line: 1, Column: 44)",
    ),
    (
        "SELECT Name FROM Accounts WHERE Modified BETWEEN '2026-01-01' AND 'today'",
        "22007",
        "'today' is not a date. Write it as 2026-01-31 or 2026-01-31 13:45:00. (Line: 1, Column: 67)",
    ),
    (
        "SELECT Name FROM Accounts WHERE CreditLineSales > 'much'",
        "22018",
        "'much' is not a number. (Line: 1, Column: 51)",
    ),
    ("SELECT {d '2026-02-30'}", "22007", "'2026-02-30' is not a date. Write it as 2026-01-31 or 2026-01-31 13:45:00."),
    (
        "SELECT {ts '2026-01-31 25:00:00'}",
        "22007",
        "'2026-01-31 25:00:00' is not a date. Write it as 2026-01-31 or 2026-01-31 13:45:00.",
    ),
    ("SELECT CAST('x' AS INTEGER)", "22018", "'x' is not an INTEGER."),
    ("SELECT CAST(300 AS TINYINT)", "22003", "300 is outside the range of a TINYINT."),
    ("SELECT 1 / 0", "22012", "A number was divided by zero. Use NULLIF(divisor, 0) where a divisor can be zero."),
    ("SELECT 9223372036854775807 + 1", "22003", "A number became too large: 9223372036854775807 + 1."),
    ("SELECT CONVERT(VARCHAR, GETDATE(), 999)", "HYC00", "The style 999 of CONVERT is not supported by this driver."),
    // What this driver does not do.
    ("CREATE TABLE x (y INT)", "HYC00", "The statement CREATE is not supported by this driver."),
    ("DROP TABLE Accounts", "HYC00", "The statement DROP is not supported by this driver."),
    ("{call Something(1)}", "42000", "There is no function Something."),
    (
        "{call read_financial.RevenueListByYear(2025, 1)}",
        "42000",
        "The function read_financial.RevenueListByYear takes 1 arguments (year), not 2.",
    ),
    (
        "SELECT Name FROM Accounts WHERE (Code, Name) IN ((1, 2, 3))",
        "42000",
        "A row of 2 values cannot be compared with one of 3.",
    ),
    (
        "SELECT DISTINCT TOP 5 PERCENT Name FROM Accounts",
        "HYC00",
        "TOP with PERCENT or WITH TIES beside DISTINCT is not supported by this driver.",
    ),
    ("SELECT CHAR(65, 66) FROM Accounts", "42000", "The function CHAR takes 1 argument, not 2. (Line: 1, Column: 8)"),
    (
        "SELECT * FROM (SELECT Name, Name FROM Accounts) t",
        "42000",
        "Two columns of a subquery are called Name. Give one of them another name with AS.",
    ),
];

#[test]
fn mistakes_are_told_exactly() {
    let company = Company::start();
    let connection = company.connect("");
    let mut wrong = Vec::new();
    for (sql, state, text) in MISTAKES {
        let (given_state, given) = match try_rows(&connection, sql, &[]) {
            Ok(_) => ("none", "it was run".to_string()),
            Err(error) => (error.sqlstate(), error.to_string()),
        };
        if given_state != *state || given != *text {
            wrong.push(format!("{sql}\n    gives {given_state} {given}\n instead of {state} {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
