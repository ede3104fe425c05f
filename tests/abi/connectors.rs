//! The connectors for Power BI and Tableau say of the driver what the driver says of itself.
//!
//! After a change: `UPDATE_CONNECTORS=1 cargo test -p exact-odbc --test abi connectors`.

use std::fs;
use std::path::PathBuf;
use std::ptr::null_mut;

use crate::information::{long, short, text};
use crate::support::*;

/// Bitmaps of SQLGetInfo that decide what Power Query and Tableau leave to the driver (odbc-clients.md 3.2 and 3.6).
const BITMAPS: [(&str, u16); 38] = [
    ("SQL_AGGREGATE_FUNCTIONS", 169),
    ("SQL_CATALOG_USAGE", 92),
    ("SQL_CONVERT_BIGINT", 53),
    ("SQL_CONVERT_BIT", 55),
    ("SQL_CONVERT_CHAR", 56),
    ("SQL_CONVERT_DATE", 57),
    ("SQL_CONVERT_DECIMAL", 58),
    ("SQL_CONVERT_DOUBLE", 59),
    ("SQL_CONVERT_FLOAT", 60),
    ("SQL_CONVERT_FUNCTIONS", 48),
    ("SQL_CONVERT_GUID", 173),
    ("SQL_CONVERT_INTEGER", 61),
    ("SQL_CONVERT_NUMERIC", 63),
    ("SQL_CONVERT_REAL", 64),
    ("SQL_CONVERT_SMALLINT", 65),
    ("SQL_CONVERT_TIME", 66),
    ("SQL_CONVERT_TIMESTAMP", 67),
    ("SQL_CONVERT_TINYINT", 68),
    ("SQL_CONVERT_VARCHAR", 70),
    ("SQL_CONVERT_WCHAR", 122),
    ("SQL_CONVERT_WLONGVARCHAR", 125),
    ("SQL_CONVERT_WVARCHAR", 126),
    ("SQL_DATETIME_LITERALS", 119),
    ("SQL_NUMERIC_FUNCTIONS", 49),
    ("SQL_OJ_CAPABILITIES", 115),
    ("SQL_SCHEMA_USAGE", 91),
    ("SQL_SQL92_NUMERIC_VALUE_FUNCTIONS", 159),
    ("SQL_SQL92_PREDICATES", 160),
    ("SQL_SQL92_RELATIONAL_JOIN_OPERATORS", 161),
    ("SQL_SQL92_STRING_FUNCTIONS", 164),
    ("SQL_SQL92_VALUE_EXPRESSIONS", 165),
    ("SQL_STRING_FUNCTIONS", 50),
    ("SQL_SUBQUERIES", 95),
    ("SQL_SYSTEM_FUNCTIONS", 51),
    ("SQL_TIMEDATE_ADD_INTERVALS", 109),
    ("SQL_TIMEDATE_DIFF_INTERVALS", 110),
    ("SQL_TIMEDATE_FUNCTIONS", 52),
    ("SQL_UNION", 96),
];

fn answers(odbc: &Odbc) -> Vec<(&'static str, u32)> {
    let bitmaps = BITMAPS.iter().map(|(name, kind)| (*name, long(odbc, *kind)));
    bitmaps.chain([("SQL_GROUP_BY", u32::from(short(odbc, 88)))]).collect()
}

/// Compares what stands between the two marked lines of a file, or writes it.
fn agrees(file: &str, lines: &[String]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../connectors").join(file);
    let found = fs::read_to_string(&path).unwrap();
    let begin = found.find("The driver's own answers").unwrap();
    let begin = begin + found[begin..].find('\n').unwrap() + 1;
    let end = found.find("End of the driver's own answers").unwrap();
    let end = found[..end].rfind('\n').unwrap() + 1;
    let text: String = lines.iter().map(|line| format!("    {line}\n")).collect();
    if std::env::var_os("UPDATE_CONNECTORS").is_some() {
        fs::write(&path, [&found[..begin], &text, &found[end..]].concat()).unwrap();
    } else {
        assert!(found[begin..end] == text, "{} is stale: run again with UPDATE_CONNECTORS=1", path.display());
    }
}

#[test]
fn power_query_and_tableau_are_told_what_the_driver_answers() {
    let odbc = Odbc::connect();
    let answers = answers(&odbc);
    let last = answers.len() - 1;
    let record = answers.iter().enumerate();
    let record = record.map(|(at, (name, value))| format!("{name} = {value:#x}{}", if at < last { "," } else { "" }));
    agrees("powerbi/ExactOnline.pq", &record.collect::<Vec<_>>());
    let elements = answers.iter().map(|(name, value)| format!("<customization name='{name}' value='{value}' />"));
    agrees("tableau/exact-online.tdc", &elements.collect::<Vec<_>>());
    assert_eq!(text(&odbc, 17), "Exact Online", "the vendor in the file for Tableau");
}

/// What the connector says by other names than SQLGetInfo's: SQL_GROUP_BY, and the digits that SQLGetTypeInfo gives a timestamp.
#[test]
fn power_query_is_told_the_same_by_its_own_names() {
    let odbc = Odbc::connect();
    let connector =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../connectors/powerbi/ExactOnline.pq")).unwrap();
    assert_eq!(unsafe { SQLGetTypeInfoW(odbc.stmt, 93) }, SUCCESS);
    assert_eq!(unsafe { SQLFetch(odbc.stmt) }, SUCCESS);
    let digits = odbc.text(15).unwrap();
    for (name, value) in [("GroupByCapabilities", short(&odbc, 88).to_string()), ("FractionalSecondsScale", digits)] {
        assert!(connector.contains(&format!("{name} = {value}")), "{name} is {value}");
    }
}

/// What the connector says of limits, derived tables and literals beyond SQLGetInfo.
#[test]
fn what_power_query_may_write_runs() {
    let odbc = Odbc::connect();
    let texts = [
        "select \"_\".\"a\" from (select 1 as \"a\" union all select 2) \"_\" order by \"_\".\"a\" limit 1 offset 1",
        "select sum(\"rows\".\"b\") as \"c\", \"rows\".\"a\" from (select 1 as \"a\", 2.5 as \"b\") \"rows\" group by \"rows\".\"a\"",
        "select {d '2026-01-31'}, {t '10:11:12'}, {ts '2026-01-31 10:11:12.123'}, 'x', 1.5",
        "select \"$Outer\".\"a\", \"$Inner\".\"a\" from (select 1 as \"a\") \"$Outer\" left outer join (select 2 as \"a\") \"$Inner\" \
         on (\"$Outer\".\"a\" = \"$Inner\".\"a\")",
        "select top 1 1 as \"a\"",
        "select {fn convert(\"a\", SQL_WVARCHAR)}, {fn convert('1.5', SQL_DOUBLE)}, cast('7' as integer) from (select 1 as \"a\") \"_\"",
    ];
    for sql in texts {
        odbc.execute(sql);
        assert_eq!(unsafe { SQLFetch(odbc.stmt) }, SUCCESS, "{sql}");
        odbc.close();
    }
    // Values that Power Query gives as parameters.
    let mut value = 41_i32;
    let at = (&raw mut value).cast();
    assert_eq!(unsafe { SQLBindParameter(odbc.stmt, 1, 1, C_LONG, 4, 10, 0, at, 0, null_mut()) }, SUCCESS);
    odbc.execute("select \"_\".\"a\" from (select 41 as \"a\" union all select 42) \"_\" where \"_\".\"a\" = ?");
    assert_eq!(unsafe { SQLFetch(odbc.stmt) }, SUCCESS);
    assert_eq!(odbc.text(1).as_deref(), Some("41"));
}
