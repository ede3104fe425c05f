"""The log file: what stands in it at each verbosity, and what never does."""

import json
import stat

import pyodbc
import pytest

STATEMENT = "SELECT TOP 3 Code, Name FROM Accounts WHERE Country = 'NL'"


def secrets(app):
    stored = app.stored()
    return [app.secret] + [stored[name] for name in ("refresh_token", "access_token", "previous_refresh_token")]


@pytest.mark.parametrize("verbosity", [1, 2, 3, 5])
def test_each_verbosity_adds_and_none_tells_a_secret(app, home, verbosity):
    log = home / f"verbosity-{verbosity}.log"
    text = app.connection(
        Division=5512, OAuthRefreshToken=app.refresh_token(), Logfile=log, Verbosity=verbosity
    )
    connection = pyodbc.connect(text)
    cursor = connection.execute(STATEMENT)
    names = [row.Name for row in cursor.fetchall()]
    with pytest.raises(pyodbc.Error):
        connection.execute("SELECT Nmae FROM Accounts")
    connection.close()
    found = log.read_text()
    assert STATEMENT in found and "crm.Accounts" in found and "42S22" in found
    assert ("DEBUG plan:" in found) == (verbosity >= 2), "plans"
    assert ("x-ratelimit-limit" in found.lower()) == (verbosity >= 3), "headers"
    assert ("SQLFetch" in found) == (verbosity >= 5), "calls"
    assert (json.dumps(names[0])[1:-1] in found) == (verbosity >= 5), "rows"
    for secret in secrets(app):
        assert secret not in found
    assert "Bearer" not in found
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_log_ends_with_its_connection(company, home):
    log = home / "ended.log"
    pyodbc.connect(f"DSN={company.dsn};Logfile={log}").close()
    size = log.stat().st_size
    assert size > 0
    pyodbc.connect(f"DSN={company.dsn}").close()
    assert log.stat().st_size == size


def test_a_log_that_cannot_be_written_is_said(company):
    with pytest.raises(pyodbc.Error) as error:
        pyodbc.connect(f"DSN={company.dsn};Logfile=/no/such/folder/exact.log")
    state, text = error.value.args
    assert state == "HY000" and "Logfile" in text and "/no/such/folder/exact.log" in text
