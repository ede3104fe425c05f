"""Parameters of pyodbc: every type of Python, long ones as data at execution, many sets at once."""

import datetime
import decimal
import uuid

import pyodbc
import pytest

VALUES = [
    ("INTEGER", 2_147_483_647),
    ("BIGINT", -9_007_199_254_740_993),
    ("DOUBLE", 0.1),
    ("DECIMAL(38, 4)", decimal.Decimal("-1234567890123456789012345678901234.5678")),
    ("DECIMAL(10, 2)", decimal.Decimal("0.05")),
    ("VARCHAR", "é€😀"),
    ("VARCHAR", ""),
    ("DATE", datetime.date(2026, 1, 31)),
    ("TIME", datetime.time(23, 59, 58)),
    ("TIMESTAMP", datetime.datetime(2026, 1, 31, 23, 59, 58, 123000)),
    ("BOOLEAN", True),
    ("VARBINARY", b"\0\xffA"),
    ("BYTEA", b""),
    ("BINARY", bytes(range(256)) * 400),
]


@pytest.mark.parametrize(("sql_type", "value"), VALUES)
def test_each_type_of_python_comes_back(cursor, sql_type, value):
    found = cursor.execute(f"SELECT CAST(? AS {sql_type})", value).fetchval()
    assert found == value and type(found) is type(value)
    assert cursor.execute(f"SELECT CAST(? AS {sql_type})", None).fetchval() is None


@pytest.mark.parametrize("length", [3_999, 4_001, 100_000, 1_000_000])
def test_long_text_is_sent_in_pieces(cursor, length):
    text = "aé€😀"[: max(1, length % 5)] + "x" * length
    assert cursor.execute("SELECT CHAR_LENGTH(?)", text).fetchval() == len(text)
    assert cursor.execute("SELECT CAST(? AS VARCHAR)", text).fetchval() == text


@pytest.mark.parametrize("fast", [False, True])
def test_many_sets_of_parameters(cursor, fast):
    """A query runs for each set. pyodbc keeps the last result; with arrays it skips the first and shows the others."""
    text = "SELECT COUNT(*) FROM Accounts WHERE Country = ? AND Division = ?"
    sets = [("NL", 5512), ("BE", 5512), ("DE", 1)]
    counts = [cursor.execute(text, *one).fetchval() for one in sets]
    cursor.fast_executemany = fast
    cursor.executemany(text, sets)
    if not fast:
        assert cursor.fetchval() == counts[-1]
        return
    found = []
    while cursor.nextset():
        found.append(cursor.fetchval())
    assert found == counts[1:]


def test_binary_data_is_compared_and_sent_in_many_sets(cursor):
    row = cursor.execute("SELECT X'00FF41' = ?, X'00FF42' = ?", b"\0\xffA", bytearray(b"\0\xffA")).fetchone()
    assert tuple(row) == (True, False)
    cursor.fast_executemany = True
    cursor.executemany("SELECT CAST(? AS VARBINARY)", [(b"a",), (b"\xff\0",), (None,)])
    found = []
    while cursor.nextset():
        found.append(cursor.fetchval())
    assert found == [b"\xff\0", None], "pyodbc skips the first"


def test_binary_data_that_is_no_text_is_refused_where_text_is_expected(cursor):
    with pytest.raises(pyodbc.Error) as raised:
        cursor.execute("SELECT ?", b"\0\xffA")
    state, message = raised.value.args
    assert state == "22018" and "CAST(? AS VARBINARY)" in message


def test_sizes_of_parameters_may_be_told(cursor):
    cursor.setinputsizes([(pyodbc.SQL_WVARCHAR, 50, 0), (pyodbc.SQL_DECIMAL, 10, 2)])
    row = cursor.execute("SELECT CAST(? AS VARCHAR), CAST(? AS DECIMAL(10, 2))", "é", decimal.Decimal("1.25")).fetchone()
    assert tuple(row) == ("é", decimal.Decimal("1.25"))


def test_keys_of_any_kind_find_the_same_row(cursor):
    key = cursor.execute("SELECT TOP 1 ID FROM Accounts").fetchval()
    for value in (key, key.upper(), uuid.UUID(key)):
        assert cursor.execute("SELECT ID FROM Accounts WHERE ID = ?", value).fetchval() == key


def test_a_value_that_does_not_fit_is_refused(cursor):
    with pytest.raises(pyodbc.Error) as raised:
        cursor.execute("SELECT CAST(? AS INTEGER)", "twelve").fetchval()
    assert raised.value.args[0] == "22018", raised.value.args
