"""What every client is asked for, what it must find, and how a program that is not Python is run; and what signing in
needs: an app registration of its own for a test."""

import json
import pathlib
import re
import shutil
import socket
import subprocess
import types

import pytest

HERE = pathlib.Path(__file__).parent

# One value of every SQL type that the driver reports, and a NULL.
VALUES = (
    "SELECT CAST(7 AS TINYINT UNSIGNED) AS tiny, CAST(-12 AS SMALLINT) AS small, CAST(2147483647 AS INTEGER) AS whole,"
    " 9007199254740993 AS big, CAST(1.5 AS REAL) AS single, CAST(0.1 AS DOUBLE) AS real,"
    " CAST(-1234.50 AS DECIMAL(10, 2)) AS exact, 'é€😀' AS text, CAST(NULL AS VARCHAR) AS nothing,"
    " {d '2026-01-31'} AS day, {t '23:59:58'} AS clock, {ts '2026-01-31 23:59:58.123'} AS stamp,"
    " 1 = 1 AS yes, X'00FF41' AS bytes"
)
NAMES = ["tiny", "small", "whole", "big", "single", "real", "exact", "text", "nothing", "day", "clock", "stamp", "yes", "bytes"]

# One parameter of every type, and a NULL; and what they are as text.
PARAMETERS = (
    "SELECT CAST(? AS INTEGER), CAST(? AS BIGINT), CAST(? AS DOUBLE), CAST(? AS DECIMAL(10, 2)), CAST(? AS VARCHAR),"
    " CAST(? AS DATE), CAST(? AS TIME), CAST(? AS TIMESTAMP), CAST(? AS BOOLEAN), CAST(? AS VARBINARY), CAST(? AS VARCHAR)"
)
GIVEN = ["41", "9007199254740993", "0.1", "-1234.50", "é€😀", "2026-01-31", "23:59:58", "2026-01-31 10:20:30.000", "1", "00ff41", None]


@pytest.fixture
def values():
    """The query of one value of every type."""
    return VALUES


@pytest.fixture
def client(company):
    """Runs a program of this folder with the data source's name, the query of all types and that of all parameters; gives the
    JSON it prints."""

    def run(program, script, timeout=180):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
        command = [program, str(HERE / script), company.dsn, VALUES, PARAMETERS]
        done = subprocess.run(command, capture_output=True, timeout=timeout, encoding="utf-8")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture
def expected(cursor):
    """What pyodbc finds, which its own tests have checked: every client must find the same."""
    by_country = dict(cursor.execute("SELECT Country, COUNT(*) FROM crm.Accounts GROUP BY Country").fetchall())
    columns = [[row.column_name, row.type_name] for row in cursor.columns(table="Accounts", schema="crm").fetchall()]
    references = [
        [row.pktable_name, row.pkcolumn_name, row.fktable_name, row.fkcolumn_name]
        for row in cursor.foreignKeys(foreignTable="SalesInvoices", foreignSchema="salesinvoice").fetchall()
    ]
    return types.SimpleNamespace(
        names=NAMES,
        by_country=[by_country["NL"], by_country["BE"], 0],
        longest=20_000,
        tables=[["crm", "Accounts", "TABLE"]],
        columns=columns,
        key=["ID"],
        references=references,
        type_names=[row.type_name for row in cursor.getTypeInfo(0).fetchall()],
    )


@pytest.fixture
def same(expected):
    """Compares what a client found with what is expected, as far as it asked."""

    def compare(found, *but):
        for name, value in vars(expected).items():
            if name in found and name not in but:
                assert found[name] == value, name
        if "parameters" in found:
            given = [value if value is None else str(value) for value in found["parameters"]]
            assert given[:9] == GIVEN[:9] and given[9].lower() == GIVEN[9] and given[10] is None
        if "error" in found:
            state, message = found["error"]
            assert state in ("42S22", "S0022"), message
            assert "nmae" in message.lower()

    return compare


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class App:
    """A registered app with its own store."""

    def __init__(self, company, home, name):
        self.company = company
        self.id = name
        self.base_url = company.base_url
        self.secret = company.control(f"sign-in?client_id={name}")["client_secret"]
        self.store = home / f"{name}.json"
        self.callback = f"http://localhost:{free_port()}/back"

    def arguments(self, *more):
        return ["login", f"BaseUrl={self.base_url}", f"OAuthSettingsLocation={self.store}", *more]

    def connection(self, **more):
        own = {
            "Driver": "Exact Online", "BaseUrl": self.base_url, "OAuthClientId": self.id,
            "OAuthClientSecret": self.secret, "OAuthSettingsLocation": self.store, "CallbackURL": self.callback,
        }
        return ";".join(f"{key}={{{value}}}" for key, value in (own | more).items())

    def refresh_token(self):
        """A fresh one, as if a person had consented."""
        return self.company.control(f"sign-in?client_id={self.id}")["refresh_token"]

    def stored(self):
        return json.loads(self.store.read_text())


@pytest.fixture
def app(company, home, request):
    return App(company, home, re.sub("[^a-z0-9]+", "-", request.node.name))
