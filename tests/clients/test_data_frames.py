"""Data frames: arrow-odbc's arrays of bound columns, polars on top of it, pandas on top of pyodbc."""

import datetime
import decimal
import warnings

import arrow_odbc
import pandas
import polars
import pyarrow
import pytest

INVOICES = "SELECT InvoiceID, InvoiceNumber, AmountDC, InvoiceDate, InvoiceToName FROM salesinvoice.SalesInvoices"


@pytest.fixture
def source(company):
    return f"DSN={company.dsn}"


def arrow_table(query, source, parameters=None, **options):
    reader = arrow_odbc.read_arrow_batches_from_odbc(query, source, parameters=parameters, **options)
    return pyarrow.Table.from_batches(list(reader), reader.schema)


# The query of one value of every type, as Python has them.
ROW = [
    7, -12, 2147483647, 9007199254740993, 1.5, 0.1, decimal.Decimal("-1234.50"), "é€😀", None,
    datetime.date(2026, 1, 31), datetime.time(23, 59, 58), datetime.datetime(2026, 1, 31, 23, 59, 58, 123000),
    True, b"\x00\xffA",
]  # fmt: skip


def test_arrow_odbc_reads_every_type(source, values, expected):
    table = arrow_table(values, source)
    assert table.column_names == expected.names
    assert list(table.to_pylist()[0].values()) == ROW


def test_polars_reads_every_type(source, connection, values, expected):
    for way in (f"Driver={{Exact Online}};{source}", connection):
        frame = polars.read_database(values, connection=way)
        assert frame.columns == expected.names
        assert list(frame.row(0)) == ROW


def test_pandas_reads_every_type(connection, values, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        frame = pandas.read_sql(values, connection)
    assert list(frame.columns) == expected.names
    assert [None if value is None or value is pandas.NaT else value for value in frame.iloc[0]] == ROW


def test_arrow_odbc_needs_no_sizes_and_cuts_nothing(source, company, cursor):
    table = arrow_table("SELECT ID, Name, Remarks FROM crm.Accounts", source, batch_size=500)
    assert table.num_rows == company.accounts
    assert table.to_pylist() == [
        {"ID": row.ID, "Name": row.Name, "Remarks": row.Remarks}
        for row in cursor.execute("SELECT ID, Name, Remarks FROM crm.Accounts").fetchall()
    ]


def test_arrow_odbc_with_parameters(source, cursor):
    text = "SELECT Code FROM crm.Accounts WHERE Country = ? AND Name <> ?"
    found = arrow_table(text, source, parameters=["NL", "é€😀"])
    assert found.num_rows == len(cursor.execute(text, "NL", "é€😀").fetchall())


def test_arrow_odbc_reads_large_tables_in_batches(source, company):
    text = "SELECT ID, AmountDC, Date FROM financialtransaction.TransactionLines"
    reader = arrow_odbc.read_arrow_batches_from_odbc(text, source, batch_size=10_000)
    sizes = [batch.num_rows for batch in reader]
    assert sum(sizes) == company.lines and max(sizes) == 10_000
    assert company.calls() == company.pages(company.lines)


def test_polars(source, cursor):
    # polars takes a text for a connection string only if it names the driver.
    frame = polars.read_database(INVOICES, connection=f"Driver={{Exact Online}};{source}")
    rows = cursor.execute(INVOICES).fetchall()
    assert frame.rows() == [tuple(row) for row in rows]
    assert [str(kind) for kind in frame.dtypes[1:4]] == ["Int32", "Float64", "Datetime(time_unit='ms', time_zone=None)"]


def test_polars_over_a_connection_of_pyodbc(connection, cursor):
    frame = polars.read_database(INVOICES, connection=connection)
    assert frame.rows() == [tuple(row) for row in cursor.execute(INVOICES).fetchall()]


def test_polars_with_parameters(source, connection, cursor):
    text = "SELECT Code FROM crm.Accounts WHERE Country = ? AND Name <> ?"
    given = ["NL", "é€😀"]
    expected = [tuple(row) for row in cursor.execute(text, given).fetchall()]
    for way in (f"Driver={{Exact Online}};{source}", connection):
        frame = polars.read_database(text, connection=way, execute_options={"parameters": given})
        assert expected and frame.rows() == expected


def test_pandas(connection, cursor):
    with warnings.catch_warnings():
        # pandas says that it has not tried connections other than SQLAlchemy's.
        warnings.simplefilter("ignore", UserWarning)
        frame = pandas.read_sql(INVOICES + " WHERE InvoiceToName <> ?", connection, params=["x"], parse_dates=["InvoiceDate"])
        pieces = list(pandas.read_sql(INVOICES, connection, chunksize=1_000))
    rows = cursor.execute(INVOICES).fetchall()
    assert list(frame.columns) == ["InvoiceID", "InvoiceNumber", "AmountDC", "InvoiceDate", "InvoiceToName"]
    assert list(frame.InvoiceNumber) == [row.InvoiceNumber for row in rows]
    assert frame.AmountDC.sum() == pytest.approx(sum(row.AmountDC for row in rows))
    assert sum(len(piece) for piece in pieces) == len(rows)
