"""From a URL to a connection string."""

import pathlib
import re

import pytest
from exactonline import connecting, properties
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

DRIVER = f"Driver={{{connecting.default_driver()}}}"

URLS = [
    ("exactonline://", DRIVER),
    (
        "exactonline:///?Region=United States&Division=5512&InitiateOAuth=GETANDREFRESH"
        "&OAuthSettingsLocation=/path/OAuthSettings.txt",
        f"{DRIVER};Region={{United States}};Division={{5512}};InitiateOAuth={{GETANDREFRESH}}"
        ";OAuthSettingsLocation={/path/OAuthSettings.txt}",
    ),
    ("exactonline:///?Region='United States'&Division='5512'", f"{DRIVER};Region={{United States}};Division={{5512}}"),
    ('exactonline:///?Region="United States"', f"{DRIVER};Region={{United States}}"),
    ("exactonline:///?Region={United States}", f"{DRIVER};Region={{United States}}"),
    ("exactonline:///?Region=United%20States&division=1", f"{DRIVER};Region={{United States}};Division={{1}}"),
    ("exactonline:///?Region=United+States", f"{DRIVER};Region={{United States}}"),
    ("exactonline:///?oauth_client_id=a%3Bb%7Dc", f"{DRIVER};OAuthClientId={{a;b}}}}c}}"),
    ("exactonline:///?OAuthClientSecret='it''s'", f"{DRIVER};OAuthClientSecret={{it's}}"),
    ("exactonline:///5512?Region=NL", f"{DRIVER};Region={{NL}};Division={{5512}}"),
    ("exactonline://id:p%40ss@/5512", f"{DRIVER};OAuthClientId={{id}};OAuthClientSecret={{p@ss}};Division={{5512}}"),
    ("exactonline://MyDsn", "DSN={MyDsn}"),
    ("exactonline://MyDsn/5513?Readonly=true", "DSN={MyDsn};Readonly={true};Division={5513}"),
    ("exactonline:///?DSN=My Company", "DSN={My Company}"),
    ("exactonline+pyodbc://MyDsn", "DSN={MyDsn}"),
    ("exactonline+pyodbc:///?driver=/opt/lib/libexactodbc.so&Region=NL", "Driver={/opt/lib/libexactodbc.so};Region={NL}"),
    ("exactonline+pyodbc:///?odbc_connect=DSN%3DMyDsn%3BDivision%3D5513", "DSN=MyDsn;Division=5513"),
    ("exactonline+pyodbc:///?odbc_connect=DSN%3DMyDsn%3B&MaxRows=5", "DSN=MyDsn;MaxRows={5}"),
]


@pytest.mark.parametrize(("url", "expected"), URLS, ids=[url for url, _ in URLS])
def test_a_url_is_a_connection_string(url, expected):
    assert connecting.connection_string(make_url(url)) == expected


MISTAKES = [
    ("exactonline:///?Regoin=NL", "Unknown option of an exactonline URL: 'Regoin' (did you mean 'Region'?)"),
    ("exactonline:///?Readonyl=1&Zzz=2", "Unknown option of an exactonline URL: 'Readonyl' (did you mean 'Readonly'?), 'Zzz'"),
    ("exactonline:///?Division=1&Division=2", "The option 'Division' stands more than once in the exactonline URL"),
    ("exactonline:///?Max Rows=1&MaxRows=2", "The option 'MaxRows' stands more than once in the exactonline URL"),
    (
        "exactonline://start.exactonline.nl:443/",
        "exactonline://start.exactonline.nl:443: a data source has no port; another service is named by BaseUrl=…",
    ),
]


@pytest.mark.parametrize(("url", "message"), MISTAKES, ids=[url for url, _ in MISTAKES])
def test_a_mistake_is_reported_by_name(url, message):
    with pytest.raises(ArgumentError) as raised:
        create_engine(url).connect()
    assert str(raised.value) == message


def test_a_mistake_in_a_secret_shows_no_secret():
    with pytest.raises(ArgumentError) as raised:
        create_engine("exactonline:///?OAuthSecret=hush").connect()
    assert "hush" not in str(raised.value)


def test_the_properties_are_those_of_the_front_page():
    front_page = (pathlib.Path(__file__).parents[2] / "README.md").read_text()
    table = front_page.split("<!-- properties")[1].split("<!-- end of properties")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert list(properties.NAMES) == [name for row in rows for name in re.findall("`([A-Za-z]+)`", row)]
