"""pandas, polars, Arrow."""

import datetime
import decimal
import subprocess
import sys
import uuid

import exactonline
import pandas
import polars
import pytest
import sqlalchemy as sa
from sqlalchemy import select

INVOICES = "SELECT InvoiceID, InvoiceNumber, AmountDC, InvoiceDate, InvoiceToName FROM salesinvoice.SalesInvoices"


@pytest.fixture
def rows(connection):
    return connection.execute(sa.text(INVOICES)).fetchall()


@pytest.fixture
def invoices(connection):
    return sa.Table("SalesInvoices", sa.MetaData(), autoload_with=connection, schema="salesinvoice")


def test_pandas_reads_a_query(engine, rows):
    frame = pandas.read_sql(INVOICES, engine)
    assert list(frame.columns) == ["InvoiceID", "InvoiceNumber", "AmountDC", "InvoiceDate", "InvoiceToName"]
    assert len(frame) == len(rows)
    assert str(frame.InvoiceDate.dtype).startswith("datetime64") and str(frame.AmountDC.dtype) == "float64"
    assert frame.AmountDC.sum() == pytest.approx(sum(row.AmountDC for row in rows))


def test_pandas_reads_a_table_in_pieces(engine, rows, company):
    columns = ["InvoiceID", "AmountDC"]
    pieces = list(pandas.read_sql_table("SalesInvoices", engine, schema="salesinvoice", columns=columns, chunksize=1_000))
    assert [len(piece) for piece in pieces[:-1]] == [1_000] * (len(pieces) - 1) and len(pieces) > 1
    assert sum(map(len, pieces)) == len(rows)


def test_pandas_reads_an_expression(engine, invoices):
    since = datetime.datetime(2025, 1, 1)
    frame = pandas.read_sql(select(invoices.c.InvoiceNumber).where(invoices.c.InvoiceDate >= since).limit(7), engine)
    assert len(frame) == 7


def test_pandas_writes(company):
    engine = sa.create_engine(f"exactonline://{company.dsn}?Readonly=false")
    frame = pandas.DataFrame({"Name": ["of a frame", "of a frame"], "Country": ["NL", "BE"], "IsCompetitor": [True, False]})
    assert frame.to_sql("Accounts", engine, if_exists="append", index=False) == 2
    text = "SELECT Country, IsCompetitor FROM Accounts WHERE Name = 'of a frame' ORDER BY Country"
    assert pandas.read_sql(text, engine).values.tolist() == [["BE", 0], ["NL", 1]]
    with engine.begin() as connection:
        assert connection.execute(sa.text("DELETE FROM Accounts WHERE Name = 'of a frame'")).rowcount == 2
    engine.dispose()


def test_polars(engine, rows):
    frame = polars.read_database(INVOICES, engine)
    assert frame.rows() == [tuple(row) for row in rows]


def test_arrow_from_an_engine_a_url_and_a_connection_string(engine, company, rows):
    tables = [
        exactonline.read_arrow(INVOICES, source)
        for source in (engine, f"exactonline://{company.dsn}", f"DSN={company.dsn}", engine.url)
    ]
    for table in tables:
        assert table.num_rows == len(rows)
        assert [str(kind) for kind in table.schema.types] == ["string", "int32", "double", "timestamp[ms]", "string"]
    assert list(tables[0].to_pylist()[3].values()) == list(rows[3])


def test_arrow_of_an_expression_with_parameters(connection, invoices):
    since = datetime.datetime(2025, 1, 1)
    query = select(invoices.c.InvoiceID, invoices.c.AmountDC).where(
        invoices.c.InvoiceDate >= since, invoices.c.Currency.in_(["EUR", "USD"]), invoices.c.AmountDC > 12.5
    )
    table = exactonline.read_arrow(query, connection)
    expected = connection.execute(query).fetchall()
    assert sorted(table.column("InvoiceID").to_pylist()) == sorted(str(row.InvoiceID) for row in expected)
    assert len(expected) > 0


def test_arrow_of_text_with_parameters(engine, connection):
    text = "SELECT Code FROM crm.Accounts WHERE Country = ? AND IsSales = ? AND Created > ?"
    since = datetime.datetime(2020, 1, 1)
    found = exactonline.read_arrow(text, engine, ["NL", True, since])
    expected = connection.exec_driver_sql(text, ("NL", True, since)).fetchall()
    assert found.num_rows == len(expected) > 0


def test_arrow_in_batches(engine, company):
    with exactonline.read_arrow_batches(
        "SELECT ID, AmountDC FROM financialtransaction.TransactionLines", engine, batch_rows=8_000
    ) as reader:
        first = reader.read_next_batch()
        assert first.num_rows == 8_000
        assert sum(batch.num_rows for batch in reader) == company.lines - 8_000


TYPES = (
    "SELECT CAST(? AS DECIMAL(10, 2)) AS exact, CAST(? AS DATE) AS day, CAST(? AS TIMESTAMP) AS moment, CAST(? AS TIME) AS clock,"
    " CAST(? AS BIT) AS yes, CAST(? AS BIGINT) AS whole, CAST(? AS DOUBLE) AS amount, CAST(? AS VARCHAR) AS text,"
    " CAST(? AS VARCHAR) AS nothing, CAST(X'00FF' AS VARBINARY) AS bytes"
)
GIVEN = {
    "exact": decimal.Decimal("-1234.50"),
    "day": datetime.date(2026, 1, 31),
    "moment": datetime.datetime(2026, 1, 31, 23, 59, 58, 123_000),
    "clock": datetime.time(23, 59, 58),
    "yes": True,
    "whole": 9_007_199_254_740_993,
    "amount": 0.1,
    "text": "é€😀",
    "nothing": None,
}


def test_arrow_has_every_type(engine):
    table = exactonline.read_arrow(TYPES, engine, list(GIVEN.values()))
    assert table.to_pylist() == [GIVEN | {"bytes": b"\x00\xff"}]
    kinds = [
        "decimal128(10, 2)",
        "date32[day]",
        "timestamp[ms]",
        "time32[s]",
        "bool",
        "int64",
        "double",
        "string",
        "string",
        "binary",
    ]
    assert [str(kind) for kind in table.schema.types] == kinds


def test_arrow_takes_a_guid(engine, connection):
    accounts = sa.Table("Accounts", sa.MetaData(), autoload_with=connection)
    guid = connection.execute(select(accounts.c.ID).limit(1)).scalar()
    assert isinstance(guid, uuid.UUID)
    for query, given in (
        (select(accounts.c.ID).where(accounts.c.ID == guid), []),
        ("SELECT ID FROM Accounts WHERE ID = ?", [guid]),
    ):
        assert exactonline.read_arrow(query, engine, given).to_pylist() == [{"ID": str(guid)}]


def test_arrow_refuses_what_would_arrive_as_something_else(engine):
    zone = datetime.timezone(datetime.timedelta(hours=2))
    with pytest.raises(ValueError, match="no time zone"):
        exactonline.read_arrow("SELECT CAST(? AS TIMESTAMP)", engine, [datetime.datetime(2026, 7, 1, tzinfo=zone)])
    with pytest.raises(TypeError, match="X'00FF'"):
        exactonline.read_arrow("SELECT CAST(? AS VARBINARY)", engine, [b"\x00"])


WIDE = """
import resource, sys, exactonline
table = exactonline.read_arrow("SELECT * FROM crm.Accounts", sys.argv[1])
print(table.num_rows, table.num_columns, table.column(0).num_chunks, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_arrow_of_a_wide_table_keeps_within_its_memory(company):
    command = [sys.executable, "-c", WIDE, f"exactonline://{company.dsn}"]
    rows, columns, chunks, megabytes = map(
        int, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    )
    assert (rows, chunks) == (company.accounts, 1) and columns > 150
    # The buffer and its copy on the way, the result, Python with its libraries, and the driver.
    assert megabytes < 600


def test_polars_in_batches_and_with_parameters(engine, rows, connection):
    pieces = list(polars.read_database(INVOICES, engine, iter_batches=True, batch_size=6_000))
    assert [len(piece) for piece in pieces] == [6_000, 6_000, 6_000, len(rows) - 18_000]
    text = "SELECT COUNT(*) AS n FROM crm.Accounts WHERE Country = :country"
    given = {"parameters": {"country": "NL"}}
    frame = polars.read_database(sa.text(text), connection, execute_options=given)
    assert frame.item() == connection.execute(sa.text(text), given["parameters"]).scalar()


def test_polars_takes_arrow(engine, rows):
    assert polars.from_arrow(exactonline.read_arrow(INVOICES, engine)).rows() == [tuple(row) for row in rows]
