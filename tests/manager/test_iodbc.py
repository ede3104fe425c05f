"""iODBC: wide characters of four bytes, which the driver finds out by itself."""

import ctypes
import os
import shutil
import subprocess

import pytest


@pytest.fixture
def environment(home):
    """This manager takes the path of its file from here, where unixODBC takes a folder from ODBCSYSINI."""
    return {"ODBCINSTINI": str(home / "system" / "odbcinst.ini")}


def test_the_wide_functions(apart, environment):
    try:
        ctypes.CDLL("libiodbc.so.2")
    except OSError:
        pytest.skip("iODBC is not installed")
    found = apart("iodbc.py", environment=environment)
    assert found["dbms"] == "Exact Online" and found["driver"] == "03.80"
    assert found["described"][0] == ["naam €", -9] and found["label"] == "naam €"
    assert found["row"][0][:4] == ["é€😀", "12", "1.25", None] and found["row"][0][4].startswith("2026-01-31 23:59:58")
    assert found["longest"] == 20_000
    assert found["parameter"] == [["𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝒜𝒢"]]
    assert found["bound"] == "Bakkerij 🥐 De Croissant 👨‍👩‍👧‍👦"
    assert found["tables"] == [["crm", "Accounts", "TABLE"]]
    state, message = found["error"]
    assert state == "42S22" and message.startswith("[Exact Online][ODBC Driver] ")


@pytest.fixture
def iodbctest(company, environment):
    """iODBC's own tool, an application of narrow text with the manager linked into it."""
    if shutil.which("iodbctest") is None:
        pytest.skip("iodbctest is not installed")

    def run(connection, *lines):
        text = "".join(f"{line}\n" for line in (*lines, "quit"))
        done = subprocess.run(["iodbctest", connection], input=text.encode(), capture_output=True, timeout=60, env=os.environ | environment)
        return (done.stdout + done.stderr).decode()

    return run


def test_its_own_tool_reads(iodbctest, company):
    values = (
        "select 'é€😀', 9007199254740993, 0.1, CAST(-1234.50 AS DECIMAL(10, 2)), CAST(NULL AS VARCHAR), {d '2026-01-31'},"
        " {t '23:59:58'}, {ts '2026-01-31 23:59:58.123'}, 1 = 1, X'00FF41'"
    )
    found = iodbctest(f"DSN={company.dsn}", "select Name from crm.Accounts where Name like '%🥐%'", "tables", values)
    assert "Bakkerij 🥐 De Croissant" in found
    for value in ("é€😀", "9007199254740993", "0.1", "-1234.50", "2026-01-31 23:59:58.123", "23:59:58", "00FF41"):
        assert value in found, value
    assert "salesinvoice" in found and "SalesInvoices" in found


def test_its_own_tool_tells_why(iodbctest, company):
    found = iodbctest(f"DSN={company.dsn}", "select Nmae from crm.Accounts")
    assert "[Exact Online][ODBC Driver]" in found and "42S22" in found
    found = iodbctest(f"DSN={company.dsn};Division=x")
    assert "[Exact Online][ODBC Driver]" in found and "Division" in found
