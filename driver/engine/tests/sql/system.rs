//! Schema `sys`: what the driver tells of itself, without a call.

use exact_simulator::Options;

use crate::company::{Company, rows};

#[test]
fn the_driver_tells_of_its_calls_without_making_any() {
    let company = Company::with(Options { scale: 0.01, ..Options::default() });
    let connection = company.connect("");
    rows(&connection, "SELECT TOP 61 ID FROM crm.Accounts");
    rows(&connection, "SELECT COUNT(*) FROM hrm.Divisions");
    let calls = company.requests_of(|| {
        let requests = rows(
            &connection,
            "SELECT Endpoint, Method, Status, RowCount, CASE WHEN Milliseconds >= 0 AND Bytes > 0 THEN 'measured' END \
             FROM sys.sys_requests WHERE Division IS NOT NULL ORDER BY ID",
        );
        let accounts = |count: &str| ["bulk/CRM/Accounts", "GET", "200", count, "measured"].map(str::to_string);
        assert!(requests.contains(&accounts("20").to_vec()), "{requests:?}");
        let budget = rows(
            &connection,
            "SELECT Division, DayLimit, DayLimit - DayLeft, MinuteLimit, UnderWay, ErrorsLastHour FROM sys_budget \
             WHERE Division = 5512",
        );
        assert_eq!(budget, [["5512", "1000000", "2", "1000000", "0", "0"]]);
        let counts = rows(&connection, "SELECT Counts, DayLimit, DayLeft, MinuteLimit FROM sys_budget WHERE Division IS NULL");
        assert_eq!(counts, [["token calls", "200", "199", "NULL"]]);
        assert_eq!(rows(&connection, "SELECT DISTINCT Counts FROM sys_budget WHERE Division > 0"), [["data calls"]]);
        let ends = "SELECT COUNT(*) FROM sys_budget WHERE Division = 5512 AND DayEnds > MinuteEnds AND MinuteEnds > '2020-01-01'";
        assert_eq!(rows(&connection, ends), [["1"]]);
        let tokens = "SELECT ClientId, AgeSeconds BETWEEN 0 AND 60, AccessTokenSecondsLeft > 500, RefreshTokenDaysLeft > 29.9 \
                      FROM sys.sys_tokens";
        let told = rows(&connection, tokens);
        assert!(told[0][0].starts_with("client-") && told[0][1..] == ["true", "true", "true"], "{told:?}");
    });
    assert_eq!(calls, Vec::<String>::new());
}

#[test]
fn the_driver_tells_what_can_be_read_and_what_it_costs() {
    let company = Company::start();
    let connection = company.connect("");
    let calls = company.requests_of(|| {
        let tables = "SELECT Kind, RegularPageSize, BulkPageSize, CallsPer1000Rows, IsInsertable, HasDivision FROM sys.sys_tables \
                      WHERE SchemaName = 'crm' AND TableName = 'Accounts'";
        assert_eq!(rows(&connection, tables), [["table", "60", "1000", "1", "true", "true"]]);
        let columns = "SELECT ColumnName, IsKey, IsFilterable, IsFilterableInBulk, IsSortable, IsMandatoryFilter, IsInsertable \
                       FROM sys.sys_tablecolumns WHERE SchemaName = 'crm' AND TableName = 'Contacts' \
                       AND ColumnName IN ('ID', 'FirstName') ORDER BY ColumnName";
        assert_eq!(
            rows(&connection, columns),
            [
                ["FirstName", "false", "true", "false", "true", "false", "true"],
                ["ID", "true", "true", "true", "true", "false", "true"]
            ]
        );
        let preferred = "SELECT SchemaName, IsPreferred FROM sys_tables WHERE TableName = 'Divisions' ORDER BY SchemaName";
        assert_eq!(rows(&connection, preferred), [["hrm", "true"], ["system", "false"]]);
        let yes_no = "SELECT COUNT(*) FROM sys_tablecolumns WHERE IsYesNo AND TypeName = 'Edm.Byte' AND ColumnName = 'IsCompetitor'";
        assert_eq!(rows(&connection, yes_no), [["2"]]);
        let arguments = "SELECT Arguments FROM sys_tables WHERE TableName = 'ReceivablesListByAccount'";
        assert_eq!(rows(&connection, arguments), [["AccountId"]]);
        assert_eq!(rows(&connection, "SELECT COUNT(*) FROM sys_tables WHERE Kind = 'system'"), [["6"]]);
    });
    assert_eq!(calls, Vec::<String>::new());
}
