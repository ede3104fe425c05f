"""Schemas, tables, columns, keys: by the model alone, in no HTTP call."""

import pytest
import sqlalchemy as sa
from exactonline import types
from sqlalchemy.ext.automap import automap_base
from sqlalchemy.orm import Session


@pytest.fixture
def inspector(engine, company):
    yield sa.inspect(engine)
    assert company.control("requests") == [], "nothing is asked of the service"


def test_schemas_and_tables(inspector):
    assert {"crm", "financial", "read_financial", "salesinvoice", "sys"} <= set(inspector.get_schema_names())
    assert inspector.get_view_names("crm") == []
    crm = inspector.get_table_names("crm")
    everything = inspector.get_table_names()
    assert "Accounts" in crm and len(crm) == len(set(crm)) > 10
    assert set(crm) < set(everything) and len(everything) == len(set(everything)) > 300


@pytest.mark.parametrize("schema", [None, "crm", "CRM", "5512.crm", "5513.crm"])
def test_a_table_is_there_or_not(inspector, schema):
    assert inspector.has_table("Accounts", schema) and inspector.has_table("accounts", schema)
    assert not inspector.has_table("Accountz", schema) and not inspector.has_table("A_counts", schema)
    assert not inspector.has_table("Accounts", "salesinvoice")


COLUMNS = [
    ("crm", "Accounts", "ID", types.GUID, {"nullable": False, "default": "newid()"}),
    ("crm", "Accounts", "Name", sa.NVARCHAR, {"nullable": True, "default": None, "comment": None}),
    ("crm", "Accounts", "Remarks", sa.UnicodeText, {}),
    ("crm", "Accounts", "Created", sa.TIMESTAMP, {}),
    ("crm", "Accounts", "IsSales", sa.BOOLEAN, {}),
    ("crm", "Accounts", "IsCompetitor", types.TINYINT, {}),
    ("crm", "Accounts", "Logo", sa.LargeBinary, {}),
    ("crm", "Accounts", "CreditLinePurchase", sa.Float, {}),
    ("financialtransaction", "TransactionLines", "LineNumber", sa.INTEGER, {}),
    ("financialtransaction", "TransactionLines", "FinancialYear", sa.SMALLINT, {}),
    ("sync_financial", "TransactionLines", "Timestamp", sa.BIGINT, {"nullable": False, "default": None}),
    ("crm", "Contacts", "Division", sa.INTEGER, {}),
    (
        "read_financial",
        "ReceivablesListByAccount",
        "AccountId",
        types.GUID,
        {"comment": "Pseudo-column: an argument that must be given"},
    ),
]


@pytest.mark.parametrize(("schema", "table", "name", "kind", "facts"), COLUMNS)
def test_columns(inspector, schema, table, name, kind, facts):
    column = next(one for one in inspector.get_columns(table, schema) if one["name"] == name)
    assert isinstance(column["type"], kind), column["type"]
    assert facts.items() <= column.items()


def test_the_length_of_text(inspector):
    code = next(one for one in inspector.get_columns("Accounts") if one["name"] == "Code")
    assert code["type"].length == 18


def test_keys_and_what_they_refer_to(inspector):
    assert inspector.get_pk_constraint("Accounts", "crm") == {"constrained_columns": ["ID"], "name": "PK_Accounts"}
    assert inspector.get_indexes("Accounts", "crm") == []
    links = {one["name"]: one for one in inspector.get_foreign_keys("SalesInvoices", "salesinvoice")}
    link = links["FK_SalesInvoices_InvoiceTo"]
    assert (link["constrained_columns"], link["referred_schema"], link["referred_table"], link["referred_columns"]) == (
        ["InvoiceTo"],
        "crm",
        "Accounts",
        ["ID"],
    )
    by_bare_name = {one["name"]: one for one in inspector.get_foreign_keys("SalesInvoices")}
    assert by_bare_name["FK_SalesInvoices_InvoiceTo"]["referred_schema"] is None
    in_division = {one["name"]: one for one in inspector.get_foreign_keys("SalesInvoices", "5513.salesinvoice")}
    assert in_division["FK_SalesInvoices_InvoiceTo"]["referred_schema"] == "5513.crm"


def test_of_two_tables_of_one_name_the_bare_name_means_the_preferred(inspector, connection, company):
    bare = [one["name"] for one in inspector.get_columns("Divisions")]
    assert bare == [one["name"] for one in inspector.get_columns("Divisions", "hrm")]
    assert bare != [one["name"] for one in inspector.get_columns("Divisions", "system")]
    assert bare == list(connection.execute(sa.text("SELECT * FROM Divisions WHERE 1 = 0")).keys())


def test_what_is_not_there(inspector):
    for method in (
        "get_view_definition",
        "get_columns",
        "get_pk_constraint",
        "get_foreign_keys",
        "get_indexes",
        "get_table_comment",
    ):
        with pytest.raises(sa.exc.NoSuchTableError, match=r"crm\.Nothing"):
            getattr(inspector, method)("Nothing", "crm")
    with pytest.raises(sa.exc.NoSuchTableError, match="Nothing"):
        sa.Table("Nothing", sa.MetaData(), autoload_with=inspector.engine)


def test_comments(inspector):
    text = inspector.get_table_comment("ReceivablesListByAccount", "read_financial")["text"]
    assert text == "A function; give its arguments as conditions: accountId"
    assert inspector.get_table_comment("Accounts") == {"text": None}


@pytest.fixture
def catalog_calls(engine, monkeypatch):
    """The catalog functions that the dialect calls, by their names."""
    called = []
    catalog = type(engine.dialect)._catalog
    monkeypatch.setattr(
        type(engine.dialect),
        "_catalog",
        lambda self, connection, name, *a, **k: (called.append(name), catalog(self, connection, name, *a, **k))[1],
    )
    return called


def test_every_table_there_is(inspector, catalog_calls):
    metadata = sa.MetaData()
    metadata.reflect(inspector.engine)
    assert len(metadata.tables) > 300
    assert {"Accounts", "SalesInvoices", "TransactionLines", "Divisions"} <= set(metadata.tables)
    assert catalog_calls.count("primaryKeys") == catalog_calls.count("foreignKeys") == len(metadata.tables)
    if not sa.__version__.startswith("1."):
        assert catalog_calls.count("columns") == 1
    alone = sa.Table("SalesInvoices", sa.MetaData(), autoload_with=inspector.engine, resolve_fks=False)
    assert described(metadata.tables["SalesInvoices"]) == described(alone)


def described(table):
    return [(one.name, repr(one.type), one.nullable, one.primary_key, one.comment) for one in table.c]


def test_a_whole_schema(inspector):
    metadata = sa.MetaData()
    metadata.reflect(inspector.engine, schema="salesinvoice")
    invoices = metadata.tables["salesinvoice.SalesInvoices"]
    assert "crm.Accounts" in metadata.tables
    assert {key.target_fullname for key in invoices.c.InvoiceTo.foreign_keys} == {"crm.Accounts.ID"}


def test_classes_made_from_tables(engine, company):
    metadata = sa.MetaData()
    metadata.reflect(engine, only=["Contacts"])
    base = automap_base(metadata=metadata)
    base.prepare()
    assert company.control("requests") == []
    with Session(engine) as session:
        contact = session.query(base.classes.Contacts).filter(base.classes.Contacts.Account.is_not(None)).first()
        assert session.get(base.classes.Accounts, contact.Account).ID == contact.Account
