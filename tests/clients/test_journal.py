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


@pytest.mark.parametrize("after", [0.5, 1.1])
def test_a_program_killed_between_the_requests_of_a_commit(company, writer, after):
    begun = last(writer)
    company.control("switches", {"page_latency_ms": 250})
    command = [sys.executable, "-c", COMMIT, f"DSN={company.dsn};Readonly=false"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as program:
        assert program.stdout.readline() == "ready\n"
        assert [one for one in company.requests() if one["method"] == "POST"] == []
        time.sleep(after)
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
    done = program("undo", str(first), str(second), *source, "--run").stdout
    assert done.index("UPDATE") < done.index("DELETE"), "the latest first"
    assert city() is None
    missing = program("undo", "999999", *source, check=False)
    assert missing.returncode != 0 and "999999" in missing.stderr
    refused = program("undo", str(first), "--dsn", company.dsn, "--run", check=False)
    assert refused.returncode != 0 and "Readonly" in refused.stderr
