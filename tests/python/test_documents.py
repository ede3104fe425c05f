"""Documents and their lines as objects with a relationship: one request for each document at commit."""

import types
import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, String, select
from sqlalchemy.orm import Session, declarative_base, joinedload, relationship, selectinload

Base = declarative_base()


class SalesInvoice(Base):
    __tablename__ = "SalesInvoices"
    __table_args__ = {"schema": "salesinvoice"}
    InvoiceID = Column(String, primary_key=True)
    Journal = Column(String)
    OrderedBy = Column(String)
    Description = Column(String)
    lines = relationship("SalesInvoiceLine", cascade="all, delete-orphan", back_populates="invoice")


class SalesInvoiceLine(Base):
    __tablename__ = "SalesInvoiceLines"
    __table_args__ = {"schema": "salesinvoice"}
    ID = Column(String, primary_key=True)
    InvoiceID = Column(String, ForeignKey("salesinvoice.SalesInvoices.InvoiceID"))
    GLAccount = Column(String)
    Item = Column(String)
    Quantity = Column(sa.Float)
    NetPrice = Column(sa.Numeric(18, 2))
    invoice = relationship("SalesInvoice", back_populates="lines")


@pytest.fixture(scope="module")
def writing(demo):
    """A pool that tests share, as programs do."""
    engine = sa.create_engine(f"exactonline://{demo.dsn}?Readonly=false", pool_size=2)
    yield engine
    engine.dispose()


ITEM = "SELECT TOP 1 Item, GLAccount FROM salesinvoice.SalesInvoiceLines WHERE Item IS NOT NULL AND GLAccount IS NOT NULL"


@pytest.fixture(params=[True, False], ids=["keys are kept", "keys are given anew"])
def sale(request, company, writing):
    """What an invoice needs; and whether the service keeps the keys that a client makes."""
    with writing.connect() as connection:
        journal, account = connection.execute(sa.text("SELECT TOP 1 Journal, OrderedBy FROM salesinvoice.SalesInvoices")).one()
        item, ledger = connection.execute(sa.text(ITEM)).one()

    def begin():
        company.reset()
        company.control("switches", {"client_keys_kept": request.param})

    def invoice(*quantities):
        lines = [SalesInvoiceLine(Item=item, GLAccount=ledger, Quantity=quantity, NetPrice="12.50") for quantity in quantities]
        return SalesInvoice(Journal=journal, OrderedBy=account, lines=lines)

    def line(quantity):
        return SalesInvoiceLine(Item=item, GLAccount=ledger, Quantity=quantity, NetPrice="1")

    begin()
    return types.SimpleNamespace(
        invoice=invoice, line=line, begin=begin, journal=journal, account=account, item=item, ledger=ledger
    )


def sent(company):
    """The writes that the service received since the last reset."""
    return [
        (one["method"], one["path"].split("/5512/")[-1].split("(")[0]) for one in company.requests() if one["method"] != "GET"
    ]


def quantities(invoice):
    return sorted(line.Quantity for line in invoice.lines)


def test_a_document_and_its_lines_are_one_request(company, writing, sale):
    with Session(writing) as session:
        invoice = sale.invoice(1, 2, 3)
        session.add(invoice)
        session.flush()
        assert sent(company) == []
        session.commit()
        assert sent(company) == [("POST", "salesinvoice/SalesInvoices")]
        key = invoice.InvoiceID
        assert quantities(invoice) == [1, 2, 3]
    # Another session, over another connection of the pool, with the key that the first one knows.
    with writing.connect(), Session(writing) as session:
        again = session.get(SalesInvoice, key)
        assert quantities(again) == [1, 2, 3] and str(again.lines[0].NetPrice) == "12.50"
        session.delete(again)
        session.commit()


def test_each_document_is_one_request(company, writing, sale):
    with Session(writing) as session:
        invoices = [sale.invoice(1, 2), sale.invoice(3), sale.invoice(4, 5, 6)]
        session.add_all(invoices)
        session.commit()
        assert sent(company) == [("POST", "salesinvoice/SalesInvoices")] * 3
        assert [quantities(invoice) for invoice in invoices] == [[1, 2], [3], [4, 5, 6]]
        keys = [invoice.InvoiceID for invoice in invoices]
    for option in (selectinload, joinedload):
        with Session(writing) as session:
            query = select(SalesInvoice).where(SalesInvoice.InvoiceID.in_(keys)).options(option(SalesInvoice.lines))
            found = session.execute(query).unique().scalars().all()
            assert sorted(map(quantities, found)) == [[1, 2], [3], [4, 5, 6]]
    with Session(writing) as session:
        for key in keys:
            session.delete(session.get(SalesInvoice, key))
        session.commit()


def test_lines_come_go_and_change(company, writing, sale):
    with Session(writing) as session:
        invoice = sale.invoice(1, 2)
        session.add(invoice)
        session.commit()
        sale.begin()
        first = next(line for line in invoice.lines if line.Quantity == 1)
        first.Quantity = 7
        invoice.lines.remove(next(line for line in invoice.lines if line.Quantity == 2))
        invoice.lines.append(sale.line(9))
        invoice.Description = "changed"
        session.commit()
        lines = "salesinvoice/SalesInvoiceLines"
        assert sorted(sent(company)) == [
            ("DELETE", lines),
            ("POST", lines),
            ("PUT", lines),
            ("PUT", "salesinvoice/SalesInvoices"),
        ]
        key = invoice.InvoiceID
    with Session(writing) as session:
        again = session.get(SalesInvoice, key)
        assert (quantities(again), again.Description) == ([7, 9], "changed")
        session.delete(again)
        session.commit()


def test_a_rollback_of_a_document_sends_nothing(company, writing, sale):
    with Session(writing) as session:
        invoice = sale.invoice(1)
        session.add(invoice)
        session.flush()
        assert session.query(SalesInvoiceLine).filter_by(InvoiceID=invoice.InvoiceID).count() == 1
        session.rollback()
        assert sent(company) == []


def test_a_key_of_ones_own(company, writing, sale):
    with Session(writing) as session:
        invoice = sale.invoice(1)
        invoice.InvoiceID = str(uuid.uuid4())
        session.add(invoice)
        session.commit()
        assert sent(company) == [("POST", "salesinvoice/SalesInvoices")]
        again = session.query(SalesInvoice).filter_by(InvoiceID=invoice.InvoiceID).one()
        assert quantities(again) == [1]
        session.delete(again)
        session.commit()


def test_lines_as_json(company, writing, sale):
    table = sa.Table(
        "SalesInvoices",
        sa.MetaData(),
        Column("Journal", String),
        Column("OrderedBy", String),
        Column("SalesInvoiceLines", sa.JSON),
        schema="salesinvoice",
    )
    with writing.begin() as connection:
        lines = [{"Item": sale.item, "GLAccount": sale.ledger, "Quantity": 2, "NetPrice": 12.5}]
        connection.execute(table.insert().values(Journal=sale.journal, OrderedBy=sale.account, SalesInvoiceLines=lines))
    assert sent(company) == [("POST", "salesinvoice/SalesInvoices")]
