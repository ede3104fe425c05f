//! SQLProcedures and SQLProcedureColumns: what they list is what `{call ...}` runs.

use std::ptr::{null, null_mut};

use crate::support::*;

type Row = Vec<Option<String>>;

const INPUT: &str = "1";
const RESULT_COLUMN: &str = "3";

fn procedures(odbc: &Odbc, catalog: Option<&str>, schema: Option<&str>, name: Option<&str>) -> Vec<Row> {
    let (c, s, n) = (argument(catalog), argument(schema), argument(name));
    let code = unsafe { SQLProcedures(odbc.stmt, c.0, c.1, s.0, s.1, n.0, n.1) };
    assert_eq!(code, SUCCESS, "{:?}", records(STMT, odbc.stmt));
    let rows = odbc.rows();
    odbc.close();
    rows
}

fn columns(odbc: &Odbc, schema: Option<&str>, name: Option<&str>, column: Option<&str>) -> Vec<Row> {
    let (s, n, c) = (argument(schema), argument(name), argument(column));
    let code = unsafe { SQLProcedureColumns(odbc.stmt, null(), 0, s.0, s.1, n.0, n.1, c.0, c.1) };
    assert_eq!(code, SUCCESS, "{:?}", records(STMT, odbc.stmt));
    let rows = odbc.rows();
    odbc.close();
    rows
}

fn text(row: &Row, column: usize) -> &str {
    row[column].as_deref().unwrap_or("NULL")
}

/// Columns of rows, each row joined by blanks.
fn joined(rows: &[Row], wanted: &[usize]) -> Vec<String> {
    let line = |row: &Row| wanted.iter().map(|column| text(row, *column)).collect::<Vec<_>>().join(" ");
    rows.iter().map(line).collect()
}

#[test]
fn functions_and_actions_are_procedures() {
    let odbc = Odbc::connect_as(3, "Readonly=false");
    let all = procedures(&odbc, None, None, None);
    assert!(all.len() > 60, "{}", all.len());
    assert!(all.is_sorted_by_key(|row| (row[1].clone(), row[2].clone())));
    let function = procedures(&odbc, None, Some("read\\_financial"), Some("revenuelistby%"));
    assert_eq!(
        joined(&function, &[0, 1, 2, 3, 4, 5, 7]),
        ["1 read_financial RevenueListByYear 1 0 1 1", "1 read_financial RevenueListByYearAndStatus 2 0 1 1"]
    );
    let action = procedures(&odbc, Some("1"), Some("salesinvoice"), Some("PrintedSalesInvoice_"));
    assert_eq!(joined(&action, &[1, 2, 4, 5, 7]), ["salesinvoice PrintedSalesInvoices 0 0 1"]);
    // Tables are none, nor is anything of a catalog that does not exist.
    assert!(procedures(&odbc, None, Some("crm"), Some("Accounts")).is_empty());
    assert!(procedures(&odbc, Some("4711"), None, None).is_empty());
    let with = Odbc::connect_as(3, "Schemas=crm;Readonly=false");
    assert!(procedures(&with, None, None, None).iter().all(|row| text(row, 1) == "crm"));
}

#[test]
fn parameters_come_in_the_order_of_the_call_and_columns_after_them() {
    let odbc = Odbc::connect_as(3, "Readonly=false");
    let rows = columns(&odbc, Some("read_financial"), Some("RevenueListByYearAndStatus"), None);
    // Name, kind, type, name of the type, size, nullable, position.
    let lines = joined(&rows, &[3, 4, 5, 6, 7, 11, 17, 18]);
    assert_eq!(lines[..2], ["year 1 4 INTEGER 10 0 1 NO", "afterEntry 1 -7 BIT 1 0 2 NO"]);
    assert!(rows[2..].iter().all(|row| text(row, 4) == RESULT_COLUMN));
    assert_eq!(joined(&rows[2..4], &[17]), ["1", "2"]);
    let one = columns(&odbc, Some("read_financial"), Some("RevenueListByYearAndStatus"), Some("AFTER%"));
    assert_eq!(joined(&one, &[3, 4]), ["afterEntry 1", "afterEntry 3"]);
    let action = columns(&odbc, Some("salesinvoice"), Some("PrintedSalesInvoices"), None);
    assert!(action.iter().all(|row| text(row, 4) == INPUT), "an action gives no rows");
    assert_eq!(joined(&action[..2], &[3, 6, 11, 17]), ["InvoiceID CHAR 0 1", "Division INTEGER 1 2"]);
}

/// What SQLProcedures claims (SQL_PROCEDURES is "Y"): every procedure is called with as many arguments as it is said to
/// take, of these types, and gives these columns.
#[test]
fn every_listed_procedure_is_called_as_it_is_described() {
    let odbc = Odbc::connect_as(3, "Readonly=false");
    let described = columns(&odbc, None, None, None);
    let all = procedures(&odbc, None, None, None);
    for procedure in &all {
        let name = format!("{}.{}", text(procedure, 1), text(procedure, 2));
        let own = |kind: &str| -> Vec<&Row> {
            let own = described.iter().filter(|row| row[1..3] == procedure[1..3] && text(row, 4) == kind);
            own.collect()
        };
        let (inputs, results) = (own(INPUT), own(RESULT_COLUMN));
        assert_eq!(inputs.len().to_string(), text(procedure, 3), "{name}");
        assert_eq!(u8::from(!results.is_empty()).to_string(), text(procedure, 5), "{name}");
        odbc.prepare(&format!("{{call {name}({})}}", vec!["?"; inputs.len()].join(", ")));
        let (mut markers, mut count) = (0_i16, 0_i16);
        unsafe {
            assert_eq!(SQLNumParams(odbc.stmt, &raw mut markers), SUCCESS);
            assert_eq!(SQLNumResultCols(odbc.stmt, &raw mut count), SUCCESS);
        }
        assert_eq!((markers as usize, count as usize), (inputs.len(), results.len()), "{name}");
        for (row, number) in inputs.iter().zip(1_u16..) {
            let (mut kind, mut size) = (0_i16, 0_usize);
            let nothing = null_mut::<i16>();
            let code = unsafe { SQLDescribeParam(odbc.stmt, number, &raw mut kind, &raw mut size, nothing, nothing) };
            let found = (code, kind.to_string(), size.to_string());
            let told = (SUCCESS, text(row, 5).to_owned(), text(row, 7).to_owned());
            assert_eq!(found, told, "{name}, {}", text(row, 3));
        }
        for (row, number) in results.iter().zip(1_u16..) {
            let (mut label, mut length, mut kind) = ([0_u8; 130], 0_i16, 0_i16);
            let (nothing, size) = (null_mut::<i16>(), null_mut());
            let buffer = label.as_mut_ptr();
            let (length, kind) = (&raw mut length, &raw mut kind);
            let code = unsafe { SQLDescribeCol(odbc.stmt, number, buffer, 130, length, kind, size, nothing, nothing) };
            assert_eq!(code, SUCCESS);
            let found = (String::from_utf8_lossy(&label[..unsafe { *length } as usize]), unsafe { *kind }.to_string());
            assert_eq!((&*found.0, &*found.1), (text(row, 3), text(row, 5)), "{name}");
        }
    }
}

#[test]
fn odbc_2_applications_get_their_type_codes() {
    let odbc = Odbc::connect_as(2, "");
    let rows = columns(&odbc, Some("read_project"), Some("CostsByDate"), Some("checkDate"));
    assert_eq!(joined(&rows, &[4, 5]), ["1 11", "3 11"], "timestamps");
}

#[test]
fn identifiers_are_no_patterns() {
    let odbc = Odbc::connect();
    assert_eq!(odbc.set(10_014, 1), SUCCESS);
    let found = |name: &str| procedures(&odbc, Some("1"), Some("read_financial"), Some(name)).len();
    assert_eq!((found("REVENUELISTBYYEAR"), found("\"RevenueListByYear\""), found("Revenue%")), (1, 1, 0));
    assert_eq!(unsafe { SQLProcedures(odbc.stmt, null(), 0, null(), 0, null(), 0) }, ERROR);
    assert_eq!(odbc.state(), "HY009");
}

/// Executes with the first parameters given as integers, or left to their defaults; gives the SQLSTATE, empty if it succeeds.
fn call_with(odbc: &Odbc, sql: &str, parameters: &[Option<&str>]) -> String {
    const DEFAULT_PARAM: isize = -5;
    let mut lengths: Vec<isize> =
        parameters.iter().map(|value| value.map_or(DEFAULT_PARAM, |text| text.len() as isize)).collect();
    for ((value, length), number) in parameters.iter().zip(&mut lengths).zip(1_u16..) {
        let text = value.unwrap_or("not looked at");
        let data = text.as_ptr().cast_mut().cast();
        let code = unsafe { SQLBindParameter(odbc.stmt, number, 1, C_CHAR, 12, 40, 0, data, 40, length) };
        assert_eq!(code, SUCCESS);
    }
    let code = odbc.run(sql);
    if code == ERROR { odbc.state() } else { String::new() }
}

const KEY: &str = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

#[test]
fn an_argument_that_may_be_left_out_has_a_default() {
    let odbc = Odbc::connect_as(3, "Readonly=false;DryRun=true");
    let sql = "{call salesinvoice.PrintedSalesInvoices(?, ?, ?)}";
    let body = |parameters: &[Option<&str>]| {
        assert_eq!(call_with(&odbc, sql, parameters), "", "{:?}", records(STMT, odbc.stmt));
        let told: Vec<String> = odbc.rows().into_iter().flatten().flatten().collect();
        odbc.close();
        told.join(" ")
    };
    let all = body(&[Some(KEY), Some("1"), Some(KEY)]);
    assert!(all.contains("InvoiceID") && all.contains("\"Document\""), "{all}");
    let without = body(&[Some(KEY), Some("1"), None]);
    assert!(without.contains("InvoiceID") && !without.contains("\"Document\""), "{without}");
    // The key must be given; outside of a call, or within an expression, nothing has a default.
    for (sql, parameters) in [
        (sql, &[None, Some("1"), None][..]),
        ("{call salesinvoice.PrintedSalesInvoices(?, 1, UPPER(?))}", &[Some(KEY), None]),
        ("{call read_financial.RevenueListByYear(?)}", &[None]),
        ("INSERT INTO crm.Accounts (Name, City) VALUES (?, ?)", &[Some("x"), None]),
        ("SELECT ?", &[None]),
    ] {
        assert_eq!(call_with(&odbc, sql, parameters), "07S01", "{sql}");
    }
}

#[test]
fn a_default_is_sent_when_data_is_asked_for() {
    let odbc = Odbc::connect_as(3, "Readonly=false;DryRun=true");
    for (sql, code) in [
        ("{call salesinvoice.PrintedSalesInvoices('6f9619ff-8b86-d011-b42d-00c04fc964ff', 1, ?)}", SUCCESS),
        ("{call salesinvoice.PrintedSalesInvoices(?)}", ERROR),
    ] {
        let (mut later, data) = (-2_isize, null_mut());
        unsafe {
            assert_eq!(SQLBindParameter(odbc.stmt, 1, 1, C_CHAR, 12, 40, 0, data, 0, &raw mut later), SUCCESS);
            assert_eq!(odbc.run(sql), NEED_DATA);
            assert_eq!(SQLParamData(odbc.stmt, null_mut()), NEED_DATA);
            assert_eq!(SQLPutData(odbc.stmt, null_mut(), -5), code, "{sql}");
            match code {
                ERROR => assert_eq!(odbc.state(), "07S01"),
                // With the warning that nothing was sent.
                _ => assert_eq!(SQLParamData(odbc.stmt, null_mut()), WITH_INFO, "{:?}", records(STMT, odbc.stmt)),
            }
            SQLFreeStmt(odbc.stmt, 0);
        }
    }
}

#[test]
fn native_sql_tells_what_a_call_stands_for() {
    let odbc = Odbc::connect();
    let (sql, mut out, mut length) = ("{call read_financial.RevenueListByYear(?)}", [0_u8; 200], 0);
    let code =
        unsafe { SQLNativeSql(odbc.dbc, sql.as_ptr(), sql.len() as i32, out.as_mut_ptr(), 200, &raw mut length) };
    assert_eq!(code, SUCCESS);
    let native = String::from_utf8(out[..length as usize].to_vec()).unwrap();
    assert_eq!(native, "SELECT * FROM read_financial.RevenueListByYear WHERE year = (?)");
}
