"""Access with linked tables (Jet/ACE): the configuration table, the key from the statistics, ten keys at a time."""

import ctypes
import random
import uuid

import pytest
from manager.capi import C_CHAR, C_GUID, C_WCHAR, NO_DATA, Manager

ODBC2 = 2
NAMES = "Code, Name, Country"
TEN = " OR ".join(["ID = ?"] * 10)


@pytest.fixture
def dbc(company):
    _, dbc = Manager().connect(f"DSN={company.dsn}", ODBC2)
    yield dbc
    dbc.call("SQLDisconnect")


def test_what_is_asked_before_a_table_is_linked(dbc, company):
    assert dbc.info_number(9) >= 1, "ODBC API level 1"
    assert dbc.info_number(1) == 0 and len(dbc.info(29)) == 1
    for kind in (17, 18, 25, 38, 27):
        assert dbc.info(kind), kind
    for kind in (49, 50, 51, 52, 22, 23, 24, 46):
        dbc.info_number(kind)
    stmt = dbc.statement()
    # Access's own configuration table: any other error than "not found" would refuse the link.
    stmt.execute("SELECT Config, nValue FROM MSysConf", expect=-1)
    assert stmt.records()[0][0] == "S0002"
    for kind in (1, 12, -1, 0):
        stmt.call("SQLGetTypeInfoW", kind)
        while stmt.call("SQLFetch", expect=(0, 1, NO_DATA)) != NO_DATA:
            stmt.data(1)
        stmt.call("SQLFreeStmt", 0)
    assert company.calls() == 0


def test_the_statistics_name_the_key(dbc, company):
    stmt = dbc.statement()
    stmt.catalog("SQLStatisticsW", None, "crm", "Accounts", 1, 0)
    assert stmt.describe(1)[0] == "TABLE_QUALIFIER", "as ODBC 2 names it"
    rows = stmt.rows()
    unique = [row for row in rows if row[3] == "0" and row[6] != "0"]
    assert [(row[7], row[8]) for row in unique] == [("1", "ID")]
    stmt.call("SQLFreeStmt", 0)
    stmt.catalog("SQLSpecialColumnsW", 1, None, "crm", "Accounts", 0, 1)
    assert [row[1] for row in stmt.rows()] == ["ID"]
    assert company.calls() == 0


def bound_keys(stmt, c_type, keys):
    """Binds each key as text or as a SQLGUID; gives what must stay alive."""
    kept = []
    for number, key in enumerate(keys, 1):
        if c_type == C_GUID:
            data = ctypes.create_string_buffer(uuid.UUID(key).bytes_le, 16)
        else:
            data = stmt.manager.wide(key)[0] if c_type == C_WCHAR else ctypes.create_string_buffer(key.encode())
        length = ctypes.c_ssize_t(16 if c_type == C_GUID else -3)
        sql_type = -11 if c_type == C_GUID else 12
        stmt.call("SQLBindParameter", number, 1, c_type, sql_type, 36, 0, data, len(data), ctypes.byref(length))
        kept.append((data, length))
    return kept


@pytest.mark.parametrize("c_type", [C_CHAR, C_WCHAR, C_GUID])
def test_rows_are_read_ten_keys_at_a_time(dbc, company, cursor, c_type):
    keyset = dbc.statement()
    keyset.execute("SELECT ID FROM crm.Accounts ORDER BY Code, ID")
    # Others each time: what was asked within 30 seconds is not asked again.
    keys = random.sample([row[0] for row in keyset.rows()], 20)
    expected = {row[0]: list(row) for row in cursor.execute(f"SELECT ID, {NAMES} FROM crm.Accounts").fetchall()}
    stmt = dbc.statement()
    stmt.prepare(f"SELECT ID, {NAMES} FROM crm.Accounts WHERE {TEN}")
    company.control("reset", {})
    for begin in (0, 10):
        ten = keys[begin : begin + 10]
        kept = bound_keys(stmt, c_type, ten)
        stmt.call("SQLExecute")
        rows = {row[0]: row for row in stmt.rows()}
        assert rows == {key: expected[key] for key in ten}
        stmt.call("SQLFreeStmt", 0)
        assert kept
    assert company.calls() == 2, "ten keys are one call"
    one = dbc.statement()
    one.prepare(f"SELECT ID, {NAMES} FROM crm.Accounts WHERE ID = ?")
    kept = bound_keys(one, c_type, keys[:1])
    one.call("SQLExecute")
    assert one.rows() == [expected[keys[0]]]
    assert company.calls() == 3
    for handle in (keyset, stmt, one):
        handle.call("SQLFreeStmt", 1)
