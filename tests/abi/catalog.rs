//! Catalog functions through the ABI: the type table speaks with one voice everywhere.

use std::ptr::{null, null_mut};

use crate::support::*;

type Cell = Option<String>;

fn columns_of(odbc: &Odbc, schema: &str, table: &str) -> Vec<Vec<Cell>> {
    let (s, t) = (argument(Some(schema)), argument(Some(table)));
    let code = unsafe { SQLColumns(odbc.stmt, null(), 0, s.0, s.1, t.0, t.1, null(), 0) };
    assert_eq!(code, SUCCESS);
    let rows = odbc.rows();
    odbc.close();
    rows
}

fn attribute(odbc: &Odbc, column: u16, field: u16) -> i64 {
    let mut value = 0_isize;
    let code = unsafe { SQLColAttribute(odbc.stmt, column, field, null_mut(), 0, null_mut(), &raw mut value) };
    assert_eq!(code, SUCCESS);
    value as i64
}

fn attribute_text(odbc: &Odbc, column: u16, field: u16) -> String {
    let (mut text, mut length) = ([0_u8; 256], 0_i16);
    let (data, room) = (text.as_mut_ptr().cast(), 256);
    let code = unsafe { SQLColAttribute(odbc.stmt, column, field, data, room, &raw mut length, null_mut()) };
    assert_eq!(code, SUCCESS);
    String::from_utf8(text[..length as usize].to_vec()).unwrap()
}

fn current_catalog(odbc: &Odbc) -> String {
    let (mut text, mut length) = ([0_u8; 32], 0);
    let code = unsafe { SQLGetConnectAttr(odbc.dbc, 109, text.as_mut_ptr().cast(), 32, &raw mut length) };
    assert_eq!(code, SUCCESS);
    String::from_utf8(text[..length as usize].to_vec()).unwrap()
}

fn set_catalog(odbc: &Odbc, name: &str) -> i16 {
    unsafe { SQLSetConnectAttr(odbc.dbc, 109, name.as_ptr().cast_mut().cast(), name.len() as i32) }
}

#[test]
fn the_current_catalog_is_a_division_or_all() {
    let odbc = Odbc::connect();
    assert_eq!(current_catalog(&odbc), "1");
    for (name, becomes) in [("5513", "5513"), ("\"5512\"", "5512"), ("all", "ALL")] {
        assert_eq!(set_catalog(&odbc, name), SUCCESS, "{:?}", records(DBC, odbc.dbc));
        assert_eq!(current_catalog(&odbc), becomes);
    }
    assert_eq!(set_catalog(&odbc, "crm"), ERROR);
    assert_eq!(records(DBC, odbc.dbc)[0].0, "3D000");
    odbc.execute("USE 5513");
    assert_eq!(current_catalog(&odbc), "5513");
    odbc.prepare("SELECT Code FROM crm.Accounts");
    assert_eq!(attribute_text(&odbc, 1, 17), "5513");
}

/// SQLGetTypeInfo ⋈ SQLColumns ⋈ SQLDescribeCol ⋈ SQLColAttribute, on name, type and size.
#[test]
fn types_agree_everywhere() {
    for settings in ["", "MapToWVarchar=false;MapGuid=GUID"] {
        let odbc = Odbc::connect_as(3, settings);
        assert_eq!(unsafe { SQLGetTypeInfo(odbc.stmt, 0) }, SUCCESS);
        let types: Vec<(Cell, Cell)> = odbc.rows().into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
        odbc.close();
        for (schema, table) in
            [("crm", "Accounts"), ("logistics", "Items"), ("financialtransaction", "TransactionLines")]
        {
            let columns = columns_of(&odbc, schema, table);
            assert!(columns.len() > 10, "{table}");
            odbc.prepare(&format!("SELECT * FROM {schema}.{table}"));
            for (row, number) in columns.iter().zip(1_u16..) {
                let name = row[3].as_deref().unwrap();
                assert!(types.contains(&(row[5].clone(), row[4].clone())), "{name}");
                let text = |value: i64| Some(value.to_string());
                assert_eq!(attribute_text(&odbc, number, 18), name);
                assert_eq!(Some(attribute_text(&odbc, number, 14)), row[5], "{name}");
                assert_eq!(text(attribute(&odbc, number, 2)), row[4], "{name}");
                assert_eq!(text(attribute(&odbc, number, 1003)), row[6], "{name}");
                assert_eq!(text(attribute(&odbc, number, 1008)), row[10], "{name}");
                let (mut kind, mut size) = (0_i16, 0_usize);
                let nothing = null_mut::<i16>();
                let code = unsafe {
                    SQLDescribeCol(
                        odbc.stmt,
                        number,
                        null_mut(),
                        0,
                        nothing,
                        &raw mut kind,
                        &raw mut size,
                        nothing,
                        nothing,
                    )
                };
                assert_eq!((code, text(kind.into()), text(size as i64)), (SUCCESS, row[4].clone(), row[6].clone()));
            }
            odbc.close();
        }
    }
}

#[test]
fn type_info_has_what_clients_ask_for() {
    let odbc = Odbc::connect();
    for code in [12, -9, -3, 93, 91, -11, 3, 8, -7, -6, 5, 4, -5, -4, -10, 1] {
        assert_eq!(unsafe { SQLGetTypeInfo(odbc.stmt, code) }, SUCCESS);
        let rows = odbc.rows();
        assert_eq!((rows.len(), rows[0][1].clone()), (1, Some(code.to_string())));
        odbc.close();
    }
    assert_eq!(unsafe { SQLGetTypeInfo(odbc.stmt, 3000) }, ERROR);
    assert_eq!(odbc.state(), "HY004");
}

#[test]
fn catalog_results_have_the_layouts_of_the_specification() {
    let odbc = Odbc::connect();
    let none = null::<u16>();
    let table: Vec<u16> = "Accounts".encode_utf16().collect();
    let t = table.as_ptr();
    let expect = |code: i16, count: usize, last: &str| {
        assert_eq!(code, SUCCESS, "{:?}", records(STMT, odbc.stmt));
        let mut columns = 0_i16;
        assert_eq!(unsafe { SQLNumResultCols(odbc.stmt, &raw mut columns) }, SUCCESS);
        assert_eq!((columns as usize, attribute_text(&odbc, count as u16, 18).as_str()), (count, last));
        odbc.rows();
        odbc.close();
    };
    unsafe {
        let s = odbc.stmt;
        expect(SQLTablesW(s, none, 0, none, 0, none, 0, none, 0), 5, "REMARKS");
        expect(SQLColumnsW(s, none, 0, none, 0, t, 8, none, 0), 18, "IS_NULLABLE");
        expect(SQLPrimaryKeysW(s, none, 0, none, 0, t, 8), 6, "PK_NAME");
        expect(SQLForeignKeysW(s, none, 0, none, 0, t, 8, none, 0, none, 0, none, 0), 14, "DEFERRABILITY");
        expect(SQLStatisticsW(s, none, 0, none, 0, t, 8, 0, 0), 13, "FILTER_CONDITION");
        expect(SQLSpecialColumnsW(s, 1, none, 0, none, 0, t, 8, 0, 1), 8, "PSEUDO_COLUMN");
        expect(SQLProceduresW(s, none, 0, none, 0, none, 0), 8, "PROCEDURE_TYPE");
        expect(SQLProcedureColumnsW(s, none, 0, none, 0, none, 0, none, 0), 19, "IS_NULLABLE");
        expect(SQLTablePrivilegesW(s, none, 0, none, 0, none, 0), 7, "IS_GRANTABLE");
        expect(SQLColumnPrivilegesW(s, none, 0, none, 0, t, 8, none, 0), 8, "IS_GRANTABLE");
        expect(SQLGetTypeInfoW(s, 0), 19, "INTERVAL_PRECISION");
        assert_eq!(SQLStatisticsW(s, none, 0, none, 0, t, 8, 7, 0), ERROR);
        assert_eq!(odbc.state(), "HY100");
        assert_eq!(SQLSpecialColumnsW(s, 7, none, 0, none, 0, t, 8, 0, 1), ERROR);
        assert_eq!(odbc.state(), "HY097");
    }
}

/// What ODBC 2 has in the results, numbers marked with `#`; columns that ODBC 3 added may follow.
#[test]
fn odbc_2_applications_get_the_columns_of_odbc_2() {
    let odbc = Odbc::connect_as(2, "");
    let (none, table) = (null::<u8>(), b"Accounts".as_ptr());
    let columns = "COLUMN_NAME DATA_TYPE# TYPE_NAME PRECISION# LENGTH# SCALE#";
    let table_name = "TABLE_QUALIFIER TABLE_OWNER TABLE_NAME";
    let procedure = "PROCEDURE_QUALIFIER PROCEDURE_OWNER PROCEDURE_NAME";
    let privileges = "GRANTOR GRANTEE PRIVILEGE IS_GRANTABLE";
    let check = |code: i16, expected: String| {
        assert_eq!(code, SUCCESS, "{expected}: {:?}", records(STMT, odbc.stmt));
        for (marked, number) in expected.split(' ').zip(1_u16..) {
            let name = marked.trim_end_matches('#');
            assert_eq!(attribute_text(&odbc, number, 1), name, "{expected}");
            let is_number = marked.ends_with('#');
            assert_eq!([4, 5].contains(&attribute(&odbc, number, 2)), is_number, "{name} of {expected}");
        }
        odbc.close();
    };
    unsafe {
        let s = odbc.stmt;
        check(SQLTables(s, none, 0, none, 0, none, 0, none, 0), format!("{table_name} TABLE_TYPE REMARKS"));
        check(
            SQLColumns(s, none, 0, none, 0, table, 8, none, 0),
            format!("{table_name} {columns} RADIX# NULLABLE# REMARKS"),
        );
        check(SQLPrimaryKeys(s, none, 0, none, 0, table, 8), format!("{table_name} COLUMN_NAME KEY_SEQ# PK_NAME"));
        let sides = ["PK", "FK"]
            .map(|side| format!("{side}TABLE_QUALIFIER {side}TABLE_OWNER {side}TABLE_NAME {side}COLUMN_NAME"));
        check(
            SQLForeignKeys(s, none, 0, none, 0, table, 8, none, 0, none, 0, none, 0),
            format!("{} KEY_SEQ# UPDATE_RULE# DELETE_RULE# FK_NAME PK_NAME", sides.join(" ")),
        );
        check(
            SQLStatistics(s, none, 0, none, 0, table, 8, 0, 0),
            format!(
                "{table_name} NON_UNIQUE# INDEX_QUALIFIER INDEX_NAME TYPE# SEQ_IN_INDEX# COLUMN_NAME COLLATION CARDINALITY# \
                 PAGES# FILTER_CONDITION"
            ),
        );
        check(SQLSpecialColumns(s, 1, none, 0, none, 0, table, 8, 0, 1), format!("SCOPE# {columns} PSEUDO_COLUMN#"));
        check(
            SQLProcedures(s, none, 0, none, 0, none, 0),
            format!("{procedure} NUM_INPUT_PARAMS# NUM_OUTPUT_PARAMS# NUM_RESULT_SETS# REMARKS PROCEDURE_TYPE#"),
        );
        check(
            SQLProcedureColumns(s, none, 0, none, 0, none, 0, none, 0),
            format!("{procedure} COLUMN_NAME COLUMN_TYPE# {} RADIX# NULLABLE# REMARKS", &columns[12..]),
        );
        check(SQLTablePrivileges(s, none, 0, none, 0, none, 0), format!("{table_name} {privileges}"));
        check(
            SQLColumnPrivileges(s, none, 0, none, 0, table, 8, none, 0),
            format!("{table_name} COLUMN_NAME {privileges}"),
        );
        check(
            SQLGetTypeInfo(s, 0),
            "TYPE_NAME DATA_TYPE# PRECISION# LITERAL_PREFIX LITERAL_SUFFIX CREATE_PARAMS NULLABLE# CASE_SENSITIVE# SEARCHABLE# \
             UNSIGNED_ATTRIBUTE# MONEY# AUTO_INCREMENT# LOCAL_TYPE_NAME MINIMUM_SCALE# MAXIMUM_SCALE#"
                .to_owned(),
        );
        // Dates by their codes of ODBC 2, asked for by either.
        for (code, expected) in [(9, "9"), (91, "9"), (10, "10"), (92, "10"), (11, "11"), (93, "11")] {
            assert_eq!(SQLGetTypeInfo(s, code), SUCCESS);
            assert_eq!(odbc.rows()[0][1].as_deref(), Some(expected));
            odbc.close();
        }
    }
}

const METADATA_ID: i32 = 10_014;

/// Calls a catalog function with narrow texts; gives the number of rows, or the state.
fn rows_of(odbc: &Odbc, call: impl FnOnce(Handle) -> i16) -> Result<usize, String> {
    if call(odbc.stmt) != SUCCESS {
        return Err(odbc.state());
    }
    let rows = odbc.rows().len();
    odbc.close();
    Ok(rows)
}

#[test]
fn metadata_id_makes_identifiers_of_arguments() {
    let odbc = Odbc::connect();
    let count = |catalog: &str, schema: &str, table: &str, column: &str| {
        let (c, s) = (argument(Some(catalog)), argument(Some(schema)));
        let (t, n) = (argument(Some(table)), argument(Some(column)));
        unsafe {
            [
                rows_of(&odbc, |stmt| SQLTables(stmt, c.0, c.1, s.0, s.1, t.0, t.1, null(), 0)),
                rows_of(&odbc, |stmt| SQLColumns(stmt, c.0, c.1, s.0, s.1, t.0, t.1, n.0, n.1)),
                rows_of(&odbc, |stmt| SQLPrimaryKeys(stmt, c.0, c.1, s.0, s.1, t.0, t.1)),
                rows_of(&odbc, |stmt| SQLStatistics(stmt, c.0, c.1, s.0, s.1, t.0, t.1, 0, 0)),
                rows_of(&odbc, |stmt| SQLSpecialColumns(stmt, 1, c.0, c.1, s.0, s.1, t.0, t.1, 0, 1)),
                rows_of(&odbc, |stmt| {
                    let (none, length) = argument(Some(""));
                    SQLForeignKeys(stmt, none, length, none, length, none, length, c.0, c.1, s.0, s.1, t.0, t.1)
                })
                .map(|rows| rows.min(1)),
            ]
        }
    };
    // Patterns, and ordinary arguments, in which quotes are letters like any other.
    assert_eq!(count("1", "cr%", "Account_", "Cod_")[..2], [Ok(1), Ok(1)]);
    assert_eq!(count("1", "crm", "\"Accounts\"", "Code"), [0; 6].map(Ok));
    assert_eq!(count("1", "crm", " Accounts ", "Code"), [0; 6].map(Ok));
    odbc.set(METADATA_ID, 1);
    assert_eq!(count("1", "cr%", "Account_", "Cod%"), [0; 6].map(Ok));
    for (schema, table, column) in [("crm", "accounts", "code"), (" \"crm\" ", "\"Accounts\"", "CODE ")] {
        assert_eq!(count(" \"1\" ", schema, table, column), [1; 6].map(Ok), "{table}");
    }
}

#[test]
fn metadata_id_wants_every_name() {
    let odbc = Odbc::connect();
    odbc.set(METADATA_ID, 1);
    let no = (null::<u8>(), 0_i16);
    let given = |text| argument(Some(text));
    for missing in 0..3 {
        let names = ["1", "crm", "Accounts"].map(given);
        let [c, s, t] = std::array::from_fn(|place| if place == missing { no } else { names[place] });
        let n = given("Code");
        unsafe {
            let found = [
                rows_of(&odbc, |stmt| SQLTables(stmt, c.0, c.1, s.0, s.1, t.0, t.1, null(), 0)),
                rows_of(&odbc, |stmt| SQLColumns(stmt, c.0, c.1, s.0, s.1, t.0, t.1, n.0, n.1)),
                rows_of(&odbc, |stmt| SQLPrimaryKeys(stmt, c.0, c.1, s.0, s.1, t.0, t.1)),
                rows_of(&odbc, |stmt| SQLStatistics(stmt, c.0, c.1, s.0, s.1, t.0, t.1, 0, 0)),
                rows_of(&odbc, |stmt| SQLSpecialColumns(stmt, 1, c.0, c.1, s.0, s.1, t.0, t.1, 0, 1)),
                rows_of(&odbc, |stmt| {
                    let (none, length) = given("");
                    SQLForeignKeys(stmt, c.0, c.1, s.0, s.1, t.0, t.1, none, length, none, length, none, length)
                }),
                rows_of(&odbc, |stmt| SQLTablePrivileges(stmt, c.0, c.1, s.0, s.1, t.0, t.1)),
                rows_of(&odbc, |stmt| SQLColumnPrivileges(stmt, c.0, c.1, s.0, s.1, t.0, t.1, n.0, n.1)),
                rows_of(&odbc, |stmt| SQLProcedures(stmt, c.0, c.1, s.0, s.1, t.0, t.1)),
                rows_of(&odbc, |stmt| SQLProcedureColumns(stmt, c.0, c.1, s.0, s.1, t.0, t.1, n.0, n.1)),
            ];
            assert_eq!(found, std::array::from_fn(|_| Err("HY009".to_owned())), "{missing}");
        }
    }
    // Neither may the other table of SQLForeignKeys be a null pointer: it is an empty text where it is not asked about.
    let ([c, s, t], (none, length)) = (["1", "crm", "Accounts"].map(given), given(""));
    let foreign = |other: *const u8| {
        rows_of(&odbc, |stmt| unsafe {
            SQLForeignKeys(stmt, c.0, c.1, s.0, s.1, t.0, t.1, none, length, none, length, other, 0)
        })
    };
    assert_eq!(foreign(null()), Err("HY009".to_owned()));
    assert!(foreign(none).is_ok_and(|rows| rows > 0));
    // Where there are no catalogs their name may be missing.
    let odbc = Odbc::connect_as(3, "Catalogs=off");
    odbc.set(METADATA_ID, 1);
    let (s, t) = (given("crm"), given("Accounts"));
    assert_eq!(rows_of(&odbc, |stmt| unsafe { SQLPrimaryKeys(stmt, null(), 0, s.0, s.1, t.0, t.1) }), Ok(1));
}

#[test]
fn properties_change_names_and_types_of_results() {
    let odbc = Odbc::connect_as(3, "UpperCaseIdentifiers=true;MapBigintToVarchar=true");
    odbc.execute("SELECT CAST(9223372036854775807 AS BIGINT) AS big, 'x' AS \"Alias\"");
    assert_eq!((attribute(&odbc, 1, 2), attribute(&odbc, 1, 1003)), (-9, 20));
    assert_eq!((attribute_text(&odbc, 1, 18), attribute_text(&odbc, 2, 18)), ("big".to_owned(), "Alias".to_owned()));
    assert_eq!(odbc.rows(), [[Some(i64::MAX.to_string()), Some("x".to_owned())]]);
    odbc.close();
    odbc.prepare("SELECT Name, Name AS own FROM crm.Accounts");
    let texts = |column: u16| [18, 22, 23, 16].map(|field| attribute_text(&odbc, column, field));
    assert_eq!(texts(1), ["NAME", "NAME", "ACCOUNTS", "CRM"]);
    assert_eq!(texts(2), ["own", "NAME", "ACCOUNTS", "CRM"]);
}
