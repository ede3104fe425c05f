//! Data of all types, parameters, catalog, and several connections.

use odbc_api::{Cursor, IntoParameter};

use crate::support::{MAIN_DIVISION, connect, rows, signed_in, value, with_connection};

#[test]
fn texts_are_unicode() {
    with_connection(|connection| {
        assert_eq!(value(connection, "SELECT 'é€😀 Zażółć'"), "é€😀 Zażółć");
        let sql = "SELECT COUNT(*) FROM Accounts WHERE CountryName = 'België'";
        assert!(value(connection, sql).parse::<u32>().unwrap() > 0);
        let found = rows(connection, "SELECT TOP 1 CountryName FROM Accounts WHERE Country = 'BE'", ());
        assert_eq!(found[0][0].as_deref(), Some("België"));
    });
}

#[test]
fn values_of_all_types_arrive() {
    with_connection(|connection| {
        let sql = "SELECT CAST(1 AS SMALLINT), 2147483648, CAST(0.1 AS DOUBLE), CAST(12.34 AS DECIMAL(10, 2)), NULL, \
                   CAST(1 AS BIT), {ts '2026-01-31 12:34:56.789'}, {d '2026-01-31'}, \
                   {guid '6f0f9b5a-0000-4000-8000-00000000000a'}";
        let expected = [
            Some("1"),
            Some("2147483648"),
            Some("0.1"),
            Some("12.34"),
            None,
            Some("1"),
            Some("2026-01-31 12:34:56.789"),
            Some("2026-01-31"),
            Some("6f0f9b5a-0000-4000-8000-00000000000a"),
        ];
        let found = rows(connection, sql, ());
        let found: Vec<_> = found[0].iter().map(Option::as_deref).collect();
        assert_eq!(found, expected);
        let mut cursor = connection.execute("SELECT TOP 1 ID, IsSales, Modified FROM Accounts", (), None);
        let mut row = cursor.as_mut().unwrap().as_mut().unwrap().next_row().unwrap();
        let mut modified = odbc_api::sys::Timestamp::default();
        row.as_mut().unwrap().get_data(3, &mut modified).unwrap();
        assert!(modified.year > 2000);
    });
}

#[test]
fn parameters_are_sent() {
    with_connection(|connection| {
        let (name, number) = ("Zażółć €".into_parameter(), 41_i32.into_parameter());
        let found = rows(connection, "SELECT ?, ? + 1", (&name, &number));
        assert_eq!(found[0], [Some("Zażółć €".to_owned()), Some("42".to_owned())]);
        let country = "NL".into_parameter();
        let found = rows(connection, "SELECT COUNT(*) FROM Accounts WHERE Country = ?", &country);
        let literal = value(connection, "SELECT COUNT(*) FROM Accounts WHERE Country = 'NL'");
        assert_eq!(found[0][0].as_deref(), Some(literal.as_str()));
    });
}

#[test]
fn the_catalog_is_listed() {
    with_connection(|connection| {
        let mut tables = connection.tables("", "crm", "Accounts", "").unwrap();
        let table = tables.next().unwrap().unwrap();
        assert_eq!(table.catalog.as_str().unwrap(), Some(MAIN_DIVISION));
        assert_eq!(table.table.as_str().unwrap(), Some("Accounts"));
        assert!(tables.next().is_none());
        let columns = connection.columns(MAIN_DIVISION, "crm", "Accounts", "%").unwrap();
        let names: Vec<String> =
            columns.map(|row| row.unwrap().column_name.as_str().unwrap().unwrap_or_default().to_owned()).collect();
        assert!(names.len() > 100 && names.iter().any(|name| name == "VATNumber"), "{names:?}");
        assert_eq!(connection.database_management_system_name().unwrap(), "Exact Online");
        assert_eq!(connection.current_catalog().unwrap(), MAIN_DIVISION);
    });
}

#[test]
fn an_error_tells_where_it_is() {
    with_connection(|connection| {
        let text = match connection.execute("SELECT Nmae FROM Accounts", (), None) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("there is no such column"),
        };
        assert!(
            text.contains("42S22") && text.contains("[Exact Online][ODBC Driver]") && text.contains("Name"),
            "{text}"
        );
    });
}

#[test]
fn connections_follow_one_another_and_stand_side_by_side() {
    let connection_string = signed_in("several");
    let first = connect(&connection_string);
    for _ in 0..3 {
        assert_eq!(value(&connect(&connection_string), "SELECT COUNT(*) FROM sys.sys_budget WHERE 1 = 0"), "0");
    }
    assert_eq!(value(&first, "SELECT 1"), "1");
}
