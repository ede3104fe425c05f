//! SQLTablePrivileges and SQLColumnPrivileges: what the endpoints take, and the connection allows.

use std::ptr::null;

use crate::support::*;

fn of_table(odbc: &Odbc, schema: &str, table: &str) -> Vec<String> {
    let (s, t) = (argument(Some(schema)), argument(Some(table)));
    assert_eq!(unsafe { SQLTablePrivileges(odbc.stmt, null(), 0, s.0, s.1, t.0, t.1) }, SUCCESS);
    told(odbc, 5)
}

fn of_column(odbc: &Odbc, table: &str, column: &str) -> Vec<String> {
    let (t, c) = (argument(Some(table)), argument(Some(column)));
    assert_eq!(unsafe { SQLColumnPrivileges(odbc.stmt, null(), 0, null(), 0, t.0, t.1, c.0, c.1) }, SUCCESS);
    told(odbc, 6)
}

/// The privileges, in their column; whoever signs in has them and can grant none.
fn told(odbc: &Odbc, column: usize) -> Vec<String> {
    let rows = odbc.rows();
    odbc.close();
    for row in &rows {
        assert_eq!((row[column - 1].as_deref(), row[column + 1].as_deref()), (Some("PUBLIC"), Some("NO")));
    }
    rows.into_iter().map(|row| row[column].clone().unwrap()).collect()
}

#[test]
fn privileges_are_what_the_endpoint_takes() {
    let odbc = Odbc::connect_as(3, "Readonly=false");
    assert_eq!(of_table(&odbc, "crm", "Accounts"), ["DELETE", "INSERT", "SELECT", "UPDATE"]);
    assert_eq!(of_table(&odbc, "read\\_financial", "RevenueListByYear"), ["SELECT"]);
    assert_eq!(of_table(&odbc, "CRM", "Account_"), ["DELETE", "INSERT", "SELECT", "UPDATE"]);
    assert!(of_table(&odbc, "crm", "nothing").is_empty());
    assert_eq!(of_column(&odbc, "Accounts", "Name"), ["INSERT", "SELECT", "UPDATE"]);
    assert_eq!(of_column(&odbc, "Accounts", "CreatorFullName"), ["SELECT"]);
    assert!(of_column(&odbc, "Accounts", "%").len() > 100);
    assert!(of_column(&odbc, "Account_", "Name").is_empty(), "the table is no pattern");
}

#[test]
fn a_read_only_connection_has_the_privilege_to_read() {
    let odbc = Odbc::connect_as(3, "Readonly=true");
    assert_eq!(of_table(&odbc, "crm", "Accounts"), ["SELECT"]);
    assert_eq!(of_column(&odbc, "Accounts", "Name"), ["SELECT"]);
}

#[test]
fn every_table_has_a_row_and_none_is_asked_of_the_service() {
    let odbc = Odbc::connect();
    assert_eq!(unsafe { SQLTables(odbc.stmt, null(), 0, null(), 0, null(), 0, null(), 0) }, SUCCESS);
    let names = |rows: Vec<Vec<Option<String>>>| -> Vec<Vec<Option<String>>> {
        let mut names: Vec<_> = rows.into_iter().map(|row| row[..3].to_vec()).collect();
        names.dedup();
        names
    };
    let tables = names(odbc.rows());
    odbc.close();
    assert_eq!(unsafe { SQLTablePrivileges(odbc.stmt, null(), 0, null(), 0, null(), 0) }, SUCCESS);
    assert_eq!(names(odbc.rows()), tables);
}
