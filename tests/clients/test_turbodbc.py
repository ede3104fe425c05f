"""turbodbc: bulk reading into bound arrays, and arrays of parameters.

No wheel of it is published and it compiles for ten minutes, so `tests/run` does not install it. By hand, with Debian's
libboost-dev: `pip install 'turbodbc==4.5.10' 'numpy<2'`.
"""

import datetime

import pytest

turbodbc = pytest.importorskip("turbodbc", reason="turbodbc is not installed; it has no wheel and compiles for ten minutes")


@pytest.fixture
def bulk(company):
    options = turbodbc.make_options(read_buffer_size=turbodbc.Rows(1_000), prefer_unicode=True, autocommit=True)
    connection = turbodbc.connect(dsn=company.dsn, turbodbc_options=options)
    yield connection.cursor()
    connection.close()


def test_every_type(bulk, values, expected):
    # It knows no times of day and no binary data.
    names = [name for name in expected.names if name not in ("clock", "bytes")]
    bulk.execute(f"SELECT {', '.join(names)} FROM ({values}) every")
    assert [column[0] for column in bulk.description] == names
    row = bulk.fetchone()
    assert row[:6] == [7, -12, 2147483647, 9007199254740993, 1.5, 0.1]
    assert row[6:10] == [-1234.5, "é€😀", None, datetime.date(2026, 1, 31)]
    assert row[10:] == [datetime.datetime(2026, 1, 31, 23, 59, 58, 123000), True]


def test_a_large_table_in_blocks(bulk, company):
    bulk.execute("SELECT ID, AmountDC, Date FROM financialtransaction.TransactionLines")
    assert sum(1 for _ in bulk) == company.lines


def test_long_text_is_whole(bulk, expected):
    bulk.execute("SELECT Remarks FROM crm.Accounts WHERE Remarks IS NOT NULL")
    assert max(len(row[0]) for row in bulk) == expected.longest


def test_parameters(bulk, expected):
    for country, count in zip(("NL", "BE"), expected.by_country):
        bulk.execute("SELECT COUNT(*) FROM crm.Accounts WHERE Country = ?", [country])
        assert bulk.fetchall() == [[count]]


def test_parameters_of_every_type_that_it_knows(bulk):
    text = "SELECT CAST(? AS INTEGER), CAST(? AS BIGINT), CAST(? AS DOUBLE), CAST(? AS VARCHAR), CAST(? AS DATE), CAST(? AS TIMESTAMP), CAST(? AS BOOLEAN)"
    given = [41, 9007199254740993, 0.1, "é€😀", datetime.date(2026, 1, 31), datetime.datetime(2026, 1, 31, 10, 20, 30), True]
    for values in (given, [None] * len(given)):
        bulk.execute(text, values)
        assert bulk.fetchall() == [values]


def test_columns_arrive_as_arrays(bulk, company):
    bulk.execute("SELECT ID, AmountDC, Date FROM financialtransaction.TransactionLines")
    columns = bulk.fetchallnumpy()
    assert [len(columns[name]) for name in ("ID", "AmountDC", "Date")] == [company.lines] * 3
    assert str(columns["AmountDC"].dtype) == "float64" and columns["Date"].dtype.kind == "M"


def test_an_error_is_told(bulk):
    with pytest.raises(turbodbc.DatabaseError, match="42S22"):
        bulk.execute("SELECT Nmae FROM crm.Accounts")
