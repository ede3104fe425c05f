"""Rows through pyodbc: the queries of the front page, their number of calls, types, parameters."""

import datetime
import decimal
import uuid

import pyodbc
import pytest


def test_a_count_takes_one_call(cursor, company):
    text = f"select count(*) from Accounts where {company.never_asked('Created')}"
    assert cursor.execute(text).fetchval() == company.accounts
    assert company.calls() == 1
    assert cursor.execute(text).fetchval() == company.accounts
    assert company.calls() == 1, "what was asked a moment ago is known"


def test_a_condition_an_order_and_a_limit(cursor, company):
    rows = cursor.execute("select top 5 Code, Name from crm.Accounts where Country = 'NL' order by Name").fetchall()
    everything = cursor.execute("select Name, Country from Accounts").fetchall()
    names = sorted(row.Name for row in everything if row.Country == "NL")
    assert [row.Name for row in rows] == names[:5]
    assert [column[0] for column in rows[0].cursor_description] == ["Code", "Name"]


def test_names_are_found_in_any_case_and_quoting(cursor, company):
    expected = cursor.execute("SELECT Code FROM crm.Accounts ORDER BY Code").fetchmany(3)
    for text in ("accounts", "CRM.ACCOUNTS", '"crm"."Accounts"', "[crm].[Accounts]", f'"{company.division}".crm.Accounts'):
        found = cursor.execute(f"SELECT code FROM {text} ORDER BY CODE").fetchmany(3)
        assert [tuple(row) for row in found] == [tuple(row) for row in expected], text
        assert cursor.description[0][0].lower() == "code"


def test_joins_groups_and_windows_are_computed_here(cursor):
    text = """
        SELECT TOP 10 a.Name, COUNT(*) AS invoices, SUM(i.AmountDC) AS amount,
               RANK() OVER (ORDER BY SUM(i.AmountDC) DESC) AS place
        FROM salesinvoice.SalesInvoices i JOIN crm.Accounts a ON a.ID = i.InvoiceTo
        GROUP BY a.ID, a.Name ORDER BY amount DESC"""
    rows = cursor.execute(text).fetchall()
    assert len(rows) == 10
    accounts = dict(cursor.execute("SELECT ID, Name FROM Accounts").fetchall())
    sums = {}
    for account, amount in cursor.execute("SELECT InvoiceTo, AmountDC FROM salesinvoice.SalesInvoices").fetchall():
        count, total = sums.get(account, (0, 0.0))
        sums[account] = (count + 1, total + amount)
    best = sorted(((total, count, accounts[account]) for account, (count, total) in sums.items()), reverse=True)[:10]
    for row, (total, count, name) in zip(rows, best):
        assert (row.Name, row.invoices) == (name, count)
        assert row.amount == pytest.approx(total)
    assert [row.place for row in rows] == list(range(1, 11))


def test_a_condition_that_is_never_true_costs_no_call(cursor, company):
    company.control("reset", {})
    assert cursor.execute("SELECT * FROM Accounts WHERE 1 = 0").fetchall() == []
    assert len(cursor.description) > 50
    assert company.calls() == 0


def test_a_prepared_statement_is_described_without_a_call(cursor, company):
    rows = cursor.columns(table="Accounts", schema="crm").fetchall()
    assert {row.column_name for row in rows} >= {"ID", "Code", "Name", "Country", "Division"}
    cursor.execute("SELECT Code FROM Accounts WHERE Name = ? AND 1 = 0", "x")
    assert company.calls() == 0


TYPES = [
    ("ID", "crm.Accounts", str),
    ("Name", "crm.Accounts", str),
    ("Created", "crm.Accounts", datetime.datetime),
    ("AmountDC", "financialtransaction.TransactionLines", float),
    ("FinancialYear", "financialtransaction.TransactionLines", int),
    ("LineNumber", "financialtransaction.TransactionLines", int),
    ("Division", "crm.Accounts", int),
    ("IsSales", "crm.Accounts", bool),
]


@pytest.mark.parametrize(("column", "table", "kind"), TYPES)
def test_each_type_arrives_as_pythons_own(cursor, column, table, kind):
    value = cursor.execute(f"SELECT TOP 1 {column} FROM {table} WHERE {column} IS NOT NULL").fetchval()
    assert type(value) is kind, value
    assert cursor.description[0][1] is kind


def test_literals_of_every_type(cursor):
    row = cursor.execute(
        "SELECT CAST(1 AS SMALLINT), 2147483648, CAST(0.1 AS DOUBLE), CAST(12.34 AS DECIMAL(10, 2)), 'é€😀', NULL,"
        " {d '2026-01-31'}, {t '23:59:58'}, {ts '2026-01-31 23:59:58.123'}, 1 = 1"
    ).fetchone()
    expected = (
        1, 2147483648, 0.1, decimal.Decimal("12.34"), "é€😀", None,
        datetime.date(2026, 1, 31), datetime.time(23, 59, 58), datetime.datetime(2026, 1, 31, 23, 59, 58, 123000), True,
    )
    assert tuple(row) == expected


def test_parameters_of_every_type(cursor):
    row = cursor.execute("SELECT TOP 1 ID, Code, Name, Created, IsSales, Division FROM Accounts WHERE Created IS NOT NULL").fetchone()
    for column, value in zip(("ID", "Name", "Created", "IsSales", "Division"), (row.ID, row.Name, row.Created, row.IsSales, row.Division)):
        found = cursor.execute(f"SELECT ID FROM Accounts WHERE {column} = ?", value).fetchall()
        assert row.ID in [one.ID for one in found], column
    assert cursor.execute("SELECT Name FROM Accounts WHERE ID = ?", uuid.UUID(row.ID)).fetchval() == row.Name
    assert cursor.execute("SELECT COUNT(*) FROM Accounts WHERE Name = ?", None).fetchval() == 0
    assert cursor.execute("SELECT COUNT(*) FROM Accounts WHERE ID IN (?, ?)", row.ID, str(uuid.UUID(int=0))).fetchval() == 1


def test_a_statement_is_executed_again_with_other_values(cursor):
    countries = [row[0] for row in cursor.execute("SELECT DISTINCT Country FROM Accounts WHERE Country IS NOT NULL").fetchall()]
    counts = [cursor.execute("SELECT COUNT(*) FROM Accounts WHERE Country = ?", country).fetchval() for country in countries]
    grouped = dict(cursor.execute("SELECT Country, COUNT(*) FROM Accounts GROUP BY Country").fetchall())
    assert dict(zip(countries, counts)) == {country: count for country, count in grouped.items() if country is not None}


def test_awkward_texts_arrive_unharmed(cursor):
    names = {row.Name for row in cursor.execute("SELECT Name FROM Accounts").fetchall()}
    awkward = {"O'Neill & Zonen \"De Zwaan\" BV", "100% Natuurlijk_Vers", "Bakkerij 🥐 De Croissant 👨‍👩‍👧‍👦", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝒜𝒢"}
    assert awkward <= names
    for name in awkward:
        assert cursor.execute("SELECT Name FROM Accounts WHERE Name = ?", name).fetchval() == name


def test_a_long_text_arrives_whole(cursor):
    remarks = [row[0] for row in cursor.execute("SELECT Remarks FROM Accounts WHERE Remarks IS NOT NULL").fetchall()]
    longest = max(remarks, key=len)
    assert len(longest) == 20_000
    assert "🚀" in longest and longest.startswith("Zeer lange notitie")


@pytest.mark.parametrize("before", range(2_045, 2_049))
def test_a_character_on_the_edge_of_a_piece_stays_whole(cursor, before):
    """Long text is read in growing pieces from 4,096 bytes; a character of four bytes stands where the first one ends."""
    text = "x" * before + "😀" + "y" * 5_000
    assert cursor.execute(f"SELECT REPEAT('x', {before}) || '😀' || REPEAT('y', 5000)").fetchval() == text


def test_two_result_sets_of_one_text(cursor):
    cursor.execute("SELECT 1 AS a; SELECT 2 AS b, 3 AS c")
    assert [tuple(row) for row in cursor.fetchall()] == [(1,)]
    assert cursor.nextset()
    assert [tuple(row) for row in cursor.fetchall()] == [(2, 3)]
    assert not cursor.nextset()


def test_pushing_down_or_not_gives_the_same_rows(company):
    text = "SELECT Code, Name, Created FROM Accounts WHERE Country = 'NL' AND Created >= '2020-01-01' ORDER BY Code, ID"
    found = []
    for pushdown in ("on", "off"):
        with_pushdown = pyodbc.connect(f"DSN={company.dsn};Pushdown={pushdown}", autocommit=True)
        found.append([tuple(row) for row in with_pushdown.execute(text).fetchall()])
        with_pushdown.close()
    assert found[0] and found[0] == found[1]
