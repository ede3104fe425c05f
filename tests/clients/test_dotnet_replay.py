""".NET's System.Data.Odbc: what it asks when it connects, reads, prepares, and looks for keys."""

import ctypes
import datetime

import pytest
from manager.capi import C_CHAR, C_SBIGINT, C_TYPE_TIMESTAMP, C_WCHAR, DBC, NO_DATA, Manager


@pytest.fixture
def dbc(company):
    env = Manager().environment()
    dbc = env.allocate(DBC)
    dbc.call("SQLSetConnectAttrW", 103, 15, 0)
    dbc.driver_connect(f"DSN={company.dsn}")
    yield dbc
    dbc.call("SQLDisconnect")


def dead(dbc):
    value = ctypes.c_uint32(7)
    dbc.call("SQLGetConnectAttrW", 1209, ctypes.byref(value), 4, None)
    return value.value


def test_connecting(dbc, company):
    assert dbc.info(77)[:2] >= "03", "an older driver is refused"
    assert dbc.info(13) and dbc.info(6)
    assert len(dbc.info(29)) == len(dbc.info(14)) == 1
    text, length = ctypes.create_string_buffer(200), ctypes.c_int()
    dbc.call("SQLGetConnectAttrW", 109, text, 200, ctypes.byref(length))
    assert text.raw[: length.value].decode("utf-16-le") == company.division
    for conversion, wide in ((56, 0x200000), (70, 0x800000), (62, 0x400000)):
        assert dbc.info_number(conversion) & wide, "wide types are found by the conversions to them"
    supported = ctypes.c_ushort()
    for function in (65, 66, 40, 1021, 58):
        dbc.call("SQLGetFunctions", function, ctypes.byref(supported))
        assert supported.value == 1, function
    assert dead(dbc) == 0
    assert company.calls() == 0


def test_an_error_does_not_end_the_connection(dbc):
    stmt = dbc.statement()
    stmt.execute("SELECT * FROM NoSuchTable", expect=-1)
    assert stmt.records()[0][0] == "42S02"
    assert dead(dbc) == 0
    stmt.free()


def test_a_data_reader(dbc, company, cursor):
    """A command with parameters: prepared, described, executed, read value by value in any order."""
    text = "SELECT Code, Name, Created, Division FROM crm.Accounts WHERE Country = ? AND Created > ? ORDER BY Code"
    stmt = dbc.statement()
    stmt.set(0, 30, expect=(0, 1))
    stmt.prepare(text)
    described = [stmt.describe(number) for number in range(1, stmt.column_count() + 1)]
    assert [column[1] for column in described] == [-9, -9, 93, 4]
    assert company.calls() == 0, "describing costs nothing"
    country, length = ctypes.create_string_buffer("NL".encode("utf-16-le")), ctypes.c_ssize_t(4)
    stamp, size = ctypes.create_string_buffer(bytes([0xE4, 7, 1, 0, 1, 0]) + bytes(10), 16), ctypes.c_ssize_t(16)
    stmt.call("SQLBindParameter", 1, 1, C_WCHAR, -9, 2, 0, country, 4, ctypes.byref(length))
    stmt.call("SQLBindParameter", 2, 1, C_TYPE_TIMESTAMP, 93, 23, 3, stamp, 16, ctypes.byref(size))
    stmt.call("SQLExecute")
    found = []
    while stmt.call("SQLFetch", expect=(0, 1, NO_DATA)) != NO_DATA:
        division, indicator = ctypes.c_int64(), ctypes.c_ssize_t()
        stmt.call("SQLGetData", 4, C_SBIGINT, ctypes.byref(division), 8, ctypes.byref(indicator))
        found.append((stmt.data(1), stmt.data(2), division.value))
    rows = cursor.execute(text, "NL", datetime.datetime(2020, 1, 1)).fetchall()
    assert rows and found == [(row.Code, row.Name, row.Division) for row in rows]
    assert stmt.call("SQLMoreResults", expect=NO_DATA) == NO_DATA
    stmt.free()


def test_a_data_adapter_with_keys(dbc, company):
    """CommandBehavior.KeyInfo: names of base columns, then keys by catalog functions."""
    stmt = dbc.statement()
    stmt.prepare("SELECT ID AS Id, Name FROM crm.Accounts")
    assert stmt.text_attribute(1, 22) == "ID" and stmt.text_attribute(1, 23) == "Accounts" and stmt.text_attribute(1, 16) == "crm"
    assert stmt.text_attribute(1, 17) == company.division
    stmt.free()
    stmt = dbc.statement()
    stmt.catalog("SQLPrimaryKeysW", company.division, "crm", "Accounts")
    assert [row[3] for row in stmt.rows()] == ["ID"]
    stmt.call("SQLFreeStmt", 0)
    stmt.catalog("SQLSpecialColumnsW", 1, company.division, "crm", "Accounts", 0, 1)
    assert [row[1] for row in stmt.rows()] == ["ID"]
    stmt.call("SQLFreeStmt", 0)
    stmt.catalog("SQLStatisticsW", company.division, "crm", "Accounts", 0, 0)
    assert ["ID"] == [row[8] for row in stmt.rows() if row[3] == "0" and row[8]]
    assert company.calls() == 0


def test_get_schema(dbc, company):
    stmt = dbc.statement()
    for function, arguments in {
        "SQLTablesW": (None, None, None, "TABLE"),
        "SQLColumnsW": (None, "crm", "Acc%", None),
        "SQLStatisticsW": (None, "crm", "Accounts", 1, 1),
    }.items():
        stmt.catalog(function, *arguments)
        assert stmt.rows(), function
        stmt.call("SQLFreeStmt", 0)
    assert company.calls() == 0


def test_a_command_as_bytes(dbc):
    """Text read as narrow characters is UTF-8."""
    stmt = dbc.statement()
    stmt.execute("SELECT 'é€😀' AS t")
    stmt.call("SQLFetch")
    buffer, length = ctypes.create_string_buffer(64), ctypes.c_ssize_t()
    stmt.call("SQLGetData", 1, C_CHAR, buffer, 64, ctypes.byref(length))
    assert buffer.raw[: length.value].decode() == "é€😀"
