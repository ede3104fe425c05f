"""Each mistake with its SQLSTATE, and a text that helps."""

import pyodbc
import pytest

STATEMENTS = [
    ("SELECT * FROM Acounts", "42S02", ["Acounts", "Accounts"]),
    ("SELECT * FROM crm.Invoices", "42S02", ["Invoices"]),
    ("SELECT Nmae FROM Accounts", "42S22", ["Nmae", "Name"]),
    ("SELECT a.Contry FROM Accounts a", "42S22", ["Contry", "Country"]),
    ("SELEC 1", "42000", ["SELEC"]),
    ("SELECT Name\nFROM Accounts WHERE Code = = '1'", "42000", ["line: 2", "column: 28"]),
    ("SELECT Name FROM Accounts WHERE", "42000", ["expected"]),
    ("SELECT NOSUCHFUNCTION(1)", "42000", ["NOSUCHFUNCTION"]),
]


@pytest.mark.parametrize(("text", "state", "words"), STATEMENTS)
def test_a_mistake_in_the_text(cursor, company, text, state, words):
    with pytest.raises(pyodbc.Error) as raised:
        cursor.execute(text).fetchall()
    assert raised.value.args[0] == state
    message = raised.value.args[1]
    assert "[Exact Online][ODBC Driver]" in message
    for word in words:
        assert word.lower() in message.lower(), message
    assert company.calls() == 0, "names and syntax are checked before anything is asked"


def refused(connection_string):
    with pytest.raises(pyodbc.Error) as raised:
        pyodbc.connect(connection_string, autocommit=True).execute("SELECT TOP 1 ID FROM Accounts").fetchall()
    return raised.value.args


def test_an_unreachable_host(company, home):
    own = "OAuthClientId=x;OAuthClientSecret=y;OAuthRefreshToken=z;OAuthSettingsLocation=memory://unreachable"
    state, message = refused(f"Driver=Exact Online;BaseUrl=http://127.0.0.1:9;Division=1;{own}")
    assert state == "08001", message
    assert "127.0.0.1" in message


def test_nothing_signed_in(company):
    state, message = refused("Driver=Exact Online;Region=BE;Division=1")
    assert state == "28000", message
    assert "exact-odbc login" in message


def test_a_wrong_client_secret(company):
    own = "OAuthClientId=x;OAuthClientSecret=y;OAuthRefreshToken=z;OAuthSettingsLocation=memory://wrong-secret"
    state, message = refused(f"Driver=Exact Online;BaseUrl={company.base_url};Division=5512;{own}")
    assert state == "28000", message


def test_an_email_address_is_no_client_id(company):
    state, message = refused("Driver=Exact Online;Division=1;UID=someone@example.com;PWD=geheim")
    assert state == "28000", message
    assert "geheim" not in message


def test_a_value_that_is_not_allowed(company):
    state, message = refused(f"DSN={company.dsn};Region=Atlantis")
    assert state in ("HY000", "28000", "08001"), message
    assert "Region" in message and "Netherlands" in message


def test_a_division_that_is_not_open_to_the_user(company):
    state, message = refused(f"DSN={company.dsn};Division=5514")
    assert state == "42000", message
    assert "5514" in message


def test_a_connection_that_breaks_while_rows_flow(connection, company):
    company.control("faults", {"path": "TransactionLines", "after": 3, "action": {"status": 503}})
    cursor = connection.execute("SELECT ID FROM financialtransaction.TransactionLines")
    with pytest.raises(pyodbc.Error) as raised:
        cursor.fetchall()
    assert raised.value.args[0] in ("HY000", "08S01"), raised.value.args
    company.control("faults", method="DELETE")
    assert connection.execute("SELECT COUNT(*) FROM Accounts").fetchval() == company.accounts


def test_writing_is_refused_on_a_data_source_that_reads_only(cursor, company):
    for text in ("INSERT INTO Accounts (Name) VALUES ('x')", "UPDATE Accounts SET Name = 'x'", "DELETE FROM Accounts"):
        with pytest.raises(pyodbc.Error) as raised:
            cursor.execute(text)
        assert raised.value.args[0] in ("HY000", "HYC00", "42000"), raised.value.args
    assert company.calls() == 0
