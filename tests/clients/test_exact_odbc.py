"""The program exact-odbc, as a user types it."""

import csv
import io
import json
import os
import re
import stat
import subprocess

import polars

PROGRAMS = os.environ["EXACT_PROGRAMS"]


def test_query_prints_a_table(company, program):
    done = program("query", "--dsn", company.dsn, "SELECT 1 AS one, 'a' AS letter, NULL AS nothing")
    assert done.stdout == "one  letter  nothing\n---  ------  -------\n  1  a       NULL\n"
    assert done.stderr.startswith("1 row, ")


def test_query_prints_csv(company, program, cursor):
    text = "SELECT Code, Name, Created FROM Accounts ORDER BY Code, ID"
    done = program("query", "--format", "csv", "--dsn", company.dsn, text)
    rows = list(csv.reader(io.StringIO(done.stdout, newline="")))
    expected = cursor.execute(text).fetchall()
    assert rows[0] == ["Code", "Name", "Created"]
    assert [row[1] for row in rows[1:]] == [row.Name or "" for row in expected]
    assert done.stderr.startswith(f"{company.accounts} rows, ")


def test_query_writes_files_that_other_programs_read(company, program, tmp_path, cursor):
    text = (
        "SELECT InvoiceID, InvoiceNumber, AmountDC, InvoiceDate, Remarks, YourRef, InvoiceNumber > 10100 AS Later, "
        "CAST(AmountDC AS DECIMAL(19, 4)) AS Exactly FROM salesinvoice.SalesInvoices ORDER BY InvoiceNumber, InvoiceID"
    )
    expected = [tuple(row) for row in cursor.execute(text).fetchall()]
    files = {form: tmp_path / f"invoices.{form}" for form in ("json", "parquet", "csv")}
    for file in files.values():
        done = program("query", "--dsn", company.dsn, "--output", str(file), text)
        assert done.stdout == "" and done.stderr.startswith(f"{len(expected)} rows, ")
        assert re.search(r" s, \d+ API calls?\n$", done.stderr), done.stderr
    frame = polars.read_parquet(files["parquet"])
    kinds = [str(kind) for kind in frame.dtypes]
    assert kinds == [
        "String", "Int64", "Float64", "Datetime(time_unit='ms', time_zone=None)", "String", "String", "Boolean",
        "Decimal(precision=19, scale=4)",
    ]
    assert frame.rows() == expected
    objects = json.loads(files["json"].read_text(), parse_float=float)
    assert [tuple(one)[:3] for one in (list(o.values()) for o in objects)] == [row[:3] for row in expected]
    assert {type(o["Later"]) for o in objects} == {bool}
    with files["csv"].open(newline="") as lines:
        assert len(list(csv.reader(lines))) == len(expected) + 1


def test_rows_leave_before_the_last_page_has_come(company):
    text = "SELECT EntryNumber, Description FROM financialtransaction.TransactionLines"
    command = [f"{PROGRAMS}/exact-odbc", "query", "--format", "csv", "--dsn", company.dsn, text]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout.readline() == "EntryNumber,Description\n"
        assert running.stdout.readline()
        # A pipe that nobody empties holds the rest up.
        assert company.calls() <= 10, "the first row came only when much more had been read"
        rest = sum(1 for _ in running.stdout)
        assert running.wait() == 0
    assert rest + 1 == company.lines


def test_parquet_goes_into_a_pipe(company):
    command = [f"{PROGRAMS}/exact-odbc", "query", "--format", "parquet", "--dsn", company.dsn, "SELECT Code FROM Accounts"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert polars.read_parquet(io.BytesIO(done.stdout)).height == company.accounts


def test_a_query_that_fails_tells_its_calls(company, program):
    done = program("query", "--dsn", company.dsn, "SELECT 1 / 0 FROM Accounts", check=False)
    assert done.returncode == 1
    assert re.match(r"Ended after \d+\.\d s, \d+ API calls?\nexact-odbc: 22012: ", done.stderr), done.stderr


def test_a_query_that_fails_leaves_the_former_file(company, program, tmp_path):
    file = tmp_path / "accounts.csv"
    file.write_text("former")
    company.control("faults", {"path": "bulk/CRM/Accounts", "after": 1, "action": {"status": 500}})
    done = program("query", "--dsn", company.dsn, "-o", str(file), "SELECT Code, Name, City FROM Accounts", check=False)
    assert done.returncode == 1
    assert file.read_text() == "former"
    assert [path.name for path in tmp_path.iterdir()] == ["accounts.csv"]


def test_a_data_source_is_tested_with_one_call(company, program):
    done = program("dsn", "test", company.dsn)
    assert done.stdout == f'Data source "{company.dsn}" works: Noor Bakker is signed in, division 5512\n'
    assert company.calls() == 1
    missing = program("dsn", "test", "None such", check=False)
    assert missing.returncode == 1 and "IM002" in missing.stderr


def test_shells_and_the_manual_know_every_command(program, tmp_path):
    told = program("--help").stdout.split("Commands:\n")[1].split("\n\n")[0]
    commands = {line.split()[0] for line in told.splitlines() if line.startswith("  ") and line[2] != " "}
    assert {"install", "dsn", "login", "doctor", "query", "explain", "undo", "demo", "completions", "manual"} <= commands
    for shell in ("bash", "zsh", "fish", "powershell"):
        script = program("completions", shell).stdout
        assert all(command in script for command in commands | {"output", "refresh-token-stdin"}), shell
    program("manual", str(tmp_path / "man"))
    pages = {path.name for path in (tmp_path / "man").iterdir()}
    assert {"exact-odbc.1", "exact-odbc-dsn-add.1"} | {f"exact-odbc-{one}.1" for one in commands - {"help"}} <= pages


def test_query_fails_with_state_and_text(company, program):
    done = program("query", "--dsn", company.dsn, "SELECT Nmae FROM Accounts", check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert re.match(r"Ended after .*, 0 API calls\nexact-odbc: 42S22: \[Exact Online\]\[ODBC Driver\]", done.stderr), done.stderr


def test_a_warning_is_shown(company, program):
    done = program("query", "--connection", f"DSN={company.dsn};Regionn=NL", "SELECT 1 AS one")
    assert "01S00" in done.stderr and "Region" in done.stderr


def test_the_only_data_source_need_not_be_named(company, program):
    assert program("query", "SELECT 1 AS one").stdout.endswith("  1\n")


def test_data_sources(company, program, home):
    program("dsn", "add", "My Company", "Region=be", "Division=123456")
    try:
        show = program("dsn", "show", "my company").stdout
        assert show.splitlines()[1:] == [
            "Driver = Exact Online", "Region = be", "Division = 123456", "Readonly = true",
        ]
        assert "My Company\tdivision 123456\tbe" in program("dsn", "list").stdout
        again = program("dsn", "add", "My Company", "Division=1", check=False)
        assert again.returncode == 1 and "--replace" in again.stderr
        ambiguous = program("query", "SELECT 1", check=False)
        assert ambiguous.returncode == 1 and "--dsn" in ambiguous.stderr
        refused = program("dsn", "add", "Other", "Division=1", "PWD=geheim", check=False)
        assert refused.returncode == 1 and "geheim" not in refused.stderr
    finally:
        program("dsn", "remove", "My Company")
    assert "My Company" not in (home / "odbc.ini").read_text()


def test_a_data_source_of_another_driver_is_not_replaced(program, home):
    sources = home / "odbc.ini"
    before = sources.read_text()
    foreign = f"{before}\n[Foreign]\nDriver = Other\n"
    sources.write_text(foreign)
    try:
        refused = program("dsn", "add", "foreign", "Division=1", "--user", "--replace", check=False)
        assert refused.returncode == 1 and "not a data source of this driver" in refused.stderr
        assert sources.read_text() == foreign
    finally:
        sources.write_text(before)


def test_a_data_source_takes_its_division_from_the_sign_in(company, program):
    program("dsn", "add", "Signed in", f"BaseUrl={company.base_url}")
    try:
        assert "Division = 5512" in program("dsn", "show", "Signed in").stdout
    finally:
        program("dsn", "remove", "Signed in")


def test_a_sign_in_is_imported(company, program, home):
    consent = company.control("sign-in?client_id=another-app")
    store = home / "another.json"
    arguments = [f"BaseUrl={company.base_url}", "OAuthClientId=another-app", f"OAuthSettingsLocation={store}"]
    secrets = f"{consent['refresh_token']}\n{consent['client_secret']}\n"
    done = program("login", "--refresh-token-stdin", *arguments, input=secrets)
    assert "division is 5512" in done.stdout
    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    text = f"Driver=Exact Online;BaseUrl={company.base_url};Division=5512;OAuthSettingsLocation={store}"
    assert program("query", "--format", "csv", "--connection", text, "SELECT COUNT(*) AS n FROM Accounts").stdout == "n\n2000\n"


def test_a_refused_sign_in_leaves_the_old_one(company, program, home):
    store = home / "kept.json"
    arguments = [f"BaseUrl={company.base_url}", "OAuthClientId=third-app", f"OAuthSettingsLocation={store}"]
    consent = company.control("sign-in?client_id=third-app")
    program("login", "--refresh-token-stdin", *arguments, input=f"{consent['refresh_token']}\n{consent['client_secret']}\n")
    before = store.read_bytes()
    done = program("login", "--refresh-token-stdin", *arguments, input="wrong\n", check=False)
    assert done.returncode == 1
    assert store.read_bytes() == before


def test_installing_again_changes_nothing_and_leaves_others_alone(company, program, home):
    drivers = home / "system" / "odbcinst.ini"
    before = drivers.read_text()
    drivers.write_text("; a remark\n[Other]\nDriver=other.so\n\n" + before)
    program("install", "--system")
    assert drivers.read_text() == "; a remark\n[Other]\nDriver=other.so\n\n" + before
    program("uninstall", "--system")
    assert drivers.read_text().rstrip() == "; a remark\n[Other]\nDriver=other.so"
    program("install", "--system")
    assert "Threading = 0" in drivers.read_text()


def test_sizes_are_known_to_the_next_program(company, program):
    rows = int(program("query", "--format", "csv", "--dsn", company.dsn, "SELECT COUNT(*) FROM salesentry.SalesEntries").stdout.split()[-1])
    told = program("explain", "--dsn", company.dsn, "SELECT EntryNumber FROM salesentry.SalesEntries").stdout
    assert "at least" not in told, told
    assert f"{-(-rows // 60)} calls" in told, told


def test_a_reader_that_leaves_early_is_no_error(company):
    text = "SELECT * FROM Accounts"
    pipe = f"{PROGRAMS}/exact-odbc query --format csv --dsn {company.dsn} '{text}' | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", pipe], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert b"panicked" not in done.stderr
    company.settle()
