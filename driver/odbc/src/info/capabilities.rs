//! What SQL the driver runs, as the bits of SQLGetInfo. Each bit stands beside a text which runs: the
//! tests execute every one of them.

/// A bit of a bitmap and the statement that proves it.
pub type Capability = (u32, &'static str);

/// A bitmap of SQLGetInfo and its bits.
pub struct Bitmap {
    pub info_type: u16,
    pub bits: &'static [Capability],
}

impl Bitmap {
    #[must_use]
    pub fn value(&self) -> u32 {
        self.bits.iter().fold(0, |value, (bit, _)| value | bit)
    }
}

/// All bitmaps that are claims about SQL.
pub const BITMAPS: &[Bitmap] = &[
    Bitmap { info_type: 49, bits: NUMERIC_FUNCTIONS },
    Bitmap { info_type: 50, bits: STRING_FUNCTIONS },
    Bitmap { info_type: 51, bits: SYSTEM_FUNCTIONS },
    Bitmap { info_type: 52, bits: TIMEDATE_FUNCTIONS },
    Bitmap { info_type: 48, bits: CONVERT_FUNCTIONS },
    Bitmap { info_type: 95, bits: SUBQUERIES },
    Bitmap { info_type: 96, bits: UNIONS },
    Bitmap { info_type: 109, bits: ADD_INTERVALS },
    Bitmap { info_type: 110, bits: DIFF_INTERVALS },
    Bitmap { info_type: 115, bits: OUTER_JOINS },
    Bitmap { info_type: 119, bits: DATETIME_LITERALS },
    Bitmap { info_type: 155, bits: SQL92_DATETIME_FUNCTIONS },
    Bitmap { info_type: 159, bits: SQL92_NUMERIC_FUNCTIONS },
    Bitmap { info_type: 160, bits: SQL92_PREDICATES },
    Bitmap { info_type: 161, bits: SQL92_JOIN_OPERATORS },
    Bitmap { info_type: 163, bits: SQL92_ROW_VALUES },
    Bitmap { info_type: 164, bits: SQL92_STRING_FUNCTIONS },
    Bitmap { info_type: 165, bits: SQL92_VALUE_EXPRESSIONS },
    Bitmap { info_type: 169, bits: AGGREGATE_FUNCTIONS },
];

/// What the other answers claim about SQL: the info type, its answer, and a statement that gives a row where the claim is
/// true. The answers of texts stand as texts, all others as numbers.
pub const CLAIMS: &[(u16, &str, &str)] = &[
    (21, "Y", "{call sys.sys_tables()}"),
    (22, "0", "SELECT 1 WHERE 'a' || NULL IS NULL"),
    (27, "Y", "SELECT a FROM (SELECT 1 AS a) t ORDER BY a + 1"),
    (28, "4", "SELECT A FROM (SELECT 1 AS a) T"),
    (29, "\"", "SELECT \"a b\" FROM (SELECT 1 AS \"a b\") t"),
    (36, "Y", "SELECT 1; SELECT 2"),
    (38, "Y", "SELECT 1 FROM (SELECT 1 AS a) t LEFT JOIN (SELECT 2 AS b) u ON t.a = u.b WHERE u.b IS NULL"),
    (41, ".", "SELECT COUNT(*) FROM \"1\".crm.Accounts WHERE 1 = 0"),
    (74, "2", "SELECT anything.a FROM (SELECT 1 AS a) anything"),
    (85, "1", "SELECT a FROM (SELECT a FROM (VALUES (1), (NULL)) t(a) ORDER BY a LIMIT 1) u WHERE a IS NULL"),
    (87, "Y", "SELECT b FROM (SELECT 1 AS b) t"),
    // Columns of the GROUP BY clause need not be selected.
    (88, "3", "SELECT COUNT(*) FROM (SELECT 1 AS a, 2 AS b) t GROUP BY a, b"),
    (90, "N", "SELECT a FROM (SELECT 1 AS a, 2 AS b) t ORDER BY b"),
    (91, "1", "SELECT COUNT(*) FROM crm.Accounts WHERE 1 = 0"),
    (92, "1", "SELECT COUNT(*) FROM \"1\".crm.Accounts WHERE 1 = 0"),
    (93, "4", "SELECT \"A\" FROM (SELECT 1 AS a) t"),
    (113, "Y", "SELECT 1 WHERE 'a%' LIKE 'a\\%' {escape '\\'} AND 'ab' NOT LIKE 'a\\%' {escape '\\'}"),
    (114, "1", "SELECT COUNT(*) FROM \"1\".crm.Accounts WHERE 1 = 0"),
    (118, "4", INTERMEDIATE),
    (121, "3", "SELECT 1; SELECT 2"),
];

/// What SQL-92 has at its intermediate level beyond its entry level, as far as it concerns queries.
const INTERMEDIATE: &str = "\
    WITH t AS (SELECT 1 AS a INTERSECT SELECT 1), u AS (SELECT 1 AS b UNION ALL SELECT 3 EXCEPT SELECT 2) \
    SELECT COALESCE(NULLIF(a, 2), CAST('1' AS INTEGER)), (SELECT MAX(b) FROM u), COUNT(DISTINCT b) \
    FROM t FULL OUTER JOIN u ON t.a = u.b \
    WHERE CASE WHEN a BETWEEN 1 AND 2 THEN 1 ELSE 0 END = 1 AND EXISTS (SELECT 1 FROM u WHERE u.b = t.a) \
    AND (a, 2) = (1, 2) AND (a = 1) IS TRUE AND a >= ALL (SELECT 1) \
    AND EXTRACT(YEAR FROM DATE '2026-01-31' + INTERVAL '1' MONTH) = 2026 AND TIME '10:11:12' < TIME '10:11:13' \
    AND SUBSTRING('abc' FROM 2 FOR 1) = 'b' AND TRIM(BOTH ' ' FROM ' x ') = 'x' AND POSITION('b' IN 'abc') = 2 \
    AND CHARACTER_LENGTH('ab' || 'c') = 3 AND UPPER('a') = 'A' GROUP BY a HAVING COUNT(*) = 1";

const NUMERIC_FUNCTIONS: &[Capability] = &[
    (0x1, "SELECT {fn ABS(-1)}"),
    (0x2, "SELECT {fn ACOS(0.5)}"),
    (0x4, "SELECT {fn ASIN(0.5)}"),
    (0x8, "SELECT {fn ATAN(0.5)}"),
    (0x10, "SELECT {fn ATAN2(1, 2)}"),
    (0x20, "SELECT {fn CEILING(1.5)}"),
    (0x40, "SELECT {fn COS(1)}"),
    (0x80, "SELECT {fn COT(1)}"),
    (0x100, "SELECT {fn EXP(1)}"),
    (0x200, "SELECT {fn FLOOR(1.5)}"),
    (0x400, "SELECT {fn LOG(2)}"),
    (0x800, "SELECT {fn MOD(5, 3)}"),
    (0x1000, "SELECT {fn SIGN(-2)}"),
    (0x2000, "SELECT {fn SIN(1)}"),
    (0x4000, "SELECT {fn SQRT(4)}"),
    (0x8000, "SELECT {fn TAN(1)}"),
    (0x1_0000, "SELECT {fn PI()}"),
    (0x2_0000, "SELECT {fn RAND()}"),
    (0x4_0000, "SELECT {fn DEGREES(1)}"),
    (0x8_0000, "SELECT {fn LOG10(100)}"),
    (0x10_0000, "SELECT {fn POWER(2, 3)}"),
    (0x20_0000, "SELECT {fn RADIANS(180)}"),
    (0x40_0000, "SELECT {fn ROUND(1.25, 1)}"),
    (0x80_0000, "SELECT {fn TRUNCATE(1.25, 1)}"),
];

const STRING_FUNCTIONS: &[Capability] = &[
    (0x1, "SELECT {fn CONCAT('a', 'b')}"),
    (0x2, "SELECT {fn INSERT('abcd', 2, 1, 'x')}"),
    (0x4, "SELECT {fn LEFT('abc', 2)}"),
    (0x8, "SELECT {fn LTRIM(' a')}"),
    (0x10, "SELECT {fn LENGTH('abc')}"),
    (0x20, "SELECT {fn LOCATE('b', 'abc', 1)}"),
    (0x40, "SELECT {fn LCASE('A')}"),
    (0x80, "SELECT {fn REPEAT('a', 3)}"),
    (0x100, "SELECT {fn REPLACE('abc', 'b', 'x')}"),
    (0x200, "SELECT {fn RIGHT('abc', 2)}"),
    (0x400, "SELECT {fn RTRIM('a ')}"),
    (0x800, "SELECT {fn SUBSTRING('abc', 2, 1)}"),
    (0x1000, "SELECT {fn UCASE('a')}"),
    (0x2000, "SELECT {fn ASCII('a')}"),
    (0x4000, "SELECT {fn CHAR(65)}"),
    (0x8000, "SELECT {fn DIFFERENCE('a', 'b')}"),
    (0x1_0000, "SELECT {fn LOCATE('b', 'abc')}"),
    (0x2_0000, "SELECT {fn SOUNDEX('abc')}"),
    (0x4_0000, "SELECT {fn SPACE(2)}"),
    (0x8_0000, "SELECT {fn BIT_LENGTH('a')}"),
    (0x10_0000, "SELECT {fn CHAR_LENGTH('a')}"),
    (0x20_0000, "SELECT {fn CHARACTER_LENGTH('a')}"),
    (0x40_0000, "SELECT {fn OCTET_LENGTH('a')}"),
    (0x80_0000, "SELECT {fn POSITION('b' IN 'abc')}"),
];

const SYSTEM_FUNCTIONS: &[Capability] =
    &[(0x1, "SELECT {fn USER()}"), (0x2, "SELECT {fn DATABASE()}"), (0x4, "SELECT {fn IFNULL(NULL, 'a')}")];

const TIMEDATE_FUNCTIONS: &[Capability] = &[
    (0x1, "SELECT {fn NOW()}"),
    (0x2, "SELECT {fn CURDATE()}"),
    (0x4, "SELECT {fn DAYOFMONTH({d '2026-01-31'})}"),
    (0x8, "SELECT {fn DAYOFWEEK({ts '2026-01-31 10:11:12'})}"),
    (0x10, "SELECT {fn DAYOFYEAR({d '2026-01-31'})}"),
    (0x20, "SELECT {fn MONTH({d '2026-01-31'})}"),
    (0x40, "SELECT {fn QUARTER({d '2026-01-31'})}"),
    (0x80, "SELECT {fn WEEK({ts '2026-01-31 10:11:12'})}"),
    (0x100, "SELECT {fn YEAR({d '2026-01-31'})}"),
    (0x200, "SELECT {fn CURTIME()}"),
    (0x400, "SELECT {fn HOUR({ts '2026-01-31 10:11:12'})}"),
    (0x800, "SELECT {fn MINUTE({ts '2026-01-31 10:11:12'})}"),
    (0x1000, "SELECT {fn SECOND({ts '2026-01-31 10:11:12'})}"),
    (0x2000, "SELECT {fn TIMESTAMPADD(SQL_TSI_DAY, 1, {ts '2026-01-31 10:11:12'})}"),
    (0x4000, "SELECT {fn TIMESTAMPDIFF(SQL_TSI_DAY, {ts '2026-01-01 10:11:12'}, {ts '2026-01-31 10:11:12'})}"),
    (0x8000, "SELECT {fn DAYNAME({ts '2026-01-31 10:11:12'})}"),
    (0x1_0000, "SELECT {fn MONTHNAME({ts '2026-01-31 10:11:12'})}"),
    (0x2_0000, "SELECT {fn CURRENT_DATE()}"),
    (0x4_0000, "SELECT {fn CURRENT_TIME()}"),
    (0x8_0000, "SELECT {fn CURRENT_TIMESTAMP()}"),
    (0x10_0000, "SELECT {fn EXTRACT(YEAR FROM {d '2026-01-31'})}"),
];

const CONVERT_FUNCTIONS: &[Capability] =
    &[(0x1, "SELECT {fn CONVERT('1', SQL_INTEGER)}"), (0x2, "SELECT CAST('1' AS INTEGER)")];

const SUBQUERIES: &[Capability] = &[
    (0x1, "SELECT 1 WHERE 1 = (SELECT 1)"),
    (0x2, "SELECT 1 WHERE EXISTS (SELECT 1)"),
    (0x4, "SELECT 1 WHERE 1 IN (SELECT 1)"),
    (0x8, "SELECT 1 WHERE 1 >= ALL (SELECT 1)"),
    (0x10, "SELECT a FROM (SELECT 1 AS a) t WHERE EXISTS (SELECT 1 FROM (SELECT 1 AS b) u WHERE u.b = t.a)"),
];

const UNIONS: &[Capability] = &[(0x1, "SELECT 1 UNION SELECT 2"), (0x2, "SELECT 1 UNION ALL SELECT 1")];

const ADD_INTERVALS: &[Capability] = &[
    (0x1, "SELECT {fn TIMESTAMPADD(SQL_TSI_FRAC_SECOND, 1, {ts '2026-01-31 10:11:12'})}"),
    (0x2, "SELECT {fn TIMESTAMPADD(SQL_TSI_SECOND, 1, {ts '2026-01-31 10:11:12'})}"),
    (0x4, "SELECT {fn TIMESTAMPADD(SQL_TSI_MINUTE, 1, {ts '2026-01-31 10:11:12'})}"),
    (0x8, "SELECT {fn TIMESTAMPADD(SQL_TSI_HOUR, 1, {ts '2026-01-31 10:11:12'})}"),
    (0x10, "SELECT {fn TIMESTAMPADD(SQL_TSI_DAY, 1, {ts '2026-01-31 10:11:12'})}"),
    (0x20, "SELECT {fn TIMESTAMPADD(SQL_TSI_WEEK, 1, {ts '2026-01-31 10:11:12'})}"),
    (0x40, "SELECT {fn TIMESTAMPADD(SQL_TSI_MONTH, 1, {ts '2026-01-31 10:11:12'})}"),
    (0x80, "SELECT {fn TIMESTAMPADD(SQL_TSI_QUARTER, 1, {ts '2026-01-31 10:11:12'})}"),
    (0x100, "SELECT {fn TIMESTAMPADD(SQL_TSI_YEAR, 1, {ts '2026-01-31 10:11:12'})}"),
];

const DIFF_INTERVALS: &[Capability] = &[
    (0x1, "SELECT {fn TIMESTAMPDIFF(SQL_TSI_FRAC_SECOND, {ts '2026-01-31 10:11:12'}, {ts '2026-01-31 10:11:13'})}"),
    (0x2, "SELECT {fn TIMESTAMPDIFF(SQL_TSI_SECOND, {ts '2026-01-31 10:11:12'}, {ts '2026-01-31 10:11:13'})}"),
    (0x4, "SELECT {fn TIMESTAMPDIFF(SQL_TSI_MINUTE, {ts '2026-01-31 10:11:12'}, {ts '2026-01-31 10:11:13'})}"),
    (0x8, "SELECT {fn TIMESTAMPDIFF(SQL_TSI_HOUR, {ts '2026-01-31 10:11:12'}, {ts '2026-01-31 10:11:13'})}"),
    (0x10, "SELECT {fn TIMESTAMPDIFF(SQL_TSI_DAY, {ts '2026-01-31 10:11:12'}, {ts '2026-01-31 10:11:13'})}"),
    (0x20, "SELECT {fn TIMESTAMPDIFF(SQL_TSI_WEEK, {ts '2026-01-31 10:11:12'}, {ts '2026-01-31 10:11:13'})}"),
    (0x40, "SELECT {fn TIMESTAMPDIFF(SQL_TSI_MONTH, {ts '2026-01-31 10:11:12'}, {ts '2026-01-31 10:11:13'})}"),
    (0x80, "SELECT {fn TIMESTAMPDIFF(SQL_TSI_QUARTER, {ts '2026-01-31 10:11:12'}, {ts '2026-01-31 10:11:13'})}"),
    (0x100, "SELECT {fn TIMESTAMPDIFF(SQL_TSI_YEAR, {ts '2026-01-31 10:11:12'}, {ts '2026-01-31 10:11:13'})}"),
];

const OUTER_JOINS: &[Capability] = &[
    (0x1, "SELECT * FROM {oj (SELECT 1 AS a) t LEFT OUTER JOIN (SELECT 1 AS b) u ON t.a = u.b}"),
    (0x2, "SELECT * FROM {oj (SELECT 1 AS a) t RIGHT OUTER JOIN (SELECT 1 AS b) u ON t.a = u.b}"),
    (0x4, "SELECT * FROM {oj (SELECT 1 AS a) t FULL OUTER JOIN (SELECT 1 AS b) u ON t.a = u.b}"),
    (
        0x8,
        "SELECT * FROM (SELECT 1 AS a) t LEFT JOIN ((SELECT 1 AS b) u LEFT JOIN (SELECT 1 AS c) v ON u.b = v.c) ON t.a = u.b",
    ),
    (0x10, "SELECT * FROM (SELECT 1 AS a) t LEFT JOIN (SELECT 1 AS b) u ON u.b = t.a"),
    (
        0x20,
        "SELECT * FROM (SELECT 1 AS a) t INNER JOIN (SELECT 1 AS b) u ON t.a = u.b LEFT JOIN (SELECT 1 AS c) v ON u.b = v.c",
    ),
    (0x40, "SELECT * FROM (SELECT 1 AS a) t LEFT JOIN (SELECT 1 AS b) u ON t.a < u.b"),
];

const DATETIME_LITERALS: &[Capability] = &[
    (0x1, "SELECT DATE '2026-01-31'"),
    (0x2, "SELECT TIME '10:11:12'"),
    (0x4, "SELECT TIMESTAMP '2026-01-31 10:11:12'"),
];

const SQL92_DATETIME_FUNCTIONS: &[Capability] =
    &[(0x1, "SELECT CURRENT_DATE"), (0x2, "SELECT CURRENT_TIME"), (0x4, "SELECT CURRENT_TIMESTAMP")];

const SQL92_NUMERIC_FUNCTIONS: &[Capability] = &[
    (0x1, "SELECT BIT_LENGTH('a')"),
    (0x2, "SELECT CHAR_LENGTH('a')"),
    (0x4, "SELECT CHARACTER_LENGTH('a')"),
    (0x8, "SELECT EXTRACT(YEAR FROM DATE '2026-01-31')"),
    (0x10, "SELECT OCTET_LENGTH('a')"),
    (0x20, "SELECT POSITION('b' IN 'abc')"),
];

const SQL92_PREDICATES: &[Capability] = &[
    (0x1, "SELECT 1 WHERE EXISTS (SELECT 1)"),
    (0x2, "SELECT 1 WHERE 1 IS NOT NULL"),
    (0x4, "SELECT 1 WHERE NULL IS NULL"),
    (0x200, "SELECT 1 WHERE 'abc' LIKE 'a%'"),
    (0x400, "SELECT 1 WHERE 1 IN (1, 2)"),
    (0x800, "SELECT 1 WHERE 1 BETWEEN 0 AND 2"),
    (0x1000, "SELECT 1 WHERE 1 < 2"),
    (0x2000, "SELECT 1 WHERE 1 = ANY (SELECT 1)"),
];

const SQL92_JOIN_OPERATORS: &[Capability] = &[
    (0x2, "SELECT * FROM (SELECT 1 AS a) t CROSS JOIN (SELECT 1 AS b) u"),
    (0x4, "SELECT 1 EXCEPT SELECT 2"),
    (0x8, "SELECT * FROM (SELECT 1 AS a) t FULL OUTER JOIN (SELECT 1 AS b) u ON t.a = u.b"),
    (0x10, "SELECT * FROM (SELECT 1 AS a) t INNER JOIN (SELECT 1 AS b) u ON t.a = u.b"),
    (0x20, "SELECT 1 INTERSECT SELECT 1"),
    (0x40, "SELECT * FROM (SELECT 1 AS a) t LEFT OUTER JOIN (SELECT 1 AS b) u ON t.a = u.b"),
    (0x80, "SELECT * FROM (SELECT 1 AS a) t NATURAL JOIN (SELECT 1 AS a) u"),
    (0x100, "SELECT * FROM (SELECT 1 AS a) t RIGHT OUTER JOIN (SELECT 1 AS b) u ON t.a = u.b"),
];

const SQL92_ROW_VALUES: &[Capability] =
    &[(0x1, "SELECT * FROM (VALUES (1 + 1)) t"), (0x2, "SELECT * FROM (VALUES (1), (NULL)) t")];

const SQL92_STRING_FUNCTIONS: &[Capability] = &[
    (0x2, "SELECT LOWER('A')"),
    (0x4, "SELECT UPPER('a')"),
    (0x8, "SELECT SUBSTRING('abc' FROM 2 FOR 1)"),
    (0x10, "SELECT TRANSLATE('abc', 'b', 'x')"),
    (0x20, "SELECT TRIM(BOTH ' ' FROM ' a ')"),
    (0x40, "SELECT TRIM(LEADING ' ' FROM ' a')"),
    (0x80, "SELECT TRIM(TRAILING ' ' FROM 'a ')"),
];

const SQL92_VALUE_EXPRESSIONS: &[Capability] = &[
    (0x1, "SELECT CASE WHEN 1 = 1 THEN 'a' ELSE 'b' END"),
    (0x2, "SELECT CAST(1 AS VARCHAR)"),
    (0x4, "SELECT COALESCE(NULL, 'a')"),
    (0x8, "SELECT NULLIF(1, 2)"),
];

const AGGREGATE_FUNCTIONS: &[Capability] = &[
    (0x1, "SELECT AVG(a) FROM (SELECT 1 AS a) t"),
    (0x2, "SELECT COUNT(*) FROM (SELECT 1 AS a) t"),
    (0x4, "SELECT MAX(a) FROM (SELECT 1 AS a) t"),
    (0x8, "SELECT MIN(a) FROM (SELECT 1 AS a) t"),
    (0x10, "SELECT SUM(a) FROM (SELECT 1 AS a) t"),
    (0x20, "SELECT COUNT(DISTINCT a) FROM (SELECT 1 AS a) t"),
    (0x40, "SELECT SUM(ALL a) FROM (SELECT 1 AS a) t"),
];
