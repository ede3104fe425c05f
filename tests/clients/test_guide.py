"""What the guide and the front page tell people to type, taken from the pages and run as it stands there, on a data source of the
name that they use."""

import pathlib
import re
import shutil
import subprocess
import sys
import textwrap

import pytest

ROOT = pathlib.Path(__file__).parents[2]


def snippet(page, heading, beginning):
    """The indented block below a heading that begins with these words."""
    section = re.split(r"^#", (ROOT / page).read_text().split(f"# {heading}\n")[1], flags=re.MULTILINE)[0]
    blocks = [textwrap.dedent(block) for block in re.findall(r"(?<=\n\n)(?: {4,}.*\n|\n)+", section)]
    return next(block for block in blocks if block.startswith(beginning))


@pytest.fixture(scope="module")
def my_company(demo, program):
    """The data source that the pages speak of."""
    shown = program("dsn", "show", demo.dsn).stdout
    properties = dict(line.split(" = ") for line in shown.splitlines() if " = " in line)
    kept = [f"{key}={properties[key]}" for key in ("BaseUrl", "Division", "OAuthClientId")]
    program("dsn", "add", "MyCompany", "--user", *kept)
    yield
    program("dsn", "remove", "MyCompany")


def printed(rows):
    return sorted("\n".join(f"{code} {name}" for code, name in rows).splitlines())


@pytest.fixture
def run(my_company, company, tmp_path):
    """Has a program read a snippet; gives the lines that it prints."""

    def run(program, text, *arguments):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
        script = tmp_path / "snippet"
        script.write_text(text)
        done = subprocess.run([program, *arguments, script], capture_output=True, timeout=180, encoding="utf-8")
        assert done.returncode == 0, done.stdout + done.stderr
        assert not done.stderr
        return done.stdout.splitlines()

    return run


@pytest.fixture
def dutch(cursor):
    """What most snippets print: codes and names, of which some have several lines."""
    return printed(cursor.execute("SELECT Code, Name FROM crm.Accounts WHERE Country = 'NL'"))


@pytest.mark.parametrize(("page", "beginning"), [("guide/README.md", "import"), ("README.md", "import")])
def test_python(run, dutch, page, beginning):
    assert sorted(run(sys.executable, snippet(page, "Python", beginning))) == dutch


def test_r(run, cursor):
    printed = run("Rscript", snippet("guide/README.md", "R", "library"))
    found = {line.split()[-2]: int(line.split()[-1]) for line in printed[1:]}
    counts = cursor.execute("SELECT Country, COUNT(*) FROM crm.Accounts WHERE Country IS NOT NULL GROUP BY Country").fetchall()
    assert printed[0].split() == ["Country", "Accounts"]
    assert {country: count for country, count in found.items() if country != "<NA>"} == {country: count for country, count in counts}


def test_php(run, dutch):
    assert sorted(run("php", snippet("guide/README.md", "PHP", "<?php"))) == dutch


def test_the_terminal(my_company, company, cursor, program, home):
    command = snippet("README.md", "4. Make a data source", "isql").split()
    asked = "SELECT COUNT(*) FROM Accounts"
    assert asked in (ROOT / "README.md").read_text()
    done = subprocess.run([*command, "-b"], input=f"{asked}\n", capture_output=True, timeout=60, encoding="utf-8")
    assert str(company.accounts) in done.stdout, done.stdout + done.stderr


def test_the_query_of_libreoffice(my_company, cursor):
    sql = snippet("guide/README.md", "LibreOffice", "SELECT")
    rows = cursor.execute(sql).fetchall()
    amounts = [row.Amount for row in rows]
    assert len(rows) > 2 and amounts == sorted(amounts, reverse=True)


def test_what_sql_server_hands_on(my_company, cursor, dutch):
    linked = snippet("guide/README.md", "SQL Server linked server", "EXEC")
    handed_on = re.search(r"OPENQUERY\(EXACT, '(.*)'\);", linked)[1].replace("''", "'")
    assert printed(cursor.execute(handed_on)) == dutch
