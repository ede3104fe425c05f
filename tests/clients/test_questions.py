"""`exact-odbc dsn add` at a terminal: what is missing is asked for."""

import os
import subprocess

import pexpect
import pytest

PROGRAM = os.path.join(os.environ["EXACT_PROGRAMS"], "exact-odbc")
DOWN, ENTER = "\x1b[B", "\r"


def terminal(*arguments):
    return pexpect.spawn(PROGRAM, list(arguments), encoding="utf-8", timeout=30, dimensions=(40, 120))


@pytest.fixture
def made(program):
    """Removes what a test has made; gives what it holds."""
    names = []

    def show(name):
        names.append(name)
        return program("dsn", "show", name).stdout.splitlines()[1:]

    yield show
    for name in names:
        program("dsn", "remove", name)


def test_everything_is_asked_for(company, made):
    asked = terminal("dsn", "add")
    asked.expect("Name of the data source")
    asked.send("[x]" + ENTER)
    asked.expect("cannot be a name")
    asked.send("\x7f" * 3 + "Ask me" + ENTER)
    asked.expect("Country of your Exact Online")
    asked.expect("France")
    asked.send(DOWN + ENTER)
    # Nobody has signed in to Belgium, so there is no list to choose from.
    asked.expect("the number in the address bar")
    asked.send("abc" + ENTER)
    asked.expect("Division")
    asked.send("\x7f" * 3 + "4711" + ENTER)
    asked.expect("For reading only")
    asked.send("n")
    asked.expect('Data source "Ask me" written to')
    asked.expect(pexpect.EOF)
    asked.close()
    assert asked.exitstatus == 0
    assert made("Ask me") == ["Driver = Exact Online", "Region = Belgium", "Division = 4711", "Readonly = false"]


def test_a_division_is_picked_from_those_of_the_sign_in(company, made, program):
    asked = terminal("dsn", "add", "Picked", f"BaseUrl={company.base_url}")
    # The one that is marked is written letter by letter.
    asked.expect("5513")
    asked.expect("ALL")
    asked.send("5513")
    asked.send(ENTER)
    asked.expect("For reading only")
    asked.send(ENTER)
    asked.expect('Data source "Picked" written to')
    asked.expect(pexpect.EOF)
    assert made("Picked")[1:] == [f"BaseUrl = {company.base_url}", "Division = 5513", "Readonly = true"]


def test_a_person_who_breaks_off_makes_nothing(company, program):
    asked = terminal("dsn", "add", "Broken off")
    asked.expect("Country of your Exact Online")
    asked.send("\x03")
    asked.expect(pexpect.EOF)
    asked.close()
    assert asked.exitstatus != 0
    assert "Broken off" not in program("dsn", "list").stdout


def test_what_is_given_is_not_asked_for(company, made):
    asked = terminal("dsn", "add", "Given", "Region=NL", "Division=1")
    asked.expect('Data source "Given" written to')
    asked.expect(pexpect.EOF)
    assert made("Given") == ["Driver = Exact Online", "Region = NL", "Division = 1", "Readonly = true"]


def test_without_a_terminal_nothing_is_asked(company):
    done = subprocess.run([PROGRAM, "dsn", "add"], capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL, timeout=60)
    assert done.returncode == 1 and done.stdout == ""
    assert "needs a name" in done.stderr


def test_progress_is_shown_at_a_terminal_alone(company):
    company.control("switches", {"page_latency_ms": 700})
    sql = f"SELECT Code FROM Accounts WHERE {company.never_asked('Created')}"
    shown = pexpect.run(f'{PROGRAM} query --dsn {company.dsn} "{sql}"', encoding="utf-8", timeout=60)
    assert "waiting for Exact Online" in shown and "2000 rows" in shown
    piped = subprocess.run([PROGRAM, "query", "--dsn", company.dsn, sql], capture_output=True, encoding="utf-8", timeout=60)
    assert "\x1b" not in piped.stdout + piped.stderr and "waiting" not in piped.stderr
    assert piped.stdout.splitlines()[0].strip() == "Code"


@pytest.mark.parametrize("arguments, status", [
    (["dsn", "list"], 0), (["dsn", "show", "no such source"], 1), (["query", "--nonsense"], 2), (["--help"], 0),
])
def test_the_exit_status(company, program, arguments, status):
    done = program(*arguments, check=False)
    assert done.returncode == status
    if status == 0 and arguments == ["--help"]:
        assert "Exit status:" in done.stdout
