"""Several divisions on one connection: catalogs, warnings, changing the company."""

import json
import os
import subprocess

import pyodbc
import pytest


def connect(company, properties, **options):
    return pyodbc.connect(f"DSN={company.dsn};{properties}", autocommit=True, **options)


def called(company):
    return sorted(one["division"] for one in company.requests() if not one["is_me"])


def test_a_list_of_divisions_is_one_table(company):
    with connect(company, "Division={5512,5513,5515}") as connection:
        assert connection.getinfo(pyodbc.SQL_DATABASE_NAME) == "ALL"
        assert connection.getinfo(pyodbc.SQL_CATALOG_TERM) == "division"
        cursor = connection.cursor()
        text = f"SELECT Division, COUNT(*) FROM crm.Accounts WHERE {company.never_asked('Created')} GROUP BY Division"
        counted = dict(cursor.execute(text).fetchall())
        assert counted[5512] == company.accounts and set(counted) == {5512, 5515}
        assert called(company) == [5512, 5513, 5515]
        assert cursor.execute("SELECT TOP 1 Division FROM general.Currencies").description[0][0] == "Division"


def test_a_division_that_cannot_be_read_is_a_warning(company):
    with connect(company, "Division={5512,5514,5515}") as connection:
        cursor = connection.cursor().execute("SELECT COUNT(*) FROM crm.Accounts")
        state, text = cursor.messages[0]
        assert "01000" in state
        assert all(part in text for part in ("5514", "crm.Accounts", "403", "NoDivisionAccess")), text
        assert cursor.fetchval() > company.accounts
        # Rows too are told of when the statement is executed.
        cursor = connection.cursor().execute("SELECT Code FROM crm.Accounts")
        assert "5514" in cursor.messages[0][1]
        assert len(cursor.fetchall()) > company.accounts


def test_a_division_that_cannot_be_read_is_an_error_where_that_is_wanted(company):
    with connect(company, "Division={5512,5514};OnDivisionError=fail") as connection:
        with pytest.raises(pyodbc.Error, match="5514"):
            connection.execute("SELECT COUNT(*) FROM crm.Accounts").fetchall()
    with connect(company, "Division=5514") as connection:
        with pytest.raises(pyodbc.Error, match="NoDivisionAccess") as told:
            connection.execute("SELECT Code FROM crm.Accounts").fetchall()
        assert told.value.args[0] == "42000"


def test_another_division_is_named_by_its_catalog(company):
    with connect(company, "Division=5512") as connection:
        new = company.never_asked("Created")
        connection.execute(f'SELECT COUNT(*) FROM "5515".crm.Accounts WHERE {new}').fetchall()
        connection.execute(f"SELECT COUNT(*) FROM [5513].crm.Accounts WHERE {new}").fetchall()
        assert called(company) == [5513, 5515]


def test_divisions_are_listed_once_they_are_known(company):
    with connect(company, "Division=5512") as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT * FROM system.Divisions").fetchall()
        company.reset()
        catalogs = [row.table_cat for row in cursor.tables(catalog="%", schema="", table="").fetchall()]
        assert catalogs == ["5512", "ALL", "5513", "5515"]
        assert {row.table_cat for row in cursor.tables(table="Accounts").fetchall()} == {"5512"}
        assert {row.table_cat for row in cursor.tables(catalog="5513", table="Accounts").fetchall()} == {"5513"}
        assert {row.table_cat for row in cursor.columns(catalog="5515", table="Accounts").fetchall()} == {"5515"}
        assert {row.table_cat for row in cursor.primaryKeys(catalog="5515", table="Accounts").fetchall()} == {"5515"}
        assert cursor.tables(catalog="4711").fetchall() == []
        assert company.calls() == 0


def test_the_company_changes_with_the_catalog(company):
    with connect(company, "", attrs_before={pyodbc.SQL_ATTR_CURRENT_CATALOG: "5515"}) as connection:
        assert connection.getinfo(pyodbc.SQL_DATABASE_NAME) == "5515"
        connection.execute("SELECT COUNT(*) FROM logistics.Items").fetchall()
        connection.execute("USE 5513")
        assert connection.getinfo(pyodbc.SQL_DATABASE_NAME) == "5513"
        connection.execute("SELECT COUNT(*) FROM crm.Addresses").fetchall()
        assert called(company) == [5513, 5515]
        with pytest.raises(pyodbc.Error) as told:
            connection.execute("USE nonsense")
        assert told.value.args[0] == "3D000"


def test_without_catalogs_no_division_stands_in_names(company):
    with connect(company, "Division=5512;Catalogs=off") as connection:
        cursor = connection.cursor()
        assert {row.table_cat for row in cursor.tables(table="Accounts").fetchall()} == {None}
        assert connection.getinfo(pyodbc.SQL_DATABASE_NAME) == ""
        assert connection.getinfo(pyodbc.SQL_CATALOG_NAME) is False
        assert cursor.execute("SELECT TOP 1 Code FROM crm.Accounts").fetchone()


@pytest.fixture
def accountant(company, home):
    """A connection to all of a thousand divisions, and the service that has them."""
    program = [f"{os.environ['EXACT_PROGRAMS']}/exact-simulator", "--port", "0", "--no-rate-limits"]
    options = ["--scale", "0.01", "--divisions", "1000", "--profile", company.profile]
    with subprocess.Popen([*program, *options], stdout=subprocess.PIPE) as running:
        told = json.loads(running.stdout.readline())
        text = (
            f"Driver=Exact Online;Division=ALL;BaseUrl={told['base_url']};OAuthClientId={told['client_id']};"
            f"OAuthClientSecret={told['client_secret']};OAuthRefreshToken={told['refresh_token']};"
            f"OAuthSettingsLocation={home / 'accountant.json'}"
        )
        with pyodbc.connect(text, autocommit=True) as connection:
            yield connection, type(company)(told["base_url"])
        running.terminate()


def test_a_thousand_divisions_are_catalogs(accountant):
    connection, service = accountant
    cursor = connection.cursor()
    # The forbidden one is not listed.
    assert len(cursor.execute("SELECT Code FROM system.Divisions").fetchall()) == 999
    service.control("reset", {})
    catalogs = [row.table_cat for row in cursor.tables(catalog="%", schema="", table="").fetchall()]
    assert len(catalogs) == 1000 and catalogs[0] == "ALL"
    # The tables of another one than the connection's own are listed where it is named.
    last = catalogs[-1]
    for asked, listed in ((None, "ALL"), ("%", "ALL"), (last, last)):
        assert [row.table_cat for row in cursor.tables(catalog=asked, schema="crm", table="Accounts").fetchall()] == [listed]
    columns = cursor.columns(catalog=last, schema="crm", table="Accounts", column="Name").fetchall()
    assert [(row.table_cat, row.column_name) for row in columns] == [(last, "Name")]
    keys = cursor.primaryKeys(catalog=catalogs[500], schema="crm", table="Accounts").fetchall()
    assert [(row.table_cat, row.column_name) for row in keys] == [(catalogs[500], "ID")]
    assert service.calls() == 0
