"""pandas, polars, Arrow."""

import datetime

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
