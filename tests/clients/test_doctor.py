"""exact-odbc doctor: one page, and what is wrong on it."""

import json
import urllib.parse
import urllib.request

import pytest


def page(done):
    """The state and the text of each line, by what was looked at."""
    lines = [line for line in done.stdout.splitlines() if line[:4].strip() in ("ok", "warn", "FAIL")]
    return {line[6:21].strip(): (line[:4].strip(), line[22:]) for line in lines}


def test_all_is_well(company, program):
    done = program("doctor")
    found = page(done)
    expected = [
        "Driver manager", "Registration", "Driver", "Data source", "Region", "Proxy", "TLS", "Token store", "Sign-in",
        "Clock", "Divisions", "Scopes", "Modules", "Budget",
    ]
    assert list(found) == expected
    assert {state for state, _ in found.values()} == {"ok"}, done.stdout
    assert found["Data source"][1] == f"ExactDemo: {company.base_url}"
    assert "of Noor Bakker" in found["Sign-in"][1]
    assert done.stdout.endswith("All is well.\n")
    assert company.calls() <= 20


def test_scopes_rights_and_the_clock(company, program):
    company.control("switches", {"missing_scopes": ["Crm accounts"], "missing_rights": ["project/Projects"]})
    company.control("faults", {"path": "current/Me", "action": {"clock_skew": 90_000}})
    done = program("doctor")
    found = page(done)
    assert found["Scopes"][0] == "warn" and "relations (Crm accounts)" in found["Scopes"][1], done.stdout
    assert found["Clock"] == ("warn", "90 s behind the service's") or found["Clock"][1].startswith("89 s"), done.stdout
    assert "It works; " in done.stdout


def test_a_division_that_cannot_be_opened(company, program):
    done = program("doctor", f"BaseUrl={company.base_url}", "Division=5514", check=False)
    assert done.returncode == 1
    state, text = page(done)["Divisions"]
    assert state == "FAIL" and text == "5514 cannot be opened by this user and app"
    assert "5512" in done.stdout


def test_nobody_answers(program):
    done = program("doctor", "BaseUrl=http://127.0.0.1:9", check=False)
    found = page(done)
    assert done.returncode == 1 and found["TLS"][0] == "FAIL"
    assert "Clock" not in found, "what cannot work is not tried"


@pytest.mark.parametrize(
    "ended, words",
    [
        ("taken_over", "another program has used its refresh token"),
        ("later_sign_in", "a later sign-in by the same user with the same app, perhaps on another machine"),
    ],
)
def test_both_ways_of_losing_a_sign_in_to_another_machine(company, program, app, ended, words):
    program(*app.arguments(f"OAuthClientId={app.id}", "--refresh-token-stdin"), input=f"{app.refresh_token()}\n{app.secret}\n")
    stored = app.stored()
    # The time comes to renew, and another machine has been faster: with our token, or with a sign-in of its own.
    later = ended == "later_sign_in"
    company.control(
        "switches", {"early_refresh_refused": False, "previous_refresh_token_once": False, "one_chain_per_app": later}
    )
    if ended == "taken_over":
        form = {"grant_type": "refresh_token", "client_id": app.id, "client_secret": app.secret}
        form |= {"refresh_token": stored["refresh_token"]}
        form = urllib.parse.urlencode(form).encode()
        urllib.request.urlopen(f"{app.base_url}/api/oauth2/token", form, timeout=20).read()
    else:
        app.refresh_token()
    stored["issued_ms"] -= 580_000
    app.store.write_text(json.dumps(stored))
    arguments = ["doctor", f"BaseUrl={app.base_url}", f"OAuthSettingsLocation={app.store}", "Division=5512"]
    for _ in range(2):
        done = program(*arguments, check=False)
        assert done.returncode == 1
        assert words in done.stdout and "exact-odbc login" in done.stdout, done.stdout
    assert page(done)["Sign-in"][0] == "FAIL", "the second time it is known beforehand"
    assert app.secret not in done.stdout + done.stderr
