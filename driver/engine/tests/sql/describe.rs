//! What a statement says of itself before it is executed: names, types, mistakes. None of it costs a call.

use crate::company::Company;
use exact_engine::model::SqlType;

#[test]
fn preparing_describes_columns_without_a_call() {
    let company = Company::start();
    let connection = company.connect("");
    let calls = company.requests_of(|| {
        let sql = "SELECT id, a.NAME, Code AS \"My Code\", Modified, CreditLineSales, COUNT(*), COUNT(*) + 1, ID, \
                   Blocked FROM crm.accounts A GROUP BY ID, Name, Code, Modified, CreditLineSales, Blocked";
        let statement = &connection.prepare(sql).unwrap()[0];
        let described: Vec<_> = statement
            .columns()
            .iter()
            .map(|column| (column.label.as_str(), column.name.as_str(), column.sql_type))
            .collect();
        assert_eq!(
            described,
            [
                ("ID", "ID", SqlType::Guid),
                ("Name", "Name", SqlType::VarChar { length: 4000 }),
                ("My Code", "Code", SqlType::VarChar { length: 18 }),
                ("Modified", "Modified", SqlType::Timestamp { precision: 3 }),
                ("CreditLineSales", "CreditLineSales", SqlType::Double),
                ("COUNT(*)", "", SqlType::BigInt),
                ("COUNT(*) + 1", "", SqlType::BigInt),
                ("ID", "ID", SqlType::Guid),
                ("Blocked", "Blocked", SqlType::Boolean),
            ]
        );
        assert_eq!(statement.columns()[1].table, "Accounts");
        assert_eq!(statement.columns()[1].schema, "crm");
        assert_eq!(statement.columns()[1].catalog, "5512");
    });
    assert_eq!(calls, Vec::<String>::new());
}

#[test]
fn a_wildcard_gives_the_documented_columns() {
    let company = Company::start();
    let connection = company.connect("");
    let labels = |sql: &str| -> Vec<String> {
        let statement = &connection.prepare(sql).unwrap()[0];
        statement.columns().iter().map(|column| column.label.clone()).collect()
    };
    let all = labels("select * from Accounts");
    assert_eq!(all[0], "ID");
    assert!(all.contains(&"AccountManagerFullName".to_string()));
    assert!(all.iter().any(|label| label == "Division"));
    let twice = labels("select *, name, Name as Other from Accounts");
    assert_eq!(twice[all.len()..], ["Name", "Other"]);
    assert_eq!(labels("select x.* from (select sum(AmountDC) as Total from TransactionLines) x"), ["Total"]);
}

#[test]
fn parameters_take_the_type_of_what_stands_beside_them() {
    let company = Company::start();
    let connection = company.connect("");
    let sql = "SELECT Name, ? FROM Accounts WHERE ID = ? AND Modified BETWEEN ? AND ? AND Blocked = ? \
               AND Name LIKE ? AND CreditLineSales > ? AND Division IN (?, ?) ORDER BY Name LIMIT ?";
    let statement = &connection.prepare(sql).unwrap()[0];
    let types: Vec<_> = statement.parameters().iter().map(|parameter| parameter.sql_type).collect();
    let text = SqlType::VarChar { length: 4000 };
    let moment = SqlType::Timestamp { precision: 3 };
    assert_eq!(types[0], text);
    assert!(matches!(types[1], SqlType::Guid | SqlType::VarChar { .. }));
    assert_eq!(types[2..5], [moment, moment, SqlType::Boolean]);
    assert!(matches!(types[5], SqlType::VarChar { .. }));
    assert_eq!(types[6..], [SqlType::Double, SqlType::Integer, SqlType::Integer, SqlType::BigInt]);
}

#[test]
fn mistakes_name_what_is_wrong_and_what_is_near() {
    let company = Company::start();
    let connection = company.connect("");
    for (sql, state, parts) in [
        ("SELECT * FROM Acounts", "42S02", &["Acounts", "crm.Accounts"][..]),
        ("SELECT * FROM crm.Acounts", "42S02", &["crm.Acounts", "crm.Accounts"]),
        ("SELECT Nme FROM Accounts", "42S22", &["Nme", "Name"]),
        ("SELECT a.Nme FROM Accounts a", "42S22", &["Nme", "Name"]),
        ("SELECT Name FROM Accounts WHERE ", "42000", &["Line: 1"]),
        ("SELECT ID FROM Accounts a JOIN Contacts c ON a.ID = c.Account", "42000", &["ID", "t.ID"]),
        ("SELECT NoSuchFunction(Name) FROM Accounts", "42000", &["There is no function NoSuchFunction"]),
        ("SELECT Name FROM Accounts WHERE Blocked = 'perhaps'", "22018", &["perhaps"]),
        ("DROP TABLE Accounts", "HYC00", &["DROP"]),
        ("CREATE TABLE x (y INT)", "HYC00", &["CREATE"]),
        ("SELECT * FROM read_crm.AccountDocuments WHERE 1 = 1 AND accountId IS NULL", "42000", &["accountId"]),
    ] {
        let error = crate::company::try_rows(&connection, sql, &[]).unwrap_err();
        assert_eq!(error.sqlstate(), state, "{sql}: {error}");
        for part in parts {
            assert!(error.to_string().contains(part), "{sql}: {error} lacks {part}");
        }
    }
}
