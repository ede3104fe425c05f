"""The journal of writes: what it says after a program was killed, and what undoes a change."""

import subprocess
import sys
import time

import pyodbc
import pytest

COMMIT = """
import pyodbc, sys
connection = pyodbc.connect(sys.argv[1])
for number in range(12):
    connection.execute("INSERT INTO Accounts (Name) VALUES (?)", f"Killed {number}")
print("ready", flush=True)
connection.commit()
"""


@pytest.fixture
def writer(company):
    with pyodbc.connect(f"DSN={company.dsn};Readonly=false", autocommit=True) as connection:
        yield connection.cursor()
        connection.execute("DELETE FROM Accounts WHERE Name LIKE 'Killed %' OR Name LIKE 'Undone%'")


def last(cursor):
    return cursor.execute("SELECT MAX(ID) FROM sys.sys_changes").fetchval() or 0


@pytest.mark.parametrize("after", [1, 3])
def test_a_program_killed_between_the_requests_of_a_commit(company, writer, after):
    begun = last(writer)
    company.control("switches", {"page_latency_ms": 250})
    command = [sys.executable, "-c", COMMIT, f"DSN={company.dsn};Readonly=false"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as program:
        assert program.stdout.readline() == "ready\n"
        assert [one for one in company.requests() if one["method"] == "POST"] == []
        while sum(one["method"] == "POST" for one in company.requests()) < after:
            time.sleep(0.02)
        program.kill()
    company.settle()
    received = sum(one["method"] == "POST" for one in company.requests())
    company.control("switches", {"page_latency_ms": 0})
    outcomes = [row.Outcome for row in writer.execute("SELECT Outcome FROM sys.sys_changes WHERE ID > ? ORDER BY ID", begun)]
    made = outcomes.count("made")
    assert 0 < len(outcomes) < 12, "it was killed in the midst"
    assert outcomes == ["made"] * made + ["sent"] * (len(outcomes) - made) and len(outcomes) - made <= 1
    assert made <= received <= len(outcomes), "nothing was received that the journal does not know"
    stored = writer.execute("SELECT COUNT(*) FROM Accounts WHERE Name LIKE 'Killed %'").fetchval()
    assert made <= stored <= len(outcomes)


def test_a_change_is_undone(company, writer, program):
    begun = last(writer)
    writer.execute("INSERT INTO Accounts (Name, City) VALUES ('Undone', 'Ede')")
    writer.execute("UPDATE Accounts SET City = 'Delft' WHERE Name = 'Undone'")
    first, second = [row.ID for row in writer.execute("SELECT ID FROM sys.sys_changes WHERE ID > ? ORDER BY ID", begun)]
    source = ("--connection", f"DSN={company.dsn};Readonly=false")
    shown = program("undo", str(second), *source).stdout
    assert 'SET "City" = \'Ede\' WHERE "ID" = ' in shown

    def city():
        # This process keeps what it has read a moment ago, and does not hear of writes by another.
        return writer.execute(f"SELECT City FROM Accounts WHERE Name = 'Undone' AND {company.never_asked('Created')}").fetchval()

    assert city() == "Delft", "it is shown, not run"
    program("undo", str(second), *source, "--run")
    assert city() == "Ede"
    third = last(writer)
    assert writer.execute("SELECT Reverts FROM sys.sys_changes WHERE ID = ?", third).fetchval() == second
    again = program("undo", str(second), *source, "--run", check=False)
    assert again.returncode != 0 and f"change {second} was reverted already by change {third}" in again.stderr
    assert f"reverted already by change {third}" in program("undo", str(second), *source).stdout
    assert last(writer) == third, "nothing was sent"
    done = program("undo", str(first), str(second), *source, "--run").stdout
    assert done.index("reverted already") < done.index("DELETE"), "the latest first, and only what is left"
    assert city() is None
    missing = program("undo", "999999", *source, check=False)
    assert missing.returncode != 0 and "999999" in missing.stderr
    refused = program("undo", str(first), "--dsn", company.dsn, "--run", "--force", check=False)
    assert refused.returncode != 0 and "Readonly" in refused.stderr


@pytest.fixture
def undo(company, program):
    """Runs `exact-odbc undo --run`; gives its output, or what it complains of."""

    def run(*arguments):
        done = program("undo", *map(str, arguments), "--connection", f"DSN={company.dsn};Readonly=false", "--run", check=False)
        return done.stdout if done.returncode == 0 else done.stderr

    return run


def fresh(company, writer, column, condition):
    # This process keeps what it has read a moment ago, and does not hear of writes by another.
    return [row[0] for row in writer.execute(f"SELECT {column} FROM Accounts WHERE {condition} AND {company.never_asked('Created')}")]


def test_what_somebody_changed_since_is_left_alone(company, writer, undo):
    writer.execute("INSERT INTO Accounts (Name, City) VALUES ('Undone later', 'Ede')")
    writer.execute("UPDATE Accounts SET City = 'Delft', Phone = ' 070 ', CreditLineSales = 12.345 WHERE Name = 'Undone later'")
    changed = last(writer)
    writer.execute("UPDATE Accounts SET City = 'Breda' WHERE Name = 'Undone later'")
    later = last(writer)
    complaint = undo(changed)
    assert "somebody has changed it since" in complaint and "--force" in complaint
    assert fresh(company, writer, "City", "Name = 'Undone later'") == ["Breda"]
    undo(later)
    assert "UPDATE" in undo(changed), "the row holds again what the change wrote, blanks and cents aside"
    assert fresh(company, writer, "City", "Name = 'Undone later'") == ["Ede"]
    writer.execute("UPDATE Accounts SET City = 'Breda' WHERE Name = 'Undone later'")
    assert "UPDATE" in undo(changed, "--force")
    assert fresh(company, writer, "City", "Name = 'Undone later'") == ["Ede"]


def test_an_undo_is_undone(company, writer, undo):
    writer.execute("INSERT INTO Accounts (Name, City) VALUES ('Undone twice', 'Ede')")
    writer.execute("UPDATE Accounts SET City = 'Delft' WHERE Name = 'Undone twice'")
    changed = last(writer)
    undo(changed)
    undo(changed + 1)
    assert fresh(company, writer, "City", "Name = 'Undone twice'") == ["Delft"]
    assert "UPDATE" in undo(changed), "it stands again, so it can be reverted again"


@pytest.mark.parametrize("kept", [True, False])
def test_a_row_that_comes_back_is_followed(company, writer, undo, kept):
    company.control("switches", {"client_keys_kept": kept})
    begun = last(writer)
    writer.execute("INSERT INTO Accounts (Name, City) VALUES ('Undone back', 'Ede')")
    writer.execute("UPDATE Accounts SET City = 'Delft' WHERE Name = 'Undone back'")
    writer.execute("DELETE FROM Accounts WHERE Name = 'Undone back'")
    done = undo(begun + 1, begun + 3)
    assert done.index("INSERT INTO") < done.index("UPDATE") < done.index("DELETE FROM"), done
    assert fresh(company, writer, "City", "Name = 'Undone back'") == []
    assert "reverted already" in undo(begun + 1, begun + 3)
    company.control("switches", {"client_keys_kept": True})


def test_nothing_of_a_range_is_run_if_a_part_of_it_cannot_be(company, writer, undo):
    account = writer.execute("SELECT TOP 1 ID FROM Accounts").fetchval()
    item = writer.execute("SELECT TOP 1 ID FROM Items").fetchval()
    ledger = writer.execute("SELECT ID FROM GLAccounts WHERE Code = '8000'").fetchval()
    begun = last(writer)
    lines = f'[{{"Item": "{item}", "GLAccount": "{ledger}", "Quantity": 1}}]'
    insert = "INSERT INTO SalesInvoices (OrderedBy, Journal, SalesInvoiceLines) VALUES (?, '70', ?)"
    writer.execute(insert, account, lines)
    invoice = writer.execute("SELECT SCOPE_IDENTITY()").fetchval()
    writer.execute("DELETE FROM SalesInvoices WHERE InvoiceID = ?", invoice)
    assert "INSERT INTO" in undo(begun + 2), "with its lines"
    again = writer.execute("SELECT SUBSTRING(Key, 6, 36) FROM sys.sys_changes WHERE ID = ?", begun + 3).fetchval()
    found = "SELECT Quantity FROM SalesInvoiceLines WHERE InvoiceID = ?"
    assert [row.Quantity for row in writer.execute(found, again)] == [1.0]
    writer.execute("INSERT INTO Accounts (Name) VALUES ('Undone not')")
    # An action that changes nothing of what other tests read.
    writer.execute("INSERT INTO PrintedSalesOrders (OrderId) VALUES (?)", again)
    complaint = undo(begun + 4, begun + 5)
    assert "what an action does has no opposite" in complaint and "Nothing was changed" in complaint
    assert last(writer) == begun + 5
    writer.execute("DELETE FROM SalesInvoices WHERE InvoiceID = ?", again)


def test_a_journal_can_be_switched_off_and_lies_where_it_is_told(company, tmp_path):
    path = tmp_path / "writes.sqlite"
    for journal in ("off", path):
        with pyodbc.connect(f"DSN={company.dsn};Readonly=false;Journal={journal}", autocommit=True) as connection:
            connection.execute("INSERT INTO Accounts (Name) VALUES ('Undone elsewhere')")
            connection.execute("DELETE FROM Accounts WHERE Name = 'Undone elsewhere'")
            assert connection.execute("SELECT COUNT(*) FROM sys.sys_changes").fetchval() == (0 if journal == "off" else 2)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path], "all of it is in one file"
