"""Tableau: columns are described without a row being read, temporary tables are refused in a way that it understands."""

import pytest
from manager.capi import Manager

ALL = "SELECT * FROM crm.Accounts"


@pytest.fixture
def dbc(company):
    _, dbc = Manager().connect(f"DSN={company.dsn}")
    yield dbc
    dbc.call("SQLDisconnect")


def described(stmt):
    return [stmt.describe(number) for number in range(1, stmt.column_count() + 1)]


def test_columns_are_described_without_a_call(dbc, company):
    prepared = dbc.statement()
    prepared.prepare(ALL)
    columns = described(prepared)
    assert len(columns) > 50 and all(size > 0 for _, _, size, _, _ in columns)
    for text in (f"{ALL} WHERE 1=0", f"{ALL} WHERE 0=1", "SELECT TOP 0 * FROM crm.Accounts", f"{ALL} LIMIT 0",
                 f'SELECT * FROM ({ALL}) "Custom SQL Query" WHERE 1=0'):  # fmt: skip
        stmt = dbc.statement()
        stmt.execute(text)
        assert described(stmt) == columns, text
        assert stmt.rows() == [], text
        stmt.free()
    assert company.calls() == 0


@pytest.mark.parametrize(
    "text",
    [
        'CREATE LOCAL TEMPORARY TABLE "#Tableau_1" ("COL" INTEGER)',
        "CREATE TABLE #Tableau_1 (COL INTEGER)",
        "SELECT TOP 1 * INTO #Tableau_2 FROM (SELECT 1 AS COL) AS CHECKTEMP",
        "DROP TABLE #Tableau_1",
    ],
)
def test_temporary_tables_are_refused_cleanly(dbc, company, text):
    stmt = dbc.statement()
    stmt.execute(text, expect=-1)
    state, message = stmt.records()[0]
    assert state == "HYC00" and "[Exact Online]" in message, (state, message)
    # The statement is as good as before.
    stmt.execute("SELECT 1")
    assert stmt.rows() == [["1"]]
    assert company.calls() == 0


def test_a_capability_check_and_keys_never_fail_without_a_record(dbc, company):
    assert dbc.info_number(132) == 0, "no CREATE TABLE"
    stmt = dbc.statement()
    for function, arguments in {
        "SQLPrimaryKeysW": (None, "crm", "Accounts"),
        "SQLForeignKeysW": (None, None, None, None, "crm", "Accounts"),
        "SQLStatisticsW": (None, "crm", "Accounts", 1, 0),
        "SQLTablesW": ("%", "", "", ""),
    }.items():
        stmt.catalog(function, *arguments)
        stmt.rows()
        stmt.call("SQLFreeStmt", 0)
    # A table that is not there is an empty answer.
    stmt.catalog("SQLPrimaryKeysW", None, "nowhere", "Nothing")
    assert stmt.rows() == []
    assert company.calls() == 0


def test_a_connection_of_its_own_for_a_catalog(dbc, company):
    stmt = dbc.statement()
    stmt.catalog("SQLTablesW", "%", "", "", "")
    catalogs = [row[0] for row in stmt.rows()]
    assert company.division in catalogs
    _, other = Manager().connect(f"DSN={company.dsn};Database={company.division}")
    stmt = other.statement()
    stmt.execute(f'SELECT COUNT(*) FROM "{company.division}"."crm"."Accounts" WHERE {company.never_asked("Created")}')
    assert stmt.rows() == [[str(company.accounts)]]
    assert company.calls() == 1
    other.call("SQLDisconnect")


def test_what_a_sheet_sends(dbc, company, cursor):
    """Aggregates over a quoted, aliased table, and a filter from the list of a column's values."""
    text = (
        'SELECT "Accounts"."Country" AS "Country", SUM(1) AS "sum_Number_of_Records_ok", COUNT(DISTINCT "Accounts"."City") AS "ctd"'
        ' FROM "crm"."Accounts" "Accounts" WHERE ("Accounts"."Country" IN (\'NL\', \'BE\'))'
        ' GROUP BY "Accounts"."Country" HAVING (COUNT(1) > 0) ORDER BY 1'
    )
    stmt = dbc.statement()
    stmt.execute(text)
    rows = stmt.rows()
    counts = dict(cursor.execute("SELECT Country, COUNT(*) FROM crm.Accounts GROUP BY Country").fetchall())
    assert [(row[0], int(row[1])) for row in rows] == [("BE", counts["BE"]), ("NL", counts["NL"])]
