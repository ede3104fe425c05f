"""The driver manager must not serialise what the driver can do at once (Threading=0)."""

import threading
import time

import pyodbc
import pytest


def test_two_connections_in_two_threads(company):
    counts, failures = [], []

    def work(country):
        try:
            connection = pyodbc.connect(f"DSN={company.dsn}", autocommit=True)
            for _ in range(5):
                rows = connection.execute("SELECT Code FROM Accounts WHERE Country = ?", country).fetchall()
                counts.append((country, len(rows)))
            connection.close()
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(country,)) for country in ("NL", "BE")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert len(counts) == 10 and len(set(counts)) == 2, counts


def test_connections_wait_at_the_same_time(company):
    """Two queries of half a second in each of two divisions take about a second: one at a time in each, and both at once."""
    divisions = [company.division, company.division, "5515", "5515"]
    connections = [pyodbc.connect(f"DSN={company.dsn};Division={one}", autocommit=True) for one in divisions]
    for connection in connections:
        connection.execute("SELECT TOP 1 ID FROM Accounts").fetchall()
    company.control("switches", {"page_latency_ms": 500})
    texts = [f"SELECT TOP 1 ID FROM Accounts WHERE {company.never_asked('Created')}" for _ in connections]
    threads = [threading.Thread(target=lambda c=c, t=t: c.execute(t).fetchall()) for c, t in zip(connections, texts)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert 0.5 <= time.monotonic() - begun < 1.9
    for connection in connections:
        connection.close()


def cancel_during(connection, cursor, act):
    """Cancels from another thread after half a second; gives the error and the seconds until it came."""
    begun = time.monotonic()
    timer = threading.Timer(0.5, cursor.cancel)
    timer.start()
    with pytest.raises(pyodbc.Error) as raised:
        act()
    timer.join()
    return raised.value.args, time.monotonic() - begun


def test_cancel_reaches_an_execution_that_waits(connection, cursor, company):
    cursor.execute("SELECT TOP 1 ID FROM Accounts").fetchall()
    company.control("switches", {"page_latency_ms": 20_000})
    (state, message), seconds = cancel_during(
        connection, cursor, lambda: cursor.execute("SELECT ID FROM Accounts WHERE Country = 'NL'").fetchall()
    )
    assert state == "HY008", message
    assert seconds < 3
    company.control("switches", {"page_latency_ms": 0})
    assert cursor.execute("SELECT COUNT(*) FROM Accounts").fetchval() == company.accounts, "the statement works again"


def test_cancel_reaches_a_fetch_that_waits(connection, cursor, company):
    cursor.execute("SELECT ID FROM financialtransaction.TransactionLines").fetchone()
    company.control("switches", {"page_latency_ms": 20_000})
    (state, message), seconds = cancel_during(connection, cursor, cursor.fetchall)
    assert state == "HY008", message
    assert seconds < 3
    company.control("switches", {"page_latency_ms": 0})


@pytest.mark.parametrize("function", ["SQLCancel", "SQLCancelHandle"])
def test_cancelling_gives_up_the_request(apart, function):
    """The service sees its connection closed: nothing goes on behind the program's back."""
    found = apart("stop.py", function)
    assert found["state"] == "HY008"
    assert found["returned"] < 5 and found["closed"] < 5


def test_a_time_limit_ends_a_query(connection, company):
    cursor = connection.cursor()
    cursor.execute("SELECT TOP 1 ID FROM Accounts").fetchall()
    company.control("switches", {"page_latency_ms": 20_000})
    connection.timeout = 1
    begun = time.monotonic()
    with pytest.raises(pyodbc.Error) as raised:
        connection.cursor().execute("SELECT ID FROM Accounts WHERE Country = 'NL'").fetchall()
    assert raised.value.args[0] == "HYT00", raised.value.args
    assert 0.9 < time.monotonic() - begun < 4
    company.control("switches", {"page_latency_ms": 0})


def test_a_commit_is_cancelled_by_its_connection(apart):
    found = apart("commit.py")
    assert (found["cancelled"], found["code"], found["state"]) == (0, -1, "25S01"), found
    assert "COMMIT ended after 0 of 1 changes" in found["message"]
    assert found["returned"] < 5


def test_an_execution_and_fetches_are_polled(apart, company):
    """SQL_ATTR_ASYNC_ENABLE: calls return at once while pages take their time."""
    company.control("switches", {"page_latency_ms": 300})
    found = apart("polling.py")
    assert found["executing"] > 1 and found["fetching"] > 1, found
    assert found["rows"] == 5_000
    assert (found["first"], found["state"]) == (2, "HY008"), found


def test_the_login_time_out_ends_connecting(apart):
    found = apart("login.py")
    assert found["state"] == "HYT00", found
    assert 0.9 < found["seconds"] < 10
