//! Every scalar function of ODBC (appendix E) and those that people bring from SQL Server, MySQL and CData's drivers: one
//! line for each way to call it, and what it gives. No call is made for any of them.

use crate::company::{Company, rows, try_rows};

/// Expression and its value, as a person reads it; `NULL` for none.
type Line = (&'static str, &'static str);

fn check(lines: &[Line]) {
    let company = Company::start();
    let connection = company.connect("");
    let calls = company.requests_of(|| {
        let mut wrong = Vec::new();
        for (expression, expected) in lines {
            let given = match try_rows(&connection, &format!("SELECT {expression}"), &[]) {
                Ok(table) => table[0][0].clone(),
                Err(error) => format!("{}: {error}", error.sqlstate()),
            };
            if given != *expected {
                wrong.push(format!("{expression}\n    gives {given}\n instead of {expected}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
    assert_eq!(calls, Vec::<String>::new());
}

#[test]
fn odbc_string_functions() {
    check(&[
        ("{fn ASCII('Abc')}", "65"),
        ("{fn BIT_LENGTH('abc')}", "24"),
        ("{fn CHAR(65)}", "A"),
        ("{fn CHAR_LENGTH('abc  ')}", "5"),
        ("{fn CHARACTER_LENGTH('café')}", "4"),
        ("{fn CONCAT('a', 'b')}", "ab"),
        ("{fn CONCAT('a', NULL)}", "a"),
        ("'a' || NULL", "NULL"),
        ("{fn DIFFERENCE('Robert', 'Rupert')}", "4"),
        ("{fn DIFFERENCE('Robert', 'Zwolle')}", "0"),
        ("{fn INSERT('abcdef', 2, 3, 'XY')}", "aXYef"),
        ("{fn INSERT('abc', 1, 0, 'X')}", "Xabc"),
        ("{fn LCASE('ÀB')}", "àb"),
        ("{fn LEFT('abc', 2)}", "ab"),
        ("{fn LEFT('abc', 5)}", "abc"),
        ("{fn LENGTH('abc  ')}", "3"),
        ("{fn LENGTH('  abc')}", "5"),
        ("{fn LENGTH(NULL)}", "NULL"),
        ("{fn LENGTH(12345)}", "5"),
        ("{fn LOCATE('b', 'abcb')}", "2"),
        ("{fn LOCATE('b', 'abcb', 3)}", "4"),
        ("{fn LOCATE('b', 'abcb', 9)}", "0"),
        ("{fn LOCATE('x', 'abc')}", "0"),
        ("{fn LOCATE('x', NULL)}", "NULL"),
        ("{fn LTRIM('  a ')} || '|'", "a |"),
        ("{fn OCTET_LENGTH('é')}", "2"),
        ("OCTET_LENGTH(X'00FF41')", "3"),
        ("OCTET_LENGTH(CAST(NULL AS VARBINARY(5)))", "NULL"),
        ("DATALENGTH('é€')", "5"),
        ("{fn POSITION('b' IN 'abc')}", "2"),
        ("{fn REPEAT('ab', 3)}", "ababab"),
        ("{fn REPLACE('abcb', 'b', 'x')}", "axcx"),
        ("{fn RIGHT('abc', 2)}", "bc"),
        ("{fn RTRIM(' a  ')} || '|'", " a|"),
        ("{fn SOUNDEX('Robert')}", "R163"),
        ("'|' || {fn SPACE(2)} || '|'", "|  |"),
        ("{fn SUBSTRING('abcdef', 2, 3)}", "bcd"),
        ("SUBSTRING('abcdef' FROM 2 FOR 3)", "bcd"),
        ("{fn SUBSTRING('abc', 2)}", "bc"),
        ("{fn UCASE('straße')}", "STRASSE"),
        ("INITCAP('van der berg')", "Van Der Berg"),
        ("REGEXP_LIKE('abc', '^a.c$')", "true"),
        ("REGEXP_REPLACE('a1b2', '[0-9]', '#', 'g')", "a#b#"),
        ("TRIM('  a  ') || '|'", "a|"),
        ("TRIM(BOTH 'x' FROM 'xaxx')", "a"),
        ("{fn UCASE({fn CONCAT({fn LEFT('abc', 1)}, {fn RIGHT('xyz', 1)})})}", "AZ"),
    ]);
}

#[test]
fn odbc_numeric_functions() {
    check(&[
        ("{fn ABS(-1.5)}", "1.5"),
        ("{fn ABS(-2)}", "2"),
        ("ROUND({fn ACOS(0.5)}, 4)", "1.0472"),
        ("ROUND({fn ASIN(0.5)}, 4)", "0.5236"),
        ("ROUND({fn ATAN(1)}, 4)", "0.7854"),
        ("ROUND({fn ATAN2(1, 2)}, 4)", "0.4636"),
        ("{fn CEILING(1.2)}", "2.0"),
        ("{fn CEILING(-1.2)}", "-1.0"),
        ("{fn COS(0)}", "1.0"),
        ("ROUND({fn COT(1)}, 4)", "0.6421"),
        ("ROUND({fn DEGREES(3.14159265358979)}, 6)", "180.0"),
        ("ROUND({fn EXP(1)}, 4)", "2.7183"),
        ("{fn FLOOR(-1.2)}", "-2.0"),
        ("ROUND({fn LOG(10)}, 4)", "2.3026"),
        ("{fn LOG10(1000)}", "3.0"),
        ("LOG(8, 2)", "3.0"),
        ("{fn MOD(7, 3)}", "1"),
        ("{fn MOD(-7, 3)}", "-1"),
        ("ROUND({fn PI()}, 5)", "3.14159"),
        ("{fn POWER(2, 10)}", "1024.0"),
        ("ROUND({fn RADIANS(180)}, 5)", "3.14159"),
        ("CASE WHEN {fn RAND()} BETWEEN 0 AND 1 THEN 'yes' END", "yes"),
        ("CASE WHEN {fn RAND(7)} BETWEEN 0 AND 1 THEN 'yes' END", "yes"),
        ("CASE WHEN {fn RAND(7)} = {fn RAND(7)} THEN 'same' END", "same"),
        ("CASE WHEN {fn RAND(7)} <> {fn RAND(-7)} THEN 'other' END", "other"),
        ("{fn RAND(NULL)}", "NULL"),
        ("CASE WHEN RAND(1.5) = RAND('1') THEN 'same' END", "same"),
        ("{fn ROUND(2.567, 2)}", "2.570"),
        ("{fn ROUND(1234.5, -2)}", "1200.0"),
        ("{fn SIGN(-2.5)}", "-1"),
        ("{fn SIGN(0)}", "0"),
        ("{fn SIN(0)}", "0.0"),
        ("{fn SQRT(16)}", "4.0"),
        ("{fn TAN(0)}", "0.0"),
        ("{fn TRUNCATE(2.567, 2)}", "2.560"),
        ("{fn TRUNCATE(-2.567, 1)}", "-2.500"),
    ]);
}

#[test]
fn odbc_date_functions() {
    check(&[
        ("{fn DAYNAME({d '2026-01-31'})}", "Saturday"),
        ("{fn DAYOFMONTH({d '2026-01-31'})}", "31"),
        ("{fn DAYOFWEEK({d '2026-02-01'})}", "1"),
        ("{fn DAYOFWEEK({d '2026-01-31'})}", "7"),
        ("{fn DAYOFYEAR({d '2026-02-01'})}", "32"),
        ("{fn EXTRACT(YEAR FROM {ts '2026-01-31 10:11:12'})}", "2026"),
        ("{fn EXTRACT(MONTH FROM {d '2026-01-31'})}", "1"),
        ("{fn EXTRACT(DAY FROM {d '2026-01-31'})}", "31"),
        ("{fn EXTRACT(HOUR FROM {ts '2026-01-31 10:11:12'})}", "10"),
        ("{fn EXTRACT(MINUTE FROM {t '10:11:12'})}", "11"),
        ("{fn EXTRACT(SECOND FROM {ts '2026-01-31 10:11:12'})}", "12"),
        ("{fn HOUR({ts '2026-01-31 10:11:12'})}", "10"),
        ("{fn HOUR({t '10:11:12'})}", "10"),
        ("{fn MINUTE({ts '2026-01-31 10:11:12'})}", "11"),
        ("{fn MONTH({d '2026-01-31'})}", "1"),
        ("{fn MONTHNAME({d '2026-01-31'})}", "January"),
        ("{fn QUARTER({d '2026-05-31'})}", "2"),
        ("{fn SECOND({ts '2026-01-31 10:11:12'})}", "12"),
        ("{fn WEEK({d '2026-01-01'})}", "1"),
        ("{fn WEEK({d '2026-01-04'})}", "2"),
        ("{fn WEEK({d '2026-12-31'})}", "53"),
        ("{fn YEAR('2026-01-31')}", "2026"),
        ("{fn YEAR(NULL)}", "NULL"),
        ("CASE WHEN {fn NOW()} = {fn CURRENT_TIMESTAMP()} THEN 'same' END", "same"),
        ("CASE WHEN {fn CURDATE()} = CAST({fn NOW()} AS DATE) THEN 'same' END", "same"),
        ("CASE WHEN {fn CURTIME()} = CAST({fn NOW()} AS TIME) THEN 'same' END", "same"),
        ("CASE WHEN {fn CURRENT_DATE()} = CURRENT_DATE THEN 'same' END", "same"),
        ("CASE WHEN {fn CURRENT_TIME()} = CURRENT_TIME THEN 'same' END", "same"),
        ("CASE WHEN {fn CURRENT_TIME(3)} = CURRENT_TIME THEN 'same' END", "same"),
        ("DATEPART(millisecond, {fn CURRENT_TIMESTAMP(0)})", "0"),
        ("CASE WHEN CURRENT_TIME(0) <= CURRENT_TIME THEN 'earlier' END", "earlier"),
    ]);
}

/// TIMESTAMPADD and TIMESTAMPDIFF in all intervals. TIMESTAMPDIFF counts whole intervals, DATEDIFF boundaries.
#[test]
fn odbc_intervals() {
    check(&[
        ("{fn TIMESTAMPADD(SQL_TSI_FRAC_SECOND, 5000000, {ts '2026-01-31 10:11:12'})}", "2026-01-31T10:11:12.005"),
        ("{fn TIMESTAMPADD(SQL_TSI_SECOND, 50, {ts '2026-01-31 10:11:12'})}", "2026-01-31T10:12:02"),
        ("{fn TIMESTAMPADD(SQL_TSI_MINUTE, -12, {ts '2026-01-31 10:11:12'})}", "2026-01-31T09:59:12"),
        ("{fn TIMESTAMPADD(SQL_TSI_HOUR, 14, {ts '2026-01-31 10:11:12'})}", "2026-02-01T00:11:12"),
        ("{fn TIMESTAMPADD(SQL_TSI_DAY, 1, {d '2026-02-28'})}", "2026-03-01T00:00:00"),
        ("{fn TIMESTAMPADD(SQL_TSI_WEEK, 1, {d '2026-02-28'})}", "2026-03-07T00:00:00"),
        ("{fn TIMESTAMPADD(SQL_TSI_MONTH, 1, {d '2026-01-31'})}", "2026-02-28T00:00:00"),
        ("{fn TIMESTAMPADD(SQL_TSI_QUARTER, 1, {d '2026-01-31'})}", "2026-04-30T00:00:00"),
        ("{fn TIMESTAMPADD(SQL_TSI_YEAR, 1, {d '2024-02-29'})}", "2025-02-28T00:00:00"),
        ("TIMESTAMPADD(DAY, 1, '2026-02-28')", "2026-03-01T00:00:00"),
        ("TIMESTAMPADD(DAY, NULL, '2026-02-28')", "NULL"),
        (
            "{fn TIMESTAMPDIFF(SQL_TSI_FRAC_SECOND, {ts '2026-01-31 10:11:12.001'}, {ts '2026-01-31 10:11:12.003'})}",
            "2000000",
        ),
        ("{fn TIMESTAMPDIFF(SQL_TSI_SECOND, {ts '2026-01-31 10:11:12.900'}, {ts '2026-01-31 10:11:13.100'})}", "0"),
        ("{fn TIMESTAMPDIFF(SQL_TSI_MINUTE, {ts '2026-01-31 10:11:12'}, {ts '2026-01-31 10:13:11'})}", "1"),
        ("{fn TIMESTAMPDIFF(SQL_TSI_HOUR, {ts '2026-01-31 10:59:00'}, {ts '2026-01-31 11:01:00'})}", "0"),
        ("{fn TIMESTAMPDIFF(SQL_TSI_DAY, {ts '2026-01-31 23:00:00'}, {ts '2026-02-01 01:00:00'})}", "0"),
        ("{fn TIMESTAMPDIFF(SQL_TSI_MINUTE, {t '10:11:12'}, {t '11:41:11'})}", "89"),
        ("CAST({fn TIMESTAMPADD(SQL_TSI_HOUR, 1, {t '10:11:12'})} AS TIME)", "11:11:12"),
        (
            "CASE WHEN CAST({fn TIMESTAMPADD(SQL_TSI_DAY, 1, {t '10:11:12'})} AS DATE) = CURDATE() + 1 THEN 'tomorrow' END",
            "tomorrow",
        ),
        ("DATEPART(minute, {t '10:11:12'})", "11"),
        ("{fn TIMESTAMPDIFF(SQL_TSI_WEEK, {d '2026-01-01'}, {d '2026-01-15'})}", "2"),
        ("{fn TIMESTAMPDIFF(SQL_TSI_MONTH, {d '2026-01-31'}, {d '2026-02-28'})}", "0"),
        ("{fn TIMESTAMPDIFF(SQL_TSI_QUARTER, {d '2026-01-01'}, {d '2026-07-01'})}", "2"),
        ("{fn TIMESTAMPDIFF(SQL_TSI_YEAR, {d '2026-01-01'}, {d '2024-01-02'})}", "-1"),
        ("DATEDIFF(day, '2026-01-31 23:00', '2026-02-01 01:00')", "1"),
        ("DATEDIFF(hour, '2026-01-31 10:59', '2026-01-31 11:01')", "1"),
        ("DATEDIFF(minute, '2026-01-31 10:59:59', '2026-01-31 11:00:00')", "1"),
        ("DATEDIFF(week, '2026-01-31', '2026-02-01')", "1"),
        ("DATEDIFF(month, '2026-01-31', '2026-02-01')", "1"),
        ("DATEDIFF(quarter, '2026-03-31', '2026-04-01')", "1"),
        ("DATEDIFF(year, '2025-12-31', '2026-01-01')", "1"),
        ("DATEDIFF('yy', '2025-12-31', '2026-01-01')", "1"),
        ("DATEDIFF('2026-02-01', '2026-01-31')", "1"),
        ("DATEDIFF_BIG(ms, '2026-01-31', '2026-02-01')", "86400000"),
    ]);
}

/// CONVERT with each type name of ODBC.
#[test]
fn odbc_conversions() {
    check(&[
        ("{fn CONVERT('12', SQL_BIGINT)}", "12"),
        ("{fn CONVERT('12', SQL_INTEGER)}", "12"),
        ("{fn CONVERT('12', SQL_SMALLINT)}", "12"),
        ("{fn CONVERT('12', SQL_TINYINT)}", "12"),
        ("{fn CONVERT(1, SQL_BIT)}", "true"),
        ("{fn CONVERT('false', SQL_BIT)}", "false"),
        ("{fn CONVERT('1.25', SQL_DOUBLE)}", "1.25"),
        ("{fn CONVERT('1.25', SQL_FLOAT)}", "1.25"),
        ("{fn CONVERT('1.5', SQL_REAL)}", "1.5"),
        ("{fn CONVERT('1.25', SQL_DECIMAL)}", "1.2500000000"),
        ("{fn CONVERT('1.25', SQL_NUMERIC)}", "1.2500000000"),
        ("{fn CONVERT(12, SQL_CHAR)}", "12"),
        ("{fn CONVERT(12, SQL_VARCHAR)}", "12"),
        ("{fn CONVERT(12, SQL_LONGVARCHAR)}", "12"),
        ("{fn CONVERT(12, SQL_WCHAR)}", "12"),
        ("{fn CONVERT(12, SQL_WVARCHAR)}", "12"),
        ("{fn CONVERT(12, SQL_WLONGVARCHAR)}", "12"),
        ("{fn CONVERT('2026-01-31', SQL_DATE)}", "2026-01-31"),
        ("{fn CONVERT('2026-01-31', SQL_TYPE_DATE)}", "2026-01-31"),
        ("{fn CONVERT('10:11:12', SQL_TIME)}", "10:11:12"),
        ("{fn CONVERT('10:11:12', SQL_TYPE_TIME)}", "10:11:12"),
        ("{fn CONVERT('2026-01-31 10:11:12', SQL_TIMESTAMP)}", "2026-01-31T10:11:12"),
        ("{fn CONVERT({d '2026-01-31'}, SQL_TYPE_TIMESTAMP)}", "2026-01-31T00:00:00"),
        ("{fn CONVERT({fn CONVERT({t '10:11:12'}, SQL_TYPE_TIMESTAMP)}, SQL_TYPE_TIME)}", "10:11:12"),
        ("CASE WHEN {fn CONVERT({t '00:00:00'}, SQL_TYPE_TIMESTAMP)} = CURDATE() THEN 'today' END", "today"),
        ("{fn CONVERT('{6F7B0000-0000-0000-0000-00000000000A}', SQL_GUID)}", "6f7b0000-0000-0000-0000-00000000000a"),
        ("{fn CONVERT('ab', SQL_BINARY)}", "6162"),
        ("{fn CONVERT('ab', SQL_VARBINARY)}", "6162"),
        ("{fn CONVERT('ab', SQL_LONGVARBINARY)}", "6162"),
        ("{fn CONVERT({ts '2026-01-31 10:11:12'}, SQL_VARCHAR)}", "2026-01-31 10:11:12"),
        ("{fn CONVERT({d '2026-01-31'}, SQL_VARCHAR)}", "2026-01-31"),
        ("{fn CONVERT({fn CONVERT('7', SQL_INTEGER)}, SQL_VARCHAR)}", "7"),
    ]);
}

#[test]
fn odbc_system_functions() {
    check(&[
        ("{fn DATABASE()}", "5512"),
        ("DB_NAME()", "5512"),
        ("{fn IFNULL(NULL, 'a')}", "a"),
        ("{fn IFNULL('b', 'a')}", "b"),
    ]);
    let company = Company::start();
    let connection = company.connect("");
    let user = connection.user_name().unwrap_or_else(|| "NULL".into());
    for text in ["{fn USER()}", "USER()", "CURRENT_USER", "SESSION_USER", "SUSER_SNAME()"] {
        assert_eq!(rows(&connection, &format!("SELECT {text}")), [[user.clone()]], "{text}");
    }
}

#[test]
fn escapes_stand_anywhere() {
    check(&[
        ("{d '2026-01-31'}", "2026-01-31"),
        ("{D'2026-01-31'}", "2026-01-31"),
        ("{ t '10:11:12' }", "10:11:12"),
        ("{ts '2026-01-31 10:11:12.345'}", "2026-01-31T10:11:12.345"),
        ("{guid '6f7b0000-0000-0000-0000-00000000000a'}", "6f7b0000-0000-0000-0000-00000000000a"),
        ("'{fn UCASE(x)}'", "{fn UCASE(x)}"),
        ("1 /* {fn */ + 1 -- }", "2"),
        ("CASE WHEN 'a%b' LIKE 'a\\%b' {escape '\\'} THEN 'like' END", "like"),
        (r"CASE WHEN 'a\b' LIKE 'a\b' AND 'a\%' LIKE '_\%' AND NOT 'a%' LIKE 'a\%' THEN 'like' END", "like"),
        ("CASE WHEN 'a%b' LIKE 'a!%_' ESCAPE '!' AND NOT 'axb' LIKE 'a!%b' {escape '!'} THEN 'like' END", "like"),
        (r"(SELECT COUNT(*) FROM (VALUES ('a\b', 'a\%')) t(x, y) WHERE x LIKE y)", "1"),
        ("CASE WHEN 'axb' LIKE 'a\\%b' {escape '\\'} THEN 'like' ELSE 'not' END", "not"),
        ("(SELECT SUM(value) FROM generate_series(1, 5))", "15"),
        ("CASE WHEN 'a%b' LIKE 'a!%b' {escape '!'} THEN 'like' END", "like"),
        ("CASE WHEN 'axb' LIKE 'a!%b' ESCAPE '!' THEN 'like' ELSE 'not' END", "not"),
        ("CASE WHEN 'a!b' LIKE '%' || 'a!!b' || '%' ESCAPE '!' THEN 'like' END", "like"),
        ("{fn YEAR({fn TIMESTAMPADD(SQL_TSI_YEAR, {fn MOD(5, 3)}, {d '2026-01-31'})})} + 1", "2029"),
        ("{d '2026-01-31'} + {interval '1' day}", "2026-02-01"),
        ("(SELECT a FROM {oj (SELECT 1 AS a) t LEFT OUTER JOIN (SELECT 2 AS b) u ON t.a = u.b})", "1"),
        ("N'naïef ' || N'€'", "naïef €"),
        ("'it''s'", "it's"),
    ]);
}

#[test]
fn sql_server_functions() {
    check(&[
        ("LEN(12345)", "5"),
        ("LEN(1.50)", "4"),
        ("SUBSTRING(12345, 2, 2)", "23"),
        ("TRIM(12)", "12"),
        ("RTRIM(12) + '!'", "12!"),
        ("REPLACE(1213, 1, 'x')", "x2x3"),
        ("UPPER(12)", "12"),
        ("CHARINDEX('3', 1234)", "3"),
        ("CHOOSE(6, 'jan', 'feb', 'mrt', 'apr', 'mei', 'jun')", "jun"),
        ("CHOOSE(1, 'jan')", "jan"),
        ("DATE_TRUNC('month', CAST('9999-12-31' AS TIMESTAMP))", "9999-12-01T00:00:00"),
        ("DATE_TRUNC('week', {ts '2026-11-26 10:11:12'})", "2026-11-23T00:00:00"),
        ("DATETRUNC(quarter, {ts '1753-05-06 10:11:12'})", "1753-04-01T00:00:00"),
        ("DATETRUNC(hour, {ts '1969-12-31 10:11:12'})", "1969-12-31T10:00:00"),
        ("DATE_TRUNC('year', NULL)", "NULL"),
        ("EOMONTH({d '9999-12-30'})", "9999-12-31"),
        ("CASE WHEN GETDATE() = NOW() AND SYSDATETIME() = NOW() THEN 'same' END", "same"),
        ("CASE WHEN GETUTCDATE() = SYSUTCDATETIME() THEN 'same' END", "same"),
        ("DATEADD(month, 1, '2026-01-31')", "2026-02-28T00:00:00"),
        ("DATEADD(dd, -1, CAST('2026-01-01' AS DATE))", "2025-12-31T00:00:00"),
        ("DATEPART(weekday, '2026-02-01')", "1"),
        ("DATEPART(iso_week, '2026-01-01')", "1"),
        ("DATEPART(dy, '2026-02-01')", "32"),
        ("DATENAME(month, '2026-02-01')", "February"),
        ("DATENAME(dw, '2026-02-01')", "Sunday"),
        ("DATENAME(year, '2026-02-01')", "2026"),
        ("DATEFROMPARTS(2026, 2, 1)", "2026-02-01"),
        ("DATETIMEFROMPARTS(2026, 2, 1, 10, 11, 12, 345)", "2026-02-01T10:11:12.345"),
        ("TIMEFROMPARTS(10, 11, 12, 0, 0)", "10:11:12"),
        ("DATETRUNC(month, '2026-02-17 10:00')", "2026-02-01T00:00:00"),
        ("EOMONTH('2026-02-17')", "2026-02-28"),
        ("EOMONTH('2026-02-17', 1)", "2026-03-31"),
        ("EOMONTH('2026-02-17', -1)", "2026-01-31"),
        ("ISDATE('2026-02-17')", "1"),
        ("ISDATE('never')", "0"),
        ("ISNUMERIC('1.5')", "1"),
        ("ISNUMERIC('x')", "0"),
        ("ISNULL(NULL, 'x')", "x"),
        ("NULLIF('a', 'a')", "NULL"),
        ("COALESCE(NULL, NULL, 'c')", "c"),
        ("IIF(1 = 1, 'yes', 'no')", "yes"),
        ("CHOOSE(2, 'a', 'b', 'c')", "b"),
        ("CHOOSE(9, 'a', 'b', 'c')", "NULL"),
        ("LEN('abc  ')", "3"),
        ("DATALENGTH('abc')", "3"),
        ("CHARINDEX('b', 'abcb')", "2"),
        ("CHARINDEX('b', 'abcb', 3)", "4"),
        ("STUFF('abcdef', 2, 3, 'XY')", "aXYef"),
        ("REPLICATE('ab', 2)", "abab"),
        ("REVERSE('abc')", "cba"),
        ("UNICODE('€')", "8364"),
        ("NCHAR(8364)", "€"),
        ("QUOTENAME('a]b')", "[a]]b]"),
        ("STR(12.345, 8, 2)", "   12.35"),
        ("STR(12.5)", "        12"),
        ("STR(123456, 3, 0)", "***"),
        ("CONCAT('a', 1, NULL, 2.5)", "a12.5"),
        ("CONCAT_WS('-', 'a', NULL, 'b')", "a-b"),
        ("'a' + 'b'", "ab"),
        ("'a' + NULL", "NULL"),
        ("TRANSLATE('2*[3+4]', '[]', '()')", "2*(3+4)"),
        ("SQUARE(3)", "9"),
        ("ROUND(2.567, 2, 1)", "2.560"),
        ("ROUND(2.567, 2, 0)", "2.570"),
        ("CAST('2026-01-31' AS DATETIME)", "2026-01-31T00:00:00"),
        ("CAST('2026-01-31' AS DATETIME2(3))", "2026-01-31T00:00:00"),
        ("CAST('abcdef' AS VARCHAR(3))", "abc"),
        ("CAST('abcdef' AS NVARCHAR(MAX))", "abcdef"),
        ("CAST(1.7 AS INT)", "1"),
        ("CAST(1 AS BIT)", "true"),
        ("CAST(1234.5678 AS MONEY)", "1234.5678"),
        ("CAST(1.5 AS FLOAT)", "1.5"),
        ("CAST('{6F7B0000-0000-0000-0000-00000000000A}' AS UNIQUEIDENTIFIER)", "6f7b0000-0000-0000-0000-00000000000a"),
        ("CAST(1.0e0 AS VARCHAR)", "1"),
        ("TRY_CAST('x' AS INT)", "NULL"),
        ("TRY_CAST('5' AS INT)", "5"),
        ("TRY_CONVERT(INT, 'x')", "NULL"),
        ("CONVERT(INT, '5')", "5"),
        ("CONVERT(VARCHAR(10), {ts '2026-01-31 10:11:12'}, 103)", "31/01/2026"),
        ("CONVERT(VARCHAR, {ts '2026-01-31 10:11:12'}, 105)", "31-01-2026"),
        ("CONVERT(CHAR(8), {ts '2026-01-31 10:11:12'}, 112)", "20260131"),
        ("CONVERT(VARCHAR(19), {ts '2026-01-31 10:11:12'}, 120)", "2026-01-31 10:11:12"),
        ("CONVERT(VARCHAR(5), {ts '2026-01-31 10:11:12'}, 108)", "10:11"),
        ("CONVERT(VARCHAR(10), {ts '2026-01-31 10:11:12'})", "2026-01-31"),
        ("CONVERT(VARCHAR, 1234567.891, 1)", "1,234,567.89"),
        ("CONVERT(DATE, '31-01-2026', 105)", "2026-01-31"),
        ("CONVERT(DATETIME, '20260131')", "2026-01-31T00:00:00"),
        ("FORMAT(1234.5, 'N2')", "1,234.50"),
        ("FORMAT(1234.5, 'N2', 'nl-NL')", "1.234,50"),
        ("FORMAT({d '2026-01-31'}, 'dd-MM-yyyy')", "31-01-2026"),
        ("FORMAT({d '2026-01-31'}, 'MMMM yyyy', 'nl-NL')", "januari 2026"),
        ("FORMAT(NULL, 'N2')", "NULL"),
        ("{d '2026-01-31'} + 1", "2026-02-01"),
        ("{ts '2026-01-31 10:00:00'} - 1", "2026-01-30T10:00:00"),
        ("{d '2026-01-31'} - {d '2026-01-01'}", "30"),
        ("{ts '2026-01-31 12:00:00'} - {ts '2026-01-30 00:00:00'}", "1.5"),
    ]);
}

#[test]
fn mysql_functions() {
    check(&[
        ("FORMAT(1234567.891, 2)", "1,234,567.89"),
        ("FORMAT(1234567.891, 0)", "1,234,568"),
        ("CURDATE() - CURRENT_DATE", "0"),
        ("DATE('2026-01-31 10:11:12')", "2026-01-31"),
        ("DATE_FORMAT('2026-01-31 10:11:12', '%d-%m-%Y %H:%i')", "31-01-2026 10:11"),
        ("STR_TO_DATE('31-01-2026', '%d-%m-%Y')", "2026-01-31T00:00:00"),
        ("LAST_DAY('2026-02-17')", "2026-02-28"),
        ("TO_DAYS('2026-01-31')", "740012"),
        ("WEEKDAY('2026-02-02')", "0"),
        ("IF(1 = 2, 'yes', 'no')", "no"),
        ("IFNULL(NULL, 3)", "3"),
        ("ISNULL(NULL)", "true"),
        ("INSTR('abcb', 'b')", "2"),
        ("MID('abcdef', 2, 3)", "bcd"),
        ("LPAD('7', 3, '0')", "007"),
        ("RPAD('7', 3, '0')", "700"),
        ("SUBSTRING_INDEX('a.b.c', '.', 2)", "a.b"),
        ("POW(2, 3)", "8.0"),
        ("GREATEST(1, 3, 2)", "3"),
        ("LEAST(1, 3, 2)", "1"),
        ("CONVERT('12', SIGNED)", "12"),
        ("CONVERT('a' USING utf8)", "a"),
        ("DATE '2026-01-31' + INTERVAL '1 day'", "2026-02-01"),
        ("DATE_ADD('2026-01-31', INTERVAL 1 DAY)", "2026-02-01T00:00:00"),
        ("DATE_SUB('2026-01-31', INTERVAL '2' HOUR)", "2026-01-30T22:00:00"),
        ("DATE_ADD('2026-01-31', INTERVAL 1 QUARTER)", "2026-04-30T00:00:00"),
        ("DATE_ADD('2026-01-31', INTERVAL '0.5' SECOND)", "2026-01-31T00:00:00.500"),
        ("DATE_SUB('2026-01-31', INTERVAL (3 - 1) WEEK)", "2026-01-17T00:00:00"),
        ("DATE_ADD('2026-01-31', INTERVAL -1 YEAR)", "2025-01-31T00:00:00"),
        ("ADD_MONTHS('2026-01-31', 1)", "2026-02-28T00:00:00"),
        ("TIME('2026-01-31 10:11:12')", "10:11:12"),
        ("TIME('10:11:12')", "10:11:12"),
        ("TIME({t '10:11:12'})", "10:11:12"),
        ("TIME({d '2026-01-31'})", "00:00:00"),
        ("TIME('noon')", "NULL"),
        ("ELT(2, 'a', 'b')", "b"),
        ("ELT(3, 'a', 'b')", "NULL"),
        ("FIELD('b', 'a', 'b')", "2"),
        ("FIELD('c', 'a', 'b')", "0"),
        ("FIELD(NULL, 'a', 'b')", "0"),
        ("'Amersfoort' REGEXP '^am'", "true"),
        ("'Amersfoort' NOT RLIKE 'foort$'", "false"),
        ("LAST_INSERT_ID()", "NULL"),
    ]);
}

#[test]
fn aggregates_under_other_names() {
    let company = Company::start();
    let connection = company.connect("");
    let of = |list: &str| format!("SELECT {list} FROM (VALUES (1, 'b'), (2, 'a'), (4, 'c')) t(n, s)");
    for (list, expected) in [
        ("STRING_AGG(s, ',')", "b,a,c"),
        ("STRING_AGG(s, ', ') WITHIN GROUP (ORDER BY s)", "a, b, c"),
        ("GROUP_CONCAT(s ORDER BY s DESC SEPARATOR ';')", "c;b;a"),
        ("GROUP_CONCAT(s)", "b,a,c"),
        ("GROUP_CONCAT(DISTINCT n)", "1,2,4"),
        ("LISTAGG(s, '-') WITHIN GROUP (ORDER BY n DESC)", "c-a-b"),
        ("COUNT_BIG(*)", "3"),
        ("ROUND(STDEV(n), 3)", "1.528"),
        ("ROUND(STDEVP(n), 3)", "1.247"),
        ("ROUND(VAR(n), 3)", "2.333"),
        ("ROUND(VARP(n), 3)", "1.556"),
        ("AVG(n)", "2.3333333333333335"),
        ("MEDIAN(n)", "2.0"),
        ("SUM(n) FILTER (WHERE n > 1)", "6"),
    ] {
        assert_eq!(rows(&connection, &of(list)), [[expected]], "{list}");
    }
}

#[test]
fn window_functions() {
    let company = Company::start();
    let connection = company.connect("");
    for (call, expected) in [
        ("ROW_NUMBER() OVER (ORDER BY n)", "1 2 3"),
        ("RANK() OVER (ORDER BY s)", "1 1 3"),
        ("DENSE_RANK() OVER (ORDER BY s)", "1 1 2"),
        ("NTILE(2) OVER (ORDER BY n)", "1 1 2"),
        ("LAG(n) OVER (ORDER BY n)", "NULL 1 2"),
        ("LEAD(n, 1, 0) OVER (ORDER BY n)", "2 3 0"),
        ("FIRST_VALUE(n) OVER (ORDER BY n)", "1 1 1"),
        ("LAST_VALUE(n) OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)", "3 3 3"),
        ("SUM(n) OVER (ORDER BY n)", "1 3 6"),
        ("COUNT(*) OVER (PARTITION BY s)", "2 2 1"),
        ("ROW_NUMBER() OVER (ORDER BY (SELECT NULL))", "1 2 3"),
        ("ROW_NUMBER() OVER (PARTITION BY s ORDER BY (SELECT 1))", "1 2 1"),
    ] {
        let sql = format!("SELECT {call} FROM (VALUES (1, 'a'), (2, 'a'), (3, 'b')) t(n, s) ORDER BY n");
        assert_eq!(rows(&connection, &sql).concat().join(" "), expected, "{call}");
    }
    let numbered = "SELECT ROW_NUMBER() OVER (ORDER BY (SELECT NULL)) FROM Accounts";
    let accounts = rows(&connection, "SELECT ID FROM Accounts").len();
    assert_eq!(rows(&connection, numbered).last().unwrap(), &[accounts.to_string()]);
}

/// Overflow and division by zero are errors, and integers divide without a fraction (README).
#[test]
fn arithmetic_is_checked() {
    check(&[
        ("7 / 2", "3"),
        ("-7 / 2", "-3"),
        ("7 / 2.0", "3.5000"),
        ("0.1 + 0.2", "0.3"),
        ("9223372036854775806 + 1", "9223372036854775807"),
        ("CASE WHEN 1 = 0 THEN 1 / 0 ELSE 5 END", "5"),
        ("1 / NULLIF(0, 0)", "NULL"),
    ]);
    let company = Company::start();
    let connection = company.connect("");
    for (expression, state) in [
        ("1 / 0", "22012"),
        ("1 % 0", "22012"),
        ("1.0 / 0", "22012"),
        ("1e0 / 0", "22012"),
        ("MOD(5, 0)", "22012"),
        ("9223372036854775807 + 1", "22003"),
        ("-9223372036854775807 - 2", "22003"),
        ("9223372036854775807 * 2", "22003"),
        ("CAST(2147483647 AS INT) + CAST(1 AS INT)", "22003"),
        ("1e308 * 10", "22003"),
        ("CAST(300 AS TINYINT)", "22003"),
        ("CAST(99999999999 AS INT)", "22003"),
        ("CAST('abc' AS INT)", "22018"),
        ("CAST('abc' AS DATE)", "22007"),
        ("DATEADD(year, 999999, '2026-01-01')", "22003"),
        ("SUM(n) FROM (VALUES (9223372036854775807), (1)) t(n)", "22003"),
    ] {
        let error = try_rows(&connection, &format!("SELECT {expression}"), &[]).unwrap_err();
        assert_eq!(error.sqlstate(), state, "{expression}: {error}");
    }
    let guarded = "SELECT n FROM (VALUES (1e0), (0e0), (4e0)) t(n) WHERE 8 / n > 1 AND n <> 0";
    assert_eq!(rows(&connection, guarded).len(), 2);
    let guarded = "SELECT n FROM (VALUES (1), (0), (4)) t(n) WHERE n <> 0 AND 8 / n > 1";
    assert_eq!(rows(&connection, guarded).len(), 2);
}
