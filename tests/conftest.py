"""A driver registered and a demo company signed in, for the tests alone: the machine's own registration is not touched."""

import contextlib
import datetime
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import urllib.request

import pytest

PROGRAMS = pathlib.Path(os.environ["EXACT_PROGRAMS"])
# Before the driver manager is loaded: it reads these when it is first used.
HOME = pathlib.Path(tempfile.mkdtemp(prefix="exact-tests-"))
for folder in ("state", "system"):
    (HOME / folder).mkdir()
os.environ.update(
    HOME=str(HOME),
    XDG_STATE_HOME=str(HOME / "state"),
    ODBCSYSINI=str(HOME / "system"),
    ODBCINI=str(HOME / "odbc.ini"),
    SYSODBCINSTINI=str(HOME / "system" / "odbcinst.ini"),
)
os.environ.pop("ODBCINSTINI", None)
# How the simulated service behaves where sources disagree: default, strict, lenient or 2021.
PROFILE = os.environ.get("EXACT_PROFILE", "default")
# A program that empties the driver's tables of what was refused, in the files that it is given.
FORGET = """
import contextlib, sqlite3, sys
for ledger in sys.argv[1:]:
    with contextlib.closing(sqlite3.connect(ledger, timeout=30)) as connection:
        connection.executescript("DELETE FROM errors; DELETE FROM refusals;")
"""


class Company:
    """The simulated company, and what is known of it without asking the driver."""

    dsn = "ExactDemo"
    division = "5512"
    accounts = 2_000
    lines = 200_000
    profile = PROFILE

    def __init__(self, base_url):
        self.base_url = base_url

    def control(self, command, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base_url}/_control/{command}", data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def reset(self):
        """No faults, no limits that a test would have to wait for, nothing counted."""
        self.control("faults", method="DELETE")
        unlimited = {"rate_limits": False, "minute_limit": 1_000_000, "day_limit": 1_000_000, "page_latency_ms": 0}
        self.control("switches", {"profile": PROFILE} | unlimited)
        self.forget_refusals()
        self.control("reset", {})

    @staticmethod
    def forget_refusals():
        """As if the hour had passed for which the driver remembers what the service refused.

        In a process of its own: here the driver's SQLite may have the file open, and a second copy of SQLite in one process
        takes the locks of the first away (sqlite.org/howtocorrupt.html, 2.2.1).
        """
        ledgers = list((HOME / "state").rglob("exact-calls-*.sqlite"))
        if ledgers:
            subprocess.run([sys.executable, "-I", "-c", FORGET, *ledgers], check=True)

    def requests(self):
        """The data requests since the last reset."""
        return [one for one in self.control("requests") if not one["is_token"]]

    def settle(self):
        """Waits until requests of a program that has ended are answered and counted."""
        counted = None
        while counted != (counted := len(self.control("requests"))):
            time.sleep(0.3)

    def calls(self):
        return len(self.requests())

    @staticmethod
    def pages(rows):
        """The calls that bring so many rows by the thousand. Where a full page always names a next one (fact sheet 3.3), a
        last page that is full is followed by an empty one."""
        return rows // 1_000 + 1 if PROFILE == "strict" else -(-rows // 1_000)

    @staticmethod
    def never_asked(column):
        """A condition on a timestamp that every row meets and that nobody asked before: the driver keeps the first page of
        a request for 30 seconds."""
        moment = datetime.datetime(1900, 1, 1) + datetime.timedelta(seconds=random.randrange(10**8))
        return f"{column} > {{ts '{moment}'}}"


def exact_odbc(*arguments, check=True, input=""):
    """Runs the program, as a user would type it."""
    command = [str(PROGRAMS / "exact-odbc"), *arguments]
    done = subprocess.run(command, input=input.encode(), capture_output=True, timeout=120)
    # Not as text of subprocess, which changes line ends.
    done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
    if check:
        assert done.returncode == 0, done.stderr
    return done


def pytest_report_header():
    return f"profile of the service: {PROFILE}"


@pytest.fixture(scope="session")
def program():
    return exact_odbc


@contextlib.contextmanager
def demo_company():
    exact_odbc("install", "--system")
    exact_odbc("demo", "--port", "0")
    try:
        show = exact_odbc("dsn", "show", Company.dsn).stdout
        yield Company(next(line.split(" = ")[1] for line in show.splitlines() if line.startswith("BaseUrl")))
    finally:
        exact_odbc("demo", "stop")


@pytest.fixture(scope="session")
def demo():
    with demo_company() as company:
        yield company


@pytest.fixture
def company(demo):
    demo.reset()
    return demo


@pytest.fixture
def connection(company):
    import pyodbc

    connection = pyodbc.connect(f"DSN={company.dsn}", autocommit=True)
    yield connection
    connection.close()


@pytest.fixture
def cursor(connection):
    return connection.cursor()


@pytest.fixture(scope="session")
def home():
    return HOME
