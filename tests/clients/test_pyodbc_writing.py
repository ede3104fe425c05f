"""INSERT, UPDATE and DELETE by pyodbc, and what the service received of them."""

import json
import subprocess
import sys
import types
from urllib.parse import unquote

import pyodbc
import pytest


def already_there(company):
    """What the service says of a code that is taken, in the user's language."""
    return "Gegeven bestaat reeds" if company.profile == "strict" else "Data already exists"


def sent(company):
    """The writes that the service received since the last reset: method, path, status."""
    return [(one["method"], one["path"].split("/5512/")[-1], one["status"]) for one in company.requests() if one["method"] != "GET"]


@pytest.fixture
def cursor(company):
    with pyodbc.connect(f"DSN={company.dsn};Readonly=false", autocommit=True) as connection:
        yield connection.cursor()


def count(cursor, name):
    return cursor.execute("SELECT COUNT(*) FROM Accounts WHERE Name = ?", name).fetchval()


def test_a_row_is_made_changed_and_removed(company, cursor):
    cursor.execute("INSERT INTO Accounts (Name, Country, IsCompetitor) VALUES (?, 'NL', 'True')", "Wired up 🐘")
    assert cursor.rowcount == 1
    row = cursor.execute("SELECT ID, Name, Country, IsCompetitor FROM Accounts WHERE Name = 'Wired up 🐘'").fetchone()
    assert (row.Name, row.Country, row.IsCompetitor) == ("Wired up 🐘", "NL", 1)
    company.reset()
    cursor.execute("UPDATE Accounts SET City = 'Delft', StartDate = '2026-01-31' WHERE ID = ?", row.ID)
    assert cursor.rowcount == 1
    assert sent(company) == [("PUT", f"crm/Accounts(guid'{row.ID}')", 204)]
    assert company.calls() == 2, "the key is looked up, then written"
    changed = cursor.execute("SELECT City, StartDate FROM Accounts WHERE ID = ?", row.ID).fetchone()
    assert changed.City == "Delft" and changed.StartDate.isoformat() == "2026-01-31T00:00:00"
    cursor.execute("DELETE FROM Accounts WHERE ID = ?", row.ID)
    assert cursor.rowcount == 1
    assert count(cursor, "Wired up 🐘") == 0


def test_nothing_is_sent_when_no_row_is_meant(company, cursor):
    cursor.execute("UPDATE Accounts SET City = 'x' WHERE Name = 'there is none of that name'")
    assert cursor.rowcount == 0
    cursor.execute("DELETE FROM Accounts WHERE 1 = 0")
    assert cursor.rowcount == 0
    assert sent(company) == []


def test_every_problem_is_told_at_once_and_nothing_is_sent(company, cursor):
    with pytest.raises(pyodbc.Error) as caught:
        cursor.execute("INSERT INTO Accounts (Country, Blocked, Modified) VALUES ('NL', 'perhaps', '2026-01-31')")
    text = str(caught.value)
    for part in ("Blocked", "Modified cannot be set in an INSERT", "Name must be given"):
        assert part in text, text
    assert company.calls() == 0
    with pytest.raises(pyodbc.Error) as caught:
        cursor.execute("UPDATE Accounts SET ID = '6f7b0000-0000-0000-0000-00000000000a', Nmae = 'x'")
    assert "Name" in str(caught.value)
    with pytest.raises(pyodbc.Error) as caught:
        cursor.execute("DELETE FROM TransactionLines")
    assert caught.value.args[0] == "42000" and "SELECT" in str(caught.value)
    assert company.calls() == 0


def test_a_row_comes_back_as_the_service_stored_it(company, cursor):
    row = cursor.execute("INSERT INTO Accounts (Name) VALUES ('Returned') RETURNING ID, Code, Name AS Label").fetchone()
    assert row.Label == "Returned" and len(row.ID) == 36
    assert [call[0] for call in sent(company)] == ["POST"] and company.calls() == 1
    cursor.execute("DELETE FROM Accounts WHERE ID = ?", row.ID)


def test_many_rows_and_one_that_fails(company, cursor):
    cursor.execute("INSERT INTO Accounts (Name) VALUES ('Many 1'), ('Many 2')")
    assert cursor.rowcount == 2
    cursor.executemany("INSERT INTO Accounts (Name, Country) VALUES (?, ?)", [("Many 3", "NL"), ("Many 4", None)])
    assert cursor.execute("SELECT COUNT(*) FROM Accounts WHERE Name LIKE 'Many %'").fetchval() == 4
    code = cursor.execute("SELECT TOP 1 Code FROM Accounts").fetchval()
    with pytest.raises(pyodbc.Error) as caught:
        cursor.execute("INSERT INTO Accounts (Name, Code) VALUES ('Many 5', NULL), ('Many 6', ?), ('Many 7', NULL)", code)
    assert "ended after 1 of 3 changes" in str(caught.value) and already_there(company) in str(caught.value)
    assert cursor.execute("DELETE FROM Accounts WHERE Name LIKE 'Many %'").rowcount == 5


@pytest.fixture
def sale(cursor):
    """What an invoice and its lines need."""
    account = cursor.execute("SELECT TOP 1 ID FROM Accounts WHERE Status = 'C'").fetchval()
    item = cursor.execute("SELECT TOP 1 ID FROM Items WHERE IsSalesItem = 1").fetchval()
    ledger = cursor.execute("SELECT ID FROM GLAccounts WHERE Code = '8000'").fetchval()
    return types.SimpleNamespace(account=account, item=item, ledger=ledger)


def test_a_document_with_its_lines(company, cursor, sale):
    lines = json.dumps([{"Item": sale.item, "GLAccount": sale.ledger, "Quantity": quantity} for quantity in (2, 3)])
    sql = "INSERT INTO SalesInvoices (OrderedBy, Journal, SalesInvoiceLines) VALUES (?, '70', ?) RETURNING InvoiceID"
    company.reset()
    invoice = cursor.execute(sql, sale.account, lines).fetchval()
    assert [call[0] for call in sent(company)] == ["POST"]
    found = cursor.execute("SELECT Quantity FROM SalesInvoiceLines WHERE InvoiceID = ? ORDER BY Quantity", invoice)
    assert [row.Quantity for row in found.fetchall()] == [2.0, 3.0]
    assert cursor.execute("DELETE FROM SalesInvoices WHERE InvoiceID = ?", invoice).rowcount == 1


def test_a_connection_that_only_reads_refuses_at_prepare(company):
    with pyodbc.connect(f"DSN={company.dsn};Readonly=true", autocommit=True) as connection:
        with pytest.raises(pyodbc.Error) as caught:
            connection.execute("DELETE FROM Accounts")
    assert caught.value.args[0] == "42000" and "Readonly" in str(caught.value)
    assert sent(company) == []


def test_a_dry_run_tells_what_would_be_sent(company, tmp_path):
    log = tmp_path / "exact.log"
    with pyodbc.connect(f"DSN={company.dsn};Readonly=false;DryRun=true;Logfile={log};Verbosity=1", autocommit=True) as connection:
        rows = connection.execute("INSERT INTO Accounts (Name) VALUES ('a'), ('b')").fetchall()
        account = connection.execute("SELECT TOP 1 ID, Name FROM Accounts").fetchone()
        changed = connection.execute("UPDATE Accounts SET City = 'Dry' WHERE ID = ?", account.ID).fetchall()
        removed = connection.execute("DELETE FROM Accounts WHERE ID = ?", account.ID).fetchall()
    assert [row.Method for row in rows] == ["POST", "POST"]
    assert rows[0].URL.endswith("/api/v1/5512/crm/Accounts") and json.loads(rows[0].Body)["Name"] == "a"
    own = f"/api/v1/5512/crm/Accounts(guid'{account.ID}')"
    assert [(row.Method, unquote(row.URL).endswith(own), row.Body) for row in changed] == [("PUT", True, '{"City":"Dry"}')]
    assert [(row.Method, unquote(row.URL).endswith(own), row.Body) for row in removed] == [("DELETE", True, "")]
    assert sent(company) == []
    logged = [line for line in log.read_text().splitlines() if "dry run" in line]
    assert len(logged) == 4, logged
    for line, method, part in zip(logged, ("POST", "POST", "PUT", "DELETE"), ("crm/Accounts", "crm/Accounts", "Dry", own)):
        assert method in line and part in unquote(line), line


def test_a_transaction_is_sent_at_the_commit(company):
    with pyodbc.connect(f"DSN={company.dsn};Readonly=false") as connection:
        cursor = connection.cursor()
        cursor.execute("INSERT INTO Accounts (Name) VALUES ('Queued')")
        assert cursor.rowcount == 1 and sent(company) == []
        connection.rollback()
        connection.commit()
        assert sent(company) == []
        cursor.execute("INSERT INTO Accounts (Name) VALUES ('Queued')")
        connection.commit()
        assert [call[0] for call in sent(company)] == ["POST"]
        cursor.execute("DELETE FROM Accounts WHERE Name = 'Queued'")
        assert cursor.rowcount == 1
        connection.commit()
        assert [call[0] for call in sent(company)] == ["POST", "DELETE"]


@pytest.mark.parametrize("kept", [True, False])
def test_a_document_and_lines_of_one_transaction_are_one_request(company, sale, kept):
    company.control("switches", {"client_keys_kept": kept})
    with pyodbc.connect(f"DSN={company.dsn};Readonly=false") as connection:
        cursor = connection.cursor()
        sql = "INSERT INTO SalesInvoices (OrderedBy, Journal) VALUES (?, '70') RETURNING InvoiceID"
        key = cursor.execute(sql, sale.account).fetchval()
        for quantity in (4, 5):
            sql = "INSERT INTO SalesInvoiceLines (InvoiceID, Item, GLAccount, Quantity) VALUES (?, ?, ?, ?)"
            cursor.execute(sql, key, sale.item, sale.ledger, quantity)
        company.reset()
        company.control("switches", {"client_keys_kept": kept})
        connection.commit()
        assert [(method, status) for method, _, status in sent(company)] == [("POST", 201)]
        cursor.execute("UPDATE SalesInvoices SET Description = 'same row' WHERE InvoiceID = ?", key)
        assert cursor.rowcount == 1
        connection.commit()
        found = cursor.execute("SELECT Description FROM SalesInvoices WHERE InvoiceID = ?", key).fetchval()
        assert found == "same row"
        cursor.execute("DELETE FROM SalesInvoices WHERE InvoiceID = ?", key)
        connection.commit()


@pytest.mark.parametrize("fast", [False, True])
def test_a_thousand_rows(company, fast):
    with pyodbc.connect(f"DSN={company.dsn};Readonly=false") as connection:
        cursor = connection.cursor()
        cursor.fast_executemany = fast
        rows = [(f"Thousand {number}", "NL") for number in range(1000)]
        cursor.executemany("INSERT INTO Accounts (Name, Country) VALUES (?, ?)", rows)
        assert sent(company) == []
        connection.rollback()
        with pytest.raises(pyodbc.Error) as caught:
            cursor.executemany("INSERT INTO Accounts (Name, Country) VALUES (?, ?)", [*rows[:500], (None, "NL"), *rows[501:]])
        assert caught.value.args[0] == "23000" and "Name must be given" in str(caught.value)
        connection.rollback()
    assert sent(company) == []


def test_fast_executemany_fails_where_a_row_does(company, cursor):
    code = cursor.execute("SELECT TOP 1 Code FROM Accounts").fetchval()
    cursor.fast_executemany = True
    rows = [(f"Fast {number}", code if number in (120, 700) else None) for number in range(1_000)]
    company.reset()
    with pytest.raises(pyodbc.Error) as caught:
        cursor.executemany("INSERT INTO Accounts (Name, Code) VALUES (?, ?)", rows)
    assert caught.value.args[0] == "23000" and already_there(company) in str(caught.value)
    assert "This is row 121 of 1000; each of 120 rows before it is written and must not be sent again" in str(caught.value)
    assert [status for _, _, status in sent(company)] == [201] * 120 + [500], "nothing is sent after the row that failed"
    company.reset()
    keys = [row.ID for row in cursor.execute("SELECT ID FROM Accounts WHERE Name LIKE 'Fast %'")]
    assert len(keys) == 120
    company.reset()
    cursor.executemany("UPDATE Accounts SET City = ? WHERE ID = ?", [("Ede", key) for key in keys])
    # Where the service demands a filter of its own choice the address holds fewer keys.
    most = 5 if company.profile == "strict" else 2
    assert len(sent(company)) == 120 and company.calls() <= 120 + most, "the keys of sixty rows are looked up in one call"
    assert cursor.execute("SELECT COUNT(*) FROM Accounts WHERE Name LIKE 'Fast %' AND City = 'Ede'").fetchval() == 120
    assert cursor.execute("DELETE FROM Accounts WHERE Name LIKE 'Fast %'").rowcount == 120


def test_every_statement_of_a_text_that_writes_is_executed(company, cursor):
    cursor.execute("INSERT INTO Accounts (Name) VALUES ('Text 1'); INSERT INTO Accounts (Name) VALUES ('Text 2')")
    assert [call[0] for call in sent(company)] == ["POST", "POST"]
    assert cursor.rowcount == 1 and cursor.nextset() and cursor.rowcount == 1
    key = cursor.execute("INSERT INTO Accounts (Name) VALUES ('Text 3'); SELECT SCOPE_IDENTITY()")
    assert key.nextset()
    last = cursor.fetchval()
    assert cursor.execute("SELECT Name FROM Accounts WHERE ID = ?", last).fetchval() == "Text 3"
    assert cursor.execute("DELETE FROM Accounts WHERE Name LIKE 'Text _'").rowcount == 3


def test_a_connection_is_not_closed_over_changes_that_wait(company):
    connection = pyodbc.connect(f"DSN={company.dsn};Readonly=false")
    connection.execute("INSERT INTO Accounts (Name) VALUES ('Closed')")
    connection.close()
    assert sent(company) == [], "pyodbc rolls back"


def test_a_key_that_was_given_before_the_commit_holds_in_other_programs(company, sale):
    company.control("switches", {"client_keys_kept": False})
    lines = json.dumps([{"Item": sale.item, "GLAccount": sale.ledger, "Quantity": 1}])
    with pyodbc.connect(f"DSN={company.dsn};Readonly=false") as connection:
        sql = "INSERT INTO SalesInvoices (OrderedBy, Journal, SalesInvoiceLines) VALUES (?, '70', ?) RETURNING InvoiceID"
        given = connection.execute(sql, sale.account, lines).fetchval()
        connection.commit()
    program = f"""
import pyodbc
with pyodbc.connect("DSN={company.dsn};Readonly=false", autocommit=True) as connection:
    print(connection.execute("SELECT InvoiceID FROM SalesInvoices WHERE InvoiceID = ?", "{given}").fetchval())
    print(connection.execute("DELETE FROM SalesInvoices WHERE InvoiceID = '{given}'").rowcount)
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert len(told[0]) == 36 and told[0] != given and told[1] == "1", told
