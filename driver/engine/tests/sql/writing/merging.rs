//! MERGE, ON CONFLICT, and actions.

use exact_engine::Value;

use super::{change, execute, sent, written};
use crate::company::{Company, rows};

#[test]
fn a_merge_changes_what_it_matches_and_inserts_the_rest() {
    let company = Company::start();
    let connection = company.connect("");
    change(
        &connection,
        "INSERT INTO Accounts (Name, Code, City) VALUES ('m1', '900001', 'Ede'), ('m2', '900002', 'Ede')",
    );
    let merge = "MERGE INTO Accounts AS t \
        USING (VALUES ('900001', 'Delft'), ('900002', 'gone'), ('900003', 'Gouda')) AS s (Code, City) ON t.Code = s.Code \
        WHEN MATCHED AND s.City = 'gone' THEN DELETE \
        WHEN MATCHED THEN UPDATE SET City = s.City \
        WHEN NOT MATCHED THEN INSERT (Name, Code, City) VALUES ('m' || s.Code, s.Code, s.City)";
    let requests = written(&company, || assert_eq!(change(&connection, merge), 3));
    let mut verbs: Vec<_> = requests.iter().map(|request| request.split(' ').next().unwrap()).collect();
    verbs.sort_unstable();
    assert_eq!(verbs, ["DELETE", "POST", "PUT"]);
    assert_eq!(
        rows(&connection, "SELECT Code, City FROM Accounts WHERE Code LIKE '90000_' ORDER BY 1"),
        [["900001", "Delft"], ["900003", "Gouda"]]
    );
    let twice = "MERGE INTO Accounts t USING (VALUES ('900001'), ('900001')) AS s (Code) ON t.Code = s.Code \
                 WHEN MATCHED THEN UPDATE SET City = 'x'";
    let requests = written(&company, || {
        let error = execute(&connection, twice, &[]).err().unwrap();
        assert!(error.to_string().contains("more than one row"), "{error}");
    });
    assert!(requests.is_empty());
}

#[test]
fn a_code_decides_between_insert_and_update() {
    let company = Company::start();
    let connection = company.connect("");
    let upsert = "INSERT INTO Accounts (Code, Name, City) VALUES (?, ?, ?), ('900012', 'u2', NULL) \
                  ON CONFLICT (Code) DO UPDATE SET Name = excluded.Name, City = excluded.City";
    let values = |city: &str| [Value::Text("900011".into()), Value::Text("u1".into()), Value::Text(city.into())];
    let first = written(&company, || {
        assert_eq!(execute(&connection, upsert, &values("Ede")).unwrap().row_count, Some(2));
    });
    assert!(first.iter().all(|request| request.starts_with("POST")), "{first:?}");
    let second = written(&company, || {
        assert_eq!(execute(&connection, upsert, &values("Gouda")).unwrap().row_count, Some(2));
    });
    assert!(second.len() == 2 && second.iter().all(|request| request.starts_with("PUT")), "{second:?}");
    assert_eq!(rows(&connection, "SELECT City FROM Accounts WHERE Code = '900011'"), [["Gouda"]]);
    let nothing = "INSERT INTO Accounts (Code, Name) VALUES ('900011', 'other') ON CONFLICT (Code) DO NOTHING";
    let requests = written(&company, || assert_eq!(change(&connection, nothing), 0));
    assert!(requests.is_empty());
}

#[test]
fn a_code_is_known_in_its_own_division_only() {
    let company = Company::start();
    let connection = company.connect("Division=5512,5515");
    let upsert = |division: i32, name: &str| {
        format!(
            "INSERT INTO Accounts (Division, Code, Name) VALUES ({division}, '900021', '{name}') \
             ON CONFLICT (Code) DO UPDATE SET Name = excluded.Name"
        )
    };
    assert_eq!(change(&connection, &upsert(5512, "d1")), 1);
    let second = written(&company, || assert_eq!(change(&connection, &upsert(5515, "d2")), 1));
    assert!(second.len() == 1 && second[0].starts_with("POST"), "{second:?}");
    let third = written(&company, || assert_eq!(change(&connection, &upsert(5515, "d3")), 1));
    assert!(third.len() == 1 && third[0].starts_with("PUT"), "{third:?}");
    let names = "SELECT Division, Name FROM Accounts WHERE Code = '900021' ORDER BY Division";
    assert_eq!(rows(&connection, names), [["5512", "d1"], ["5515", "d3"]]);
    let one = company.connect("");
    for (connection, sql, words) in [
        (&connection, "INSERT INTO Accounts (Code, Name) VALUES ('1', 'x') ON CONFLICT (Code) DO NOTHING", "Division"),
        (&one, upsert(5515, "x").as_str(), "looks in 5512 alone"),
    ] {
        let requests = written(&company, || {
            let error = execute(connection, sql, &[]).err().unwrap();
            assert!(error.to_string().contains(words), "{error}");
        });
        assert!(requests.is_empty(), "{requests:?}");
    }
}

#[test]
fn the_same_new_row_twice_is_inserted_once() {
    let company = Company::start();
    let connection = company.connect("");
    let twice = "INSERT INTO Accounts (Code, Name) VALUES ('900031', 'a'), (' 900031', 'b'), ('900032', 'c') \
                 ON CONFLICT (Code)";
    let requests = written(&company, || {
        let sql = format!("{twice} DO UPDATE SET Name = excluded.Name");
        let error = execute(&connection, &sql, &[]).err().unwrap();
        assert!(error.to_string().contains("row 2") || error.to_string().contains("row 3"), "{error}");
    });
    assert!(requests.is_empty(), "{requests:?}");
    assert_eq!(change(&connection, &format!("{twice} DO NOTHING")), 2);
}

#[test]
fn actions_take_insert_and_call() {
    let company = Company::start();
    let connection = company.connect("");
    let one = |sql: &str| rows(&connection, sql)[0][0].clone();
    let account = one("SELECT TOP 1 ID FROM Accounts ORDER BY ID");
    let item = one("SELECT TOP 1 ID FROM Items ORDER BY ID");
    let ledger = one("SELECT ID FROM GLAccounts WHERE Code = '8000'");
    let lines = format!(r#"[{{"Item":"{item}","GLAccount":"{ledger}","Quantity":1}}]"#);
    for sql in [
        "INSERT INTO PrintedSalesInvoices (InvoiceID) VALUES (?)",
        "INSERT INTO salesinvoice.PrintedSalesInvoices (InvoiceID) VALUES (? || '')",
    ] {
        let invoice = one(&format!(
            "INSERT INTO SalesInvoices (OrderedBy, Journal, SalesInvoiceLines) VALUES ('{account}', '70', '{lines}') RETURNING InvoiceID"
        ));
        let parameters = vec![Value::Text(invoice)];
        let requests =
            sent(&company, || assert_eq!(execute(&connection, sql, &parameters).unwrap().row_count, Some(1)));
        assert_eq!(requests.len(), 1, "{requests:?}");
        assert!(requests[0].starts_with("POST salesinvoice/PrintedSalesInvoices {\"InvoiceID\""), "{requests:?}");
    }
    let quotation = rows(&connection, "SELECT TOP 1 QuotationID FROM Quotations")[0][0].clone();
    let call = format!("{{call crm.ReopenQuotation('{quotation}')}}");
    let error = execute(&connection, &call, &[]).err();
    let requests = sent(&company, || drop(execute(&connection, &call, &[])));
    assert!(requests.iter().all(|request| request.starts_with("POST crm/ReopenQuotation")), "{requests:?} {error:?}");
    // A row that is not there is no table that is not there.
    let nobody = "{call salesinvoice.PrintedSalesInvoices('00000000-0000-4000-8000-000000000009')}";
    let error = execute(&connection, nobody, &[]).err().expect("no such invoice");
    assert!(error.sqlstate() == "HY000" && error.is_from_service(), "{} {error}", error.sqlstate());
    let error = connection
        .prepare("SELECT * FROM crm.ReopenQuotation")
        .and_then(|found| found[0].execute(&[], &exact_engine::Limits::default(), 0).map(drop));
    assert!(error.is_err(), "an action has no rows");
}
