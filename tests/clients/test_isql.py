"""isql and its wide brother iusql, with their output to the letter."""

import re
import subprocess

import pytest


def isql(text, *options, dsn="ExactDemo", program="isql"):
    done = subprocess.run(
        [program, dsn, "-b", *options], input=text, text=True, capture_output=True, timeout=60, encoding="utf-8"
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


@pytest.mark.parametrize("program", ["isql", "iusql"])
def test_every_type(company, values, program):
    code, output = isql(values + "\n", "-v", "-d|", "-c", program=program)
    assert code == 0, output
    assert output.splitlines()[1] == (
        "7|-12|2147483647|9007199254740993|1.5|0.1|-1234.50|é€😀||2026-01-31|23:59:58|2026-01-31 23:59:58.123|1|00FF41"
    )


def test_iusql_reads_wide_text(company):
    code, output = isql("select top 2 Code, 'é€😀' as t from Accounts\n", "-v", "-d|", program="iusql")
    assert code == 0, output
    assert [line.split("|")[1] for line in output.splitlines()] == ["é€😀"] * 2
    _, output = isql("help\n", "-v", "-d|", program="iusql")
    assert f"{company.division}|crm|Accounts|TABLE|" in output


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
