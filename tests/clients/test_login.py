"""Signing in: at a terminal, through the browser, from an application; and what becomes of the secret meanwhile."""

import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import pexpect
import pytest

PROGRAM = os.path.join(os.environ["EXACT_PROGRAMS"], "exact-odbc")
CALLBACK = "https://example.org/"
LINK = re.compile(r"(http://127\.0\.0\.1:\d+/api/oauth2/auth\?[^\s]+)")

# A browser with a person in front of it who consents at once, or after some seconds.
BROWSER = """#!{python}
import sys, time, urllib.request
open({log!r}, "a").write(sys.argv[1] + "\\n")
time.sleep({patience})
urllib.request.urlopen(sys.argv[1], timeout=20).read()
"""


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def consent(link):
    """What a person does at the service: the address that the browser ends at."""
    try:
        urllib.request.build_opener(NoRedirect).open(link, timeout=20)
    except urllib.error.HTTPError as answer:
        assert answer.code == 302, answer.read()
        return answer.headers["Location"]
    raise AssertionError("the service did not send the browser back")


@pytest.fixture
def browser(home, request, monkeypatch):
    """Installs a browser; gives a function to set its person's patience, and the list of addresses that it was sent to."""
    folder = home / f"browser-{request.node.name}"
    folder.mkdir()
    log = folder / "log"
    log.touch()

    def install(patience=0):
        script = folder / "browser"
        script.write_text(BROWSER.format(python=sys.executable, log=str(log), patience=patience))
        script.chmod(0o755)
        monkeypatch.setenv("BROWSER", str(script))
        monkeypatch.setenv("DISPLAY", ":99")
        return lambda: log.read_text().splitlines()

    return install


def at_terminal(app, *more):
    return pexpect.spawn(PROGRAM, app.arguments(*more), encoding="utf-8", timeout=30, dimensions=(40, 250))


def test_login_asks_opens_the_browser_and_listens(app, browser):
    opened = browser()
    terminal = at_terminal(app)
    seen = []
    terminal.logfile_read = type("Log", (), {"write": lambda _, text: seen.append(text), "flush": lambda _: None})()
    terminal.expect("Client id of your app registration: ")
    terminal.sendline(app.id)
    terminal.expect(r"Client secret \(not shown\): ")
    terminal.sendline(app.secret)
    terminal.expect("Redirect address, exactly as it is registered: ")
    assert app.secret not in pathlib.Path(f"/proc/{terminal.pid}/cmdline").read_text()
    terminal.sendline(app.callback)
    terminal.expect("The browser opens")
    terminal.expect(f"Signed in to {app.base_url} as Noor Bakker.")
    terminal.expect("Divisions that can be opened:")
    terminal.expect(r" 5512  [^\r\n]+  \(current\)")
    terminal.expect(r" 5515  ")
    terminal.expect(f"exact-odbc dsn add NAME BaseUrl={app.base_url} Division=5512")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert app.secret not in "".join(seen), "the secret was echoed"
    assert len(opened()) == 1 and app.secret not in opened()[0]
    assert stat.S_IMODE(app.store.stat().st_mode) == 0o600
    # The next time everything is known: Enter suffices.
    again = at_terminal(app)
    again.expect(re.escape(f"Client id of your app registration [{app.id}]: "))
    again.sendline()
    again.expect(re.escape("Client secret [Enter: the one stored] (not shown): "))
    again.sendline()
    again.expect(re.escape(f"Redirect address, exactly as it is registered [{app.callback}]: "))
    again.sendline()
    again.expect("Signed in to")
    again.expect(pexpect.EOF)


def test_the_country_is_asked_for_where_none_is_given(app):
    elsewhere = ["login", f"OAuthSettingsLocation={app.store}", "--no-browser"]

    def asked_for_country():
        terminal = pexpect.spawn(PROGRAM, elsewhere, encoding="utf-8", timeout=30, dimensions=(40, 250))
        terminal.expect(re.escape("Country of your Exact Online: NL, BE, DE, UK, US, ES or FR [NL]: "))
        return terminal

    # Enter takes the country that is offered. Nothing is sent: the person refuses before the first call.
    for answer, site in [("be", "https://start.exactonline.be"), ("", "https://start.exactonline.nl")]:
        terminal = asked_for_country()
        terminal.sendline(answer)
        terminal.expect("Client id of your app registration: ")
        terminal.sendline(app.id)
        terminal.expect(r"Client secret \(not shown\): ")
        terminal.sendline(app.secret)
        terminal.expect("Redirect address, exactly as it is registered: ")
        terminal.sendline("https://example.org/back")
        terminal.expect(re.escape(f"{site}/api/oauth2/auth?"))
        terminal.expect("Copy the whole address")
        terminal.sendline("https://example.org/back?error=access_denied")
        terminal.expect('ended the sign-in with "access_denied"')
        terminal.expect(pexpect.EOF)
        terminal.close()
        assert terminal.exitstatus == 1 and not app.store.exists()
    terminal = asked_for_country()
    terminal.sendline("Mars")
    terminal.expect(r"Region[^\r\n]+Mars[^\r\n]+Netherlands \(NL\)")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 1


def test_an_address_elsewhere_is_pasted(app, monkeypatch):
    monkeypatch.setenv("BROWSER", "/nowhere")
    app.callback = "https://example.org/back?of=app"
    terminal = at_terminal(app, f"OAuthClientId={app.id}", f"CallbackURL={app.callback}", "--no-browser")
    terminal.expect("Client secret")
    terminal.sendline(app.secret)
    terminal.expect(LINK)
    link = terminal.match.group(1)
    terminal.expect("Copy the whole address")
    ended_at = consent(link)
    assert ended_at.startswith(app.callback)
    terminal.sendline("https://example.org/back")
    terminal.expect("this is not the address that the browser ends at")
    terminal.sendline(re.sub("state=[^&]*", "state=of-another", ended_at))
    terminal.expect("another sign-in")
    terminal.sendline(ended_at)
    terminal.expect("Signed in to")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert app.stored()["callback_url"] == app.callback


def test_a_refusal_of_the_person_ends_it(app):
    terminal = at_terminal(app, f"OAuthClientId={app.id}", "CallbackURL=https://example.org/", "--no-browser")
    terminal.expect("Client secret")
    terminal.sendline(app.secret)
    terminal.expect("Copy the whole address")
    terminal.sendline("https://example.org/?error=access_denied&error_description=No%20thanks")
    terminal.expect('Exact Online has ended the sign-in with "access_denied": No thanks')
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 1
    assert not app.store.exists()


def test_a_code_from_elsewhere(app, program):
    link = f"{app.base_url}/api/oauth2/auth?client_id={app.id}&redirect_uri=https://example.org/&response_type=code&state=x"
    arguments = app.arguments(f"OAuthClientId={app.id}", "CallbackURL=https://example.org/", "--code-stdin")
    done = program(*arguments, input=f"{consent(link)}\n{app.secret}\n")
    assert "as Noor Bakker." in done.stdout
    # A code is worth something once.
    used = program(*arguments, input=f"{consent(link).replace('code=', 'code=x')}\n{app.secret}\n", check=False)
    assert used.returncode == 1 and "The code is not valid or was used before." in used.stderr
    assert app.secret not in used.stderr
    assert app.store.exists(), "the old sign-in stays"


def test_what_is_missing_is_named_where_nobody_can_be_asked(app, program):
    for given, missing in [([], "OAuthClientId"), ([f"OAuthClientId={app.id}"], "OAuthClientSecret")]:
        done = program(*app.arguments(*given), check=False)
        assert done.returncode == 1 and done.stderr.startswith(f"exact-odbc: {missing} is needed"), done.stderr
    refused = program(*app.arguments(f"OAuthClientSecret={app.secret}"), check=False)
    assert refused.returncode == 1 and app.secret not in refused.stderr
    given = [f"OAuthClientId={app.id}", "OAuthClientSecret=-"]
    done = program(*app.arguments(*given), input=f"{app.secret}\n", check=False)
    assert done.stderr.startswith("exact-odbc: CallbackURL is needed"), done.stderr


def test_an_application_opens_the_browser_once_and_its_next_try_succeeds(app, browser):
    import pyodbc

    opened = browser(patience=4)
    text = app.connection(InitiateOAuth="GETANDREFRESH", Division=5512)
    errors, commands = [], set()

    def connect():
        with pytest.raises(pyodbc.Error) as error:
            pyodbc.connect(text, timeout=1)
        errors.append(error.value.args)

    tries = [threading.Thread(target=connect) for _ in range(3)]
    for one in tries:
        one.start()
    while any(one.is_alive() for one in tries):
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = path.read_bytes().decode().split("\0")
            except OSError:
                continue
            if command[0].endswith("exact-odbc") and "login" in command:
                commands.add(" ".join(command[1:]).strip())
        time.sleep(0.02)
    assert [state for state, _ in errors] == ["HYT00"] * 3, errors
    assert "If a browser asks you to sign in, finish there, then connect again." in errors[0][1]
    assert commands == {"login --detached"}, "nothing secret on a command line"
    begun = time.monotonic()
    connection = pyodbc.connect(text, timeout=20)
    assert time.monotonic() - begun < 15
    assert connection.execute("SELECT COUNT(*) FROM Accounts").fetchval() == 2_000
    connection.close()
    assert len(opened()) == 1, "one window for all"
    # Signed in: no browser any more, and none of the properties is needed.
    short = f"Driver=Exact Online;BaseUrl={app.base_url};OAuthSettingsLocation={app.store};Division=5512"
    pyodbc.connect(short).close()
    assert len(opened()) == 1


APPLICATION = """
import sys, pyodbc
try:
    pyodbc.connect(sys.argv[1], timeout=1)
except pyodbc.Error as error:
    print(error.args[0])
"""


def test_several_processes_open_one_browser(app, browser):
    import pyodbc

    opened = browser(patience=4)
    text = app.connection(InitiateOAuth="GETANDREFRESH", Division=5512)
    begun = time.monotonic()
    command = [sys.executable, "-c", APPLICATION, text]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") for _ in range(4)]
    states = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert states == ["HYT00"] * 4, "each is told to finish in the browser and to connect again"
    # Those who come while it is pending wait for it, and are signed in by it.
    late = subprocess.Popen([sys.executable, "-c", APPLICATION.replace("timeout=1", "timeout=60"), text],
                            stdout=subprocess.PIPE, encoding="utf-8")
    assert late.communicate(timeout=90)[0].strip() == ""
    assert time.monotonic() - begun > 3, "nobody was signed in before the person was"
    assert len(opened()) == 1, "one window for all"
    tokens = [one for one in app.company.control("requests") if one["is_token"]]
    assert len(tokens) == 1, "one code, exchanged once"
    connection = pyodbc.connect(text, timeout=20)
    assert connection.execute("SELECT COUNT(*) FROM Accounts").fetchval() == 2_000
    connection.close()


def test_where_there_is_no_desktop_the_command_is_named(app, monkeypatch):
    import pyodbc

    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(pyodbc.Error) as error:
        pyodbc.connect(app.connection(InitiateOAuth="GETANDREFRESH"))
    state, text = error.value.args
    assert state == "28000"
    assert (
        f"not signed in to {app.base_url} with client id {app.id}: no sign-in is stored. Sign in once with: exact-odbc "
        "login. InitiateOAuth=GETANDREFRESH opens a browser only on a desktop, and this process runs on none"
    ) in text


def test_an_address_elsewhere_is_pasted_into_a_page(app, browser, home, monkeypatch):
    import pyodbc

    log = home / "page-log"
    script = home / "page-browser"
    # A browser that only remembers where it was sent: the test itself is the person.
    script.write_text(f"#!/bin/sh\necho \"$1\" >> {log}\n")
    script.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(script))
    monkeypatch.setenv("DISPLAY", ":99")
    app.callback = "https://example.org/back"
    text = app.connection(InitiateOAuth="GETANDREFRESH", Division=5512)
    with pytest.raises(pyodbc.Error):
        pyodbc.connect(text, timeout=2)
    page = log.read_text().strip()
    assert page.startswith("http://127.0.0.1:") and "/api/" not in page
    html = urllib.request.urlopen(page, timeout=10).read().decode()
    link = re.search('<a href="([^"]+)"', html).group(1).replace("&amp;", "&")
    form = urllib.parse.urlencode({"address": consent(link)}).encode()
    assert "You are signed in" in urllib.request.urlopen(page, form, timeout=20).read().decode()
    pyodbc.connect(text, timeout=20).close()


def test_logout_forgets(app, program):
    token = app.refresh_token()
    program(*app.arguments(f"OAuthClientId={app.id}", "--refresh-token-stdin"), input=f"{token}\n{app.secret}\n")
    done = program("logout", f"BaseUrl={app.base_url}", f"OAuthSettingsLocation={app.store}")
    assert done.stdout.startswith(f"The sign-in to {app.base_url} as Noor Bakker is forgotten.")
    left = {path.name for path in app.store.parent.glob(f"{app.store.name}*")}
    assert left <= {f"{app.store.name}.lock"}
    assert "Nothing was stored" in program("logout", "--store", str(app.store)).stdout
    app.store.write_text("damaged")
    assert "damaged" in program("logout", "--store", str(app.store)).stdout
    assert not app.store.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for another account")
def test_a_store_for_a_service_account(app, program, tmp_path_factory):
    place = tmp_path_factory.mktemp("shared")
    for folder in [place, *place.parents][:3]:
        folder.chmod(0o755)
    store = place / "exact" / "sign-in.json"
    arguments = ["login", "--store", str(store), f"BaseUrl={app.base_url}", f"OAuthClientId={app.id}"]
    secrets = f"{app.refresh_token()}\n{app.secret}\n"
    done = program(*arguments, "--grant", "daemon", "--refresh-token-stdin", input=secrets)
    assert f"OAuthSettingsLocation={store}" in done.stdout
    account = {"user": "daemon", "group": "daemon", "extra_groups": []}
    # The account reads and replaces the store; what it writes stays readable for the others.
    copy = place / "exact-odbc"
    copy.write_bytes(pathlib.Path(PROGRAM).read_bytes())
    copy.chmod(0o755)
    renewed = subprocess.run(
        [copy, *arguments, "--refresh-token-stdin"], input=f"{app.refresh_token()}\n".encode(), capture_output=True, timeout=60,
        env={"HOME": "/nonexistent"}, **account,
    )
    assert renewed.returncode == 0, renewed.stderr.decode()
    found = store.stat()
    assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (1, 0o660) and store.group() == "daemon"
    nobody = subprocess.run(["cat", store], capture_output=True, user="nobody", group="nogroup", extra_groups=[], timeout=20)
    assert nobody.returncode != 0, "others see nothing"
    databases = sorted(place.glob("exact/exact-calls-*.sqlite*"))
    assert databases and {(stat.S_IMODE(file.stat().st_mode), file.group()) for file in databases} == {(0o660, "daemon")}
    text = f"Driver=Exact Online;BaseUrl={app.base_url};Division=5512;OAuthSettingsLocation={store}"
    assert program("query", "--format", "csv", "--connection", text, "SELECT COUNT(*) AS n FROM Accounts").stdout == "n\n2000\n"
    refused = program(*arguments, "--grant", "no-such-account", "--refresh-token-stdin", check=False, input="x\n")
    assert refused.returncode == 1 and "no-such-account" in refused.stderr


def age(store):
    """As if the access token had expired, so that the next read must renew it."""
    stored = json.loads(store.read_text())
    stored["issued_ms"] -= 600_000
    store.write_text(json.dumps(stored))


def test_a_read_only_store_is_reported_and_left_alone(app, program, tmp_path_factory):
    place = tmp_path_factory.mktemp("read-only")
    for folder in [place, *place.parents][:3]:
        folder.chmod(0o755)
    store = place / "own" / "sign-in.json"
    store.parent.mkdir()
    copy = place / "exact-odbc"
    copy.write_bytes(pathlib.Path(PROGRAM).read_bytes())
    copy.chmod(0o755)
    account = {}
    if os.geteuid() == 0:
        # Permissions do not bind root.
        account = {"user": "daemon", "group": "daemon", "extra_groups": []}
        shutil.chown(store.parent, "daemon", "daemon")

    def run(*arguments, text=""):
        return subprocess.run([copy, *arguments], input=text, capture_output=True, encoding="utf-8", timeout=60,
                              env={"HOME": "/nonexistent"}, **account)

    def token():
        return run(*login, "--refresh-token-stdin", text=f"{app.refresh_token()}\n{app.secret}\n")

    def code():
        link = f"{app.base_url}/api/oauth2/auth?client_id={app.id}&redirect_uri={CALLBACK}&response_type=code&state=x"
        return run(*login, f"CallbackURL={CALLBACK}", "--code-stdin", text=f"{consent(link)}\n{app.secret}\n")

    def tokens():
        return len([one for one in app.company.control("requests") if one["is_token"]])

    login = ["login", f"BaseUrl={app.base_url}", f"OAuthSettingsLocation={store}", f"OAuthClientId={app.id}"]
    connection = f"Driver=Exact Online;BaseUrl={app.base_url};Division=5512;OAuthSettingsLocation={store}"
    signed_in = code()
    assert signed_in.returncode == 0, signed_in.stderr
    age(store)
    before, asked = store.read_bytes(), tokens()
    for path, mode in [(store, 0o400), (store.parent, 0o500)]:
        kept = stat.S_IMODE(path.stat().st_mode)
        path.chmod(mode)
        for attempt in (token, code):
            done = attempt()
            assert done.returncode == 1, (path, done.stdout)
            assert f"sign-in store {store}: cannot be written: Permission denied" in done.stderr, done.stderr
            assert "It was left untouched" in done.stderr and app.secret not in done.stderr
        assert (store.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (before, mode)
        assert tokens() == asked, "neither the refresh token nor the code is spent"
        path.chmod(kept)
    assert not list(store.parent.glob("*.new"))
    if account:
        # Root itself could write it, and lets it be all the same.
        store.chmod(0o400)
        done = program("query", "--connection", connection, "SELECT COUNT(*) AS n FROM Accounts", check=False)
        assert done.returncode == 1 and "cannot be written: it is read-only. It was left untouched" in done.stderr
        assert (store.read_bytes(), tokens()) == (before, asked)
