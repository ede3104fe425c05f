//! Values of one type beside columns of another, as people write them (product section 5).

use exact_engine::Value;
use exact_engine::model::SqlType;
use exact_simulator::Options;

use crate::company::{Company, rows, sorted, try_rows};

const NOBODY: &str = "00000000-0000-0000-0000-000000000001";

/// Two ways to say the same condition.
const ALIKE: &[(&str, &str)] = &[
    // Yes/no columns, of Boolean and of Byte.
    ("Blocked = 'True'", "Blocked = TRUE"),
    ("Blocked = 'false'", "Blocked = FALSE"),
    ("Blocked = 1", "Blocked"),
    ("Blocked = 0", "NOT Blocked"),
    ("Blocked <> '1'", "NOT Blocked"),
    ("Blocked IN ('True')", "Blocked"),
    ("'true' = Blocked", "Blocked"),
    ("CASE Blocked WHEN 'True' THEN 1 ELSE 0 END = 1", "Blocked"),
    ("IsCompetitor = 'False'", "IsCompetitor = 0"),
    ("IsCompetitor = FALSE", "IsCompetitor = 0"),
    ("IsCompetitor = TRUE", "IsCompetitor = 1"),
    ("IsCompetitor IS TRUE", "IsCompetitor = 1"),
    ("IsCompetitor IS FALSE", "IsCompetitor = 0"),
    ("IsCompetitor IS NOT TRUE", "IsCompetitor = 0 OR IsCompetitor IS NULL"),
    ("IsCompetitor IS NOT FALSE", "IsCompetitor = 1 OR IsCompetitor IS NULL"),
    ("Blocked = IsCompetitor", "(Blocked AND IsCompetitor = 1) OR (NOT Blocked AND IsCompetitor = 0)"),
    // Dates.
    ("Modified > '2026-01-31'", "Modified > {ts '2026-01-31 00:00:00'}"),
    ("Modified > '20260131'", "Modified > {d '2026-01-31'}"),
    ("Modified >= '2026-01-31T10:00:00'", "Modified >= {ts '2026-01-31 10:00:00'}"),
    ("'2026-01-31' > Modified", "Modified < {d '2026-01-31'}"),
    ("Modified BETWEEN '2025-01-01' AND '2026-01-31'", "Modified >= {d '2025-01-01'} AND Modified <= {d '2026-01-31'}"),
    ("CAST(Modified AS DATE) > '2026-01-31'", "Modified >= {d '2026-02-01'}"),
    ("Modified > GETDATE() - 90", "Modified > DATEADD(day, -90, GETDATE())"),
    ("Modified = L_THIS_YEAR()", "YEAR(Modified) = YEAR(GETDATE())"),
    ("Modified >= L_LAST_YEAR()", "YEAR(Modified) >= YEAR(GETDATE()) - 1"),
    ("Modified < L_LAST_N_DAYS(30)", "Modified < DATEADD(day, -30, CURDATE())"),
    (
        "Modified = L_LAST_N_MONTHS(3)",
        "Modified >= DATEADD(month, -3, DATETRUNC(month, GETDATE())) AND Modified < DATETRUNC(month, GETDATE())",
    ),
    ("Modified <= L_TODAY()", "CAST(Modified AS DATE) <= CURDATE()"),
    ("Modified > L_YESTERDAY()", "CAST(Modified AS DATE) >= CURDATE()"),
    ("Modified >= L_TOMORROW()", "Modified >= DATEADD(day, 1, CURDATE())"),
    ("Modified < L_THIS_MONTH()", "Modified < DATETRUNC(month, GETDATE())"),
    (
        "Modified = L_LAST_QUARTER()",
        "Modified >= DATEADD(quarter, -1, DATETRUNC(quarter, GETDATE())) AND Modified < DATETRUNC(quarter, GETDATE())",
    ),
    ("Modified = L_LAST_90_DAYS()", "Modified >= DATEADD(day, -90, CURDATE()) AND Modified < CURDATE()"),
    ("Modified = L_THIS_WEEK()", "DATEDIFF(week, Modified, GETDATE()) = 0"),
    ("Modified = L_LAST_WEEK()", "DATEDIFF(week, Modified, GETDATE()) = 1"),
    ("Modified = L_LAST_N_WEEKS(6)", "DATEDIFF(week, Modified, GETDATE()) BETWEEN 1 AND 6"),
    ("Modified = L_LAST_MONTH()", "DATEDIFF(month, Modified, GETDATE()) = 1"),
    ("Modified = L_THIS_QUARTER()", "DATEDIFF(quarter, Modified, GETDATE()) = 0"),
    ("Modified = L_LAST_N_QUARTERS(2)", "DATEDIFF(quarter, Modified, GETDATE()) BETWEEN 1 AND 2"),
    ("Modified <> L_LAST_N_YEARS(2)", "NOT (YEAR(Modified) BETWEEN YEAR(GETDATE()) - 2 AND YEAR(GETDATE()) - 1)"),
    ("Modified IN (L_THIS_YEAR(), L_NEXT_YEAR())", "YEAR(Modified) IN (YEAR(GETDATE()), YEAR(GETDATE()) + 1)"),
    // Guids.
    ("ID = '{00000000-0000-0000-0000-000000000001}'", "ID = '00000000-0000-0000-0000-000000000001'"),
    ("ID = {guid '00000000-0000-0000-0000-000000000001'}", "ID = '00000000-0000-0000-0000-000000000001'"),
    ("Parent <> 'no guid'", "Parent IS NOT NULL"),
    ("NOT (Parent = 'no guid')", "Parent IS NOT NULL"),
    (
        "Parent IN ('no guid', '00000000-0000-0000-0000-000000000001')",
        "Parent = '00000000-0000-0000-0000-000000000001'",
    ),
    ("Parent = 'no guid' OR Country = 'NL'", "Country = 'NL'"),
    // Numbers and text.
    ("Code = 1", "Code = '1'"),
    ("Code IN (1, 2, 3)", "Code IN ('1', '2', '3')"),
    ("Code < 10", "CAST(Code AS INT) < 10"),
    ("Code BETWEEN 5 AND 12", "CAST(Code AS INT) BETWEEN 5 AND 12"),
    ("CreditLineSales > '100'", "CreditLineSales > 100"),
    ("CreditLineSales IN ('0', '1000')", "CreditLineSales IN (0, 1000)"),
    ("Division = '5512'", "Division = 5512"),
    ("Code LIKE '1%'", "LEFT(Code, 1) = '1'"),
    ("Division LIKE '55%'", "Division = 5512"),
    ("Code = DiscountSales", "CAST(Code AS DOUBLE) = DiscountSales"),
    ("Name + '!' = CONCAT(Name, '!')", "Name IS NOT NULL"),
];

#[test]
fn conditions_mean_what_people_expect() {
    let company = Company::start();
    for setting in ["Pushdown=on", "Pushdown=off"] {
        let connection = company.connect(setting);
        for (one, other) in ALIKE {
            let of = |condition: &str| sorted(rows(&connection, &format!("SELECT ID FROM Accounts WHERE {condition}")));
            assert_eq!(of(one), of(other), "{setting}: {one}");
        }
    }
}

#[test]
fn what_is_no_guid_costs_no_call() {
    let company = Company::start();
    let connection = company.connect("");
    for condition in [
        "ID = 'not a guid'",
        "'not a guid' = ID",
        "ID IN ('not a guid', 'nor this')",
        "Parent = 'not a guid'",
        "Parent = 'not a guid' AND Country = 'NL'",
        "(Parent = 'not a guid' OR ID = '') AND Country = 'NL'",
    ] {
        let calls = company.requests_of(|| {
            assert!(
                rows(&connection, &format!("SELECT Name FROM Accounts WHERE {condition}")).is_empty(),
                "{condition}"
            );
        });
        assert_eq!(calls, Vec::<String>::new(), "{condition}");
    }
    let calls = company.requests_of(|| {
        let none = try_rows(&connection, "SELECT Name FROM Accounts WHERE ID = ?", &[Value::Text("no guid".into())]);
        assert!(none.unwrap().is_empty());
    });
    assert_eq!(calls, Vec::<String>::new());
}

#[test]
fn every_marker_has_a_type_from_its_place() {
    use SqlType as T;
    let company = Company::start();
    let connection = company.connect("");
    let text = T::VarChar { length: 4000 };
    let moment = T::Timestamp { precision: 3 };
    for (sql, expected) in [
        ("SELECT Name FROM Accounts WHERE ID = ?", T::Guid),
        ("SELECT Name FROM Accounts WHERE ? = ID", T::Guid),
        ("SELECT Name FROM Accounts WHERE Modified > ?", moment),
        ("SELECT Name FROM Accounts WHERE ? BETWEEN Created AND Modified", moment),
        ("SELECT Name FROM Accounts WHERE CreditLineSales IN (1, ?)", T::Double),
        ("SELECT Name FROM Accounts WHERE ? IN (1, 2)", T::BigInt),
        ("SELECT Name FROM Accounts WHERE Blocked = ?", T::Boolean),
        ("SELECT Name FROM Accounts WHERE IsCompetitor = ?", T::TinyInt),
        ("SELECT Name FROM Accounts WHERE Division = ?", T::Integer),
        ("SELECT Name FROM Accounts WHERE YEAR(Modified) = ?", T::Integer),
        ("SELECT Name FROM Accounts WHERE UPPER(Name) = ?", text),
        ("SELECT Name FROM Accounts WHERE Name LIKE ?", text),
        ("SELECT COALESCE(CreditLineSales, ?) FROM Accounts", T::Double),
        ("SELECT ISNULL(Modified, ?) FROM Accounts", moment),
        ("SELECT UPPER(?) FROM Accounts", text),
        ("SELECT LEFT(Name, ?) FROM Accounts", T::BigInt),
        ("SELECT DATEADD(day, ?, Modified) FROM Accounts", T::BigInt),
        ("SELECT DATEADD(day, -?, Modified) FROM Accounts", T::Double),
        ("SELECT DATEADD(day, 1, ?) FROM Accounts", moment),
        ("SELECT Modified + ? FROM Accounts", T::BigInt),
        ("SELECT Name + ? FROM Accounts", text),
        ("SELECT CreditLineSales * ? FROM Accounts", T::Double),
        ("SELECT CASE WHEN Blocked THEN CreditLineSales ELSE ? END FROM Accounts", T::Double),
        ("SELECT CASE Country WHEN ? THEN 1 END FROM Accounts", text),
        ("SELECT CAST(? AS DATE)", T::Date),
        ("SELECT TOP (?) Name FROM Accounts", T::BigInt),
        ("SELECT Name FROM Accounts LIMIT ?", T::BigInt),
        ("SELECT Name FROM Accounts ORDER BY Name OFFSET ? ROWS", T::BigInt),
        ("SELECT Name FROM Accounts WHERE ID IN (SELECT ID FROM Contacts WHERE BirthDate < ?)", moment),
        ("SELECT Name FROM Accounts WHERE ID = (SELECT MAX(Account) FROM Contacts WHERE Account = ?)", T::Guid),
        ("SELECT SUM(CreditLineSales) FROM Accounts HAVING SUM(CreditLineSales) > ?", T::Double),
        ("SELECT a.Name FROM Accounts a JOIN Contacts c ON c.Account = a.ID AND c.BirthDate > ?", moment),
        ("SELECT ?", text),
        ("SELECT ? || ?", text),
        ("SELECT COALESCE(?, ?)", text),
        ("SELECT ? + 1", T::BigInt),
        ("SELECT ? * ?", T::Double),
        ("SELECT -?", T::Double),
        ("SELECT ? * 1.5", T::Decimal { precision: 38, scale: 10 }),
        ("SELECT CASE WHEN ? THEN 1 END", T::Boolean),
        ("SELECT Name FROM Accounts WHERE ?", T::Boolean),
        ("SELECT Name FROM Accounts WHERE NOT ?", T::Boolean),
        ("SELECT Name FROM Accounts WHERE Country IN (?, ?)", text),
        ("SELECT Name FROM Accounts WHERE Modified BETWEEN ? AND ?", moment),
        ("SELECT LAG(Name, ?) OVER (ORDER BY Name) FROM Accounts", T::BigInt),
        ("SELECT Name FROM Accounts ORDER BY Name LIMIT ? OFFSET ?", T::BigInt),
        ("SELECT {fn CONCAT(?, ?)}", text),
    ] {
        let statement = connection.prepare(sql).unwrap_or_else(|error| panic!("{sql}\n{error}")).remove(0);
        let found: Vec<_> = statement.parameters().iter().map(|parameter| parameter.sql_type).collect();
        let same = |found: &T| match (*found, expected) {
            (T::VarChar { .. }, T::VarChar { .. }) => true,
            (found, expected) => found == expected,
        };
        assert!(!found.is_empty() && found.iter().all(same), "{sql}: {found:?}");
    }
}

#[test]
fn parameters_keep_their_value() {
    let company = Company::start();
    let connection = company.connect("");
    let numbers = "(VALUES (1), (2), (3)) t(n)";
    for (condition, value, expected) in [
        ("n > ?", Value::Real(1.5), 2),
        ("n = ?", Value::Real(1.5), 0),
        ("n = ?", Value::Real(2.0), 1),
        ("n >= ?", Value::Decimal { unscaled: 25, scale: 1 }, 1),
        ("n = ?", Value::Text("2".into()), 1),
        ("n IN (1, ?)", Value::Integer(3), 2),
        ("n = ?", Value::Null, 0),
        ("? IS NULL OR n = ?", Value::Null, 3),
    ] {
        let sql = format!("SELECT n FROM {numbers} WHERE {condition}");
        let markers = condition.matches('?').count();
        let found = try_rows(&connection, &sql, &vec![value.clone(); markers]).unwrap();
        assert_eq!(found.len(), expected, "{condition} {value:?}");
    }
    let competitors = rows(&connection, "SELECT ID FROM Accounts WHERE IsCompetitor = 1").len();
    for value in [Value::Text("True".into()), Value::Boolean(true), Value::Integer(1), Value::Text("1".into())] {
        let found =
            try_rows(&connection, "SELECT ID FROM Accounts WHERE IsCompetitor = ?", std::slice::from_ref(&value));
        assert_eq!(found.unwrap().len(), competitors, "{value:?}");
    }
    for (condition, value, state) in [
        ("n = ?", Value::Text("two".into()), "22018"),
        ("n = ?", Value::Integer(i64::MAX), "none"),
        ("CAST(n AS TINYINT) = ?", Value::Integer(300), "22003"),
        ("DATEADD(day, n, '2026-01-01') > ?", Value::Text("01-02-2026".into()), "22007"),
    ] {
        let sql = format!("SELECT n FROM {numbers} WHERE {condition}");
        let given = match try_rows(&connection, &sql, &[value]) {
            Ok(_) => "none",
            Err(error) => error.sqlstate(),
        };
        assert_eq!(given, state, "{condition}");
    }
}

/// With StringComparison=Service text is compared without regard to case, wherever the comparison is made.
#[test]
fn text_can_be_compared_as_the_service_does() {
    let company = Company::with(Options { scale: 0.01, ..Options::default() });
    let binary = company.connect("");
    let service = company.connect("StringComparison=Service");
    let local = company.connect("StringComparison=Service;Pushdown=off");
    let names = "(VALUES ('Abc'), ('aBC'), ('abd '), ('b'), (NULL)) t(s)";
    for (condition, with_case, without_case) in [
        ("s = 'abc'", 0, 2),
        ("s <> 'ABC'", 4, 2),
        ("s IN ('ABC', 'B')", 0, 3),
        ("s NOT IN ('ABC', 'B')", 4, 1),
        ("s = 'ABD'", 0, 1),
        ("s LIKE 'ab%'", 1, 3),
        ("s NOT LIKE 'AB%'", 4, 1),
        ("s BETWEEN 'AB' AND 'ABD'", 0, 3),
        ("s < 'ABC'", 0, 0),
        ("CASE s WHEN 'ABC' THEN 1 END = 1", 0, 2),
        ("s = UPPER(s)", 0, 4),
        ("s IN (SELECT 'ABC')", 0, 2),
        ("s NOT IN (SELECT 'ABC')", 4, 2),
    ] {
        let sql = format!("SELECT s FROM {names} WHERE {condition}");
        assert_eq!(rows(&binary, &sql).len(), with_case, "{condition}");
        assert_eq!(rows(&service, &sql).len(), without_case, "{condition}");
    }
    let joined = format!("SELECT a.s FROM {names} a JOIN {names} b ON a.s = b.s")
        .replace(") t(s) a", ") a(s)")
        .replace(") t(s) b", ") b(s)");
    assert_eq!(rows(&binary, &joined).len(), 4);
    assert_eq!(rows(&service, &joined).len(), 6);
    for condition in ["Country = 'nl'", "Name LIKE '%A%'", "Country IN ('nl', 'be')", "Country <> 'nl'", "Code = '1'"] {
        let sql = format!("SELECT ID FROM Accounts WHERE {condition}");
        assert_eq!(sorted(rows(&service, &sql)), sorted(rows(&local, &sql)), "{condition}");
    }
    for (sql, with_case, without_case) in [
        ("SELECT s, COUNT(*) FROM {} GROUP BY s", 5, 4),
        ("SELECT UPPER(s), MAX(s) FROM {} GROUP BY UPPER(s), s", 5, 4),
        ("SELECT DISTINCT s FROM {}", 5, 4),
        ("SELECT s FROM {} UNION SELECT 'ABC'", 6, 4),
        ("SELECT s FROM {} INTERSECT SELECT 'ABC'", 0, 1),
        ("SELECT s FROM {} EXCEPT SELECT 'ABC'", 5, 3),
        ("SELECT s FROM {} QUALIFY ROW_NUMBER() OVER (PARTITION BY s ORDER BY s) = 1", 5, 4),
        ("SELECT x.n FROM (SELECT COUNT(DISTINCT s) AS n FROM {}) x WHERE x.n = 4", 1, 0),
        ("SELECT s FROM {} GROUP BY s HAVING COUNT(*) = 2", 0, 1),
        ("SELECT s FROM {} WHERE NULLIF(s, 'ABC') IS NULL", 1, 3),
        ("SELECT s FROM {} WHERE CHARINDEX('BC', s) > 0", 1, 2),
        ("SELECT s FROM {} WHERE {fn LOCATE('B', s, 2)} = 2", 1, 3),
        ("SELECT s FROM {} WHERE REPLACE(s, 'BC', '') = 'a'", 1, 2),
        ("SELECT x.m FROM (SELECT MIN(s) AS m FROM {}) x WHERE x.m = 'Abc'", 1, 1),
        ("SELECT x.m FROM (SELECT MAX(s) AS m FROM {} WHERE s <> 'b') x WHERE x.m LIKE 'abd%'", 1, 1),
        ("SELECT x.m FROM (SELECT MIN(t.v) AS m FROM (VALUES ('a'), ('B')) t(v)) x WHERE x.m = 'a'", 0, 1),
        ("SELECT DISTINCT Country FROM Accounts WHERE Name = 'nobody'", 0, 0),
    ] {
        let sql = sql.replace("{}", names);
        assert_eq!(rows(&binary, &sql).len(), with_case, "{sql}");
        assert_eq!(rows(&service, &sql).len(), without_case, "{sql}");
    }
    let ordered = |connection| -> Vec<String> {
        rows(connection, &format!("SELECT s FROM {names} ORDER BY s DESC, LEN(s)")).into_iter().flatten().collect()
    };
    assert_eq!(ordered(&binary), ["b", "abd ", "aBC", "Abc", "NULL"]);
    let folded = ordered(&service);
    assert_eq!((folded[0].as_str(), folded[1].as_str(), folded[4].as_str()), ("b", "abd ", "NULL"));
    let grouped = "SELECT Country, COUNT(*) AS n FROM Accounts GROUP BY Country";
    assert_eq!(sorted(rows(&service, grouped)), sorted(rows(&local, grouped)));
    let described = service.prepare(grouped).unwrap()[0].columns()[0].clone();
    assert_eq!((described.name.as_str(), described.table.as_str()), ("Country", "Accounts"));
    let id = format!("SELECT Name FROM Accounts WHERE ID = '{}'", NOBODY.to_uppercase());
    assert!(rows(&service, &id).is_empty());
}

/// What a column is described as before execution is what its values are afterwards.
#[test]
fn types_do_not_change_between_describe_and_fetch() {
    let company = Company::start();
    let connection = company.connect("");
    let limits = exact_engine::Limits::default();
    for sql in [
        "SELECT TOP 3 * FROM Accounts",
        "SELECT ?, ? + 1, UPPER(?), COALESCE(?, 5), CASE WHEN 1 = 0 THEN 1 ELSE ? END",
        "SELECT 1 UNION ALL SELECT 2.5",
        "SELECT NULL, 'a', 1, 1.5, 1e0, TRUE, {d '2026-01-31'}, {t '10:11:12'}, {ts '2026-01-31 10:11:12'}",
        "SELECT COUNT(*), SUM(AmountDC), AVG(FinancialYear), MIN(Date), STRING_AGG(Description, ',') FROM TransactionLines",
        "SELECT ROW_NUMBER() OVER (ORDER BY n), RANK() OVER (ORDER BY n), SUM(n) OVER () FROM (VALUES (1), (2)) t(n)",
        "SELECT CAST('1' AS TINYINT), CAST('1' AS SMALLINT), CAST('1' AS REAL), CAST('ab' AS VARBINARY), CAST(1 AS MONEY)",
        "SELECT GETDATE(), CURRENT_TIME, CURRENT_DATE, DATEADD(day, 1, GETDATE()), GETDATE() - GETDATE(), INTERVAL '1 day'",
        "SELECT CHARINDEX('a', 'b'), LEN('a'), DATEDIFF(day, '2026-01-01', '2026-01-02'), 7 / 2, 7 / 2.0, 7 % 2",
    ] {
        let statement = connection.prepare(sql).unwrap_or_else(|error| panic!("{sql}\n{error}")).remove(0);
        let parameters = vec![Value::Integer(7); statement.parameters().len()];
        let mut rows = statement.execute(&parameters, &limits, 0).unwrap().result.unwrap();
        let schema = rows.schema();
        assert_eq!(schema.fields().len(), statement.columns().len(), "{sql}");
        let batch = rows.next_batch(&limits).unwrap().unwrap();
        assert_eq!(batch.schema(), schema, "{sql}");
        for (column, field) in batch.columns().iter().zip(schema.fields()) {
            assert_eq!(column.data_type(), field.data_type(), "{sql}: {}", field.name());
        }
    }
}
