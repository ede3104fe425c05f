"""What a program notices of waits and of a service that has changed: warnings, time-outs, cancelling, disconnecting."""

import subprocess
import sys
import textwrap
import threading
import time

import pyodbc
import pytest

LINES = "SELECT ID, Description FROM financialtransaction.TransactionLines"


def state_and_text(raised):
    return raised.value.args[0], raised.value.args[1]


def test_a_column_that_the_service_has_dropped_is_null_with_one_warning(company, connection):
    company.control("faults", {"path": "Accounts", "action": {"missing_column": "Email"}})
    cursor = connection.cursor().execute(f"SELECT Name, Email FROM crm.Accounts WHERE {company.never_asked('Created')}")
    assert [state for state, _ in cursor.messages] == ["[01000] (0)"], cursor.messages
    assert "Exact Online does not send Email for crm.Accounts: NULL in every row" in cursor.messages[0][1]
    rows = cursor.fetchall()
    assert len(rows) == company.accounts
    assert all(row.Name and row.Email is None for row in rows)


@pytest.fixture
def spent(app, company):
    """A connection to a service that allows three calls a minute, which are spent; at least 20 s of the minute are left."""
    company.control("switches", {"rate_limits": True, "minute_limit": 3})
    now = company.control("clock")["now"]
    into_minute = now % 60_000
    if into_minute > 35_000:
        company.control("clock", {"advance_ms": 60_001 - into_minute})
    connection = pyodbc.connect(app.connection(OAuthRefreshToken=app.refresh_token(), Division=5512), autocommit=True)
    connection.execute("SELECT TOP 1 ID FROM crm.Contacts").fetchall()
    connection.execute("SELECT TOP 1 ID FROM logistics.Items").fetchall()
    connection.execute("SELECT TOP 1 ID FROM financial.GLAccounts").fetchall()
    assert company.calls() >= 3
    yield connection
    connection.close()


def test_a_wait_for_the_minute_counts_against_the_query_time_out(spent, company):
    before = company.calls()
    spent.timeout = 2
    begun = time.monotonic()
    with pytest.raises(pyodbc.Error) as raised:
        spent.execute(LINES).fetchall()
    elapsed = time.monotonic() - begun
    state, text = state_and_text(raised)
    assert state == "HYT00", text
    assert "minute" in text, "what was waited for is told"
    assert 2 <= elapsed < 6, elapsed
    assert company.calls() == before, "nothing was sent"


def test_a_wait_for_the_minute_can_be_cancelled(spent, company):
    before = company.calls()
    cursor = spent.cursor()
    timer = threading.Timer(1, cursor.cancel)
    begun = time.monotonic()
    timer.start()
    with pytest.raises(pyodbc.Error) as raised:
        cursor.execute(LINES).fetchall()
    elapsed = time.monotonic() - begun
    timer.join()
    assert state_and_text(raised)[0] == "HY008"
    assert 1 <= elapsed < 5, elapsed
    assert company.calls() == before
    assert spent.cursor().execute("SELECT 1").fetchval() == 1, "the connection goes on"


LEAVING = """
    import sys, time, pyodbc
    connection = pyodbc.connect(sys.argv[1], autocommit=True)
    connection.timeout = 1
    try:
        connection.execute("SELECT TOP 1 ID FROM crm.Accounts").fetchall()
    except pyodbc.Error as error:
        print(error.args[0])
    begun = time.monotonic()
    connection.close()
    del connection
    print(time.monotonic() - begun)
"""


def test_who_leaves_waits_for_a_token_that_is_on_its_way(app, company):
    """A refresh token that was sent is spent; its answer is not lost to a program that ends in good order."""
    token = app.refresh_token()
    company.control("faults", {"path": "oauth2/token", "count": 1, "action": {"stall": 4_000}})
    text = app.connection(OAuthRefreshToken=token, Division=5512)
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(LEAVING), text], capture_output=True, timeout=60, encoding="utf-8"
    )
    elapsed = time.monotonic() - begun
    assert done.returncode == 0, done.stderr
    state, waited = done.stdout.split()
    assert state == "HYT00"
    assert 4 <= elapsed < 14, elapsed
    stored = app.stored()
    assert stored["refresh_token"] != token and stored["previous_refresh_token"] == token
    assert stored.get("access_token") and "renewal" not in stored and "ended" not in stored
    connection = pyodbc.connect(app.connection(Division=5512), autocommit=True)
    assert connection.execute("SELECT COUNT(*) FROM crm.Accounts").fetchval() == company.accounts
    connection.close()
    print(f"closing took {float(waited):.1f} s of {elapsed:.1f} s", file=sys.stderr)
