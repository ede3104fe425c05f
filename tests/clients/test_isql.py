"""isql, with its output to the letter."""

import re
import subprocess


def isql(text, *options, dsn="ExactDemo"):
    done = subprocess.run(
        ["isql", dsn, "-b", *options], input=text, text=True, capture_output=True, timeout=60, encoding="utf-8"
    )
    return done.returncode, done.stdout + done.stderr


def test_a_count(company):
    code, output = isql("select count(*) as accounts from Accounts\n", "-v")
    assert code == 0
    assert output == (
        "+---------------------+\n"
        "| accounts            |\n"
        "+---------------------+\n"
        "| 2000                |\n"
        "+---------------------+\n"
        "SQLRowCount returns -1\n"
        "1 rows fetched\n"
    )


def test_delimited_output(company, cursor):
    text = "select top 5 Code, Name from crm.Accounts where Country = 'NL' order by Name"
    code, output = isql(text + "\n", "-v", "-d|", "-c")
    rows = cursor.execute(text).fetchall()
    assert code == 0
    assert output.splitlines() == ["Code|Name", *(f"{row.Code}|{row.Name}" for row in rows)]


def test_the_list_of_tables(company):
    code, output = isql("help\n", "-v", "-d|")
    assert code == 0
    assert re.search(rf"^{company.division}\|crm\|Accounts\|TABLE\|", output, re.MULTILINE), output[:2000]
    assert company.calls() == 0


def test_the_columns_of_a_table(company):
    code, output = isql("help Accounts\n", "-v", "-d|")
    assert code == 0
    assert re.search(rf"^{company.division}\|crm\|Accounts\|Name\|", output, re.MULTILINE), output[:2000]


def test_a_mistake_is_told(company):
    # isql speaks ODBC 2 unless it is told otherwise, and gets that version's SQLSTATE.
    for options, state in ((("-v",), "S0022"), (("-v", "-3"), "42S22")):
        _, output = isql("select Nmae from Accounts\n", *options)
        assert output.startswith(f"[{state}][Exact Online][ODBC Driver] "), output
        assert "nmae" in output.lower() and " name" in output.lower()
        assert "[ISQL]ERROR: Could not SQL" in output


def test_an_unknown_data_source(company):
    code, output = isql("", "-v", dsn="NoSuchSource")
    assert code == 1
    assert "[IM002]" in output
